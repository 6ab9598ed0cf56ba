"""Rules on what a run showed (E4): verdict, differences and edges are those that were observed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache, partial

from ...dataset import model
from ...dataset.model import Case, Dataset, Entry
from ...dataset.problems import Problem, rule
from ...run import blocks, checker
from ...run.record import Record, machine_kinds
from .. import lookup, matrix, resolved
from .common import _at, _cases, _code, _words


@rule("E401")
def uneven(dataset: Dataset, facts: lookup.Facts, record: Record) -> Iterator[Problem]:
    """Both sides of an example show equally many results, so that each can be compared with its partner."""
    for entry, scope, _, example, pair in _pairs(dataset, record):
        if "uneven" in pair:
            numpy, mlx = pair["uneven"]
            yield _at(entry, "E401", f"{scope}: NumPy's side shows {numpy} results and MLX's {mlx}", example.lines["numpy"])


@rule("E402")
def verdict_not_shown(dataset: Dataset, facts: lookup.Facts, record: Record) -> Iterator[Problem]:
    """What ordinary calls show, in examples, matrix and parameters, is what `differences` declares; so too for edges."""
    for entry, case in _cases(dataset):
        for edge, own, key in ((False, case.differences, "differences"), (True, case.edges, "edges")):
            declared, shown = own, observed(entry, case, facts, record, edge)
            here = deviations(dataset, facts.environment, entry, case, key)
            if entry.alias_of:
                target = dataset.by_name[entry.alias_of]
                declared = sorted(shown.keys() & set(target.edges if edge else target.differences))
                here = {
                    kind: text
                    for one in target.cases
                    for kind, text in deviations(dataset, facts.environment, target, one, key).items()
                    if kind in shown
                }
            for kind in sorted(shown.keys() - set(declared) - here.keys()):
                line, where = shown[kind]
                yield _at(entry, "E402", f"the verdict is `{case.verdict}`, but {where} shows `{kind}`, not in `{key}`", line or case.line)
            without = set() if edge else deviations(dataset, facts.environment, entry, case, "without").keys()
            if surplus := without & shown.keys():
                yield _at(
                    entry,
                    "E402",
                    f"mapping/dataset/{model.MACHINES} says that {_words(surplus)} is not seen on this kind of machine, and it is",
                    case.line,
                )
            lacking = (set(declared) | here.keys()) - shown.keys() - without - {"undefined"}
            if lacking and not (edge and lacks_dtypes(entry, case, facts)):
                yield _at(entry, "E402", f"`{key}` declares {_words(lacking)}, but nothing shows it", case.line)
    for job in facts.jobs:
        of = dataset.by_name.get(job.alias_of)
        if of and not dataset.by_name[job.numpy].cases:
            cells = facts.summaries[job.name]
            for kinds, declared, key in ((cells.ordinary, of.differences, "differences"), (cells.first, of.edges, "edges")):
                apart = {kind for case in of.cases for kind in deviations(dataset, facts.environment, of, case, key)}
                for kind in sorted(kinds.keys() - set(declared) - apart):
                    yield _at(
                        dataset.by_name[job.numpy], "E402", f"an alias of {of.name}, but `{kinds[kind]}` shows `{kind}`, not in its `{key}`"
                    )


def deviations(dataset: Dataset, environment: dict[str, str], entry: Entry, case: Case, key: str) -> dict[str, str]:
    """The kinds that a case declares for machines of this one's kind alone, each with what is seen there."""
    name = entry.named(case)
    return {
        kind: text
        for one in dataset.machines
        if one.case == name and blocks.is_of(machine_kinds(environment), one.machine)
        for kind, text in getattr(one, key).items()
    }


def lacks_dtypes(entry: Entry, case: Case, facts: lookup.Facts) -> bool:
    """Whether this device lacks a dtype under which an edge may show: where there is none, the edge is not judged."""
    shown = facts.summaries.get(entry.named(case))
    return bool(shown and shown.absent)


@rule("E406")
def seen_otherwise(dataset: Dataset, facts: lookup.Facts, record: Record) -> Iterator[Problem]:
    """`mapping/dataset/machines.toml` tells for this kind of machine what a call answers, and it answers otherwise.
    Correct it there; `make accept RECORD=...` writes what a record of another kind of machine shows."""
    for entry, case in _cases(dataset):
        for edge, key in ((False, "differences"), (True, "edges")):
            shown = observed(entry, case, facts, record, edge)
            for kind, text in deviations(dataset, facts.environment, entry, case, key).items():
                if kind in shown and checker.output(text, shown[kind][1].strip("`")):
                    yield _at(
                        entry,
                        "E406",
                        f"`{kind}` is told as {text!r} in mapping/dataset/{model.MACHINES}, and is seen as {shown[kind][1]!r}",
                        case.line,
                    )


def observed(entry: Entry, case: Case, facts: lookup.Facts, record: Record, edge: bool) -> dict[str, tuple[int, str]]:
    """Each kind that was seen on ordinary inputs, or at the edges: the line of its example, or 0, and where it shows."""
    found: dict[str, tuple[int, str]] = {}
    shown = facts.summaries.get(entry.named(case))
    for _, _, of, example, pair in _pairs(dataset=None, record=record, only=entry):
        if of is case and example.edge is edge:
            for kind in pair["observed"] if edge else _told(pair, shown):
                found.setdefault(kind, (example.lines["mlx"], "an example"))
    if shown:
        for kind, where in by_calls(case, shown, edge).items():
            found.setdefault(kind, (0, where))
    return found


