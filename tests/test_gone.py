"""Names that NumPy no longer has: which they are, what is said of each, where readers find them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from mapping.dataset import reader
from mapping.run.terms import NAME
from mapping.site import gone
from tests import mini
from tests.conftest import ROOT

TOLD = [
    {"release": "1.26", "names": {"numpy.a": [True, ""], "numpy.b": [True, "``b`` is deprecated."], "numpy.c": [True, ""]}},
    {
        "release": "2.0",
        "names": {"numpy.a": [True, "Use `np.c`."], "numpy.b": [False, "`np.b` was removed in the NumPy 2.0 release. Use `np.c`."]},
    },
    {"release": "2.1", "names": {"numpy.a": [False, ""], "numpy.c": [True, ""], "numpy.d": [False, "Never public."]}},
]
EXTENT = 'namespaces = ["numpy"]\n'
WORDS = "Use `np.argmax` instead, not `np.argmin`."


@pytest.fixture(scope="module")
def listed() -> dict:
    found, problems = reader.read_gone(ROOT / gone.FILE, ROOT)
    assert not problems
    return {one.name: one for one in found}


def test_what_an_earlier_release_had_and_the_last_lacks_is_gone():
    assert gone.lost(TOLD) == {"numpy.a": "2.1", "numpy.b": "2.0"}


def test_numpys_newest_words_are_taken_without_what_the_table_tells():
    assert [gone.words(TOLD, name) for name in ("numpy.a", "numpy.b", "numpy.c")] == ["Use `np.c`.", "Use `np.c`.", ""]


def test_the_command_adds_names_and_leaves_a_persons_words(tmp_path: Path, monkeypatch, capsys):
    root = mini.write(tmp_path, {"mapping/dataset/extent.toml": EXTENT, gone.FILE: '["numpy.b"]\nremoved = "1.0"\ninstead = "Ours."\n'})
    monkeypatch.setattr(gone, "environments", lambda folder: range(3))
    asked = []
    monkeypatch.setattr(gone, "ask", lambda python, root, names: asked.append(names["numpy"]) or TOLD[python])
    assert gone.gone(root) == 0
    assert asked == [[], ["a", "b", "c"], ["a", "b", "c"]]
    assert "2 names" in capsys.readouterr().out
    found, _ = reader.read_gone(root / gone.FILE, root)
    assert [(one.name, one.removed, one.instead) for one in found] == [("numpy.a", "2.1", "Use `np.c`."), ("numpy.b", "2.0", "Ours.")]


def test_the_names_that_old_code_has_are_there(listed: dict):
    old = [
        "trapz",
        "in1d",
        "product",
        "alltrue",
        "float_",
        "Inf",
        "int",
        "msort",
        "asfarray",
        "NaN",
        "object",
        "bool8",
        "mat",
        "ndarray.ptp",
        "ndarray.itemset",
    ]
    assert {f"numpy.{name}" for name in old} <= listed.keys()
    assert (listed["numpy.trapz"].removed, listed["numpy.int"].removed) == ("2.4", "1.24")


def test_what_numpy_says_itself_is_what_is_said(listed: dict):
    said = {name: text for name, text in np.__expired_attributes__.items() if f"numpy.{name}" in listed}
    assert len(said) > 40
    for name, text in said.items():
        assert names(text) <= names(listed[f"numpy.{name}"].instead), name


def names(text: str) -> set[str]:
    return {re.sub("^np[.]", "numpy.", name) for name in NAME.findall(text)}


def published(folder: Path, name: str, instead: str = WORDS, files: dict[str, str] | None = None) -> mini.Built:
    """A project of one name that is gone, beside these files."""
    return mini.build(mini.write(folder, {gone.FILE: f'["{name}"]\nremoved = "2.0"\ninstead = "{instead}"\n', **(files or {})}))


def test_a_name_is_on_the_page_with_its_fate_and_in_the_data(tmp_path: Path):
    built = published(tmp_path, "numpy.Argmax")
    assert built.status == 0, built.said
    page = (built.out / "reference" / "gone.html").read_text()
    row = page[page.index('id="numpy.Argmax"') :].split("</tr>")[0]
    assert 'href="one.html#numpy.argmax"' in row and "verdict-differs" in row and "argmin" in row
    [kept] = json.loads((built.out / "mapping.json").read_text())["gone"]
    assert (kept["numpy"], kept["entries"], kept["url"]) == ("numpy.Argmax", ["numpy.argmax"], "reference/gone.html#numpy.Argmax")


def test_a_name_that_is_there_is_not_gone(tmp_path: Path):
    built = published(tmp_path, "numpy.argmin")
    assert built.status and re.search(r"gone\.toml:1: numpy\.argmin: E210: .*has it", built.said)


def test_what_replaces_a_name_is_there(tmp_path: Path):
    built = published(tmp_path, "numpy.Argmax", "Use `np.argmost` instead.")
    assert built.status and "np.argmost: G506: does not exist" in built.said


def test_nothing_is_said_of_a_name_is_told(tmp_path: Path):
    built = published(tmp_path, "numpy.Argmax", "")
    assert built.status and "gone.toml:3: numpy.Argmax: E105: `instead`" in built.said
