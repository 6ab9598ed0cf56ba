"""Failures of a run go in; the sources with live outputs in place of wrong ones come out, for a person to review."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from ..dataset import model
from ..dataset.problems import Refused
from ..facts.rules.evidence import deviations, observed
from ..run import blocks, checker
from ..run.pool import Pool
from ..run.record import LEVELS, Record
from ..run.terms import EDGE_KINDS
from . import commands, doctest

Declaration = tuple[int, str, list[str]]  # the line of a table's header, the key, its words
Edit = tuple[int, str, str]  # first line in the file, what the block shows there, what it is to show
Changes = dict[str, set[Edit]]  # by file
Declarations = dict[str, list[Declaration]]
QUOTES = "'''"  # end a text in TOML, so that none can hold them
MARGIN = re.compile(r"(?:[ \t>]*?(?=>>>))?")  # indentation, marks of a quotation


def accept(root: Path) -> int:
    """Run everything on the CPU, write what was printed over what was expected, show the difference.

    An example that crashed, hung or was not run printed nothing that could be accepted, and one whose output varies
    between the machines that can be had here has none; they are listed.
    """
    try:
        with commands.alone(root / "_build"):
            done = doctest.prove(root, "cpu")
            vary = varying(done)
    except Refused as error:
        print(error, file=sys.stderr)
        return error.status
    changes, left = replacements(done.ledger, done.record, vary)
    declared, open_ = declarations(done)
    return write(root, changes, declared, left + open_)


def write(root: Path, changes: Changes, declared: Declarations, left: list[str]) -> int:
    """Write what is to be written, file by file, show the difference, and tell what is left; returns an exit status."""
    written = 0
    for file in sorted({*changes, *declared}):
        path = root / file
        before = path.read_bytes().decode()
        after, made, missed = edited(before, changes.get(file, set()), declared.get(file, []))
        path.write_bytes(after.encode())
        written += made
        left += [f"{file}:{line}: not written there as it is shown" for line in missed]
        sys.stdout.writelines(difflib.unified_diff(before.splitlines(True), after.splitlines(True), file, file))
    for line in left:
        print(f"left alone: {line}", file=sys.stderr)
    print(f"{written} outputs and declarations written; review them before you commit")
    return 1 if left else 0


def edited(text: str, outputs: set[Edit], declared: list[Declaration]) -> tuple[str, int, list[int]]:
    """The text with all edits made, from the last line to the first; how many were made, and lines of those not."""
    made = 0
    missed: list[int] = []
    for line, old, new in sorted([*outputs, *declared], key=lambda edit: edit[0], reverse=True):
        failed: list[int] = []
        if isinstance(new, str):
            text, failed = rewrite(text, {(line, old, new)})
        else:
            text = declare(text, line, old, list(new))
        made += not failed
        missed += failed
    return text, made, missed


def declarations(done: doctest.Outcome) -> tuple[Declarations, list[str]]:
    """For each file, which `differences` and `edges` to write; and what only a person can: another verdict."""
    found: dict[str, list[Declaration]] = {}
    left = []
    for entry, case, key, kinds in undeclared(done):
        if key == "differences" and (case.verdict != "differs" or not kinds):
            seen = ", ".join(kinds) or "nothing"
            left.append(f"{entry.file}:{case.line}: {entry.name} is `{case.verdict}`, but {seen} is seen on ordinary inputs")
        else:
            found.setdefault(entry.file, []).append((case.line, key, kinds))
    return found, left


def varying(done: doctest.Outcome) -> set[tuple[str, int]]:
    """Of the examples that failed, those that print something else again on the other machines that can be had here: block and line."""
    failed = {(failure["block"], failure["line"]): failure["got"] for failure in done.record.failures}
    scopes = [scope for scope in done.ledger.scopes if any(block.id == name for block in scope.blocks for name, _ in failed)]
    found = set()
    for around in LEVELS.values() if scopes else []:
        with Pool("cpu", around=around) as pool:
            record = pool.run(blocks.Ledger(scopes))
        there = {(one["block"], one["line"]): one["got"] for one in record.failures}
        found |= {
            place
            for place, got in failed.items()
            if place not in there or checker.output(got, there[place]) or checker.noise(got, there[place])
        }
    return found


def declaring(dataset: model.Dataset) -> Iterator[tuple[model.Entry, model.Case, str]]:
    """Every case that declares what was seen, with each key in which it does."""
    for entry in dataset.entries:
        for case in entry.cases if not entry.alias_of else []:
            for key in ("edges", "differences"):
                yield entry, case, key


def replacements(ledger: blocks.Ledger, record: Record, vary: Collection[tuple[str, int]] = ()) -> tuple[Changes, list[str]]:
    """For each file, what to write instead of what; and what has no output to accept."""
    by_id = {block.id: block for block in ledger.blocks}
    changes: Changes = {}
    left = []
    for failure in record.failures:
        block = by_id[failure["block"]]
        example = _example(block, failure["line"])
        if (failure["block"], failure["line"]) in vary:
            varies = "its output varies from machine to machine: choose an example that shows the same everywhere"
            left.append(f"{block.source}:{block.line + failure['line']}: {varies}")
            continue
        if example is None or not (failure["got"] or failure["want"]) or not _writable(block, failure["got"]):
            left.append(f"{block.source}:{block.line + failure['line']}: {failure['wrong']}")
            continue
        shown = block.text.split("\n")[example.line :]
        source = example.source.count("\n")
        count = source + (len(example.want.split("\n")) if example.want else 0)
        output = failure["got"].split("\n") if failure["got"] else []
        edit = block.line + example.line, "\n".join(shown[:count]), "\n".join(shown[:source] + output)
        changes.setdefault(block.source, set()).add(edit)
    return changes, left


def declare(text: str, line: int, key: str, words: list[str]) -> str:
    """The file with `key = [words]` in the table whose header is on this line; without the key where there are none."""
    lines = text.split("\n")
    end = next((place for place in range(line, len(lines)) if lines[place].startswith("[")), len(lines))
    there = next((place for place in range(line, end) if re.match(rf"{key}\s*=", lines[place])), None)
    written = [key + " = [" + ", ".join(f'"{word}"' for word in words) + "]"] if words else []
    if there is None:
        after = [place for place in range(line, end) if re.match(r"(verdict|differences)\s*=", lines[place])]
        lines[after[-1] + 1 : after[-1] + 1] = written
    else:
        lines[there : there + 1] = written
    return "\n".join(lines)


def undeclared(done: doctest.Outcome) -> Iterator[tuple[model.Entry, model.Case, str, list[str]]]:
    """For every case, each of `differences` and `edges` that is not what was observed, and what it should be."""
    for entry, case, key in declaring(done.dataset):
        declared = set(getattr(case, key))
        shown = observed(entry, case, done.facts, done.record, key == "edges").keys() | ({"undefined"} & declared)
        shown -= deviations(done.dataset, done.record.environment, entry, case, key).keys()
        if shown != declared:
            yield entry, case, key, [kind for kind in EDGE_KINDS if kind in shown]


def _example(block: blocks.Block, line: int) -> blocks.Example | None:
    return next((one for one in _parse(block.text) if one.line == line), None)


def _writable(block: blocks.Block, output: str) -> bool:
    """Whether an output can stand below its statement: it holds no prompt, and in TOML no end of the text."""
    if block.source.endswith(".toml") and QUOTES in output:
        return False
    return [one.source for one in _parse(f">>> 0\n{output}")] == ["0\n"]


def _parse(text: str) -> Sequence[blocks.Example]:
    try:
        return blocks.parse(text)
    except blocks.BlockError:
        return ()


def rewrite(text: str, edits: set[Edit]) -> tuple[str, list[int]]:
    """Replace lines, from the last to the first, keeping what stands before the prompt.

    Returns the lines of edits that were not made, since the text there is not what was shown.
    """
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.split(end)
    missed = []
    for line, old, new in sorted(edits, reverse=True):
        wanted = old.split("\n")
        found = lines[line - 1 : line - 1 + len(wanted)]
        indented = MARGIN.match(found[0]) if found else None
        margin = indented[0] if indented else ""
        if [one.rstrip() for one in found] == [(margin + one).rstrip() for one in wanted]:
            lines[line - 1 : line - 1 + len(wanted)] = [
                found[place] if wanted[place : place + 1] == [one] else (margin + one).rstrip() for place, one in enumerate(new.split("\n"))
            ]
        else:
            missed.append(line)
    return end.join(lines), missed[::-1]
