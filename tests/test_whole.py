"""Whatever ends a build, what is published is one whole site, the old one or the new, and the next build works."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from mapping.site import publish
from mapping.worker import sandbox
from tests import mini, test_hostile, test_sandbox
from tests.conftest import ROOT
from tests.test_site import CODE, everything

BUILD = "import sys; from pathlib import Path; from mapping.site import publish; sys.exit(publish.html(Path(sys.argv[1])))"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
STEPS = ("os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.utime", "sqlite3.connect")  # beside `open`, to write
Step = tuple[str, str]  # what is done to a file, and where


def build(root: Path, code: str = BUILD, scratch: Path | None = None) -> subprocess.Popen:
    environment = ENVIRONMENT | ({"TMPDIR": str(scratch)} if scratch else {})
    return subprocess.Popen(
        [sys.executable, "-c", code, str(root)],
        env=environment,
        cwd=ROOT,
        start_new_session=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def forked(root: Path, before: Callable[[], object]) -> tuple[int, str]:
    """A build in a process of its own, after something was done in it; how it ended, below 0 by a signal, and what it said."""
    with tempfile.TemporaryFile("w+") as said:
        if not (child := os.fork()):
            try:
                os.setsid()
                os.dup2(said.fileno(), 2)
                sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115 - it stays until the process ends
                before()
                os._exit(publish.html(root))
            except BaseException:  # nothing of pytest's goes on in here
                traceback.print_exc()
                os._exit(99)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said.seek(0)
        return status, said.read()


def step_of(root: Path, event: str, arguments: tuple) -> Step | None:
    """Which step an audited event is: what changes a file of the project, and where, sites of any name alike."""
    if event not in STEPS and not (event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)):
        return None
    path = arguments[1] if event == "os.symlink" else arguments[0]
    if not isinstance(path, (str, os.PathLike)) or root not in Path(path).parents:
        return None
    place = "/".join(Path(path).relative_to(root).parts[:3])
    return event, re.sub(r"(?<=sites/)\w+", "site", place)


def watched(root: Path, see: Callable[[Step], object]) -> Callable[[], None]:
    """What has every file step of a process seen before it is done."""

    def hook(event: str, arguments: tuple) -> None:
        if step := step_of(root, event, arguments):
            see(step)

    return lambda: sys.addaudithook(hook)


def steps_of(root: Path) -> Counter:
    """The steps of one build, each with how often it is done."""
    with tempfile.TemporaryFile("w+") as told:
        status, said = forked(root, watched(root, lambda step: os.write(told.fileno(), f"{json.dumps(step)}\n".encode())))
        assert status == 0, said
        told.seek(0)
        return Counter(tuple(json.loads(line)) for line in told)


def killed(root: Path, step: Step, number: int) -> bool:
    """A build that is killed before it does a step for the nth time; whether it came to that."""
    seen: Counter = Counter()

    def see(one: Step) -> None:
        seen[one] += 1
        if one == step and seen[one] == number:
            os.killpg(0, signal.SIGKILL)  # and the processes in which Sphinx reads

    status, said = forked(root, watched(root, see))
    assert status in (0, -signal.SIGKILL), said
    return status != 0


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


def test_a_build_killed_at_any_file_step_leaves_one_whole_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Each kind of step in each place, at its first time and in the midst of many."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    root, number = tmp_path / "root", 1000
    for number in range(1000, 1003):  # sites enough for old ones to go
        change(root, number)
        assert publish.html(root) == 0
    number += 1
    change(root, number)
    steps = steps_of(root)
    before, outcomes = everything(root), Counter()
    for step, times in steps.items():
        for turn in {1, times // 2 + 1}:
            number += 1
            change(root, number)
            outcomes["killed"] += killed(root, step, turn)
            after, now = everything(root), shown(root)
            assert now in (shown_in(before), number), (step, turn)
            assert now == number or after == before, (step, turn)
            outcomes["old" if now != number else "new"] += 1
            before = after
    print(len(steps), "steps;", dict(outcomes))
    assert outcomes["killed"] > 25 and outcomes["old"] > 20 and outcomes["new"] > 0
    assert {("os.rename", "_build/html.new"), ("os.rename", "_build/sites/site.part"), ("open", "_build/sites/site.part")} <= {*steps}
    assert publish.html(root) == 0
    assert shown(root) == number
    fresh = tmp_path / "fresh"
    change(fresh, number)
    assert publish.html(fresh) == 0
    assert everything(fresh) == everything(root)


def shown_in(files: dict[str, bytes]) -> int:
    return int(files["index.md"].decode().split(">>> ")[1].split()[0])


def no_room() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))


def read_only() -> None:
    sandbox.writes("/dev/shm")


@pytest.mark.parametrize(
    ("before", "word"),
    [
        pytest.param(no_room, "File too large", id="no room"),
        pytest.param(
            read_only,
            "Permission denied",
            id="read only",
            marks=pytest.mark.skipif(not test_sandbox.kernel_confines(), reason="no Landlock"),
        ),
    ],
)
def test_what_cannot_be_written_leaves_the_site_as_it_was(tmp_path: Path, before: Callable[[], None], word: str):
    change(tmp_path, 1)
    assert publish.html(tmp_path) == 0
    published = everything(tmp_path)
    change(tmp_path, 2)
    status, said = forked(tmp_path, before)
    assert status == 2, said
    assert word in said, said
    assert "not published" in said and "Traceback" not in said, said
    assert everything(tmp_path) == published
    assert publish.html(tmp_path) == 0
    assert shown(tmp_path) == 2


def test_a_disk_that_fills_up_while_a_site_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    change(tmp_path, 1)
    assert publish.html(tmp_path) == 0
    before = everything(tmp_path)
    change(tmp_path, 2)
    copy, copytree, copied = publish.shutil.copy2, publish.shutil.copytree, []

    def full(source, target, **options):
        copied.append(source)
        if len(copied) > 5:
            raise OSError(28, "No space left on device", target)
        return copy(source, target, **options)

    with monkeypatch.context() as patch:
        patch.setattr(
            publish.shutil,
            "copytree",
            lambda source, target, symlinks=False, ignore=None, *_, **__: copytree(source, target, symlinks, ignore, full),
        )
        assert publish.html(tmp_path) == 2
    said = capsys.readouterr().err
    assert "No space left on device" in said and "is as it was" in said
    assert everything(tmp_path) == before
    assert publish.html(tmp_path) == 0
    assert shown(tmp_path) == 2


def test_two_builds_at_once_give_one_site(tmp_path: Path):
    change(tmp_path, 1)
    both = [build(tmp_path), build(tmp_path)]
    said = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert any("another build is at work" in text for text in said)
    assert shown(tmp_path) == 1


READING = """
import os, sys, time; from pathlib import Path; from mapping.site import collector, publish
root, look = Path(sys.argv[1]), collector.look
def slow(doctree, page, sources):
    (root / f"reading-{os.getpid()}").touch()
    while page != "index" and (root / "slow").exists():
        time.sleep(0.05)
    return look(doctree, page, sources)
