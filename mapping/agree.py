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

from .compare import EPSILON, SMALLEST

KINDS = ("error", "parameters", "shape", "dtype", "nan", "overflow", "precision", "value")
ULP = 8
CLOSE = 1e-2  # relative distance up to which floats differ in precision rather than in value
DEFAULTS = {("float64", "float32"), ("complex128", "complex64"), ("int64", "int32"), ("uint64", "uint32")}
MANY = 64  # draws from which a distribution's moments are compared


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


def difference(ours: Any, theirs: Any, mode: str = "values", ulp: float = ULP) -> str | None:
    """The first kind of KINDS by which MLX's frozen answer differs from NumPy's, or None.

    `mode` is `values`, `distribution` (shape, dtype, range and moments) or `shape-dtype`. Where NumPy
    raised, nothing is compared.
    """
    if isinstance(ours, Raised):
        return None
    if isinstance(theirs, Raised):
        return "parameters" if theirs.by_signature else "error"
    if isinstance(ours, Plain) and isinstance(theirs, Plain):
        return _arrays(ours, theirs, mode, ulp)
    if isinstance(ours, list) and isinstance(theirs, list):
        return _lists(ours, theirs, mode, ulp)
    if isinstance(ours, Plain) != isinstance(theirs, Plain) and list in (type(ours), type(theirs)):
        return "shape"
    if isinstance(ours, str) and isinstance(theirs, str) and {ours[:6], theirs[:6]} == {"dtype "}:
        return None if _dtypes_agree(ours[6:], theirs[6:]) else "dtype"
    return None if type(ours) is type(theirs) and ours == theirs else "value"


def _lists(ours: list, theirs: list, mode: str, ulp: float) -> str | None:
    if len(ours) != len(theirs):
        return "shape"
    found = {difference(a, b, mode, ulp) for a, b in zip(ours, theirs)}
    return next((kind for kind in KINDS if kind in found), None)


def _arrays(ours: Plain, theirs: Plain, mode: str, ulp: float) -> str | None:
    if ours.data.shape != theirs.data.shape:
        return "shape"
    if ours.weak or theirs.weak:
        if _family(ours) != _family(theirs):
            return "dtype"
    elif not _dtypes_agree(ours.dtype, theirs.dtype):
        return "dtype"
    if mode == "shape-dtype" or ours.data.size == 0:
        return None
    if mode == "distribution":
        return None if _same_distribution(ours.data, theirs.data) else "value"
    return _values(ours, theirs, ulp)


def _dtypes_agree(ours: str, theirs: str) -> bool:
    return ours == theirs or (ours, theirs) in DEFAULTS


def _family(plain: Plain) -> str:
    kind = "f" if plain.dtype == "bfloat16" else plain.data.dtype.kind
    return {"b": "bool", "i": "int", "u": "int", "O": "int", "f": "float", "c": "complex"}.get(kind, kind)


def _values(ours: Plain, theirs: Plain, ulp: float) -> str | None:
    if _family(ours) in ("float", "complex"):
        return _floats(ours, theirs, ulp)
    a, b = ours.data.astype(object), theirs.data.astype(object)
    if np.array_equal(a, b):
        return None
    if theirs.data.dtype.kind in "iu" and _wrapped(a, b, 8 * theirs.data.dtype.itemsize):
        return "overflow"
    return "value"


def _wrapped(exact: np.ndarray, wrapped: np.ndarray, bits: int) -> bool:
    return all((int(x) - int(y)) % 2**bits == 0 for x, y in zip(exact.flat, wrapped.flat))


def _floats(ours: Plain, theirs: Plain, ulp: float) -> str | None:
    wide = np.complex128 if _family(ours) == "complex" else np.float64
    a, b = ours.data.astype(wide), theirs.data.astype(wide)
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
    coarser = max(ours.dtype, theirs.dtype, key=lambda dtype: EPSILON.get(dtype, 0))
    if np.all(apart <= ulp * _unit(size, coarser)):
        return None
    return "precision" if np.all(apart <= CLOSE * size) else "value"


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
