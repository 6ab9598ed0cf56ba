"""NumPy's answer against MLX's: each kind of difference, and beside it a pair that agrees."""

from __future__ import annotations

import mlx.core as mx
import numpy as np
import pytest

from mapping.run.agreement import Plain, difference
from mapping.run.terms import MANY
from mapping.worker import values

f32 = np.float32


def ulps(value: float, n: int, dtype: mx.Dtype, epsilon: float) -> mx.array:
    """A number n units in the last place above `value`, which must be 1."""
    return mx.array(value + n * epsilon).astype(dtype)


def raised(error: BaseException) -> values.Raised:
    return values.Raised(error)


PAIRS = [
    # 32-bit defaults agree, other dtypes do not
    (np.array([1]), mx.array([1]), None),
    (np.array([0.5]), mx.array([0.5]), None),
    (np.array([0.5j]), mx.array([0.5j]), None),
    (np.array([1], np.uint64), mx.array([1], mx.uint32), None),
    (np.array([1], np.int16), mx.array([1], mx.int16), None),
    (np.array([1]), mx.array([1], mx.uint32), "dtype"),
    (np.array([1], np.int16), mx.array([1], mx.int32), "dtype"),
    (np.array([1], np.int32), mx.array([1], mx.int64), "dtype"),
    (np.array([0.5], f32), mx.array([0.5], mx.float16), "dtype"),
    (np.array([0.5], np.float16), mx.array([0.5], mx.bfloat16), "dtype"),
    (np.array([True]), mx.array([1]), "dtype"),
    (np.array([1.0]), mx.array([1]), "dtype"),
    (np.array([1], np.uint64), mx.array([1], mx.int64), "dtype"),
    (np.array([2**64 - 1], np.uint64), mx.array([-1], mx.int64), "dtype"),
    (np.array([1j]), mx.array([1.0]), "dtype"),
    (np.array([1], np.uint64), mx.array([1], mx.int32), "dtype"),
    # shapes come first
    (np.array([1]), mx.array(1), "shape"),
    (np.array([[1, 2]]), mx.array([1, 2], mx.uint32), "shape"),
    (np.zeros((0, 2)), mx.zeros((0, 2)), None),
    (np.zeros((0, 2)), mx.zeros((2, 0)), "shape"),
    # special values
    (np.array([np.nan, 1]), mx.array([mx.nan, 1]), None),
    (np.array([np.nan, 1]), mx.array([0.0, 1]), "nan"),
    (np.array([0.0, 1]), mx.array([mx.nan, 1]), "nan"),
    (np.array([np.inf]), mx.array([mx.inf]), None),
    (np.array([1e39]), mx.array([mx.inf]), "overflow"),
    (np.array([np.inf]), mx.array([-mx.inf]), "value"),
    (np.array([-0.0]), mx.array([0.0]), None),
    (np.array([1.0]), mx.array([-mx.inf]), "overflow"),
    (np.array([np.inf]), mx.array([3.4e38]), "overflow"),
    (np.array([np.nan, np.inf]), mx.array([mx.inf, mx.nan]), "nan"),
    (np.array([np.nan, np.inf]), mx.array([mx.nan, 1.0]), "overflow"),
    (np.array([complex(np.nan, 1)]), mx.array([complex(1, 1)]), "nan"),
    (np.array([complex(np.inf, 1)]), mx.array([complex(np.inf, 1 + 2**-23)]), None),  # each part by itself
    (np.array([complex(np.inf, 1)]), mx.array([complex(np.inf, 2)]), "value"),
    (np.array([complex(np.inf, 1)]), mx.array([complex(-np.inf, 1)]), "value"),
    (np.array([complex(np.inf, 1)]), mx.array([complex(np.inf, -np.inf)]), "value"),
    (np.array([complex(1, np.inf)]), mx.array([complex(np.inf, 1)]), "value"),
    # integers
    (np.array([2**31]), mx.array([-(2**31)]), "overflow"),
    (np.array([300]), mx.array([44], mx.int32), "value"),
    (np.array([300], np.int16), mx.array([44], mx.int16), "value"),
    (np.array([2**40 + 5]), mx.array([5]), "overflow"),
    (np.array([2**63], np.uint64), mx.array(np.array([2**63], np.uint64)), None),
    (np.array([2**63], np.uint64), mx.array(np.array([2**63 + 1], np.uint64)), "value"),
    (np.array([2**63], np.uint64), mx.array([0], mx.uint32), "overflow"),
    (np.array([2**32, 7]), mx.array([0, 7]), "overflow"),
    (np.array([2**32, 7]), mx.array([0, 8]), "value"),
    (np.uint64(2**64 - 1), -1, "overflow"),
    (np.uint64(2**64 - 1), 2**64 - 1, None),
    (np.array([2**53 + 1]), mx.array(np.array([2**53])), "value"),
    (np.array([1, 2]), mx.array([1, 3]), "value"),
    (np.array([True, False]), mx.array([True, True]), "value"),
    # floats: 8 units in the last place of the coarser dtype
    (np.array(1.0), ulps(1, 8, mx.float32, 2**-23), None),
    (np.array(1.0), ulps(1, 9, mx.float32, 2**-23), "precision"),
    (np.array(1.0, np.float16), ulps(1, 8, mx.float16, 2**-10), None),
    (np.array(1.0, np.float16), ulps(1, 9, mx.float16, 2**-10), "precision"),
    (np.array(1 + 1j), mx.array(1 + (1 + 8 * 2**-23) * 1j), None),
    (np.array(1j), mx.array((1 + 8 * 2**-23) * 1j), None),
    (np.array(1j), mx.array((1 + 9 * 2**-23) * 1j), "precision"),
    (np.array(1.0), 1 + 8 * 2**-52, None),
    (np.array(1.0), 1 + 9 * 2**-52, "precision"),
    (np.array(1e-300), 2e-300, "value"),
    (np.array(2.0**-24, np.float16), mx.array(9 * 2.0**-24, mx.float16), None),
    (np.array(2.0**-24, np.float16), mx.array(10 * 2.0**-24, mx.float16), "value"),
    (np.array([1.0, 5.0]), mx.array([1.0001, 5.0]), "precision"),
    (np.array([1.0, 5.0]), mx.array([1.0001, 6.0]), "value"),
    (np.array(1.0), mx.array(1.02), "value"),
    (np.array(1e-30), mx.array(1.00001e-30), "precision"),
    (np.array(0.0), mx.array(1e-6), "value"),
    (np.array(1 + 1j), mx.array(1 + 1.000001j), None),
    (np.array(1 + 1j), mx.array(1 + 1.00001j), "precision"),
    # scalars and their containers
    (np.int64(3), mx.array(3), None),
    (np.int64(3), 3, None),
    (3, 3, None),
    (3, 3.0, "dtype"),
    (True, 1, "dtype"),
    (2**70, 2**70, None),
    (2**70, 2**70 + 1, "value"),
    ([1, 2], [1, 2], None),
    ((1, 2), [1, 2], None),
    ([1, 2], [1, 3], "value"),
    ([1, 2], [1], "shape"),
    ([[1]], [1], "shape"),
    ((np.array([1]), np.array([2])), (mx.array([1]), mx.array([2], mx.uint32)), "dtype"),
    ((np.array([1]), np.array([2])), (mx.array([5]), mx.array([2], mx.uint32)), "dtype"),
    ((2, 3), (2, 3), None),
    ([], [], None),
    (None, None, None),
    (None, 0, "value"),
    ((np.array([1]), [np.array([2.0])]), (mx.array([1]), [mx.array([2.0])]), None),
    ([np.array([1]), np.array([1.0])], [mx.array([1]), mx.array([mx.nan])], "nan"),
    ([np.array([1])], mx.array([1]), "shape"),
    (np.array(3), 3, None),
    (3, mx.array(3), None),
    (3, mx.array(4), "value"),
    (0.5, mx.array(0.5), None),
    (True, mx.array(True), None),
    (2**64, 2**64 + 2**64, "value"),
    (-(2**70), -(2**70), None),
    ("a", "a", None),
    ("a", "b", "value"),
    (np.dtype("int64"), mx.int32, None),
    (np.dtype("int64"), mx.uint32, "dtype"),
    (np.dtype("float32"), mx.float32, None),
    (np.dtype("float64"), mx.float32, None),
    (np.dtype("float32"), mx.float16, "dtype"),
    ([np.dtype("int64")], [mx.float32], "dtype"),
    (np.float32, "float32", "value"),
    ("dtype('int64')", mx.int32, "value"),
    (np.array([1]), "x", "value"),
    # exceptions
    (raised(IndexError("no")), mx.array(1), "unraised"),
    (raised(IndexError("no")), raised(ValueError("no")), None),
    (raised(IndexError("no")), raised(TypeError("f(): incompatible function arguments")), None),
    ([np.array(1)], raised(ValueError("no")), "error"),
    (np.array(1), raised(TypeError("f() got an unexpected keyword argument 'x'")), "parameters"),
    (np.array(1), raised(TypeError("f() missing 1 required positional argument: 'x'")), "parameters"),
    (np.array(1), raised(TypeError("f() takes 1 positional argument but 2 were given")), "parameters"),
    (np.array(1), raised(ValueError("no")), "error"),
    (np.array(1), raised(TypeError("no")), "error"),
    (np.array(1), raised(TypeError("f(): incompatible function arguments. The")), "parameters"),
    (np.array(1), raised(ValueError("f(): incompatible function arguments")), "error"),
]


