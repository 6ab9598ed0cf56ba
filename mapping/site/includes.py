"""What runs showed for the guide goes in; its tables as Markdown, which pages include, and its figures come out."""

from __future__ import annotations

from ..dataset import model
from ..facts.guide import Live
from ..facts.lookup import Facts
from . import pages

SHORT = {"bool": "bool", "uint": "u", "int": "i", "bfloat": "bf", "float": "f", "complex": "c"}
LEGEND = (
    "In a cell stands MLX's dtype, and behind ≠ NumPy's where it is another. "
    "`u8` is `uint8`, `f16` is `float16`, `bf16` is `bfloat16`, and so on."
)
COSTS = {"cpu": "On the CPU", "cuda": "On an NVIDIA GPU", "metal": "On Apple's GPU"}
ENDS = {"ok": "yes", "other": "another answer"}


def files(dataset: model.Dataset, facts: Facts) -> dict[str, str]:
    """Every table and figure by its path under `docs/reference`."""
    live = facts.live
    made = {f"tables/{name}.md": RENDER[name](table, live) + "\n" for name, table in live.tables.items()}
    made |= {f"tables/sheet_{section.slug}.md": sheet(section) + "\n" for section in dataset.sheet.sections if section.slug in live.sheet}
    made |= {f"tables/costs_{group}.md": text + "\n" for group, text in costs(live.measured.get("costs", {})).items()}
    for slug, shades in live.figures.items():
        made |= {f"figures/{slug}-{shade}.svg": drawn for shade, drawn in shades.items()}
    return made


def dtypes(table: dict, live: Live) -> str:
    """For each dtype, what both libraries make of it."""
    heads = [f"`{_short(head)}`" for head in table["heads"]]
    rows = [[f"`{row['name']}`", *map(_dtypes, row["cells"])] for row in table["rows"]]
    return _table(["", *heads], rows, "numbers narrow" if len(heads) > 8 else "numbers") + f"\n\n{LEGEND}"


def numpy_functions(table: dict, live: Live) -> str:
    found = []
    for row in table["rows"]:
        what, differs = row["cells"]
        shown = f"{{cells}}`{what}: !`" if what.startswith("raises") else what
        found.append(
            [f"`{row['name']}`", shown + (f", {{cells}}`{differs}: differs`" if differs and not what.startswith("raises") else "")]
        )
    return _table(["Call", "What comes back"], found, "")


def indices(table: dict, live: Live) -> str:
    return _table(["An index that is", *table["heads"]], [[row["name"], *map(_use, row["cells"])] for row in table["rows"]], "numbers")


def linalg(table: dict, live: Live) -> str:
    there = {row["name"]: row["cells"] for row in live.measured.get("linalg", [])}
    found = []
    for row in table["rows"]:
        alone, streamed = there.get(row["name"], ["", ""]) or ["", ""]
        found.append([f"`mx.linalg.{row['name']}`", _ended(alone), _ended(streamed), _ended((row["cells"] or ["", ""])[1])])
    where = live.measured
    where_run = f"The GPU is an {where['device_name']}, with MLX {where['mlx']}." if where else "No GPU was asked yet."
    return _table(["Function", "On a GPU", "There, with `stream=mx.cpu`", "On the CPU"], found, "numbers") + f"\n\n{where_run}"


def costs(measured: dict[str, dict]) -> dict[str, str]:
    """What was timed, a table for each group, a column for each kind of machine; the rows are those that the CPU has."""
    times = {
        kind: {(case["title"], way["title"]): way["ratio"] for case in one["cases"] for way in case["ways"]}
        for kind, one in measured.items()
    }
    rows: dict[str, list[list[str]]] = {}
    for case in measured.get("cpu", {}).get("cases", []):
        for number, way in enumerate(case["ways"]):
            key = case["title"], way["title"]
            cells = [_ratio(one[key]) if key in one else "open" for one in (times.get(kind, {}) for kind in COSTS)]
            rows.setdefault(case["group"], []).append(["" if number else case["title"], way["title"], *cells])
    where = " ".join(
        f"{COSTS[kind]}: {one['device_name']}, {one['cores']} cores, {one['platform']}, MLX {one['mlx']}, NumPy {one['numpy']}."
        for kind, one in measured.items()
    )
    return {group: _table(["", "", *COSTS.values()], some, "numbers") + f"\n\n{where}" for group, some in rows.items()}


RENDER = {
    "promotion": dtypes,
    "scalars": dtypes,
    "accumulators": dtypes,
    "numpy_functions": numpy_functions,
    "indices": indices,
    "linalg": linalg,
}


def sheet(section: model.Section) -> str:
    """A section of the cheat sheet."""
    rows = [
        [
            pages.code(row.numpy),
            pages.code(row.mlx),
            " ".join(filter(None, [f"{{cells}}`{row.differs}: !`" if row.differs else "", row.note])),
        ]
        for row in section.rows
    ]
    return f"## {section.title}\n\n" + _table(["NumPy", "MLX", "Mind"], rows, "sheet")


def _ratio(ratio: float | None) -> str:
    return "raises" if ratio is None else f"{ratio:g}"


def _table(heads: list[str], rows: list[list[str]], kind: str) -> str:
    lines = [heads, ["---"] * len(heads), *([pages.cell(one) for one in row] for row in rows)]
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f":::{{div}} {kind}\n{text}\n:::" if kind else text


def _short(dtype: str) -> str:
    """`float32` as `f32`: fourteen columns are to fit. What is no dtype stays as it is."""
    kind = dtype.rstrip("0123456789")
    return SHORT[kind] + dtype.removeprefix(kind) if kind in SHORT else dtype


def _dtypes(both: list[str]) -> str:
    """MLX's dtype; where NumPy's is another, NumPy's as well, marked."""
    numpy, mlx = both
    if numpy in ("", mlx):
        return _short(mlx)
    return f"{{cells}}`{_short(mlx)}: ≠{_short(numpy)}`"


def _use(both: list[str]) -> str:
    numpy, mlx = (ENDS.get(one, one) for one in both)
    return mlx if numpy == mlx else f"{{cells}}`{mlx}: ≠ {numpy}`"


def _ended(end: str) -> str:
    return {"": "not asked", "ok": "yes"}.get(end) or f"{{cells}}`{end}: !`"
