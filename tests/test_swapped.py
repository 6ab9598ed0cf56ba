"""A function in the place of another is told by calls or by examples; calls that tell nothing let it pass, and it is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mapping.dataset import reader
from mapping.facts import lookup
from mapping.run.cache import Cache
from mapping.run.pool import Pool
from tests import mutate_swapped
from tests.conftest import toml

ENTRY = """
    ["numpy.square"]
    mlx = ["mlx.core.square"]
    verdict = "same"
    edges = ["error", "unraised", "dtype", "nan", "overflow", "value"]
    summary = "One."
    calls = ["{call}"]

    [["numpy.square".examples]]
    numpy = '''
    >>> np.square(np.array([{number}]))
    array([{answer}])
    '''
    mlx = '''
    >>> mx.square(mx.array([{number}]))
    array([{answer}], dtype=int32)
    '''
"""


def survivors(tmp_path: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch, call: str, number: int) -> set[str]:
    (tmp_path / "one.toml").write_text(toml(ENTRY.format(call=call, number=number, answer=number**2)))
    dataset, problems = reader.read(tmp_path, tmp_path)
    assert problems == []
    some = ["abs", "exp", "argmax", "save_gguf", "square"]
    monkeypatch.setattr(mutate_swapped, "functions", lambda: {False: [f"mlx.core.{name}" for name in some], True: []})
    found = list(mutate_swapped.mutants(dataset, lookup.facts(dataset, pool, Cache()), pool))
    assert {one.what for one in found} <= {f"numpy.square: mlx.core.{name}" for name in ("abs", "exp", "argmax")}
    return {one.what.rpartition(".")[2] for one in found if not one.caught}


def test_calls_and_examples_that_tell_nothing_let_another_pass(tmp_path: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch):
    assert survivors(tmp_path, pool, monkeypatch, "f(a * 0 + 1)", 1) == {"abs"}


@pytest.mark.parametrize(("call", "number"), [("f(a)", 1), ("f(a * 0 + 1)", 3)])
def test_either_tells_it(tmp_path: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch, call: str, number: int):
    assert survivors(tmp_path, pool, monkeypatch, call, number) == set()


def test_one_that_ends_its_process_is_unlike_and_the_next_is_asked():
    job = {"name": "x", "numpy": "numpy.abs", "mlx": "mlx.core.abs", "recipe": "", "compare": "values", "ulp": 8, "alias_of": ""}
    ends = {**job, "lines": [("f(a)", "[f(a), __import__('os')._exit(3)]")]}
    goes = {**job, "lines": [("f(a)", "f(a)")]}
    declared = {"ordinary": [], "corner": ["error", "dtype", "value", "overflow", "nan", "precision", "unraised"]}
    tasks = [(ends, declared, "mlx.core.abs"), (goes, declared, "mlx.core.abs"), (goes, declared, "mlx.core.add")]
    assert mutate_swapped.answers(tasks) == [False, True, None]


def test_mlxs_functions_are_those_that_answer_and_leave_nothing_behind():
    found = mutate_swapped.functions()
    assert {"mlx.core.add", "mlx.core.linalg.norm", "mlx.core.fft.rfft"} <= {*found[False]}
    assert {"mlx.core.array.__iadd__", "mlx.core.array.sum"} <= {*found[True]}
    assert not {"mlx.core.save", "mlx.core.set_default_device", "mlx.core.compile"} & {*found[False]}


def test_twins_are_the_same_function():
    import mlx.core as mx

    assert mutate_swapped.twins("mlx.core.cumsum", "mlx.core.cumulative_sum")
    assert mutate_swapped.twins("mlx.core.linalg.norm", "mlx.core.matrix_norm")
    assert not mutate_swapped.twins("mlx.core.cumsum", "mlx.core.cumprod")
    for one, other in mutate_swapped.TWINS:
        assert mutate_swapped.twins(f"mlx.core.{one}", f"mlx.core.{other}")
        if "documentation" in mutate_swapped.TWINS[one, other]:
            assert re.search(rf"(See :func:|Alias for )`(mx\.)?{other}`", getattr(mx, one).__doc__)
