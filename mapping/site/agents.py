"""The twins of all pages and the rows of `mapping.json` go in; the texts that a coding agent reads whole come out.

No sentence about MLX is written here: each is one of the guide's or of an entry's, and code is that of a block which ran.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..dataset.problems import Problem, rule
from . import pages, sections

TABLE = re.compile(r"[|>]|[-*] ")  # what is no paragraph
FOLDER, SKILL = "skill", "skill/SKILL.md"
SITE = "MLX for NumPy Users"
PURPOSE = "What each NumPy name is in MLX, whether it behaves the same, and what bites. Every block of code was run on both."
SMALL, GUIDE, FULL, LIST = "llms-small.txt", "llms-guide.txt", "llms-full.txt", "llms.txt"
MOST = {SMALL: 40_000, GUIDE: 300_000}  # bytes that the contexts of agents have room for
RULES = (
    "start",
    "arrays",
    "promotion",
    "indexing",
    "in_place",
    "reductions",
    "lazy",
    "devices",
    "random",
    "interop",
    "transforms",
    "threads",
)
RANGE = "guide/range"  # which formulas fail in `float32` is told at length: no error tells it
CLAIMS, ERRORS, SHEET = "guide/claims", "guide/errors", "guide/cheatsheet"
ESCAPED, ESCAPE = re.compile(r"[\\`*<\[\]]"), r"\\\g<0>"  # what would be more than text in a title
LETTERS = (
    "`a`, `b` are arrays, `v`, `w` one-dimensional ones, `m` is a mask of the shape of `a`, `u` a one-dimensional one, `i` holds indices."
)
BEGIN = (
    ("write MLX, and read one file alone", SMALL),
    ("learn the differences", "guide/start.md"),
    ("port a program", "guide/programs/index.md"),
    ("look a NumPy name up", "reference/names.md"),
    ("understand an error message", ERRORS + ".md"),
    ("check what you believe of MLX", CLAIMS + ".md"),
    ("install a skill", SKILL),
    ("read facts as data", "mapping.json"),
)


@dataclass(frozen=True)
class Sources:
    """What the texts are made of: the text of each page and its title, in reading order; rows of `mapping.json`; the names used most."""

    twins: dict[str, str]
    titles: dict[str, str]
    guide: list[sections.Section]
    rows: list[dict]
    used: list[str]
    said: str

    def of(self, page: str) -> list[sections.Section]:
        """The sections of a page of the guide."""
        return [one for one in self.guide if one.page == page]


def sources(
    site: Path,
    contents: list[tuple[str, str]],
    rows: list[dict],
    environment: dict[str, str],
    guide: list[sections.Section],
    used: list[str],
) -> Sources:
    """What is on disk of a site whose twins are written, and the rows of `mapping.json`."""
    twins = {page: (site / f"{page}.md").read_text(encoding="utf-8") for page, _ in contents}
    said = f"Proven with MLX {environment['mlx']} and NumPy {environment['numpy']}."
    return Sources(twins, dict(contents), guide, rows, used, said)


@rule("G520")
def text_unproven(file: str, why: str) -> Problem:
    """A text for agents is not what the pages and the entries give, or is larger than it may be."""
    return Problem(file, 1, "export", "G520", why)


def check(site: Path, due: dict[str, str]) -> list[Problem]:
    """Each text is as it is due, and within its size."""
    found = []
    for name, text in due.items():
        there = (site / name).read_text(encoding="utf-8") if (site / name).is_file() else ""
        size = len(there.encode())
        found += [text_unproven(name, "it is not what the pages and the entries say")] if there != text else []
        found += [text_unproven(name, f"{size} bytes, of {MOST[name]} at most")] if size > MOST.get(name, size) else []
    return found


def write(site: Path, due: dict[str, str]) -> None:
    """Write the texts."""
    for name, text in due.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text, encoding="utf-8")


def full(of: Sources) -> str:
    """All pages, one after the other."""
    return "\n\n".join([f"# {SITE}\n\n> {PURPOSE}\n", *(sections.rebased(text, page) for page, text in of.twins.items())])


def index(of: Sources, texts: dict[str, str], mapping: int) -> str:
    """Where to begin for which task; then a line a page and a text: what it answers, and its size. `mapping` is that of `mapping.json`."""
    sizes = {name: len(text.encode()) for name, text in texts.items()}
    parts = [f"# {SITE}\n\n> {PURPOSE}", "## Where to begin"]
    there = {f"{page}.md" for page in of.twins} | {SMALL, SKILL, "mapping.json"}
    parts.append("\n".join(f"- To {task}: [{name}]({name})" for task, name in BEGIN if name in there))
    groups: dict[str, list[str]] = {}
    for page, text in of.twins.items():
        group = {"guide": "Guide", "reference": "Reference"}.get(page.partition("/")[0], "The project")
        group = "Ported programs" if page.startswith("guide/programs/") else group
        shown = f"- [{ESCAPED.sub(ESCAPE, of.titles[page])}]({page}.md): {answer(page, of)} ({kilobytes(len(text.encode()))})"
        groups.setdefault(group, []).append(shown)
    for title, lines in groups.items():
        parts += [f"## {title}", "\n".join(lines)]
    data = [
        f"- [{SMALL}]({SMALL}): rules, silent differences, cheat sheet and recipes in one file ({kilobytes(sizes[SMALL])})",
        f"- [{GUIDE}]({GUIDE}): the guide without the reference ({kilobytes(sizes[GUIDE])})",
        f"- [{FULL}]({FULL}): all pages in one file ({kilobytes(sizes[FULL])})",
        f"- [{SKILL}]({SKILL}): the same as a skill, to be copied with its folder",
        f"- [mapping.json](mapping.json): rules, an index by MLX's names, and every entry as data ({kilobytes(mapping)})",
        "- [mapping.schema.json](mapping.schema.json): what each key of that file means",
        "- [verified.json](verified.json): what was proven, with which versions",
    ]
    return "\n\n".join([*parts, "## Data", "\n".join(data)]) + "\n"


def kilobytes(size: int) -> str:
    return f"{max(1, round(size / 1000))} kB"


def answer(page: str, of: Sources) -> str:
    """What a page answers: how it begins; of a topic, its names where it begins with none."""
    first = next((section.lead for section in sections.sections(page, of.twins[page])), "")
    if first and not first.startswith("**"):
        return _sentence(first)
    names = [pages.title(row["numpy"]) for row in of.rows if row["url"].startswith(f"{page}.html#") and not row["alias_of"]]
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return f"{', '.join(f'`{name}`' for name in names[:8])}{more}" if names else of.titles[page]


def _sentence(text: str) -> str:
    """The first sentence of a text, whole: a point within code ends none."""
    end = re.match(r"(?:`+[^`]*`+|[^`])*?[.:?!](?=\s|$)", text)
    return re.sub(r":$", ".", end[0] if end else text)


def small(of: Sources) -> str:
    """What fits into any context: what holds everywhere, each silent difference, the cheat sheet, what is not there, recipes."""
    head = [
        f"# {SITE}, in small",
        f"> {PURPOSE} {of.said}",
        "`np` is NumPy, `mx` is `mlx.core`. An arrow leads from NumPy's name to MLX's.",
        "## What holds everywhere",
        "\n".join(rules(of)),
        "## What people believe of MLX",
        "\n".join(claims(of, False)),
        "## Other answers, and nothing raises",
        "\n".join(silent(of)),
        "## Other answers in corners alone",
        "\n".join(corners(of)),
        "## The cheat sheet",
        "\n\n".join(sheet(of)),
        "## What is not there",
        "\n".join(absent(of)),
        "## Parameters that MLX lacks or calls otherwise",
        "\n".join(parameters(of)),
        "## Recipes of the names used most",
        LETTERS,
    ]
    text = "\n\n".join(part for part in head if part)
    for line in recipes(of):
        if len(f"{text}\n{line}\n".encode()) <= MOST[SMALL]:
            text += f"\n{line}"
    return text + "\n"


def rules(of: Sources) -> Iterator[str]:
    """How each page of the guide begins, and each section of the page on the range of `float32` in two paragraphs."""
    for name in RULES:
        for section in of.of(f"guide/{name}")[:1]:
            yield f"- {section.title}: {section.lead}"
    for section in of.of(RANGE):
        told = [sections.unlinked(block.text) for block in section.blocks if not block.code and not TABLE.match(block.text)]
        yield f"- {section.title}: {' '.join(told[:2])}"


def claims(of: Sources, whole: bool) -> Iterator[str]:
    """Each claim that does not hold as it is said, its mark, and what is true: the `whole`, or its first sentence."""
    for section in of.of(CLAIMS):
        if mark := re.match(r"\*\*(half true|false)\*\* ", section.lead):
            text = section.lead[mark.end() :]
            yield f"- {section.title}: {mark[1]}. {text if whole else _sentence(text)}"


def _arrow(row: dict) -> str:
    to = ", ".join(f"`{pages.title(name)}`" for name in row["mlx"])
    name = f"`{pages.title(row['numpy'])}`"
    return f"{name} → {to}" if to and to != name.replace("np.", "mx.") else name


def silent(of: Sources) -> Iterator[str]:
    """A line for each name that answers otherwise on ordinary inputs and raises nothing; names of one sentence share it."""
    by_sentence: dict[str, list[str]] = {}
    for row in of.rows:
        if row["silent"] and not row["alias_of"] and set(row["differences"]) - {"error", "parameters"}:
            by_sentence.setdefault(_sentence(sections.unlinked(row["summary"])), []).append(_arrow(row))
    for text, names in by_sentence.items():
        yield f"- {', '.join(names)}: {text}"


def corners(of: Sources) -> Iterator[str]:
    """The names that answer otherwise in corners alone, by the kind of corner."""
    by_kind: dict[str, list[str]] = {}
    for row in of.rows:
        if row["silent"] and not row["alias_of"] and not set(row["differences"]) - {"error", "parameters"}:
            kinds = [pages.CORNERS[kind] for kind in row["edges"] if kind in pages.CORNERS]
            by_kind.setdefault(", ".join(kinds), []).append(pages.title(row["numpy"]))
    for corner, names in by_kind.items():
        yield f"- {corner or 'in one form'}: {', '.join(f'`{name}`' for name in names)}"


def sheet(of: Sources) -> Iterator[str]:
    """The cheat sheet, a line a row; where only the prefix changes, MLX's side alone."""
    for section in of.of(SHEET):
        rows = []
        for block in section.blocks:
            for line in block.text.split("\n"):
                cells = [one.strip().replace(r"\|", "|") for one in re.split(r"(?<!\\)\|", line)[1:-1]]
                if len(cells) == 3 and cells[0] not in ("NumPy", "---"):
                    ours, theirs, mind = map(sections.unlinked, cells)
                    rows.append(
                        f"- {theirs if theirs == ours.replace('np.', 'mx.') else f'{ours} → {theirs}'}{f' ({mind})' if mind else ''}"
                    )
        if rows:
            yield "\n".join([f"{section.title}:", *rows])


