"""The written site goes in; every relative link of its Markdown that leads nowhere comes out as a problem."""

from __future__ import annotations

import posixpath
from pathlib import Path

from ..dataset.problems import Problem, rule
from . import export, sections


@rule("G519")
def link_dangling(file: str, address: str) -> Problem:
    """A link or a picture in a Markdown file of the site leads to no file, or to a place that its file does not have."""
    return Problem(file, 1, "export", "G519", f"leads nowhere: {address}")


def check(site: Path) -> list[Problem]:
    """Follow each relative link of the twins and of the other texts."""
    texts = {path.relative_to(site).as_posix(): path.read_text(encoding="utf-8") for path in [*site.rglob("*.md"), *site.glob("llms*.txt")]}
    places = {file: set(sections.ANCHORS.findall(text)) for file, text in texts.items()}
    problems = []
    for file, text in sorted(texts.items()):
        for address in dict.fromkeys(sections.links(text)):
            path, _, place = address.partition("#")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(file), path)) if path else file
            if "://" in address or address.startswith("mailto:"):
                continue
            there = (site / target).is_file() or target == export.RECORD  # which is written last
            if not there or (place and target in texts and place not in places[target]):
                problems.append(link_dangling(file, address))
    return problems
