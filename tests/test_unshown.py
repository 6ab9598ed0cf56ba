"""What sentences say that nothing beside them shows: mostly of entries that stay with NumPy, which have no examples."""

from __future__ import annotations

import tomllib

import pytest

from mapping.facts import sentences
from mapping.run import blocks
from mapping.run.pool import Pool

from .conftest import ROOT

RUNS = {
    "numpy.ndarray.__delitem__": """
>>> del np.array([1, 2])[0]
Traceback (most recent call last):
    ...
ValueError: cannot delete array elements
>>> a = mx.array([1, 2])
>>> try:
...     del a[0]
... except AttributeError:
...     print("AttributeError")
AttributeError
""",
    "numpy.ndarray.__array_function__": """
>>> type(np.concatenate([mx.array([1]), mx.array([2])]))
<class 'numpy.ndarray'>
>>> np.sum(mx.array([1, 2]))
Traceback (most recent call last):
    ...
TypeError: sum(): incompatible function arguments. ...
""",
    "numpy.void": """
>>> mx.save("half.npy", mx.array([1.0], mx.bfloat16))
>>> np.load("half.npy").dtype.type
<class 'numpy.void'>
""",
    "numpy.linalg.LinAlgError": """
>>> mx.linalg.inv(mx.ones((2, 3)), stream=mx.cpu)
Traceback (most recent call last):
    ...
ValueError: [linalg::inv] Inverses are only defined for square matrices.
>>> mx.linalg.inv(mx.ones((2, 2), mx.int32), stream=mx.cpu)
Traceback (most recent call last):
    ...
ValueError: [linalg::inv] Arrays must have type float32 or float64. Received array with type int32.
>>> a = mx.linalg.inv(mx.ones((2, 2)), stream=mx.cpu)
>>> mx.eval(a)
Traceback (most recent call last):
    ...
RuntimeError: [Inverse::eval_cpu] LU factorization failed with error code 2
""",
    "numpy.array2string": """
>>> np.array2string(mx.array([1, 2]))
'[1 2]'
>>> np.array2string(mx.array([1, 2], mx.bfloat16))
Traceback (most recent call last):
    ...
ValueError: 'bfloat16' is not a valid PEP 3118 buffer format string
""",
    "numpy.array_repr": """
>>> np.array_repr(mx.array([1]))
Traceback (most recent call last):
    ...
TypeError: ...
""",
    "numpy.isnat": """
>>> nat = np.array(["NaT"], "datetime64[D]").view(np.int64)
>>> nat == np.iinfo(np.int64).min
array([ True])
>>> f"{mx.array(nat).astype(mx.float32).item():.2g}"
'-9.2e+18'
""",
    "numpy.datetime64": """
>>> d = np.array(["2000-01-02"], "datetime64[D]")
>>> mx.array(d)
Traceback (most recent call last):
    ...
RuntimeError: ...
>>> mx.array(d.astype("datetime64[D]").view(np.int64))
array([10958], dtype=int64)
>>> import subprocess, sys
>>> code = "import mlx.core as mx, numpy as np; mx.array(np.{}).tolist()"
>>> for one in ("datetime64('2000-01-02')", "timedelta64(1, 's')"):
...     subprocess.run([sys.executable, "-c", code.format(one)], capture_output=True).returncode < 0
True
True
""",
    "numpy.testing": """
>>> a, b = mx.array([0.1], mx.float32) * 10 - 0.9, np.array([0.1]) * 10 - 0.9
>>> np.testing.assert_allclose(a, b, rtol=1e-5)
>>> try:
...     np.testing.assert_allclose(a, b)
... except AssertionError:
...     print("not within the default")
not within the default
>>> try:
...     np.testing.assert_allclose(a.astype(mx.bfloat16), b, rtol=1)
... except ValueError:
...     print("not bfloat16")
not bfloat16
""",
    "numpy.array_str": """
>>> print(np.array_str(mx.array([1.5, 2.5])))
[1.5 2.5]
>>> def raised(a):
...     try:
...         return np.array_str(a)
...     except (TypeError, ValueError) as error:
...         return type(error).__name__
>>> raised(mx.array(1.5)), raised(mx.array([1.5], mx.bfloat16))
('TypeError', 'ValueError')
""",
    "numpy.savetxt": """
>>> import io
>>> file = io.StringIO()
>>> np.savetxt(file, mx.array([1.5, 2.5]), fmt="%.1f")
>>> file.getvalue().split()
['1.5', '2.5']
>>> np.savetxt(file, mx.array([1.5], mx.bfloat16))
Traceback (most recent call last):
    ...
ValueError: ...
""",
    "numpy.emath": """
>>> a = mx.array([-4.0])
>>> mx.isnan(mx.sqrt(a)).item(), mx.sqrt(a.astype(mx.complex64))
(True, array([0+2j], dtype=complex64))
""",
    "numpy.exceptions": """
>>> [name for name in dir(mx) if name.endswith(("Error", "Exception", "Warning"))]
[]
>>> def raised(call):
...     try:
...         call()
...     except Exception as error:
...         return type(error).__name__
>>> raised(lambda: mx.zeros((2,)) + mx.zeros((3,))), raised(lambda: mx.sum("a"))
('ValueError', 'TypeError')
>>> raised(lambda: mx.swapaxes(mx.zeros((2, 2)), 0, 5)), raised(lambda: mx.eval(mx.linalg.inv(mx.ones((2, 2)), stream=mx.cpu)))
('IndexError', 'RuntimeError')
""",
    "numpy.recarray": """
>>> x = np.rec.array([(1.5, 2)], dtype=[("price", "f4"), ("count", "i4")])
>>> mx.array(x.price)
array([1.5], dtype=float32)
>>> mx.array(x)
Traceback (most recent call last):
    ...
RuntimeError: ...
""",
}


@pytest.mark.parametrize("name", RUNS)
def test_what_an_entry_without_examples_says(pool: Pool, name: str):
    text = RUNS[name].strip()
    record = pool.run(blocks.Ledger([blocks.Scope(name, [blocks.Block("p", "p.md", 1, text, "pycon", id=name)])]))
    assert record.failures == [] and record.passed == [name]


def test_what_runs_here_holds_what_each_sentence_says():
    listed = tomllib.loads((ROOT / "mapping/dataset/unshown.toml").read_text(encoding="utf-8"))["sentence"]
    own = [one for one in listed if one["place"] in RUNS]
    assert {one["place"] for one in own} == {*RUNS}
    for one in own:
        assert [*sentences.unshown(one["text"], sentences.shown(RUNS[one["place"]]))] == [], one["place"]
