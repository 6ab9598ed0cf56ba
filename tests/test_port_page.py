"""Port my script, in a browser: what is pasted is told as the command tells it, or more carefully, and stays text."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from mapping.port import reader, rewrites
from mapping.port.known import Entry, Known
from mapping.port.model import PORTS
from tests.conftest import CHROMIUM, NAMED, NARROW, ROOT, WIDE, Open
from tests.test_port import CAUTIONS, PROGRAMS, USES

pytestmark = pytest.mark.skipif(not (NAMED or CHROMIUM), reason="there is no Chromium: what the page does is not tested")
PAGE = "guide/port"
SHOWN = {"P101", "P102", "P103", "P104", "P105", "P106", "P108", "P111"}  # warnings that the text alone shows
ORDER = [*PORTS]
HANDED = "the generator is handed on"  # said of a use that the page leaves out, as it does methods of arrays
LOST = re.compile(r"MLX (has no|calls|takes) `\w+`")
TOLD = """texts => { const known = portScript.prepared(PORT); return texts.map(text => portScript.told(text, known)); }"""
NOTES = (
    """all => all.map(one => [one.closest(".port-line").value, one.dataset.name, one.dataset.verdict, one.dataset.port, one.textContent])"""
)


def pasted(open_: Open, text: str, **settings: object) -> Page:
    """The page, with what it tells of a text."""
    window = open_(PAGE, **settings)
    window.get_by_label("Your NumPy code").fill(text)
    window.locator(".port-summary p").wait_for()
    return window


def told(open_: Open, texts: list[str]) -> list[dict]:
    """What the page's script tells of each text."""
    window = pasted(open_, "np.sum(1)")
    found: list[dict] = window.evaluate(TOLD, texts)
    return found


def names(open_: Open, text: str) -> list[tuple[str, str]]:
    return [(use["name"], use["port"]) for use in told(open_, [text])[0]["uses"]]


def of_page(text: str, use: dict) -> tuple:
    """Of a use that the page tells, what can be known without types: line, column, name, verdict, form, counterparts, parameters."""
    before = text[: use["at"]]
    place = before.count("\n") + 1, len(before) - before.rfind("\n")
    mlx = [f"mlx.core.{one}" for one in use.get("mlx", [])]
    return *place, use["name"], use.get("verdict", ""), use.get("form", ""), mlx, sorted(filter(LOST.match, use["said"]))


def of_command(use: dict) -> tuple:
    """The same of a use that the command tells."""
    place = use["place"]
    lost = sorted(filter(LOST.match, use["differs"]))
    return place["line"], place["column"], use["numpy"], use["verdict"], use["form"], [*use["mlx"]], lost


def contradicted(text: str, told: list[dict], due: list[dict]) -> list:
    """The uses of which the page and the command say what cannot both be so. The page's way may be an easier one where it rests on a
    condition, and any other where the command is said to know more."""
    pages = sorted(((of_page(text, use), use) for use in told), key=lambda one: one[0])
    left = [use for use in due if use["numpy"].startswith("numpy.ndarray.") or any(one.startswith(HANDED) for one in use["differs"])]
    commands = sorted(((of_command(use), use) for use in due if use not in left), key=lambda one: one[0])
    if [one for one, _ in pages] != [one for one, _ in commands]:
        return [one for one, _ in pages if one not in [other for other, _ in commands]] or [one for one, _ in commands]
    return [
        (what, page["port"], use["port"])
        for (what, page), (_, use) in zip(pages, commands)
        if page["port"] != use["port"]
        and not page.get("more")
        and not (page["condition"] and ORDER.index(page["port"]) < ORDER.index(use["port"]))
    ]


@pytest.fixture(scope="module")
def command(clone: Path) -> dict[str, dict]:
    """What the command tells of each program."""
    done = subprocess.run(
        [sys.executable, "-m", "mapping", "port", "--json", *map(str, PROGRAMS)], cwd=clone, capture_output=True, text=True
    )
    return {one["file"]: one for one in json.loads(done.stdout)["files"]}


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.parent.name)
def test_a_program_is_told_as_the_command_tells_it(open_: Open, command: dict[str, dict], path: Path):
    text, due = path.read_text(), command[str(path)]["uses"]
    window = pasted(open_, text)
    uses = window.evaluate(TOLD, [text])[0]["uses"]
    assert uses and contradicted(text, uses, due) == []
    notes = window.locator(".port-line li[data-name]").evaluate_all(NOTES)
    assert sorted((line, name, verdict, port) for line, name, verdict, port, _ in notes) == sorted(
        (of_page(text, use)[0], use["name"], use["verdict"], use["port"]) for use in uses
    )
    assert sum("the command knows more" in note for *_, note in notes) == sum(use.get("more", False) for use in uses)
    warnings = window.locator("li[data-warning]").evaluate_all(
        "all => all.map(one => [one.closest('.port-line').value, one.dataset.warning])"
    )
    shown = [[one["place"]["line"], one["rule"]] for one in command[str(path)]["warnings"] if one["rule"] in SHOWN]
    assert sorted(warnings) == sorted(shown)
    lines = len({line for line, *_ in notes})
    assert window.locator(".port-summary").inner_text().startswith(f"{lines} of {len(path.read_text().splitlines())} lines use a name")


