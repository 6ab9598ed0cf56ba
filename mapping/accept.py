"""Failures of a run go in; the sources with live outputs in place of wrong ones come out, for a person to review."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from . import blocks, model, rules, run, trial
from .problems import Refused

Declaration = tuple[int, str, list[str]]  # the line of a table's header, the key, its words
Edit = tuple[int, str, str]  # first line in the file, what the block shows there, what it is to show
QUOTES = "'''"  # end a text in TOML, so that none can hold them
MARGIN = re.compile(r"(?:[ \t>]*?(?=>>>))?")  # indentation, marks of a quotation


def accept(root: Path) -> int:
    """Run everything, write what was printed over what was expected, show the difference.

    An example that crashed, hung or was not run printed nothing that could be accepted; it is listed.
    """
    try:
        with trial.alone(root / "_build"):
            done = trial.trial(root)
    except Refused as error:
        print(error, file=sys.stderr)
        return error.status
    changes, left = replacements(done.ledger, done.record)
    declared, open_ = declarations(done)
    left += open_
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
    made, missed = 0, []
    for edit in sorted([*outputs, *declared], key=lambda edit: edit[0], reverse=True):
        if isinstance(edit[2], list):
            text, failed = declare(text, *edit), []
        else:
            text, failed = rewrite(text, {edit})
        made += not failed
        missed += failed
    return text, made, missed


def declarations(done: trial.Trial) -> tuple[dict[str, list[Declaration]], list[str]]:
    """For each file, which `differences` and `edges` to write; and what only a person can: another verdict."""
    found: dict[str, list[Declaration]] = {}
    left = []
    for entry, case, key, kinds in undeclared(done) if done.record.reference else []:
        if key == "differences" and (case.verdict != "differs" or not kinds):
            left.append(f"{entry.file}:{case.line}: {entry.name} is `{case.verdict}`, but {', '.join(kinds) or 'nothing'} is seen on ordinary inputs")
        else:
            found.setdefault(entry.file, []).append((case.line, key, kinds))
    return found, left


def replacements(ledger: blocks.Ledger, record: run.Record) -> tuple[dict[str, set[Edit]], list[str]]:
    """For each file, what to write instead of what; and what has no output to accept."""
    by_id = {block.id: block for block in ledger.blocks}
    changes: dict[str, set[Edit]] = {}
    left = []
    for failure in record.failures:
        block = by_id[failure["block"]]
        example = _example(block, failure["line"])
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


def undeclared(done: trial.Trial) -> Iterator[tuple[model.Entry, model.Case, str, list[str]]]:
    """For every case, each of `differences` and `edges` that is not what was observed, and what it should be."""
    for entry in done.dataset.entries:
        for case in entry.cases if not entry.alias_of else []:
            for edge, key in ((True, "edges"), (False, "differences")):
                shown = rules.observed(entry, case, done.facts, done.record, edge).keys() | ({"undefined"} & set(getattr(case, key)))
                if shown != set(getattr(case, key)):
                    yield entry, case, key, [kind for kind in rules.EDGE_KINDS if kind in shown]


def _example(block: blocks.Block, line: int) -> blocks.Example | None:
    return next((one for one in _parse(block.text) if one.line == line), None)


def _writable(block: blocks.Block, output: str) -> bool:
    """Whether an output can stand below its statement: it holds no prompt, and in TOML no end of the text."""
    if block.source.endswith(".toml") and QUOTES in output:
        return False
    return [one.source for one in _parse(f">>> 0\n{output}")] == ["0\n"]


def _parse(text: str) -> list[blocks.Example]:
    try:
        return blocks.parse(text)
    except blocks.BlockError:
        return []


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
        margin = MARGIN.match(found[0])[0] if found else ""
        if [one.rstrip() for one in found] == [(margin + one).rstrip() for one in wanted]:
            lines[line - 1 : line - 1 + len(wanted)] = [
                found[place] if wanted[place : place + 1] == [one] else (margin + one).rstrip()
                for place, one in enumerate(new.split("\n"))
            ]
        else:
            missed.append(line)
    return end.join(lines), missed[::-1]
