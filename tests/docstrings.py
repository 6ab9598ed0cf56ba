"""The examples of the installed NumPy's docstrings, ported by `port --fix`: what is ported runs, and answers what NumPy answers.

`python -m tests.docstrings [NAME...]` prints each answer that is another one, and how many agree, by verdict. The docstrings are
read where NumPy is installed, and kept nowhere.
"""

from __future__ import annotations

import ast
import contextlib
import doctest
import io
import os
import re
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import mlx.core as mx
import numpy as np

from mapping import __main__ as top
from mapping.port import fix, reader
from mapping.port.known import Known
from mapping.port.model import Report
from mapping.run import agreement
from mapping.run.cache import cache_of
from mapping.site import finding
from mapping.worker import values

HEAD = "import numpy as np\n"
PARSER = doctest.DocTestParser()
SIGN = "#: next\n"
HARD = ("missing", "differs", "recipe", "gone", "renamed", "same", "host", "")  # of a statement's verdicts, the first that it has
ROUNDED = 1e-6  # beside the largest number of an answer
SHAPE = ("numpy.random", "numpy.empty")  # what gives other numbers each time
FINE = ("same", "rounded")


@dataclass(frozen=True)
class Outcome:
    """What became of one statement: `left` to a person, resting `on what is left`, `numpy raises`, or what both sides answered."""

    name: str
    verdict: str
    state: str
    source: str
    made: str = ""
    told: str = ""


def docstrings(known: Known, names: list[str]) -> Iterator[tuple[str, str]]:
    """Each docstring with examples once, with the first name that has it."""
    seen = set()
    for name in names or known.texts:
        value: object = np
        for part in name.split(".")[1:]:
            value = getattr(value, part, None)
        text = getattr(value, "__doc__", None)
        if isinstance(text, str) and ">>>" in text and text not in seen:
            seen.add(text)
            yield name, text


def statements(text: str) -> list[str]:
    """The examples' statements; those that are no Python end it."""
    found = []
    for example in PARSER.get_examples(text):
        try:
            tree = ast.parse(example.source)
        except SyntaxError:
            break
        found += [one for node in tree.body if (one := ast.get_source_segment(example.source, node))]
    return found


def ported(known: Known, lines: list[str]) -> tuple[Report, list[str | None]]:
    """What was found, and each statement as it was ported, with what was put above it; None for what is left to a person."""
    source = HEAD + "".join(f"{SIGN}{line}\n" for line in lines)
    report = reader.read("docstring.py", source, known)
    made = fix.fixed(source, report)
    head, *found = made.split(SIGN)
    used = [any(use.statement == begin for use in report.uses) for begin in begins(lines)]
    own = [
        None if fix.MARK in before + one or (made == source and any_) else one for before, one, any_ in zip(_ends(head, found), found, used)
    ]
    return report, [head, *own]


def _ends(head: str, found: list[str]) -> list[str]:
    """The comments at the end of each piece, which belong to the next."""
    return ["".join(re.findall(rf"{fix.MARK}.*\n(?=(?:\s*#.*\n)*\Z)", one)) for one in (head, *found[:-1])]


def begins(lines: list[str]) -> list[int]:
    """The line on which each statement begins, after the head and a line of its own."""
    found, at = [], 3
    for line in lines:
        found.append(at)
        at += line.count("\n") + 2
    return found


def run(source: str, names: dict) -> object:
    """What a statement shows; what it prints goes nowhere."""
    shown: list = []
    before = sys.displayhook
    sys.displayhook = lambda value: shown.append(values.freeze(value)) if value is not None else None
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(action="ignore"):
            body = ast.parse(source).body
            exec(compile(ast.Module(body[:-1], []), "docstring", "exec", dont_inherit=True), names)
            exec(compile(ast.Interactive(body[-1:]), "docstring", "single", dont_inherit=True), names)
    except Exception as error:
        return values.Raised(error)
    finally:
        sys.displayhook = before
    return shown


