"""What is wrong, told so that a person can act on it; and the register of the rules that say so.

A rule is a function with a stable code. Its docstring is the text that readers of the rules page see.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
RULES: dict[str, Callable[..., Any]] = {}
LENGTH = 100  # characters of a name that are shown
LINE = re.compile(r"\n(?!  )")  # a message's own lines are indented: what is not would pass for another problem


def printable(text: str, length: int = LENGTH, keep: str = "") -> str:
    """A text from a file as it may go to a terminal: what cannot be printed as an escape, and not endlessly much."""
    shown = "".join(sign if sign.isprintable() or sign in keep else ascii(sign)[1:-1] for sign in text[:length])
    return shown + ("..." if len(text) > length else "")


@dataclass(frozen=True, order=True)
class Problem:
    """One thing to mend: where it stands, which name it concerns, the rule's code, what to do."""

    file: str
    line: int
    name: str
    code: str
    message: str

    def __str__(self) -> str:
        message = LINE.sub("\\\\n", printable(self.message, LENGTH * 500, keep="\n"))
        return f"{printable(self.file)}:{self.line}: {printable(self.name)}: {self.code}: {message}"


class Problems(Exception):
    """Problems that stop the build; its text lists all of them."""

    def __init__(self, found: Iterable[Problem]):
        self.found = sorted(set(found))
        super().__init__("\n".join(map(str, self.found)))


class Refused(SystemExit):
    """What was asked for cannot be done; the message lists why, `status` is the exit status that says so.

    Sphinx lets it pass, so that no traceback is shown.
    """

    def __init__(self, message: str, status: int = 1):
        super().__init__(message)
        self.status = status


def rule(code: str) -> Callable[[F], F]:
    """Register a rule under its code. A code that is taken already is an error."""

    def register(function: F) -> F:
        if code in RULES:
            raise ValueError(f"rule {code} is declared twice")
        RULES[code] = function
        return function

    return register
