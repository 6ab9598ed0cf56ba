"""The rows of the dataset go in; a wheel comes out that reads sources by them, on a machine without MLX, NumPy and Sphinx."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ..port.known import ROWS, compact

PARTS = ("pyproject.toml", "README.md", "LICENSE", "mapping/dataset/entries/LICENSE")


def wheel(root: Path, rows: list[dict], into: Path) -> int:
    """Build the wheel, put it into a folder and tell its name. The exit status is pip's."""
    with tempfile.TemporaryDirectory() as folder:
        staged = Path(folder)
        for part in PARTS:
            (staged / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / part, staged / part)
        shutil.copytree(root / "mapping" / "port", staged / "mapping" / "port", ignore=shutil.ignore_patterns("__pycache__"))
        (staged / "mapping" / "port" / ROWS).write_text(json.dumps(compact(rows), ensure_ascii=False), encoding="utf-8")
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
        status = subprocess.run([*command, "--wheel-dir", str(into), folder]).returncode
        print(*sorted(path.as_posix() for path in into.glob("*.whl")), sep="\n")
        return status
