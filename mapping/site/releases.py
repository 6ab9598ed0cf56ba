"""A version of MLX or NumPy goes in; an environment that has it, and what the project's claims come to in it, come out."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from ..dataset import model
from ..dataset.problems import Problems, Refused
from ..dataset.releases import FILE, Releases
from ..facts import lookup, outcomes, releases, rules
from ..run import blocks
from ..run.pool import Pool
from ..run.process import RunError
from ..run.record import counted
from . import commands, doctest, gate
from .machines import LeftOut, call, follow, tell

FIRST = {"mlx": (0, 26, 5), "numpy": (2, 0, 0)}  # the oldest releases that are run
SPACES = (*lookup.PLACES, "mlx.core.fast", "mlx.core.metal", "mlx.core.cuda", "mlx.core.distributed")
PATIENCE = 0.25  # of what is waited elsewhere: old releases hang in many calls
PUBLIC = re.compile(r"(?!_)|__\w+__$")  # last parts of names
PARTS = {"linux": "mlx-cpu", "darwin": "mlx-metal"}  # the package that holds MLX's code


@contextmanager
def environment(folder: Path, mlx: str, numpy: str) -> Iterator[str]:
    """The interpreter of an environment with these versions, which goes afterwards. Raises LeftOut."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        call(sys.executable, "-m", "venv", "--without-pip", folder)
        python = folder / "bin" / "python"
        quiet = ("--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:")
        packages = [f"mlx=={mlx}", f"{PARTS[sys.platform]}=={mlx}", f"numpy=={numpy}"]
        call(sys.executable, "-m", "pip", "--python", python, "install", *quiet, *packages)
        yield str(python)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def published(package: str, newest: str) -> list[str]:
    """The releases up to `newest` that have a wheel for this machine and Python, oldest first; of NumPy's the last of each series.
    Raises Refused."""
    name = PARTS[sys.platform] if package == "mlx" else package
    done = subprocess.run([sys.executable, "-m", "pip", "index", "versions", name], capture_output=True, text=True)
    listed = re.search(r"(?m)^Available versions: (.*)$", done.stdout)
    if not listed:
        raise Refused(f"pip does not tell which releases of {name} there are: {done.stderr.strip()[-300:]}", 2)
    found = {_number(one): one for one in listed[1].split(", ") if re.fullmatch(r"[\d.]+", one)}
    ordered = [number for number in sorted(found) if FIRST[package] <= number <= _number(newest)]
    if package == "numpy":
        ordered = list({number[:2]: number for number in ordered}.values())
    return [found[number] for number in ordered]


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def record(root: Path, again: bool = False) -> int:
    """Run every release that the file lacks, or all of them `again`, and write the file; returns an exit status."""
    try:
        with commands.alone(root / "_build"):
            dataset, facts, ledger, problems = doctest.collected(root, "") or doctest.collect(root, "")
            if problems:
                raise Refused(str(Problems(problems)))
            found = {
                library: _updated(root, library, Releases() if again else one, dataset, facts, ledger)
                for library, one in dataset.releases.items()
            }
            text = releases.dump(found)
            (root / "mapping" / "dataset" / FILE).write_text(text, encoding="utf-8")
    except Refused as error:
        print(error, file=sys.stderr)
        return error.status
    for library, one in found.items():
        tell(f"{library}: {len(one.versions)} releases, {one.versions[0]} to {one.versions[-1]}")
    tell(f"{FILE}: {len(text.encode()) / 1000:.0f} kB")
    return 0