@pytest.mark.parametrize(("numpy", "mlx", "kind"), PAIRS)
def test_kind_of_difference(numpy, mlx, kind: str | None):
    assert difference(values.freeze(numpy), values.freeze(mlx)) == kind


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (mx.sum, "parameters"),
        (lambda: mx.sum(mx.array([1]), nothing=1), "parameters"),
        (lambda: mx.array([1]).sum(1, 2, 3, 4), "parameters"),
        (lambda: mx.array([1]).T(), "error"),
        (lambda: mx.array([1]).reshape(2), "error"),
    ],
)
def test_live_refusals(call, kind: str):
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert difference(values.freeze(np.array(1)), raised(error.value)) == kind


def test_bfloat16_is_compared_in_its_own_precision():
    numpy = Plain("bfloat16", [1], [1.0])
    assert difference(numpy, values.freeze(mx.array([1 + 8 * 2**-7], mx.bfloat16))) is None
    assert difference(numpy, values.freeze(mx.array([1 + 9 * 2**-7], mx.bfloat16))) == "value"


def test_an_example_may_set_a_wider_tolerance():
    numpy, mlx = values.freeze(np.array(1.0)), values.freeze(ulps(1, 60, mx.float32, 2**-23))
    assert difference(numpy, mlx, ulp=64) is None
    assert difference(numpy, mlx, ulp=32) == "precision"


