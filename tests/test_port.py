"""Sources that use NumPy are read without being run: each use is told as its entry and its call have it, or as not understood."""

from __future__ import annotations

import ast
import inspect
import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from mapping.port import cautions, command, fix, reader, report
from mapping.port.known import Known
from mapping.port.model import PORTS, Report, Use
from mapping.run.cache import cache_of
from mapping.site import finding
from tests.conftest import ROOT

PROGRAMS = sorted((ROOT / "docs" / "guide" / "programs").glob("*/with_numpy.py"))


def read(known: Known, text: str, head: str = "import numpy as np\n") -> Report:
    found = reader.read("one.py", head + textwrap.dedent(text), known)
    assert not found.problem, found.problem
    return found


def only(known: Known, text: str, name: str) -> Use:
    """The one use of a name in a text."""
    found = [use for use in read(known, text).uses if use.numpy == name]
    assert len(found) == 1, found
    return found[0]


USES = [  # a text, a NumPy name that it uses once, and how it goes over
    ("np.array([1.0])", "numpy.array", "as it is"),
    ("np.zeros((2, 3))", "numpy.zeros", "as it is"),
    ("np.zeros(3, dtype=float)", "numpy.zeros", "rewrite"),
    ("np.zeros(3, 'float64')", "numpy.zeros", "rewrite"),
    ("np.zeros(3, np.float64)", "numpy.float64", "person"),
    ("np.zeros(3, np.float32)", "numpy.float32", "as it is"),
    ("np.float32(3)", "numpy.float32", "person"),
    ("np.sum(np.ones(3))", "numpy.sum", "as it is"),
    ("np.sum([1, 2])", "numpy.sum", "rewrite"),
    ("np.sum(np.loadtxt('f'))", "numpy.sum", "rewrite"),
    ("np.sum(np.ones(3), dtype=np.float32)", "numpy.sum", "person"),
    ("np.sqrt(2.0)", "numpy.sqrt", "as it is"),
    ("np.exp(np.ones(3), out=b)", "numpy.exp", "person"),
    ("np.array(['a', 'b'])", "numpy.array", "person"),
    ("np.array([1], dtype=object)", "numpy.array", "person"),
    ("np.array([1], dtype='>i4')", "numpy.array", "person"),
    ("np.array(range(3))", "numpy.array", "rewrite"),
    ("np.ones(3).item(2)", "numpy.ndarray.item", "person"),
    ("np.ones(3).base", "numpy.ndarray.base", "person"),
    ("np.moveaxis(np.ones((2, 2)), [0, 1], [1, 0])", "numpy.moveaxis", "person"),
    ("np.nan_to_num(np.ones(3, complex))", "numpy.nan_to_num", "person"),
    ("np.promote_types('f4', 'f8')", "numpy.promote_types", "person"),
    ("np.searchsorted(np.ones(3), 2.0)", "numpy.searchsorted", "rewrite"),
    ("np.unwrap(np.ones(3, int))", "numpy.unwrap", "rewrite"),
    ("def f(a: np.ndarray[int]): pass", "numpy.ndarray", "person"),
    ("np.exp(np.ones(3), where=m)", "numpy.exp", "person"),
    ("np.sum(*a)", "numpy.sum", "unknown"),
    ("np.sum(np.ones(3), nosuch=1)", "numpy.sum", "unknown"),
    ("np.absolute(np.ones(3))", "numpy.absolute", "rewrite"),
    ("np.ones((2, 2)).ravel()", "numpy.ndarray.ravel", "rewrite"),
    ("np.ones(3).astype(int)", "numpy.ndarray.astype", "rewrite"),
    ("np.ones(3).sum(keepdims=True)", "numpy.ndarray.sum", "as it is"),
    ("np.ones(3).sum(out=b)", "numpy.ndarray.sum", "person"),
    ("np.mean(np.ones(3))", "numpy.mean", "as it is"),
    ("np.mean(np.ones(3, int))", "numpy.mean", "person"),
    ("np.reciprocal(np.ones(3))", "numpy.reciprocal", "as it is"),
    ("np.reciprocal(np.ones(3, int))", "numpy.reciprocal", "person"),
    ("np.reciprocal(x)", "numpy.reciprocal", "person"),
    ("np.arange(5)", "numpy.arange", "as it is"),
    ("np.arange(0, 1, 0.1)", "numpy.arange", "person"),
    ("np.linspace(0, 1, 50)", "numpy.linspace", "as it is"),
    ("np.linspace(0, 1, n)", "numpy.linspace", "person"),
    ("np.eye(3)", "numpy.eye", "as it is"),
    ("np.eye(N=3)", "numpy.eye", "rewrite"),
    ("np.linalg.inv(np.eye(3))", "numpy.linalg.inv", "rewrite"),
    ("np.random.rand(3)", "numpy.random.rand", "rewrite"),
    ("np.random.rand(*n)", "numpy.random.rand", "person"),
    ("np.random.default_rng(0).normal()", "numpy.random.Generator.normal", "host"),
    ("np.random.default_rng(0).normal(size=3)", "numpy.random.Generator.normal", "rewrite"),
    ("np.random.default_rng(0).choice(5, 3)", "numpy.random.Generator.choice", "rewrite"),
    ("f(np.random.default_rng(0))", "numpy.random.Generator", "unknown"),
    ("np.loadtxt('a.txt')", "numpy.loadtxt", "host"),
    ("np.testing.assert_allclose(a, b)", "numpy.testing", "host"),
    ("np.interp(np.ones(3), np.ones(3), np.ones(3))", "numpy.interp", "rewrite"),
    ("np.interp(np.ones(3), np.ones(3), np.ones(3), left=0.0)", "numpy.interp", "person"),
    ("np.nosuch(3)", "numpy.nosuch", "unknown"),
    ("f(np)", "numpy", "unknown"),
    ("from numpy import *", "numpy", "unknown"),
    ("np.add.at(np.zeros(3), 0, 1)", "numpy.ufunc.at", "person"),
    ("np.add.reduce(np.zeros(3))", "numpy.ufunc.reduce", "rewrite"),
    ("np.where(np.ones(3) > 0, 1, 0)", "numpy.where", "as it is"),
    ("np.where(np.ones(3) > 0)", "numpy.where", "person"),
    ("np.mgrid[0:3, 0:3]", "numpy.mgrid", "rewrite"),
    ("np.trapz(np.ones(3))", "numpy.trapz", "rewrite"),
    ("np.trapz(np.ones(3), nosuch=0)", "numpy.trapz", "unknown"),
    ("np.float_(3)", "numpy.float_", "person"),
    ("np.ones(3) ** 2", "numpy.ndarray.__pow__", "as it is"),
    ("np.ones(3, int) ** n", "numpy.ndarray.__pow__", "person"),
    ("np.ones((2, 2)) @ np.ones(2)", "numpy.ndarray.__matmul__", "as it is"),
    ("np.ones((2, 2), int) @ np.ones(2, int)", "numpy.ndarray.__matmul__", "person"),
    ("np.ones(3) + [1, 2, 3]", "numpy.ndarray.__add__", "person"),
    ("np.ones(3) == [1, 2, 3]", "numpy.ndarray.__eq__", "person"),
    ("np.ones(3) == None", "numpy.ndarray.__eq__", "person"),
    ("np.ones(3) > 2", "numpy.ndarray.__gt__", "as it is"),
    ("np.maximum(np.ones(3), [1, 2, 3])", "numpy.maximum", "rewrite"),
    ("np.maximum(np.ones(3), 0.0)", "numpy.maximum", "as it is"),
    ("np.where([True], 1, 0)", "numpy.where", "rewrite"),
    ("np.stack([np.ones(3), np.zeros(3)])", "numpy.stack", "as it is"),
    ("np.stack([np.ones(3), [1, 2, 3]])", "numpy.stack", "rewrite"),
    ("np.stack([[1, 2], [3, 4]])", "numpy.stack", "rewrite"),
    ("np.reciprocal(np.array([[1.0, 2.0], [3.0, 4.0]]))", "numpy.reciprocal", "as it is"),
    ("np.reciprocal(np.array([1, 2]))", "numpy.reciprocal", "person"),
    ("np.ones(2)[[True, False]]", "numpy.ndarray.__getitem__", "person"),
    ("np.ones(2)[[1, 0]]", "numpy.ndarray.__getitem__", "as it is"),
    ("round(np.ones(3)[0], 2)", "numpy.ndarray.round", "person"),
    ("a = np.ones(3)\na[a > 0]", "numpy.ndarray.__getitem__", "person"),
    ("a = np.ones(3)\na[0]", "numpy.ndarray.__getitem__", "as it is"),
    ("a = np.ones(3)\na[i]", "numpy.ndarray.__getitem__", "unknown"),
    ("a = np.ones(3)\nfor i in range(3):\n    a[i]", "numpy.ndarray.__getitem__", "as it is"),
    ("a = np.ones(3)\na[a > 0] = 1", "numpy.ndarray.__setitem__", "as it is"),
    ("a = np.ones(3)\na[a > 0] += 1", "numpy.ndarray.__setitem__", "person"),
    ("a = np.ones(3)\na[0:2] = [1, 2]", "numpy.ndarray.__setitem__", "rewrite"),
    ("a = np.ones(3)\na.shape = (3, 1)", "numpy.ndarray.shape", "person"),
    ("np.add([np.ones(3), np.ones(3)], 1)", "numpy.add", "rewrite"),
    ("np.sort(np.ones((3, 3)), [np.ones(3)])", "numpy.sort", "person"),
    ("np.array(None)", "numpy.array", "person"),
    ("np.astype(x, dtype=int)", "numpy.astype", "unknown"),
    ("np.astype(x, int)", "numpy.astype", "rewrite"),
    ("np.unwrap(x, discont=None)", "numpy.unwrap", "rewrite"),
    ("np.ptp(1)", "numpy.ptp", "rewrite"),
    ("np.identity(3, float, 3)", "numpy.identity", "unknown"),
    ("np.random.normal(size=(2, 3))", "numpy.random.normal", "rewrite"),
    ("np.from_dlpack(x, device='cpu')", "numpy.from_dlpack", "person"),
    ("isinstance(x, np.ndarray | list)", "numpy.ndarray", "rewrite"),
    ("isinstance(x, (int, np.integer))", "numpy.integer", "person"),
    ("np.issubdtype(d, np.integer)", "numpy.integer", "as it is"),
    ("f(include=[np.number])", "numpy.number", "person"),
    ("np.finfo(np.float32).eps", "numpy.finfo", "as it is"),
    ("np.finfo(np.float32)", "numpy.finfo", "person"),
    ("def f(a: np.float32 | None): pass", "numpy.float32", "person"),
    ("def f() -> np.int32: pass", "numpy.int32", "person"),
    ("a: np.ndarray = f()", "numpy.ndarray", "rewrite"),
    ("class A(np.ndarray): pass", "numpy.ndarray", "person"),
    ("try:\n    f()\nexcept (ValueError, np.linalg.LinAlgError):\n    pass", "numpy.linalg.LinAlgError", "person"),
    ("raise np.linalg.LinAlgError('singular')", "numpy.linalg.LinAlgError", "host"),
    ("with pytest.raises(np.linalg.LinAlgError): pass", "numpy.linalg.LinAlgError", "person"),
    ("np.errstate(all='ignore')", "numpy.errstate", "host"),
    ("np.errstate(divide='raise')", "numpy.errstate", "person"),
    ("np.seterr(all='warn')", "numpy.seterr", "person"),
    ("match x:\n    case np.ndarray(): pass", "numpy.ndarray", "rewrite"),
    ("match x:\n    case np.pi: pass", "numpy.pi", "as it is"),
]


