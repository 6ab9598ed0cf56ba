"""Entries, as they stand, go in; the generated Markdown (MyST) pages come out, on disk for anyone to read."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..dataset import model
from ..facts import history, kept, lookup, matrix, resolved
from ..facts.rules.common import CATEGORIES
from ..run.record import label
from ..run.terms import NAME

SIGNS = {
    "__add__": "a + b", "__sub__": "a - b", "__mul__": "a * b", "__truediv__": "a / b", "__floordiv__": "a // b",
    "__mod__": "a % b", "__pow__": "a ** b", "__matmul__": "a @ b", "__neg__": "-a", "__abs__": "abs(a)",
    "__eq__": "a == b", "__ne__": "a != b", "__lt__": "a < b", "__le__": "a <= b", "__gt__": "a > b",
    "__ge__": "a >= b", "__and__": "a & b", "__or__": "a | b", "__xor__": "a ^ b", "__invert__": "~a",
    "__lshift__": "a << b", "__rshift__": "a >> b", "__getitem__": "a[i]", "__setitem__": "a[i] = v",
    "__iadd__": "a += b", "__isub__": "a -= b", "__imul__": "a *= b", "__itruediv__": "a /= b", "__ifloordiv__": "a //= b",
    "__imod__": "a %= b", "__ipow__": "a **= b", "__imatmul__": "a @= b", "__iand__": "a &= b", "__ior__": "a |= b",
    "__ixor__": "a ^= b", "__ilshift__": "a <<= b", "__irshift__": "a >>= b", "__pos__": "+a", "__len__": "len(a)", "__iter__": "iter(a)",
    "__int__": "int(a)", "__float__": "float(a)", "__bool__": "bool(a)", "__contains__": "v in a",
}  # fmt: skip
CORNERS = {"undefined": "undefined", "overflow": "overflow", "nan": "NaN", "value": "other values", "shape": "other shape"}  # in a badge
NO_FLOAT = "no float comes out"  # nothing to take a gradient of
LOOKED = "Attempting to eval an array"  # in MLX's message, where what is compiled asks for values
NUMPY_MANUAL = "https://numpy.org/doc/stable/reference"
MACHINES = {
    "cuda": "an NVIDIA GPU",
    "metal": "Apple's GPU",
    "gpu": "a GPU",
    "cpu": "MLX's CPU backend",
    "arm64": "arm64",
    "x86-64": "x86-64",
    "Darwin": "a Mac",
}
LIBRARIES = {"mlx": "MLX", "numpy": "NumPy"}
SHOWN = 1  # examples of a verdict that are not folded
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
    shown = title(name) if "<" not in title(name) else short(name)  # the role ends its title at the first <
    return f"{{py:obj}}`{shown} <{name}>`"


def plain(text: str) -> str:
    """MyST text without its roles, for exports: a role's title or target, as code."""
    text = re.sub(r"\{py:obj\}`([^`<]+?)\s*<[^`>]+>`", r"`\1`", text)
    return " ".join(re.sub(r"\{[\w:]+\}(?=`)", "", text).split())


def cell(text: str) -> str:
    """Text as it may stand in a table's cell."""
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    """Code in running text, its backticks more than any run of them in it."""
    ticks = "`" * max([1, *(len(run) + 1 for run in re.findall("`+", text))])
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def topic_page(topic: model.Topic, dataset: model.Dataset, facts: lookup.Facts) -> str:
    """The page of a topic: a section for each entry with examples, and the other names as rows."""
    whole = [entry for entry in topic.entries if has_section(entry)]
    parts = [f"# {topic.title}", topic.intro.strip()]
    parts += [entry_section(entry, dataset, facts) for entry in whole]
    parts += [alias_rows(topic, dataset, facts), host_rows(topic)]
    return "\n\n".join(part for part in parts if part) + "\n"


def has_section(entry: model.Entry) -> bool:
    """Whether an entry shows examples of its own; the others are rows of a table."""
    return any(case.examples for case in entry.cases)


def table(entries: Iterable[model.Entry], dataset: model.Dataset, facts: lookup.Facts) -> str:
    """NumPy name, MLX name, verdict and one line, for each entry."""
    rows = ["| NumPy | MLX | Verdict | In one line |", "| --- | --- | --- | --- |"]
    for entry in entries:
        stands = resolved.of(entry, dataset, facts)
        rows.append(f"| {cell(link(entry.name))} | {cell(counterparts(stands))} | {badges(entry, stands)} | {cell(one_line(entry))} |")
    return "\n".join(rows)


