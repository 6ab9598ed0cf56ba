"""A build goes in; the same build comes out sooner: what is wanted at its end is made beside it, and nothing is made twice."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sphinx.builders.html import StandaloneHTMLBuilder

COLLECTED = (50_000, 20, 100)  # what is read stays: to look through it for garbage as often as Python does is a tenth of a build


class Beside:
    """A function's answer, made by a process of its own, which is forked and so has all that this one knows."""

    def __init__(self, function: Callable[[], Any]):
        context = multiprocessing.get_context("fork")
        self.answers, answers = context.Pipe(duplex=False)
        self.process = context.Process(target=lambda: answers.send(function()), daemon=True)
        self.process.start()
        answers.close()

    def answer(self) -> Any:
        """Wait for it. Raises RuntimeError where the process ended without one; it has said why."""
        try:
            return self.answers.recv()
        except EOFError:
            raise RuntimeError("a process beside the build ended without an answer") from None
        finally:
            self.__exit__()

    def __enter__(self) -> Beside:
        return self

    def __exit__(self, *_: Any) -> None:
        """End it, whether it has answered or not."""
        self.process.kill()
        self.process.join()
        self.answers.close()


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
