"""A ledger goes in; a record of what every block and pair did comes out.

Workers are spawned, never forked, and long-lived. One that dies or hangs is replaced; what it had reported counts, and the
example that it had in hand is the one that failed.
"""

from __future__ import annotations

import selectors
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from . import blocks, process, steps
from .cache import Cache
from .process import NO_MESSAGE, WAYS, RunError, Stopped, Worker
from .record import Record, code_digest, machine_kinds
from .shape import fits
from .tasks import Blocks, Cells, Question, Task, not_run
from .together import Several, together

WORKERS = 2
FINISHED = {"finished": str, "spent": bool, "changed": [str], "loaded": [str]}


def parts(task: Task | None) -> list[Task]:
    """The scopes, jobs or questions that it is; none of no task."""
    return [*task.parts] if isinstance(task, Several) else [task] if task else []


def size(task: Task | None) -> int:
    """How much of it is done for the first time."""
    return sum(one.way is None for one in parts(task))


def kind(task: Task) -> type:
    """What it is one of: those of one kind load the same modules."""
    return Blocks if isinstance(task, Several) else type(task)


def silent(done: int, total: int, name: str) -> None:
    """Progress that nobody follows."""


class Pool:
    """Workers over which scopes are dealt out, started when first needed; as a context, it leaves none behind.

    `around` holds variables that workers get beside those of our own environment, `python` is the interpreter that runs
    them, and `patience` by how much slower than a common machine theirs is.
    """

    def __init__(
        self, device: str = "", size: int = WORKERS, around: dict[str, str] | None = None, python: str = sys.executable, patience: float = 1
    ):
        self.device, self.size = device, size
        self.around, self.python, self.patience = around or {}, python, patience
        self.workers: list[Worker] = []
        self.closed, self.lock = False, threading.Lock()  # it may be closed from another thread than the one that runs
        self.record: Record | None = None  # of the run that goes on, or of the last one
        self.learned: dict[type, set[str]] = {}  # modules that tasks of this kind have loaded
        self.idle = 0  # workers that get nothing, as long as their cores are wanted for something else
        self.unkept: set[str] = set()  # tasks that left even a worker of their own changed: what they showed is not kept

    def start(self, size: int | None = None) -> None:
        """Start so many of the workers, or all, and do not wait for them: what they import takes a while. Raises RunError once closed."""
        while len(self.workers) < (size or self.size):
            self._add()

    def _add(self, instead: Worker | None = None, way: int | None = None) -> Worker:
        with self.lock:
            if self.closed:  # and its workers are gone
                raise RunError("stopped")
            place = self.workers.index(instead) if instead else len(self.workers)
            way = place % len(WAYS) if way is None else way
            self.workers[place : place + 1] = [Worker(self.device, self.around, self.python, self.patience, way)]
            return self.workers[place]

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: Any) -> None:
        with self.lock:
            self.closed = True
            while self.workers:
                self.workers.pop().end()

    def environment(self) -> dict[str, str]:
        """Versions, platform and device, as a worker that runs sees them."""
        self.start(1)
        return self.workers[0].started()

    def facts(
        self,
        names: Iterable[str],
        same: Iterable[tuple[str, str]] = (),
        spaces: Iterable[str] = (),
        unmatched: Iterable[str] = (),
        without: Iterable[str] = (),
    ) -> dict:
        """Which of `names` exist live, what is near those that don't, which pairs are one object, what `spaces` hold, what answers as
        the functions `unmatched` do, which of those `without` an input take an array."""
        self.start(1)
        worker = self.workers[0]
        worker.started()
        question = {"names": sorted(names), "same": sorted(same), "spaces": list(spaces)}
        worker.send(facts={**question, "unmatched": list(unmatched), "without": list(without)})
        worker.deadline += process.START * self.patience
        try:
            found: dict = worker.next()["facts"]
            return found
        except Stopped as error:
            raise RunError(f"the look-up of names ended early: {error}") from None

    def run(
        self, ledger: blocks.Ledger, progress: Callable[[int, int, str], None] = silent, matrix: bool = False, cache: Cache | None = None
    ) -> Record:
        """Run every scope of the ledger, look up every name; with `matrix`, its jobs too. `progress(done, all, name)` follows.

        A scope that `cache` knows to have passed is not run again; those that pass are added.
        """
        began = time.perf_counter()
        cache = cache or Cache()
        record = self.record = Record(ledger.digest, self.environment(), code=code_digest())
        ran: set[str] = set()
        failed: set[str] = set()
        scopes = [scope.on(machine_kinds(record.environment)) for scope in ledger.scopes]
        questions = {scope.name: scope.question(record.environment) for scope in scopes}
        known = dict(zip(questions, cache.get_all("scope", questions.values())))
        tasks: list[Blocks] = []
        for scope in scopes:
            if scope.runnable and known[scope.name] is not None:
                ran.update(scope.runnable)
                record.pairs |= {scope.name: known[scope.name]} if scope.pair is not None else {}
            elif scope.runnable:
                try:
                    tasks.append(Blocks(scope, record, ran, failed))
                except blocks.BlockError as error:
                    failed.update(scope.runnable)
                    record.failures += [not_run(block, str(error)) for block in scope.runnable]
        cells: dict[str, list[dict]] = {}
        jobs = [Cells(job, cells) for job in ledger.jobs if matrix]
        record.names, record.near = self._names(sorted({*ledger.names, *ledger.absent}), cache)
        seconds: list[tuple[Blocks, Blocks]] = []
        self.dispatch([*together(tasks), *jobs], progress, lambda task: self._second(task, seconds))
        record.cells = {task.job["name"]: steps.shortened(task.job, task.steps) for task in jobs}
        self._compare(seconds)
        claimed = [block for scope in scopes for block in scope.runnable]
        record.passed = [block for block in claimed if block in ran - failed]
        kept = (task.scope for task in tasks if task.passed and task.name not in self.unkept)
        cache.put("scope", ((questions[scope.name], record.pairs.get(scope.name, {})) for scope in kept))
        record.pairs = {scope.name: {**record.pairs[scope.name], "of": scope.digest} for scope in scopes if scope.name in record.pairs}
        record.failures += [not_run(block, "no result came back") for block in claimed if block not in ran | failed]
        order = {block.id: place for place, block in enumerate(ledger.blocks)}
        record.failures.sort(key=lambda failure: (order[failure["block"]], failure["line"]))
        record.seconds = round(time.perf_counter() - began, 3)
        return record

    def _second(self, done: Task, seconds: list[tuple[Blocks, Blocks]]) -> list[Task]:
        """What of a task may show something else by itself, to be run once more: in a worker of the other way, in another order, with
        other seeds."""
        own = [task for task in parts(done) if isinstance(task, Blocks) and task.way is None and task.passed and not task.steady]
        new = [(task, Blocks(task.scope, Record("", {}), set(), set(), 1 - task.given, alone=task.alone)) for task in own]
        seconds += new
        return [*together(second for _, second in reversed(new))]

    def _compare(self, seconds: list[tuple[Blocks, Blocks]]) -> None:
        """Note what showed something else the second time as failed."""
        for first, second in seconds:
            wrong = second.record.failures
            if second.passed and second.record.pairs != {name: pair for name, pair in first.record.pairs.items() if name == first.name}:
                wrong = [not_run(first.blocks[-1].id, "its sides compare otherwise")]
            first.record.failures += [{**failure, "wrong": f"{failure['wrong']}, the second time"} for failure in wrong]
            first.failed.update(failure["block"] for failure in wrong)

    def _names(self, names: list[str], cache: Cache) -> tuple[dict[str, bool], dict[str, list[str]]]:
        """Which names exist, and what is near those that don't."""
        question = [names, self.environment()]
        known = cache.get("names", question) if names else {"names": {}, "near": {}}
        if known is None:
            found = self.facts(names)
            known = {key: found[key] for key in ("names", "near")}
            cache.put("names", [(question, known)])
        return known["names"], known["near"]

    def cells(self, jobs: Iterable[dict], progress: Callable[[int, int, str], None] = silent) -> dict[str, list[dict]]:
        """Run jobs of the matrix; returns every step of each, by the job's name."""
        found: dict[str, list[dict]] = {}
        self.environment()
        self.dispatch([Cells(job, found) for job in jobs], progress)
        return found

    def ask(self, questions: dict[str, dict], progress: Callable[[int, int, str], None] = silent) -> dict[str, dict]:
        """Ask for tables and figures; by the question's name `{"answer": ...}`, or `{"error": ...}` in words."""
        found: dict[str, dict] = {}
        self.environment()
        self.dispatch([Question(name, question, found) for name, question in questions.items()], progress)
        return found

    def dispatch(
        self, tasks: Iterable[Task], progress: Callable[[int, int, str], None], after: Callable[[Task], list[Task]] = lambda task: []
    ) -> None:
        """Give every task to a worker that is free, and what is to be done `after` it; replace workers that die, hang or are spent.

        A task after which its worker is not as it was is done again in a new one, alone: what it showed may rest on what was
        there, and nothing after it may rest on what it left. Of several, each is done again by itself.
        """
        todo = deque(tasks)
        total = sum(map(size, todo))
        if todo:
            self.start()
        slots = [Slot(worker) for worker in self.workers]
        with selectors.DefaultSelector() as selector:
            for slot in slots:
                selector.register(slot.worker.pipe, selectors.EVENT_READ, slot)
            while todo or any(slot.task for slot in slots):
                self._deal(todo, slots, selector)
                wait = min((slot.worker.deadline - time.monotonic() for slot in slots if slot.task), default=0.05)
                ready = [key.data for key, _ in selector.select(max(0.0, min(wait, 1.0)))]
                for slot in slots:
                    alive = slot.worker.read() if slot in ready else True
                    waited = slot.task is not None or not slot.worker.environment
                    late = waited and time.monotonic() > slot.worker.deadline and not slot.worker.waiting()
                    if not slot.worker.environment:
                        if slot.worker.messages or not alive or late:  # it serves, or says why it does not
                            slot.worker.started()
                            slot.worker.wait()
                        continue
                    task, ended = slot.task, slot.take()
                    if task and ended:
                        again = self._again(slot, ended)
                        if isinstance(again, Several):
                            todo.extendleft(reversed(again.parts))
                        elif again:
                            self._replace(slot, selector)
                            slot.give(again, self.learned)
                            continue
                        else:
                            # a worker that is alone has to be replaced for what comes after: it does all else before
                            place = 0 if len(slots) > 1 else sum(one.way is None for one in todo)
                            for one in after(task):
                                todo.insert(place, one)
                            left = sum(map(size, [*todo, *(other.task for other in slots)]))
                            for done, one in enumerate(parts(task), total - left - size(task) + 1) if size(task) else ():
                                progress(done, total, one.name)
                    alive = alive and not slot.worker.garbled
                    if alive and not late and not slot.spent:
                        continue
                    task, how = slot.task, self._replace(slot, selector)
                    if task:
                        why = f"no answer within {process.TIMEOUT * self.patience:g} s" if late else f"the process {how}"
                        todo.extendleft(reversed(task.fail(why)))

    def _deal(self, todo: deque[Task], slots: list[Slot], selector: selectors.BaseSelector) -> None:
        """Give what is due to workers that are free, as many as may be at work."""
        ways = {slot.worker.way for slot in slots}
        for task in [*todo]:
            free = [slot for slot in slots if slot.task is None and slot.worker.environment]
            if not free or len(slots) - len(free) >= max(1, len(slots) - self.idle):
                return
            fit = (slot for slot in free if task.way in (None, slot.worker.way) or task.way not in ways)
            if slot := next(fit, None):
                todo.remove(task)
                if slot.worker.process.poll() is not None or task.way not in (None, slot.worker.way) or task.alone:
                    self._replace(slot, selector, task.way)  # it had nothing in hand: no task is to blame
                slot.give(task, self.learned)

    def _again(self, slot: Slot, ended: dict) -> Task | None:
        """Take a task that has ended off a slot; returned is one that left its worker changed for the first time."""
        task, slot.task = slot.task, None
        assert task
        reached = slot.reached and not isinstance(task, Question)  # what draws figures looks at frames
        changed = ended["changed"] or ended["loaded"] or reached
        slot.spent = ended["spent"] or bool(changed)
        if isinstance(task, Blocks) and task.neighbours:  # which load late, look at frames and change what they patch
            return None
        if changed and not task.alone:
            self.learned.setdefault(kind(task), set()).update(ended["loaded"])
            task.restart()
            task.alone = True
            return task
        self.unkept.update([task.name] if changed else [])
        return None

    def _replace(self, slot: Slot, selector: selectors.BaseSelector, way: int | None = None) -> str:
        """End a task's worker and start a new one; says in words how the old one ended. Raises RunError once the pool is closed."""
        selector.unregister(slot.worker.pipe)
        how = slot.worker.end()
        slot.worker = self._add(slot.worker, slot.worker.way if way is None else way)
        slot.task, slot.spent = None, False
        selector.register(slot.worker.pipe, selectors.EVENT_READ, slot)
        return how


@dataclass
class Slot:
    """What one worker has in hand."""

    worker: Worker
    task: Task | None = None
    reached: bool = False  # the task got behind what is watched
    spent: bool = False  # the worker has finished a task, and something of it still runs or is changed

    def give(self, task: Task, learned: dict[type, set[str]]) -> None:
        self.task, self.reached, task.given = task, False, self.worker.way
        imports = {*learned.get(kind(task), ()), *task.imports}
        self.worker.send(name=task.name, imports=sorted(imports), **task.request())
        self.worker.deadline += (
            process.START * self.worker.patience if isinstance(task, Blocks) and task.neighbours else 0
        )  # they take long to load

    def take(self) -> dict | None:
        """Pass on what the worker reported; returned is that it has finished."""
        while self.worker.messages:
            message = self.worker.messages.popleft()
            self.worker.wait()
            try:
                if not self.task:
                    raise ValueError("nothing was asked")
                if fits(message, FINISHED):
                    self.task.finish()
                    return message
                if fits(message, {"reached": str}):
                    self.reached = True
                else:
                    self.task.take(message)
            except ValueError:
                self.worker.garbled = NO_MESSAGE
                break
        return None
