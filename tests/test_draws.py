"""What a draw stands for: the same inputs each time, equal on both sides however they lie in memory, ordinary where it says so."""

from __future__ import annotations

from dataclasses import replace

import mlx.core as mx
import numpy as np
import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from mapping.worker import fuzz, lengths
from mapping.worker.cells import Sides
from mapping.worker.draws import LAYOUTS, Draw, draws, inputs, others, told, turned, turns
from mapping.worker.names import resolve
from mapping.worker.values import freeze, thawed

JOB = {"numpy": "numpy.f", "mlx": "", "recipe": "", "unasserted": [], "alias_of": "", "compare": "values", "ulp": 8}
ALL = {"a", "b", "row", "m", "i"}, {"v", "w", "o", "u", "i"}, {"q", "p", "y"}
BOTH = "f(a, axis=0)", "f(a, axis=0)"


def job(line: str, **given: object) -> tuple[Sides, tuple[str, str]]:
    both = line.partition(" => ")[::2] if " => " in line else (line, line.replace("np.", "mx."))
    return Sides({**JOB, "lines": [both], **given}, resolve), both


@given(st.data(), st.sampled_from(ALL))
def test_both_sides_get_the_same_each_time(data: st.DataObject, names: set[str]):
    draw = data.draw(draws(JOB, BOTH, names))
    mine, again = inputs(draw, names), inputs(draw, names)
    for name, array in others(draw, mine).items():
        assert mine[name].tobytes() == again[name].tobytes()
        assert str(array.dtype).removeprefix("mlx.core.") == (draw.dtype if name not in "mui" else str(mine[name].dtype))
        assert np.array_equal(thawed(freeze(array)), mine[name], equal_nan=mine[name].dtype.kind in "fc")


@given(st.data(), st.sampled_from(ALL))
def test_ordinary_is_what_the_design_says(data: st.DataObject, names: set[str]):
    draw = data.draw(draws(JOB, BOTH, names))
    given = inputs(draw, names)
    special = any(not np.all(np.isfinite(array)) for array in given.values())
    plain = all(1 <= array.ndim <= 3 and array.size and array.flags.c_contiguous for array in given.values())
    if not draw.corner(names):
        assert draw.dtype in ("bool", "int32", "int64", "float32") and plain and not special
    for name in names & {"b", "row"} - {draw.target}:
        assert np.all(given[name] != 0)
    if "o" in names and given["o"].dtype.kind != "c":
        assert np.all(np.sort(given["o"]) == given["o"]) or draw.special
    assert all(name in told(draw, names) for name in names)


@pytest.mark.parametrize(
    "wanted",
    [
        lambda draw: 1 in draw.shape and draw.against != draw.shape,
        lambda draw: draw.longest({"a"}) == 100_000,
        lambda draw: draw.layout == "reversed" and draw.views,
        lambda draw: draw.ties,
        lambda draw: draw.special == "NaN" and draw.target == "b" and len(draw.places) == 1,
        lambda draw: draw.special == "extremes" and draw.dtype == "uint16",
        lambda draw: isinstance(draw.axis, int) and draw.axis < 0,
    ],
)
def test_what_is_drawn(wanted):
    names = {"a"} if wanted(Draw(shape=(100_000,))) else {"a", "b"}
    assert wanted(find(draws(JOB, ("f(a, axis=0)", "f(a, axis=0)"), names), wanted))


def test_layouts():
    for layout in LAYOUTS:
        draw = Draw(shape=(2, 3), layout=layout)
        assert np.array_equal(inputs(draw, {"a"})["a"], inputs(replace(draw, layout="as it is"), {"a"})["a"])
    assert inputs(Draw(shape=(2, 3), layout="reversed"), {"a"})["a"].strides[1] < 0
    assert inputs(Draw(shape=(2, 3), layout="transposed"), {"a"})["a"].flags.f_contiguous


