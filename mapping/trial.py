"""Sources go in; the ledger of all their claims, and the record of its run, come out: the gate's run alone."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import blocks, export, gate, kept, model, probe, run
from .problems import Problem, Problems, Refused

INTERRUPTED = 130  # exit status of what a person has stopped


@dataclass
class Trial:
    """What was claimed, what was run, and what that did not bear out."""

    dataset: model.Dataset
    facts: probe.Facts
    ledger: blocks.Ledger
    record: run.Record
    problems: list[Problem]


def trial(root: Path, device: str = "") -> Trial:
    """Collect every block, or take the ledger kept from the same sources, and run it. Raises Refused."""
    dataset, facts, ledger, problems = collected(root, device) or collect(root, device)
    with run.Pool(device) as pool:
        try:
            record = pool.run(ledger, progress)
        except run.RunError as error:
            raise Refused(str(error), 2) from None
        except KeyboardInterrupt:
            raise interrupted(ledger, pool.record) from None
    return Trial(dataset, facts, ledger, record, problems + gate.unproven(dataset, facts, ledger, record))


def interrupted(ledger: blocks.Ledger, record: run.Record | None) -> Refused:
    """What a person who stops a run is told: the failures found so far."""
    failures = record.failures if record else []
    found = [str(problem) for problem in sorted(gate.failed(ledger, record))] if failures else []
    return Refused("\n".join([*found, f"interrupted; {len(found) or 'no'} failure{'s' * (len(found) != 1)} so far"]), INTERRUPTED)


@contextmanager
def alone(build: Path) -> Iterator[None]:
    """One build at a time: a second one waits."""
    build.mkdir(parents=True, exist_ok=True)
    with (build / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another build is at work: waiting for it", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def fingerprint(root: Path, device: str, record: str = "") -> str:
    """All that could change what a build publishes, so that nothing is built twice."""
    handed = Path(record).read_bytes() if record else b""
    told = json.dumps([export.sources_digest(root), probe.installed(), device, os.environ.get("SOURCE_DATE_EPOCH")])
    return hashlib.sha256(told.encode() + handed).hexdigest()


def collected(root: Path, device: str) -> tuple | None:
    """Dataset, facts and ledger, where a ledger of these very sources is at hand and nothing was wrong with it."""
    found = kept.load(_place(root))
    if found.get("key") != fingerprint(root, device):
        return None
    dataset, _ = model.read(root / "mapping" / "entries", root)
    with run.Pool(device) as pool:
        facts = probe.facts(dataset, pool, root / "_build", progress)
    return dataset, facts, blocks.loads(found["ledger"]), []


def collect(root: Path, device: str) -> tuple:
    """Dataset, facts and ledger, read anew, with the problems that show before a run. Raises Refused."""
    from . import render  # Sphinx takes a while to import: not where a ledger is at hand

    work, key = root / "_build" / "work" / "collect", fingerprint(root, device)
    app = render.build_site(root, work / "out", work / "doctrees", "dummy", progress, mapping_device=device, mapping_record="")
    if app.statuscode:
        raise Refused("Sphinx gave warnings", 1)
    build = app.mapping
    if not build.problems:
        keep(root, key, build.ledger)
    return build.dataset, build.facts, build.ledger, build.problems


def keep(root: Path, key: str, ledger: blocks.Ledger) -> None:
    """Keep the ledger of the sources that had this fingerprint, so that it need not be collected again."""
    kept.save(_place(root), {"key": key, "ledger": ledger.dump()})


def _place(root: Path) -> Path:
    return root / "_build" / "collected.json"


def doctest(root: Path, device: str = "", ledger: str = "") -> int:
    """Run everything and print a summary; returns an exit status. With `ledger`, write the ledger there too."""
    try:
        with alone(root / "_build"):
            done = trial(root, device)
    except Refused as error:
        print(error, file=sys.stderr)
        return error.status
    if ledger:
        Path(ledger).write_text(done.ledger.dump() + "\n", encoding="utf-8")
        print(f"ledger: {ledger}")
    if done.problems:
        print(Problems(done.problems), file=sys.stderr)
    print(summary(done))
    return 1 if done.problems else 0


def summary(done: Trial) -> str:
    """What a run showed, in one line."""
    told = "NOT proven" if done.problems else f"{len(done.dataset.entries)} entries proven"
    return run.counted(done.record, f"{told} ")


def progress(done: int, total: int, name: str) -> None:
    """One line that is rewritten on a terminal, a line each tenth in a log."""
    if sys.stdout.isatty():
        print(f"\r\033[K{done}/{total} {name[:60]}", end="\n" if done == total else "", flush=True)
    elif done == total or done % max(1, total // 10) == 0:
        print(f"  {done}/{total} done", flush=True)
