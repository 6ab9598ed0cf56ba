"""The project's claims go in; what every environment that can be had here shows of them comes out, as a table.

The only module that knows how to get other environments. What is fetched or made for them stays in `_build/machines`,
so that it is there the next time. What cannot be had is named, with the reason.
"""

from __future__ import annotations

import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from ..dataset import model
from ..dataset.problems import Problem, Problems, Refused
from ..facts import kept, lookup, rules
from ..facts.rules.names import on_other_machines
from ..run import blocks
from ..run.pool import Pool
from ..run.process import RunError
from ..run.record import LEVELS, Record, code_digest, load_record, machine_kinds
from . import commands, doctest, gate

PYTHONS = range(11, 15)  # minor versions
TOOLS = {
    "qemu-aarch64-static": "qemu-user-static",
    "aarch64-linux-gnu-g++": "g++-aarch64-linux-gnu",
}  # programs that arm64 needs, and Debian's packages of them
ARM64 = ("python3", "python3-pip-whl", "libstdc++6", "zlib1g")  # Debian's packages that run MLX there
PROCESSORS = {
    "NEON": "max,sve=off,pauth-impdef=on",
    "SVE": "max,pauth-impdef=on",
}  # what the emulator is: as Apple's are, or as servers are
SLOW = 10  # times as long as on a common machine, under emulation
COLUMNS = ("passed", "failed", "noise", "cells", "judged", "problems", "seconds")


class LeftOut(Exception):
    """An environment cannot be had here; the message says why."""


@dataclass
class Environment:
    """Where to run: its name, and how to get it, which returns what `run.Pool` is given, or raises LeftOut."""

    name: str
    get: Callable[[], dict]


@dataclass
class Row:
    """What an environment showed: blocks passed and failed, examples with other digits, cells of the matrix, entries judged."""

    name: str
    passed: int
    failed: int
    noise: int
    cells: int
    judged: int
    problems: list[Problem]
    seconds: float

    def __str__(self) -> str:
        return line(self.name, [self.passed, self.failed, self.noise, self.cells, self.judged, len(self.problems), f"{self.seconds:.1f}"])


@dataclass
class Table:
    """Rows of one ledger, printed as they come; `bad` are the environments that were to be had and could not be run."""

    dataset: model.Dataset
    facts: lookup.Facts
    ledger: blocks.Ledger
    rows: list[Row] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)
    kept: dict[str, Path] = field(default_factory=dict)  # by kind of machine

    def run(self, environment: Environment, root: Path | None = None) -> None:
        """Get an environment, run ledger and matrix there and judge every verdict; with a `root`, keep the record."""
        try:
            settings = environment.get()
            began = time.perf_counter()
            with Pool(**settings) as pool:
                record = pool.run(self.ledger, partial(follow, environment.name), matrix=True)
                found = lookup.there(self.facts, self.dataset, pool, record)
        except LeftOut as error:
            self.left_out.append(environment.name)
            tell(f"left out: {environment.name}: {error}")
        except RunError as error:
            self.bad.append(environment.name)
            tell(f"failed: {environment.name}: {error}")
        else:
            self.add(environment.name, record, found, rules.check(self.dataset, found), began)
            if root:
                self.keep(record, root)

    def join(self, path: Path) -> None:
        """Add what a record from elsewhere shows, if it is of this ledger and was made by this code."""
        try:
            record = load_record(path)
            if why := record.unfit(self.ledger, self.facts.asked) or "it was made with other code" * (record.code != code_digest()):
                raise ValueError(why)
        except (OSError, ValueError) as error:
            self.bad.append(str(path))
            tell(f"refused: {path}: {error}")
        else:
            where = record.environment
            name = f"{path.name}: {where['platform']}, Python {where['python']}, {where['device']}"
            self.add(name, record, lookup.of_record(self.facts, record), [], time.perf_counter() - record.seconds)

    def add(self, name: str, record: Record, found: lookup.Facts, problems: list[Problem], began: float) -> None:
        """Judge a record and show its row. Other digits are a problem on a CPU, where examples show the same to the digit."""
        problems = problems + gate.unproven(self.dataset, found, self.ledger, record)
        if record.environment["device"] == "cpu":
            problems += gate.failed(self.ledger, replace(record, failures=record.noise))
        failed = len({failure["block"] for failure in record.failures})
        cells = sum(shown.cells for shown in found.summaries.values())
        judged = sum(not on_other_machines(entry, found) for entry in self.dataset.entries)
        self.rows.append(
            Row(name, len(record.passed), failed, len(record.noise), cells, judged, sorted(set(problems)), time.perf_counter() - began)
        )
        tell(str(self.rows[-1]))

    def keep(self, record: Record, root: Path) -> None:
        """Keep the record of the last row, if all of it holds and it is the first of its kind of machine."""
        if not self.rows[-1].problems and record.kind not in self.kept:
            self.kept[record.kind] = kept.keep(record, root)
            tell(f"kept: {self.kept[record.kind]}")