def test_an_axis_is_another_where_both_sides_have_it():
    assert turned("f(a, axis=(0, 1))", (-1, 0)) == "f(a, axis=(-1, 0))"
    assert turns(("f(a, axis=-1, keepdims=True)", "f(a, axis=-1, keepdims=True)"))
    for line in ("f(a, 2)", "f(a, 1, axis=1)[1]", "f(a[None], axis=0)", "f(a, axis=0) + f(a, axis=1)"):
        assert not turns((line, line))
    assert not turns(("f(a, axis=0)", "mx.flip(a, axis=0)"))


def test_what_is_lost_in_the_last_place_is_no_disagreement():
    draw = Draw(shape=(40,), fill=3)
    sums, both = job("np.sum(a * 1.1 - a, axis=0)")  # nearly cancels
    assert fuzz.compared(sums, both, draw, {"a"})["kind"] == ""
    wrong, both = job("np.sum(a) => mx.sum(a) * 1.001")
    assert fuzz.compared(wrong, both, draw, {"a"})["kind"] == "precision"


def test_lost_digits_are_held_against_the_largest_number():
    near = job("[np.sum(np.abs(a)), a[0] * 1e-9] => [mx.sum(mx.abs(a)), a[0] * 1.1e-9]")
    assert fuzz.compared(*near, Draw(dtype="float32"), {"a"})["kind"] == ""
    alone, both = job("a * 1e-9 => a * 1.1e-9")
    assert fuzz.compared(alone, both, Draw(dtype="float32"), {"a"})["kind"] == "value"


def test_an_axis_of_length_1_does_not_tell_that_each_number_is_by_itself():
    draw = Draw(dtype="float64", shape=(1,), special="extremes", target="a")
    assert fuzz.compared(*job("np.fft.fft(a)"), draw, {"a"})["kind"] == "refused"
    assert fuzz.compared(*job("np.abs(a) => a"), draw, {"a"})["kind"] == "value"


@given(st.integers(1, 6), st.integers(0, 1000), st.sampled_from(["bool", "int8", "uint8", "float16", "float32"]))
def test_matrices_are_far_from_singular(size: int, fill: int, dtype: str):
    found = inputs(Draw(dtype=dtype, size=size, fill=fill), {"q", "p"})
    assert all(np.linalg.cond(found[name].astype(float)) < 100 for name in "qp")
    assert np.all(np.linalg.eigvalsh(found["p"].astype(float)) > 0)


def test_an_index_out_of_range_is_not_asked():
    assert fuzz.compared(*job("a[5]"), Draw(shape=(3,)), {"a"})["kind"] == "refused"


def test_a_recipe_is_not_blamed_for_shapes_that_numpy_refuses():
    draw = Draw(shape=(1,), against=(1, 1))
    assert fuzz.compared(*job("np.hstack([a, b]) => a + b", recipe="a + b"), draw, {"a", "b"})["kind"] == "refused"


def test_a_corner_where_only_that_happens_which_happens_anyway_is_no_news():
    rows, both = job("np.trace(a, axis1=-2, axis2=-1) => mx.trace(a)")
    assert fuzz.compared(rows, both, Draw(shape=(2, 2, 2), special="NaN", target="a", places=(1,)), {"a"})["kind"] == ""


def test_of_long_answers_what_is_apart_is_kept():
    one = np.arange(5000, dtype=np.float32)
    two = one.copy()
    two[[7, 4000]] = np.nan, 1
    numpy, mlx = lengths.thinned(one, mx.array(two))
    assert numpy.size == mlx.size == lengths.SHORT
    assert {7.0, 4000.0} <= {*numpy.tolist()}
    assert lengths.thinned(one[:9], mx.array(two[:9]))[0].size == 9


def test_what_blas_makes_of_complex_infinities_is_no_news():
    infinite = Draw(dtype="complex64", shape=(2, 3), against=(2, 3), special="infinity", target="a")
    product = "mx.tensordot(a, b, axes=([0], [0]))"
    wrong = f"{product.replace('mx.', 'np.')} => mx.where(mx.isfinite({product}), {product}, 7)"
    assert fuzz.compared(*job(wrong), infinite, {"a", "b"})["kind"] == ""
    assert fuzz.compared(*job(wrong), replace(infinite, dtype="float32"), {"a", "b"})["kind"] in ("nan", "value")
