"""A job of the matrix comes in; what each of its cells showed goes out. Runs in the worker.

A cell is one line, called on both sides with inputs of one dtype, shape and special value. Inputs are fixed
and readable. MLX's empty arrays are made by MLX: reducing one that came from NumPy may never return.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import mlx.core as mx
import numpy as np

from . import agree, calls

ORDINARY = ("bool", "int32", "int64", "float32")
DTYPES = (
    *ORDINARY, "int8", "int16", "uint8", "uint16", "uint32", "uint64", "float16", "bfloat16", "float64", "complex64",
)  # fmt: skip
NARROW = ("float16", "int8", "uint8")  # what NumPy makes of bool: no ordinary answer
SHAPES = {"1-d": (4,), "2-d": (2, 3), "3-d": (2, 3, 2), "0-d": (), "empty": (0,), "empty 2-d": (0, 3)}
SQUARES = {"2-d": (3, 3), "3-d": (2, 3, 3), "empty 2-d": (0, 0)}
VECTORS = {"1-d": (4,), "empty": (0,)}
CORNERS = ("0-d", "empty", "empty 2-d")
SPECIAL = (
    ("float32", "NaN"), ("float32", "infinity"), ("float32", "-0.0"), ("float32", "zero divisor"),
    ("int32", "extremes"), ("int64", "extremes"), ("int32", "zero divisor"), ("uint8", "extremes"),
    ("uint64", "extremes"), ("float16", "extremes"), ("complex64", "NaN"),
)  # fmt: skip
FLOATS = (1.5, -2.25, 0.5, 3.0, -0.75, 2.0, 0.25, -1.0, 4.0, -3.5, 0.125, 1.0)
INTEGERS = (3, -1, 2, 5, 0, -4, 7, 1, -2, 4, 6, -3)
OTHER_FLOATS = (2.0, 0.5, -1.5, 1.25, 3.0, -0.25, 4.0, 1.0, -2.0, 0.75, 2.5, -1.0)
OTHER_INTEGERS = (2, 3, -1, 1, 4, -3, 5, 2, 1, -2, 3, 6)
RISING = (-2.0, 0.5, 1.0, 4.0)
SQUARE = ((4.0, 1.0, 2.0), (1.0, 3.0, 0.0), (2.0, 1.0, 5.0))
POSITIVE = ((4.0, 1.0, 2.0), (1.0, 3.0, 0.0), (2.0, 0.0, 5.0))
SEED = 7


@dataclass(frozen=True)
class Case:
    """What a cell's inputs are like; `plain` where a line takes none."""

    dtype: str = ""
    shape: str = ""
    special: str = ""

    @property
    def ordinary(self) -> bool:
        return not self.dtype or self.dtype in ORDINARY and self.shape not in CORNERS and not self.special

    @property
    def label(self) -> str:
        """Under what a reader meets the cell: its dtype, or its corner."""
        return self.special or (self.shape if self.shape in CORNERS else self.dtype) or "plain"

    def __str__(self) -> str:
        return " ".join(filter(None, [self.dtype, self.shape, self.special])) or "no input"


def cases(names: set[str]) -> Iterator[Case]:
    """The cases of a line that uses these inputs."""
    if not names:
        yield Case()
        return
    fit = [set(SHAPES)] if names & {"a", "b", "m"} else []
    fit += [set(SQUARES)] if names & {"q", "p"} else []
    fit = fit or ([set(VECTORS)] if names & {"v", "w", "o", "u", "i", "row"} else [{"1-d"}])
    shapes = [shape for shape in SHAPES if all(shape in one for one in fit) and not (shape == "0-d" and names & {"i", "row"})]
    main = "2-d" if "2-d" in shapes else "1-d"
    for dtype in DTYPES:
        yield Case(dtype, main)
    for shape in shapes:
        if shape != main:
            for dtype in ("float32", "int32") if shape in CORNERS else ORDINARY:
                yield Case(dtype, shape)
    for dtype, special in SPECIAL:
        if special != "zero divisor" or "b" in names:
            yield Case(dtype, main, special)


def _values(floats: tuple, integers: tuple, dtype: str, size: int, turn: int = 0) -> np.ndarray:
    """`size` values of a dtype, the same each time."""
    kind = "float32" if dtype == "bfloat16" else dtype
    take = [(place + turn) for place in range(size)]
    if dtype == "bool":
        return np.array([(INTEGERS[place % 12] + turn) % 3 != 0 for place in take], bool)
    if np.dtype(kind).kind in "iu":
        picked = [integers[place % len(integers)] for place in take]
        return np.array([abs(x) for x in picked] if kind.startswith("u") else picked, kind)
    real = np.array([floats[place % len(floats)] for place in take], np.float64)
    return (real + 1j * real[::-1]).astype(kind) if kind.startswith("complex") else real.astype(kind)


