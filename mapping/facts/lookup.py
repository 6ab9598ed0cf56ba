"""Entries go in; facts of the live libraries come out: what exists, what is one object, what this runs on.

What `cache` knows is not asked again, since asking starts a worker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path

from ..dataset import model
from ..run import blocks, calls
from ..run.cache import Cache
from ..run.pool import Pool, silent
from ..run.process import RunError
from ..run.record import ASKED, Record, kind_of
from ..run.steps import PLAN, Asked, shortened, unfit, whole
from ..run.steps import asked as asked_of
from . import code, guide, matrix, signature
from . import kept as keeping
from .jobs import jobs

PLACES = ("mlx.core", "mlx.core.array", "mlx.core.linalg", "mlx.core.fft", "mlx.core.random")  # where counterparts are


@dataclass(frozen=True, eq=False)
class Facts:
    """`environment`; `names` that exist, their `kinds` and `signatures`; `same`: "a b" is one object; `near` what
    does not exist; `members` of each namespace to cover; `alike`: what in MLX answers as what is said to have no counterpart
    does; what `takes` an array, of functions whose calls have no input; `summaries`: what the matrix showed of each case, by
    which `jobs`, in which `steps`; `live`: the guide's tables and figures; `kept`: the records that are kept of each kind of
    machine.
    """

    environment: dict[str, str]
    names: dict[str, bool]
    same: dict[str, bool]
    near: dict[str, list[str]]
    kinds: dict[str, str] = field(default_factory=dict)
    signatures: dict[str, list] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    alike: dict[str, list[str]] = field(default_factory=dict)
    takes: list[str] = field(default_factory=list)
    summaries: dict[str, matrix.Summary] = field(default_factory=dict)
    jobs: list[calls.Job] = field(default_factory=list)
    steps: dict[str, list[dict]] = field(default_factory=dict)
    live: guide.Live = field(default_factory=guide.Live)
    kept: list[keeping.Kept] = field(default_factory=list)

    @property
    def versions(self) -> tuple[str, str]:
        """Of MLX and NumPy."""
        return self.environment["mlx"], self.environment["numpy"]

    @cached_property
    def elsewhere(self) -> list[keeping.Kept]:
        """The kept records of other kinds of machine than this one, made with the versions of this one."""
        return [one for one in self.kept if one.record.versions == self.versions and one.record.kind != kind_of(self.environment)]

    @cached_property
    def cells(self) -> dict[str, dict]:
        """By the name of each job, what a record keeps of its steps."""
        return {job.name: shortened(job.data(), self.steps[job.name]) for job in self.jobs}

    @cached_property
    def asked(self) -> dict[str, Asked]:
        """By the name of each job, what its steps ask, as a digest and a number."""
        return {name: (short["asked"], len(self.steps[name])) for name, short in self.cells.items()}


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
    made = _jobs(dataset, known)
    steps = matrix.steps(made, pool, cache, progress)
    live = guide.ask(dataset, root, pool, cache, progress) if root else guide.Live()
    records = keeping.read(root) if root else []
    return Facts(**known, jobs=made, steps=steps, summaries=summaries_of(made, steps, known["signatures"]), live=live, kept=records)


def _jobs(dataset: model.Dataset, known: dict) -> list[calls.Job]:
    found = jobs(dataset, known["names"], known["same"], counterpart)
    return [replace(job, parameter_calls=_parameter_calls(job, known["signatures"])) for job in found]


def called(dataset: model.Dataset, pool: Pool, cache: Cache) -> tuple[list[calls.Job], dict[str, str]]:
    """The jobs of the matrix, without a run of them, and the environment. Raises RunError when MLX is not there."""
    known = _asked(dataset, pool, cache)
    return _jobs(dataset, known), known["environment"]


def carried(facts: Facts, record: Record) -> Record:
    """A record of the run here that carries its cells and these facts, so that pages can be made from it without a run."""
    plans = {name: [[step.get(key, "") for key in PLAN[1:]] for step in steps] for name, steps in facts.steps.items()}
    told = {name: getattr(facts, name) for name in ASKED} | {"live": asdict(facts.live), "plans": plans}
    return replace(record, cells=facts.cells, facts=told)


def of_carried(dataset: model.Dataset, record: Record, root: Path) -> Facts:
    """The facts that a record carries. Raises RunError where the dataset is another by now."""
    known = {name: record.facts[name] for name in ASKED}
    made, plans = _jobs(dataset, known), record.facts["plans"]
    steps = {}
    for job in made:
        plan = [dict(zip(PLAN, (place, *step))) for place, step in enumerate(plans.get(job.name, []))]
        if why := unfit(record.cells.get(job.name), asked_of(job.data(), plan)):
            raise RunError(f"the record is of other sources: {why}, {job.name}")
        steps[job.name] = whole(record.cells[job.name], plan)
    summaries = summaries_of(made, steps, known["signatures"])
    live = guide.Live(**record.facts["live"])
    return Facts(record.environment, **known, jobs=made, steps=steps, summaries=summaries, live=live, kept=keeping.read(root))


def summaries_of(made: list[calls.Job], steps: dict[str, list[dict]], signatures: dict[str, list]) -> dict[str, matrix.Summary]:
    """What the steps of each job come to."""
    whole = {}
    for job in made:
        one = whole[job.name] = matrix.summarized(job, steps[job.name])
        of_numpy, overloads = _signatures(job, signatures)
        if of_numpy and overloads:
            kinds = [step.get("kind", "") for step in steps[job.name] if step["what"] == "parameter"]
            one.parameters = signature.decided(of_numpy, overloads, job.parameter_calls, kinds, bool(job.recipe))
    return whole


def of_record(here: Facts, record: Record, jobs: list[calls.Job] | None = None) -> Facts:
    """The facts as a record made elsewhere shows them: its environment, and its cells of these jobs, or of all, which must be of the
    same calls. What it shows as it is here is not worked out again."""
    jobs = here.jobs if jobs is None else jobs
    alike = {job.name for job in jobs if job.name in here.summaries and record.cells[job.name] == here.cells[job.name]}
    steps = {job.name: here.steps[job.name] if job.name in alike else whole(record.cells[job.name], here.steps[job.name]) for job in jobs}
    summaries = {name: here.summaries[name] for name in alike}
    summaries |= summaries_of([job for job in jobs if job.name not in alike], steps, here.signatures)
    return replace(here, environment=record.environment, jobs=jobs, steps=steps, summaries=summaries)


def fresh(dataset: model.Dataset, here: Facts, ledger: blocks.Ledger, record: Record) -> tuple[model.Dataset, Facts]:
    """The entries whose every example and call is as it was run where a record was made, and the facts as it shows them."""
    lacking, ran, kinds = record.lacking(ledger, here.asked), record.ran, record.kinds
    scopes = {scope.name for scope in ledger.scopes if {*scope.on(kinds).runnable} <= ran} - {*lacking.pairs}
    whole = {
        entry.name
        for entry in dataset.entries
        if all(scope in scopes for scope, *_ in entry.scopes()) and not any(entry.named(case) in lacking.jobs for case in entry.cases)
    }
    own = {entry.name for entry in dataset.entries if {entry.name, entry.alias_of or entry.name} <= whole}
    topics = [replace(topic, entries=[entry for entry in topic.entries if entry.name in own]) for topic in dataset.topics]
    jobs = [job for job in here.jobs if job.numpy in own and job.name not in lacking.jobs]
    return model.Dataset(topics, machines=dataset.machines), of_record(here, record, jobs)


def there(here: Facts, dataset: model.Dataset, pool: Pool, record: Record) -> Facts:
    """The facts as the workers of `pool` see them, with the cells of the record that they made of the jobs here."""
    return of_record(Facts(**_asked(dataset, pool, Cache()), jobs=here.jobs, steps=here.steps, live=here.live), record)


def _parameter_calls(job: calls.Job, signatures: dict[str, list]) -> list[dict]:
    return signature.parameter_calls(job.lines, *_signatures(job, signatures), bool(job.recipe)) if job.mlx or job.recipe else []


def _signatures(job: calls.Job, signatures: dict[str, list]) -> tuple[list[signature.Parameter], list[list[signature.Parameter]]]:
    of_numpy = signature.numpys(signatures.get(job.numpy, []))
    if not job.recipe:
        return of_numpy, signature.mlxs(signatures.get(job.mlx, []))
    own = [one for one in of_numpy if one.name != "self" or job.numpy.startswith("numpy.ndarray.")]
    return own, signature.of_recipe(job.recipe, own)


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
    spaces = [*dataset.extent.namespaces, *PLACES]
    return {
        "names": sorted(names),
        "same": sorted(map(list, same)),
        "spaces": [*spaces, *(one for one in code.OBJECTS if one not in spaces)],
        "without": sorted({entry.name for entry in dataset.entries for case in entry.cases if without_input(case)}),
        "unmatched": sorted(entry.name for entry in dataset.entries if entry.verdict in ("host", "missing")),
    }


def without_input(case: model.Case) -> bool:
    """Whether values are compared, and no call of a case takes an array of the machine's as it is."""
    try:
        lines = calls.lines(case.calls)
    except calls.CallError:
        return False  # the rules say so
    return case.compare == "values" and bool(lines) and not any(calls.as_it_is(line) for line, _ in lines)


def signatures(names: Iterable[str], here: Facts, pool: Pool, cache: Cache) -> dict[str, list]:
    """The signatures of these names, asked where they are not known."""
    missing = sorted({*names} - here.signatures.keys())
    question = ["signatures", missing, here.environment]
    known = cache.get("names", question) if missing else {}
    if known is None:
        known = pool.facts(missing)["signatures"]
        cache.put("names", [(question, known)])
    return {**here.signatures, **known}


def members(here: Facts) -> set[str]:
    """The last names of all that arrays and their kin have."""
    return {name.rpartition(".")[2] for space in code.OBJECTS for name in here.members.get(space, [])}
