"""A job of the matrix comes in; what each of its cells showed goes out.

A cell is one line, called on both sides with inputs of one dtype, shape and special value.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from functools import cache, cached_property, partial
from typing import Any

import mlx.core as mx
import numpy as np

from ..run import calls
from ..run.agreement import Plain, difference
from . import lengths, values
from .inputs import NARROW, Case, alone, cases, inputs, mlx_dtype, others

SEED = 7
Given = Callable[[], dict[str, np.ndarray]]


def function(name: str, resolve: Callable[[str], Any]) -> Any:
    """What `f` is: the function of that name; a generator's method bound to a fresh one; an attribute's getter."""
    head, _, last = name.rpartition(".")
    if head == "numpy.random.Generator":
        return getattr(np.random.default_rng(SEED), last)
    found = resolve(name)
    if head in ("numpy.ndarray", "mlx.core.array", "numpy.finfo", "numpy.iinfo") and not callable(found):
        return lambda value: getattr(value, last)
    return found


@cache
def lacking(dtype: str) -> str:
    """Why this device cannot compute with a dtype; nothing where it can."""
    return _raised(lambda: mx.eval(mx.zeros(1, dtype=mlx_dtype(dtype)) == mx.zeros(1, dtype=mlx_dtype(dtype))))


class Sides:
    """The functions of a job, and how to call a line on either side."""

    def __init__(self, job: dict, resolve: Callable[[str], Any]):
        self.job, self.resolve = job, resolve
        with contextlib.suppress(Exception):  # each call tells it; a recipe that ends the process does so before any step
            self.mlx_names  # noqa: B018

    def numpy(self, line: str, given: dict, name: str = "") -> Any:
        name = name or self.job["numpy"]
        np.random.seed(SEED)
        try:
            f = function(name, self.resolve) if re.search(r"\bf\b", line) else None
        except AttributeError as error:  # of a release that lacks it
            return values.Raised(error)
        return _answer(line, {"np": np, "f": f, **given})

    @cached_property
    def mlx_names(self) -> dict[str, Any]:
        """What a line on MLX's side may speak of beside its inputs. Raises what a recipe raises, and AttributeError."""
        names: dict[str, Any] = {"mx": mx}
        if defined := calls.DEFINITION.findall(self.job["recipe"]):
            exec(self.job["recipe"], names)
            names["f"] = names[defined[-1]]
        elif self.job["mlx"]:
            names["f"] = function(self.job["mlx"], self.resolve)
        return names

    def mlx(self, line: str, given: dict) -> Any:
        mx.random.seed(SEED)
        try:
            names = self.mlx_names
        except Exception as error:  # a release may lack what the line or the recipe rests on
            return values.Raised(error)
        return _answer(line, {**names, **given})


def _answer(line: str, names: dict) -> Any:
    """What a line answers, evaluated to the end; what it raises."""
    try:
        found = eval(compile(line, "<call>", "eval", dont_inherit=True), names)
        mx.eval([one for one in flat(found) if isinstance(one, mx.array)])
        return found
    except Exception as error:  # a call may raise anything
        return values.Raised(error)


def flat(value: Any) -> Iterator[Any]:
    if isinstance(value, (tuple, list)):
        for item in value:
            yield from flat(item)
    else:
        yield value


def frozen(value: Any) -> Any:
    """An answer as `agree` takes it; iterators and views of Python's own are lists."""
    if type(value).__name__ in ("generator", "zip", "map", "range", "dict_keys", "dict_values"):
        value = list(value)
    return values.freeze(value)


def compared(sides: Sides, line: tuple[str, str], case: Case) -> dict:
    """One cell: the kind of difference, or how it was refused."""
    numpy_line, mlx_line = line
    names = calls.used(numpy_line) | calls.used(mlx_line)
    if alone(case.dtype, case.special, names) and not each(sides, numpy_line, inputs(case, names)):
        return {"kind": "refused"}
    return held(sides, line, partial(inputs, case, names), partial(others, case.dtype), case.dtype)


def held(sides: Sides, line: tuple[str, str], made: Given, others: Callable[[dict], dict], dtype: str) -> dict:
    """How both sides of a line answer inputs of a dtype: the kind of difference, and both answers where there is one.

    `made` makes NumPy's inputs anew, `others` makes MLX's of them.
    """
    numpy_line, mlx_line = line
    numpy = sides.numpy(numpy_line, made())
    if sides.job["alias_of"]:
        target = sides.numpy(numpy_line, made(), sides.job["alias_of"])
        if not _same(frozen(target), frozen(numpy), sides.job["compare"]):
            return {"kind": "alias", "numpy": brief(frozen(target)), "mlx": brief(frozen(numpy))}
    given = made()
    if dtype and (why := lacking(dtype)):
        return {"kind": "absent", "mlx": why}
    mlx = sides.mlx(mlx_line, others(given))
    numpy, mlx = (frozen(one) for one in lengths.thinned(numpy, mlx))
    if isinstance(numpy, values.Raised):
        return {"kind": "refused" if isinstance(mlx, values.Raised) else "unraised", "numpy": brief(numpy), "mlx": brief(mlx)}
    if dtype == "bfloat16":
        _as_bfloat16(numpy, mlx)
    kind = difference(numpy, mlx, sides.job["compare"], sides.job["ulp"])
    found: dict[str, Any] = {"kind": kind or "", "narrow": _narrow(numpy, dtype)}
    if sides.job["compare"] == "distribution":
        found["drawn"] = max((len(one.values) for one in flat(numpy) if isinstance(one, Plain)), default=0)
    return found | ({"numpy": brief(numpy), "mlx": brief(mlx)} if kind else {})


