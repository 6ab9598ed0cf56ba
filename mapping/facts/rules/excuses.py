"""Rules on excuses (E7): what an author may leave out or loosen is bounded, and counted where readers see it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...dataset.model import Dataset
from ...dataset.problems import Problem, rule
from ...run.terms import MANY
from .. import lookup
from .common import _at, _cases

BOUNDS = {  # excuse: how many there may be, and what it says
    "uncalled": (18, "no call of both sides can be compared"),
    "unasserted": (13, "corners in which nothing is defined, so that they are not called"),
    "tolerance": (47, "floats may differ by more than eight units in the last place, up to 256"),
    "compare": (61, "random or uninitialised results, compared by their distribution, or by shape and dtype alone"),
    "platforms": (3, "a name that NumPy has on some machines only"),
    "deviation": (8, "an example that shows something else on one kind of machine"),
    "unshown": (20, "a sentence that a test proves, and no example"),
}
RANDOM = "numpy.random"  # what is under it is random, and so may these be compared:
UNINITIALISED = ("numpy.empty", "numpy.empty_like")
CONSTANT = ("numpy.roots",)  # takes an array of which a long one has no answer in any time
HARMLESS = {"math"}  # what a recipe may import


@rule("E701")
def too_many_excuses(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """More excuses of one kind than there may be. Take one away; or raise the bound, which a person reviews."""
    for kind, count in counted(dataset).items():
        if count > BOUNDS[kind][0]:
            yield Problem("mapping/facts/rules/excuses.py", 1, kind, "E701", f"there are {count}, and {BOUNDS[kind][0]} may be")


def counted(dataset: Dataset) -> dict[str, int]:
    """How many excuses of each kind the dataset has."""
    cases = [case for _, case in _cases(dataset)]
    examples = [example for case in cases for example in case.examples]
    return {
        "uncalled": sum(bool(case.uncalled) for case in cases),
        "unasserted": sum(bool(case.unasserted) for case in cases),
        "tolerance": sum(bool(case.tolerance) for case in cases) + sum(bool(example.tolerance) for example in examples),
        "compare": sum(case.compare != "values" or any(one.compare != "values" for one in case.examples) for case in cases),
        "platforms": sum(bool(entry.platforms) for entry in dataset.entries),
        "deviation": sum(bool(example.deviation) for example in examples),
        "unshown": len(dataset.unshown),
    }


@rule("E702")
def recipe_of_numpy(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """A recipe stays within MLX and Python: it does not name `np` and imports nothing but `math`."""
    for entry, case in _cases(dataset):
        try:
            nodes = list(ast.walk(ast.parse(case.recipe.strip())))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue  # E310 says so
        names = {node.id for node in nodes if isinstance(node, ast.Name)} & {"np", "numpy", "__import__", "exec", "eval"}
        names |= {one.name for node in nodes if isinstance(node, ast.Import) for one in node.names} - HARMLESS
        names |= {node.module or "." for node in nodes if isinstance(node, ast.ImportFrom)} - HARMLESS
        if names:
            yield _at(entry, "E702", f"the recipe uses {', '.join(f'`{name}`' for name in sorted(names))}", case.recipe_line or case.line)


@rule("E703")
def compared_by_less(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """`compare` is for results that are random or uninitialised: of all others the values are compared."""
    for entry, case in _cases(dataset):
        name = entry.alias_of or entry.name
        loose = case.compare != "values" or any(one.compare != "values" for one in case.examples)
        if loose and not (name.startswith(RANDOM) or name in UNINITIALISED):
            yield _at(entry, "E703", "`compare`, though the result is neither random nor uninitialised", case.line)


@rule("E704")
def few_draws(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """A distribution is compared by 64 draws or more in one of its calls: fewer tell nothing, and any would pass."""
    for entry, case in _cases(dataset):
        shown = facts.summaries.get(entry.named(case))
        if case.compare == "distribution" and shown and shown.drawn < MANY:
            yield _at(entry, "E704", f"its calls draw {shown.drawn} numbers at most: draw {MANY} or more in one of them", case.line)


@rule("E705")
def own_inputs(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """The machine makes the arrays of calls: an author's own may be chosen so that nothing differs. One call at least takes an input
    as it is, where NumPy takes an ordinary array."""
    for entry, case in _cases(dataset):
        if entry.name in facts.takes and entry.name not in CONSTANT and lookup.without_input(case):
            yield _at(entry, "E705", "no call takes an input of the machine's as it is, such as `f(a)`", case.line)
