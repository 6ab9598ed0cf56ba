"""What the README and CONTRIBUTING tell a person to type, typed: in a clone of the tree, with the same packages."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mapping.run.record import load_record
from tests import mini, test_sandbox
from tests.conftest import ROOT, SMALL, typed


def shell_lines(text: str) -> list[str]:
    """The commands in the console blocks of a Markdown text, in order."""
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def test_ci_runs_the_readmes_commands():
    lint, *script, fuzz, machines = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line.startswith("make")]
    assert lint == "make lint"
    assert script == shell_lines((ROOT / "README.md").read_text())
    assert script == ["make html", "make test"]
    assert fuzz == "make fuzz SEED=0 ROUNDS=1"  # the same draws on every machine, however fast it is
    assert machines == 'make machines ONLY="lowest"'
    assert f"`{machines.removeprefix('make machines ')}`" in (ROOT / "CONTRIBUTING.md").read_text()


def test_make_html_in_a_fresh_clone(clone: Path):
    verified = json.loads((clone / "_build" / "html" / "verified.json").read_text())
    rows = json.loads((clone / "_build" / "html" / "mapping.json").read_text())["entries"]
    assert verified["blocks"]["run"] > 300
    assert verified["entries"] == len(rows) > 60
    again = typed("make html", clone)
    assert again.returncode == 0
    assert "nothing has changed" in again.stdout
    checked = typed(".venv/bin/python -m mapping check", clone)
    assert checked.returncode == 0, checked.stderr
    assert f"{len(rows)} entries, 0 uncovered, 0 problems" in checked.stdout


def test_a_wrong_lock_installs_again(small: Path):
    said = "installing what requirements.lock names"
    assert said not in typed("make install PYTHON=false", small).stdout
    changed = typed("echo >> requirements.lock; make install PYTHON=false", small)
    assert said in changed.stdout and changed.returncode != 0
    shutil.copy(ROOT / "requirements.lock", small / "requirements.lock")


@pytest.mark.parametrize("loss", ["rm .venv/bin/python", "ln -sf /nowhere/python3 .venv/bin/python"])
def test_a_venv_without_its_python_is_installed_again(small: Path, loss: str):
    python = small / ".venv" / "bin" / "python"
    kept = python.read_text()
    lost = typed(f"{loss}; make install PYTHON=false", small)
    python.unlink(missing_ok=True)
    python.write_text(kept)
    python.chmod(0o755)
    assert "installing what requirements.lock names" in lost.stdout and lost.returncode != 0


READ_ONLY = """
import sys; from pathlib import Path; from mapping.worker import sandbox; import mapping.__main__ as top
sandbox.writes("/dev/shm"); top.ROOT = Path(sys.argv[1]); sys.exit(top.main(sys.argv[2:]))
"""


@pytest.mark.skipif(not test_sandbox.kernel_confines(), reason="no Landlock")
@pytest.mark.parametrize("command", ["doctest", "html", "accept", "find argmax", "check", "export"])
def test_where_nothing_can_be_written_a_command_says_so(tmp_path: Path, command: str):
    root = mini.write(tmp_path, {})
    words = [sys.executable, "-c", READ_ONLY, str(root), *command.split()]
    done = subprocess.run(words, cwd=ROOT, env={**os.environ, "TMPDIR": "/dev/shm"}, capture_output=True, text=True)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
    assert "Permission denied" in done.stderr or "readonly database" in done.stderr


def test_the_interactive_line_imports_both(small: Path):
    line = next(one for one in shell_lines((ROOT / "CONTRIBUTING.md").read_text()) if " -i " in one)
    done = typed(f"{line} <<< 'np.sum([1]), mx.array(1)'", small)
    assert "(np.int64(1), array(1, dtype=int32))" in done.stdout


def test_make_doctest_ends_with_a_summary(small: Path):
    done = typed("make doctest", small)
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1]
    assert re.search(r"\d+ blocks passed, 0 failed, \d+ entries proven in [\d.]+ s; MLX [\d.]+, NumPy [\d.]+, .*device", last)


def test_a_device_that_is_not_there_is_said(small: Path):
    done = typed(".venv/bin/python -m mapping doctest --device gpu", small)
    if "device gpu" in done.stdout:
        assert done.returncode == 0
    else:
        assert done.returncode == 2
        assert "no GPU" in done.stderr


def test_find(clone: Path):
    done = typed(".venv/bin/python -m mapping find np.argmax", clone)
    assert done.stdout.startswith("np.argmax -> mx.argmax   [differs, silent]")
    assert typed(".venv/bin/python -m mapping find nosuchname", clone).returncode == 1
    row = json.loads(typed(".venv/bin/python -m mapping find mx.argmax --json", clone).stdout)[0]
    assert row in json.loads((clone / "_build" / "html" / "mapping.json").read_text())["entries"]
    alias, target = json.loads(typed(".venv/bin/python -m mapping find np.amax --json", clone).stdout)
    assert (alias["numpy"], alias["alias_of"], alias["examples"]) == ("numpy.amax", target["numpy"], [])
    assert target["examples"]


def test_export_prints_the_rows(clone: Path):
    done = typed(".venv/bin/python -m mapping export", clone)
    published = json.loads((clone / "_build" / "html" / "mapping.json").read_text())["entries"]
    assert json.loads(done.stdout) == published


def test_a_few_mutants_are_made_and_caught(small: Path):
    done = typed("make mutate SAMPLE=1", small)
    assert done.returncode == 0, done.stdout + done.stderr
    kinds = re.findall(r"(?m)^ +(\d+) +(\d+) +0  ([^\W\d].+)$", done.stdout)
    assert {
        "digit",
        "error type",
        "verdict",
        "every other MLX name",
        "a block of HTML dropped",
        "mapping.json: parameters",
        "where a block stands",
    } <= {kind for *_, kind in kinds}
    assert all(made == caught for made, caught, _ in kinds)


def test_make_offline(small: Path):
    done = typed("make offline", small)
    assert done.returncode == 0, done.stderr
    assert (small / "_build" / "mlx-for-numpy-users.zip").stat().st_size > 500_000


def test_a_ledger_is_written_run_and_published(small: Path):
    commands = shell_lines((ROOT / "CONTRIBUTING.md").read_text())
    write, run = (line for line in commands if "ledger.json" in line)
    assert typed(write, small).returncode == 0
    done = typed(run.replace("python3", ".venv/bin/python").replace(" --device gpu", " --device cpu"), small)
    assert done.returncode == 0, done.stdout
    published = typed("make html RECORD=record.json", small)
    assert published.returncode == 0, published.stderr
    record = load_record(small / "record.json")
    (small / "record.json").write_text(replace(record, ledger="0" * 64).dump())
    refused = typed("make html RECORD=record.json", small)
    assert refused.returncode != 0
    assert "another ledger" in refused.stderr


def test_make_accept_writes_live_output(small: Path):
    entries = small / "mapping" / "dataset" / "entries" / SMALL
    good = entries.read_text()
    entries.write_text(good.replace("array([0, 2, 2, -4], dtype=float32)", "array([0, 2, 3, -4], dtype=float32)", 1))
    assert entries.read_text() != good
    refused = typed("make html", small)
    assert refused.returncode != 0
    assert f"mapping/dataset/entries/{SMALL}:" in refused.stderr
    done = typed("make accept", small)
    assert done.returncode == 0, done.stderr
    assert "+array(" in done.stdout
    assert entries.read_text() == good


def test_every_package_is_pinned_and_hashed_and_no_address_is_named():
    text = (ROOT / "requirements.lock").read_text()
    assert "://" not in text
    requirements = re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n?", "", text).strip())
    assert len(requirements) > 30
    for requirement in requirements:
        assert re.match(r"[\w.-]+==\S+ ", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement
    for platform, package in (("linux", "mlx-cpu"), ("darwin", "mlx-metal")):
        assert any(one.startswith(f"{package}==") and f"sys_platform == '{platform}'" in one for one in requirements)


@pytest.mark.parametrize("command", ["html", "doctest", "accept", "check", "find argmax"])
def test_a_compiler_that_is_not_there_is_said_at_once(small: Path, command: str):
    done = typed(f"PATH=/nowhere .venv/bin/python -m mapping {command}", small)
    assert done.returncode == 2
    assert "a C++ compiler is needed: MLX calls `g++`" in done.stderr.splitlines()[0]
    assert "done" not in done.stdout


def test_a_venv_whose_python_is_gone_installs_again(small: Path):
    python, away = small / ".venv" / "bin" / "python", small / ".venv" / "bin" / "away"
    python.rename(away)
    python.symlink_to("/nowhere/python3")
    done = typed("make install PYTHON=false", small)
    python.unlink()
    away.rename(python)
    assert "installing what requirements.lock names" in done.stdout and done.returncode != 0
    assert typed("make install PYTHON=false", small).returncode == 0


@pytest.mark.parametrize("minor, refused", [(10, True), (11, False), (14, False), (15, True)])
def test_pythons_without_wheels_are_refused_by_name(small: Path, tmp_path: Path, minor: int, refused: bool):
    python = tmp_path / "python"
    code = f"import sys; sys.version_info, sys.version = (3, {minor}), 'another'; $2"
    python.write_text(f'#!/bin/sh\n[ "$1" = -c ] && exec {sys.executable} -c "{code}"\nexit 1\n')
    python.chmod(0o755)
    done = typed(f"echo >> requirements.lock; make install PYTHON={python}", small)
    shutil.copy(ROOT / "requirements.lock", small / "requirements.lock")
    assert done.returncode != 0
    assert ("Python 3.11 to 3.14 is needed, this is another" in done.stderr) == refused
