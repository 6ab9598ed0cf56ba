"""An answer of NumPy or MLX goes in; the same as plain data, which `agreement` compares, comes out. It imports both libraries."""

from __future__ import annotations

from collections import deque
from typing import Any

import mlx.core as mx
import numpy as np

from ..run import agreement
from ..run.agreement import Plain

# Errors of computations on MLX's CPU: each leaves a task that MLX takes for running, and after a dozen an evaluation may
# wait for them without end.
UNFINISHED: deque[str] = deque()
NUMBERS: tuple[Any, ...] = (bool, int, float, complex)


class Raised(agreement.Raised):
    """An exception in place of an answer."""

    def __init__(self, error: BaseException):
        super().__init__(type(error).__name__, str(error))
        self.error = error
        if "::eval_cpu]" in self.text[:80]:
            UNFINISHED.append(self.kind)


def freeze(value: Any) -> Any:
    """A copy of an answer that later statements cannot change."""
    if isinstance(value, mx.array):
        dtype = str(value.dtype).removeprefix("mlx.core.")
        return _plain(dtype, numbers(value))
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain(str(value.dtype), np.asarray(value))
    for kind in NUMBERS:
        if isinstance(value, kind):
            return Plain(kind.__name__, [], [kind(value)], weak=True)
    if isinstance(value, (tuple, list)):
        return [freeze(item) for item in value]
    if isinstance(value, mx.Dtype):
        return "dtype " + str(value).removeprefix("mlx.core.")
    if isinstance(value, np.dtype):
        return "dtype " + str(value)
    return value if isinstance(value, (str, Raised)) or value is None else repr(value)


def numbers(array: mx.array) -> np.ndarray:
    """An array of MLX's as NumPy has it: bfloat16 is float32 there."""
    return np.array(array.astype(mx.float32) if array.dtype == mx.bfloat16 else array)


def _plain(dtype: str, array: np.ndarray) -> Plain:
    values = array.ravel().tolist()
    if array.dtype.kind not in "biufc" or array.dtype in (np.longdouble, np.clongdouble):
        values = [_own(one) for one in values]
    return Plain(dtype, list(array.shape), values)


def _own(value: Any) -> Any:
    """An element as one of Python's own numbers or texts."""
    if isinstance(value, (np.longdouble, np.clongdouble)):
        return float(value) if isinstance(value, np.longdouble) else complex(value)
    return value if type(value) in (int, str) else repr(value)


def thawed(answer: Plain) -> np.ndarray:
    """A frozen array as one of NumPy's."""
    try:
        array = np.array(answer.values, np.float32 if answer.dtype == "bfloat16" else answer.dtype)
    except ValueError:  # dates, and what else is text here
        array = np.array(answer.values, object)
    return array.reshape(answer.shape)
