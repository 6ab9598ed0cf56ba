"""A line of a job comes in; how both sides answer it for long arrays goes out.

Only what grows with length is asked: one array comes out that is short, or as long as the input and no tile of what shorter ones give.
What drifts is past FAR by a factor, however many numbers a processor adds at once; what agrees is as far below it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mlx.core as mx
import numpy as np

from . import values
from .inputs import mlx_dtype

LENGTH, SHORT, FEW = 1_000_000, 1_000, 100
FAR = {"float32": 3e-5, "bfloat16": 3e-2}  # of the largest number: beyond it two answers for so many numbers are others
ARRAYS = {"a", "v", "w", "b"}
Call = Callable[[dict[str, Any]], Any]

AROUND = "10**6 around 1000"
LONG: dict[str, tuple[str, Callable[[int], np.ndarray]]] = {  # by label the dtype, and numbers of that length
    "10**6 times 0.1": ("float32", lambda length: np.full(length, 0.1)),
    AROUND: ("float32", lambda length: 1000 + _place(length) / 291 - 1.73),  # they differ by about one
    "10**6 bool": ("bool", lambda length: _place(length) % 3 == 0),
    "5000 bfloat16": ("bfloat16", lambda length: np.full(min(length, 5000), 0.5)),
}


def _place(length: int) -> np.ndarray:
    return np.arange(length) * 7919 % 1009


def inputs(label: str, names: set[str], length: int) -> dict[str, np.ndarray]:
    """Arrays as NumPy has them: bfloat16 is float32 there."""
    dtype, made = LONG[label]
    return dict.fromkeys(names, made(length).astype("bool" if dtype == "bool" else "float32"))


def grows(label: str, names: set[str], numpy: Call) -> bool:
    """Whether what NumPy answers to a line depends on how long its arrays are, and is no longer than they are.

    As long as they are is told by numbers that differ alone: of others each is as the one before.
    """
    if not names or not names <= ARRAYS:
        return False
    some = inputs(AROUND, names, SHORT)
    short, twice = (numpy({name: np.tile(array, times) for name, array in some.items()}) for times in (1, 2))
    if not all(isinstance(one, (np.ndarray, np.floating)) and one.dtype.kind in "fc" for one in (short, twice)):
        return False
    if np.size(twice) <= FEW:
        return bool(np.size(twice))
    told = label in (AROUND, "5000 bfloat16") and len(names) == 1 and np.shape(twice) == (2 * SHORT,)
    return told and not np.array_equal(twice, np.tile(short, 2), equal_nan=True)


def compared(label: str, names: set[str], numpy: Call, mlx: Call) -> dict:
    """The kind of difference for a long array; `refused` where a line does not grow, or is answered otherwise at any length."""
    if not grows(label, names, numpy):
        return {"kind": "refused"}
    dtype, given = LONG[label][0], inputs(label, names, LENGTH)
    largest = max(float(np.max(np.abs(array))) for array in given.values())
    expected, answer = numpy(dict(given)), mlx({name: mx.array(array, dtype=mlx_dtype(dtype)) for name, array in given.items()})
    if isinstance(expected, values.Raised) or not isinstance(answer, mx.array) or np.shape(expected) != tuple(answer.shape):
        return {"kind": "refused"}
    got = np.array(answer.astype(mx.float32) if answer.dtype == mx.bfloat16 else answer)
    if np.asarray(expected).dtype.kind == "b" != got.dtype.kind or not np.all(np.isfinite(expected)):
        return {"kind": "refused"}
    kind = apart(np.asarray(expected), got, largest, FAR.get(dtype, FAR["float32"]))
    return {"kind": kind, "numpy": values.freeze(expected), "mlx": values.freeze(answer)} if kind else {"kind": ""}


def apart(a: np.ndarray, b: np.ndarray, largest: float, far: float) -> str:
    """By what kind finite numbers `a` and others of their shape differ, measured by the largest number that went in or came out."""
    if np.any(np.isnan(b)):
        return "nan"
    if np.any(np.isinf(b)):
        return "overflow"
    a, b = a.astype(np.complex128), b.astype(np.complex128)
    return "value" if np.max(np.abs(a - b), initial=0) > far * np.max(np.abs(a), initial=largest) else ""