def machines(root: Path, only: list[str], records: list[str], keep: bool = False) -> int:
    """Run in every environment, or those with one of the words `only` in their name; returns an exit status.

    It is 0 where all of them bear every claim out. What is asked for by a word and cannot be had is no success.
    """
    try:
        with commands.alone(root / "_build"):
            dataset, facts, ledger, problems = doctest.collected(root, "") or doctest.collect(root, "")
            if problems:
                raise Refused(str(Problems(problems)))
            environments = chosen(every(root, facts), only)
            table = Table(dataset, facts, ledger)
            print(line("environment", COLUMNS), flush=True)
            for environment in environments:
                table.run(environment, root if keep else None)
            for path in records:
                table.join(Path(path))
    except Refused as error:
        print(error, file=sys.stderr)
        return error.status
    return concluded(table, asked=bool(only))


def concluded(table: Table, asked: bool) -> int:
    """List what there is to mend and count the environments; returns an exit status."""
    wrong = [row for row in table.rows if row.problems]
    for row in wrong:
        print(f"{row.name}:\n{Problems(row.problems)}", file=sys.stderr)
    good, left_out, bad = len(table.rows) - len(wrong), len(table.left_out), len(table.bad)
    print(f"all holds on {good}, not on {len(wrong)}; {left_out} left out, {bad} failed or refused")
    return 1 if wrong or table.bad or (asked and table.left_out) else 0


def chosen(environments: list[Environment], words: Iterable[str]) -> list[Environment]:
    """Those with one of the words in their name; all, where there is no word. Raises Refused where a word is in none."""
    words = [word.casefold() for word in words]
    for word in words:
        if not any(word in one.name.casefold() for one in environments):
            raise Refused(f"no environment has `{word}` in its name: there are {', '.join(one.name for one in environments)}", 2)
    return [one for one in environments if not words or any(word in one.name.casefold() for word in words)]


def line(name: str, values: Iterable[object]) -> str:
    return f"{name:44}" + "".join(f" {value:>8}" for value in values)


def tell(text: str) -> None:
    """Print a line in place of the one that followed the run."""
    print(("\r\033[K" if sys.stdout.isatty() else "") + text, flush=True)


def follow(name: str, done: int, total: int, _: str) -> None:
    """How far a run is: one line that is rewritten on a terminal, nothing in a log."""
    if sys.stdout.isatty():
        print(f"\r\033[K{name}: {done}/{total}", end="", flush=True)


def every(root: Path, facts: lookup.Facts) -> list[Environment]:
    """Every environment that there may be, in the order in which they run."""
    folder = root / "_build" / "machines"
    found = [Environment(f"as it is, Python 3.{sys.version_info.minor}", dict)]
    if facts.environment["device"] != "cpu":
        found.append(Environment("its CPU", partial(dict, device="cpu")))
    found += [Environment(name, partial(level, facts, around)) for name, around in LEVELS.items()]
    found += [
        Environment(f"Python 3.{minor}", partial(another_python, minor, folder, locked(root)))
        for minor in PYTHONS
        if minor != sys.version_info.minor
    ]
    return found + [Environment(f"Linux arm64 with {vectors}", partial(arm64, vectors, folder, locked(root))) for vectors in PROCESSORS]


def level(facts: lookup.Facts, around: dict[str, str]) -> dict:
    """This machine, taken for an older one of its kind by variables that the libraries read."""
    kind = machine_kinds(facts.environment)[0]
    if kind != "x86-64":
        raise LeftOut(f"it is x86-64, this machine is {kind}")
    return {"around": around}


def another_python(minor: int, folder: Path, packages: str) -> dict:
    """Another version of Python, with an environment of its own for the packages."""
    python = interpreter(minor)

    def make(own: Path) -> None:
        call(python, "-m", "venv", own)
        install([own / "bin" / "python", "-m", "pip"], own, packages)

    own = folder / f"python3.{minor}"
    once(own, f"{python}\n{packages}", make)
    return {"python": str(own / "bin" / "python")}


def interpreter(minor: int) -> str:
    """A Python of this minor version, on PATH or among pyenv's. Raises LeftOut."""
    name = f"python3.{minor}"
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for path in [shutil.which(name), *sorted(pyenv.glob(f"versions/3.{minor}.[0-9]*/bin/{name}"), reverse=True)]:
        if path and subprocess.run([path, "-c", ""], capture_output=True).returncode == 0:
            return str(path)
    raise LeftOut(f"there is no {name} on PATH or among pyenv's versions")


