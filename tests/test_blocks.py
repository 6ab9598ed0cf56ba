"""Blocks into statements: every line is source or output; and ledgers, written and read."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapping import blocks

PARSED = {
    "one": (">>> 1\n1", [("1\n", "1", 0)]),
    "two": (">>> a = 1\n>>> a\n1", [("a = 1\n", "", 0), ("a\n", "1", 1)]),
    "continued": (">>> def f():\n...     return 1\n...\n>>> f()\n1", [("def f():\n    return 1\n\n", "", 0), ("f()\n", "1", 3)]),
    "blank lines in output": (">>> x\n[[1]\n\n [2]]\n\n>>> y\n2\n\n", [("x\n", "[[1]\n\n [2]]", 0), ("y\n", "2", 5)]),
    "dots in output": (">>> x\n[0\n... 1]", [("x\n", "[0\n... 1]", 0)]),
    "dots at once": (">>> x\n...x", [("x\n", "...x", 0)]),
    "blanks before": ("\n\n>>> 1\n1", [("1\n", "1", 2)]),
    "prompt in a string": (">>> '''\n... >>> 1\n... '''\n'x'", [("'''\n>>> 1\n'''\n", "'x'", 0)]),
}
BROKEN = {
    "text before": ("array\n>>> 1", "text before the first `>>>`", 0),
    "no prompt": ("1 + 1", "text before the first `>>>`", 0),
    "indented prompt": ("  >>> 1\n  1", "text before the first `>>>`", 0),
    "nothing": ("", "no `>>>`", 0),
    "empty prompt": (">>> 1\n1\n>>> ", "nothing follows", 2),
    "no blank": (">>>1", "a blank must follow", 0),
    "unclosed": (">>> 1\n1\n>>> max(\n", "not a complete statement", 2),
    "not python": (">>> for", "not a complete statement", 0),
    "two statements": (">>> a = 1\n... b = 2", "not a complete statement", 0),
}


@pytest.mark.parametrize(("text", "examples"), PARSED.values(), ids=PARSED)
def test_parse(text: str, examples: list[tuple[str, str, int]]):
    assert [(one.source, one.want, one.line) for one in blocks.parse(text)] == examples


@pytest.mark.parametrize(("text", "message", "line"), BROKEN.values(), ids=BROKEN)
def test_a_broken_block_is_told_with_its_line(text: str, message: str, line: int):
    with pytest.raises(blocks.BlockError, match=message) as error:
        blocks.parse(text)
    assert error.value.line == line


@pytest.mark.parametrize(
    ("lang", "text", "kind"),
    [
        ("pycon", ">>> 1", "doctest"),
        ("text", ">>> 1", "doctest"),
        ("", "x\n  >>> 1", "doctest"),
        ("python", "a = 1", "script"),
        ("PY", "a = 1", "script"),
        ("json", "{}", "json"),
        ("toml", "a = '''\n>>> 1\n'''", "toml"),
        ("console", "$ ls", "unrun"),
        ("", "a = 1", "unrun"),
    ],
)
def test_kind(lang: str, text: str, kind: str):
    assert blocks.kind_of(lang, text) == kind


def ledger(**changes: object) -> blocks.Ledger:
    block = blocks.Block("p", "p.md", 3, ">>> 1\n1", "pycon", id="p #1")
    for key, value in changes.items():
        if hasattr(block, key):
            setattr(block, key, value)
    pair = changes.get("pair", {"compare": "values"})
    return blocks.Ledger([blocks.Scope("s", [block], pair)], changes.get("names", {"mx.sum": "p.md:1"}), changes.get("absent", {}))


def test_a_ledger_is_read_as_it_was_written(tmp_path: Path):
    path = tmp_path / "ledger.json"
    path.write_text(ledger().dump())
    again = blocks.load(path)
    assert again == ledger()
    assert again.digest == ledger().digest


@pytest.mark.parametrize(
    "change",
    [{"text": ">>> 1\n2"}, {"line": 4}, {"source": "q.md"}, {"kind": "excused"}, {"elsewhere": "x"}, {"pair": None}, {"names": {}}, {"absent": {"mx.x": "p.md:1"}}],
    ids=lambda change: next(iter(change)),
)
def test_the_digest_binds_everything(change: dict):
    assert ledger(**change).digest != ledger().digest


def test_another_format_is_refused():
    with pytest.raises(ValueError, match="format"):
        blocks.loads('{"format": 0}')
