"""The table of machines: what stands in a row, what fails it, what is named when it cannot be had."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mapping.facts import kept
from mapping.run.pool import Pool
from mapping.run.record import Record
from mapping.site import doctest, machines
from tests import mini
from tests.conftest import ROOT, typed

PROVEN = r"as it is, Python 3\.\d+ +59 +0 +0 +\d{3,} +14 +0 +[\d.]+"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    mini.write(tmp_path, {"requirements.lock": ""})
    return tmp_path


@pytest.fixture
def table(root: Path) -> machines.Table:
    dataset, facts, ledger, problems = doctest.collect(root, "cpu")
    assert not problems
    return machines.Table(dataset, facts, ledger)


def here(**settings) -> machines.Environment:
    return machines.Environment("here", lambda: {"device": "cpu", "size": 1, **settings})


def absent() -> dict:
    raise machines.LeftOut("not bought yet")


def recorded(table: machines.Table, path: Path) -> Record:
    """A record of the table's ledger, written to a file."""
    with Pool("cpu", 1) as pool:
        record = pool.run(table.ledger, matrix=True)
    path.write_text(record.dump())
    return record


def test_a_row_counts_what_was_shown(table: machines.Table, capsys):
    table.run(here())
    [row] = table.rows
    assert (row.passed, row.failed, row.noise, row.judged, row.problems) == (2, 0, 0, 1, [])
    assert row.cells == sum(shown.cells for shown in table.facts.summaries.values())
    assert capsys.readouterr().out.split()[:6] == ["here", "2", "0", "0", str(row.cells), "1"]
    assert machines.concluded(table, asked=True) == 0
    assert "all holds on 1, not on 0; 0 left out, 0 failed or refused" in capsys.readouterr().out


def test_the_matrix_is_run_and_judged_there(root: Path, monkeypatch):
    mini.write(root, {"mapping/dataset/entries/one.toml": mini.ENTRY.replace("summary =", 'calls = ["f(a)"]\nsummary =')})
    table = machines.Table(*doctest.collect(root, "cpu")[:3])
    table.run(here())
    assert table.rows[0].cells > 10
    run = Pool.run

    def otherwise(pool: Pool, *args, **kwargs) -> Record:
        record = run(pool, *args, **kwargs)
        for shown in record.cells["numpy.argmax"]["shown"]:
            shown["kind"] = "shape"
        return record

    monkeypatch.setattr(Pool, "run", otherwise)
    table.run(here())
    assert {problem.code for problem in table.rows[1].problems} == {"E402", "E407"}
    assert table.rows[1].failed == 0


def test_the_first_record_of_each_kind_of_machine_on_which_all_holds_is_kept(root: Path, table: machines.Table, capsys):
    table.run(here(), root)
    [one] = kept.read(root)
    assert len(one.record.passed) == 2 and f"kept: {root / kept.FOLDER}" in capsys.readouterr().out
    table.run(here(size=2), root)
    assert "kept: " not in capsys.readouterr().out
    table.kept.clear()
    table.dataset.entries[0].cases[0].verdict = "same"
    table.run(here(), root)
    assert table.rows[-1].problems and "kept: " not in capsys.readouterr().out


def test_what_cannot_be_had_is_named(table: machines.Table, capsys):
    table.run(machines.Environment("a quantum computer", absent))
    assert "left out: a quantum computer: not bought yet" in capsys.readouterr().out
    assert machines.concluded(table, asked=False) == 0
    assert machines.concluded(table, asked=True) == 1


def test_an_environment_that_does_not_run_is_a_failure(table: machines.Table, tmp_path: Path, capsys):
    dead = tmp_path / "python"
    dead.write_text("#!/bin/sh\necho no engine >&2\nexit 3\n")
    dead.chmod(0o755)
    table.run(here(python=str(dead)))
    assert "failed: here: a worker did not start" in capsys.readouterr().out
    assert not table.rows and machines.concluded(table, asked=False) == 1


def test_a_record_from_elsewhere_joins(table: machines.Table, tmp_path: Path, capsys):
    recorded(table, tmp_path / "record.json")
    table.join(tmp_path / "record.json")
    [row] = table.rows
    assert row.name.startswith("record.json: ") and (row.passed, row.judged, row.problems) == (2, 1, [])


def test_a_record_that_fails_fails_the_table(table: machines.Table, tmp_path: Path, capsys):
    record = recorded(table, tmp_path / "record.json")
    failed = record.passed.pop()
    failure = {"block": failed, "line": 0, "source": "mx.argmax", "wrong": "the output differs", "want": "1", "got": "2"}
    record.failures = [failure, {**failure, "line": 1}]
    (tmp_path / "record.json").write_text(record.dump())
    table.join(tmp_path / "record.json")
    [row] = table.rows
    assert (row.passed, row.failed, len(row.problems)) == (1, 1, 2)
    assert machines.concluded(table, asked=False) == 1
    said = capsys.readouterr()
    assert "mapping/dataset/entries/one.toml:17: numpy.argmax #1: G505: the output differs" in said.err
    assert "not on 1" in said.out


