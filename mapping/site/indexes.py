"""Entries, as they stand, go in; the pages that cut across all topics, and every generated page on disk, come out."""

from __future__ import annotations

import inspect
from pathlib import Path

from ..dataset import model
from ..dataset.problems import RULES
from ..facts import lookup, resolved
from ..facts.rules.excuses import BOUNDS, counted
from . import charts, includes, pages, release_pages

AREAS = {
    "numpy": "np",
    "numpy.linalg": "np.linalg",
    "numpy.fft": "np.fft",
    "numpy.random": "np.random",
    "numpy.random.Generator": "Generator",
    "numpy.ndarray": "ndarray",
    "numpy.ufunc": "ufunc",
    "numpy.finfo": "finfo",
    "numpy.iinfo": "iinfo",
}
PRIVATE = ("mlx.core.array.__",)  # operators, which people write with their signs
MOST = 40  # most used names shown
DEVIATIONS, GONE = "deviations", "gone"


def index_page(dataset: model.Dataset, facts: lookup.Facts) -> str:
    """Topics in the order in which one would learn them, each with what it holds."""
    slugs = [topic.slug for topic in dataset.topics]
    before = [slug for slug in GENERATED if slug not in (DEVIATIONS, "rules")]
    toctree = pages.fence("{toctree}\n:hidden:\n", "\n".join([*before, *slugs, DEVIATIONS, "rules"]))
    rows = ["| Topic | Names |", "| --- | --- |"]
    for topic in dataset.topics:
        shown = [pages.link(entry.name) for entry in topic.entries if pages.has_section(entry)][:8]
        more = len(topic.entries) - len(shown)
        rows.append(
            f"| [{pages.cell(topic.title)}]({topic.slug}.md) | {pages.cell(', '.join(shown))}{f' and {more} more' if more > 0 else ''} |"
        )
    across = "\n".join(f"- [{title}]({slug}.md): {about}" for slug, (title, about) in GENERATED.items())
    return "\n\n".join(["# Reference", across, "## Topics", "\n".join(rows), toctree]) + "\n"


def names_page(dataset: model.Dataset, facts: lookup.Facts) -> str:
    """All names from A to Z, by their last part."""
    letters: dict[str, list[model.Entry]] = {}
    for entry in sorted(dataset.entries, key=lambda entry: (_last(entry.name), entry.name)):
        letters.setdefault(_last(entry.name)[:1].upper(), []).append(entry)
    unsearched = "---\nnosearch: true\n---"  # every word on this page leads to the topic's page too
    parts = [
        unsearched,
        f"# {GENERATED['names'][0]}",
        f"{len(dataset.entries)} names, by their last part: `np.linalg.norm` stands under N.",
        f":::{{div}} letters\n{' '.join(f'[{letter}](#{letter.lower()})' for letter in letters)}\n:::",
    ]
    for letter, entries in letters.items():
        parts += [f"## {letter}", pages.table(entries, dataset, facts)]
    return "\n\n".join(parts) + "\n"


def _last(name: str) -> str:
    return name.rpartition(".")[2].strip("_").casefold()


def reverse(dataset: model.Dataset, facts: lookup.Facts) -> dict[str, list[str]]:
    """From each live MLX name to its NumPy names; those that have none included."""
    found: dict[str, list[str]] = {}
    for entry in dataset.entries:
        for name in resolved.of(entry, dataset, facts).mlx:
            found.setdefault(name, []).append(entry.name)
    live = {name for place in lookup.PLACES for name in facts.members.get(place, []) if not name.startswith(PRIVATE)}
    return {name: found.get(name, []) for name in sorted(live | found.keys(), key=lambda name: (name.casefold(), name))}


def reverse_page(dataset: model.Dataset, facts: lookup.Facts) -> str:
    """The page of that index."""
    found = reverse(dataset, facts)
    parts = [
        f"# {GENERATED['mlx'][0]}",
        "Every public name of `mx`, `mx.linalg`, `mx.fft`, `mx.random` and the array, and the NumPy names whose counterpart it is.",
    ]
    for place in sorted({name.rpartition(".")[0] for name in found}):
        own = [name for name in found if name.rpartition(".")[0] == place]
        rows = ["| MLX | NumPy |", "| --- | --- |"]
        rows += [
            f"| {pages.cell(f'{{own}}`{name}`')} | {pages.cell(', '.join(map(pages.link, found[name])) or '*none*')} |" for name in own
        ]
        parts += [f"## {pages.short(place + '.').rstrip('.')}", "\n".join(rows)]
    return "\n\n".join(parts) + "\n"


