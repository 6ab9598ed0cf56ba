"""The code of a scope's blocks comes in; what each example printed, and what the sides of a pair answered, goes out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from ..run.agreement import written
from ..run.checker import TRACEBACK
from ..run.terms import PRINTED
from . import values
from .state import Capture, State, namespace


def run_example(source: str, where: str, names: dict, answers: list) -> str:
    """Run one statement as the interactive prompt does; returns what it printed, appends what it answered."""
    printed = Capture()

    def show(value: Any) -> None:
        if value is None:
            return
        print(repr(value))
        answers.append(values.freeze(value))

    before = sys.stdout, sys.displayhook
    sys.stdout, sys.displayhook = printed, show
    try:
        exec(compile(source, where, "single", dont_inherit=True), names)
    except BaseException as error:  # an example may raise anything, SystemExit and KeyboardInterrupt included
        answers.append(values.Raised(error))
        return f"{printed.getvalue()}{TRACEBACK}\n    ...\n{described(error)}"
    finally:
        sys.stdout, sys.displayhook = before
    return printed.getvalue()


def described(error: BaseException) -> str:
    """Type and message as a traceback's last line has them, without the suggestions that newer Pythons add."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__qualname__}"
    return f"{name}: {error}".rstrip().removesuffix(":")


def run_script(source: str, where: str, names: dict) -> str:
    """Run a block without prompts; it shows no output, so nothing but an error is told."""
    before, sys.stdout = sys.stdout, Capture()
    try:
        exec(compile(source, where, "exec", dont_inherit=True), names)
    except BaseException as error:
        return f"{TRACEBACK}\n    ...\n{described(error)}"
    finally:
        sys.stdout = before
    return ""


def run_scope(scope: dict, state: State, tell: Callable[..., None]) -> None:
    """Run all blocks of a scope, in one namespace, or `apart`, each in its own and with what it answered. State is as it was then."""
    names: dict = {}
    for number, block in enumerate(scope["blocks"]):
        if number == 0 or scope["apart"]:
            names = namespace()
            if number:
                state.restore()
            state.seed(scope["seed"])
        answers: list = []
        run_script(block["setup"], block["where"], names)  # a block of its own shows what it may raise
        for place, source in enumerate(block["code"]):
            tell(start=place)
            if block["kind"] == "doctest":
                printed = run_example(source, block["where"], names, answers)
            else:
                printed = run_script(source, block["where"], names)
            tell(printed=printed[: PRINTED + 1].encode(errors="backslashreplace").decode())  # half a surrogate pair cannot be written
        tell(ran=number, answered=[written(one) for one in answers] if scope["apart"] else [])
    state.restore()
