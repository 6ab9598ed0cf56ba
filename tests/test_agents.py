"""What coding agents read whole: within its size, and no sentence that no page has."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from mapping.site import agents, sections, skill

TEXTS = [agents.SMALL, agents.GUIDE, agents.SKILL]


@pytest.fixture(scope="module")
def said(site: Path) -> set[str]:
    """Each line of the guide without links, and each sentence and recipe of an entry."""
    twins = [sections.unlinked(path.read_text()) for path in (site / "guide").rglob("*.md")]
    rows = json.loads((site / "mapping.json").read_text())["entries"]
    lines = {line for twin in twins for line in twin.split("\n")}
    return lines | {sections.unlinked(row["summary"]) for row in rows}


def test_sizes(site: Path):
    assert (site / agents.SMALL).stat().st_size <= 40_000
    assert (site / agents.GUIDE).stat().st_size <= 300_000
    assert (site / agents.SKILL).read_text().count("\n") <= skill.LONGEST


def test_the_skill_has_front_matter(site: Path):
    front = (site / agents.SKILL).read_text().split("---\n")[1]
    name, description = re.fullmatch(r"name: (.+)\ndescription: (.+)\n", front).groups()
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) and len(name) <= 64
    assert len(description) <= 1024 and ": " not in description  # plain YAML
    references = {path.relative_to(site / agents.FOLDER).as_posix() for path in (site / agents.FOLDER).rglob("*.md")} - {"SKILL.md"}
    assert references == {*sections.links((site / agents.SKILL).read_text())}


def test_no_prose_is_written_anew(site: Path, said: set[str]):
    """Paragraphs of the guide's text and of the references stand so in the twins."""
    for path in [site / agents.GUIDE, *(site / agents.FOLDER / "references" / f"{slug}.md" for slug in skill.TASKS)]:
        for line, prefix in sections.lines(path.read_text()):
            if prefix is None and line and not line.startswith("#"):
                assert line in said or re.fullmatch(r"guide/\w+\.md|Blocks of code that have no room here .*|> What each .*", line), line


def test_each_silent_difference_has_a_line(site: Path, said: set[str]):
    rows = json.loads((site / "mapping.json").read_text())["entries"]
    text = (site / agents.SMALL).read_text()
    quiet = [row for row in rows if row["silent"] and not row["alias_of"]]
    assert len(quiet) > 150
    for row in quiet:
        assert f"`{agents.pages.title(row['numpy'])}`" in text, row["numpy"]
    for row in rows:
        if row["verdict"] == "missing" and not row["alias_of"]:
            assert f"`{agents.pages.title(row['numpy'])}`" in text


def test_recipes_are_those_of_the_entries(site: Path):
    rows = json.loads((site / "mapping.json").read_text())["entries"]
    known = {row["recipe"] for row in rows if row["recipe"]}
    text = (site / agents.FOLDER / "references" / "recipes.md").read_text()
    shown = set(re.findall(r"(?m)^`(.+)`$", text)) | {code.strip("\n") for code in re.findall(r"(?ms)^```python\n(.*?)^```$", text)}
    assert len(known) > 200 and known <= shown | {one.strip("` ") for one in shown}


def test_the_list_says_what_each_page_answers(site: Path):
    lines = [line for line in (site / agents.LIST).read_text().split("\n") if ".md): " in line and "kB)" in line]
    assert len(lines) > 80
    for line in lines:
        title, answer = re.fullmatch(r"- \[(.+?)\]\(\S+\): (.+) \(\d+ kB\)", line).groups()
        assert answer != title or title in ("Reference", "Changelog", "Security", "Code of conduct"), line


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_that_was_changed_is_refused(tmp_path: Path, name: str):
    due = {name: "What is due.\n"}
    agents.write(tmp_path, due)
    assert agents.check(tmp_path, due) == []
    (tmp_path / name).write_text("What is not.\n")
    assert [problem.code for problem in agents.check(tmp_path, due)] == ["G520"]
    (tmp_path / name).unlink()
    assert [problem.code for problem in agents.check(tmp_path, due)] == ["G520"]


def test_a_text_that_is_too_large_is_refused(tmp_path: Path):
    due = {agents.SMALL: "x" * 40_001}
    agents.write(tmp_path, due)
    assert "40001 bytes, of 40000 at most" in agents.check(tmp_path, due)[0].message


def test_a_link_in_code_is_none():
    assert [*sections.links("[a](b.md) `[c](d.md)` \\[e](f.md) [`g[0]`](h.md#i) ![j](k.svg)")] == ["b.md", "h.md#i", "k.svg"]
    assert sections.unlinked("[a](b.md) `[c](d.md)` ![j](k.svg)[`g`](h.md)") == "a `[c](d.md)` `g`"
    assert sections.rebased("[a](b.md#c) [d](#e) [f](../g.md) [h](https://i.j)", "k/l") == (
        "[a](k/b.md#c) [d](k/l.md#e) [f](g.md) [h](https://i.j)"
    )
