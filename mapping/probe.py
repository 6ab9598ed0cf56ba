"""Entries go in; facts of the live libraries come out: what exists, what is one object, what this runs on.

Facts are kept in a file, bound to all that could change them, since asking starts a worker.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from . import model, run

PLACES = ("mlx.core", "mlx.core.array", "mlx.core.linalg", "mlx.core.fft", "mlx.core.random")


@dataclass
class Facts:
    """`environment`; `names` that exist, and their `kinds`; `same`: "a b" is one object; `near` what does not exist."""

    environment: dict[str, str]
    names: dict[str, bool]
    same: dict[str, bool]
    near: dict[str, list[str]]
    kinds: dict[str, str] = field(default_factory=dict)


def counterpart(numpy: str) -> str:
    """The MLX name in the same place as a NumPy name: where `same` looks."""
    place, _, last = numpy.rpartition(".")
    place = place.replace("numpy.random.Generator", "numpy.random").replace("numpy.ndarray", "numpy.array")
    return f"{place.replace('numpy', 'mlx.core', 1)}.{last}"


def candidates(numpy: str) -> list[str]:
    """The MLX names that would make a NumPy name not missing: its last part in each of MLX's places."""
    last = numpy.rpartition(".")[2]
    return [f"{place}.{last}" for place in PLACES]


def questions(dataset: model.Dataset) -> tuple[set[str], set[tuple[str, str]]]:
    """All names to look up, and all pairs that may be one object."""
    names: set[str] = set()
    same = set()
    for entry in dataset.entries:
        names |= {entry.name, counterpart(entry.name), *entry.mlx}
        if entry.alias_of:
            names.add(entry.alias_of)
            same.add((entry.name, entry.alias_of))
            target = dataset.by_name.get(entry.alias_of)
            same |= {(counterpart(entry.name), name) for name in target.mlx} if target else set()
        if entry.verdict in ("recipe", "missing"):
            names |= set(candidates(entry.name))
    return names, same


def facts(dataset: model.Dataset, pool: run.Pool, cache: Path | None = None) -> Facts:
    """Ask the live libraries, or the cache where nothing that matters has changed.

    Raises run.RunError when MLX is not there or has no such device.
    """
    names, same = questions(dataset)
    key = _key(names, same, pool.device)
    if cache and cache.exists():
        try:
            kept = json.loads(cache.read_text(encoding="utf-8"))
            if kept.pop("key", None) == key:
                return Facts(**kept)
        except (ValueError, TypeError, AttributeError):
            pass  # a cache that cannot be read is asked anew
    found = Facts(pool.environment(), **pool.facts(names, same))
    if cache:
        cache.parent.mkdir(parents=True, exist_ok=True)
        cache.write_text(json.dumps({"key": key, **asdict(found)}, sort_keys=True), encoding="utf-8")
    return found


def installed() -> dict[str, str]:
    """Versions of everything whose change could change an answer, read without importing any of it."""
    packages = ("mlx", "mlx-cpu", "mlx-metal", "mlx-cuda-12", "mlx-cuda-13", "numpy")
    found = {"python": sys.version, "platform": platform.platform()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _key(names: set[str], same: set[tuple[str, str]], device: str) -> str:
    code = Path(__file__).with_name("worker.py").read_bytes()
    asked = json.dumps([sorted(names), sorted(same), device, installed()])
    return hashlib.sha256(asked.encode() + code).hexdigest()
