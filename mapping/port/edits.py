"""A text and changes of it go in; the changed text comes out. Changes may stand within each other, and never overlap."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .model import Edit, Place

LINES = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")  # as Python counts lines
BEFORE = re.compile(r"(?:[(\[{,:]|(?<![=<>!:+\-*/%&|^@])=|\b(?:return|yield|if|elif|while|assert))\s*$")  # where an expression begins
AFTER = re.compile(r"[ \t]*(?:[)\]},:;]|(?:#.*)?(?:\r?\n|\r|$)(?!\s*(?:[-+*/%&|^@<>=!.\[(]|(?:and|or|if|else|in|is|not)\b)))")  # and ends
NEAR = 200  # signs before a place that are looked at

Change = tuple[int, int, Edit]


class ConflictError(ValueError):
    """A change has one within it that stands in nothing that it keeps. Its argument is the outer one."""


def applied(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made. Raises ConflictError."""
    starts = [0]
    for line in LINES.split(text):
        starts.append(starts[-1] + len(line))

    def span(place: Place) -> tuple[int, int]:
        return starts[place.line - 1] + place.column - 1, starts[place.end_line - 1] + place.end_column - 1

    def made(start: int, end: int, changes: list[Change]) -> str:
        """What stands between two offsets, with the changes that stand there."""
        pieces, at, number = [], start, 0
        while number < len(changes):
            first, last, edit = changes[number]
            stop = number + 1
            while stop < len(changes) and changes[stop][0] < last:
                stop += 1
            inner, number = changes[number + 1 : stop], stop
            parts = [span(piece) for piece in edit.new if isinstance(piece, Place)]
            if not all(any(begin <= one[0] and one[1] <= end_ for begin, end_ in parts) for one in inner):
                raise ConflictError(edit)
            new = "".join(piece if isinstance(piece, str) else within(*span(piece), inner) for piece in edit.new)
            bare = not edit.loose or (BEFORE.search(text[max(0, first - NEAR) : first]) and AFTER.match(text, last))
            pieces += [text[at:first], new if bare else f"({new})"]
            at = last
        return "".join([*pieces, text[at:end]])

    def within(start: int, end: int, changes: list[Change]) -> str:
        return made(start, end, [one for one in changes if start <= one[0] and one[1] <= end])

    def order(change: tuple[int, Change]) -> tuple[int, int, int, int]:
        """What closes stands before what is put between, and that before what opens; what is around another thing opens before it and
        closes after it."""
        number, (first, last, edit) = change
        if first < last or edit.wraps is None:
            return first, 3 if first < last else 1, -last, number
        begin, end = span(edit.wraps)
        return (first, 0, -begin, -number) if first == end else (first, 2, -end, number)

    every = [(*span(edit.place), edit) for edit in edits]
    return made(0, len(text), [change for _, change in sorted(enumerate(every), key=order)])
