"""Jobs of the matrix go in; what all their cells showed, told per entry for rules and pages, comes out.

What was shown is kept in a file, each job bound to all that could change it: its calls, the code that runs
them, both libraries, platform and device.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from . import kept, run, signature
from .calls import Job

COMPARED = ("refused", "unheard", "absent")  # steps in which nothing is compared


@dataclass
class Shown:
    """What the cells of one case showed.

    `ordinary`: kind to the first cell that showed it; `edges`: kind to the labels under which it shows, and
    `first` to the first such cell; `table`: label to the kinds seen under it, none where all agree;
    `unheard`: labels under which NumPy raises and MLX answers; `absent`: whether this device lacks a dtype that was asked for; `alias`: where an alias answers otherwise;
    `transforms`: why `mx.compile` and `mx.grad` of it raise, nothing where they work; `idle`: lines that NumPy answers for no ordinary input, with what it raised.
    """

    cells: int = 0
    ordinary: dict[str, str] = field(default_factory=dict)
    edges: dict[str, list[str]] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)
    table: dict[str, list[str]] = field(default_factory=dict)
    unheard: list[str] = field(default_factory=list)
    absent: bool = False
    alias: str = ""
    transforms: dict[str, str] = field(default_factory=dict)
    idle: dict[str, str] = field(default_factory=dict)
    parameters: signature.Parameters | None = None


def steps(jobs: Iterable[Job], pool: run.Pool, cache: Path | None, installed: dict[str, str], progress: Callable) -> dict[str, list[dict]]:
    """Every step of every job, run anew where something has changed."""
    jobs, around = list(jobs), bound(installed, pool.device)
    before = _steps(kept.load(cache))
    keys = {job.name: hashlib.sha256(f"{around}{json.dumps(job.data(), sort_keys=True)}".encode()).hexdigest() for job in jobs}
    todo = [job.data() for job in jobs if before.get(job.name, {}).get("key") != keys[job.name]]
    ran = pool.cells(todo, progress) if todo else {}
    found = {name: ran[name] if name in ran else before[name]["steps"] for name in keys}
    if ran or set(before) - set(keys):
        kept.save(cache, {name: {"key": keys[name], "steps": _lean(found[name])} for name in keys})
    return found


def bound(installed: dict[str, str], device: str) -> str:
    """A digest of all that could change what a worker answers, but for what it is asked."""
    return hashlib.sha256(json.dumps([installed, device, run.code()], sort_keys=True).encode()).hexdigest()


def _lean(steps: list[dict]) -> list[dict]:
    """Steps without what is the same in nearly all of them."""
    return [{key: value for key, value in step.items() if value not in ("", None)} for step in steps]


def _steps(whole: dict) -> dict[str, dict]:
    return {name: one for name, one in whole.items() if isinstance(one, dict) and isinstance(one.get("steps"), list)}


def shown(job: Job, steps: list[dict]) -> Shown:
    """What the steps of a job come to."""
    found = Shown()
    busy: set[str] = set()  # lines that NumPy answered
    plain: dict[tuple[int, str], str] = {}  # line and dtype: the kind on arrays of that dtype without corners
    for step in steps:
        kind, label = step.get("kind", ""), step.get("label", "")
        if step["what"] in ("transform", "through") and kind:
            found.edges.setdefault(kind, [])
            found.first.setdefault(kind, f"{job.lines[step['line']][0]}, {step['case']}: {step.get('theirs', '')}")
        elif step["what"] == "transform":
            found.transforms = step.get("shown", {})
        elif step["what"] == "through":
            for one in step.get("shown", []):
                where = f"{job.lines[step['line']][0]}, {step['case']}"
                if one == "aliasing" or job.recipe:
                    found.edges.setdefault(one, [])
                    found.first.setdefault(one, where)
                else:
                    found.ordinary.setdefault(one, where)
        elif step["what"] == "cell":
            line = job.lines[step["line"]][0]
            if step["ordinary"] and kind not in COMPARED:
                found.idle.pop(line, None)
                busy.add(line)
            elif step["ordinary"] and line not in busy:
                found.idle.setdefault(line, step.get("ours", ""))
            dtype = step["case"].split(" ")[0]
            if label == dtype:
                plain.setdefault((step["line"], dtype), kind)
            _cell(found, job, step, kind, label, news=label == dtype or plain.get((step["line"], dtype)) != kind)
    return found


def _cell(found: Shown, job: Job, step: dict, kind: str, label: str, news: bool) -> None:
    """Note one cell; a corner where only that happens which happens to its dtype anyway is no news."""
    where = f"{job.lines[step['line']][0]}, {step['case']}"
    if kind == "alias":
        found.alias = found.alias or f"{where}: {step.get('ours')} and {step.get('theirs')}"
        return
    if kind == "unheard" and news and label not in found.unheard:
        found.unheard.append(label)
    found.absent |= kind == "absent"
    if kind in COMPARED:
        return
    found.cells += 1
    row = found.table.setdefault(label, [])
    if not kind:
        return
    if kind not in row and news:
        row.append(kind)
    where += f": NumPy {step.get('ours', '')}, MLX {step.get('theirs', '')}"
    if step["ordinary"]:
        found.ordinary.setdefault(kind, where)
    else:
        labels = found.edges.setdefault(kind, [])
        found.first.setdefault(kind, where)
        if label not in labels and news:
            labels.append(label)
