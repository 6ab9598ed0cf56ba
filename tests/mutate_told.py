"""Mutants of what is told beside the blocks: sentences of entries, running text, marks, captions and excuses of pages.

A number, a dtype or an error of a sentence is altered to one that no example of the entry holds, since that is what is promised of
them; where another that the examples hold would stand there instead, only a reader could tell.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from mapping.dataset import model
from mapping.facts import lookup, sentences
from mapping.facts.rules import sentences as rules
from tests import mini, test_content, test_sentences
from tests.mutate import Choice, Mutant
from tests.test_flip import alone

OTHERS = {  # in place of what a sentence names
    "a dtype in a sentence": (sentences.DTYPE, ("uint16", "int8", "complex64", "bfloat16", "float64", "uint64")),
    "an error in a sentence": (sentences.ERROR, ("KeyError", "OSError")),
    "a number in a sentence": (sentences.NUMBER, ("7919", "31.25", "-4801")),
}


def entries(dataset: model.Dataset, facts: lookup.Facts, choice: Choice) -> Iterator[Mutant]:
    """Each number, dtype and error in summaries and notes, altered; each excuse for a sentence, altered."""
    made = [one for entry in dataset.entries for one in altered(entry, dataset, facts)]
    for kind, found in groupby(sorted(made, key=lambda one: one[0]), key=lambda one: one[0]):
        for _, entry, what in choice.of(kind, found):
            own = alone(entry, dataset)
            yield Mutant(kind, f"{entry.file}:{entry.line}", f"{entry.name}: {what}", any(rules.sentence_not_shown(own, facts)))
    kind = "an excuse for a sentence"
    for one in choice.of(kind, [one for one in dataset.unshown if one.place in dataset.by_name]):
        own = alone(dataset.by_name[one.place], dataset)
        own.unshown = [replace(one, text=one.text.replace("a", "o", 1))]
        yield Mutant(kind, f"{model.UNSHOWN}:{one.line}", one.text, any(rules.listed_for_nothing(own, facts)))


def altered(entry: model.Entry, dataset: model.Dataset, facts: lookup.Facts) -> Iterator[tuple[str, model.Entry, str]]:
    """The entry with one thing in its summary or in a note altered, for each thing that its sentences name."""
    shown = rules.shown_by(entry, dataset, facts)
    listed = " ".join(one.text for one in dataset.unshown if one.place == entry.name)
    for key, texts in (("summary", [entry.summary]), ("notes", entry.notes)):
        for place, text in enumerate(texts):
            for kind, (pattern, others) in OTHERS.items():
                for match in pattern.finditer(text):
                    other = next(one for one in others if [*sentences.unshown(f"{one}.", shown)] and one not in listed)
                    if _told(text, match):
                        new = text[: match.start()] + other + text[match.end() :]
                        value = new if key == "summary" else [*texts[:place], new, *texts[place + 1 :]]
                        yield kind, replace(entry, **{key: value}), new[max(0, match.start() - 30) : match.end() + 30]


def _told(text: str, match: re.Match) -> bool:
    """Whether readers see it, and it is no release."""
    hidden = [one.span() for one in sentences.UNSEEN.finditer(text)]
    release = sentences.VERSIONED.search(text, max(0, match.start() - 14), match.start())
    return not release and not any(start <= match.start() < end for start, end in hidden)


def pages(choice: Choice) -> Iterator[Mutant]:
    """A number wherever a page may tell one, and all that a page is not made of: real builds."""
    with tempfile.TemporaryDirectory() as name:
        templates = [template.format(f"{number}81") for number, template in enumerate(test_sentences.PLACES.values(), 10)]
        said = {what for _, what in test_sentences.page(Path(name, "places"), "\n\n".join(templates))}
        for number, place in enumerate(test_sentences.PLACES, 10):
            yield Mutant("a number on a page", "docs/index.md", place, f"`{number}81`" in said)
        told = test_content.built(Path(name, "kinds"), {kind: text for kind, (text, _) in test_content.REFUSED.items()})
        for kind, (_, code) in test_content.REFUSED.items():
            yield Mutant("what a page is not made of", "docs", kind, f": {code}: " in told[kind])
        skip = '[[block]]\nsource = "docs/index.md"\ntext = "$ ls"\nreason = "shell"\ntest = "tests/test_no.py::test_no"\n'
        page = "# Mini\n\n```console\n$ ls\n```\n\n```{toctree}\nreference/index\n```\n"
        built = mini.build(mini.write(Path(name, "excuse"), {"docs/index.md": page, "mapping/dataset/skipped.toml": skip}))
        yield Mutant("an excuse for a block", "mapping/dataset/skipped.toml", "a test that is not there", ": E111: " in built.said)
