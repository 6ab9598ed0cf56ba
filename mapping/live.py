"""The guide's pages, the cheat sheet and the folders of ported programs go in; the guide's tables and figures, as runs gave them, come out.

Each is asked of a worker, and kept in a file, bound to all that could change it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from . import kept, model, run
from .figures import DRAWING

USED = re.compile(r"reference/tables/(?!sheet_)(\w+)\.md")  # how a page includes a table; the cheat sheet's sections are asked for all
ACTIVE = re.compile(r"<(script|foreignObject|iframe|!ENTITY)|\son\w+\s*=|javascript:", re.IGNORECASE)  # none of it comes from matplotlib
CODE = {"table": ("worker.py", "tables.py", "agree.py", "compare.py"), "figure": ("worker.py", "figures.py")}


@dataclass
class Live:
    """`tables`: heads and rows by the table's name; `sheet`: the same by a section's slug; `figures`: by a program's slug, SVG by
    shade; `measured`: what a machine with a GPU answered; `failed`: why something could not be had, by its place.
    """

    tables: dict[str, dict] = field(default_factory=dict)
    sheet: dict[str, dict] = field(default_factory=dict)
    figures: dict[str, dict[str, str]] = field(default_factory=dict)
    measured: dict = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def ask(dataset: model.Dataset, root: Path, pool: run.Pool, installed: dict[str, str], progress: Callable[[int, int, str], None] = run.silent) -> Live:
    """Every table, section and figure, asked anew where something that it rests on has changed."""
    found = Live()
    measured = root / "mapping" / "measured.json"
    found.measured = json.loads(measured.read_text(encoding="utf-8")) if measured.exists() else {}
    pages = [path for path in sorted(root.glob("docs/**/*.md")) if "reference" not in path.relative_to(root).parts]
    used = {name for path in pages for name in USED.findall(path.read_text(encoding="utf-8"))}
    questions = {f"table {name}": {"table": name} for name in sorted(used)}
    for section in dataset.sheet.sections:
        questions[f"sheet {section.slug}"] = {"table": "sheet", "section": {"inputs": dataset.sheet.inputs, "rows": [asdict(row) for row in section.rows]}}
    folders = sorted(path.parent for path in root.glob(f"docs/guide/programs/*/{DRAWING}"))
    questions |= {f"figure {folder.name}": {"figure": str(folder)} for folder in folders}
    for name, answer in _answers(questions, root / "_build" / "live.json", pool, installed, progress).items():
        kind, _, slug = name.partition(" ")
        if "error" in answer:
            found.failed[name] = answer["error"]
        elif kind == "figure" and any(map(ACTIVE.search, answer["answer"].values())):
            found.failed[name] = "the picture holds a script, or what else acts by itself"
        else:
            {"table": found.tables, "sheet": found.sheet, "figure": found.figures}[kind][slug] = answer["answer"]
    return found


def _answers(questions: dict[str, dict], cache: Path, pool: run.Pool, installed: dict[str, str], progress: Callable) -> dict[str, dict]:
    before = {name: one for name, one in kept.load(cache).items() if isinstance(one, dict) and "answer" in one}
    keys = {name: _key(question, pool.device, installed) for name, question in questions.items()}
    todo = {name: question for name, question in questions.items() if before.get(name, {}).get("key") != keys[name]}
    asked = pool.ask(todo, progress) if todo else {}
    found = {name: asked.get(name) or before[name] for name in questions}
    whole = {name: {**answer, "key": keys[name]} for name, answer in found.items() if "error" not in answer}
    if whole != before:
        kept.save(cache, whole)
    return found


def _key(question: dict, device: str, installed: dict[str, str]) -> str:
    """All that could change an answer: the question, the code that answers it, a program's files, what is installed."""
    kind, here = ("figure" if "figure" in question else "table"), Path(__file__).parent
    files = [here / name for name in CODE[kind]]
    told = dict(question)
    if kind == "figure":
        folder = Path(told.pop("figure"))
        files += sorted(folder.glob("*.py"))
        try:
            told["matplotlib"] = version("matplotlib")
        except PackageNotFoundError:
            told["matplotlib"] = ""
    digest = hashlib.sha256(json.dumps([told, device, installed], sort_keys=True).encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
