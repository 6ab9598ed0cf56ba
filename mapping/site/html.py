"""A page of HTML goes in; what a reader sees of it comes out: the text of each `<pre>`, names, names said to be absent."""

from __future__ import annotations

import hashlib
from html.parser import HTMLParser
from pathlib import Path

from ..run.cache import Cache
from ..run.terms import NAME


class Page(HTMLParser):
    """What a page of HTML shows: the text of each `<pre>`, the names in other text, the names said to be absent."""

    def __init__(self) -> None:
        super().__init__()
        self.pres: list[str] = []
        self.text: list[str] = []
        self.absent: list[str] = []
        self.mode = "text"  # or "pre", "absent", "hidden"
        self.stack: list[tuple[str, str]] = []  # open tags, each with the mode around it

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BLOCKS:
            self.text.append("\n")
        self.text += [f"\n{value}\n" for key, value in attrs if key in ("alt", "title") and value]
        if tag in VOID:
            return
        self.stack.append((tag, self.mode))
        if tag == "pre":
            self.pres.append("")
            self.mode = "pre"
        elif self.mode == "text" and tag in HIDDEN:
            self.mode = "hidden"
        elif self.mode == "text" and "absent" in (dict(attrs).get("class") or "").split():
            self.mode = "absent"

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self.text.append("\n")
        while any(tag == open_ for open_, _ in self.stack):
            closed, self.mode = self.stack.pop()
            if closed == tag:
                break

    def handle_data(self, data: str) -> None:
        if self.mode == "pre":
            self.pres[-1] += data
        elif self.mode == "absent":
            self.absent.append(data)
            self.text.append(" ")
        elif self.mode == "text":
            self.text.append(data)

    @property
    def names(self) -> set[str]:
        return set(NAME.findall("".join(self.text)))


HIDDEN = {"script", "style", "title"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
BLOCKS = {"p", "li", "td", "th", "tr", "div", "section", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "br", "nav", "a"}


def content(raw: bytes) -> dict:
    """What a page of HTML shows: its `pres`, `names` and `absent`."""
    html = Page()
    html.feed(raw.decode("utf-8"))
    return {"pres": html.pres, "names": sorted(html.names), "absent": html.absent}


def all_contents(paths: list[Path], cache: Cache) -> list[dict]:
    """What each page shows; from `cache` where its very bytes were read before."""
    raws = [path.read_bytes() for path in paths]
    questions = [hashlib.sha256(raw).hexdigest() for raw in raws]
    found = {question: (one or content(raw), one is None) for question, one, raw in zip(questions, cache.get_all("page", questions), raws)}
    cache.put("page", ((question, one) for question, (one, new) in found.items() if new))
    return [found[question][0] for question in questions]