@pytest.mark.parametrize(("text", "name", "port"), USES)
def test_a_use_goes_over_as_its_call_has_it(known: Known, text: str, name: str, port: str):
    found = only(known, text, name)
    assert found.port == port, found
    assert bool(found.differs) or port in ("as it is", "host") or found.verdict == "renamed", found


@pytest.mark.parametrize(
    ("head", "call"),
    [
        ("import numpy", "numpy.sum"),
        ("import numpy as anp", "anp.sum"),
        ("from numpy import sum", "sum"),
        ("from numpy import sum as total", "total"),
        ("try:\n    import numpy as np\nexcept ImportError:\n    np = None", "np.sum"),
        ("if TYPE_CHECKING:\n    import numpy as np", "np.sum"),
        ("import numpy\nxp = numpy", "xp.sum"),
    ],
)
def test_numpy_is_known_by_every_name(known: Known, head: str, call: str):
    found = [use for use in read(known, f"def f(a):\n    return {call}(a)\n", f"{head}\n").uses if use.numpy == "numpy.sum"]
    assert [(use.place.line, use.place.column, use.port, use.condition) for use in found] == [
        (head.count("\n") + 3, 12, "as it is", "if `a` is an array")
    ]


def test_submodules_are_known(known: Known):
    text = "from numpy import linalg as la, random\nimport numpy.fft as ft\nla.norm(a)\nrandom.rand(3)\nft.rfft(a)\n"
    names = [use.numpy for use in read(known, text, "").uses]
    assert names == ["numpy.linalg.norm", "numpy.random.rand", "numpy.fft.rfft"]


