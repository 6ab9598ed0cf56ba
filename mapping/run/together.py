"""Scopes of plain code go in; tasks of several come out, which a worker does one after the other before it is looked at. Standard
library alone.

To look at a worker takes longer than most examples do. Plain code reaches nothing but MLX and NumPy, and changes nothing of
them but what is put back; should it do so after all, each scope is done again by itself.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import groupby

from .tasks import Blocks, Task

MANY = 16  # scopes that are looked at together
MODULES = {"lib", "ma", "core", "f2py", "char", "rec", "emath", "testing", "polynomial", "ctypeslib", "strings", "typing", "dtypes"}
BUILTINS = {
    *("abs", "all", "any", "bool", "bytes", "complex", "dict", "divmod", "enumerate", "filter", "float", "int", "isinstance", "len"),
    *("list", "map", "max", "min", "next", "pow", "print", "range", "repr", "reversed", "round", "slice", "sorted", "str", "sum", "tuple"),
    *("zip", "np", "mx", "Ellipsis", "NotImplemented"),
}
NODES = (ast.Import, ast.ImportFrom, ast.ClassDef, ast.Global, ast.Nonlocal, ast.Delete, ast.Await, ast.AsyncFunctionDef, ast.AsyncWith)


def plain(code: str) -> bool:
    """Whether it reaches nothing but what MLX and NumPy offer by name, and stores nothing there."""
    try:
        nodes = [*ast.walk(ast.parse(code))]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    own = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    own |= {node.arg for node in nodes if isinstance(node, ast.arg)} | {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    return used <= own | BUILTINS and not own & BUILTINS and not any(isinstance(node, NODES) or _reaches(node) for node in nodes)


def _reaches(node: ast.AST) -> bool:
    """Whether an attribute is stored, is one of Python's own, or a module of NumPy that holds others."""
    return isinstance(node, ast.Attribute) and (not isinstance(node.ctx, ast.Load) or node.attr.startswith("_") or node.attr in MODULES)


class Several:
    """Scopes of plain code. Where the worker is not as it was after them, or ended, they are left to be done by themselves."""

    def __init__(self, parts: list[Blocks]):
        self.parts, self.place, self.way = parts, 0, parts[0].way
        self.given, self.alone, self.imports = 0, False, set[str]()

    @property
    def name(self) -> str:
        return self.parts[min(self.place, len(self.parts) - 1)].name

    def request(self) -> dict:
        return {"scopes": [part.code() for part in self.parts]}

    def take(self, message: dict) -> None:
        if self.place == len(self.parts):
            raise ValueError("a report out of turn")
        part = self.parts[self.place]
        part.given = self.given
        part.take(message)
        self.place += part.ended

    def finish(self) -> None:
        if self.place < len(self.parts):
            raise ValueError("no end")

    def restart(self) -> None:
        for part in self.parts:
            part.restart()

    def fail(self, why: str) -> list[Task]:
        self.restart()
        return [*self.parts]


def together(tasks: Iterable[Blocks]) -> Iterator[Task]:
    """The same tasks, plain ones that follow each other put together."""
    for (easy, _), some in groupby(tasks, key=lambda task: (plain("\n".join(task.sources)), task.way)):
        own = [*some]
        if not easy:
            yield from own
        else:
            yield from (Several(own[place : place + MANY]) for place in range(0, len(own), MANY))
