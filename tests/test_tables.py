"""The guide's tables: each cell is an answer of a call, and a row that lies is named with its line."""

from __future__ import annotations

import json
from pathlib import Path

import mlx.core as mx
import numpy as np
import pytest

from mapping.dataset import model, reader
from mapping.facts import guide, lookup
from mapping.facts.rules.entries import live_failed, sheet_otherwise
from mapping.run.cache import FILE, Cache
from mapping.run.pool import Pool
from mapping.run.terms import DTYPES
from mapping.site import includes
from mapping.worker import tables
from mapping.worker.inputs import mlx_dtype

ROOT = Path(__file__).resolve().parent.parent
SHEET = """[inputs]
a = "np.array([5, 1], dtype=np.int32)"

[[section]]
slug = "one"
title = "One"

[[section.rows]]
numpy = "np.sum(a)"
mlx = "mx.sum(a)"

[[section.rows]]
numpy = "np.argmax(a)"
mlx = "mx.argmax(a)"
differs = "dtype"
note = "wraps"
"""


def cell(table: dict, row: str, column: str):
    found = next(one for one in table["rows"] if one["name"] == row)
    return found["cells"][table["heads"].index(column)]


@pytest.mark.parametrize("name", tables.MEASURES)
def test_a_table_has_as_many_cells_as_heads(name: str):
    table = tables.measure(name)
    assert table["rows"]
    assert {len(row["cells"]) for row in table["rows"]} <= ({len(table["heads"])} if table["heads"] else {0, 2})


@pytest.mark.parametrize("a", DTYPES)
@pytest.mark.parametrize("b", ["bool", "uint64", "float16", "complex64"])
def test_promotion_is_what_a_sum_gives(a: str, b: str):
    numpy, mlx = cell(tables.measure("promotion"), a, b)
    assert mlx == str((mx.ones(1, mlx_dtype(a)) + mx.ones(1, mlx_dtype(b))).dtype).removeprefix("mlx.core.")
    assert numpy == ("" if a == "bfloat16" else str((np.ones(1, a) + np.ones(1, b)).dtype))


def test_accumulators_tell_sums_apart():
    table = tables.measure("accumulators")
    assert cell(table, "uint8", "sum") == ["uint64", "uint32"]
    assert cell(table, "uint8", "cumsum") == ["uint64", "uint8"]


def test_an_index_is_used_as_it_says():
    table = tables.measure("indices")
    assert cell(table, "a boolean array", "`a[i]`") == ["ok", "ValueError"]
    assert cell(table, "a boolean array", "`a[i] = 0`") == ["ok", "ok"]
    assert cell(table, "an integer array", "`a[i]`") == ["ok", "ok"]


def test_another_answer_is_no_yes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mx, "take", lambda a, i: a)
    assert cell(tables.measure("indices"), "an `int`", "`mx.take(a, i)`") == ["ok", "other"]


def test_a_numpy_function_is_called_on_an_mlx_array():
    told = {row["name"]: row["cells"] for row in tables.measure("numpy_functions")["rows"]}
    assert told["np.sum(a)"][0] == "raises TypeError"
    assert told["np.sin(a)"] == ["ndarray, float32", ""]
    assert told["np.squeeze(a)"] == ["MLX array", ""]


def test_every_function_of_linalg_is_called():
    rows = tables.measure("linalg")["rows"]
    assert {row["name"] for row in rows} == {name for name in dir(mx.linalg) if not name.startswith("_")}
    assert all(row["cells"] for row in rows), "a new function needs its arguments in tables.LINALG"


def test_what_a_gpu_answered_is_of_functions_that_are_there():
    measured = json.loads((ROOT / "mapping" / "dataset" / "measured.json").read_text())
    assert {row["name"] for row in measured["linalg"]} == {row["name"] for row in tables.measure("linalg")["rows"]}
    assert any(row["cells"][0] != "ok" for row in measured["linalg"])
    assert all(row["cells"][1] == "ok" for row in measured["linalg"])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "mapping" / "dataset" / "entries"
    folder.mkdir(parents=True)
    (folder.parent / "cheatsheet.toml").write_text(SHEET)
    guide = tmp_path / "docs" / "guide"
    (guide / "programs" / "tiny").mkdir(parents=True)
    (guide / "page.md").write_text("```{include} ../reference/tables/scalars.md\n```\n")
    (guide / "programs" / "tiny" / "with_mlx.py").write_text("import mlx.core as mx\nfound = mx.array([1.0, 3.0])\n")
    (guide / "programs" / "tiny" / "figure.py").write_text(
        "def draw(figure, names):\n    figure.subplots().plot(names['found'].tolist())\n"
    )
    return tmp_path


def asked(project: Path, pool: Pool) -> tuple[model.Dataset, guide.Live]:
    dataset, problems = reader.read(project / "mapping" / "dataset" / "entries", project)
    assert not problems
    return dataset, guide.ask(dataset, project, pool, Cache(project / "_build", pool.device))


def problems(project: Path, pool: Pool) -> list[str]:
    dataset, found = asked(project, pool)
    facts = lookup.Facts(pool.environment(), {}, {}, {}, live=found)
    return [str(one) for rule in (live_failed, sheet_otherwise) for one in rule(dataset, facts)]


