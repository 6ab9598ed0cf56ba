"""Entries go in; facts of the live libraries come out: what exists, what is one object, what this runs on.

What `cache` knows is not asked again, since asking starts a worker.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..dataset import model
from ..run import calls
from ..run.cache import Cache
from ..run.pool import Pool, silent
from ..run.record import Record
from ..run.steps import whole
from . import guide, matrix, signature
from .jobs import jobs

PLACES = ("mlx.core", "mlx.core.array", "mlx.core.linalg", "mlx.core.fft", "mlx.core.random")  # where counterparts are


@dataclass(frozen=True, eq=False)
class Facts:
    """`environment`; `names` that exist, their `kinds` and `signatures`; `same`: "a b" is one object; `near` what
    does not exist; `members` of each namespace to cover; `summaries`: what the matrix showed of each case, by which `jobs`, in
    which `steps`; `live`: the guide's tables and figures.
    """

    environment: dict[str, str]
    names: dict[str, bool]
    same: dict[str, bool]
    near: dict[str, list[str]]
    kinds: dict[str, str] = field(default_factory=dict)
    signatures: dict[str, list] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    summaries: dict[str, matrix.Summary] = field(default_factory=dict)
    jobs: list[calls.Job] = field(default_factory=list)
    steps: dict[str, list[dict]] = field(default_factory=dict)
    live: guide.Live = field(default_factory=guide.Live)


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
    names = {name for one in dataset.releases.values() for name in one.names}
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
    return names | {one.name for one in dataset.gone}, same


def facts(
    dataset: model.Dataset,
    pool: Pool,
    cache: Cache | None = None,
    progress: Callable[[int, int, str], None] = silent,
    root: Path | None = None,
) -> Facts:
    """Ask the live libraries what `cache` does not know; with the project's `root`, the guide's tables and figures too.

    Raises RunError when MLX is not there or has no such device.
    """
    cache = cache or Cache()
    known = _asked(dataset, pool, cache)
    made = [
        replace(job, parameter_calls=_parameter_calls(job, known["signatures"]))
        for job in jobs(dataset, known["names"], known["same"], counterpart)
    ]
    steps = matrix.steps(made, pool, cache, progress)
    live = guide.ask(dataset, root, pool, cache, progress) if root else guide.Live()
    return Facts(**known, jobs=made, steps=steps, summaries=summaries_of(made, steps, known["signatures"]), live=live)


def summaries_of(made: list[calls.Job], steps: dict[str, list[dict]], signatures: dict[str, list]) -> dict[str, matrix.Summary]:
    """What the steps of each job come to."""
    whole = {}
    for job in made:
        one = whole[job.name] = matrix.summarized(job, steps[job.name])
        of_numpy, overloads = _signatures(job, signatures)
        if job.mlx and of_numpy and overloads:
            kinds = [step.get("kind", "") for step in steps[job.name] if step["what"] == "parameter"]
            one.parameters = signature.decided(of_numpy, overloads, job.parameter_calls, kinds)
    return whole


def of_record(here: Facts, record: Record) -> Facts:
    """The facts as a record made elsewhere shows them: its environment, its cells. Raises ValueError where these are of other calls."""
    steps = {job.name: whole(record.cells.get(job.name), job.data(), here.steps[job.name]) for job in here.jobs}
    return replace(here, environment=record.environment, steps=steps, summaries=summaries_of(here.jobs, steps, here.signatures))


def there(here: Facts, dataset: model.Dataset, pool: Pool, record: Record) -> Facts:
    """The facts as the workers of `pool` see them, with the cells of the record that they made of the jobs here."""
    return of_record(Facts(**_asked(dataset, pool, Cache()), jobs=here.jobs, steps=here.steps, live=here.live), record)


def _parameter_calls(job: calls.Job, signatures: dict[str, list]) -> list[dict]:
    return signature.parameter_calls(job.lines, *_signatures(job, signatures)) if job.mlx else []


def _signatures(job: calls.Job, signatures: dict[str, list]) -> tuple[list[signature.Parameter], list[list[signature.Parameter]]]:
    return signature.numpys(signatures.get(job.numpy, [])), signature.mlxs(signatures.get(job.mlx, []))


def _asked(dataset: model.Dataset, pool: Pool, cache: Cache) -> dict:
    """What exists, what it is, and what is one object."""
    question = asked(dataset)
    known = cache.get("facts", question)
    if known is None:
        known = {"environment": pool.environment(), **pool.facts(**question)}
        cache.put("facts", [(question, known)])
    return known


def asked(dataset: model.Dataset) -> dict[str, list]:
    """The question of names that a dataset puts to the live libraries."""
    names, same = questions(dataset)
    return {"names": sorted(names), "same": sorted(map(list, same)), "spaces": [*dataset.extent.namespaces, *PLACES]}
