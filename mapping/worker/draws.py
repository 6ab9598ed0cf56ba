"""What hypothesis decides goes in; inputs that nobody wrote down come out, for NumPy and for MLX.

A draw is a few plain values, so that hypothesis can make one that shows a disagreement smaller; numbers follow from its `fill`.
They have few digits, so that sums and products of them are exact, and what differs is no rounding.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import numpy as np
from hypothesis import strategies as st

from ..run import terms
from .inputs import DTYPES, EACH, ORDINARY, SHAPES, other

LONG = 1_000  # elements from which an array is long: a corner, as for `lengths`
LONGEST = {1: 100_000, 2: 2_000}  # elements of one array; of several, or of a vector that loops go over, what pairs each with each
ALL: tuple[int, ...] = ()  # special values at all places
MEMORY = {f"numpy.ndarray.{name}" for name in ("flags", "strides", "view")}  # tell how NumPy has an array, which MLX has otherwise
AXES = re.compile(r"\baxis=(-?\d+|\([-\d, ]+\))")
SQUARES, VECTORS = {"q", "p"}, {"v", "w", "o", "u"}
PLAIN = "as it is"
LAYOUTS: dict[str, tuple[Callable, Callable]] = {  # how an array is laid out, and how a view makes it what it was
    PLAIN: (lambda array: array, lambda array: array),
    "reversed": (lambda array: array[..., ::-1].copy(), lambda array: array[..., ::-1]),
    "every second": (lambda array: np.repeat(array, 2, axis=-1), lambda array: array[..., ::2]),
    "transposed": (lambda array: array.T.copy(), lambda array: array.T),
}
FITTING = {  # dtypes for special values
    **dict.fromkeys(("NaN", "infinity", "-0.0"), ("float32", *terms.FLOATS, "complex64")),
    "extremes": ("int32", "int64", *terms.SIGNED, *terms.UNSIGNED, "float16", "float32", "float64"),
    "large": ("float32", "int32", "complex64"),
    "small": ("float32",),
}
SPECIALS: dict[str, list] = {"NaN": [np.nan], "infinity": [-np.inf, np.inf], "-0.0": [-0.0, 0.0], "zero divisor": [0]}


Choose = Callable[[st.SearchStrategy], Any]  # what hypothesis hands to a strategy that is composed of others


@dataclass(frozen=True)
class Draw:
    """What the inputs of one call are like.

    `shape` is that of `a` and `m`, `against` that of `b`; `length` that of vectors, `size` that of matrices, `stack` how many of
    them. `special` values stand in the input `target` at `places`. With `views`, MLX's arrays are views as well, which
    MLX has made. `axis` stands in the place of the call's own.
    """

    dtype: str = "float32"
    shape: tuple[int, ...] = (4,)
    against: tuple[int, ...] = (4,)
    length: int = 4
    size: int = 3
    stack: tuple[int, ...] = ()
    layout: str = PLAIN
    views: bool = False
    ties: bool = False
    special: str = ""
    target: str = ""
    places: tuple[int, ...] = ALL
    axis: int | tuple[int, ...] | None = None
    fill: int = 0

    def longest(self, names: set[str]) -> int:
        """Elements of the largest input."""
        sizes = [int(np.prod(shape)) for shape in _shapes(self, names).values()]
        return max(sizes, default=1)

    def corner(self, names: set[str]) -> bool:
        """Whether these inputs are not ordinary."""
        shapes = [*_shapes(self, names).values()]
        inside = self.layout == PLAIN and all(1 <= len(shape) <= 3 and 0 not in shape for shape in shapes)
        return bool(self.dtype not in ORDINARY or self.special or not inside or self.longest(names) > LONG)

    def labels(self, names: set[str]) -> list[str]:
        """What of it a reader could ask for."""
        shapes = [*_shapes(self, names).values()]
        marks = {
            "an axis of length 1": any(1 in shape for shape in shapes),
            "empty": any(0 in shape for shape in shapes),
            "0-d": () in shapes,
            "broadcast": "b" in names and self.against != self.shape,
            "long": self.longest(names) > LONG,
            "other axes": self.axis is not None,
            "views of MLX": self.views and self.layout != PLAIN,
            "ties": self.ties,
        }
        dimensions = sorted({f"{len(shape)}-d" for shape in shapes} - {"0-d"})
        return [self.dtype, *dimensions, self.layout, *filter(None, [self.special]), *(mark for mark, is_so in marks.items() if is_so)]


def _shapes(draw: Draw, names: set[str]) -> dict[str, tuple[int, ...]]:
    """The shape of each input."""
    last = draw.shape[-1] if draw.shape else 1
    own = {"a": draw.shape, "m": draw.shape, "b": draw.against, "row": (last,), "y": (draw.size,)}
    own |= dict.fromkeys(VECTORS, (draw.length,)) | dict.fromkeys(SQUARES, (*draw.stack, draw.size, draw.size))
    first = (draw.shape or (0,))[0] if names & {"a", "m"} else draw.length
    own["i"] = (min(first, 3 + draw.fill % 3),)
    return {name: own[name] for name in sorted(names)}


def inputs(draw: Draw, names: set[str]) -> dict[str, np.ndarray]:
    """NumPy's inputs, made anew."""
    found = {}
    for name, shape in _shapes(draw, names).items():
        made, seen = LAYOUTS[draw.layout if shape else PLAIN]
        found[name] = seen(made(_spoiled(draw, name, _array(draw, name, shape, names))))
    return found


