"""A source and what was found in it go in; the source with all that a change of its text can do comes out.

What is left has a comment above its statement. A file of which anything is in doubt stays as it is.
"""

from __future__ import annotations

import ast
import re

from .model import Place, Report, Use

IMPORT = "import mlx.core as mx"
MARK = "# mlx-port:"
LINES = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")  # as Python counts lines
NUMPY = re.compile(r"(import numpy\b|from numpy\b)")


def fixed(source: str, report: Report) -> str:
    """The source with every edit made, MLX imported, and a comment above each statement that is left."""
    edits = sorted(
        {edit for use in report.uses if not _within_numpy(use, report) for edit in use.edits}, key=lambda edit: edit.place, reverse=True
    )
    if report.problem or not edits or source.startswith("\ufeff"):
        return source
    lines = LINES.split(source)
    end = (len(lines) + 1, 0)
    for edit in edits:
        row, first, last = edit.place.line - 1, edit.place.column - 1, edit.place.end_column - 1
        if edit.place.line != edit.place.end_line or lines[row][first:last] != edit.old or (edit.place.line, edit.place.end_column) > end:
            return source
        lines[row] = lines[row][:first] + edit.new + lines[row][last:]
        end = (edit.place.line, edit.place.column)
    above = _comments(report)
    own = next((row for row, line in enumerate(lines) if NUMPY.match(line)), None)
    if not any(line.strip() == IMPORT for line in lines):
        if own is None or re.search(r"\bmx\b", source):  # NumPy is imported within a function, or `mx` is something else
            return source
        above.setdefault(own + 1, []).insert(0, IMPORT)
    newline = next((line[len(line.rstrip("\r\n")) :] for line in lines if line.endswith(("\n", "\r"))), "\n")
    made = []
    for number, line in enumerate(lines, 1):
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        made += [f"{indent}{text}{newline}" for text in above.get(number, []) if text not in _marks(lines, number - 1)]
        made.append(line)
    text = "".join(made)
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return source
    return text


def _within_numpy(use: Use, report: Report) -> bool:
    """Whether a dtype is an argument of a call that stays NumPy's, which knows no dtype of MLX's."""
    if use.verdict != "differs" or not all(edit.old == use.code for edit in use.edits):
        return False
    return any(
        not other.edits and not other.numpy.startswith("numpy.ndarray.") and other.place < use.place and _end(other.place) > _end(use.place)
        for other in report.uses
    )


def _end(place: Place) -> tuple[int, int]:
    return place.end_line, place.end_column


def _marks(lines: list[str], row: int) -> set[str]:
    """The comments of an earlier run above a row."""
    found = set()
    while row and lines[row - 1].strip().startswith(MARK):
        row -= 1
        found.add(lines[row].strip())
    return found


def _comments(report: Report) -> dict[int, list[str]]:
    """What stands above which line: each use that is left, and each warning, once a statement."""
    above: dict[int, list[str]] = {}

    def add(line: int, said: str) -> None:
        if said not in above.setdefault(line, []):
            above[line].append(said)

    for use in report.uses:
        needs = use.port not in ("as it is", "host") or use.condition == "if this is NumPy"
        if needs and not use.edits:
            verdict = f"{use.verdict or 'not understood'}{f', {use.form}' if use.form else ''}"
            add(use.statement, f"{MARK} {use.numpy}: {verdict}{f', see {use.url}' if use.url else ''}")
    for one in report.cautions:
        add(one.statement, f"{MARK} {one.rule}: {one.message.partition(':')[0]}")
    return above
