"""A line of the matrix and a seed come in; what both sides answered to inputs that hypothesis drew goes out.

A disagreement that is not declared is made smaller, as far as it stays one, and told.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Flaky

from ..run import calls
from ..run.agreement import Plain
from ..run.terms import EPSILON
from . import lengths, values
from .cells import Sides, each, flat, frozen, held
from .draws import PLAIN, Draw, draws, inputs, others, told, turned
from .inputs import EACH, alone

SKIPPED = ("refused", "absent")  # draws that show nothing: NumPy raises too, or this device lacks the dtype
WIDE = ("float32", "float64")  # where what lies between inputs and answer runs over first here, first there
NEAR, NUDGES = 32, 8  # how far from NumPy's answer, by what it moves when its inputs move in their last place; how often they are moved
SMALL = 64  # units in the last place of the largest number, up to which a difference can be one of digits that are lost
FINITE = {"float16": 3e-2} | lengths.FAR  # of long arrays


class UndeclaredError(Exception):
    """The sides disagree in a way that the entry does not declare."""


def explore(request: dict, resolve: Callable[[str], Any], spent: Callable[[], bool], tell: Callable[..., None]) -> None:
    """Call one line with as many draws as are asked for, and tell of each before it is made."""
    both = request["job"]["lines"][request["line"]]
    names = calls.used(both[0]) | calls.used(both[1])
    sides, allowed = Sides(request["job"], resolve), request["declared"]
    seen: Counter[str] = Counter()
    made = answered = 0

    @seed(request["seed"])
    @settings(
        max_examples=request["draws"],
        database=None,
        deadline=None,
        derandomize=False,
        print_blob=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=[*HealthCheck],
        report_multiple_bugs=False,
    )
    @given(draws(both, names, request["job"]["unasserted"]))
    def called(draw: Draw) -> None:
        nonlocal made, answered
        if spent():
            return
        tell(drawing=str(draw))
        made += 1
        found = compared(sides, (turned(both[0], draw.axis), turned(both[1], draw.axis)), draw, names)
        if found["kind"] in SKIPPED:
            return
        answered += 1
        seen.update(draw.labels(names))
        if found["kind"] and found["kind"] not in allowed["ordinary" if found["ordinary"] else "corner"]:
            tell(undeclared=found)
            raise UndeclaredError

    with contextlib.suppress(UndeclaredError, Flaky):  # what it found is told; it may be found no more at the end: some answers vary
        called()
    tell(made=made, answered=answered, seen=seen)


def compared(sides: Sides, both: tuple[str, str], draw: Draw, names: set[str]) -> dict:
    """One draw: the kind of difference, whether its inputs are ordinary, the call and its inputs in words.

    What lies in memory as it does nowhere in the matrix is a corner, if the same numbers laid out plainly show no such difference.
    """
    if refused(sides, both[0], draw, names):
        return {"kind": "refused"}
    found = held(sides, both, partial(inputs, draw, names), partial(others, draw), draw.dtype)
    kind = found["kind"]
    if kind in ("", *SKIPPED):
        return {"kind": kind}
    if draw.layout != PLAIN and (plain := compared(sides, both, replace(draw, layout=PLAIN, views=False), names))["kind"] == kind:
        return plain
    if kind in ("precision", "value") and rounded(sides, both, draw, names):
        return {"kind": ""}
    if kind == "unraised" and sides.job["recipe"] and not taken(sides, replace(draw, special="")):
        return {"kind": "refused"}  # a recipe promises NumPy's answers alone
    lenient = kind == "unraised" and (sides.job["recipe"] or draw.dtype == "bool" or not taken(sides, draw))
    ordinary = not (draw.corner(names) or found.get("narrow") or kind == "overflow" or lenient)
    call = both[0] if both[1] in (both[0], both[0].replace("np.", "mx.")) else " => ".join(both)
    answers = {side: found.get(side, "") for side in ("numpy", "mlx")}
    return {"kind": kind, "ordinary": ordinary, "call": call, "inputs": told(draw, names)[:600], **answers}


def refused(sides: Sides, line: str, draw: Draw, names: set[str]) -> bool:
    """Whether a draw shows nothing by this line.

    An index is out of range, which is undefined in MLX; or such numbers are for lines alone that compute each by itself.
    """
    answer = sides.numpy(line, inputs(draw, names))
    if isinstance(answer, values.Raised) and answer.kind == "IndexError":
        return True
    if not (alone(draw.dtype, draw.special, names) or (draw.special == "extremes" and draw.dtype in WIDE)):
        return False
    return not names <= EACH or not each(sides, line, inputs(draw, names))


def taken(sides: Sides, draw: Draw) -> bool:
    """Whether NumPy takes these inputs in any line."""
    answers = (sides.numpy(numpy, inputs(draw, calls.used(numpy))) for numpy, _ in sides.job["lines"])
    return not all(isinstance(one, values.Raised) for one in answers)


def rounded(sides: Sides, both: tuple[str, str], draw: Draw, names: set[str]) -> bool:
    """Whether the sides differ by no more than NumPy's own answer when its inputs change in their last place.

    Where numbers nearly cancel, no digit of what is left is the same everywhere. Long arrays are held as `lengths` holds them.
    """
    mine = inputs(draw, names)
    largest = max([float(np.max(np.abs(one))) for one in mine.values() if one.size and np.all(np.isfinite(one))], default=0.0)
    one, two = (_numbers(frozen(answer)) for answer in (sides.numpy(both[0], mine), sides.mlx(both[1], others(draw, inputs(draw, names)))))
    if one is None or two is None or one.shape != two.shape:
        return False
    same = (one == two) | (np.isnan(one) & np.isnan(two))
    if not np.all(np.isfinite(one[~same]) & np.isfinite(two[~same])):
        return False
    apart = np.abs(np.where(same, 0, one - two))
    largest = max(largest, float(np.max(np.abs(one[np.isfinite(one)]), initial=0)))
    if draw.longest(names) > lengths.SHORT:
        return bool(np.all(apart <= FINITE.get(draw.dtype, lengths.FAR["float32"]) * largest))
    epsilon = max(EPSILON.get(draw.dtype, 0), EPSILON["float32"])
    if not np.all(apart <= SMALL * epsilon * largest):
        return False
    moved = np.zeros_like(apart)
    for number in range(NUDGES):
        nudged = {name: _nudged(array, epsilon, number) for name, array in inputs(draw, names).items()}
        other = _numbers(frozen(sides.numpy(both[0], nudged)))
        if other is None or other.shape != one.shape:
            return False
        moved = np.maximum(moved, np.abs(np.where(same, 0, np.nan_to_num(other - one))))
    return bool(np.all(apart <= NEAR * moved))


def _numbers(answer: Any) -> np.ndarray | None:
    """All numbers of an answer in one row; nothing where it is none."""
    parts = list(flat(answer))
    if not parts or not all(isinstance(one, Plain) and one.family in ("bool", "int", "float", "complex") for one in parts):
        return None
    return np.concatenate([np.array(one.values, np.complex128) for one in parts])


def _nudged(array: np.ndarray, epsilon: float, number: int) -> np.ndarray:
    """An array whose numbers are other ones in their last place; whole numbers become floats for that."""
    if array.dtype.kind not in "biufc":
        return array
    signs = np.random.default_rng(number).choice([-1.0, 1.0], array.shape)
    return (array * (1 + epsilon * signs)).astype(array.dtype if array.dtype.kind in "fc" else np.float64)