def test_an_answer_is_frozen():
    x = mx.array([1, 2])
    n = np.array([1, 2])
    frozen = values.freeze(x), values.freeze(n)
    x[0], n[0] = 9, 9
    assert [plain.values for plain in frozen] == [[1, 2], [1, 2]]


def draws(seed: int, spread: float = 1.0, centre: float = 0.0, size: int = 4000):
    return values.freeze(np.random.default_rng(seed).normal(centre, spread, size).astype(f32))


@pytest.mark.parametrize(("spread", "centre", "kind"), [(1.0, 0.0, None), (1.5, 0.0, "value"), (1.0, 0.3, "value")])
def test_distributions_are_compared_by_place_and_width(spread: float, centre: float, kind: str | None):
    assert difference(draws(1), draws(2, spread, centre), "distribution") == kind


def test_a_distribution_has_shape_and_dtype_too():
    assert difference(draws(1), draws(2, size=3999), "distribution") == "shape"
    assert difference(values.freeze(np.ones(9, np.int16)), values.freeze(mx.ones(9)), "shape-dtype") == "dtype"
    assert difference(values.freeze(np.zeros(9)), values.freeze(mx.ones(9)), "shape-dtype") is None
    assert difference(values.freeze(np.zeros(9)), values.freeze(mx.ones(8)), "shape-dtype") == "shape"
    assert difference([draws(1), draws(1)], [draws(2), draws(2, 1.5)], "distribution") == "value"


@pytest.mark.parametrize(("numpy", "mlx", "kind"), [(1.0, 1.0, None), (1.0, 2.0, "value"), (1.0, np.nan, "value")])
def test_constant_draws_are_compared_exactly(numpy: float, mlx: float, kind: str | None):
    frozen = [values.freeze(np.full(MANY, value, f32)) for value in (numpy, mlx)]
    assert difference(*frozen, "distribution") == kind


def test_draws_lie_between_the_same_bounds():
    rng = np.random.default_rng(0)
    numpy, mlx = rng.normal(size=4000).astype(f32), rng.normal(size=4000).astype(f32)
    mlx[0] = 10
    assert difference(values.freeze(numpy), values.freeze(mlx), "distribution") == "value"
