"""A line of a job comes in; how both sides answer it for a million numbers goes out.

Only what grows with length is asked: one array comes out that is short, or as long as the input and no tile of what shorter ones give.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mlx.core as mx
import numpy as np

from ..run.terms import LONG
from . import values

LENGTH, SHORT, FEW = 1_000_000, 1_000, 100
NEAR, FAR = 1e-5, 1e-3  # of the largest number: sums of a million float32 numbers within one agree, and beyond the other are others
ARRAYS = {"a", "v", "w", "b"}
Call = Callable[[dict[str, Any]], Any]


def inputs(label: str, names: set[str], length: int) -> dict[str, np.ndarray]:
    """Arrays of `float32`: one number over and over, or numbers that differ by about one."""
    place = np.arange(length)
    one = np.full(length, 0.1) if label == LONG[0] else 1000 + (place * 7919 % 1009) / 291 - 1.73
    return dict.fromkeys(names, one.astype(np.float32))


def grows(names: set[str], numpy: Call) -> bool:
    """Whether what NumPy answers to a line depends on how long its arrays are, and is no longer than they are."""
    if not names or not names <= ARRAYS:
        return False
    some = inputs(LONG[1], names, SHORT)
    short, twice = (numpy({name: np.tile(array, times) for name, array in some.items()}) for times in (1, 2))
    if not all(isinstance(one, (np.ndarray, np.floating)) and one.dtype.kind in "fc" for one in (short, twice)):
        return False
    if np.size(twice) <= FEW:
        return True
    return len(names) == 1 and np.shape(twice) == (2 * SHORT,) and not np.array_equal(twice, np.tile(short, 2), equal_nan=True)


def compared(label: str, names: set[str], numpy: Call, mlx: Call) -> dict:
    """The kind of difference for a million numbers; `refused` where a line does not grow, or is answered otherwise at any length."""
    if not grows(names, numpy):
        return {"kind": "refused"}
    given = inputs(label, names, LENGTH)
    expected, answer = numpy(dict(given)), mlx({name: mx.array(array) for name, array in given.items()})
    if not isinstance(answer, mx.array) or np.shape(expected) != tuple(answer.shape):
        return {"kind": "refused"}
    kind = apart(np.asarray(expected), np.array(answer))
    return {"kind": kind, "numpy": values.freeze(expected), "mlx": values.freeze(answer)} if kind else {"kind": ""}


def apart(a: np.ndarray, b: np.ndarray) -> str:
    """By what kind two arrays of floats of one shape differ, measured by the largest number: nothing within NEAR of that, fewer
    digits within FAR."""
    if not np.array_equal(np.isnan(a), np.isnan(b)):
        return "nan"
    if not np.array_equal(np.isinf(a), np.isinf(b)):
        return "overflow"
    finite = np.isfinite(a)
    a, b = a[finite].astype(np.complex128), b[finite].astype(np.complex128)
    largest, most = np.max(np.abs(a), initial=0), np.max(np.abs(a - b), initial=0)
    return "" if most <= NEAR * largest else "precision" if most <= FAR * largest else "value"
