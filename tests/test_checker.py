"""Printed output against expected output: a table of pairs that pass and pairs that must not, the nearest false neighbours among them."""

from __future__ import annotations

import numpy as np
import pytest

from mapping.run import checker

T = "Traceback (most recent call last):\n    ...\n"
PASS = [
    ("1", "1"),
    ("array([1, 2], dtype=int32)", "array([1, 2], dtype=int32)\n"),
    ("array([1, 2])  \n", "array([1, 2])"),
    ("a\n\nb", "a\n\nb\n"),
    ("array([nan, inf, -inf], dtype=float32)", "array([nan, inf, -inf], dtype=float32)"),
    ("np.float64(0.8414709848078965)", "np.float64(0.8414709848078966)"),
    ("[0.30000000000000004]", "[0.30000000000000004]"),
    (T + "ValueError: no", T + "ValueError: no"),
    ("Traceback (most recent call last):\nValueError: no", T + "ValueError: no"),
    (
        T + "TypeError: sum(): incompatible function arguments. ...",
        T + "TypeError: sum(): incompatible function arguments. The following\n  1. sum(a)",
    ),
    (T + "IndexError: index (...) is out", T + "IndexError: index (5) is out"),
    ("[ 1.   2.25]", "[ 1.   2.25]"),
    ("array([1, -0, 2.5], dtype=float32)", "array([1, -0, 2.5], dtype=float32)"),
    ("array([0, 1, 2, ..., 97, 98, 99], dtype=int32)", "array([0, 1, 2, ..., 97, 98, 99], dtype=int32)"),
    ("array([0, 1, 2, ..., 997, 998, 999], shape=(1000,))", "array([0, 1, 2, ..., 997, 998, 999], shape=(1000,))"),
    ("array([0.8414709848078965, 1.])", "array([0.8414709848078966, 1.])"),
    ("(0.8414709848078965+0.1j)", "(0.8414709848078966+0.1j)"),
    (T + "TypeError: ... and ...", T + "TypeError: one thing and another"),
    (T + "KeyError", T + "KeyError"),
    (T + "AttributeError: 'ArrayAt' object has no attribute 'set'", T + "AttributeError: 'mlx.core.ArrayAt' object has no attribute 'set'"),
    (T + "TypeError: divmod(): 'array' and 'int'", T + "TypeError: divmod(): 'mlx.core.array' and 'int'"),
    (T + "numpy.linalg.LinAlgError: Singular matrix", T + "numpy.linalg.LinAlgError: Singular matrix"),
]
DIFFER = [
    ("1", "2"),
    ("1", "-1"),
    ("1", "1.0"),
    ("1.0", "1"),
    ("1.", "1.0"),
    ("1", ""),
    ("", "1"),
    ("True", "False"),
    ("True", "1"),
    ("nan", "inf"),
    ("inf", "-inf"),
    ("0", "-0"),
    ("0.841471", "0.841472"),
    ("'0.3'", "'0.30000000000000004'"),
    ("'1.50'", "'1.5'"),
    ("0.8414", "0.841471"),
    ("1e-05", "1e-06"),
    ("np.float64(0.8414709848078965)", "np.float64(0.8414709848078995)"),
    ("9007199254740993", "9007199254740992"),
    ("12345678901234567", "12345678901234568"),
    ("1+2j", "1-2j"),
    ("1j", "1"),
    ("array([1, 2], dtype=int32)", "array([1, 2], dtype=int64)"),
    ("array([1, 2], dtype=int32)", "array([1, 2])"),
    ("array([1, 2], dtype=int32)", "array([[1, 2]], dtype=int32)"),
    ("array([1, 2], dtype=int32)", "array([1, 2, 3], dtype=int32)"),
    ("array([1, 2, 3], dtype=int32)", "array([1, 2], dtype=int32)"),
    ("array([0, ..., 9], dtype=int32)", "array([0, 1, 9], dtype=int32)"),
    ("array([...])", "array([1])"),
    ("...", "anything"),
    ("array([0, ..., 9], dtype=int32)", "array([0, ..., 8], dtype=int32)"),
    ("array([0, ..., 9], shape=(10,))", "array([0, ..., 9], shape=(11,))"),
    ("array([1, 2.5], dtype=float32)", "array([1., 2.5], dtype=float32)"),
    ("array([-0], dtype=float32)", "array([0], dtype=float32)"),
    ("array([-nan], dtype=float32)", "array([nan], dtype=float32)"),
    ("1.00000", "1.000000"),
    ("[1.5]", "[1.50]"),
    ("0.12345678901234", "0.12345678901235"),
    ("(0.8414709848078965+0.1j)", "(0.8414709848078965+0.1)"),
    ("'a'", "'b'"),
    ("(2, 3)", "(3, 2)"),
    ("a\nb", "a b"),
    ("a  b", "a b"),
    ("['a  b']", "['a b']"),
    ("[1 2]", "[12]"),
    ("[1 -2]", "[1-2]"),
    ("x y z", "x y"),
    (T + "ValueError: no", "1"),
    ("1", T + "ValueError: no"),
    (T + "ValueError: no", T + "TypeError: no"),
    (T + "ValueError: no", T + "ValueError: yes"),
    (T + "ValueError: no", T + "ValueError: no, never"),
    (T + "ValueError: no ...", T + "ValueError: yes"),
    (T + "ValueError: no...", T + "ValueError: no, never"),
    (T + "ValueError: [...]", T + "ValueError: [1]"),
    (T + "ValueError: a.b", T + "ValueError: axb"),
    (T + "ValueError: no", T + "ValueError: no\nand no"),
    (T + "ValueError: no", "1\n" + T + "ValueError: no"),
    (T + "ValueError", T + "ValueError: no"),
    (T + "...", T + "ValueError: no"),
    (T + "...Error: no", T + "ValueError: no"),
    (T + "Value...", T + "ValueError: no"),
    (T + "LinAlgError: Singular matrix", T + "numpy.linalg.LinAlgError: Singular matrix"),
    (T + "AttributeError: 'mlx.core.array' object", T + "AttributeError: 'mlx.core.Dtype' object"),
]
WRAPPED = [  # how an array is padded and wrapped is no fact
    ("[1. 2.]", "[1.  2.]"),
    ("array([1,  2])", "array([1, 2])"),
    ("array([1, 2], dtype=float32)", "array([1,\n       2], dtype=float32)"),
    ("array([[1, 2],\n       [3, 4]])", "array([[ 1,  2],\n       [ 3,  4]])"),
    ("array([ 2.+0.j])", "array([2.+0.j])"),
    ("array([ 2.  +0.j ,  1.25+0.5j])", "array([2.+0.j, 1.25+0.5j])"),
    ("[1.e+00+0.e+00j   nan+2.e+10j]", "[1.e+00+0.e+00j nan   +2.e+10j]"),
    ("array([1.00e+00, 1.25e+30])", "array([1.0e+00, 1.25e+30])"),
]
NOISE = [  # a few units in the last place of their dtype, seen on other machines or as near to that as can be
    ("array([-2.       ,  2.9999998], dtype=float32)", "array([-2.,  3.], dtype=float32)"),
    ("array([ 0.46364763, -2.6779451 ], dtype=float32)", "array([ 0.4636476, -2.6779451], dtype=float32)"),
    (
        "array([1.5430807e+00, 1.0067661e+01, 2.7703112e+34], dtype=float32)",
        "array([1.5430806e+00, 1.0067662e+01, 2.7703112e+34], dtype=float32)",
    ),
    ("array([ 0.4621172, -0.9640276,  1.       ], dtype=float32)", "array([ 0.46211717, -0.9640276 ,  1.        ], dtype=float32)"),
    ("array([1., 0.], dtype=float32)", "array([0.99999994, 0.        ], dtype=float32)"),
    ("array([1., 0.], dtype=float32)", "array([1.0000005, 0.       ], dtype=float32)"),
    ("np.float32(0.33333334)", "np.float32(0.3333333)"),
    ("np.float64(0.8414709848078965)", "np.float64(0.8414709848078969)"),
    ("0.30000000000000004", "0.3"),
    ("(2, 0.30000000000000004)", "(2, 0.3)"),
    ("[0.1 nan inf 0.30000000000000004]", "[0.1 nan inf 0.3]"),
    ("array([0.841471], dtype=float32)", "array([0.841472], dtype=float32)"),
    ("array([1, 2.5], dtype=float32)", "array([1, 2.50001], dtype=float32)"),
    ("array([1, 3], dtype=float32)", "array([1, 3.00001], dtype=float32)"),
    ("array([0.5+1j], dtype=complex64)", "array([0.500001+1j], dtype=complex64)"),
    ("array([0.4636476+1.j], dtype=complex64)", "array([0.46364763+1.j        ], dtype=complex64)"),
    ("array([1e+08, 1], dtype=float32)", "array([1.00001e+08, 1], dtype=float32)"),
    ("(array([3], dtype=int32), array([1.5], dtype=float32))", "(array([3], dtype=int32), array([1.50001], dtype=float32))"),
    ("array([0.1, ..., 1], shape=(1000,), dtype=float32)", "array([0.100001, ..., 1], shape=(1000,), dtype=float32)"),
]
FALSE = [  # their nearest neighbours
    ("array([2.8e-45, 1.], dtype=float32)", "array([4.2e-45, 1.], dtype=float32)"),
    ("1.2e+4932", "1.3e+4932"),
    ("array([ 0.46364763, -2.6779451 ], dtype=float32)", "array([ 0.46365763, -2.6779451 ], dtype=float32)"),
    ("array([ 0.46364763, -2.6779451 ], dtype=float32)", "array([ 0.46364863, -2.6779451 ], dtype=float32)"),
    ("array([ 0.46364763, -2.6779451 ], dtype=float32)", "array([ 0.46364763,  2.6779451 ], dtype=float32)"),
    ("array([ 0.46364763, -2.6779451 ], dtype=float32)", "array([ 0.46364763, -2.6779451 ], dtype=complex64)"),
    ("array([ 0.46364763, -2.6779451 ], dtype=float32)", "array([ 0.46364763, -2.6779451 ])"),
    ("array([ 0.46364763, -2.5], dtype=float32)", "array([ 0.46364763, -2.50001], dtype=float32)"),
    ("array([-2.       ,  2.9999998], dtype=float32)", "array([-2.,  4.], dtype=float32)"),
    ("array([-2.       ,  2.9999998], dtype=float32)", "array([-2.,  3.], dtype=float16)"),
    ("array([-2.       ,  2.9999998], dtype=float32)", "array([-2.,  3.])"),
    ("array([-2.       ,  2.9999998])", "array([-2.,  3.])"),
    ("array([-2.       ,  2.9999998], dtype=float32)", "array([[-2.,  3.]], dtype=float32)"),
    (
        "array([1.5430807e+00, 1.0067661e+01, 2.7703112e+34], dtype=float32)",
        "array([1.5430807e+00, 1.0067661e+01, 2.7703112e+33], dtype=float32)",
    ),
    (
        "array([1.5430807e+00, 1.0067661e+01, 2.7703112e+34], dtype=float32)",
        "array([1.5430887e+00, 1.0067661e+01, 2.7703112e+34], dtype=float32)",
    ),
    ("array([1., 0.], dtype=float32)", "array([1.e+00, 1.e-08], dtype=float32)"),
    ("array([1, 0], dtype=float32)", "array([1, 1e-08], dtype=float32)"),
    ("array([1., 0.], dtype=float32)", "array([ 1., -0.], dtype=float32)"),
    ("array([1, 0], dtype=float32)", "array([1, -0], dtype=float32)"),
    ("array([1., 0.], dtype=float32)", "array([1.000001, 0.      ], dtype=float32)"),
    ("array([1., 0.], dtype=float32)", "array([1, 0], dtype=float32)"),
    ("array([1e-08, 1], dtype=float32)", "array([-1e-08, 1], dtype=float32)"),
    ("array([-0, 1.5], dtype=float32)", "array([0, 1.5], dtype=float32)"),
    ("array([ 2.+0.j])", "array([ 2.-0.j])"),
    ("array([ 2.+0.j], dtype=complex64)", "array([-2.+0.j], dtype=complex64)"),
    ("array([2.+1.j])", "array([2.+2.j])"),
    ("array([2.  , 1.25+0.5j])", "array([2.+0.j, 1.25+0.5j])"),
    ("array([16777216.,        1.5], dtype=float32)", "array([16777226.,        1.5], dtype=float32)"),
    ("array([123456, 1.5], dtype=float32)", "array([123458, 1.5], dtype=float32)"),
    ("array([12345, 1.5], dtype=float32)", "array([12346, 1.5], dtype=float32)"),
    ("array([3, 1.5], dtype=float32)", "array([4, 1.5], dtype=float32)"),
    ("array([0.841471], dtype=float32)", "array([0.841473], dtype=float32)"),
    ("array([0.841471], dtype=float32)", "array([0.84148], dtype=float32)"),
    ("array([0.841471], dtype=float32)", "array([0.841471], dtype=float16)"),
    ("array([0.333252], dtype=float16)", "array([0.333496], dtype=float16)"),
    ("array([0.3333, ..., 1.], shape=(1001,), dtype=float16)", "array([0.3335, ..., 1.], shape=(1001,), dtype=float16)"),
    ("array([0.5, 1], dtype=bfloat16)", "array([0.503906, 1], dtype=bfloat16)"),
    ("array([0.5, 1], dtype=bfloat16)", "array([0.500001, 1], dtype=bfloat16)"),
    ("np.float32(2.5)", "np.float32(2.50001)"),
    ("np.float32(0.33333334)", "np.float64(0.33333334)"),
    ("np.float64(0.8414709848078965)", "np.float64(0.84147098480790)"),
    ("array([0.33333334])", "array([0.3333333])"),
    ("[1.5       2.0000001]", "[1.5 2. ]"),
    ("array([1, 2], dtype=int32)", "array([1, 3], dtype=int32)"),
    ("array([1000001, 2], dtype=int64)", "array([1000002, 2], dtype=int64)"),
    ("array([16777216, 1], dtype=int32)", "array([16777217, 1], dtype=int32)"),
    ("array([1, 2], dtype=float32)", "array([1, nan], dtype=float32)"),
    ("array([3.40282e+38], dtype=float32)", "array([inf], dtype=float32)"),
    ("array([1e+400, 1], dtype=float32)", "array([3.40282e+38, 1], dtype=float32)"),
    ("array([1.5, nan], dtype=float32)", "array([1.5, inf], dtype=float32)"),
    ("array([1.5, inf], dtype=float32)", "array([1.5, -inf], dtype=float32)"),
    ("array([1.5], dtype=float32)", "array([-1.5], dtype=float32)"),
    ("array([1.5], dtype=float32)", "1.5"),
    ("array([1.5, 2.5], dtype=float32)", "array([1.5, 2.5, 3.5], dtype=float32)"),
    ("array([1.5, 2.5], dtype=float32)", "array([1.5], dtype=float32)"),
    ("array([1.5, ..., 9], shape=(1000,), dtype=float32)", "array([1.5, ..., 9], shape=(1001,), dtype=float32)"),
    ("array([1e+08, ..., 9], shape=(1000,), dtype=float32)", "array([1e+08, ..., 9], shape=(1001,), dtype=float32)"),
    ("(array([1e+08], dtype=float32), array([3], dtype=int32))", "(array([1e+08], dtype=float32), array([4], dtype=int32))"),
    ("(array([1e+08], dtype=float32), array([0.5], dtype=float32))", "(array([1e+08], dtype=float32), array([0.75], dtype=float32))"),
    ("array([True, 1e+08])", "array([False, 1e+08])"),
    ("array(1e+08, dtype=float32)\n5", "array(1e+08, dtype=float32)\n6"),
    ("array(1e+08, dtype=float32)", "array(2e+08, dtype=float32)"),
    ("(1000000.5, 3)", "(1000000.5, 4)"),
    ("np.int64(3)", "np.int64(4)"),
    ("array([0.1], dtype=float64)", "array([0.10001], dtype=float64)"),
    ("array([2., 3.])", "array([3., 3.])"),
    ("(1, 2)", "(1, 3)"),
    ("False", "0"),
    ("'a b'", "'ab'"),
    ("float", "floats"),
    (T + "ValueError: 1.5", T + "ValueError: 1.5000000000000002"),
    (T + "ValueError: no", "1.5"),
    (T + "ValueError: no 1", T + "ValueError: no 2"),
]
SAID = [  # a failure by rounding says by how much, so that a contributor knows that it is not theirs
    (
        "array([0.46364763], dtype=float32)",
        "array([0.46364863], dtype=float32)",
        "a number differs by 34 units in the last place of float32: 0.46364763, not 0.46364863",
    ),
    (
        "np.float64(0.8414709848078965)",
        "np.float64(0.8414709848078995)",
        "a number differs by 27 units in the last place of float64: 0.8414709848078965, not 0.8414709848078995",
    ),
    ("0.3", "0.3000000000000006", "a number differs by 11 units in the last place of float64: 0.3, not 0.3000000000000006"),
    (
        "array([0.5, 1], dtype=float16)",
        "array([0.500488, 1], dtype=float16)",
        "a number differs by 1 units in the last place of float16: 0.5, not 0.500488",
    ),
    ("array([1, 0], dtype=float32)", "array([1, 1e-08], dtype=float32)", "a number differs: 0, not 1e-08"),
    ("array([1, 2])", "array([1, 3])", "an integer differs"),
    ("[1. 2.]", "[1. x]", "the output differs"),
]