def absent(of: Sources) -> Iterator[str]:
    """What cannot be done within MLX, and what is not array computation."""
    for verdict, about in (("missing", "MLX cannot do it; go through NumPy"), ("host", "no array computation; keep using NumPy")):
        names = [pages.title(row["numpy"]) for row in of.rows if row["verdict"] == verdict and not row["alias_of"]]
        shown = [name for name in names if verdict == "missing" or name.startswith("np.")]
        yield f"- {about}: {', '.join(f'`{name}`' for name in shown)}"


def parameters(of: Sources) -> Iterator[str]:
    """Each parameter that MLX lacks, with the functions that it belongs to; then those that have another name."""
    by_name: dict[str, list[str]] = {}
    for row in of.rows:
        if row["parameters"] and not row["alias_of"] and row["verdict"] in ("same", "renamed", "differs"):
            for name in row["parameters"]["missing"]:
                by_name.setdefault(f"no `{name}`", []).append(pages.title(row["numpy"]))
            for name, other in row["parameters"]["renamed"].items():
                by_name.setdefault(f"`{name}` is `{other}`", []).append(pages.title(row["numpy"]))
    for told, names in by_name.items():
        yield f"- {told}: {', '.join(f'`{name}`' for name in names)}"


def recipes(of: Sources) -> Iterator[str]:
    """Recipes, of the names that well-known packages use most first: an expression in a line, a function in a block."""
    rank = {name: place for place, name in enumerate(of.used)}
    own = [row for row in of.rows if row["recipe"] and not row["alias_of"] and row["verdict"] == "recipe"]
    for row in sorted(own, key=lambda row: (row["numpy"] not in rank, "\n" in row["recipe"], rank.get(row["numpy"], 0))):
        form = next((form["name"] for form in row["forms"] if form["verdict"] == "recipe"), "")
        name = f"`{pages.title(row['numpy'])}`{f' ({form})' if form else ''}"
        yield f"\n```python\n{row['recipe']}\n```" if "\n" in row["recipe"] else f"- {name}: {pages.code(row['recipe'])}"


