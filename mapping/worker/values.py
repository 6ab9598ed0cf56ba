"""What NumPy answered and what MLX answered go in; the kind of difference between them comes out.

Runs in the worker: it imports both libraries. The definition of agreement is the design's: equal shape,
values compared in the wider type without wrapping, floats within a few units in the last place of the
coarser dtype, dtypes equal or one of MLX's 32-bit defaults.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import mlx.core as mx
import numpy as np

from ..run.terms import EPSILON, KINDS, MANY, SMALLEST, ULP

CLOSE = 1e-2  # relative distance up to which floats differ in precision rather than in value
DEFAULTS = {("float64", "float32"), ("complex128", "complex64"), ("int64", "int32"), ("uint64", "uint32")}


@dataclass
class Raised:
    """An exception in place of an answer. `unfinished` counts those of a computation on MLX's CPU: each leaves a task
    that MLX takes for running, and after a dozen an evaluation may wait for them without end.
    """

    error: BaseException
    unfinished: ClassVar[int] = 0

    def __post_init__(self) -> None:
        Raised.unfinished += "::eval_cpu]" in str(self.error)[:80]

    @property
    def by_signature(self) -> bool:
        """Whether the call was refused for its arguments' names or number, before anything was computed."""
        text = str(self.error)
        signs = ("incompatible function arguments", "unexpected keyword", "missing required", "positional argument")
        return isinstance(self.error, TypeError) and any(sign in text for sign in signs)


@dataclass
class Plain:
    """An answer without its library: dtype's name, values; `weak` for Python's own numbers."""

    dtype: str
    data: np.ndarray
    weak: bool = False


def freeze(value: Any) -> Any:
    """A copy of an answer that later statements cannot change."""
    if isinstance(value, mx.array):
        dtype = str(value.dtype).removeprefix("mlx.core.")
        narrow = value.astype(mx.float32) if dtype == "bfloat16" else value
        return Plain(dtype, np.array(narrow))
    if isinstance(value, (np.ndarray, np.generic)):
        return Plain(str(value.dtype), np.array(value))
    if isinstance(value, (bool, int, float, complex)):
        return Plain(type(value).__name__, _python_number(value), weak=True)
    if isinstance(value, (tuple, list)):
        return [freeze(item) for item in value]
    if isinstance(value, mx.Dtype):
        return "dtype " + str(value).removeprefix("mlx.core.")
    if isinstance(value, np.dtype):
        return "dtype " + str(value)
    return value if isinstance(value, (str, Raised)) or value is None else repr(value)


def _python_number(value: Any) -> np.ndarray:
    return np.array(value, dtype=object) if isinstance(value, int) and abs(value) >= 2**63 else np.array(value)


def difference(numpy: Any, mlx: Any, mode: str = "values", ulp: float = ULP) -> str | None:
    """The first kind of KINDS by which MLX's frozen answer differs from NumPy's, or None.

    `mode` is `values`, `distribution` (shape, dtype, range and moments) or `shape-dtype`. Where NumPy
    raised, nothing is compared: MLX raises too, or it is silent.
    """
    if isinstance(numpy, Raised):
        return None if isinstance(mlx, Raised) else "unraised"
    if isinstance(mlx, Raised):
        return "parameters" if mlx.by_signature else "error"
    if isinstance(numpy, Plain) and isinstance(mlx, Plain):
        return _arrays(numpy, mlx, mode, ulp)
    if isinstance(numpy, list) and isinstance(mlx, list):
        return _lists(numpy, mlx, mode, ulp)
    if isinstance(numpy, Plain) != isinstance(mlx, Plain) and list in (type(numpy), type(mlx)):
        return "shape"
    if isinstance(numpy, str) and isinstance(mlx, str) and {numpy[:6], mlx[:6]} == {"dtype "}:
        return None if _dtypes_agree(numpy[6:], mlx[6:]) else "dtype"
    return None if type(numpy) is type(mlx) and numpy == mlx else "value"


def _lists(numpy: list, mlx: list, mode: str, ulp: float) -> str | None:
    if len(numpy) != len(mlx):
        return "shape"
    found = {difference(a, b, mode, ulp) for a, b in zip(numpy, mlx)}
    return next((kind for kind in KINDS if kind in found), None)


