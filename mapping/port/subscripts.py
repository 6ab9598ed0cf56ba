"""The kinds of a subscript's indices go in; the form of the entry that such a read, or such a store, has comes out."""

from __future__ import annotations

import libcst as cst

from .model import Value


def kind_of(value: Value, node: cst.CSTNode) -> str:
    """The kind of one index that is no slice; `unknown` where it may be a mask."""
    if value.kind in ("array", "maybe", "unknown") and value.dtype == "bool":
        return "mask"
    if value.kind == "array":
        return "array" if "int" in value.dtype else "unknown"
    if value.kind != "plain":
        return "newaxis" if value.name == "numpy.newaxis" else "unknown"
    match value.name:
        case "int" | "number":
            return "integer"
        case "None" | "ellipsis":
            return "newaxis"
        case "list" | "tuple":
            return "mask" if value.element == "bool" else "list" if value.element == "int" else "unknown"
    return "unknown"


def form_of_read(kinds: list[str]) -> str:
    """The form of `ndarray.__getitem__`; empty where it cannot be told."""
    if "mask" in kinds:
        return "boolean mask"
    if "unknown" in kinds:
        return ""
    if "array" in kinds:
        return "integer array"
    if "list" in kinds:
        return "integer list"
    return "ellipsis and newaxis" if "newaxis" in kinds else "slice" if "slice" in kinds else "integer"


def form_of_write(kinds: list[str], augmented: bool) -> str:
    """The form of `ndarray.__setitem__`; empty where it cannot be told."""
    if "mask" in kinds:
        return "boolean mask with an operator" if augmented else "boolean mask" if len(kinds) == 1 else "boolean mask beside another index"
    if "unknown" in kinds:
        return "" if augmented or len(kinds) > 1 else "integer array"  # a mask alone may be stored into as well
    return "integer array" if {"array", "list"} & {*kinds} else "integer or slice"
