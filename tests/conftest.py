"""What several tests share: a worker, entries from text, and the ledger of their examples without Sphinx."""

from __future__ import annotations

import fcntl
import os
import platform
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import hypothesis
import mlx.core as mx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from mapping import __main__ as top
from mapping.dataset import model, reader
from mapping.port.known import Known
from mapping.run import blocks, needs
from mapping.run.cache import FILE, cache_of
from mapping.run.pool import Pool
from mapping.site import finding

hypothesis.settings.register_profile("fixed", derandomize=True, deadline=None, database=None)  # the same inputs in every run
hypothesis.settings.load_profile("fixed")

NAMED = os.environ.get("BROWSER", "")
CHROMIUM = next(filter(None, map(shutil.which, [NAMED] if NAMED else ["chromium", "chromium-browser", "google-chrome"])), None)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WIDE, NARROW = 1280, 390  # pixels
Open = Callable[..., Page]
ROOT = Path(__file__).resolve().parent.parent
SMALL = "rounding.toml"  # the topic of the small project: a few entries of most kinds
LEFT_OUT = (".venv", "_build", ".git", ".gpu", "__pycache__", ".pytest_cache", "reference")
MACHINES = {  # environments of some kinds of machine, as a worker there tells them
    "here": {
        "mlx": version("mlx"),
        "numpy": version("numpy"),
        "python": platform.python_version(),
        "platform": f"{platform.system()}-{platform.machine()}",
        "simd": "",
        "device": "cpu",
        "backend": "cpu",
        "device_name": "this",
        "packages": " ".join(needs.installed()),
        "virtual": "",
    },
    "linux": {
        "mlx": "1",
        "numpy": "2",
        "python": "3.11.2",
        "platform": "Linux-x86_64",
        "simd": "",
        "device": "cpu",
        "backend": "cpu",
        "device_name": "x",
        "virtual": "",
    },
    "arm64": {
        "mlx": "1",
        "numpy": "2",
        "python": "3.12.1",
        "platform": "Linux-aarch64",
        "simd": "",
        "device": "cpu",
        "backend": "cpu",
        "device_name": "x",
        "virtual": "",
    },
    "cuda": {
        "mlx": "1",
        "numpy": "2",
        "python": "3.13.0",
        "platform": "Linux-x86_64",
        "simd": "",
        "device": "gpu",
        "backend": "cuda",
        "device_name": "N",
        "virtual": "",
    },
    "mac": {
        "mlx": "1",
        "numpy": "2",
        "python": "3.14.0",
        "platform": "Darwin-arm64",
        "simd": "",
        "device": "gpu",
        "backend": "metal",
        "device_name": "M",
        "virtual": "",
    },
}
LIMITED = sys.platform == "linux" and not mx.is_available(mx.gpu)  # whether a worker's memory and files are: CONTRIBUTING says where
OTHER = "cuda" if platform.system() == "Darwin" else "metal"  # a kind of machine that this one is not


@pytest.fixture(scope="session")
def pool() -> Iterator[Pool]:
    """One worker on the CPU."""
    with Pool("cpu", 1) as workers:
        yield workers


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., tuple[model.Dataset, list[str]]]:
    """Read files of entries, given as `name="text"` or bytes; returns the dataset and the problems as text."""

    def read(**files: str | bytes) -> tuple[model.Dataset, list[str]]:
        for name, content in files.items():
            raw = content if isinstance(content, bytes) else content.encode()
            (tmp_path / f"{name}.toml").write_bytes(raw)
        dataset, problems = reader.read(tmp_path, tmp_path)
        return dataset, [str(problem) for problem in problems]

    return read


