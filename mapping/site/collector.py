"""Doctrees go in; what each page claims comes out: its blocks with their place in the source, the names in its text."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment.collectors import EnvironmentCollector

from ..dataset.problems import Problem
from ..facts import code
from ..run import blocks
from ..run.terms import NAME
from . import content, finder, gate, sentences


@dataclass
class Seen:
    """What one page claims: its blocks, each with its scope and side, the names in its text, its sections; and where it was read."""

    blocks: list[tuple[blocks.Block, str, str]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)  # code in its text, with the first place where it stands
    links: list[tuple[str, str, str]] = field(default_factory=list)  # code that is a link, its target, its place
    marks: list[tuple[str, str, str]] = field(default_factory=list)  # verdicts written by hand, the entry, the place
    unshown: list[tuple[str, str, str]] = field(default_factory=list)  # sentences, what of each no block shows, where each stands
    problems: list[Problem] = field(default_factory=list)
    sections: list[dict] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)  # from which it was read, each with a digest

    @staticmethod
    def name(names: dict[str, str], text: str, place: str) -> None:
        """Keep every name in a text, with the first place where it stands."""
        for name in NAME.findall(text):
            names.setdefault(name, place)


class Collector(EnvironmentCollector):
    """Keeps what each page claims on the environment, page by page, so that unchanged pages are not read again.

    Whether a page has changed is told by the bytes of its files: their times may be older than what they replace, or fall
    into the moment in which the page is read.
    """

    def get_outdated_docs(self, app: Sphinx, env: Any, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
        return [docname for docname, seen in seen_of(env).items() if any(digest_of(path) != digest for path, digest in seen.files.items())]

    def clear_doc(self, app: Sphinx, env: Any, docname: str) -> None:
        seen_of(env).pop(docname, None)
        page = str(env.doc2path(docname))
        env.mapping_before[docname] = {page: digest_of(page)}

    def merge_other(self, app: Sphinx, env: Any, docnames: Set[str], other: Any) -> None:
        for docname in docnames:
            seen_of(env)[docname] = seen_of(other)[docname]

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        env = app.env
        root = Path(app.config.mapping_root)
        before = env.mapping_before[env.docname]
        files = [*map(Path, before), *(Path(app.srcdir, d) for d in sorted(map(str, env.dependencies[env.docname])))]
        seen = seen_of(env)[env.docname] = look(doctree, env.docname, Sources(files, root))
        seen.files = {str(path): digest_of(path) for path in files} | before


def digest_of(path: str | Path) -> str:
    """A digest of a file's bytes; nothing where there is none."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return ""


def seen_of(env: Any) -> dict[str, Seen]:
    if not hasattr(env, "mapping_seen"):
        env.mapping_seen = {}
    return env.mapping_seen


class Sources:
    """The files from which a page is made, to find where a block is written: docutils' lines drift."""

    def __init__(self, files: list[Path], root: Path):
        self.texts, self.signs = {}, []
        for file in files:
            if file.suffix in (".md", ".rst", ".txt", ".py", "") and file.is_file():
                name = os.path.relpath(file, root).replace(os.sep, "/")
                lines = file.read_text(encoding="utf-8").split("\n")
                self.texts[name] = [plain(line) for line in lines]
                if sentences.GENERATED not in f"/{name}":
                    self.signs += [(name, number, sign) for number, line in enumerate(lines, 1) if (sign := content.unseen(line))]
        self.first = next(iter(self.texts), "")
        self.used: set[tuple[str, int]] = set()

    def find(self, text: str, near: int = 0) -> tuple[str, int]:
        """File and line (from 1) of a block's first line, the nearest not yet given to another block."""
        wanted = [plain(line) for line in text.rstrip("\n").split("\n")]
        places = [
            (abs(start - near) if name == self.first else 0, name, start)
            for name, lines in self.texts.items()
            for start in range(len(lines) - len(wanted) + 1)
            if lines[start : start + len(wanted)] == wanted and (name, start) not in self.used
        ]
        if not places:
            return self.first, max(near, 1)
        _, name, start = min(places)
        self.used.add((name, start))
        return name, start + 1


def plain(line: str) -> str:
    """A line without what nesting adds to it: indentation and the marks of a quotation."""
    return line.strip().lstrip("> ").strip()


def look(doctree: nodes.document, page: str, sources: Sources) -> Seen:
    """Everything that a page claims."""
    seen = Seen(sections=finder.sections(doctree))
    for node in doctree.findall():
        if isinstance(node, (nodes.literal_block, nodes.doctest_block)):
            text = node.astext()
            if "scope" in node:
                block = blocks.Block(page, sources.first, node.line or 1, text, "pycon")
            else:
                block = blocks.Block(page, *sources.find(text, node.line or 0), text, node.get("language", ""))
            seen.blocks.append((block, node.get("scope", ""), node.get("side", "")))
            if block.kind in blocks.DATA:
                seen.name(seen.names, text, f"{block.source}:{block.line}")
        elif isinstance(node, nodes.raw) and "html" in node.get("format", ""):
            name, line = sources.find(node.astext().strip().split("\n")[0], node.line or 0)
            seen.problems.append(gate.raw_html(name, line, page))
        elif isinstance(node, nodes.image):
            seen.name(seen.names, node.get("alt", ""), f"{sources.first}:{line_of(node)}")
        elif isinstance(node, nodes.Text) and not in_block(node):
            _look_at_text(seen, node, f"{sources.first}:{line_of(node)}")
        elif isinstance(node, nodes.strong) and "verdict" in node["classes"] and (entry := content.marked(node)):
            seen.marks.append((node.astext(), entry, f"{sources.first}:{line_of(node)}"))
        elif type(node).__name__ == "index":
            seen.name(seen.names, " ".join(entry[1] for entry in node["entries"]), f"{sources.first}:{line_of(node)}")
    for what, node in content.misplaced(doctree, page):
        seen.problems.append(gate.misplaced(sources.first, line_of(node), page, what))
    seen.problems += [gate.unseen(name, line, page, sign) for name, line, sign in sources.signs]
    seen.unshown = [(text, what, f"{sources.first}:{line_of(node)}") for text, what, node in sentences.unshown(doctree, page)]
    return seen


def _look_at_text(seen: Seen, node: nodes.Text, place: str) -> None:
    """The names in a text; what code in it claims; the target, where that is a link."""
    text, literal = node.astext(), isinstance(node.parent, nodes.literal)
    if "absent" in node.parent.get("classes", []):
        own = [f"mlx.core.array.{name}" for name in code.read(text).attributes[:1]] if not NAME.search(text) else []
        for name in [*own, *NAME.findall(text)]:
            seen.absent.setdefault(name, place)
        return
    seen.name(seen.names, text, place)
    if literal and "entry" not in node.parent:
        seen.codes.setdefault(text, place)
        known = {code.whole(name) for name in NAME.findall(text)}
        for name in code.read(text).names:
            if name not in known:  # written with blanks, or under a name of its own
                seen.names.setdefault(name, place)
    link = node.parent.parent if literal else node.parent
    if isinstance(link, nodes.Element) and (target := link.get("reftarget") or link.get("refuri")):
        seen.links.append((text, str(target), place))


def in_block(node: nodes.Text) -> bool:
    return isinstance(node.parent, (nodes.literal_block, nodes.doctest_block, nodes.raw, nodes.comment))


def line_of(node: nodes.Node) -> int:
    while node is not None:
        if getattr(node, "line", None):
            return node.line
        node = node.parent
    return 1
