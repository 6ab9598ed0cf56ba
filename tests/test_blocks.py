"""Blocks into statements: every line is source or output; and ledgers, written and read."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapping.run import blocks

PARSED = {
    "one": (">>> 1\n1", [("1\n", "1", 0)]),
    "two": (">>> a = 1\n>>> a\n1", [("a = 1\n", "", 0), ("a\n", "1", 1)]),
    "continued": (">>> def f():\n...     return 1\n...\n>>> f()\n1", [("def f():\n    return 1\n\n", "", 0), ("f()\n", "1", 3)]),
    "blank lines in output": (">>> x\n[[1]\n\n [2]]\n\n>>> y\n2\n\n", [("x\n", "[[1]\n\n [2]]", 0), ("y\n", "2", 5)]),
    "dots in output": (">>> x\n[0\n... 1]", [("x\n", "[0\n... 1]", 0)]),
    "dots at once": (">>> x\n...x", [("x\n", "...x", 0)]),
    "blanks before": ("\n\n>>> 1\n1", [("1\n", "1", 2)]),
    "decorated": (
        ">>> @staticmethod\n... def f():\n...     pass\n...\n>>> 1",
        [("@staticmethod\ndef f():\n    pass\n\n", "", 0), ("1\n", "", 4)],
    ),
    "branches": (">>> if 0:\n...     1\n... else:\n...     2\n2", [("if 0:\n    1\nelse:\n    2\n", "2", 0)]),
    "a try": (
        ">>> try:\n...     1 / 0\n... except ZeroDivisionError as e:\n...     e\n...\nZero",
        [("try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    e\n\n", "Zero", 0)],
    ),
    "in brackets": (">>> [1,\n...  2]\n[1, 2]", [("[1,\n 2]\n", "[1, 2]", 0)]),
    "dots after output": (">>> x\n1\n... 2", [("x\n", "1\n... 2", 0)]),
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


@pytest.mark.parametrize("text", [text for text, _ in PARSED.values()], ids=PARSED)
def test_every_line_is_source_or_output(text: str):
    lines, seen = text.rstrip("\n").split("\n"), set()
    for one in blocks.parse(text):
        source, want = one.source.removesuffix("\n").split("\n"), one.want.split("\n") if one.want else []
        start, end = one.line + len(source), one.line + len(source) + len(want)
        assert source == [line[4:] for line in lines[one.line : start]]
        assert want == lines[start:end]
        seen |= set(range(one.line, end))
    assert [line for number, line in enumerate(lines) if number not in seen and line] == []


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
        ("console", "$ ls", "unknown"),
        ("", "a = 1", "unknown"),
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
    return blocks.Ledger(
        [blocks.Scope("s", [block], pair)], names=changes.get("names", {"mx.sum": "p.md:1"}), absent=changes.get("absent", {})
    )


def test_a_ledger_is_read_as_it_was_written(tmp_path: Path):
    path = tmp_path / "ledger.json"
    path.write_text(ledger().dump())
    again = blocks.load(path)
    assert again == ledger()
    assert again.digest == ledger().digest
    assert again.dump() == path.read_text()


def test_the_digest_does_not_hang_on_the_order_of_names():
    names = {"mx.sum": "p.md:1", "mx.max": "p.md:2"}
    assert ledger(names=names).digest == ledger(names=dict(reversed(names.items()))).digest


@pytest.mark.parametrize(
    "change",
    [
        {"text": ">>> 1\n2"},
        {"line": 4},
        {"source": "q.md"},
        {"kind": "skipped"},
        {"machine": "gpu"},
        {"but": "gpu"},
        {"lang": "text"},
        {"id": "p #2"},
        {"page": "q"},
        {"pair": None},
        {"pair": {"compare": "distribution"}},
        {"names": {}},
        {"names": {"mx.max": "p.md:1"}},
        {"names": {"mx.sum": "p.md:2"}},
        {"absent": {"mx.x": "p.md:1"}},
    ],
    ids=str,
)
def test_the_digest_binds_everything(change: dict):
    assert ledger(**change).digest != ledger().digest


ARM, MAC = ("arm64", "Linux", "cpu"), ("arm64", "Darwin", "gpu", "metal")


@pytest.mark.parametrize(
    ("machine", "but", "kinds", "holds"),
    [
        ("", "", ARM, True),
        ("", "", (), True),
        ("metal", "", MAC, True),
        ("metal", "", ARM, False),
        ("arm64 cpu", "", ARM, True),
        ("arm64 cpu", "", MAC, False),
        ("arm", "", ARM, False),
        ("", "metal", MAC, False),
        ("", "metal", ARM, True),
        ("", "arm64 cpu", ARM, False),
        ("", "arm64 cpu", MAC, True),
        ("arm64", "metal", MAC, False),
        ("arm64", "metal", ARM, True),
    ],
)
def test_a_block_holds_on_the_machines_that_it_names(machine: str, but: str, kinds: tuple[str, ...], holds: bool):
    assert blocks.Block("p", "p.md", 1, ">>> 1", machine=machine, but=but).holds(kinds) is holds


def test_a_scope_on_a_machine_has_what_holds_there_and_stays_whole_itself():
    both = [
        blocks.Block("p", "p.md", 1, ">>> 1", id="here", but="metal"),
        blocks.Block("p", "p.md", 2, ">>> 2", id="there", machine="metal"),
        blocks.Block("p", "p.md", 3, ">>> 3", id="ever"),
    ]
    scope = blocks.Scope("s", both, {})
    assert (scope.on(ARM).runnable, scope.on(MAC).runnable) == (["here", "ever"], ["there", "ever"])
    assert scope.on(MAC).pair == {} and scope.runnable == ["here", "there", "ever"]


EMPTY = blocks.Ledger().dump()
SHAPELESS = ['{"format": 0}', "{}", "[]", "1", EMPTY.replace('"jobs": []', '"jobs": [1]'), EMPTY.replace('"scopes": []', '"scopes": [{}]')]


@pytest.mark.parametrize("text", SHAPELESS)
def test_another_format_is_refused(text: str):
    with pytest.raises(ValueError, match="format"):
        blocks.loads(text)
