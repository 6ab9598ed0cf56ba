"""Entries go in; facts of the live libraries come out: what exists, what is one object, what this runs on.

Facts are kept in a file, bound to all that could change them, since asking starts a worker.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from . import calls, kept, live, matrix, model, run, signature

PLACES = ("mlx.core", "mlx.core.array", "mlx.core.linalg", "mlx.core.fft", "mlx.core.random")  # where counterparts are

FACTS = "facts.json"  # where they are kept


@dataclass
class Facts:
    """`environment`; `names` that exist, their `kinds` and `signatures`; `same`: "a b" is one object; `near` what
    does not exist; `members` of each namespace to cover; `shown`: what the matrix showed of each case, by which `jobs`, in
    which `steps`; `live`: the guide's tables and figures.
    """

    environment: dict[str, str]
    names: dict[str, bool]
    same: dict[str, bool]
    near: dict[str, list[str]]
    kinds: dict[str, str] = field(default_factory=dict)
    signatures: dict[str, list] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    shown: dict[str, matrix.Shown] = field(default_factory=dict)
    jobs: list[calls.Job] = field(default_factory=list)
    steps: dict[str, list[dict]] = field(default_factory=dict)
    live: live.Live = field(default_factory=live.Live)


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


def facts(dataset: model.Dataset, pool: run.Pool, cache: Path | None = None, progress: Callable[[int, int, str], None] = run.silent, root: Path | None = None) -> Facts:
    """Ask the live libraries, or the folder `cache` where nothing that matters has changed; with the project's
    `root`, the guide's tables and figures too.

    Raises run.RunError when MLX is not there or has no such device.
    """
    found = _asked(dataset, pool, cache / FACTS if cache else None)
    found.jobs = list(calls.jobs(dataset, found.names, found.same, counterpart))
    for job in found.jobs:
        job.probes = signature.probes(job.lines, *_signatures(job, found)) if job.mlx else []
    found.steps = matrix.steps(found.jobs, pool, cache / "matrix.json" if cache else None, installed(), progress)
    found.shown = shown(found)
    if root:
        found.live = live.ask(dataset, root, pool, installed(), progress)
    return found


def shown(found: Facts) -> dict[str, matrix.Shown]:
    """What the steps of each job come to."""
    whole = {}
    for job in found.jobs:
        one = whole[job.name] = matrix.shown(job, found.steps[job.name])
        ours, overloads = _signatures(job, found)
        if job.mlx and ours and overloads:
            kinds = [step.get("kind", "") for step in found.steps[job.name] if step["what"] == "probe"]
            one.parameters = signature.decided(ours, overloads, job.probes, kinds)
    return whole


def of_record(here: Facts, record: run.Record) -> Facts:
    """The facts as a record made elsewhere shows them: its environment, its cells."""
    found = replace(here, environment=record.environment, steps={job.name: record.cells.get(job.name, []) for job in here.jobs})
    found.shown = shown(found)
    return found


def there(here: Facts, dataset: model.Dataset, pool: run.Pool, record: run.Record) -> Facts:
    """The facts as the workers of `pool` see them, with the cells of the record that they made of the jobs here."""
    return of_record(replace(_asked(dataset, pool, None), jobs=here.jobs, live=here.live), record)


def forget(cache: Path) -> None:
    """Have the facts that this folder keeps asked anew: they are of another machine."""
    (cache / FACTS).unlink(missing_ok=True)


def _signatures(job: calls.Job, found: Facts) -> tuple[list[signature.Parameter], list[list[signature.Parameter]]]:
    return signature.numpys(found.signatures.get(job.numpy, [])), signature.mlxs(found.signatures.get(job.mlx, []))


def _asked(dataset: model.Dataset, pool: run.Pool, cache: Path | None) -> Facts:
    """What exists, what it is, and what is one object."""
    names, same = questions(dataset)
    spaces = [*dataset.extent.namespaces, *PLACES]
    key = _key(names, same, spaces, pool.device)
    known = kept.load(cache)
    if known.pop("key", None) == key:
        with contextlib.suppress(TypeError):  # not all of it, or more: it is asked anew
            return Facts(**known)
    answer = {"environment": pool.environment(), **pool.facts(names, same, spaces)}
    kept.save(cache, {"key": key, **answer})
    return Facts(**answer)


def installed() -> dict[str, str]:
    """Versions of everything whose change could change an answer, read without importing any of it; and what workers see of
    the environment, but for where programs and files of the user are."""
    packages = ("mlx", "mlx-cpu", "mlx-metal", "mlx-cuda-12", "mlx-cuda-13", "numpy")
    found = {"python": sys.version, "platform": platform.platform(), "compiler": shutil.which("g++") or ""}
    found |= {f"${name}": value for name, value in run.surroundings().items() if name not in ("PATH", "HOME")}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _key(names: set[str], same: set[tuple[str, str]], spaces: list[str], device: str) -> str:
    code = Path(__file__).with_name("worker.py").read_bytes()
    asked = json.dumps([sorted(names), sorted(same), spaces, device, installed()])
    return hashlib.sha256(asked.encode() + code).hexdigest()