@pytest.mark.parametrize(("want", "got"), PASS + WRAPPED)
def test_passes_and_shows_the_same_digits(want: str, got: str):
    assert checker.output(want, got) is None


@pytest.mark.parametrize(("want", "got"), WRAPPED[:-1])
def test_padding_is_no_noise(want: str, got: str):
    assert not checker.noise(want, got)


@pytest.mark.parametrize(("want", "got"), NOISE)
def test_noise_passes_either_way_and_is_told(want: str, got: str):
    for one, other in ((want, got), (got, want)):
        assert checker.output(one, other) is None
        assert checker.noise(one, other)
    assert not checker.noise(want, want)


@pytest.mark.parametrize(("want", "got"), DIFFER)
def test_differs(want: str, got: str):
    assert checker.output(want, got)


@pytest.mark.parametrize(("want", "got"), FALSE)
def test_what_is_nearly_noise_differs_either_way(want: str, got: str):
    assert checker.output(want, got)
    assert checker.output(got, want)


@pytest.mark.parametrize(("want", "got", "said"), SAID)
def test_what_is_wrong_is_said(want: str, got: str, said: str):
    assert checker.output(want, got) == said


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_bound_is_where_it_is_said_to_be(dtype: str):
    for number in (1.0, 1.7, 3.14159274101257, 1e-30, 6.02e23):
        start, unit = np.dtype(dtype).type(number), checker.unit(number, dtype)
        shown = [f"np.{dtype}({float(start) + steps * unit!r})" for steps in range(7)]
        assert [checker.output(shown[0], one) is None for one in shown] == [True] * 5 + [False] * 2


def test_an_error_is_never_noise():
    assert not checker.noise(T + "ValueError: no 1.5", T + "ValueError: no 2.5")