def test_a_name_that_is_no_longer_numpys_is_none(known: Known):
    assert read(known, "np = 3\nnp.sum(a)\n").uses == []
    assert [use.numpy for use in read(known, "def f(np):\n    return np.sum(a), np.exp(a)\n").uses] == ["numpy.ndarray.sum"]
    assert read(known, "a = {}\na.copy()\nfor key in a.keys(): a.get(key)\n").uses == []


@pytest.mark.parametrize(
    "text",
    [
        "lambda *np: np.zeros(3)",
        "lambda x, *, np=3: np.zeros(3)",
        "[np.zeros(3) for np in x]",
        "def f():\n    match x:\n        case [*np]: np.zeros(3)",
        "def f():\n    match x:\n        case {**np}: np.zeros(3)",
        "def f():\n    np.zeros(3)\n    import np",
        "async def f():\n    async with g() as np:\n        np.zeros(3)",
        "class A:\n    np = 3\n    a = np.zeros(3)",
        "class A:\n    zeros = 1\n    a = zeros(3)",
        "(np := 3)\nnp.zeros(3)",
    ],
)
def test_a_name_that_is_something_else_there_is_none(known: Known, text: str):
    assert "numpy.zeros" not in [use.numpy for use in read(known, text).uses]


@pytest.mark.parametrize(
    ("text", "name", "condition"),
    [
        ("a = np.ones(3)\nif (a := f()): a.sum()", "numpy.ndarray.sum", "if this is an array"),
        ("if (a := np.ones(3)).any(): a.sum()", "numpy.ndarray.sum", ""),
        ("a = np.ones(3)\n[(a := one) for one in x]\na.sum()", "numpy.ndarray.sum", "if this is an array"),
        ("a = np.ones(3)\ndef f():\n    global a\n    a = None\ndef g():\n    return a.sum()", "numpy.ndarray.sum", "if this is an array"),
        ("def f():\n    global np\n    np = 3\ndef g():\n    return np.sum(1)", "numpy.sum", "if this is NumPy"),
        ("def g(a=np.zeros(3)):\n    return [a.sum() for a in x]", "numpy.ndarray.sum", "if this is an array"),
    ],
)
def test_what_else_stores_a_name_is_seen(known: Known, text: str, name: str, condition: str):
    assert only(known, text, name).condition == condition


def test_a_dtype_has_its_size_alone(known: Known):
    text = "a = np.ones(3)\na.dtype.size\na.dtype.kind == 'f'\nx.dtype.newbyteorder()\n"
    found = [(use.place.line, use.port, use.condition) for use in read(known, text).uses if use.differs]
    assert found == [(4, "person", ""), (5, "person", "if this is an array")]


