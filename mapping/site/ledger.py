"""What Sphinx has read goes in; the ledger of every claim on the pages comes out, and its run beside the build."""

from __future__ import annotations

import threading
from collections.abc import Callable, Set
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..dataset import model
from ..dataset.problems import Problem
from ..facts import lookup
from ..run import blocks, needs
from ..run.cache import Cache
from ..run.pool import Pool, silent
from ..run.process import RunError
from ..run.record import Record, describe, machine_kinds
from ..run.tasks import not_run
from ..run.terms import NAME
from . import gate, prose
from .collector import Seen
from .records import Shown
from .speed import Beside, cores

SIDES = ("numpy", "mlx", "deviation")  # of an example, in the order in which they are run


@dataclass
class Build:
    """One build: what was read before it, what runs beside it."""

    root: Path
    dataset: model.Dataset
    skip: list[model.Skip]
    facts: lookup.Facts
    pool: Pool
    cache: Cache
    sources: str
    beside: Beside  # makes what can be made beside it
    ledger: blocks.Ledger = field(default_factory=blocks.Ledger)
    handed: list[Record] = field(default_factory=list)  # records made elsewhere; the site speaks of the first
    attestation: str = ""  # the address of what binds them to a run
    record: Record | None = None  # of the run here
    error: Exception | None = None
    thread: threading.Thread | None = None
    problems: list[Problem] = field(default_factory=list)
    progress: Callable[[int, int, str], None] = silent
    kept: list[Shown] = field(default_factory=list)  # what the records that are kept show of the ledger

    def start(self) -> None:
        """Run the ledger beside Sphinx's writing."""

        def work() -> None:
            try:
                self.record = self.pool.run(self.ledger, self.progress, cache=self.cache)
            except Exception as error:  # handed to the thread that waits
                self.error = error

        self.pool.idle = max(0, self.pool.size + 1 - cores())
        self.thread = threading.Thread(target=work)
        self.thread.start()

    def stop(self) -> None:
        """End the run where it is, and what is made beside it; nothing of it goes on."""
        self.pool.__exit__()
        self.beside.__exit__()
        if self.thread:
            self.thread.join()

    def finish(self) -> Record:
        """Wait for the run. Raises what stopped it."""
        if self.thread:
            self.thread.join()
        self.stop()
        if self.error:
            raise self.error
        assert self.record
        if not self.handed and self.record.environment != self.facts.environment:
            self.cache.forget("facts", lookup.asked(self.dataset))
            raise RunError(
                f"the facts are of {describe(self.facts.environment)}, and the run is of {describe(self.record.environment)}: build again"
            )
        return self.record


def sides_of(example: model.Example) -> set[str]:
    """The sides that pages have to show of an example."""
    return {*SIDES} if example.deviation else {*SIDES[:2]}


def ledger_of(build: Build, seen: dict[str, Seen], objects: Set[str] = frozenset()) -> tuple[blocks.Ledger, list[Problem]]:
    """One scope for each page and one for each example, and every problem that shows before the run. `objects` are the names under
    which Sphinx's inventory knows places of the site."""
    ledger, problems = blocks.Ledger(jobs=[job.data() for job in build.facts.jobs]), []
    places = {scope: (entry, case, example) for entry in build.dataset.entries for scope, case, example in entry.scopes()}
    recipes = {f"{entry.named(case)} recipe": (entry, case) for entry in build.dataset.entries for case in entry.cases if case.defines}
    skips = {(skip.source, skip.text): skip for skip in build.skip}
    pairs: dict[str, dict[str, blocks.Block]] = {}
    for page in sorted(seen):
        problems += seen[page].problems
        own = blocks.Scope(page, [])
        ledger.scopes.append(own)
        ledger.names |= {name: place for name, place in seen[page].names.items() if name not in ledger.names}
        ledger.absent |= {name: place for name, place in seen[page].absent.items() if name not in ledger.absent}
        for read, scope, side in seen[page].blocks:
            block = replace(read)  # what is on the environment stays as it was read
            if scope in recipes and side == "recipe":
                entry, case = recipes.pop(scope)
                block.source, block.line, block.kind = entry.file, case.recipe_line, "script"
                ledger.scopes.append(blocks.Scope(scope, [block]))
            elif scope in places and side in sides_of(places[scope][2]) - {*pairs.get(scope, {})}:
                entry, case, example = places[scope]
                block.setup = case.defines if side != "numpy" else ""
                other = example.deviation
                if other and side == "deviation":
                    block.source, block.line, block.machine = entry.file, other.line, other.machine
                else:
                    block.source, block.line = entry.file, example.lines[side]
                    block.but = other.machine if other and side == "mlx" else ""
                pairs.setdefault(scope, {})[side] = block
            elif scope:
                problems.append(gate.side_unknown(block.source, block.line, page, f"{scope} | {side}"))
            else:
                if skips.pop((block.source, block.text.strip("\n")), None):
                    block.kind = "skipped"
                own.blocks.append(block)
        for block, packages in zip(own.blocks, needs.needed(own.blocks)):
            block.machine = " ".join(sorted(packages))
            if lacking := packages.difference(machine_kinds(build.facts.environment)):
                problems.append(gate.block_failed(block, not_run("", f"not run: {', '.join(sorted(lacking))} is not installed"), page))
    problems += [gate.not_rendered(entry.file, case.recipe_line, entry.name, scope) for scope, (entry, case) in recipes.items()]
    for scope, (entry, _, example) in places.items():
        both = pairs.get(scope, {})
        if both.keys() != sides_of(example):
            problems.append(gate.not_rendered(entry.file, entry.line, entry.name, scope))
            continue
        options = {"compare": example.compare, "shows": example.shows, **({"ulp": example.tolerance["ulp"]} if example.tolerance else {})}
        ledger.scopes.append(blocks.Scope(scope, [both[side] for side in SIDES if side in both], options))
    for job in build.facts.jobs:
        entry = build.dataset.by_name[job.numpy]
        for name in NAME.findall(" ".join(sum(job.lines, ()))):
            ledger.names.setdefault(name, f"{entry.file}:{entry.line}")
    for entry in build.dataset.entries:
        for name in (entry.name, *entry.mlx) if not entry.platforms else []:
            ledger.names.setdefault(name, f"{entry.file}:{entry.line}")
        for name in (entry.name, entry.name.replace("numpy", "np", 1)) if entry.platforms else []:  # the rules look these up
            ledger.names.pop(name, None)
            ledger.platform_names.append(name)
    problems += [gate.skip_unused(skip) for skip in skips.values()]
    problems += [gate.object_unknown(name) for name in sorted(objects - build.dataset.by_name.keys())]
    problems += prose.problems(seen, build.dataset, build.facts, build.pool, build.cache)
    problems += gate.unshown([(page, *one) for page in sorted(seen) for one in seen[page].unshown], build.dataset.unshown)
    problems += gate.unrunnable(ledger)
    ledger.name()
    ledger.seal()
    return ledger, problems
