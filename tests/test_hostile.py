"""Hostile input: entries that are malformed or malicious, and examples that mean harm. Each is refused in words, or contained."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapping.dataset import model, problems, reader
from mapping.facts import guide, lookup, rules
from mapping.facts.rules.common import RESERVED
from mapping.run import blocks, process
from mapping.run.cache import Cache
from mapping.run.pool import Pool
from mapping.run.record import ROOT, Record
from mapping.site import indexes, pages
from tests import mini
from tests.conftest import LIMITED, MACHINES, OTHER

TOLD = re.compile(r"[^\n:]+:\d+: [^\n]*?: E\d{3}: [^\n]+(\n  [^\n]*)*")  # lines of its own are indented
SECONDS = 3.0  # that reading and checking one small file may take, whatever it holds
SHEET = """[inputs]
a = "np.array([1, 2])"
[[section]]
slug = "make"
title = "Make"
[[section.rows]]
numpy = "a + 1"
mlx = "a + 1"
note = "the same"
"""
RICH = (
    mini.ENTRY.replace("order = 1\n", 'order = 1\nintro = "Words."\n')
    .replace(
        'summary = "Indices',
        'edges = ["undefined"]\nnotes = ["Look."]\nundefined = "Words."\ncalls = ["f(a)"]\n'
        'unasserted = ["empty"]\nplatforms = ["Linux"]\nsummary = "Indices',
    )
    .replace(
        "examples]]\n",
        'examples]]\ntitle = "Words"\nedge = false\ndeviation = { machine = "metal", reason '
        '= "Other words.", mlx = ">>> 1" }\ntolerance = { ulp = 9, reason = "Words." }\n',
    )
    + '["numpy.where"]\nmlx = ["mlx.core.where"]\nsummary = "Words."\n'
    '[["numpy.where".forms]]\nname = "three"\nverdict = "same"\nsummary = "Words."\n'
    + "[[\"numpy.where\".forms.examples]]\nnumpy = '>>> 1'\nmlx = '>>> 1'\n"
)
MACHINE = '["numpy.argmax"."cuda".differences]\nvalue = "f(a): NumPy 1, MLX 2"\n\n["numpy.argmax"."arm64 cpu".edges]\nnan = "f(a)"\n'


class Everything(dict):
    """Facts of a world in which every name exists."""

    def get(self, name, default=None):
        return True


FACTS = lookup.Facts(MACHINES["linux"], Everything(), {}, {})


def project(root: Path, **files: str | bytes) -> Path:
    """Files of `mapping/`, `one` in its folder of entries."""
    for name, content in files.items():
        path = root / "mapping" / "dataset" / ("entries" if name == "one" else "") / f"{name}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def told(root: Path) -> list[str]:
    """Every problem that reading and checking tells, each held to its form, in bounded time."""
    began = time.process_time()
    dataset, found = reader.read(root / "mapping" / "dataset" / "entries", root)
    found += rules.check(dataset, FACTS)
    if (root / "mapping" / "dataset" / "skipped.toml").exists():
        found += reader.read_skipped(root / "mapping" / "dataset" / "skipped.toml", root)[1]
    said = [str(problem) for problem in found]
    assert time.process_time() - began < SECONDS
    assert [text for text in said if not TOLD.fullmatch(text)] == []
    assert all(text.replace("\n", "").isprintable() for text in said)
    return said


def codes(said: list[str]) -> set[str]:
    return {re.search(r": (E\d{3}): ", text)[1] for text in said}


# Malformed


WILD = [
    "\0",
    "\x1b[2J",
    "\u202e",
    "\ufeff",
    "\u2028",
    '"',
    "'''",
    "[",
    "]",
    "{",
    "}",
    "=",
    "\n",
    "\\",
    "#",
    "é",
    "𝕏",
    "true",
    "1979-05-27",
    "-nan",
    "9" * 400,
    "0x",
    "a.b.c.d = 1\n",
    "[[a]]\n",
]
VALUES = [
    "1",
    "true",
    "-inf",
    "nan",
    "1e999",
    "9" * 900,
    "1979-05-27T07:32:00Z",
    "[]",
    "[[[[]]]]",
    "{}",
    '{a = {b = "c"}}',
    '""',
    '" "',
    "[1, 2]",
    '["a", 1]',
    '["", " "]',
    '"\\u0000"',
    '"\\u202e"',
    "[" * 400 + "]" * 400,
]


KEYS = [b"x", b'"numpy.\\u0000"', b'"\\n/etc/passwd:1: x"', b"examples", b"forms", b'""', b'"mlx..x"', b"a.b"]
BROKEN = [b"\xff", b"\xed\xa0\x80", b"\xc0\x80"]  # no UTF-8


def cut(raw: bytes, draw) -> tuple[bytes, bytes]:
    at = draw(st.integers(0, len(raw)))
    return raw[:at], raw[at:]


def line_of(raw: bytes, draw) -> tuple[list[bytes], int]:
    lines = raw.split(b"\n")
    return lines, draw(st.integers(0, len(lines) - 1))


def another_byte(raw: bytes, draw) -> bytes:
    before, after = cut(raw, draw)
    return before + bytes([draw(st.integers(0, 255))]) + after[1:]


def another_letter(raw: bytes, draw) -> bytes:
    before, after = cut(raw, draw)
    return before + draw(st.sampled_from("aeiou")).encode() + after[1:]


def an_end(raw: bytes, draw) -> bytes:
    return cut(raw, draw)[0]


def another_order(raw: bytes, draw) -> bytes:
    lines, line = line_of(raw, draw)
    other = draw(st.integers(0, len(lines) - 1))
    lines[line], lines[other] = lines[other], lines[line]
    return b"\n".join(lines)


def wild_text(raw: bytes, draw) -> bytes:
    return draw(st.sampled_from(WILD)).encode().join(cut(raw, draw))


def a_line_twice(raw: bytes, draw) -> bytes:
    lines, line = line_of(raw, draw)
    return b"\n".join([*lines[:line], lines[line], *lines[line:]])


def another_type(raw: bytes, draw) -> bytes:
    lines, line = line_of(raw, draw)
    lines[line] = lines[line].partition(b"= ")[0] + b"= " + draw(st.sampled_from(VALUES)).encode()
    return b"\n".join(lines)


def another_key(raw: bytes, draw) -> bytes:
    lines, line = line_of(raw, draw)
    key = draw(st.sampled_from(KEYS))
    lines[line] = re.sub(rb"^(\[*)[\w\".]+", lambda found: found[1] + key, lines[line])
    return b"\n".join(lines)


def no_text(raw: bytes, draw) -> bytes:
    return draw(st.sampled_from(BROKEN)).join(cut(raw, draw))


def a_piece_less(raw: bytes, draw) -> bytes:
    before, after = cut(raw, draw)
    return before + after[draw(st.integers(0, 39)) :]


WAYS = [another_byte, another_letter, an_end, another_order, wild_text, a_line_twice, another_type, another_key, no_text, a_piece_less]


@st.composite
def wronged(draw, text: str) -> bytes:
    """The text, wronged in one to three ways."""
    raw = text.encode()
    for way in draw(st.lists(st.sampled_from(WAYS), min_size=1, max_size=3)):
        raw = way(raw, draw) or b"\n"
    return raw


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize(
    "name, text",
    [
        ("one", mini.ENTRY),
        ("one", RICH),
        ("cheatsheet", SHEET),
        ("extent", 'namespaces = ["numpy"]\n[left_out]\n"numpy.x" = "why"\n[most_used]\n"numpy.sum" = 3\n'),
        ("skipped", '[[block]]\nsource = "a"\ntext = "b"\nreason = "c"\ntest = "d"\n'),
        ("machines", MACHINE),
    ],
    ids=("small", "rich", "cheatsheet", "extent", "skipped", "machines"),
)
def test_what_is_malformed_is_told_or_taken_and_never_raises(tmp_path: Path, name: str, text: str):
    ends = []
    as_written = told(project(tmp_path, **{"one": mini.ENTRY, name: text}))

    @settings(max_examples=200)
    @given(wronged(text))
    def hold(raw: bytes) -> None:
        ends.append(told(project(tmp_path, **{"one": mini.ENTRY, name: raw})) != as_written)

    hold()
    assert sum(ends) > 60 and len(ends) > sum(ends)  # some are taken as they are


def test_what_is_well_formed_is_taken(tmp_path: Path):
    assert told(project(tmp_path, one=mini.ENTRY, cheatsheet=SHEET)) == []
    assert told(project(tmp_path, one=RICH)) == []


DEEP = {
    "arrays": "x = " + "[\n" * 60_000 + "]\n" * 60_000,
    "a key": "a" + ".a" * 400 + " = 1\n",
    "many keys of many parts": "".join(f"a{number}" + ".a" * 400 + " = 1\n" for number in range(200)),
    "a header of many parts": "[a" + ".a" * 400 + "]\n",
    "tables in lines": "x = " + "{a = " * 150 + "1" + "}" * 150,
    "parentheses": mini.ENTRY.replace(">>> np.argmax(np.array([5, 1])) - 1", ">>> " + "(" * 900 + "1" + ")" * 900),
    "signs": mini.ENTRY.replace(">>> np.argmax(np.array([5, 1])) - 1", ">>> " + "\n... ".join(["(" + "-" * 900] * 20) + "1" + ")" * 20),
    "calls": mini.ENTRY.replace("summary =", f'calls = ["{"(" * 400}f(a){")" * 400}"]\nsummary ='),
    "a call on many lines": mini.ENTRY.replace("summary =", "calls = ['''f(" + ("-" * 900 + "\n") * 20 + "a)''']\nsummary ="),
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_what_is_nested_deeply_is_told(tmp_path: Path, text: str):
    assert told(project(tmp_path, one=text))


# Big


def strings(text: str) -> list[tuple[str, re.Match]]:
    """Every string of a file, with the key under which it stands."""
    return [(match[1], match) for match in re.finditer(r"""(\w+) = \[?("[^"]*"|'''.*?'''|'[^']*')""", text, re.DOTALL)]


