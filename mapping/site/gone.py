"""NumPy's releases go in; the names that the installed one no longer has come out, in `gone.toml`.

A command of its own, not part of a build: each release is installed in an environment that stays in `_build/machines`.
What replaced a name is taken from NumPy's own words where it has some, and a person's where not: neither is written anew.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from ..dataset import model, reader
from ..dataset.problems import Problems, Refused
from . import commands
from .machines import LeftOut, call, interpreter, once

RELEASES = {8: ("1.20", "1.21", "1.22", "1.23", "1.24"), 9: ("1.25", "1.26", "2.0"), 10: ("2.1", "2.2"), 11: ("2.3",)}  # by Python's
FILE = f"mapping/dataset/{model.GONE}"
HEAD = """# Names that NumPy had in 1.20 or later and that the installed one lacks. `make gone` adds them and writes `removed`, the first
# release without; what stands under `instead` it leaves alone. That each name is gone is asked whenever the site is built.
"""
SAID = re.compile(r"^`[\w.]+` was removed \w+ the (?:NumPy \d\.\d release|ndarray class in NumPy \d\.\d)\. *")


def gone(root: Path) -> int:
    """Ask every release and write the file; returns an exit status."""
    path = root / FILE
    with commands.alone(root / "_build"):
        dataset, problems = reader.read(root / "mapping" / "dataset" / "entries", root)
        if problems:
            raise Refused(str(Problems(problems)))
        try:
            told = asked(environments(root / "_build" / "machines"), root, dataset.extent.namespaces)
        except LeftOut as error:
            raise Refused(f"not every release can be asked: {error}", 2) from None
    known = {one.name: one.instead for one in dataset.gone}
    tables = [
        f'\n["{name}"]\nremoved = "{removed}"\ninstead = {json.dumps(known.get(name) or words(told, name))}\n'
        for name, removed in lost(told).items()
    ]
    path.write_text(HEAD + "".join(tables), encoding="utf-8")
    print(f"{len(tables)} names in {FILE}, {len(lost(told).keys() - known.keys())} of them new; review the change")
    return 0


def environments(folder: Path) -> list[str]:
    """A Python for each release, the oldest first, this one last. Raises LeftOut."""
    found = []
    for minor, releases in RELEASES.items():
        for release in releases:
            own, python = folder / f"numpy{release}", interpreter(minor)

            def make(own: Path, python: str = python, release: str = release) -> None:
                call(python, "-m", "venv", own)
                call(
                    own / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", f"numpy=={release}.*"
                )

            once(own, python, make)
            found.append(str(own / "bin" / "python"))
    return [*found, sys.executable]


def asked(pythons: list[str], root: Path, spaces: list[str]) -> list[dict]:
    """What each release says of its names and of all that came before: one may be there and not be listed. Raises LeftOut."""
    told: list[dict] = []
    known: dict[str, set[str]] = {space: set() for space in spaces}
    for python in pythons:
        told.append(ask(python, root, {space: sorted(names) for space, names in known.items()}))
        for name, (there, _) in told[-1]["names"].items():
            space, _, last = name.rpartition(".")
            known[space] |= {last} if there else set()
    return told


def ask(python: str, root: Path, names: dict[str, list[str]]) -> dict:
    """What the NumPy of a Python has, and says of what it loses. Raises LeftOut."""
    done = subprocess.run([python, "-m", "mapping.worker.former"], cwd=root, input=json.dumps(names), capture_output=True, text=True)
    if done.returncode:
        raise LeftOut(f"{python}: {done.stderr.strip()}")
    answer: dict = json.loads(done.stdout)
    return answer


def lost(told: list[dict]) -> dict[str, str]:
    """The names that the last release lacks and an earlier one had, each with the first release without it."""
    last = {name: place for place, one in enumerate(told) for name, (there, _) in one["names"].items() if there}
    return {name: told[place + 1]["release"] for name, place in sorted(last.items()) if place + 1 < len(told)}


def words(told: list[dict], name: str) -> str:
    """What NumPy's newest release that speaks of a name says, without what the table tells anyway."""
    said = [one["names"][name][1] for one in told if one["names"].get(name, ("", ""))[1]]
    return SAID.sub("", said[-1]).replace("``", "`").strip() if said else ""