def test_a_sheet_that_is_true_gives_no_problem(project: Path, pool: Pool):
    assert problems(project, pool) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('differs = "dtype"\n', "", "mapping/dataset/cheatsheet.toml:12: np.argmax(a): E502: `differs` is `nothing`, but seen is: dtype"),
        ("mx.sum(a)", "mx.sum(a) + 1", "mapping/dataset/cheatsheet.toml:8: np.sum(a): E502: `differs` is `nothing`, but seen is: value"),
        ("mx.sum(a)", "mx.nosuch(a)", "mapping/dataset/cheatsheet.toml:8: np.sum(a): E502: `differs` is `nothing`, but seen is: error"),
        ("np.sum(a)", "np.nosuch(a)", "NumPy raises AttributeError: module 'numpy' has no attribute 'nosuch'"),
        (
            'a = "np.array',
            'a = "np.nosuch',
            "mapping/dataset/cheatsheet.toml:1: sheet one: E501: AttributeError: module 'numpy' has no attribute 'nosuch'",
        ),
    ],
)
def test_a_sheet_that_lies_is_named(project: Path, pool: Pool, old: str, new: str, said: str):
    file = project / "mapping" / "dataset" / "cheatsheet.toml"
    assert old in SHEET
    file.write_text(SHEET.replace(old, new))
    assert any(said in one for one in problems(project, pool)), problems(project, pool)


def test_a_table_that_is_not_there_is_named(project: Path, pool: Pool):
    (project / "docs" / "guide" / "page.md").write_text("```{include} ../reference/tables/nosuch.md\n```\n")
    assert "docs/reference/tables/nosuch.md:1: table nosuch: E501: LookupError: no such table" in problems(project, pool)[0]


def test_a_program_that_fails_is_named(project: Path, pool: Pool):
    (project / "docs" / "guide" / "programs" / "tiny" / "with_mlx.py").write_text("raise SystemExit(3)\n")
    assert problems(project, pool) == ["docs/guide/programs/tiny/figure.py:1: figure tiny: E501: SystemExit: 3"]


def test_a_program_that_ends_the_process_is_named(project: Path, pool: Pool):
    (project / "docs" / "guide" / "programs" / "tiny" / "with_mlx.py").write_text("import os\nos._exit(4)\n")
    assert problems(project, pool) == ["docs/guide/programs/tiny/figure.py:1: figure tiny: E501: the process exited with status 4"]


def test_the_same_result_draws_the_same_figure(project: Path, pool: Pool):
    first = asked(project, pool)[1].figures["tiny"]
    (project / "_build" / FILE).unlink()
    assert asked(project, pool)[1].figures["tiny"] == first
    assert first["light"].startswith("<?xml") and first["light"] != first["dark"]
    assert "<dc:date>" not in first["light"]


def test_answers_are_kept_until_something_changes(project: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch):
    questions: list[list[str]] = []
    ask = pool.ask
    monkeypatch.setattr(pool, "ask", lambda todo, progress: questions.append(sorted(todo)) or ask(todo, progress))
    first = asked(project, pool)[1]
    assert questions == [["figure tiny", "sheet one", "table scalars"]]
    assert asked(project, pool)[1] == first and len(questions) == 1
    program = project / "docs" / "guide" / "programs" / "tiny" / "with_mlx.py"
    program.write_text(program.read_text().replace("3.0", "2.0"))
    assert asked(project, pool)[1].figures != first.figures
    assert questions[1:] == [["figure tiny"]]
    (project / "_build" / FILE).write_text("[broken")
    asked(project, pool)
    assert questions[2] == ["figure tiny", "sheet one", "table scalars"]


def test_a_failure_is_not_kept(project: Path, pool: Pool):
    program = project / "docs" / "guide" / "programs" / "tiny" / "with_mlx.py"
    waits = f"import os, pathlib\nif not pathlib.Path({str(project / 'now')!r}).exists():\n    raise SystemExit(1)\n"
    program.write_text(waits + "found = __import__('mlx.core').core.array([1.0])\n")
    assert asked(project, pool)[1].failed
    (project / "now").touch()
    assert not asked(project, pool)[1].failed


def test_a_cell_shows_both_dtypes_where_they_differ():
    table = {"heads": ["bool", "float32"], "rows": [{"name": "int8", "cells": [["int8", "int8"], ["float64", "float32"]]}]}
    made = includes.dtypes(table, guide.Live())
    assert "|  | `bool` | `f32` |" in made
    assert "| `int8` | i8 | {cells}`f32: ≠f64` |" in made


def test_a_gpu_that_was_not_asked_is_said():
    table = {"heads": [], "rows": [{"name": "inv", "cells": ["ok", "ok"]}]}
    assert "| `mx.linalg.inv` | not asked | not asked | yes |" in includes.linalg(table, guide.Live())
    asked = guide.Live(measured={"mlx": "1", "device_name": "X", "linalg": [{"name": "inv", "cells": ["ValueError", "ok"]}]})
    assert "| `mx.linalg.inv` | {cells}`ValueError: !` | yes | yes |" in includes.linalg(table, asked)
