"""Steps of the matrix go in; what they showed, short enough to be kept, comes out, and back. Standard library alone.

Which call each step makes with which inputs is the same on every machine: of that a digest is kept. Steps after each other that
showed the same are kept once, with their number, and both answers with the first step of its kind.
"""

from __future__ import annotations

import hashlib
import json

PLAN = ("step", "what", "line", "case", "label")  # of a step: what was asked
Asked = tuple[str, int]
ANSWERS = ("numpy", "mlx")
TEXT = (str, None)
FOUND = {"kind?": str, "drawn?": int, "numpy?": TEXT, "mlx?": TEXT, "shown?": ([str], {str: str})}
STEP = {
    **{"step": int, "what": str, "line": int, "case": str, "ordinary": bool, "label?": str, "narrow?": bool},
    **FOUND,
}  # of a job of the matrix, as a worker tells it
SHAPE = {"times?": int, "ordinary?": bool, **FOUND}  # of what steps after each other showed


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
    return {"asked": asked(job, steps)[0], "shown": runs}


def asked(job: dict, steps: list[dict]) -> Asked:
    """A digest of a job and of what its steps ask, and how many they are."""
    plan = [[step.get(key, "") for key in PLAN[1:]] for step in steps]
    return hashlib.sha256(json.dumps([job, plan], sort_keys=True).encode()).hexdigest()[:12], len(plan)


def unfit(short: dict | None, of: Asked) -> str:
    """Why what is kept of a job's steps is not what they show, in words; empty where it is."""
    if short is None or short["asked"] != of[0]:
        return f"it has {'no' if short is None else 'other'} calls of it"
    count = sum(one.get("times", 1) for one in short["shown"])
    return f"it has {count} of its {of[1]} calls" if count != of[1] else ""


def whole(short: dict, plan: list[dict]) -> list[dict]:
    """The steps again; `plan` are this job's steps as they are asked on any machine."""
    shown = ({key: one[key] for key in one if key != "times"} for one in short["shown"] for _ in range(one.get("times", 1)))
    return [{"ordinary": False, **{key: step[key] for key in PLAN if key in step}, **one} for step, one in zip(plan, shown)]
