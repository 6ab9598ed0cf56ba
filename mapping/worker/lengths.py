"""A line of a job comes in; how both sides answer it for long arrays, for large matrices and for many numbers goes out.

Of long arrays only what grows with length is asked: one array comes out that is short, or as long as the input and no tile of
what shorter ones give. What drifts is past FAR by a factor, however many numbers a processor adds at once; what agrees is as
far below it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import numpy as np

from . import values
from .inputs import mlx_dtype

LENGTH, SHORT, FEW = 1_000_000, 1_000, 100
SIDE, COUNT = 200, 20_000_000
FAR, FAR_BFLOAT16, FAR_MATRIX = 3e-5, 3e-2, 2e-4  # of the largest number: beyond it two answers for so many are others
Call = Callable[[dict[str, Any]], Any]


@dataclass(frozen=True)
class Long:
    """What a line is called with: its dtype, which of a line's inputs it can be, and the numbers for a length."""

    dtype: str
    made: Callable[[str, int], Any]
    names: frozenset[str] = frozenset("avwb")
    far: float = FAR


def _place(length: int) -> np.ndarray:
    return np.arange(length) * 7919 % 1009


def _distinct(name: str, length: int) -> np.ndarray:
    """Whole numbers that differ, in no order; of `o` in theirs."""
    found = np.arange(length) * 7919 % length
    return np.sort(found) if name == "o" else found


def _matrix(name: str, side: int) -> np.ndarray:
    """A matrix far from singular, with eigenvalues apart from each other; of `p` a positive definite one, of `y` a right-hand side."""
    if name == "y":
        return _place(side) / 1009 - 0.5
    found = (_place(side * side) / 1009 - 0.5).reshape(side, side)
    return ((found + found.T) / 2 if name == "p" else found) + np.diag(15 + np.arange(side) / 2)


AROUND, DISTINCT, MATRIX, COUNTED = "10**6 around 1000", "10**6 distinct", "200 by 200", "2*10**7 points"
LONG: dict[str, Long] = {  # by label
    "10**6 times 0.1": Long("float32", lambda _, length: np.full(length, 0.1)),
    AROUND: Long("float32", lambda _, length: 1000 + _place(length) / 291 - 1.73),  # they differ by about one
    "10**6 bool": Long("bool", lambda _, length: _place(length) % 3 == 0),
    "10**6 int32": Long("int32", lambda _, length: _place(length) % 101 - 50),
    "5000 bfloat16": Long("bfloat16", lambda _, length: np.full(min(length, 5000), 0.5), far=FAR_BFLOAT16),
    DISTINCT: Long("float32", _distinct, frozenset("avwbo")),
    MATRIX: Long("float32", lambda name, length: _matrix(name, min(length, SIDE)), frozenset("qpy"), FAR_MATRIX),
    COUNTED: Long("int32", lambda _, length: length if length < LENGTH else COUNT, frozenset("n")),
}


def inputs(label: str, names: set[str], length: int) -> dict[str, Any]:
    """Arrays as NumPy has them: bfloat16 is float32 there."""
    long = LONG[label]
    dtype = "float32" if long.dtype == "bfloat16" else long.dtype
    made = {name: long.made(name, length) for name in sorted(names)}
    return {name: one if isinstance(one, int) else one.astype(dtype) for name, one in made.items()}


def grows(label: str, names: set[str], numpy: Call) -> bool:
    """Whether what NumPy answers to a line depends on how long its arrays are, and is no longer than they are.

    As long as they are is told by numbers that differ alone: of others each is as the one before. Of numbers in no order only
    the places of some are asked, and themselves in another order: what comes of them is told of other numbers. Of matrices and
    of numbers of points all is asked.
    """
    if not names or not names <= LONG[label].names:
        return False
    if label in (MATRIX, COUNTED):
        return True
    some = inputs(label if label in ("10**6 int32", DISTINCT) else AROUND, names, SHORT)
    if label == DISTINCT and "o" in some:
        return _placed(numpy(some), some)
    short, twice = (numpy({name: np.tile(array, times) for name, array in some.items()}) for times in (1, 2))
    if not all(isinstance(one, (np.ndarray, np.number)) and one.dtype.kind in "iufc" for one in (short, twice)):
        return False
    if label == DISTINCT and not _placed(short, some):
        return False
    if label != DISTINCT and short.dtype.kind in "iu" and not _of_any_order(short, some, numpy):
        return False
    if np.size(twice) <= FEW:
        return bool(np.size(twice))
    told = (label in (AROUND, "5000 bfloat16") and twice.dtype.kind in "fc") or label == DISTINCT
    return told and len(names) == 1 and np.shape(twice) == (2 * SHORT,) and not np.array_equal(twice, np.tile(short, 2), equal_nan=True)


