"""What `port --fix` changes runs and agrees with NumPy; what it leaves is marked, and all else is kept as it was."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import mlx.core as mx
import numpy as np
import pytest

from mapping.port import command, edits, fix, reader, rewrites
from mapping.port.known import Known
from mapping.port.model import Edit, Place
from tests.test_port import PROGRAMS

HEAD = """import numpy as np
from scipy import special

a = np.array([[1.0, -2.0, 3.5], [0.5, 4.0, -6.0]])
b = np.array([[2.0, 3.0, -1.0], [1.0, 5.0, 0.25]])
v = np.array([3.0, 1.0, 2.0])
i = np.array([2, 0, 1])
q = np.array([[2.0, 1.0], [1.0, 3.0]])
rng = np.random.default_rng(0)
"""
REWRITTEN = [  # an expression, and what becomes of it
    ("np.absolute(a)", "mx.abs(a)"),
    ("np.hypot(np.sin(a), b) * 2", "mx.abs(mx.sin(a) + 1j * b) * 2"),
    ("np.fmod(a + 1, b)", "fmod(a + 1, b)"),
    ("-np.fmod(a, 3)", "-(mx.sign(a) * (mx.abs(a) % mx.abs(mx.array(3))))"),
    ("np.isreal(a)", "mx.imag(a) == 0"),
    ("np.interp(v, [0, 1, 5], [2.0, 3.0, 4.0])", "interp(v, mx.array([0, 1, 5]), mx.array([2.0, 3.0, 4.0]))"),
    ("np.average(a, axis=0, weights=np.absolute(b))", "average(a, axis=0, weights=mx.abs(b))"),
    ("np.percentile(a, [5, 95], axis=0)", "percentile(a, [5, 95], axis=0)"),
    ("np.vstack([a, b, a])", "mx.concatenate(mx.atleast_2d(a, b, a), axis=0)"),
    ("np.hstack((v, v + 1))", "mx.concatenate(mx.atleast_1d(v, v + 1), axis=min(v.ndim - 1, 1))"),
    ("np.append(v, [1, 2])", "mx.concatenate([v, mx.array([1, 2])], axis=None)"),
    ("(a + b).ravel()", "(a + b).flatten()"),
    ("np.shape(a)", "a.shape"),
    ("np.ndim(a + b)", "(a + b).ndim"),
    ("v.astype(int)", "v.astype(mx.int32)"),
    ("np.argmax(a, axis=0)", "mx.argmax(a, axis=0).astype(mx.int32)"),
    ("np.sin(a).trace().item()", "mx.trace(mx.sin(a)).item()"),
    ("v.argsort()", "mx.argsort(v).astype(mx.int32)"),
    ("v.copy()", "mx.array(v)"),
    ("v.dot(v)", "dot(v, v)"),
    ("np.linalg.inv(np.absolute(q),)", "mx.linalg.inv(mx.abs(q), stream=mx.cpu)"),
    ("rng.normal(0, 1, (2, 3))", "mx.array(rng.normal(0, 1, (2, 3)))"),
    ("rng.normal()", "rng.normal()"),
    ("np.sum([1, 2])", "mx.sum(mx.array([1, 2]))"),
    ("np.add([v, v + 1], v)", "mx.add(mx.array([v, v + 1]), v)"),
    ("np.sum(a=v)", "mx.sum(v)"),
    ("np.sum(special.gammaln(np.ones(3)))", "mx.sum(mx.array(special.gammaln(mx.ones(3))))"),
    ("np.sort(special.gammaln(v))[0]", "mx.sort(mx.array(special.gammaln(v)))[0]"),
    ("np.sum(a, axis=None, dtype=None)", "mx.sum(a, axis=None)"),
    ("np.concatenate([[1.0, 2.0], v])", "mx.concatenate([mx.array([1.0, 2.0]), v])"),
    ("np.full(3, fill_value=1.5)", "mx.full(3, vals=1.5)"),
    ("np.eye(N=3)", "mx.eye(3)"),
    ("np.reshape(a, -1)", "mx.reshape(a, (-1,))"),
    ("a.reshape(3, 2)", "a.reshape(3, 2)"),
    ("v.repeat(2)", "mx.repeat(v, 2)"),
    ("np.pad(v, 1, mode='edge')", "mx.pad(v, 1, mode='edge')"),
    ("np.clip(v, 1.5, 2)", "mx.clip(v, 1.5, 2)"),
    ("np.tril(a)", "mx.tril(a)"),
    ("v.mean()", "v.mean()"),
    ("np.isclose(v, 1.0)", "mx.isclose(v, mx.array(1.0))"),
    ("np.power(i, 2)", "mx.power(i, 2)"),
    ("np.arange(3, dtype=float)", "mx.arange(3, dtype=mx.float32)"),
    ("np.array_equal(a, b)", "mx.array_equal(a, b)"),
    ("np.isin(i, [1, 2])", "isin(i, mx.array([1, 2]))"),
    ("v + np.finfo(np.float32).eps", "v + mx.finfo(mx.float32).eps"),
    ("np.iinfo(np.int32).max - i", "mx.iinfo(mx.int32).max - i"),
    ("np.issubdtype(v.dtype, np.floating)", "mx.issubdtype(v.dtype, mx.floating)"),
]
GONE = [  # names of NumPy 1, and draws: what becomes of them
    ("np.zeros(3, np.float_)", "mx.zeros(3, mx.float32)"),
    ("np.product(v)", "mx.prod(v)"),
    ("2 * np.NINF", "2 * (-mx.inf)"),
    ("np.in1d(i, i)", "isin(i, i)"),
    ("np.random.rand(2, 3)", "mx.random.uniform(shape=(2, 3))"),
    ("np.random.randn(4)", "mx.random.normal(shape=(4,))"),
    ("np.random.normal(0, 1, size=(2, 3))", "mx.random.normal(loc=0, scale=1, shape=(2, 3))"),
    ("np.random.randint(5, size=3)", "mx.random.randint(0, 5, shape=(3,))"),
]
LEFT = [  # what stays, with a comment above
    "np.fmod(x, b)",
    "x.ravel()",
    "np.interp(x, v, v)",
    "np.interp(v, v, v, left=0.0)",
    "np.zeros(3, dtype=np.float64)",
    "np.full(3, 2.7, dtype=int)",
    "np.repeat(v, [1, 2, 3])",
    "np.pad(v, 1, mode='wrap')",
    "np.tril(v)",
    "np.clip(v, x, None)",
    "np.power(i, -1)",
    "i.mean()",
    "v.std()",
    "v.ptp()",
    "np.sum(axis=0, a=a)",
    "np.linalg.svd(a, full_matrices=False)",
    "np.random.normal(v, 1)",
    "np.random.rand(*x)",
    "f(rng)",
    "y = np.fill_diagonal(q, 0)",
    "isinstance(x, np.float)",
    "np.finfo(np.float64).eps",
    "np.finfo(np.float32).tiny",
    "np.finfo(float).eps",
    "np.finfo(np.float32)",
    "np.iinfo(np.int32).bits",
    "number = int | np.integer",
    "kinds = [np.number]",
    "x.select_dtypes(include=np.number)",
    "f((np.integer, 'f4'))",
    "number = np.floating | None",
]


def ported(known: Known, source: str) -> str:
    return fix.fixed(source, reader.read("one.py", source, known))


@pytest.mark.parametrize(("text", "made"), REWRITTEN + GONE)
def test_a_rewrite_is_as_it_is_written_here(known: Known, text: str, made: str):
    found = ported(known, f"{HEAD}found = {text}\n")
    assert found.endswith(f"found = {made}\n") and fix.MARK not in found


@pytest.mark.parametrize("text", LEFT)
def test_what_is_not_safe_stays_with_a_comment(known: Known, text: str):
    found = ported(known, f"{HEAD}{text}\n").splitlines()
    assert found[-1] == text and found[-2].startswith(fix.MARK)


def test_a_rewrite_gives_what_numpy_gives(known: Known):
    """All in one process a side: NumPy's answers and MLX's, as lists."""
    lines = "".join(f"found.append({text})\n" for text, _ in REWRITTEN)
    source = f"{HEAD}found = []\n{lines}"
    told = "\nimport json\nprint(json.dumps([one.tolist() if hasattr(one, 'tolist') else one for one in found]))\n"
    both = []
    for code in (source, ported(known, source)):
        done = subprocess.run([sys.executable, "-c", code + told], capture_output=True, text=True)
        assert not done.returncode, done.stderr
        both.append(json.loads(done.stdout))
    for (text, _), one, other in zip(REWRITTEN, *both, strict=True):
        assert np.allclose(one, other, rtol=1e-5, atol=1e-6) and np.shape(one) == np.shape(other), text


def test_draws_have_the_shape_and_the_range_that_numpys_have(known: Known):
    for text, _ in GONE[4:]:
        made = ported(known, f"import numpy as np\nfound = {text}\n")
        seen: dict = {}
        exec(made, seen)
        expected = np.array(eval(text, {"np": np}))
        assert tuple(seen["found"].shape) == expected.shape and "numpy" not in made


def test_what_is_taken_for_a_method_of_mlx_is_one():
    assert {name for name in rewrites.ON_MLX if not hasattr(mx.array, name)} == set()


def test_a_comment_stands_above_what_a_statement_begins_with(known: Known):
    for text, made in (("np.sin(a)", "mx.sin(a)"), ("rng.normal(0, 1, (2, 3))", "mx.array(rng.normal(0, 1, (2, 3)))")):
        found = ported(known, f"{HEAD}{text} + np.nosuch\n").splitlines()
        assert found[-1] == f"{made} + np.nosuch" and found[-2].startswith(fix.MARK)


def test_a_recipe_stands_once_above_and_has_another_name_where_its_own_is_taken(known: Known):
    source = "import os\nimport numpy as np\n\na = np.ones(3)\nb = np.ptp(a) + np.ptp(a)\n"
    made = ported(known, source)
    assert made.count("def ptp(") == 1 and made.index("import os") < made.index("def ptp(") < made.index("a = mx.ones(3)")
    assert ported(known, made) == made
    taken = ported(known, source.replace("b =", "ptp ="))
    assert "def mx_ptp(" in taken and "ptp = mx_ptp(a) + mx_ptp(a)" in taken


def test_numpys_import_goes_when_nothing_uses_it(known: Known):
    assert "numpy" not in ported(known, "import numpy as np\na = np.zeros(3)\n")
    assert "import numpy as np\n" in ported(
        known, "import numpy as np  # of old\na = np.zeros(3)\n".replace("  # of old", "") + "b = np.nosuch\n"
    )
    assert "import numpy as np\n" in ported(known, "import numpy as np\na = np.zeros(3)\nb = eval('np.pi')\n")
    assert "import numpy as np  # why" in ported(known, "import numpy as np  # why\na = np.zeros(3)\n")


IMPORTS = [  # where NumPy is imported, and what becomes of it
    (
        '"""Text."""\nfrom __future__ import annotations\n\ndef f(a):\n    import numpy as np\n\n    return np.zeros(3)\n',
        '"""Text."""\nfrom __future__ import annotations\nimport mlx.core as mx\n\ndef f(a):\n\n    return mx.zeros(3)\n',
    ),
    (
        "# Text.\n@wrap\ndef f():\n    from numpy import zeros as z\n    return z(3)\n",
        "# Text.\nimport mlx.core as mx\n@wrap\ndef f():\n    return mx.zeros(3)\n",
    ),
    (
        "try:\n    import numpy as np\nexcept ImportError:\n    raise\na = np.zeros(3)\n",
        "import mlx.core as mx\ntry:\n    import numpy as np\nexcept ImportError:\n    raise\na = mx.zeros(3)\n",
    ),
    (
        '"""\nimport numpy as np\n"""\nimport os, numpy as np\na = np.zeros(3)\n',
        '"""\nimport numpy as np\n"""\nimport os, numpy as np\nimport mlx.core as mx\na = mx.zeros(3)\n',
    ),
    ("def f():\n    global np\n    import numpy as np\n    return np.zeros(3)\n", None),
]


@pytest.mark.parametrize(("source", "made"), IMPORTS)
def test_mlx_is_imported_where_it_is_seen(known: Known, source: str, made: str | None):
    assert ported(known, source) == (made or source)


def test_a_recipe_finds_mlx_where_numpy_is_imported_in_a_function(known: Known):
    made = ported(known, "import os\n\ndef f():\n    import numpy as np\n    return np.ptp(np.ones(3)).item()\n")
    seen: dict = {}
    exec(made, seen)
    assert "numpy" not in made and seen["f"]() == 0


def test_changes_stand_within_each_other():
    def at(first: int, last: int) -> Place:
        return Place(1, first + 1, 1, last + 1)

    whole = Edit(at(0, 4), ("g(", at(2, 3), ")"))
    assert edits.applied("f(x)", [whole, Edit(at(2, 3), ("y",))]) == "g(y)"
    with pytest.raises(edits.ConflictError):
        edits.applied("f(x)", [whole, Edit(at(0, 1), ("h",))])
    opened = [Edit(at(0, 0), ("a(",), wraps=at(0, 4)), Edit(at(0, 0), ("b(",), wraps=at(0, 4))]
    closed = [Edit(at(4, 4), (")1",), wraps=at(0, 4)), Edit(at(4, 4), (")2",), wraps=at(0, 4))]
    assert edits.applied("f(x)", [*opened, *closed]) == "a(b(f(x))2)1"


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("found = np.isreal(v)  # why", "found = mx.imag(v) == 0  # why"),
        ("found = [np.isreal(v)\n         & (v > 0)]", "found = [(mx.imag(v) == 0)\n         & (v > 0)]"),
        ("found = (\n    1 +\n    np.isreal(v))", "found = (\n    1 +\n    (mx.imag(v) == 0))"),
        ("found = np.append(  # all\n    v,\n    [1.0],\n)", None),
    ],
)
def test_brackets_and_comments_are_looked_after(known: Known, text: str, made: str | None):
    found = ported(known, f"{HEAD}{text}\n")
    assert found.endswith(f"{made or text}\n") and (fix.MARK in found) == (made is None)


WHOLE = [  # sources that can be ported without a person: they are run before and after
    "a = np.linspace(0.0, 1.0, 5)\nfound = np.where(a > 0.5, np.absolute(a), np.exp(a))",
    "a = np.zeros((2, 3), dtype=float)\na[:, 1] = 2.5\nfound = np.concatenate([a, np.ones_like(a)]).sum(axis=0)",
    "a = np.array([[1.0, 2.0], [3.0, 4.0]])\nfound = a @ a.T + np.eye(2)  # a comment",
    "from numpy import float32, roll as turned\na = np.arange(6).astype(float32)\nfound = turned(a, 2)",
    "def f(a):\n    return np.true_divide(np.cumsum(a), 2)\n\n\nfound = f(np.ones(4, 'float32'))",
]
PRINTED = "\nimport json\nprint(json.dumps(found.tolist()))\n"


def test_what_needs_no_person_runs_after_it_was_fixed_and_agrees(known: Known):
    for text in WHOLE:
        source = f"import numpy as np\n{text}\n"
        made = ported(known, source)
        assert fix.MARK not in made and not re.search(r"\bnp\.", made), made
        printed = [
            subprocess.run([sys.executable, "-c", code + PRINTED], capture_output=True, text=True, check=True).stdout
            for code in (source, made)
        ]
        both = [json.loads(one) for one in printed]
        assert both[1] == pytest.approx(both[0], rel=1e-5) if not isinstance(both[0][0], list) else both[1] == both[0]


def test_what_is_left_is_marked_above_its_statement_and_all_else_is_kept(known: Known):
    source = '"""Text."""\r\nimport numpy as np\r\n\r\ndef f(x):\r\n    y = np.exp( x )  # kept\r\n    return np.mean(\r\n        y)\r\n'
    made = ported(known, source)
    url = known.entry("numpy.mean").url
    assert made == (
        '"""Text."""\r\nimport mlx.core as mx\r\nimport numpy as np\r\n\r\ndef f(x):\r\n    y = mx.exp( x )  # kept\r\n'
        f"    # mlx-port: numpy.mean: differs, see {url}\r\n    return np.mean(\r\n        y)\r\n"
    )
    assert ported(known, made) == made


def test_a_warning_is_marked_as_well(known: Known):
    made = ported(known, "import numpy as np\na = np.zeros(3)\nb = a[1:]\nb += 1\n")
    assert "# mlx-port: P112: A part of an array, or the same array in another shape, is written to" in made


def test_a_dtype_stays_numpys_within_a_call_that_does(known: Known):
    made = ported(known, "import numpy as np\na = np.full(3, 2.5, dtype=np.int32) + np.zeros(3, dtype=np.int32)\n")
    assert "np.full(3, 2.5, dtype=np.int32) + mx.zeros(3, dtype=mx.int32)" in made


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nprint(np.nosuch(3))\n",
        "import numpy as np\nmx = 3\na = np.zeros(3)\n",
        "a = 3\n",
        "import numpy as np\nprint(\n",
        "xp = np = None\nif flag:\n    import numpy as np\nxp = np if flag else cupy\nxp.zeros(3)\n",
    ],
)
def test_a_file_in_doubt_stays_as_it_is(known: Known, source: str):
    assert ported(known, source) == source


def test_a_text_that_is_not_what_was_read_stays_as_it_is(known: Known):
    found = reader.read("one.py", "import numpy as np\na = np.zeros(3)\n", known)
    other = "import numpy as np\na = np.arange(3)\n"
    assert fix.fixed(other, found) == other


def test_a_difference_is_shown_and_a_file_replaced_whole(known: Known, tmp_path: Path, capsys: pytest.CaptureFixture):
    rows = [{"numpy": name, "json": row} for name, row in known.texts.items()]
    path = tmp_path / "one.py"
    source = "import numpy as np\na = np.zeros(3)\n"
    path.write_text(source)
    path.chmod(0o640)
    assert command.diff(rows, [str(path)], write=False) == 0
    assert "-a = np.zeros(3)\n+import mlx.core as mx\n+a = mx.zeros(3)\n" in capsys.readouterr().out
    assert path.read_text() == source
    assert command.diff(rows, [str(path)], write=True) == 0
    assert path.read_text() == "import mlx.core as mx\na = mx.zeros(3)\n"
    assert path.stat().st_mode & 0o777 == 0o640 and [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.parent.name)
def test_a_fixed_program_is_python_and_all_that_is_left_is_marked(known: Known, path: Path):
    source = path.read_text()
    found, made = command.read(path, known), ported(known, path.read_text())
    ast.parse(made)
    assert {*re.findall(r"#.*", source)} <= {*re.findall(r"#.*", made)}
    left = {use.numpy for use in found.uses if use.port in ("person", "unknown")}
    assert all(f"{fix.MARK} {name}:" in made for name in left)


WHOLE_PROGRAMS = {"least_squares": 1e-3}  # the programs of which nothing is left to a person, with their pages' tolerance


def test_programs_of_which_nothing_is_left_run_and_agree(known: Known):
    made = {path.parent.name: ported(known, path.read_text()) for path in PROGRAMS}
    assert {name for name, text in made.items() if fix.MARK not in text} == {*WHOLE_PROGRAMS}
    for path in PROGRAMS:
        if path.parent.name in WHOLE_PROGRAMS:
            sides: tuple[dict, dict] = ({}, {})
            exec(path.read_text(), sides[0])
            exec(made[path.parent.name], sides[1])
            pairs = zip(sides[0]["expected"], sides[1]["expected"], strict=True)
            assert all(isinstance(other, mx.array) for other in sides[1]["expected"])
            atol = WHOLE_PROGRAMS[path.parent.name]
            assert all(np.allclose(np.array(other), one, rtol=0, atol=atol) for one, other in pairs)
