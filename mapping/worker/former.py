"""Namespaces of NumPy go in, and names that others had; which names it has, and what it says of each, comes out.

Run with any NumPy since 1.20, so on old Pythons too; `site/gone.py` makes these environments.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
import warnings
from typing import Any

import numpy as np

TABLES = ("__deprecated_attrs__", "__former_attrs__", "__expired_attributes__")  # of a module, in one release or another
DEPRECATED = re.compile(r"\.\. deprecated::[^\n]*\n+((?:[ \t]+\S[^\n]*\n)+)")
ONES = {np.ndarray: np.zeros((1, 1)), np.finfo: np.finfo("float32"), np.iinfo: np.iinfo("int32")}


def public(space: Any) -> set[str]:
    """The public names of a namespace, and those of which it still has something to say."""
    if inspect.isclass(space):
        own = {*dir(space), *dir(ONES.get(space, space))}
    else:
        own = {name for name in dir(space) if not inspect.ismodule(getattr(space, name, None))} - {"test"}
        own = {*getattr(space, "__all__", own)}
        own.update(*(getattr(space, table, ()) for table in TABLES))
    return {name for name in own if not name.startswith("_")}


def looked_up(space: Any, name: str) -> tuple[bool, str]:
    """Whether a namespace has a name, and what NumPy says when one asks for it."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            found = getattr(ONES.get(space, space) if inspect.isclass(space) else space, name)
        except AttributeError as error:
            return False, str(error)
    told = DEPRECATED.search(getattr(found, "__doc__", None) or "") if callable(found) else None
    return True, str(heard[0].message) if heard else " ".join(told[1].split()) if told else ""


def main() -> None:
    """Read namespaces, each with names of other releases; print the release, and of each name whether it is there and what is said."""
    names = {}
    for dotted, others in json.load(sys.stdin).items():
        space: Any = np
        for part in dotted.split(".")[1:]:
            space = getattr(space, part)
        names.update({f"{dotted}.{name}": looked_up(space, name) for name in sorted({*public(space), *others})})
    print(json.dumps({"release": ".".join(np.__version__.split(".")[:2]), "names": names}))


if __name__ == "__main__":
    main()
