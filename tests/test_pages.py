"""Generated pages against golden files: to change one on purpose, delete it and run this test twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapping.dataset import model, reader
from mapping.facts import lookup, matrix
from mapping.site import indexes, pages

from .conftest import MACHINES

GOLDEN = Path(__file__).parent / "golden"
HEAD = '[topic]\ntitle = "Topic"\norder = 1\nintro = "What is true of all."\n\n'


def example(numpy: str, mlx: str, more: str = "") -> str:
    return f"{more}numpy = '''\n{numpy}\n'''\nmlx = '''\n{mlx}\n'''\n"


ENTRIES = {
    "same": f"""["numpy.sum"]
mlx = ["mlx.core.sum"]
verdict = "same"
edges = ["overflow"]
summary = "Sums | wrap."
notes = ["A note."]
[["numpy.sum".examples]]
{example(">>> np.sum([1, 2])", ">>> mx.sum(mx.array([1, 2]))")}
[["numpy.sum".examples]]
edge = true
title = "Wraps"
{example(">>> 1", ">>> 2")}""",
    "renamed": f"""["numpy.absolute"]
mlx = ["mlx.core.abs"]
verdict = "renamed"
summary = "Another name."
[["numpy.absolute".examples]]
{example(">>> 1", ">>> 1")}
["numpy.abs"]
alias_of = "numpy.absolute"
""",
    "differs": f"""["numpy.linalg.norm"]
mlx = ["mlx.core.linalg.norm"]
verdict = "differs"
differences = ["dtype", "value"]
summary = "See `mx.linalg`."
[["numpy.linalg.norm".examples]]
{example(">>> '```'", ">>> 2")}
["numpy.linalg.norm".examples.deviation]
machine = "arm64 metal"
reason = "it is 3."
mlx = '''
>>> 3
'''""",
    "recipe": f"""["numpy.ptp"]
verdict = "recipe"
recipe = "mx.max(a) - mx.min(a)"
summary = "Two reductions."
[["numpy.ptp".examples]]
{example(">>> np.ptp([1, 5])", ">>> a = mx.array([1, 5])" + chr(10) + ">>> mx.max(a) - mx.min(a)")}""",
    "missing": f"""["numpy.gcd"]
verdict = "missing"
summary = "Not there."
[["numpy.gcd".examples]]
{example(">>> np.gcd(4, 6)", ">>> mx.array(np.gcd(4, 6))")}""",
    "host": """["numpy.loadtxt"]
verdict = "host"
category = "text files"
summary = "Keep NumPy."
""",
    "forms": f"""["numpy.ndarray.__getitem__"]
