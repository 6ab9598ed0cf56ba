"""Entries, as they stand, go in; the generated Markdown (MyST) pages come out, on disk for anyone to read."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from pathlib import Path

from . import model, probe, rules, standing
from .problems import RULES

SIGNS = {
    "__add__": "a + b", "__sub__": "a - b", "__mul__": "a * b", "__truediv__": "a / b", "__floordiv__": "a // b",
    "__mod__": "a % b", "__pow__": "a ** b", "__matmul__": "a @ b", "__neg__": "-a", "__abs__": "abs(a)",
    "__eq__": "a == b", "__ne__": "a != b", "__lt__": "a < b", "__le__": "a <= b", "__gt__": "a > b",
    "__ge__": "a >= b", "__and__": "a & b", "__or__": "a | b", "__xor__": "a ^ b", "__invert__": "~a",
    "__lshift__": "a << b", "__rshift__": "a >> b", "__getitem__": "a[i]", "__setitem__": "a[i] = v",
    "__iadd__": "a += b", "__isub__": "a -= b", "__imul__": "a *= b", "__len__": "len(a)", "__iter__": "iter(a)",
    "__int__": "int(a)", "__float__": "float(a)", "__bool__": "bool(a)", "__contains__": "v in a",
}  # fmt: skip
MEANING = {
    "undefined": "what happens is not defined",
    "error": "MLX raises, NumPy does not",
    "shape": "the results have other shapes",
    "dtype": "the results have other dtypes",
    "nan": "NaN on one side only",
    "overflow": "integers wrap, or infinity on one side only",
    "precision": "floats agree in fewer digits",
    "value": "the results have other values",
    "parameters": "the same arguments do not fit",
    "mutation": "one side changes its argument",
    "aliasing": "NumPy's result shares memory, MLX's does not",
}
NUMPY_MANUAL = "https://numpy.org/doc/stable/reference"
MLX_MANUAL = "https://ml-explore.github.io/mlx/build/html/python"


def short(name: str) -> str:
    """A dotted name as people write it in code: `np.linalg.norm`, `ndarray.sum`, `mx.fft.fft`."""
    for long, brief in (
        ("numpy.ndarray.", "ndarray."),
        ("numpy.random.Generator.", "Generator."),
        ("numpy.", "np."),
        ("mlx.core.array.", "array."),
        ("mlx.core.", "mx."),
    ):
        if name.startswith(long):
            return brief + name.removeprefix(long)
    return name


def title(name: str) -> str:
    """What readers call an entry: an operator's sign, or its short name."""
    last = name.rpartition(".")[2]
    return SIGNS[last] if last in SIGNS else short(name)


def numpy_manual(name: str) -> str:
    """The address of a name's page in NumPy's manual."""
    if name == "numpy.random.default_rng":
        return f"{NUMPY_MANUAL}/random/generator.html#{name}"
    folder = "random/generated" if name.startswith("numpy.random.") else "generated"
    return f"{NUMPY_MANUAL}/{folder}/{name}.html"


def mlx_manual(name: str) -> str:
    """The address of a name's page in MLX's manual; operators are on the page of the array class."""
    if name.startswith("mlx.core.array.__"):
        name = "mlx.core.array"
    return f"{MLX_MANUAL}/_autosummary/{name}.html"


def link(name: str) -> str:
    """A reference to an entry under the name by which people know it."""
    return f"{{py:obj}}`{title(name)} <{name}>`"


def plain(text: str) -> str:
    """MyST text without its roles, for exports: a role's title or target, as code."""
    text = re.sub(r"\{py:obj\}`([^`<]+?)\s*<[^`>]+>`", r"`\1`", text)
    return " ".join(re.sub(r"\{[\w:]+\}(?=`)", "", text).split())


def cell(text: str) -> str:
    """Text as it may stand in a table's cell."""
    return " ".join(text.split()).replace("|", "\\|")


def topic_page(topic: model.Topic, dataset: model.Dataset, facts: probe.Facts) -> str:
    """The page of a topic: its table first, then a section for each entry."""
    sections = [entry_section(entry, dataset, facts) for entry in topic.entries]
    parts = [f"# {topic.title}", topic.intro.strip(), table(topic.entries, dataset, facts), *sections]
    return "\n\n".join(part for part in parts if part) + "\n"


def table(entries: Iterable[model.Entry], dataset: model.Dataset, facts: probe.Facts) -> str:
    """NumPy name, MLX name, verdict and one line, for each entry."""
    rows = ["| NumPy | MLX | Verdict | In one line |", "| --- | --- | --- | --- |"]
    for entry in entries:
        stands = standing.of(entry, dataset, facts)
        rows.append(f"| {link(entry.name)} | {counterparts(stands)} | {badges(stands)} | {cell(one_line(entry))} |")
    return "\n".join(rows)


def one_line(entry: model.Entry) -> str:
    if entry.alias_of and not entry.summary:
        return f"Another name of {link(entry.alias_of)}."
    return entry.summary


def counterparts(stands: standing.Standing) -> str:
    if stands.mlx:
        return ", ".join(f"`{title(name)}`" for name in stands.mlx)
    return "an expression" if stands.verdict == "recipe" else "none"


def badges(stands: standing.Standing) -> str:
    return f"{{verdict}}`{stands.verdict}`" + (" {silent}`silent`" if stands.silent else "")


