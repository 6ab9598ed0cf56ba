"""What several tests share: a worker, entries from text, and the ledger of their examples without Sphinx."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mapping import blocks, model, run


@pytest.fixture(scope="session")
def pool() -> Iterator[run.Pool]:
    """One worker on the CPU, whose results are the reference on Linux."""
    with run.Pool("cpu", 1) as workers:
        yield workers


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., tuple[model.Dataset, list[str]]]:
    """Read files of entries, given as `name="text"` or bytes; returns the dataset and the problems as text."""

    def read(**files: str | bytes) -> tuple[model.Dataset, list[str]]:
        for name, content in files.items():
            raw = content if isinstance(content, bytes) else content.encode()
            (tmp_path / f"{name}.toml").write_bytes(raw)
        dataset, problems = model.read(tmp_path, tmp_path)
        return dataset, [str(problem) for problem in problems]

    return read


def ledger(dataset: model.Dataset) -> blocks.Ledger:
    """A scope for each example, as the pages of these entries would give."""
    scopes = []
    for entry in dataset.entries:
        for scope, _, example in entry.scopes():
            sides = [
                blocks.Block("page", entry.file, example.lines[side], getattr(example, side), "pycon", id=f"{scope} {side}")
                for side in ("numpy", "mlx")
            ]
            ulp = {"ulp": example.tolerance["ulp"]} if example.tolerance else {}
            scopes.append(blocks.Scope(scope, sides, {"compare": example.compare, "probe": example.probe, **ulp}))
    return blocks.Ledger(scopes)


def toml(text: str) -> str:
    """A file of entries: a topic's head, three lines long, and then this text."""
    return '[topic]\ntitle = "Topic"\norder = 1\n' + textwrap.dedent(text).lstrip("\n")
