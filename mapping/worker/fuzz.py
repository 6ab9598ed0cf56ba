"""A line of the matrix and a seed come in; what both sides answered to inputs that hypothesis drew goes out.

A disagreement that is not declared is made smaller, as far as it stays one, and told.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import mlx.core as mx
import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Flaky

from ..run import calls
from ..run.terms import EPSILON
from . import lengths, values
from .cells import Sides, each, flat, held
from .draws import PLAIN, SQUARES, Draw, draws, inputs, others, told, turned
from .inputs import EACH, alone

SKIPPED = ("refused", "absent")  # draws that show nothing: NumPy raises too, or this device lacks the dtype
VALUES = ("nan", "overflow", "precision", "value")
PASSING = {  # what lies between input and answer runs over
    *((dtype, "extremes") for dtype in ("float16", "float32", "float64")),
    ("complex64", "infinity"),
}
NEAR, NUDGES = 32, 8  # how far from NumPy's answer, by what it moves when its inputs move in their last place; how often they are moved
SMALL = 64  # units in the last place of the largest number, up to which a difference can be one of digits that are lost
LAPACK = "stream=mx.cpu"  # in lines whose numbers LAPACK computes
BLAS = re.compile(r"@|\.(?:dot|vdot|inner|matmul|tensordot|einsum|vecdot|matvec|vecmat|multi_dot|matrix_power|__i?r?matmul__)\b")
FINITE = {"float16": 3e-2, "bfloat16": lengths.FAR_BFLOAT16}  # of long arrays


class UndeclaredError(Exception):
    """The sides disagree in a way that the entry does not declare."""


class Heard(Sides):
    """Sides of which each answer is heard: a draw has many, and what does not come is one of them."""

    answers: Callable[[], None]

    def numpy(self, line: str, given: dict, name: str = "") -> Any:
        found = super().numpy(line, given, name)
        self.answers()
        return found

    def mlx(self, line: str, given: dict) -> Any:
        found = super().mlx(line, given)
        self.answers()
        return found


def explore(request: dict, resolve: Callable[[str], Any], spent: Callable[[], bool], tell: Callable[..., None]) -> None:
    """Call one line with as many draws as are asked for, and tell of each before it is made."""
    both = request["job"]["lines"][request["line"]]
    names = calls.used(both[0]) | calls.used(both[1])
    sides, allowed = Heard(request["job"], resolve), request["declared"]
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
    @given(draws(request["job"], both, names))
    def called(draw: Draw) -> None:
        nonlocal made, answered
        if spent():
            return
        sides.answers = lambda: tell(drawing=str(draw))
        sides.answers()
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
    if (names & SQUARES or LAPACK in both[1] + sides.job["recipe"]) and draw.special in ("NaN", "infinity"):
        return {"kind": ""}  # what LAPACK makes of them is another thing on each processor: that it comes to an end is all
    if draw.dtype == "complex64" and draw.special == "infinity" and kind in VALUES and BLAS.search(f"{sides.job['numpy']} {both[0]}"):
        return {"kind": ""}  # and so is what BLAS makes of these
    if draw.layout != PLAIN and (plain := compared(sides, both, replace(draw, layout=PLAIN, views=False), names))["kind"] == kind:
        return plain
    if kind in ("precision", "value") and rounded(sides, both, draw, names):
        return {"kind": ""}
    if draw.special and kind in VALUES and compared(sides, both, replace(draw, special=""), names)["kind"] in VALUES:
        return {"kind": ""}  # the values are others without special ones too: that these are is no news
    if kind == "unraised" and sides.job["recipe"] and not taken(sides, both[0], replace(draw, special="")):
        return {"kind": "refused"}  # a recipe promises NumPy's answers alone
    lines = [numpy for numpy, _ in sides.job["lines"]]
    fit = draw.dtype != "bool" and draw.shape == draw.against and any(taken(sides, line, draw) for line in lines)
    lenient = kind == "unraised" and (sides.job["recipe"] or not fit)
    kind = "value" if kind == "precision" and draw.longest(names) > lengths.SHORT else kind  # as `lengths` tells it
    ordinary = not (draw.corner(names) or found.get("narrow") or kind == "overflow" or lenient)
    call = both[0] if both[1] in (both[0], both[0].replace("np.", "mx.")) else " => ".join(both)
    answers = {side: found.get(side, "") for side in ("numpy", "mlx")}
    return {"kind": kind, "ordinary": ordinary, "call": call, "inputs": told(draw, names)[:600], **answers}


def refused(sides: Sides, line: str, draw: Draw, names: set[str]) -> bool:
    """Whether a draw shows nothing by this line.

    An index is out of range, which is undefined in MLX, or memory does not suffice; or such numbers are for lines alone that
    compute each by itself.
    """
    answer = sides.numpy(line, inputs(draw, names))
    if isinstance(answer, values.Raised) and isinstance(answer.error, (IndexError, MemoryError)):
        return True
    if not (alone(draw.dtype, draw.special, names) or (draw.dtype, draw.special) in PASSING):
        return False
    return not names <= EACH or not _by_itself(sides, line, draw, names)


def _by_itself(sides: Sides, line: str, draw: Draw, names: set[str]) -> bool:
    """Whether a line computes each number by itself, asked with axes that are long enough to tell."""
    shape = tuple(max(length, 3) for length in draw.shape or (3,))
    return each(sides, line, inputs(replace(draw, shape=shape, against=shape), names))


def taken(sides: Sides, line: str, draw: Draw) -> bool:
    """Whether NumPy takes these inputs in a line."""
    return not isinstance(sides.numpy(line, inputs(draw, calls.used(line))), values.Raised)


def rounded(sides: Sides, both: tuple[str, str], draw: Draw, names: set[str]) -> bool:
    """Whether the sides differ by no more than NumPy's own answer when its inputs change in their last place.

    Where numbers nearly cancel, no digit of what is left is the same everywhere; what an answer is made of all inputs can lose is
    that of its largest number. Long arrays are held as `lengths` holds them.
    """
    mine = inputs(draw, names)
    largest = max([float(np.max(np.abs(one))) for one in mine.values() if one.size and np.all(np.isfinite(one))], default=0.0)
    one, two = (_numbers(answer) for answer in (sides.numpy(both[0], mine), sides.mlx(both[1], others(draw, inputs(draw, names)))))
    if one is None or two is None or one.shape != two.shape:
        return False
    same = (one == two) | (np.isnan(one) & np.isnan(two))
    if not np.all(np.isfinite(one[~same]) & np.isfinite(two[~same])):
        return False
    apart = np.abs(np.subtract(one, two, where=~same, out=np.zeros_like(one)))
    largest = max(largest, float(np.max(np.abs(one[np.isfinite(one)]), initial=0)))
    if draw.longest(names) > lengths.SHORT:
        return bool(np.all(apart <= FINITE.get(draw.dtype, lengths.FAR) * largest))
    epsilon = max(EPSILON.get(draw.dtype, 0), EPSILON["float32"])
    if not np.all(apart <= SMALL * epsilon * largest):
        return False
    moved, spread = np.zeros_like(apart), not (names <= EACH and _by_itself(sides, both[0], draw, names))
    for number in range(NUDGES):
        nudged = {name: _nudged(array, epsilon, number, spread) for name, array in inputs(draw, names).items()}
        other = _numbers(sides.numpy(both[0], nudged))
        if other is None or other.shape != one.shape:
            return False
        moved = np.maximum(moved, np.abs(np.subtract(other, one, where=np.isfinite(one) & np.isfinite(other), out=np.zeros_like(one))))
    return bool(np.all(apart <= NEAR * (np.max(moved, initial=0) if spread else moved)))


def _numbers(answer: Any) -> np.ndarray | None:
    """All numbers of an answer in one row; nothing where it is none."""
    parts = [values.numbers(one) if isinstance(one, mx.array) else np.asarray(one) for one in flat(answer)]
    if not parts or not all(one.dtype.kind in "biufc" for one in parts):
        return None
    return np.concatenate([one.ravel().astype(np.complex128) for one in parts])


def _nudged(array: np.ndarray, epsilon: float, number: int, spread: bool) -> np.ndarray:
    """An array whose numbers are other ones in their last place, or in that of the largest; whole numbers become floats for that.
    The first time all are larger by the same part, as what is lost in a sum is."""
    if array.dtype.kind not in "biufc" or not array.size:
        return array
    signs = np.random.default_rng(number).choice([-1.0, 1.0], array.shape) if number else 1.0
    size = np.max(np.abs(array * 1.0), where=np.isfinite(array), initial=0) if spread and number else array
    return (array + size * epsilon * signs).astype(array.dtype if array.dtype.kind in "fc" else np.float64)
