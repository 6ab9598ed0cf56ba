"""What each release showed goes in; the text of the data file, with what changed from one to the next, comes out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from ..dataset.releases import Releases
from ..run import blocks, checker
from .outcomes import Outcomes, alike, keyed

LONG = 120  # characters of an output
BETWEEN = ", "  # what was said of several machines
AGREES = ""  # the kind of difference where there is none


def dump(releases: dict[str, Releases]) -> str:
    """The text of the file: a line for each thing that changed, so that a diff shows what a release adds."""
    return _lines({library: asdict(one) for library, one in releases.items()}, 3) + "\n"


def _lines(value: Any, depth: int, margin: str = "") -> str:
    """JSON with a line for each item down to a depth, and beyond it for each item of a list of lists."""
    inner = margin + " "
    if isinstance(value, dict) and value and depth >= 0:
        items = [f"{inner}{json.dumps(name)}: {_lines(item, depth - 1, inner)}" for name, item in value.items()]
        return "{\n" + ",\n".join(items) + f"\n{margin}}}"
    if isinstance(value, list) and value and (isinstance(value[0], list) or len(value) > 1):
        return "[\n" + ",\n".join(inner + json.dumps(item, ensure_ascii=False) for item in value) + f"\n{margin}]"
    return json.dumps(value, ensure_ascii=False)


def updated(library: str, before: Releases, shown: dict[str, Outcomes], ledger: blocks.Ledger, calls: dict[str, str]) -> Releases:
    """The releases with those that were run now, in their order. The first of them is one that `before` ends with, to compare with,
    or the oldest of all. What is in the ledger no more goes; `calls` says each call in words."""
    sources = dict(keyed(ledger))
    here = sources.keys() | calls.keys()
    first, *new = shown
    found = Releases(before.machine, {release: dict(section) for release, section in before.changes.items()} or {first: {}})
    known = {release: before.keys(release) & here for release in before.known}
    for release, one in shown.items():
        known.setdefault(release, set()).update((one.statements.keys() | one.calls.keys()) & here - set().union(*known.values()))
    state = shown[first]
    for release in new:
        found.changes[release] = _section(state, shown[release], sources, calls)
    other = "numpy" if library == "mlx" else "mlx"
    found.machine = _machine([before.machine, *(one.environment for one in shown.values())], other)
    for kind in ("statements", "calls"):
        varying = _varying(found.changes.values(), kind)
        for section in found.changes.values():
            rows = [row for row in section.pop(kind, []) if row[0] in here and _place(row, kind) not in varying]
            section.update({kind: rows} if rows else {})
    found.known = {release: _packed(names) for release, names in known.items() if names}
    return found


def _machine(environments: Iterable[dict[str, str]], other: str) -> dict[str, str]:
    """The machine on which releases were run; where there was more than one, of all of them."""
    found: dict[str, dict[str, None]] = {name: {} for name in ("platform", "device_name", "backend", "python", other)}
    for one in environments:
        for name in found:
            found[name] |= dict.fromkeys(one[name].split(BETWEEN) if one.get(name) else [])
    return {name: BETWEEN.join(values) for name, values in found.items()}


def _packed(names: Iterable[str]) -> list[str]:
    """Keys, a line for each first digit, so that a diff is as small as what it tells."""
    rows: dict[str, list[str]] = {}
    for name in sorted(names):
        rows.setdefault(name[0], []).append(name)
    return [" ".join(row) for row in rows.values()]


def _section(state: Outcomes, now: Outcomes, sources: dict[str, blocks.Block], calls: dict[str, str]) -> dict:
    """What changed from a state to a release; the state is then that of the release, where it is known."""
    before, after = {*state.names}, {*now.names}
    texts = {name: [state.parameters[name], text] for name, text in now.parameters.items() if state.parameters.get(name, text) != text}
    blocks_here, calls_here = now.statements.keys() & sources.keys(), now.calls.keys() & calls.keys()
    found = {
        "new": sorted(after - before),
        "gone": sorted(before - after),
        "parameters": dict(sorted(texts.items())),
        "statements": [row for name in sorted(blocks_here) for row in _statements(name, state, now, sources[name])],
        "calls": [row for name in sorted(calls_here) for row in _calls(name, state, now, calls[name])],
    }
    state.names, state.parameters, state.calls = now.names, state.parameters | now.parameters, state.calls | now.calls
    return {kind: value for kind, value in found.items() if value}


def _statements(name: str, state: Outcomes, now: Outcomes, block: blocks.Block) -> list[list]:
    """A row for each statement of a block that came to something else: key, place, statement, before, after."""
    rows = []
    known = state.statements.setdefault(name, [None] * len(now.statements[name]))
    sources = [one.source.strip() for one in blocks.parse(block.text)] if block.kind == "doctest" else [block.text.strip()]
    for place, (before, after) in enumerate(zip(known, now.statements[name])):
        if before is not None and after is not None and not alike(before, after):
            rows.append([name, place, _code(sources[: place + 1]), short(before), short(after)])
        known[place] = before if after is None else after
    return rows


def _code(sources: list[str]) -> str:
    """The last statement, its first line alone; where it only looks at something, the one before it too."""
    first, *more = sources[-1].split("\n")
    shown = short(first + " ..." * bool(more))
    return shown if "(" in shown or len(sources) == 1 else f"{_code(sources[-2:-1])}; {shown}"


def _calls(name: str, state: Outcomes, now: Outcomes, call: str) -> list[list]:
    """A row for each way in which cases of a call changed: key, call, kind before and after, labels, then the first case with
    both answers, and whether it is ordinary. Where nothing is told of an answer, it agrees with the other library's."""
    rows: dict[tuple[str, str], list] = {}
    after = now.calls[name]
    before = state.calls.get(name, after)
    for case in {**before, **after}:
        cells = [of.get(case, [AGREES, "", False, ""]) for of in (before, after)]
        kinds, texts = (cells[0][0], cells[1][0]), (cells[0][3], cells[1][3])
        if kinds[0] == kinds[1] and (kinds[0] in MESSAGES or alike(*texts)):
            continue
        _, label, ordinary, _ = cells[1] if case in after else cells[0]
        row = rows.setdefault(kinds, [name, call, *kinds, [], case, *texts, False])
        if ordinary and not row[-1]:
            row[5:] = [case, *texts, True]
        if label not in row[4]:
            row[4].append(label)
    return list(rows.values())


def _place(row: list, kind: str) -> tuple:
    """What a row tells of: a statement of a block, or a case of a call."""
    return row[0], row[1 if kind == "statements" else 5]


def _varying(sections: Iterable[dict], kind: str) -> set[tuple]:
    """Of what rows tell that came back more than once to what it had been: it changes from run to run, and no release changed it."""
    seen: dict[tuple, list[str]] = {}
    back: Counter[tuple] = Counter()
    for section in sections:
        for row in section.get(kind, []):
            before, after = (row[3], row[4]) if kind == "statements" else (row[2], row[3])
            told = seen.setdefault(_place(row, kind), [before])
            back[_place(row, kind)] += after in told
            told.append(after)
    return {place for place, count in back.items() if count > 1}


MESSAGES = ("error", "parameters", "absent", "refused", "unraised", "undefined")  # kinds in which a message is all that is told


def short(text: str) -> str:
    """An output in one line of at most LONG characters; of an error its type and message."""
    text = checker.told(text) if text.startswith(checker.TRACEBACK) else text
    text = " ".join(text.partition(" The following argument types")[0].split())  # MLX lists them all
    return text if len(text) <= LONG else text[: LONG - 4] + " ..."
