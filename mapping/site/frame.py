"""What Sphinx tells of a page goes in; what stands around the page comes out: where it was run, what other sites show of it, and names
for what the theme leaves unnamed."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from ..run import blocks
from ..run.record import machine_kinds
from .finder import sentence
from .ledger import Build

SUMMARY = '<summary aria-label="Pages of this section">'  # the theme's has a sign alone, which is not read out
HINT = ' title="Link to this heading"'  # of the sign beside each heading; kilobytes on a page of many
PLAIN = re.compile(r'<span class="[npw]">([^<]*)</span>')  # of code in the colour of all code: a fifth of a page
CORNER = '<th class="head"><p></p></th>', "<td></td>"  # a table's empty corner heads nothing
LOST, SITEMAP = "404", "sitemap.xml"  # the page where there is none, and the file that lists all others
SCRIPTS = {"guide/port": ("port.js", "port-page.js")}  # scripts of one page alone
CARD = "_static/preview.png"  # what other sites show beside a link to a page


def complete(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Name what opens the pages of a section; tell where the page's code ran, and what it is about."""
    if contents := context.get("generate_toctree_html"):  # the theme's own
        context["generate_toctree_html"] = lambda *which, **how: str(contents(*which, **how)).replace("<summary>", SUMMARY)
    if body := context.get("body"):
        context["body"] = PLAIN.sub(r"\1", body.replace(HINT, "").replace(*CORNER))
    for script in SCRIPTS.get(page, ()):
        app.add_js_file(script)
    context["ran"] = ran(app.mapping, page)
    context["metatags"] = context.get("metatags", "") + head(app, page, context.get("title", ""), doctree)


def ran(build: Build, page: str) -> str:
    """How a page says what its versions and its machine are those of, without saying more than was run."""
    own = [block for block in build.ledger.blocks if block.page == page]
    here = machine_kinds((build.handed[0] if build.handed else build.facts).environment)
    run = [block for block in own if block.kind in blocks.RUNNABLE and block.holds(here)]
    if not run:
        return "This site was made with"
    but = ["shell commands"] * any(block.kind == "skipped" for block in own)
    but += ["what is said to be another machine's"] * any(not block.holds(here) for block in own)
    return f"All code on this page{' but ' if but else ''}{' and '.join(but)} ran with"


def head(app: Sphinx, page: str, title: str, doctree: nodes.document | None) -> str:
    """What search engines, and sites that link here, show of a page; addresses only where the site has one."""
    base = app.config.html_baseurl
    about = {"og:site_name": app.config.project, "og:type": "website", "og:title": title or app.config.project}
    tags = []
    if text := description(doctree):
        tags.append(f'<meta name="description" property="og:description" content="{escape(text)}" />')
    if base:
        about |= {"og:url": f"{base}{page}.html", "og:image": f"{base}{CARD}"}
        tags.append('<meta name="twitter:card" content="summary_large_image" />')
    tags += [f'<meta property="{name}" content="{escape(text)}" />' for name, text in about.items()]
    if base and page == LOST:  # it is shown at any address
        tags.insert(0, f'<base href="{escape(base)}" />')
    return "\n" + "\n".join(tags)


def description(doctree: nodes.document | None) -> str:
    """The first sentence of a page's own text."""
    section = next(iter(doctree.findall(nodes.section)), None) if doctree else None
    return next((sentence(part.astext()) for part in section or () if isinstance(part, nodes.paragraph)), "")


def sitemap(site: Path, base: str, pages: list[str]) -> None:
    """List the addresses of all pages for search engines, where the site has an address."""
    path = site / SITEMAP
    path.unlink(missing_ok=True)
    if base:
        rows = [f"<url><loc>{escape(base)}{page}.html</loc></url>" for page in pages]
        head_ = '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        path.write_text(head_ + "\n".join(rows) + "\n</urlset>\n", encoding="utf-8")
