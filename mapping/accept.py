"""Failures of a run go in; the sources with live outputs in place of wrong ones come out, for a person to review."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path

from . import blocks, render, run


def accept(root: Path) -> int:
    """Run everything, write what was printed over what was expected, show the difference.

    An example that crashed, hung or was not run printed nothing that could be accepted; it is listed.
    """
    work = root / "_build" / "work"
    try:
        build = render.build_site(root, work / "dummy", work / "doctrees", "dummy").mapping
    except render.Refused as error:
        print(error, file=sys.stderr)
        return 1
    changes, left = replacements(build.ledger, build.record)
    for file, edits in sorted(changes.items()):
        path = root / file
        before = path.read_text(encoding="utf-8")
        after = rewrite(before, edits)
        path.write_text(after, encoding="utf-8")
        sys.stdout.writelines(difflib.unified_diff(before.splitlines(True), after.splitlines(True), file, file))
    for line in left:
        print(f"left alone: {line}", file=sys.stderr)
    print(f"{sum(map(len, changes.values()))} outputs written; review them before you commit")
    return 1 if left else 0


def replacements(ledger: blocks.Ledger, record: run.Record) -> tuple[dict[str, list[tuple[int, int, str]]], list[str]]:
    """For each file, the lines to replace (first, count) with which output; and what has no output to accept."""
    by_id = {block.id: block for block in ledger.blocks}
    changes: dict[str, list[tuple[int, int, str]]] = {}
    left = []
    for failure in record.failures:
        block = by_id[failure["block"]]
        example = next((one for one in blocks.parse(block.text) if one.line == failure["line"]), None) if block.kind == "doctest" else None
        if example is None or not (failure["got"] or failure["want"]):
            left.append(f"{block.source}:{block.line + failure['line']}: {failure['wrong']}")
            continue
        first = block.line + example.line + example.source.count("\n")
        count = len(example.want.split("\n")) if example.want else 0
        changes.setdefault(block.source, []).append((first, count, failure["got"]))
    return changes, left


def rewrite(text: str, edits: list[tuple[int, int, str]]) -> str:
    """Replace lines, from the last to the first, each with the indentation of the prompt above it."""
    lines = text.split("\n")
    for first, count, output in sorted(edits, reverse=True):
        prompt = lines[first - 2]
        margin = prompt[: len(prompt) - len(prompt.lstrip("> ").lstrip())] if ">>>" not in prompt else prompt[: prompt.index(">>>")]
        lines[first - 1 : first - 1 + count] = [margin + line if line else "" for line in output.split("\n")] if output else []
    return "\n".join(lines)
