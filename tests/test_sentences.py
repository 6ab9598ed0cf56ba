"""Sentences beside code that ran: what of them it shows, and what an author is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mapping.dataset import model, reader
from mapping.facts import lookup, rules, sentences

from . import mini
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


VERBATIM = {
    "See `mx.sum(mx.array([2**24,1_000]),axis = 0)`, `reshape((2, 3, 4))` and `array(1.0)`.": "",
    "See `mx.sum(a, axis=0)`.": "`mx.sum(a, axis=0)`",
    "See `x * -3`, not 3.": "`x * -3`",
    "See `mx.sum(a)`.": "",
}


@pytest.mark.parametrize(("text", "what"), VERBATIM.items())
def test_code_with_a_number_ran_as_it_stands(text: str, what: str):
    assert [one for _, one in sentences.unshown(text, sentences.shown(RAN), verbatim=True)] == [what] * bool(what)
    assert [*sentences.unshown(text, sentences.shown(RAN))] == []


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


PAGE = """# Mini

The whole page shows that 6 and `int32` are there.

```{{toctree}}
reference/index
```

## One of 17 headings

{first}

```pycon
>>> mx.array([5, 6])
array([5, 6], dtype=int32)
```

### Below

{below}

```pycon
>>> 7.25
7.25
```

```{{include}} reference/tables/sheet_make.md
```

{second}
"""
SHEET = """[inputs]
a = "np.array([1, 2])"
[[section]]
slug = "make"
title = "Make"
[[section.rows]]
numpy = "a + 40"
mlx = "a + 40"
"""
PLACES = {  # how a page may say something
    "paragraph": "It is {} there.",
    "code": "It is `x + {}` there.",
    "list": "- a\n  - It is {}.",
    "quotation": "> It is {}.",
    "table": "| a | b |\n| --- | --- |\n| x | {} |",
    "list table": ":::{{list-table}}\n* - a\n  - {}\n:::",
    "title of a table": ":::{{list-table}} Of {}\n* - a\n:::",
    "admonition": ":::{{note}}\nIt is {}.\n:::",
    "title of an admonition": ":::{{admonition}} On {}\ntext\n:::",
    "title of a card": ":::{{card}} On {}\ntext\n:::",
    "label of a tab": "::::{{tab-set}}\n:::{{tab-item}} In {}\ntext\n:::\n::::",
    "title of a dropdown": ":::{{dropdown}} On {}\ntext\n:::",
    "caption": "```{{code-block}} pycon\n:caption: On {}\n>>> 1\n1\n```",
    "text of a picture": "![It is {}.](x.svg)",
    "term": "On {}\n: text",
    "emphasis": "It is *{}*.",
    "link": "[It is {}](https://example.org)",
}


def page(root: Path, first: str = "Text.", below: str = "Text.", second: str = "Text.", **files: str) -> list[tuple[int, str]]:
    """What the build says of the sentences of a page: the line, and what no block shows."""
    text = PAGE.format(first=first, below=below, second=second)
    conf = mini.CONF + 'exclude_patterns = ["reference/tables"]\n'
    whole = {"docs/index.md": text, "docs/x.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>", "conf.py": conf}
    built = mini.build(mini.write(root, {**whole, "mapping/dataset/cheatsheet.toml": SHEET, **files}))
    said = re.findall(r"docs/index\.md:(\d+): index: G601: no block here shows (.*) of this sentence: .", built.said)
    assert built.status == bool(said) or files, built.said
    return [(int(line), what) for line, what in said]


@pytest.fixture(scope="module")
def told_of_places(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    text = "\n\n".join(template.format(f"{number}81") for number, template in enumerate(PLACES.values(), 10))
    return [what for _, what in page(tmp_path_factory.mktemp("places"), text)]


@pytest.mark.parametrize("place", PLACES)
def test_a_number_is_held_to_account_wherever_a_page_says_it(told_of_places: list[str], place: str):
    assert f"`{[*PLACES].index(place) + 10}81`" in told_of_places


def test_a_number_is_shown_by_a_block_of_its_section(tmp_path: Path):
    assert page(tmp_path / "a", "It is 5 or 7.25.", "It is 7.25.", "It is 40.") == []
    assert page(tmp_path / "b", "It is 8.", "It is 5.", "It is 6.") == [(11, "`8`"), (20, "`5`"), (30, "`6`")]


def test_a_dtype_is_shown_anywhere_on_its_page(tmp_path: Path):
    assert page(tmp_path / "a", second="It is `int32`, not {absent}`mx.float8`.") == []
    assert page(tmp_path / "b", second="It is `int16`, and raises `KeyError`.") == [(30, "`int16`, `KeyError`")]


def test_a_word_of_generality_needs_code_that_ran(tmp_path: Path):
    assert page(tmp_path / "a", "It always takes `[5, 6]`.") == []
    assert page(tmp_path / "b", "It always takes them.", second="`mx.array` never raises.") == [(11, "`always`"), (30, "`never`")]


def test_a_sentence_of_a_page_may_be_listed_while_it_is_needed(tmp_path: Path):
    listed = LISTED.replace("numpy.sum", "docs/index.md")
    tests = {"tests/test_it.py": 'X = "one"\ndef test_this(x):\n    pass\n'}
    assert page(tmp_path / "a", SENTENCE, **{model.UNSHOWN: listed}, **tests) == []
    built = mini.build(tmp_path / "a")
    assert built.status == 0, built.said
    built = mini.build(mini.write(tmp_path / "b", {model.UNSHOWN: listed, **tests}))
    assert f"mapping/dataset/unshown.toml:1: docs/index.md: E602: not needed: {SENTENCE}" in built.said and built.status == 1
