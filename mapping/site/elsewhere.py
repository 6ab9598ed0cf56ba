"""A record of another machine goes in; what it shows otherwise is written where it belongs, for a person to review, and the record is kept.

What calls show goes to `machines.toml`; what an example prints goes to a table `deviation` of its own.
"""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ..dataset import model
from ..dataset.problems import Refused
from ..facts import kept, lookup
from ..facts.rules.evidence import lacks_dtypes, observed
from ..run import blocks
from ..run.record import Record, label, load_record
from . import commands, doctest
from .accept import Changes, Declarations, declaring, replacements, rewrite, write

REASON = "the same lines print something else."  # a person says it better


def accept(root: Path, path: str) -> int:
    """Hold a record against what is run here; returns an exit status: 1 where something is left to a person."""
    try:
        with commands.alone(root / "_build"):
            done = doctest.prove(root, "cpu")
        record = load_record(Path(path))
        if why := record.unlike(done.record.environment):
            raise ValueError(why)
    except Refused as error:
        print(error, file=sys.stderr)
        return error.status
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    changes, failed = examples(done, record, root)
    declared, stale = apart(done, record, root)
    status = write(root, changes, declared, failed + stale)
    if failed:
        print("not kept: examples failed there that cannot be told as what that machine prints", file=sys.stderr)
    else:
        print(f"kept: {kept.keep(record, root)}")
    return status


def examples(done: doctest.Outcome, record: Record, root: Path) -> tuple[Changes, list[str]]:
    """For each file, what to write so that examples say what they print there; and which failures only a person can mend."""
    by_id = {block.id: block for block in done.ledger.blocks if block.holds(record.kinds)}
    own = {(entry.file, example.lines["mlx"]): example for entry in done.dataset.entries for _, _, example in entry.scopes()}
    there = label(record.environment, done.record.environment)
    changes: Changes = {}
    left = []
    for name in dict.fromkeys(failure["block"] for failure in record.failures if failure["block"] in by_id):
        block, failures = by_id[name], [failure for failure in record.failures if failure["block"] == name]
        found, open_ = replacements(blocks.Ledger([blocks.Scope("", [block])]), replace(record, failures=failures))
        example = own.get((block.source, block.line))
        deviates = block.machine and not block.source.endswith(".md")
        if open_ or not (example or deviates):
            left += open_ or [f"{block.source}:{block.line + one['line']}: {one['wrong']}" for one in failures]
        elif deviates:
            changes.setdefault(block.source, set()).update(found[block.source])
        elif example and example.deviation:
            left.append(
                f"{block.source}:{block.line}: it tells already what `{example.deviation.machine}` prints, and `{there}` is another"
            )
        else:
            text, _ = rewrite(block.text, {(line - block.line + 1, old, new) for line, old, new in found[block.source]})
            lines = (root / block.source).read_text(encoding="utf-8").split("\n")
            table = next(line for line in lines[block.line - 1 :: -1] if line.startswith("[["))[1:-1].replace("]", ".deviation]")
            told = f"{table}\nmachine = \"{there}\"\nreason = \"{REASON}\"\nmlx = '''\n{text}\n'''"
            changes.setdefault(block.source, set()).add((block.line + block.text.count("\n") + 1, "'''", f"'''\n\n{told}"))
    return changes, left


def apart(done: doctest.Outcome, record: Record, root: Path) -> tuple[Declarations, list[str]]:
    """Write to `machines.toml` what a record shows beside what entries declare, and what is shown here and not there. Returns
    what no entry may declare for all machines any more, and which entries are not as they were run there.
    """
    here, there = label(done.record.environment, record.environment), label(record.environment, done.record.environment)
    own, facts = lookup.fresh(done.dataset, done.facts, done.ledger, record)
    stale = [
        f"{one.file}:{one.line}: {one.name} was not run there as it stands" for one in done.dataset.entries if one.name not in own.by_name
    ]
    declared = {(one.case, one.machine): one for one in done.dataset.machines}
    found: Declarations = {}

    def of(name: str, machine: str) -> model.Deviation:
        return declared.setdefault((name, machine), model.Deviation(name, machine))

    for entry, case, key in declaring(own) if here != there else []:
        name = entry.named(case)
        beside, lost = _divided(entry, case, key, (done.facts, done.record), (facts, record))
        if key == "differences" and (lost or (name, there) in declared):  # verdicts rest on them: they stay where they are
            of(name, there).without, lost = lost, {}
        if beside or (name, there) in declared:
            setattr(of(name, there), key, beside)
        if lost:
            mine = of(name, here)
            setattr(mine, key, getattr(mine, key) | lost)
            found.setdefault(entry.file, []).append((case.line, key, [kind for kind in getattr(case, key) if kind not in lost]))
    path = root / "mapping" / "dataset" / model.MACHINES
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    after = written(declared.values())
    path.write_text(after, encoding="utf-8")
    sys.stdout.writelines(difflib.unified_diff(before.splitlines(True), after.splitlines(True), path.name, path.name))
    return found, stale


def _divided(entry: model.Entry, case: model.Case, key: str, *shown: tuple[lookup.Facts, Record]) -> tuple[dict[str, str], dict[str, str]]:
    """Kinds that the second of two runs shows beside what the case declares, and declared ones that the first shows alone; each
    with where it shows."""
    edge, declared = key == "edges", {*getattr(case, key)}
    first, second = ({kind: where.strip("`") for kind, (_, where) in observed(entry, case, *one, edge).items()} for one in shown)
    beside = {kind: where for kind, where in second.items() if kind not in declared}
    if edge and lacks_dtypes(entry, case, shown[1][0]):
        return beside, {}
    lost = declared - second.keys() - {"undefined"}  # which need not show anywhere
    return beside, {kind: where for kind, where in first.items() if kind in lost}


def written(machines: Iterable[model.Deviation]) -> str:
    """The text of `machines.toml`: a table for each entry or form, kind of machine and key, in their order."""
    parts = [
        "# What single kinds of machine show beside what their entries declare. `make accept RECORD=...` writes it; review what changes.\n"
    ]
    for one in sorted(machines, key=lambda one: (one.case, one.machine)):
        for key in ("differences", "edges", "without"):
            if kinds := getattr(one, key):
                rows = [f"{kind} = {json.dumps(kinds[kind], ensure_ascii=False)}\n" for kind in sorted(kinds)]
                parts.append(f'[{json.dumps(one.case)}."{one.machine}".{key}]\n' + "".join(rows))
    return "\n".join(parts)