MASKS = [  # what is taken by a mask of values of which nothing is known, and what is not
    ("def f(x, y):\n    nonzero = y != 0\n    return x[nonzero]", True),
    ("def f(x, y):\n    return x[~(y > 0) & (x < 3)]", True),
    ("def f(x, y):\n    out = np.empty_like(x)\n    out[0] = x[(y > 0) | (y < -1)]", True),
    ("def f(x, y):\n    return x[y]", False),
    ("def f(x, y):\n    return x[y & 1]", False),
    ("def f(x, y):\n    return {}[y > 0], ('a', 'b')[y > 0]", False),
]


@pytest.mark.parametrize(("text", "told"), MASKS)
def test_a_mask_is_known_by_what_made_it(known: Known, text: str, told: bool):
    assert ("boolean mask" in [use.form for use in read(known, text).uses]) == told


COPIED = [  # a copy, and what is told of it and of what is done with it
    ("def f(x):\n    return x.copy()", ["copy"]),
    ("def f(x):\n    y = x.copy()\n    y['a'] = 1\n    return y + 1", ["copy"]),  # it may be a dictionary's
    ("def f(x):\n    return x[:, 0].copy() + 1", ["__getitem__", "copy", "__add__"]),
    ("def f(x):\n    return x.sort(), x.index(3)", []),
    ("def f(**x):\n    return x.copy()", []),
    ("import copy\ncopy.copy(x)", []),
]


@pytest.mark.parametrize(("text", "names"), COPIED)
def test_a_copy_of_what_may_be_an_array_is_told(known: Known, text: str, names: list[str]):
    found = read(known, text).uses
    assert sorted(use.numpy for use in found) == sorted(f"numpy.ndarray.{name}" for name in names)
    assert {use.condition for use in found} <= {"if this is an array"}
    source = f"import numpy as np\nnp.ones(3)\n{text}\n"
    assert (f"{fix.MARK} numpy.ndarray.copy:" in fix.fixed(source, reader.read("one.py", source, known))) == ("copy" in names)


def test_types_that_are_plain_are_followed(known: Known):
    text = """
    def f(x: np.ndarray, y, flag):
        a = np.zeros(3, dtype=np.float32)
        if flag:
            a = a * 2
        b, c = a, y
        return x.sum(), np.fabs(a), np.fabs(b), np.fabs(c), c.max()
    """
    found = [(use.code, use.port, use.condition) for use in read(known, text).uses if "(" in use.code and "zeros" not in use.code]
    assert found == [
        ("x.sum()", "as it is", ""),
        ("np.fabs(a)", "rewrite", ""),
        ("np.fabs(b)", "rewrite", ""),
        ("np.fabs(c)", "person", "if `c` is an array"),
        ("c.max()", "as it is", "if this is an array"),
    ]


LEARNED = [  # a script, and whether `np.fabs` in its function `f` gets what is plain an array of floats
    ("def f(x):\n    return np.fabs(x)\nf(np.ones(3))\nf(np.zeros(2))", True),
    ("def g():\n    return np.ones(3), 2\ndef f(x, n):\n    return np.fabs(x)\nf(*g())", True),
    ("def g():\n    return np.ones(3)\ndef f(x):\n    return np.fabs(x)\na = g()\nf(x=a)", True),
    ("def f(x):\n    return np.fabs(x)\ndef h():\n    f(np.ones(3))", False),  # nobody calls it here: others may
    ("def f(x):\n    return np.fabs(x)\nf(np.ones(3))\nf(y)", False),
    ("def f(x):\n    return np.fabs(x)\nf(np.ones(3))\nf(*y)", False),
    ("def f(x):\n    return np.fabs(x)\nf(np.ones(3))\nmap(f, y)", False),
    ("@wrap\ndef f(x):\n    return np.fabs(x)\nf(np.ones(3))", False),
    ("def g():\n    yield np.ones(3)\ndef f(x):\n    return np.fabs(x)\nf(g())", False),
    ("def g():\n    if y:\n        return np.ones(3)\ndef f(x):\n    return np.fabs(x)\nf(g())", False),
    ("def f(x):\n    return np.fabs(x)\nf(np.ones(3))\ndef f(x):\n    return np.fabs(y)", False),
]


@pytest.mark.parametrize(("text", "plain"), LEARNED)
def test_what_functions_are_given_and_give_is_learned_from_a_script(known: Known, text: str, plain: bool):
    found = [use.port for use in read(known, text).uses if use.numpy == "numpy.fabs"]
    assert found[0] == ("rewrite" if plain else "person")


def test_what_a_loop_changes_is_not_taken_for_what_it_was(known: Known):
    text = "a = np.ones(3)\nfor k in range(3):\n    np.fabs(a)\n    a = a > 0\n"
    assert only(known, text, "numpy.fabs").port == "person"


def test_a_dtype_is_not_the_same_as_a_type_of_pythons(known: Known):
    for text, port in (("a.dtype == int", "person"), ("a.dtype != 'f4'", "person"), ("a.dtype == b.dtype", "as it is")):
        found = read(known, f"a = np.ones(3)\nb = np.ones(3)\n{text}\n")
        assert {use.port for use in found.uses if use.numpy == "numpy.ndarray.dtype" and use.place.line == 4} | {"as it is"} == {
            port,
            "as it is",
        }


