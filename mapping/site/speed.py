"""A build goes in; the same build comes out sooner: what is wanted at its end is made beside it, and nothing is made twice."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from sphinx.builders.html import StandaloneHTMLBuilder

FEWEST, MOST = 2, 4  # processes; more gain little beside what one alone has to do
COLLECTED = (50_000, 20, 100)  # what is read stays: to look through it for garbage as often as Python does is a tenth of a build


class Beside:
    """What a generator gives, made by a process of its own, which is forked and so has all that this one knows."""

    def __init__(self, function: Callable[[], Iterable[Any]]):
        context = multiprocessing.get_context("fork")
        self.answers, answers = context.Pipe(duplex=False)
        self.process = context.Process(target=_give, args=(function, answers), daemon=True)
        self.process.start()
        answers.close()

    def answer(self) -> Any:
        """Wait for what comes next. Raises RuntimeError where nothing does, and says why."""
        try:
            answer, why = self.answers.recv()
        except EOFError:
            answer, why = None, "it ended without an answer"
        if why:
            raise RuntimeError(f"a process beside the build: {why}")
        return answer

    def __enter__(self) -> Beside:
        return self

    def __exit__(self, *_: Any) -> None:
        """End it, whether it has given all or not."""
        self.process.kill()
        self.process.join()
        self.answers.close()


def _give(function: Callable[[], Iterable[Any]], answers: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who waits for it gets the same, and ends it
    try:
        for answer in function():
            answers.send((answer, ""))
    except Exception:  # told by who waits for it, if anyone does
        answers.send((None, traceback.format_exc()))


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processes() -> int:
    """How many share a work that can be dealt out: as many as there are cores, within reason."""
    return max(FEWEST, min(MOST, cores()))


@contextmanager
def collected_seldom() -> Iterator[None]:
    """Have Python look for garbage less often."""
    before = gc.get_threshold()
    gc.set_threshold(*COLLECTED)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def share_formatters(builder: StandaloneHTMLBuilder) -> None:
    """Colour all blocks of one kind with one formatter: Sphinx makes one for each, which works out its style sheet first."""
    bridge, made = builder.highlighter, dict[str, Any]()
    make = bridge.formatter

    def formatter(**settings: Any) -> Any:
        key = repr(settings)
        if key not in made:
            made[key] = make(**settings)
        return made[key]

    bridge.formatter = formatter  # type: ignore[assignment]  # a class by its annotation, of which Sphinx only makes formatters
