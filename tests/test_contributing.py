"""What CONTRIBUTING shows is what the gate takes: its entry and example as they stand, its words as the rules have them."""

from __future__ import annotations

import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from mapping.facts.rules.common import CATEGORIES
from mapping.run.terms import EDGE_KINDS
from mapping.site import accept

from . import mini

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ENTRIES = "mapping/dataset/entries/reductions.toml"
LEFT_OUT = "".join(f'"numpy.iinfo.{name}" = "Not here."\n' for name in ("bits", "dtype", "key", "kind", "max", "min"))
EXTENT = f'namespaces = ["numpy.iinfo"]\n[left_out]\n{LEFT_OUT}[most_used]\n"numpy.argmax" = 35\n'


def fence(begins: str) -> str:
    """The TOML block of CONTRIBUTING that begins so."""
    [found] = [text for text in re.findall(r"^```toml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL) if text.startswith(begins)]
    return found


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A project whose one entry is CONTRIBUTING's, under its topic, of a name that people use most."""
    mini.write(tmp_path, {ENTRIES: fence("[topic]") + "\n" + fence('["numpy.argmax"]'), "mapping/dataset/extent.toml": EXTENT})
    (tmp_path / "mapping/dataset/entries/one.toml").unlink()  # the entry that a mini project has of its own
    return tmp_path


def test_its_entry_is_published_as_it_stands(written: Path):
    built = mini.build(written)
    assert built.status == 0, built.said


def test_one_example_is_too_few_and_the_entry_is_named(written: Path):
    entries = written / ENTRIES
    text = entries.read_text()
    entries.write_text(text[: text.rindex("[[")])
    built = mini.build(written)
    assert built.status and f"{ENTRIES}:5: numpy.argmax: E209" in built.said


def test_its_example_gets_its_outputs_from_accept(written: Path, capsys: pytest.CaptureFixture):
    entries = written / ENTRIES
    before = entries.read_text()
    entries.write_text(before + "\n" + fence("[["))
    refused = mini.build(written)
    assert refused.status and f"{ENTRIES}:" in refused.said
    assert accept.accept(written) == 0
    assert "+array([0, 1], dtype=uint32)" in capsys.readouterr().out
    assert entries.read_text().startswith(before)
    built = mini.build(written)
    assert built.status == 0, built.said


def test_its_words_are_those_of_the_rules():
    categories = TEXT[TEXT.index("`category` is one of") :].split("\n")[0]
    assert set(re.findall(r"`([^`]+)`", categories)) - {"category"} == set(CATEGORIES)
    table = TEXT[TEXT.index("| Word | Means |") :].split("\n\n")[0]
    rows = [row.split("|")[1] for row in table.split("\n")[2:]]
    assert {word for row in rows for word in re.findall(r"`(\w+)`", row)} == set(EDGE_KINDS)


def hooks() -> dict[str, dict]:
    [local] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert local["repo"] == "local"
    return {hook["id"]: hook for hook in local["hooks"]}


@pytest.mark.parametrize("hook, good, bad", [("toml", "a = 1\n", "a = \n"), ("json", "{}", "{")])
def test_a_file_that_cannot_be_read_is_not_committed(tmp_path: Path, hook: str, good: str, bad: str):
    command = shlex.split(hooks()[hook]["entry"])
    for text, status in ((good, 0), (bad, 1)):
        (tmp_path / "file").write_text(text)
        assert subprocess.run([*command, str(tmp_path / "file")], cwd=ROOT, capture_output=True).returncode == status


def test_hooks_and_lint_run_the_same():
    lint = re.search(r"^lint: install\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)[1]
    commands = [line.split("$(RUN) ")[1].split()[0] for line in lint.splitlines()]
    assert commands == ["ruff", "ruff", "mypy"]
    assert [name for name in hooks() if name.startswith(("ruff", "mypy"))] == ["ruff-check", "ruff-format", "mypy"]
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    assert set(commands) <= set(groups["dev"])


@pytest.mark.parametrize("path", sorted((ROOT / ".github").rglob("*.yml")), ids=lambda path: path.name)
def test_templates_can_be_read(path: Path):
    form = yaml.safe_load(path.read_text())
    if path.parent.name == "ISSUE_TEMPLATE" and path.name != "config.yml":
        assert form["name"] and form["description"]
        fields = [one for one in form["body"] if one["type"] != "markdown"]
        assert all(one["id"] and one["attributes"]["label"] for one in fields)
        assert any(one.get("validations", {}).get("required") for one in fields)