def test_nothing_is_the_same_that_is_not_understood(known: Known):
    found = read(known, "def f(a, b):\n    return a + b, a[b]\n")
    assert (found.uses, found.undecided) == ([], 2)


CAUTIONS = {  # a rule: a text that it warns of, and one that is like it and fine
    "P101": (
        "def f(a):\n    for i in range(3):\n        for j in range(3):\n            b = a[i, j]",
        "def f(a):\n    for i in range(3):\n        b = a[i, 0]",
    ),
    "P102": ("a = np.zeros(3)\nfor i in range(3):\n    a[i] = i", "a = {}\nfor i in range(3):\n    a[i] = i"),
    "P103": ("np.exp(-k * x)", "np.exp(k * x)"),
    "P104": ("np.arange(0, 1, 0.1)", "np.arange(0, 10, 1)"),
    "P105": ("np.ones(3) + 1e-8", "np.ones(3) * 1e-8"),
    "P106": ("isinstance(x, float)", "isinstance(x, str)"),
    "P107": ("d = {}\nd[np.ones(3)[0]]", "d = {}\nd['a']"),
    "P108": ("while error > 1e-10:\n    error = f()", "while count > 10:\n    count = f()"),
    "P109": ("np.zeros(10_000_000).sum()", "np.zeros(1000).sum()"),
    "P110": ("@jit\ndef f(x, k):\n    return x\nf(a, 0.5)", "def f(x, k):\n    return x\nf(a, 0.5)"),
    "P111": ("a = np.zeros((3, 3))\na[0][1] = 5", "a = np.zeros((3, 3))\na[0, 1] = 5"),
    "P112": ("a = np.zeros(3)\nb = a[1:]\nb += 1", "a = np.zeros(3)\nb = a[1:]\nb = b + 1"),
    "P113": (
        "for i in range(9):\n    if abs(f(x)) < 1e-6:\n        break\n    x = g(x)",
        "for i in range(9):\n    if len(x) < 5:\n        break\n    x = g(x)",
    ),
    "P115": ("isinstance(x[0], (list, np.ndarray))", "isinstance(x, (list, np.ndarray))"),
    "P116": ("a = np.arange(3)\nb = np.loadtxt('f')\nc = a * b", "a = np.arange(3)\nb = np.loadtxt('f')\nc = b * a"),
    "P114": ("a = np.zeros(3)\nblur(x, output=a)", "a = np.zeros(3)\nb = blur(x)\nnp.exp(a)"),
}
SMALL = [  # a loop that runs until something is small, however it asks, and the rule that tells it
    ("close = False\nwhile not close:\n    x, old = f(x), x\n    close = np.all(abs(x - old) < tol)", ["P108"]),
    ("while not np.all(abs(f(x) - x) < tol):\n    x = f(x)", ["P108"]),
    ("while tol < error:\n    error = f()", ["P108"]),
    ("going = True\nwhile going and n < 9:\n    going = (abs(f(x)) > eps).any()", ["P108"]),
    ("done = False\nwhile not done:\n    if abs(f(x)).max() < 1e-5:\n        done = True", ["P108"]),
    ("going = True\nwhile going:\n    if abs(f(x)).max() > 1e-5:\n        pass\n    else:\n        going = False", ["P108"]),
    ("def near(x):\n    return np.all(x < tol)\nwhile not near(x):\n    x = f(x)", ["P108"]),
    ("while not np.allclose(x, y, rtol=0, atol=tol):\n    x = f(x)", ["P108"]),
    ("while True:\n    done = abs(f(x)).max() < tol\n    if done:\n        break", ["P113"]),
    ("while True:\n    far = np.logical_not(abs(f(x)) < eps) & (abs(g(x)) > eps)\n    if not far: break", ["P113"]),
    ("class A:\n    def f(self):\n        while not self.done:\n            self.done = abs(g(self.x)) < tol", ["P108"]),
    ("class A:\n    def f(self):\n        while self.far:\n            self.g()\n    def g(self):\n        self.far = x > eps", ["P108"]),
    ("def f(s):\n    s.done = False\n    for i in range(9):\n        if x < tol: s.done = True\n        if s.done: break", ["P113"]),
    ("def f(s):\n    s.done = x < tol\n    while not s.ended:\n        g(s)", []),
    ("def f(s):\n    s.done = x < tol\ndef g(s):\n    s.done = x > tol\n    while not s.done: g(s)", []),
    ("close = False\nwhile not close:\n    close = np.all(f(x) < 5)", []),
    ("close = np.all(f(x) < tol)\nwhile close:\n    close = g()", []),
    ("done = False\nwhile not done:\n    if f(x) < 5:\n        done = True", []),
    ("for i in range(9):\n    if i < steps:\n        break", []),
    ("while a.tolist() < b:\n    a = f(a)", []),
]


@pytest.mark.parametrize(("text", "codes"), SMALL)
def test_a_loop_until_something_is_small_is_told_however_it_asks(known: Known, text: str, codes: list[str]):
    assert [one.rule for one in read(known, text).cautions if one.rule in ("P108", "P113")] == codes


INTO = [  # an array that another function may write into, and whether that is told
    ("def f(x, out):\n    return blur(x, output=out)", True),
    ("def f(x, out=None):\n    if out is None:\n        out = np.zeros(3)\n    blur(x, out=out)\n    return out", True),
    ("def f(x):\n    blur(x, out=None)", False),
    ("def f(x, output):\n    blur(x, output=output)", False),
]


