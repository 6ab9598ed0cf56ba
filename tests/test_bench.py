"""The parts of `make bench`: the same blocks for every runner, and a dataset that grows."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from mapping.facts import sentences
from mapping.run import blocks
from tests import bench, keystrokes

LEDGER = blocks.Ledger(
    [
        blocks.Scope(
            "page",
            [blocks.Block("page", "a.md", 1, "x = 3", "python", id="1"), blocks.Block("page", "a.md", 4, ">>> x\n3", "pycon", id="2")],
        ),
        blocks.Scope(
            "pair",
            [
                blocks.Block("p", "b.md", 1, ">>> np.sum([1])\nnp.int64(1)", "pycon", id="3"),
                blocks.Block("p", "b.md", 3, ">>> mx.array(1)\narray(1, dtype=int32)", "pycon", id="4"),
            ],
            {},
        ),
    ]
)


@pytest.mark.parametrize(
    ("place", "command"),
    [
        ("text", ["pytest", "-q", "--doctest-glob=*.txt", "-p", "no:cacheprovider", "--rootdir=."]),
        ("sybil", ["pytest", "-q", "-p", "no:cacheprovider", "--rootdir=."]),
        ("sphinx", ["sphinx", "-q", "-b", "doctest", ".", "out"]),
    ],
)
@pytest.mark.parametrize("lie", [False, True])
def test_every_peer_runs_the_blocks(tmp_path: Path, place: str, command: list[str], lie: bool):
    bench.scopes_in_files(LEDGER, tmp_path)
    file = next(path for path in (tmp_path / place).iterdir() if "np.sum" in path.read_text())
    file.write_text(file.read_text().replace("int64(1)", "int64(2)") if lie else file.read_text())
    done = subprocess.run([sys.executable, "-m", *command], cwd=tmp_path / place, capture_output=True, text=True)
    assert (done.returncode != 0) is lie, done.stdout + done.stderr


def test_a_command_is_timed_and_weighed(tmp_path: Path):
    into = bench.Measured()
    bench.measure([sys.executable, "-c", "x = bytearray(100_000_000)"], tmp_path, into)
    assert into.time > 0 and into.peak > 95
    with pytest.raises(RuntimeError, match="so it is"):
        bench.measure([sys.executable, "-c", "raise SystemExit('so it is')"], tmp_path, into)
    bench.measure([sys.executable, "-c", "raise SystemExit(1)"], tmp_path, into, fails=True)


def test_an_entry_is_changed_each_time_and_claims_no_more(tmp_path: Path):
    path = tmp_path / "mapping" / "dataset" / "entries" / "sorting.toml"
    path.parent.mkdir(parents=True)
    path.write_text('["numpy.sort"]\nsummary = "Stable."\n')
    touch, seen = bench.touched(tmp_path), set()
    for _ in range(bench.REPEAT):
        touch()
        summary = tomllib.loads(path.read_text())["numpy.sort"]["summary"]
        assert not [*sentences.unshown(summary, sentences.shown(""), verbatim=True)]
        seen.add(summary)
    assert len(seen) == bench.REPEAT and "Stable." not in seen


def test_the_table_has_every_ratio(capsys: pytest.CaptureFixture):
    names = (
        "floor",
        "the gate's run, cold",
        "pytest --doctest-glob",
        "Sybil under pytest",
        "sphinx.ext.doctest",
        "plain sphinx-build",
        "plain sphinx-build -j 2",
        "make html, cold",
        "make html, one entry changed",
        "make html, nothing changed",
    )
    taken = {name: bench.Measured([number + 1.0], [100.0]) for number, name in enumerate(names)}
    bench.tell(taken, 7)
    bench.tell_growth({800: bench.Measured([2.0], [100.0]), 8000: bench.Measured([18.0], [150.0])})
    said = capsys.readouterr().out
    assert "2.00  the gate's run, cold: times the floor" in said
    assert "1.33  make html, cold: times the plain build" in said
    assert "9.00  8000 entries, 10.00 times as many: times the time, at most 11.00; memory 1.50" in said


def test_keystrokes_are_told_and_so_is_that_there_is_no_browser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    monkeypatch.setattr(keystrokes.shutil, "which", lambda name: None)
    keystrokes.tell(tmp_path)
    monkeypatch.setattr(keystrokes.shutil, "which", lambda name: name)
    monkeypatch.setattr(keystrokes, "taken", lambda site, chromium: [10.0, 20.0, 60.0])
    keystrokes.tell(tmp_path)
    said = capsys.readouterr().out
    assert "no Chromium: keystrokes are not measured" in said
    assert "3 keystrokes in the finder, Chromium slowed 4 times: median 20 ms, longest 60 ms; the goal is 50 ms" in said


CONF = """
extensions = ["myst_parser", "mapping.site.extension"]
myst_enable_extensions = ["colon_fence"]
html_context, html_favicon = {}, "docs/icon.svg"
"""
PAGE = """
# {entry}`numpy.sum`

{verdict}`same` {silent}`silent` {corner}`corner: NaN` {claim}`false` {absent}`mx.copy` {gone}`numpy.trapz` {own}`mlx.core.eval`
{cells}`int32: value`

```{side} numpy.sum #1 | numpy
>>> 1
```

```{records}
```
"""


def test_pages_are_built_without_the_gate_whatever_they_are_written_with(tmp_path: Path):
    root = tmp_path / "project"
    (root / "docs" / "_static").mkdir(parents=True)
    (root / "mapping").symlink_to(bench.ROOT / "mapping")
    (root / "conf.py").write_text(CONF)
    (root / "docs" / "index.md").write_text(PAGE)
    (root / "docs" / "icon.svg").write_text("<svg/>")
    done = subprocess.run([*bench.plain_build(tmp_path / "plain", root), "-n"], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0 and "WARNING" not in done.stderr, done.stdout + done.stderr
    assert "numpy.sum" in (tmp_path / "plain" / "out" / "index.html").read_text()
