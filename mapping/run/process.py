"""One worker process and the pipe to it: started, read, ended with all that it started."""

from __future__ import annotations

import contextlib
import json
import os
import re
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import Any

from .record import ROOT

TIMEOUT = 20.0  # seconds that one example may take
WAYS = (
    {"PYTHONHASHSEED": "1"},
    {"PYTHONHASHSEED": "2", "TZ": "<+14>-14", "PYTHON_CPU_COUNT": "1"},
)  # in which a worker can be started: what an example shows should be the same
NO_MESSAGE = "sent what is no message"  # an example has written where only results go: nothing more can be believed
START = 120.0  # seconds that a worker may take to start
SAID = 1 << 24  # bytes that a worker may answer to one task: a hundred times what the largest has to say
KEPT = re.compile(
    r"PATH|HOME|LANG|LC_\w+|TZ|(?:DY)?LD_LIBRARY_PATH|PYTHONPATH|(?:CUDA|NVIDIA|OPENBLAS|OMP|MKL|MLX|NPY)_?\w*"
)  # of the environment


class RunError(RuntimeError):
    """The run could not be made at all: no such device, no MLX, a worker that does not start."""


class Stopped(Exception):
    """A worker died or took too long."""


class Worker:
    """One worker process, and the pipe to it."""

    def __init__(self, device: str, around: dict[str, str], python: str, patience: float, way: int = 0):
        command = [python, "-m", "mapping.worker", device]
        self.patience, self.way = patience, way
        self.folder = tempfile.mkdtemp(prefix="examples-")  # where examples write: it goes with the worker
        os.mkdir(here := os.path.join(self.folder, "here"))  # emptied after each scope
        self.words = tempfile.TemporaryFile()  # noqa: SIM115 - what it says before it serves: then it is silent
        environment = {**surroundings(), **WAYS[way], **around}
        path = os.pathsep.join(filter(None, [str(ROOT), environment.get("PYTHONPATH")]))
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.words,
            cwd=here,
            env={
                "MLX_PTX_CACHE_DIR": f"{tempfile.gettempdir()}/mlx-ptx",
                **environment,
                "PYTHONPATH": path,
                "TMPDIR": self.folder,
                "MPLCONFIGDIR": self.folder,
            },
            start_new_session=True,
        )
        assert self.process.stdin
        self.requests = self.process.stdin
        self.buffer, self.closed, self.garbled, self.said = b"", False, "", 0
        self.messages: deque[dict] = deque()
        self.environment: dict[str, str] = {}
        self.deadline = time.monotonic() + START * patience

    @property
    def pipe(self) -> Any:
        return self.process.stdout

    def read(self) -> bool:
        """Take in what has arrived; False when the worker has closed its end, or sent what is no message."""
        chunk = os.read(self.pipe.fileno(), 1 << 20)
        *lines, self.buffer = (self.buffer + chunk).split(b"\n")
        self.closed = not chunk
        self.said += len(chunk)
        if self.said > SAID:  # an example keeps writing where only results go
            self.garbled = "sent more than results can be"
            return False
        try:
            self.messages.extend(_message(line) for line in lines)
        except ValueError:
            self.garbled = NO_MESSAGE
        return bool(chunk) and not self.garbled

    def waiting(self) -> bool:
        """Whether something has arrived that was not read yet."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.pipe, selectors.EVENT_READ)
            return bool(selector.select(0))

    def next(self) -> dict:
        """Wait for one message. Raises Stopped when the worker dies or its deadline passes."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.pipe, selectors.EVENT_READ)
            while not self.messages:
                if not selector.select(max(0.0, self.deadline - time.monotonic())):
                    raise Stopped("took too long")
                if not self.read():
                    raise Stopped(self.end())
        return self.messages.popleft()

    def started(self) -> dict[str, str]:
        """Wait until the worker serves; returns its environment. Raises RunError when it refuses or dies."""
        if not self.environment:
            try:
                message = self.next()
            except Stopped as error:
                raise RunError(f"a worker did not start ({error}){self.last_words()}") from None
            if "refused" in message:
                raise RunError(message["refused"])
            self.environment = message["ready"]
        return self.environment

    def last_words(self) -> str:
        """What it said on standard error before it served: the last line, which names an error, and where it was."""
        self.words.seek(0)
        said = self.words.read()[-10_000:].decode(errors="replace").strip().split("\n")
        return f": {said[-1]}\n  " + "\n  ".join(said[-8:]) if said[-1] else ", and said nothing"

    def send(self, **request: Any) -> None:
        try:
            self.requests.write(json.dumps(request).encode() + b"\n")
            self.requests.flush()
        except BrokenPipeError:
            pass  # the worker has died: reading from it says so
        self.said = 0
        self.wait()

    def wait(self) -> None:
        """Give it TIMEOUT again from now on; one that does not serve yet has its time to start."""
        if self.environment:
            self.deadline = time.monotonic() + TIMEOUT * self.patience

    def end(self) -> str:
        """Kill the worker and all it started, remove its folder; says in words how it ended."""
        if self.closed:  # it is ending by itself: its own status is the one to tell
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(1)
        dead = self.process.poll()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        code = self.process.wait() if dead is None else dead
        _end_strays(self.folder)
        with contextlib.suppress(BrokenPipeError):  # a request that it did not live to read
            self.requests.close()
        self.pipe.close()
        if self.environment:  # what it said before is of no use any more
            self.words.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.garbled:
            return self.garbled
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exited with status {code}"


def surroundings() -> dict[str, str]:
    """What a worker sees of the environment: what it needs to run, so that no secret of ours is among it."""
    return {name: value for name, value in os.environ.items() if KEPT.fullmatch(name)}


def _end_strays(folder: str) -> None:
    """Kill processes that left the worker's group; they are known by the TMPDIR that they have from it. Linux alone."""
    mark = f"TMPDIR={folder}".encode()
    for _ in range(10):  # until none is found: one may start another while we look
        found = False
        for path in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                if mark in path.read_bytes().split(b"\0"):
                    os.kill(int(path.parent.name), signal.SIGKILL)
                    found = True
        if not found:
            return


def _message(line: bytes) -> dict:
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError("not a message")
    return message
