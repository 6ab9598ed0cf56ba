"""A page's doctree goes in; each sentence that claims what no block of its section shows comes out.

What is included from the generated pages is shown by runs: it counts as a block. A section's blocks are those of its subsections too;
a dtype or an error may be shown anywhere on the page.
"""

from __future__ import annotations

from collections.abc import Iterator

from docutils import nodes

from ..facts import sentences

BLOCKS = (nodes.literal_block, nodes.doctest_block)
CODE = ("pycon", "python", "python3", "py", "default", "none", None)  # languages of blocks that are run
SILENT = (*BLOCKS, nodes.comment, nodes.raw)
TYPED = str.maketrans({"\u2019": "'", "\u201c": '"', "\u201d": '"', "\n": " "})  # signs as they are typed
GENERATED = "/reference/"  # a part of the path of what is included


def unshown(doctree: nodes.document, page: str) -> Iterator[tuple[str, str, nodes.Node]]:
    """Each such sentence, what of it, and the node in which it stands. Headings and generated pages claim nothing by themselves."""
    if page.startswith(("reference/", "project/")):
        return
    whole = _shown(doctree)
    known: dict[int, sentences.Shown] = {}
    for node, text in _texts(doctree):
        section = _section(node)
        if id(section) not in known:
            known[id(section)] = _shown(section)
            known[id(section)].dtypes |= whole.dtypes
            known[id(section)].errors |= whole.errors
        for sentence, what in sentences.unshown(text, known[id(section)]):
            yield sentence, what, node


def _texts(doctree: nodes.document) -> Iterator[tuple[nodes.Node, str]]:
    """All running text outside headings: paragraphs, cells, captions, titles of cards and admonitions, texts of pictures."""
    for node in doctree.findall():
        heading = isinstance(node, nodes.title) and isinstance(node.parent, nodes.section)
        if isinstance(node, nodes.image):
            yield node, node.get("alt", "")
        elif isinstance(node, BLOCKS) and node.get("language") in CODE:
            yield from ((node, comment) for comment in sentences.comments(node.astext()))
        elif isinstance(node, nodes.TextElement) and not isinstance(node, (nodes.Inline, *SILENT)) and not heading and not generated(node):
            yield node, _text(node)


def _text(node: nodes.Node) -> str:
    """A node's text as it would be written: code in backticks; names said to be absent are proven elsewhere."""
    if isinstance(node, nodes.Text):
        return node.astext().translate(TYPED)
    if isinstance(node, nodes.literal):
        return "" if "absent" in node["classes"] else f"`{node.astext()}`"
    return "".join(map(_text, node.children))


def _section(node: nodes.Node) -> nodes.Node:
    while not isinstance(node, (nodes.section, nodes.document)):
        node = node.parent
    return node


def _shown(part: nodes.Node) -> sentences.Shown:
    """What the blocks and the generated tables in a part of a page show."""
    found = [node.astext() for node in part.findall(nodes.table) if generated(node)]
    for node in part.findall(lambda node: isinstance(node, BLOCKS)):
        text = node.astext()
        for comment in sentences.comments(text) if node.get("language") in CODE else []:
            text = text.replace(comment, "")
        found.append(text)
    return sentences.shown("\n".join(found))


def generated(node: nodes.Node | None) -> bool:
    """Whether a node comes from a generated page: itself, or what holds it within its section."""
    while node is not None and not isinstance(node, (nodes.section, nodes.document)):
        if GENERATED in str(node.source).replace("\\", "/"):
            return True
        node = node.parent
    return False
