"""The ledger's blocks go in; what of them shows nothing comes out: functions that nothing calls, texts that a block prints of itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..dataset.problems import Problem, rule
from ..run import blocks

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@rule("G609")
def shows_nothing(block: blocks.Block, line: int, what: str) -> Problem:
    """A block defines what no block after it uses, so that its body never ran; or prints a text that stands in it, whatever happened.
    Use what you define; print what was computed."""
    return Problem(block.source, block.line + line, block.page, "G609", what)


def idle(ledger: blocks.Ledger) -> Iterator[Problem]:
    """Problems of all doctests; recipes are called by the matrix, and scripts by what stands after them on their page."""
    for scope in ledger.scopes:
        for side in [[block] for block in scope.blocks] if scope.pair is not None else [scope.blocks]:
            yield from _of_side(side)


def _of_side(side: list[blocks.Block]) -> Iterator[Problem]:
    defined: dict[str, tuple[blocks.Block, int]] = {}
    used: set[str] = set()
    for block in side:
        for source, line in _statements(block):
            try:
                tree = ast.parse(source)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue  # told by G504
            for node in ast.walk(tree):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                    used.add(node.id)
            if block.kind == "doctest":
                defined |= {node.name: (block, line) for node in tree.body if isinstance(node, Definition) and not node.decorator_list}
                yield from (shows_nothing(block, line, f"prints what stands in it: `{ast.unparse(node)}`") for node in _said(tree.body))
    for name, (block, line) in defined.items():
        if name not in used:
            yield shows_nothing(block, line, f"nothing here uses `{name}`: it never ran")


def _statements(block: blocks.Block) -> list[tuple[str, int]]:
    """Each statement with its line within the block; none of a block that does not run."""
    if block.kind == "script":
        return [(block.text, 0)]
    try:
        return [(one.source, one.line) for one in blocks.parse(block.text)] if block.kind == "doctest" else []
    except blocks.BlockError:
        return []


def _said(body: list[ast.stmt]) -> Iterator[ast.Call]:
    """Calls of `print` with nothing but constants, where no condition decides whether they are made."""
    for node in body:
        if isinstance(node, (ast.Try, ast.With, ast.For)):
            yield from _said([*node.body, *getattr(node, "orelse", []), *getattr(node, "finalbody", [])])
            yield from (call for handler in getattr(node, "handlers", []) for call in _said(handler.body))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call = node.value
            if isinstance(call.func, ast.Name) and call.func.id == "print" and all(isinstance(one, ast.Constant) for one in call.args):
                yield call
