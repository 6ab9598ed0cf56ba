"""What a line answers for long arrays: which lines grow with length, and when two answers are apart."""

from __future__ import annotations

from collections.abc import Callable

import mlx.core as mx
import numpy as np
import pytest

from mapping.worker import lengths, values


def asked_of(label: str, numpy: Callable, names: str) -> bool:
    """Whether a line that takes these inputs is asked under a label."""
    return lengths.grows(label, set(names.split()), lambda given: numpy(*(given[name] for name in names.split())))


GROWING = {  # NumPy's side of a line, its inputs: whether it is tried on long arrays
    "a sum": (np.sum, "a", True),
    "a sum that keeps its axis": (lambda a: np.sum(a, axis=-1, keepdims=True), "a", True),
    "a running sum": (np.cumsum, "a", True),
    "a transform": (np.fft.fft, "v", True),
    "a product of two": (np.vdot, "v w", True),
    "each by itself": (np.exp, "a", False),
    "two, each by itself": (lambda a, b: a + b, "a b", False),
    "as many as the product": (np.outer, "a b", False),
    "what two have": (np.setxor1d, "v w", False),
    "a table of powers": (np.vander, "v", False),
    "whole numbers, whatever the order": (np.count_nonzero, "a", True),
    "the place of one": (np.argmax, "a", False),
    "as many whole numbers": (np.argsort, "a", False),
    "several arrays": (lambda a: np.divmod(a, 2), "a", False),
    "a number of Python's": (lambda a: float(np.sum(a)), "a", False),
    "what NumPy refuses": (lambda a: values.Raised(ValueError("no")), "a", False),
    "other inputs": (lambda a, o: np.sum(a), "a o", False),
    "none": (lambda: np.float32(1), "", False),
}


@pytest.mark.parametrize(("numpy", "names", "grows"), GROWING.values(), ids=GROWING)
def test_which_lines_grow_with_length(numpy, names: str, grows: bool):
    assert asked_of(lengths.AROUND, numpy, names) is grows


PLACES = {  # NumPy's side of a line, its inputs: whether numbers in no order are asked
    "the place of one": (np.argmax, "a", True),
    "the places of all": (np.argsort, "a", True),
    "the same in order": (np.sort, "a", True),
    "places among others": (np.searchsorted, "o v", True),
    "how many": (np.count_nonzero, "a", True),
    "a sum": (np.sum, "a", False),
    "a running sum": (np.cumsum, "a", False),
    "each by itself": (lambda a: a.astype(int), "a", False),
    "the same as they were": (lambda a: a.copy(), "a", False),
    "values between others": (lambda o, v: np.interp(v, o, v / 2), "o v", False),
    "what NumPy refuses": (lambda o, v: values.Raised(ValueError("no")), "o v", False),
}


@pytest.mark.parametrize(("numpy", "names", "asked"), PLACES.values(), ids=PLACES)
def test_what_is_asked_of_numbers_in_no_order(numpy, names: str, asked: bool):
    assert asked_of(lengths.DISTINCT, numpy, names) is asked


def test_of_matrices_and_of_many_points_all_is_asked_and_of_nothing_else():
    for label, own in ((lengths.MATRIX, {"q", "y"}), (lengths.COUNTED, {"n"})):
        assert lengths.grows(label, own, lambda given: 1) and not lengths.grows(label, {*own, "a"}, lambda given: 1)


def test_a_range_that_stands_still_is_found_at_its_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lengths, "COUNT", 5000)

    def kind(most: float) -> str:
        sides = (lambda given: np.linspace(0, 1, given["n"])), (lambda given: mx.minimum(mx.linspace(0, 1, given["n"]), most))
        return lengths.compared(lengths.COUNTED, {"n"}, *sides)["kind"]

    assert (kind(1), kind(0.9999)) == ("", "value")


def test_matrices_are_as_they_should_be():
    given = lengths.inputs(lengths.MATRIX, {"q", "p", "y"}, lengths.LENGTH)
    assert [given[name].shape for name in "qpy"] == [(200, 200), (200, 200), (200,)]
    assert np.linalg.cond(given["q"]) < 20 and np.array_equal(given["p"], given["p"].T) and np.linalg.eigvalsh(given["p"])[0] > 5


def test_whole_numbers_are_the_same_or_not():
    assert (
        lengths.apart(np.array([10**9]), np.array([10**9]), 1, 3e-5) == ""
        and lengths.apart(np.array([10**9]), np.array([10**9 + 1]), 1, 1) == "value"
    )


def test_one_number_over_and_over_tells_of_sums_alone():
    for label in ("10**6 times 0.1", "10**6 bool"):
        assert lengths.grows(label, {"a"}, lambda given: np.sum(given["a"]))
        assert not lengths.grows(label, {"a"}, lambda given: np.cumsum(given["a"]))


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lengths, "LENGTH", 500)


ANSWERS = {  # MLX's answer beside NumPy's mean: the kind of difference
    "the same": (mx.mean, ""),
    "nearly": (lambda a: mx.mean(a) * 1.00001, ""),
    "another value": (lambda a: mx.mean(a) * 1.1, "value"),
    "NaN": (lambda a: mx.mean(a) * float("nan"), "nan"),
    "infinity": (lambda a: mx.mean(a) * float("inf"), "overflow"),
    "another shape, as at any length": (lambda a: a, "refused"),
    "an error, as at any length": (lambda a: values.Raised(ValueError("no")), "refused"),
}


@pytest.mark.parametrize("label", [label for label, long in lengths.LONG.items() if "a" in long.names and label != lengths.DISTINCT])
@pytest.mark.parametrize(("mlx", "kind"), ANSWERS.values(), ids=ANSWERS)
def test_how_far_apart_long_answers_are(short, mlx, kind: str, label: str):
    assert lengths.compared(label, {"a"}, lambda given: np.mean(given["a"]), lambda given: mlx(given["a"]))["kind"] == kind


def test_what_has_no_finite_answer_tells_nothing_of_length(short):
    for numpy in (lambda given: np.mean(given["a"]) * np.float32(np.nan), lambda given: values.Raised(ValueError("no"))):
        assert lengths.compared(lengths.AROUND, {"a"}, numpy, lambda given: mx.mean(given["a"])) == {"kind": "refused"}


def test_a_long_answer_is_measured_by_the_largest_number_that_went_in_or_came_out():
    a = np.array([1e6, 0.0, -3.0])
    assert lengths.apart(a, a + np.array([0, 20.0, 0]), 1, 3e-5) == "" and lengths.apart(a, a + np.array([0, 50.0, 0]), 1, 3e-5) == "value"
    assert (
        lengths.apart(np.array([1e-17]), np.array([1e-7]), 0.1, 3e-5) == ""
        and lengths.apart(np.array([0.0]), np.array([1e-3]), 0.1, 3e-5) == "value"
    )


def test_long_numbers_lie_around_a_thousand_and_differ_by_about_one():
    long = {
        label: lengths.inputs(label, {"a"}, lengths.LENGTH)["a"].astype(np.float64)
        for label, one in lengths.LONG.items()
        if "a" in one.names
    }
    around = long[lengths.AROUND]
    assert round(around.mean()) == 1000 and round(around.std(), 2) == 1.0
    assert set(long["10**6 times 0.1"]) == {float(np.float32(0.1))} and set(long["10**6 bool"]) == {0, 1}
    assert [len(one) for one in long.values()] == [10**6, 10**6, 10**6, 10**6, 5000, 10**6]
