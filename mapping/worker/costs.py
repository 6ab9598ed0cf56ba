"""Nothing goes in but the live libraries; how long MLX takes for what NumPy does as well, as ratios of one run, comes out.

Runs by itself, with MLX, NumPy and the standard library, on a machine that has nothing else to do:

    python -m mapping.worker.costs --device cpu > mapping/dataset/costs/cpu.json

What is timed stands word for word on the guide's page of costs. All ways of a case must give the same answer.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType

import mlx.core as mx
import numpy as np

from ..run.record import digest_of
from .surroundings import choose, environment

ROUNDS = 7  # of a case, in each of which every way has its turn: the shortest counts, as in `timeit`
LONG = 0.02  # seconds that a way runs in a round at least, where one call is shorter
SIZES = (10, 1_000, 100_000, 10_000_000)
SIDES = (8, 64, 512, 2048)  # of square matrices


@dataclass(frozen=True)
class Case:
    """Ways to one answer, each a title and code; the first is that to which the others are compared.

    Each leaves its answer in `y`. `fresh` runs before each call and is not timed.
    """

    group: str
    title: str
    setup: str
    ways: tuple[tuple[str, str], ...]
    fresh: str = ""


def _code(text: str) -> str:
    return textwrap.dedent(text).strip()


VECTOR = "n = np.linspace(0, 1, 1000, dtype=np.float32)\nx = mx.array(n)\nmx.eval(x)"
SMALL = "a = np.arange(10, dtype=np.float32)\nb = mx.array(a)\nmx.eval(b)"
TABLE = "n = np.arange(1000, dtype=np.float32).reshape(100, 10)\nx = mx.array(n)\nmx.eval(x)"
EXPRESSION = "def f(x):\n    return mx.tanh(x * 2 + 1) * x - mx.exp(x) / 3\n"
SCALED = "def g(x, k):\n    return mx.tanh(x * k + 1) * x\n"
COMPILED = "x = mx.linspace(0, 1, 1_000_000)\nmx.eval(x)\n"
PAIRS = "for i in range(30):\n    for j in range(30):\n        "
CASES = (
    Case("small", "ten numbers, added", SMALL, (("NumPy", "y = a + a"), ("MLX", "y = b + b"))),
    Case(
        "small",
        "ten numbers, five operations",
        SMALL,
        (("NumPy", "y = np.sqrt(a * a + 1) - a / 2"), ("MLX", "y = mx.sqrt(b * b + 1) - b / 2")),
    ),
    Case("small", "one element, as a Python number", SMALL, (("NumPy", "y = a[5].item()"), ("MLX", "y = b[5].item()"))),
    Case(
        "small",
        "100 rows of 10, as lists",
        TABLE,
        (
            ("NumPy, `n.tolist()`", "y = n.tolist()"),
            ("MLX, `x.tolist()`", "y = x.tolist()"),
            ("MLX, row by row", "y = [row.tolist() for row in x]"),
            ("MLX, `.item()` of each", "y = [[v.item() for v in row] for row in x]"),
        ),
    ),
    Case(
        "loops",
        "`a[i] = v`, 1000 times",
        VECTOR,
        (
            ("NumPy, a loop", _code("y = np.zeros(1000, np.float32)\nfor i in range(1000):\n    y[i] = i * i")),
            ("MLX, the same loop", _code("y = mx.zeros(1000)\nfor i in range(1000):\n    y[i] = i * i")),
            ("MLX, a list, then `mx.array`", "y = mx.array([float(i * i) for i in range(1000)])"),
            ("MLX, the whole array", "y = mx.arange(1000.0) ** 2"),
        ),
    ),
    Case(
        "loops",
        "a recurrence of 1000 steps",
        VECTOR,
        (
            ("NumPy, a loop", _code("y = n.copy()\nfor i in range(1, 1000):\n    y[i] = 0.9 * y[i - 1] + n[i]")),
            ("MLX, the same loop", _code("y = mx.array(x)\nfor i in range(1, 1000):\n    y[i] = 0.9 * y[i - 1] + x[i]")),
            (
                "Python numbers",
                _code("y, last = [], 0.0\nfor v in x.tolist():\n    last = 0.9 * last + v\n    y.append(last)\ny = mx.array(y)"),
            ),
            (
                "MLX, a scan by doubling",
                _code(
                    "y, step = x, 1\nwhile step < 1000:\n    y = y + 0.9**step * mx.concatenate([mx.zeros(step), y[:-step]])\n    step *= 2"
                ),
            ),
            ("MLX, a convolution", "y = mx.convolve(x, 0.9 ** mx.arange(200))[:1000]"),
        ),
    ),
    Case(
        "rewrites",
        "a branch for each element",
        VECTOR,
        (
            ("NumPy, a loop", "y = np.zeros(1000, np.float32)\nfor i in range(1000):\n    y[i] = n[i] ** 2 if n[i] > 0.5 else -n[i]"),
            ("MLX, the same loop", "y = mx.zeros(1000)\nfor i in range(1000):\n    y[i] = x[i] ** 2 if x[i] > 0.5 else -x[i]"),
            ("MLX, `mx.where`", "y = mx.where(x > 0.5, x**2, -x)"),
        ),
    ),
    Case(
        "rewrites",
        "a sum of what a mask selects",
        VECTOR,
        (
            ("NumPy, a loop", "y = 0.0\nfor v in n:\n    if v > 0.5:\n        y += v"),
            ("MLX, the same loop", "y = 0.0\nfor v in x:\n    if v > 0.5:\n        y += v"),
            ("MLX, `mx.where` and `mx.sum`", "y = mx.sum(mx.where(x > 0.5, x, 0))"),
        ),
    ),
    Case(
        "rewrites",
        "a running maximum",
        VECTOR,
        (
            ("NumPy, a loop", "y = n.copy()\nfor i in range(1, 1000):\n    y[i] = max(y[i - 1], n[i])"),
            ("MLX, the same loop", "y = mx.array(x)\nfor i in range(1, 1000):\n    y[i] = max(y[i - 1], x[i])"),
            ("MLX, `mx.cummax`", "y = mx.cummax(x)"),
        ),
    ),
    Case(
        "rewrites",
        "distances of all pairs",
        "n = np.linspace(0, 1, 30, dtype=np.float32)\nx = mx.array(n)\nmx.eval(x)",
        (
            ("NumPy, a loop", "y = np.zeros((30, 30), np.float32)\n" + PAIRS + "y[i, j] = abs(n[i] - n[j])"),
            ("MLX, the same loop", "y = mx.zeros((30, 30))\n" + PAIRS + "y[i, j] = abs(x[i] - x[j])"),
            ("MLX, broadcasting", "y = mx.abs(x[:, None] - x)"),
        ),
    ),
    Case(
        "rewrites",
        "a histogram of labels",
        "labels = np.arange(1000) * 7 % 10\nk = mx.array(labels)\nmx.eval(k)",
        (
            ("NumPy, a loop", "y = np.zeros(10, np.int32)\nfor label in labels:\n    y[label] += 1"),
            ("MLX, the same loop", "y = mx.zeros(10, mx.int32)\nfor label in k:\n    y[label] += 1"),
            ("MLX, `at[].add`", "y = mx.zeros(10, mx.int32).at[k].add(1)"),
        ),
    ),
    Case(
        "compile",
        "an expression of a million numbers",
        COMPILED + EXPRESSION + "compiled = mx.compile(f)",
        (("MLX, plain", "y = f(x)"), ("compiled, the first call", "y = compiled(x)"), ("compiled, later calls", "y = compiled(x)")),
    ),
    Case(
        "compile",
        "one with a number that changes",
        COMPILED + SCALED + "import itertools\ncompiled, steps = mx.compile(g), itertools.count()\nmx.eval(compiled(x, mx.array(0.5)))",
        (
            ("MLX, plain", "y = g(x, k)"),
            ("compiled, the number in an array", "y = compiled(x, mx.array(k))"),
            ("compiled, a Python number", "y = compiled(x, k)"),
        ),
        "k = 0.5 + next(steps) / 1000",
    ),
    *(
        Case(
            "sizes",
            f"{size:,} numbers",
            f"n = np.linspace(0, 1, {size}, dtype=np.float32)\nx = mx.array(n)\nmx.eval(x)",
            ways,
        )
        for size in SIZES
        for ways in (
            (("NumPy, `n * n + 1`", "y = n * n + 1"), ("`x * x + 1`", "y = x * x + 1")),
            (("NumPy, `np.exp(n)`", "y = np.exp(n)"), ("`mx.exp(x)`", "y = mx.exp(x)")),
            (("NumPy, `np.sort(n)`", "y = np.sort(n)"), ("`mx.sort(x)`", "y = mx.sort(x)")),
        )
    ),
    *(
        Case(
            "sizes",
            f"{side} by {side}",
            f"m = np.linspace(0, 1, {side * side}, dtype=np.float32).reshape({side}, {side})\nq = mx.array(m)\nmx.eval(q)",
            (("NumPy, `m @ m`", "y = m @ m"), ("`q @ q`", "y = q @ q")),
        )
        for side in SIDES
    ),
)
ONCE = ("compiled, the first call", "compiled, a Python number")  # what costs much at one call, and less at others


def measure(cases: tuple[Case, ...] = CASES) -> Iterator[dict]:
    """Each case with the ratio of each of its ways to the first, in time; of a way that raises on this device, none.

    Raises ValueError where the answers differ.
    """
    for case in cases:
        names = {"np": np, "mx": mx}
        exec(case.setup, names)
        codes = [compile(code, f"<{title}>", "exec") for title, code in case.ways]
        fresh = compile(case.fresh, "<fresh>", "exec")
        exec(fresh, names)
        ways = dict(zip([title for title, _ in case.ways], codes))
        once = {title: _seconds(code, names, fresh, 1) for title, code in ways.items() if title == ONCE[0]}
        exec(fresh, names)
        answers = {title: _answer(code, names) for title, code in ways.items()}
        first, *_ = answers.values()
        for title, answer in answers.items():
            if first is None or (
                answer is not None and not np.allclose(answer, first, rtol=2e-2, atol=1e-3)
            ):  # a GPU multiplies in fewer digits
                raise ValueError(f"{case.title}: {title} has another answer")
        times: dict[str, list[float]] = {title: [] for title, answer in answers.items() if answer is not None}
        for _ in range(ROUNDS):
            for title, own in times.items():
                own.append(once.get(title) or _seconds(ways[title], names, fresh, 1 if title in ONCE else 0))
        base = min(times[case.ways[0][0]])
        ratios = {title: float(f"{min(own) / base:.2g}") for title, own in times.items()}
        yield {
            "group": case.group,
            "title": case.title,
            "ways": [{"title": title, "ratio": ratios.get(title)} for title in ways],
        }


def _seconds(code: CodeType, names: dict, fresh: CodeType, calls: int) -> float:
    """The time of one call: the mean of so many, or of as many as take long enough."""
    done, total = 0, 0.0
    while done < (calls or 1) or (not calls and total < LONG):
        exec(fresh, names)
        start = time.perf_counter()
        _run(code, names)
        total += time.perf_counter() - start
        done += 1
    return total / done


def _run(code: CodeType, names: dict) -> None:
    """Have a way leave its answer as `y`, evaluated to the end."""
    exec(code, names)
    if isinstance(names["y"], mx.array):
        mx.eval(names["y"])


def _answer(code: CodeType, names: dict) -> np.ndarray | None:
    """What a way answers; nothing where MLX raises, as for what a device lacks."""
    try:
        _run(code, names)
        return np.array(names["y"])
    except (RuntimeError, ValueError):
        return None


def main(arguments: list[str] | None = None) -> int:
    """Print what was measured, and on what, as JSON."""
    parser = argparse.ArgumentParser(prog="python -m mapping.worker.costs", description=__doc__.split("\n")[0])
    parser.add_argument("--device", choices=["cpu", "gpu"], default="cpu")
    try:
        mx.set_default_device(choose(parser.parse_args(arguments).device))
    except LookupError as error:
        print(f"mapping.worker.costs: {error}", file=sys.stderr)
        return 2
    told = environment(mx.default_device())
    where = {key: told[key] for key in ("mlx", "numpy", "platform", "backend", "device_name")} | {"cores": os.cpu_count() or 0}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TMPDIR"] = folder  # where MLX keeps the kernels that it has compiled: a first call has none
        found = {**where, "cases": list(measure())}
    json.dump({"digest": digest_of(found), **found}, sys.stdout, indent=1)
    print()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
