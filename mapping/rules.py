"""Entries, facts of the live libraries and, after a run, its record go in; problems come out.

A rule is a generator with a code; its docstring is published on the page of rules. `check` holds the
dataset against the facts, before anything runs; `judge` holds it against what the run showed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from . import blocks, calls, compare, matrix, model, probe, run, standing
from .model import Case, Dataset, Entry
from .problems import RULES, Problem, rule
from .run import Record

KINDS = ("undefined", "error", "shape", "dtype", "nan", "overflow", "precision", "value", "parameters", "mutation")
EDGE_KINDS = (*KINDS, "aliasing")
COMPARE = ("values", "distribution", "shape-dtype")
CATEGORIES = {
    "text files": "Reads or writes text; MLX has arrays, not parsers. Read with NumPy, then `mx.array`.",
    "dates": "Calendar arithmetic on `datetime64`, a dtype that no accelerator has.",
    "build info": "Tells how NumPy itself was built.",
    "error state": "Sets how NumPy reports floating-point errors; MLX raises none to report.",
    "printing": "Formats NumPy's own arrays as text.",
    "dtype tools": "Speaks of NumPy's dtypes that MLX does not have: text, bytes, objects, records.",
    "typing": "Helps type checkers, and computes nothing.",
    "python objects": "Makes plain Python objects; where these are indices or numbers, MLX takes them as they are.",
    "namespace": "A namespace of its own; the names in it are outside this reference.",
    "protocols": "A hook by which NumPy and other libraries find each other; no one calls it by hand.",
    "memory layout": "Tells how NumPy lays bytes out in memory; MLX shows no such layout.",
}
KEYS = {  # verdict: keys it needs, keys it forbids
    "same": ({"mlx", "examples"}, {"differences", "recipe", "category"}),
    "renamed": ({"mlx", "examples"}, {"differences", "recipe", "category"}),
    "differs": ({"mlx", "differences"}, {"recipe", "category"}),
    "recipe": ({"recipe", "examples"}, {"differences", "category"}),
    "missing": ({"examples"}, {"differences", "recipe", "category", "calls", "uncalled"}),
    "host": ({"category"}, {"differences", "edges", "recipe", "examples", "mlx", "calls", "uncalled"}),
}
ALIAS_KEYS = {"alias_of", "summary", "examples", "platforms", "uncalled"}
SUMMARY = 200  # characters
RESERVED = ("index", "names", "coverage", "mlx", "deviations", "rules")  # pages that are made for the whole dataset


def check(dataset: Dataset, facts: probe.Facts) -> list[Problem]:
    """Every problem that can be told before anything runs."""
    found: list[Problem] = []
    for code, function in RULES.items():
        if code.startswith(("E2", "E3", "E5")):
            found += function(dataset, facts)
    return found


def judge(dataset: Dataset, facts: probe.Facts, record: Record) -> list[Problem]:
    """Every verdict that the run did not bear out."""
    found: list[Problem] = []
    for code, function in RULES.items():
        if code.startswith("E4"):
            found += function(dataset, facts, record)
    return found


def _at(entry: Entry, code: str, message: str, line: int = 0) -> Problem:
    return Problem(entry.file, line or entry.line, entry.name, code, message)


def _instead(facts: probe.Facts, name: str) -> str:
    near = facts.near.get(name, [])
    return f"; is it {' or '.join(near)}?" if near else ""


@rule("E201")
def name_numpy_lacks(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
    """NumPy has no such name. Correct it, or list the kinds of machine that have it under `platforms`."""
    for entry in dataset.entries:
        if not facts.names.get(entry.name, False) and not elsewhere(entry, facts):
            yield _at(entry, "E201", f"the installed NumPy has no such name{_instead(facts, entry.name)}")
        if facts.names.get(entry.name, False) and elsewhere(entry, facts):
            yield _at(entry, "E201", f"NumPy has the name on this machine, and `platforms` lists none of {', '.join(run.machine(facts.environment))}")


def elsewhere(entry: Entry, facts: probe.Facts) -> bool:
    """Whether NumPy has a name on other machines than this one."""
    kinds = run.machine(facts.environment)
    return bool(entry.platforms) and not any(blocks.is_of(kinds, one) for one in entry.platforms)


@rule("E202")
def name_mlx_lacks(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
    """A name under `mlx` does not resolve in live MLX. Correct it; the verdict may be `recipe` or `missing`."""
    for entry in dataset.entries:
        for name in entry.mlx:
            if not name.startswith("mlx.") or not facts.names.get(name, False):
                yield _at(entry, "E202", f"live MLX has no `{name}`{_instead(facts, name)}")


@rule("E203")
def claimed_twice(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
    """Two files hold an entry of one name. Keep one."""
    first: dict[str, Entry] = {}
    for entry in dataset.entries:
        other = first.setdefault(entry.name, entry)
        if other is not entry:
            yield _at(entry, "E203", f"already in {other.file}:{other.line}: keep one of the two")


@rule("E204")
def alias_of_nothing(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
    """`alias_of` names an entry that holds the evidence: one that exists and is no alias itself."""
    for entry in dataset.entries:
        target = dataset.by_name.get(entry.alias_of)
        if entry.alias_of and (target is None or target.alias_of):
            yield _at(entry, "E204", f"`{entry.alias_of}` has no entry of its own: name the entry with the evidence")


@rule("E205")
def alias_unproven(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
    """An alias is the same object as its target, in NumPy and in MLX, or its target's calls or an example show equal results.
    Where the target's calls cannot be made of it, `uncalled` says why."""
    for entry in dataset.entries:
        target = dataset.by_name.get(entry.alias_of)
        if target is None or _equal(entry, facts) or elsewhere(entry, facts):
            continue
        if any(case.examples for case in entry.cases):
            if apart := next((shown.alias for shown in _shown(entry, facts) if shown.alias), ""):
                yield _at(entry, "E205", f"is not answered like {target.name}: {apart}; if it is called otherwise, say so in `uncalled`")
            continue
        own = probe.counterpart(entry.name)
        if not facts.same.get(f"{entry.name} {target.name}", False):
            yield _at(entry, "E205", f"is not the same object as {target.name}: add an example that shows equal results")
        elif target.verdict in ("same", "renamed") and facts.names.get(own, False) and not any(facts.same.get(f"{own} {name}", False) for name in target.mlx):
            yield _at(entry, "E205", f"MLX's {own} is not the same object as {target.mlx[0]}: add an example of it")


