"""A wheel has `mlx-port`, which tells the same as the clone, where there is neither MLX nor NumPy nor Sphinx."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import libcst
import pytest

from mapping.port import reader, report
from mapping.port.known import Known, compact
from mapping.site import package
from tests.conftest import ROOT
from tests.test_port import CAUTIONS, PROGRAMS, USES

MISSING = ("mlx", "numpy", "sphinx")


@pytest.fixture(scope="module")
def rows(known: Known) -> list[dict]:
    return [{"numpy": name, "json": text} for name, text in known.texts.items()]


def test_few_rows_tell_what_all_tell(known: Known, rows: list[dict]):
    few = Known(compact(rows))
    heads = ["import numpy as np\n" + text for text, *_ in (*USES, *CAUTIONS.values())]
    for text in [*heads, *(path.read_text() for path in PROGRAMS)]:
        assert reader.read("one.py", text, few) == reader.read("one.py", text, known)


def test_the_wheel_runs_where_nothing_else_is(rows: list[dict], tmp_path: Path):
    assert package.wheel(ROOT, rows, tmp_path) == 0
    (wheel,) = tmp_path.glob("*.whl")
    assert {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()} == {
        "mapping",
        f"{'-'.join(wheel.name.split('-')[:2])}.dist-info",
    }
    folder = tmp_path / "installed"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(folder), str(wheel)]
    subprocess.run(command, check=True)
    (folder / "libcst").symlink_to(Path(libcst.__file__).parent)  # the one package that it asks for
    needs = (next(folder.glob("*.dist-info")) / "METADATA").read_text()
    assert [line for line in needs.splitlines() if line.startswith("Requires-Dist")] == ["Requires-Dist: libcst"]
    program = str(PROGRAMS[0])
    bare = [sys.executable, "-S"]  # without the packages that are installed beside it
    around = {**os.environ, "PYTHONPATH": str(folder)}

    def ran(*words: str) -> subprocess.CompletedProcess:
        return subprocess.run([*bare, *words], env=around, cwd=tmp_path, capture_output=True, text=True)

    for name in MISSING:
        assert ran("-c", f"import {name}").returncode, name
    done = ran(str(folder / "bin" / "mlx-port"), program, "--json")
    assert done.returncode == 1 and not done.stderr
    found = reader.read(program, Path(program).read_bytes(), Known(rows))
    assert json.loads(done.stdout) == json.loads(report.as_json([found], ""))
    shown = ran("-m", "mapping.port", program, "--diff")
    assert "+import mlx.core as mx" in shown.stdout and not shown.stderr
    assert ran("-m", "mapping.port").returncode == 2
