"""Every verdict of the dataset, flipped to every other: none slips through."""

from dataclasses import replace

from mapping.dataset import model, reader
from mapping.facts import lookup, rules
from mapping.run.cache import cache_of
from mapping.run.pool import Pool

from .conftest import ROOT, ledger


def alone(entry: model.Entry, dataset: model.Dataset) -> model.Dataset:
    """A dataset that holds this entry alone, and still knows the others by name."""
    own = [one for one in dataset.unshown if one.place == entry.name]
    topic = model.Topic("topic", entry.file, "Topic", 1, "", [entry])
    found = model.Dataset([topic], dataset.extent, machines=dataset.machines, unshown=own)
    found.by_name = {**dataset.by_name, entry.name: entry}
    return found


def flips(entry: model.Entry):
    """The entry with the verdict of one of its cases changed; an alias, which has none, with one."""
    for place, case in enumerate(entry.cases or [model.Case(line=entry.line)]):
        for verdict in set(model.VERDICTS) - {case.verdict}:
            cases = list(entry.cases) or [case]
            cases[place] = replace(case, verdict=verdict)
            yield verdict, replace(entry, cases=cases, given=entry.given | {"verdict"})


def test_no_flipped_verdict_slips_through():
    dataset, problems = reader.read(ROOT / "mapping" / "dataset" / "entries", ROOT)
    assert problems == []
    known = cache_of(ROOT)
    with Pool() as pool:
        facts = lookup.facts(dataset, pool, known)
        record = pool.run(ledger(dataset), cache=known)
    tried, slipped = 0, []
    for entry in dataset.entries:
        own = replace(facts, jobs=[job for job in facts.jobs if job.numpy == entry.name])
        assert check(alone(entry, dataset), own, record) == []
        for verdict, flipped in flips(entry):
            tried += 1
            if not check(alone(flipped, dataset), own, record):
                slipped.append(f"{entry.name}: {verdict}")
    print(f"{tried} flips of {len(dataset.entries)} entries, {len(slipped)} slipped through")
    assert tried > 4000
    assert slipped == []


def check(dataset: model.Dataset, facts: lookup.Facts, record) -> list:
    return rules.check(dataset, facts) or rules.judge(dataset, facts, record)