def alias_rows(topic: model.Topic, dataset: model.Dataset, facts: lookup.Facts) -> str:
    """The topic's other names for what has an entry: what holds there holds here."""
    rows = ["## Other names", "| NumPy | MLX | Verdict | The same as |\n| --- | --- | --- | --- |"]
    for entry in topic.entries:
        if entry.alias_of and not has_section(entry):
            stands = resolved.of(entry, dataset, facts)
            rows[1] += (
                f"\n| {{entry}}`{entry.name}` | {cell(counterparts(stands))} | {badges(entry, stands)} | {cell(link(entry.alias_of))} |"
            )
    return "\n\n".join(rows) if rows[1].count("\n") > 1 else ""


def host_rows(topic: model.Topic) -> str:
    """The topic's names that are no array computation, with what to do instead."""
    found = [entry for entry in topic.entries if not entry.alias_of and not has_section(entry)]
    rows = ["| NumPy | Verdict | Why | What to do |\n| --- | --- | --- | --- |"]
    rows += [f"| {{entry}}`{entry.name}` | {{verdict}}`{entry.verdict}` | {entry.category} | {cell(entry.summary)} |" for entry in found]
    if not found:
        return ""
    reasons = sorted({entry.category for entry in found if entry.category in CATEGORIES})
    categories = "\n".join(f"- {reason.capitalize()}: {CATEGORIES[reason]}" for reason in reasons)
    return "## Stays with NumPy\n\n" + categories + "\n\n" + "\n".join(rows)


def replacements(one: model.Gone, dataset: model.Dataset) -> list[model.Entry]:
    """The entries of what NumPy has in place of a name that is gone."""
    names = [re.sub("^np\\b", "numpy", name) for name in NAME.findall(one.instead)]
    return [dataset.by_name[name] for name in dict.fromkeys(names) if name in dataset.by_name]


def one_line(entry: model.Entry) -> str:
    if entry.alias_of and not entry.summary:
        return f"Another name of {link(entry.alias_of)}."
    return entry.summary


def counterparts(stands: resolved.Resolved) -> str:
    if stands.mlx:
        return ", ".join(f"`{title(name)}`" for name in stands.mlx)
    return "an expression" if stands.verdict == "recipe" else "none"


def marks(entry: model.Entry | None, stands: resolved.Resolved) -> list[str]:
    """What badges say: the verdict, or that of each form where they part; then how silent MLX is, and of corners in which."""
    forms: dict[str, list[str]] = {}
    for case in entry.forms if entry else []:
        forms.setdefault(case.verdict, []).append(case.name)
    said = [stands.verdict]
    if len(forms) > 1:
        said = [f"{verdict}: {names[0] if len(names) == 1 else f'{len(names)} forms'}" for verdict, names in forms.items()]
    corners = ", ".join(CORNERS[kind] for kind in stands.corners)
    return said + ([f"corner: {corners}" if corners else "silent"] if stands.silent else [])


def badges(entry: model.Entry | None, stands: resolved.Resolved) -> str:
    """What `marks` says, as roles."""
    return " ".join(
        f"{{{word if (word := text.partition(':')[0]) in ('silent', 'corner') else 'verdict'}}}`{text}`" for text in marks(entry, stands)
    )


def entry_section(entry: model.Entry, dataset: model.Dataset, facts: lookup.Facts) -> str:
    """Verdict, sentence, both sides next to each other, what differs, links to both manuals."""
    stands = resolved.of(entry, dataset, facts)
    name = f" `{short(entry.name)}`" if stands.mlx or title(entry.name) != short(entry.name) else ""
    arrow = f" → {counterparts(stands)}" if stands.mlx else ""
    parts = [f"## {{entry}}`{entry.name}`", f"{badges(entry, stands)}{name}{arrow}", one_line(entry)]
    parts += entry.notes
    scopes = list(entry.scopes())
    for case in entry.cases:
        own = [(scope, example) for scope, of, example in scopes if of is case]
        named = entry.named(case)
        parts += case_parts(named, case, own, facts, [deviation(one) for one in dataset.machines if one.case == named])
    parts += [releases(entry, dataset, facts), manuals(entry, stands)]
    return "\n\n".join(filter(None, parts))


