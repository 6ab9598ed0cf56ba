"""A page of HTML goes in; what a reader sees of it comes out: the text of each `<pre>`, names, names said to be absent."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from lxml import etree

from ..run.cache import Cache
from ..run.terms import NAME


class Page:
    """What a page of HTML shows: the text of each `<pre>`, the names in other text, the names said to be absent; a parser's target."""

    def __init__(self) -> None:
        self.pres: list[str] = []
        self.text: list[str] = []
        self.absent: list[str] = []
        self.mode = "text"  # or "pre", "absent", "hidden"
        self.stack: list[tuple[str, str]] = []  # open tags, each with the mode around it

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in BLOCKS:
            self.text.append("\n")
        self.text += [f"\n{attributes[key]}\n" for key in ("alt", "title") if attributes.get(key)]
        if tag in VOID:
            return
        self.stack.append((tag, self.mode))
        if tag == "pre":
            self.pres.append("")
            self.mode = "pre"
        elif self.mode == "text" and tag in HIDDEN:
            self.mode = "hidden"
        elif self.mode == "text" and "absent" in attributes.get("class", "").split():
            self.mode = "absent"

    def end(self, tag: str) -> None:
        if tag in BLOCKS:
            self.text.append("\n")
        while any(tag == open_ for open_, _ in self.stack):
            closed, self.mode = self.stack.pop()
            if closed == tag:
                break

    def data(self, data: str) -> None:
        if self.mode == "pre":
            self.pres[-1] += data
        elif self.mode == "absent":
            self.absent.append(data)
            self.text.append(" ")
        elif self.mode == "text":
            self.text.append(data)

    def close(self) -> dict:
        return {"pres": self.pres, "names": sorted({*NAME.findall("".join(self.text))}), "absent": self.absent}


HIDDEN = {"script", "style", "title"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
BLOCKS = {"p", "li", "td", "th", "tr", "div", "section", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "br", "nav", "a"}


def content(raw: bytes) -> dict:
    """What a page of HTML shows: its `pres`, `names` and `absent`."""
    shown: dict = etree.fromstring(raw, etree.HTMLParser(target=Page(), encoding="utf-8"))
    return shown


def all_contents(paths: list[Path], cache: Cache) -> list[dict]:
    """What each page shows; from `cache` where its very bytes were read before."""
    raws = [path.read_bytes() for path in paths]
    questions = [hashlib.sha256(raw).hexdigest() for raw in raws]
    found = {question: (one or content(raw), one is None) for question, one, raw in zip(questions, cache.get_all("page", questions), raws)}
    cache.put("page", ((question, one) for question, (one, new) in found.items() if new))
    return [found[question][0] for question in questions]
