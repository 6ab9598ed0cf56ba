"""A ledger and the record of its run with one release go in; what each statement and each call of the matrix came to comes out.

Each is known by its own code, not by its place, so that an edit elsewhere leaves it what it was.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace

from ..run import blocks, checker
from ..run.record import Record, machine_kinds
from . import signature

SHORT = 120  # characters of an answer


@dataclass
class Outcomes:
    """What one release showed: names, parameters by name; by a block's key the outcome of each statement, None where it is not
    known; by a call's key the cases in which MLX differs, each with kind, label, whether it is ordinary, and what was answered.
    """

    environment: dict[str, str]
    names: list[str] = field(default_factory=list)
    parameters: dict[str, str] = field(default_factory=dict)
    statements: dict[str, list[str | None]] = field(default_factory=dict)
    calls: dict[str, dict[str, list]] = field(default_factory=dict)
    seconds: float = 0.0

    def dump(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


def key(*parts: object) -> str:
    """By what a block or a call is known."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:8]


def block_key(text: str, around: str) -> str:
    """The key of a block: its statements without what they print, and the page or the recipe around it."""
    try:
        return key(around, [one.source for one in blocks.parse(text)])
    except blocks.BlockError:
        return key(around, text)


def call_keys(job: dict) -> list[tuple[str, str]]:
    """The key of each line of a job, and the call in words. What tries its parameters is left out: signatures tell of them."""
    of = job["numpy"], job["mlx"], job["recipe"], job["compare"]
    return [(key(*of, *line), line[0]) for line in job["lines"]]


def calls(jobs: Iterable[dict]) -> dict[str, str]:
    """Every call of the matrix in words, by its key; an alias is called as what it stands for."""
    return {name: text for job in jobs if not job["alias_of"] for name, text in call_keys(job)}


def keyed(ledger: blocks.Ledger) -> Iterator[tuple[str, blocks.Block]]:
    """Every block that can be run, with its key."""
    for scope in ledger.scopes:
        for block in scope.blocks:
            if block.kind in blocks.RUNNABLE:
                yield block_key(block.text, block.page if scope.name == block.page else block.setup), block


def of_side(ledger: blocks.Ledger, library: str, known: Outcomes) -> blocks.Ledger:
    """What of a ledger speaks of a library, and is not known: of a pair its own side; aliases are called as what they stand for."""
    scopes = []
    for scope in ledger.scopes:
        own = scope.blocks if scope.pair is None else scope.blocks[:1] if library == "numpy" else scope.blocks[1:]
        scopes.append(replace(scope, blocks=own, pair=None))
    whole = blocks.Ledger(scopes)
    new = {id(block) for name, block in keyed(whole) if name not in known.statements}
    jobs = [job for job in ledger.jobs if not job["alias_of"] and not dict(call_keys(job)).keys() <= known.calls.keys()]
    jobs = [{**job, "parameter_calls": []} for job in jobs]
    return blocks.Ledger([scope for scope in scopes if any(id(block) in new for block in scope.blocks)], jobs)


def add(known: Outcomes, ledger: blocks.Ledger, record: Record, steps: dict[str, list[dict]], library: str) -> None:
    """Add to what is known what a record of this part of a ledger shows, and the steps of its jobs."""
    failures: dict[str, dict[int, dict]] = {}
    for failure in record.failures:
        failures.setdefault(failure["block"], {})[failure["line"]] = failure
    kinds = machine_kinds(record.environment)
    for name, block in keyed(ledger):
        if block.holds(kinds):
            known.statements.setdefault(name, _statements(block, failures.get(block.id, {})))
    for job in ledger.jobs:
        names = [name for name, _ in call_keys(job)]
        known.calls |= {name: {} for name in names}
        for line, cases in cells(steps[job["name"]], library).items():
            known.calls[names[line]] |= cases


def _statements(block: blocks.Block, failures: dict[int, dict]) -> list[str | None]:
    """What each statement of a block came to: what is expected, where it did not fail."""
    examples = blocks.parse(block.text) if block.kind == "doctest" else (blocks.Example(block.text, "", 0),)
    found: list[str | None] = []
    for one in examples:
        failure = failures.get(one.line)
        if not failure:
            found.append(one.want)
        elif failure["got"] or failure["want"]:
            found.append(failure["got"] if "\nNameError: " not in failure["got"] else None)  # what an earlier statement left out
        else:  # it ended the worker, or one before it did
            ended = None if failure["wrong"].startswith("not run") or not failure["source"] else failure["wrong"]
            return found + [ended] + [None] * (len(examples) - len(found) - 1)
    return found


def cells(steps: list[dict], library: str) -> dict[int, dict[str, list]]:
    """By the line of a job, each case in which the libraries differ: kind, label, whether it is ordinary, what the one answered."""
    lines: dict[int, dict[str, list]] = {}
    for step in steps:
        if step["what"] != "parameter" and (found := _step(step, library)):
            lines.setdefault(step["line"], {})[found[0]] = [*found[1:]]
    return lines


def _step(step: dict, library: str) -> tuple | None:
    """Of a step that shows a difference: what it was called with, the kind, under what label, whether it is ordinary, the answer."""
    shown = step.get("shown")
    if step["what"] == "transform":
        kind = ", ".join(name for name, why in (shown or {}).items() if why)
    elif step["what"] == "through":
        kind = ", ".join(shown or [])
    else:
        kind = step.get("kind", "")
    name = step["case"] if step["what"] in ("cell", "length") else step["what"]
    return (name, kind, step["label"], step.get("ordinary", False), step.get(library, "")[:SHORT]) if kind else None


def parameters(name: str, listed: list) -> str:
    """A signature in short, without types: each overload's parameters with their defaults."""
    found = [signature.numpys(listed)] if name.startswith("numpy") else signature.mlxs(listed)
    return "; ".join(dict.fromkeys("(" + ", ".join(map(_parameter, one)) + ")" for one in found)) if listed else ""


def _parameter(one: signature.Parameter) -> str:
    return f"{'' if one.positional else '*'}{one.name}{f'={one.default}' if one.default else ''}"


def alike(before: str, after: str) -> bool:
    """Whether two outputs tell the same: digits within rounding, and the words of an error, are no change."""
    errors = [text.startswith(checker.TRACEBACK) for text in (before, after)]
    if all(errors):
        return checker.told(before).partition(":")[0] == checker.told(after).partition(":")[0]
    return before == after or not (any(errors) or checker.output(before, after))
