"""Rules on entries (E3, E5): each verdict with its evidence, words from closed lists, calls and tables that can be had."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from ...dataset import model
from ...dataset.model import Case, Dataset, Entry
from ...dataset.problems import Problem, rule
from ...run import blocks, calls
from ...run.record import MACHINES
from .. import lookup
from .common import (
    ALIAS_KEYS,
    KEYS,
    RESERVED,
    SUMMARY,
    _at,
    _cases,
    _code,
    _strange,
)


@rule("E301")
def verdict_missing(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """Every entry or form has one of the six verdicts, and an alias none: its verdict follows from its name."""
    for entry, case in _cases(dataset):
        if entry.alias_of:
            if case.verdict:
                yield _at(entry, "E301", "an alias has no `verdict`: it follows from its target", case.line)
        elif not case.verdict:
            yield _at(entry, "E301", f"no `verdict`: it must be one of {', '.join(model.VERDICTS)}", case.line)
    for entry in dataset.entries:
        if not entry.cases and not entry.alias_of:
            yield _at(entry, "E301", f"no `verdict`: it must be one of {', '.join(model.VERDICTS)}")


@rule("E302")
def wrong_evidence(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """Each verdict has its own evidence: a key that it needs is missing, or one that it forbids is there."""
    for entry in dataset.entries:
        if entry.alias_of:
            for key in sorted(entry.given - ALIAS_KEYS):
                yield _at(entry, "E302", f"an alias has no `{key}`: it shares its target's")
            continue
        if not entry.summary:
            yield _at(entry, "E302", "`summary` is missing: one sentence that a reader would not have guessed")
        for key in sorted({"verdict", "differences", "edges", "examples", "recipe", "undefined"} & entry.given):
            if entry.forms:
                yield _at(entry, "E302", f"an entry with `forms` has no `{key}` of its own")
        for case in entry.cases:
            yield from _evidence(entry, case)


def _evidence(entry: Entry, case: Case) -> Iterator[Problem]:
    needs, forbids = KEYS.get(case.verdict, (set(), set()))
    given = {key for key, value in vars(case).items() if value} | ({"mlx"} if entry.mlx else set())
    given |= {"category"} if entry.category else set()
    if case.verdict in ("recipe", "missing") and not case.name:
        forbids = forbids | {"mlx"}
    for key in sorted(needs - given):
        yield _at(entry, "E302", f"`{case.verdict}` needs `{key}`", case.line)
    for key in sorted(forbids & given):
        yield _at(entry, "E302", f"`{case.verdict}` forbids `{key}`", case.line)


@rule("E303")
def word_unknown(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """`platforms` and `machine` name kinds of machine, by words from a closed list."""
    for entry in dataset.entries:
        named = [("platforms", entry.platforms, entry.line)]
        for _, case, example in entry.scopes():
            named += [("machine", [example.deviation.machine], case.line)] if example.deviation else []
        for key, machines, line in named:
            for word in _strange(machines):
                yield _at(entry, "E303", f"`{key}` has no word `{word}`: use one of {', '.join(MACHINES)}", line)


@rule("E304")
def doctest_broken(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """Each side of an example is a doctest: it begins with a prompt, and each statement is complete."""
    for entry, case in _cases(dataset):
        for example in case.examples:
            sides = [(side, getattr(example, side), example.lines[side]) for side in ("numpy", "mlx")]
            sides += [("deviation", example.deviation.mlx, example.deviation.line)] if example.deviation else []
            for side, text, line in sides:
                try:
                    blocks.parse(text)
                except blocks.BlockError as error:
                    yield _at(entry, "E304", f"{side}: {error}", line + error.line)


@rule("E305")
def recipe_not_run(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """One of the MLX examples runs the recipe: it calls the function, which stands in `recipe` alone, or holds the expression
    word for word."""
    for entry, case in _cases(dataset):
        code = [_code(example.mlx) for example in case.examples]
        names = calls.DEFINITION.findall(case.defines)
        if case.recipe and not any(
            any(re.search(rf"\b{name}\(", text) for name in names[-1:]) if names else case.recipe.strip() in text for text in code
        ):
            yield _at(entry, "E305", "no MLX example runs the recipe", case.line)
        if any(f"def {name}(" in text for name in names for text in code):
            yield _at(entry, "E305", f"an example defines `{names[-1]}` again: the recipe is there already", case.line)


@rule("E306")
def undefined_untold(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """`undefined` among differences or edges, and `unasserted` corners, need the key `undefined`; and the reverse."""
    for entry, case in _cases(dataset):
        if case.unasserted and not case.undefined:
            yield _at(entry, "E306", "`unasserted` corners need the key `undefined`, which says what is not defined there", case.line)
        if bool(case.undefined) != ("undefined" in [*case.differences, *case.edges]):
            yield _at(entry, "E306", "the key `undefined` and the word `undefined` go together", case.line)


@rule("E307")
def summary_too_long(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """A summary has at most 200 characters; what does not fit is a note."""
    for entry in dataset.entries:
        for text, line in [(entry.summary, entry.line), *((form.summary, form.line) for form in entry.forms)]:
            if len(text) > SUMMARY:
                yield _at(entry, "E307", f"the summary has {len(text)} characters: keep {SUMMARY}", line)


@rule("E308")
def topics_in_one_place(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """Two topics have one `order`. Give each its own place."""
    first: dict[int, model.Topic] = {}
    for topic in dataset.topics:
        other = first.setdefault(topic.order, topic)
        if other is not topic:
            yield Problem(topic.file, 1, "topic", "E308", f"`order` {topic.order} is taken by {other.file}")


@rule("E309")
def way_not_shown(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """`missing` shows the way through NumPy in its MLX examples; a form of another verdict has one that stays in MLX."""
    for entry, case in _cases(dataset):
        through = [bool(re.search(r"\bnp\.", _code(example.mlx))) for example in case.examples]
        if case.verdict == "missing" and through and not any(through):
            yield _at(entry, "E309", "`missing`, but no MLX example goes through `np`: is there a way within MLX?", case.line)
        if case.name and case.verdict != "missing" and through and all(through):
            yield _at(entry, "E309", f"`{case.verdict}`, but every MLX example goes through `np`: is it `missing`?", case.line)


@rule("E310")
def call_broken(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """A line of `calls` is no Python expression, or does not fit its recipe."""
    for entry, case in _cases(dataset):
        try:
            calls.lines(case.calls, case.recipe if case.calls else "")
        except calls.CallError as error:
            yield _at(entry, "E310", str(error), case.line)


@rule("E311")
def never_called(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """A function of a covered namespace with a counterpart or a recipe has `calls`, or tells in `uncalled` why not; not both."""
    for entry, case in _cases(dataset):
        if entry.alias_of or entry.name.rpartition(".")[0] not in dataset.extent.namespaces:
            continue
        callable_ = facts.kinds.get(entry.name) in ("function", "method")
        if callable_ and case.verdict in (*model.WITH_COUNTERPART, "recipe") and bool(case.calls) == bool(case.uncalled):
            yield _at(entry, "E311", "give `calls`, or in `uncalled` the reason why the matrix can't call it", case.line)


@rule("E312")
def nothing_called(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """Each line of `calls` is answered by NumPy for some ordinary input, or it compares nothing."""
    for job in facts.jobs:
        entry = dataset.by_name[job.numpy]
        for line in facts.summaries[job.name].idle:
            if not job.alias_of:
                yield _at(entry, "E312", f"NumPy answers no ordinary call of `{line}`: {facts.summaries[job.name].idle[line]}")


@rule("E313")
def topic_name_taken(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """A topic's file has the name of a page that is made for the whole dataset. Give it another."""
    for topic in dataset.topics:
        if topic.slug in RESERVED:
            yield Problem(topic.file, 1, "topic", "E313", f"`{topic.slug}` is a page of its own: name the file otherwise")