def guide(of: Sources) -> str:
    """The guide without the reference: every sentence, and of the code as many blocks as it may hold, the first of each section first."""
    head = (
        f"# {SITE}, the guide\n\n> {PURPOSE} {of.said}\n\n"
        "Blocks of code that have no room here stand in the Markdown of the page that is named under its title."
    )
    whole = [section for section in of.guide if section.page not in (ERRORS, CLAIMS)]
    whole += [section for page in (ERRORS, CLAIMS) for section in of.of(page)]
    texts: list[list[str | None]] = []
    later: list[tuple[int, int, int, str]] = []  # which of its section's blocks, section, place
    for at, section in enumerate(whole):
        texts.append([])
        blocks = 0
        for place, block in enumerate(section.blocks):
            if block.code:
                later.append((blocks + (section.page in (ERRORS, CLAIMS)), at, place, block.text))
                blocks += 1
            texts[at].append(None if block.code else sections.unlinked(block.text))
    heads = [f"{'#' * (one.level + 1)} {one.title}" + (f"\n\n{one.page}.md" if one.level == 1 else "") for one in whole]
    size = len(head.encode()) + sum(len(one.encode()) + 2 for one in heads)
    size += sum(len(text.encode()) + 2 for own in texts for text in own if text)
    for _, at, place, text in sorted(later):
        if size + len(text.encode()) + 2 < MOST[GUIDE]:
            size += len(text.encode()) + 2
            texts[at][place] = text
    return "\n\n".join([head, *(part for title, own in zip(heads, texts) for part in (title, *filter(None, own)))]) + "\n"
