"""A ledger goes in; a record of what every block and pair did comes out. The only module that starts processes in which examples run.

Workers are spawned, never forked, and long-lived. One that dies or hangs is replaced; what it had reported
counts, and the example that it had in hand is the one that failed.

    python -m mapping.run LEDGER RECORD [--device cpu|gpu]

runs a ledger on a machine that has MLX, NumPy and the standard library alone.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import re
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from . import blocks
from .passed import Passed

TIMEOUT = 20.0  # seconds that one example may take
START = 120.0  # seconds that a worker may take to start
SAID = 1 << 24  # bytes that a worker may answer to one errand: a hundred times what the largest has to say
WORKERS = 2
LEVELS = {"NumPy at its lowest level": {"NPY_DISABLE_CPU_FEATURES": "X86_V3"}, "OpenBLAS for the oldest processors": {"OPENBLAS_CORETYPE": "PRESCOTT"}}  # what else this machine can be taken for
PROCESSORS = {"x86_64": "x86-64", "AMD64": "x86-64", "aarch64": "arm64"}
MACHINES = ("x86-64", "arm64", "Linux", "Darwin", "cpu", "gpu", "cuda", "metal", "Python>=3.12", "Python>=3.13", "Python>=3.14")  # kinds to which a fact may belong
KEPT = re.compile(r"PATH|HOME|LANG|LC_\w+|TZ|(?:DY)?LD_LIBRARY_PATH|PYTHONPATH|(?:CUDA|NVIDIA|OPENBLAS|OMP|MKL|MLX|NPY)_?\w*")  # of the environment
ROOT = Path(__file__).resolve().parent.parent


CODE = ("agree.py", "blocks.py", "calls.py", "cells.py", "compare.py", "confine.py", "passed.py", "run.py", "worker.py")


def code() -> str:
    """A digest of the code that decides what a run shows."""
    return hashlib.sha256(b"".join(Path(__file__).with_name(name).read_bytes() for name in CODE)).hexdigest()


def silent(done: int, total: int, name: str) -> None:
    """Progress that nobody follows."""


class RunError(RuntimeError):
    """The run could not be made at all: no such device, no MLX, a worker that does not start."""


class Stopped(Exception):
    """A worker died or took too long."""


@dataclass
class Record:
    """What a run showed. `failures` are by block, and so is `noise`, what passed with other digits; `pairs` by scope; `names` that exist; bound to a ledger."""

    ledger: str
    environment: dict[str, str]
    passed: list[str] = field(default_factory=list)
    failures: list[dict] = field(default_factory=list)
    noise: list[dict] = field(default_factory=list)
    pairs: dict[str, dict] = field(default_factory=dict)
    cells: dict[str, list[dict]] = field(default_factory=dict)
    names: dict[str, bool] = field(default_factory=dict)
    near: dict[str, list[str]] = field(default_factory=dict)
    seconds: float = 0.0
    code: str = ""  # of `code()`, where it was made

    def unlike(self, here: dict[str, str]) -> str:
        """Why it cannot stand beside what is run here, in words: it was made with other code or libraries; empty where it can."""
        other = [name for name in ("mlx", "numpy") if self.environment[name] != here[name]]
        what = " and ".join(f"{name} {self.environment[name]}, not {here[name]}" for name in other)
        what = what or "other code" * (self.code != code())
        return f"the record was made with {what}: make it anew" if what else ""

    def dump(self) -> str:
        return json.dumps({"format": blocks.FORMAT, **asdict(self)}, indent=1, sort_keys=True, ensure_ascii=False)


def machine(environment: dict[str, str]) -> tuple[str, ...]:
    """The kinds of machine that an environment is of: processor, system, MLX's device and backend, Python's version and all before it."""
    system, _, processor = environment["platform"].partition("-")
    minor = int(environment["python"].split(".")[1])
    return PROCESSORS.get(processor, processor), system, environment["device"], environment["backend"], *(f"Python>=3.{one}" for one in range(11, minor + 1))


def told(environment: dict[str, str]) -> str:
    """Versions, platform and device in words."""
    where = environment
    return f"MLX {where['mlx']}, NumPy {where['numpy']}, {where['platform']}, device {where['device']} ({where['device_name']})"


def load(path: Path) -> Record:
    """Read a record that `Record.dump` wrote. Raises ValueError for another format."""
    data = json.loads(path.read_text(encoding="utf-8"))
    if data.pop("format", None) != blocks.FORMAT:
        raise ValueError(f"{path}: not a record of format {blocks.FORMAT}")
    return Record(**data)


class Worker:
    """One worker process, and the pipe to it."""

    def __init__(self, device: str, around: dict[str, str], python: str, patience: float):
        command = [python, "-m", "mapping.worker", device]
        self.patience = patience
        self.folder = tempfile.mkdtemp(prefix="examples-")  # where examples write: it goes with the worker
        self.words = tempfile.TemporaryFile()  # what it says before it serves: then it is silent
        kept = {**surroundings(), **around}
        path = os.pathsep.join(filter(None, [str(ROOT), kept.get("PYTHONPATH")]))
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.words,
            cwd=self.folder,
            env={"MLX_PTX_CACHE_DIR": f"{tempfile.gettempdir()}/mlx-ptx", **kept, "PYTHONPATH": path, "TMPDIR": self.folder, "MPLCONFIGDIR": self.folder},
            start_new_session=True,
        )
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
        except ValueError:  # an example has written where only results go: nothing more can be believed
            self.garbled = "sent what is no message"
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
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # the worker has died: reading from it says so
        self.said = 0
        self.wait()

    def wait(self) -> None:
        """Give it TIMEOUT again from now on."""
        self.deadline = time.monotonic() + TIMEOUT * self.patience

    def end(self) -> str:
        """Kill the worker and all it started, remove its folder; says in words how it ended."""
        if self.closed:  # it is ending by itself: its own status is the one to tell
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(1)
        dead = self.process.poll()
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        code = self.process.wait() if dead is None else dead
        _end_strays(self.folder)
        with contextlib.suppress(BrokenPipeError):  # a request that it did not live to read
            self.process.stdin.close()
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


class Pool:
    """Workers over which scopes are dealt out, started when first needed; as a context, it leaves none behind.

    `around` holds variables that workers get beside those of our own environment, `python` is the interpreter that runs
    them, and `patience` by how much slower than a common machine theirs is.
    """

    def __init__(self, device: str = "", size: int = WORKERS, around: dict[str, str] | None = None, python: str = sys.executable, patience: float = 1):
        self.device, self.size = device, size
        self.around, self.python, self.patience = around or {}, python, patience
        self.workers: list[Worker] = []
        self.closed, self.lock = False, threading.Lock()  # it may be closed from another thread than the one that runs
        self.record: Record | None = None  # of the run that goes on, or of the last one

    def start(self, size: int | None = None) -> None:
        """Start so many of the workers, or all, and do not wait for them: what they import takes a while. Raises RunError once closed."""
        while len(self.workers) < (size or self.size):
            self._add()

    def _add(self, instead: Worker | None = None) -> Worker:
        with self.lock:
            if self.closed:  # and its workers are gone
                raise RunError("stopped")
            place = self.workers.index(instead) if instead else len(self.workers)
            self.workers[place : place + 1] = [Worker(self.device, self.around, self.python, self.patience)]
            return self.workers[place]

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: Any) -> None:
        with self.lock:
            self.closed = True
            while self.workers:
                self.workers.pop().end()

    def environment(self) -> dict[str, str]:
        """Versions, platform and device, as a worker that runs sees them."""
        self.start(1)
        return self.workers[0].started()

    def facts(self, names: Iterable[str], same: Iterable[tuple[str, str]] = (), spaces: Iterable[str] = ()) -> dict:
        """Which of `names` exist live, what is near those that don't, which pairs are one object, what `spaces` hold."""
        self.start(1)
        worker = self.workers[0]
        worker.started()
        worker.send(facts={"names": sorted(names), "same": sorted(same), "spaces": list(spaces)})
        worker.deadline += START * self.patience
        try:
            return worker.next()["facts"]
        except Stopped as error:
            raise RunError(f"the probe of names ended early: {error}") from None

    def run(self, ledger: blocks.Ledger, progress: Callable[[int, int, str], None] = silent, matrix: bool = False, passed: Passed | None = None) -> Record:
        """Run every scope of the ledger, look up every name; with `matrix`, its jobs too. `progress(done, all, name)` follows.

        A scope that is among `passed` is not run again; those that pass are added.
        """
        began = time.perf_counter()
        record = self.record = Record(ledger.digest, self.environment(), code=code())
        passed = Passed() if passed is None else passed
        passed.under(record.environment)
        ran, failed = set(), set()
        scopes = [scope.on(machine(record.environment)) for scope in ledger.scopes]
        errands = [Blocks(scope, record, ran, failed) for scope in scopes if scope.runnable and not passed.take(scope, record.pairs, ran)]
        jobs = [Cells(job, record.cells) for job in ledger.jobs if matrix]
        wanted = {*ledger.names, *ledger.absent}
        known = passed.names(wanted) or self.facts(wanted)
        record.names, record.near = known["names"], known["near"]
        self.deal([*errands, *jobs], progress)
        claimed = [block for scope in scopes for block in scope.runnable]
        record.passed = [block for block in claimed if block in ran - failed]
        passed.add((errand.scope for errand in errands), record.pairs, ran, failed)
        passed.looked_up = known
        record.failures += [_not_run(block, "no result came back") for block in claimed if block not in ran | failed]
        order = {block.id: place for place, block in enumerate(ledger.blocks)}
        record.failures.sort(key=lambda failure: (order[failure["block"]], failure["line"]))
        record.seconds = round(time.perf_counter() - began, 3)
        return record

    def cells(self, jobs: Iterable[dict], progress: Callable[[int, int, str], None] = silent) -> dict[str, list[dict]]:
        """Run jobs of the matrix; returns every step of each, by the job's name."""
        found: dict[str, list[dict]] = {}
        self.environment()
        self.deal([Cells(job, found) for job in jobs], progress)
        return found

    def ask(self, questions: dict[str, dict], progress: Callable[[int, int, str], None] = silent) -> dict[str, dict]:
        """Ask for tables and figures; by the question's name `{"answer": ...}`, or `{"error": ...}` in words."""
        found: dict[str, dict] = {}
        self.environment()
        self.deal([Question(name, question, found) for name, question in questions.items()], progress)
        return found

    def deal(self, errands: Iterable[Errand], progress: Callable[[int, int, str], None]) -> None:
        """Give every errand to a worker that is free; replace workers that die, hang or are worn."""
        todo = deque(errands)
        total = done = len(todo)
        if todo:
            self.start()
        tasks = [Task(worker) for worker in self.workers]
        with selectors.DefaultSelector() as selector:
            for task in tasks:
                selector.register(task.worker.pipe, selectors.EVENT_READ, task)
            while todo or any(task.errand for task in tasks):
                for task in tasks:
                    if task.errand is None and todo:
                        if task.worker.process.poll() is not None:  # it had nothing in hand: no errand is to blame
                            self._replace(task, selector)
                        task.worker.started()
                        task.give(todo.popleft())
                wait = min((task.worker.deadline for task in tasks if task.errand), default=0) - time.monotonic()
                ready = [key.data for key, _ in selector.select(max(0.0, min(wait, 1.0)))]
                for task in tasks:
                    alive = task.worker.read() if task in ready else True
                    if name := task.take():
                        done = total - len(todo) - sum(one.errand is not None for one in tasks)
                        progress(done, total, name)
                    late = task.errand is not None and time.monotonic() > task.worker.deadline and not task.worker.waiting()
                    if alive and not late and not task.worn:
                        continue
                    errand, how = task.errand, self._replace(task, selector)
                    if errand and errand.fail(f"no answer within {TIMEOUT * self.patience:g} s" if late else f"the process {how}"):
                        todo.appendleft(errand)

    def _replace(self, task: Task, selector: selectors.BaseSelector) -> str:
        """End a task's worker and give it a new one; says in words how the old one ended. Raises RunError once the pool is closed."""
        selector.unregister(task.worker.pipe)
        how = task.worker.end()
        task.worker, task.errand, task.worn = self._add(instead=task.worker), None, False
        task.worker.started()
        selector.register(task.worker.pipe, selectors.EVENT_READ, task)
        return how


