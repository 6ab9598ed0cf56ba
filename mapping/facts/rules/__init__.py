"""Entries, facts of the live libraries and, after a run, its record go in; problems come out.

A rule is a generator with a code; its docstring is published on the page of rules. `check` holds the dataset against the facts,
before anything runs; `judge` holds it against what the run showed.
"""

from __future__ import annotations

from ...dataset.model import Dataset
from ...dataset.problems import RULES, Problem
from ...run.record import Record
from .. import lookup
from . import entries, evidence, excuses, names, sentences  # noqa: F401 - their rules stand in RULES once they are read


def check(dataset: Dataset, facts: lookup.Facts) -> list[Problem]:
    """Every problem that can be told before anything runs."""
    found: list[Problem] = []
    for code, function in RULES.items():
        if code.startswith(("E2", "E3", "E5", "E6", "E7")):
            found += function(dataset, facts)
    return found


def judge(dataset: Dataset, facts: lookup.Facts, record: Record) -> list[Problem]:
    """Every verdict that the run did not bear out."""
    found: list[Problem] = []
    for code, function in RULES.items():
        if code.startswith("E4"):
            found += function(dataset, facts, record)
    return found
