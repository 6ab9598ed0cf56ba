"""The records that publishing asks for go in; the site, built from them without a run, comes out, or every reason why not."""

from __future__ import annotations

import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..dataset.problems import Refused
from ..run.record import Record, load_record, number_of
from . import commands, extension
from . import publish as site
from .records import MACHINES

ASKED = ("darwin-arm64-metal", "darwin-arm64-cpu", "linux-x86-64-cpu")  # the site speaks of the first
CARRIER = "linux-x86-64-cpu"  # whose record holds what pages are made from
FOLDER = "records"  # of the site, so that readers can hold them against their attestation


def publish(root: Path, paths: list[str], into: str = "", attestation: str = "") -> int:
    """Build and publish from these records, and run nothing; returns an exit status. One that is not as it should be stops it."""
    try:
        found, wrong = taken(paths)
        wrong += [f"{into}: there is something already"] if into and Path(into).exists() else []
        if wrong:
            raise Refused("\n".join(wrong))
        ordered = [found[kind] for kind in ASKED]
        work = root / "_build" / "work" / "publish"
        with commands.alone(root / "_build"):
            shutil.rmtree(work, ignore_errors=True)
            settings: dict[str, Any] = {"mapping_records": ordered, "mapping_runs": False, "mapping_attestation": attestation}
            app = extension.build_site(root, work / "html", work / "doctrees", progress=commands.progress, **settings)
            if app.statuscode:
                raise Refused("the records do not bear the site out", app.statuscode)
            (work / "html" / FOLDER).mkdir()
            for kind, path in found.items():
                shutil.copyfile(path, work / "html" / FOLDER / f"{kind}.json")
            key = commands.fingerprint(root, "", ordered[0])
            place = shutil.copytree(work / "html", into) if into else site.publish(work / "html", root / "_build", key[:16])
    except Refused as error:
        print(f"{error}\nnot published", file=sys.stderr)
        return error.status
    except OSError as error:
        print(f"cannot write or read: {error}\nnot published", file=sys.stderr)
        return 2
    print(f"published from {number_of(len(found), 'record')}: {place}")
    return 0


def taken(paths: list[str]) -> tuple[dict[str, str], list[str]]:
    """The files by the kind of their machine, and every reason for which nothing can be published, before anything is built."""
    records: dict[str, Record] = {}
    found: dict[str, str] = {}
    wrong = []
    for path in paths:
        try:
            record = load_record(Path(path))
        except (OSError, ValueError) as error:
            wrong.append(str(error))
            continue
        if record.kind not in ASKED:
            wrong.append(f"{path}: it is of {MACHINES.get(record.kind, record.kind)}, which publishing does not ask for")
        elif record.kind in found:
            wrong.append(f"{path}: {found[record.kind]} is of {MACHINES[record.kind]} too")
        else:
            records[record.kind], found[record.kind] = record, path
    wrong += [f"there is no record of {MACHINES[kind]}" for kind in ASKED if kind not in found]
    here = {name: version(name) for name in ("mlx", "numpy")}
    first = next(iter(records.values()), None)
    for kind, record in records.items():
        stale = record.unlike(here)
        other = f"it is of another ledger than {found[next(iter(found))]}" if first and record.ledger != first.ledger else ""
        failed = {failure["block"] for failure in record.failures}
        lost = f"{number_of(len(failed), 'block')} failed there" if failed else ""
        bare = "it does not carry what pages are made from: write it with `make doctest RECORD=...`" if kind == CARRIER else ""
        wrong += [f"{found[kind]}: {why}" for why in (stale, other, lost, "" if record.facts else bare) if why]
    return found, wrong
