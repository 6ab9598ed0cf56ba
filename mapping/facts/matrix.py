"""Jobs of the matrix go in; what all their cells showed, told per entry for rules and pages, comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ..run.cache import Cache
from ..run.calls import Job
from ..run.pool import Pool
from . import signature

SKIPPED = ("refused", "absent")  # cells that show nothing: both sides raise, or this device lacks the dtype


@dataclass
class Summary:
    """What the cells of one case showed.

    `ordinary`: kind to the first cell that showed it; `edges`: kind to the labels under which it shows, and
    `first` to the first such cell; `table`: label to the kinds seen under it, none where all agree;
    `absent`: whether this device lacks a dtype that was asked for;
    `alias`: where an alias answers otherwise; `transforms`: why `mx.compile` and `mx.grad` of it raise, nothing where they
    work; `idle`: lines that NumPy answers for no ordinary input, with what it raised; `drawn`: the most
    numbers that one call of a distribution drew.
    """

    cells: int = 0
    ordinary: dict[str, str] = field(default_factory=dict)
    edges: dict[str, list[str]] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)
    table: dict[str, list[str]] = field(default_factory=dict)
    absent: bool = False
    alias: str = ""
    transforms: dict[str, str] = field(default_factory=dict)
    idle: dict[str, str] = field(default_factory=dict)
    drawn: int = 0
    parameters: signature.Parameters | None = None


def steps(jobs: Iterable[Job], pool: Pool, cache: Cache, progress: Callable[[int, int, str], None]) -> dict[str, list[dict]]:
    """Every step of every job, run where it is not known."""
    questions = {job.name: job.data() for job in jobs}
    known = dict(zip(questions, cache.get_all("cells", questions.values())))
    todo = [question for name, question in questions.items() if known[name] is None]
    ran = pool.cells(todo, progress) if todo else {}
    cache.put("cells", ((questions[name], _lean(found)) for name, found in ran.items() if name not in pool.unkept))
    return {name: ran[name] if name in ran else known[name] for name in questions}


def _lean(steps: list[dict]) -> list[dict]:
    """Steps without what is the same in nearly all of them."""
    return [{key: value for key, value in step.items() if value not in ("", None)} for step in steps]


def summarized(job: Job, steps: list[dict]) -> Summary:
    """What the steps of a job come to."""
    found = Summary()
    busy: set[str] = set()  # lines that NumPy answered
    taken = {step["case"] for step in steps if step["what"] == "cell" and step.get("kind") not in ("unraised", *SKIPPED)}
    plain: dict[tuple[int, str], str] = {}  # line and dtype: the kind on arrays of that dtype without corners
    for step in steps:
        kind, label = step.get("kind", ""), step.get("label", "")
        if step["what"] in ("transform", "through") and kind:
            found.edges.setdefault(kind, [])
            found.first.setdefault(kind, f"{job.lines[step['line']][0]}, {step['case']}: {step.get('mlx', '')}")
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
        elif step["what"] == "length":
            _cell(found, job, step, kind, label, ordinary=False, news=True)
        elif step["what"] == "cell":
            line, found.drawn = job.lines[step["line"]][0], max(found.drawn, step.get("drawn", 0))
            if step["ordinary"] and kind not in ("unraised", *SKIPPED):
                found.idle.pop(line, None)
                busy.add(line)
            elif step["ordinary"] and line not in busy:
                found.idle.setdefault(line, step.get("numpy", ""))
            dtype = step["case"].split(" ")[0]
            # of booleans, or of arrays that NumPy does not take, it is an edge; a recipe promises NumPy's answers alone
            corner = kind == "unraised" and bool(job.recipe or dtype == "bool" or step["case"] not in taken)
            if label == dtype:
                plain.setdefault((step["line"], dtype), kind)
            news = label == dtype or plain.get((step["line"], dtype)) != kind
            _cell(found, job, step, kind, label, step["ordinary"] and not corner, news)
    return found


def _cell(found: Summary, job: Job, step: dict, kind: str, label: str, ordinary: bool, news: bool) -> None:
    """Note one cell; a corner where only that happens which happens to its dtype anyway is no news."""
    where = f"{job.lines[step['line']][0]}, {step['case']}"
    if kind == "alias":
        found.alias = found.alias or f"{where}: {step.get('numpy')} and {step.get('mlx')}"
        return
    found.absent |= kind == "absent"
    if kind in SKIPPED:
        return
    found.cells += 1
    row = found.table.setdefault(label, [])
    if not kind:
        return
    if kind not in row and news:
        row.append(kind)
    where += f": NumPy {step.get('numpy', '')}, MLX {step.get('mlx', '')}"
    if ordinary:
        found.ordinary.setdefault(kind, where)
    else:
        labels = found.edges.setdefault(kind, [])
        found.first.setdefault(kind, where)
        if label not in labels and news:
            labels.append(label)
