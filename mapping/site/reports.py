"""A page's doctree goes in; below each entry and each section of the guide come the links by which a reader reports or mends it."""

from __future__ import annotations

from urllib.parse import urlencode

from docutils import nodes
from sphinx.application import Sphinx

from .finder import NEXT
from .ledger import Build

FORM = "wrong_statement.yml"  # in .github/ISSUE_TEMPLATE


def add(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Add the links, where the project says at which address its repository is."""
    repository = app.config.mapping_repository.rstrip("/")
    if not repository or app.builder.name != "html":
        return
    build: Build = app.mapping
    versions = (build.handed[0] if build.handed else build.facts).environment
    for section in list(doctree.findall(nodes.section)):
        name, what, file, line = place(build, section, docname)
        if not file:
            continue
        page = f"{docname}.html#{section['ids'][0]}, MLX {versions['mlx']}, NumPy {versions['numpy']}"
        report = f"{repository}/issues/new?" + urlencode({"template": FORM, "where": name, "page": page})
        links = {"Report a wrong statement": report, f"Edit this {what}": f"{repository}/blob/HEAD/{file}?plain=1#L{line}"}
        text = nodes.paragraph("", "", classes=["report"])
        for title, address in links.items():
            text += [nodes.Text(" · ")] if len(text) else []
            text += nodes.reference("", title, refuri=address, internal=False)
        section.append(text)


def place(build: Build, section: nodes.section, docname: str) -> tuple[str, str, str, int]:
    """What a section is of, and the file and line where it is written; no file within another section, or where nobody writes it."""
    entry = build.dataset.by_name.get(section["ids"][0])
    if entry:
        return entry.name, "entry", entry.file, entry.line
    title = section[0].astext()
    top = section.parent
    if docname.startswith("guide/") and isinstance(top, nodes.section) and isinstance(top.parent, nodes.document) and title != NEXT:
        return title, "section", f"docs/{docname}.md", section.line or 1
    return "", "", "", 0
