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
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from . import blocks, process, steps
from .cache import Cache
from .process import RunError, Stopped, Worker
from .record import Record, code_digest, machine_kinds

WORKERS = 2


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

    def start(self, size: int | None = None) -> None:
        """Start so many of the workers, or all, and do not wait for them: what they import takes a while. Raises RunError once closed."""
        while len(self.workers) < (size or self.size):
            self._add()

    def _add(self, instead: Worker | None = None) -> Worker:
        with self.lock:
            if self.closed:  # and its workers are gone
                raise RunError("stopped")
            place = self.workers.index(instead) if instead else len(self.workers)
            self.workers[place : place + 1] = [Worker(self.device, self.around, self.python, self.patience)]
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

    def facts(self, names: Iterable[str], same: Iterable[tuple[str, str]] = (), spaces: Iterable[str] = ()) -> dict:
        """Which of `names` exist live, what is near those that don't, which pairs are one object, what `spaces` hold."""
        self.start(1)
        worker = self.workers[0]
        worker.started()
        worker.send(facts={"names": sorted(names), "same": sorted(same), "spaces": list(spaces)})
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
        tasks = [Blocks(scope, record, ran, failed) for scope in scopes if scope.runnable and known[scope.name] is None]
        for scope in scopes:
            if scope.runnable and known[scope.name] is not None:
                ran.update(scope.runnable)
                record.pairs |= {scope.name: known[scope.name]} if scope.pair is not None else {}
        cells: dict[str, list[dict]] = {}
        jobs = [Cells(job, cells) for job in ledger.jobs if matrix]
        record.names, record.near = self._names(sorted({*ledger.names, *ledger.absent}), cache)
        self.dispatch([*tasks, *jobs], progress)
        record.cells = {task.job["name"]: steps.shortened(task.job, task.steps) for task in jobs}
        claimed = [block for scope in scopes for block in scope.runnable]
        record.passed = [block for block in claimed if block in ran - failed]
        passed = [task.scope for task in tasks if {*task.scope.runnable} <= ran - failed]
        cache.put("scope", ((questions[scope.name], record.pairs.get(scope.name, {})) for scope in passed))
        record.pairs = {scope.name: {**record.pairs[scope.name], "of": scope.digest} for scope in scopes if scope.name in record.pairs}
        record.failures += [_not_run(block, "no result came back") for block in claimed if block not in ran | failed]
        order = {block.id: place for place, block in enumerate(ledger.blocks)}
        record.failures.sort(key=lambda failure: (order[failure["block"]], failure["line"]))
        record.seconds = round(time.perf_counter() - began, 3)
        return record

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

    def dispatch(self, tasks: Iterable[Task], progress: Callable[[int, int, str], None]) -> None:
        """Give every task to a worker that is free; replace workers that die, hang or are spent."""
        todo = deque(tasks)
        total = done = len(todo)
        if todo:
            self.start()
        slots = [Slot(worker) for worker in self.workers]
        with selectors.DefaultSelector() as selector:
            for slot in slots:
                selector.register(slot.worker.pipe, selectors.EVENT_READ, slot)
            while todo or any(slot.task for slot in slots):
                for slot in slots:
                    if slot.task is None and todo:
                        if slot.worker.process.poll() is not None:  # it had nothing in hand: no task is to blame
                            self._replace(slot, selector)
                        slot.worker.started()
                        slot.give(todo.popleft())
                wait = min((slot.worker.deadline for slot in slots if slot.task), default=0) - time.monotonic()
                ready = [key.data for key, _ in selector.select(max(0.0, min(wait, 1.0)))]
                for slot in slots:
                    alive = slot.worker.read() if slot in ready else True
                    if name := slot.take():
                        done = total - len(todo) - sum(one.task is not None for one in slots)
                        progress(done, total, name)
                    late = slot.task is not None and time.monotonic() > slot.worker.deadline and not slot.worker.waiting()
                    if alive and not late and not slot.spent:
                        continue
                    task, how = slot.task, self._replace(slot, selector)
                    if task and task.fail(f"no answer within {process.TIMEOUT * self.patience:g} s" if late else f"the process {how}"):
                        todo.appendleft(task)

    def _replace(self, slot: Slot, selector: selectors.BaseSelector) -> str:
        """End a task's worker and give it a new one; says in words how the old one ended. Raises RunError once the pool is closed."""
        selector.unregister(slot.worker.pipe)
        how = slot.worker.end()
        slot.worker, slot.task, slot.spent = self._add(instead=slot.worker), None, False
        slot.worker.started()
        selector.register(slot.worker.pipe, selectors.EVENT_READ, slot)
        return how