@pytest.mark.parametrize(("device", "status"), [("cpu", 1), ("gpu", 0)])
def test_other_digits_are_no_success_on_a_cpu(table: machines.Table, tmp_path: Path, capsys, device: str, status: int):
    record = recorded(table, tmp_path / "record.json")
    record.environment["device"] = device
    record.noise = [
        {"block": record.passed[0], "line": 0, "source": "np.argmax", "wrong": "other digits, within rounding", "want": "1", "got": "2"}
    ]
    (tmp_path / "record.json").write_text(record.dump())
    table.join(tmp_path / "record.json")
    assert (table.rows[0].failed, table.rows[0].noise) == (0, 1)
    assert machines.concluded(table, asked=False) == status
    assert ("other digits, within rounding" in capsys.readouterr().err) == bool(status)


@pytest.mark.parametrize(
    ("change", "why"),
    [({"ledger": "0" * 64}, "it is of another ledger, "), ({"code": ""}, "it was made with other code"), ({"passed": []}, "it is short: ")],
)
def test_a_record_of_something_else_is_refused(table: machines.Table, tmp_path: Path, capsys, change: dict, why: str):
    record = recorded(table, tmp_path / "record.json")
    (tmp_path / "record.json").write_text(replace(record, **change).dump())
    table.join(tmp_path / "record.json")
    table.join(tmp_path / "nowhere.json")
    said = capsys.readouterr().out
    assert f"record.json: {why}" in said and f"refused: {tmp_path}/nowhere.json: " in said
    assert not table.rows and machines.concluded(table, asked=False) == 1


def test_environments_are_picked_by_a_word(root: Path, table: machines.Table):
    every = machines.every(root, table.facts)
    names = [one.name for one in every]
    assert sorted(name[-11:] for name in names if "Python" in name) == ["Python 3.11", "Python 3.12", "Python 3.13", "Python 3.14"]
    assert [one.name for one in machines.chosen(every, ["LOWEST", "neon"])] == ["NumPy at its lowest level", "Linux arm64 with NEON"]
    assert machines.chosen(every, []) == every
    with pytest.raises(machines.Refused, match="no environment has `vax` in its name: there are as it is"):
        machines.chosen(every, ["neon", "vax"])


def test_a_device_of_its_own_does_not_hide_the_cpu(root: Path, table: machines.Table):
    facts = replace(table.facts, environment={**table.facts.environment, "device": "gpu", "platform": "Darwin-arm64"})
    found = {one.name: one for one in machines.every(root, facts)}
    assert found["its CPU"].get() == {"device": "cpu"}
    with pytest.raises(machines.LeftOut, match="it is x86-64, this machine is arm64"):
        found["NumPy at its lowest level"].get()


def test_what_an_environment_lacks_is_said(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    with pytest.raises(machines.LeftOut, match=r"there is no python3.14 on PATH or among pyenv's versions"):
        machines.interpreter(14)
    with pytest.raises(machines.LeftOut, match=r"qemu-user-static and g.*-aarch64-linux-gnu"):
        machines.have_tools()
    for system, processor, why in (("Darwin", "arm64", "this is Darwin"), ("Linux", "aarch64", "arm64 itself")):
        monkeypatch.setattr(machines.platform, "system", lambda: system)
        monkeypatch.setattr(machines.platform, "machine", lambda: processor)
        with pytest.raises(machines.LeftOut, match=why):
            machines.arm64("NEON", tmp_path, "")


def test_a_python_is_found_that_starts(tmp_path: Path, monkeypatch):
    """On PATH is a shim for a version that is not there."""
    shim, own = tmp_path / "python3.14", tmp_path / "versions" / "3.14.2" / "bin" / "python3.14"
    shim.write_text("#!/bin/sh\nexit 127\n")
    own.parent.mkdir(parents=True)
    own.symlink_to(sys.executable)
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert machines.interpreter(14) == str(own)


def test_a_command_that_fails_says_its_last_words():
    with pytest.raises(machines.LeftOut, match="`sh` ended with status 3: no such thing"):
        machines.call("sh", "-c", "echo trying; echo no such thing >&2; exit 3")


def test_what_is_made_is_made_once(tmp_path: Path, capsys):
    made = []

    def make(folder: Path) -> None:
        assert not list(folder.iterdir())
        (folder / "thing").write_text("")
        made.append(folder)
        if len(made) == 3:
            raise machines.LeftOut("broken off")

    for key in ("a", "a", "b"):
        machines.once(tmp_path / "own", key, make)
    assert len(made) == 2
    with pytest.raises(machines.LeftOut):
        machines.once(tmp_path / "own", "c", make)
    machines.once(tmp_path / "own", "c", make)
    assert len(made) == 4


def test_only_mlx_and_numpy_are_installed_by_hash():
    lock = machines.locked(ROOT)
    names = [line.split("==")[0] for line in lock.splitlines() if not line.startswith(" ")]
    assert {"mlx", "mlx-cpu", "mlx-metal", "numpy"} == set(names)
    assert lock.count("--hash=sha256:") > 20 and "#" not in lock


def test_make_machines_of_one_environment(small: Path):
    done = typed("make machines ONLY='as.it.is'", small)
    assert done.returncode != 0 and "no environment has `as.it.is` in its name" in done.stderr
    done = typed(f"make machines ONLY=3.{sys.version_info.minor}", small)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(rf"(?m)^{PROVEN}$", done.stdout)) == 1
    assert "all holds on 1, not on 0; 0 left out, 0 failed or refused" in done.stdout
