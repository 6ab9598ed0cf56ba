"""The dataset made larger for `make bench`: entries again, under the names of copies of both libraries.

Entries are of live names alone, so that a larger dataset needs larger libraries: `np.copy2` is NumPy and `mx.copy2` is
MLX, for every process of the copied project, and a copy of an entry says `np.copy2.sum` wherever its original says `np.sum`.
What belongs to a class, and what stands for that, is not copied: a class of another module cannot be given attributes; neither is
what a rule knows by name. There may be as many times the excuses.
"""

from __future__ import annotations

import re
from pathlib import Path

LIBRARIES = """import mlx.core as mx
import numpy as np

for number in range(2, {last} + 1):
    setattr(np, f"copy{{number}}", np)
    setattr(mx, f"copy{{number}}", mx)
"""
LEFT = r"(?!(?:ndarray|random|ufunc|finfo|iinfo|empty|empty_like)\b)"
ENTRY = re.compile(rf'\[+"numpy\.{LEFT}')
DOTTED = re.compile(rf"\b(numpy)\.(?={LEFT}\w)|\b(mlx\.core)\.(?!array\.)(?=\w)|(?<![\w.])(np|mx)\.(?=[A-Za-z_])")
BOUNDS, BOUND = "mapping/facts/rules/excuses.py", re.compile(r'(?m)^(    "\w+": \()(\d+)(?=, ")')
BEGINS, ENDS = ("numpy = '''", "mlx = '''"), "'''"


def copied(text: str, number: int) -> str:
    """A file of entries under the names of one copy of the libraries; what examples print stays as it is."""
    head, *parts = re.split(r'(?m)^(?=\[+")', text)
    head = re.sub(r'(?m)^(title = ".*)"$', rf'\1 {number}"', head, count=1)
    head = re.sub(r"(?m)^order = (\d+)", lambda found: f"order = {int(found[1]) + 1000 * number}", head, count=1)
    lines, example = "".join([head, *filter(ENTRY.match, parts)]).split("\n"), False
    for place, line in enumerate(lines):
        if not example or line.startswith((">>>", "...")):
            lines[place] = named(line, number)
        example = line in BEGINS or (example and line != ENDS)
    return "\n".join(lines)


def unshown(text: str, number: int) -> str:
    """The sentences of copied entries that nothing beside them shows; the tests that prove them are those of the originals."""
    parts = [part for part in re.split(r"(?m)^(?=\[\[sentence\]\])", text) if re.search(rf'(?m)^place = "numpy\.{LEFT}', part)]
    lines = "".join(parts).split("\n")
    return "\n".join(line if line.startswith("test = ") else named(line, number) for line in lines)


def named(line: str, number: int) -> str:
    """A line with the names of a copy of the libraries."""
    return DOTTED.sub(lambda found: f"{found[1] or found[2] or found[3]}.copy{number}.", line)


def entries(text: str) -> int:
    return len(re.findall(r'(?m)^\["', text))


def grow(root: Path, times: int) -> int:
    """Copy the entries of the project in `root` as often as comes nearest to so many times as many; returns how many there are."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted((root / "mapping" / "dataset" / "entries").glob("*.toml"))}
    first, each = sum(map(entries, texts.values())), sum(entries(copied(text, 2)) for text in texts.values())
    last = 1 + round((times - 1) * first / each)
    for number in range(2, last + 1):
        for path, text in texts.items():
            if entries(more := copied(text, number)):
                path.with_stem(f"{path.stem}_{number}").write_text(more, encoding="utf-8")
    for name, copy in (("machines.toml", lambda text, number: "".join(copied(text, number).partition("[")[1:])), ("unshown.toml", unshown)):
        path = root / "mapping" / "dataset" / name
        if path.exists():
            text = path.read_text(encoding="utf-8")
            path.write_text("\n".join([text, *(copy(text, number) for number in range(2, last + 1))]), encoding="utf-8")
    path = root / BOUNDS
    if path.exists():
        more = BOUND.sub(lambda found: f"{found[1]}{int(found[2]) * last}", path.read_text(encoding="utf-8"))
        path.write_text(more, encoding="utf-8")
    (root / "sitecustomize.py").write_text(LIBRARIES.format(last=last))  # which every worker imports when it starts
    return first + (last - 1) * each