collector.look = slow
sys.exit(publish.html(root))
"""


def test_readers_end_with_a_build_that_is_killed(tmp_path: Path):
    """Sphinx forks them; while they read, the build alone is killed, and the next one neither waits nor meets them."""
    more = {f"docs/more{number}.md": f"# More {number}\n" for number in range(8)}
    index = "# Mini\n\n```{toctree}\nreference/index\n" + "".join(f"more{number}\n" for number in range(8)) + "```\n"
    root = mini.write(tmp_path, {"docs/index.md": index, "slow": "", **more})
    process = build(root, READING)
    while len(readers := [int(path.name.partition("-")[2]) for path in root.glob("reading-*")]) < 2:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    assert process.pid not in readers
    process.kill()
    process.communicate()
    again = build(root)
    out, err = again.communicate(timeout=100)
    assert again.returncode == 0 and "waiting" not in out, (out, err)
    assert not any(map(test_hostile.alive, readers))


SLOW = "# Mini\n\n```{toctree}\nreference/index\n```\n\n```pycon\n>>> 1\n2\n>>> import time; time.sleep(1000)\n```\n"
NOTED = """
import signal, sys; from pathlib import Path; import mapping.__main__ as top; from mapping.run import pool, process
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs in its background deaf to it
top.ROOT, process.TIMEOUT, note = Path(sys.argv[1]), 1000, pool.Blocks._note
def noted(*what):
    note(*what)
    (top.ROOT / "noted").touch()
pool.Blocks._note = noted
sys.exit(top.main([sys.argv[2]]))
"""


@pytest.mark.parametrize("command", ["html", "doctest"])
def test_an_interrupt_ends_at_once_with_what_was_found(tmp_path: Path, command: str):
    """Once the first failure is noted, while the next example would run for long."""
    mini.write(tmp_path, {"docs/index.md": SLOW})
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    process = build(tmp_path, NOTED.replace("sys.argv[2]", repr(command)), scratch)
    while not (tmp_path / "noted").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=100)
    assert process.returncode == 130, (out, err)
    assert "docs/index.md:8: index: G505: an integer differs" in err and "interrupted; 1 failure so far" in err, err
    assert "Traceback (most recent call last):\n  File" not in err, err
    assert [*scratch.iterdir()] == []
    assert not (tmp_path / "_build" / "html").exists()
