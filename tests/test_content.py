"""Pages by kind of content: what a page may be made of passes, and each way to tell what nothing checks is refused by name."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from mapping.facts import code, guide
from mapping.run.cache import Cache
from mapping.run.record import digest_of
from mapping.site import assets, content
from tests import mini

SHOWN = "```pycon\n>>> mx.array([0, 7])\narray([0, 7], dtype=int32)\n```"  # what the pages' numbers are shown by
REFUSED = {  # kind: the page, the code of the rule
    "a verdict by hand": ("`np.argmax` is {verdict}`same`.", "G602"),
    "silence by hand": ("It is {silent}`silent`.", "G602"),
    "cells by hand": ("Seen: {cells}`all: dtype`.", "G602"),
    "a claim by hand": ("That is {claim}`true`.", "G602"),
    "an entry by hand": ("See {entry}`numpy.argmin` there.", "G602"),
    "a side by hand": ("```{side} numpy.argmax #1 | numpy\n>>> 1\n1\n```", "G602"),
    "a badge by attributes": ("[same]{.verdict .verdict-same}", "G602"),
    "a badge by a division": (":::{div} verdict verdict-same\nsame\n:::", "G602"),
    "a badge": ("{bdg-success}`same`", "G602"),
    "a download": ("{download}`the file <data.csv>`", "G602"),
    "math in text": ("It is {math}`a = b`.", "G602"),
    "math": ("```{math}\na = b\n```", "G602"),
    "a figure": ("```{figure} x.svg\nA sum.\n```", "G602"),
    "a table from a file": ("```{csv-table}\n:file: data.csv\n```", "G602"),
    "a function": ("```{py:function} nothing(a)\nSums.\n```", "G602"),
    "a method": ("```{py:method} numpy.argmax.nothing(a)\nSums.\n```", "G602"),
    "a description": ("```{describe} a\nx\n```", "G602"),
    "a function in C": ("```{c:function} int nothing(void)\n```", "G602"),
    "an option": ("```{option} --x\nSums.\n```", "G602"),
    "a version": ("```{versionadded} 7\nIt is exact.\n```", "G602"),
    "a glossary": ("```{glossary}\nsum\n  exact\n```", "G602"),
    "a title of another page": ("```{toctree}\nSums are exact <https://example.org>\n```", "G602"),
    "another verdict": ("{verdict}`same` {py:obj}`np.argmax <numpy.argmax>`", "G608"),
    "a verdict of two": ("{verdict}`differs` {py:obj}`a <numpy.argmax>` {py:obj}`b <numpy.argmax>`", "G602"),
    "an abbreviation": ("{abbr}`MLX (sums exactly)`", "G602"),
    "keys": ("Press {kbd}`Enter`.", "G602"),
    "data about the page": ("---\nmyst:\n  html_meta:\n    description: Sums are exact\n---\n\n# T\n\nText.", "G602"),
    "a sidebar": ("```{sidebar} T\nSums.\n```", "G602"),
    "lines": ("```{eval-rst}\n| sums\n```", "G602"),
    "a picture of another host": ("![x](https://example.org/x.png)", "G602"),
    "a link without encryption": ("[x](http://example.org)", "G602"),
    "a prompt in text": ("Then >>> mx.sum(a) works.", "G602"),
    "a prompt in code": ("Then `>>> mx.sum(a)` works.", "G602"),
    "a prompt in a cell": ("| a | b |\n| --- | --- |\n| `>>> mx.argmax(a)` | works |", "G602"),
    "a sign without width": ("See `mx.argmax\u200bthing`.", "G603"),
    "a sign that joins": ("See mx.\u2060argmax there.", "G603"),
    "a soft hyphen": ("See `mx.arg\u00admax`.", "G603"),
    "the direction of writing": ("See \u202examgra.xm\u202c.", "G603"),
    "a wide sign": ("See `mx\uff0eargmax` there.", "G603"),
    "a letter of another alphabet": ("See `m\u0445.argmax` there.", "G603"),
    "a keyword": ("Write `mx.sum(a, dim=0)`.", "G604"),
    "a keyword of NumPy": ("Write `np.sum(a, dim=0)`.", "G604"),
    "a keyword of a method": ("Write `a.sum(dim=0)`.", "G604"),
    "a method of others": ("Copy with `a.clone()`.", "G604"),
    "a method without a call": ("The method `a.unsqueeze` adds an axis.", "G604"),
    "a method alone": ("The method `.unsqueeze()` adds an axis.", "G604"),
    "too many arguments": ("Write `mx.exp(a, b, c, d)`.", "G604"),
    "a link to another name": ("See {py:obj}`np.argmin <numpy.argmax>`.", "G605"),
    "a link to another counterpart": ("See {py:obj}`mx.argmin <numpy.argmax>`.", "G605"),
    "a link to another page of a manual": (
        "[mx.sum](https://ml-explore.github.io/mlx/build/html/python/_autosummary/mlx.core.prod.html)",
        "G605",
    ),
    "a module of MLX": ("Use `nn.Linear3(a, b)`.", "G506"),
    "a name with blanks": ("See `mx . no_blanks`.", "G506"),
    "a name as text": ("See `getattr(mx, 'no_text')`.", "G506"),
    "a name in JSON": ('```json\n{"mx.no_json": "numpy.sum"}\n```', "G506"),
    "a name in TOML": ('```toml\nmlx = ["mx.no_toml"]\n```', "G506"),
    "a name in the index": ("```{index} mx.no_index\n```\n\nText.", "G506"),
    "an absent method that is there": ("There is no {absent}`x.sum()`.", "G507"),
    "an error without its message": (
        "```pycon\n>>> mx.zeros(2).no\nTraceback (most recent call last):\n    ...\nAttributeError: ...\n```",
        "G504",
    ),
    "a comment that tells a number": ("```pycon\n>>> mx.array([0, 7])  # not 8\narray([0, 7], dtype=int32)\n```", "G601"),
    "a comment that tells a dtype": ("```python\na = mx.array([7])  # a uint8\n```", "G601"),
}
ALLOWED = {
    "names and calls": "`mx.sum(a, axis=0)`, `np.sum(a, axis=0)`, `a.sum(axis=0)`, `a.sum(keepdims=True)`, `x[None]`, `.T`, `{'a': 7}`.",
    "methods of Python": "`', '.join(a)`, `x.tolist()`, `a.at[0].add(7)`, `math.sqrt(a)`, `mapping.json`, `a.astype(mx.int32)`.",
    "absent methods": "There is no {absent}`x.clone()`, nor {absent}`.unsqueeze()`.",
    "links": "{py:obj}`np.argmax <numpy.argmax>`, {py:obj}`mx.argmax <numpy.argmax>`, {py:obj}`the place <numpy.argmax>`, "
    "[np.sum](https://numpy.org/doc/stable/reference/generated/numpy.sum.html), [mail](mailto:a@example.org).",
    "its verdict": "{verdict}`differs` {silent}`silent` {py:obj}`np.argmax <numpy.argmax>`.",
    "letters": "Café, naïve, 7 µm, x², ½, → and “quotes”… `α`.",
    "a comment that is shown": "```pycon\n>>> mx.array([0, 7])  # 7 in int32\narray([0, 7], dtype=int32)\n```",
    "an error with a part of its message": "```pycon\n>>> mx.zeros(2).no\nTraceback (most recent call last):\n    ...\n"
    "AttributeError: ... has no attribute 'no'\n```",
    "tabs": "::::{tab-set}\n:::{tab-item} A\ntext\n:::\n::::",
    "a card": ":::{card} Title\ntext\n:::",
    "a dropdown": ":::{dropdown} Title\ntext\n:::",
    "a shift": "`a >> 7`",
}


def built(root: Path, pages: dict[str, str]) -> dict[str, str]:
    """What the build of a page for each kind says of it."""
    names = {f"p{number}": kind for number, kind in enumerate(pages)}
    files = {
        f"docs/{name}.md": text if text.startswith("---") else f"# Page\n\n{SHOWN}\n\n{text}\n" for name, text in zip(names, pages.values())
    }
    files |= {"docs/index.md": "# Mini\n\n```{toctree}\nreference/index\n" + "\n".join(names) + "\n```\n", "docs/data.csv": "a,b\n"}
    files |= {"docs/x.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>"}
    said = mini.build(mini.write(root, files)).said
    lines = [line for line in said.split("\n") if line.strip()]
    return {kind: "\n".join(line for line in lines if re.search(rf"\b{name}(\.md|\.html)?:", line)) for name, kind in names.items()}


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return built(tmp_path_factory.mktemp("refused"), {kind: text for kind, (text, _) in REFUSED.items()})


@pytest.mark.parametrize("kind", REFUSED)
def test_what_nothing_checks_is_refused(refused: dict[str, str], kind: str):
    assert f": {REFUSED[kind][1]}: " in refused[kind], refused[kind]


def test_what_a_page_is_made_of_passes(tmp_path: Path):
    assert {kind: said for kind, said in built(tmp_path, ALLOWED).items() if said} == {}


def test_an_object_that_no_entry_is_of_is_refused(tmp_path: Path):
    text = "# Mini\n\n```{py:module} nothing\n```\n\n```{toctree}\nreference/index\n```\n"
    said = mini.build(mini.write(tmp_path, {"docs/index.md": text}))
    assert said.status == 1 and "docs:1: nothing: G607: only entries are in `objects.inv`" in said.said


SETTINGS = {
    'html_extra_path = ["extra"]': "`html_extra_path` puts on the site what nothing checks",
    'html_js_files = ["x.js"]': "the script x.js is none of filter.js, finder.js, page.js, port-page.js, port.js, scheme.js",
    'rst_prolog = "x"': "`rst_prolog` puts",
    'html_css_files = ["https://example.org/x.css"]': "a style sheet of another host",
}
STATIC = {
    "x.html": ("<p>Sums are exact</p>", "files of the kind .html are not served"),
    "x.js": ("alert(1)", "files of the kind .js"),
    "x.svg": ("<svg><script>alert(1)</script></svg>", "it acts"),
    "x.css": ("a::after { content: 'float64'; }", "`content` writes words"),
    "y.css": ('a::after { content: "\\73\\61 me"; }', "`content` writes words"),
    "z.css": ("@import 'https://example.org/x.css';", "asks another host"),
}
TEMPLATES = {
    "<p>Sums keep 7 digits</p>": "a number or a name",
    "<p>mx.sum is exact</p>": "a number or a name",
    "<script></script>": "it acts",
}


def asked(root: Path, conf: str = "", **files: str) -> list[str]:
    """What is said of settings and of files beside the pages."""
    own = mini.CONF + 'html_static_path = ["docs/_static"]\ntemplates_path = ["docs/_templates"]\n' + conf + "\n"
    good = {"docs/_static/good.css": 'a { color: red; }\nb::before { content: "\\2713"; }', "docs/_templates/v.html": "<p>On {{ v }}</p>"}
    (root / "extra").mkdir(parents=True)
    result = mini.build(mini.write(root, {"conf.py": own, **good, **files}))
    assert result.status == bool(": G606: " in result.said), result.said
    return re.findall(r"^(\S+:1: site: G606: .*)", result.said, re.MULTILINE)


def test_what_is_served_beside_pages_is_held(tmp_path: Path):
    assert asked(tmp_path / "good") == []
    for number, (conf, what) in enumerate(SETTINGS.items()):
        [said] = asked(tmp_path / f"c{number}", conf)
        assert said.startswith("conf.py:1: ") and what in said
    said = asked(tmp_path / "static", **{f"docs/_static/{name}": text for name, (text, _) in STATIC.items()})
    assert len(said) == len(STATIC)
    for name, (_, what) in STATIC.items():
        assert any(f"docs/_static/{name}:1: " in one and what in one for one in said), said
    for number, (text, what) in enumerate(TEMPLATES.items()):
        [one] = asked(tmp_path / f"t{number}", **{"docs/_templates/w.html": text})
        assert "docs/_templates/w.html:1: " in one and what in one


def test_signs_that_are_not_ascii_may_stand_in_a_style_sheet():
    assert assets._written("\\2713") == "" and assets._written("=") == "=" and assets._written("\\61") == "a"


def test_what_was_measured_elsewhere_is_as_it_was_measured(tmp_path: Path):
    path = tmp_path / "mapping" / "dataset" / "measured.json"
    path.parent.mkdir(parents=True)
    found = {"mlx": "1", "device_name": "N", "linalg": [{"name": "inv", "cells": ["ValueError", "ok"]}]}

    class Nobody:
        device = "cpu"

    def failed(data: dict) -> set[str]:
        path.write_text(json.dumps(data))
        return {*guide.ask(guide.model.Dataset([]), tmp_path, Nobody(), Cache()).failed}

    assert failed({"digest": digest_of(found), **found}) == set()
    assert failed(found) == {"table measured"}
    assert failed({"digest": digest_of(found), **found, "device_name": "M5"}) == {"table measured"}


READ = {
    "mx.sum(a, axis=0)": code.Code(("mlx.core.sum",), (), (code.Call("mlx.core.sum", ("axis",), 1),)),
    "np.linalg.norm(x).item()": code.Code(
        ("numpy.linalg.norm",), ("item",), (code.Call(".item", (), 0), code.Call("numpy.linalg.norm", (), 1))
    ),
    "a.b.c": code.Code((), ("c",), ()),
    "mx.sum(*a, **b)": code.Code(("mlx.core.sum",), (), (code.Call("mlx.core.sum", (), 0),)),
    "f(a)": code.Code(),
    "for": code.Code(),
    "mapping.json": code.Code(),
    "math.sqrt(a)": code.Code(),
    "(" * 900: code.Code(),
}


@pytest.mark.parametrize(("text", "found"), READ.items(), ids=[text[:20] for text in READ])
def test_what_code_claims(text: str, found: code.Code):
    assert code.read(text) == found


def test_signs_that_readers_take_for_others():
    assert [content.unseen(line) for line in ("plain", "Café α", "a\tb", "a\u00a0b")][:3] == ["", "", ""]
    assert content.unseen("x\u200by") == "\u200b" and content.unseen("\U0001d44e") and content.unseen("m\u0445")
