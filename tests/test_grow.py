"""A larger dataset for `make bench`: more entries, each as true as its original."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from pathlib import Path

import pytest

from mapping.dataset import reader
from mapping.facts import lookup, rules
from mapping.facts.rules import excuses

from . import mini
from .conftest import ROOT
from .grow import BOUND, BOUNDS, copied, entries, grow

TEXT = """[topic]
title = "One"
order = 7

["numpy.sum"]
mlx = ["mlx.core.sum", "mlx.core.array.sum"]
summary = "Says `np.sum` where {py:obj}`ndarray.sum <numpy.ndarray.sum>` is a method."

[["numpy.sum".examples]]
numpy = '''
>>> np.sum(np.array([1, 2]))
np.int64(3)
'''
mlx = '''
>>> mx.sum(mx.array([1, 2])).dtype
mlx.core.int32
'''

["numpy.ndarray.sum"]
mlx = ["mlx.core.array.sum"]
"""


def test_a_copy_has_other_names_and_shows_the_same():
    made = copied(TEXT, 2)
    assert entries(TEXT) == 2 and entries(made) == 1
    for line in (
        'title = "One 2"',
        "order = 2007",
        '["numpy.copy2.sum"]',
        'mlx = ["mlx.core.copy2.sum", "mlx.core.array.sum"]',
        'summary = "Says `np.copy2.sum` where {py:obj}`ndarray.sum <numpy.ndarray.sum>` is a method."',
        ">>> np.copy2.sum(np.copy2.array([1, 2]))",
        "np.int64(3)",
        ">>> mx.copy2.sum(mx.copy2.array([1, 2])).dtype",
        "mlx.core.int32",
    ):
        assert line in made.split("\n"), line


def test_what_single_machines_show_of_an_entry_they_show_of_its_copies(tmp_path: Path):
    shown = '["numpy.argmax"."cuda".edges]\nvalue = "f(a), int8: NumPy np.array(1), MLX mx.array(2)"\n'
    root = mini.write(tmp_path, {"mapping/dataset/machines.toml": f"# What they show.\n\n{shown}"})
    grow(root, 3)
    found = tomllib.loads((root / "mapping" / "dataset" / "machines.toml").read_text())
    said = "f(a), int8: NumPy np.copy3.array(1), MLX mx.copy3.array(2)"
    assert found.keys() == {"numpy.argmax", "numpy.copy2.argmax", "numpy.copy3.argmax"}
    assert found["numpy.copy3.argmax"] == {"cuda": {"edges": {"value": said}}}


def test_copies_pass_the_gate_and_are_proven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    root = mini.write(tmp_path, {})
    assert grow(root, 3) == 3
    monkeypatch.setenv("PYTHONPATH", str(root))  # a project of its own has its workers look there anyway
    built = mini.build(root)
    assert built.status == 0, built.said
    proven = json.loads((built.out / "verified.json").read_text())
    assert proven["entries"] == 3 and proven["blocks"]["run"] == 6


def test_rules_that_count_or_know_names_let_a_larger_dataset_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for folder in ("mapping/dataset", "mapping/facts", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    grow(tmp_path, 3)
    grown = dict(re.findall(r'(?m)^    "(\w+)": \((\d+), "', (tmp_path / BOUNDS).read_text()))
    assert grown.keys() == excuses.BOUNDS.keys() and BOUND.search((ROOT / BOUNDS).read_text())
    monkeypatch.setattr(excuses, "BOUNDS", {kind: (int(grown[kind]), said) for kind, (_, said) in excuses.BOUNDS.items()})
    dataset, problems = reader.read(tmp_path / "mapping" / "dataset" / "entries", tmp_path)
    facts = lookup.Facts({}, {}, {}, {})
    told = [problem for code in ("E701", "E702", "E703", "E705") for problem in rules.RULES[code](dataset, facts)]
    assert len(dataset.entries) > 2000 and [*map(str, [*problems, *told])] == []
