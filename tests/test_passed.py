"""What has passed is not run again, and what has changed is."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapping import blocks, run
from mapping.passed import Passed


def block(name: str, text: str) -> blocks.Block:
    return blocks.Block("page", "page.md", 1, text, "pycon", id=name)


def pair(name: str, mlx: str) -> blocks.Scope:
    return blocks.Scope(name, [block(f"{name} np", ">>> np.sum([1, 2])\nnp.int64(3)"), block(f"{name} mx", mlx)], {})


TRUE = ">>> mx.sum(mx.array([1, 2]))\narray(3, dtype=int32)"


def again(pool: run.Pool, passed: Passed, *scopes: blocks.Scope) -> tuple[run.Record, list[str]]:
    """A run in which what has passed is not run, and the names of the scopes that were."""
    ran: list[str] = []
    return pool.run(blocks.Ledger([*scopes]), lambda done, total, name: ran.append(name), passed=passed), ran


def test_a_scope_that_has_passed_is_not_run_again(pool: run.Pool, tmp_path: Path):
    scopes = [pair("one", TRUE), blocks.Scope("page", [block("page", ">>> x = 1\n>>> x\n1")])]
    passed = Passed("these versions")
    first, ran = again(pool, passed, *scopes)
    assert sorted(ran) == ["one", "page"] and not first.failures
    passed.save(tmp_path / "passed.json")
    passed = Passed.load(tmp_path / "passed.json", "these versions")
    second, ran = again(pool, passed, *scopes)
    assert ran == [] and second.passed == first.passed and second.pairs == first.pairs
    passed.save(tmp_path / "passed.json")
    assert again(pool, Passed.load(tmp_path / "passed.json", "these versions"), *scopes)[1] == []
    assert len(again(pool, Passed.load(tmp_path / "passed.json", "other versions"), *scopes)[1]) == 2


DAMAGED = ["", "[", "[]", "{}", '{"bound": "b"}', '{"bound": "b", "scopes": 3}', '{"bound": "b", "scopes": {}, "looked_up": {}, "environment": {}}']


@pytest.mark.parametrize("text", DAMAGED)
def test_what_cannot_be_read_has_not_passed(pool: run.Pool, tmp_path: Path, text: str):
    (tmp_path / "passed.json").write_text(text)
    assert again(pool, Passed.load(tmp_path / "passed.json", "b"), pair("one", TRUE))[1] == ["one"]
    assert again(pool, Passed.load(tmp_path / "none.json", "b"), pair("one", TRUE))[1] == ["one"]


@pytest.mark.parametrize(
    "other",
    [
        pair("one", TRUE.replace("3", "4")),
        pair("one", TRUE + "\n>>> 1\n1"),
        blocks.Scope("one", pair("one", TRUE).blocks[::-1], {}),
        blocks.Scope("one", pair("one", TRUE).blocks, {"compare": "shape-dtype"}),
        blocks.Scope("one", pair("one", TRUE).blocks, None),
    ],
    ids=["output", "statement", "order", "comparison", "no pair"],
)
def test_a_scope_that_changes_is_run(pool: run.Pool, other: blocks.Scope):
    passed = Passed()
    again(pool, passed, pair("one", TRUE))
    passed.scopes = passed.seen
    assert again(pool, passed, other)[1] == ["one"]


def test_a_scope_that_failed_is_run_again(pool: run.Pool):
    passed = Passed()
    wrong = blocks.Scope("page", [block("a", ">>> 1\n1"), block("b", ">>> 1\n2")])
    assert again(pool, passed, wrong)[0].failures
    passed.scopes = passed.seen
    record, ran = again(pool, passed, wrong)
    assert ran == ["page"] and record.failures and record.passed == ["a"]


def names(*names: str) -> blocks.Ledger:
    return blocks.Ledger(names=dict.fromkeys(names, "a.md:1"))


def test_a_name_is_looked_up_once(pool: run.Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    passed, asked = Passed("these versions"), []
    first = pool.run(names("mx.sum", "mx.smu"), passed=passed)
    assert first.names == {"mx.sum": True, "mx.smu": False} and "mx.sum" in first.near["mx.smu"]
    passed.save(tmp_path / "passed.json")
    facts = pool.facts
    monkeypatch.setattr(pool, "facts", lambda wanted: asked.append(wanted) or facts(wanted))
    passed = Passed.load(tmp_path / "passed.json", "these versions")
    again = pool.run(names("mx.smu"), passed=passed)
    assert asked == [] and again.names == {"mx.smu": False} and again.near == {"mx.smu": first.near["mx.smu"]}
    assert pool.run(names("mx.smu", "mx.max"), passed=passed).names == {"mx.smu": False, "mx.max": True}
    assert asked == [{"mx.smu", "mx.max"}]


def test_what_passed_elsewhere_is_run_here(pool: run.Pool, monkeypatch: pytest.MonkeyPatch):
    passed = Passed()
    assert again(pool, passed, pair("one", TRUE))[1] == ["one"]
    passed.scopes = passed.seen
    with monkeypatch.context() as patch:
        patch.setattr(run.Worker, "started", lambda worker: {**worker.environment, "device_name": "another"})
        assert again(pool, passed, pair("one", TRUE))[1] == ["one"]
    passed.scopes = passed.seen
    assert again(pool, passed, pair("one", TRUE))[1] == ["one"]
    passed.scopes = passed.seen
    assert again(pool, passed, pair("one", TRUE))[1] == []


def test_a_block_of_another_machine_is_run_there_alone(pool: run.Pool, monkeypatch: pytest.MonkeyPatch):
    both = blocks.Scope("page", [block("never", ">>> 1\n2"), block("ever", ">>> 1\n1")])
    both.blocks[0].machine = "metal"
    passed = Passed()
    record, ran = again(pool, passed, both)
    assert (record.passed, record.failures, ran) == (["ever"], [], ["page"])
    passed.scopes = passed.seen
    monkeypatch.setattr(run.Worker, "started", lambda worker: {**worker.environment, "backend": "metal"})
    record, ran = again(pool, passed, both)
    assert (record.passed, [one["block"] for one in record.failures], ran) == (["ever"], ["never"], ["page"])
