"""`make bench`: how long the gate takes and how much memory, as ratios measured side by side in one run.

The floor is one process that imports both libraries and `exec`s the same blocks. The peers run the same blocks,
written for each in the form that it reads: an example's sides and a page's blocks each in a file of their own. The
plain build is Sphinx on the same pages with this project's roles and directive, and no gate. Growth is measured on
copies of the project with about 2, 5 and 10 times the entries. Medians of REPEAT runs, taken in turn; growth is measured once.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from mapping.run import blocks
from mapping.run.cache import FILE
from mapping.site import export

from . import keystrokes
from .conftest import LEFT_OUT, ROOT
from .grow import grow

REPEAT = 3
GROWTH = (1, 2, 5, 10)
SITE = ROOT / "_build" / "html"
HTML = [sys.executable, "-m", "mapping", "html"]

FLOOR = """
import contextlib, io, pathlib, sys
import mlx.core as mx, numpy as np
sys.path.insert(0, sys.argv[1])
from mapping.run import blocks
with contextlib.redirect_stdout(io.StringIO()):
    for scope in blocks.load(pathlib.Path(sys.argv[2])).scopes:
        names = {"np": np, "mx": mx, "__name__": "__main__"}
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
exec(open(__file__).read().replace('"mapping.site.extension"', '"plain"'))
templates_path, html_static_path = [{templates!r}], [{static!r}]
html_favicon = {root!r} + "/" + html_favicon
sys.path.insert(0, {folder!r})
html_context["verified"] = "nothing"
"""

PLAIN_EXTENSION = """
from docutils import nodes
from mapping.site import records, roles

def know_nothing(app):
    app.env.mapping_kinds = app.env.mapping_verdicts = {}

def skip(writer, node):
    raise nodes.SkipNode

def setup(app):
    roles.register(app)
    app.add_node(records.Records, html=(skip, None))
    app.connect("builder-inited", know_nothing)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
"""

SYBIL = """
from sybil import Sybil
from sybil.parsers.myst import PythonCodeBlockParser
from sybil.parsers.rest import DocTestParser
pytest_collect_file = Sybil(parsers=[DocTestParser()], pattern="*.md").pytest()
"""
IMPORTS = ">>> import numpy as np; import mlx.core as mx"


@dataclass
class Measured:
    """What a command took: seconds and peak memory (MB) of each run."""

    seconds: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)

    @property
    def time(self) -> float:
        return statistics.median(self.seconds)

    @property
    def peak(self) -> float:
        return max(self.memory)


def measure(command: list[str], where: Path, into: Measured, fails: bool = False, before: Callable[[], None] = lambda: None) -> None:
    """Run a command once, after `before`. Raises RuntimeError with what it said last when it fails, unless it may."""
    before()
    with tempfile.TemporaryDirectory() as scratch:
        environment = os.environ | {"TMPDIR": scratch}  # where MLX keeps compiled kernels: each run compiles its own
        began = time.perf_counter()
        with open(Path(scratch) / "said", "w+b") as said:
            process = subprocess.Popen(command, cwd=where, env=environment, stdout=said, stderr=said)
            _, status, used = os.wait4(process.pid, 0)
            into.seconds.append(time.perf_counter() - began)
            said.seek(0)
            last = said.read().decode(errors="replace")[-2000:]
    into.memory.append(used.ru_maxrss / (1 << (20 if sys.platform == "darwin" else 10)))  # a Mac tells bytes
    if status and not fails:
        raise RuntimeError(f"{' '.join(command)} failed in {where}:\n{last}")


def scopes_in_files(ledger: blocks.Ledger, folder: Path) -> None:
    """Each namespace of the ledger in a file of its own, in the form that each peer reads."""
    pages = {"text": ("txt", "{}\n"), "sybil": ("md", "{}\n"), "sphinx": ("rst", "P\n=\n\n.. doctest::\n\n   {}\n")}
    for place, (end, template) in pages.items():
        (folder / place).mkdir()
        for number, scope in enumerate(ledger.scopes):
            sides = [[block] for block in scope.blocks] if scope.pair is not None else [scope.blocks]
            for side, own in enumerate(sides):
                texts = [prompted(block) for block in own if block.kind in blocks.RUNNABLE]
                text = "\n\n".join([IMPORTS, *texts])
                if place == "sphinx":
                    text = text.replace("\n\n", "\n").replace("\n", "\n   ")
                (folder / place / f"s{number}_{side}.{end}").write_text(template.format(text), encoding="utf-8")
    (folder / "sybil" / "conftest.py").write_text(SYBIL)
    (folder / "sphinx" / "conf.py").write_text('extensions = ["sphinx.ext.doctest"]\nroot_doc = "s0_0"\n')


def prompted(block: blocks.Block) -> str:
    """A block as a doctest, a script too."""
    if block.kind == "doctest":
        return block.text
    return f">>> exec({block.text!r}, globals())"


def plain_build(folder: Path, root: Path) -> list[str]:
    """The command of a build of the same pages without the gate."""
    folder.mkdir(exist_ok=True)
    conf = PLAIN.format(
        root=str(root),
        conf=str(root / "conf.py"),
        templates=str(root / "docs/_templates"),
        static=str(root / "docs/_static"),
        folder=str(folder),
    )
    (folder / "conf.py").write_text(conf)
    (folder / "plain.py").write_text(PLAIN_EXTENSION)
    return [sys.executable, "-m", "sphinx", "-q", "-E", "-c", str(folder), "docs", str(folder / "out")]


def copy(folder: Path) -> Path:
    """A copy of the project, what was probed with it."""
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (folder / "_build").mkdir()
    shutil.copy(ROOT / "_build" / FILE, folder / "_build")
    return folder


def cold(root: Path) -> None:
    """Take away all that was built and run, and leave what was probed."""
    for path in (root / "_build").iterdir():
        if path.name != FILE:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    with contextlib.closing(sqlite3.connect(root / "_build" / FILE)) as known, known:
        known.execute("DELETE FROM answers WHERE kind IN ('scope', 'page', 'ledger')")


def touched(root: Path) -> Callable[[], None]:
    """Change one entry's summary each time that this is called."""
    path, times = root / "mapping" / "dataset" / "entries" / "sorting.toml", itertools.count(1)
    before = path.read_text(encoding="utf-8")

    def touch() -> None:
        path.write_text(re.sub(r'(?m)^summary = "', f'summary = "{"Again: " * next(times)}', before, count=1), encoding="utf-8")

    return touch


