"""Blocks that show nothing: functions that nothing uses, texts that a block prints of itself."""

from __future__ import annotations

import pytest

from mapping.run import blocks
from mapping.site.idle import idle

DEFINED = ">>> def f(a):\n...     return mx.sum(a)"
SHOWS_NOTHING = {
    "a function that nothing calls": [DEFINED],
    "a class that nothing makes": [">>> class A:\n...     def f(self):\n...         return mx.sum(self)"],
    "a text": ['>>> print("array(3, dtype=int32)")\narray(3, dtype=int32)'],
    "a text where an error is expected": [">>> try:\n...     mx.sum(1)\n... except TypeError:\n...     print('array(3)')\narray(3)"],
    "a text in the end": [">>> try:\n...     mx.sum(1)\n... finally:\n...     print(3)\n3"],
    "a text, again and again": [">>> for x in range(2):\n...     print('so')\nso\nso"],
}
SHOWS = {
    "a function that a later block calls": [DEFINED, ">>> f(mx.array([1]))\narray(1, dtype=int32)"],
    "a function that is handed on": [DEFINED, ">>> g = mx.grad(f)"],
    "a function that a script calls": [DEFINED, "y = f(x)"],
    "a function that something takes in": [">>> @f.vjp\n... def g(a):\n...     return a"],
    "what is computed": [">>> print(mx.array(1))\narray(1, dtype=int32)"],
    "a text that a condition decides on": [">>> if mx.array(1) > 0:\n...     print('yes')\nyes"],
    "no Python": [">>> for"],
}


def ledger(texts: list[str], pair: bool = False) -> blocks.Ledger:
    made = [blocks.Block("page", "a.md", 7, text, "pycon", "doctest" if ">>>" in text else "script") for text in texts]
    return blocks.Ledger([blocks.Scope("page", made, {} if pair else None)])


@pytest.mark.parametrize("texts", SHOWS_NOTHING.values(), ids=SHOWS_NOTHING)
def test_what_shows_nothing_is_told(texts: list[str]):
    (problem,) = idle(ledger(texts))
    assert problem.code == "G609" and str(problem).startswith("a.md:7: page: G609: ")


@pytest.mark.parametrize("texts", SHOWS.values(), ids=SHOWS)
def test_what_shows_something_passes(texts: list[str]):
    assert not [*idle(ledger(texts))]


def test_the_sides_of_an_example_have_names_of_their_own():
    assert len([*idle(ledger([DEFINED, ">>> f(1)\n1"], pair=True))]) == 1
