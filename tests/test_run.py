"""Runs of ledgers whose examples crash, hang, flood, exit or leave things changed: each fails or is contained alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mapping.run import blocks, process
from mapping.run import pool as pools
from mapping.run.__main__ import main
from mapping.run.pool import Pool
from mapping.run.process import RunError, Worker
from mapping.run.record import MACHINES as KINDS_KNOWN
from mapping.run.record import Record, load_record, machine_kinds

from .conftest import LIMITED, MACHINES, ROOT

HANG = "import ctypes; ctypes.PyDLL(None).sleep(1000)"  # PyDLL keeps the interpreter's lock
HOSTILE = {  # the block's second statement, and what its failure says
    "exit with 0": ("import os; os._exit(0)", "the process exited with status 0"),
    "segmentation fault": ("import ctypes; ctypes.string_at(0)", "the process killed by SIGSEGV"),
    "kills itself": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "the process killed by SIGKILL"),
    "endless loop": ("while True: pass", "no answer within 2 s"),
    "hang that holds the lock": (HANG, "no answer within 2 s"),
    "hang in a pattern": ("import re; re.match('(a+)+$', 'a' * 99 + 'b')", "no answer within 2 s"),
    "flood": ("print('x' * 10_000_000)", "it raised"),
    "flood by and by": ("for _ in range(1_000_000): print('0123456789')", "the output differs"),
    "flood from C": ("import os; os.write(1, b'x' * 10_000_000)", "the output differs"),
    "sys.exit": ("import sys; sys.exit()", "it raised"),
    "system exit": ("raise SystemExit(0)", "it raised"),
    "interrupt": ("raise KeyboardInterrupt", "it raised"),
    "recursion": ("def f(): return f()\n>>> f()", "it raised"),
    "an error that cannot be told": ("raise type('E', (Exception,), {'__str__': lambda self: 1 / 0})", "the process exited with status 1"),
    "an endless message": ("raise ValueError('x' * 10_000_000)", "it raised"),
    "half a surrogate pair": ("print(chr(0xD800))", "the output differs"),
    "no more files": ("import os; os.closerange(3, 100)", "the process exited with status 1"),
    "words among the results": (
        "import os; _ = [os.write(n, b'no result\\n') for n in range(3, 9)]",
        "the process sent what is no message",
    ),
    "a number among the results": ("import os; _ = [os.write(n, b'1\\n') for n in range(3, 9)]", "the process sent what is no message"),
    "the module of messages": ("import json; json.dumps = lambda message: 'x'", "the process sent what is no message"),
    "wrong": ("mx.array(1)", "the output differs"),
    "a closed output": ("import sys; sys.stdout.close(); print(1)", "the output differs"),
}
if LIMITED:
    HOSTILE["much memory"] = ("x = bytearray(12 << 30)", "it raised")
    HOSTILE["memory by and by"] = ("_ = [np.empty(1 << 28, np.uint8) for _ in iter(int, 1)]", "it raised")

ENDED = [name for name, (_, said) in HOSTILE.items() if "process" in said or "answer" in said]


def block(name: str, text: str) -> blocks.Block:
    return blocks.Block(name, f"{name}.md", 10, text, "pycon", id=name)


def ledger(**texts: str) -> blocks.Ledger:
    return blocks.Ledger([blocks.Scope(name, [block(name, text)]) for name, text in texts.items()])


@pytest.fixture(scope="module")
def hostile() -> tuple[blocks.Ledger, Record, list[int]]:
    """One run of all hostile examples, with a harmless one before and after each."""
    scopes = []
    for number, (name, (source, _)) in enumerate(HOSTILE.items()):
        scopes.append(blocks.Scope(f"before {number}", [block(f"before {number}", ">>> 1\n1")]))
        scopes.append(blocks.Scope(name, [block(name, f">>> 2\n2\n>>> {source}\n>>> 3\n3"), block(f"after {name}", ">>> 4\n4")]))
    scopes.append(blocks.Scope("last", [block("last", ">>> mx.array([1]) + 1\narray([2], dtype=int32)")]))
    book = blocks.Ledger(scopes)
    pids = []

    class Watched(Worker):
        def __init__(self, *how):
            super().__init__(*how)
            pids.append(self.process.pid)

    with pytest.MonkeyPatch.context() as patch, Pool("cpu") as pool:
        patch.setattr(process, "TIMEOUT", 2)
        patch.setattr(pools, "Worker", Watched)
        record = pool.run(book)
    assert len(pids) == 2 + len(ENDED) + 1  # the endless loop, which is plain code, is done among others first
    return book, record, pids


def test_no_worker_is_left(hostile: tuple[blocks.Ledger, Record, list[int]]):
    for pid in hostile[2]:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_example_fails_alone_and_by_name(hostile: tuple[blocks.Ledger, Record, list[int]], name: str):
    _, record, _ = hostile
    failures = [failure for failure in record.failures if failure["block"] == name]
    assert [failure["line"] for failure in failures][:1] == [3 if name == "recursion" else 2]
    assert failures[0]["wrong"] == HOSTILE[name][1]
    assert name not in record.passed


def test_all_others_are_kept(hostile: tuple[blocks.Ledger, Record, list[int]]):
    _, record, _ = hostile
    harmless = {f"before {number}" for number in range(len(HOSTILE))} | {"last"}
    assert harmless <= set(record.passed)
    not_run = {f["block"] for f in record.failures if f["wrong"] == "not run: an earlier block ended the process"}
    assert not_run == {f"after {name}" for name in ENDED}
    assert {f"after {name}" for name in HOSTILE if name not in ENDED} <= set(record.passed)


def test_every_block_passed_or_failed_and_none_did_both(hostile: tuple[blocks.Ledger, Record, list[int]]):
    book, record, _ = hostile
    assert sorted([*record.passed, *{failure["block"] for failure in record.failures}]) == sorted(one.id for one in book.blocks)


def test_a_record_of_hostile_examples_can_be_written(hostile: tuple[blocks.Ledger, Record, list[int]], tmp_path: Path):
    _, record, _ = hostile
    path = tmp_path / "record.json"
    path.write_text(record.dump(), encoding="utf-8")
    assert load_record(path) == record
    assert path.stat().st_size < 1_000_000


def test_failures_stand_in_the_ledgers_order(hostile: tuple[blocks.Ledger, Record, list[int]]):
    book, record, _ = hostile
    order = [one.id for one in book.blocks]
    places = [order.index(failure["block"]) for failure in record.failures]
    assert places == sorted(places)


STATE = {  # what one scope changes, and what the next one must see
    "seed": ("mx.random.seed(9); np.random.seed(9)", "mx.random.uniform(shape=(2,)), np.random.rand()"),
    "python's seed": ("import random; random.seed(9)", "__import__('random').random()"),
    "device": ("mx.set_default_device(mx.Device(mx.cpu, 1))", "mx.default_device()"),
    "stream": ("mx.set_default_stream(mx.new_stream(mx.cpu))", "mx.default_stream(mx.cpu)"),
    "numpy's printing": ("np.set_printoptions(precision=2)", "np.array([1 / 3])"),
    "mlx's printing": ("mx.set_printoptions(precision=2)", "mx.array([1 / 3])"),
    "numpy's errors": ("_ = np.seterr(all='raise')", "np.float32(1) / np.float32(0)"),
    "numpy's call on errors": ("_ = np.seterrcall(print)", "np.geterrcall() is None"),
    "a function of numpy": ("np.sum = max", "np.sum([1, 2])"),
    "a lost function of numpy": ("del np.linalg.norm", "np.linalg.norm([3, 4])"),
    "a function of mlx": ("mx.sum = max", "mx.sum(mx.array([1, 2]))"),
    "a method of mlx's array": ("mx.array.sum = lambda self: 5", "mx.array([1, 2]).sum()"),
    "a new method of mlx's array": ("mx.array.nothing = 5", "hasattr(mx.array, 'nothing')"),
    "a new name": ("np.nothing = 1", "hasattr(np, 'nothing')"),
    "a builtin": ("import builtins; builtins.sorted = list", "sorted([2, 1])"),
    "print": ("import builtins; builtins.print = lambda *_: None", "print('x')"),
    "all builtins of one name": ("import builtins; del builtins.sum", "sum([1, 2])"),
    "the folder": ("import os; os.chdir('/')", "__import__('os').getcwd() == '/'"),
    "the environment": ("import os; os.environ['X_EXAMPLE'] = '1'", "'X_EXAMPLE' in __import__('os').environ"),
    "the path": ("import sys; sys.path.insert(0, '/x_example')", "'/x_example' in __import__('sys').path"),
    "loaded modules": ("import sys; sys.modules['numpy'] = None", "__import__('numpy').sum is np.sum"),
    "depth of recursion": ("import sys; sys.setrecursionlimit(200)", "__import__('sys').getrecursionlimit()"),
    "warnings": ("import warnings; warnings.simplefilter('error')", "np.float32(1) / np.float32(0)"),
    "the memory limit": ("_ = mx.set_memory_limit(10**9)", "mx.get_memory_limit()"),
    "the cache limit": ("_ = mx.set_cache_limit(10**6)", "mx.set_cache_limit(10**8)"),
    "a lost constant that is None": ("del np.newaxis", "np.newaxis is None"),
    "a variable": ("left = 1", "'left' in globals()"),
    "standard output": ("import io, sys; sys.stdout = io.StringIO()", "1"),
    "a closed standard output": ("import sys; sys.stdout.close()", "print('x')"),
    "no standard error": ("import sys; sys.stderr = None", "__import__('sys').stdout is None"),
    "the hook of output": ("import sys; sys.displayhook = lambda value: None", "1"),
    "compilation": (
        "mx.disable_compile()",
        "calls = []\n>>> f = mx.compile(lambda x: calls.append(1) or x + 1)\n>>> _ = f(mx.array(1)), f(mx.array(2))\n>>> len(calls)",
    ),
    "lazily loaded modules": ("_ = np.ma", "type(np.ma).__name__"),
}


@pytest.mark.parametrize(("change", "see"), STATE.values(), ids=STATE)
def test_what_an_example_changes_is_put_back(pool: Pool, change: str, see: str):
    fresh = pool.run(ledger(see=f">>> {see}"))
    changed = pool.run(ledger(change=f">>> {change}", see=f">>> {see}"))
    assert "change" in changed.passed
    seen = [failure["got"] for failure in fresh.failures]
    assert seen and seen == [failure["got"] for failure in changed.failures]


def test_what_is_written_to_the_real_output_reaches_no_result(pool: Pool):
    text = (
        ">>> import os\n>>> _ = os.write(1, b'no result\\n'), os.write(2, b'x' * 100_000)\n"
        ">>> os.close(1), os.close(2)\n(None, None)\n>>> 5\n5"
    )
    record = pool.run(ledger(writes=text, after=">>> 1\n1"))
    assert record.passed == ["writes", "after"]


def test_a_thread_that_goes_on_reaches_no_later_scope(pool: Pool):
    noise = (
        ">>> import threading, time\n>>> def f():\n...     time.sleep(0.2)\n"
        "...     while True: print('noise')\n...\n>>> threading.Thread(target=f).start()"
    )
    record = pool.run(ledger(noise=noise, after=">>> import time; time.sleep(0.5)\n>>> 1\n1"))
    assert record.passed == ["noise", "after"]


def test_a_worker_whose_computations_failed_is_replaced():
    """After a dozen of them MLX may wait without end: see `agree.Raised`."""
    singular = (
        ">>> x = mx.linalg.inv(mx.zeros((2, 2)), stream=mx.cpu)\n>>> mx.eval(x)\n"
        "Traceback (most recent call last):\n    ...\nRuntimeError: [Inverse::eval_cpu] ..."
    )
    with Pool("cpu", 1) as workers:
        workers.start()
        first = workers.workers[0].process.pid
        record = workers.run(ledger(**{f"s{number}": singular for number in range(30)}))
        assert record.failures == []
        assert workers.workers[0].process.pid != first


def test_a_forked_worker_does_not_serve(pool: Pool):
    fork = ">>> import os\n>>> _ = os.fork() == 0 and __import__('time').sleep(0.2)"
    record = pool.run(ledger(fork=fork, wrong=">>> import time; time.sleep(0.5)\n>>> 1\n2"))
    assert record.passed == ["fork"]
    assert [(failure["block"], failure["wrong"]) for failure in record.failures] == [("wrong", "an integer differs")]


def test_what_no_worker_reported_has_not_passed():
    finished = json.dumps({"finished": "lie", "spent": False}).encode() + b"\n"
    with Pool("cpu", 1) as pool:
        record = pool.run(ledger(lie=f">>> 1\n1\n>>> import os; _ = os.write(3, {finished})\n>>> while True: pass"))
    assert record.passed == []
    assert [(failure["block"], failure["wrong"]) for failure in record.failures] == [("lie", "the process sent what is no message")]


def test_a_worker_that_died_between_runs_is_replaced_and_no_block_blamed():
    with Pool("cpu", 1) as pool:
        assert pool.run(ledger(a=">>> 1\n1")).passed == ["a"]
        pool.workers[0].process.kill()
        pool.workers[0].process.wait()
        assert pool.run(ledger(a=">>> 1\n1")).passed == ["a"]


KILLED = """
from mapping.run import blocks, process
from mapping.run.pool import Pool
process.TIMEOUT = 1000
pool = Pool("cpu", 1)
pool.environment()
print(pool.workers[0].process.pid, pool.workers[0].folder, flush=True)
busy = blocks.Block("a", "a.md", 1, ">>> open('busy', 'w').close()\\n>>> while True: pass", "pycon", id="a")
pool.run(blocks.Ledger([blocks.Scope("a", [busy])]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a worker ends when it next asks for work")
def test_a_worker_ends_with_a_parent_that_is_killed():
    with subprocess.Popen([sys.executable, "-c", KILLED], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        worker, folder = parent.stdout.readline().split()
        busy = Path(folder, "here", "busy")
        while not busy.exists():
            assert alive(worker)
            time.sleep(0.05)
        parent.kill()
    for _ in range(100):
        if not alive(worker):
            break
        time.sleep(0.1)
    assert not alive(worker)
    busy.unlink()
    busy.parent.rmdir()
    os.rmdir(folder)


def alive(pid: str) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked after does not."""
    try:
        return Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_pool_that_is_closed_starts_nothing():
    pool = Pool("cpu", 1)
    pool.start()
    pool.__exit__()
    with pytest.raises(RunError, match="stopped"):
        pool.run(ledger(a=">>> 1\n1"))
    assert pool.workers == []


def test_a_worker_that_died_before_names_were_asked_is_told():
    with Pool("cpu", 1) as pool:
        assert pool.run(ledger(a=">>> 1\n1")).passed == ["a"]
        pool.workers[0].process.kill()
        pool.workers[0].process.wait()
        with pytest.raises(RunError, match="SIGKILL"):
            pool.run(blocks.Ledger(names={"mx.sum": "a.md:1"}))


def test_waiting_for_one_worker_is_not_held_against_another(monkeypatch):
    class Slow(Worker):
        late = 0

        def started(self) -> dict[str, str]:
            time.sleep(0 if self.environment else self.late)
            return super().started()

    monkeypatch.setattr(pools, "Worker", Slow)
    with Pool("cpu", 2) as pool:
        pool.start()
        assert {worker.started()["device"] for worker in pool.workers} == {"cpu"}
        monkeypatch.setattr(process, "TIMEOUT", 1)
        monkeypatch.setattr(Slow, "late", 1.5)
        record = pool.run(ledger(dies=">>> import os; os._exit(0)", lives=">>> import time; time.sleep(0.2)\n>>> 1\n1", last=">>> 1\n1"))
    assert record.passed == ["lives", "last"]


def test_what_is_not_run_does_not_fail(pool: Pool):
    others = [blocks.Block("p", "p.md", 1, text, lang, id=lang) for lang, text in (("json", "{}"), ("console", "$ ls"))]
    book = blocks.Ledger([blocks.Scope("others", others), blocks.Scope("dies", [block("dies", ">>> import os; os._exit(0)"), *others])])
    record = pool.run(book)
    assert record.passed == []
    assert [failure["block"] for failure in record.failures] == ["dies"]


def test_a_script_fails_when_it_raises(pool: Pool):
    scripts = {"good": "print('shown nowhere')", "bad": "a = 1\nraise ValueError('no')"}
    scopes = [blocks.Scope(name, [blocks.Block("p", "p.md", 1, text, "python", id=name)]) for name, text in scripts.items()]
    record = pool.run(blocks.Ledger(scopes))
    assert record.passed == ["good"]
    assert record.failures[0]["got"].endswith("ValueError: no")


def test_progress_names_every_scope_once(pool: Pool):
    told = []
    pool.run(ledger(a=">>> 1\n1", b=">>> import os; os._exit(0)", c=">>> 1\n1"), lambda *what: told.append(what))
    assert [name for _, _, name in told] == ["a", "c"]
    assert [total for _, total, _ in told] == [3, 3]


def test_blocks_of_a_scope_share_names_and_sides_of_a_pair_do_not(pool: Pool):
    texts = [">>> a = 1", ">>> a\n1"]
    shared = blocks.Ledger([blocks.Scope("s", [block(str(i), text) for i, text in enumerate(texts)])])
    assert pool.run(shared).passed == ["0", "1"]
    apart = blocks.Ledger([blocks.Scope("s", [block(str(i), text) for i, text in enumerate(texts)], {})])
    assert pool.run(apart).passed == ["0"]


def test_a_pair_tells_what_was_observed(pool: Pool):
    sides = [block("numpy", ">>> np.argmax(np.array([5, 1])) - 1"), block("mlx", ">>> mx.argmax(mx.array([5, 1])) - 1")]
    record = pool.run(blocks.Ledger([blocks.Scope("p", sides, {})]))
    assert record.pairs["p"].items() >= {"observed": ["dtype"], "compared": 1}.items()
    sides = [block("numpy", ">>> 1\n1\n>>> 2\n2"), block("mlx", ">>> 1\n1")]
    record = pool.run(blocks.Ledger([blocks.Scope("p", sides, {})]))
    assert record.pairs["p"]["uneven"] == [2, 1]


def test_names_are_looked_up_live(pool: Pool):
    names = {
        "mx.sum": True,
        "mlx.core.linalg.norm": True,
        "np.linalg.norm": True,
        "mx.argmx": False,
        "mlx.nn.Linear": True,
        "mlx.nothing": False,
        "numpy.nothing.x": False,
    }
    record = pool.run(blocks.Ledger([], [], dict.fromkeys(names, ""), {"mx.copy": "", "np.max": ""}))
    assert record.names == names | {"mx.copy": False, "np.max": True}
    assert "mx.argmax" in record.near["mx.argmx"]
    assert record.near.keys() == {name for name, there in record.names.items() if not there}


def test_a_device_that_is_not_there_is_refused():
    import mlx.core as mx

    with Pool("gpu", 1) as pool:
        if mx.is_available(mx.gpu):
            assert pool.environment()["device"] == "gpu"
        else:
            with pytest.raises(RunError, match="no GPU"):
                pool.environment()


def test_workers_leave_no_folder_behind(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(process.tempfile, "tempdir", str(tmp_path))
    with Pool("cpu", 1) as pool:
        record = pool.run(ledger(a=">>> _ = open('left', 'w').write('x')", b=">>> import os; os._exit(1)", c=">>> 1\n1"))
        assert record.passed == ["a", "c"]
    assert list(tmp_path.iterdir()) == []


ABSENT = ("sphinx", "docutils", "myst_parser", "sphinx_design", "pytest", "jsonschema")


def alone(folder: Path, *command: str) -> subprocess.CompletedProcess:
    """Run Python in a folder, on a machine that has neither Sphinx nor what comes with it."""
    for name in ABSENT:
        (folder / "blocked" / name).mkdir(parents=True, exist_ok=True)
        (folder / "blocked" / name / "__init__.py").write_text("raise ImportError('not on this machine')")
    environment = {**os.environ, "PYTHONPATH": f"{folder / 'blocked'}:{ROOT}"}
    return subprocess.run([sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("name", ABSENT)
def test_the_machine_without_sphinx_is_one(tmp_path: Path, name: str):
    assert "not on this machine" in alone(tmp_path, "-c", f"import {name}").stderr


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        (">>> 1\n1", 0, "1 blocks passed, 0 failed"),
        (">>> 1\n1\n>>> 1\n2", 1, "page.md:12: an integer differs"),
        (
            ">>> 1\n1\n>>> 0.1\n0.10000000000000009",
            1,
            "page.md:12: a number differs by 6 units in the last place of float64: 0.10000000000000009, not 0.1",
        ),
        (">>> 1\n1\n>>> import os; os._exit(0)", 1, "page.md:12: the process exited with status 0"),
    ],
)
def test_a_ledger_runs_without_sphinx(tmp_path: Path, text: str, status: int, said: str):
    book = ledger(page=text)
    (tmp_path / "ledger.json").write_text(book.dump())
    done = alone(tmp_path, "-m", "mapping.run", "ledger.json", "record.json", "--device", "cpu")
    assert done.returncode == status, done.stderr
    assert said in done.stdout
    record = load_record(tmp_path / "record.json")
    assert record.ledger == book.digest
    assert record.environment["device"] == "cpu"
    assert record.passed == ([] if status else ["page"])


def test_a_run_on_a_gpu_that_is_not_there_ends_with_2(tmp_path: Path):
    import mlx.core as mx

    (tmp_path / "ledger.json").write_text(ledger(page=">>> 1\n1").dump())
    done = alone(tmp_path, "-m", "mapping.run", "ledger.json", "record.json", "--device", "gpu")
    there = mx.is_available(mx.gpu)
    assert done.returncode == (0 if there else 2)
    assert ("no GPU" in done.stderr) != there
    assert (tmp_path / "record.json").exists() == there


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"format": 0}'])
def test_what_is_no_ledger_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture, text: str | None):
    path = tmp_path / "ledger.json"
    if text is not None:
        path.write_text(text)
    assert main([str(path), str(tmp_path / "record.json")]) == 2
    assert str(path) in capsys.readouterr().err


THIRD = ">>> np.float32(1) / 3\nnp.float32(0.3333333)\n>>> np.float32(1) / 3\nnp.float32(0.33333334)"


def test_what_passes_with_other_digits_is_noted(pool: Pool, tmp_path: Path):
    record = pool.run(
        ledger(page=THIRD, error=">>> 1 / 0\nTraceback (most recent call last):\n    ...\nZeroDivisionError: division by zero")
    )
    assert (record.passed, record.failures) == (["page", "error"], [])
    assert record.noise == [
        {
            "block": "page",
            "line": 0,
            "source": "np.float32(1) / 3\n",
            "wrong": "other digits, within rounding",
            "want": "np.float32(0.3333333)",
            "got": "np.float32(0.33333334)",
        }
    ]
    (tmp_path / "record.json").write_text(record.dump())
    assert load_record(tmp_path / "record.json") == record


@pytest.mark.parametrize(("text", "exact", "status"), [(THIRD, [], 0), (THIRD, ["--exact"], 1), (">>> 1\n1", ["--exact"], 0)])
def test_digits_within_rounding_fail_where_that_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture, text: str, exact: list[str], status: int
):
    (tmp_path / "ledger.json").write_text(ledger(page=text).dump())
    assert main([str(tmp_path / "ledger.json"), str(tmp_path / "record.json"), "--device", "cpu", *exact]) == status
    said = capsys.readouterr().out
    assert (
        "page.md:10: other digits, within rounding\n  np.float32(1) / 3\n"
        "  expected 'np.float32(0.3333333)'\n  got      'np.float32(0.33333334)'" in said
    ) == bool(status)
    assert "1 blocks passed, 0 failed" in said


def test_a_block_of_other_machines_is_neither_run_nor_missed(pool: Pool, monkeypatch: pytest.MonkeyPatch):
    book = ledger(metal=">>> 1\n2", cpu=">>> 1\n1", ever=">>> 1\n1")
    book.blocks[0].machine, book.blocks[1].but = "metal", "metal"
    digest = book.digest
    record = pool.run(book)
    assert (record.passed, record.failures, record.ledger) == (["cpu", "ever"], [], digest)
    monkeypatch.setattr(Worker, "started", lambda worker: MACHINES["mac"])
    record = pool.run(book)
    assert (record.passed, [one["block"] for one in record.failures], record.ledger) == (["ever"], ["metal"], digest)


KINDS = {
    "linux": ("x86-64", "Linux", "cpu", "cpu", "Python>=3.11"),
    "arm64": ("arm64", "Linux", "cpu", "cpu", "Python>=3.11", "Python>=3.12"),
    "cuda": ("x86-64", "Linux", "gpu", "cuda", "Python>=3.11", "Python>=3.12", "Python>=3.13"),
    "mac": ("arm64", "Darwin", "gpu", "metal", "Python>=3.11", "Python>=3.12", "Python>=3.13", "Python>=3.14"),
}


@pytest.mark.parametrize("name", KINDS)
def test_the_kinds_of_a_machine(name: str):
    assert machine_kinds(MACHINES[name]) == KINDS[name]
    assert {*KINDS[name]} - {"Python>=3.11"} <= {*KINDS_KNOWN}


def test_the_kinds_of_this_machine_are_told_by_a_worker(pool: Pool):
    assert pool.environment().keys() == MACHINES["here"].keys()
    assert machine_kinds(pool.environment()) == machine_kinds(MACHINES["here"])


def broken(folder: Path, text: str) -> dict[str, str]:
    """What to set around a worker for which `import mlx.core` does this."""
    (folder / "mlx").mkdir()
    (folder / "mlx" / "__init__.py").write_text("")
    (folder / "mlx" / "core.py").write_text(text)
    return {"PYTHONPATH": str(folder)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "raise ImportError('libmlx.so: cannot open shared object file')",
            "a worker did not start (exited with status 1): ImportError: libmlx.so: cannot open shared object file\n  ",
        ),
        (
            "def __getattr__(name):\n    raise AttributeError(f'module mlx.core has no attribute {name!r}')",
            "a worker did not start (exited with status 1): AttributeError: module mlx.core has no attribute '",
        ),
        ("import os; os._exit(5)", "a worker did not start (exited with status 5), and said nothing"),
        (
            "import os, sys; sys.stderr.write('x' * 100_000 + '\\nlast words\\n'); sys.stderr.flush(); os.abort()",
            "a worker did not start (killed by SIGABRT): last words\n  ",
        ),
    ],
    ids=["no library", "an older MLX", "silent", "many words"],
)
def test_a_worker_that_dies_while_it_starts_says_why(tmp_path: Path, text: str, said: str):
    with Pool("cpu", 1, broken(tmp_path, text)) as pool, pytest.raises(RunError) as error:
        pool.environment()
    assert str(error.value).startswith(said) and len(str(error.value)) < 12_000


def test_where_a_worker_died_is_shown(tmp_path: Path):
    with Pool("cpu", 1, broken(tmp_path, "x = 1\nraise ImportError('no')")) as pool, pytest.raises(RunError) as error:
        pool.environment()
    assert f'File "{tmp_path / "mlx" / "core.py"}", line 2' in str(error.value)


def test_another_interpreter_and_more_patience(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    other = tmp_path / "python"
    other.write_text(f'#!/bin/sh\nTOLD=another exec "{sys.executable}" "$@"\n')
    other.chmod(0o755)
    monkeypatch.setattr(process, "TIMEOUT", 0.5)
    book = ledger(told=">>> import os; os.environ['TOLD']\n'another'", slow=">>> import time; time.sleep(1)")
    with Pool("cpu", 1, python=str(other), patience=10) as pool:
        assert pool.run(book).passed == ["told", "slow"]
    with Pool("cpu", 1, python=str(other)) as pool:
        assert [failure["wrong"] for failure in pool.run(book).failures] == ["no answer within 0.5 s"]


def test_a_record_of_another_format_is_refused(tmp_path: Path):
    (tmp_path / "record.json").write_text(json.dumps({"format": 0}))
    with pytest.raises(ValueError, match="format"):
        load_record(tmp_path / "record.json")


def test_without_a_compiler_nothing_runs_and_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "ledger.json").write_text(ledger(page=">>> 1\n1").dump())
    command = ("-m", "mapping.run", "ledger.json", "record.json", "--device", "cpu")
    monkeypatch.setenv("PATH", str(tmp_path))
    done = alone(tmp_path, *command)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "a C++ compiler is needed: MLX calls `g++`" in done.stderr
    assert not (tmp_path / "record.json").exists()
    compiler = tmp_path / "g++"
    compiler.write_text("#!/bin/sh\nexit 1\n")
    compiler.chmod(0o755)
    assert alone(tmp_path, *command).stderr == done.stderr
    compiler.write_text("#!/bin/sh\nexit 0\n")
    assert alone(tmp_path, *command).returncode == 0


def test_a_compile_that_is_switched_off_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "ledger.json").write_text(ledger(page=">>> 1\n1").dump())
    monkeypatch.setenv("MLX_DISABLE_COMPILE", "1")
    done = alone(tmp_path, "-m", "mapping.run", "ledger.json", "record.json", "--device", "cpu")
    assert (done.returncode, done.stdout) == (2, "")
    assert "MLX_DISABLE_COMPILE is set" in done.stderr
