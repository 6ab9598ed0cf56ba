"""Roles and a directive of the generated pages: verdicts, absent names, entries, cells, the sides of an example."""

from __future__ import annotations

from docutils import nodes
from docutils.parsers.rst.directives.tables import CSVTable
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.osutil import relative_uri

from . import pages
from .records import Records


class VerdictRole(SphinxRole):
    """{verdict}`differs`, {silent}`silent`, {corner}`corner: NaN`, {claim}`false`: a word that is coloured by its meaning, and
    leads to where that is told."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        text = self.text.strip()
        word = text.partition(":")[0].replace(" ", "-")
        badge = nodes.strong(self.rawtext, text, classes=["verdict", f"verdict-{word}"])
        page, mark, place = LEGENDS[self.name].partition("#")  # `relative_uri` drops what follows the sign
        address = relative_uri(f"{self.env.docname}.html", page) + mark + place
        return [nodes.reference("", "", badge, refuri=address, internal=True, classes=["legend"])], []


LEGENDS = {
    "verdict": "guide/reading.html#reading-verdicts",
    "silent": "guide/reading.html#reading-silent",
    "corner": "guide/reading.html#reading-silent",
    "claim": "guide/claims.html",
}


class RecordsDirective(SphinxDirective):
    """Where it is told which machines have run what."""

    def run(self) -> list[nodes.Node]:
        return [Records()]


class AbsentRole(SphinxRole):
    """{absent}`mx.copy`: a name that does not exist, and is proven not to."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        return [nodes.literal(self.rawtext, self.text, classes=["absent"])], []


class EntryRole(SphinxRole):
    """{entry}`numpy.sum` in a heading: gives the section the name as its id, and Sphinx a Python object."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        verdict = self.env.mapping_verdicts.get(self.text, "")
        node = nodes.literal(self.rawtext, pages.title(self.text), classes=["entry", *([f"is-{verdict}"] if verdict else [])])
        node["entry"] = self.text
        return [node], []


class RowRole(SphinxRole):
    """{gone}`numpy.trapz`, a name that NumPy had, proven absent as others are; {own}`mlx.core.eval`, a name of MLX: a row that
    what finds the name leads to."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        classes = ["absent"] if self.name == "gone" else []
        return [nodes.literal(self.rawtext, pages.title(self.text), classes=classes, ids=[self.text])], []


class CellsRole(SphinxRole):
    """{cells}`int32, bool dtype`: what the matrix showed under each label, agreement where nothing follows it."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        found: list[nodes.Node] = []
        for part in self.text.split(", "):
            label, _, kinds = part.partition(": ")
            found += [nodes.Text(", ")] if found else []
            found.append(nodes.inline(part, f"{label} {kinds}".strip(), classes=["cell", "cell-apart" if kinds else "cell-agrees"]))
        return found, []


class EntrySections(SphinxTransform):
    """Makes an entry's name the id of its section, or of its row in a table: exact and dotted, case kept."""

    default_priority = 500

    def apply(self) -> None:
        for node in list(self.document.findall(nodes.literal)):
            name = node.get("entry")
            if not name:
                continue
            place = node.parent.parent if isinstance(node.parent.parent, nodes.section) and isinstance(node.parent, nodes.title) else node
            place["ids"].insert(0, name)
            self.document.ids[name] = place
            kind = self.env.mapping_kinds.get(name, "function").replace("module", "data")  # a module would be listed twice
            self.env.get_domain("py").note_object(name, kind, name, location=node)


class SidesRoom(SphinxTransform):
    """Tells blocks that stand side by side how many characters each needs, so that no line breaks; whole programs are as they are."""

    default_priority = 500

    def apply(self) -> None:
        for node in self.document.findall(nodes.container):
            blocks = list(node.findall(nodes.literal_block)) if "sides" in node["classes"] else []
            if blocks and all(block.get("language") != "python" for block in blocks):
                longest = max(len(line) for block in blocks for line in block.astext().split("\n"))
                node["classes"].append(f"room-{min(max(-(-longest // 5) * 5, 35), 120)}")


class table_from_file(nodes.General, nodes.Element):
    """Where a page would have a table that it does not hold itself: no kind of content that pages are made of."""


class FileTableDirective(CSVTable):
    """`csv-table`, whose cells may stand in any file or on any host."""

    def run(self) -> list[nodes.Node]:
        return [table_from_file()]


class SideDirective(SphinxDirective):
    """One side of an entry's example: a block of code that knows to which example it belongs."""

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        text = "\n".join(self.content)
        scope, _, side = self.arguments[0].rpartition(" | ")
        language = "python" if side == "recipe" else "pycon"
        node = nodes.literal_block(text, text, language=language, classes=[f"side-{side}"])
        node["scope"], node["side"] = scope, side
        self.set_source_info(node)
        return [node]


def register(app: Sphinx) -> None:
    """Give Sphinx all roles and directives that pages are written with."""
    for role in LEGENDS:
        app.add_role(role, VerdictRole())
    app.add_role("absent", AbsentRole())
    app.add_role("gone", RowRole())
    app.add_role("own", RowRole())
    app.add_role("entry", EntryRole())
    app.add_role("cells", CellsRole())
    app.add_directive("side", SideDirective)
    app.add_directive("records", RecordsDirective)
    app.add_directive("csv-table", FileTableDirective, override=True)
    app.add_node(table_from_file, html=(lambda *_: None, lambda *_: None))
    app.add_transform(EntrySections)
    app.add_transform(SidesRoom)
