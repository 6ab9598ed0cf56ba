"""What programs and agents get from the site of this project: data that fits its schema, links that hold."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import html5lib
import jsonschema
import pytest
from sphinx.util.inventory import InventoryFile

from mapping.dataset import model, reader
from mapping.site import records
from mapping.site.html import Page


@pytest.fixture(scope="module")
def site(clone: Path) -> Path:
    return clone / "_build" / "html"


@pytest.fixture(scope="module")
def mapping(site: Path) -> dict:
    return json.loads((site / "mapping.json").read_text())


@pytest.fixture(scope="module")
def schema(site: Path) -> dict:
    return json.loads((site / "mapping.schema.json").read_text())


def test_the_mapping_fits_its_schema(mapping: dict, schema: dict):
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(mapping, schema)


@pytest.mark.parametrize(
    "damage",
    [
        lambda row: row.update(verdict="perhaps"),
        lambda row: row.pop("silent"),
        lambda row: row.update(mlx="mlx.core.sum"),
        lambda row: row.update(more=1),
        lambda row: row["examples"][0].pop("numpy"),
    ],
    ids=["an unknown verdict", "a missing key", "a string for a list", "an unknown key", "half an example"],
)
def test_the_schema_refuses(mapping: dict, schema: dict, damage):
    other = json.loads(json.dumps(mapping))
    damage(other["entries"][0])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(other, schema)


def test_every_entry_has_its_row_and_every_alias_too(clone: Path, mapping: dict):
    dataset, _ = reader.read(clone / "mapping" / "dataset" / "entries", clone)
    rows = {row["numpy"]: row for row in mapping["entries"]}
    assert [*rows] == [entry.name for entry in dataset.entries]
    aliases = {entry.name: entry.alias_of for entry in dataset.entries if entry.alias_of}
    assert aliases
    for name, target in aliases.items():
        assert rows[name]["alias_of"] == target
        assert rows[name]["examples"] == rows[target]["examples"]
    assert {row["verdict"] for row in rows.values()} == {*model.VERDICTS}


def test_every_address_leads_to_the_exact_name(site: Path, mapping: dict):
    for row in mapping["entries"]:
        page, _, anchor = row["url"].partition("#")
        assert anchor == row["numpy"]
        assert f'id="{anchor}"' in (site / page).read_text(), row["url"]


def test_every_name_is_found_as_a_python_object(site: Path, mapping: dict):
    with (site / "objects.inv").open("rb") as file:
        inventory = InventoryFile.load(file, "", lambda _, uri: uri)
    found = {name: item.uri for kind, items in inventory.items() if kind.startswith("py:") for name, item in items.items()}
    assert {row["numpy"]: row["url"] for row in mapping["entries"]} == found
    assert "numpy.ndarray.shape" in inventory["py:attribute"]
    assert "numpy.ndarray.astype" in inventory["py:method"]


def test_a_twin_stands_beside_every_page_and_the_list_names_all(site: Path):
    pages = {path.relative_to(site).with_suffix("").as_posix() for path in site.rglob("*.html") if "_static" not in path.parts}
    pages -= {"search", "404"}
    assert pages == {path.relative_to(site).with_suffix("").as_posix() for path in site.rglob("*.md")}
    listed = re.findall(r"\]\((\S+)\)", (site / "llms.txt").read_text())
    assert {f"{page}.md" for page in pages} <= {*listed}
    assert all((site / link).is_file() for link in listed)


def test_links_of_the_twins_hold(site: Path):
    for path in site.rglob("*.md"):
        for link in re.findall(r"\]\(([^)#\s]+\.md)(?:#[^)]*)?\)", path.read_text()):
            assert (path.parent / link).is_file(), f"{path}: {link}"


def test_a_link_of_a_twin_finds_its_place(site: Path):
    places = {path.resolve(): places_of(path.read_text()) for path in site.rglob("*.md")}
    found = Counter()
    for path in site.rglob("*.md"):
        for link, place in re.findall(r"\]\(((?!\w+:)[^)#\s]*)#([^)\s]+)\)", path.read_text()):
            target = (path.parent / link if link else path).resolve()
            assert place in places[target], f"{path}: {link}#{place}"
            found["." in place] += 1
    assert found[True] and found[False]  # names of entries, and headings


def places_of(text: str) -> set[str]:
    """The anchors of a twin, and its headings as GitHub addresses them."""
    headings = [re.sub(r"[`*\\]", "", heading) for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)]
    slugs = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
    return {*re.findall(r'<a id="([^"]+)">', text), *slugs}


def test_every_twin_is_in_the_one_file(site: Path):
    whole = (site / "llms-full.txt").read_text()
    for path in site.rglob("*.md"):
        assert path.read_text() in whole


def test_the_record_counts_every_block_that_readers_see(site: Path, mapping: dict):
    verified = json.loads((site / "verified.json").read_text())
    shown = Counter()
    for path in site.rglob("*.html"):
        if "_static" not in path.parts:
            page = Page()
            page.feed(path.read_text())
            shown["blocks"] += len(page.pres)
    blocks = verified["blocks"]
    assert blocks["run"] + blocks["parsed"] + blocks["not_run"] + len(verified["of_other_machines"]) == shown["blocks"]
    assert all(item["machine"] for item in verified["of_other_machines"])
    assert blocks["not_run"] == len(verified["not_run"])
    assert all(item["reason"] and item["test"] for item in verified["not_run"])
    assert verified["entries"] == len(mapping["entries"])
    assert mapping["verified"] == verified


def test_the_tests_that_cover_what_is_not_run_exist(clone: Path):
    skip, _ = reader.read_skipped(clone / "mapping" / "dataset" / "skipped.toml", clone)
    for item in skip:
        file, _, function = item.test.partition("::")
        assert f"def {function}(" in (clone / file).read_text(), item.test


def test_every_page_says_what_it_was_verified_with(site: Path):
    verified = json.loads((site / "verified.json").read_text())
    line = f"MLX {verified['mlx']} and NumPy {verified['numpy']}, on {records.in_words(verified)}"
    for path in [*site.rglob("*.html"), *site.rglob("*.md")]:
        if "_static" not in path.parts:
            assert line in path.read_text(), path


def test_every_page_is_valid_and_no_id_stands_twice(site: Path):
    wrong = {}
    for path in site.rglob("*.html"):
        if "_static" not in path.parts:
            reader_ = html5lib.HTMLParser()
            ids = Counter(one.get("id") for one in reader_.parse(path.read_text()).iter() if one.get("id"))
            wrong[path.relative_to(site).as_posix()] = [*reader_.errors, *(name for name, count in ids.items() if count > 1)]
    assert len(wrong) > 60 and {page: all_ for page, all_ in wrong.items() if all_} == {}


def test_no_page_asks_another_host_for_anything(site: Path):
    asks = re.compile(r"""<(?:script|img|iframe|link|source|video|audio)\b[^>]*?(?:src|href)=["'](?:https?:)?//""")
    for path in site.rglob("*.html"):
        assert not asks.search(path.read_text()), path
    assert not re.search(r"""(?:url\(|@import\s+)["']?(?:https?:)?//""", (site / "_static" / "site.css").read_text())