def _equal(entry: Entry, facts: probe.Facts) -> bool:
    """Whether every call of the target was answered alike, and some were."""
    shown = _shown(entry, facts)
    return bool(shown) and all(found.cells and not found.alias for found in shown)


def _shown(entry: Entry, facts: probe.Facts) -> list[matrix.Shown]:
    """What the matrix showed under an entry's own name."""
    return [found for job in facts.jobs if job.numpy == entry.name and (found := facts.shown.get(job.name))]


@rule("E206")
def not_absent(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
    """A name said to have no counterpart is live in MLX. Look at it: the verdict is probably another."""
    for entry in dataset.entries:
        if entry.verdict in ("recipe", "missing") and not entry.mlx:
            for name in probe.candidates(entry.name):
                if facts.names.get(name, False) and name.rpartition(".")[0] == probe.counterpart(entry.name).rpartition(".")[0]:
                    yield _at(entry, "E206", f"the verdict is `{entry.verdict}`, but MLX has `{name}`")


@rule("E207")
def named_otherwise(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
    """`same` is for the same name in the same place, `renamed` for any other."""
    for entry, case in _cases(dataset):
        own = probe.counterpart(entry.name)
        if case.verdict == "same" and entry.mlx and own not in entry.mlx:
            yield _at(entry, "E207", f"`same` needs {own} under `mlx`: is it `renamed`?", case.line)
        if case.verdict == "renamed" and own in entry.mlx and not (case.name and len(entry.mlx) > 1):
            yield _at(entry, "E207", f"{own} is the same name in the same place: is it `same`?", case.line)


@rule("E208")
def name_uncovered(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
    """A public NumPy name has no entry. Write one; or, with a reason, leave the name out in `mapping/extent.toml`."""
    extent = dataset.extent
    live = {name for space in extent.namespaces for name in facts.members.get(space, [])}
    for name in sorted(live - dataset.by_name.keys() - extent.left_out.keys()):
        yield Problem("mapping/extent.toml", 1, name, "E208", "no entry covers this public NumPy name: write one")
    for name in sorted(extent.left_out.keys() & dataset.by_name.keys() | extent.left_out.keys() - live):
        yield Problem("mapping/extent.toml", 1, name, "E208", "left out, but it has an entry or NumPy lacks it: take it off the list")


@rule("E209")
def most_used_thin(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
    """A name among those that people use most has fewer than two examples, or no entry."""
    for name in dataset.extent.most_used:
        entry = dataset.by_name.get(name)
        evidence = dataset.by_name.get(entry.alias_of, entry) if entry else None
        examples = sum(len(case.examples) for case in evidence.cases) if evidence else 0
        if examples < 2 and (evidence is None or evidence.verdict != "host"):
            yield Problem("mapping/extent.toml", 1, name, "E209", f"among the most used names, with {examples} examples: it needs two")


@rule("E301")
def verdict_unknown(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
    """Every entry or form has one of the six verdicts, and an alias none: its verdict follows from its name."""
    for entry, case in _cases(dataset):
        if entry.alias_of:
            if case.verdict:
                yield _at(entry, "E301", "an alias has no `verdict`: it follows from its target", case.line)
        elif case.verdict not in model.VERDICTS:
            yield _at(entry, "E301", f"`verdict` must be one of {', '.join(model.VERDICTS)}", case.line)
    for entry in dataset.entries:
        if not entry.cases and not entry.alias_of:
            yield _at(entry, "E301", f"no `verdict`: it must be one of {', '.join(model.VERDICTS)}")


@rule("E302")
def wrong_evidence(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
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
    given = {key for key in model.CASE if getattr(case, key)} | ({"mlx"} if entry.mlx else set())
    given |= {"category"} if entry.category else set()
    if case.verdict in ("recipe", "missing") and not case.name:
        forbids = forbids | {"mlx"}
    for key in sorted(needs - given):
        yield _at(entry, "E302", f"`{case.verdict}` needs `{key}`", case.line)
    for key in sorted(forbids & given):
        yield _at(entry, "E302", f"`{case.verdict}` forbids `{key}`", case.line)


@rule("E303")
def word_unknown(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
    """`differences`, `edges`, `category`, `compare`, `probe`, `platforms` and `machine` take words from closed lists."""
    for entry, case in _cases(dataset):
        lists = [("differences", case.differences, KINDS), ("edges", case.edges, EDGE_KINDS)]
        lists += [("category", [entry.category] if entry.category else [], CATEGORIES)]
        lists += [("compare", [case.compare], COMPARE)]
        for example in case.examples:
            lists += [("compare", [example.compare], COMPARE)]
            lists += [("probe", [example.probe] if example.probe else [], ("mutation", "aliasing"))]
            lists += [("machine", _strange([example.elsewhere.machine]), run.MACHINES)] if example.elsewhere else []
        for key, words, known in lists:
            for word in words:
                if word not in known:
                    yield _at(entry, "E303", f"`{key}` has no word `{word}`: use one of {', '.join(known)}", case.line)
            if len(set(words)) < len(words):
                yield _at(entry, "E303", f"`{key}` has a word twice", case.line)
    for entry in dataset.entries:
        for word in _strange(entry.platforms):
            yield _at(entry, "E303", f"`platforms` has no word `{word}`: use one of {', '.join(run.MACHINES)}")
    for row in [row for section in dataset.sheet.sections for row in section.rows]:
        for key, word, known in (("differs", row.differs, ("", *KINDS)), ("compare", row.compare, COMPARE)):
            if word not in known:
                yield Problem(dataset.sheet.file, row.line, "row", "E303", f"`{key}` has no word `{word}`: use one of {', '.join(filter(None, known))}")


def _strange(machines: list[str]) -> list[str]:
    """The first word of all that is no kind of machine."""
    return [word for one in machines for word in one.split() if word not in run.MACHINES][:1]


@rule("E304")
def doctest_broken(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
    """Each side of an example is a doctest: it begins with a prompt, and each statement is complete."""
    for entry, case in _cases(dataset):
        for example in case.examples:
            sides = [(side, getattr(example, side), example.lines[side]) for side in ("numpy", "mlx")]
            sides += [("elsewhere", example.elsewhere.mlx, example.elsewhere.line)] if example.elsewhere else []
            for side, text, line in sides:
                try:
                    blocks.parse(text)
                except blocks.BlockError as error:
                    yield _at(entry, "E304", f"{side}: {error}", line + error.line)


@rule("E305")
def recipe_not_run(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
    """The text of `recipe` stands, word for word, in the code of one of its MLX examples."""
    for entry, case in _cases(dataset):
        code = [_code(example.mlx) for example in case.examples]
        if case.recipe and not any(case.recipe.strip() in text for text in code):
            yield _at(entry, "E305", "no MLX example runs the text of `recipe`: write it there word for word", case.line)


@rule("E306")
def undefined_untold(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
    """`undefined` among differences or edges, and `unasserted` corners, need the key `undefined`; and the reverse."""
    for entry, case in _cases(dataset):
        if case.unasserted and not case.undefined:
            yield _at(entry, "E306", "`unasserted` corners need the key `undefined`, which says what is not defined there", case.line)
        if bool(case.undefined) != ("undefined" in [*case.differences, *case.edges]):
            yield _at(entry, "E306", "the key `undefined` and the word `undefined` go together", case.line)


@rule("E307")
def summary_too_long(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
    """A summary has at most 200 characters; what does not fit is a note."""
    for entry in dataset.entries:
        for text, line in [(entry.summary, entry.line), *((form.summary, form.line) for form in entry.forms)]:
            if len(text) > SUMMARY:
                yield _at(entry, "E307", f"the summary has {len(text)} characters: keep {SUMMARY}", line)


@rule("E308")
def topics_in_one_place(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
    """Two topics have one `order`. Give each its own place."""
    first: dict[int, model.Topic] = {}
    for topic in dataset.topics:
        other = first.setdefault(topic.order, topic)
        if other is not topic:
            yield Problem(topic.file, 1, "topic", "E308", f"`order` {topic.order} is taken by {other.file}")


@rule("E309")
def way_not_shown(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
    """`missing` shows the way through NumPy in its MLX examples; a form of another verdict has one that stays in MLX."""
    for entry, case in _cases(dataset):
        through = [bool(re.search(r"\bnp\.", _code(example.mlx))) for example in case.examples]
        if case.verdict == "missing" and through and not any(through):
            yield _at(entry, "E309", "`missing`, but no MLX example goes through `np`: is there a way within MLX?", case.line)
        if case.name and case.verdict != "missing" and through and all(through):
            yield _at(entry, "E309", f"`{case.verdict}`, but every MLX example goes through `np`: is it `missing`?", case.line)


@rule("E310")
def call_broken(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
    """A line of `calls` is no Python expression, or does not fit its recipe."""
    for entry, case in _cases(dataset):
        try:
            calls.lines(case.calls, case.recipe if case.calls else "")
        except calls.CallError as error:
            yield _at(entry, "E310", str(error), case.line)


@rule("E311")
def never_called(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
    """A function of a covered namespace with a counterpart or a recipe has `calls`, or tells in `uncalled` why not; not both."""
    for entry, case in _cases(dataset):
        if entry.alias_of or entry.name.rpartition(".")[0] not in dataset.extent.namespaces:
            continue
        callable_ = facts.kinds.get(entry.name) in ("function", "method")
        if callable_ and case.verdict in (*model.WITH_COUNTERPART, "recipe") and bool(case.calls) == bool(case.uncalled):
            yield _at(entry, "E311", "give `calls`, or in `uncalled` the reason why the matrix can't call it", case.line)


@rule("E312")
def nothing_called(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
    """Each line of `calls` is answered by NumPy for some ordinary input, or it compares nothing."""
    for job in facts.jobs:
        entry = dataset.by_name[job.numpy]
        for line in facts.shown[job.name].idle:
            if not job.alias_of:
                yield _at(entry, "E312", f"NumPy answers no ordinary call of `{line}`: {facts.shown[job.name].idle[line]}")


@rule("E313")
def topic_name_taken(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
    """A topic's file has the name of a page that is made for the whole dataset. Give it another."""
    for topic in dataset.topics:
        if topic.slug in RESERVED:
            yield Problem(topic.file, 1, "topic", "E313", f"`{topic.slug}` is a page of its own: name the file otherwise")


@rule("E316")
def namesake_left_out(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
    """MLX has the very name in the very place, and `mlx` does not list it. List it, or what readers try first goes untold."""
    for entry in dataset.entries:
        name = probe.counterpart(entry.name)
        everywhere = hasattr(type, name.rpartition(".")[2])  # such as `__ror__`, which any class answers to
        if entry.verdict in ("renamed", "differs") and not entry.alias_of and facts.names.get(name) and name not in entry.mlx and not everywhere and all(map(facts.names.get, entry.mlx)):
            yield _at(entry, "E316", f"`{name}` exists")


@rule("E314")
def one_name_for_two(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
    """Two forms of an entry, or two sections of the cheat sheet, have one name, so that one would hide the other."""
    for entry in dataset.entries:
        for place, form in enumerate(entry.forms):
            if form.name in [other.name for other in entry.forms[:place]]:
                yield _at(entry, "E314", f"there is a form `{form.name}` already", form.line)
    slugs = [section.slug for section in dataset.sheet.sections]
    for slug in sorted({slug for slug in slugs if slugs.count(slug) > 1}):
        yield Problem(dataset.sheet.file, 1, slug, "E314", "two sections have this `slug`")


@rule("E317")
def deviation_of_nothing(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
    """`mapping/machines.toml` holds, by entry or form and then by kind of machine, what is seen there beside what the entry declares: kinds from the closed lists, each with a call and both answers."""
    known = {f"{entry.name} {case.name}".strip(): case for entry in dataset.by_name.values() for case in entry.cases}
    for one in dataset.machines:
        say = partial(Problem, f"mapping/{model.MACHINES}", one.line, one.case, "E317")
        if one.case not in known:
            yield say("there is no such entry or form with a verdict of its own")
        for word in _strange([one.machine]):
            yield say(f"`{word}` is no kind of machine: use {', '.join(run.MACHINES)}")
        for key, words in (("differences", KINDS), ("edges", EDGE_KINDS)):
            for kind in getattr(one, key):
                if kind not in words:
                    yield say(f"`{key}` has no word `{kind}`: use one of {', '.join(words)}")
                if one.case in known and kind in getattr(known[one.case], key):
                    yield say(f"the entry declares `{kind}` for every machine")
        for kind in one.without:
            if one.case in known and kind not in known[one.case].differences:
                yield say(f"`without` names `{kind}`, and the entry does not declare it")


@rule("E401")
def uneven(dataset: Dataset, facts: probe.Facts, record: Record) -> Iterator[Problem]:
    """Both sides of an example show equally many results, so that each can be compared with its partner."""
    for entry, scope, _, example, pair in _pairs(dataset, record):
        if "uneven" in pair:
            ours, theirs = pair["uneven"]
            yield _at(entry, "E401", f"{scope}: NumPy's side shows {ours} results and MLX's {theirs}", example.lines["numpy"])


@rule("E402")
def verdict_not_shown(dataset: Dataset, facts: probe.Facts, record: Record) -> Iterator[Problem]:
    """What ordinary calls show, in examples, matrix and parameters, is what `differences` declares; so too for edges."""
    for entry, case in _cases(dataset):
        for edge, declared, key in ((False, case.differences, "differences"), (True, case.edges, "edges")):
            shown = observed(entry, case, facts, record, edge)
            here = deviations(dataset, facts.environment, entry, case, key)
            if entry.alias_of:
                target = dataset.by_name[entry.alias_of]
                declared = sorted(shown.keys() & set(target.edges if edge else target.differences))
                here = {kind: text for one in target.cases for kind, text in deviations(dataset, facts.environment, target, one, key).items() if kind in shown}
            for kind in sorted(shown.keys() - set(declared) - here.keys()):
                line, where = shown[kind]
                yield _at(entry, "E402", f"the verdict is `{case.verdict}`, but {where} shows `{kind}`, not in `{key}`", line or case.line)
            without = set() if edge else deviations(dataset, facts.environment, entry, case, "without").keys()
            if surplus := without & shown.keys():
                yield _at(entry, "E402", f"mapping/{model.MACHINES} says that {_words(surplus)} is not seen on this kind of machine, and it is", case.line)
            lacking = (set(declared) | here.keys()) - shown.keys() - without - {"undefined"}
            if lacking and not (edge and lacks_dtypes(entry, case, facts)):
                yield _at(entry, "E402", f"`{key}` declares {_words(lacking)}, but nothing shows it", case.line)
    for job in facts.jobs:
        target = dataset.by_name.get(job.alias_of)
        if target and not dataset.by_name[job.numpy].cases:
            shown = facts.shown[job.name]
            for kinds, declared, key in ((shown.ordinary, target.differences, "differences"), (shown.first, target.edges, "edges")):
                here = {kind for case in target.cases for kind in deviations(dataset, facts.environment, target, case, key)}
                for kind in sorted(kinds.keys() - set(declared) - here):
                    yield _at(dataset.by_name[job.numpy], "E402", f"an alias of {target.name}, but `{kinds[kind]}` shows `{kind}`, not in its `{key}`")


def deviations(dataset: Dataset, environment: dict[str, str], entry: Entry, case: Case, key: str) -> dict[str, str]:
    """The kinds that a case declares for machines of this one's kind alone, each with what is seen there."""
    name, kinds = f"{entry.name} {case.name}".strip(), run.machine(environment)
    return {kind: text for one in dataset.machines if one.case == name and blocks.is_of(kinds, one.machine) for kind, text in getattr(one, key).items()}


def lacks_dtypes(entry: Entry, case: Case, facts: probe.Facts) -> bool:
    """Whether this device lacks a dtype under which an edge may show: where there is none, the edge is not judged."""
    shown = facts.shown.get(f"{entry.name} {case.name}".strip())
    return bool(shown and shown.absent)


@rule("E406")
def seen_otherwise(dataset: Dataset, facts: probe.Facts, record: Record) -> Iterator[Problem]:
    """`mapping/machines.toml` tells for this kind of machine what a call answers, and it answers otherwise. `make accept` writes it anew."""
    for entry, case in _cases(dataset):
        for edge, key in ((False, "differences"), (True, "edges")):
            shown = observed(entry, case, facts, record, edge)
            for kind, text in deviations(dataset, facts.environment, entry, case, key).items():
                if kind in shown and compare.output(text, shown[kind][1].strip("`")):
                    yield _at(entry, "E406", f"`{kind}` is told as {text!r} in mapping/{model.MACHINES}, and is seen as {shown[kind][1]!r}", case.line)


def observed(entry: Entry, case: Case, facts: probe.Facts, record: Record, edge: bool) -> dict[str, tuple[int, str]]:
    """Each kind that was seen on ordinary inputs, or at the edges: the line of its example, or 0, and where it shows."""
    found: dict[str, tuple[int, str]] = {}
    for _, scope, of, example, pair in _pairs(dataset=None, record=record, only=entry):
        if of is case and example.edge is edge:
            for kind in pair["observed"]:
                found.setdefault(kind, (example.lines["mlx"], "an example"))
    shown = facts.shown.get(f"{entry.name} {case.name}".strip())
    if shown:
        for kind, where in (shown.first if edge else shown.ordinary).items():
            found.setdefault(kind, (0, f"`{where}`"))
        if not edge and not case.name and shown.parameters and shown.parameters.differ and case.verdict in model.WITH_COUNTERPART:
            found.setdefault("parameters", (0, shown.parameters.told))
    return found


@rule("E403")
def silence_not_heard(dataset: Dataset, facts: probe.Facts, record: Record) -> Iterator[Problem]:
    """Whether MLX is silent follows from what is declared; the run must have heard the same."""
    for entry, case in _cases(dataset):
        pairs = [pair for _, _, of, _, pair in _pairs(dataset, record, entry) if of is case]
        here = partial(deviations, dataset, facts.environment, entry, case)
        declared = replace(case, differences=[*{*case.differences, *here("differences")} - here("without").keys()], edges=[*case.edges, *here("edges")])
        ordinary, edges = (set(observed(entry, case, facts, record, edge)) for edge in (False, True))
        heard = bool(ordinary - standing.LOUD or edges & standing.QUIET_EDGES or case.undefined)
        heard |= any(pair["unheard"] for pair in pairs)
        unseen = not heard and lacks_dtypes(entry, case, facts)  # what makes it silent may be of a dtype that this device lacks
        if pairs and not entry.alias_of and heard != standing.silent(declared) and not unseen:
            yield _at(entry, "E403", f"declared as {'' if not heard else 'not '}silent, but the run shows otherwise", case.line)


@rule("E404")
def nothing_compared(dataset: Dataset, facts: probe.Facts, record: Record) -> Iterator[Problem]:
    """Every verdict rests on an ordinary example in which a result of NumPy's is compared with one of MLX's."""
    for entry, case in _cases(dataset):
        pairs = [item for item in _pairs(dataset, record, entry) if item[2] is case]
        if any("uneven" in pair for *_, pair in pairs):
            continue
        if pairs and not any(pair["compared"] for *_, example, pair in pairs if not example.edge):
            yield _at(entry, "E404", "no ordinary example compares anything: show a result on both sides", case.line)


@rule("E405")
def name_not_used(dataset: Dataset, facts: probe.Facts, record: Record) -> Iterator[Problem]:
    """The examples use what they speak of: the NumPy name on one side, a name under `mlx` on the other. Each MLX side does, where no call is compared."""
    for entry, case in _cases(dataset):
        if not case.examples:
            continue
        stands = standing.of(entry, dataset, facts)
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
    return last.startswith("__") or bool(re.search(rf"\b{last}\b", code))


def _words(kinds: set[str]) -> str:
    return " and ".join(f"`{kind}`" for kind in sorted(kinds))


def _code(text: str) -> str:
    try:
        return "\n".join(example.source for example in blocks.parse(text))
    except blocks.BlockError:
        return ""


def _cases(dataset: Dataset) -> Iterator[tuple[Entry, Case]]:
    for entry in dataset.entries:
        for case in entry.cases:
            yield entry, case


def _pairs(dataset: Dataset | None, record: Record, only: Entry | None = None) -> Iterator[tuple]:
    """Every example that ran to its end: entry, scope's name, case, example, what was observed."""
    for entry in [only] if only else dataset.entries:
        for scope, case, example in entry.scopes():
            if scope in record.pairs:
                yield entry, scope, case, example, record.pairs[scope]


@rule("E501")
def live_failed(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
    """A table of the guide, a section of the cheat sheet or the figure of a ported program could not be had."""
    for name, why in facts.live.failed.items():
        kind, _, slug = name.partition(" ")
        file = {"sheet": dataset.sheet.file, "figure": f"docs/guide/programs/{slug}/figure.py"}.get(kind, f"docs/reference/tables/{slug}.md")
        yield Problem(file, 1, name, "E501", why)


@rule("E502")
def sheet_otherwise(dataset: Dataset, facts: probe.Facts) -> Iterator[Problem]:
    """A row of the cheat sheet shows another difference than its `differs` says. Correct it, or the row."""
    for section in dataset.sheet.sections:
        for row, seen in zip(section.rows, facts.live.sheet.get(section.slug, {}).get("rows", [])):
            [kind] = seen["cells"]
            if row.differs != kind:
                yield Problem(dataset.sheet.file, row.line, row.numpy, "E502", f"`differs` is `{row.differs or 'nothing'}`, but seen is: {kind or 'nothing'}")
