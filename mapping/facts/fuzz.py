"""Jobs of the matrix and a seed go in; what drawn inputs show beside what entries declare comes out, and what was never reached.

The draws of a call follow from the seed and the round alone, so that time decides only how many rounds there are.
"""

from __future__ import annotations

import itertools
import math
import random
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from ..dataset.model import Case, Dataset, Entry
from ..run import calls
from ..run.pool import Pool, silent
from ..run.tasks import Drawn
from .rules.evidence import deviations

DRAWS = (6, 25)  # of each call in the first round, and in each later one
PATIENCE = 0.4  # of the time that a task has otherwise: a call that never returns is met often
BATCH = 24  # calls that are handed out at once: between two batches the clock is read


@dataclass(frozen=True)
class Disagreement:
    """What the sides answered to one call otherwise than the entry declares."""

    file: str
    line: int
    name: str
    kind: str
    ordinary: bool
    call: str
    inputs: str
    numpy: str
    mlx: str

    def __str__(self) -> str:
        where = "on ordinary inputs, not in `differences`" if self.ordinary else "at a corner, not in `edges`"
        answers = f"NumPy {self.numpy}, MLX {self.mlx}" if self.numpy else self.mlx
        return f"{self.file}:{self.line}: {self.name}: `{self.kind}` {where}: {self.call} with {self.inputs}: {answers}"


@dataclass
class Drawings:
    """What a run of draws came to: by call (job and line) how many were made, how many NumPy answered, with which features."""

    made: Counter[tuple[str, int]] = field(default_factory=Counter)
    answered: Counter[tuple[str, int]] = field(default_factory=Counter)
    seen: dict[tuple[str, int], Counter[str]] = field(default_factory=dict)
    found: list[Disagreement] = field(default_factory=list)


def drawable(jobs: Iterable[calls.Job], only: Iterable[str] = ()) -> Iterator[tuple[calls.Job, int]]:
    """Every call that takes an input and compares values; `only` those of entries with these names, or last parts of names."""
    for job in jobs:
        if only and not {job.numpy, job.numpy.rpartition(".")[2]} & {*only}:
            continue
        for number, (numpy, mlx) in enumerate(job.lines):
            if job.compare == "values" and (calls.used(numpy) | calls.used(mlx)) & {*calls.ARRAYS}:
                yield job, number


def declared(dataset: Dataset, job: calls.Job, environment: dict[str, str]) -> dict[str, list[str]]:
    """Kinds of difference that are no disagreement for a job on this kind of machine, on ordinary inputs and at corners.

    Where values are others, some of them are so in few digits.
    """
    cases = list(_cases(dataset, job))
    both = []
    for key in ("differences", "edges"):
        both.append({kind for entry, case in cases for kind in [*getattr(case, key), *deviations(dataset, environment, entry, case, key)]})
    both = [kinds | {"precision"} if "value" in kinds else kinds for kinds in both]
    return {"ordinary": sorted(both[0]), "corner": sorted(both[0] | both[1])}


def _cases(dataset: Dataset, job: calls.Job) -> Iterator[tuple[Entry, Case]]:
    entry = dataset.by_name[job.alias_of or job.numpy]
    for case in entry.cases:
        if job.alias_of or entry.named(case) == job.name:
            yield entry, case


def explore(
    dataset: Dataset,
    environment: dict[str, str],
    lines: list[tuple[calls.Job, int]],
    pool: Pool,
    seed: int,
    tell: Callable,
    seconds: float = math.inf,
    rounds: float = math.inf,
) -> Drawings:
    """Draw for every line, round after round, until the time is over or so many rounds are; `tell` gets each disagreement, and how
    far it is after each batch.
    """
    found, began = Drawings(), time.monotonic()
    allowed = {job.name: declared(dataset, job, environment) for job, _ in lines}
    order = random.Random(seed).sample(lines, len(lines))
    for number in itertools.takewhile(lambda number: number < rounds, itertools.count()):
        draws = DRAWS[min(number, 1)]
        for start in range(0, len(order), BATCH):
            tasks = [
                Drawn(job.data(), line, _seed(seed, number, job.name, line), draws, allowed[job.name])
                for job, line in order[start : start + BATCH]
            ]
            pool.dispatch(tasks, silent)
            for task in tasks:
                for one in _noted(dataset, found, task, allowed):
                    tell(one)
            tell(f"{time.monotonic() - began:5.0f} s: round {number + 1}, {found.made.total()} draws, {len(found.found)} undeclared")
            if time.monotonic() - began > seconds:
                return found
    return found


