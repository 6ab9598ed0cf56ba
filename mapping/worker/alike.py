"""Names of NumPy functions go in; which MLX functions answer as they do comes out.

What is said to have no counterpart is held against all that MLX has: called with the same ordinary arrays.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import warnings
from collections.abc import Iterator
from functools import cache
from types import FunctionType
from typing import Any

import mlx.core as mx
import numpy as np

from ..run import calls
from ..run.agreement import Plain, difference
from ..run.terms import ULP
from .cells import flat, frozen
from .inputs import Case, inputs, other
from .names import exists, resolve

LINES, TAKEN = ("f(a)", "f(a, b)"), ("f(a)", "f(v)")
CASES = tuple(Case(dtype, shape) for shape in ("2-d", "1-d", "3-d") for dtype in ("float32", "int32"))
PLAIN = (FunctionType, np.ufunc, type(np.sum))
FEW = 3  # cases that NumPy takes: answers to fewer tell nothing
SPACES = {"mlx.core": mx, "mlx.core.fft": mx.fft, "mlx.core.linalg": mx.linalg}
EFFECTS = (  # parts of the names of functions that do something else than answer
    "async", "clear", "compile", "custom", "depends", "disable", "enable", "eval", "export", "import", "load", "new", "reset",
    "save", "seed", "set_", "start", "stop", "stream", "synchronize",
)  # fmt: skip


def alike(names: list[str]) -> dict[str, list[str]]:
    """By the name of a NumPy function, the MLX functions that give its answer wherever it gives one; names without any are left out.

    A function that gives its argument back tells nothing, and neither does an answer that is no plain array or number of NumPy's.
    """
    found = {}
    for name, function in _numpys(names):
        if ours := sorted({one for line in LINES for one in _matching(function, line)}):
            found[name] = ours
    return found


def takes(names: list[str]) -> list[str]:
    """The functions, of those named, that take an ordinary array as they are, and answer with one."""

    def taken(function: Any, line: str) -> bool:
        answers = [_answer(line, {"f": function, **inputs(case, calls.used(line))}) for case in CASES[:2]]
        return all(isinstance(one, Plain) for one in answers)

    return [name for name, function in _numpys(names) if any(taken(function, line) for line in TAKEN)]


def _numpys(names: list[str]) -> Iterator[tuple[str, Any]]:
    """The plain functions of those names: what else there is may write files, or run NumPy's tests."""
    for name in names:
        function = resolve(name) if exists(name) else None
        if isinstance(function, PLAIN):
            yield name, function


def _matching(function: Any, line: str) -> list[str]:
    given = [inputs(case, calls.used(line)) for case in CASES]
    expected = [_answer(line, {"f": function, **one}) for one in given]
    taken = [(place, one) for place, one in enumerate(expected) if any(isinstance(part, Plain) for part in flat(one))]
    if len(taken) < FEW or all(difference(frozen(given[place]["a"]), one, "values", 0) is None for place, one in taken):
        return []
    every = _answers(line)
    return [name for name in every if all(difference(one, every[name][place], "values", ULP) is None for place, one in taken)]


@cache
def _answers(line: str) -> dict[str, list[Any]]:
    """What each function of MLX answers to a line, case by case."""
    own = [{name: other(array, case.dtype) for name, array in inputs(case, calls.used(line)).items()} for case in CASES]
    return {name: [_answer(line, {"f": function, **given}) for given in own] for name, function in _functions()}


def _functions() -> Iterator[tuple[str, Any]]:
    for space, module in SPACES.items():
        for name, function in vars(module).items():
            plain = callable(function) and not inspect.isclass(function) and not name.startswith("_")
            if plain and not any(part in name for part in EFFECTS):
                yield f"{space}.{name}", function


def _answer(line: str, names: dict[str, Any]) -> Any:
    """An answer as `difference` takes it; nothing where the function raises, or prints."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), warnings.catch_warnings(action="ignore"), mx.stream(mx.cpu):
            found = eval(line, names)
            if any(type(one) not in (np.ndarray, mx.array) and not isinstance(one, np.generic) for one in flat(found)):
                return None
            mx.eval([one for one in flat(found) if isinstance(one, mx.array)])
            return None if printed.getvalue() else frozen(found)
    except Exception:  # a function may raise anything
        return None
