"""What one reading of a module saw of its functions goes in; what each of them gives, and is given, comes out for the next reading.

A function that is called otherwise than by its name, or has a decorator, or is a generator, is not learned. What it is given is told
only in a script, which calls its functions itself: those of a library get what others hand them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import libcst as cst

from .model import UNKNOWN, Value
from .syntax import has_yield, stored
from .values import joined

READINGS = 8  # of a module, at most: the last one is told


@dataclass(frozen=True)
class Learned:
    """By the names of a module's functions: what they give, and what their parameters are given; and by those of attributes, whether
    what is stored there says that something is small."""

    gives: dict[str, Value] = field(default_factory=dict)
    takes: dict[str, dict[str, Value]] = field(default_factory=dict)
    flags: dict[str, bool] = field(default_factory=dict)


@dataclass
class Seen:
    """What is gathered in one reading."""

    functions: dict[str, cst.FunctionDef] = field(default_factory=dict)
    returned: dict[str, list[Value]] = field(default_factory=dict)
    calls: dict[str, list[dict[str, Value] | None]] = field(default_factory=dict)  # None: arguments that are spread
    handed: set[str] = field(default_factory=set)  # functions that are handed on as values
    flags: dict[str, set[bool]] = field(default_factory=dict)  # by attributes: what each store says
    script: bool = False

    def declare(self, module: cst.Module) -> None:
        """The functions at the module's own level that are what their `def` says wherever they are called."""
        counts = stored(module)
        for node in module.body:
            plain = isinstance(node, cst.FunctionDef) and not node.decorators and node.asynchronous is None
            if plain and isinstance(node, cst.FunctionDef) and counts[node.name.value] == 1 and not has_yield(node):
                self.functions[node.name.value] = node

    def call(self, name: str, arguments: list[tuple[str, str, Value]]) -> None:
        """One call: of each argument its star, its keyword and its value."""
        places = [one.name.value for one in (*self.functions[name].params.posonly_params, *self.functions[name].params.params)]
        spread = any(star or (not keyword and place >= len(places)) for place, (star, keyword, _) in enumerate(arguments))
        given = None if spread else {keyword or places[place]: value for place, (_, keyword, value) in enumerate(arguments)}
        self.calls.setdefault(name, []).append(given)

    def learned(self) -> Learned:
        gives = {}
        for name, values in self.returned.items():
            node = self.functions[name]
            last = node.body.body[-1]
            ends = isinstance(last, cst.SimpleStatementLine) and isinstance(last.body[-1], cst.Return | cst.Raise)
            found = _together(values if ends else [*values, Value("plain", "None")])
            if found != UNKNOWN:
                gives[name] = found
        takes = {}
        for name, calls in self.calls.items():
            whole = [one for one in calls if one is not None]
            if self.script and name not in self.handed and len(whole) == len(calls):
                takes[name] = {key: _together([one.get(key, UNKNOWN) for one in whole]) for key in {key for one in whole for key in one}}
        takes = {name: own for name, own in takes.items() if any(value != UNKNOWN for value in own.values())}
        return Learned(gives, takes, {name: True in told for name, told in self.flags.items() if len(told) == 1})


def _together(values: list[Value]) -> Value:
    found: Value | None = None
    for value in values:
        found = value if found is None else joined(found, value)
    return found or UNKNOWN
