"""What Sphinx tells of a page goes in; what stands around the page, and the theme leaves out, comes out."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

SUMMARY = '<summary aria-label="Pages of this section">'  # the theme's has a sign alone, which is not read out


def complete(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Name what opens the pages of a section."""
    if contents := context.get("generate_toctree_html"):  # the theme's own
        context["generate_toctree_html"] = lambda *which, **how: str(contents(*which, **how)).replace("<summary>", SUMMARY)
