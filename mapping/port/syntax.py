"""Nodes of a parsed source go in; their text, the names that they store and what they are built of come out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cache

import libcst as cst

EMPTY = cst.Module([])
SIGNS = ("whitespace", "leading_lines", "lines_after", "lpar", "rpar", "lbra", "rbra", "comma", "semicolon", "header", "footer", "trailing")
SCOPES = (cst.FunctionDef, cst.ClassDef, cst.Lambda)


def text_of(node: cst.CSTNode) -> str:
    """The text of a node, as it stands in the source."""
    match node:
        case cst.Name():
            return node.value
        case cst.Attribute(value=cst.Name(of)):
            return f"{of}.{node.attr.value}"
    return EMPTY.code_for_node(node).strip()


@cache
def _fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    """Where a kind of node may hold other code; spaces, brackets and commas hold none."""
    return tuple(one.name for one in fields(kind) if not one.name.startswith(SIGNS))


def walk(node: cst.CSTNode, into: Callable[[cst.CSTNode], bool] = lambda node: True) -> Iterator[cst.CSTNode]:
    """All code within a node, and not what is within those of its parts that are not gone `into`."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        for name in _fields(type(one)):
            value = getattr(one, name)
            for part in value if isinstance(value, list | tuple) else (value,):
                if isinstance(part, cst.CSTNode):
                    yield part
                    if into(part):
                        waiting.append(part)


def shared(module: cst.Module) -> set[str]:
    """The names that a function stores for others, whenever it is called."""
    return {name.name.value for one in walk(module) if isinstance(one, cst.Global | cst.Nonlocal) for name in one.names}


def parameters(node: cst.Parameters) -> list[cst.Param]:
    stars = [one for one in (node.star_arg, node.star_kwarg) if isinstance(one, cst.Param)]
    return [*node.posonly_params, *node.params, *node.kwonly_params, *stars]


def patterns(case: cst.MatchCase) -> tuple[list[cst.BaseExpression], list[cst.BaseExpression]]:
    """The classes and the values that a pattern asks for."""
    found = [case.pattern, *walk(case.pattern)]
    return [one.cls for one in found if isinstance(one, cst.MatchClass)], [one.value for one in found if isinstance(one, cst.MatchValue)]


def has_yield(node: cst.FunctionDef) -> bool:
    """Whether a function, or one within it, is a generator."""
    return any(isinstance(one, cst.Yield) for one in walk(node.body))


def stored(node: cst.CSTNode) -> Counter[str]:
    """The names that a piece of code stores, and at how many places; functions within it keep their own."""
    return Counter(name for one in walk(node, lambda one: not isinstance(one, SCOPES)) for name in _names_stored(one))


def _names_stored(node: cst.CSTNode) -> list[str]:
    """The names that this node itself stores."""
    match node:
        case cst.FunctionDef() | cst.ClassDef():
            return [node.name.value]
        case cst.AssignTarget() | cst.AnnAssign() | cst.AugAssign() | cst.NamedExpr() | cst.For():
            return _targets(node.target)
        case cst.AsName() | cst.MatchAs() | cst.MatchStar():
            return _targets(node.name)
        case cst.ImportAlias(asname=None):
            return [text_of(node.name).partition(".")[0]]
        case cst.MatchMapping():
            return _targets(node.rest)
    return []


def _targets(node: cst.CSTNode | None) -> list[str]:
    match node:
        case cst.Name():
            return [node.value]
        case cst.Tuple() | cst.List():
            return [name for element in node.elements for name in _targets(element.value)]
    return []


def number_of(node: cst.CSTNode) -> float | None:
    """The value of a number that is written down, with its sign."""
    match node:
        case cst.Integer() | cst.Float():
            return float(node.evaluated_value)
        case cst.UnaryOperation(operator=cst.Minus(), expression=inner):
            number = number_of(inner)
            return None if number is None else -number
        case cst.BinaryOperation(operator=cst.Power(), left=left, right=right):
            base, power = number_of(left), number_of(right)
            return (
                base**power
                if base is not None and power is not None and base > 0 and abs(power) < 300 / (1 + len(str(int(base))))
                else None
            )
    return None


def indices(node: cst.Subscript) -> list[cst.BaseExpression]:
    """The indices of a subscript that are no slices."""
    return [element.slice.value for element in node.slice if isinstance(element.slice, cst.Index)]


def atomic(node: cst.CSTNode) -> bool:
    """Whether an operator beside it takes all of it."""
    if isinstance(node, cst.BaseExpression) and node.lpar:
        return True
    return isinstance(node, cst.Name | cst.Attribute | cst.Subscript | cst.Call | cst.Integer | cst.Float | cst.List)


def is_simple(node: cst.CSTNode) -> bool:
    """Whether it costs nothing and is the same where it is written twice: a name, a member of one, a number."""
    if isinstance(node, cst.Attribute):
        return is_simple(node.value)
    return isinstance(node, cst.Name) or number_of(node) is not None
