"""Runs of ledgers whose examples crash, hang, flood, exit or leave things changed: each fails or is contained alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mapping import blocks, run

HANG = "import ctypes; ctypes.PyDLL(None).sleep(1000)"  # PyDLL keeps the interpreter's lock
HOSTILE = {  # the block's second statement, and what its failure says
    "exit with 0": ("import os; os._exit(0)", "the process exited with status 0"),
    "segmentation fault": ("import ctypes; ctypes.string_at(0)", "the process killed by SIGSEGV"),
    "kills itself": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "the process killed by SIGKILL"),
    "endless loop": ("while True: pass", "no answer within 3 s"),
    "hang that holds the lock": (HANG, "no answer within 3 s"),
    "flood": ("print('x' * 10_000_000)", "it raised"),
    "sys.exit": ("raise SystemExit(0)", "it raised"),
    "interrupt": ("raise KeyboardInterrupt", "it raised"),
    "recursion": ("def f(): return f()\n>>> f()", "it raised"),
    "much memory": ("x = bytearray(12 << 30)", "it raised"),
    "wrong": ("mx.array(1)", "the output differs"),
    "a closed output": ("import sys; sys.stdout.close(); print(1)", "the output differs"),
}


def block(name: str, text: str) -> blocks.Block:
    return blocks.Block(name, f"{name}.md", 10, text, "pycon", id=name)


def ledger(**texts: str) -> blocks.Ledger:
    return blocks.Ledger([blocks.Scope(name, [block(name, text)]) for name, text in texts.items()])


@pytest.fixture(scope="module")
def hostile() -> tuple[blocks.Ledger, run.Record]:
    """One run of all hostile examples, with a harmless one before and after each."""
    scopes = []
    for number, (name, (source, _)) in enumerate(HOSTILE.items()):
        scopes.append(blocks.Scope(f"before {number}", [block(f"before {number}", ">>> 1\n1")]))
        scopes.append(blocks.Scope(name, [block(name, f">>> 2\n2\n>>> {source}\n>>> 3\n3"), block(f"after {name}", ">>> 4\n4")]))
    scopes.append(blocks.Scope("last", [block("last", ">>> mx.array([1]) + 1\narray([2], dtype=int32)")]))
    book = blocks.Ledger(scopes)
    before, run.TIMEOUT = run.TIMEOUT, 3
    try:
        with run.Pool("cpu") as pool:
            record = pool.run(book)
            pids = [worker.process.pid for worker in pool.workers]
    finally:
        run.TIMEOUT = before
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    return book, record


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_example_fails_alone_and_by_name(hostile: tuple[blocks.Ledger, run.Record], name: str):
    _, record = hostile
    failures = [failure for failure in record.failures if failure["block"] == name]
    assert [failure["line"] for failure in failures][:1] == [3 if name == "recursion" else 2]
    assert failures[0]["wrong"] == HOSTILE[name][1]
    assert name not in record.passed


def test_all_others_are_kept(hostile: tuple[blocks.Ledger, run.Record]):
    _, record = hostile
    harmless = {f"before {number}" for number in range(len(HOSTILE))} | {"last"}
    assert harmless <= set(record.passed)
    ended = [name for name, (_, said) in HOSTILE.items() if "process" in said or "answer" in said]
    not_run = {f["block"] for f in record.failures if f["wrong"] == "not run: an earlier block ended the process"}
    assert not_run == {f"after {name}" for name in ended}
    assert {f"after {name}" for name in HOSTILE if name not in ended} <= set(record.passed)


def test_failures_stand_in_the_ledgers_order(hostile: tuple[blocks.Ledger, run.Record]):
    book, record = hostile
    order = [one.id for one in book.blocks]
    places = [order.index(failure["block"]) for failure in record.failures]
    assert places == sorted(places)


STATE = {  # what one scope changes, and what the next one must see
    "seed": ("mx.random.seed(9); np.random.seed(9)", "mx.random.uniform(shape=(2,)), np.random.rand()"),
    "python's seed": ("import random; random.seed(9)", "__import__('random').random()"),
    "device": ("mx.set_default_device(mx.cpu if mx.is_available(mx.gpu) else mx.cpu)", "mx.default_device()"),
    "numpy's printing": ("np.set_printoptions(precision=2)", "np.array([1 / 3])"),
    "mlx's printing": ("mx.set_printoptions(precision=2)", "mx.array([1 / 3])"),
    "numpy's errors": ("_ = np.seterr(all='raise')", "np.float32(1) / np.float32(0)"),
    "a function of numpy": ("np.sum = max", "np.sum([1, 2])"),
    "a function of mlx": ("mx.sum = max", "mx.sum(mx.array([1, 2]))"),
    "a new name": ("np.nothing = 1", "hasattr(np, 'nothing')"),
    "a builtin": ("import builtins; builtins.sorted = list", "sorted([2, 1])"),
    "the folder": ("import os; os.chdir('/')", "__import__('os').getcwd() == '/'"),
    "the environment": ("import os; os.environ['X_EXAMPLE'] = '1'", "'X_EXAMPLE' in __import__('os').environ"),
    "the path": ("import sys; sys.path.insert(0, '/x_example')", "'/x_example' in __import__('sys').path"),
    "a variable": ("left = 1", "'left' in globals()"),
    "standard output": ("import io, sys; sys.stdout = io.StringIO()", "1"),
    "the hook of output": ("import sys; sys.displayhook = lambda value: None", "1"),
    "compilation": ("mx.disable_compile()", "calls = []\n>>> f = mx.compile(lambda x: calls.append(1) or x + 1)\n>>> _ = f(mx.array(1)), f(mx.array(2))\n>>> len(calls)"),
    "lazily loaded modules": ("_ = np.ma", "type(np.ma).__name__"),
}


@pytest.mark.parametrize(("change", "see"), STATE.values(), ids=STATE)
def test_what_an_example_changes_is_put_back(pool: run.Pool, change: str, see: str):
    fresh = pool.run(ledger(see=f">>> {see}"))
    changed = pool.run(ledger(change=f">>> {change}", see=f">>> {see}"))
    assert "change" in changed.passed
    seen = [failure["got"] for failure in fresh.failures]
    assert seen and seen == [failure["got"] for failure in changed.failures]


def test_what_is_written_to_the_real_output_reaches_no_result(pool: run.Pool):
    text = ">>> import os\n>>> _ = os.write(1, b'no result\\n'), os.write(2, b'x' * 100_000)\n>>> os.close(1), os.close(2)\n(None, None)\n>>> 5\n5"
    record = pool.run(ledger(writes=text, after=">>> 1\n1"))
    assert record.passed == ["writes", "after"]


def test_blocks_of_a_scope_share_names_and_sides_of_a_pair_do_not(pool: run.Pool):
    texts = [">>> a = 1", ">>> a\n1"]
    shared = blocks.Ledger([blocks.Scope("s", [block(str(i), text) for i, text in enumerate(texts)])])
    assert pool.run(shared).passed == ["0", "1"]
    apart = blocks.Ledger([blocks.Scope("s", [block(str(i), text) for i, text in enumerate(texts)], {})])
    assert pool.run(apart).passed == ["0"]


def test_a_pair_tells_what_was_observed(pool: run.Pool):
    sides = [block("numpy", ">>> np.argmax(np.array([5, 1])) - 1"), block("mlx", ">>> mx.argmax(mx.array([5, 1])) - 1")]
    record = pool.run(blocks.Ledger([blocks.Scope("p", sides, {})]))
    assert record.pairs == {"p": {"observed": ["dtype"], "silent": True, "compared": 1}}
    sides = [block("numpy", ">>> 1\n1\n>>> 2\n2"), block("mlx", ">>> 1\n1")]
    record = pool.run(blocks.Ledger([blocks.Scope("p", sides, {})]))
    assert record.pairs["p"]["uneven"] == [2, 1]


def test_names_are_looked_up_live(pool: run.Pool):
    names = {"mx.sum": True, "mlx.core.linalg.norm": True, "np.linalg.norm": True, "mx.argmx": False, "mlx.nn.Linear": True, "mlx.nothing": False, "numpy.nothing.x": False}
    record = pool.run(blocks.Ledger([], dict.fromkeys(names, "")))
    assert record.names == names
    assert "mx.argmax" in record.near["mx.argmx"]


def test_a_device_that_is_not_there_is_refused():
    import mlx.core as mx

    with run.Pool("gpu", 1) as pool:
        if mx.is_available(mx.gpu):
            assert pool.environment()["device"] == "gpu"
        else:
            with pytest.raises(run.RunError, match="no GPU"):
                pool.environment()


def test_workers_leave_no_folder_behind(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(run.tempfile, "tempdir", str(tmp_path))
    with run.Pool("cpu", 1) as pool:
        record = pool.run(ledger(a=">>> _ = open('left', 'w').write('x')", b=">>> import os; os._exit(1)", c=">>> 1\n1"))
        assert record.passed == ["a", "c"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("text", "status"), [(">>> 1\n1", 0), (">>> 1\n2", 1)])
def test_a_ledger_runs_without_sphinx(tmp_path: Path, text: str, status: int):
    blocked = tmp_path / "blocked"
    for name in ("sphinx", "docutils", "myst_parser", "pytest"):
        (blocked / name).mkdir(parents=True)
        (blocked / name / "__init__.py").write_text("raise ImportError('not on this machine')")
    book = ledger(page=text)
    (tmp_path / "ledger.json").write_text(book.dump())
    done = subprocess.run(
        [sys.executable, "-m", "mapping.run", "ledger.json", "record.json", "--device", "cpu"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": f"{blocked}:{run.ROOT}"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == status, done.stderr
    record = run.load(tmp_path / "record.json")
    assert record.ledger == book.digest
    assert record.environment["device"] == "cpu"
    assert ("page.md:10: a number differs" in done.stdout) == bool(status)


def test_a_record_of_another_format_is_refused(tmp_path: Path):
    (tmp_path / "record.json").write_text(json.dumps({"format": 0}))
    with pytest.raises(ValueError, match="format"):
        run.load(tmp_path / "record.json")


def test_what_an_example_starts_ends_with_its_worker():
    start = ">>> import subprocess\n>>> subprocess.Popen(['sleep', '300']).pid"
    with run.Pool("cpu", 1) as pool:
        record = pool.run(ledger(starts=start))
        pid = int(record.failures[0]["got"])
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        for _ in range(100):  # until the system has cleared it away
            os.kill(pid, 0)
            time.sleep(0.05)