def case_parts(
    name: str, case: model.Case, examples: list[tuple[str, model.Example]], facts: lookup.Facts, deviations: list[str]
) -> list[str]:
    """The evidence of a verdict; a form begins with its name and verdict. `name` is that of the entry and the form, `deviations` what
    single machines show otherwise."""
    parts, shown = [], facts.summaries.get(name)
    if case.name:
        stands = resolved.Resolved(case.verdict, [], case.differences, case.edges, resolved.silent(case))
        parts += [f"**{case.name}** {badges(None, stands)}", case.summary, *case.notes]
    if case.defines:
        parts.append("Recipe:\n\n" + fence(f"{{side}} {name} recipe | recipe", case.defines))
    elif case.recipe:
        parts.append(f"Recipe: {code(case.recipe.strip())}")
    more: list[str] = []
    for place, (scope, example) in enumerate(examples):
        changed = [one for one in facts.elsewhere if not one.shows(case, example)]
        (parts if place < SHOWN else more).extend([sides(scope, example), unrun(changed, facts, "This has not been run")])
    if case.undefined:
        parts.append(f"{{verdict}}`undefined` {case.undefined.strip()}")
    if shown and shown.parameters and shown.parameters.in_words:
        who = "the recipe" if case.recipe else "MLX"
        parts.append(f"Parameters: {who} {shown.parameters.in_words.removeprefix('MLX ')}.")
    titles = [one.title or "one more" for _, one in examples[SHOWN:]]
    parts.append(folded(f"More: {' · '.join(titles)}", more))
    found = [differences(case, shown)]
    if shown:
        changed = [one for one in facts.elsewhere if not one.called(name, facts.asked[name][0])]
        found += [transforms(case, shown), matrix_line(shown), unrun(changed, facts, "This has not been called so")]
    parts.append(folded("What calls on both sides showed", found + deviations))
    return [part for part in parts if part]


def folded(title: str, parts: list[str]) -> str:
    """Parts that open under their title: for who wants to know, for a search, and on paper."""
    text = "\n\n".join(filter(None, parts))
    colons = ":" * max([3, *(len(run) + 1 for run in re.findall("(?m)^:+", text))])
    return f"{colons}{{dropdown}} {title}\n{text}\n{colons}" if text else ""


def differences(case: model.Case, shown: matrix.Summary | None) -> str:
    """What is declared, in one paragraph; for each edge, under which labels the matrix saw it."""
    where = shown.edges if shown else {}
    edges = [f"**{kind}** ({', '.join(where[kind])})" if where.get(kind) else f"**{kind}**" for kind in case.edges]
    parts = [f"Differs: {', '.join(f'**{kind}**' for kind in case.differences)}."] if case.differences else []
    parts += [f"Edges: {', '.join(edges)}."] if edges else []
    return " ".join(parts)


def deviation(one: model.Deviation) -> str:
    """What is seen on one kind of machine: each kind of difference with a call and both answers."""
    seen = [f"**{kind}**: {code(text)}" for kind, text in one.differences.items()]
    seen += [f"at the edges **{kind}**: {code(text)}" for kind, text in one.edges.items()]
    seen += [
        f"no **{kind}**, which is seen elsewhere in {code(text)}" if text != "an example" else f"no **{kind}**"
        for kind, text in one.without.items()
    ]
    return f"On {machine(one.machine)}: {'; '.join(seen)}."


def transforms(case: model.Case, shown: matrix.Summary) -> str:
    """What a recipe does under `mx.compile` and `mx.grad`; of a counterpart, only what it does not do."""
    if not shown.transforms or case.compare != "values":
        return ""
    compiled, grad = shown.transforms["compile"], shown.transforms["grad"]
    parts = ["compiles"] if case.verdict == "recipe" and not compiled else []
    if compiled:
        parts.append("looks at values, so it cannot be compiled" if LOOKED in compiled else "cannot be compiled")
    if grad and grad != NO_FLOAT:
        parts.append("has no gradient")
    elif case.verdict == "recipe" and not grad:
        parts.append("has a gradient")
    sentences = parts if compiled else [" and ".join(parts)] if parts else []
    return " ".join(f"{sentence[0].upper()}{sentence[1:]}." for sentence in sentences)


def matrix_line(shown: matrix.Summary) -> str:
    """The matrix, small: each dtype and corner, with the kinds of difference seen there."""
    alike = [label for label, kinds in shown.table.items() if not kinds]
    apart = [f"{label}: {' '.join(kinds)}" for label, kinds in shown.table.items() if kinds]
    if not shown.table or list(shown.table) == ["plain"] == alike:
        return ""
    told = [f"alike for {', '.join(alike)}"] * bool(alike) + [f"otherwise for {{cells}}`{', '.join(apart)}`"] * bool(apart)
    return f"{shown.cells} calls compared: {'; '.join(told)}."


