"""What readers do with the published site, done in a browser over `file://`: find, choose, read in both schemes, without JavaScript.

Chromium is the system's. Where there is none these tests are left out, and `make test` says so; `.ci/run` names one in BROWSER.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests import mini
from tests.conftest import CHROMIUM, NAMED, NARROW, ROOT, WIDE, Open

pytestmark = pytest.mark.skipif(not (NAMED or CHROMIUM), reason="there is no Chromium: what the site does in a browser is not tested")
NARROWEST = 320
THREE_COLUMNS = 1200  # the narrowest on which names stand beside the text on both sides
KINDS = [  # a page of each kind
    *("index", "search", "guide/index", "guide/shapes", "guide/errors", "guide/cheatsheet", "guide/programs/kmeans"),
    *("reference/index", "reference/rounding", "reference/host", "reference/mlx", "reference/gone", "reference/coverage"),
    *("reference/deviations", "reference/rules", "reference/names", "project/CONTRIBUTING", "404", "guide/port"),
]
CHECKED = (
    "index",
    "search",
    "guide/index",
    "guide/programs/kmeans",
    "reference/rounding",
    "reference/coverage",
    "reference/rules",
    "guide/cheatsheet",
    "reference/gone",
    "404",
)  # by axe, in both schemes and widths
CHECKED_ONCE = (  # by axe, the dark scheme on a phone and the light one on a wide screen
    *("guide/costs", "guide/errors", "guide/claims", "guide/port", "guide/programs/index", "guide/precision", "reference/index"),
    *("reference/mlx", "reference/deviations", "reference/releases", "reference/host", "project/CONTRIBUTING"),
)
TYPED = {  # what is typed: where the first row leads
    "np.percentile": "numpy.percentile",
    "percentile": "numpy.percentile",
    "numpy.linalg.norm": "numpy.linalg.norm",
    "np.where": "numpy.where",
    "np.where(a > 0, a, 0)": "numpy.where",
    "np.add.at": "numpy.ufunc.at",
    "ndarray.sort": "numpy.ndarray.sort",
    "x.sum()": "numpy.ndarray.sum",
    "mx.take": "numpy.take",
    "mlx.core.take": "numpy.take",
    "mx.softmax": "mlx.core.softmax",
    "np.random.default_rng": "numpy.random.default_rng",
    "a @ b": "numpy.ndarray.__matmul__",
    "x @= y": "numpy.ndarray.__imatmul__",
    "a[mask]": "numpy.ndarray.__getitem__",
    "a[1:, None] = 0": "numpy.ndarray.__setitem__",
    "out=": "arrays-arguments",
    "axis tuple": "reductions-axis",
    "astype float64": "arrays-float64",
    "view or copy": "in-place-views",
    "boolean indices are not yet supported": "errors-boolean-index",
    "ValueError: [reshape] Cannot reshape array of size 12 into shape (5).": "errors-reshape",
    "AttributeError: module 'mlx.core' has no attribute 'percentile'": "numpy.percentile",
    "AttributeError: 'mlx.core.array' object has no attribute 'fill'": "numpy.ndarray.fill",
    "AttributeError: module 'numpy' has no attribute 'product'": "numpy.product",
    "percentle": "numpy.percentile",
    "argmxa": "numpy.argmax",
    "np.trapz": "numpy.trapz",
    "np.float_": "numpy.float_",
    "np.NaN": "numpy.NaN",
    "np.nan": "numpy.nan",
}


def leads(window: Page) -> str:
    """Where the chosen row leads."""
    return (window.locator(".finder-row[aria-selected=true]").get_attribute("href") or "").rpartition("#")[2]


def seen(window: Page, place: str) -> bool:
    """Whether a place's beginning stands in the window."""
    top = window.evaluate("place => document.getElementById(place).getBoundingClientRect().top", place)
    return 0 <= top < 900


def test_the_first_row_answers_what_is_typed(open_: Open):
    window = open_("index")
    field = window.locator("article input[type=search]")
    found = {}
    for typed in TYPED:
        field.fill(typed)
        window.locator(".finder-all", has_text="").first.wait_for()
        window.wait_for_function("() => document.querySelector('.finder-row[aria-selected=true]')")
        found[typed] = leads(window)
    assert found == TYPED


