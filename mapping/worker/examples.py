"""A scope of blocks goes in; what each example printed and answered, and how both sides compare, comes out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from ..run import blocks, checker
from ..run.terms import ULP
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
        return f"{printed.getvalue()}{checker.TRACEBACK}\n    ...\n{described(error)}"
    finally:
        sys.stdout, sys.displayhook = before
    return printed.getvalue()


def described(error: BaseException) -> str:
    """Type and message as a traceback's last line has them, without the suggestions that newer Pythons add."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__qualname__}"
    return f"{name}: {error}".rstrip().removesuffix(":")


def run_block(block: dict, names: dict, tell: Callable[..., None]) -> list:
    """Run a block's examples in `names`; tells of each when it starts, and what was wrong with it. Returns what they answered."""
    answers: list = []
    where = f"<{block['source']}:{block['line']}>"
    run_script(block["setup"], where, names)  # a block of its own shows what it may raise
    doctest = block["kind"] == "doctest"
    for example in blocks.parse(block["text"]) if doctest else [blocks.Example(block["text"], "", 0)]:
        tell(start=block["id"], line=example.line, source=example.source)
        got = run_example(example.source, where, names, answers) if doctest else run_script(example.source, where, names)
        got = got.encode(errors="backslashreplace").decode()  # half a surrogate pair can be printed, not written
        if wrong := checker.output(example.want, got):
            tell(wrong=wrong, want=example.want, got=got[:20_000])
        elif checker.noise(example.want, got):
            tell(noise="other digits, within rounding", want=example.want, got=got[:20_000])
    tell(ran=block["id"])
    return answers


def run_script(source: str, where: str, names: dict) -> str:
    """Run a block without prompts; it shows no output, so nothing but an error is reported."""
    before, sys.stdout = sys.stdout, Capture()
    try:
        exec(compile(source, where, "exec", dont_inherit=True), names)
    except BaseException as error:
        return f"{checker.TRACEBACK}\n    ...\n{described(error)}"
    finally:
        sys.stdout = before
    return ""


def run_scope(scope: dict, state: State, tell: Callable[..., None]) -> None:
    """Run all blocks of a scope; for a pair, each in its own namespace, and the answers compared."""
    answers: list[list] = []
    todo = [block for block in scope["blocks"] if block["kind"] in blocks.RUNNABLE]
    apart = [[block] for block in todo] if scope["pair"] is not None else [todo]
    for together in apart:
        names = namespace()
        state.restore()
        answers += [run_block(block, names, tell) for block in together]
    state.restore()
    if scope["pair"] is not None:
        tell(pair=scope["name"], **judge(answers[0], answers[1], scope["pair"]))


def judge(numpy: list, mlx: list, pair: dict) -> dict:
    """Compare the answers of both sides, one by one: kinds observed, and how many were compared."""
    if len(numpy) != len(mlx):
        return {"uneven": [len(numpy), len(mlx)], "observed": [], "compared": 0}
    mode, ulp = pair.get("compare", "values"), pair.get("ulp", ULP)
    found = [values.difference(a, b, mode, ulp) for a, b in zip(numpy, mlx)]
    as_kind = {"value": pair["shows"]} if pair.get("shows") else {}
    observed = sorted({as_kind.get(kind, kind) for kind in found if kind})
    return {"observed": observed, "compared": sum(not isinstance(a, values.Raised) for a in numpy)}
