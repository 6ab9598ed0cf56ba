"""A project of one entry and one page, to be built and lied to in a folder of its own."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path

from mapping.dataset.problems import Refused
from mapping.site import extension

CONF = """
project = "mini"
extensions = ["myst_parser", "sphinx_design", "mapping.site.extension"]
myst_enable_extensions = ["colon_fence", "deflist", "attrs_inline", "fieldlist"]
html_theme = "basic"
highlight_language = "none"
trim_doctest_flags = False
html_use_index = False
html_copy_source = False
"""
ENTRY = """[topic]
title = "One"
order = 1

["numpy.argmax"]
mlx = ["mlx.core.argmax"]
verdict = "differs"
differences = ["dtype"]
summary = "Indices are `uint32`."

[["numpy.argmax".examples]]
numpy = '''
>>> np.argmax(np.array([5, 1])) - 1
np.int64(-1)
'''
mlx = '''
>>> mx.argmax(mx.array([5, 1])) - 1
array(4294967295, dtype=uint32)
'''
"""


@dataclass
class Built:
    """How a build went, and all that it said."""

    status: int
    said: str
    out: Path


def write(root: Path, files: dict[str, str]) -> Path:
    """The smallest project that builds, with these files in place of its own."""
    whole = {
        "conf.py": CONF,
        "docs/index.md": "# Mini\n\n```{toctree}\nreference/index\n```\n",
        "mapping/dataset/entries/one.toml": ENTRY,
        "mapping/dataset/skipped.toml": "",
        "README.md": "# Mini\n",
        **files,
    }
    for name, text in whole.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def build(root: Path, **settings: str) -> Built:
    """Build the project in this process."""
    out, said = root / "out", io.StringIO()
    with contextlib.redirect_stderr(said):
        try:
            status = extension.build_site(root, out, root / "doctrees", **settings).statuscode
        except Refused as error:
            return Built(error.status, str(error), out)
    return Built(status, said.getvalue(), out)
