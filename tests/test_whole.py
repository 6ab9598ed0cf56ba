"""Whatever ends a build, what is published is one whole site, the old one or the new, and the next build works."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mapping import site
from tests import mini, test_confine
from tests.test_site import CODE, everything

ROOT = Path(__file__).resolve().parent.parent
KILLS = 50
BUILD = "import sys; from pathlib import Path; from mapping import site; sys.exit(site.html(Path(sys.argv[1])))"
ENVIRONMENT = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000", "PYTHONPATH": str(ROOT)}


def build(root: Path, code: str = BUILD, scratch: Path | None = None) -> subprocess.Popen:
    environment = ENVIRONMENT | ({"TMPDIR": str(scratch)} if scratch else {})
    return subprocess.Popen([sys.executable, "-c", code, str(root)], env=environment, cwd=ROOT, start_new_session=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def change(root: Path, number: int) -> None:
    mini.write(root, {"docs/index.md": CODE.format(f">>> {number}\n{number}")})


def shown(root: Path) -> int:
    """The number that the published page shows, if the site is whole: each file that its record speaks of is there."""
    files = everything(root)
    record = json.loads(files["verified.json"])
    assert {"index.html", "index.md", "mapping.json", "llms-full.txt", "searchindex.js", "objects.inv"} <= set(files)
    assert json.loads(files["ledger.json"])["scopes"] and record["blocks"]["run"] == 3
    number = shown_in(files)
    assert f">{number}</span>" in files["index.html"].decode()
    return number


def test_a_build_killed_at_any_moment_leaves_one_whole_site(tmp_path: Path):
    root, chance = tmp_path, random.Random(0)
    change(root, 1000)
    began = time.monotonic()
    assert build(root).wait() == 0
    took = time.monotonic() - began
    before, outcomes = everything(root), set()
    for number in range(1001, 1001 + KILLS):
        change(root, number)
        process = build(root)
        time.sleep(chance.uniform(0, took * 1.1))
        done = process.poll() is not None
        os.killpg(process.pid, signal.SIGKILL) if not done else None
        process.communicate()
        after = everything(root)
        now = shown(root)
        assert now == number if done else now in (shown_in(before), number)
        if now != number:
            assert after == before
        outcomes.add(now == number)
        before = after
    assert False in outcomes, "no build was killed before it was done"
    assert build(root).wait() == 0
    assert shown(root) == number
    fresh = tmp_path / "fresh"
    change(fresh, number)
    assert build(fresh).wait() == 0
    assert everything(fresh) == everything(root)


def shown_in(files: dict[str, bytes]) -> int:
    return int(files["index.md"].decode().split(">>> ")[1].split()[0])


NO_ROOM = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000)); " + BUILD
READ_ONLY = "import sys; from mapping import confine; confine.writes('/dev/shm'); " + BUILD


@pytest.mark.parametrize(("code", "said"), [(NO_ROOM, "File too large"), pytest.param(READ_ONLY, "Permission denied", marks=pytest.mark.skipif(not test_confine.kernel_confines(), reason="no Landlock"))], ids=["no room", "read only"])
def test_what_cannot_be_written_leaves_the_site_as_it_was(tmp_path: Path, code: str, said: str):
    change(tmp_path, 1)
    assert build(tmp_path).wait() == 0
    before = everything(tmp_path)
    change(tmp_path, 2)
    process = build(tmp_path, code)
    out, err = process.communicate()
    assert process.returncode not in (0, None), out
    assert said in err, err
    assert "not published" in err and "Traceback" not in err, err
    assert everything(tmp_path) == before
    assert build(tmp_path).wait() == 0
    assert shown(tmp_path) == 2


def test_a_disk_that_fills_up_while_a_site_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    change(tmp_path, 1)
    assert site.html(tmp_path) == 0
    before = everything(tmp_path)
    change(tmp_path, 2)
    copy, copytree, copied = site.shutil.copy2, site.shutil.copytree, []

    def full(source, target, **options):
        copied.append(source)
        if len(copied) > 5:
            raise OSError(28, "No space left on device", target)
        return copy(source, target, **options)

    with monkeypatch.context() as patch:
        patch.setattr(site.shutil, "copytree", lambda source, target, symlinks=False, ignore=None, *_, **__: copytree(source, target, symlinks, ignore, full))
        assert site.html(tmp_path) == 2
    said = capsys.readouterr().err
    assert "No space left on device" in said and "is as it was" in said
    assert everything(tmp_path) == before
    assert site.html(tmp_path) == 0
    assert shown(tmp_path) == 2


def test_two_builds_at_once_give_one_site(tmp_path: Path):
    change(tmp_path, 1)
    both = [build(tmp_path), build(tmp_path)]
    said = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert any("another build is at work" in text for text in said)
    assert shown(tmp_path) == 1


SLOW = "# Mini\n\n```{toctree}\nreference/index\n```\n\n```pycon\n>>> 1\n2\n>>> import time; time.sleep(60)\n```\n"


@pytest.mark.parametrize("command", ["html", "doctest"])
def test_an_interrupt_ends_at_once_with_what_was_found(tmp_path: Path, command: str):
    mini.write(tmp_path, {"docs/index.md": SLOW})
    code = f"import sys; from pathlib import Path; import mapping.__main__ as top; top.ROOT = Path(sys.argv[1]); sys.exit(top.main(['{command}']))"
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    process = build(tmp_path, code, scratch)
    time.sleep(6)
    assert process.poll() is None
    began = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert time.monotonic() - began < 5
    assert process.returncode == 130, (out, err)
    assert "docs/index.md:8: index: G505: an integer differs" in err and "interrupted; 1 failure so far" in err, err
    assert "Traceback (most recent call last):\n  File" not in err, err
    assert [*scratch.iterdir()] == []
    assert not (tmp_path / "_build" / "html").exists()
