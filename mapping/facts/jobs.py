"""Entries' `calls` and what exists go in; jobs of the differential matrix come out."""

from __future__ import annotations

from collections.abc import Iterator

from ..run.calls import CallError, Job, lines
from ..run.terms import ULP


def jobs(dataset, names: dict[str, bool], same: dict[str, bool], counterpart) -> Iterator[Job]:
    """One job for each case with calls, and one for each alias that is not the very same object on both sides."""
    for entry in dataset.entries:
        target = dataset.by_name.get(entry.alias_of)
        for case in (target or entry).cases:
            if not case.calls or (target and any(own.uncalled for own in entry.cases)):
                continue
            try:
                both = lines(case.calls, case.recipe)
            except CallError:
                continue  # the rules say so
            ulp = case.tolerance.get("ulp", ULP)
            mlx = (target or entry).mlx[0] if (target or entry).mlx else ""
            job = Job(
                entry.named(case),
                entry.name,
                "" if case.recipe else mlx,
                case.recipe,
                both,
                case.compare,
                ulp,
                unasserted=case.unasserted,
            )
            if target:
                job.alias_of = target.name
                own = counterpart(entry.name)
                if names.get(own, False) and not case.recipe:
                    job.mlx = own
                identical = same.get(f"{entry.name} {target.name}", False)
                if identical and (case.recipe or not names.get(own, False) or any(same.get(f"{own} {name}", False) for name in target.mlx)):
                    continue
            yield job
