"""Sphinx's settings and the files that it serves beside pages go in; what of them acts, or tells what nothing has shown, comes out."""

from __future__ import annotations

import os
import re
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..dataset.problems import Problem, rule
from ..facts.guide import ACTIVE
from ..run.terms import NAME

KINDS = {".css", ".svg", ".png", ".ico", ".woff2"}  # of files that are served beside pages
ELSEWHERE = re.compile(r"@import|url\(\s*['\"]?\s*(?:[a-z]+:|//)", re.IGNORECASE)
SAID = re.compile(r"content\s*:[^;}]*?([\"'])((?:\\.|(?!\1).)*)\1", re.DOTALL)  # what a style sheet writes
SIGN = re.compile(r"\\[0-9a-fA-F]{1,6} ?")
TAG = re.compile(r"<[^>]*>|\{[{%].*?[%}]\}", re.DOTALL)
SCRIPTS = {"filter.js", "finder.js", "page.js", "port.js", "port-page.js", "scheme.js"}  # of ours; a further one is a matter of review
PACKAGES = sysconfig.get_path("purelib")  # where the theme is, which adds its own templates
FREE = ("html_extra_path", "html_additional_pages", "rst_prolog", "rst_epilog", "html_last_updated_fmt")


@rule("G606")
def asset(file: str, what: str) -> Problem:
    """What is served beside pages and around them is held as pages are: style sheets that write no words, pictures that do nothing,
    templates that tell no facts, and no other files."""
    return Problem(file, 1, "site", "G606", what)


def problems(config: Any, root: Path) -> Iterator[Problem]:
    """All that is wrong with the settings, the static files and the templates."""
    for name in FREE:
        if getattr(config, name, None):
            yield asset("conf.py", f"`{name}` puts on the site what nothing checks")
    for name in ("mapping_repository", "html_baseurl"):
        if (address := getattr(config, name, "")) and not address.startswith("https://"):
            yield asset("conf.py", f"`{name}` begins with https://")
    if any("//" in str(one) for one in getattr(config, "html_css_files", [])) or (config.html_theme_options or {}).get("announcement"):
        yield asset("conf.py", "a style sheet of another host, or an announcement on every page")
    for name in sorted({one if isinstance(one, str) else one[0] for one in getattr(config, "html_js_files", [])} - SCRIPTS):
        yield asset("conf.py", f"the script {name} is none of {', '.join(sorted(SCRIPTS))}")
    for folder, check in (
        (one, kind) for key, kind in (("html_static_path", _static), ("templates_path", _template)) for one in config[key]
    ):
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and not path.is_relative_to(PACKAGES):
                yield from (asset(os.path.relpath(path, root), what) for what in check(path))


def _static(path: Path) -> Iterator[str]:
    if path.suffix not in KINDS and path.name not in SCRIPTS:
        yield f"files of the kind {path.suffix or path.name} are not served: {', '.join(sorted(KINDS))} are"
        return
    text = path.read_text(encoding="utf-8", errors="replace") if path.suffix in (".css", ".svg") else ""
    if ACTIVE.search(text) or (path.suffix == ".css" and ELSEWHERE.search(text)):
        yield "it acts, or asks another host"
    if path.suffix == ".css" and any(re.search(r"\w", _written(match[2])) for match in SAID.finditer(text)):
        yield "`content` writes words: a page says them in its text"


def _written(text: str) -> str:
    """What `content` shows, without signs that are none of ASCII."""
    shown = SIGN.sub(lambda match: chr(min(int(match[0][1:], 16), 0x10FFFF)), text)
    return "".join(sign for sign in shown if sign.isascii())


def _template(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    if ACTIVE.search(text):
        yield "it acts"
    if re.search(r"\d", TAG.sub("", text)) or NAME.search(TAG.sub("", text)):
        yield "a template tells no facts: a number or a name stands in its text"
