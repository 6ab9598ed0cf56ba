"""A page's twin goes in, as it is published; its sections come out, and its text with other links or with none."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .markdown import FENCE, inside

CODE_OR_LINK = re.compile(
    r"""\\. | (`+)(?!`) .*? (?<!`)\1(?!`)    # what looks like a link in code is none
    | !?\[ (?P<text> (?: `[^`]*` | \\. | [^\[\]\\`] )* ) \]\( (?P<address>[^)\s]*) \)""",
    re.VERBOSE,
)
ANCHORS = re.compile(r'(?:<a id="([^"]+)"></a>)')
FOOT = "\n---\n\nVerified with "  # what stands below every twin
Change = Callable[[str, str], str]


@dataclass(frozen=True)
class Block:
    """A paragraph, an item, a table or a fence of code, as it stands in the twin."""

    text: str
    code: bool = False


@dataclass(frozen=True)
class Section:
    """A heading with what stands below it, up to the next heading."""

    page: str
    level: int
    title: str
    anchor: str
    blocks: tuple[Block, ...]

    @property
    def lead(self) -> str:
        """Its first paragraph, without links; nothing where it begins with something else."""
        first = self.blocks[0] if self.blocks else Block("", True)
        return "" if first.code or re.match(r"[|>!]|[-*] |\d+\. ", first.text) else unlinked(first.text)

    @property
    def url(self) -> str:
        """Its address in the site's HTML."""
        return f"{self.page}.html#{self.anchor}"

    @property
    def twin(self) -> str:
        """Its address in the site's Markdown."""
        return f"{self.page}.md#{self.anchor}"


def body(twin: str) -> str:
    """A twin without its foot."""
    return twin.rpartition(FOOT)[0] or twin


def sections(page: str, twin: str) -> list[Section]:
    """The sections of a page, in order."""
    heads: list[tuple[int, str, str]] = []
    parts: list[list[Block]] = []
    run: list[str] = []
    anchor = ""

    def close(code: bool = False) -> None:
        if parts and any(run):
            parts[-1].append(Block("\n".join(run), code))
        run.clear()

    fenced = False
    for line, prefix in lines(body(twin)):
        if (prefix == "") != fenced:  # a fence of its own begins or ends
            close(fenced)
            fenced = prefix == ""
        if prefix is not None:
            run.append(line)
        elif heading := re.match(r"(#{1,6}) (.*)", line):
            close()
            heads.append((len(heading[1]), unlinked(heading[2]), anchor))
            parts.append([])
        elif ANCHORS.match(line) and not ANCHORS.sub("", line):
            anchor = ANCHORS.findall(line)[0]
        elif line:
            run.append(line)
        else:
            close()
    close(fenced)
    return [Section(page, *head, tuple(blocks)) for head, blocks in zip(heads, parts)]


def lines(text: str) -> Iterator[tuple[str, str | None]]:
    """Each line, with what stands before the fence that it belongs to; None outside of all fences."""
    prefix: str | None = None
    closing = ""
    for line in text.split("\n"):
        if prefix is None:
            if opening := FENCE.fullmatch(line):
                prefix, ticks = opening[1], opening[2]
                closing = rf" {{0,3}}{ticks}{ticks[0]}*[ \t]*"
            yield line, prefix
        else:
            yield line, prefix
            if re.fullmatch(closing, inside(prefix, line)):
                prefix = None


def links(text: str) -> Iterator[str]:
    """The address of each link and picture."""
    for line, prefix in lines(text):
        if prefix is None and "](" in line:
            yield from (found["address"] for found in CODE_OR_LINK.finditer(line) if found["address"])


def relinked(text: str, change: Change) -> str:
    """The text with each link put through `change`, by its words and its address; a picture goes where no link comes out."""

    def other(found: re.Match[str]) -> str:
        if found["address"] is None:
            return found[0]
        new = change(found["text"], found["address"])
        return new if found[0][0] == "[" else f"!{new}" if new.startswith("[") else ""

    whole = ((line, prefix is None and "](" in line) for line, prefix in lines(text))
    return "\n".join(CODE_OR_LINK.sub(other, line) if has else line for line, has in whole)


def rebased(text: str, page: str, outer: str = ".") -> str:
    """A page's text with its links as they read from a file in the folder `outer`."""

    def change(words: str, address: str) -> str:
        if "://" in address or address.startswith("mailto:"):
            return f"[{words}]({address})"
        path, mark, place = address.partition("#")
        whole = posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else f"{page}.md"
        return f"[{words}]({posixpath.relpath(whole, outer)}{mark}{place})"

    return relinked(text, change)


def unlinked(text: str) -> str:
    """A text with the words of its links alone, without anchors and pictures."""
    return relinked(ANCHORS.sub("", text), lambda words, address: words)
