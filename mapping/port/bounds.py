"""A part of a test, and what is plain of its own parts, go in; whether it asks that something has become small comes out."""

from __future__ import annotations

import re
from collections.abc import Mapping

import libcst as cst

from .model import UNKNOWN, Value
from .syntax import number_of, text_of

NAMED = re.compile(r"(?<!st)eps|tol(?!ist)")  # what bounds by its name, and neither `steps` nor `tolist`
SHORT = 1e-3
KEEPING = ("all", "any", "bool", "item", "logical_and", "logical_or")  # what is true when what they get is
TURNING = ("logical_not",)
NEAR = ("allclose", "isclose")
TESTS = (cst.Comparison, cst.UnaryOperation, cst.BooleanOperation, cst.BinaryOperation, cst.Call)

Values = Mapping[cst.CSTNode, Value]


def small(node: cst.CSTNode, values: Values) -> bool | None:
    """True where it is true when something is below a bound, False where it is true as long as that is not; None where neither."""
    match node:
        case cst.Comparison(left=left, comparisons=[cst.ComparisonTarget(operator=operator, comparator=right)]):
            return _compared(left, operator, right, values)
        case cst.UnaryOperation(operator=cst.Not() | cst.BitInvert(), expression=inner):
            return _turned(_of(inner, values))
        case cst.BooleanOperation() | cst.BinaryOperation(operator=cst.BitAnd() | cst.BitOr()):
            return _first(_of(node.left, values), _of(node.right, values))
        case cst.Call():
            return _called(node, values)
    return None


def _compared(left: cst.BaseExpression, operator: cst.BaseCompOp, right: cst.BaseExpression, values: Values) -> bool | None:
    less, more = isinstance(operator, cst.LessThan | cst.LessThanEqual), isinstance(operator, cst.GreaterThan | cst.GreaterThanEqual)
    if not less and not more:
        return None
    return less if _bounds(right, values) else more if _bounds(left, values) else None


def _called(node: cst.Call, values: Values) -> bool | None:
    name, given = text_of(node.func).rpartition(".")[2], [one.value for one in node.args]
    if name in NEAR and any(one.keyword and _bounds(one.value, values) for one in node.args):
        return True
    if isinstance(node.func, cst.Attribute):
        given.insert(0, node.func.value)
    found = _first(*(_of(one, values) for one in given[:2]))
    return found if name in KEEPING else _turned(found) if name in TURNING else None


def _bounds(node: cst.BaseExpression, values: Values) -> bool:
    """Whether it bounds what shall become small, by its name or its value."""
    number = number_of(node)
    number = values.get(node, UNKNOWN).number if number is None else number
    return bool(NAMED.search(text_of(node).lower())) or (number is not None and 0 < number < SHORT)


def _of(node: cst.CSTNode, values: Values) -> bool | None:
    return values.get(node, UNKNOWN).small


def _turned(found: bool | None) -> bool | None:
    return None if found is None else not found


def _first(*found: bool | None) -> bool | None:
    return next((one for one in found if one is not None), None)