def gone_page(dataset: model.Dataset, facts: lookup.Facts) -> str:
    """The names that readers' code may still have and NumPy has not: what replaced each, and what that is in MLX."""
    parts = [
        f"# {GENERATED[GONE][0]}",
        f"NumPy has lost {len(dataset.gone)} public names since release 1.20, and older code still has them. "
        "That each is gone has been looked up in the NumPy that this site was made with.",
    ]
    rows = ["| Name | Gone since | Instead | In MLX |", "| --- | --- | --- | --- |"]
    for one in dataset.gone:
        fates = []
        for entry in pages.replacements(one, dataset):
            stands = resolved.of(entry, dataset, facts)
            fates.append(f"{pages.link(entry.name)} → {pages.counterparts(stands)} {pages.badges(entry, stands)}")
        rows.append(f"| {{gone}}`{one.name}` | {one.removed} | {pages.cell(one.instead)} | {pages.cell(', '.join(fates))} |")
    return "\n\n".join([*parts, "\n".join(rows)]) + "\n"


def coverage(dataset: model.Dataset, facts: lookup.Facts) -> dict[str, dict[str, int]]:
    """By area of NumPy, how many names have which verdict; aliases count as what they stand for."""
    counts: dict[str, dict[str, int]] = {}
    for entry in dataset.entries:
        place = entry.name.rpartition(".")[0]
        row = counts.setdefault(AREAS.get(place, place), dict.fromkeys(model.VERDICTS, 0))
        row[resolved.of(entry, dataset, facts).verdict] += 1
    known = [area for area in AREAS.values() if area in counts]
    return {area: counts[area] for area in [*known, *sorted(counts.keys() - set(known))]}


def coverage_page(dataset: model.Dataset, facts: lookup.Facts) -> str:
    """How much of NumPy MLX answers, as a picture and a table, and what people use most of what it does not."""
    counts = coverage(dataset, facts)
    whole = {verdict: sum(row[verdict] for row in counts.values()) for verdict in model.VERDICTS}
    total = sum(whole.values())
    summed = ", ".join(f"{count} {verdict}" for verdict, count in whole.items())
    pictures = "\n".join(f"![Verdicts by area of NumPy: {summed}](coverage-{shade}.svg){{.only-{shade}}}" for shade in ("light", "dark"))
    heads = " | ".join(f"{{verdict}}`{verdict}`" for verdict in model.VERDICTS)
    rows = [f"| Area | {heads} | All |", f"| --- |{' ---: |' * (len(whole) + 1)}"]
    for area, row in [*counts.items(), ("All", whole)]:
        rows.append(f"| {area} | {' | '.join(str(row[verdict]) for verdict in model.VERDICTS)} | {sum(row.values())} |")
    answered = sum(whole[verdict] for verdict in model.WITH_COUNTERPART)
    computed = total - whole["host"]
    parts = [
        f"# {GENERATED['coverage'][0]}",
        f"Of {total} public NumPy names {whole['host']} are no array computation. Of the other {computed}, MLX has a counterpart "
        f"for {answered}, {whole['same'] + whole['renamed']} of which behave the same on ordinary inputs; {whole['recipe']} are "
        f"a short expression; {whole['missing']} cannot be done within MLX.",
        pictures,
        ":::{div} numbers\n" + "\n".join(rows) + "\n:::",
    ]
    missing = [pages.link(entry.name) for entry in dataset.entries if resolved.of(entry, dataset, facts).verdict == "missing"]
    parts += [f"What cannot be done within MLX: {', '.join(missing)}."] if missing else []
    used = [name for name in dataset.extent.most_used if name in dataset.by_name]
    apart = [
        dataset.by_name[name]
        for name in used
        if resolved.of(dataset.by_name[name], dataset, facts).verdict in ("differs", "recipe", "missing")
    ]
    if apart:
        intro = f"Of the {len(used)} names that well-known packages use most, {len(apart)} are not simply the same."
        intro += f" The {min(MOST, len(apart))} used most:"
        parts += ["## What you will meet first", intro, pages.table(apart[:MOST], dataset, facts)]
    return "\n\n".join(parts) + "\n"


