"""A page's doctree, its references resolved by Sphinx, goes in; plain Markdown (CommonMark and GFM) for agents
comes out. Blocks of code come out exactly as they are, and `fences` finds them again."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from urllib.parse import quote

from docutils import nodes

Link = Callable[[str], str]

CODE = (nodes.literal_block, nodes.doctest_block)
TOO_BIG_FOR_A_CELL = (*CODE, nodes.math_block, nodes.table, nodes.Admonition)
TERMS = (nodes.term, nodes.classifier, nodes.field_name)

SPECIAL = r"""
    [`*~$]
    | \\ (?= [!-/:-@\[-`{-~] | \Z )       # a backslash that would escape what follows
    | (?<! [^\W_] ) _ | _ (?! [^\W_] )    # snake_case needs no escape
    | < (?= [A-Za-z/!?] | \Z )
    | & (?= \#? \w+ ; )
    | \] (?= [(:] ) | \[ (?= \^ ) | ! (?= \[ )
"""
IN_TEXT = re.compile(SPECIAL, re.VERBOSE)
IN_LINK = re.compile(rf"[\[\]] | {SPECIAL}", re.VERBOSE)
AT_START = re.compile(
    r"""( \d{1,9} (?= [.)] (?:\s|$) ) )                                         # would begin a numbered list
    | (?= [-+] (?:\s|$) | \#{1,6} (?:\s|$) | > | [-=]+ \s* $ | \[[ xX]\] \s )   # a list, heading, quote, rule or task
    """,
    re.VERBOSE,
)
LIST_ITEM = re.compile(r"(-|\d+\.)(?: |$)")
FENCE = re.compile(r"((?:[ >]|[-*+] |\d{1,9}[.)] |\[\^[^\]]+\]: )*)(`{3,}|~{3,})([^`]*)")


def markdown(doctree: nodes.document, link: Link) -> str:
    """The page as Markdown. `link` gives the address to write for each address in the doctree.

    Code keeps its text to the letter. A table with code in a cell becomes a list, an item for each row.
    A section whose first id has a dot gets an anchor of that id.
    """
    return _blocks(doctree.children, link) + "\n"


def fences(markdown: str) -> list[tuple[str, str]]:
    """Info string and text of every fenced block of code, in order, nested ones too; the text dedented."""
    found: list[tuple[str, list[str]]] = []
    prefix = closing = ""
    for line in markdown.split("\n"):
        if not closing:
            if opening := FENCE.fullmatch(line):
                prefix, ticks, info = opening.groups()
                closing = rf" {{0,3}}{ticks}{ticks[0]}*[ \t]*"
                found.append((info.strip(), []))
        elif re.fullmatch(closing, inner := _without(prefix, line)):
            closing = ""
        else:
            found[-1][1].append(inner)
    return [(info, "\n".join(lines)) for info, lines in found]


def _without(prefix: str, line: str) -> str:
    """A line inside a fence that opened behind `prefix`: quote marks and as much indentation go."""
    at = 0
    for mark in re.sub(r"\[\^[^\]]+\]: ", "    ", prefix):
        if line[at : at + 1] == (">" if mark == ">" else " "):
            at += 1
    return line[at:]


# Blocks


def _blocks(children: Iterable[nodes.Node], link: Link) -> str:
    parts: list[str] = []
    for inline, run in groupby(children, _is_inline):
        parts += [_line(run, link)] if inline else [_handler(BLOCK, child)(child, link) for child in run]
    return _joined(parts)


def _is_inline(node: nodes.Node) -> bool:
    return isinstance(node, (nodes.Text, nodes.Inline)) and type(node).__name__ not in BLOCK and not _holds(node, CODE)


def _holds(node: nodes.Node, kinds: tuple[type, ...]) -> bool:
    return any(isinstance(inner, kinds) for inner in node.findall())


def _handler(table: dict[str, Callable], node: nodes.Node) -> Callable[[nodes.Node, Link], str]:
    """What renders a node: by the name of its class, or of the nearest class that it derives from."""
    return next(table[cls.__name__] for cls in type(node).__mro__ if cls.__name__ in table)


def _joined(parts: Iterable[str]) -> str:
    """Blocks with a blank line between; two lists in a row would be read as one without a comment."""
    whole: list[str] = []
    for part in filter(None, parts):
        last = LIST_ITEM.match(re.findall(r"^\S.*", whole[-1], re.MULTILINE)[-1]) if whole else None
        first = LIST_ITEM.match(part)
        if first and last and (first[1] == "-") == (last[1] == "-"):
            whole.append("<!-- -->")
        whole.append(part)
    return "\n\n".join(whole)


def _prefixed(text: str, prefix: str) -> str:
    return "\n".join(prefix + line if line else prefix.rstrip() for line in text.split("\n"))


def _nothing(node: nodes.Node, link: Link) -> str:
    return ""


def _children(node: nodes.Element, link: Link) -> str:
    return _blocks(node.children, link)


def _line(children: Iterable[nodes.Node], link: Link) -> str:
    """Running text as one line."""
    return AT_START.sub(r"\1\\", _inlines(children, link).strip(), count=1) if True else ""


def _paragraph(node: nodes.Element, link: Link) -> str:
    return _children(node, link) if _holds(node, CODE) else _line(node.children, link)


def _title(node: nodes.title, link: Link) -> str:
    """A section's heading, or the bold title of a topic, table or admonition."""
    if not isinstance(node.parent, nodes.section):
        return _label(node, link)
    text = re.sub(r"(?<!\S)#+$", r"\\\g<0>", _inlines(node.children, link).strip())
    level = sum(isinstance(outer, nodes.section) for outer in _ancestors(node))
    name = next(iter(node.parent["ids"]), "")
    return (f'<a id="{name}"></a>\n' if "." in name else "") + f"{'#' * min(level, 6)} {text}"


def _ancestors(node: nodes.Node) -> Iterator[nodes.Element]:
    while node := node.parent:
        yield node


def _label(node: nodes.Element, link: Link) -> str:
    """A line in bold: a tab's label, a dropdown's summary, a caption."""
    return _bold(_inlines(node.children, link).strip())


def _bold(text: str) -> str:
    return f"**{text}**" if text and "**" not in text else text


def _container(node: nodes.container, link: Link) -> str:
    return (_label if node.get("design_component") == "card-title" else _children)(node, link)


def _code_block(node: nodes.Element, link: Link) -> str:
    text, language = node.astext(), node.get("language", "")
    info = "pycon" if text.startswith(">>>") else "" if language in ("none", "default") else language
    ticks = _ticks(text, 3)
    return f"{ticks}{info}\n{text}\n{ticks}"


def _ticks(text: str, least: int) -> str:
    """A run of backticks longer than any in the text."""
    return "`" * max([least, *(len(run) + 1 for run in re.findall("`+", text))])


def _math_block(node: nodes.math_block, link: Link) -> str:
    return f"$$\n{node.astext()}\n$$"


def _quote(node: nodes.Element, link: Link) -> str:
    return _prefixed(_children(node, link), "> ")


def _admonition(node: nodes.Element, link: Link) -> str:
    name = node.tagname.capitalize().replace("Seealso", "See also")
    titled = isinstance(next(iter(node.children), None), nodes.title)
    return _prefixed(_joined(["" if titled else _bold(name), _children(node, link)]), "> ")


def _line_block(node: nodes.line_block, link: Link) -> str:
    return "<br>\n".join(_paragraph(line, link) if isinstance(line, nodes.line) else _line_block(line, link) for line in node)


def _rule(node: nodes.transition, link: Link) -> str:
    return "" if "footnotes" in node["classes"] else "---"


def _footnote(node: nodes.footnote, link: Link) -> str:
    label, *rest = node.children
    return f"[^{label.astext()}]: " + _prefixed(_blocks(rest, link), "    ").lstrip(" ")


def _signature(node: nodes.Element, link: Link) -> str:
    return _bold(_code(node.astext()))


# Lists


def _items(markers: Iterable[str], items: list[str]) -> str:
    """A list, tight where no item has a blank line in it."""
    lines = [(mark + _prefixed(item, " " * len(mark)).lstrip(" ")).rstrip(" ") for mark, item in zip(markers, items, strict=False)]
    return ("\n\n" if any("\n\n" in item for item in items) else "\n").join(lines)


def _bullets(node: nodes.bullet_list, link: Link) -> str:
    return _items(["- "] * len(node), [_item(item, link) for item in node])


def _numbers(node: nodes.enumerated_list, link: Link) -> str:
    first = node.get("start", 1)
    return _items([f"{number}. " for number in range(first, first + len(node))], [_item(item, link) for item in node])


def _item(node: nodes.Element, link: Link) -> str:
    """An item's blocks; a tight list comes right after the item's one line."""
    if [type(child) for child in node.children[1:]] == [nodes.bullet_list]:
        text, inner = _blocks(node.children[:1], link), _blocks(node.children[1:], link)
        if isinstance(node[0], nodes.paragraph) and "\n\n" not in inner:
            return f"{text}\n{inner}"
    return _children(node, link)


def _pairs(node: nodes.Element, link: Link) -> str:
    """Definitions or fields: an item for each, the term in bold."""
    items = []
    for item in node:
        terms = [_inlines(part.children, link).strip() for part in item if isinstance(part, TERMS)]
        items.append(_joined([_bold(" : ".join(terms)), _blocks([part for part in item if not isinstance(part, TERMS)], link)]))
    return _items(["- "] * len(items), items)


def _toctree(node: nodes.Element, link: Link) -> str:
    """The pages of a table of contents that Sphinx has not resolved yet."""
    titles = getattr(getattr(node.document.settings, "env", None), "titles", {})
    items = []
    for title, name in [] if node.get("hidden") else node["entries"]:
        page = node["parent"] if name == "self" else name
        home = posixpath.dirname(node["parent"]) or "."
        address = page if "://" in page else posixpath.relpath(page, home) + ".html"
        text = title or (titles[page].astext() if page in titles else page)
        items.append(f"[{_escaped(text, IN_LINK)}]({_address(address, link)})")
    caption = _bold(_escaped(node.get("caption") or "", IN_TEXT))
    return _joined([caption, _items(["- "] * len(items), items)]) if items else ""


# Tables


def _table(node: nodes.table, link: Link) -> str:
    """A GFM table; where a cell holds what a line cannot, a list with an item for each row."""
    title = _blocks([part for part in node if isinstance(part, nodes.title)], link)
    heads, rows = _rows(node.next_node(nodes.thead)), _rows(node.next_node(nodes.tbody))
    entries = [entry for row in heads + rows for entry in row if entry]
    if any(_holds(entry, TOO_BIG_FOR_A_CELL) for entry in entries):
        return _joined([title, _listed(heads, rows, link)])
    head, *body = (heads or [[None] * max(map(len, rows))]) + rows
    lines = [[_cell(entry, link) for entry in head], ["---"] * len(head), *([_cell(entry, link) for entry in row] for row in body)]
    return _joined([title, "\n".join(f"| {' | '.join(cells)} |" for cells in lines)])


def _rows(part: nodes.Element | None) -> list[list[nodes.entry | None]]:
    """The rows of a table's head or body; None stands where an entry reaches into a further cell."""
    rows, reach = [], {}
    for row in part or ():
        cells: list[nodes.entry | None] = []
        waiting = list(row)
        while waiting or reach.get(len(cells)):
            column = len(cells)
            if reach.get(column):
                reach[column] -= 1
                cells.append(None)
            else:
                entry = waiting.pop(0)
                width = 1 + entry.get("morecols", 0)
                reach |= dict.fromkeys(range(column, column + width), entry.get("morerows", 0))
                cells += [entry, *[None] * (width - 1)]
        rows.append(cells)
    return rows


def _cell(entry: nodes.entry | None, link: Link) -> str:
    text = _children(entry, link) if entry else ""
    return re.sub(r"(?:<br>)?\n+", "<br>", text).replace("|", r"\|")


def _listed(heads: list[list], rows: list[list], link: Link) -> str:
    if len(heads) != 1 or any(entry and _holds(entry, TOO_BIG_FOR_A_CELL) for entry in heads[0]):
        heads, rows = [[]], heads + rows
    labels = [_bold(" ".join(_children(entry, link).split()) if entry else "") for entry in heads[0]]
    labels += [""] * max(len(row) - len(labels) for row in rows)
    items = [_joined(part for label, entry in zip(labels, row, strict=False) if entry for part in (label, _children(entry, link))) for row in rows]
    return _items(["- "] * len(items), items)


# Running text


def _inlines(children: Iterable[nodes.Node], link: Link) -> str:
    text = ""
    for child in children:
        piece = _handler(INLINE, child)(child, link)
        if text.endswith("!") and piece.startswith("["):  # would be an image
            text = text[:-1] + r"\!"
        elif text.endswith("]") and piece.startswith(("(", ":")):  # would be a link, or a definition
            text += "\\"
        elif text.endswith(("`", "*")) and piece.startswith(text[-1]):  # two marks would be read as one
            text += "<!-- -->"
        text += piece
    return text


def _inside(node: nodes.Element, link: Link) -> str:
    return _inlines(node.children, link)


def _text(node: nodes.Text, link: Link) -> str:
    linked = any(isinstance(outer, nodes.reference) for outer in _ancestors(node))
    return _escaped(node.astext(), IN_LINK if linked else IN_TEXT)


def _escaped(text: str, special: re.Pattern[str]) -> str:
    return special.sub(r"\\\g<0>", re.sub(r"\s*\n\s*", " ", text))


def _marked(mark: str) -> Callable[[nodes.Element, Link], str]:
    """Renders a node between two marks; blanks at its ends go outside."""

    def render(node: nodes.Element, link: Link) -> str:
        text = _inside(node, link)
        core = text.strip()
        return text.replace(core, f"{mark}{core}{mark}", 1) if core else text

    return render


def _literal(node: nodes.Element, link: Link) -> str:
    return _code(node.astext())


def _code(text: str) -> str:
    text, ticks = text.replace("\n", " "), _ticks(text, 1)
    pad = " " if text.strip() and (text[0] == "`" or text[-1] == "`" or text[0] == text[-1] == " ") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}" if text else ""


def _reference(node: nodes.reference, link: Link) -> str:
    text = _inside(node, link)
    address = node.get("refuri") or (f"#{node['refid']}" if node.get("refid") else "")
    return f"[{text}]({_address(address, link)})" if text and address else text


def _address(address: str, link: Link) -> str:
    return re.sub(r"[\s()<>\\]", lambda match: quote(match[0]), link(address))


def _image(node: nodes.image, link: Link) -> str:
    return f"![{_escaped(node.get('alt', ''), IN_LINK)}]({_address(node['uri'], link)})"


def _math(node: nodes.math, link: Link) -> str:
    return f"${' '.join(node.astext().split())}$"


def _footnote_mark(node: nodes.footnote_reference, link: Link) -> str:
    return f"[^{node.astext()}]"


def _raw(node: nodes.raw, link: Link) -> str:
    """Nothing, but for the break that MyST writes for a line's backslash."""
    return "<br>" if node.astext().startswith("<br") else ""


# By class name, so that neither Sphinx nor its extensions are needed here; the last of each is for all others.
BLOCK: dict[str, Callable] = {
    **dict.fromkeys(["comment", "substitution_definition", "meta"], _nothing),
    **dict.fromkeys(["rubric", "subtitle", "caption", "sd_tab_label", "dropdown_title"], _label),
    **dict.fromkeys(["literal_block", "doctest_block"], _code_block),
    **dict.fromkeys(["definition_list", "field_list"], _pairs),
    **dict.fromkeys(["desc_signature", "production"], _signature),
    **dict.fromkeys(["desc", "versionmodified", "productionlist"], _children),  # admonitions by class alone
    "title": _title, "container": _container, "toctree": _toctree, "math_block": _math_block,
    "block_quote": _quote, "Admonition": _admonition, "line_block": _line_block, "transition": _rule,
    "footnote": _footnote, "bullet_list": _bullets, "enumerated_list": _numbers, "table": _table,
    "TextElement": _paragraph, "Node": _children,
}  # fmt: skip
INLINE: dict[str, Callable] = {
    **dict.fromkeys(["comment", "substitution_definition", "index"], _nothing),
    **dict.fromkeys(["emphasis", "title_reference"], _marked("*")),
    **dict.fromkeys(["literal", "literal_block"], _literal),
    "Text": _text, "strong": _marked("**"), "reference": _reference, "image": _image, "math": _math,
    "footnote_reference": _footnote_mark, "raw": _raw,
    "Node": _inside,
}  # fmt: skip
