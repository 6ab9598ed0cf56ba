"""An example that lies can lie for itself alone: what it changes decides nothing of another scope, now or when it is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapping.run import blocks
from mapping.run.cache import Cache
from mapping.run.pool import Pool
from mapping.run.record import Record

FOUR = "'array(4, dtype=int32)'"
FORGERIES = {  # what an evil page does, so that a lie of another page might pass
    "the module that compares": "from mapping.run import checker; checker.output = lambda *_: None",
    "the module of answers": "from mapping.worker import values; values.freeze = lambda _: None",
    "answers in writing": "from mapping.run import agreement; agreement.written = lambda _: 'x'",
    "what runs an example": f"import mapping.worker.examples as e; e.run_example = lambda *_: {FOUR}",
    "what serves requests": "import __main__; __main__.run_scope = lambda *_: None",
    "what puts things back": "from mapping.worker import state; state.State.restore = lambda *_: None; mx.sum = lambda _: mx.array(4)",
    "what watches": "from mapping.worker import watch; watch.holders = lambda: iter(()); np.ma.sum = max",
    "what the watch asks": "import builtins; builtins.all = lambda _: True; builtins.map = lambda *_: (); mx.sum = lambda _: mx.array(4)",
    "code of a function": "from mapping.worker import values; values.freeze.__code__ = (lambda value: None).__code__",
    "defaults of a function": "from mapping.run.agreement import difference as d; d.__defaults__ = ('shape-dtype', 8)",
    "a dtype's repr": "mx.Dtype.__repr__ = lambda _: 'x'",
    "an array's repr": f"mx.array.__repr__ = lambda _: {FOUR}",
    "how NumPy prints": "import numpy._core.arrayprint as p; p._formatArray = lambda *_: '[1, 4]'",
    "a class of NumPy": "np.ma.MaskedArray.__repr__ = lambda _: 'x'",
    "a module below NumPy": "import numpy.linalg._linalg as l; l.isfinite = lambda _: True",
    "mlx.nn": "import mlx.nn as nn; nn.relu = lambda x: x",
    "a module of another's name": "import sys, types; sys.modules['mlx.nn'] = types.SimpleNamespace(relu=lambda x: x)",
    "the module of messages": "import json; real = json.dumps; json.dumps = lambda m: real({**m, 'printed': "
    + FOUR
    + "} if 'printed' in m else m)",
    "the encoder of messages": "import json.encoder as e; e.JSONEncoder.encode = lambda self, _: 'x'",
    "an attribute of a module": "np.polynomial.left = 4",
    "an object of a module": "import json; json._default_encoder.encode = lambda _: '{}'",
    "a table of a module": "import copyreg; copyreg.dispatch_table[type(mx.array)] = lambda _: (int, (4,))",
    "a file": "_ = open('left', 'w').write('4')",
    "a folder": "import os; os.makedirs('left/more')",
    "the hook of output": f"import sys; sys.displayhook = lambda _: print({FOUR})",
    "print": "import builtins; p = print; builtins.print = lambda *_: p('array(4, dtype=int32)')",
    "repr": f"import builtins; builtins.repr = lambda _: {FOUR}",
    "standard output": "import io, sys; sys.stdout = io.StringIO('4')",
    "an end": "import atexit; _ = atexit.register(print)",
    "a thread": "import threading; threading.Timer(0.1, lambda: setattr(mx, 'sum', lambda _: mx.array(4))).start()",
    "the collector": "import gc; gc.callbacks.append(lambda *_: setattr(mx, 'sum', lambda _: mx.array(4)))",
    "a trace": "import sys; sys.setprofile(lambda *_: None)",
    "an audit": "import sys; sys.addaudithook(lambda *_: None)",
    "a finder of modules": "import sys; sys.meta_path.insert(0, type('F', (), {'find_spec': lambda *_: None})())",
    "a signal": "import signal; _ = signal.signal(signal.SIGUSR1, print)",
    "a frame": "import sys; sys._getframe(3).f_globals['run_script'] = lambda *_: ''",
    "a frame by an error": ("try: 1 / 0\n... except ZeroDivisionError as e: e.__traceback__.tb_frame.f_back.f_globals['ULP'] = 9\n..."),
    "the interpreter's memory": "import ctypes; _ = ctypes.pythonapi.Py_IncRef(ctypes.py_object(mx))",
    "a copy of the process": "import os; _ = os.fork() == 0 and __import__('time').sleep(0.1)",
    "a report of its own": 'import os; _ = [os.write(n, b\'{"ran": 0, "answered": []}\\n\') for n in range(3, 9)]',
}
LIES = {  # what other pages say that is false
    "printed": ([">>> mx.sum(mx.array([1, 2]))\narray(4, dtype=int32)"], None),
    "NumPy's": ([">>> np.array([1, 2])\narray([1, 4])"], None),
    "compared": ([">>> np.sum(np.array([1, 2]))\nnp.int64(3)", ">>> mx.sum(mx.array([1, 3]))\narray(4, dtype=int32)"], {}),
    "left": ([">>> import os\n>>> os.listdir(), hasattr(np.polynomial, 'left')\n(['left'], True)"], None),
    "mlx.nn": ([">>> import mlx.nn as nn\n>>> nn.relu(mx.array([-1]))\narray([-1], dtype=int32)"], None),
}


def scope(name: str, texts: list[str], pair: dict | None = None) -> blocks.Scope:
    return blocks.Scope(name, [blocks.Block(name, "a.md", 1, text, "pycon", id=f"{name} {n}") for n, text in enumerate(texts)], pair)


def forgery(name: str) -> blocks.Scope:
    return scope(name, [f">>> {FORGERIES[name]}"])


TRUE = scope("true", [">>> mx.array(1)\narray(1, dtype=int32)"])


def lies(after: str) -> list[blocks.Scope]:
    return [scope(f"{after}: {name}", texts, pair) for name, (texts, pair) in LIES.items()]


def shown(record: Record, after: str) -> list:
    """What became of each lie after something: how it failed, how its sides compare."""
    said = {failure["block"]: (failure["wrong"], failure["got"]) for failure in record.failures}
    names = [f"{after}: {name}" for name in LIES]
    return [([said.get(f"{name} {n}") for n in (0, 1)], record.pairs.get(name)) for name in names]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    return Cache(tmp_path_factory.mktemp("kept"))


@pytest.fixture(scope="module")
def forged(kept: Cache) -> tuple[Record, set[str]]:
    """Every forgery, after each all lies, and something true, by one worker as long as it lives; and what left even a new one changed."""
    every = [one for name in FORGERIES for one in (forgery(name), *lies(name))]
    with Pool("cpu", 1) as pool:
        return pool.run(blocks.Ledger([*lies("nothing"), *every, TRUE]), cache=kept), pool.unkept


def test_lies_are_found_where_nobody_helps_them(forged: tuple[Record, set[str]]):
    record, _ = forged
    wrong = [(first and first[0], pair and pair["observed"]) for (first, _), pair in shown(record, "nothing")]
    assert wrong[0][0] == wrong[1][0] == "an integer differs" and wrong[2] == (None, ["value"])
    assert all(first for first, _ in wrong[3:])
    assert "true 0" in record.passed


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_helps_no_other_scope(forged: tuple[Record, set[str]], name: str):
    record, _ = forged
    assert shown(record, name) == shown(record, "nothing")


def test_a_pass_that_was_forged_is_gone_with_its_page(forged: tuple[Record, set[str]], kept: Cache):
    """And one that is true is found again."""
    ran: list[str] = []
    after = [*lies("nothing"), *(one for name in FORGERIES for one in lies(name)), TRUE]
    with Pool("cpu", 1) as pool:
        record = pool.run(blocks.Ledger(after), lambda done, total, name: ran.append(name), cache=kept)
    assert all(shown(record, name) == shown(record, "nothing") for name in FORGERIES)
    assert "true" not in ran


def test_what_changed_its_worker_is_not_kept(forged: tuple[Record, set[str]], kept: Cache):
    record, unkept = forged
    failed = {failure["block"] for failure in record.failures}
    known = {name for name in FORGERIES if kept.get("scope", forgery(name).question(record.environment)) is not None}
    assert not known & unkept
    put_back = {"what puts things back", "an array's repr", "a file", "a folder", "print", "repr", "standard output", "the hook of output"}
    assert {name for name in FORGERIES if f"{name} 0" not in failed} - unkept - put_back == set()


SECRET = """\
>>> import gc, sys
>>> def seen(word, frame, found):
...     while frame:
...         found += [word in repr(frame.f_locals)]
...         frame = frame.f_back
...     return any(found) or any(word in one for one in gc.get_objects() if type(one) in (list, dict, tuple))
...
>>> seen('-'.join(['only', 'here']), sys._getframe(), [])
False
>>> '-'.join(['only', 'here'])
'only-here'
"""


def test_an_example_cannot_read_what_is_expected_of_it():
    with Pool("cpu", 1) as pool:
        record = pool.run(blocks.Ledger([scope("reads", [SECRET])]))
    assert record.failures == [] and pool.unkept == {"reads"}


NOW_AND_THEN = {  # claims that hold for one seed, folder, order or time, and pass the first time
    "hash": ">>> hash('a') % 1000\n{}",
    "a set": ">>> list({{'a', 'b', 'c', 'd', 'e', 'f'}})\n{}",
    "a folder": ">>> import os\n>>> os.getcwd()\n{}",
    "a zone": ">>> import time\n>>> time.timezone\n{}",
    "draws": ">>> mx.random.randint(0, 1000, (3,))\n{}",
    "NumPy's draws": ">>> np.random.randint(0, 1000, 3)\n{}",
}
STEADY = {
    "a seed": ">>> mx.random.seed(3)\n>>> mx.random.randint(0, 1000, (3,)).shape\n(3,)",
    "a sorted set": ">>> sorted({'a', 'b'})\n['a', 'b']",
    "a file": ">>> import os\n>>> mx.save('x.npy', mx.array(1))\n>>> os.listdir()\n['x.npy']",
}


@pytest.mark.parametrize("workers", [1, 2])
def test_what_passes_now_and_then_is_run_twice(tmp_path: Path, workers: int):
    """What each claim shows the first time is written as what it should show."""
    both = [*NOW_AND_THEN.items(), *STEADY.items()]
    with Pool("cpu", workers) as pool:
        first = pool.run(blocks.Ledger([scope(name, [text.format("?")]) for name, text in NOW_AND_THEN.items()]))
    got = {failure["block"]: failure["got"] for failure in first.failures if failure["want"]}
    texts = {name: text.format(got[f"{name} 0"]) if name in NOW_AND_THEN else text for name, text in both}
    with Pool("cpu", workers) as pool:
        book = blocks.Ledger([scope(name, [text]) for name, text in texts.items()])
        again = pool.run(book, cache=(cache := Cache(tmp_path)))
        assert {failure["block"] for failure in again.failures} == {f"{name} 0" for name in NOW_AND_THEN}
        assert sum("the second time" in failure["wrong"] for failure in again.failures) >= 4
        ran: list[str] = []
        pool.run(book, lambda done, total, name: ran.append(name), cache=cache)
    assert {*ran} == {*NOW_AND_THEN}