@pytest.mark.parametrize(("text", "told"), INTO)
def test_an_array_that_is_handed_on_to_be_written_into_is_told(known: Known, text: str, told: bool):
    assert ("P114" in [one.rule for one in read(known, text).cautions]) == told


ASKED = [  # a question for a type, and the rule that tells it
    ("kinds = (int, float)\nisinstance(x, kinds)", ["P106"]),
    ("isinstance(x, int | float)", ["P106"]),
    ("isinstance(x, list | np.floating)", ["P106"]),
    ("import numbers\nisinstance(x, numbers.Real)", ["P106"]),
    ("from numbers import Integral\nisinstance(x, (str, Integral))", ["P106"]),
    ("type(x) is float", ["P106"]),
    ("kind = type(x)\nif kind in (int, np.int64): pass", ["P106"]),
    ("isinstance(x, type(None))", []),
    ("type(x) is type(y)", []),
    ("int = str\nisinstance(x, int)", []),
    ("kinds = (list, str)\nisinstance(x, kinds)", []),
    ("def f(x):\n    v = x[0]\n    return isinstance(v, np.ndarray)", ["P115"]),
    ("def f(x):\n    v = x.sum()\n    return isinstance(v, (list, np.ndarray))", ["P115"]),
    ("v = np.ones(3).sum()\nkinds = (list, np.ndarray)\nisinstance(v, kinds)", ["P115"]),
    ("def f(x):\n    v = x[1:]\n    return isinstance(v, np.ndarray)", []),
    ("def f(x):\n    v = x.sum(axis=0)\n    return isinstance(v, np.ndarray)", []),
]


@pytest.mark.parametrize(("text", "codes"), ASKED)
def test_a_question_for_a_type_is_told_whatever_name_stands_for_it(known: Known, text: str, codes: list[str]):
    assert [one.rule for one in read(known, text).cautions] == codes


KEYS = [  # elements that become keys, and those that do not
    ("set(np.ones(3))", True),
    ("def f(x):\n    y = x[:, 0]\n    return frozenset(y)", True),
    ("collections.Counter(np.arange(3))", True),
    ("dict.fromkeys(np.arange(3))", True),
    ("set(np.ones(3).tolist())", False),
    ("def f(x):\n    return set(x)", False),
    ("set([1, 2])", False),
]


@pytest.mark.parametrize(("text", "told"), KEYS)
def test_elements_that_become_keys_are_told(known: Known, text: str, told: bool):
    assert ("P107" in [one.rule for one in read(known, text).cautions]) == told


HANDED = [  # a dtype, and whether it is told that it goes where NumPy's alone is known
    ("is_bool_dtype(np.ones(3).dtype)", True),
    ("def f(x):\n    return check(x, dtype=x.dtype)", True),
    ("import pandas as pd\npd.Series(y, dtype=np.ones(3).dtype)", True),
    ("from scipy import sparse\nsparse.eye(3, dtype=np.ones(3).dtype)", True),
    ("def g(kind):\n    return kind\ng(np.ones(3).dtype)", False),
    ("class A:\n    def f(self, x):\n        return self.g(x.dtype)", False),
    ("np.zeros(3, dtype=x.dtype)", False),
    ("str(x.dtype), print(x.dtype), isinstance(x.dtype, y)", False),
    ("np.ones(3).astype(x.dtype)", False),
]


@pytest.mark.parametrize(("text", "told"), HANDED)
def test_a_dtype_that_is_handed_on_is_told(known: Known, text: str, told: bool):
    found = [use for use in read(known, text).uses if use.numpy == "numpy.ndarray.dtype" and use.port == "person"]
    assert [use.differs[0].partition(":")[0] for use in found] == ["MLX's dtype is handed on"] * told


CUT = [  # integers beside what stays NumPy's, and whether they cut it
    ("np.arange(3) * np.loadtxt('f')[:, 0]", True),
    ("x, y = np.loadtxt('f', unpack=True)\nnp.arange(3) - y", True),
    ("a = np.genfromtxt('f').T * 2.0 - 1\nnp.array([1, 2]) < a", True),
    ("a = np.fromfile('f')\na.reshape(3, 3) > np.arange(3)", True),
    ("np.maximum(np.fromfile('f', np.float32), np.arange(3))", True),
    ("np.arange(3) * 2 * np.memmap('f', dtype='float32')", True),
    ("np.arange(3) * table['x'].to_numpy()", True),
    ("np.arange(3) * table['x'].to_list()", False),
    ("np.arange(3) * np.loadtxt('f', dtype=int)", False),
    ("np.arange(3) * np.fromfile('f', np.uint8)", False),
    ("np.arange(3) * np.fromfile('f', int)", False),
    ("np.arange(3) * np.memmap('f')", False),
    ("np.ones(3) * np.loadtxt('f')", False),
    ("np.arange(3) * np.array(np.loadtxt('f'))", False),
    ("np.arange(3) * (np.loadtxt('f') + np.ones(3))", True),
    ("np.arange(3) * (np.ones(3) + np.loadtxt('f'))", False),
    ("from scipy import special\nnp.arange(3) * special.gamma(x)", True),
    ("from scipy.special import gamma as g\nnp.arange(3) < g(x)", True),
    ("import scipy.signal as sg\nnp.arange(3) * sg.lfilter(b, a, x)[1:]", True),
    ("import scipy\nnp.arange(3) * scipy.stats.norm.pdf(x)", True),
    ("from scipy import special\ndef f(x):\n    return -np.abs(x) - 2 * special.log1p(x)", True),
    ("from scipy import special\nnp.arange(3) * special.gamma(2.5)", False),
    ("from scipy import special\nnp.ones(3) * special.gamma(x)", False),
    ("from scipy import special\nnp.arange(3) * np.sqrt(special.gamma(x))", False),
    ("from scipy import special\nspecial = f()\nnp.arange(3) * special.gamma(x)", False),
    ("from .scipy import special\nnp.arange(3) * special.gamma(x)", False),
    ("import scipy.fft as sf\nnp.arange(3) * sf.next_fast_len(5)", False),
    ("from scipy import signal\npeaks, _ = signal.find_peaks(x)\nnp.arange(3) * peaks[0]", False),
    ("a = np.loadtxt('f')\nnp.arange(3) * a[0]", True),  # a row, perhaps
    ("a = np.loadtxt('f')\nnp.arange(3) * a[0, 1]", False),  # a `float`
    ("a = np.loadtxt('f') * 2\nnp.arange(3) * a[0, 1]", False),
    ("a = np.fromfile('f')\nnp.arange(3) * a[0]", False),
    ("a = np.fromfile('f')\nnp.arange(3) * a.mean()", False),
    ("a = np.loadtxt('f')\nnp.arange(3) * a.mean(axis=0)", True),
    ("a = np.fromfile('f', np.float32)\nnp.arange(3) * a[0]", True),
]


