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
from mapping.site import agents, records
from mapping.site.html import content
from mapping.site.links import check
from mapping.site.sections import ANCHORS, lines, rebased, unlinked


def twins(site: Path) -> list[Path]:
    """The Markdown of each page."""
    return [path for path in site.rglob("*.md") if path.relative_to(site).parts[0] != agents.FOLDER]


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
        own, of_target = (json.dumps(rows[one]["examples"]) for one in (name, target))
        assert own == "[]" or own != of_target
        assert (rows[name]["matrix"], rows[name]["forms"], rows[name]["machines"]) == ([], [], [])
    assert {row["verdict"] for row in rows.values()} == {*model.VERDICTS}


def test_every_address_leads_to_the_exact_name(site: Path, mapping: dict):
    for row in mapping["entries"]:
        for address in (row["url"], row["twin"]):
            page, _, anchor = address.partition("#")
            assert anchor == row["numpy"]
            assert f'id="{anchor}"' in (site / page).read_text(), address


def test_every_key_is_described(mapping: dict, schema: dict):
    """Each key that the data has stands in the schema, with what it means."""
    undescribed = set()

    def walk(value: object, shape: dict, where: str) -> None:
        if not shape.get("description") and where:
            undescribed.add(where)
        if isinstance(value, dict):
            for key, inner in value.items():
                named = shape.get("properties", {}).get(key)
                walk(inner, named or shape.get("additionalProperties") or {}, f"{where}.{key}" if named else f"{where}.*")
        elif isinstance(value, list):
            for inner in value:
                walk(inner, {"description": "of the list", **shape.get("items", {})}, where)

    walk(mapping, schema, "")
    assert {where for where in undescribed if not where.endswith(".*")} == set()


def test_the_index_by_mlx_name_leads_to_entries(mapping: dict):
    rows = {row["numpy"]: row for row in mapping["entries"]}
    assert mapping["mlx"]["mlx.core.argmax"] == [name for name, row in rows.items() if "mlx.core.argmax" in row["mlx"]]
    assert mapping["mlx"]["mlx.core.softmax"] == []
    assert {name for found in mapping["mlx"].values() for name in found} == {name for name, row in rows.items() if row["mlx"]}


def test_rules_stand_where_they_say(site: Path, mapping: dict):
    marks = Counter(rule["mark"] for rule in mapping["rules"])
    assert marks[None] > 150 and marks["false"] > 40 and marks["true"] and marks["half true"]
    assert {"guide/promotion", "guide/lazy", "guide/threads"} <= {rule["url"].partition(".")[0] for rule in mapping["rules"]}
    for rule in mapping["rules"]:
        for address in (rule["url"], rule["twin"]):
            page, _, anchor = address.partition("#")
            assert f'id="{anchor}"' in (site / page).read_text(), address
        whole = unlinked((site / rule["twin"].partition("#")[0]).read_text())
        assert (f"**{rule['mark']}** " if rule["mark"] else "") + rule["text"] in whole


def test_every_heading_of_a_twin_has_an_anchor(site: Path):
    for path in twins(site):
        before = ""
        for line, prefix in lines(path.read_text()):
            if prefix is None and re.match("#{1,6} ", line):
                assert ANCHORS.match(before), f"{path}: {line}"
            before = line


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
    assert pages == {path.relative_to(site).with_suffix("").as_posix() for path in twins(site)}
    listed = re.findall(r"\]\((\S+)\)", (site / "llms.txt").read_text())
    assert {f"{page}.md" for page in pages} <= {*listed}
    assert all((site / link).is_file() for link in listed)


def test_every_twin_is_in_the_one_file(site: Path):
    whole = (site / "llms-full.txt").read_text()
    for path in twins(site):
        assert rebased(path.read_text(), path.relative_to(site).with_suffix("").as_posix()) in whole


def test_no_link_leads_nowhere(site: Path):
    assert check(site) == []


LINKS = {
    "a page": ("[there](gone.md)", ["gone.md"]),
    "an anchor": ("[there](other.md#nowhere)", ["other.md#nowhere"]),
    "an anchor of the page": ("[there](#nowhere)", ["#nowhere"]),
    "a picture": ("![a curve](curve.svg)", ["curve.svg"]),
    "in a quote": ("> [`a`](gone.md)", ["gone.md"]),
    "what is there": ('<a id="here"></a>[on](other.md#there), [off](https://example.org/none.md), [self](#here)', []),
    "what is code": ("`[there](gone.md)`\n\n- ```\n  [there](gone.md)\n  ```", []),
}


@pytest.mark.parametrize(("text", "found"), LINKS.values(), ids=LINKS)
def test_a_link_that_leads_nowhere_is_named(tmp_path: Path, text: str, found: list[str]):
    (tmp_path / "one.md").write_text(text)
    (tmp_path / "other.md").write_text('<a id="there"></a>\n# There')
    assert [(problem.code, problem.message.rpartition(": ")[2]) for problem in check(tmp_path)] == [("G519", one) for one in found]


def test_the_record_counts_every_block_that_readers_see(site: Path, mapping: dict):
    verified = json.loads((site / "verified.json").read_text())
    shown = Counter()
    for path in site.rglob("*.html"):
        if "_static" not in path.parts:
            shown["blocks"] += len(content(path.read_bytes())["pres"])
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
    for path in [*site.rglob("*.html"), *twins(site)]:
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


def test_no_page_carries_what_shows_nothing(site: Path):
    empty = re.compile(r'<span class="[npw]">|<th class="head"><p></p></th>')  # code in the colour of all code; a corner as a heading
    assert [path for path in site.rglob("*.html") if "_static" not in path.parts and empty.search(path.read_text())] == []


def test_no_page_asks_another_host_for_anything(site: Path):
    asks = re.compile(r"""<(?:script|img|iframe|link|source|video|audio)\b[^>]*?(?:src|href)=["'](?:https?:)?//""")
    for path in site.rglob("*.html"):
        assert not asks.search(path.read_text()), path
    assert not re.search(r"""(?:url\(|@import\s+)["']?(?:https?:)?//""", (site / "_static" / "site.css").read_text())