def _told(pair: dict, shown: matrix.Summary | None) -> set[str]:
    """The kinds that an ordinary example shows. Whether `parameters` differ the calls decide, where they can: what MLX lacks is listed."""
    return set(pair["observed"]) - ({"parameters"} if shown and shown.parameters else set())


def by_calls(case: Case, shown: matrix.Summary, edge: bool = False) -> dict[str, str]:
    """Each kind that a case's calls showed on ordinary inputs, or at the edges, and where."""
    found = {kind: f"`{where}`" for kind, where in (shown.first if edge else shown.ordinary).items()}
    if not edge and not case.name and shown.parameters and shown.parameters.differ and case.verdict in model.WITH_COUNTERPART:
        found["parameters"] = shown.parameters.in_words
    return found


@rule("E403")
def silence_not_heard(dataset: Dataset, facts: lookup.Facts, record: Record) -> Iterator[Problem]:
    """Whether MLX is silent follows from what is declared; the run must have heard the same."""
    for entry, case in _cases(dataset):
        pairs = [pair for _, _, of, _, pair in _pairs(dataset, record, entry) if of is case]
        here = partial(deviations, dataset, facts.environment, entry, case)
        declared = replace(
            case, differences=[*{*case.differences, *here("differences")} - here("without").keys()], edges=[*case.edges, *here("edges")]
        )
        ordinary, edges = (set(observed(entry, case, facts, record, edge)) for edge in (False, True))
        heard = bool(ordinary - resolved.LOUD or edges & resolved.QUIET_EDGES or case.undefined)
        unseen = not heard and lacks_dtypes(entry, case, facts)  # what makes it silent may be of a dtype that this device lacks
        if pairs and not entry.alias_of and heard != resolved.silent(declared) and not unseen:
            yield _at(entry, "E403", f"declared as {'' if not heard else 'not '}silent, but the run shows otherwise", case.line)


@rule("E407")
def shown_by_choice(dataset: Dataset, facts: lookup.Facts, record: Record) -> Iterator[Problem]:
    """What an ordinary example shows, the calls show too, so that no verdict depends on whether somebody wrote the example. Add the
    call; or, where the example is a corner, `edge = true`."""
    for entry, case in _cases(dataset):
        shown = facts.summaries.get(entry.named(case))
        for _, scope, of, example, pair in _pairs(dataset, record, entry):
            if shown and of is case and not example.edge:
                alone = _told(pair, shown) - by_calls(case, shown).keys()
                if alone:
                    yield _at(entry, "E407", f"{scope} alone shows {_words(alone)}: no call does", example.lines["mlx"])


@rule("E404")
def nothing_compared(dataset: Dataset, facts: lookup.Facts, record: Record) -> Iterator[Problem]:
    """Every verdict rests on an ordinary example in which a result of NumPy's is compared with one of MLX's."""
    for entry, case in _cases(dataset):
        pairs = [item for item in _pairs(dataset, record, entry) if item[2] is case]
        if any("uneven" in pair for *_, pair in pairs):
            continue
        if pairs and not any(pair["compared"] for *_, example, pair in pairs if not example.edge):
            yield _at(entry, "E404", "no ordinary example compares anything: show a result on both sides", case.line)


@rule("E405")
def name_not_used(dataset: Dataset, facts: lookup.Facts, record: Record) -> Iterator[Problem]:
    """The examples use what they speak of: the NumPy name on one side, a name under `mlx` on the other.
    Each MLX side does, where no call is compared."""
    for entry, case in _cases(dataset):
        if not case.examples:
            continue
        stands = resolved.of(entry, dataset, facts)
        verdict = case.verdict or stands.verdict  # an alias has its target's
        wanted = {"numpy": [entry.name], "mlx": entry.mlx or stands.mlx if verdict in model.WITH_COUNTERPART else []}
        for side, names in wanted.items():
            code = "\n".join(_code(getattr(example, side)) for example in case.examples)
            if names and not any(_uses(code, name) for name in names):
                yield _at(entry, "E405", f"no {side} example uses {' or '.join(names)}", case.line)
        for example in case.examples if entry.mlx and wanted["mlx"] and case.uncalled else []:
            if not any(_uses(_code(example.mlx), name) for name in entry.mlx):
                yield _at(entry, "E405", f"an example does not use {' or '.join(entry.mlx)}, and no call is compared", example.lines["mlx"])


def _uses(code: str, name: str) -> bool:
    """Whether code mentions a name's last part; an operator is written with its sign, which is not looked for."""
    last = name.rpartition(".")[2]
    return last.startswith("__") or last in _identifiers(code)


@lru_cache(8192)
def _identifiers(code: str) -> set[str]:
    return {*re.findall(r"\w+", code)}


def _pairs(dataset: Dataset | None, record: Record, only: Entry | None = None) -> Iterator[tuple]:
    """Every example that ran to its end: entry, scope's name, case, example, what was observed."""
    for entry in [only] if only else dataset.entries if dataset else []:
        for scope, case, example in entry.scopes():
            if scope in record.pairs:
                yield entry, scope, case, example, record.pairs[scope]
