"""`make bench`: how long the gate takes, as ratios measured side by side in one run.

The floor is one process that imports both libraries and `exec`s the same blocks; the plain build is Sphinx
on the same pages with this project's roles and directive, and no gate. Medians of REPEAT runs, taken in turn.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mapping import blocks

ROOT = Path(__file__).resolve().parent.parent
REPEAT = 5

FLOOR = """
import contextlib, io, pathlib, sys
import mlx.core as mx, numpy as np
sys.path.insert(0, sys.argv[1])
from mapping import blocks
with contextlib.redirect_stdout(io.StringIO()):
    for scope in blocks.load(pathlib.Path(sys.argv[2])).scopes:
        names = {"np": np, "mx": mx}
        for block in scope.blocks:
            if block.kind not in ("doctest", "script"):
                continue
            for example in blocks.parse(block.text) if block.kind == "doctest" else [blocks.Example(block.text, "", 0)]:
                try:
                    exec(compile(example.source, "<floor>", "single" if block.kind == "doctest" else "exec"), names)
                except BaseException:
                    pass
"""

PLAIN = """
import sys
sys.path.insert(0, {root!r})
__file__ = {conf!r}
exec(open(__file__).read().replace('"mapping.render"', '"plain"'))
templates_path, html_static_path = [{templates!r}], [{static!r}]
sys.path.insert(0, {folder!r})
html_context["verified"] = "nothing"
"""

PLAIN_EXTENSION = """
from mapping import render

def no_kinds(app):
    app.env.mapping_kinds = {}

def setup(app):
    for role in ("verdict", "silent", "claim"):
        app.add_role(role, render.VerdictRole())
    app.add_role("absent", render.AbsentRole())
    app.add_role("entry", render.EntryRole())
    app.add_directive("side", render.SideDirective)
    app.add_transform(render.EntrySections)
    app.connect("builder-inited", no_kinds)
    return {"parallel_read_safe": True}
"""


def seconds(command: list[str], fresh: Path | None = None, where: Path = ROOT) -> float:
    """How long a command takes, in the folder `where`, with the folder `fresh` removed. Raises when it fails."""
    if fresh:
        shutil.rmtree(fresh, ignore_errors=True)
    began = time.perf_counter()
    subprocess.run(command, cwd=where, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def plain_build(folder: Path) -> list[str]:
    """The command of a build of the same pages without the gate."""
    conf = PLAIN.format(root=str(ROOT), conf=str(ROOT / "conf.py"), templates=str(ROOT / "docs/_templates"), static=str(ROOT / "docs/_static"), folder=str(folder))
    (folder / "conf.py").write_text(conf)
    (folder / "plain.py").write_text(PLAIN_EXTENSION)
    return [sys.executable, "-m", "sphinx", "-q", "-E", "-c", str(folder), "docs", str(folder / "out")]


def main() -> None:
    """Measure all in turn and print one table."""
    html = [sys.executable, "-m", "mapping", "html"]
    site, work = ROOT / "_build" / "sites", ROOT / "_build" / "work"
    seconds(html)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ledger = ROOT / "_build" / "html" / "ledger.json"
        (folder / "floor.py").write_text(FLOOR)
        commands = {
            "floor: exec of the same blocks": ([sys.executable, str(folder / "floor.py"), str(ROOT), str(ledger)], None),
            "the gate's run, cold": ([sys.executable, "-m", "mapping.run", str(ledger), str(folder / "record.json")], None),
            "plain sphinx-build": (plain_build(folder), folder / "out"),
            "make html, cold": (html, work),
            "make html, nothing changed": (html, None),
        }
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(REPEAT):
            for name, (command, fresh) in commands.items():
                if fresh == work:
                    shutil.rmtree(site, ignore_errors=True)
                taken[name].append(seconds(command, fresh, folder if name.startswith("floor") else ROOT))
    middle = {name: statistics.median(times) for name, times in taken.items()}
    floor, gate, plain, cold, still = middle.values()
    for name, value in middle.items():
        print(f"{value:7.2f} s  {name}")
    print(f"{len(blocks.load(ledger).blocks)} blocks")
    print(f"the gate's run is {gate / floor:.2f} times the floor; 3 times the floor plus 1 s would be {3 * floor + 1:.2f} s")
    print(f"a cold build is {cold / plain:.2f} times the plain one; one with nothing changed takes {still:.2f} s")


if __name__ == "__main__":
    main()
