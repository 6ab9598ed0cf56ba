"""Rules on sentences (E6): what a summary or a note claims is shown by an example of its entry, or is listed with a reason."""

from __future__ import annotations

from collections.abc import Iterator

from ...dataset.model import UNSHOWN, Dataset, Entry, Unshown
from ...dataset.problems import Problem, rule
from .. import code, lookup, sentences, signature
from .common import _at


@rule("E601")
def sentence_not_shown(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """Each number, dtype and error in a summary or a note stands in an example of the entry or in its recipe, and code with a number
    in it as a whole; `always`, `never` and `also` need code in their sentence that an example runs. Show it in an example, say it
    without, or list the sentence in `mapping/dataset/unshown.toml` with the test that proves it."""
    for entry in dataset.entries:
        listed = {one.text for one in dataset.unshown if one.place == entry.name}
        for sentence, what, line in _claims(entry, dataset, facts):
            if sentence not in listed:
                yield _at(entry, "E601", f"no example shows {what} of this sentence: {sentence}", line)


@rule("E602")
def listed_for_nothing(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """A sentence on the list of those that no example or block shows is not there, or is shown. Take it off the list."""
    for one in dataset.unshown:
        entry = dataset.by_name.get(one.place)
        if not one.place.endswith(".md") and (entry is None or one.text not in [text for text, *_ in _claims(entry, dataset, facts)]):
            yield needless(one)


def needless(one: Unshown) -> Problem:
    return Problem(UNSHOWN, one.line, one.place, "E602", f"not needed: {one.text}")


@rule("E603")
def code_misfit(dataset: Dataset, facts: lookup.Facts) -> Iterator[Problem]:
    """Code in a summary or a note names a method that no array has and no example uses, or calls a function with what it does not
    take. Correct it."""
    members = lookup.members(facts)
    for entry in dataset.entries:
        ran = _shown_text(entry, dataset, facts)
        for text, line in _texts(entry):
            for span in sentences.CODE.findall(text):
                for what in code.misfits(code.read(span), members, facts.signatures, ran):
                    yield _at(entry, "E603", f"`{span}`: {what}", line)


def _texts(entry: Entry) -> Iterator[tuple[str, int]]:
    """An entry's running text, each with its line."""
    yield from ((text, entry.line) for text in (entry.summary, *entry.notes))
    for case in entry.cases:
        yield from ((text, case.line) for text in (*((case.summary, *case.notes) if case.name else ()), case.undefined))
        for code_of in [*[text for example in case.examples for text in (example.numpy, example.mlx)], case.recipe]:
            yield from ((comment, case.line) for comment in sentences.comments(code_of))


def _claims(entry: Entry, dataset: Dataset, facts: lookup.Facts) -> Iterator[tuple[str, str, int]]:
    """Each sentence of an entry that no example shows, what of it, and its line."""
    by = shown_by(entry, dataset, facts)
    for text, line in _texts(entry):
        for sentence, what in sentences.unshown(text, by, verbatim=True):
            yield sentence, what, line


def shown_by(entry: Entry, dataset: Dataset, facts: lookup.Facts) -> sentences.Shown:
    """All that examples, recipes and the defaults of parameters show of an entry; of an alias, what its target shows as well."""
    return sentences.shown(_shown_text(entry, dataset, facts))


def _shown_text(entry: Entry, dataset: Dataset, facts: lookup.Facts) -> str:
    both = [entry, *filter(None, [dataset.by_name.get(entry.alias_of)])]
    cases = [case for one in both for case in one.cases]
    parts = [text for case in cases for example in case.examples for text in (example.numpy, example.mlx)]
    parts += [example.deviation.mlx for case in cases for example in case.examples if example.deviation]
    parts += [case.recipe for case in cases]
    for name in [one for each in both for one in (each.name, *each.mlx)]:
        listed = facts.signatures.get(name, [])
        of_numpy = name.startswith("numpy")
        overloads = [signature.numpys(listed)] if of_numpy else signature.mlxs(listed)
        parts += [parameter.default for overload in overloads for parameter in overload]
    for comment in [comment for part in parts if "#" in part for comment in sentences.comments(part)]:
        parts = [part.replace(comment, "") for part in parts]
    return "\n".join(parts)