def _not_run(block: str, why: str) -> dict:
    return {"block": block, "line": 0, "source": "", "wrong": why, "want": "", "got": ""}


@dataclass
class Slot:
    """What one worker has in hand."""

    worker: Worker
    task: Task | None = None
    spent: bool = False  # the worker has finished a task, and something of it still runs

    def give(self, task: Task) -> None:
        self.task = task
        self.worker.send(**task.request())

    def take(self) -> str:
        """Pass on what the worker reported; returns the task's name when it has finished."""
        finished = ""
        while self.worker.messages:
            message = self.worker.messages.popleft()
            self.worker.wait()
            if "finished" in message:
                finished, self.task, self.spent = message["finished"], None, message["spent"]
            elif self.task:
                self.task.take(message)
        return finished


class Task(Protocol):
    """Something for a worker to do: what to ask of it, what it reports, and how it failed."""

    def request(self) -> dict: ...

    def take(self, message: dict) -> None: ...

    def fail(self, why: str) -> bool:
        """The worker has ended with this in hand; says whether something of it is left to do."""


@dataclass
class Blocks:
    """One scope of blocks, noted in a record."""

    scope: blocks.Scope
    record: Record
    ran: set[str]
    failed: set[str]
    example: dict = field(default_factory=dict)

    def request(self) -> dict:
        return {"scope": asdict(self.scope)}

    def take(self, message: dict) -> None:
        if "start" in message:
            self.example = message
        elif "wrong" in message:
            self._note(message["wrong"], message["want"], message["got"])
        elif "noise" in message:
            self.record.noise.append(self._said(message["noise"], message["want"], message["got"]))
        elif "ran" in message:
            self.ran.add(message["ran"])
        elif "pair" in message:
            self.record.pairs[message.pop("pair")] = message

    def fail(self, why: str) -> bool:
        """Note the example in hand; blocks after it did not run."""
        ids = self.scope.runnable
        self.example = self.example or {"start": ids[0], "line": 0, "source": ""}
        self._note(why, "", "")
        for later in ids[ids.index(self.example["start"]) + 1 :]:
            self.record.failures.append(_not_run(later, "not run: an earlier block ended the process"))
            self.failed.add(later)
        return False

    def _note(self, wrong: str, want: str, got: str) -> None:
        self.failed.add(self.example["start"])
        self.record.failures.append(self._said(wrong, want, got))

    def _said(self, wrong: str, want: str, got: str) -> dict:
        return {
            "block": self.example["start"],
            "line": self.example["line"],
            "source": self.example["source"],
            "wrong": wrong,
            "want": want,
            "got": got.rstrip("\n"),
        }


class Cells:
    """One job of the matrix. A step that ends two workers is noted, and the next one goes on after it.

    It gets a second try since an error of an earlier step may end a worker late, while another is in hand.
    """

    def __init__(self, job: dict, found: dict[str, list[dict]]):
        self.job, self.steps = job, found.setdefault(job["name"], [])
        self.ended, self.suspect = "", -1

    def request(self) -> dict:
        return {"cells": self.job, "start": len(self.steps) + bool(self.ended), "ended": self.ended}

    def take(self, message: dict) -> None:
        self.steps.append(message)
        self.ended = ""

    def fail(self, why: str) -> bool:
        place = len(self.steps)
        if self.ended:  # it ended again before it told of anything
            raise RunError(f"{self.job['name']}: {why}, before its step {place + 1}")
        if self.suspect == place:
            self.ended = why
        self.suspect = place
        return True


@dataclass
class Question:
    """A table or a figure of the guide, noted under its name."""

    name: str
    question: dict
    found: dict[str, dict]

    def request(self) -> dict:
        return {"ask": self.question, "name": self.name}

    def take(self, message: dict) -> None:
        self.found[self.name] = message

    def fail(self, why: str) -> bool:
        self.found[self.name] = {"error": why}
        return False