mlx = ["mlx.core.array.__getitem__"]
summary = "It depends."
[["numpy.ndarray.__getitem__".forms]]
name = "slice"
verdict = "same"
edges = ["undefined"]
undefined = "A step of 0 is not checked."
summary = "As in NumPy."
[["numpy.ndarray.__getitem__".forms.examples]]
{example(">>> 1", ">>> 1")}
[["numpy.ndarray.__getitem__".forms]]
name = "mask"
verdict = "differs"
differences = ["error"]
summary = "It raises."
[["numpy.ndarray.__getitem__".forms.examples]]
{example(">>> 1", ">>> 1")}""",
}


@pytest.fixture(scope="module")
def facts() -> lookup.Facts:
    names = dict.fromkeys(("mlx.core.sum", "mlx.core.abs", "mlx.core.linalg.norm"), True)
    return lookup.Facts(MACHINES["linux"], names, {"numpy.abs numpy.absolute": True}, {})


@pytest.mark.parametrize("name", ENTRIES)
def test_a_page_is_as_its_golden_file(tmp_path: Path, facts: lookup.Facts, name: str):
    (tmp_path / "topic.toml").write_text(HEAD + ENTRIES[name])
    dataset, problems = reader.read(tmp_path, tmp_path)
    assert not problems
    page = pages.topic_page(dataset.topics[0], dataset, facts)
    assert "None" not in page
    golden = GOLDEN / f"{name}.md"
    if not golden.exists():
        golden.write_text(page)
        pytest.fail(f"{golden.name} was not there; it is now: read it, and run again")
    assert page == golden.read_text()


SEEN = "f(a), int8 2-d: NumPy array([1 | 2], dtype=int8), MLX array([`, 3], dtype=int8)"


def test_what_single_machines_show_stands_with_the_entry_and_on_a_page(tmp_path: Path, facts: lookup.Facts):
    (tmp_path / "topic.toml").write_text(HEAD + ENTRIES["differs"] + "\n" + ENTRIES["forms"])
    dataset, _ = reader.read(tmp_path, tmp_path)
    dataset.machines = [
        model.Deviation("numpy.linalg.norm", "x86-64 cpu", {"nan": "an example"}, {"value": SEEN}),
        model.Deviation("numpy.ndarray.__getitem__ mask", "cuda", {}, {"shape": "f(a)"}),
    ]
    page = pages.topic_page(dataset.topics[0], dataset, facts)
    norm, getitem = page.split("## {entry}")[1:]
    assert f"\n\nOn x86-64 with MLX's CPU backend: **nan**: `an example`; at the edges **value**: ``{SEEN}``.\n" in norm
    assert getitem.count("On an NVIDIA GPU: at the edges **shape**: `f(a)`.") == 1 and getitem.index("On an NVIDIA") > getitem.index(
        "It raises."
    )
    rows = [line for line in indexes.deviations_page(dataset).split("\n") if line.startswith("- ")]
    assert rows == [
        "- {py:obj}`np.linalg.norm <numpy.linalg.norm>`. "
        f"On x86-64 with MLX's CPU backend: **nan**: `an example`; at the edges **value**: ``{SEEN}``.",
        "- {py:obj}`a[i] <numpy.ndarray.__getitem__>` mask. On an NVIDIA GPU: at the edges **shape**: `f(a)`.",
        "- {py:obj}`np.linalg.norm <numpy.linalg.norm>`. On arm64 with Apple's GPU an example shows: it is 3.",
    ]


def test_pages_that_should_not_be_there_go_and_others_keep_their_time(tmp_path: Path, facts: lookup.Facts):
    (tmp_path / "topic.toml").write_text(HEAD + ENTRIES["same"])
    dataset, _ = reader.read(tmp_path, tmp_path)
    folder = tmp_path / "reference"
    indexes.write(dataset, facts, folder)
    (folder / "old.md").write_text("# Old\n")
    before = (folder / "topic.md").stat().st_mtime_ns
    indexes.write(dataset, facts, folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        *(
            "coverage-dark.svg",
            "coverage-light.svg",
            "coverage.md",
            "deviations.md",
            "gone.md",
            "index.md",
            "mlx.md",
            "names.md",
            "releases.md",
            "rules.md",
            "topic.md",
        )
    ]
    assert (folder / "topic.md").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("name", "title", "manual"),
    [
        ("numpy.sum", "np.sum", "generated/numpy.sum.html"),
        ("numpy.linalg.norm", "np.linalg.norm", "generated/numpy.linalg.norm.html"),
        ("numpy.ndarray.T", "ndarray.T", "generated/numpy.ndarray.T.html"),
        ("numpy.ndarray.__add__", "a + b", "generated/numpy.ndarray.__add__.html"),
        ("numpy.random.normal", "np.random.normal", "random/generated/numpy.random.normal.html"),
        ("numpy.random.Generator.normal", "Generator.normal", "random/generated/numpy.random.Generator.normal.html"),
    ],
)
def test_titles_and_manuals(name: str, title: str, manual: str):
    assert pages.title(name) == title
    assert pages.numpy_manual(name).endswith(f"/reference/{manual}")


def test_an_operator_of_mlx_is_on_the_page_of_the_array():
    assert pages.mlx_manual("mlx.core.array.__add__").endswith("/_autosummary/mlx.core.array.html")
    assert pages.mlx_manual("mlx.core.linalg.norm").endswith("/_autosummary/mlx.core.linalg.norm.html")


def test_exports_read_without_roles():
    assert pages.plain("See {py:obj}`np.sum <numpy.sum>` and {absent}`mx.copy`.") == "See `np.sum` and `mx.copy`."


@pytest.mark.parametrize(
    ("verdict", "compiled", "grad", "told"),
    [
        ("recipe", "", "", "Compiles and has a gradient."),
        ("recipe", "", "no float comes out", "Compiles."),
        (
            "recipe",
            "ValueError: [eval] Attempting to eval an array during",
            "",
            "Looks at values, so it cannot be compiled. Has a gradient.",
        ),
        ("recipe", "TypeError: incompatible", "ValueError: no", "Cannot be compiled. Has no gradient."),
        ("same", "", "ValueError: no", "Has no gradient."),
        ("same", "", "", ""),
    ],
)
def test_what_transforms_do_is_told_in_words(verdict: str, compiled: str, grad: str, told: str):
    shown = matrix.Summary(transforms={"compile": compiled, "grad": grad})
    assert pages.transforms(model.Case(line=1, verdict=verdict), shown) == told
