"""What stands around a page: where it ran, what other sites show of it, how to report and mend what it says."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from mapping.run import blocks
from mapping.site import frame, records

from . import mini
from .conftest import MACHINES, ROOT

REPOSITORY, BASE = "https://example.org/us/it", "https://example.org/it/"
GUIDE = "# Guide\n\nWhat it is about. And more.\n\n## A section\n\nText.\n\n### Inner\n\nMore text.\n\n## Where to go next\n\nOn.\n"
INDEX = "# Mini\n\n```{toctree}\nguide/one\nreference/index\n```\n"
FILES = {"docs/index.md": INDEX, "docs/guide/one.md": GUIDE, "docs/404.md": "---\norphan: true\n---\n# Lost\n\nLook elsewhere.\n"}


@pytest.fixture(scope="module")
def hosted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = mini.build(mini.write(tmp_path_factory.mktemp("hosted"), FILES), mapping_repository=REPOSITORY, html_baseurl=BASE)
    assert built.status == 0, built.said
    return built.out


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = mini.build(mini.write(tmp_path_factory.mktemp("bare"), FILES))
    assert built.status == 0, built.said
    return built.out


def links(page: Path, title: str) -> list[str]:
    """Where the links with a title lead."""
    return [unescape(address) for address in re.findall(rf'href="([^"]*)"[^>]*>{title}<', page.read_text())]


def test_an_entry_is_reported_with_its_name_page_and_versions_and_edited_where_it_is_written(hosted: Path):
    page = hosted / "reference" / "one.html"
    [report] = links(page, "Report a wrong statement")
    asked = parse_qs(urlsplit(report).query)
    assert report.startswith(f"{REPOSITORY}/issues/new?") and asked["where"] == ["numpy.argmax"]
    assert asked["page"][0].startswith("reference/one.html#numpy.argmax, MLX ")
    line = mini.ENTRY.split("\n").index('["numpy.argmax"]') + 1
    assert links(page, "Edit this entry") == [f"{REPOSITORY}/blob/HEAD/mapping/dataset/entries/one.toml?plain=1#L{line}"]


def test_a_section_of_the_guide_is_edited_where_it_begins(hosted: Path):
    line = GUIDE.split("\n").index("## A section") + 1
    page = hosted / "guide" / "one.html"
    assert links(page, "Edit this section") == [f"{REPOSITORY}/blob/HEAD/docs/guide/one.md?plain=1#L{line}"]
    text = re.sub(r"<[^>]+>", "", page.read_text())
    assert text.index("More text.") < text.index("Report a wrong statement") < text.rindex("Where to go next")


def test_what_a_link_fills_in_is_in_the_form(hosted: Path):
    [report] = links(hosted / "reference" / "one.html", "Report a wrong statement")
    asked = parse_qs(urlsplit(report).query)
    form = yaml.safe_load((ROOT / ".github" / "ISSUE_TEMPLATE" / asked.pop("template")[0]).read_text())
    assert set(asked) - {"title"} <= {one["id"] for one in form["body"]}


def test_without_a_repository_and_an_address_there_are_no_links(bare: Path, hosted: Path):
    assert not [path for path in bare.rglob("*.html") if "Report a wrong" in path.read_text() or "canonical" in path.read_text()]
    assert not (bare / frame.SITEMAP).exists()
    assert (bare / "reference" / "one.md").read_text() == (hosted / "reference" / "one.md").read_text()


def test_a_page_tells_other_sites_what_it_is_about(hosted: Path, bare: Path):
    html = (hosted / "guide" / "one.html").read_text()
    for tag in (
        '<meta name="description" property="og:description" content="What it is about." />',
        '<meta property="og:title" content="Guide" />',
        f'<meta property="og:url" content="{BASE}guide/one.html" />',
        f'<link rel="canonical" href="{BASE}guide/one.html" />',
    ):
        assert tag in html
    assert 'property="og:description" content="What it is about." />' in (bare / "guide" / "one.html").read_text()


def test_a_site_with_an_address_lists_its_pages_and_one_for_those_that_are_not_there(hosted: Path, bare: Path):
    listed = re.findall("<loc>(.*?)</loc>", (hosted / frame.SITEMAP).read_text())
    assert f"{BASE}guide/one.html" in listed and f"{BASE}404.html" not in listed
    assert all((hosted / one.removeprefix(BASE)).exists() for one in listed)
    lost = (hosted / "404.html").read_text()
    assert lost.index(f'<base href="{BASE}"') < lost.index("stylesheet")
    assert "<base" not in (bare / "404.html").read_text() + (hosted / "index.html").read_text()


@pytest.mark.parametrize("setting", ["mapping_repository", "html_baseurl"])
def test_an_address_begins_with_https(tmp_path: Path, setting: str):
    built = mini.build(mini.write(tmp_path, {}), **{setting: "javascript:alert(1)"})
    assert built.status == 1 and f"conf.py:1: site: G606: `{setting}` begins with https://" in built.said


class Facts:
    environment = MACHINES["linux"]


class Building:
    """As much of a build as the line at the top needs."""

    facts, handed = Facts(), ()

    def __init__(self, *made: blocks.Block):
        self.ledger = blocks.Ledger([blocks.Scope("one", list(made))])


def test_no_page_says_that_more_was_run_than_was():
    def block(kind: str, machine: str = "") -> blocks.Block:
        return blocks.Block("one", "one.md", 1, ">>> 1\n1\n", "pycon", kind=kind, machine=machine)

    own, shell, other = block("doctest"), block("skipped"), block("doctest", "cuda")
    said = {
        "All code on this page ran with": [own],
        "All code on this page but shell commands ran with": [own, shell],
        "All code on this page but what is said to be another machine's ran with": [own, other],
        "This site was made with": [other, shell],
    }
    assert {text: frame.ran(Building(*made), "one") for text, made in said.items()} == {text: text for text in said}
    assert frame.ran(Building(own), "two") == "This site was made with"


@pytest.mark.parametrize(
    "kind, words",
    [
        ("linux", "the CPU of a Linux machine (x86-64)"),
        ("cuda", "the NVIDIA GPU of a Linux machine (x86-64)"),
        ("mac", "the GPU of a Mac (arm64)"),
    ],
)
def test_a_machine_is_called_as_its_owner_would(kind: str, words: str):
    assert records.in_words(MACHINES[kind]) == words
