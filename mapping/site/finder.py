"""Entries, facts and what was seen on the guide's pages go in; the rows that the finder searches come out, and the script that holds them.

A page loads the script when somebody first looks for something: so it works from a folder, where a browser refuses to fetch.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes

from ..dataset import model
from ..facts import lookup, resolved
from . import pages

FILE, BEGINS = "finder-rows.js", "window.FINDER = "
PORT, PORT_BEGINS = "port-rows.js", "window.PORT = "  # what `port` knows, for the page that reads what is pasted
LISTED = re.compile(r"^!? *(?:single: *)?")  # what stands before the words of an index
NEXT = "Where to go next"  # the last section of each page of the guide
SENTENCE = 140  # characters of a guide's sentence that a row has room for


def sections(doctree: nodes.document) -> list[dict]:
    """Each section of a page: its title, its id, the words under which an index would list it, and its first sentence."""
    found = []
    for section in doctree.findall(nodes.section):
        own = list(_own(section))
        words = [LISTED.sub("", text) for node in own if node.tagname == "index" for _, text, *_ in node["entries"]]
        first = next((node.astext() for node in own if isinstance(node, nodes.paragraph)), "")
        found.append({"title": section[0].astext(), "id": section["ids"][0], "words": words, "sentence": sentence(first)})
    return found


def _own(section: nodes.section) -> Iterator[nodes.Node]:
    """What stands in a section, and not in one within it."""
    return (node for node in section.children[1:] if not isinstance(node, nodes.section))


def sentence(text: str) -> str:
    """The first sentence of a text, cut at a word where it is long."""
    text = " ".join(text.split())
    end = text.find(". ")
    text = text[: end + 1] if end > 0 else text
    return text if len(text) <= SENTENCE else text[:SENTENCE].rpartition(" ")[0] + " …"


def rows(dataset: model.Dataset, facts: lookup.Facts, seen: dict[str, list[dict]]) -> dict[str, list[list]]:
    """All that the finder knows: `names`, `gone`, `mlx` that no NumPy name leads to, `places` of the guide.

    `seen` holds the sections of each page.
    """
    every = [(entry, topic.slug, resolved.of(entry, dataset, facts)) for topic in dataset.topics for entry in topic.entries]
    live = {one for place in lookup.PLACES for one in facts.members.get(place, [])}
    own = live - {one for _, _, stands in every for one in stands.mlx}
    return {
        "names": [name(entry, page, stands) for entry, page, stands in every],
        "gone": [gone(one, dataset) for one in dataset.gone],
        "mlx": [[one, pages.title(one)] for one in sorted(own)],
        "places": [place for page, whole in sorted(seen.items()) if page.startswith("guide/") for place in places(page, whole)],
    }


def name(entry: model.Entry, page: str, stands: resolved.Resolved) -> list:
    """A NumPy name: dotted, as people write it, MLX's names and what stands for them, verdict, sentence, page."""
    short = [pages.short(name) for name in stands.mlx]
    counterpart = pages.counterparts(stands).replace("`", "")
    return [entry.name, pages.title(entry.name), short, counterpart, pages.marks(entry, stands), pages.plain(pages.one_line(entry)), page]


def gone(one: model.Gone, dataset: model.Dataset) -> list:
    """A name that NumPy no longer has: since when, what to use, and the entries of that."""
    return [one.name, one.removed, pages.plain(one.instead), [entry.name for entry in pages.replacements(one, dataset)]]


def places(page: str, whole: list[dict]) -> list[list]:
    """A page of the guide and its sections; of a ported program, the page alone."""
    top, *inner = whole
    inner = [] if page.startswith("guide/programs/") else [one for one in inner if one["title"] != NEXT]
    rows = [[top["title"], f"{page}.html", "the guide", top["sentence"], top["words"]]]
    return rows + [[one["title"], f"{page}.html#{one['id']}", top["title"], one["sentence"], one["words"]] for one in inner]


def write(script: Path, begins: str, due: dict[str, list[list]]) -> None:
    """Write rows as a script, a row a line; `begins` says to what it gives them."""
    lists = (f'"{kind}": [\n' + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]" for kind, rows in due.items())
    script.write_text(f"{begins}{{{','.join(lists)}}};\n", encoding="utf-8")


def read(script: Path, begins: str) -> dict[str, list[list]]:
    """The rows as the script has them."""
    found: dict[str, list[list]] = json.loads(script.read_text(encoding="utf-8").removeprefix(begins).rstrip(";\n"))
    return found
