"""Rules on names (E2): what exists in NumPy and MLX, what covers it, which names are one."""

from __future__ import annotations

from collections.abc import Iterator

from ...dataset.model import GONE, Dataset, Entry
from ...dataset.problems import Problem, rule
from ...run import blocks
from ...run.record import machine_kinds
from .. import lookup, matrix
from .common import _at, _cases, _instead


@rule("E201")
def name_numpy_lacks(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """NumPy has no such name. Correct it, or list the kinds of machine that have it under `platforms`."""
    for entry in dataset.entries:
        if not facts.names.get(entry.name, False) and not on_other_machines(entry, facts):
            yield _at(entry, "E201", f"the installed NumPy has no such name{_instead(facts, entry.name)}")
        if facts.names.get(entry.name, False) and on_other_machines(entry, facts):
            yield _at(
                entry,
                "E201",
                f"NumPy has the name on this machine, and `platforms` lists none of {', '.join(machine_kinds(facts.environment))}",
            )


def on_other_machines(entry: Entry, facts: lookup.Facts) -> bool:
    """Whether NumPy has a name on other machines than this one."""
    kinds = machine_kinds(facts.environment)
    return bool(entry.platforms) and not any(blocks.is_of(kinds, one) for one in entry.platforms)


@rule("E202")
def name_mlx_lacks(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """A name under `mlx` does not resolve in live MLX. Correct it; the verdict may be `recipe` or `missing`."""
    for entry in dataset.entries:
        for name in entry.mlx:
            if not name.startswith("mlx.") or not facts.names.get(name, False):
                yield _at(entry, "E202", f"live MLX has no `{name}`{_instead(facts, name)}")


@rule("E203")
def claimed_twice(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """Two files hold an entry of one name. Keep one."""
    first: dict[str, Entry] = {}
    for entry in dataset.entries:
        other = first.setdefault(entry.name, entry)
        if other is not entry:
            yield _at(entry, "E203", f"already in {other.file}:{other.line}: keep one of the two")


@rule("E204")
def alias_of_nothing(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """`alias_of` names an entry that holds the evidence: one that exists and is no alias itself."""
    for entry in dataset.entries:
        target = dataset.by_name.get(entry.alias_of)
        if entry.alias_of and (target is None or target.alias_of):
            yield _at(entry, "E204", f"`{entry.alias_of}` has no entry of its own: name the entry with the evidence")


@rule("E205")
def alias_unproven(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """An alias is the same object as its target, in NumPy and in MLX, or its target's calls or an example show equal results.
    Where the target's calls cannot be made of it, `uncalled` says why."""
    for entry in dataset.entries:
        target = dataset.by_name.get(entry.alias_of)
        if target is None or _equal(entry, facts) or on_other_machines(entry, facts):
            continue
        if any(case.examples for case in entry.cases):
            if apart := next((shown.alias for shown in _shown(entry, facts) if shown.alias), ""):
                yield _at(entry, "E205", f"is not answered like {target.name}: {apart}; if it is called otherwise, say so in `uncalled`")
            continue
        own = lookup.counterpart(entry.name)
        if not facts.same.get(f"{entry.name} {target.name}", False):
            yield _at(entry, "E205", f"is not the same object as {target.name}: add an example that shows equal results")
        elif (
            target.verdict in ("same", "renamed")
            and facts.names.get(own, False)
            and not any(facts.same.get(f"{own} {name}", False) for name in target.mlx)
        ):
            yield _at(entry, "E205", f"MLX's {own} is not the same object as {target.mlx[0]}: add an example of it")


def _equal(entry: Entry, facts: lookup.Facts) -> bool:
    """Whether every call of the target was answered alike, and some were."""
    shown = _shown(entry, facts)
    return bool(shown) and all(found.cells and not found.alias for found in shown)


def _shown(entry: Entry, facts: lookup.Facts) -> list[matrix.Summary]:
    """What the matrix showed under an entry's own name."""
    return [found for job in facts.jobs if job.numpy == entry.name and (found := facts.summaries.get(job.name))]


@rule("E206")
def not_absent(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """A name said to have no counterpart is live in MLX. Look at it: the verdict is probably another."""
    for entry in dataset.entries:
        if entry.verdict in ("recipe", "missing") and not entry.mlx:
            for name in lookup.candidates(entry.name):
                if facts.names.get(name, False) and name.rpartition(".")[0] == lookup.counterpart(entry.name).rpartition(".")[0]:
                    yield _at(entry, "E206", f"the verdict is `{entry.verdict}`, but MLX has `{name}`")


@rule("E211")
def answered_alike(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """MLX has a function that answers as this one does, called with the same arrays. It is a counterpart, whatever its name."""
    for entry in dataset.entries:
        if entry.verdict in ("host", "missing") and (ours := facts.alike.get(entry.name)):
            names = " and ".join(f"`{name}`" for name in ours)
            yield _at(entry, "E211", f"the verdict is `{entry.verdict}`, but {names} answer{'s' if len(ours) == 1 else ''} as it does")


@rule("E207")
def named_otherwise(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """`same` is for the same name in the same place, `renamed` for any other."""
    for entry, case in _cases(dataset):
        own = lookup.counterpart(entry.name)
        if case.verdict == "same" and entry.mlx and own not in entry.mlx:
            yield _at(entry, "E207", f"`same` needs {own} under `mlx`: is it `renamed`?", case.line)
        if case.verdict == "renamed" and own in entry.mlx and not (case.name and len(entry.mlx) > 1):
            yield _at(entry, "E207", f"{own} is the same name in the same place: is it `same`?", case.line)


@rule("E208")
def name_uncovered(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """A public NumPy name has no entry. Write one; or, with a reason, leave the name out in `mapping/dataset/extent.toml`."""
    extent = dataset.extent
    live = {name for space in extent.namespaces for name in facts.members.get(space, [])}
    for name in sorted(live - dataset.by_name.keys() - extent.left_out.keys()):
        yield Problem("mapping/dataset/extent.toml", 1, name, "E208", "no entry covers this public NumPy name: write one")
    for name in sorted(extent.left_out.keys() & dataset.by_name.keys() | extent.left_out.keys() - live):
        yield Problem(
            "mapping/dataset/extent.toml", 1, name, "E208", "left out, but it has an entry or NumPy lacks it: take it off the list"
        )


@rule("E210")
def not_gone(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """A name that NumPy is said to have lost is there. Take it off the list in `mapping/dataset/gone.toml`, or run `make gone`."""
    for one in dataset.gone:
        if facts.names.get(one.name, False):
            yield Problem(f"mapping/dataset/{GONE}", one.line, one.name, "E210", "is said to be gone, but the installed NumPy has it")


@rule("E209")
def most_used_thin(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """A name among those that people use most has fewer than two examples, or no entry."""
    for name in dataset.extent.most_used:
        entry = dataset.by_name.get(name)
        evidence = dataset.by_name.get(entry.alias_of, entry) if entry else None
        examples = sum(len(case.examples) for case in evidence.cases) if evidence else 0
        if examples < 2 and (evidence is None or evidence.verdict != "host"):
            file, line = (evidence.file, evidence.line) if evidence else ("mapping/dataset/extent.toml", 1)
            message = f"one of the 200 names that people use most: it has {examples} of at least 2 examples"
            yield Problem(file, line, name, "E209", message)
