"""What NumPy answered and what MLX answered go in, as plain data; the kind of difference between them comes out. Standard library alone.

The definition of agreement is the design's: equal shape, values compared in the wider type without wrapping, floats within a
few units in the last place of the coarser dtype, dtypes equal or one of MLX's 32-bit defaults.
"""

from __future__ import annotations

import cmath
import math
import re
from dataclasses import asdict, dataclass
from typing import Any

from .checker import unit
from .shape import fits
from .terms import EPSILON, KINDS, MANY, ULP

CLOSE = 1e-2  # relative distance up to which floats differ in precision rather than in value
DEFAULTS = {("float64", "float32"), ("complex128", "complex64"), ("int64", "int32"), ("uint64", "uint32")}
FAMILIES = {"bool": "bool", "int": "int", "uint": "int", "object": "int", "float": "float", "bfloat": "float", "complex": "complex"}
PLAIN = {"dtype": str, "shape": [int], "values": [(bool, int, float, str, [float])], "weak": bool}


@dataclass
class Raised:
    """An exception in place of an answer: the name of its type, and what it says."""

    kind: str
    text: str

    @property
    def by_signature(self) -> bool:
        """Whether the call was refused for its arguments' names or number, before anything was computed."""
        signs = ("incompatible function arguments", "unexpected keyword", "missing required", "positional argument")
        return self.kind == "TypeError" and any(sign in self.text for sign in signs)


@dataclass
class Plain:
    """An answer without its library: dtype's name, shape, all values in one list; `weak` for Python's own numbers."""

    dtype: str
    shape: list[int]
    values: list
    weak: bool = False

    @property
    def family(self) -> str:
        """What kind of numbers they are; a dtype of none is a family of its own."""
        return FAMILIES.get(self.dtype.rstrip("0123456789"), self.dtype)


def written(answer: Any) -> Any:
    """An answer as JSON has it."""
    if isinstance(answer, list):
        return [written(one) for one in answer]
    if isinstance(answer, Raised):
        return {"raised": answer.kind, "text": answer.text}
    if not isinstance(answer, Plain):
        return answer
    parts = [[one.real, one.imag] for one in answer.values] if answer.family == "complex" else answer.values
    return {**asdict(answer), "values": parts}


def read(data: Any) -> Any:
    """The answer that `written` wrote. Raises ValueError for what is none."""
    if isinstance(data, list):
        return [read(one) for one in data]
    if fits(data, {"raised": str, "text": str}):
        return Raised(data["raised"], data["text"])
    if data is None or isinstance(data, str):
        return data
    if not fits(data, PLAIN) or math.prod(data["shape"]) != len(data["values"]):
        raise ValueError("no answer")
    answer = Plain(**data)
    kinds: Any = {"bool": [bool], "int": [int, str, bool], "float": [float], "complex": [list]}.get(answer.family, [str])
    if not all(type(one) in kinds for one in answer.values):
        raise ValueError("no answer")
    if answer.family == "complex":
        answer.values = [complex(*one) for one in answer.values]
    return answer


def judge(numpy: list, mlx: list, pair: dict) -> dict:
    """Compare the answers of both sides, one by one: kinds observed, and how many were compared."""
    if len(numpy) != len(mlx):
        return {"uneven": [len(numpy), len(mlx)], "observed": [], "compared": 0}
    mode, ulp = pair.get("compare", "values"), pair.get("ulp", ULP)
    found = [difference(a, b, mode, ulp) for a, b in zip(numpy, mlx)]
    as_kind = {"value": pair["shows"]} if pair.get("shows") else {}
    observed = sorted({as_kind.get(kind, kind) for kind in found if kind})
    return {"observed": observed, "compared": sum(not isinstance(a, Raised) for a in numpy)}


def difference(numpy: Any, mlx: Any, mode: str = "values", ulp: float = ULP) -> str | None:
    """The first kind of KINDS by which MLX's answer differs from NumPy's, or None.

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
    if numpy.shape != mlx.shape:
        return "shape"
    if numpy.weak or mlx.weak:
        if numpy.family != mlx.family:
            return "dtype"
    elif not _dtypes_agree(numpy.dtype, mlx.dtype):
        return "dtype"
    if mode == "shape-dtype" or not numpy.values:
        return None
    if mode == "distribution":
        return None if _same_distribution(*([one.real for one in side.values] for side in (numpy, mlx))) else "value"
    if numpy.family in ("float", "complex"):
        return _floats(numpy, mlx, ulp)
    if numpy.values == mlx.values:
        return None
    return "overflow" if _wrapped(numpy.values, mlx) else "value"


def _dtypes_agree(numpy: str, mlx: str) -> bool:
    return numpy == mlx or (numpy, mlx) in DEFAULTS


def _wrapped(exact: list, mlx: Plain) -> bool:
    """Whether MLX's integers are the exact ones, as far as their bits go."""
    width = re.fullmatch(r"u?int(\d*)", mlx.dtype)
    if not width or not all(type(one) is int for one in exact + mlx.values) or (mlx.weak and max(map(abs, mlx.values)) >= 2**63):
        return False
    return all((x - y) % 2 ** int(width[1] or 64) == 0 for x, y in zip(exact, mlx.values))


def _floats(numpy: Plain, mlx: Plain, ulp: float) -> str | None:
    both = list(zip(numpy.values, mlx.values))
    if any(cmath.isnan(a) != cmath.isnan(b) for a, b in both):
        return "nan"
    both = [(a, b) for a, b in both if not cmath.isnan(a)]
    if any(cmath.isinf(a) != cmath.isinf(b) for a, b in both):
        return "overflow"
    both = [pair for a, b in both for pair in ([(a, b)] if not cmath.isinf(a) else [(a.real, b.real), (a.imag, b.imag)])]
    if any(math.inf in (_size(a), _size(b)) and a != b for a, b in both):
        return "value"
    finite = [(max(_size(a), _size(b)), _size(a - b)) for a, b in both if a != b]
    coarser = max(numpy.dtype, mlx.dtype, key=lambda dtype: EPSILON.get(dtype, 0))
    dtype = coarser if coarser in EPSILON else "float64"  # Python's own floats have it
    if all(apart <= ulp * unit(size, dtype) for size, apart in finite):
        return None
    return "precision" if all(apart <= CLOSE * size for size, apart in finite) else "value"


def _size(one: complex) -> float:
    return math.hypot(one.real, one.imag)


def _same_distribution(a: list, b: list) -> bool:
    """Whether two samples could come from one distribution: where they lie, how wide, between what bounds."""
    if len(a) < MANY:
        return True
    (mean, width), (other_mean, other_width) = map(_moments, (a, b))
    spread = max(width, other_width)
    if spread == 0:
        return bool(a[0] == b[0])
    near = abs(mean - other_mean) <= 6 * spread * (2 / len(a)) ** 0.5
    wide = abs(width - other_width) <= 6 * spread * (1 / len(a)) ** 0.5
    bounded = max(abs(min(a) - min(b)), abs(max(a) - max(b))) <= 3 * spread
    return bool(near and wide and bounded)


def _moments(values: list) -> tuple[float, float]:
    """Mean and standard deviation."""
    mean = sum(values) / len(values)
    return mean, (sum((one - mean) ** 2 for one in values) / len(values)) ** 0.5
