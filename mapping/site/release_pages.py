"""What is known of releases goes in; the pages that tell it come out: one of all, and one for each release that changed something."""

from __future__ import annotations

from collections.abc import Iterator

from ..dataset import model
from ..dataset.releases import Releases
from ..facts import history, lookup, resolved
from ..facts.releases import AGREES
from ..run.terms import NAME
from . import charts, pages

TITLE = "Releases"
MANY, MOST = 3, 60  # changes shown of one entry, silent changes shown of all
Changes = dict[str, dict[str, list[tuple[model.Entry, list[history.Change]]]]]  # by library and release, of each entry


def files(dataset: model.Dataset, facts: lookup.Facts) -> dict[str, str]:
    """Every page and picture of releases, by its path under `docs/reference`."""
    changed = changes(dataset, facts)
    made = {}
    for library, releases in dataset.releases.items():
        for release in releases.versions:
            if text := page(library, release, dataset, facts, changed[library].get(release, [])):
                made[f"{slug(library, release)}.md"] = text
    made["releases.md"] = overview(dataset, facts, changed, [name.removesuffix(".md") for name in made])
    if dataset.releases["mlx"].versions:
        counts = coverage(dataset, facts)
        made |= {f"releases-{shade}.svg": charts.bars(counts, shade == "dark") for shade in ("light", "dark")}
    return made


def slug(library: str, release: str) -> str:
    """The path of a release's page under `docs/reference`."""
    return f"releases/{library}-{release}"


def changes(dataset: model.Dataset, facts: lookup.Facts) -> Changes:
    """What each release changed of each entry that is no alias."""
    found: Changes = {library: {} for library in dataset.releases}
    for entry in dataset.entries:
        for one in history.changes(entry, dataset, facts) if not entry.alias_of else []:
            rows = found[one.library].setdefault(one.release, [])
            if not rows or rows[-1][0] is not entry:
                rows.append((entry, []))
            rows[-1][1].append(one)
    return found


def covered(library: str, release: str, dataset: model.Dataset, facts: lookup.Facts) -> list[model.Entry]:
    """The entries whose counterpart a release of MLX brought, or whose NumPy name one of NumPy."""
    of_numpy = dataset.releases["numpy"]
    since = [history.since(entry, dataset, facts) if library == "mlx" else of_numpy.since(entry.name) for entry in dataset.entries]
    return [entry for entry, first in zip(dataset.entries, since) if first == release]


def page(library: str, release: str, dataset: model.Dataset, facts: lookup.Facts, changed: list) -> str:
    """Names that are new, what of NumPy they cover, names that are gone, parameters and behaviours that changed; nothing without any."""
    releases, name = dataset.releases[library], pages.LIBRARIES[library]
    section = releases.changes[release]
    parts = []
    if new := section.get("new"):
        parts += ["## New names", ", ".join(_name(one, facts) for one in new) + "."]
    if own := covered(library, release, dataset, facts):
        parts += [
            f"## New of NumPy{' in MLX' if library == 'mlx' else ''}",
            "\n".join(f"- {pages.link(entry.name)} → {pages.counterparts(resolved.of(entry, dataset, facts))}" for entry in own),
        ]
    if gone := section.get("gone"):
        parts += ["## Names that are gone", ", ".join(_name(one, facts) for one in gone) + "."]
    if texts := {one: both for one, both in section.get("parameters", {}).items() if _alive(f"{pages.short(one)} {both}", facts)}:
        rows = [f"- `{pages.short(one)}`: from {pages.outcome(before)} to {pages.outcome(after)}" for one, (before, after) in texts.items()]
        parts += ["## Other parameters", "\n".join(rows)]
    if changed:
        parts += ["## Other behaviour", "\n".join(_entry(entry, ones) for entry, ones in changed)]
    before = releases.versions[: releases.versions.index(release)][-1:]
    return "\n\n".join([f"# {name} {release}", f"What is other than in {name} {before[0]}.", *parts]) + "\n" if parts else ""


def _entry(entry: model.Entry, ones: list[history.Change]) -> str:
    """The first changes of an entry, and how many more there are."""
    more = f"; {len(ones) - MANY} more" if len(ones) > MANY else ""
    return f"- {pages.link(entry.name)}: {'; '.join(map(pages.change, ones[:MANY]))}{more}"


def _name(name: str, facts: lookup.Facts) -> str:
    """A name as code; as an absent one, where no release after brought it back."""
    return f"`{pages.short(name)}`" if facts.names.get(name) else f"{{absent}}`{name}`"


def _alive(text: str, facts: lookup.Facts) -> bool:
    return all(facts.names.get(name) for name in NAME.findall(text))


