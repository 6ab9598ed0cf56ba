"""Scopes that a worker does one after the other before it is looked at: which they are, and what becomes of them where one spoils it."""

from __future__ import annotations

import pytest

from mapping.run import blocks
from mapping.run.pool import Pool, silent
from mapping.run.record import Record
from mapping.run.tasks import Blocks
from mapping.run.together import Several, plain, together

PLAIN = [
    "a = np.array([1, 2])\nnp.linalg.norm(a)",
    "def f(x):\n    return x if mx.sum(x) > 0 else -x\nmx.grad(f)(mx.array(1.0))",
    "[i for i in range(3)]",
    "a[0] = 7\na[mx.array([1])] += 2",
]
REACHING = [
    "import json",
    "np.sum = max",
    "del np.sum",
    "a.shape = (2,)",
    "a.__class__",
    "np.lib.format",
    "np.testing.assert_allclose(a, a)",
    "setattr(np, 'sum', max)",
    "vars(np)",
    "open('x', 'w')",
    "class A:\n    pass",
    "def f():\n    global g\n    g = 1",
    "np = 1",
    "type(a)",
    "not Python",
]


@pytest.mark.parametrize("code", PLAIN)
def test_plain_code(code: str):
    assert plain(f"a = np.zeros(3)\n{code}")


@pytest.mark.parametrize("code", REACHING)
def test_code_that_may_reach_more(code: str):
    assert not plain(f"a = np.zeros(3)\n{code}")


def scopes(**texts: str) -> blocks.Ledger:
    made = {name: blocks.Block(name, f"{name}.md", 1, text, "pycon", id=name) for name, text in texts.items()}
    return blocks.Ledger([blocks.Scope(name, [block]) for name, block in made.items()])


SPOILS = ">>> np.sctypeDict.clear()"
SEES = ">>> 'float64' in np.sctypeDict\nTrue"


def test_plain_scopes_are_one_task_and_others_their_own():
    ledger = scopes(one=SEES, two=">>> import json", three=SEES, four=SPOILS)
    tasks = [*together(Blocks(scope, Record("", {}), set(), set()) for scope in ledger.scopes)]
    assert [[part.name for part in task.parts] if isinstance(task, Several) else task.name for task in tasks] == [
        *(["one"], "two", ["three", "four"])
    ]


def test_what_plain_code_spoils_after_all_reaches_no_other_scope(pool: Pool):
    done = []
    record = pool.run(scopes(one=SEES, two=SPOILS, three=SEES, four=SEES), lambda some, total, _: done.append((some, total)))
    assert record.passed == ["one", "two", "three", "four"] and record.failures == []
    assert "two" in pool.unkept and not {"one", "three", "four"} & pool.unkept
    assert done[-1] == (4, 4)


def test_of_several_the_one_that_ends_the_worker_is_named():
    ledger = scopes(one=SEES, two=">>> import os; os._exit(3)", three=SEES)
    record, ran, failed = Record("", {}), set(), set()
    parts = [Blocks(scope, record, ran, failed) for scope in ledger.scopes]
    with Pool("cpu", 1) as pool:
        pool.dispatch([Several(parts)], silent)
    assert ran - failed == {"one", "three"}
    assert [(one["block"], one["wrong"]) for one in record.failures] == [("two", "the process exited with status 3")]


def test_reports_of_more_scopes_than_were_asked_are_none():
    [task] = together(Blocks(scope, Record("", {}), set(), set()) for scope in scopes(one=SEES).scopes)
    assert isinstance(task, Several)
    with pytest.raises(ValueError, match="no end"):
        task.finish()
    for message in ({"start": 0}, {"printed": "True\n"}, {"ran": 0, "answered": []}):
        task.take(message)
    task.finish()
    with pytest.raises(ValueError, match="out of turn"):
        task.take({"start": 0})
