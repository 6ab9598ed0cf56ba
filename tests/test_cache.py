"""What was asked before is found again, for as long as nothing that could change the answer has changed; what is damaged is asked anew."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest

from mapping.run import blocks, cache, record
from mapping.run.cache import DAYS, DECIDES, Cache
from mapping.run.pool import Pool
from mapping.run.process import Worker
from mapping.run.record import ROOT, Record
from tests.conftest import MACHINES

KINDS = [*DECIDES]
STEP = {"step": 0, "what": "cell", "line": 0, "case": "float32 2-d", "ordinary": True, "numpy": "1", "shown": ["aliasing"]}
SAMPLES = {  # an answer of each kind
    "names": {"names": {"mx.sum": True}, "near": {"mx.smu": ["mx.sum"]}},
    "facts": {
        "environment": MACHINES["here"],
        "names": {"numpy.sum": True},
        "same": {"numpy.sum numpy.add": False},
        "near": {"numpy.smu": ["numpy.sum"]},
        "kinds": {"numpy.sum": "function"},
        "members": {"numpy": ["numpy.sum"]},
        "alike": {"numpy.sign": ["mlx.core.sign"]},
        "takes": ["numpy.sum"],
        "signatures": {"numpy.sum": [["a", "POSITIONAL_ONLY", ""]], "mlx.core.sum": ["def sum(a: array)"]},
    },
    "cells": [STEP, {**STEP, "shown": {"grad": ""}}],
    "scope": {"observed": ["dtype"], "compared": 1},
    "guide": {"answer": {"heads": ["a"], "rows": [{"name": "b", "cells": [["1", "2"]]}]}},
    "page": {"pres": [">>> 1"], "names": ["np.sum"], "absent": ["mx.copy"]},
    "ledger": blocks.Ledger().dump(),
    "found": [{"numpy": "numpy.sum", "mlx": ["mlx.core.sum"], "text": "np.sum", "json": "{}"}],
}
ANSWERS = [({"number": number}, [{**STEP, "step": number**2, "case": "x" * 200}]) for number in range(100)]


def kept(folder: Path, device: str = "cpu") -> list:
    """What a cache in this folder answers to all questions."""
    return Cache(folder, device).get_all("cells", [question for question, _ in ANSWERS])


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """A folder with a cache that knows all answers."""
    Cache(tmp_path, "cpu").put("cells", ANSWERS)
    return tmp_path


def altered(answer: Any) -> Any:
    """An answer with another text at the first place that has one; None where there is none."""
    if isinstance(answer, str):
        return f"{answer} "
    for key, value in answer.items() if isinstance(answer, dict) else enumerate(answer) if isinstance(answer, list) else ():
        if (other := altered(value)) is not None:
            copy = answer.copy()
            copy[key] = other
            return copy
    return None


def misshaped(answer: Any) -> Iterator[Any]:
    """The answer with something else at one place, or with a key that it does not know; each such answer."""
    yield from (other for other in ([[0]], {"another": 0}, 1.5, True if type(answer) is int else 7))
    if isinstance(answer, list):
        yield from ([*answer[:place], wrong, *answer[place + 1 :]] for place, one in enumerate(answer) for wrong in misshaped(one))
    if isinstance(answer, dict):
        yield from ({**answer, key: wrong} for key, one in answer.items() for wrong in misshaped(one))


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
    one.put(kind, [({"a": 2}, SAMPLES[kind])])
    one.put(kind, [({"a": 1}, another := altered(SAMPLES[kind]))])
    assert Cache(tmp_path, "cpu").get(kind, {"a": 1}) == another != SAMPLES[kind] and one.has(kind)
    assert one.get_all(kind, [{"a": 3}, {"a": 1}, {"b": 1}]) == [None, another, None]
    assert [one.get(other, {"a": 1}) for other in KINDS if other != kind] == [None] * (len(KINDS) - 1)
    one.put(kind, [({"a": 1}, SAMPLES[kind])])
    assert one.get(kind, {"a": 1}) == SAMPLES[kind]
    one.forget(kind, {"a": 2})
    one.forget(kind, {"a": 1})
    assert one.get(kind, {"a": 1}) is None and not one.has(kind)


def test_many_answers_are_found_in_the_order_of_the_questions(tmp_path: Path):
    Cache(tmp_path).put("ledger", ((number, str(number)) for number in range(0, 1300, 2)))
    assert Cache(tmp_path).get_all("ledger", range(1300)) == [str(number) if number % 2 == 0 else None for number in range(1300)]


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
        Cache(tmp_path).put("ledger", broken())
    assert Cache(tmp_path).get("ledger", 1) is None


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


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_of_another_shape_is_asked_anew(tmp_path: Path, kind: str):
    """Written as our own are, so that its digest fits."""
    wrong = list(enumerate(misshaped(SAMPLES[kind])))
    Cache(tmp_path).put(kind, [*wrong, ("whole", SAMPLES[kind])])
    assert Cache(tmp_path).get_all(kind, [number for number, _ in wrong]) == [None] * len(wrong)
    assert len(wrong) >= 4 and Cache(tmp_path).get(kind, "whole") == SAMPLES[kind]


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


PACKAGE = {
    "numpy/__init__.py": "sum = 1\n",
    "numpy/_core.so": "code",
    "numpy-2.4.6.dist-info/METADATA": "Metadata-Version: 2.1\nName: numpy\nVersion: 2.4.6\n",
    "numpy/__pycache__/__init__.cpython-311.pyc": "made",
    "numpy-2.4.6.dist-info/RECORD": "",
}


def packaged(folder: Path, files: dict[str, str]) -> str:
    """What a package is known by that has been installed with these files, the list of them last."""
    listed = "".join(f"{name},sha256={sum(text.encode())},\n" for name, text in files.items())
    for name, text in {**files, "numpy-2.4.6.dist-info/RECORD": listed}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    time.sleep(0.02)  # what is changed next is changed later by the file system's clock too
    return known(folder)


def known(folder: Path) -> str:
    [package] = distributions(path=[str(folder)])
    return cache.as_it_is(package)


CHANGES = {
    "a line": lambda folder: (folder / "numpy/__init__.py").write_text("sum = 2\n"),
    "compiled code": lambda folder: (folder / "numpy/_core.so").write_text("edoc"),
    "a file in another's place": lambda folder: (
        (folder / "numpy/_core.so.new").write_text("new") and (folder / "numpy/_core.so.new").rename(folder / "numpy/_core.so")
    ),
    "a file less": lambda folder: (folder / "numpy/_core.so").unlink(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_package_is_known_by_its_files(tmp_path: Path, change: Callable[[Path], object]):
    before = packaged(tmp_path, PACKAGE)
    files = [path for path in (tmp_path / "numpy").rglob("*") if path.is_file()]
    times = {path: (path.stat().st_atime_ns, path.stat().st_mtime_ns) for path in files}
    assert before.startswith("2.4.6 ") and known(tmp_path) == before == packaged(tmp_path / "again", PACKAGE)
    change(tmp_path)
    for path, when in times.items():  # as they were
        if path.exists():
            os.utime(path, ns=when)
    after = known(tmp_path)
    assert after.startswith("2.4.6 ") and after != before == packaged(tmp_path, PACKAGE)


def test_what_python_makes_of_a_package_is_no_change_to_it(tmp_path: Path):
    before = packaged(tmp_path, PACKAGE)
    (tmp_path / "numpy/__pycache__/__init__.cpython-311.pyc").write_text("made again")
    assert known(tmp_path) == before


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
    Cache(tmp_path).put(kind, [(1, SAMPLES[kind])])
    for folder in ("dataset", "facts", "run", "worker", "site"):
        some = sorted((tmp_path / "copy" / "mapping" / folder).rglob("*.py"))[-1]
        before = some.read_bytes()
        some.write_bytes(before + b"\n")
        record.code_digest.cache_clear()
        known = Cache(tmp_path).get(kind, 1) == SAMPLES[kind]
        assert known is (folder not in (DECIDES[kind] or ("run", "worker")))
        some.write_bytes(before)
    record.code_digest.cache_clear()
    assert Cache(tmp_path).get(kind, 1) == SAMPLES[kind]
    monkeypatch.undo()
    record.code_digest.cache_clear()


def test_two_write_at_once(tmp_path: Path):
    one, other = Cache(tmp_path), Cache(tmp_path)
    one.put("ledger", ((number, other.put("ledger", [(-number, "other")]) or "one") for number in range(1, 5)))
    assert one.get_all("ledger", [1, 4, -1, -4]) == ["one", "one", "other", "other"]


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