def overview(dataset: model.Dataset, facts: lookup.Facts, changed: Changes, made: list[str]) -> str:
    """What was run, how much of NumPy each release covered, what each changed, and what readers on an older MLX must know."""
    releases = dataset.releases["mlx"]
    if not releases.versions:
        return f"# {TITLE}\n\nNo release but the installed one was run yet.\n"
    oldest, newest = releases.versions[0], releases.versions[-1]
    where = releases.machine
    parts = [
        f"# {TITLE}",
        f"The examples and calls of the reference were run with {len(releases.versions)} releases of MLX, {oldest} to {newest}, "
        f"on {where['platform']}, MLX's {where['backend']} backend, with Python {where['python']} and NumPy {where['numpy']}. An entry "
        "tells since which of them its counterpart is there, and which of them changed what it answers. Where an entry tells nothing, "
        f"it was so in MLX {oldest} already, unless its example is newer than the run. What was not run with a release "
        "counts as unchanged until the next with which it was. Digits within rounding and the words of an error are no change.",
        "## Coverage",
        "By release, how many names of NumPy had which verdict of today. What answered otherwise on ordinary inputs counts as `differs`.",
        "\n".join(f"![Verdicts by release of MLX](releases-{shade}.svg){{.only-{shade}}}" for shade in ("light", "dark")),
        "## What each release changed",
        table("mlx", dataset, facts, changed, made),
        "## What a reader on an older MLX must know",
        "Here an older MLX answers something else, and raises nothing. The newest come first: read down to the release that you have.",
        "\n".join(silent(releases, changed["mlx"])),
    ]
    if dataset.releases["numpy"].versions[1:]:
        parts += ["## What each NumPy changed", table("numpy", dataset, facts, changed, made)]
    return "\n\n".join([*parts, pages.fence("{toctree}\n:hidden:\n", "\n".join(made))]) + "\n"


def table(library: str, dataset: model.Dataset, facts: lookup.Facts, changed: Changes, made: list[str]) -> str:
    """A row for each release, the newest first: how many names are new, what of NumPy that covers, how many entries changed."""
    rows = ["| Release | New names | New entries | Changed entries | Silently |", "| --- | ---: | ---: | ---: | ---: |"]
    for release in reversed(dataset.releases[library].versions):
        of = changed[library].get(release, [])
        path = slug(library, release)
        cells = [
            f"[{pages.LIBRARIES[library]} {release}]({path}.md)" if path in made else f"{pages.LIBRARIES[library]} {release}",
            len(dataset.releases[library].changes[release].get("new", [])),
            len(covered(library, release, dataset, facts)),
            len(of),
            sum(any(one.silent for one in ones) for _, ones in of),
        ]
        rows.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(rows)


def silent(releases: Releases, changed: dict[str, list]) -> Iterator[str]:
    """The silent changes of what readers meet, one of each entry and release, the newest release first."""
    rows = [(release, entry, ones[0]) for release in reversed(releases.versions) for entry, ones in changed.get(release, [])]
    known = [row for row in rows if row[2].silent and row[2].ordinary and not row[2].where]
    for release, entry, one in known[:MOST]:
        was, becomes = pages.outcome(one.before), pages.outcome(one.after)
        yield f"- {pages.link(entry.name)}: before {release} {pages.code(one.code)} gave {was}, and now {becomes}"
    if len(known) > MOST:
        yield f"- {len(known) - MOST} more, on the pages of their releases"


def coverage(dataset: model.Dataset, facts: lookup.Facts) -> dict[str, dict[str, int]]:
    """By release, how many entries had which verdict of today, the newest first."""
    releases = dataset.releases["mlx"]
    counts = {release: dict.fromkeys(model.VERDICTS, 0) for release in reversed(releases.versions)}
    for entry in dataset.entries:
        stands, since = resolved.of(entry, dataset, facts).verdict, history.since(entry, dataset, facts)
        known = [one for one in history.changes(entry, dataset, facts) if one.library == "mlx" and one.ordinary]
        changed = [one for one in known if one.before != history.WORDS[AGREES]]
        for release, row in counts.items():
            later = releases.later(release)
            apart = any(one.release in later for one in changed)
            row["missing" if since in later else _then(stands, apart)] += 1
    return {f"MLX {release}": row for release, row in counts.items()}


def _then(verdict: str, apart: bool) -> str:
    """The verdict of an entry when it answered otherwise than today: a recipe did not work, a counterpart differed."""
    return {"same": "differs", "renamed": "differs", "recipe": "missing"}.get(verdict, verdict) if apart else verdict