@pytest.mark.parametrize("name, text", [("one", RICH), ("cheatsheet", SHEET)])
def test_a_string_of_ten_megabytes_is_refused_in_every_field(tmp_path: Path, name: str, text: str):
    found = strings(text)
    assert len(found) >= 6
    for _, match in found:
        begin, end = match.span(2)
        said = told(project(tmp_path, **{"one": mini.ENTRY, name: text[:begin] + '"' + "x" * 10_000_000 + '"' + text[end:]}))
        assert [text for text in said if ": E107: more than 262144 bytes" in text] and len("".join(said)) < 10_000


@pytest.mark.parametrize("name, text", [("one", RICH), ("cheatsheet", SHEET)])
@pytest.mark.parametrize(
    "line", ["x" * 900, "`" * 900, "*a " * 300, "[" * 900, "    ", ">>> 1", "~~~", ""], ids=lambda line: ascii(line[:5])
)
def test_a_string_as_long_as_a_file_may_be_takes_no_time(tmp_path: Path, name: str, text: str, line: str):
    for key, match in strings(text):
        begin, end = match.span(2)
        long = ">>> 1\n" * (key in ("numpy", "mlx")) + f"{line}\n" * (200_000 // (len(line) + 1))
        said = told(project(tmp_path, **{"one": mini.ENTRY, name: f"{text[:begin]}'''\n{long}'''{text[end:]}"}))
        assert len("".join(said)) < 200_000
        if key in reader.PROSE:
            assert codes(said) & {"E105", "E108"}


def test_a_long_line_and_what_is_no_file_are_told(tmp_path: Path):
    root = project(tmp_path, one=mini.ENTRY.replace("Indices", "x" * reader.LINE))
    assert told(root) == ["mapping/dataset/entries/one.toml:9: file: E107: more than 1000 characters in a line: part it"]
    (root / "mapping/dataset/entries/one.toml").unlink()
    (root / "mapping/dataset/entries/folder.toml").mkdir()
    (root / "mapping/dataset/entries/lost.toml").symlink_to(root / "nowhere")
    (root / "mapping/dataset/entries/endless.toml").symlink_to("/dev/zero")
    said = told(root)
    assert [text.split(": ")[0] for text in said] == [f"mapping/dataset/entries/{name}.toml:1" for name in ("endless", "folder", "lost")]
    assert codes(said) == {"E107"}


def test_a_name_of_a_megabyte_is_told_in_short(tmp_path: Path):
    said = told(project(tmp_path, one=mini.ENTRY + f'["numpy.{"x" * 900}"]\n"{"y" * 900}" = 1\n'))
    assert {"E104"} <= codes(said) and all(len(text) < 2000 for text in said)


# Malicious text


REFUSED = {  # what running text must not hold
    "script": "<script>alert(1)</script>",
    "image": "<img src=x onerror=alert(1)>",
    "end of an attribute": '"><svg onload=alert(1)>',
    "comment": "<!-- x",
    "entity of a document": "<!DOCTYPE x>",
    "autolink": "<javascript:alert(1)>",
    "link": "[x](javascript:alert(1))",
    "link with blanks": "[x]( jAvAsCrIpT:alert(1) )",
    "link to data": "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "reference": "[x][y]",
    "image of a page": "![x](/etc/passwd)",
    "attributes": '[x]{onclick="alert(1)" .y}',
    "footnote": "x[^1]",
    "escape": "a \\` <b> `",
    "escape alone": "a\\",
    "download": "{download}`x </etc/passwd>`",
    "raw role": "{raw}`x`",
    "html role": "{raw-html}`<b>`",
    "document": "{doc}`../index`",
    "own role": "{entry}`numpy.sum`",
    "role in a domain": "{py:func}`numpy.sum`",
    "substitution": "{{ 7*7 }}",
    "statement": "{% include '/etc/passwd' %}",
    "double backticks": "``a ` <b> ` ``",
    "one backtick": "a ` b",
    "raw": "```{raw} html\n<script>alert(1)</script>\n```",
    "include": "```{include} /etc/passwd\n```",
    "include, relative": "```{include} ../../../../../../etc/passwd\n```",
    "include with colons": ":::{include} /etc/passwd\n:::",
    "reStructuredText": "```{eval-rst}\n.. raw:: html\n\n   <b>\n```",
    "directive on one line": "```{include} /etc/passwd",
    "colons on one line": ":::{raw} html",
    "tildes": "~~~\nx",
    "end of the fence": "x\n```\n# EVIL",
    "end of the grid": "x\n::::\n# EVIL",
    "heading": "# EVIL",
    "heading underlined": "EVIL\n==",
    "target": "(numpy.sum)=",
    "MyST's comment": "% x",
    "block break": "+++ x",
    "rule": "---",
    "rule with blanks": "- - -",
    "list": "- x",
    "numbers": "1. x",
    "numbers with a bracket": "12) x",
    "quotation": "> x",
    "code by indentation": "    x",
    "code by a tab": "\tx",
    "definition": "x\n: y",
    "table": "a | b\n--|--\nc | d",
    "paragraph": "a\n\nb",
    "colour of a terminal": "\x1b[31mx",
    "direction of writing": "a \u202e b",
    "no width": "a\u200bb",
    "line of its own": "a\u2028b",
    "bell": "\x07",
    "NUL": "\x00",
}
FIELDS = {  # file, text, and the text in it whose place the payload takes
    "topic title": ("one", RICH, '"One"'),
    "intro": ("one", RICH, 'intro = "Words."'),
    "summary": ("one", RICH, '"Indices are `uint32`."'),
    "notes": ("one", RICH, '"Look."'),
    "undefined": ("one", RICH, 'undefined = "Words."'),
    "example title": ("one", RICH, 'title = "Words"'),
    "reason of another machine": ("one", RICH, 'reason = "Other words."'),
    "reason": ("one", RICH, 'reason = "Words."'),
    "uncalled": ("one", RICH.replace('calls = ["f(a)"]', 'uncalled = "Words."'), 'uncalled = "Words."'),
    "form name": ("one", RICH, '"three"'),
    "form summary": ("one", RICH, 'verdict = "same"\nsummary = "Words."'),
    "section title": ("cheatsheet", SHEET, '"Make"'),
    "note of a row": ("cheatsheet", SHEET, '"the same"'),
    "reason of a block": ("skipped", '[[block]]\nsource = "a"\ntext = "b"\nreason = "c"\ntest = "d"\n', '"c"'),
}


def with_(field: str, payload: str) -> dict[str, str]:
    """The files of a project in which one field holds the payload."""
    name, text, place = FIELDS[field]
    assert text.count(place) == 1, place
    *_, old = re.findall(r'"[^"]*"', place)
    return {"one": mini.ENTRY, name: text.replace(place, place.replace(old, json.dumps(payload, ensure_ascii=True)))}


@pytest.mark.parametrize("field", FIELDS)
def test_running_text_is_nothing_but_running_text(tmp_path: Path, field: str):
    assert not codes(told(project(tmp_path, **with_(field, "Words & more, 2 > 1 | *so* 2**31: -1.")))) & {"E105", "E108", "E109"}
    for way, payload in REFUSED.items():
        files = with_(field, payload)
        key = re.search(r'(\w+) = \[?"[^"]*"$', FIELDS[field][2]) or re.search(
            rf"(\w+) = \[?{re.escape(FIELDS[field][2])}", FIELDS[field][1]
        )
        said = [text for text in told(project(tmp_path, **files)) if re.search(r": E10[89]: ", text)]
        assert len(said) == 1, (way, said)
        file, line, *_ = said[0].split(":")
        [name] = [name for name in files if f"/{name}.toml" in file]
        assert f"{key[1]} = " in files[name].split("\n")[int(line) - 1] and f"`{key[1]}` holds" in said[0], (way, said)


def test_roles_code_and_emphasis_are_running_text():
    for text in (
        "{py:obj}`numpy.sum`",
        "{py:obj}`np.sum <numpy.sum>`",
        "{absent}`mx.copy`",
        "`<script>`",
        "`a[...]` and `{x}`",
        "*a* and **b**",
        "-0.0 is zero",
        "2**31",
        "1 >= 1.5",
    ):
        assert reader.not_in_prose(text) == ""


def test_code_may_hold_no_hidden_character(tmp_path: Path):
    for name, text, place in (
        ("one", RICH, ">>> np.argmax"),
        ("one", RICH, "f(a)"),
        ("cheatsheet", SHEET, "a + 1"),
        ("cheatsheet", SHEET, "np.array([1, 2])"),
    ):
        said = told(project(tmp_path, **{"one": mini.ENTRY, name: text.replace(place, f"{place} # \u202e", 1)}))
        assert "E109" in codes(said)


WORDS = {  # fields that take words of closed lists, or names that are looked up
    '["dtype"]': "E105",
    '["undefined"]': "E105",
    '"differs"': "E105",
    '["mlx.core.argmax"]': "E202",
    '"numpy.argmax"]\nmlx': "E106",
    "edge = false": "E105",
}


@pytest.mark.parametrize("place, code", WORDS.items(), ids=WORDS)
def test_a_field_of_words_takes_none_of_ours(tmp_path: Path, place: str, code: str):
    for payload in REFUSED.values():
        old = (re.findall(r'"[^"]*"', place) or ["false"])[0]
        text = RICH.replace(place, place.replace(old, json.dumps(payload)), 1)
        assert {code, "E109"} & codes(told(project(tmp_path, one=text)))
    for key in ("category", "compare", "alias_of"):
        text = RICH.replace("summary =", f"{key} = {json.dumps(REFUSED['script'])}\nsummary =", 1)
        assert {"E105", "E204"} & codes(told(project(tmp_path, one=text)))
    for key in ("compare", "differs"):
        assert "E105" in codes(told(project(tmp_path, one=mini.ENTRY, cheatsheet=SHEET + f"{key} = {json.dumps(REFUSED['script'])}\n")))


def test_numbers_tables_and_names_are_what_they_should_be(tmp_path: Path):
    for ulp in ("nan", "inf", "-inf", "-1", "0", "0.0", "1e9", "9" * 900):
        assert codes(told(project(tmp_path, one=RICH.replace("ulp = 9", f"ulp = {ulp}")))) == {"E105"}
    assert codes(told(project(tmp_path, one=RICH + '["numpy.ｓum"]\nalias_of = "numpy.argmax"\nplatforms = ["x"]\n'))) == {
        "E106",
        "E201",
        "E303",
    }
    for value in ("1", "[1]", '{b = "c"}'):
        assert codes(told(project(tmp_path, one=RICH, cheatsheet=SHEET.replace('"np.array([1, 2])"', value)))) == {"E105"}
        assert codes(told(project(tmp_path, one=RICH, cheatsheet=SHEET, extent=f"[left_out]\nx = {value}"))) == {"E105"}
    for value in ('"1"', "1.5", "[1]"):
        assert codes(told(project(tmp_path, one=RICH, cheatsheet=SHEET, extent=f"[most_used]\nx = {value}"))) == {"E105"}


# What a page shows of what may be written


EVIL = (
    '<script>alert("x")</script><img src=x onerror=alert(1)> {{ 7*7 }} {% x %} ```{include} /etc/passwd``` [x](javascript:alert(1)) | ]]> `'
)
CODE = f"""[topic]
title = "`<script>alert(1)</script>` | *x*"
order = 1
intro = "`[x](javascript:alert(1))` & `<img onerror=alert(1)>` &lt;script&gt;alert(1)&lt;/script&gt; javascript:alert(1)"

["numpy.ptp"]
verdict = "recipe"
recipe = '''(mx.max(a) - mx.min(a), {EVIL!r})[0]'''
summary = "`<script>alert()</script>` | `{{{{ x*x }}}}` {{absent}}`mx.<svg>`"
notes = ["`<svg onload=alert()>` and {{py:obj}}`javascript:alert() <javascript:alert()>` &#60;script&#62;"]

[["numpy.ptp".examples]]
title = "`<img src=x onerror=alert(1)>`"
deviation = {{ machine = "{OTHER}", reason = "`<script>` | &lt;script&gt;", mlx = ">>> '</pre><script>alert(1)</script>'" }}
numpy = '''
>>> a = np.array([3, 1])
>>> print(np.ptp(a), {EVIL!r})
2 {EVIL}
>>> print(str() + "::::\\n:::::\\n\\n```\\n````\\n# EVIL\\n~~~")
::::
:::::

```
````
# EVIL
~~~
>>> 2
2
'''
mlx = '''
>>> a = mx.array([3, 1])
>>> print((mx.max(a) - mx.min(a), {EVIL!r})[0].item(), {EVIL!r})
2 {EVIL}
>>> 2  # </pre><script>alert(1)</script>
2
'''
"""
EVIL_SHEET = f"""[inputs]
a = "np.array([1, 2])"
[[section]]
slug = "make"
title = "`<script>` | &lt;b&gt;"
[[section.rows]]
numpy = '''(a, {EVIL!r}, '``', "`<b>`")[0]'''
mlx = '''(a, '`[x](javascript:alert(1))`')[0]'''
note = "`<script>` | x"
"""
WITH_SHEET = {
    "conf.py": mini.CONF + 'exclude_patterns = ["reference/tables"]\n',
    "docs/index.md": "# Mini\n\n```{include} reference/tables/sheet_make.md\n```\n\n```{toctree}\nreference/index\n```\n",
}


class Live(HTMLParser):
    """All of a page that acts: scripts, attributes of events, addresses that are code, frames, and what has no place on a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.within = ""
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.within = tag if tag in ("script", "style") else ""
        if tag in ("script", "iframe", "object", "embed", "form", "svg", "base", "meta", "link", "style", "img"):
            words = {"alt", "title"} | ({"content"} if tag == "meta" and "http-equiv" not in dict(attrs) else set())
            self.found.add(f"{tag} {sorted((key, os.path.basename(value or '')) for key, value in attrs if key not in words)}")
        for key, value in attrs:
            if key.startswith("on") or key == "style" or re.match(r"\s*(javascript|data|vbscript):", value or "", re.IGNORECASE):
                self.found.add(f"{tag} {key}={value}")

    def handle_data(self, data: str) -> None:
        if self.within == "script":
            self.found.add(f"script: {data.strip()}")
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        self.within = ""


def acting(out: Path) -> tuple[set[str], str]:
    """What acts on any page of a site, and all that its pages show."""
    found, shown = set(), ""
    for path in sorted(out.rglob("*.html")):
        if "_static" not in path.parts:
            page = Live()
            page.feed(path.read_text(encoding="utf-8"))
            found |= page.found
            shown += page.text
    return found, shown


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    built = mini.build(mini.write(tmp_path_factory.mktemp("clean"), {**WITH_SHEET, "mapping/dataset/cheatsheet.toml": SHEET}))
    assert built.status == 0, built.said
    return acting(built.out)[0]


def test_nothing_of_an_entry_acts_on_a_page(tmp_path: Path, clean: set[str]):
    built = mini.build(
        mini.write(
            tmp_path,
            {
                **WITH_SHEET,
                "mapping/dataset/entries/one.toml": CODE,
                "mapping/dataset/cheatsheet.toml": EVIL_SHEET,
                "mapping/dataset/machines.toml": f'["numpy.ptp"."{OTHER}".edges]\nvalue = {json.dumps(EVIL)}\n',
            },
        )
    )
    assert built.status == 0, built.said
    found, shown = acting(built.out)
    assert found - clean == set()
    assert '<script>alert("x")</script>' in shown and "{{ 7*7 }}" in shown and "# EVIL" in shown  # as text
    assert "49" not in re.findall(r"\b\d+\b", re.sub(r"[0-9a-f]{8}", "", shown)) and "root:" not in shown
    rows = [
        re.findall(r"(?<!\\)\|", line) for line in (tmp_path / "docs/reference/index.md").read_text().split("\n") if line.startswith("|")
    ]
    assert {len(row) for row in rows} == {3}
    lines = [line for line in (tmp_path / "docs/reference/deviations.md").read_text().split("\n") if line]
    heads = ["# Other mac", "Every page ", "```{records", "```", "## What the", "What was se", "- {py:obj}`", "- {py:obj}`"]
    assert [line[:11] for line in lines] == heads  # no text makes another
    for path in [*built.out.rglob("*.md"), *built.out.glob("llms*.txt")]:
        text = re.sub(r"(?ms)^(`{3,})\w*\n.*?^\1$|(?<!`)(`+)(?!`).+?(?<!`)\2(?!`)", "", path.read_text(encoding="utf-8"))
        assert not re.search(r"(?<!\\)<(?!a id=|/a>|br>|!-- -->)[a-z/!]|\]\(\s*(javascript|data):", text, re.IGNORECASE), (path, text)
    [row] = json.loads((built.out / "mapping.json").read_text(encoding="utf-8"))["entries"]
    assert EVIL in row["examples"][0]["numpy"]


def test_what_acts_is_found(clean: set[str]):
    page = Live()
    page.feed("<script src=x.js></script><p onclick=a()><a href=' javascript:a()'>x</a><svg/><iframe></iframe><script>alert(1)</script>")
    assert {found.split()[0] for found in page.found - clean} == {"script", "script:", "p", "a", "svg", "iframe"}


def test_a_build_refuses_all_of_it_at_once_and_writes_no_page(tmp_path: Path):
    wrong = RICH
    for number, (_, _, place) in enumerate(FIELDS[field] for field in FIELDS if FIELDS[field][1] == RICH):
        *_, old = re.findall(r'"[^"]*"', place)
        wrong = wrong.replace(place, place.replace(old, json.dumps([*REFUSED.values()][number])))
    built = mini.build(
        mini.write(
            tmp_path, {"mapping/dataset/entries/one.toml": wrong, "mapping/dataset/cheatsheet.toml": SHEET.replace("the same", "<b>")}
        )
    )
    assert built.status == 1
    assert built.said.count(": E108: ") == 11, built.said
    assert not built.out.exists() or not [*built.out.rglob("*.html")]
    assert not (tmp_path / "docs" / "reference").exists()


def test_a_name_of_two_forms_or_sections_is_told(tmp_path: Path):
    form = RICH[RICH.index('[["numpy.where".forms]]') :]
    assert "E314" in codes(told(project(tmp_path, one=RICH + form)))
    assert "E314" in codes(told(project(tmp_path, one=mini.ENTRY, cheatsheet=SHEET + SHEET.partition("\n")[2].partition("\n")[2])))


def test_code_in_running_text_ends_where_it_should():
    for text in ("a", "`", "``a`", "a`<b>`", "` a `", "a ``` b"):
        fence = re.match("`+", pages.code(text))[0]
        assert not re.search(rf"(?<!`){fence}(?!`)", text) and pages.code(text).removeprefix(fence).removesuffix(fence).strip(
            " "
        ) == text.strip(" ")


def test_a_problem_is_one_line_that_a_terminal_can_show():
    shown = str(problems.Problem("a\nb.toml", 1, "x\n/etc/passwd:1: ok\x1b[2J", "E104", "no \u202e\x07\nb.toml:1: x\n  its own"))
    assert shown == "a\\nb.toml:1: x\\n/etc/passwd:1: ok\\x1b[2J: E104: no \\u202e\\x07\\nb.toml:1: x\n  its own"


# Paths


FILES = [
    "..",
    "a..b",
    "%2e%2e%2fx",
    "a b",
    "x\ny",
    "é",
    "\u202ex",
    "#",
    "?q",
    "{{x}}",
    "`a`",
    "<b>",
    "-x",
    "x" * 61,
    "CON.",
    "A",
    "_x",
    "a-b",
    "~",
    "$HOME",
    "1",
    "x;rm",
]


@pytest.mark.parametrize("name", FILES, ids=ascii)
def test_a_file_that_names_no_page_is_refused(tmp_path: Path, name: str):
    root = project(tmp_path, one=mini.ENTRY)
    os.replace(root / "mapping/dataset/entries/one.toml", root / "mapping/dataset/entries" / f"{name}.toml")
    if name.startswith("."):
        assert reader.read(root / "mapping/dataset/entries", root)[0].topics == []
    else:
        assert codes(told(root)) == {"E110"}


@pytest.mark.parametrize("name", RESERVED)
def test_a_file_with_the_name_of_another_page_is_refused(tmp_path: Path, name: str):
    root = project(tmp_path, one=mini.ENTRY)
    os.replace(root / "mapping/dataset/entries/one.toml", root / "mapping/dataset/entries" / f"{name}.toml")
    assert codes(told(root)) == {"E313"}


SLUGS = ["../../x", "x/../../../../evil", "/etc/x", "..", ".", "a/b", "a\\b", "a b", "%2e%2e", "x\n", "X", "x" * 61, "é", "`", "<b>"]


@pytest.mark.parametrize("slug", SLUGS, ids=ascii)
def test_a_slug_that_names_no_page_is_refused(tmp_path: Path, slug: str):
    said = told(project(tmp_path, one=mini.ENTRY, cheatsheet=SHEET.replace('"make"', json.dumps(slug))))
    assert len(said) == 1 + (slug == "x\n") * 0 and said[0].startswith("mapping/dataset/cheatsheet.toml:4: ") and ": E110: " in said[0]


def test_a_build_writes_nothing_outside_the_reference(tmp_path: Path):
    root = mini.write(tmp_path / "a" / "b" / "c", {"mapping/dataset/cheatsheet.toml": SHEET.replace("make", "x/../../../../evil")})
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert mini.build(root).status == 1
    made = {path.relative_to(root).parts[0] for path in tmp_path.rglob("*") if path.is_file() and path not in before}
    assert made <= {"_build", "out", "doctrees"}


@pytest.mark.parametrize("name", ["..%2f..%2fx", "a b", "x\ny", "-x", "..."], ids=ascii)
def test_a_picture_is_written_within_the_reference_whatever_its_folder_is_called(tmp_path: Path, name: str):
    folder = tmp_path / "docs" / "reference"
    dataset, facts = model.Dataset([]), lookup.Facts({"platform": "x", "device": "cpu", "device_name": "x"}, {}, {}, {})
    facts.live.figures[name] = {"light": "<svg/>", "dark": "<svg/>"}
    indexes.write(dataset, facts, folder)
    assert (folder / "figures" / f"{name}-light.svg").exists()
    assert [path for path in tmp_path.rglob("*") if path.is_file() and folder not in path.parents] == []


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", "<g onload='a()'/>", "<a href='javascript:a()'/>", "<foreignObject/>"])
def test_a_picture_that_acts_is_refused(tmp_path: Path, evil: str):
    program = tmp_path / "docs/guide/programs/x"
    program.mkdir(parents=True)
    (program / "figure.py").write_text("")

    class Asked:
        device, unkept = "cpu", ()

        def ask(self, questions: dict, progress) -> dict:
            return {name: {"answer": {"light": f"<svg>{drawn}</svg>", "dark": "<svg/>"}} for name in questions}

    for drawn, failed in (("<path d='M 0 0'/>", {}), (evil, {"figure x"})):  # noqa: B007 - the answers hold `drawn`
        assert guide.ask(model.Dataset([]), tmp_path, Asked(), Cache()).failed.keys() == set(failed)


# Examples that mean harm


def ran(pool: Pool, **texts: str) -> Record:
    return pool.run(
        blocks.Ledger([blocks.Scope(name, [blocks.Block(name, "p.md", 1, text, "pycon", id=name)]) for name, text in texts.items()])
    )


def got(pool: Pool, text: str) -> str:
    """What an expression shows, or the error that it raises."""
    [failure] = ran(pool, x=f">>> {text}\nnever this").failures
    return failure["got"]


def test_an_example_sees_no_secret_of_the_environment(monkeypatch: pytest.MonkeyPatch):
    for name in ("SECRET_TOKEN", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "SSH_AUTH_SOCK", "PATHOLOGY", "HOMELY", "PYTHONSTARTUP"):
        monkeypatch.setenv(name, "hush")
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    with Pool("cpu", 1) as pool:
        seen = got(pool, "import os; dict(os.environ)")
        assert "hush" not in seen and "'OMP_NUM_THREADS': '2'" in seen and "'PATH'" in seen
        assert "hush" not in got(pool, "print(open('/proc/self/environ').read())")
        if LIMITED and "Permission" in got(pool, f"open({str(ROOT / 'x')!r}, 'w')"):  # Landlock is there
            assert "Permission" in got(pool, "open(f'/proc/{__import__(\"os\").getppid()}/environ').read()")


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def marked(process: Path, mark: bytes) -> bool:
    try:
        return any(one.startswith(mark) for one in (process / "environ").read_bytes().split(b"\0"))
    except OSError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="processes that leave the group are known by /proc alone")
@pytest.mark.parametrize(
    "start",
    ["['sleep', '300']", "['sleep', '300'], start_new_session=True", "['setsid', 'sh', '-c', 'sleep 300; true']"],
    ids=("in the group", "alone", "with a child"),
)
def test_what_an_example_starts_ends_with_its_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str):
    """Where it leaves the worker's group too. The worker is replaced, and so is the one in which the example is run again."""
    monkeypatch.setattr(process.tempfile, "tempdir", str(tmp_path))
    with Pool("cpu", 1) as pool:
        pid = int(got(pool, f"import subprocess; subprocess.Popen({start}).pid"))
    for _ in range(100):
        left = [path for path in Path("/proc").glob("[0-9]*") if marked(path, f"TMPDIR={tmp_path}".encode())]
        if not left and not alive(pid):
            break
        time.sleep(0.02)
    assert not left and not alive(pid)


NOISE = {  # written for ever where only results go
    "messages that say nothing": "b'{}\\n' * 1000",
    "a message without an end": "b'x' * 100_000",
    "results": 'b\'{"done": "x", "wrong": "w", "want": "", "got": ""}\\n\' * 1000',
}


@pytest.mark.parametrize("noise", NOISE.values(), ids=NOISE)
def test_an_example_that_talks_without_end_is_ended(monkeypatch: pytest.MonkeyPatch, noise: str):
    monkeypatch.setattr(process, "SAID", 1 << 20)
    with Pool("cpu", 1) as pool:
        pool.environment()
        monkeypatch.setattr(process, "TIMEOUT", 1000)  # what ends it is not the time that it takes
        record = ran(pool, noise=f">>> import os\n>>> while True: _ = os.write(3, {noise})", after=">>> 1\n1")
    assert record.passed == ["after"]
    said = {"the process sent more than results can be", "the process sent what is no message"}
    assert said & {failure["wrong"] for failure in record.failures}


@pytest.mark.skipif(not LIMITED, reason="on Linux without a GPU alone")
def test_memory_of_a_child_is_bounded_too(pool: Pool):
    said = got(
        pool,
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'bytearray(12 "
        "<< 30)'], capture_output=True, text=True).stderr.strip().split()[-1]",
    )
    assert "MemoryError" in said


def test_files_of_an_example_go_with_its_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(process.tempfile, "tempdir", str(tmp_path))
    with Pool("cpu", 1) as pool:
        ran(pool, x=">>> import os\n>>> os.makedirs('a/b'); os.symlink('/', 'a/root'); os.chmod('a/b', 0)")
        assert [*tmp_path.iterdir()]
    assert [*tmp_path.iterdir()] == [] and Path("/etc").exists()


def test_calls_that_end_the_worker_do_not_hide_what_is_wrong_with_the_file(tmp_path: Path):
    calls = mini.ENTRY.replace("summary =", "calls = [\"__import__('os')._exit(3)\"]\ntypo = 1\nsummary =")
    space = {"mapping/dataset/entries/one.toml": mini.ENTRY + "typo = 1\n", "mapping/dataset/extent.toml": 'namespaces = ["numpy.nothing"]'}
    for number, files in enumerate(({"mapping/dataset/entries/one.toml": calls}, space)):
        built = mini.build(mini.write(tmp_path / str(number), files))
        assert built.status == 1 and "E104" in built.said and "Traceback" not in built.said


def test_much_from_many_errands_is_not_too_much(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(process, "SAID", 1 << 16)
    with Pool("cpu", 1) as pool:
        record = ran(pool, **{f"x{number}": ">>> print('x' * 50_000)\n1" for number in range(4)}, last=">>> 1\n1")
    assert record.passed == ["last"] and {failure["wrong"] for failure in record.failures} == {"the output differs"}
