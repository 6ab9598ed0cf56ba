"""An entry and the facts go in; what it comes to for a reader comes out: aliases followed, silence derived."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from ..dataset import model
from . import lookup

LOUD = {"error", "parameters"}  # kinds of difference that raise
QUIET_EDGES = {"undefined", "overflow", "nan", "value", "shape"}  # other answers in the corners that nothing announces


@dataclass(frozen=True)
class Resolved:
    """The verdict that readers see, with what follows from it."""

    verdict: str
    mlx: list[str]
    differences: list[str]
    edges: list[str]
    silent: bool

    @property
    def corners(self) -> list[str]:
        """Where silence is about corners alone, the kinds of other answers that they hold."""
        return [] if set(self.differences) - LOUD else [kind for kind in self.edges if kind in QUIET_EDGES]


@lru_cache(4096)
def of(entry: model.Entry, dataset: model.Dataset, facts: lookup.Facts) -> Resolved:
    """What an entry comes to, worked out once. An alias takes all from its target, but its verdict from its own name."""
    target = dataset.by_name.get(entry.alias_of)
    if target is None:
        return Resolved(entry.verdict, entry.mlx, entry.differences, entry.edges, any(map(silent, entry.cases)))
    found = of(target, dataset, facts) if not target.alias_of else Resolved("", [], [], [], False)
    if found.verdict not in ("same", "renamed"):
        return found
    own = lookup.counterpart(entry.name)
    return replace(found, verdict="same", mlx=[own]) if facts.names.get(own, False) else replace(found, verdict="renamed")


def silent(case: model.Case) -> bool:
    """Whether MLX answers otherwise than NumPy without raising: on ordinary inputs, or with other values in a corner."""
    return bool(set(case.differences) - LOUD or set(case.edges) & QUIET_EDGES)