def others(draw: Draw, given: dict[str, np.ndarray]) -> dict[str, mx.array]:
    """MLX's inputs for NumPy's; it takes no negative strides, so what is reversed is copied."""
    found = {}
    for name, array in given.items():
        made, seen = LAYOUTS[draw.layout if draw.views and array.size and array.ndim else PLAIN]
        found[name] = seen(other(made(array.copy() if min(array.strides, default=0) < 0 else array), draw.dtype))
    return found


def _array(draw: Draw, name: str, shape: tuple[int, ...], names: set[str]) -> np.ndarray:
    """One input without special values."""
    chance = np.random.default_rng([draw.fill, *name.encode()])
    if name == "i":
        first = (draw.shape or (0,))[0] if names & {"a", "m"} else draw.length
        return chance.integers(0, max(first, 1), shape).astype(np.int32)
    if name in ("m", "u"):
        return chance.random(shape) < 0.6
    if name in SQUARES:
        return _matrix(draw, chance, shape, symmetric=name == "p")
    size = int(np.prod(shape))
    if name == "o":
        return np.sort(_as(draw.dtype, np.arange(size) - size // 2 if size > 9 else _whole(chance, size, 9, False)))
    if name in ("b", "row") and draw.dtype == "bool":
        return np.ones(shape, bool)
    numbers = _as(draw.dtype, _whole(chance, size, 4 if draw.special == "large" else 9, draw.ties), chance)
    if draw.target == name and draw.special in ("large", "small"):
        numbers = _far(draw, chance, numbers)
    if name in ("b", "row"):
        numbers[numbers == 0] = 1
    return numbers.reshape(shape)


def _whole(chance: np.random.Generator, size: int, bound: int, ties: bool) -> np.ndarray:
    """Whole numbers up to a bound, none twice where they are few; or each one of three."""
    if ties:
        return chance.choice([-1, 2, 3], size)
    some = chance.permutation(np.arange(-bound, bound + 1))
    return some[:size] if size <= some.size else chance.integers(-bound, bound + 1, size)


def _as(dtype: str, whole: np.ndarray, chance: np.random.Generator | None = None) -> np.ndarray:
    """Whole numbers as those of a dtype: of floats, quarters of them, with an eighth more or less where there is chance."""
    if dtype == "bool":
        return whole % 2 == 0
    if np.dtype(_own(dtype)).kind in "iu":
        return (np.abs(whole) if dtype.startswith("u") else whole).astype(dtype)
    real = whole / 4 + (chance.integers(0, 2, whole.shape) / 8 if chance else 0)
    return (real + 1j * real[::-1] if dtype == "complex64" else real).astype(_own(dtype))


def _own(dtype: str) -> str:
    """What NumPy has of a dtype."""
    return "float32" if dtype == "bfloat16" else dtype


def _matrix(draw: Draw, chance: np.random.Generator, shape: tuple[int, ...], symmetric: bool) -> np.ndarray:
    """Matrices whose diagonals outweigh the rest, so that no digit is lost; symmetric ones are positive definite."""
    some = chance.integers(-2, 3, shape)
    if draw.dtype == "bool":  # with ones on the diagonal, and no ones on one side of it, or none beside it
        return np.eye(shape[-1], dtype=bool) | (np.triu(some > 0, 1) & (not symmetric))
    some = some + np.swapaxes(some, -1, -2) if symmetric else some
    whole = some + np.diag(4 * shape[-1] + 1 + 3 * np.arange(shape[-1]))
    scaled = whole if np.dtype(_own(draw.dtype)).kind in "iu" else whole / 4
    return (np.abs(scaled) if draw.dtype.startswith("u") else scaled).astype(_own(draw.dtype))


def _far(draw: Draw, chance: np.random.Generator, numbers: np.ndarray) -> np.ndarray:
    """Numbers far from one, in their place."""
    least, most = (0.5, 9) if numbers.dtype.kind in "iu" else (1, 15 if numbers.dtype.kind == "c" else 30)
    powers = 10 ** chance.uniform(least, most, numbers.shape)
    signs = np.where(numbers.real < 0, -1.0, 1.0)
    return (signs * (powers if draw.special == "large" else 1 / powers)).astype(numbers.dtype)


def _spoiled(draw: Draw, name: str, array: np.ndarray) -> np.ndarray:
    """An input with the special values that belong into it; one that rises goes on rising."""
    if name != draw.target or not array.size or draw.special in ("", "large", "small"):
        return array
    places = [place % array.size for place in draw.places] if draw.places else range(array.size)
    if name == "o":
        places = [array.size - 1]
    some = specials(draw.special, array.dtype)
    for number, place in enumerate(places):
        array.flat[place] = some[(number + draw.fill) % len(some) if name != "o" else -1]
    return array


def specials(special: str, dtype: np.dtype) -> list:
    """The values that a special one may be; of those that are ordered the greatest is last."""
    if special == "extremes":
        if dtype.kind == "f":
            return [np.finfo(dtype).min, np.finfo(dtype).tiny, np.finfo(dtype).max]
        least, most = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
        return [least, least + 1, most // 2 + 1, most - 1, most]
    return SPECIALS[special]


def turned(line: str, axis: int | tuple[int, ...] | None) -> str:
    """A line with another axis in the place of its own."""
    return line if axis is None else AXES.sub(f"axis={axis}", line)


def turns(both: tuple[str, str]) -> re.Match | None:
    """The axis of a line that another can stand for: both sides are the same call of `f` with `a`."""
    call = ast.parse(both[0], mode="eval").body
    plain = isinstance(call, ast.Call) and [*map(ast.unparse, (call.func, *call.args[:1]))] == ["f", "a"]
    alike = plain and both[1] == re.sub(r"\bnp\.", "mx.", both[0]) and len(AXES.findall(both[0])) == 1
    return AXES.search(both[0]) if alike else None


@st.composite
def draws(draw: Choose, job: dict, both: tuple[str, str], names: set[str]) -> Draw:
    """Draws for a line of a job that takes these inputs; what comes first in each choice is what hypothesis makes smaller ones of."""
    memory = job["numpy"] in MEMORY
    special = draw(st.sampled_from(_specials(names, job["unasserted"])))
    placed = special not in ("", "large", "small")
    dtypes = FITTING.get(special, ORDINARY[::-1] * 4 + DTYPES)
    targets = sorted(names & {"b"} if special == "zero divisor" else names - {"m", "u", "i"})
    longest = LONGEST[min(len(names), 2)]
    long = draw(st.integers(0, 11)) == 11 and not names & SQUARES and (placed or not special)
    length = draw(st.sampled_from((1_001, 1_500, longest) if long else (4, 1, 2, 3, 5, 9)))
    shape = draw(_long(length) if long else _shape(none=not {"empty", "empty 2-d"} & {*job["unasserted"]}))
    shape, against = _broadcast(draw, shape) if "b" in names and not long and (placed or not special) else (shape, shape)
    return Draw(
        draw(st.sampled_from([dtype for dtype in dtypes if not (memory and dtype == "bfloat16")])),
        shape,
        against,
        min(length, LONGEST[2]),
        draw(st.sampled_from((3, 1, 2, 4, 6))),
        draw(st.sampled_from(((), (2,), (1,)))) if names & SQUARES else (),
        PLAIN if memory else draw(st.sampled_from(tuple(LAYOUTS))),
        draw(st.booleans()),
        draw(st.integers(0, 3)) == 3,
        special,
        draw(st.sampled_from(targets)) if special else "",
        draw(st.lists(st.integers(0, 200), max_size=3).map(tuple)) if placed else ALL,
        _axis(draw, both, len(shape)),
        draw(st.integers(0, 1000)),
    )


def _shape(none: bool) -> st.SearchStrategy[tuple[int, ...]]:
    """Shapes that the matrix has, and others; with `none`, such without elements too."""
    dimension = st.sampled_from((1, 2, 3, 4, 5, 1, 2, 3, 4, 7) + (0,) * none)
    some = (st.lists(dimension, min_size=least, max_size=most).map(tuple) for least, most in ((1, 3), (0, 4)))
    return st.one_of(st.sampled_from([SHAPES["1-d"], SHAPES["2-d"], SHAPES["3-d"]]), *some)


def _long(length: int) -> st.SearchStrategy[tuple[int, ...]]:
    """Shapes of about so many elements."""
    return st.sampled_from(((length,), (length // 7 + 1, 7), (3, length // 3 + 1), (2, length // 8 + 1, 4)))


def _broadcast(draw: Choose, shape: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Two shapes that broadcast to one, or that one for both."""
    if not shape or not draw(st.booleans()):
        return shape, shape
    own, other = (draw(st.lists(st.booleans(), min_size=len(shape), max_size=len(shape))) for _ in range(2))
    both = [tuple(n if keep else 1 for n, keep in zip(shape, kept)) for kept in (own, other)]
    return both[0], both[1][draw(st.integers(0, len(shape) - 1)) :]


def _axis(draw: Choose, both: tuple[str, str], ndim: int) -> int | tuple[int, ...] | None:
    """Another axis for a line of an array of so many dimensions, or several where it has several; None to leave it its own."""
    found = turns(both)
    if not found or not ndim or not draw(st.booleans()):
        return None
    axes = st.integers(-ndim, ndim - 1)
    if not found[1].startswith("("):
        return draw(axes)
    alike = found[1].count(",") + 1 if "(" in both[0][2 : found.start()] else 0  # another tuple in the call is as long
    if alike > ndim:
        return None
    return draw(st.lists(axes, min_size=alike or 1, max_size=alike or ndim, unique_by=lambda one: one % ndim).map(tuple))


def _specials(names: set[str], unasserted: list[str]) -> list[str]:
    """What special values there can be in these inputs; none a third of the time."""
    found = ["NaN", "infinity", "NaN", "infinity", "-0.0", "extremes", "extremes"] if names - {"m", "u", "i"} else []
    found += ["zero divisor"] if "b" in names else []
    found += ["large", "small"] if names <= EACH else []
    found = [one for one in found if one not in unasserted]
    return [""] * (1 + len(found) // 2) + found


def told(draw: Draw, names: set[str]) -> str:
    """The inputs in words: as code where they are short."""
    parts = []
    for name, array in inputs(draw, names).items():
        dtype = draw.dtype if array.dtype == _own(draw.dtype) else str(array.dtype)
        text = np.array2string(array, threshold=40, separator=", ", floatmode="unique").replace("\n", " ")
        parts.append(f"{name} = {' '.join(text.split())} {dtype} {array.shape}")
    laid = "" if draw.layout == PLAIN else f", {draw.layout}{', by MLX too' if draw.views else ''}"
    return "; ".join(parts) + laid
