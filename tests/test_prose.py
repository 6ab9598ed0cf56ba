"""What the guide says of processes that end, stand still or work together, which no block can show: each sentence is run here."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from .conftest import ROOT

IMPORTS = "import mlx.core as mx, numpy as np\n"
ON = "went on"  # what a process prints that has not ended
SOON = 20  # seconds after which a process stands still
CATCHES = """
for _ in range(20_000):
    try:
        mx.eval(mx.linalg.inv(mx.ones((2, 2)), stream=mx.cpu))
    except RuntimeError:
        pass
print("done")"""
WORKERS = """
import multiprocessing, operator, queue
import mlx.core as mx

def double(x):
    return x * 2

def put(to, x, first):
    y = x * 2
    first(y)
    to.put(y)

def compute(x):
    mx.eval(x)

def nothing(x):
    pass

def arrives(context, first):
    q = context.Queue()
    one = context.Process(target=put, args=(q, mx.array([1, 2]), first))
    one.start()
    try:
        return q.get(timeout=8).tolist()
    except queue.Empty:
        return "nothing"
    finally:
        one.kill()

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
"""


@dataclass
class Said:
    """A sentence of a page, the program that shows it, and how that ends: with what it prints, not by itself, or with nothing printed."""

    page: str
    sentence: str
    program: str
    prints: str = ""
    stands_still: bool = False


NONE = "import os\nos.environ['PATH'] = '/nonexistent'\n"
KERNELS = """
import os, pathlib
f = mx.compile(lambda x, k: mx.tanh(x * k + 1) * x)
x, seen = mx.linspace(0, 1, 1000), []
folder = pathlib.Path(os.environ["TMPDIR"])
for k in (0.5, 0.5, 0.75, mx.array(0.5), mx.array(0.75)):
    mx.eval(f(x, k))
    seen.append(len([*folder.rglob("*.so")]))
print(seen)"""
SAID = {
    "step 0 read": Said("indexing", "MLX divides by it, which ends the process on x86", "print(mx.arange(4)[::0])"),
    "step 0 at": Said("indexing", "in an assignment and in `a.at[::0]`", "print(mx.arange(4).at[::0].add(1))"),
    "step 0 assigned": Said("indexing", "in an assignment and in `a.at[::0]`", "a = mx.arange(4)\na[::0] = 1\nprint(a)"),
    "divmod by 0": Said(
        "precision", "on an x86 CPU `mx.divmod` ends the interpreter", "print(mx.divmod(mx.array([7]), mx.array([0]), stream=mx.cpu))"
    ),
    **{
        f"{call} of the smallest {dtype}": Said(
            "precision",
            "On x86 all three end it for the smallest `int32` or `int64` divided by -1",
            f"a = mx.array(np.array([np.iinfo(np.{dtype}).min], np.{dtype}))\nprint(mx.{call}(a, mx.array([-1], a.dtype), stream=mx.cpu))",
        )
        for call in ("floor_divide", "remainder", "divmod")
        for dtype in ("int32", "int64")
    },
    "an empty inverse": Said(
        "linalg",
        "An empty matrix in `inv` or `solve` ends the process",
        "mx.eval(mx.linalg.inv(mx.zeros((0, 0)), stream=mx.cpu))",
    ),
    "an empty system": Said(
        "linalg",
        "An empty matrix in `inv` or `solve` ends the process",
        "mx.eval(mx.linalg.solve(mx.zeros((0, 0)), mx.zeros((0,)), stream=mx.cpu))",
    ),
    "eig of NaN": Said(
        "linalg", "NaN in the matrix can end the process in `eig`", "print(mx.linalg.eig(mx.full((3, 3), mx.nan), stream=mx.cpu))"
    ),
    "caught errors": Said("linalg", "a process that goes on catching such errors stands still in the end", CATCHES, stands_still=True),
    "a file under its own name": Said(
        "saving",
        "Saving a loaded `.npz` under its own name can destroy it",
        "mx.savez('o.npz', w=mx.ones(100_000))\ntry:\n    mx.savez('o.npz', **mx.load('o.npz'))\n"
        "except RuntimeError:\n    print('lost', flush=True)",
        "lost",
    ),
    "first compiled": Said(
        "transforms",
        "The very first compiled function of a process may be recorded twice",
        "log = []\ndef f(x):\n    log.append(1)\n    return mx.exp(x) * 2\n"
        "g, h = mx.compile(f), mx.compile(lambda x: f(x))\nmx.eval(g(mx.ones(2)))\nfirst = len(log)\nmx.eval(h(mx.ones(2)))\n"
        "print(first in (1, 2), len(log) - first)",
        "True 1",
    ),
    "a compiler": Said(
        "costs", "A Python number among the arguments is part of the kernel, so one that changes compiles anew", KERNELS, "[1, 1, 2, 3, 3]"
    ),
    "no compiler": Said(
        "costs", "Where there is no compiler, the function runs as if it were not compiled", NONE + KERNELS, "[0, 0, 0, 0, 0]"
    ),
    "Pool.map": Said(
        "threads",
        "`multiprocessing.Pool.map` raises",
        WORKERS
        + """
    x = mx.array([1, 2]) * 2
    with context.Pool(1) as pool:
        try:
            pool.map_async(double, [x]).get(30)
        except RuntimeError as error:
            print("There is no Stream" in str(error))
        mx.eval(x)
        print([y.tolist() for y in pool.map_async(double, [x]).get(30)])
""",
        "True\n[[4, 8]]",
    ),
    "Queue.put": Said(
        "threads",
        "what you put does not arrive",
        WORKERS + "    print(arrives(context, nothing), arrives(context, compute))\n",
        "nothing [2, 4]",
    ),
    "fork": Said(
        "threads",
        "hangs at its first computation and raises nothing",
        WORKERS
        + """
    fork = multiprocessing.get_context("fork")
    q = fork.Queue()
    before = fork.Process(target=put, args=(q, mx.array([1, 2]), compute))
    before.start()
    print(q.get(timeout=20).tolist())
    print((mx.ones(2) + 1).tolist())
    print(arrives(fork, compute))
""",
        "[2, 4]\n[2.0, 2.0]\nnothing",
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_a_sentence_that_no_block_shows(tmp_path: Path, name: str):
    said = SAID[name]
    assert said.sentence in (ROOT / "docs/guide" / f"{said.page}.md").read_text(encoding="utf-8")
    if "x86" in said.sentence and platform.machine() != "x86_64":
        pytest.skip("what the sentence says of x86 is not seen here")
    program = tmp_path / "program.py"
    program.write_text(f"{IMPORTS}{said.program}\n" + (f"print('{ON}')\n" if not said.prints else ""), encoding="utf-8")
    run = [sys.executable, "-W", "ignore", program]
    if said.stands_still:
        with pytest.raises(subprocess.TimeoutExpired):
            subprocess.run(run, capture_output=True, timeout=SOON, cwd=tmp_path)
        return
    done = subprocess.run(run, capture_output=True, text=True, timeout=120, cwd=tmp_path, env={**os.environ, "TMPDIR": str(tmp_path)})
    if said.prints:
        assert done.stdout.strip() == said.prints, done.stderr
    else:
        assert ON not in done.stdout and "Traceback" not in done.stderr, "the process goes on, or raises"