def _updated(root: Path, library: str, before: Releases, dataset: model.Dataset, facts: lookup.Facts, ledger: blocks.Ledger) -> Releases:
    """What is known of a library's releases, with those that were lacking."""
    here = facts.environment
    todo = [*before.versions[-1:], *(one for one in published(library, here[library]) if one not in before.changes)]
    live = {name for name, there in facts.names.items() if there and name.startswith(library)}
    shown: dict[str, outcomes.Outcomes] = {}
    for place, version in enumerate(todo, 1):
        versions = {"mlx": here["mlx"], "numpy": here["numpy"], library: version}
        own = root / "_build" / "releases" / f"{library}-{version}"
        try:
            names = live.union(*(one.names for one in shown.values()))
            shown[version] = _run(own, versions, library, dataset, ledger, names, f"{library} {version} ({place}/{len(todo)})")
        except (LeftOut, RunError) as error:
            tell(f"left out: {library} {version}: {error}")
    if not shown or (before.versions and before.versions[-1] not in shown):
        raise Refused(f"no release of {library} could be run to compare with", 2)
    return releases.updated(library, before, shown, ledger, outcomes.calls(ledger.jobs))


def _run(
    own: Path, versions: dict[str, str], library: str, dataset: model.Dataset, ledger: blocks.Ledger, names: set[str], name: str
) -> outcomes.Outcomes:
    """What a release showed: from its file, and where that lacks something, from an environment. `names` are those of other
    releases: one that this release does not list may still be there. Raises LeftOut and RunError."""
    file = own.with_suffix(own.suffix + ".json")
    known = outcomes.Outcomes(**json.loads(file.read_text(encoding="utf-8"))) if file.exists() else outcomes.Outcomes({})
    part = outcomes.of_side(ledger, library, known)
    if not part.scopes and not part.jobs and known.environment:
        return known
    began = time.perf_counter()
    spaces = SPACES if library == "mlx" else dataset.extent.namespaces
    with environment(own, versions["mlx"], versions["numpy"]) as python, Pool(python=python, patience=PATIENCE) as pool:
        members = pool.facts([], spaces=spaces)["members"]
        facts = pool.facts(names.union(*members.values()))
        record = pool.run(part, partial(follow, name))
        steps = pool.cells(part.jobs, partial(follow, name))
    known.names = sorted(name for name, there in facts["names"].items() if there and PUBLIC.match(name.rpartition(".")[2]))
    known.parameters = {one: text for one, listed in facts["signatures"].items() if (text := outcomes.parameters(one, listed))}
    known.environment = record.environment
    outcomes.add(known, part, record, steps, library)
    known.seconds += round(time.perf_counter() - began, 1)
    file.write_text(known.dump(), encoding="utf-8")
    failed = len({failure["block"] for failure in record.failures})
    tell(f"{name}: {len(record.passed)} blocks as here, {failed} otherwise, {time.perf_counter() - began:.0f} s")
    return known


def drift(root: Path, mlx: str, numpy: str) -> int:
    """Run everything with other versions than those that are locked, and print what no longer holds; returns an exit status: 0 where
    all does, 1 where something does not, 2 where there is no such environment."""
    try:
        with commands.alone(root / "_build"):
            dataset, facts, ledger, problems = doctest.collected(root, "") or doctest.collect(root, "")
            if problems:
                raise Refused(str(Problems(problems)))
            versions = {"mlx": mlx or facts.environment["mlx"], "numpy": numpy or facts.environment["numpy"]}
            name = f"MLX {versions['mlx']}, NumPy {versions['numpy']}"
            with environment(root / "_build" / "drift", **versions) as python, Pool(python=python) as pool:
                record = pool.run(ledger, partial(follow, name), matrix=True)
                there = lookup.there(facts, dataset, pool, record)
    except (Refused, LeftOut, RunError) as error:
        print(error, file=sys.stderr)
        return 2
    wrong = sorted({*rules.check(dataset, there), *gate.unproven(dataset, there, ledger, record)})
    for problem in wrong:
        print(problem)
    new = [one for space, names in there.members.items() for one in names if one not in facts.members.get(space, [])]
    print(f"new names: {', '.join(new) or 'none'}")
    print(f"{len(wrong)} statements no longer hold; {counted(record)}")
    return 1 if wrong else 0
