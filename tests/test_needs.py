"""Blocks that need a package: they run where it is, are left out where it is not, and fail on the machine of the gate."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapping.run import blocks, needs, record

from . import mini

HERE = {"platform": "Linux-x86_64", "python": "3.11.7", "device": "cpu", "backend": "cpu"}


def page(*texts: str) -> list[blocks.Block]:
    return [blocks.Block("p", "p.md", 1, text, "pycon") for text in texts]


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        ((">>> import pandas as pd", ">>> x = pd.Series([1])", ">>> x + 1", ">>> y = 2", ">>> y"), ["pandas"] * 3 + ["", ""]),
        ((">>> from PIL import Image", ">>> def f():\n...     return Image.new('L', (1, 1))", ">>> f()"), ["PIL"] * 3),
        ((">>> import scipy.signal", ">>> scipy.signal", ">>> import numpy.linalg"), ["scipy", "scipy", ""]),
        ((">>> import pandas as pd", ">>> pd = 3", ">>> pd"), ["pandas", "", ""]),
        ((">>> import polars", ">>> from einops import reduce", ">>> polars, reduce"), ["polars", "einops", "einops polars"]),
    ],
)
def test_a_block_needs_what_it_and_its_names_come_from(texts: tuple[str, ...], wanted: list[str]):
    assert [" ".join(sorted(one)) for one in needs.needed(page(*texts))] == wanted


def test_what_a_machine_lacks_it_leaves_out():
    scope = blocks.Scope("p", page(">>> import pandas", ">>> 1"))
    scope.blocks[0].machine = "pandas"
    there = {**HERE, "packages": "pandas=3.1.1 PIL=12.0"}
    assert len(scope.on(record.machine_kinds(there)).blocks) == 2
    assert [one.text for one in scope.on(record.machine_kinds(HERE)).blocks] == [">>> 1"]


def test_what_the_machine_of_the_gate_lacks_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(needs, "NEIGHBOURS", {"nosuchpackage": "nosuchpackage"})
    monkeypatch.setattr(needs, "IMPORTS", needs.re.compile("import nosuchpackage"))
    mini.write(tmp_path, {"docs/extra.md": "---\norphan: true\n---\n# Extra\n\n```pycon\n>>> import nosuchpackage\n```\n"})
    built = mini.build(tmp_path)
    assert built.status and "not run: nosuchpackage is not installed" in built.said


def test_all_of_them_are_installed_here():
    assert [one.partition("=")[0] for one in needs.installed()] == [*needs.NEIGHBOURS]
