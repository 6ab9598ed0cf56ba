"""What the commands that build share: one at a time, how far they are, what they know already, what a person who stops one is told."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..dataset.problems import Refused
from ..run import blocks
from ..run.cache import installed
from ..run.record import Record
from . import export, gate

INTERRUPTED = 130  # exit status of what a person has stopped


def interrupted(ledger: blocks.Ledger, record: Record | None) -> Refused:
    """What a person who stops a run is told: the failures found so far."""
    found = [str(problem) for problem in sorted(gate.failed(ledger, record))] if record else []
    return Refused("\n".join([*found, f"interrupted; {len(found) or 'no'} failure{'s' * (len(found) != 1)} so far"]), INTERRUPTED)


@contextmanager
def alone(build: Path) -> Iterator[None]:
    """One build at a time: a second one waits. The lock is this process's own; what it forks does not hold it."""
    build.mkdir(parents=True, exist_ok=True)
    with (build / "lock").open("w") as lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN):
                raise
            print("another build is at work: waiting for it", flush=True)
            fcntl.lockf(lock, fcntl.LOCK_EX)
        yield


def end_forks_with_us() -> None:
    """Have every process that this one forks from now on, such as Sphinx's readers, end soon after it, whatever ends it: they
    would wait for ever to hand over what they have read."""
    by = 0

    def note() -> None:
        nonlocal by
        by = os.getpid()

    def watch() -> None:
        threading.Thread(target=follow, args=[by], daemon=True).start()

    def follow(parent: int) -> None:
        while os.getppid() == parent:
            time.sleep(0.1)
        os._exit(1)

    os.register_at_fork(before=note, after_in_child=watch)


def fingerprint(root: Path, device: str, record: str = "") -> str:
    """All that could change what a build publishes, so that nothing is built twice."""
    handed = Path(record).read_bytes() if record else b""
    inputs = json.dumps([export.sources_digest(root), installed(), device, os.environ.get("SOURCE_DATE_EPOCH")])
    return hashlib.sha256(inputs.encode() + handed).hexdigest()


def progress(done: int, total: int, name: str) -> None:
    """One line that is rewritten on a terminal, a line each tenth in a log."""
    if sys.stdout.isatty():
        print(f"\r\033[K{done}/{total} {name[:60]}", end="\n" if done == total else "", flush=True)
    elif done == total or done % max(1, total // 10) == 0:
        print(f"  {done}/{total} done", flush=True)