def _not_run(block: str, why: str) -> dict:
    return {"block": block, "line": 0, "source": "", "wrong": why, "want": "", "got": ""}


@dataclass
class Task:
    """What one worker has in hand."""

    worker: Worker
    errand: Errand | None = None
    worn: bool = False  # the worker has finished an errand, and something of it still runs

    def give(self, errand: Errand) -> None:
        self.errand = errand
        self.worker.send(**errand.request())

    def take(self) -> str:
        """Pass on what the worker reported; returns the errand's name when it has finished."""
        finished = ""
        while self.worker.messages:
            message = self.worker.messages.popleft()
            self.worker.wait()
            if "finished" in message:
                finished, self.errand, self.worn = message["finished"], None, message["worn"]
            elif self.errand:
                self.errand.take(message)
        return finished


class Errand(Protocol):
    """Something for a worker to do: what to ask of it, what it reports, and how it failed."""

    def request(self) -> dict: ...

    def take(self, message: dict) -> None: ...

    def fail(self, why: str) -> bool:
        """The worker has ended with this in hand; says whether something of it is left to do."""


@dataclass
class Blocks:
    """One scope of blocks, noted in a record."""

    scope: blocks.Scope
    record: Record
    ran: set[str]
    failed: set[str]
    example: dict = field(default_factory=dict)

    def request(self) -> dict:
        return {"scope": asdict(self.scope)}

    def take(self, message: dict) -> None:
        if "start" in message:
            self.example = message
        elif "wrong" in message:
            self._note(message["wrong"], message["want"], message["got"])
        elif "noise" in message:
            self.record.noise.append(self._said(message["noise"], message["want"], message["got"]))
        elif "ran" in message:
            self.ran.add(message["ran"])
        elif "pair" in message:
            self.record.pairs[message.pop("pair")] = message

    def fail(self, why: str) -> bool:
        """Note the example in hand; blocks after it did not run."""
        ids = self.scope.runnable
        self.example = self.example or {"start": ids[0], "line": 0, "source": ""}
        self._note(why, "", "")
        for later in ids[ids.index(self.example["start"]) + 1 :]:
            self.record.failures.append(_not_run(later, "not run: an earlier block ended the process"))
            self.failed.add(later)
        return False

    def _note(self, wrong: str, want: str, got: str) -> None:
        self.failed.add(self.example["start"])
        self.record.failures.append(self._said(wrong, want, got))

    def _said(self, wrong: str, want: str, got: str) -> dict:
        return {"block": self.example["start"], "line": self.example["line"], "source": self.example["source"], "wrong": wrong, "want": want, "got": got.rstrip("\n")}