def deviations_page(dataset: model.Dataset) -> str:
    """What single kinds of machine show otherwise, entry by entry: from `machines.toml` and from the examples."""
    parts = [
        f"# {GENERATED[DEVIATIONS][0]}",
        "Every page says at its top where its code ran when the site was built. Of other machines there are records; this is what "
        "they show of the site as it stands:",
        pages.fence("{records}", ""),
        "## What they answer otherwise",
        "What was seen on one kind of machine alone, each with the call and both answers. It is judged whenever the gate runs there, "
        "and held against the records.",
    ]
    rows = []
    for one in dataset.machines:
        name, _, form = one.case.partition(" ")
        rows.append(f"- {' '.join(filter(None, [pages.link(name), form]))}. {pages.deviation(one)}")
    for entry in dataset.entries:
        for _, case, example in entry.scopes():
            if other := example.deviation:
                shown = f"On {pages.machine(other.machine)} an example shows: {other.reason.strip()}"
                rows.append(f"- {' '.join(filter(None, [pages.link(entry.name), case.name]))}. {shown}")
    return "\n\n".join([*parts, "\n".join(rows)]) + "\n"


def rules_page(dataset: model.Dataset) -> str:
    """Every rule with its code and its docstring; how many excuses there are, and may be; what `port` warns of."""
    from ..port import cautions

    rows = ["| Code | What is wrong, and what to do |", "| --- | --- |"]
    rows += [f"| {code} | {pages.cell(inspect.getdoc(RULES[code]) or '')} |" for code in sorted(RULES)]
    intro = "What the build refuses. Each message begins with the place: `file:line: name: code: what to do`."
    excuses = ["| Excuse | There are | At most | What it says |", "| --- | ---: | ---: | --- |"]
    excuses += [f"| `{kind}` | {count} | {BOUNDS[kind][0]} | {BOUNDS[kind][1]} |" for kind, count in counted(dataset).items()]
    parts = [f"# {GENERATED['rules'][0]}", intro, "\n".join(rows), "## Excuses", "What an author may leave out or loosen is bounded."]
    warned = [
        f"({code.lower()})=\n\n### {code}\n\n{' '.join((inspect.getdoc(rule) or '').split())}" for code, rule in cautions.RULES.items()
    ]
    parts += ["\n".join(excuses), "## Warnings", "What `python -m mapping port` says of a source where no NumPy name tells it."]
    return "\n\n".join([*parts, *warned]) + "\n"


GENERATED = {
    "names": ("All names, A to Z", "each with its verdict and its counterpart"),
    "coverage": ("Coverage", "how much of NumPy there is, by area"),
    "mlx": ("From MLX to NumPy", "every MLX name, with what it is in NumPy"),
    GONE: ("Names that NumPy no longer has", "what replaced each, and what that is in MLX"),
    "releases": (release_pages.TITLE, "what each release of MLX and NumPy brought and changed"),
    DEVIATIONS: ("Other machines", "what single processors and backends answer otherwise"),
    "rules": ("Rules", "what the build refuses"),
}


def write(dataset: model.Dataset, facts: lookup.Facts, folder: Path) -> None:
    """Write all generated pages and pictures; what is as it was keeps its time, what should not be there goes."""
    made = {f"{topic.slug}.md": pages.topic_page(topic, dataset, facts) for topic in dataset.topics}
    made |= {"index.md": index_page(dataset, facts), "names.md": names_page(dataset, facts), "mlx.md": reverse_page(dataset, facts)}
    made |= {"coverage.md": coverage_page(dataset, facts), f"{GONE}.md": gone_page(dataset, facts)}
    made |= {f"{DEVIATIONS}.md": deviations_page(dataset), "rules.md": rules_page(dataset)}
    counts = coverage(dataset, facts)
    made |= {f"coverage-{shade}.svg": charts.bars(counts, shade == "dark") for shade in ("light", "dark")}
    made |= includes.files(dataset, facts) | release_pages.files(dataset, facts)
    for path in [*folder.rglob("*.md"), *folder.rglob("*.svg")]:
        if path.relative_to(folder).as_posix() not in made:
            path.unlink()
    for name, text in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
