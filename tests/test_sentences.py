"""Sentences beside code that ran: what of them it shows, and what an author is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapping.dataset import model, reader
from mapping.facts import lookup, rules, sentences

from .conftest import MACHINES, toml
from .test_rules import SUM, swap

RAN = """
>>> np.array([1, 2.5]) * -3
array([-3. , -7.5])
>>> mx.sum(mx.array([2**24, 1_000]), axis=0)
array(16778216, dtype=int32)
>>> mx.exp(mx.array(1.0))
array(2.71828, dtype=float32)
>>> a.reshape((2, 3, 4)).at[0].add(1e-3)
Traceback (most recent call last):
    ...
ValueError: [reshape] Cannot reshape
>>> mx.array([1j]) == 0x10
array([False], dtype=bool)
"""
SHOWN = [
    "One, two and the third are words of number, and so are NumPy 2.4 and Python 3.12 releases.",
    "3 and 1 are there, 2.5, -3 and -7.5 too; so is 16,778,216, which is 2**24 + 1000; 16 is 0x10.",
    "It is 2.7, or 2.718, and 1e-3 is 0.001.",
    "`float32`, `int32` and `bool` are printed, and what NumPy does not print is `float64`.",
    "A 1-d array, a 0-d one and one of 3-d; 32-bit numbers, or 64 bits.",
    "It raises `ValueError`.",
    "It always takes `axis`, and `mx.exp` never raises; `add` also works.",
    "{py:obj}`mx.atleast_2d <numpy.atleast_2d>` and `log1p` are names, `.3f` is a format.",
    "An imaginary `1j`.",
]
UNSHOWN = {
    "It is 2.8, not 2.7.": "`2.8`",
    "It is -2.7.": "`-2.7`",
    "It is 2.719.": "`2.719`",
    "Past 2**25 it wraps.": "`2**25`",
    "Past 16,778,217 it wraps.": "`16,778,217`",
    "It is 10**400 or `1e-4`.": "`10**400`, `1e-4`",
    "It gives `uint8`, as NumPy's `int64`.": "`uint8`, `int64`",
    "It gives a `bfloat16`.": "`bfloat16`",
    "It raises `TypeError`.": "`TypeError`",
    "It always raises.": "`always`",
    "It never takes `keepdims`.": "`never`",
    "A 2-d array of 8-bit numbers.": "`2-d`, `8-bit`",
    "A factor of 2j.": "`2j`",
}


@pytest.mark.parametrize("text", SHOWN)
def test_what_ran_shows(text: str):
    assert [*sentences.unshown(text, sentences.shown(RAN))] == []


@pytest.mark.parametrize(("text", "what"), UNSHOWN.items())
def test_what_ran_does_not_show(text: str, what: str):
    assert [*sentences.unshown(f"First. {text} Last.", sentences.shown(RAN))] == [(text, what)]


def test_what_the_matrix_shows_counts_too():
    assert [*sentences.unshown("Not `float16`.", sentences.shown(RAN, {"float16"}))] == []


SENTENCE = "It ends at 1000."
TEST = "tests/test_it.py::test_this[one]"
LISTED = f'[[sentence]]\nplace = "numpy.sum"\ntext = "{SENTENCE}"\nreason = "It takes an hour."\ntest = "{TEST}"\n'
TOLD = toml(swap(SUM, '"Sums."', f'"Sums. {SENTENCE}"'))


def told(root: Path, entry: str, listed: str, tests: str = 'X = "one"\ndef test_this(x):\n    pass\n') -> list[str]:
    for name, text in (("mapping/dataset/entries/a.toml", entry), (model.UNSHOWN, listed), ("tests/test_it.py", tests)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    dataset, problems = reader.read(root / "mapping/dataset/entries", root)
    problems += [problem for problem in rules.check(dataset, lookup.Facts(MACHINES["linux"], {}, {}, {})) if problem.code.startswith("E6")]
    return [str(problem) for problem in problems]


def test_a_sentence_that_no_example_shows_is_listed_with_its_test(tmp_path: Path):
    assert told(tmp_path, TOLD, LISTED) == []
    assert told(tmp_path, TOLD, "") == [
        f"mapping/dataset/entries/a.toml:4: numpy.sum: E601: no example shows `1000` of this sentence: {SENTENCE}"
    ]
    (wrong,) = told(tmp_path, TOLD, LISTED.replace("1000", "1001").replace("ends", "stops"))[1:]
    assert "unshown.toml:1: numpy.sum: E602: not needed: It stops at 1001." in wrong


def test_a_sentence_that_is_shown_is_taken_off_the_list(tmp_path: Path):
    shown = TOLD.replace("np.array([1, 2])", "np.array([1, 1000])")
    assert told(tmp_path, shown, "") == []
    (wrong,) = told(tmp_path, shown, LISTED)
    assert wrong == f"mapping/dataset/unshown.toml:1: numpy.sum: E602: not needed: {SENTENCE}"


@pytest.mark.parametrize(
    "tests", ["", "def test_this(x):\n    pass\n", 'X = "one"\ndef test_that(x):\n    pass\n', '# def test_this(x): "one"\n']
)
def test_what_excuses_a_sentence_is_a_test_that_is_there(tmp_path: Path, tests: str):
    (wrong,) = told(tmp_path, TOLD, LISTED, tests)
    assert wrong == f"mapping/dataset/unshown.toml:1: numpy.sum: E111: there is no test `{TEST}`"


@pytest.mark.parametrize("test", ["../tests/test_it.py::test_this", "/etc/passwd::x", "tests/test_it.py", "README.md::test_this", ""])
def test_a_test_is_named_by_its_file_and_name(tmp_path: Path, test: str):
    assert told(tmp_path, TOLD, LISTED) == []
    assert told(tmp_path, TOLD, LISTED.replace(TEST, test or " "))
