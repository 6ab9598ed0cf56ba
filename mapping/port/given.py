"""The arguments of one call go in; what of them MLX does not take as they are, and what makes it take them, is said in the judgement."""

from __future__ import annotations

from .calls import Argument, around
from .judgement import Judgement
from .known import Entry

ARRAYS_ONLY = ("numpy.searchsorted", "numpy.ndarray.searchsorted", "numpy.isclose", "numpy.allclose")  # where a number may be made one
ANY_NUMBER = ("numpy.atleast_1d", "numpy.atleast_2d", "numpy.atleast_3d", "numpy.meshgrid", "numpy.broadcast_arrays")  # of any number
OF_DTYPES = ("numpy.promote_types", "numpy.result_type", "numpy.issubdtype", "numpy.can_cast")
MAKERS = ("numpy.array", "numpy.asarray", "numpy.asanyarray", "numpy.ascontiguousarray", "numpy.asarray_chkfinite")
NUMBERS = ("int", "float", "complex", "bool", "number")
LISTS = ("list", "tuple")


def given(found: Judgement, entry: Entry, arguments: list[Argument], method: bool) -> None:
    """Lists and numbers where MLX takes arrays, and what is not plain."""
    known = entry.parameters
    names = [name for name, kind, _ in known.names or () if kind.startswith("POSITIONAL")]
    for place, one in enumerate(arguments):
        if one.keyword:
            if one.keyword != "dtype" and (why := _refused(one, known.by_name.get(one.keyword, ""))):
                found.harder("person", why)
            continue
        name, shown = names[place] if place < len(names) else "", one.text if len(one.text) < 30 else "..."
        plain = one.value.kind == "plain"
        shape = known.types[place] if place < len(known.types) else ""
        if entry.numpy in ANY_NUMBER and plain and (one.value.name in NUMBERS or one.value.element):
            found.told("MLX takes arrays here", one.array() if one.value.element not in ("mixed", "other") else [])
            continue
        if entry.numpy in OF_DTYPES and plain and one.value.name == "str":
            found.harder("person", "MLX takes no text for a dtype")
            continue
        if name != "dtype" and not (entry.numpy in MAKERS and one.value.name == "range") and (why := _refused(one, shape)):
            found.harder("person", why)
            continue
        if place and plain and one.value.name in NUMBERS and shape == "array":
            edits = one.array() if entry.numpy in ARRAYS_ONLY and one.value.name != "number" else []
            found.told("MLX takes an array here, and no number", edits)
            if not edits:
                found.harder("person", "")
            continue
        first = place == 0 and not method and (entry.verdict == "recipe" or bool(known.refused))
        if place in known.lists:
            _held(found, one, shown)
        elif (plain or one.value.kind == "arrays") and one.value.name in LISTS and place in known.arrays:
            known_as = not plain or one.value.element not in ("", "mixed")
            found.told(f"MLX takes no list here: write `mx.array({shown})`", one.array() if known_as else [])
        elif plain and one.value.name in NUMBERS and f"a Python number for `{name}`" in known.refused:
            found.harder("person", "MLX refuses a Python number here: use `math`, or make an array of it")
        elif one.value.host and one.value.kind == "unknown" and shape == "array":
            found.told(f"MLX takes no array of NumPy's here: write `mx.array({shown})`", one.array())
        elif one.value.kind in ("unknown", "maybe") and (place in known.arrays or first):
            found.condition = found.condition or f"if `{shown}` is an array"


def _refused(one: Argument, shape: str) -> str:
    """Why MLX does not take an argument where its signature shows this type; nothing where it may."""
    if one.value.kind == "array" and shape and not any(word in shape for word in ("array", "Any", "Dtype", "object")):
        return "MLX takes no array here"
    if one.value.name in LISTS and shape in ("int", "int | None", "None | int"):
        return "MLX takes one number here"
    if one.value.kind != "plain":
        return ""
    if one.value.name == "str" and shape and not any(word in shape for word in ("str", "Any", "Literal")):
        return "MLX takes no text here"
    return f"MLX takes no `{one.value.name}` here" if one.value.name in ("dict", "range", "set", "generator") else ""


def _held(found: Judgement, one: Argument, shown: str) -> None:
    """A list of arrays: what it holds must be arrays for MLX."""
    if one.value.kind == "plain" and one.value.element:
        said = "MLX takes a list of arrays here: make each of its lists and numbers an array"
        lists = [part for part in one.elements if part.value.kind == "plain"]
        fine = one.elements and all(part.value.kind in ("plain", "array") and part.value.element != "mixed" for part in one.elements)
        found.told(said, [edit for part in lists for edit in part.array()] if fine else [])
    elif one.value.kind != "arrays":
        found.condition = found.condition or f"if `{shown}` holds arrays"


def contents(found: Judgement, entry: Entry, arguments: list[Argument]) -> None:
    """What an array is made of: numbers."""
    if entry.numpy in MAKERS and arguments and not found.condition:
        first, shown = arguments[0].value, arguments[0].text if len(arguments[0].text) < 30 else "..."
        if first.kind in ("unknown", "maybe") or (first.kind == "plain" and first.name in ("object", "self")):
            found.condition = f"if `{shown}` is an array, a number or a list of numbers"
        elif first.kind == "plain" and first.name in LISTS and not first.element and first.ndim != 0:
            found.condition = f"if `{shown}` holds numbers"
    if entry.numpy in MAKERS and arguments and arguments[0].value.kind == "plain":
        first = arguments[0].value
        if first.name == "range" and arguments[0].place:
            found.done("MLX makes no array of a range: make it a list", around(arguments[0].place, "list(", ")"))
            return
        if first.name not in (*NUMBERS, *LISTS, "object", "self", "") or first.element == "other":
            found.harder("person", "MLX's arrays hold numbers only, and are made of lists, numbers and arrays")


def kinds(found: Judgement, entry: Entry, arguments: list[Argument]) -> None:
    """What the matrix saw for the dtypes that are plain here, where it is otherwise than for the ordinary ones."""
    for dtype in dict.fromkeys(one.value.dtype for one in arguments if one.value.kind == "array" and one.value.dtype):
        seen = entry.differs_for(dtype)
        if seen:
            found.harder("person", f"for `{dtype}` it differs: {', '.join(seen)}")
