"""What `agents` reads goes in; a skill for coding agents comes out: a file to begin with, and references by task.

It follows the published convention: a folder with `SKILL.md`, whose front matter names and describes it, and `references`.
"""

from __future__ import annotations

from . import agents, pages, sections
from .agents import Sources

NAME = "mlx-for-numpy-users"
LONGEST = 500  # lines of SKILL.md
ABOUT = (
    "Facts about MLX (mlx.core) for writing it or porting NumPy code to it. Tells what each NumPy name is in MLX, what behaves otherwise "
    "without an error, and what to write instead. Use when code imports mlx, or when NumPy code is to run on MLX."
)
TASKS = {
    "indexing": ("Indexing, masks, dynamic slices", ("indexing", "slice")),
    "in_place": ("Writing in place, copies, aliases", ("in_place",)),
    "dtypes": ("Dtypes, promotion, precision, range", ("arrays", "promotion", "precision", "range")),
    "shapes": ("Shapes, broadcasting, reductions", ("shapes", "reductions")),
    "random": ("Random numbers", ("random",)),
    "linalg": ("Linear algebra, FFT, devices", ("linalg", "fft", "devices")),
    "transforms": ("Gradients, compilation, laziness, threads", ("transforms", "lazy", "threads")),
    "interop": ("NumPy beside MLX, files, tests", ("interop", "saving", "testing")),
    "errors": ("Errors by their message", ("errors",)),
}


def files(of: Sources) -> dict[str, str]:
    """Each file of the skill, by its path in the site."""
    found = {"SKILL.md": front(of), "references/recipes.md": recipes(of), "references/names.md": names(of)}
    found |= {f"references/{slug}.md": reference(of, *task) for slug, task in TASKS.items()}
    return {f"{agents.FOLDER}/{name}": text for name, text in found.items()}


def texts(of: Sources) -> dict[str, str]:
    """The texts for agents, the skill among them and the list of all apart, by their paths in the site."""
    return {agents.SMALL: agents.small(of), agents.GUIDE: agents.guide(of), agents.FULL: agents.full(of), **files(of)}


def front(of: Sources) -> str:
    """`SKILL.md`: how to look things up, what holds everywhere, and what differs silently."""
    tasks = {f"references/{slug}.md": title for slug, (title, _) in TASKS.items()}
    tasks |= {"references/recipes.md": "Recipes, for NumPy names that MLX lacks", "references/names.md": "Every NumPy name, one line each"}
    parts = [
        f"---\nname: {NAME}\ndescription: {ABOUT}\n---",
        f"# {agents.SITE}",
        f"{of.said} Each sentence is one of the site's, and each block of code was run.",
        "## How to work",
        "1. Look every NumPy name up before you write its counterpart: search `references/names.md` for it, or run "
        "`python -m mapping find NAME` in a clone of the project; `find --file SCRIPT` answers for all names that a script uses.\n"
        "2. Read the reference of your task, below.\n"
        "3. Run what you wrote beside NumPy, on small inputs, before you believe it. For an error, search `references/errors.md` "
        "for words of its message.",
        "## References",
        "\n".join(f"- [{title}]({path})" for path, title in tasks.items()),
        "## What holds everywhere",
        "\n".join(agents.rules(of)),
        "## What people believe of MLX",
        "\n".join(agents.claims(of, True)),
        "## Other answers, and nothing raises",
        "\n".join(agents.silent(of)),
        "## The cheat sheet",
        "\n\n".join(agents.sheet(of)),
        "## What is not there",
        "\n".join(agents.absent(of)),
        "## Parameters that MLX lacks or calls otherwise",
        "\n".join(agents.parameters(of)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def reference(of: Sources, title: str, slugs: tuple[str, ...]) -> str:
    """The pages of the guide for one task, whole."""
    parts = [f"# {title}"]
    for slug in slugs:
        for section in of.of(f"guide/{slug}"):
            parts.append(f"{'#' * (section.level + 1)} {section.title}")
            parts += [block.text if block.code else sections.unlinked(block.text) for block in section.blocks]
    return "\n\n".join(part for part in parts if part) + "\n"


def recipes(of: Sources) -> str:
    """Every recipe below its name and its sentence."""
    parts = ["# Recipes", agents.LETTERS]
    for row in of.rows:
        if row["recipe"] and not row["alias_of"]:
            code = row["recipe"]
            parts += [f"## `{pages.title(row['numpy'])}`", sections.unlinked(row["summary"])]
            parts.append(f"```python\n{code}\n```" if "\n" in code else pages.code(code))
    return "\n\n".join(part for part in parts if part) + "\n"


def names(of: Sources) -> str:
    """A line for each name: what it is in MLX, its verdict, its sentence."""
    lines = ["# Every NumPy name", ""]
    for row in of.rows:
        to = ", ".join(f"`{name}`" for name in row["mlx"]) or "none"
        quiet = ", silent" if row["silent"] else ""
        lines.append(f"- `{row['numpy']}` → {to} ({row['verdict']}{quiet}): {sections.unlinked(row['summary'])}")
    return "\n".join(lines) + "\n"