def sides(scope: str, example: model.Example) -> str:
    """Both sides of an example: next to each other where there is room."""
    heading = f"*{'Edge: ' if example.edge else ''}{example.title}*\n\n" if example.title else ""
    colons = ":::"
    while colons in example.numpy + example.mlx:
        colons += ":"
    items = [
        f"{colons}{{grid-item}}\n{label}\n{fence(f'{{side}} {scope} | {side}', getattr(example, side))}\n{colons}"
        for side, label in (("numpy", "NumPy"), ("mlx", "MLX"))
    ]
    note = ""
    if other := example.deviation:
        note = f"\n\nOn {machine(other.machine)}: {other.reason.strip()}\n\n{fence(f'{{side}} {scope} | deviation', other.mlx)}"
    return heading + f":{colons}{{grid}} 1 1 2 2\n:gutter: 2\n:class-container: sides\n\n" + "\n".join(items) + f"\n:{colons}" + note


def releases(entry: model.Entry, dataset: model.Dataset, facts: lookup.Facts) -> str:
    """Since which release there is a counterpart, and which changed it; folded, what each did: what a reader must know first."""
    first, parts = history.since(entry, dataset, facts), []
    by_release: dict[tuple[str, str], list[history.Change]] = {}
    for one in history.changes(entry, dataset, facts):
        by_release.setdefault((one.library, one.release), []).append(one)
    for (library, release), ones in by_release.items():
        more = f"; {len(ones) - 1} more" if len(ones) > 1 else ""
        parts.append(f"{LIBRARIES[library]} {release} changed {change(ones[0])}{more}.")
    since = [f"Since MLX {first}"] if first else []
    changed = ", ".join(f"{LIBRARIES[library]} {release}" for library, release in by_release)
    told = "; ".join([*since, *([f"{'c' if since else 'C'}hanged in {changed}"] if changed else [])])
    return folded(told, parts) if parts else f"{told}." if told else ""


def change(one: history.Change) -> str:
    """A statement or a call, under what, and what it came to before and after."""
    where = f" ({', '.join(one.where[:4])}{' and others' if len(one.where) > 4 else ''})" if one.where else ""
    return f"{code(one.code)}{where} from {outcome(one.before)} to {outcome(one.after)}"


def outcome(text: str) -> str:
    """What a statement or a call came to, as code; a statement may show nothing."""
    return code(text) if text else "no output"


def unrun(changed: list[kept.Kept], facts: lookup.Facts, what: str) -> str:
    """On which machines, of those of which a record is kept, something was not run as it stands."""
    where = [machine(label(one.record.environment, facts.environment)) for one in changed]
    return f"{what} on {', nor on '.join(where)} since it was changed." if where else ""


def machine(kinds: str) -> str:
    """Kinds of machine in words."""
    return " with ".join(MACHINES.get(kind, kind) for kind in kinds.split())


def fence(info: str, text: str) -> str:
    """A fenced block, the fence longer than any in the text."""
    ticks = "```"
    while ticks in text:
        ticks += "`"
    return f"{ticks}{info}\n{text}\n{ticks}"


def manuals(entry: model.Entry, stands: resolved.Resolved) -> str:
    links = [f"[NumPy: `{title(entry.name)}`]({numpy_manual(entry.name)})"]
    links += [f"[MLX: `{title(name)}`]({mlx_manual(name)})" for name in stands.mlx]
    return "Manuals: " + " · ".join(links)


def terminal_gone(one: model.Gone) -> str:
    """A name that is gone as plain text, for a shell."""
    return f"{short(one.name)} is gone since NumPy {one.removed}\n  {plain(one.instead)}\n  mapping/dataset/{model.GONE}:{one.line}"


def terminal(entry: model.Entry, dataset: model.Dataset, facts: lookup.Facts) -> str:
    """An entry as plain text, for a shell."""
    stands = resolved.of(entry, dataset, facts)
    names = ", ".join(map(short, stands.mlx)) or counterparts(stands)
    lines = [f"{short(entry.name)} -> {names}   [{', '.join(marks(entry, stands))}]", f"  {plain(one_line(entry))}"]
    for case in dataset.by_name.get(entry.alias_of, entry).cases:
        lines += [f"  {case.name}: {case.verdict}. {plain(case.summary)}"] if case.name else []
        for example in case.examples:
            lines += [f"    {line}" for line in [*example.numpy.split("\n"), *example.mlx.split("\n"), ""]]
    lines += [f"  {plain(told)}" for told in [releases(entry, dataset, facts)] if told]
    lines.append(f"  {entry.file}:{entry.line}")
    return "\n".join(lines)
