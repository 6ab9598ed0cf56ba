"""What lists, tuples and numbers that are written down hold goes in; their types, lengths and dimensions come out."""

from __future__ import annotations

import libcst as cst

from .calls import Argument
from .given import LISTS, NUMBERS
from .model import Value
from .syntax import number_of


def element(inner: list[Value]) -> str:
    """The type of the numbers in a list, in lists within it as well; `mixed` where other things are beside them."""
    plain = [one for one in inner if one.kind == "plain"]
    kinds = {one.element if one.name in LISTS else one.name for one in plain}
    if kinds & {"str", "bytes", "None", "dict", "set", "generator", "function", "other"}:
        return "other"
    if len(plain) < len(inner) or not kinds <= {*NUMBERS}:
        return "mixed" if plain else ""
    return next((kind for kind in ("complex", "float", "int", "bool") if kind in kinds), "")


def product_of(*ndims: int | None) -> int | None:
    """The dimensions of a product of matrices or vectors."""
    return {(2, 2): 2, (2, 1): 1, (1, 2): 1, (1, 1): 0}.get((ndims[0] or 0, ndims[-1] or 0)) if len(ndims) == 2 else None


def depth(inner: list[Value]) -> int:
    depths = {one.depth if one.name in LISTS else 0 for one in inner}
    plain = all(one.kind == "plain" for one in inner)
    return 1 + depths.pop() if plain and len(depths) == 1 and (depths == {0}) == (inner[0].name not in LISTS) else 0


def axis(arguments: list[Argument]) -> bool:
    return any(one.keyword == "axis" for one in arguments) or len([one for one in arguments if not one.keyword]) > 1


def widest(one: str, other: str) -> str:
    order = ("bool", "int", "float", "complex")
    return max(one, other, key=order.index) if one in order and other in order else one if one == other else "object"


def size(node: cst.CSTNode) -> int | None:
    """A number that may be a length."""
    number = number_of(node)
    return int(number) if number and 0 < number < 1e15 else None


def product(inner: list[Value]) -> int | None:
    found = 1
    for one in inner:
        if one.kind != "plain" or not one.size:
            return None
        found *= one.size
    return found
