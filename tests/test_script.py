"""The NumPy names of a script are found, however it imports and writes them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mapping.site import script
from tests.conftest import ROOT

KNOWN = {
    *("numpy.sum", "numpy.add", "numpy.ufunc.at", "numpy.linalg.norm", "numpy.pi", "numpy.random.default_rng"),
    *("numpy.random.Generator.normal", "numpy.ndarray.sum", "numpy.ndarray.T", "numpy.ndarray.sort", "numpy.float32"),
}


@pytest.mark.parametrize(
    "text, found",
    [
        ("import numpy as np\nnp.sum(a)", {"numpy.sum": [2]}),
        ("import numpy\nnumpy.linalg.norm(numpy.sum(a))", {"numpy.linalg.norm": [2], "numpy.sum": [2]}),
        ("import numpy.linalg as la\nla.norm(a)", {"numpy.linalg.norm": [2]}),
        ("import numpy.linalg\nnumpy.linalg.norm(a)", {"numpy.linalg.norm": [2]}),
        ("from numpy import sum as s\ns(a); s(b)", {"numpy.sum": [2]}),
        (
            "from numpy.random import default_rng\ndefault_rng(0).normal()",
            {"numpy.random.Generator.normal": [2], "numpy.random.default_rng": [2]},
        ),
        ("import numpy as np\nnp.add.at(a, i, 1)", {"numpy.ufunc.at": [2]}),
        ("import numpy as np\n\nx = np.sum(a).T.sum()\nnp.sum(x)", {"numpy.ndarray.T": [3], "numpy.ndarray.sum": [3], "numpy.sum": [3, 4]}),
        ("import numpy as np\nnp.float32.mro", {"numpy.float32": [2]}),
        ("import numpy as np\nnp.trapz(y)\nnp.linalg", {"numpy.trapz": [2]}),
        ("a.sort(); sum(a); np.sum(a)", {"numpy.ndarray.sum": [1]}),
        ("import torch\ntorch.sum(a); from . import numpy", {}),
    ],
)
def test_names_of_a_script(text: str, found: dict[str, list[int]]):
    assert script.used(text, KNOWN) == found


def test_find_lists_the_names_of_a_file(clone: Path, tmp_path: Path):
    def find(text: str, *more: str) -> subprocess.CompletedProcess:
        (tmp_path / "one.py").write_text(text)
        words = [sys.executable, "-m", "mapping", "find", "--file", str(tmp_path / "one.py"), *more]
        return subprocess.run(words, cwd=clone, capture_output=True, text=True)

    good = "import numpy as np\nnp.argmax(np.sum(a))\n"
    done = find(good)
    assert [line.partition(": ")[2].split()[0] for line in done.stdout.splitlines()] == ["np.argmax", "np.sum"]
    assert (done.returncode, done.stderr) == (0, "")
    assert [row["numpy"] for row in json.loads(find(good, "--json").stdout)] == ["numpy.argmax", "numpy.sum"]
    other = find("import numpy as np\nnp.nothing(1)\n")
    assert (other.returncode, other.stdout) == (1, "") and "one.py:2: no entry answers to `numpy.nothing`" in other.stderr
    assert "not Python" in find("def").stderr


def test_find_asks_for_a_name_or_a_file():
    done = subprocess.run([sys.executable, "-m", "mapping", "find"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and "--file" in done.stderr