def _square(rows: tuple, shape: tuple, dtype: str) -> np.ndarray:
    kind = "float32" if dtype == "bfloat16" else dtype
    one = np.array(rows, np.float64)
    whole = np.stack([one, one + np.eye(3)]) if len(shape) == 3 else one
    return (whole if shape[-1] else np.zeros(shape)).astype(kind)


def inputs(case: Case, names: set[str]) -> dict[str, np.ndarray]:
    """NumPy's inputs of one case, made anew."""
    found: dict[str, np.ndarray] = {}
    shape = SHAPES.get(case.shape, (4,))
    if names & {"q", "p"} and not names & {"a", "b", "m"}:
        shape = SQUARES[case.shape]
    size = int(np.prod(shape))
    line = (shape[0] if shape == (0,) else 4,)
    for name in sorted(names):
        if name == "a":
            found[name] = _values(FLOATS, INTEGERS, case.dtype, size).reshape(shape)
        elif name == "b":
            found[name] = _values(OTHER_FLOATS, OTHER_INTEGERS, case.dtype, size, 1).reshape(shape)
            if case.dtype == "bool":
                found[name][...] = True
        elif name == "row":
            found[name] = _values(OTHER_FLOATS, OTHER_INTEGERS, case.dtype, shape[-1])
            if case.dtype == "bool":
                found[name][...] = True
        elif name == "m":
            found[name] = np.array([place % 3 != 1 for place in range(size)], bool).reshape(shape)
        elif name == "v":
            found[name] = _values((0.5, -2.25, 3.0, 0.5), (3, -1, 5, 3), case.dtype, line[0])
        elif name == "w":
            found[name] = _values((1.0, 3.0, -0.25, 2.0), (3, 2, 0, 1), case.dtype, line[0])
        elif name == "o":
            found[name] = np.sort(_values(RISING, (-2, 1, 3, 4), case.dtype, line[0]))
        elif name == "u":
            found[name] = np.array([True, False, True, True][: line[0]], bool)
        elif name in ("q", "p"):
            found[name] = _square(SQUARE if name == "q" else POSITIVE, SQUARES[case.shape], case.dtype)
        elif name == "y":
            found[name] = _values((1.0, 2.0, -1.0), (1, 2, -1), case.dtype, 0 if case.shape == "empty 2-d" else 3)
        elif name == "i":
            first = shape[0] if names & {"a", "b", "m", "q", "p"} else line[0]
            first = min(first, 3) if "y" in names else first
            found[name] = np.array([first - 1, 0, first - 1] if first else [], np.int32)
    for name in ("a", "v", "o", "q", "p"):
        if name in found:
            _spoil(found[name], case.special, name == "o")
    if case.special == "zero divisor":
        found["b"].flat[0] = found["b"].flat[1] = 0
    return found


def _spoil(array: np.ndarray, special: str, rising: bool) -> None:
    """Put special values into an array; one that must rise has them where they keep it rising."""
    if not array.size:
        return
    last = array.size - 1
    if special == "NaN":
        array.flat[last if rising else 1] = np.nan
    elif special == "infinity":
        array.flat[0], array.flat[last] = (-np.inf, np.inf) if rising else (np.inf, -np.inf)
    elif special == "-0.0" and not rising:
        array.flat[0], array.flat[1] = -0.0, 0.0
    elif special == "extremes":
        about = np.finfo(array.dtype) if array.dtype.kind == "f" else np.iinfo(array.dtype)
        array.flat[0], array.flat[last] = about.min, about.max


def other(array: np.ndarray, dtype: str) -> mx.array:
    """MLX's own array of the same values and dtype."""
    own = "float32" if dtype == "bfloat16" else dtype
    name = dtype if array.dtype.name == own else array.dtype.name  # an index or a mask keeps its own
    kind = mx.bool_ if name == "bool" else getattr(mx, name)
    return mx.array(array, dtype=kind) if array.size else mx.zeros(array.shape, dtype=kind)


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
    kind = mx.bool_ if dtype == "bool" else getattr(mx, dtype)
    return _raised(lambda: mx.eval(mx.zeros(1, dtype=kind) == mx.zeros(1, dtype=kind)))


