"""Releases and an entry go in; since when its counterpart is there, and what was answered otherwise before which release, comes out.

What the file of releases does not know is left out, and so is what it knows of a statement or a call that shows something else now.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from ..dataset import model
from ..dataset.releases import Releases
from ..run import blocks, checker
from ..run.terms import NAME
from . import lookup, resolved
from .outcomes import block_key, call_keys, cells
from .releases import AGREES, short

LOUD = ("error", "parameters", "undefined", "refused", "absent")  # kinds in which nothing was answered
WORDS = {AGREES: "agrees", "refused": "raises like NumPy"}  # for kinds that no page names
TRANSFORMS = {"compile": ("compiles", "cannot be compiled"), "grad": ("has a gradient", "has no gradient")}
RAISED = re.compile(r"[\w.]*(?:Error|Exception|Interrupt|Exit|Warning|Flood)\b|the process |no answer ")


@dataclass(frozen=True)
class Change:
    """What one release changed: a statement or a call, under which dtypes and corners, what it came to before and after. It is
    `silent` where something was answered before, `ordinary` where readers meet it."""

    library: str
    release: str
    code: str
    where: tuple[str, ...]
    before: str
    after: str
    silent: bool
    ordinary: bool

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """The lower, the more a reader must know of it."""
        return not self.silent, not self.ordinary, bool(self.where)


def since(entry: model.Entry, dataset: model.Dataset, facts: lookup.Facts) -> str | None:
    """The first release of MLX known to have an entry's counterpart."""
    counterparts = resolved.of(entry, dataset, facts).mlx
    return dataset.releases["mlx"].since(counterparts[0]) if counterparts else None


@lru_cache(4096)
def changes(entry: model.Entry, dataset: model.Dataset, facts: lookup.Facts) -> list[Change]:
    """All that changed of an entry since its counterpart is there, NumPy's side included, oldest first; an alias has its target's.
    Worked out once."""
    evidence = dataset.by_name.get(entry.alias_of, entry)
    found = []
    for library, releases in dataset.releases.items():
        first = since(entry, dataset, facts) if library == "mlx" else releases.since(entry.name)
        later = releases.later(first) if first else releases.versions
        known = {*_statements(evidence, library, releases), *_calls(evidence, library, releases, facts)}
        alive = [one for one in known if one.release in later and all(facts.names.get(name) for name in names(one))]
        found += sorted(alive, key=lambda one: (later.index(one.release), one.rank, one.code, one.before, one.after, one.where))
    return found


def names(change: Change) -> list[str]:
    """The names of either library that the text of a change speaks of."""
    return NAME.findall(f"{change.code} {change.before} {change.after}")


def unknown(dataset: model.Dataset, facts: lookup.Facts) -> tuple[int, int]:
    """How many of the examples' MLX sides and of the calls are unknown for a release, and how many there are."""
    releases = dataset.releases["mlx"]
    first = releases.keys(releases.versions[0]) if releases.versions else set()
    keys = {block_key(example.mlx, case.defines) for entry in dataset.entries for _, case, example in entry.scopes()}
    keys |= {key for job in facts.jobs if not job.alias_of for key, _ in call_keys(job.data())}
    return len(keys - first), len(keys)


def _statements(entry: model.Entry, library: str, releases: Releases) -> Iterator[Change]:
    for _, case, example in entry.scopes():
        text, around = (example.numpy, "") if library == "numpy" else (example.mlx, case.defines)
        rows = releases.rows("statements", block_key(text, around))
        try:
            wants = [one.want for one in blocks.parse(text)] if rows else []
        except blocks.BlockError:
            continue
        last = {row[1]: row[4] for _, row in rows}
        for release, (_, place, code, before, after) in rows:
            if place < len(wants) and told_now(last[place], wants[place]):
                yield Change(library, release, code, (), before, after, not RAISED.match(before), not example.edge)


def _calls(entry: model.Entry, library: str, releases: Releases, facts: lookup.Facts) -> Iterator[Change]:
    for job in facts.jobs:
        if job.numpy != entry.name or job.alias_of:
            continue
        here = cells(facts.steps.get(job.name, []), library)
        for line, (key, _) in enumerate(call_keys(job.data())):
            rows = releases.rows("calls", key)
            last = {row[5]: row[3] for _, row in rows}
            for release, (_, code, was, becomes, labels, example, before, after, ordinary) in rows:
                if here.get(line, {}).get(example, [AGREES])[0] == last[example]:
                    silent = was not in LOUD and example not in ("transform", "through")
                    told = _transforms(was, becomes) if example == "transform" else (_told(was, before), _told(becomes, after))
                    yield Change(library, release, code, tuple(labels), *told, silent, ordinary)


def _transforms(was: str, becomes: str) -> tuple[str, str]:
    """What changed of how a call fares under `mx.compile` and `mx.grad`, which the kinds name where it does not."""
    changed = [name for name in TRANSFORMS if (name in was) != (name in becomes)]
    before, after = (", ".join(TRANSFORMS[name][name in kinds] for name in changed) for kinds in (was, becomes))
    return before, after


def _told(kind: str, answer: str) -> str:
    return f"{WORDS.get(kind, kind)}{': ' if answer else ''}{answer}"


def told_now(told: str, want: str) -> bool:
    """Whether the file tells of a statement what it shows now; an error's words may be others."""
    now = short(want)
    if RAISED.match(told) and RAISED.match(now):
        return told.partition(":")[0] == now.partition(":")[0]
    return told == now or not checker.output(now, told)