def entry_section(entry: model.Entry, dataset: model.Dataset, facts: probe.Facts) -> str:
    """Verdict, sentence, both sides next to each other, what differs, links to both manuals."""
    stands = standing.of(entry, dataset, facts)
    arrow = f" → {counterparts(stands)}" if stands.mlx else ""
    name = f"`{short(entry.name)}`"
    parts = [f"## {{entry}}`{entry.name}`", f"{badges(stands)} {name}{arrow}", one_line(entry)]
    parts += entry.notes
    if entry.category:
        parts.append(f"{entry.category.capitalize()}: {rules.CATEGORIES[entry.category]}")
    scopes = list(entry.scopes())
    for case in entry.cases:
        own = [(scope, example) for scope, of, example in scopes if of is case]
        parts += case_parts(case, own)
    parts.append(manuals(entry, stands))
    return "\n\n".join(parts)


def case_parts(case: model.Case, examples: list[tuple[str, model.Example]]) -> list[str]:
    """The evidence of a verdict; a form begins with its name and verdict."""
    parts = []
    if case.name:
        stands = standing.Standing(case.verdict, [], [], [], standing.silent(case))
        parts += [f"**{case.name}** {badges(stands)}", case.summary, *case.notes]
    if case.recipe:
        parts.append(f"Recipe: `{case.recipe.strip()}`" if "\n" not in case.recipe.strip() else "")
    parts += [sides(scope, example) for scope, example in examples]
    if case.undefined:
        parts.append(f"{{verdict}}`undefined` {case.undefined.strip()}")
    parts += [words("Differs", case.differences), words("Edges", case.edges)]
    return [part for part in parts if part]


def words(label: str, kinds: list[str]) -> str:
    if not kinds:
        return ""
    return f"{label}: " + "; ".join(f"**{kind}** ({MEANING[kind]})" for kind in kinds) + "."


def sides(scope: str, example: model.Example) -> str:
    """Both sides of an example: next to each other where there is room."""
    heading = f"*{'Edge: ' if example.edge else ''}{example.title}*\n\n" if example.title else ""
    items = [
        f":::{{grid-item}}\n{label}\n{fence(f'{{side}} {scope} | {side}', getattr(example, side))}\n:::"
        for side, label in (("numpy", "NumPy"), ("mlx", "MLX"))
    ]
    note = f"\n\nElsewhere: {example.elsewhere.strip()}" if example.elsewhere else ""
    return heading + "::::{grid} 1 1 2 2\n:gutter: 2\n:class-container: sides\n\n" + "\n".join(items) + "\n::::" + note


def fence(info: str, text: str) -> str:
    """A fenced block, the fence longer than any in the text."""
    ticks = "```"
    while ticks in text:
        ticks += "`"
    return f"{ticks}{info}\n{text}\n{ticks}"


def manuals(entry: model.Entry, stands: standing.Standing) -> str:
    links = [f"[NumPy: {title(entry.name)}]({numpy_manual(entry.name)})"]
    links += [f"[MLX: {title(name)}]({mlx_manual(name)})" for name in stands.mlx]
    return "Manuals: " + " · ".join(links)


def terminal(entry: model.Entry, dataset: model.Dataset, facts: probe.Facts) -> str:
    """An entry as plain text, for a shell."""
    stands = standing.of(entry, dataset, facts)
    names = ", ".join(map(short, stands.mlx)) or counterparts(stands)
    lines = [f"{short(entry.name)} -> {names}   [{stands.verdict}{', silent' if stands.silent else ''}]", f"  {plain(one_line(entry))}"]
    for case in dataset.by_name.get(entry.alias_of, entry).cases:
        lines += [f"  {case.name}: {case.verdict}. {plain(case.summary)}"] if case.name else []
        for example in case.examples:
            lines += [f"    {line}" for line in [*example.numpy.split("\n"), *example.mlx.split("\n"), ""]]
    lines.append(f"  {entry.file}:{entry.line}")
    return "\n".join(lines)


def index_page(dataset: model.Dataset, facts: probe.Facts) -> str:
    """Topics, then all names from A to Z."""
    entries = sorted(dataset.entries, key=lambda entry: entry.name.casefold())
    toctree = fence("{toctree}\n:maxdepth: 1\n", "\n".join([t.slug for t in dataset.topics] + ["mlx", "rules"]))
    return f"# Reference\n\n{toctree}\n\n## All names, A to Z\n\n{table(entries, dataset, facts)}\n"


def reverse_page(dataset: model.Dataset, facts: probe.Facts) -> str:
    """From each MLX name that an entry names to its NumPy names."""
    found: dict[str, list[str]] = {}
    for entry in dataset.entries:
        for name in standing.of(entry, dataset, facts).mlx:
            found.setdefault(name, []).append(entry.name)
    rows = ["| MLX | NumPy |", "| --- | --- |"]
    rows += [f"| `{title(name)}` | {', '.join(map(link, found[name]))} |" for name in sorted(found, key=str.casefold)]
    return "# From MLX to NumPy\n\nThe MLX names that an entry of this reference has as its counterpart.\n\n" + "\n".join(rows) + "\n"


def rules_page() -> str:
    """Every rule with its code and its docstring."""
    rows = ["| Code | What is wrong, and what to do |", "| --- | --- |"]
    rows += [f"| {code} | {cell(inspect.getdoc(RULES[code]) or '')} |" for code in sorted(RULES)]
    return (
        "# Rules\n\nWhat the build refuses. Each message begins with the place: `file:line: name: code: what to do`.\n\n"
        + "\n".join(rows)
        + "\n"
    )


def write(dataset: model.Dataset, facts: probe.Facts, folder: Path) -> None:
    """Write all generated pages; those that are as they were keep their time, those that should not be go."""
    pages = {topic.slug: topic_page(topic, dataset, facts) for topic in dataset.topics}
    pages |= {"index": index_page(dataset, facts), "mlx": reverse_page(dataset, facts), "rules": rules_page()}
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.md"):
        if path.stem not in pages:
            path.unlink()
    for slug, text in pages.items():
        path = folder / f"{slug}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