def ledger(dataset: model.Dataset) -> blocks.Ledger:
    """A scope for each example, as the pages of these entries would give."""
    scopes = []
    for entry in dataset.entries:
        for scope, case, example in entry.scopes():
            sides = [
                blocks.Block(
                    "page",
                    entry.file,
                    example.lines[side],
                    getattr(example, side),
                    "pycon",
                    id=f"{scope} {side}",
                    setup=case.defines if side == "mlx" else "",
                )
                for side in ("numpy", "mlx")
            ]
            ulp = {"ulp": example.tolerance["ulp"]} if example.tolerance else {}
            scopes.append(blocks.Scope(scope, sides, {"compare": example.compare, "shows": example.shows, **ulp}))
    return blocks.Ledger(scopes)


def toml(text: str) -> str:
    """A file of entries: a topic's head, three lines long, and then this text."""
    return '[topic]\ntitle = "Topic"\norder = 1\n' + textwrap.dedent(text).lstrip("\n")


def typed(command: str, folder: Path) -> subprocess.CompletedProcess:
    environment = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MAKELEVEL", "DEVICE", "RECORD")}
    return subprocess.run(["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


def copied(folder: Path) -> Path:
    """A copy of the tree in which the packages of this interpreter are already installed."""
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
    bin_ = folder / ".venv" / "bin"
    bin_.mkdir(parents=True)
    (bin_ / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (bin_ / "python").chmod(0o755)
    shutil.copy(folder / "requirements.lock", folder / ".venv" / "installed.lock")
    return folder


def built(folder: Path) -> Path:
    """A copy of the project, published."""
    done = typed("make html", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole project, published, to be read; what is known of it is carried along, bound to all that could change it.

    Where tests run in several processes, one of them makes it for all.
    """
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = base / "clone" / "project"
    with (base / "clone.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "_build" / "html").exists():
            copied(folder)
            if (known := ROOT / "_build" / FILE).exists():
                (folder / "_build").mkdir()
                shutil.copy(known, folder / "_build")
            built(folder)
    return folder


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with its own code, settings and commands, and one topic of its dataset, published."""
    folder = copied(tmp_path_factory.mktemp("small") / "project")
    dataset = folder / "mapping" / "dataset"
    for path in [*(dataset / "entries").glob("*.toml"), dataset / "extent.toml", dataset / "cheatsheet.toml"]:
        if path.name != SMALL:
            path.unlink()
    for path in [folder / "docs" / "guide", folder / "docs" / "project"]:
        shutil.rmtree(path)
    (folder / "docs" / "index.md").write_text("# Small\n\n```{toctree}\nreference/index\n```\n")
    deviations, entries = (dataset / "machines.toml").read_text(), (dataset / "entries" / SMALL).read_text()
    own = [part for part in re.split(r"(?m)^(?=\[)", deviations) if part.partition('."')[0] in entries]
    (dataset / "machines.toml").write_text("".join(own))
    for name in ("skipped.toml", "unshown.toml"):
        (dataset / name).write_text("")
    (folder / "README.md").write_text("# Small\n")
    return built(folder)


@pytest.fixture(scope="session")
def known() -> Known:
    """The dataset's rows, as `port` asks for them."""
    return Known(finding.rows(ROOT, cache_of(ROOT), lambda: top._read()[:2]))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        started.close()


@pytest.fixture(scope="session")
def site(clone: Path) -> Path:
    return clone / "_build" / "html"


@pytest.fixture
def open_(browser: Browser, site: Path) -> Iterator[Open]:
    """Open a page of the site in a window of its own; no window may complain, or ask another host for anything."""
    windows, wrong = [], []

    def open_(page: str, width: int = WIDE, **settings: object) -> Page:
        windows.append(browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce", **settings))
        window = windows[-1].new_page()
        window.on("pageerror", lambda error: wrong.append(f"{page}: {error}"))
        window.on("console", lambda message: wrong.append(f"{page}: {message.text}") if message.type == "error" else None)
        window.on("request", lambda asked: None if asked.url.startswith("file:") else wrong.append(f"{page} asks for {asked.url}"))
        window.goto(f"{(site / page.partition('?')[0]).as_uri()}.html?{page.partition('?')[2]}")
        return window

    yield open_
    for window in windows:
        window.close()
    assert wrong == []
