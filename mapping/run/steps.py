"""Steps of the matrix go in; what they showed, short enough to be kept, comes out, and back. Standard library alone.

Which call each step makes with which inputs is the same on every machine: of that a digest is kept. Steps after each other that
showed the same are kept once, with their number, and both answers with the first step of its kind.
"""

from __future__ import annotations

import hashlib
import json

PLAN = ("step", "what", "line", "case", "label")  # of a step: what was asked
ANSWERS = ("numpy", "mlx")
SHAPE = {
    "times?": int,
    "ordinary?": bool,
    "kind?": str,
    "numpy?": str,
    "mlx?": str,
    "shown?": ([str], {str: str}),
}  # of what steps after each other showed


def shortened(job: dict, steps: list[dict]) -> dict:
    """What a job was asked, as a digest, and what its steps showed."""
    runs: list[dict] = []
    told = set()
    for step in steps:
        shown = {key: value for key, value in step.items() if key not in (*PLAN, "narrow") and value}
        kind = (step["what"], step.get("kind", ""), step.get("ordinary", False))
        if kind in told:
            shown = {key: value for key, value in shown.items() if key not in ANSWERS}
        told.add(kind)
        if runs and {**shown, "times": 0} == {**runs[-1], "times": 0}:
            runs[-1]["times"] = runs[-1].get("times", 1) + 1
        else:
            runs.append(shown)
    return {"asked": asked(job, steps), "shown": runs}


def asked(job: dict, steps: list[dict]) -> str:
    """A digest of a job and of what its steps ask."""
    plan = [[step.get(key, "") for key in PLAN[1:]] for step in steps]
    return hashlib.sha256(json.dumps([job, plan], sort_keys=True).encode()).hexdigest()[:12]


def whole(short: dict | None, job: dict, plan: list[dict]) -> list[dict]:
    """The steps again; `plan` are this job's steps on any machine. Raises ValueError where they are others, or not all."""
    if short is None or short["asked"] != asked(job, plan):
        raise ValueError(f"it has {'no' if short is None else 'other'} calls of {job['name']}")
    if (count := sum(one.get("times", 1) for one in short["shown"])) != len(plan):
        raise ValueError(f"it has {count} of the {len(plan)} calls of {job['name']}")
    shown = ({key: one[key] for key in one if key != "times"} for one in short["shown"] for _ in range(one.get("times", 1)))
    return [{"ordinary": False, **{key: step[key] for key in PLAN if key in step}, **one} for step, one in zip(plan, shown)]
