"""What several tests share: a worker, entries from text, and the ledger of their examples without Sphinx."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import mlx.core as mx
import pytest

from mapping import blocks, model, run

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = (".venv", "_build", ".git", ".gpu", "__pycache__", ".pytest_cache", "reference")
MACHINES = {  # environments of some kinds of machine, as a worker there tells them
    "here": {"mlx": version("mlx"), "numpy": version("numpy"), "python": platform.python_version(), "platform": f"{platform.system()}-{platform.machine()}", "simd": "", "device": "cpu", "backend": "cpu", "device_name": "this"},
    "linux": {"mlx": "1", "numpy": "2", "python": "3.11.2", "platform": "Linux-x86_64", "simd": "", "device": "cpu", "backend": "cpu", "device_name": "x"},
    "arm64": {"mlx": "1", "numpy": "2", "python": "3.12.1", "platform": "Linux-aarch64", "simd": "", "device": "cpu", "backend": "cpu", "device_name": "x"},
    "cuda": {"mlx": "1", "numpy": "2", "python": "3.13.0", "platform": "Linux-x86_64", "simd": "", "device": "gpu", "backend": "cuda", "device_name": "N"},
    "mac": {"mlx": "1", "numpy": "2", "python": "3.14.0", "platform": "Darwin-arm64", "simd": "", "device": "gpu", "backend": "metal", "device_name": "M"},
}
LIMITED = sys.platform == "linux" and not mx.is_available(mx.gpu)  # whether a worker's memory and files are: CONTRIBUTING says where
OTHER = "cuda" if platform.system() == "Darwin" else "metal"  # a kind of machine that this one is not


@pytest.fixture(scope="session")
def pool() -> Iterator[run.Pool]:
    """One worker on the CPU."""
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


def typed(command: str, folder: Path) -> subprocess.CompletedProcess:
    environment = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MAKELEVEL", "DEVICE", "RECORD")}
    return subprocess.run(["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree in which the packages of this interpreter are already installed."""
    folder = tmp_path_factory.mktemp("clone") / "project"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
    bin_ = folder / ".venv" / "bin"
    bin_.mkdir(parents=True)
    (bin_ / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (bin_ / "python").chmod(0o755)
    shutil.copy(folder / "requirements.lock", folder / ".venv" / "installed.lock")
    for kept in ("facts.json", "matrix.json"):  # bound to all that could change them: what does not fit is asked anew
        if (ROOT / "_build" / kept).exists():
            (folder / "_build").mkdir(exist_ok=True)
            shutil.copy(ROOT / "_build" / kept, folder / "_build" / kept)
    done = typed("make html", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder
