"""Inputs that hypothesis draws find what the matrix's fixed ones let pass; what is declared is no news; what was never reached is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mapping.dataset import reader
from mapping.facts import fuzz, lookup
from mapping.run import calls
from mapping.run.cache import Cache
from mapping.run.pool import Pool, silent
from mapping.run.tasks import Drawn
from tests import mini
from tests.conftest import toml, typed

EXAMPLE = """
    [["{name}".examples]]
    numpy = '''
    >>> 1
    1
    '''
    mlx = '''
    >>> 1
    1
    '''
"""


def written(name: str, calls: str, recipe: str, more: str = "") -> str:
    """An entry with a recipe."""
    return toml(
        f"""
    ["{name}"]
    verdict = "recipe"
    summary = "One."
    recipe = '''{recipe}'''
    calls = ["{calls}"]
    {more}
    """
        + EXAMPLE.format(name=name)
    )


@pytest.fixture
def drawn(tmp_path: Path, pool: Pool):
    """Draw for the mini project with these entries for a few rounds; returns what was found, and the report."""

    def drawn(text: str, rounds: int = 6) -> tuple[fuzz.Drawings, str]:
        root = mini.write(tmp_path, {"mapping/dataset/entries/one.toml": text})
        dataset, problems = reader.read(root / "mapping" / "dataset" / "entries", root)
        assert problems == []
        jobs, environment = lookup.called(dataset, pool, Cache())
        lines = list(fuzz.drawable(jobs))
        found = fuzz.explore(dataset, environment, lines, pool, 1, lambda said: None, rounds=rounds)
        return found, "\n".join(fuzz.report(found, lines))

    return drawn


SQUEEZE = written("numpy.squeeze", "f(a) => a", "a")  # no input of the matrix has an axis of length 1
HERE = {"platform": "Linux-x86_64", "python": "3.11.0", "device": "cpu", "backend": "cpu"}
MAXIMUM = ("numpy.maximum", "f(a, b)", "mx.where(a > b, a, b)")


def test_a_wrong_recipe_is_found_and_made_small(drawn):
    found, report = drawn(SQUEEZE)
    [one] = found.found
    assert (one.kind, one.ordinary, one.call) == ("shape", True, "f(a) => a")
    assert str(one).startswith(
        "mapping/dataset/entries/one.toml:4: numpy.squeeze: `shape` on ordinary inputs, not in `differences`: f(a) => a"
    )
    assert "a = [1.] float32 (1,): NumPy array(1., dtype=float32), MLX array([1.], dtype=float32)" in str(one)
    assert "1 undeclared: 1 `shape` on ordinary inputs" in report


def test_what_is_declared_is_no_news(drawn):
    assert {(one.kind, one.ordinary) for one in drawn(written(*MAXIMUM))[0].found} == {("nan", False)}
    assert drawn(written(*MAXIMUM, 'edges = ["nan"]'))[0].found == []


def test_other_values_are_so_in_few_digits_too(tmp_path: Path):
    root = mini.write(tmp_path, {"mapping/dataset/entries/one.toml": written(*MAXIMUM, 'edges = ["value"]')})
    dataset, _ = reader.read(root / "mapping" / "dataset" / "entries", root)
    declared = fuzz.declared(dataset, calls.Job("numpy.maximum", "numpy.maximum"), HERE)
    assert declared == {"ordinary": [], "corner": ["precision", "value"]}


def test_an_end_of_the_worker_is_told_with_its_draw(drawn):
    ending = "def f(a):\n    if a.size == 1:\n        import os\n        os._exit(3)\n    return a\n"
    one, *_ = drawn(written("numpy.positive", "f(a)", ending, 'edges = ["error"]'))[0].found
    assert (one.kind, one.mlx) == ("undefined", "the process exited with status 3")
    assert "Draw(dtype=" in one.inputs


def test_what_was_never_reached_is_told(drawn):
    _, report = drawn(written("numpy.sum", 'f(a, 9)", "f(a, axis=0)', "def f(a, axis):\n    return mx.sum(a, axis)\n", 'edges = ["value"]'))
    assert "1 calls were never answered:\n  numpy.sum: f(a, 9)\n" in report
    assert "cells were never reached" in report


@dataclass
class Followed(Drawn):
    """A task that keeps all its draws."""

    every: list[str] = field(default_factory=list)

    def take(self, message: dict) -> None:
        self.every += [message["drawing"]] if "drawing" in message else []
        super().take(message)


def test_a_seed_has_its_draws(pool: Pool):
    job = {"name": "x", "numpy": "numpy.add", "mlx": "mlx.core.add", "recipe": "", "lines": [["f(a, b)", "f(a, b)"]], "compare": "values"}
    job |= {"ulp": 8, "alias_of": "", "unasserted": [], "parameter_calls": []}
    declared = {"ordinary": ["dtype", "unraised"], "corner": ["dtype", "error", "unraised", "value", "nan", "precision"]}
    tasks = [Followed(job, 0, seed, 30, declared) for seed in (1, 1, 2)]
    pool.dispatch(tasks, silent)
    first, again, other = (task.every for task in tasks)
    assert len(first) >= 30
    assert first == again != other


def test_make_fuzz(small: Path):
    done = typed("make fuzz SEED=3 SECONDS=1 ONLY=floor", small)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "draws inputs for 1 calls, for 1 s, from SEED=3" in done.stdout
    assert "0 undeclared: none" in done.stdout
    assert typed("make fuzz ONLY=nosuchname", small).returncode == 2
