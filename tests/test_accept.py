"""Live outputs replace wrong ones where they are written, nothing else changes, and a second run passes."""

import re
from types import SimpleNamespace

import pytest

from mapping.dataset import model, reader
from mapping.dataset.problems import Refused
from mapping.run import blocks
from mapping.site import accept

from .conftest import ledger, toml

FENCE = re.compile(r"^(?P<margin>[ >]*)```pycon\n(?P<body>.*?)\n(?P=margin)```$", re.DOTALL | re.MULTILINE)
CRASH = ">>> import os\n>>> os._exit(3)\n0"


def page(text: str) -> blocks.Ledger:
    """A scope for each fence of a page, without the margin of its lines."""
    found = []
    for number, match in enumerate(FENCE.finditer(text), 1):
        line = text.count("\n", 0, match.start("body")) + 1
        body = [one[len(match["margin"]) :] for one in match["body"].split("\n")]
        found.append(blocks.Block("page", "page.md", line, "\n".join(body), "pycon", id=f"page #{number}"))
    return blocks.Ledger([blocks.Scope(block.id, [block]) for block in found])


def entries(text: str, tmp_path) -> blocks.Ledger:
    (tmp_path / "a.toml").write_bytes(text.encode())
    dataset, problems = reader.read(tmp_path, tmp_path)
    assert problems == []
    return ledger(dataset)


def accepted(book: blocks.Ledger, text: str, pool) -> tuple[str, list[str]]:
    """The text with live outputs in it, and what was left alone."""
    changes, left = accept.replacements(book, pool.run(book))
    (edits,) = changes.values() or [set()]
    after, missed = accept.rewrite(text, edits)
    return after, [*left, *map(str, missed)]


SUM = """
["numpy.sum"]
mlx = ["mlx.core.sum"]
verdict = "same"
summary = "Sums."

[["numpy.sum".examples]]
numpy = '''
>>> np.sum(np.array([1, 2]))
{}'''
mlx = '''
>>> a = mx.array([1, 2])
>>> a
{}>>> mx.sum(a)
{}'''

["numpy.max"]
summary = "np.int64(3)"
"""
MATRIX = "array([[1, 0],\n       [0, 1]], dtype=float32)"
MARGINS = {"none": "", "indented": "    ", "in a list": "   ", "quoted": "> ", "quoted twice": "> > ", "quoted and indented": ">   "}
PAGE = """\
# Page

```pycon
>>> 1 + 1
2
```

- item

{fence}

The end: 2.
"""


def fenced(body: str, margin: str) -> str:
    lines = ["```pycon", *body.split("\n"), "```"]
    return PAGE.format(fence="\n".join((margin + line).rstrip() for line in lines))


TOML = {
    "a wrong output": (("np.int64(4)\n", "array([1, 2], dtype=int32)\n", "array(4, dtype=int32)\n"), 2),
    "one of several": (("np.int64(3)\n", "array([2, 1], dtype=int32)\n", "array(3, dtype=int32)\n"), 1),
    "no output yet": (("", "", ""), 3),
    "too long": (("np.int64(3)\nand\n\nmore\n", "array([1, 2], dtype=int32)\n1\n2\n", "array(3, dtype=int32)\n"), 2),
    "an error expected": (("Traceback (most recent call last):\n    ...\nValueError: no\n", "array([1, 2], dtype=int32)\n", ""), 2),
}
RIGHT = ("np.int64(3)\n", "array([1, 2], dtype=int32)\n", "array(3, dtype=int32)\n")


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["", "CRLF"])
@pytest.mark.parametrize("outputs, count", TOML.values(), ids=TOML)
def test_entries_are_written_as_they_ran(tmp_path, pool, outputs, count, end):
    text = toml(SUM.format(*outputs)).replace("\n", end)
    book = entries(text, tmp_path)
    changes, left = accept.replacements(book, pool.run(book))
    assert left == []
    assert [(file, len(edits)) for file, edits in changes.items()] == [("a.toml", count)]
    assert accept.rewrite(text, changes["a.toml"]) == (toml(SUM.format(*RIGHT)).replace("\n", end), [])