def _of_any_order(answer: Any, given: dict[str, np.ndarray], numpy: Call) -> bool:
    """Whether numbers may stand in another order: places of equal ones are the processor's."""
    return np.array_equal(answer, numpy({name: array[::-1] for name, array in given.items()}))


def _placed(answer: Any, given: dict[str, np.ndarray]) -> bool:
    """Whether an answer is whole numbers of NumPy's, or the input in another order."""
    if not isinstance(answer, (np.ndarray, np.integer)):
        return False
    return answer.dtype.kind in "iu" or any(np.array_equal(np.sort(answer, axis=None), np.sort(one)) for one in given.values())


def compared(label: str, names: set[str], numpy: Call, mlx: Call) -> dict:
    """The kind of difference for a long array; `refused` where a line does not grow, or is answered otherwise at any length."""
    if not grows(label, names, numpy):
        return {"kind": "refused"}
    dtype, given = LONG[label].dtype, inputs(label, names, LENGTH)
    largest = max(float(np.max(np.abs(array))) for array in given.values()) if label != COUNTED else 0.0
    arrays = {name: one if isinstance(one, int) else mx.array(one, dtype=mlx_dtype(dtype)) for name, one in given.items()}
    expected, answer = numpy(dict(given)), mlx(arrays)
    if not isinstance(expected, (np.ndarray, np.number)) or not isinstance(answer, mx.array) or np.shape(expected) != tuple(answer.shape):
        return {"kind": "refused"}
    expected = np.asarray(expected)
    if label == COUNTED and expected.ndim == 1:
        some = np.append(np.arange(0, len(expected) - 1, SHORT), len(expected) - 1)
        expected, answer = expected[some], answer[mx.array(some)]
    got = values.numbers(answer)
    if (expected.dtype.kind == "b") != (got.dtype.kind == "b") or not np.all(np.isfinite(expected)):
        return {"kind": "refused"}
    kind = apart(expected, got, largest, LONG[label].far)
    return {"kind": kind, "numpy": values.freeze(expected), "mlx": values.freeze(answer)} if kind else {"kind": ""}


def apart(a: np.ndarray, b: np.ndarray, largest: float, far: float) -> str:
    """By what kind finite numbers `a` and others of their shape differ: whole numbers at all, others measured by the largest that
    went in or came out."""
    if np.any(np.isnan(b)):
        return "nan"
    if np.any(np.isinf(b)):
        return "overflow"
    if a.dtype.kind in "biu" and b.dtype.kind in "biu":
        return "" if np.array_equal(a, b) else "value"
    return "value" if np.max(np.abs(a - b), initial=0) > far * np.max(np.abs(a), initial=largest) else ""


def thinned(numpy: Any, mlx: Any) -> tuple[Any, Any]:
    """Long answers of one shape without most numbers on which they agree: to compare numbers one by one takes long."""
    if isinstance(numpy, (list, tuple)) and isinstance(mlx, (list, tuple)) and len(numpy) == len(mlx):
        both = [thinned(one, two) for one, two in zip(numpy, mlx)]
        return [one for one, _ in both], [two for _, two in both]
    if not (isinstance(numpy, np.ndarray) and isinstance(mlx, mx.array) and tuple(mlx.shape) == numpy.shape and numpy.size > SHORT):
        return numpy, mlx
    one, two = np.asarray(numpy).ravel(), mlx.flatten()
    got = values.numbers(two)
    with np.errstate(all="ignore"):
        apart = np.where(one == got, 0, np.abs(one * 1.0 - got) / (np.abs(one * 1.0) + np.abs(got)))
        apart[(np.isnan(one) != np.isnan(got)) | (np.isinf(one) != np.isinf(got))] = 2
    picked = np.sort(np.argsort(-np.nan_to_num(apart, nan=0), kind="stable")[:SHORT])
    return one[picked], two[mx.array(picked.astype(np.uint32))]
