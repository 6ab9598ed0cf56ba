"""The workflows: linters pass, actions are pinned, no job may do more than it needs, and shell steps are run as they stand."""

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
import yaml

from mapping.run.record import load_record
from tests.conftest import ROOT
from tests.test_publication import CALLED, WHERE

FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
PINNED = re.compile(r"uses: ([\w-]+/[\w-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)$")
ELSEWHERE = {
    ".ci/run": "it is what runs this test",
    "make install": "it makes the environment in which this test runs; the one of a clone is made by tests/test_commands.py",
}  # steps that are not run here, and why; the Mac's are run on this machine


def workflows() -> dict[str, dict]:
    return {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in FILES}


def steps(run: str = "run") -> dict[str, dict]:
    """Every step that has a command, by workflow, job and name."""
    return {
        f"{name}: {job}: {step['name']}": step
        for name, whole in workflows().items()
        for job, of in whole["jobs"].items()
        for step in of["steps"]
        if run in step
    }


def linted(folder: Path) -> list[str]:
    """What the linters say of a folder of workflows."""
    bin_ = Path(sys.executable).parent
    files = sorted(map(str, folder.glob("*.yml")))
    commands = (
        [bin_ / "actionlint", "-oneline", *files],
        [bin_ / "zizmor", "--offline", "--persona=pedantic", "--no-progress", "-q", *files],
    )
    done = [subprocess.run(command, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"}) for command in commands]
    return [one.stdout + one.stderr for one in done if one.returncode]


def test_the_linters_have_nothing_to_say():
    assert linted(FOLDER) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("needs: linux", "needs: windows"), 'job "mac" needs job "windows" which does not exist'),
        ((r"actions/checkout@[0-9a-f]{40} # v5.0.0", "actions/checkout@v5"), "unpinned-uses"),
        (("persist-credentials: false", "fetch-depth: 1"), "artipacked"),
        (("permissions: {}", "permissions: write-all"), "excessive-permissions"),
        ((r'"\$ATTESTATION"', "${{ github.event.head_commit.message }}"), "template-injection"),
    ],
)
def test_the_linters_see_what_is_wrong(tmp_path: Path, change: tuple[str, str], said: str):
    text = (FOLDER / "publish.yml").read_text()
    changed = re.sub(change[0], change[1].replace("\\", r"\\"), text, count=1)
    assert changed != text
    (tmp_path / "publish.yml").write_text(changed)
    assert said in "".join(linted(tmp_path))


def test_actions_are_pinned_by_digest_and_everywhere_by_the_same():
    pins: dict[str, set[tuple[str, str]]] = {}
    for path in FILES:
        for line in path.read_text().splitlines():
            if "uses:" in line:
                found = PINNED.search(line)
                assert found, line
                pins.setdefault(found[1], set()).add((found[2], found[3]))
    assert len(pins) == 7 and all(len(ones) == 1 for ones in pins.values()), pins


READS = {"contents": "read"}
MAY = {
    ("test", "test"): READS,
    ("publish", "linux"): READS,
    ("publish", "mac"): READS,
    ("publish", "publish"): {**READS, "attestations": "write", "id-token": "write", "pages": "write"},
    ("newest", "drift"): READS,
    ("newest", "tell"): {"issues": "write"},
}  # a job: all that its token may
RUNS = re.compile(r"\.ci/run|mapping\.run|make (?!install\b)|mapping (?!publish\b)")  # a command that runs examples


def test_a_job_that_runs_examples_may_only_read():
    found = {(name, job): of["permissions"] for name, whole in workflows().items() for job, of in whole["jobs"].items()}
    assert found == MAY
    assert all(whole["permissions"] == {} for whole in workflows().values())
    for name, whole in workflows().items():
        for job, of in whole["jobs"].items():
            runs = any(RUNS.search(step.get("run", "")) for step in of["steps"])
            assert runs == (MAY[name, job] == READS), f"{name}: {job}"


def test_pull_requests_get_no_secrets():
    texts = "".join(path.read_text() for path in FILES)
    assert "pull_request_target" not in texts and "secrets." not in texts
    assert [name for name, whole in workflows().items() if "pull_request" in whole[True]] == ["test"]  # YAML takes `on` for true


def test_publishing_waits_for_every_record_and_is_of_main_alone():
    publish = workflows()["publish"]
    assert publish["jobs"]["publish"]["needs"] == ["linux", "mac"] and "if" not in publish["jobs"]["publish"]
    assert publish[True] == {"push": {"branches": ["main"]}, "workflow_dispatch": None}
    assert [job for job, of in publish["jobs"].items() if "macos" in of["runs-on"]] == ["mac"]
    assert publish["jobs"]["mac"]["runs-on"] == "macos-15"


def step(name: str, folder: Path, **environment: str) -> subprocess.CompletedProcess:
    """Run a step as GitHub's runner does."""
    one = steps()[name]
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail"] if one.get("shell") == "bash" else ["bash", "-e"]
    around = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MAKELEVEL", "DEVICE", "RECORD")}
    script = folder / "step.sh"
    script.write_text(one["run"])
    return subprocess.run([*shell, str(script)], cwd=folder, env={**around, **environment}, capture_output=True, text=True, timeout=300)


