"""The gate's run alone: collected or kept, run, told in one line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from mapping.run import blocks
from mapping.run.process import RunError, Worker
from mapping.site import commands, doctest, extension, publish
from tests import mini

LIE = "# Mini\n\n```{toctree}\nreference/index\n```\n\n```pycon\n>>> 1\n2\n```\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return mini.write(tmp_path, {})


def test_a_run_that_passes_ends_with_a_summary(root: Path, capsys):
    assert doctest.doctest(root) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert re.fullmatch(r"2 blocks passed, 0 failed, 1 entries proven in [\d.]+ s; MLX \S+, NumPy \S+, \S+, device \w+ \(.*\)", last)
    assert not (root / "_build" / "html").exists()


def test_a_run_that_fails_lists_everything_and_says_so(root: Path, capsys):
    wrong = mini.ENTRY.replace("4294967295", "7").replace("np.int64(-1)", "np.int64(1)")
    mini.write(root, {"docs/index.md": LIE, "mapping/dataset/entries/one.toml": wrong})
    assert doctest.doctest(root) == 1
    said = capsys.readouterr()
    for place in ("docs/index.md:8: index: G505", "mapping/dataset/entries/one.toml:13:", "mapping/dataset/entries/one.toml:17:"):
        assert place in said.err
    assert "0 blocks passed, 3 failed, NOT proven" in said.out


def test_what_is_collected_is_kept_until_a_source_changes(root: Path, monkeypatch):
    first = doctest.prove(root)
    with monkeypatch.context() as patch:
        patch.setattr(extension, "build_site", lambda *_, **__: pytest.fail("collected again"))
        assert doctest.prove(root).ledger == first.ledger
    mini.write(root, {"docs/index.md": LIE})
    again = doctest.prove(root)
    assert again.ledger != first.ledger
    assert [problem.code for problem in again.problems] == ["G505"]


def test_a_published_site_leaves_its_ledger(root: Path, monkeypatch):
    assert publish.html(root) == 0
    monkeypatch.setattr(extension, "build_site", lambda *_, **__: pytest.fail("collected again"))
    assert doctest.prove(root).problems == []


def test_nothing_is_kept_that_cannot_be_run(root: Path):
    broken = {"docs/index.md": LIE.replace(">>> 1", ">>> max(")}
    for _ in range(2):
        assert [problem.code for problem in doctest.prove(mini.write(root, broken)).problems] == ["G504"]


def test_a_ledger_is_written_on_request(root: Path):
    assert doctest.doctest(root, ledger=str(root / "ledger.json")) == 0
    assert len(blocks.load(root / "ledger.json").blocks) == 2


@pytest.mark.parametrize(
    ("files", "status", "message"),
    [
        ({"mapping/dataset/entries/one.toml": ""}, 1, "mapping/dataset/entries/one.toml:1: file: E103"),
        ({"docs/index.md": LIE + "\n[](nowhere.md)\n"}, 1, "Sphinx gave warnings"),
    ],
)
def test_what_cannot_be_collected_is_refused(root: Path, capsys, files: dict, status: int, message: str):
    assert doctest.doctest(mini.write(root, files)) == status
    assert message in capsys.readouterr().err


def test_a_device_that_is_not_there_is_status_2(root: Path, monkeypatch, capsys):
    def refuse(worker: Worker) -> None:
        raise RunError("no GPU: MLX finds none on this machine")

    monkeypatch.setattr(Worker, "started", refuse)
    assert doctest.doctest(root, "gpu") == 2
    assert "no GPU" in capsys.readouterr().err


def test_the_fingerprint_binds_sources_device_and_record(root: Path):
    base = commands.fingerprint(root, "cpu")
    assert commands.fingerprint(root, "cpu") == base != commands.fingerprint(root, "gpu")
    (root / "record.json").write_text(json.dumps({}))
    assert commands.fingerprint(root, "cpu", str(root / "record.json")) != base
    mini.write(root, {"docs/index.md": LIE})
    assert commands.fingerprint(root, "cpu") != base