def test_a_call_is_told_as_the_command_tells_it(open_: Open, known: Known):
    texts = [f"import numpy as np\n{text}" for text, *_ in USES]
    assert len(texts) > 60
    for text, found in zip(texts, told(open_, texts)):
        due = [asdict(use) for use in reader.read("one.py", text, known).uses]
        assert contradicted(text, found["uses"], due) == [], text


SHARE = 16  # of so many names, one
GIVEN = ("x", "1", "0.5", "[1.0, 2.0]", "(2, 3)", "int", "'a'", "None", "np.ones(3)", "np.float32", "range(3)", "{}", "[np.ones(3)]")


def calls(entry: Entry) -> list[str]:
    """Calls of a name: with each kind of value in its first places and as each of its parameters, and what it does not take."""
    name = entry.numpy.replace("numpy.random.Generator", "np.random.default_rng(0)").replace("numpy.ufunc", "np.add")
    name = re.sub("^numpy", "np", name)
    keywords = [keyword for keyword, kind, _ in entry.parameters.names or () if not kind.startswith("VAR")]
    places = ["{}", "x, {}", "x, x, {}"]
    given = [place.format(value) for place in places for value in GIVEN]
    given += [f"x, {keyword}={value}" for keyword in keywords[1:] for value in GIVEN[:9]]
    given += [f"{keyword}={value}" for keyword in keywords for value in GIVEN[:5]]
    return [name, *(f"{name}({one})" for one in ("", "*x", "x, nosuch=1", *given))]


def test_every_name_is_told_as_the_command_tells_it(open_: Open, known: Known):
    """In thousands of calls, which nobody wrote down, no two answers exclude each other: of what has a rewrite, and of some others."""
    entries = [entry for entry in map(known.entry, known.texts) if entry and not entry.numpy.startswith("numpy.ndarray.")]
    texts = [
        "\n".join(["import numpy as np", *calls(entry)])
        for place, entry in enumerate(entries)
        if entry.numpy in rewrites.RULES or place % SHARE == 0
    ]
    for text, found in zip(texts, told(open_, texts)):
        by_line: dict[int, tuple[list, list]] = {}
        for use in found["uses"]:
            by_line.setdefault(text.count("\n", 0, use["at"]), ([], []))[0].append(use)
        for use in reader.read("one.py", text, known).uses:
            by_line.setdefault(use.place.line - 1, ([], []))[1].append(asdict(use))
        lines = text.splitlines()
        assert {lines[line]: other for line, both in by_line.items() if (other := contradicted(text, *both))} == {}


@pytest.mark.parametrize("code", sorted(SHOWN))
def test_a_warning_is_told_of_one_text_and_not_of_the_other(open_: Open, code: str):
    bad, good = (
        [one["code"] for one in found["warnings"]] for found in told(open_, [f"import numpy as np\n{text}" for text in CAUTIONS[code]])
    )
    assert code in bad and code not in good


@pytest.mark.parametrize(
    "text, found",
    [
        ("np.sum(1)", ["numpy.sum"]),  # no import: `np` is taken to be NumPy
        ("import numpy as jnp\njnp.fft.fft(x)", ["numpy.fft.fft"]),
        ("import numpy.linalg as la, os\nla.norm(x)", ["numpy.linalg.norm"]),
        ("import numpy.linalg\nnumpy.linalg.norm(x)", ["numpy.linalg.norm"]),
        ("from numpy import (exp as e,\n  linalg)\ne(linalg.det(x))", ["numpy.exp", "numpy.linalg.det"]),
        ("import jax.numpy as np\nnp.sum(x)", []),
        ("from .numpy import sum\nsum(x)", []),
        ("import numpy as np\nf(np=1, x=np.pi)", ["numpy.pi"]),
        ("import numpy as np\na.np.sum(1)  # np.exp(x)\n'np.exp(x)'\n'''\nnp.exp(x)\n'''", []),
        ("import numpy as np\nf'{np.exp(x):.2f} {{np.log}} {np.pi!r}'", ["numpy.exp", "numpy.pi"]),
        ("import numpy as np\nr = np.random.default_rng(0)\nr.normal()", ["numpy.random.default_rng", "numpy.random.Generator.normal"]),
        ("import numpy as np\nnp.finfo(np.float32).eps", ["numpy.finfo", "numpy.finfo.eps", "numpy.float32"]),
        ("import numpy as np\nnorm = np.linalg.norm\nnorm(x)", ["numpy.linalg.norm", "numpy.linalg.norm"]),
        (">>> import numpy as np\n>>> np.sum(1)\nnp.exp\n", ["numpy.sum"]),
        ("import numpy as np\nnp.add.at(a, i, 1)", ["numpy.ufunc.at"]),
        ("import numpy as np\nnp.Inf, np.nosuch, np.testing.assert_(1)", ["numpy.Inf", "numpy.nosuch", "numpy.testing"]),
    ],
)
def test_names_are_found_as_python_has_them(open_: Open, text: str, found: list[str]):
    assert sorted(name for name, _ in names(open_, text)) == sorted(found)


