"""What the cells of a job come to for a reader; which jobs run anew, and which keep what they showed."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapping.facts import matrix
from mapping.run import calls
from mapping.run.cache import Cache
from mapping.run.pool import Pool, silent

LINES = [("f(a)", "f(a)"), ("f(a, 2)", "f(a, 2)")]


def job(name: str = "numpy.sum", **more) -> calls.Job:
    return calls.Job(name, name, "mlx.core.sum", lines=LINES, **more)


SPECIALS = ("NaN", "extremes", "0-d", "empty")


def cell(case: str, kind: str = "", line: int = 0, ordinary: bool | None = None, **more) -> dict:
    """A step as a worker tells it; ordinary where its dtype is, and its shape no corner."""
    dtype, _, rest = case.partition(" ")
    label = next((one for one in SPECIALS if one in rest), dtype)
    usual = label == dtype and dtype in ("bool", "int32", "int64", "float32")
    return {
        "what": "cell",
        "line": line,
        "case": case,
        "label": label,
        "ordinary": usual if ordinary is None else ordinary,
        "kind": kind,
        **more,
    }


def through(*shown: str, line: int = 0) -> dict:
    return {"what": "through", "line": line, "case": "float32 2-d", "label": "float32", "ordinary": True, "kind": "", "shown": list(shown)}


SHOWN = {  # steps: what differs from nothing shown
    "nothing": ([], {}),
    "all agree": ([cell("int32 2-d"), cell("int8 2-d")], {"cells": 2, "table": {"int32": [], "int8": []}}),
    "ordinary": (
        [cell("int32 2-d", "dtype", numpy="1", mlx="2")],
        {"cells": 1, "table": {"int32": ["dtype"]}, "ordinary": {"dtype": "f(a), int32 2-d: NumPy 1, MLX 2"}},
    ),
    "the first of two": (
        [cell("int32 2-d", "dtype"), cell("float32 1-d", "dtype", 1)],
        {"cells": 2, "table": {"int32": ["dtype"], "float32": ["dtype"]}, "ordinary": {"dtype": "f(a), int32 2-d: NumPy , MLX "}},
    ),
    "another dtype": (
        [cell("int8 2-d", "value", 1, numpy="1", mlx="2"), cell("uint8 2-d", "value")],
        {
            "cells": 2,
            "table": {"int8": ["value"], "uint8": ["value"]},
            "edges": {"value": ["int8", "uint8"]},
            "first": {"value": "f(a, 2), int8 2-d: NumPy 1, MLX 2"},
        },
    ),
    "a dtype in two shapes": (
        [cell("int8 2-d", "value"), cell("int8 1-d", "value"), cell("int8 3-d", "shape")],
        {
            "cells": 3,
            "table": {"int8": ["value", "shape"]},
            "edges": {"value": ["int8"], "shape": ["int8"]},
            "first": {"value": "f(a), int8 2-d: NumPy , MLX ", "shape": "f(a), int8 3-d: NumPy , MLX "},
        },
    ),
    "a corner": (
        [cell("float32 2-d"), cell("float32 2-d NaN", "nan")],
        {
            "cells": 2,
            "table": {"float32": [], "NaN": ["nan"]},
            "edges": {"nan": ["NaN"]},
            "first": {"nan": "f(a), float32 2-d NaN: NumPy , MLX "},
        },
    ),
    "a crash": (
        [cell("int16 2-d", "undefined", mlx="it died")],
        {
            "cells": 1,
            "table": {"int16": ["undefined"]},
            "edges": {"undefined": ["int16"]},
            "first": {"undefined": "f(a), int16 2-d: NumPy , MLX it died"},
        },
    ),
    "bools that are not ordinary": (
        [cell("bool 2-d", "dtype", ordinary=False)],
        {"cells": 1, "table": {"bool": ["dtype"]}, "edges": {"dtype": ["bool"]}, "first": {"dtype": "f(a), bool 2-d: NumPy , MLX "}},
    ),
    "aliasing": ([through("aliasing")], {"edges": {"aliasing": []}, "first": {"aliasing": "f(a), float32 2-d"}}),
    "mutation": ([through("mutation", line=1)], {"ordinary": {"mutation": "f(a, 2), float32 2-d"}}),
    "neither": ([through()], {}),
    "no such dtype": ([cell("float64 2-d", "absent")], {"absent": True}),
    "MLX alone answers": (
        [cell("int32 2-d"), cell("int32 0-d", "unraised"), cell("float32 0-d", "unraised")],
        {
            "cells": 3,
            "table": {"int32": [], "0-d": ["unraised"]},
            "edges": {"unraised": ["0-d"]},
            "first": {"unraised": "f(a), int32 0-d: NumPy , MLX "},
        },
    ),
    "an alias": (
        [cell("int32 2-d", "alias", numpy="1", mlx="2"), cell("int32 1-d", "alias")],
        {"alias": "f(a), int32 2-d: 1 and 2"},
    ),
    "a probe": ([{"what": "parameter", "line": 0, "case": "no input", "label": "plain", "ordinary": True, "kind": "parameters"}], {}),
}


@pytest.mark.parametrize(("steps", "wanted"), SHOWN.values(), ids=SHOWN)
def test_what_steps_come_to(steps: list[dict], wanted: dict):
    found = {key: value for key, value in vars(matrix.summarized(job(), steps)).items() if value}
    assert found == wanted


@pytest.mark.parametrize("recipe", ["", "mx.sum(a)"])
def test_a_recipe_that_changes_no_input_is_an_edge(recipe: str):
    found = matrix.summarized(job(recipe=recipe), [through("mutation")])
    assert ("mutation" in found.edges, "mutation" in found.ordinary) == (bool(recipe), not recipe)


NEWS = {  # steps: labels of edges, rows of the table that say something
    "what happens to its dtype anyway": (
        [cell("float32 2-d", "dtype"), cell("float32 2-d NaN", "dtype")],
        {"dtype": []},
        {"float32": ["dtype"]},
    ),
    "something else": (
        [cell("float32 2-d", "dtype"), cell("float32 2-d NaN", "nan")],
        {"nan": ["NaN"]},
        {"float32": ["dtype"], "NaN": ["nan"]},
    ),
    "to another dtype": (
        [cell("int32 2-d", "dtype"), cell("float32 2-d"), cell("float32 2-d NaN", "dtype")],
        {"dtype": ["NaN"]},
        {"int32": ["dtype"], "NaN": ["dtype"]},
    ),
    "in another line": (
        [cell("float32 2-d", "dtype"), cell("float32 2-d NaN", "dtype", 1)],
        {"dtype": ["NaN"]},
        {"float32": ["dtype"], "NaN": ["dtype"]},
    ),
    "in the same line, the second": (
        [cell("float32 2-d", "dtype", 1), cell("float32 2-d NaN", "dtype", 1)],
        {"dtype": []},
        {"float32": ["dtype"]},
    ),
    "in a later shape alone": (
        [cell("int32 2-d"), cell("int32 1-d", "dtype"), cell("int32 0-d", "dtype")],
        {"dtype": ["0-d"]},
        {"int32": ["dtype"], "0-d": ["dtype"]},
    ),
    "to another dtype of a corner": (
        [cell("uint8 2-d", "value"), cell("int32 2-d"), cell("uint8 2-d extremes", "value"), cell("int32 2-d extremes", "value")],
        {"value": ["uint8", "extremes"]},
        {"uint8": ["value"], "extremes": ["value"]},
    ),
    "once each": (
        [cell("int32 0-d", "error"), cell("float32 0-d", "error"), cell("int32 empty", "error")],
        {"error": ["0-d", "empty"]},
        {"0-d": ["error"], "empty": ["error"]},
    ),
}


@pytest.mark.parametrize(("steps", "edges", "rows"), NEWS.values(), ids=NEWS)
def test_a_corner_tells_only_what_is_new(steps: list[dict], edges: dict, rows: dict):
    found = matrix.summarized(job(), steps)
    assert {kind: labels for kind, labels in found.edges.items() if labels} == {kind: labels for kind, labels in edges.items() if labels}
    assert {label: row for label, row in found.table.items() if row} == rows
    assert found.cells == len(steps)


def test_an_answer_that_numpy_refuses_everywhere_is_no_news_of_a_corner():
    steps = [
        cell("float32 2-d", "unraised"),
        cell("float32 2-d NaN", "unraised"),
        cell("int32 2-d", "refused"),
        cell("int32 2-d extremes", "unraised"),
    ]
    assert matrix.summarized(job(), steps).edges == {"unraised": ["float32", "extremes"]}


UNRAISED = {  # a cell in which MLX alone answers, beside what else the job shows, the job: whether it is a difference
    "for its values": (cell("int32 2-d", "unraised"), [cell("int32 2-d", line=1)], job(), True),
    "of an array that NumPy never takes": (cell("int32 3-d", "unraised"), [cell("int32 2-d", line=1)], job(), False),
    "of a dtype that NumPy never takes": (cell("float32 2-d", "unraised"), [cell("int32 2-d")], job(), False),
    "of booleans": (cell("bool 2-d", "unraised"), [cell("bool 2-d", line=1)], job(), False),
    "of a recipe": (cell("int32 2-d", "unraised"), [cell("int32 2-d", line=1)], job(recipe="mx.sum(a)"), False),
    "where MLX is wrong besides": (cell("int32 2-d", "unraised"), [cell("int32 2-d", "value", line=1)], job(), True),
    "where MLX raises besides": (cell("int32 2-d", "unraised"), [cell("int32 2-d", "refused", line=1)], job(), False),
}


@pytest.mark.parametrize(("seen", "others", "of", "difference"), UNRAISED.values(), ids=UNRAISED)
def test_an_answer_where_numpy_raises_is_a_difference_only_on_arrays_that_it_takes(seen: dict, others: list, of, difference: bool):
    found = matrix.summarized(of, [seen, *others])
    assert ("unraised" in found.ordinary, "unraised" in found.edges) == (difference, not difference)


IDLE = {  # steps: lines that compare nothing
    "answered": ([cell("int32 2-d")], {}),
    "answered otherwise": ([cell("int32 2-d", "error")], {}),
    "refused": ([cell("int32 2-d", "refused", numpy="no")], {"f(a)": "no"}),
    "the first reason": ([cell("bool 2-d", "refused", numpy="no"), cell("int32 2-d", "unraised", numpy="neither")], {"f(a)": "no"}),
    "answered by MLX": ([cell("int32 2-d", "unraised", numpy="no")], {"f(a)": "no"}),
    "answered later": ([cell("bool 2-d", "refused", numpy="no"), cell("int32 2-d")], {}),
    "answered before": ([cell("bool 2-d"), cell("int32 2-d", "refused", numpy="no")], {}),
    "answered in corners alone": ([cell("int32 2-d", "refused", numpy="no"), cell("int8 2-d"), cell("int32 0-d")], {"f(a)": "no"}),
    "refused in corners alone": ([cell("int32 2-d"), cell("int32 0-d", "refused", numpy="no")], {}),
    "one of two lines": ([cell("int32 2-d"), cell("int32 2-d", "refused", 1, numpy="no")], {"f(a, 2)": "no"}),
}


@pytest.mark.parametrize(("steps", "idle"), IDLE.values(), ids=IDLE)
def test_lines_that_compare_nothing(steps: list[dict], idle: dict):
    assert matrix.summarized(job(), steps).idle == idle


class Asked:
    """A pool that notes which jobs it is given, and answers at once."""

    def __init__(self, device: str = "cpu"):
        self.device, self.jobs, self.unkept = device, [], set()

    def cells(self, jobs: list[dict], progress) -> dict[str, list[dict]]:
        self.jobs.append([one["name"] for one in jobs])
        return {one["name"]: [cell("int32 2-d", "dtype", step=0, numpy=f"run {len(self.jobs)}", mlx="")] for one in jobs}


NAMES = ("numpy.max", "numpy.sum")


def test_what_changed_its_worker_is_asked_again(read, tmp_path: Path):
    pool = Asked()
    pool.unkept.add("numpy.max")
    for _ in range(2):
        matrix.steps([calls.Job(name, name) for name in NAMES], pool, Cache(tmp_path), silent)
    assert pool.jobs == [[*NAMES], ["numpy.max"]]


def ran(pool: Asked, folder: Path | None, jobs: list[calls.Job]) -> list[list[str]]:
    """Which jobs were given to the pool this time."""
    before = len(pool.jobs)
    found = matrix.steps(jobs, pool, Cache(folder, pool.device), silent)
    assert found.keys() == {one.name for one in jobs}
    assert all(steps[0]["kind"] == "dtype" for steps in found.values())
    return pool.jobs[before:]


def both(**more) -> list[calls.Job]:
    return [job("numpy.max"), job("numpy.sum", **more)]


def test_nothing_runs_twice_while_nothing_changes(tmp_path: Path):
    pool = Asked()
    assert ran(pool, tmp_path, both()) == [[*NAMES]]
    assert ran(pool, tmp_path, both()) == ran(Asked(), tmp_path, both()) == []
    assert matrix.steps(both(), pool, Cache(tmp_path, "cpu"), silent)["numpy.sum"][0]["numpy"] == "run 1"


def test_kept_steps_come_to_the_same(tmp_path: Path):
    first, again = (matrix.steps(both(), Asked(), Cache(tmp_path), silent) for _ in range(2))
    assert first != again  # what is kept leaves out what says nothing
    for one in both():
        assert matrix.summarized(one, first[one.name]) == matrix.summarized(one, again[one.name])


def test_without_a_cache_everything_runs(tmp_path: Path):
    pool = Asked()
    assert ran(pool, None, both()) == ran(pool, None, both()) == [[*NAMES]]
    assert list(tmp_path.iterdir()) == []


CHANGED = {
    "a line": {"lines": LINES[:1]},
    "MLX's side of a line": {"lines": [LINES[0], ("f(a, 2)", "f(a, 3)")]},
    "the counterpart": {"mlx": "mlx.core.max"},
    "a recipe": {"recipe": "mx.sum(a)"},
    "how it is compared": {"compare": "shape-dtype"},
    "how closely": {"ulp": 9},
    "an alias": {"alias_of": "numpy.max"},
    "a probe": {"parameter_calls": [{"purpose": "given", "parameter": "a", "base": "f(a)", "numpy": "f(a)", "mlx": "f(a)"}]},
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_a_job_that_changes_runs_anew_and_no_other(tmp_path: Path, change: dict):
    pool = Asked()
    ran(pool, tmp_path, both())
    changed = both()
    for key, value in change.items():
        setattr(changed[1], key, value)
    assert ran(pool, tmp_path, changed) == [["numpy.sum"]]
    assert ran(pool, tmp_path, changed) == []


def test_jobs_that_come_and_go(tmp_path: Path):
    pool = Asked()
    ran(pool, tmp_path, both())
    assert ran(pool, tmp_path, [*both(), job("numpy.min")]) == [["numpy.min"]]
    assert ran(pool, tmp_path, both()) == ran(pool, tmp_path, [*both(), job("numpy.min")]) == []


def test_all_runs_anew_on_another_device(tmp_path: Path):
    ran(Asked("cpu"), tmp_path, both())
    assert ran(Asked("gpu"), tmp_path, both()) == [[*NAMES]]
    assert ran(Asked(""), tmp_path, both()) == [[*NAMES]]


def test_progress_is_passed_on(pool: Pool):
    told = []
    one = calls.Job("numpy.exp", "numpy.exp", "mlx.core.exp", lines=[("f(3.0)", "f(3.0)")])
    found = matrix.steps([one], pool, Cache(), lambda *what: told.append(what))
    assert told == [(1, 1, "numpy.exp")]
    assert len(found["numpy.exp"]) == 1


def test_jobs_may_come_one_by_one():
    assert matrix.steps((job for job in both()), Asked(), Cache(), silent)


def test_a_crash_outside_a_cell_is_told():
    job = calls.Job("x", "x", "y", lines=[("f(a)", "f(a)")])
    step = {"what": "through", "line": 0, "case": "float32 2-d", "label": "float32", "ordinary": True, "kind": "undefined", "mlx": "died"}
    assert "died" in matrix.summarized(job, [step]).first["undefined"]
