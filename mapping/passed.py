"""What a run showed goes in; what need not be run again comes out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from . import blocks, kept


class Passed:
    """What earlier runs showed under the same code, libraries, platform and device: scopes that have passed, each with what
    its pair showed, names that were looked up, and the environment.

    A scope is known by all that could change its result: its blocks' text, their order and how they are compared.
    """

    def __init__(self, bound: str = "", scopes: dict[str, dict] | None = None, looked_up: dict | None = None, environment: dict[str, str] | None = None):
        self.bound, self.scopes = bound, scopes or {}
        self.looked_up, self.environment = looked_up or {"names": {}, "near": {}}, environment or {}
        self.seen: dict[str, dict] = {}

    @classmethod
    def load(cls, path: Path, bound: str) -> Passed:
        """What a file keeps; nothing where it cannot be read, or was written under another `bound`."""
        found = kept.load(path)
        try:
            if found["bound"] == bound:
                looked_up = {key: dict(found["looked_up"][key]) for key in ("names", "near")}
                return cls(bound, dict(found["scopes"]), looked_up, dict(found["environment"]))
        except (KeyError, TypeError, ValueError):
            pass
        return cls(bound)

    def under(self, environment: dict[str, str]) -> None:
        """Forget all that was shown under another environment than this: versions, platform, device and its name."""
        if self.environment != environment:
            self.scopes, self.looked_up, self.environment = {}, {"names": {}, "near": {}}, environment

    def save(self, path: Path) -> None:
        """Keep what the last run showed."""
        kept.save(path, {"bound": self.bound, "scopes": self.seen, "looked_up": self.looked_up, "environment": self.environment})

    def names(self, wanted: set[str]) -> dict | None:
        """What was found of these names; None where one was not looked up."""
        names, near = self.looked_up["names"], self.looked_up["near"]
        if not wanted <= names.keys():
            return None
        return {"names": {name: names[name] for name in sorted(wanted)}, "near": {name: near[name] for name in sorted(wanted) if name in near}}

    def key(self, scope: blocks.Scope) -> str:
        told = [[block.text, block.kind] for block in scope.blocks]
        return hashlib.sha256(json.dumps([self.bound, told, scope.pair]).encode()).hexdigest()

    def take(self, scope: blocks.Scope, pairs: dict[str, dict], ran: set[str]) -> bool:
        """Note a scope that has passed in `pairs` and its blocks in `ran`; False where it must be run."""
        known = self.scopes.get(self.key(scope))
        if known is None:
            return False
        self.seen[self.key(scope)] = known
        ran.update(scope.runnable)
        if scope.pair is not None:
            pairs[scope.name] = known
        return True

    def add(self, scopes: Iterable[blocks.Scope], pairs: dict[str, dict], ran: set[str], failed: set[str]) -> None:
        """Add those of the scopes that passed whole."""
        for scope in scopes:
            own = set(scope.runnable)
            if own <= ran - failed:
                self.seen[self.key(scope)] = pairs.get(scope.name, {})