@rule("E316")
def namesake_left_out(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """MLX has the very name in the very place, and `mlx` does not list it. List it, or what readers try first goes untold."""
    for entry in dataset.entries:
        name = lookup.counterpart(entry.name)
        everywhere = hasattr(type, name.rpartition(".")[2])  # such as `__ror__`, which any class answers to
        if (
            entry.verdict in ("renamed", "differs")
            and not entry.alias_of
            and facts.names.get(name)
            and name not in entry.mlx
            and not everywhere
            and all(map(facts.names.get, entry.mlx))
        ):
            yield _at(entry, "E316", f"`{name}` exists")


@rule("E314")
def one_name_for_two(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """Two forms of an entry, or two sections of the cheat sheet, have one name, so that one would hide the other."""
    for entry in dataset.entries:
        for place, form in enumerate(entry.forms):
            if form.name in [other.name for other in entry.forms[:place]]:
                yield _at(entry, "E314", f"there is a form `{form.name}` already", form.line)
    slugs = [section.slug for section in dataset.sheet.sections]
    for slug in sorted({slug for slug in slugs if slugs.count(slug) > 1}):
        yield Problem(dataset.sheet.file, 1, slug, "E314", "two sections have this `slug`")


@rule("E317")
def deviation_of_nothing(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """`mapping/dataset/machines.toml` holds, by entry or form and then by kind of machine, what is seen there beside what the entry
    declares: kinds of difference, each with a call and both answers."""
    known = {entry.named(case): case for entry in dataset.by_name.values() for case in entry.cases}
    for one in dataset.machines:
        say = partial(Problem, f"mapping/dataset/{model.MACHINES}", one.line, one.case, "E317")
        if one.case not in known:
            yield say("there is no such entry or form with a verdict of its own")
        for word in _strange([one.machine]):
            yield say(f"`{word}` is no kind of machine: use {', '.join(MACHINES)}")
        for key in ("differences", "edges"):
            for kind in getattr(one, key):
                if one.case in known and kind in getattr(known[one.case], key):
                    yield say(f"the entry declares `{kind}` for every machine")
        for kind in one.without:
            if one.case in known and kind not in known[one.case].differences:
                yield say(f"`without` names `{kind}`, and the entry does not declare it")


@rule("E501")
def live_failed(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """A table of the guide, a section of the cheat sheet or the figure of a ported program could not be had."""
    for name, why in facts.live.failed.items():
        kind, _, slug = name.partition(" ")
        file = {"sheet": dataset.sheet.file, "figure": f"docs/guide/programs/{slug}/figure.py"}.get(
            kind, f"docs/reference/tables/{slug}.md"
        )
        yield Problem(file, 1, name, "E501", why)


@rule("E502")
def sheet_otherwise(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """A row of the cheat sheet shows another difference than its `differs` says. Correct it, or the row."""
    for section in dataset.sheet.sections:
        for row, seen in zip(section.rows, facts.live.sheet.get(section.slug, {}).get("rows", [])):
            [kind] = seen["cells"]
            if row.differs != kind:
                yield Problem(
                    dataset.sheet.file,
                    row.line,
                    row.numpy,
                    "E502",
                    f"`differs` is `{row.differs or 'nothing'}`, but seen is: {kind or 'nothing'}",
                )
