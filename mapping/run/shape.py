"""What a file of JSON holds, and the shape that it should have, go in; whether it has that shape comes out. Standard library alone.

A shape is a type (`object` for anything), None, a pattern that a text matches whole, `[shape]` for a list of any length,
`[shape, shape]` for one of as many, `{str: shape}` for an object with any keys, `{"key": shape}` for one with these keys alone (one
that ends in `?` may be missing), or a tuple: one of these shapes.
"""

from __future__ import annotations

import re
from typing import Any

NONE = ()  # a shape that nothing has


def fits(value: Any, shape: Any) -> bool:
    """Whether a value has a shape."""
    if isinstance(shape, tuple):
        return any(fits(value, one) for one in shape)
    if isinstance(shape, list):
        each = shape * len(value) if isinstance(value, list) and len(shape) == 1 else shape
        return isinstance(value, list) and len(value) == len(each) and all(map(fits, value, each))
    if isinstance(shape, re.Pattern):
        return isinstance(value, str) and bool(shape.fullmatch(value))
    if not isinstance(shape, dict):
        return value is None if shape is None else shape in (type(value), object)
    if not isinstance(value, dict):
        return False
    if str in shape:
        return all(fits(one, shape[str]) for one in value.values())
    if not all(key in value or key.endswith("?") for key in shape):
        return False
    return all(fits(one, shape[key] if key in shape else shape.get(f"{key}?", NONE)) for key, one in value.items())
