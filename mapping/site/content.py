"""A page's doctree goes in; what a page may not be made of, or what of it misleads, comes out: each with its node.

A page is made of a closed list of kinds of content, which the other checks know how to hold to account. What generated pages
say with roles of their own, nobody writes by hand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from docutils import nodes

from ..dataset.model import VERDICTS
from .sentences import BLOCKS, generated

KINDS = {
    *(
        "document",
        "section",
        "title",
        "subtitle",
        "paragraph",
        "Text",
        "emphasis",
        "strong",
        "literal",
        "inline",
        "subscript",
        "superscript",
    ),
    *("literal_block", "doctest_block", "bullet_list", "enumerated_list", "list_item", "block_quote", "comment", "transition"),
    *("definition_list", "definition_list_item", "term", "definition", "container", "compound", "toctree", "index", "image", "caption"),
    *("table", "tgroup", "thead", "tbody", "row", "entry", "colspec", "reference", "target", "pending_xref", "raw", "only", "topic"),
    *("admonition", "attention", "caution", "danger", "error", "hint", "important", "note", "tip", "warning", "seealso"),
    *("footnote", "footnote_reference", "label", "problematic", "system_message"),
    *("rubric", "PassthroughTextElement", "sd_tab_input", "sd_tab_label", "dropdown_main", "dropdown_title"),  # of sphinx-design
}
OWN = {"verdict", "cell", "cell-apart", "cell-agrees", "entry", "absent"}  # classes by which our roles are known
LITERAL = {*OWN, "xref", "any", "doc", "std", "std-ref", "std-doc", "py", "py-obj", "code", "docutils"}  # classes of code in text
LEGEND, CLAIMS = "guide/reading", "guide/claims"  # the pages on which verdicts are explained, and claims judged
LEADS = "legend"  # the class of the link from a badge to where it is explained
CLAIMED = ("true", "half true", "false")
SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
PROMPT = ">>>"
LOOKALIKE = re.compile("[\uff01-\uff5e\U0001d400-\U0001d7ff]")  # signs that look like ASCII


def misplaced(doctree: nodes.document, page: str) -> Iterator[tuple[str, nodes.Node]]:
    """What of a hand-written page does not belong there, in words."""
    if page == CLAIMS:
        yield from _two_marks(doctree)
    for node in doctree.findall():
        if page.startswith("reference/") or generated(node):
            continue
        kind = type(node).__name__
        if kind not in KINDS:
            yield f"a page is not made of `{kind}`: write it as text, a table or a block", node
        elif isinstance(node, nodes.Element):
            yield from ((text, node) for text in _of_element(node, page))
        elif isinstance(node, nodes.Text) and PROMPT in node and not isinstance(node.parent, (*BLOCKS, nodes.raw, nodes.comment)):
            yield f"`{PROMPT}` outside a block is code that nothing runs: make it a block", node


def _of_element(node: nodes.Element, page: str) -> Iterator[str]:
    own = OWN & set(node.get("classes", ()))
    role = role_of(node)
    if isinstance(node, nodes.literal_block) and "scope" in node:
        yield "`side` belongs to an entry's example: write a block"
    elif own and not _in_its_place(role, node, page):
        yield f"{node.astext()!r} looks like what the machine found: only generated pages say it so"
    if isinstance(node, nodes.literal) and not LITERAL.issuperset(node["classes"]):
        yield f"code is written in backticks, without the role `{role or ' '.join(node['classes'])}`"
    if isinstance(node, nodes.image) and SCHEME.match(node["uri"]):
        yield "a picture of another host is a request to it: keep it in the project"
    if isinstance(node, nodes.reference) and (scheme := SCHEME.match(node.get("refuri", ""))) and scheme[0] not in ("https:", "mailto:"):
        yield f"a link begins with https, not with `{scheme[0]}`"
    if type(node).__name__ == "toctree" and any(title or SCHEME.match(target) for title, target in node["entries"]):
        yield "a table of contents names pages, and they have their own titles"


def _in_its_place(role: str, node: nodes.Element, page: str) -> bool:
    """Whether a page may use this role of ours, and the word is one of its own."""
    word = node.astext()
    if role == "absent":
        return True
    if role == "claim":
        return page == CLAIMS and word in CLAIMED
    if role == "corner":
        return page == LEGEND
    words = {"verdict": VERDICTS, "silent": ("silent",)}.get(role, ())
    return word in words and (page == LEGEND or bool(marked(node)))


def marked(node: nodes.Element) -> str:
    """The entry of which a verdict in a hand-written page speaks: the one to which the same paragraph links."""
    part = node.parent.parent if LEADS in node.parent.get("classes", ()) else node.parent
    links = _targets(part) if role_of(node) in ("verdict", "silent") else []
    return links[0] if len(links) == 1 else ""


def _targets(part: nodes.Element) -> list[str]:
    """Where the links in a part of a page lead."""
    links = [one for one in part.findall(nodes.Element) if isinstance(one, nodes.reference) or "reftarget" in one]
    links = [one for one in links if LEADS not in one.get("classes", ())]
    return [str(one.get("reftarget") or one.get("refid", "")).lstrip("#") for one in links]


def role_of(node: nodes.Element) -> str:
    """The role with which a node was written."""
    found = re.match(r":(\w+):", node.rawsource or "")
    return found[1] if found else ""


def _two_marks(doctree: nodes.document) -> Iterator[tuple[str, nodes.Node]]:
    """Claims that have one mark in a table, and another in the section to which the table links."""
    marks: dict[str, str] = {}
    for section in doctree.findall(nodes.section):
        for word in [mark.astext() for part in section if isinstance(part, nodes.paragraph) for mark in part.findall(_is_claim)][:1]:
            marks |= dict.fromkeys([*section["ids"], *section["names"]], word)
    for row in doctree.findall(nodes.row):
        for mark in row.findall(_is_claim):
            for target in _targets(row)[:1]:
                if marks.get(target) != mark.astext():
                    yield f"the mark here is {mark.astext()!r}, and where the link leads, {marks.get(target)!r}", mark


def _is_claim(node: nodes.Node) -> bool:
    return isinstance(node, nodes.strong) and role_of(node) == "claim"


def unseen(line: str) -> str:
    """The first sign of a line that readers cannot see, or take for another; nothing where there is none."""
    if hidden := next((sign for sign in line if not sign.isprintable() and sign not in "\t\u00a0"), ""):
        return hidden
    if found := LOOKALIKE.search(line):
        return found[0]
    for word in re.findall(r"[^\W\d_]+", line) if not line.isascii() else ():
        strange = [sign for sign in word if sign.isalpha() and not unicodedata.name(sign, "").startswith(("LATIN", "MICRO"))]
        if strange and any(sign.isascii() for sign in word):
            return strange[0]
    return ""
