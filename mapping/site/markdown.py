"""A page's doctree, its references resolved by Sphinx, goes in; plain Markdown (CommonMark and GFM) for agents comes
out. Code comes out to the letter, and `fences` finds it again."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable
from functools import partial
from itertools import groupby, product, zip_longest
from urllib.parse import quote

from docutils import nodes

Link = Callable[[str], str]
TOO_BIG_FOR_A_CELL = (nodes.literal_block, nodes.doctest_block, nodes.math_block, nodes.table, nodes.Admonition)
OWN_LINES = (nodes.paragraph, nodes.Sequential, *TOO_BIG_FOR_A_CELL)
TERMS = (nodes.term, nodes.classifier, nodes.field_name)
SPECIAL = r"""
    [`*~$]
    | \\ (?= [!-/:-@\[-`{-~] | \Z )       # a backslash that would escape what follows
    | (?<! [^\W_] ) _ | _ (?! [^\W_] )    # snake_case needs no escape
    | < (?= [A-Za-z/!?] | \Z )
    | & (?= \#? \w+ ; )
    | \] (?= [(:] ) | \[ (?= \^ )
"""
IN_TEXT = re.compile(SPECIAL, re.VERBOSE)
IN_LINK = re.compile(rf"[\[\]] | {SPECIAL}", re.VERBOSE)
AT_START = re.compile(
    r"""\A (?: ( \d{1,9} (?= [.)] (?:\s|\Z) ) )    # would begin a numbered list
    | (?= (?: [-+] | \#{1,6} ) (?:\s|\Z) | > | [-=]+ \s* \Z | \[[ xX]\] \s )    # a list, heading, quote, rule, task
    )""",
    re.VERBOSE,
)
LIST_ITEM = re.compile(r"(-|\d+\.)(?: |$)", re.MULTILINE)
FENCE = re.compile(r"((?:[ >]|[-*+] |\d{1,9}[.)] |\[\^[^\]]+\]: )*)(`{3,}|~{3,})([^`]*)")


def markdown(doctree: nodes.document, link: Link) -> str:
    """The page as Markdown. `link` gives the address to write for each address in the doctree.

    A table with code in a cell becomes a list, an item for each row. Every section gets an anchor of its first id; a name in
    code, such as an alias in a table, of each that it has.
    """
    return _blocks(doctree, link) + "\n"


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
        elif re.fullmatch(closing, inner := inside(prefix, line)):
            closing = ""
        else:
            found[-1][1].append(inner)
    return [(info, "\n".join(lines)) for info, lines in found]


def inside(prefix: str, line: str) -> str:
    """A line inside a fence that opened behind `prefix`: quote marks and as much indentation go."""
    at = 0
    for mark in re.sub(r"\[\^[^\]]+\]: ", "    ", prefix):
        at += line[at : at + 1] == (">" if mark == ">" else " ")
    return line[at:]


def _blocks(children: Iterable[nodes.Node], link: Link) -> str:
    parts: list[str] = []
    for inline, group in groupby(children, _is_inline):
        run = list(group)
        parts += [_line(run, link)] if inline else [_render(BLOCK, child, link) for child in run]
    return _joined(parts)


def _is_inline(node: nodes.Node) -> bool:
    inline = isinstance(node, (nodes.Text, nodes.Inline)) and type(node).__name__ not in BLOCK
    return inline and not _holds(node, OWN_LINES)


def _holds(node: nodes.Node, kinds: tuple[type, ...]) -> bool:
    return any(isinstance(inner, kinds) for child in node.children for inner in child.findall())


def _render(table: dict[str, Callable], node: nodes.Node, link: Link) -> str:
    """A node by the name of its class, or of the nearest class that it derives from."""
    return next(table[cls.__name__] for cls in type(node).__mro__ if cls.__name__ in table)(node, link)


def _joined(parts: Iterable[str]) -> str:
    """Blocks with a blank line between; two lists in a row would be read as one without a comment."""
    whole: list[str] = []
    for part in filter(None, parts):
        first = LIST_ITEM.match(part)
        last = LIST_ITEM.match(re.findall(r"^\S.*", whole[-1], re.MULTILINE)[-1]) if first and whole else None
        if first and last and (first[1] == "-") == (last[1] == "-"):
            whole.append("<!-- -->")
        whole.append(part)
    return "\n\n".join(whole)


def _prefixed(text: str, prefix: str) -> str:
    return "\n".join(prefix + line if line else prefix.rstrip() for line in text.split("\n"))


def _line(children: Iterable[nodes.Node], link: Link) -> str:
    """A paragraph, as one line."""
    return AT_START.sub(r"\1\\", _inlines(children, link).strip())


def _paragraph(node: nodes.Element, link: Link) -> str:
    return (_blocks if _holds(node, OWN_LINES) else _line)(node, link)


def _title(node: nodes.title, link: Link) -> str:
    """A section's heading, or the bold title of a topic, table or admonition."""
    if not isinstance(node.parent, nodes.section):
        return _label(node, link)
    text = re.sub(r"(?<!\S)#+$", r"\\\g<0>", _inlines(node, link).strip())
    ids = node.parent["ids"]
    anchor = _anchors(ids[:1]) + "\n" if ids else ""
    return f"{anchor}{'#' * min(_depth(node, nodes.section), 6)} {text}"


def _anchors(ids: list[str]) -> str:
    """What links to these ids find; Markdown gives only headings an address."""
    return "".join(f'<a id="{name}"></a>' for name in ids)


def _depth(node: nodes.Node, kind: type) -> int:
    """How many nodes of that kind stand around this one."""
    depth = 0
    while node := node.parent:
        depth += isinstance(node, kind)
    return depth


def _label(node: nodes.Element, link: Link) -> str:
    """A line in bold: a tab's label, a dropdown's summary, a caption."""
    return _bold(_inlines(node, link).strip())


def _bold(text: str) -> str:
    return f"**{text}**" if text and "**" not in text else text


def _container(node: nodes.container, link: Link) -> str:
    return _bold(_blocks(node, link)) if node.get("design_component") == "card-title" else _blocks(node, link)


def _code_block(node: nodes.Element, link: Link) -> str:
    text, language = node.astext().rstrip("\n"), node.get("language", "")
    info = "pycon" if text.startswith(">>>") else "" if language in ("none", "default") else language
    ticks = _ticks(text, 3)
    return f"{ticks}{info}\n{text}\n{ticks}"


def _ticks(text: str, least: int) -> str:
    """A run of backticks longer than any in the text."""
    return "`" * max([least, *(len(run) + 1 for run in re.findall("`+", text))])


def _admonition(node: nodes.Element, link: Link) -> str:
    name = "" if isinstance(node.next_node(), nodes.title) else node.tagname.capitalize().replace("Seealso", "See also")
    return _prefixed(_joined([_bold(name), _blocks(node, link)]), "> ")


def _footnote(node: nodes.footnote, link: Link) -> str:
    label, *rest = node
    return f"[^{label.astext()}]: " + _prefixed(_blocks(rest, link), "    ").lstrip(" ")


def _list(items: list[str], start: int | None = None) -> str:
    """Items behind numbers from `start`, or behind dashes; tight where no item has a blank line in it."""
    lines = []
    for at, item in enumerate(items):
        mark = "- " if start is None else f"{start + at}. "
        lines.append((mark + _prefixed(item, " " * len(mark)).lstrip(" ")).rstrip(" "))
    return ("\n\n" if any("\n\n" in item for item in items) else "\n").join(lines)


def _item(node: nodes.Element, link: Link) -> str:
    """An item's blocks; a tight list comes right after the item's one line."""
    if len(node) == 2 and isinstance(node[0], nodes.paragraph) and isinstance(node[1], nodes.bullet_list):
        text, inner = _blocks(node[:1], link), _blocks(node[1:], link)
        return f"{text}\n{inner}" if text and "\n\n" not in inner else _joined([text, inner])
    return _blocks(node, link)


def _pair(node: nodes.Element, link: Link) -> str:
    """A definition or a field: its terms in bold, then the rest."""
    terms = [_inlines(part, link).strip() for part in node if isinstance(part, TERMS)]
    return _joined([_bold(" : ".join(terms)), _blocks([part for part in node if not isinstance(part, TERMS)], link)])


def _toctree(node: nodes.Element, link: Link) -> str:
    """The pages of a visible table of contents that Sphinx has not resolved yet."""
    titles = getattr(getattr(node.document.settings, "env", None), "titles", {})
    items = []
    for title, name in [] if node.get("hidden") else node["entries"]:
        page = node["parent"] if name == "self" else name
        text = title or (titles[page].astext() if page in titles else page)
        home = posixpath.dirname(node["parent"]) or "."
        address = page if "://" in page else posixpath.relpath(page, home) + ".html"
        items.append(f"[{_escaped(text, IN_LINK)}]({_address(address, link)})")
    return _joined([_bold(_escaped(node.get("caption") or "", IN_TEXT)), _list(items)]) if items else ""


def _table(node: nodes.table, link: Link) -> str:
    """A GFM table; where a cell holds what a line cannot, a list with an item for each row."""
    title = _blocks([part for part in node if isinstance(part, nodes.title)], link)
    heads, rows = _rows(node.next_node(nodes.thead)), _rows(node.next_node(nodes.tbody))
    if any(entry and _holds(entry, TOO_BIG_FOR_A_CELL) for row in heads + rows for entry in row):
        return _joined([title, _listed(heads, rows, link)])
    head, *body = [[_cell(entry, link) for entry in row] for row in (heads or [[None] * len(rows[0])]) + rows]
    lines = [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *body)]
    return _joined([title, "\n".join(lines)])


def _rows(part: nodes.Element | None) -> list[list[nodes.entry | None]]:
    """The rows of a table's head or body; None stands where an entry reaches into a further cell."""
    grid: dict[tuple[int, int], nodes.entry | None] = {}
    rows = list(part or ())
    for y, row in enumerate(rows):
        x = 0
        for entry in row:
            while (y, x) in grid:
                x += 1
            down, right = entry.get("morerows", 0), entry.get("morecols", 0)
            grid |= dict.fromkeys(product(range(y, y + down + 1), range(x, x + right + 1)))
            grid[y, x] = entry
    width = max((x + 1 for _, x in grid), default=0)
    return [[grid.get((y, x)) for x in range(width)] for y in range(len(rows))]


def _cell(entry: nodes.entry | None, link: Link) -> str:
    text = _blocks(entry, link) if entry else ""
    return re.sub(r"(?:<br>)?\n+", "<br>", text).replace("|", r"\|")


def _listed(heads: list[list], rows: list[list], link: Link) -> str:
    """Each row as an item, each cell behind its column's heading in bold."""
    if len(heads) != 1 or any(entry and _holds(entry, TOO_BIG_FOR_A_CELL) for entry in heads[0]):
        heads, rows = [[]], heads + rows
    labels = [_bold(_blocks(entry, link)) if entry else "" for entry in heads[0]]
    items = []
    for row in rows:
        cells = [(label, _blocks(entry, link)) for label, entry in zip_longest(labels, row, fillvalue="") if entry]
        items.append(_joined(part for label, text in cells if text for part in (label, text)))
    return _list(items)


def _inlines(children: Iterable[nodes.Node], link: Link) -> str:
    text = ""
    for child in children:
        piece = _render(INLINE, child, link)
        if text.endswith("!") and piece.startswith("["):  # would be an image
            text = text[:-1] + r"\!"
        elif text.endswith("]") and piece.startswith(("(", ":")):  # would be a link, or a definition
            text += "\\"
        elif text.endswith(("`", "*")) and piece.startswith(text[-1]):  # two marks would be read as one
            text += "<!-- -->"
        text += piece
    return text


def _text(node: nodes.Text, link: Link) -> str:
    return _escaped(node.astext(), IN_LINK if _depth(node, nodes.reference) else IN_TEXT)


def _escaped(text: str, special: re.Pattern[str]) -> str:
    return special.sub(r"\\\g<0>", re.sub(r"\s*\n\s*", " ", text))


def _marked(node: nodes.Element, link: Link, mark: str) -> str:
    """Text between two marks; blanks at its ends go outside."""
    text = _inlines(node, link)
    core = text.strip()
    return text.replace(core, f"{mark}{core}{mark}", 1) if core else text


def _code(node: nodes.Element, link: Link) -> str:
    text = node.astext().replace("\n", " ")
    ticks = _ticks(text, 1)
    pad = " " if text.strip() and (text[0] == "`" or text[-1] == "`" or text[0] == text[-1] == " ") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}" if text else ""


def _tagged(node: nodes.Element, link: Link) -> str:
    """Text that only HTML can raise or lower: 10 to the power of 6 is not 106."""
    tag = {"subscript": "sub", "superscript": "sup"}[node.tagname]
    return f"<{tag}>{_inlines(node, link)}</{tag}>"


def _reference(node: nodes.reference, link: Link) -> str:
    text = _inlines(node, link)
    if "legend" in node["classes"]:  # a badge: what it means is told once
        return text
    address = node.get("refuri") or (f"#{node['refid']}" if node.get("refid") else "")
    return f"[{text}]({_address(address, link)})" if text and address else text


def _address(address: str, link: Link) -> str:
    return re.sub(r"[\s()<>\\]", lambda match: quote(match[0]), link(address))


# How each class of node is rendered, by its name, so that Sphinx and its extensions are not needed here. "Node" is any.
DROPPED = dict.fromkeys(["comment", "substitution_definition"], lambda node, link: "")
BLOCK: dict[str, Callable[[nodes.Node, Link], str]] = {
    **DROPPED,
    **dict.fromkeys(["rubric", "caption", "sd_tab_label", "dropdown_title"], _label),
    **dict.fromkeys(["literal_block", "doctest_block"], _code_block),
    **dict.fromkeys(["definition_list", "field_list"], lambda node, link: _list([_pair(item, link) for item in node])),
    **dict.fromkeys(["desc", "versionmodified"], _blocks),  # Sphinx calls them admonitions
    "Admonition": _admonition,
    "TextElement": _paragraph,
    "block_quote": lambda node, link: _prefixed(_blocks(node, link), "> "),
    "bullet_list": lambda node, link: _list([_item(item, link) for item in node]),
    "container": _container,
    "desc_signature": lambda node, link: _bold(_code(node, link)),
    "enumerated_list": lambda node, link: _list([_item(item, link) for item in node], node.get("start", 1)),
    "footnote": _footnote,
    "line_block": lambda node, link: "<br>\n".join(_render(BLOCK, line, link) for line in node),
    "math_block": lambda node, link: f"$$\n{node.astext()}\n$$",
    "table": _table,
    "title": _title,
    "toctree": _toctree,
    "transition": lambda node, link: "" if "footnotes" in node["classes"] else "---",  # MyST's, before footnotes
    "Node": lambda node, link: _blocks(node.children, link),
}
INLINE: dict[str, Callable[[nodes.Node, Link], str]] = {
    **DROPPED,
    **dict.fromkeys(["emphasis", "title_reference"], partial(_marked, mark="*")),
    **dict.fromkeys(["subscript", "superscript"], _tagged),
    "Text": _text,
    "footnote_reference": lambda node, link: f"[^{node.astext()}]",
    "image": lambda node, link: f"![{_escaped(node.get('alt', ''), IN_LINK)}]({_address(node['uri'], link)})",
    "literal": lambda node, link: _anchors(node["ids"]) + _code(node, link),
    "math": lambda node, link: f"${' '.join(node.astext().split())}$",
    "raw": lambda node, link: "<br>" if node.astext().startswith("<br") else "",  # a line that ends in a backslash
    "reference": _reference,
    "strong": partial(_marked, mark="**"),
    "Node": lambda node, link: _inlines(node.children, link),
}
