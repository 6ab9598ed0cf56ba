"""A case (dtype, shape, special value) goes in; the inputs of a call, for NumPy and for MLX, come out.

Inputs are fixed and readable. MLX's empty arrays are made by MLX: reducing one that came from NumPy may never return.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import numpy as np

from ..run import terms

ORDINARY = ("bool", "int32", "int64", "float32")
DTYPES = (*ORDINARY, *(dtype for dtype in (*terms.SIGNED, *terms.UNSIGNED, *terms.FLOATS, "complex64") if dtype not in ORDINARY))
NARROW = ("float16", "int8", "uint8")  # what NumPy makes of bool: no ordinary answer
SHAPES = {"1-d": (4,), "2-d": (2, 3), "3-d": (2, 3, 2), "0-d": (), "empty": (0,), "empty 2-d": (0, 3)}
SQUARES = {"2-d": (3, 3), "3-d": (2, 3, 3), "empty 2-d": (0, 0)}
VECTORS = {"1-d": (4,), "empty": (0,)}
CORNERS = ("0-d", "empty", "empty 2-d")
POINTS = 6  # what `n` is
EACH = {"a", "b", "row"}  # inputs of lines that may compute each number by itself
SPECIAL = (
    ("float32", "NaN"), ("float32", "infinity"), ("float32", "-0.0"), ("float32", "zero divisor"),
    ("int32", "extremes"), ("int64", "extremes"), ("int32", "zero divisor"), ("uint8", "extremes"),
    ("uint64", "extremes"), ("float16", "extremes"), ("complex64", "NaN"),
)  # fmt: skip
NO_MATRIX = (  # LAPACK ends the process at some of them, and at others leaves no digit that is the same everywhere
    *((dtype, special) for dtype in terms.HALVES for special in ("NaN", "infinity", "-0.0", "zero divisor")),
    ("complex64", "infinity"), ("complex64", "-0.0"), ("complex64", "zero divisor"),
    ("uint16", "extremes"), ("uint32", "extremes"),
)  # fmt: skip
MAGNITUDES = {  # numbers far from one, where each is computed by itself
    "float32 large": (20.0, -50.0, 88.4, 1e3, -1e6, 1e30),
    "float32 small": (1e-30, -1e-10, 1e-5, -1e-20, 1e-30, 1e-7),
    "int32 large": (100, -200, 1000, 46341, -(10**6), 10**9),
    "complex64 large": (20 + 50j, 50 - 20j, -88.4 + 3j, 1e3 + 1e3j, -1e6 + 1j, 1e15 + 1e15j),
}
FLOATS = (1.5, -2.25, 0.5, 3.0, -0.75, 2.0, 0.25, -1.0, 4.0, -3.5, 0.125, 1.0)
INTEGERS = (3, -1, 2, 5, 0, -4, 7, 1, -2, 4, 6, -3)
OTHER_FLOATS = (2.0, 0.5, -1.5, 1.25, 3.0, -0.25, 4.0, 1.0, -2.0, 0.75, 2.5, -1.0)
OTHER_INTEGERS = (2, 3, -1, 1, 4, -3, 5, 2, 1, -2, 3, 6)
RISING = (-2.0, 0.5, 1.0, 4.0)
SQUARE = ((4.0, 1.0, 2.0), (1.0, 3.0, 0.0), (2.0, 1.0, 5.0))
POSITIVE = ((4.0, 1.0, 2.0), (1.0, 3.0, 0.0), (2.0, 0.0, 5.0))


@dataclass(frozen=True)
class Case:
    """What a cell's inputs are like; `plain` where a line takes none."""

    dtype: str = ""
    shape: str = ""
    special: str = ""

    @property
    def ordinary(self) -> bool:
        return not self.dtype or (self.dtype in ORDINARY and self.shape not in CORNERS and not self.special)

    @property
    def label(self) -> str:
        """Under what a reader meets the cell: its dtype, or its corner."""
        return self.special or (self.shape if self.shape in CORNERS else self.dtype) or "plain"

    def __str__(self) -> str:
        return " ".join(filter(None, [self.dtype, self.shape, self.special])) or "no input"


def alone(dtype: str, special: str, names: set[str]) -> bool:
    """Whether such inputs are for lines that compute each number by itself: others lose digits there, or answer as the processor does."""
    return special in ("large", "small") or (len(names) > 1 and (dtype, special) in NO_MATRIX)


def cases(names: set[str]) -> Iterator[Case]:
    """The cases of a line that uses these inputs."""
    if not names - {"n"}:
        yield Case()
        return
    fit = [set(SHAPES)] if names & {"a", "b", "m"} else []
    fit += [set(SQUARES)] if names & {"q", "p"} else []
    fit = fit or ([set(VECTORS)] if names & {"v", "w", "o", "u", "i", "row"} else [{"1-d"}])
    shapes = [shape for shape in SHAPES if all(shape in one for one in fit) and not (shape == "0-d" and names & {"i", "row"})]
    main = "2-d" if "2-d" in shapes else "1-d"
    for dtype in DTYPES:
        yield Case(dtype, main)
    for shape in shapes:
        if shape != main:
            for dtype in ("float32", "int32", *["bool"] * (shape == "0-d")) if shape in CORNERS else ORDINARY:
                yield Case(dtype, shape)
    some = SPECIAL if names & {"q", "p"} else SPECIAL + NO_MATRIX
    large = [tuple(key.split()) for key in MAGNITUDES] if names <= EACH else []
    for dtype, special in (*some, *large):
        if special != "zero divisor" or "b" in names:
            yield Case(dtype, main, special)