BODIES = {
    "wrong": (">>> mx.array(3)\narray(4, dtype=int32)", ">>> mx.array(3)\narray(3, dtype=int32)"),
    "growing": (">>> mx.eye(2)\nwrong\n>>> 1\n1", f">>> mx.eye(2)\n{MATRIX}\n>>> 1\n1"),
    "shrinking": (f">>> 1\n{MATRIX}\n\n{MATRIX}\n>>> 2\n3", ">>> 1\n1\n>>> 2\n2"),
    "none before": (">>> 1\n>>> 2\n>>> a = 3", ">>> 1\n1\n>>> 2\n2\n>>> a = 3"),
    "none now": (">>> a = 1\n1\n\n1\n>>> a\n2", ">>> a = 1\n>>> a\n1"),
    "three dimensions": (">>> mx.zeros((2, 1, 1))\n0", ">>> mx.zeros((2, 1, 1))\narray([[[0]],\n       [[0]]], dtype=float32)"),
    "an empty line printed": (">>> print('a\\n\\nb')\na", ">>> print('a\\n\\nb')\na\n\nb"),
    "an error": (">>> 1 / 0\n0", ">>> 1 / 0\nTraceback (most recent call last):\n    ...\nZeroDivisionError: division by zero"),
    "several lines of source": (
        ">>> for i in range(2):\n...     print(i, '>>> ')\n...\n>>> 1\n2",
        ">>> for i in range(2):\n...     print(i, '>>> ')\n...\n0 >>>\n1 >>>\n>>> 1\n1",
    ),
    "right already": (">>> 1\n1", ">>> 1\n1"),
}


@pytest.mark.parametrize("margin", MARGINS.values(), ids=MARGINS)
@pytest.mark.parametrize("before, after", BODIES.values(), ids=BODIES)
def test_fences_are_written_as_they_ran(pool, before, after, margin):
    text = fenced(before, margin)
    book = page(text)
    assert len(book.blocks) == 2
    assert accepted(book, text, pool) == (fenced(after, margin), [])


@pytest.mark.parametrize("margin", MARGINS.values(), ids=MARGINS)
@pytest.mark.parametrize("before", [before for before, _ in BODIES.values()], ids=BODIES)
def test_what_was_accepted_passes(pool, before, margin):
    text = fenced(before, margin)
    again = page(accepted(page(text), text, pool)[0])
    assert pool.run(again).failures == []


@pytest.mark.parametrize("outputs", [outputs for outputs, _ in TOML.values()], ids=TOML)
def test_entries_that_were_accepted_pass(tmp_path, pool, outputs):
    text = toml(SUM.format(*outputs))
    again = entries(accepted(entries(text, tmp_path), text, pool)[0], tmp_path)
    assert pool.run(again).failures == []


def test_a_crash_is_left_alone_and_the_rest_is_written(pool):
    text = f"```pycon\n{CRASH}\n>>> 1\n2\n```\n\n```pycon\n>>> 1\n2\n```\n"
    after, left = accepted(page(text), text, pool)
    assert after == f"```pycon\n{CRASH}\n>>> 1\n2\n```\n\n```pycon\n>>> 1\n1\n```\n"
    assert left == ["page.md:3: the process exited with status 3"]


def test_a_script_that_raises_is_left_alone(pool):
    book = blocks.Ledger([blocks.Scope("page", [blocks.Block("page", "page.md", 7, "1 / 0", "python", id="page #1")])])
    changes, (left,) = accept.replacements(book, pool.run(book))
    assert changes == {} and left.startswith("page.md:7: ")


def test_a_doctest_that_is_broken_is_left_alone(pool):
    book = blocks.Ledger([blocks.Scope("page", [blocks.Block("page", "page.md", 7, ">>> 1 +", "pycon", id="page #1")])])
    changes, (left,) = accept.replacements(book, pool.run(book))
    assert changes == {} and left.startswith("page.md:7: ")


INLINE = {
    "on the line of the key": "numpy = '>>> 1'",
    "quotes after the prompt": "numpy = '''\n>>> 1'''",
    "quotes after the output": "numpy = '''\n>>> 1\n2'''",
    "quotes before the prompt": "numpy = '''>>> 1\n2\n'''",
    "escapes": 'numpy = ">>> 1\\n2"',
}


@pytest.mark.parametrize("written", INLINE.values(), ids=INLINE)
def test_a_text_that_shares_its_lines_with_toml_is_left_alone(tmp_path, pool, written):
    text = toml(f'["numpy.sum"]\nverdict = "same"\n[["numpy.sum".examples]]\n{written}\nmlx = \'>>> 1 if False else None\'\n')
    after, left = accepted(entries(text, tmp_path), text, pool)
    assert after == text
    assert len(left) == 1


def test_an_output_that_would_end_the_text_is_left_alone(tmp_path, pool):
    text = toml('["numpy.sum"]\nverdict = "same"\n[["numpy.sum".examples]]\nnumpy = """\n>>> print(3 * chr(39))\n"""\nmlx = ">>> x = 1"\n')
    after, (left,) = accepted(entries(text, tmp_path), text, pool)
    assert after == text and left.startswith("a.toml:8: ")


@pytest.mark.parametrize("output", [">>> 2", "1\n>>> 2", "... 2", "..."])
def test_an_output_that_reads_as_code_is_left_alone(pool, output):
    text = f"```pycon\n>>> print({output!r})\n```\n"
    after, left = accepted(page(text), text, pool)
    assert (after, len(left)) == (text, 1)


