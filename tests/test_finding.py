"""What people type finds the entries that answer it."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from mapping.run.cache import Cache
from mapping.site import finding
from tests.conftest import ROOT

NAMES = [
    *("numpy.percentile", "numpy.nanpercentile", "numpy.sort", "numpy.ndarray.sort", "numpy.take", "numpy.sum", "numpy.ndarray.sum"),
    *("numpy.add", "numpy.ufunc.at", "numpy.ndarray.__matmul__", "numpy.ndarray.__imatmul__", "numpy.ndarray.__le__"),
    *("numpy.ndarray.__getitem__", "numpy.ndarray.__setitem__", "numpy.ndarray.fill", "numpy.linalg.norm", "numpy.take_along_axis"),
    *("numpy.random.default_rng", "numpy.iinfo.key"),
]
MLX = {"numpy.take": ["mlx.core.take"], "numpy.random.default_rng": ["mlx.core.random.key"]}
GONE = {"numpy.trapz": [], "numpy.SORT": ["numpy.sort"], "numpy.NaN": []}  # a name that NumPy has lost: what it has instead
ROWS = [{"numpy": name, "mlx": MLX.get(name, [])} for name in NAMES] + [{"numpy": name, "mlx": [], "now": GONE[name]} for name in GONE]


@pytest.mark.parametrize(
    "typed, found",
    [
        ("numpy.percentile", "numpy.percentile"),
        ("np.percentile", "numpy.percentile"),
        ("`np.percentile(a, 30)`", "numpy.percentile"),
        ("Percentile", "numpy.percentile"),
        ("percentle", "numpy.percentile numpy.nanpercentile"),
        ("sort", "numpy.sort numpy.ndarray.sort"),
        ("ndarray.sort", "numpy.ndarray.sort"),
        ("a.sum()", "numpy.ndarray.sum"),
        ("linalg.norm", "numpy.linalg.norm"),
        ("mx.take", "numpy.take"),
        ("mlx.core.take", "numpy.take"),
        ("np.add.at", "numpy.ufunc.at"),
        ("a @ b", "numpy.ndarray.__matmul__"),
        ("@=", "numpy.ndarray.__imatmul__"),
        ("a <= b", "numpy.ndarray.__le__"),
        ("a[mask]", "numpy.ndarray.__getitem__"),
        ("a[mask] = 0", "numpy.ndarray.__setitem__"),
        ("AttributeError: module 'mlx.core' has no attribute 'percentile'", "numpy.percentile"),
        ("AttributeError: 'mlx.core.array' object has no attribute 'fill'", "numpy.ndarray.fill"),
        ("random.key", "numpy.random.default_rng"),
        ("random.ke", "numpy.random.default_rng"),
        ("key", "numpy.iinfo.key"),
        ("along", "numpy.take_along_axis"),
        ("softmax", ""),
        ("np.trapz", "numpy.trapz"),
        ("numpy.trapz(y, x)", "numpy.trapz"),
        ("TRAPZ", "numpy.trapz"),
        ("AttributeError: module 'numpy' has no attribute 'trapz'", "numpy.trapz"),
        ("np.SORT", "numpy.SORT numpy.sort"),
        ("np.Sort", "numpy.sort"),
        ("np.nan", "numpy.NaN"),
        ("", " ".join([*NAMES, "numpy.trapz", "numpy.NaN"])),
    ],
)
def test_what_is_typed_finds_its_entries(typed: str, found: str):
    assert [row["numpy"] for row in finding.found(ROWS, typed)] == found.split()


def test_rows_are_read_once_and_again_when_an_entry_changes(tmp_path: Path):
    file = tmp_path / "mapping" / "dataset" / "entries" / "one.toml"
    file.parent.mkdir(parents=True)
    file.write_text("one")
    asked = []

    def read():
        asked.append(file.read_text())
        raise LookupError

    cache = Cache(tmp_path)
    for _ in range(2):
        with pytest.raises(LookupError):
            finding.rows(tmp_path, cache, read)
    digests = [["mapping/dataset/entries/one.toml", hashlib.sha256(b"one").hexdigest()]]
    known = [{**row, "text": "", "json": "{}"} for row in ROWS]
    cache.put("found", [(digests, known)])
    assert finding.rows(tmp_path, cache, read) == known
    file.write_text("two")
    with pytest.raises(LookupError):
        finding.rows(tmp_path, cache, read)
    assert asked == ["one", "one", "two"]


def test_a_reader_that_has_enough_is_no_error():
    command = [sys.executable, "-m", "mapping", "find", "a"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0
