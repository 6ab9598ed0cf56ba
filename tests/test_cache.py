"""What was asked before is found again, for as long as nothing that could change the answer has changed; what is damaged is asked anew."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from mapping.run import blocks, cache, record
from mapping.run.cache import DAYS, DECIDES, Cache
from mapping.run.pool import Pool
from mapping.run.process import Worker
from mapping.run.record import ROOT, Record

KINDS = [*DECIDES]
ANSWERS = [({"number": number}, {"square": number**2, "words": "x" * 200}) for number in range(100)]


def kept(folder: Path, device: str = "cpu") -> list:
    """What a cache in this folder answers to all questions."""
    return Cache(folder, device).get_all("cells", [question for question, _ in ANSWERS])


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """A folder with a cache that knows all answers."""
    Cache(tmp_path, "cpu").put("cells", ANSWERS)
    return tmp_path


def changed(folder: Path, *statement: object) -> None:
    """Have somebody else write into the file."""
    connection = sqlite3.connect(folder / cache.FILE)
    with connection:
        connection.execute(*statement)
    connection.close()


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_is_found_behind_its_own_question_alone(tmp_path: Path, kind: str):
    one = Cache(tmp_path, "cpu")
    assert one.get(kind, {"a": 1}) is None and not one.has(kind)
    one.put(kind, [({"a": 1}, [1, "x", {"y": None}])])
    assert Cache(tmp_path, "cpu").get(kind, {"a": 1}) == [1, "x", {"y": None}] and one.has(kind)
    assert one.get_all(kind, [{"a": 2}, {"a": 1}, {"b": 1}]) == [None, [1, "x", {"y": None}], None]
    assert [one.get(other, {"a": 1}) for other in KINDS if other != kind] == [None] * (len(KINDS) - 1)
    one.put(kind, [({"a": 1}, "another")])
    assert one.get(kind, {"a": 1}) == "another"
    one.forget(kind, {"a": 1})
    assert one.get(kind, {"a": 1}) is None and not one.has(kind)


def test_many_answers_are_found_in_the_order_of_the_questions(tmp_path: Path):
    Cache(tmp_path).put("cells", ((number, number) for number in range(0, 1300, 2)))
    assert Cache(tmp_path).get_all("cells", range(1300)) == [number if number % 2 == 0 else None for number in range(1300)]


def test_without_a_folder_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    one = Cache()
    one.put("cells", ANSWERS)
    one.forget("cells", 1)
    assert one.get("cells", ANSWERS[0][0]) is None and not one.has("cells")
    assert [*tmp_path.iterdir()] == []


def test_all_answers_are_kept_or_none(tmp_path: Path):
    def broken():
        yield 1, "one"
        raise ValueError

    with pytest.raises(ValueError):
        Cache(tmp_path).put("cells", broken())
    assert Cache(tmp_path).get("cells", 1) is None


@pytest.mark.parametrize("part", range(20))
def test_a_truncated_file_is_asked_anew(full: Path, part: int):
    file = full / cache.FILE
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) * part // 20])
    assert all(one in (None, answer) for one, (_, answer) in zip(kept(full), ANSWERS))
    Cache(full, "cpu").put("cells", ANSWERS)
    assert kept(full) == [answer for _, answer in ANSWERS]


@pytest.mark.parametrize("part", range(20))
def test_a_page_of_zeros_is_asked_anew(full: Path, part: int):
    file = full / cache.FILE
    whole = bytearray(file.read_bytes())
    start = len(whole) * part // 20 // 4096 * 4096
    whole[start : start + 4096] = bytes(4096)
    file.write_bytes(whole)
    assert all(one in (None, answer) for one, (_, answer) in zip(kept(full), ANSWERS))
    Cache(full, "cpu").put("cells", ANSWERS)
    assert kept(full) == [answer for _, answer in ANSWERS]


FOREIGN = {
    "words": lambda file: file.write_text("[broken"),
    "bytes": lambda file: file.write_bytes(b"\xff\xfe" * 5000),
    "JSON": lambda file: file.write_text('{"cells": {}}'),
    "another table": lambda file: changed(file.parent, "CREATE TABLE others (x)"),
    "other columns": lambda file: changed(file.parent, "CREATE TABLE answers (day TEXT, word TEXT)"),
    "no day": lambda file: changed(file.parent, "CREATE TABLE answers (key TEXT, kind TEXT, answer TEXT, digest TEXT)"),
    "a view": lambda file: changed(file.parent, "CREATE VIEW answers AS SELECT 1 AS key, 2 AS day"),
}


@pytest.mark.parametrize("write", FOREIGN.values(), ids=FOREIGN)
def test_a_file_of_somebody_else_is_made_anew(tmp_path: Path, write: Callable[[Path], object]):
    write(tmp_path / cache.FILE)
    assert kept(tmp_path) == [None] * len(ANSWERS)
    Cache(tmp_path, "cpu").put("cells", ANSWERS)
    assert kept(tmp_path) == [answer for _, answer in ANSWERS]


ALTERED = {
    "a digit": "UPDATE answers SET answer = replace(answer, '4', '5')",
    "no JSON": "UPDATE answers SET answer = '{'",
    "no words": "UPDATE answers SET answer = NULL",
    "no digest": "UPDATE answers SET digest = NULL",
    "bytes": "UPDATE answers SET answer = x'ff00'",
    "no text": "UPDATE answers SET answer = CAST(x'ff00' AS TEXT)",
    "the answer to another question": "UPDATE answers SET (answer, digest) = (SELECT answer, "
    "digest FROM answers AS a WHERE a.answer LIKE '%:81,%')",
}


@pytest.mark.parametrize("statement", ALTERED.values(), ids=ALTERED)
def test_an_altered_row_is_asked_anew(full: Path, statement: str):
    changed(full, statement)
    found = kept(full)
    assert found.count(None) > 30
    assert all(one in (None, answer) for one, (_, answer) in zip(found, ANSWERS))


def test_what_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / cache.FILE).mkdir()
    with pytest.raises(OSError, match=cache.FILE):
        Cache(tmp_path).put("cells", ANSWERS)


def test_what_nobody_asked_for_goes(full: Path, monkeypatch: pytest.MonkeyPatch):
    today = Cache(full).day
    for days in (DAYS - 1, 2 * DAYS - 2):  # what is asked for stays
        monkeypatch.setattr(cache.time, "time", lambda days=days: (today + days) * 86_400)
        assert Cache(full, "cpu").get("cells", ANSWERS[0][0]) == ANSWERS[0][1]
    assert kept(full) == [ANSWERS[0][1]] + [None] * (len(ANSWERS) - 1)


def test_an_answer_is_of_one_device(full: Path):
    for device in ("", "gpu"):
        assert kept(full, device) == [None] * len(ANSWERS)


ENVIRONMENT = ("mlx", "numpy", "python", "platform", "processor", "compiler")


@pytest.mark.parametrize("name", [*ENVIRONMENT, "$MLX_WORD"])
def test_an_answer_is_of_one_environment(full: Path, monkeypatch: pytest.MonkeyPatch, name: str):
    here = cache.installed()
    assert {*ENVIRONMENT} <= {*here} and all(here[one] for one in ENVIRONMENT)
    monkeypatch.setattr(cache, "installed", lambda: {**here, name: "another"})
    assert kept(full) == [None] * len(ANSWERS)


def test_an_environment_is_what_a_worker_sees_of_it(monkeypatch: pytest.MonkeyPatch):
    here = cache.installed()
    for name in ("PATH", "HOME", "SECRET", "PWD"):
        monkeypatch.setenv(name, f"/usr/bin:{ROOT}" if name == "PATH" else "another")
    assert {**cache.installed(), "compiler": here["compiler"]} == here
    for name in ("NPY_DISABLE_CPU_FEATURES", "OPENBLAS_CORETYPE", "MLX_DISABLE_COMPILE", "OMP_NUM_THREADS", "LANG", "PYTHONPATH"):
        with monkeypatch.context() as patch:
            patch.setenv(name, "another")
            assert cache.installed() != here


def test_a_processor_is_known_by_what_it_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    said = []
    for flags in ("sse2 avx2", "sse2 avx2", "sse2"):
        (tmp_path / "cpuinfo").write_text(f"processor: 0\ncpu MHz: {len(said)}\nmodel name: X\nflags: {flags}\n\nprocessor: 1\n")
        monkeypatch.setattr(cache, "Path", lambda path: tmp_path / Path(path).name)
        monkeypatch.setattr(cache.sys, "platform", "linux")
        said.append(cache.processor())
    assert said[0] == said[1] != said[2]


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_is_of_the_code_that_decides_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str):
    monkeypatch.setattr(record, "ROOT", tmp_path / "copy")
    shutil.copytree(ROOT / "mapping", tmp_path / "copy" / "mapping", ignore=shutil.ignore_patterns("entries", "__pycache__"))
    Cache(tmp_path).put(kind, [(1, "one")])
    for folder in ("dataset", "facts", "run", "worker", "site"):
        some = sorted((tmp_path / "copy" / "mapping" / folder).rglob("*.py"))[-1]
        before = some.read_bytes()
        some.write_bytes(before + b"\n")
        record.code_digest.cache_clear()
        known = Cache(tmp_path).get(kind, 1) == "one"
        assert known is (folder not in (DECIDES[kind] or ("run", "worker")))
        some.write_bytes(before)
    record.code_digest.cache_clear()
    assert Cache(tmp_path).get(kind, 1) == "one"
    monkeypatch.undo()
    record.code_digest.cache_clear()


def test_two_write_at_once(tmp_path: Path):
    one, other = Cache(tmp_path), Cache(tmp_path)
    one.put("cells", ((number, other.put("cells", [(-number, "other")]) or "one") for number in range(1, 5)))
    assert one.get_all("cells", [1, 4, -1, -4]) == ["one", "one", "other", "other"]


# Scopes and names, as a run asks for them


def block(name: str, text: str) -> blocks.Block:
    return blocks.Block("page", "page.md", 1, text, "pycon", id=name)


def pair(name: str, mlx: str) -> blocks.Scope:
    return blocks.Scope(name, [block(f"{name} np", ">>> np.sum([1, 2])\nnp.int64(3)"), block(f"{name} mx", mlx)], {})


TRUE = ">>> mx.sum(mx.array([1, 2]))\narray(3, dtype=int32)"


def again(pool: Pool, known: Cache, *scopes: blocks.Scope) -> tuple[Record, list[str]]:
    """A run in which what is known is not run, and the names of the scopes that were."""
    ran: list[str] = []
    return pool.run(blocks.Ledger([*scopes]), lambda done, total, name: ran.append(name), cache=known), ran


def test_a_scope_that_has_passed_is_not_run_again(pool: Pool, tmp_path: Path):
    scopes = [pair("one", TRUE), blocks.Scope("page", [block("page", ">>> x = 1\n>>> x\n1")])]
    first, ran = again(pool, Cache(tmp_path), *scopes)
    assert sorted(ran) == ["one", "page"] and not first.failures
    second, ran = again(pool, Cache(tmp_path), *scopes)
    assert ran == [] and second.passed == first.passed and second.pairs == first.pairs
    (tmp_path / cache.FILE).write_text("[broken")
    assert len(again(pool, Cache(tmp_path), *scopes)[1]) == 2
    assert len(again(pool, Cache(), *scopes)[1]) == 2


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
def test_a_scope_that_changes_is_run(pool: Pool, tmp_path: Path, other: blocks.Scope):
    again(pool, Cache(tmp_path), pair("one", TRUE))
    assert again(pool, Cache(tmp_path), other)[1] == ["one"]


def test_a_scope_that_failed_is_run_again(pool: Pool, tmp_path: Path):
    wrong = blocks.Scope("page", [block("a", ">>> 1\n1"), block("b", ">>> 1\n2")])
    assert again(pool, Cache(tmp_path), wrong)[0].failures
    record, ran = again(pool, Cache(tmp_path), wrong)
    assert ran == ["page"] and record.failures and record.passed == ["a"]


def names(*names: str) -> blocks.Ledger:
    return blocks.Ledger(names=dict.fromkeys(names, "a.md:1"))


def test_a_name_is_looked_up_once(pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    asked, facts = [], pool.facts
    monkeypatch.setattr(pool, "facts", lambda wanted: asked.append(wanted) or facts(wanted))
    first = pool.run(names("mx.sum", "mx.smu"), cache=Cache(tmp_path))
    assert first.names == {"mx.sum": True, "mx.smu": False} and "mx.sum" in first.near["mx.smu"]
    again = pool.run(names("mx.smu", "mx.sum"), cache=Cache(tmp_path))
    assert len(asked) == 1 and (again.names, again.near) == (first.names, first.near)
    assert pool.run(names("mx.smu", "mx.max"), cache=Cache(tmp_path)).names == {"mx.smu": False, "mx.max": True}
    assert asked[1:] == [["mx.max", "mx.smu"]]


def test_what_passed_elsewhere_is_run_here(pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert again(pool, Cache(tmp_path), pair("one", TRUE))[1] == ["one"]
    with monkeypatch.context() as patch:
        patch.setattr(Worker, "started", lambda worker: {**worker.environment, "device_name": "another"})
        assert again(pool, Cache(tmp_path), pair("one", TRUE))[1] == ["one"]
    assert again(pool, Cache(tmp_path), pair("one", TRUE))[1] == []


def test_a_block_of_another_machine_is_run_there_alone(pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    both = blocks.Scope("page", [block("never", ">>> 1\n2"), block("ever", ">>> 1\n1")])
    both.blocks[0].machine = "metal"
    record, ran = again(pool, Cache(tmp_path), both)
    assert (record.passed, record.failures, ran) == (["ever"], [], ["page"])
    monkeypatch.setattr(Worker, "started", lambda worker: {**worker.environment, "backend": "metal"})
    record, ran = again(pool, Cache(tmp_path), both)
    assert (record.passed, [one["block"] for one in record.failures], ran) == (["ever"], ["never"], ["page"])