def each(sides: Sides, line: str, given: dict[str, np.ndarray]) -> bool:
    """Whether NumPy computes each number by itself: of inputs that are rolled along an axis, so is all that comes out."""
    shape = max((array.shape for array in given.values()), key=len)
    answers = list(flat(sides.numpy(line, given)))
    if not all(isinstance(one, np.ndarray) and one.shape == shape for one in answers):
        return False
    for axis in range(len(shape)):
        rolled = {name: np.roll(array, 1, axis - len(shape)) if array.shape == shape else array for name, array in given.items()}
        if "row" in given and axis == len(shape) - 1:
            rolled["row"] = np.roll(given["row"], 1)
        both = zip(answers, flat(sides.numpy(line, rolled)))
        if not all(np.array_equal(np.roll(one, 1, axis), other, equal_nan=True) for one, other in both):
            return False
    return True


def _narrow(numpy: Any, dtype: str) -> bool:
    """Whether NumPy answers bools in a dtype that is not ordinary itself."""
    return dtype == "bool" and any(isinstance(one, Plain) and one.dtype in NARROW for one in flat(numpy))


def _as_bfloat16(numpy: Any, mlx: Any) -> None:
    """NumPy has no bfloat16: its float32 answer stands for one."""
    for one, two in zip(flat(numpy), flat(mlx)):
        if isinstance(one, Plain) and isinstance(two, Plain) and (one.dtype, two.dtype) == ("float32", "bfloat16"):
            one.dtype = "bfloat16"


def _same(target: Any, alias: Any, mode: str) -> bool:
    if isinstance(target, values.Raised) or isinstance(alias, values.Raised):
        return isinstance(target, values.Raised) and isinstance(alias, values.Raised)
    return difference(target, alias, mode, 0) is None


def brief(value: Any) -> str:
    """An answer in a few words."""
    if isinstance(value, values.Raised):
        return f"{type(value.error).__name__}: {value.error}".split("\n")[0][:120]
    if isinstance(value, Plain):
        return f"array({' '.join(np.array2string(values.thawed(value), threshold=6, separator=', ').split())}, dtype={value.dtype})"[:120]
    if isinstance(value, list):
        return f"[{', '.join(map(brief, value))}]"[:160]
    return str(value)[:120]


def written_through(sides: Sides, line: tuple[str, str], case: Case) -> list[str]:
    """`aliasing` where NumPy's result is a view of an input and MLX's is not; `mutation` where one side alone changes its input."""
    names = calls.used(line[0]) | calls.used(line[1])
    mine = inputs(case, names)
    mlx = others(case.dtype, inputs(case, names))
    before = {name: array.copy() for name, array in mine.items()}
    numpy_result, mlx_result = sides.numpy(line[0], mine), sides.mlx(line[1], mlx)
    if isinstance(numpy_result, values.Raised) or isinstance(mlx_result, values.Raised):
        return []
    changed = [_changed(before, given) for given in (mine, mlx)]
    found = ["mutation"] if changed[0] != changed[1] else []
    if not any(changed) and _writes(numpy_result, mine) and not _writes(mlx_result, mlx):
        found.append("aliasing")
    return found


def _changed(before: dict, after: dict) -> bool:
    return any(not np.array_equal(before[name], _plain(after[name])) for name in before)


def _plain(value: Any) -> np.ndarray:
    return values.thawed(values.freeze(value)) if isinstance(value, mx.array) else np.asarray(value)


def _writes(result: Any, given: dict) -> bool:
    """Whether writing into a result changes an input."""
    for one in flat(result):
        if isinstance(one, np.ndarray) and not (one.flags.writeable and any(np.shares_memory(one, array) for array in given.values())):
            continue
        if isinstance(one, (np.ndarray, mx.array)) and one.size:
            for value in (0, 1):
                before = {name: _plain(array).copy() for name, array in given.items()}
                try:
                    one[...] = value
                except (ValueError, TypeError):
                    continue
                if _changed(before, given):
                    return True
    return False


