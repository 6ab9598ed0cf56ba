"""The data file of releases goes in; what changed in which release of either library comes out, by the code that shows it.

`releases.json` is written by `make releases` alone. For each library it has a section for each release, with what changed in it,
and under `known` the keys of all that was run, by the first release with which it was.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ..run.terms import NAME

FILE = "releases.json"  # beside the entries' folder
LIBRARIES = ("mlx", "numpy")


@dataclass
class Releases:
    """What is known of the releases of one library, oldest first; `changes` by release: the names that are `new` and `gone`,
    `parameters` of names, and rows of `statements` and of `calls`, each with its key first."""

    machine: dict[str, str] = field(default_factory=dict)
    changes: dict[str, dict] = field(default_factory=dict)
    known: dict[str, list[str]] = field(default_factory=dict)

    @property
    def versions(self) -> list[str]:
        return list(self.changes)

    def later(self, release: str) -> list[str]:
        """The releases after this one."""
        return self.versions[self.versions.index(release) + 1 :]

    def since(self, name: str) -> str | None:
        """The first release known to have a name; None where it was there before the oldest one."""
        return self._new.get(name)

    @cached_property
    def _new(self) -> dict[str, str]:
        return {name: release for release, section in self.changes.items() for name in section.get("new", [])}

    def rows(self, kind: str, key: str) -> list[tuple[str, list]]:
        """What changed of one block or call: each release and row, oldest first."""
        return self._by_key.get((kind, key), [])

    @cached_property
    def _by_key(self) -> dict[tuple[str, str], list[tuple[str, list]]]:
        found: dict[tuple[str, str], list[tuple[str, list]]] = {}
        for release, section in self.changes.items():
            for kind in ("statements", "calls"):
                for row in section.get(kind, []):
                    found.setdefault((kind, row[0]), []).append((release, row))
        return found

    def keys(self, release: str) -> set[str]:
        """The keys of what was run first with this release."""
        return {*" ".join(self.known.get(release, [])).split()}

    @property
    def names(self) -> set[str]:
        """All names of which it speaks."""
        rows = [row for found in self._by_key.values() for _, row in found]
        spoken = {name for row in rows for part in row if isinstance(part, str) for name in NAME.findall(part)}
        return spoken | {name for section in self.changes.values() for name in section.get("new", [])}


def load(folder: Path) -> dict[str, Releases]:
    """What is known of each library's releases; nothing, where there is no file."""
    path = folder / FILE
    data = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {library: Releases(**data.get(library, {})) for library in LIBRARIES}
