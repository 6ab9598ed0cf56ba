"""What of a call its text and its place tell: the arguments, where each stands, and what the call stands in."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .model import Edit, Place, Value


@dataclass(frozen=True)
class Argument:
    """One argument of a call: its keyword, or none, what is plain of its value, and its text.

    `place` is its value's, None where no change may stand; `whole` begins with the keyword. `atomic`: an operator beside it takes all
    of it; `simple`: written twice, it is the same and costs nothing. `elements`: of a list or tuple that is written down.
    """

    keyword: str
    value: Value
    text: str
    place: Place | None = None
    whole: Place | None = None
    atomic: bool = False
    simple: bool = False
    elements: tuple[Argument, ...] = ()

    def array(self) -> list[Edit]:
        """The changes that make an array of it."""
        return around(self.place, "mx.array(", ")") if self.place else []


@dataclass(frozen=True)
class Site:
    """Where the parts of a call stand. `of` is what a method belongs to; `inside` the text of the function that gets the call's result
    directly, `.name` where that is read of it, or `statement` where nothing does. `name` is the called name's last part."""

    place: Place
    function: Place
    name: Place
    comma: bool  # after the last argument
    others: bool  # whether it has arguments
    comments: bool  # within it
    of: Argument | None = None
    inside: str = ""

    @property
    def end(self) -> Place:
        """Before the closing bracket."""
        last = self.place.end_column - 1
        return Place(self.place.end_line, last, self.place.end_line, last)


def before(place: Place) -> Place:
    return replace(place, end_line=place.line, end_column=place.column)


def after(place: Place) -> Place:
    return replace(place, line=place.end_line, column=place.end_column)


def around(place: Place, opens: str, closes: str) -> list[Edit]:
    return [Edit(before(place), (opens,), wraps=place), Edit(after(place), (closes,), wraps=place)]


def between(one: Place, other: Place) -> Place:
    """From the end of one place to the begin of another."""
    return Place(one.end_line, one.end_column, other.line, other.column)