class Sides:
    """The functions of a job, and how to call a line on either side."""

    def __init__(self, job: dict, resolve: Callable[[str], Any]):
        self.job, self.resolve = job, resolve
        self.recipe: dict[str, Any] = {"mx": mx}
        if defined := calls.DEFINITION.findall(job["recipe"]):
            exec(job["recipe"], self.recipe)
            self.recipe["f"] = self.recipe[defined[-1]]

    def ours(self, line: str, given: dict, name: str = "") -> Any:
        name = name or self.job["numpy"]
        np.random.seed(SEED)
        f = function(name, self.resolve) if re.search(r"\bf\b", line) else None
        return _answer(line, {"np": np, "f": f, **given})

    def mlx_names(self) -> dict[str, Any]:
        names = dict(self.recipe) if self.job["recipe"] else {"mx": mx}
        if self.job["mlx"] and "f" not in names:
            names["f"] = function(self.job["mlx"], self.resolve)
        return names

    def theirs(self, line: str, given: dict) -> Any:
        mx.random.seed(SEED)
        return _answer(line, {**self.mlx_names(), **given})


def _answer(line: str, names: dict) -> Any:
    """What a line answers, evaluated to the end; what it raises."""
    try:
        found = eval(compile(line, "<call>", "eval", dont_inherit=True), names)
        mx.eval([one for one in _flat(found) if isinstance(one, mx.array)])
        return found
    except Exception as error:  # noqa: BLE001 - a call may raise anything
        return agree.Raised(error)


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, (tuple, list)):
        for item in value:
            yield from _flat(item)
    else:
        yield value


def frozen(value: Any) -> Any:
    """An answer as `agree` takes it; iterators and views of Python's own are lists."""
    if type(value).__name__ in ("generator", "zip", "map", "range", "dict_keys", "dict_values"):
        value = list(value)
    return agree.freeze(value)


def compared(sides: Sides, line: tuple[str, str], case: Case) -> dict:
    """One cell: the kind of difference, or how it was refused."""
    ours_line, theirs_line = line
    names = calls.used(ours_line) | calls.used(theirs_line)
    ours = frozen(sides.ours(ours_line, inputs(case, names)))
    if sides.job["alias_of"]:
        target = frozen(sides.ours(ours_line, inputs(case, names), sides.job["alias_of"]))
        if not _same(target, ours, sides.job["compare"]):
            return {"kind": "alias", "ours": brief(target), "theirs": brief(ours)}
    if names and (why := lacking(case.dtype)):
        return {"kind": "absent", "theirs": why}
    given = {name: other(array, case.dtype) for name, array in inputs(case, names).items()}
    theirs = frozen(sides.theirs(theirs_line, given))
    if isinstance(ours, agree.Raised):
        return {"kind": "refused" if isinstance(theirs, agree.Raised) else "unheard", "ours": brief(ours)}
    if case.dtype == "bfloat16":
        _as_bfloat16(ours, theirs)
    kind = agree.difference(ours, theirs, sides.job["compare"], sides.job["ulp"])
    if not kind:
        return {"kind": "", "narrow": _narrow(ours, case)}
    return {"kind": kind, "narrow": _narrow(ours, case), "ours": brief(ours), "theirs": brief(theirs)}


def _narrow(ours: Any, case: Case) -> bool:
    """Whether NumPy answers bools in a dtype that is not ordinary itself."""
    return case.dtype == "bool" and any(isinstance(one, agree.Plain) and one.dtype in NARROW for one in _flat(ours))


def _as_bfloat16(ours: Any, theirs: Any) -> None:
    """NumPy has no bfloat16: its float32 answer stands for one."""
    for one, two in zip(_flat(ours), _flat(theirs)):
        if isinstance(one, agree.Plain) and isinstance(two, agree.Plain) and (one.dtype, two.dtype) == ("float32", "bfloat16"):
            one.dtype = "bfloat16"


def _same(target: Any, alias: Any, mode: str) -> bool:
    if isinstance(target, agree.Raised) or isinstance(alias, agree.Raised):
        return isinstance(target, agree.Raised) and isinstance(alias, agree.Raised)
    return agree.difference(target, alias, mode, 0) is None


def brief(value: Any) -> str:
    """An answer in a few words."""
    if isinstance(value, agree.Raised):
        return f"{type(value.error).__name__}: {value.error}".split("\n")[0][:120]
    if isinstance(value, agree.Plain):
        return f"array({' '.join(np.array2string(value.data, threshold=6, separator=', ').split())}, dtype={value.dtype})"[:120]
    if isinstance(value, list):
        return f"[{', '.join(map(brief, value))}]"[:160]
    return str(value)[:120]


