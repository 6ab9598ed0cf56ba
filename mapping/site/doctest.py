"""Sources go in; the ledger of all their claims, and the record of its run, come out: the gate's run alone."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from ..dataset import model, reader
from ..dataset.problems import Problem, Problems, Refused
from ..facts import lookup
from ..run import blocks
from ..run.cache import cache_of
from ..run.pool import Pool
from ..run.process import RunError
from ..run.record import Record, counted
from . import extension, gate, speed
from .commands import alone, fingerprint, interrupted, progress


@dataclass
class Outcome:
    """What was claimed, what was run, and what that did not bear out."""

    dataset: model.Dataset
    facts: lookup.Facts
    ledger: blocks.Ledger
    record: Record
    problems: list[Problem]


def prove(root: Path, device: str = "") -> Outcome:
    """Collect every block, or take the ledger kept from the same sources, and run it. Raises Refused."""
    dataset, facts, ledger, problems = collected(root, device) or collect(root, device)
    with Pool(device, speed.processes()) as pool:
        try:
            record = pool.run(ledger, progress)
        except RunError as error:
            raise Refused(str(error), 2) from None
        except KeyboardInterrupt:
            raise interrupted(ledger, pool.record) from None
    problems = problems + gate.contradicted(dataset, facts, ledger) + gate.unproven(dataset, facts, ledger, record)
    return Outcome(dataset, facts, ledger, record, problems)


def collected(root: Path, device: str) -> tuple | None:
    """Dataset, facts and ledger, where a ledger of these very sources is at hand and nothing was wrong with it."""
    cache = cache_of(root, device)
    try:
        known = blocks.loads(cache.get("ledger", fingerprint(root, device)) or "")
    except ValueError:  # not known, or not as it should be
        return None
    dataset, _ = reader.read(root / "mapping" / "dataset" / "entries", root)
    with Pool(device, speed.processes()) as pool:
        facts = lookup.facts(dataset, pool, cache, progress, root)
    return dataset, facts, known, []


def collect(root: Path, device: str) -> tuple:
    """Dataset, facts and ledger, read anew, with the problems that show before a run. Raises Refused."""
    work, key = root / "_build" / "work" / "collect", fingerprint(root, device)
    app = extension.build_site(root, work / "out", work / "doctrees", "dummy", progress, mapping_device=device, mapping_records=[])
    if app.statuscode:
        raise Refused("Sphinx gave warnings", 1)
    build = app.mapping
    if not build.problems:
        cache_of(root, device).put("ledger", [(key, build.ledger.dump())])
    return build.dataset, build.facts, build.ledger, build.problems


def doctest(root: Path, device: str = "", ledger: str = "", record: str = "") -> int:
    """Run everything and print a summary; returns an exit status. With `ledger` and `record`, write these there too."""
    try:
        with alone(root / "_build"):
            done = prove(root, device)
    except Refused as error:
        print(error, file=sys.stderr)
        return error.status
    if ledger:
        Path(ledger).write_text(done.ledger.dump() + "\n", encoding="utf-8")
        print(f"ledger: {ledger}")
    if record:
        Path(record).write_text(lookup.carried(done.facts, done.record).dump(), encoding="utf-8")
        print(f"record: {record}")
    if done.problems:
        print(Problems(done.problems), file=sys.stderr)
    print(summary(done))
    return 1 if done.problems else 0


def summary(done: Outcome) -> str:
    """What a run showed, in one line."""
    told = "NOT proven" if done.problems else f"{len(done.dataset.entries)} entries proven"
    return counted(done.record, f"{told} ")