def _arrays(numpy: Plain, mlx: Plain, mode: str, ulp: float) -> str | None:
    if numpy.data.shape != mlx.data.shape:
        return "shape"
    if numpy.weak or mlx.weak:
        if _family(numpy) != _family(mlx):
            return "dtype"
    elif not _dtypes_agree(numpy.dtype, mlx.dtype):
        return "dtype"
    if mode == "shape-dtype" or numpy.data.size == 0:
        return None
    if mode == "distribution":
        return None if _same_distribution(numpy.data, mlx.data) else "value"
    return _values(numpy, mlx, ulp)


def _dtypes_agree(numpy: str, mlx: str) -> bool:
    return numpy == mlx or (numpy, mlx) in DEFAULTS


def _family(plain: Plain) -> str:
    kind = "f" if plain.dtype == "bfloat16" else plain.data.dtype.kind
    return {"b": "bool", "i": "int", "u": "int", "O": "int", "f": "float", "c": "complex"}.get(kind, kind)


def _values(numpy: Plain, mlx: Plain, ulp: float) -> str | None:
    if _family(numpy) in ("float", "complex"):
        return _floats(numpy, mlx, ulp)
    a, b = numpy.data.astype(object), mlx.data.astype(object)
    if np.array_equal(a, b):
        return None
    if mlx.data.dtype.kind in "iu" and _wrapped(a, b, 8 * mlx.data.dtype.itemsize):
        return "overflow"
    return "value"


def _wrapped(exact: np.ndarray, wrapped: np.ndarray, bits: int) -> bool:
    return all((int(x) - int(y)) % 2**bits == 0 for x, y in zip(exact.flat, wrapped.flat))


def _floats(numpy: Plain, mlx: Plain, ulp: float) -> str | None:
    wide = np.complex128 if _family(numpy) == "complex" else np.float64
    a, b = numpy.data.astype(wide), mlx.data.astype(wide)
    if not np.array_equal(np.isnan(a), np.isnan(b)):
        return "nan"
    known = ~np.isnan(a)
    a, b = a[known], b[known]
    if not np.array_equal(np.isinf(a), np.isinf(b)):
        return "overflow"
    finite = np.isfinite(a)
    if not np.array_equal(a[~finite], b[~finite]):
        return "value"
    a, b = a[finite], b[finite]
    size, apart = np.maximum(np.abs(a), np.abs(b)), np.abs(a - b)
    coarser = max(numpy.dtype, mlx.dtype, key=lambda dtype: EPSILON.get(dtype, 0))
    if np.all(apart <= ulp * _unit(size, coarser)):
        return None
    return "precision" if np.all(apart <= CLOSE * size) else "value"


def apart(a: np.ndarray, b: np.ndarray, near: float, far: float) -> str:
    """By what kind two arrays of floats of one shape differ, measured by the largest number: nothing within `near` of that,
    fewer digits within `far`."""
    if not np.array_equal(np.isnan(a), np.isnan(b)):
        return "nan"
    if not np.array_equal(np.isinf(a), np.isinf(b)):
        return "overflow"
    finite = np.isfinite(a)
    a, b = a[finite].astype(np.complex128), b[finite].astype(np.complex128)
    largest, most = np.max(np.abs(a), initial=0), np.max(np.abs(a - b), initial=0)
    return "" if most <= near * largest else "precision" if most <= far * largest else "value"


def _unit(size: np.ndarray, dtype: str) -> np.ndarray:
    """One unit in the last place of numbers of this size; Python's own floats have NumPy's float64."""
    epsilon, smallest = EPSILON.get(dtype, EPSILON["float64"]), SMALLEST.get(dtype, SMALLEST["float64"])
    return epsilon * np.exp2(np.floor(np.log2(np.maximum(size, smallest))))


def _same_distribution(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two samples could come from one distribution: where they lie, how wide, between what bounds."""
    a, b = a.astype(np.float64).ravel(), b.astype(np.float64).ravel()
    if a.size < MANY:
        return True
    spread = max(a.std(), b.std())
    if spread == 0:
        return bool(a[0] == b[0])
    near = abs(a.mean() - b.mean()) <= 6 * spread * (2 / a.size) ** 0.5
    wide = abs(a.std() - b.std()) <= 6 * spread * (1 / a.size) ** 0.5
    bounded = max(abs(a.min() - b.min()), abs(a.max() - b.max())) <= 3 * spread
    return bool(near and wide and bounded)