@pytest.mark.parametrize("page, key", [("index", "/"), ("index", "Control+k"), ("reference/rounding", "/"), ("guide/shapes", "Control+k")])
def test_the_keyboard_is_enough(open_: Open, page: str, key: str):
    window = open_(page)
    window.keyboard.press(key)
    window.keyboard.type("np.round")
    window.locator(".finder-row").first.wait_for()
    assert leads(window) == "numpy.round"
    first = window.locator(".finder-row").first
    assert first.locator(".verdict").first.inner_text() and first.locator(".finder-sentence").inner_text()
    window.keyboard.press("ArrowDown")
    second = leads(window)
    window.keyboard.press("ArrowUp")
    window.keyboard.press("Enter")
    window.wait_for_url("**/rounding.html#numpy.round")
    assert second != "numpy.round" and seen(window, "numpy.round")


@pytest.mark.parametrize("page", ["index", "reference/rounding"])
def test_escape_closes_the_rows(open_: Open, page: str):
    window = open_(page)
    window.keyboard.press("/")
    window.keyboard.type("round")
    window.locator(".finder-row").first.wait_for()
    window.keyboard.press("Escape")
    assert not window.locator(".finder-row").first.is_visible()


def test_full_text_is_searched_for_the_name_and_hits_sections(open_: Open):
    window = open_("search?q=np.percentile")
    window.get_by_text("Search finished").wait_for()
    assert leads(window) == "numpy.percentile"
    links = window.locator("#search-results li > a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    pages = [link.partition("#")[0].partition("?")[0] for link in links if "#" in link]
    tops = [link.partition("?")[0] for link in links if "#" not in link]
    assert pages and len(links) < 20
    assert not {*tops} & {*pages} and len({*links}) == len(links)


SCREENS = 12  # of a topic's page at most
LONG = ("reference/indexing", "reference/statistics", "reference/decompositions")  # topics with recipes, forms and many names


@pytest.mark.parametrize("page", LONG)
def test_a_topic_lists_its_names_with_their_signs(open_: Open, page: str):
    window = open_(page)
    names = window.locator("h2 code.entry").all_inner_texts()
    assert [name for name in window.locator(".bd-toc code.entry").all_inner_texts() if name] == names
    signs = window.locator(".bd-toc code.entry").evaluate_all("all => all.map(one => getComputedStyle(one, '::before').content)")
    assert len(signs) == len(names) and "none" not in signs


def test_no_topic_is_long_and_each_begins_with_an_entry(open_: Open, site: Path):
    window, seen_ = open_("reference/index"), {}
    for path in sorted((site / "reference").glob("*.html")):
        window.goto(path.as_uri())
        if window.locator("h2 code.entry").count():
            ends = window.locator("h2 code.entry").first.evaluate("one => one.getBoundingClientRect().bottom")
            seen_[path.stem] = (ends < 900, window.evaluate("document.documentElement.scrollHeight") <= SCREENS * 900)
    assert len(seen_) > 40 and {page: one for page, one in seen_.items() if one != (True, True)} == {}


def test_rows_are_chosen_and_the_address_keeps_it(open_: Open):
    window = open_("reference/names")
    rows = window.locator("article tbody tr:visible")
    whole = rows.count()
    window.locator("[name=text]").fill("np.linalg")
    window.locator("[name=verdict]").select_option("same")
    few = rows.count()
    assert 0 < few < 20 and whole > 800 and window.locator(".filter output").inner_text() == f"{few} of {whole}"
    assert all("linalg" in text and "same" in text for text in rows.all_inner_texts())
    assert window.url.endswith("?text=np.linalg&verdict=same")
    letters = {text.partition("\t")[0].rpartition(".")[2][0].upper() for text in rows.all_inner_texts()}
    assert {*window.locator(".letters a:visible").all_inner_texts()} == letters
    assert window.locator("article section h2:visible").count() == 0 and window.locator("article thead:visible").count() == 1
    window.reload()
    assert rows.count() == few
    window.locator("[name=text]").fill("")
    window.locator("[name=verdict]").select_option("")
    window.locator("[name=silence]").select_option("silent")
    window.locator("[name=area]").select_option("numpy.fft")
    assert 0 < rows.count() < 20
    top = window.locator(".letters").bounding_box()["y"]
    window.mouse.wheel(0, 3000)
    window.wait_for_function("scrollY > 500 || document.documentElement.scrollHeight < 1500")
    assert 0 <= window.locator(".letters").bounding_box()["y"] <= top


def test_every_row_of_mlx_has_its_address(open_: Open):
    window = open_("reference/mlx")
    ids = window.locator("article tbody tr td:first-child [id]").evaluate_all("all => all.map(one => one.id)")
    assert len(ids) == window.locator("article tbody tr").count() > 300 and "mlx.core.softmax" in ids


@pytest.mark.parametrize("page", ["guide/errors", "guide/claims"])
def test_messages_are_whole_on_a_phone(open_: Open, page: str):
    window = open_(page, NARROW)
    cut = "all => all.filter(pre => pre.scrollWidth > pre.clientWidth + 1).map(pre => pre.textContent)"
    assert window.locator("article .highlight-pycon pre").evaluate_all(cut) == []


def test_no_line_of_code_breaks_on_a_wide_screen(open_: Open, site: Path):
    window, found, seen_ = open_("index"), {}, 0
    for page in [*LONG, *(f"guide/{path.stem}" for path in sorted((site / "guide").glob("*.html")))]:
        window.goto(f"{site.as_uri()}/{page}.html")
        window.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        blocks = window.locator("article pre")
        seen_ += blocks.count()
        if lines := blocks.evaluate_all(BROKEN):
            found[page] = lines
    assert seen_ > 900 and found == {}


BROKEN = """all => all.flatMap(pre => {
  const style = getComputedStyle(pre), pen = document.createElement("canvas").getContext("2d");
  pen.font = style.font;
  const room = pre.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) + 1;
  const code = pre.textContent.split("\\n").filter(line => style.whiteSpace !== "pre" && /^(>>>|\\.\\.\\.) /.test(line));
  return code.filter(line => pen.measureText(line).width > room);
})"""


def test_no_line_of_a_recipe_breaks(open_: Open):
    window = open_("reference/statistics", NARROW)
    styles = window.locator(".side-recipe pre").evaluate_all("all => all.map(pre => getComputedStyle(pre).whiteSpace)")
    assert {*styles} == {"pre"}


def test_each_message_is_reported_for_itself(browser: Browser, tmp_path: Path):
    files = {
        "docs/index.md": "# Mini\n\n```{toctree}\nreference/index\nguide/errors\n```\n",
        "docs/guide/errors.md": "# Errors you will meet\n\n## Indexing\n\n### `Too many` of it\n\nA.\n\n### Another\n\nB.\n",
    }
    built = mini.build(mini.write(tmp_path, files), mapping_repository="https://example.com/x")
    assert built.status == 0, built.said
    window = browser.new_page()
    window.goto((built.out / "guide" / "errors.html").as_uri())
    window.add_script_tag(path=ROOT / "docs" / "_static" / "page.js")
    window.evaluate("document.dispatchEvent(new Event('DOMContentLoaded'))")
    links = window.get_by_role("link", name="Report a wrong statement").evaluate_all("all => all.map(one => one.href)")
    asked = [parse_qs(urlsplit(link).query) for link in links]
    window.close()
    assert sorted(one["where"][0] for one in asked) == ["Another", "Indexing", "Too many of it"]
    assert len({one["page"][0] for one in asked}) == 3 and all(re.search(r"errors\.html#[\w-]+, MLX ", one["page"][0]) for one in asked)


def test_every_badge_leads_to_its_legend(open_: Open, site: Path):
    window = open_("reference/rounding")
    badges = window.locator("article .verdict")
    assert badges.count() == window.locator("article a > .verdict").count() > 10
    window.locator(".verdict-corner").first.click()
    window.wait_for_url("**/reading.html#reading-silent")
    assert seen(window, "reading-silent")


def test_what_is_folded_is_printed(open_: Open):
    window = open_("reference/rounding")
    folded = window.locator("article details")
    assert folded.count() > 10 and not folded.locator(".sd-card-body").first.is_visible()
    window.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert all(folded.evaluate_all("all => all.map(one => one.open)"))
    window.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not any(folded.evaluate_all("all => all.map(one => one.open)"))


def test_the_cheat_sheet_is_two_sheets_with_nothing_cut_off(open_: Open):
    window = open_("guide/cheatsheet")
    sheets = window.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", sheets)) == 2
    window.emulate_media(media="print")
    window.set_viewport_size({"width": 718, "height": 1046})  # A4 between its margins
    wide = "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.textContent)"
    assert window.locator("article :is(td, .pst-scrollable-table-container)").evaluate_all(wide) == []


def test_what_is_copied_runs_as_it_is(open_: Open):
    window = open_("reference/statistics", permissions=["clipboard-read", "clipboard-write"])
    recipes = window.locator("section:has(.side-recipe)")
    assert recipes.count() > 3
    copied = []
    for place in range(recipes.count()):
        for side in (".side-recipe", ".side-mlx", ".side-numpy"):
            block = recipes.nth(place).locator(side).first
            block.hover()
            block.locator(".copybtn").click()
            copied.append(window.evaluate("navigator.clipboard.readText()"))
            assert copied[-1].startswith("import ") and ">>>" not in copied[-1]
    typed = subprocess.run([sys.executable, "-i", "-q"], input="".join(copied), capture_output=True, text=True)
    assert "Error" not in typed.stderr


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_anybody_out(open_: Open, site: Path, scheme: str, width: int):
    window, found = open_(KINDS[0], width, color_scheme=scheme), {}
    for page in (*CHECKED, *(CHECKED_ONCE if (scheme, width) in (("light", WIDE), ("dark", NARROW)) else ())):
        window.goto(f"{site.as_uri()}/{page}.html")
        broken = Axe().run(window, options={"resultTypes": ["violations"], "preload": False}).response["violations"]
        found |= {f"{page}: {one['id']}": [node["html"] for node in one["nodes"]][:3] for one in broken}
    assert found == {}


@pytest.mark.parametrize("page", [*KINDS, *LONG])
@pytest.mark.parametrize("width", [NARROWEST, THREE_COLUMNS])
def test_a_page_fits_its_screen(open_: Open, page: str, width: int):
    window = open_(page, width)
    window.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert window.evaluate("document.documentElement.scrollWidth") <= width
    assert window.locator("article *").evaluate_all(CUT) == []


CUT = """all => all.filter(one => {
  if (!one.checkVisibility() || one.getBoundingClientRect().right <= innerWidth + 1) return false;
  for (let box = one; box.tagName !== "ARTICLE"; box = box.parentElement)
    if (/auto|scroll/.test(getComputedStyle(box).overflowX)) return false;
  return true;
}).map(one => one.outerHTML.slice(0, 80)).slice(0, 3)"""  # what stands beyond the screen, where nothing scrolls to it


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_scheme_is_the_systems_until_one_is_chosen(open_: Open, scheme: str):
    window = open_("index", color_scheme=scheme)
    shown = "document.documentElement.dataset.theme"
    assert window.evaluate(shown) == scheme
    other = {"light": "dark", "dark": "light"}[scheme]
    window.evaluate(f"localStorage.setItem('mode', '{other}'), localStorage.setItem('theme', '{other}')")
    window.reload()
    assert window.evaluate(shown) == other


@pytest.mark.parametrize("page", KINDS)
def test_a_page_can_be_read_without_javascript(open_: Open, page: str):
    window = open_(page, java_script_enabled=False)
    assert window.locator("h1").first.is_visible()
    ink, paper = (
        window.locator(tag).first.evaluate(f"one => getComputedStyle(one).{name}")
        for tag, name in (("h1", "color"), ("body", "backgroundColor"))
    )
    assert brightness(ink) < 100 and brightness(paper) > 200


def brightness(colour: str) -> float:
    """Of a colour such as `rgb(1, 2, 3)`, between 0 and 255."""
    return sum(map(float, colour[colour.index("(") + 1 : -1].split(",")[:3])) / 3