def _values(floats: tuple, integers: tuple, dtype: str, size: int, turn: int = 0) -> np.ndarray:
    """`size` values of a dtype, the same each time."""
    kind = "float32" if dtype == "bfloat16" else dtype
    take = [(place + turn) for place in range(size)]
    if dtype == "bool":
        return np.array([(INTEGERS[place % 12] + turn) % 3 != 0 for place in take], bool)
    if np.dtype(kind).kind in "iu":
        picked = [integers[place % len(integers)] for place in take]
        return np.array([abs(x) for x in picked] if kind.startswith("u") else picked, kind)
    real = np.array([floats[place % len(floats)] for place in take], np.float64)
    return (real + 1j * real[::-1]).astype(kind) if kind.startswith("complex") else real.astype(kind)


def _square(rows: tuple, shape: tuple, dtype: str) -> np.ndarray:
    kind = "float32" if dtype == "bfloat16" else dtype
    one = np.array(rows, np.float64)
    whole = np.stack([one, one + np.eye(3)]) if len(shape) == 3 else one
    return (whole if shape[-1] else np.zeros(shape)).astype(kind)


def inputs(case: Case, names: set[str]) -> dict[str, Any]:
    """NumPy's inputs of one case, made anew; `n` is a number of Python's."""
    found: dict[str, Any] = {"n": POINTS} if "n" in names else {}
    shape = SHAPES.get(case.shape, (4,))
    if names & {"q", "p"} and not names & {"a", "b", "m"}:
        shape = SQUARES[case.shape]
    size = int(np.prod(shape))
    line = (shape[0] if shape == (0,) else 4,)
    for name in sorted(names):
        if name == "a":
            found[name] = _values(FLOATS, INTEGERS, case.dtype, size).reshape(shape)
        elif name == "b":
            found[name] = _values(OTHER_FLOATS, OTHER_INTEGERS, case.dtype, size, 1).reshape(shape)
            if case.dtype == "bool":
                found[name][...] = True
        elif name == "row":
            found[name] = _values(OTHER_FLOATS, OTHER_INTEGERS, case.dtype, shape[-1])
            if case.dtype == "bool":
                found[name][...] = True
        elif name == "m":
            found[name] = np.array([place % 3 != 1 for place in range(size)], bool).reshape(shape)
        elif name == "v":
            found[name] = _values((0.5, -2.25, 3.0, 0.5), (3, -1, 5, 3), case.dtype, line[0])
        elif name == "w":
            found[name] = _values((1.0, 3.0, -0.25, 2.0), (3, 2, 0, 1), case.dtype, line[0])
        elif name == "o":
            found[name] = np.sort(_values(RISING, (-2, 1, 3, 4), case.dtype, line[0]))
        elif name == "u":
            found[name] = np.array([True, False, True, True][: line[0]], bool)
        elif name in ("q", "p"):
            found[name] = _square(SQUARE if name == "q" else POSITIVE, SQUARES[case.shape], case.dtype)
        elif name == "y":
            found[name] = _values((1.0, 2.0, -1.0), (1, 2, -1), case.dtype, 0 if case.shape == "empty 2-d" else 3)
        elif name == "i":
            first = shape[0] if names & {"a", "b", "m", "q", "p"} else line[0]
            first = min(first, 3) if "y" in names else first
            found[name] = np.array([first - 1, 0, first - 1] if first else [], np.int32)
    for name in ("a", "v", "o", "q", "p"):
        if name in found:
            _spoil(found[name], case, name == "o")
    if case.special == "zero divisor":
        found["b"].flat[0] = found["b"].flat[1] = 0
        if "a" in found and case.dtype == "complex64":
            found["a"].flat[1] = 0  # of both
    return found


def _spoil(array: np.ndarray, case: Case, rising: bool) -> None:
    """Put special values into an array; one that must rise has them where they keep it rising."""
    if not array.size:
        return
    last, special = array.size - 1, case.special
    if special == "NaN":
        array.flat[last if rising else 1] = np.nan
    elif special == "infinity":
        array.flat[0], array.flat[last] = (-np.inf, np.inf) if rising else (np.inf, -np.inf)
    elif special == "-0.0" and not rising:
        array.flat[0], array.flat[1] = -0.0, 0.0
    elif special == "extremes":
        about = np.finfo(array.dtype) if array.dtype.kind == "f" else np.iinfo(array.dtype)
        array.flat[0], array.flat[last] = about.min, about.max
    elif some := MAGNITUDES.get(f"{case.dtype} {special}"):
        array.flat[:] = some[: array.size]


def other(array: Any, dtype: str) -> Any:
    """MLX's own array of the same values and dtype; a number of Python's as it is."""
    if isinstance(array, int):
        return array
    own = "float32" if dtype == "bfloat16" else dtype
    name = dtype if array.dtype.name == own else array.dtype.name  # an index or a mask keeps its own
    return mx.array(array, dtype=mlx_dtype(name)) if array.size else mx.zeros(array.shape, dtype=mlx_dtype(name))


def others(dtype: str, given: dict[str, np.ndarray]) -> dict[str, mx.array]:
    """MLX's inputs for NumPy's."""
    return {name: other(array, dtype) for name, array in given.items()}


def mlx_dtype(name: str) -> mx.Dtype:
    """MLX's dtype of this name."""
    return mx.bool_ if name == "bool" else getattr(mx, name)