def outcomes(known: Known, name: str, text: str) -> Iterator[Outcome]:
    """What becomes of each statement of one docstring."""
    lines = statements(text)
    if not lines:
        return
    report, (head, *made) = ported(known, lines)
    sides: tuple[dict, dict] = ({"np": np}, {"np": np, "mx": mx})
    exec(str(head), sides[1])
    left: set[str] = set()
    drawn: set[str] = set()
    np.random.seed(0)
    for line, begin, new in zip(lines, begins(lines), made):
        uses = [use for use in report.uses if use.statement == begin]
        verdict = min((use.verdict for use in uses), key=HARD.index, default="")
        loads, stores = _names(line)
        before = _frozen(loads, sides[0])
        expected = run(line, sides[0])
        if new is None or loads & left or isinstance(expected, agreement.Raised):
            state = "left" if new is None else "on what is left" if loads & left else "numpy raises"
            left |= stores | {name for name, value in _frozen(loads, sides[0]).items() if value != before.get(name, value)}
            yield Outcome(name, verdict, state, line)
            continue
        found = run(new, sides[1])
        any_drawn = any(use.numpy.startswith(SHAPE) for use in uses) or loads & drawn
        drawn |= stores if any_drawn else set()
        if isinstance(found, agreement.Raised):
            left |= stores
            yield Outcome(name, verdict, "raises", line, new, f"{found.kind}: {found.text.splitlines()[0] if found.text else ''}")
        elif not _numbers(expected) or not _numbers(found):
            yield Outcome(name, verdict, "no numbers shown", line, new)
        else:
            kind = agreement.difference(expected, found, "shape-dtype" if any_drawn else "values")
            state = "same" if kind is None else "rounded" if kind == "precision" or (kind == "value" and _near(expected, found)) else kind
            yield Outcome(name, verdict, state, line, new, f"{expected} != {found}" if kind else "")


def _frozen(names: set[str], of: dict) -> dict[str, object]:
    """What the arrays and lists of these names hold."""
    held = {name: of[name] for name in names if isinstance(of.get(name), np.ndarray | list)}
    return {name: value.tobytes() if isinstance(value, np.ndarray) else repr(value) for name, value in held.items()}


def _numbers(shown: object) -> bool:
    """Whether an answer is of arrays, numbers and dtypes."""
    if isinstance(shown, list):
        return bool(shown) and all(map(_numbers, shown))
    return isinstance(shown, agreement.Plain) or (isinstance(shown, str) and shown.startswith("dtype "))


def _near(one: object, other: object) -> bool:
    """Whether two answers differ by what `float32` rounds off beside their largest number, or beside one."""
    if isinstance(one, list) and isinstance(other, list):
        return all(map(_near, one, other))
    if not isinstance(one, agreement.Plain) or not isinstance(other, agreement.Plain) or one.family not in ("float", "complex"):
        return one == other
    largest = max([1.0, *(abs(value) for value in one.values if abs(value) < float("inf"))])
    return all(value == again or abs(value - again) <= ROUNDED * largest for value, again in zip(one.values, other.values))


def _names(line: str) -> tuple[set[str], set[str]]:
    """The names that a statement reads, and those that it stores or changes."""
    nodes = [*ast.walk(ast.parse(line))]
    loads = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)} - {"np"}
    stores = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    stores |= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for node in nodes:
        inner = node
        while isinstance(inner, ast.Subscript | ast.Attribute):
            inner = inner.value
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store) and isinstance(inner, ast.Name):
            stores.add(inner.id)
    return loads, stores


def every(names: list[str]) -> list[Outcome]:
    """What becomes of all statements of all docstrings, or of those of some names."""
    known = Known(finding.rows(top.ROOT, cache_of(top.ROOT), lambda: top._read()[:2]))
    found: list[Outcome] = []
    folder = os.getcwd()
    with tempfile.TemporaryDirectory() as empty:  # some write files
        os.chdir(empty)
        for name, text in docstrings(known, names):
            found += outcomes(known, name, text)
        os.chdir(folder)
    return found


def table(found: list[Outcome]) -> str:
    """How many statements came to what, by their hardest verdict."""
    counts = Counter((one.verdict or "no use", one.state) for one in found)
    states = [*dict.fromkeys(sorted(one.state for one in found))]
    verdicts = [one or "no use" for one in HARD if any(verdict == (one or "no use") for verdict, _ in counts)]
    lines = [f"{'':10}" + "".join(f"{state:>17}" for state in states)]
    lines += [f"{verdict:10}" + "".join(f"{counts[verdict, state]:17}" for state in states) for verdict in verdicts]
    return "\n".join(lines)


def wrong(found: list[Outcome]) -> list[Outcome]:
    """The statements that were ported, and do not answer what NumPy answers."""
    fine = (*FINE, "left", "on what is left", "numpy raises", "no numbers shown")
    return [one for one in found if one.state not in fine]


if __name__ == "__main__":
    whole = every(sys.argv[1:])
    for one in wrong(whole):
        print(f"{one.name}: {one.state}: {one.source!r} -> {one.made!r}: {one.told[:300]}")
    print(table(whole))