def main() -> int:
    """Measure all in turn, and print each table, and how fast the finder is, when it is there."""
    if not (SITE / export.RECORD).exists():
        print("no published site: run `make html` first", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ledger = replace(blocks.load(SITE / "ledger.json"), jobs=[])  # the matrix has no peer
        (folder / "ledger.json").write_text(ledger.dump())
        (folder / "floor.py").write_text(FLOOR)
        scopes_in_files(ledger, folder)
        tell(run_side_by_side(folder), sum(block.kind in blocks.RUNNABLE for block in ledger.blocks))
        keystrokes.tell(SITE)
        tell_growth(growth(folder))
    return 0


def run_side_by_side(folder: Path) -> dict[str, Measured]:
    """The floor, the gate and its peers on the same blocks; builds of the same pages."""
    root = copy(folder / "project")
    ledger, python = str(folder / "ledger.json"), [sys.executable, "-m"]
    plain = plain_build(folder / "plain", root)

    def anew() -> None:
        shutil.rmtree(folder / "plain" / "out", ignore_errors=True)

    commands: dict[str, tuple] = {
        "floor: exec of the same blocks": ([sys.executable, str(folder / "floor.py"), str(ROOT), ledger], folder, False, None),
        "the gate's run, cold": ([*python, "mapping.run", ledger, str(folder / "record.json")], root, False, None),
        "pytest --doctest-glob": (
            [*python, "pytest", "-q", "--doctest-glob=*.txt", "-p", "no:cacheprovider", "--rootdir=.", "."],
            folder / "text",
            True,
            None,
        ),
        "Sybil under pytest": ([*python, "pytest", "-q", "-p", "no:cacheprovider", "--rootdir=.", "."], folder / "sybil", True, None),
        "sphinx.ext.doctest": (
            [*python, "sphinx", "-q", "-E", "-b", "doctest", ".", str(folder / "doctested")],
            folder / "sphinx",
            True,
            None,
        ),
        "plain sphinx-build": (plain, root, False, anew),
        "plain sphinx-build -j 2": ([*plain, "-j", "2"], root, False, anew),
        "make html, cold": (HTML, root, False, lambda: cold(root)),
        "make html, one entry changed": (HTML, root, False, touched(root)),
        "make html, nothing changed": (HTML, root, False, None),
    }
    measure(HTML, root, Measured())  # pages must be there for the plain build
    taken = {name: Measured() for name in commands}
    for turn in range(REPEAT):
        print(f"turn {turn + 1} of {REPEAT}", flush=True)
        for name, (command, where, fails, before) in commands.items():
            measure(command, where, taken[name], fails, before or (lambda: None))
    return taken


def growth(folder: Path) -> dict[int, Measured]:
    """Cold builds of ever more entries, by their number; what is to be probed is probed by a build before."""
    found = {}
    for times in GROWTH:
        root = copy(folder / f"times{times}")
        count = grow(root, times)
        print(f"{count} entries", flush=True)
        found[count] = Measured()
        measure(HTML, root, Measured())
        measure(HTML, root, found[count], before=lambda: cold(root))
        shutil.rmtree(root)
    return found


def tell(taken: dict[str, Measured], ran: int) -> None:
    """Times, memory and ratios, each beside its limit."""
    floor, gate, glob, sybil, doctest, plain, both, built, changed, still = taken.values()
    limits = {
        "the gate's run, cold": (
            gate.time / floor.time,
            f"times the floor; 3 times and 1 s would be {(3 * floor.time + 1) / floor.time:.2f}",
        ),
        "pytest --doctest-glob": (glob.time / gate.time, "times the gate's run"),
        "Sybil under pytest": (sybil.time / gate.time, "times the gate's run, at least 1"),
        "sphinx.ext.doctest": (doctest.time / gate.time, "times the gate's run, at least 1"),
        "plain sphinx-build -j 2": (both.time / plain.time, "times the plain build"),
        "make html, cold": (built.time / plain.time, "times the plain build, at most 1.3"),
        "make html, one entry changed": (changed.time / built.time, "of the cold build, at most 0.25"),
        "make html, nothing changed": (still.time, "s, at most 2"),
    }
    print(f"\n{ran} blocks\n   time     peak   ratio")
    for name, one in taken.items():
        ratio, words = limits.get(name, ("", ""))
        print(
            f"{one.time:6.2f} s {one.peak:5.0f} MB {f'{ratio:6.2f}' if words else '      '}  {name}{f': {words}' if words else ''}",
            flush=True,
        )


def tell_growth(grown: dict[int, Measured]) -> None:
    """What ever more entries take, beside what as many times the first would."""
    few, first = next(iter(grown.items()))
    for count, one in grown.items():
        times = count / few
        told = f"{count} entries, {times:.2f} times as many: times the time, at most {1.1 * times:.2f}; memory {one.peak / first.peak:.2f}"
        print(f"{one.time:6.2f} s {one.peak:5.0f} MB {one.time / first.time:6.2f}  {told}")


if __name__ == "__main__":
    raise SystemExit(main())
