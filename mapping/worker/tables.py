"""Nothing goes in but the live libraries; the rows of the guide's tables come out, each cell an answer of a call.

Runs in the worker: it imports both libraries. What NumPy and MLX answer stands side by side in a cell as a list
of two; `fragments` makes Markdown of it. One table needs a GPU, which most machines lack:

    python -m mapping.worker.tables > mapping/dataset/measured.json

writes it anew on a machine that has one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import mlx.core as mx
import numpy as np

from ..run.agreement import difference
from ..run.record import digest_of
from ..run.terms import DTYPES
from . import values
from .inputs import mlx_dtype

Table = tuple[list[str], list[dict]]  # what the columns are called, and rows: `name`, `cells`
NONE = ""  # NumPy has no such dtype
SCALARS = {"True": True, "1": 1, "1.5": 1.5, "1j": 1j}
SUMS = ("sum", "prod", "cumsum", "cumprod", "mean", "var")
ON_ARRAYS = (
    "np.asarray(a)", "np.array(a)", "np.sin(a)", "np.exp(a)", "np.abs(a)", "np.sqrt(a)", "np.isnan(a)", "np.add(a, a)",
    "np.maximum(a, a)", "np.dot(a, a)", "np.matmul(a, a)", "np.concatenate([a, a])", "np.stack([a, a])",
    "np.where(a > 1, a, 0)", "np.sum(a)", "np.mean(a)", "np.max(a)", "np.min(a)", "np.prod(a)", "np.std(a)",
    "np.var(a)", "np.any(a)", "np.all(a)", "np.argmax(a)", "np.cumsum(a)", "np.sort(a)", "np.argsort(a)", "np.round(a)",
    "np.clip(a, 0, 1)", "np.reshape(a, -1)", "np.ravel(a)", "np.transpose(a)", "np.squeeze(a)", "np.expand_dims(a, 0)",
    "np.swapaxes(a, 0, 0)", "np.repeat(a, 2)", "np.tile(a, 2)", "np.diff(a)", "np.take(a, 0)", "np.split(a, 3)",
    "np.unique(a)", "np.median(a)", "np.percentile(a, 50)", "np.histogram(a)", "np.interp(1.5, a, a)",
    "np.einsum('i->', a)", "np.outer(a, a)", "np.zeros_like(a)", "np.ones_like(a)", "np.copy(a)", "np.shape(a)",
    "np.ndim(a)", "np.size(a)", "np.allclose(a, a)", "np.array_equal(a, a)", "np.linalg.norm(a)", "np.fft.fft(a)",
)  # fmt: skip
INDICES = {
    "an `int`": "2",
    "`True` or `False`": "True",
    "a `float`": "2.0",
    "a slice": "slice(0, 3)",
    "`None`": "None",
    "`...`": "...",
    "a NumPy integer": "np.int64(2)",
    "an array of one integer, 0-d": "{array}(2)",
    "a list of integers": "[0, 2]",
    "a tuple with a list": "([0, 2],)",
    "a list of bools": "[True, False, True, False]",
    "a `range`": "range(2)",
    "an integer array": "{array}([0, 2])",
    "a boolean array": "{array}([True, False, True, False])",
    "an integer array of NumPy": "np.array([0, 2])",
    "a boolean array of NumPy": "np.array([True, False, True, False])",
}
USES = {"`a[i]`": "a[{index}]", "`a[i] = 0`": "a[{index}] = 0", "`a[i:]`": "a[{index}:]", "`mx.take(a, i)`": "{library}.take(a, {index})"}
LINALG = {
    "cross": "(v, v)", "cholesky": "(p)", "cholesky_inv": "(l)", "det": "(p)", "eig": "(p)", "eigh": "(p)",
    "eigvals": "(p)", "eigvalsh": "(p)", "inv": "(p)", "lu": "(p)", "lu_factor": "(p)", "norm": "(p)", "pinv": "(p)",
    "qr": "(p)", "slogdet": "(p)", "solve": "(p, v)", "solve_triangular": "(l, v)", "svd": "(p)", "tri_inv": "(l)",
}  # fmt: skip


def promotion() -> Table:
    """For each pair of dtypes, the dtype of a sum in NumPy and in MLX."""
    return [*DTYPES], [{"name": a, "cells": [_sums(a, b) for b in DTYPES]} for a in DTYPES]


def scalars() -> Table:
    """For each dtype, the dtype of an array of it plus a Python number, in NumPy and in MLX."""
    sums: list[Callable] = [lambda a, one=one: a + one for one in SCALARS.values()]
    return [*SCALARS], [{"name": dtype, "cells": [[_numpy(dtype, one), _mlx(dtype, one)] for one in sums]} for dtype in DTYPES]


def accumulators() -> Table:
    """For each dtype, the dtype in which NumPy's and MLX's reductions answer."""
    return [*SUMS], [
        {"name": dtype, "cells": [[_numpy(dtype, getattr(np, name)), _mlx(dtype, getattr(mx, name))] for name in SUMS]} for dtype in DTYPES
    ]


def numpy_functions() -> Table:
    """For each NumPy function that people call on an MLX array, what comes back, and whether the values are right."""
    rows = []
    for call in ON_ARRAYS:
        numpy, mlx = (_answer(call, {"np": np, "a": a}) for a in (np.array([1.0, 2.0, 3.0], np.float32), mx.array([1.0, 2.0, 3.0])))
        rows.append({"name": call, "cells": [_in_words(mlx), difference(values.freeze(numpy), values.freeze(mlx)) or ""]})
    return [], rows


def indices() -> Table:
    """For each kind of index and each use of one, whether MLX does as NumPy does with its own arrays."""
    return [*USES], [{"name": name, "cells": [_index(use, index) for use in USES.values()]} for name, index in INDICES.items()]


def linalg() -> Table:
    """For each function of mx.linalg: its call, how it ends on this device's stream, and on the CPU's."""
    square = mx.array([[4.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 2.0]])
    lower = mx.array([[2.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 3.0]])
    names = {"mx": mx, "p": square, "l": lower, "v": mx.array([1.0, 2.0, 3.0])}
    rows = []
    for name in sorted(one for one in dir(mx.linalg) if not one.startswith("_")):
        arguments = LINALG.get(name)
        calls = [f"mx.linalg.{name}{arguments}", f"mx.linalg.{name}{arguments[:-1]}, stream=mx.cpu)"] if arguments else []
        rows.append({"name": name, "cells": [_ends(_answer(call, dict(names))) for call in calls]})
    return [], rows


def sheet(section: dict) -> Table:
    """One section of the cheat sheet: the kind of difference that each row showed, or what went wrong with it."""
    return [], [{"name": row["numpy"], "cells": [_row(row, section["inputs"])]} for row in section["rows"]]


MEASURES: dict[str, Callable[[], Table]] = {
    one.__name__: one for one in (promotion, scalars, accumulators, numpy_functions, indices, linalg)
}


def measure(name: str, section: dict | None = None) -> dict[str, list]:
    """Heads and rows of a table, or of a section of the cheat sheet. Raises LookupError for a table that is not there."""
    if not section and name not in MEASURES:
        raise LookupError(f"no such table; there are {', '.join(MEASURES)}")
    heads, rows = sheet(section) if section else MEASURES[name]()
    return {"heads": heads, "rows": rows}


def _sums(a: str, b: str) -> list[str]:
    numpy = _numpy(a, lambda x: x + np.zeros(2, b) if b != "bfloat16" else None)
    return [numpy, _mlx(a, lambda x: x + mx.zeros(2, mlx_dtype(b)))]


def _numpy(dtype: str, call: Callable[[np.ndarray], Any]) -> str:
    found = call(np.zeros(2, dtype)) if dtype != "bfloat16" else None
    return NONE if found is None else str(found.dtype)


def _mlx(dtype: str, call: Callable[[mx.array], Any]) -> str:
    return str(call(mx.zeros(2, mlx_dtype(dtype))).dtype).removeprefix("mlx.core.")


def _answer(code: str, names: dict) -> Any:
    """What an expression answers, or, where it answers nothing, what it leaves of `a`; an exception as agree.Raised."""
    try:
        try:
            found = eval(compile(code, "<table>", "eval"), names)
        except SyntaxError:
            exec(compile(code, "<table>", "exec"), names)
            found = None
        found = names["a"] if found is None else found
        _evaluate(found)
        return found
    except Exception as error:  # whatever it raises is the answer
        return values.Raised(error)


def _evaluate(found: Any) -> None:
    if isinstance(found, mx.array):
        mx.eval(found)
    elif isinstance(found, (tuple, list)):
        for one in found:
            _evaluate(one)


def _in_words(answer: Any) -> str:
    """An answer's type in words, with its dtype where it is NumPy's, or the exception."""
    if isinstance(answer, values.Raised):
        return f"raises {type(answer.error).__name__}"
    if isinstance(answer, (list, tuple)) and answer:
        return f"{type(answer).__name__} of {_in_words(answer[0])}"
    if isinstance(answer, (np.ndarray, np.generic)):
        return f"{'ndarray' if isinstance(answer, np.ndarray) else 'NumPy scalar'}, {answer.dtype}"
    return "MLX array" if isinstance(answer, mx.array) else type(answer).__name__


def _index(use: str, index: str) -> list[str]:
    """How a use of an index ends in NumPy and in MLX: `ok`, an exception's name, or `other` where MLX's result is another."""
    ends, answers = [], []
    for library, array in (("np", np.array), ("mx", mx.array)):
        code = use.format(index=index.format(array=f"{library}.array"), library=library)
        answers.append(_answer(code, {"np": np, "mx": mx, "a": array([[1, 2], [3, 4], [5, 6], [7, 8]])}))
        ends.append(_ends(answers[-1]))
    other = "ok" in ends[0] and "ok" in ends[1] and difference(values.freeze(answers[0]), values.freeze(answers[1]))
    return [ends[0], "other" if other else ends[1]]


def _ends(answer: Any) -> str:
    return type(answer.error).__name__ if isinstance(answer, values.Raised) else "ok"


def _row(row: dict, inputs: dict[str, str]) -> str:
    """The kind of difference between both sides of a row of the cheat sheet; an exception of NumPy's in words."""
    both = []
    for side, wrap in (("numpy", lambda a: a), ("mlx", mx.array)):
        names = {"np": np, "mx": mx} | {name: wrap(eval(code, {"np": np})) for name, code in inputs.items()}
        both.append(_answer(row[side], names))
    if isinstance(both[0], values.Raised):
        return f"NumPy raises {type(both[0].error).__name__}: {both[0].error}"
    return difference(values.freeze(both[0]), values.freeze(both[1]), row["compare"]) or ""


if __name__ == "__main__":
    if not mx.is_available(mx.gpu):
        raise SystemExit("mapping.worker.tables: MLX finds no GPU on this machine")
    mx.set_default_device(mx.gpu)
    version = mx.__version__  # type: ignore[attr-defined]  # MLX's stubs lack it
    where = {"mlx": version, "device_name": str(mx.device_info(mx.gpu).get("device_name", ""))}
    found = {**where, "linalg": linalg()[1]}
    json.dump({"digest": digest_of(found), **found}, sys.stdout, indent=1)
    print()
