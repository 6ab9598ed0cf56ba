"""Words that were observed are written where they are declared, and nothing else in the file changes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from mapping.dataset import model
from mapping.facts import lookup, matrix, signature
from mapping.run import calls
from mapping.run.record import Record
from mapping.site import accept

from .conftest import MACHINES, toml

HEAD = '["numpy.sum"]\nmlx = ["mlx.core.sum"]\nverdict = "differs"\n'
REST = 'summary = "x"\n\n[["numpy.sum".examples]]\nnumpy = "1"\nedges = ["below"]\n\n["numpy.max"]\nverdict = "same"\nedges = ["nan"]\n'
WRITTEN = {  # before, key, words, after
    "after the verdict": (HEAD + REST, "edges", ["nan", "error"], HEAD + 'edges = ["nan", "error"]\n' + REST),
    "after the differences": (
        HEAD + 'differences = ["dtype"]\n' + REST,
        "edges",
        ["nan"],
        HEAD + 'differences = ["dtype"]\nedges = ["nan"]\n' + REST,
    ),
    "differences": (HEAD + REST, "differences", ["dtype"], HEAD + 'differences = ["dtype"]\n' + REST),
    "in place of others": (HEAD + 'edges = ["value", "nan"]\n' + REST, "edges", ["nan"], HEAD + 'edges = ["nan"]\n' + REST),
    "without spaces": (HEAD + 'edges=["value"]\n' + REST, "edges", ["nan"], HEAD + 'edges = ["nan"]\n' + REST),
    "taken away": (HEAD + 'edges = ["value"]\n' + REST, "edges", [], HEAD + REST),
    "none, and none there": (HEAD + REST, "edges", [], HEAD + REST),
    "the last table": (HEAD.rstrip("\n"), "edges", ["nan"], HEAD + 'edges = ["nan"]'),
}


@pytest.mark.parametrize(("before", "key", "words", "after"), WRITTEN.values(), ids=WRITTEN)
def test_words_are_written_in_their_table(before: str, key: str, words: list[str], after: str):
    assert accept.declare(before, 1, key, words) == after
    assert accept.declare(after, 1, key, words) == after


def test_words_are_written_in_the_table_of_that_line():
    text = HEAD + REST
    line = text.split("\n").index('["numpy.max"]') + 1
    after = accept.declare(text, line, "edges", ["error"])
    assert after == text.replace('edges = ["nan"]', 'edges = ["error"]')


def test_a_form_has_words_of_its_own(read):
    text = toml(
        '["numpy.sum"]\n[["numpy.sum".forms]]\nname = "one"\nverdict = "same"\n[["numpy.sum".forms]]\nname = "two"\nverdict = "same"\n'
    )
    dataset, _ = read(a=text)
    for case in reversed(dataset.by_name["numpy.sum"].cases):
        text = accept.declare(text, case.line, "edges", [{"one": "nan", "two": "error"}[case.name]])
    dataset, _ = read(a=text)
    assert [case.edges for case in dataset.by_name["numpy.sum"].cases] == [["nan"], ["error"]]


def facts(name: str = "numpy.sum", **shown) -> lookup.Facts:
    return lookup.Facts({}, {}, {}, {}, summaries={name: matrix.Summary(**shown)}, jobs=[calls.Job(name, name)])


def declared(read, text: str, known: lookup.Facts, pairs: dict | None = None) -> list[tuple]:
    dataset, problems = read(a=toml(text))
    assert problems == []
    found = accept.undeclared(trial(dataset, known, pairs))
    return [(entry.name, case.name, key, words) for entry, case, key, words in found]


def trial(dataset: model.Dataset, known: lookup.Facts, pairs: dict | None = None, **environment: str) -> SimpleNamespace:
    return SimpleNamespace(dataset=dataset, facts=known, record=Record("", MACHINES["linux"] | environment, pairs=pairs or {}))


RENAMED = signature.Parameters(renamed={"a": "b"})
PLAIN = HEAD + 'differences = ["dtype"]\nedges = ["nan"]\n'
OBSERVED = {  # the entry, what the matrix showed, what should be declared
    "what is declared": (PLAIN, {"ordinary": {"dtype": "x"}, "first": {"nan": "x"}}, []),
    "another edge": (PLAIN, {"ordinary": {"dtype": "x"}, "first": {"nan": "x", "error": "x"}}, [("edges", ["error", "nan"])]),
    "an edge too many": (PLAIN, {"ordinary": {"dtype": "x"}}, [("edges", [])]),
    "a difference too many": (PLAIN, {"first": {"nan": "x"}}, [("differences", [])]),
    "one for the other": (PLAIN, {"ordinary": {"nan": "x"}, "first": {"dtype": "x"}}, [("edges", ["dtype"]), ("differences", ["nan"])]),
    "aliasing": (PLAIN, {"ordinary": {"dtype": "x"}, "first": {"nan": "x", "aliasing": "x"}}, [("edges", ["nan", "aliasing"])]),
    "parameters": (
        PLAIN,
        {"ordinary": {"dtype": "x"}, "first": {"nan": "x"}, "parameters": RENAMED},
        [("differences", ["dtype", "parameters"])],
    ),
    "undefined stays": (PLAIN.replace('"nan"', '"nan", "undefined"'), {"ordinary": {"dtype": "x"}, "first": {"nan": "x"}}, []),
    "undefined beside another": (
        PLAIN.replace('"nan"', '"undefined"'),
        {"ordinary": {"dtype": "x"}, "first": {"nan": "x"}},
        [("edges", ["undefined", "nan"])],
    ),
}


@pytest.mark.parametrize(("text", "shown", "wanted"), OBSERVED.values(), ids=OBSERVED)
def test_what_is_not_declared_as_it_was_observed(read, text: str, shown: dict, wanted: list):
    assert declared(read, text, facts(**shown)) == [("numpy.sum", "", key, words) for key, words in wanted]


EXAMPLE = "[['numpy.sum'.examples]]\nnumpy = '>>> 1'\nmlx = '>>> 1'\n"


@pytest.mark.parametrize(("edge", "key"), [("", "differences"), ("edge = true\n", "edges")], ids=["ordinary", "edge"])
def test_examples_are_observed_too(read, edge: str, key: str):
    pairs = {"numpy.sum #1": {"observed": ["value"], "compared": 1}}
    assert declared(read, HEAD + EXAMPLE + edge, facts(), pairs) == [("numpy.sum", "", key, ["value"])]


def test_a_form_is_held_against_what_it_showed_itself(read):
    text = '["numpy.sum"]\n[["numpy.sum".forms]]\nname = "one"\nverdict = "same"\n[["numpy.sum".forms]]\nname = "two"\nverdict = "same"\n'
    assert declared(read, text, facts("numpy.sum two", first={"nan": "x"})) == [("numpy.sum", "two", "edges", ["nan"])]


def test_an_alias_declares_nothing(read):
    assert declared(read, f'["numpy.sum"]\nalias_of = "numpy.max"\n{EXAMPLE}', facts(first={"nan": "x"})) == []


DIFFERS, SAME = PLAIN, PLAIN.replace('"differs"\ndifferences = ["dtype"]', '"same"')
WRITABLE = {  # the entry, what was shown, what is written, what is left to a person
    "edges": (SAME, {"first": {"error": "x"}}, [("edges", ["error"])], []),
    "no edges": (SAME, {}, [("edges", [])], []),
    "other differences": (DIFFERS, {"ordinary": {"value": "x"}, "first": {"nan": "x"}}, [("differences", ["value"])], []),
    "no difference any more": (DIFFERS, {"first": {"nan": "x"}}, [], ["numpy.sum is `differs`, but nothing is seen on ordinary inputs"]),
    "a first difference": (
        SAME,
        {"ordinary": {"nan": "x", "value": "x"}, "first": {"nan": "x"}},
        [],
        ["numpy.sum is `same`, but nan, value is seen on ordinary inputs"],
    ),
}


@pytest.mark.parametrize(("text", "shown", "written", "left"), WRITABLE.values(), ids=WRITABLE)
def test_a_verdict_is_left_to_a_person(read, text: str, shown: dict, written: list, left: list[str]):
    dataset, _ = read(a=toml(text))
    declared, told = accept.declarations(trial(dataset, facts(**shown)))
    assert declared == ({"a.toml": [(4, key, words) for key, words in written]} if written else {})
    assert told == [f"a.toml:4: {one}" for one in left]


@pytest.mark.parametrize(
    ("key", "seen"), [("edges", {"first": {"value": "x"}}), ("differences", {"ordinary": {"value": "x", "dtype": "x"}})]
)
def test_what_a_kind_of_machine_shows_is_not_declared_for_all(read, key: str, seen: dict):
    dataset, _ = read(a=toml(HEAD + 'differences = ["dtype"]\n'))
    known = facts(**{"ordinary": {"dtype": "x"}, **seen})
    words = [*getattr(dataset.entries[0], key), "value"]
    assert [declared for *_, declared in accept.undeclared(trial(dataset, known))] == [words]
    dataset.machines = [model.Deviation("numpy.sum", "cpu", **{key: {"value": "x"}})]
    assert [*accept.undeclared(trial(dataset, known))] == []
    assert [declared for *_, declared in accept.undeclared(trial(dataset, known, device="gpu", backend="metal"))] == [words]


def test_outputs_and_declarations_are_written_together():
    text = HEAD + "[['numpy.sum'.examples]]\nnumpy = '''\n>>> 1\n2\n'''\n" + HEAD.replace("sum", "max")
    outputs = {(6, ">>> 1\n2", ">>> 1\n1"), (2, ">>> 5", ">>> 5\n5")}
    declared = [(1, "edges", ["nan"]), (9, "edges", ["error"])]
    after = text.replace(">>> 1\n2", ">>> 1\n1").replace('"differs"\n[', '"differs"\nedges = ["nan"]\n[') + 'edges = ["error"]\n'
    assert accept.edited(text, outputs, declared) == (after, 3, [2])
