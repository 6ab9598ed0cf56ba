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