def transformed(sides: Sides, line: str, case: Case) -> dict[str, str]:
    """How MLX's side of a line fares under `mx.compile` and `mx.grad`: nothing where it works, or in words why not."""
    names = sorted(calls.used(line))
    given = [*others(case.dtype, inputs(case, set(names))).values()]
    if isinstance(sides.mlx(line, dict(zip(names, given))), values.Raised):
        return {}

    def called(*arrays: mx.array) -> list[mx.array]:
        found = eval(compile(line, "<call>", "eval", dont_inherit=True), {**sides.mlx_names, **dict(zip(names, arrays))})
        return [one for one in flat(found) if isinstance(one, mx.array)]

    def total(*arrays: mx.array) -> mx.array:
        return sum((mx.sum(mx.real(one)) for one in called(*arrays) if mx.issubdtype(one.dtype, mx.inexact)), start=mx.array(0))

    floats = [place for place, array in enumerate(given) if mx.issubdtype(array.dtype, mx.inexact)]
    answers = called(*given)
    found = {"compile": _raised(lambda: mx.compile(called)(*given))}  # traced, not run: kernels take long to build
    if not floats or not any(mx.issubdtype(one.dtype, mx.inexact) for one in answers):
        found["grad"] = "no float comes out"
    else:
        found["grad"] = _raised(lambda: mx.eval(mx.grad(total, argnums=floats)(*given)))
    return found


def _raised(call: Callable[[], Any]) -> str:
    try:
        call()
    except Exception as error:  # a transform may raise anything
        return brief(values.Raised(error))
    return ""


def plan(job: dict) -> list[tuple[str, int, Case]]:
    """All steps of a job, in their order: the cells of each line, what is written through, the probes."""
    steps = []
    for number, (numpy, mlx) in enumerate(job["lines"]):
        names = calls.used(numpy) | calls.used(mlx)
        own = [case for case in cases(names) if case.label not in job["unasserted"]]
        steps += [("cell", number, case) for case in own]
        if names and job["compare"] == "values" and not job["alias_of"]:
            steps += [("length", number, Case(special=label)) for label in lengths.LONG]
        if names and "n" not in names:
            steps.append(("through", number, next(case for case in own if case.dtype == "float32")))
        if names and "n" not in names and number == 0:
            steps.append(("transform", number, next(case for case in own if case.dtype == "float32")))
    return steps + [("parameter", number, Case()) for number in range(len(job["parameter_calls"]))]


def run(job: dict, start: int, ended: str, resolve: Callable[[str], Any], tell: Callable[..., None]) -> None:
    """Do every step from `start` on, telling of each; `ended` says how the step before it ended a worker."""
    sides = Sides(job, resolve)
    for place, (what, number, case) in enumerate(plan(job)):
        about = {"step": place, "what": what, "line": number, "case": str(case), "label": case.label}
        if place == start - 1 and ended:
            tell(**about, ordinary=case.ordinary, kind="undefined", mlx=ended)
        if place < start:
            continue
        if what == "cell":
            found = compared(sides, job["lines"][number], case)
        elif what == "length":
            found = at_length(sides, job["lines"][number], case.special)
        elif what == "through":
            found = {"kind": "", "shown": written_through(sides, job["lines"][number], case)}
        elif what == "transform":
            found = {"kind": "", "shown": transformed(sides, job["lines"][number][1], case)}
        else:
            found = called(sides, job["parameter_calls"][number])
        tell(**about, ordinary=what != "length" and case.ordinary and not found.pop("narrow", False), **found)


def at_length(sides: Sides, line: tuple[str, str], label: str) -> dict:
    """How both sides of a line answer for a long array."""
    names = calls.used(line[0]) | calls.used(line[1])
    found = lengths.compared(label, names, partial(sides.numpy, line[0]), partial(sides.mlx, line[1]))
    return {key: brief(value) if key != "kind" else value for key, value in found.items()}


def called(sides: Sides, call: dict) -> dict:
    """One call with the arguments given otherwise, on the first ordinary input that NumPy takes in the call as it is."""
    base, numpy_line, mlx_line = call["base"], call["numpy"], call["mlx"]
    names = calls.used(base) | calls.used(numpy_line) | calls.used(mlx_line)
    for dtype, shape in (("float32", "2-d"), ("int32", "2-d"), ("float32", "1-d"), ("int32", "1-d"), ("bool", "2-d"), ("float32", "3-d")):
        case = Case(dtype, shape)
        if names - {"n"} and case not in list(cases(names)):
            continue
        if isinstance(sides.numpy(base, inputs(case, names)), values.Raised):
            continue
        numpy = frozen(sides.numpy(numpy_line, inputs(case, names)))
        given = others(dtype, inputs(case, names))
        mlx = frozen(sides.mlx(mlx_line, given))
        if isinstance(numpy, values.Raised):
            return {"kind": "refused" if isinstance(mlx, values.Raised) else "unraised"}
        return {"kind": difference(numpy, mlx, sides.job["compare"], sides.job["ulp"]) or ""}
    return {"kind": "refused"}