def written_through(sides: Sides, line: tuple[str, str], case: Case) -> list[str]:
    """`aliasing` where NumPy's result is a view of an input and MLX's is not; `mutation` where one side alone changes its input."""
    names = calls.used(line[0]) | calls.used(line[1])
    mine = inputs(case, names)
    theirs = {name: other(array, case.dtype) for name, array in inputs(case, names).items()}
    before = {name: array.copy() for name, array in mine.items()}
    ours_result, theirs_result = sides.ours(line[0], mine), sides.theirs(line[1], theirs)
    if isinstance(ours_result, agree.Raised) or isinstance(theirs_result, agree.Raised):
        return []
    changed = [_changed(before, given) for given in (mine, theirs)]
    found = ["mutation"] if changed[0] != changed[1] else []
    if not any(changed) and _writes(ours_result, mine) and not _writes(theirs_result, theirs):
        found.append("aliasing")
    return found


def _changed(before: dict, after: dict) -> bool:
    return any(not np.array_equal(before[name], _plain(after[name])) for name in before)


def _plain(value: Any) -> np.ndarray:
    return agree.freeze(value).data if isinstance(value, mx.array) else np.asarray(value)


def _writes(result: Any, given: dict) -> bool:
    """Whether writing into a result changes an input."""
    for one in _flat(result):
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
    given = [other(array, case.dtype) for array in inputs(case, set(names)).values()]
    if isinstance(sides.theirs(line, dict(zip(names, given))), agree.Raised):
        return {}

    def called(*arrays: mx.array) -> list[mx.array]:
        found = eval(compile(line, "<call>", "eval", dont_inherit=True), {**sides.mlx_names(), **dict(zip(names, arrays))})
        return [one for one in _flat(found) if isinstance(one, mx.array)]

    def total(*arrays: mx.array) -> mx.array:
        return sum(mx.sum(mx.real(one)) for one in called(*arrays) if mx.issubdtype(one.dtype, mx.inexact))

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
    except Exception as error:  # noqa: BLE001 - a transform may raise anything
        return brief(agree.Raised(error))
    return ""


def plan(job: dict) -> list[tuple[str, int, Case]]:
    """All steps of a job, in their order: the cells of each line, what is written through, the probes."""
    steps = []
    for number, (ours, theirs) in enumerate(job["lines"]):
        names = calls.used(ours) | calls.used(theirs)
        own = [case for case in cases(names) if case.label not in job["unasserted"]]
        steps += [("cell", number, case) for case in own]
        if names:
            steps.append(("through", number, next(case for case in own if case.dtype == "float32")))
        if names and number == 0:
            steps.append(("transform", number, next(case for case in own if case.dtype == "float32")))
    return steps + [("probe", number, Case()) for number in range(len(job["probes"]))]


def run(job: dict, start: int, ended: str, resolve: Callable[[str], Any], tell: Callable[..., None]) -> None:
    """Do every step from `start` on, telling of each; `ended` says how the step before it ended a worker."""
    sides = Sides(job, resolve)
    for place, (what, number, case) in enumerate(plan(job)):
        about = {"step": place, "what": what, "line": number, "case": str(case), "label": case.label}
        if place == start - 1 and ended:
            tell(**about, ordinary=case.ordinary, kind="undefined", theirs=ended)
        if place < start:
            continue
        if what == "cell":
            found = compared(sides, job["lines"][number], case)
        elif what == "through":
            found = {"kind": "", "shown": written_through(sides, job["lines"][number], case)}
        elif what == "transform":
            found = {"kind": "", "shown": transformed(sides, job["lines"][number][1], case)}
        else:
            found = probed(sides, job["probes"][number])
        tell(**about, ordinary=case.ordinary and not found.pop("narrow", False), **found)


def probed(sides: Sides, probe: dict) -> dict:
    """One call with the arguments given otherwise, on the first ordinary input that NumPy takes in the call as it is."""
    base, ours_line, theirs_line = probe["base"], probe["numpy"], probe["mlx"]
    names = calls.used(base) | calls.used(ours_line) | calls.used(theirs_line)
    for dtype, shape in (("float32", "2-d"), ("int32", "2-d"), ("float32", "1-d"), ("int32", "1-d"), ("bool", "2-d"), ("float32", "3-d")):
        case = Case(dtype, shape)
        if case not in list(cases(names)) and names:
            continue
        if isinstance(sides.ours(base, inputs(case, names)), agree.Raised):
            continue
        ours = frozen(sides.ours(ours_line, inputs(case, names)))
        given = {name: other(array, dtype) for name, array in inputs(case, names).items()}
        theirs = frozen(sides.theirs(theirs_line, given))
        if isinstance(ours, agree.Raised):
            return {"kind": "refused" if isinstance(theirs, agree.Raised) else "unheard"}
        return {"kind": agree.difference(ours, theirs, sides.job["compare"], sides.job["ulp"]) or ""}
    return {"kind": "refused"}