def arm64(vectors: str, folder: Path, packages: str) -> dict:
    """Linux arm64 on an emulated processor: Debian's Python, unpacked with no script of its packages run, and the packages for it."""
    if platform.system() != "Linux":
        raise LeftOut(f"the emulator runs programs of Linux, this is {platform.system()}")
    if platform.machine() == "aarch64":
        raise LeftOut("this machine is arm64 itself")
    have_tools()
    folder = folder / "arm64"
    root, site, links, python = (folder / name for name in ("root", "site", "links", f"python-{vectors}"))
    once(root, " ".join(ARM64), unpack)
    [inner] = root.glob("usr/bin/python3.*[0-9]")
    links.mkdir(exist_ok=True)
    compiler = links / "g++"  # what MLX calls for `mx.compile`
    compiler.unlink(missing_ok=True)
    compiler.symlink_to(shutil.which("aarch64-linux-gnu-g++") or "")
    emulator = shlex.join(["-cpu", PROCESSORS[vectors], "-L", str(root), str(inner)])
    paths = f'PATH={shlex.quote(str(links))}:"$PATH" PYTHONPATH="${{PYTHONPATH:+$PYTHONPATH:}}"{shlex.quote(str(site))}'
    python.write_text(f'#!/bin/sh\nexport {paths}\nexec qemu-aarch64-static -0 "$0" {emulator} "$@"\n')  # `sys.executable` is this file
    python.chmod(0o755)
    [pip] = root.glob("usr/share/python-wheels/pip-*.whl")
    once(site, f"{inner.name}\n{packages}", lambda own: install([python, pip / "pip"], own, packages, "--target", own, "--no-compile"))
    return {"python": str(python), "patience": SLOW, "around": {"EMULATOR": "emulated"}}


def have_tools() -> None:
    """See to it that the emulator and its compiler are here; root on Debian installs what is not. Raises LeftOut."""
    lacking = [package for program, package in TOOLS.items() if not shutil.which(program)]
    if lacking and (os.geteuid() or not shutil.which("apt-get")):
        raise LeftOut(f"it needs what Debian's packages {' and '.join(lacking)} have, and only root on Debian can install them")
    if lacking:
        tell(f"installing {' and '.join(lacking)}")
        call("apt-get", "-q", "update")
        call("apt-get", "-q", "-y", "install", *lacking)


def unpack(root: Path) -> None:
    """Debian's arm64 packages, from the sources that this machine has, and all that they need, unpacked into a folder."""
    apt = root.with_name("apt")
    for place in ("state/lists/partial", "cache/archives/partial"):
        (apt / place).mkdir(parents=True, exist_ok=True)
    (apt / "status").touch()
    settings = {
        "APT::Architecture": "arm64",
        "APT::Architectures::": "arm64",
        "Dir::State": apt / "state",
        "Dir::State::status": apt / "status",
        "Dir::Cache": apt / "cache",
    }
    get = ["apt-get", "-q", "-y", *(f"-o{name}={value}" for name, value in settings.items())]
    call(*get, "update")
    call(*get, "install", "--no-install-recommends", "--download-only", *ARM64)
    for package in sorted(apt.glob("cache/archives/*.deb")):
        call("dpkg-deb", "-x", package, root)
    shutil.rmtree(apt)


def locked(root: Path) -> str:
    """What `requirements.lock` says of MLX and NumPy, hashes included: all that a worker needs."""
    text = re.sub(r"(?m)^\s*#.*\n?", "", (root / "requirements.lock").read_text(encoding="utf-8"))
    return "\n".join(one for one in re.split(r"\n(?=\S)", text) if re.match(r"(?:mlx|mlx-\w+|numpy)==", one))


def install(pip: list, own: Path, packages: str, *options: object) -> None:
    """Install locked packages, held to their hashes."""
    lock = own / "packages.lock"
    lock.write_text(packages + "\n", encoding="utf-8")
    call(
        *pip,
        "--quiet",
        "--disable-pip-version-check",
        "install",
        "--no-deps",
        "--only-binary=:all:",
        "--require-hashes",
        "-r",
        lock,
        *options,
    )


def once(folder: Path, key: str, make: Callable[[Path], None]) -> None:
    """Have `make` fill a folder, unless it has filled it under the same key before."""
    mark = folder / "made-of"
    if not mark.is_file() or mark.read_text(encoding="utf-8") != key:
        tell(f"making {folder.parent.name}/{folder.name} (once)")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        make(folder)
        mark.write_text(key, encoding="utf-8")


def call(*command: object) -> None:
    """Run a command to its end. Raises LeftOut with the last thing that it said, where it fails."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    )
    if done.returncode:
        said = done.stdout.strip().split("\n")[-1]
        raise LeftOut(f"`{Path(words[0]).name}` ended with status {done.returncode}: {said}")