@pytest.mark.parametrize(("text", "told"), CUT)
def test_integers_that_cut_what_stays_numpys_are_told(known: Known, text: str, told: bool):
    assert ("P116" in [one.rule for one in read(known, text).cautions]) == told


WRITTEN = [  # stores into what shares the memory of another array, and stores that do not
    ("a = np.ones((3, 3))\nfor row in a:\n    row += 1", True),
    ("a = np.ones(3)\nfor each in a:\n    each += 1", False),
    ("a = np.ones((3, 3))\nb = a[0]\nb += 1", True),
    ("a = np.ones(3)\nb = a[0]\nb += 1", False),
    ("def f(a: np.ndarray):\n    b = a[0]\n    b[1] = 2", True),
    ("def f(a: np.ndarray):\n    b = a[0]\n    b += 2", False),
    ("def f(a, i):\n    n = a[:, 1:]\n    b, c = a[i], a[0]\n    c[1] = 2", True),
    ("def f(a):\n    c = a[0]\n    c[1] = 2", False),  # it may be a list of lists
    ("def f(a):\n    n = a[:, 1:]\n    for b in a:\n        b[0] = 0", True),
    *(
        (f"a = np.ones((3, 3))\nb = {text}\nb[0] = 1", True)
        for text in ("a.reshape(9)", "a.ravel()", "a.T", "np.squeeze(a)", "np.asarray(a)")
    ),
    *((f"a = np.ones((3, 3))\nb = {text}\nb[0] = 1", False) for text in ("a.flatten()", "np.array(a)", "np.asarray(a, int)", "a")),
    ("a = np.ones((3, 3))\na = a.reshape(9)\na[0] = 1", False),
    *(
        (f"{head}\n{text}\na[0] = 1", False)
        for head, text in (
            ("a = np.ones((3, 3))", "a = np.squeeze(a[1:])"),
            ("import numpy as xp\na = xp.ones((3, 3))", "a = xp.asarray(a)"),
            ("from numpy import asarray\na = np.ones((3, 3))", "a = asarray(a)"),
            ("import numpy\na = numpy.ones((3, 3))", "a = numpy.asarray(a[1:])"),
        )
    ),
    ("import numpy as xp\na = xp.ones((3, 3))\nb = xp.asarray(a)\nb[0] = 1", True),
    ("def f(x):\n    x = np.asarray(x)\n    x[x < 0] = 0\n    return x", True),  # of who calls it
    ("def f(x):\n    y = np.asarray(x)\n    y += 1", True),
    ("def f(x):\n    x = x.T\n    x[0] = 1", True),
    ("def f(x):\n    x = np.array(x)\n    x[0] = 1", False),
    ("def f(x):\n    x = np.asarray(x, float)\n    x[0] = 1", False),
    ("def f(x):\n    x = np.asarray(x) + 1\n    x[0] = 1", False),
    ("def f(x):\n    x = np.asarray([1, 2])\n    x[0] = 1", False),
    ("def f(x):\n    x = np.asarray(x)\n    x = x * 2\n    x[0] = 1", False),
]


@pytest.mark.parametrize(("text", "told"), WRITTEN)
def test_a_store_that_reaches_another_array_is_told(known: Known, text: str, told: bool):
    assert ("P112" in [one.rule for one in read(known, text).cautions]) == told


def test_every_rule_has_its_pair_of_texts():
    assert {*CAUTIONS} == {*cautions.RULES}


@pytest.mark.parametrize("code", CAUTIONS)
def test_a_rule_warns_of_one_text_and_not_of_the_other(known: Known, code: str):
    bad, good = CAUTIONS[code]
    assert [one.rule for one in read(known, bad).cautions if one.rule == code] == [code]
    assert [one.rule for one in read(known, good).cautions if one.rule == code] == []
    assert read(known, bad, "").cautions == []  # without NumPy there is nothing to warn of


