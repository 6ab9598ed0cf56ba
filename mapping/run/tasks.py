"""What a worker is asked and what it reports go in; what that shows is noted: a scope of blocks, a job of the matrix, a question.

What an example should print is known here alone: a worker gets its code, and says what it printed and answered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol

from . import blocks, checker
from .agreement import judge, read
from .needs import NEIGHBOURS
from .process import RunError
from .record import Record
from .shape import fits
from .steady import steady
from .steps import STEP
from .terms import PRINTED

REPORTS = ({"start": int}, {"printed": str}, {"ran": int, "answered": [object]})  # of a worker that has blocks in hand
UNDECLARED = {"kind": str, "ordinary": bool, "call": str, "inputs": str, "numpy": str, "mlx": str}

IMPORT = re.compile(r"\b(?:from|import) +([\w.]+)")


class Task(Protocol):
    """Something for a worker to do: what to ask of it, what it reports, and how it failed.

    `way` is that in which its worker has to be started, None where any will do; `given` that of the one which it was given to;
    with `alone` that has to be a new one, since the task has left another one changed.
    """

    way: int | None
    given: int
    alone: bool
    imports: set[str]  # modules that it asks for by name

    @property
    def name(self) -> str: ...

    def request(self) -> dict: ...

    def take(self, message: dict) -> None:
        """Note what a worker reports. Raises ValueError for what none of ours would."""

    def finish(self) -> None:
        """The worker says that it has done all. Raises ValueError where it has not."""

    def restart(self) -> None:
        """All of it is to be done again: forget what was noted."""

    def fail(self, why: str) -> list[Task]:
        """The worker has ended with this in hand; returns what is left to do."""


@dataclass
class Blocks:
    """One scope of blocks, noted in a record; with a `way`, for the second time, with other seeds."""

    scope: blocks.Scope
    record: Record
    ran: set[str]
    failed: set[str]
    way: int | None = None
    given: int = 0
    alone: bool = False
    block: int = 0  # the block and the example that are due; what was answered in blocks before it
    example: int = 0
    begun: bool = False
    answers: list[list] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.blocks = [block for block in self.scope.blocks if block.kind in blocks.RUNNABLE]
        self.examples = [examples(block) for block in self.blocks]
        self.imports = {name for block in self.blocks for name in IMPORT.findall(block.text)}
        self.alone = self.alone or any("subprocess" in block.text for block in self.blocks)  # to start one leaves a worker changed
        self.neighbours = any(name.partition(".")[0] in NEIGHBOURS for name in self.imports)

    @property
    def name(self) -> str:
        return self.scope.name

    @property
    def passed(self) -> bool:
        return {block.id for block in self.blocks} <= self.ran - self.failed

    @property
    def steady(self) -> bool:
        """Whether none of its code is known to show something else by itself."""
        return all(map(steady, self.sources))

    @property
    def sources(self) -> list[str]:
        """All its code."""
        return [*(block.setup for block in self.blocks), *(one.source for some in self.examples for one in some)]

    @property
    def ended(self) -> bool:
        """Whether all of it was reported."""
        return self.block == len(self.blocks)

    def request(self) -> dict:
        return {"scopes": [self.code()]}

    def code(self) -> dict:
        """What a worker needs of it."""
        code = [
            {"setup": block.setup, "kind": block.kind, "where": f"<{block.source}:{block.line}>", "code": [one.source for one in some]}
            for block, some in zip(self.blocks, self.examples)
        ]
        return {"apart": self.scope.pair is not None, "seed": int(self.way is not None), "blocks": code}

    def take(self, message: dict) -> None:
        due = len(self.examples[self.block]) if self.block < len(self.blocks) else -1
        if not fits(message, REPORTS):
            raise ValueError("no report")
        if message == {"start": self.example} and self.example < due and not self.begun:
            self.begun = True
        elif "printed" in message and self.begun:
            self._hold(message["printed"])
            self.example, self.begun = self.example + 1, False
        elif message.get("ran") == self.block and self.example == due and not self.begun:
            self.answers.append([read(one) for one in message["answered"]])
            self.ran.add(self.blocks[self.block].id)
            self.block, self.example = self.block + 1, 0
            if self.scope.pair is not None and self.ended:
                self.record.pairs[self.scope.name] = judge(self.answers[0], self.answers[1], self.scope.pair)
        else:
            raise ValueError("a report out of turn")

    def finish(self) -> None:
        if not self.ended:
            raise ValueError("no end")

    def restart(self) -> None:
        own = {block.id for block in self.blocks}
        self.ran -= own
        self.failed -= own
        for notes in (self.record.failures, self.record.noise):
            notes[:] = [note for note in notes if note["block"] not in own]
        self.record.pairs.pop(self.name, None)
        self.block, self.example, self.begun, self.answers = 0, 0, False, []

    def _hold(self, printed: str) -> None:
        """Hold an output against the one that is shown."""
        want = self.examples[self.block][self.example].want
        if wrong := checker.output(want, printed) or ("too much output" if len(printed) > PRINTED else ""):
            self._note(wrong, want, printed)
        elif checker.noise(want, printed):
            self.record.noise.append(self._said("other digits, within rounding", want, printed))

    def fail(self, why: str) -> list[Task]:
        """Note the example in hand, or the last one; blocks after it did not run."""
        self.block = min(self.block, len(self.blocks) - 1)
        self._note(why, "", "")
        for later in self.blocks[self.block + 1 :]:
            self.record.failures.append(not_run(later.id, "not run: an earlier block ended the process"))
            self.failed.add(later.id)
        return []

    def _note(self, wrong: str, want: str, printed: str) -> None:
        self.failed.add(self.blocks[self.block].id)
        self.record.failures.append(self._said(wrong, want, printed))

    def _said(self, wrong: str, want: str, printed: str) -> dict:
        example = self.examples[self.block][min(self.example, len(self.examples[self.block]) - 1)]
        return {
            "block": self.blocks[self.block].id,
            "line": example.line,
            "source": example.source,
            "wrong": wrong,
            "want": want,
            "got": printed[:20_000].rstrip("\n"),
        }


def examples(block: blocks.Block) -> tuple[blocks.Example, ...]:
    """The statements of a block that runs; a script is one, and prints nothing that is shown."""
    return blocks.parse(block.text) if block.kind == "doctest" else (blocks.Example(block.text, "", 0),)


def not_run(block: str, why: str) -> dict:
    """The failure of a block that did not run."""
    return {"block": block, "line": 0, "source": "", "wrong": why, "want": "", "got": ""}


class Cells:
    """One job of the matrix. A step that ends two workers is noted, and the next one goes on after it.

    It gets a second try since an error of an earlier step may end a worker late, while another is in hand.
    """

    def __init__(self, job: dict, found: dict[str, list[dict]]):
        self.name, self.job, self.steps = job["name"], job, found.setdefault(job["name"], [])
        self.ended, self.suspect = "", -1
        self.way: int | None = None
        self.given, self.alone, self.imports = 0, False, set[str]()

    def request(self) -> dict:
        return {"cells": self.job, "start": len(self.steps) + bool(self.ended), "ended": self.ended}

    def take(self, message: dict) -> None:
        if not fits(message, STEP):
            raise ValueError("no step")
        self.steps.append(message)
        self.ended = ""

    def finish(self) -> None:
        """How many steps there are, the worker alone knows."""

    def restart(self) -> None:
        self.steps.clear()
        self.ended, self.suspect = "", -1

    def fail(self, why: str) -> list[Task]:
        place = len(self.steps)
        if self.ended:  # it ended again before it told of anything
            raise RunError(f"{self.job['name']}: {why}, before its step {place + 1}")
        if self.suspect == place:
            self.ended = why
        self.suspect = place
        return [self]


@dataclass
class Question:
    """A table or a figure of the guide, noted under its name."""

    name: str
    question: dict
    found: dict[str, dict]
    way: int | None = None
    given: int = 0
    alone: bool = False
    imports: set[str] = field(default_factory=set)

    def request(self) -> dict:
        return {"ask": self.question}

    def take(self, message: dict) -> None:
        if not fits(message, ({"answer": object}, {"error": str})):
            raise ValueError("no answer")
        self.found[self.name] = message

    def finish(self) -> None:
        if self.name not in self.found:
            raise ValueError("no answer")

    def restart(self) -> None:
        self.found.pop(self.name)

    def fail(self, why: str) -> list[Task]:
        self.found[self.name] = {"error": why}
        return []


@dataclass
class Drawn:
    """One line of a job, called with inputs that the worker draws: so many, by a seed. `declared` are kinds of difference, on ordinary
    inputs and at corners, that are no disagreement.

    It holds the last disagreement told, which is the smallest. An end of the worker is one, with the draw that it had in hand, if
    that ends a second one: an error of an earlier draw may end a worker late.
    """

    job: dict
    line: int
    seed: int
    draws: int
    declared: dict[str, list[str]]
    way: int | None = None
    given: int = 0
    alone: bool = False
    imports: set[str] = field(default_factory=set)
    drawing: str = ""
    suspect: str = ""
    found: dict | None = None
    made: int = 0
    answered: int = 0
    seen: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.job['name']} {self.line}"

    def request(self) -> dict:
        return {"draws": {key: getattr(self, key) for key in ("job", "line", "seed", "draws", "declared")}}

    def take(self, message: dict) -> None:
        if fits(message, {"drawing": str}):
            self.drawing = message["drawing"]
        elif fits(message, {"undeclared": UNDECLARED}):
            self.found = message["undeclared"]
        elif fits(message, {"made": int, "answered": int, "seen": {str: int}}):
            self.made, self.answered, self.seen = message["made"], message["answered"], message["seen"]
        else:
            raise ValueError("no report")

    def finish(self) -> None:
        """How many draws there are, the worker alone knows."""

    def restart(self) -> None:
        self.found, self.drawing = None, ""

    def fail(self, why: str) -> list[Task]:
        if "undefined" in self.declared["corner"]:
            return []
        if not self.suspect:
            self.suspect = self.drawing
            self.restart()
            return [self]
        if self.drawing == self.suspect:
            line = self.job["lines"][self.line][0]
            self.found = {"kind": "undefined", "ordinary": False, "call": line, "inputs": self.drawing, "numpy": "", "mlx": why}
        return []
