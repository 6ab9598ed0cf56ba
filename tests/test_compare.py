"""Printed output against expected output: a table of pairs that agree and pairs that do not."""

from __future__ import annotations

import pytest

from mapping import compare

T = "Traceback (most recent call last):\n    ...\n"
AGREE = [
    ("1", "1"),
    ("array([1, 2], dtype=int32)", "array([1, 2], dtype=int32)\n"),
    ("array([1, 2])  \n", "array([1, 2])"),
    ("a\n\nb", "a\n\nb\n"),
    ("array([nan, inf, -inf], dtype=float32)", "array([nan, inf, -inf], dtype=float32)"),
    ("np.float64(0.8414709848078965)", "np.float64(0.8414709848078966)"),
    ("[0.30000000000000004]", "[0.30000000000000004]"),
    (T + "ValueError: no", T + "ValueError: no"),
    ("Traceback (most recent call last):\nValueError: no", T + "ValueError: no"),
    (T + "TypeError: sum(): incompatible function arguments. ...", T + "TypeError: sum(): incompatible function arguments. The following\n  1. sum(a)"),
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
    ("[1. 2.]", "[1.  2.]"),
    ("0.30000000000000004", "0.3"),
    ("1.00000", "1.000000"),
    ("0.12345678901234", "0.12345678901235"),
    ("(0.8414709848078965+0.1j)", "(0.8414709848078965+0.1)"),
    ("'a'", "'b'"),
    ("(2, 3)", "(3, 2)"),
    ("a\nb", "a b"),
    ("array([1,  2])", "array([1, 2])"),
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
CLOSE = [  # off the reference, floats may differ by the rounding of their dtype
    ("array([0.841471], dtype=float32)", "array([0.841472], dtype=float32)"),
    ("array([1, 2.5], dtype=float32)", "array([1, 2.50001], dtype=float32)"),
    ("array([1, 1e-09], dtype=float32)", "array([1, -3e-08], dtype=float32)"),
    ("array([0.333252], dtype=float16)", "array([0.333496], dtype=float16)"),
    ("np.float64(0.8414709848078965)", "np.float64(0.8414709848079)"),
    ("array([1, 2], dtype=float32)", "array([1,\n       2], dtype=float32)"),
    ("array([-0, 1.5], dtype=float32)", "array([0, 1.5], dtype=float32)"),
    ("array([0.5+1j], dtype=complex64)", "array([0.500001+1j], dtype=complex64)"),
    ("(array([3], dtype=int32), array([1.5], dtype=float32))", "(array([3], dtype=int32), array([1.500001], dtype=float32))"),
    ("array([0.1, ..., 1], shape=(1000,), dtype=float32)", "array([0.100001, ..., 1], shape=(1000,), dtype=float32)"),
    ("array([0.3333, ..., 1.], shape=(1001,), dtype=float16)", "array([0.3335, ..., 1.], shape=(1001,), dtype=float16)"),
    ("[1.5 2. ]", "[1.5       2.0000001]"),
    ("[1.5 nan inf 2.5]", "[1.5000001       nan       inf 2.5      ]"),
    ("[[0.3333333]\n [1.       ]]", "[[0.33333334]\n [1.        ]]"),
    ("(2, 0.3333333)", "(2, 0.33333334)"),
]
FAR = [
    ("array([0.841471], dtype=float32)", "array([0.8416], dtype=float32)"),
    ("array([0.841471], dtype=float32)", "array([0.841471], dtype=float16)"),
    ("array([1, 2], dtype=int32)", "array([1, 3], dtype=int32)"),
    ("array([1, 2], dtype=float32)", "array([[1, 2]], dtype=float32)"),
    ("array([1, 2], dtype=float32)", "array([1, nan], dtype=float32)"),
    ("array([1.5, 2], dtype=float32)", "array([1.5], dtype=float32)"),
    ("(1, 2)", "(1, 3)"),
    ("True", "False"),
    ("1j", "1"),
    ("False", "0"),
    ("'a b'", "'ab'"),
    ("float", "floats"),
    ("array([1.5, nan], dtype=float32)", "array([1.5, inf], dtype=float32)"),
    ("array([1.5, inf], dtype=float32)", "array([1.5, -inf], dtype=float32)"),
    ("array([1.5], dtype=float32)", "array([-1.5], dtype=float32)"),
    ("array([1.5], dtype=float32)", "array([1.5])"),
    ("array([1.5], dtype=float32)", "1.5"),
    ("array([1.5, 2.5], dtype=float32)", "array([1.5, 2.5, 3.5], dtype=float32)"),
    ("array([1.5, ..., 9], shape=(1000,), dtype=float32)", "array([1.5, ..., 9], shape=(1001,), dtype=float32)"),
    ("array([1e+08, ..., 9], shape=(1000,), dtype=float32)", "array([1e+08, ..., 9], shape=(1001,), dtype=float32)"),
    ("(array([1e+08], dtype=float32), array([3], dtype=int32))", "(array([1e+08], dtype=float32), array([4], dtype=int32))"),
    ("(array([1e+08], dtype=float32), array([0.5], dtype=float32))", "(array([1e+08], dtype=float32), array([0.75], dtype=float32))"),
    ("array([16777216, 1], dtype=int32)", "array([16777217, 1], dtype=int32)"),
    ("array([True, 1e+08])", "array([False, 1e+08])"),
    ("array(1e+08, dtype=float32)\n5", "array(1e+08, dtype=float32)\n6"),
    ("(1000000.5, 3)", "(1000000.5, 4)"),
    ("np.int64(3)", "np.int64(4)"),
    ("array([0.1], dtype=float64)", "array([0.10001], dtype=float64)"),
    ("array([0.5], dtype=float32)", "array([0.6], dtype=float32)"),
    ("array([1.5, 2], dtype=float32)", "array([1.5, 3], dtype=float32)"),
    ("array(1e+08, dtype=float32)", "array(2e+08, dtype=float32)"),
    ("array([2., 3.])", "array([3., 3.])"),
    ("np.float64(0.1)", "np.float64(0.2)"),
    (T + "ValueError: no", T + "TypeError: no"),
    (T + "ValueError: 1.5", T + "ValueError: 1.500001"),
    (T + "ValueError: no", "1.5"),
    (T + "ValueError: no 1", T + "ValueError: no 2"),
]


@pytest.mark.parametrize(("want", "got"), AGREE)
def test_agrees(want: str, got: str):
    assert compare.output(want, got) is None
    assert compare.output(want, got, strict=False) is None


@pytest.mark.parametrize(("want", "got"), DIFFER)
def test_differs(want: str, got: str):
    assert compare.output(want, got)


@pytest.mark.parametrize(("want", "got"), CLOSE)
def test_close_agrees_off_the_reference_alone(want: str, got: str):
    assert compare.output(want, got)
    assert compare.output(want, got, strict=False) is None


@pytest.mark.parametrize(("want", "got"), FAR)
def test_far_differs_everywhere(want: str, got: str):
    assert compare.output(want, got)
    assert compare.output(want, got, strict=False)
