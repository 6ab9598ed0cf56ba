"""What rules share: the closed lists of words that entries use, and how a problem names its entry."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ...dataset.model import Case, Dataset, Entry
from ...dataset.problems import Problem
from ...run import blocks
from ...run.record import MACHINES
from .. import lookup

CATEGORIES = {
    "text files": "Reads or writes text; MLX has arrays, not parsers. Read with NumPy, then `mx.array`.",
    "dates": "Calendar arithmetic on `datetime64`, a dtype that no accelerator has.",
    "build info": "Tells how NumPy itself was built.",
    "error state": "Sets how NumPy reports floating-point errors; MLX raises none to report.",
    "printing": "Formats NumPy's own arrays as text.",
    "dtype tools": "Speaks of NumPy's dtypes that MLX does not have: text, bytes, objects, records.",
    "typing": "Helps type checkers, and computes nothing.",
    "python objects": "Makes plain Python objects; where these are indices or numbers, MLX takes them as they are.",
    "namespace": "A namespace of its own; the names in it are outside this reference.",
    "protocols": "A hook by which NumPy and other libraries find each other; no one calls it by hand.",
    "memory layout": "Tells how NumPy lays bytes out in memory; MLX shows no such layout.",
}
KEYS = {  # verdict: keys it needs, keys it forbids
    "same": ({"mlx", "examples"}, {"differences", "recipe", "category"}),
    "renamed": ({"mlx", "examples"}, {"differences", "recipe", "category"}),
    "differs": ({"mlx", "differences"}, {"recipe", "category"}),
    "recipe": ({"recipe", "examples"}, {"differences", "category"}),
    "missing": ({"examples"}, {"differences", "recipe", "category", "calls", "uncalled"}),
    "host": ({"category"}, {"differences", "edges", "recipe", "examples", "mlx", "calls", "uncalled"}),
}
ALIAS_KEYS = {"alias_of", "summary", "examples", "platforms", "uncalled"}
SUMMARY = 200  # characters
RESERVED = ("index", "names", "coverage", "mlx", "gone", "releases", "deviations", "rules")  # pages that are made for the whole dataset


def _at(entry: Entry, code: str, message: str, line: int = 0) -> Problem:
    return Problem(entry.file, line or entry.line, entry.name, code, message)


def _instead(facts: lookup.Facts, name: str) -> str:
    near = facts.near.get(name, [])
    return f"; is it {' or '.join(near)}?" if near else ""


def _strange(machines: list[str]) -> list[str]:
    """The first word of all that is no kind of machine."""
    return [word for one in machines for word in one.split() if word not in MACHINES][:1]


def _words(kinds: set[str]) -> str:
    return " and ".join(f"`{kind}`" for kind in sorted(kinds))


@lru_cache(8192)
def _code(text: str) -> str:
    try:
        return "\n".join(example.source for example in blocks.parse(text))
    except blocks.BlockError:
        return ""


def _cases(dataset: Dataset) -> Iterator[tuple[Entry, Case]]:
    for entry in dataset.entries:
        for case in entry.cases:
            yield entry, case