def _seed(*parts: object) -> int:
    return zlib.crc32(repr(parts).encode())


def _noted(dataset: Dataset, found: Drawings, task: Drawn, allowed: dict[str, dict[str, list[str]]]) -> Iterator[Disagreement]:
    """Note what a task came to. What it found is looked for no further, so that something else of the same job can be found."""
    job = calls.Job(**task.job)
    key = job.name, task.line
    found.made[key] += task.made
    found.answered[key] += task.answered
    found.seen.setdefault(key, Counter()).update(task.seen)
    if not task.found:
        return
    entry, case = next(_cases(dataset, job))
    own = dataset.by_name[job.numpy]
    line = case.line if own is entry else own.line
    one = Disagreement(own.file, line, job.name, **task.found)
    for key_ in ("ordinary", "corner") if one.ordinary else ("corner",):
        if one.kind in allowed[job.name][key_]:
            continue
        allowed[job.name] = {**allowed[job.name], key_: [*allowed[job.name][key_], one.kind]}
    if not any((one.name, one.kind, one.ordinary) == (other.name, other.kind, other.ordinary) for other in found.found):
        found.found.append(one)
        yield one


def report(found: Drawings, lines: list[tuple[calls.Job, int]]) -> Iterator[str]:
    """How many draws there were, of which entries the fewest, what they showed, and what they never reached."""
    by_entry: Counter[str] = Counter()
    for job, number in lines:
        by_entry[job.name] += found.made[job.name, number]
    fewest, most = min(by_entry.values()), max(by_entry.values())
    least = [name for name, count in by_entry.items() if count == fewest]
    yield f"{found.made.total()} draws, {found.answered.total()} answered by NumPy"
    yield f"{len(lines)} calls of {len(by_entry)} entries and forms: {fewest} ({_some(least)}) to {most} draws each"
    kinds = Counter(f"`{one.kind}` {'on ordinary inputs' if one.ordinary else 'at corners'}" for one in found.found)
    yield f"{len(found.found)} undeclared: {', '.join(f'{count} {kind}' for kind, count in sorted(kinds.items())) or 'none'}"
    idle = [f"{job.name}: {job.lines[number][0]}" for job, number in lines if not found.answered[job.name, number]]
    yield f"{len(idle)} calls were never answered{':' * bool(idle)}"
    yield from (f"  {one}" for one in idle)
    cells = unreached(found, lines)
    yield f"{sum(map(len, cells.values()))} cells were never reached, by what of the input: the calls without it"
    yield from (f"  {label}: {len(of)}, {_some(of)}" for label, of in sorted(cells.items()))


def unreached(found: Drawings, lines: list[tuple[calls.Job, int]]) -> dict[str, list[str]]:
    """By a feature of inputs the calls that were answered, but never with it, though others that take the same inputs were."""
    known: dict[frozenset[str], set[str]] = {}
    taken = {(job.name, number): frozenset(calls.used(job.lines[number][0])) for job, number in lines}
    for key, seen in found.seen.items():
        known.setdefault(taken[key], set()).update(seen)
    cells: dict[str, list[str]] = {}
    for job, number in lines:
        key = job.name, number
        for label in sorted(known.get(taken[key], set()) - found.seen.get(key, Counter()).keys()) if found.answered[key] else []:
            cells.setdefault(label, []).append(f"{job.name}: {job.lines[number][0]}")
    return cells


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