class Cells:
    """One job of the matrix. A step that ends two workers is noted, and the next one goes on after it.

    It gets a second trial since an error of an earlier step may end a worker late, while another is in hand.
    """

    def __init__(self, job: dict, found: dict[str, list[dict]]):
        self.job, self.steps = job, found.setdefault(job["name"], [])
        self.ended, self.suspect = "", -1

    def request(self) -> dict:
        return {"cells": self.job, "start": len(self.steps) + bool(self.ended), "ended": self.ended}

    def take(self, message: dict) -> None:
        self.steps.append(message)
        self.ended = ""

    def fail(self, why: str) -> bool:
        place = len(self.steps)
        if self.ended:  # it ended again before it told of anything
            raise RunError(f"{self.job['name']}: {why}, before its step {place + 1}")
        if self.suspect == place:
            self.ended = why
        self.suspect = place
        return True


@dataclass
class Question:
    """A table or a figure of the guide, noted under its name."""

    name: str
    question: dict
    found: dict[str, dict]

    def request(self) -> dict:
        return {"ask": self.question, "name": self.name}

    def take(self, message: dict) -> None:
        self.found[self.name] = message

    def fail(self, why: str) -> bool:
        self.found[self.name] = {"error": why}
        return False


def main(arguments: list[str] | None = None) -> int:
    """Run a ledger from a file and write its record; exit status 1 when a block failed, 2 when none could run."""
    parser = argparse.ArgumentParser(prog="python -m mapping.run", description=__doc__.split("\n")[0])
    parser.add_argument("ledger", type=Path)
    parser.add_argument("record", type=Path)
    parser.add_argument("--device", choices=["cpu", "gpu"], default="")
    parser.add_argument("--python", default=sys.executable, help="the interpreter of the workers, where it is another one")
    parser.add_argument("--patience", type=float, default=1, help="how many times slower than usual it may be")
    parser.add_argument("--workers", type=int, default=WORKERS, help="how many processes share the work")
    parser.add_argument("--exact", action="store_true", help="digits within rounding of those expected fail too")
    options = parser.parse_args(arguments)
    try:
        ledger = blocks.load(options.ledger)
    except (OSError, ValueError) as error:
        print(f"mapping.run: {options.ledger}: {error}", file=sys.stderr)
        return 2
    try:
        with Pool(options.device, options.workers, python=options.python, patience=options.patience) as pool:
            record = pool.run(ledger, lambda done, total, name: print(f"{done}/{total} {name}", flush=True), matrix=True)
    except RunError as error:
        print(f"mapping.run: {error}", file=sys.stderr)
        return 2
    options.record.write_text(record.dump() + "\n", encoding="utf-8")
    by_id = {block.id: block for block in ledger.blocks}
    wrong = record.failures + (record.noise if options.exact else [])
    for failure in wrong:
        report(failure, by_id[failure["block"]])
    print(counted(record))
    return 1 if wrong else 0


def report(failure: dict, block: blocks.Block) -> None:
    """Print one failure."""
    print(
        f"{block.source}:{block.line + failure['line']}: {failure['wrong']}\n"
        f"  {failure['source'].rstrip()}\n  expected {failure['want']!r}\n  got      {failure['got']!r}"
    )


def counted(record: Record, more: str = "") -> str:
    """What a run showed, in one line; `more` is told beside the blocks."""
    failed = len({failure["block"] for failure in record.failures})
    return f"{len(record.passed)} blocks passed, {failed} failed, {more}in {record.seconds:.2f} s; {told(record.environment)}"


if __name__ == "__main__":
    raise SystemExit(main())