@pytest.fixture
def project(small: Path, tmp_path: Path) -> Path:
    """A project of one entry, with the commands and the code of this one."""
    root = shutil.copytree(small, tmp_path / "project", symlinks=True)
    dataset = root / "mapping" / "dataset"
    shutil.rmtree(dataset / "entries")
    for name in ("machines.toml", "releases.json"):
        (dataset / name).unlink(missing_ok=True)
    (dataset / "entries").mkdir()
    (dataset / "entries" / "one.toml").write_text(CALLED)
    return root


def test_the_steps_that_publish_are_run_as_they_stand(project: Path):
    done = step("publish: linux: Write the ledger, and run it", project)
    assert done.returncode == 0, done.stdout + done.stderr
    done = step("publish: mac: Run the ledger on the CPU", project)
    assert done.returncode == 0, done.stdout + done.stderr
    gpu = step("publish: mac: Run the ledger on the GPU", project)
    assert (gpu.returncode == 2 and "no GPU: MLX finds none on this machine" in gpu.stderr) or gpu.returncode == 0
    own = load_record(project / "mac-cpu.json")
    (project / "records").mkdir()
    shutil.copy(project / "linux-cpu.json", project / "records")
    for name in ("mac-cpu", "mac-gpu"):  # as a Mac would have made them
        record = replace(own, environment=own.environment | WHERE[name])
        (project / "records" / f"{name}.json").write_text(record.dump())
    refused = step("publish: publish: Build the site from the records", project, ATTESTATION="")
    assert refused.returncode == 0, refused.stderr
    site = project / "site"
    assert json.loads((site / "verified.json").read_text())["backend"] == "metal" and (site / "index.html").exists()
    shutil.rmtree(site)
    (project / "records" / "mac-gpu.json").unlink()
    refused = step("publish: publish: Build the site from the records", project, ATTESTATION="")
    assert refused.returncode != 0 and "there is no record of Apple Silicon, GPU" in refused.stderr and not site.exists()


TOLD = "mapping/dataset/entries/one.toml:5: numpy.argmax: E402: no\nnew names: none\n1 statements no longer hold; 2 blocks passed\n"


def tool(folder: Path, name: str, text: str) -> None:
    """A program of that name in place of the real one."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("makes", "status", "differs"),
    [
        ("echo '0 statements no longer hold'", 0, ""),
        (f"printf '%s' '{TOLD}'; exit 2", 0, "MLX 9.1, NumPy 2.9.0"),
        ("echo 'there is no such wheel'; exit 2", 1, None),
    ],
)
def test_the_step_that_tries_the_newest_is_run_as_it_stands(tmp_path: Path, makes: str, status: int, differs: str | None):
    tool(tmp_path / "bin", "make", f'echo "$@" > asked; {makes}')
    lists = '[ "$5" = mlx ] && echo "Available versions: 9.1, 9.0" || echo "Available versions: 2.9.0, 2.8.1"'
    tool(tmp_path / ".venv" / "bin", "python", lists)
    done = step(
        "newest: drift: Run everything on them, and keep what no longer holds",
        tmp_path,
        PATH=f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
        GITHUB_OUTPUT=str(tmp_path / "output"),
    )
    assert done.returncode == status, done.stderr
    assert (tmp_path / "asked").read_text() == "--no-print-directory drift MLX=9.1 NUMPY=2.9.0\n"
    assert (tmp_path / "output").exists() == (differs is not None)
    if differs is not None:
        assert (tmp_path / "output").read_text() == f"differs={differs}\n"
        assert (tmp_path / "drift.txt").read_text() == done.stdout


@pytest.mark.parametrize(
    ("open_", "asked"), [("", "issue create --title What MLX 9 answers --body-file told.md"), ("7", "issue comment 7 --body-file told.md")]
)
def test_the_step_that_opens_an_issue_is_run_as_it_stands(tmp_path: Path, open_: str, asked: str):
    tool(tmp_path / "bin", "gh", f'[ "$2" = list ] && echo "{open_}" || echo "$@" > asked')
    (tmp_path / "drift.txt").write_text(TOLD)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = step("newest: tell: Open it, or tell the one that is open", tmp_path, PATH=path, TITLE="What MLX 9 answers")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "asked").read_text() == f"{asked}\n"
    assert (tmp_path / "told.md").read_text() == f"~~~~text\n{TOLD}\n~~~~\n"


def test_every_shell_step_is_run_by_a_test_or_said_not_to_be():
    text = Path(__file__).read_text()
    left = {name for name, one in steps().items() if f'"{name}"' not in text and one["run"] not in ELSEWHERE}
    assert left == set()


def test_read_the_docs_builds_as_a_person_does(small: Path, tmp_path: Path):
    settings = yaml.safe_load((ROOT / ".readthedocs.yaml").read_text())
    jobs = settings["build"]["jobs"]
    assert settings["formats"] == ["htmlzip"] and jobs["install"] == ["make install"]
    around = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MAKELEVEL", "DEVICE", "RECORD")}
    for command in [*jobs["build"]["html"], *jobs["build"]["htmlzip"]]:
        done = subprocess.run(
            ["bash", "-e", "-c", command], cwd=small, env={**around, "READTHEDOCS_OUTPUT": str(tmp_path)}, capture_output=True
        )
        assert done.returncode == 0, done.stderr.decode()
    assert (tmp_path / "html" / "index.html").exists() and [path.suffix for path in (tmp_path / "htmlzip").iterdir()] == [".zip"]
