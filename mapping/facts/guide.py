"""The guide's pages, the cheat sheet and the folders of ported programs go in; the guide's tables and figures, as runs gave them, come out.

Each is asked of a worker.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..dataset import model
from ..run.cache import Cache
from ..run.pool import Pool, silent
from ..run.record import digest_of

DRAWING = "figure.py"  # of a ported program
USED = re.compile(r"reference/tables/(?!sheet_|costs_)(\w+)\.md")  # how a page includes a table that is asked for; others come from files
ACTIVE = re.compile(r"<(script|foreignObject|iframe|!ENTITY)|\son\w+\s*=|javascript:", re.IGNORECASE)  # none of it comes from matplotlib


@dataclass
class Live:
    """`tables`: heads and rows by the table's name; `sheet`: the same by a section's slug; `figures`: by a program's slug, SVG by
    shade; `measured`: what a machine with a GPU answered, and under `costs` what took how long, by the kind of machine; `failed`: why
    something could not be had, by its place.
    """

    tables: dict[str, dict] = field(default_factory=dict)
    sheet: dict[str, dict] = field(default_factory=dict)
    figures: dict[str, dict[str, str]] = field(default_factory=dict)
    measured: dict = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def ask(dataset: model.Dataset, root: Path, pool: Pool, cache: Cache, progress: Callable[[int, int, str], None] = silent) -> Live:
    """Every table, section and figure, asked anew where something that it rests on has changed."""
    found = Live()
    folder = root / "mapping" / "dataset"
    if known := _measured(folder / "measured.json", found):
        found.measured = known
    if costs := {path.stem: _measured(path, found) for path in sorted((folder / "costs").glob("*.json"))}:
        found.measured["costs"] = costs
    pages = [path for path in sorted(root.glob("docs/**/*.md")) if not path.is_relative_to(root / "docs" / "reference")]
    used = {name for path in pages for name in USED.findall(path.read_text(encoding="utf-8"))}
    questions = {f"table {name}": {"table": name} for name in sorted(used)}
    for section in dataset.sheet.sections:
        questions[f"sheet {section.slug}"] = {
            "table": "sheet",
            "section": {"inputs": dataset.sheet.inputs, "rows": [asdict(row) for row in section.rows]},
        }
    folders = sorted(path.parent for path in root.glob(f"docs/guide/programs/*/{DRAWING}"))
    questions |= {f"figure {folder.name}": {"figure": str(folder)} for folder in folders}
    for name, answer in _answers(questions, pool, cache, progress).items():
        kind, _, slug = name.partition(" ")
        if "error" in answer:
            found.failed[name] = answer["error"]
        elif kind == "figure" and any(map(ACTIVE.search, answer["answer"].values())):
            found.failed[name] = "the picture holds a script, or what else acts by itself"
        else:
            {"table": found.tables, "sheet": found.sheet, "figure": found.figures}[kind][slug] = answer["answer"]
    return found


def _measured(path: Path, live: Live) -> dict:
    """What a machine wrote of itself, if it is as it was written."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if known and known.pop("digest", "") != digest_of(known):
        live.failed["table measured"] = f"{path.name} is not as it was measured: write it anew on such a machine"
    return known


def _answers(questions: dict[str, dict], pool: Pool, cache: Cache, progress: Callable[[int, int, str], None]) -> dict[str, dict]:
    asked = {name: [name, _files(question) if "figure" in question else question] for name, question in questions.items()}
    known = dict(zip(asked, cache.get_all("guide", asked.values())))
    todo = {name: question for name, question in questions.items() if known[name] is None}
    ran = pool.ask(todo, progress) if todo else {}
    cache.put("guide", ((asked[name], answer) for name, answer in ran.items() if "error" not in answer and name not in pool.unkept))
    return {name: ran[name] if name in ran else known[name] for name in questions}


def _files(question: dict) -> list[str]:
    """The text of a program's files."""
    return [path.read_text(encoding="utf-8") for path in sorted(Path(question["figure"]).glob("*.py"))]