@pytest.mark.parametrize("code", cautions.RULES)
def test_every_rule_says_what_to_do(code: str):
    text = inspect.getdoc(cautions.RULES[code])
    assert text and text.endswith(".") and text.count(".") >= 2


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.parent.name)
def test_every_numpy_name_of_a_program_is_found(known: Known, path: Path):
    found = command.read(path, known)
    spelled = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)]
    inner = {node.value for node in spelled}
    names = {(node.lineno, ast.unparse(node)) for node in spelled if re.fullmatch(r"np(\.\w+)+", ast.unparse(node)) and node not in inner}
    told = {line for use in found.uses for line in range(use.place.line, use.place.end_line + 1)}
    assert names and {line for line, _ in names} <= told
    assert not found.problem


def test_the_packages_that_are_here_are_read(known: Known):
    import fontTools
    import mpl_toolkits.mplot3d
    import PIL

    folders = [Path(next(iter(package.__path__))) for package in (PIL, mpl_toolkits.mplot3d, fontTools)]
    files = [path for folder in folders for path in folder.rglob("*.py") if b"numpy" in path.read_bytes()]
    found = [command.read(path, known) for path in files]
    assert len(files) > 5 and sum(len(one.uses) for one in found) > 100
    assert [one.file for one in found if one.problem] == []


SOURCE = "import numpy as np\na = np.zeros(3)\nb = a[a > 0]\nc = np.interp(a, a, a)\nwhile b > 1e-9: pass\n"


def test_what_people_read(known: Known):
    found = report.text([reader.read("one.py", SOURCE, known)], every=False, colour=False, site="")
    assert "one.py:3:5: person: a[a > 0] (differs, boolean mask) -> mx.array.__getitem__" in found
    assert "one.py:4:5: rewrite: np.interp(a, a, a) (recipe)" in found
    assert "    recipe:\n        def interp(x, xp, fp):" in found
    assert "np.zeros" not in found and "\033[" not in found
    assert "one.py:5:1: P108: while b > 1e-9: pass" in found and "    reference/rules.html#p108" in found
    assert "1 files, 0 not read; 5 lines, 4 of them use NumPy" in found
    every = report.text([reader.read("one.py", SOURCE, known)], every=True, colour=True, site="https://example.org/")
    assert "\033[32mas it is\033[0m: np.zeros(3) (same) -> mx.zeros" in every
    assert "    https://example.org/reference/" in every


def test_what_programs_read(known: Known):
    found = json.loads(report.as_json([reader.read("one.py", SOURCE, known)], "https://example.org/"))
    use = next(use for use in found["files"][0]["uses"] if use["numpy"] == "numpy.interp")
    assert use["place"] == {"line": 4, "column": 5, "end_line": 4, "end_column": 23}
    assert use["recipe"].startswith("def interp") and use["url"] == known.entry("numpy.interp").url.join(["https://example.org/", ""])
    assert [one["rule"] for one in found["files"][0]["warnings"]] == ["P108", "P105"]
    assert found["total"]["uses"] == len(found["files"][0]["uses"]) == sum(found["total"]["by_port"].values())


def test_what_code_hosts_read(known: Known):
    run = json.loads(report.as_sarif([reader.read("one.py", SOURCE, known)], ""))["runs"][0]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in run["results"]} == {"port/person", "port/rewrite", "P105", "P108"} <= rules
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 3, "startColumn": 5, "endLine": 3, "endColumn": 13}


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("import numpy as np\na = np.zeros(3)\nprint(np.exp(a))\n", 0),
        ("import numpy as np\nprint(np.absolute(np.ones(3)))\n", 0),
        ("import numpy as np\nnp.random.seed(0)\n", 1),
        ("import numpy as np\nnp.nosuch\n", 1),
        ("print(\n", 1),
    ],
)
def test_the_exit_status_says_whether_a_person_is_needed(known: Known, tmp_path: Path, text: str, status: int):
    (tmp_path / "one.py").write_text(text)
    rows = [{"numpy": name, "json": row} for name, row in known.texts.items()]
    assert command.port(rows, [str(tmp_path)], "json", every=False, site="") == status
    assert (tmp_path / "one.py").read_text() == text


@pytest.mark.parametrize("data", [b"print(", b"\xff\xfe\x00", b"# coding: nosuch\n", b"x = " + b"(" * 5000 + b")" * 5000, b""])
def test_a_file_that_cannot_be_read_is_told(known: Known, data: bytes):
    found = reader.read("one.py", data, known)
    assert bool(found.problem) == bool(data) and found.uses == []


def test_the_command_needs_neither_mlx_nor_numpy_nor_sphinx(known: Known, tmp_path: Path):
    (tmp_path / "one.py").write_text(SOURCE)
    code = (
        "import sys; from mapping import __main__ as top; status = top.main(['port', sys.argv[1], '--json']); "
        "print({'mlx', 'numpy', 'sphinx'} & {*sys.modules}, status, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "one.py")], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr == "set() 1\n"
    assert json.loads(done.stdout)["total"]["files"] == 1


def test_rows_are_kept_for_the_next_question(known: Known):
    def again() -> tuple:
        raise AssertionError("the rows were not kept")

    assert {row["numpy"] for row in finding.rows(ROOT, cache_of(ROOT), again)} == {*known.texts}


def test_ports_are_in_order():
    assert [*PORTS] == ["as it is", "rewrite", "host", "unknown", "person"]