def test_a_block_that_two_pages_include_is_written_once(pool):
    text = "```pycon\n>>> 1\n2\n3\n```\n"
    (scope,) = page(text).scopes
    twin = blocks.Block("other", "page.md", 2, scope.blocks[0].text, "pycon", id="other #1")
    book = blocks.Ledger([scope, blocks.Scope("other", [twin])])
    assert accepted(book, text, pool) == ("```pycon\n>>> 1\n1\n```\n", [])


def test_lines_that_are_not_as_shown_are_left_alone():
    edits = {(1, ">>> 1\n2", ">>> 1\n1"), (3, ">>> 1\n2", ">>> 1\n1"), (9, ">>> 1", ">>> 1\n1")}
    assert accept.rewrite(">>> 1\n3\n>>> 1\n2\n", edits) == (">>> 1\n3\n>>> 1\n1\n", [1, 9])


def test_source_lines_stay_as_they_are():
    assert accept.rewrite(
        "> >>> a = '''  \n> ...   '''; a  \n> 1\n", {(1, ">>> a = '''  \n...   '''; a  \n1", ">>> a = '''  \n...   '''; a  \n2")}
    ) == (
        "> >>> a = '''  \n> ...   '''; a  \n> 2\n",
        [],
    )


def test_accept_writes_files_and_shows_the_difference(tmp_path, pool, monkeypatch, capsys):
    pages = {"good.md": ">>> 1\n2", "bad.md": CRASH}
    for name, body in pages.items():
        (tmp_path / name).write_text(f"```pycon\n{body}\n```\n")
    scopes = [blocks.Scope(name, [blocks.Block(name, name, 2, body, "pycon", id=name)]) for name, body in pages.items()]
    book = blocks.Ledger(scopes)
    done = SimpleNamespace(dataset=model.Dataset([]), facts=None, ledger=book, record=pool.run(book))
    monkeypatch.setattr(accept.doctest, "prove", lambda *_: done)
    assert accept.accept(tmp_path) == 1
    told = capsys.readouterr()
    assert "--- good.md\n+++ good.md\n" in told.out and "\n-2\n+1\n" in told.out
    assert told.out.endswith("1 outputs and declarations written; review them before you commit\n")
    assert told.err == "left alone: bad.md:3: the process exited with status 3\n"
    assert [(tmp_path / name).read_text() for name in pages] == ["```pycon\n>>> 1\n1\n```\n", f"```pycon\n{CRASH}\n```\n"]


def test_accept_says_why_a_site_is_refused(tmp_path, monkeypatch, capsys):
    def refuse(*_):
        raise Refused("a.toml:5: numpy.sum: E105: no", 1)

    monkeypatch.setattr(accept.doctest, "prove", refuse)
    assert accept.accept(tmp_path) == 1
    assert capsys.readouterr().err == "a.toml:5: numpy.sum: E105: no\n"


VARIES = "import os; os.environ.get('MLX_VARIES', 'none')"


def test_an_output_that_varies_from_machine_to_machine_is_not_accepted(pool, monkeypatch):
    monkeypatch.setattr(accept, "LEVELS", {"another machine": {"MLX_VARIES": "all"}})
    text = f"```pycon\n>>> {VARIES}\n'all'\n>>> 1\n2\n```\n\n```pycon\n>>> {VARIES}\n'none'\n```\n"
    book = page(text)
    done = SimpleNamespace(ledger=book, record=pool.run(book))
    assert [failure["line"] for failure in done.record.failures] == [0, 2]
    vary = accept.varying(done)
    assert vary == {("page #1", 0)}
    changes, (left,) = accept.replacements(book, done.record, vary)
    assert left.startswith("page.md:2: its output varies from machine to machine: ")
    (edits,) = changes.values()
    assert accept.rewrite(text, edits) == (text.replace(">>> 1\n2", ">>> 1\n1"), [])


def test_where_nothing_fails_no_other_machine_is_asked(pool, monkeypatch):
    book = page("```pycon\n>>> 1\n1\n```\n")
    done = SimpleNamespace(ledger=book, record=pool.run(book))
    monkeypatch.setattr(accept, "Pool", None)
    assert accept.varying(done) == set()


def test_what_holds_within_rounding_is_left_as_it_is(pool):
    text = "```pycon\n>>> np.float32(1) / 3\nnp.float32(0.3333333)\n>>> np.float32(1) / 3\nnp.float32(0.33334)\n```\n"
    book = page(text)
    record = pool.run(book)
    assert [one["got"] for one in record.noise] == ["np.float32(0.33333334)"]
    assert accepted(book, text, pool) == (text.replace("0.33334)", "0.33333334)"), [])