def test_a_name_that_is_stored_as_well_rests_on_being_numpys(open_: Open):
    sure, other = told(open_, ["from numpy import exp\nexp(1.0)", "from numpy import exp\ndef f(exp):\n  return exp(1.0)"])
    assert [use["condition"] for use in sure["uses"]] == [""] and [use["condition"] for use in other["uses"]] == ["if this is NumPy"]


def test_what_this_call_loses_is_told(open_: Open):
    window = pasted(open_, "np.sqrt(x, out=y)\nnp.full(shape=3, fill_value=0, order='C')\nnp.concatenate(arrays=a)")
    said = window.locator(".port-here").all_inner_texts()
    assert "MLX has no out: it returns a new array, and the one given here stays as it is" in said
    assert "MLX has no order; leave it out" in said and "MLX calls fill_value vals" in said
    assert "np was taken to be it" in window.locator(".port-summary").inner_text()


def test_what_is_pasted_stays_text_and_nothing_breaks(open_: Open):
    hostile = "np.sum('</code><img src=x onerror=alert(1)>')\n<script>alert(1)</script>\nnp.exp(<b>x</b>, __proto__=constructor)\n"
    window = pasted(open_, hostile)
    assert window.locator(".port-lines :is(img, script, b)").count() == 0
    assert "<img src=x onerror=alert(1)>" in window.locator(".port-code").first.inner_text()
    program = PROGRAMS[0].read_text()
    broken = [program[:length] for length in range(0, len(program), 7)] + [f"np.sum({sign}" for sign in "([{'\"\\#:,=.*-%"]
    broken += [
        "constructor.np\nnp.constructor(__proto__)",
        "np." * 50,
        "import\nfrom\nfrom numpy import\nimport numpy as",
        "é = np.sum(ñ)",
        "\0",
    ]
    assert len(told(open_, broken)) == len(broken)


def test_no_script_of_ours_runs_text_writes_html_or_asks_for_anything():
    acts = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|fetch\(|XMLHttpRequest|sendBeacon|WebSocket"
    )
    scripts = sorted((ROOT / "docs" / "_static").glob("*.js"))
    assert len(scripts) == 6 and [path.name for path in scripts if acts.search(path.read_text())] == []


def test_lines_are_chosen_and_lead_to_their_entries(open_: Open):
    window = open_(PAGE)
    window.get_by_label("Your NumPy code").focus()
    window.keyboard.press("Tab")
    window.keyboard.press("Enter")  # shows the example
    lines = window.locator(".port-line:visible")
    lines.first.wait_for()
    whole = lines.count()
    window.get_by_label("Which lines are shown").select_option("Lines that need a person")
    assert 0 < lines.count() < whole
    assert {*lines.evaluate_all("all => all.map(one => one.dataset.port)")} <= {"person", "unknown"}
    window.get_by_role("link", name="np.argmax").first.click()
    window.wait_for_url(re.compile(r"/reference/\w+\.html#numpy\.argmax$"))
    assert window.locator("[id='numpy.argmax']").count() == 1


def test_a_file_is_read(open_: Open, tmp_path: Path):
    (tmp_path / "one.py").write_text("import numpy as np\nnp.trapz(y)\n")
    window = open_(PAGE)
    window.get_by_label("Read a Python file").set_input_files(tmp_path / "one.py")
    note = window.locator("li[data-name='numpy.trapz']")
    note.wait_for()
    assert "Gone" in note.inner_text() or "gone" in note.inner_text()


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_told_keeps_nobody_out(open_: Open, scheme: str, width: int):
    program = next(path for path in PROGRAMS if path.parent.name == "kmeans").read_text()
    window = pasted(open_, f"{program}\nnp.trapz(y)\nnp.nosuch\nnp.loadtxt('a')\n", width=width, color_scheme=scheme)
    broken = Axe().run(window, options={"resultTypes": ["violations"], "preload": False}).response["violations"]
    assert {one["id"]: [node["html"] for node in one["nodes"]][:3] for one in broken} == {}
    assert window.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("typed", ["port my script", "paste code", "convert numpy"])
def test_the_finder_and_the_front_page_lead_there(open_: Open, typed: str):
    window = open_("index")
    assert window.locator("article .sd-card a[href='guide/port.html']").count() == 1
    window.locator("article input[type=search]").fill(typed)
    window.wait_for_function("() => document.querySelector('.finder-row[aria-selected=true]')")
    assert window.locator(".finder-row[aria-selected=true]").get_attribute("href").endswith("guide/port.html")


def test_without_javascript_the_command_is_named(open_: Open):
    window = open_(PAGE, java_script_enabled=False)
    assert window.locator("textarea").count() == 0
    assert "python -m mapping port FILE" in window.locator("article pre").first.inner_text()
