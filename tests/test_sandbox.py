"""An example writes in its own folder alone, where the kernel can see to that."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

from mapping.run import blocks
from mapping.run.pool import Pool
from mapping.worker import sandbox

from .conftest import LIMITED

ROOT = Path(__file__).resolve().parent.parent
THERE = LIMITED and ctypes.CDLL(None, use_errno=True).syscall(sandbox.CREATE_RULESET, None, 0, sandbox.VERSION) >= 6
OUTSIDE = {
    "writes": "open({path!r}, 'w')",
    "appends": "open({path!r}, 'a')",
    "truncates": "import os; os.truncate({path!r}, 0)",
    "removes": "import os; os.remove({path!r})",
    "renames": "import os; os.rename({path!r}, 'mine')",
    "links": "import os; os.symlink('x', {path!r} + '.link')",
    "makes a folder": "import os; os.mkdir({path!r} + '.folder')",
    "in another process": "import subprocess; subprocess.run(['sh', '-c', 'echo x > ' + {path!r}], check=True, capture_output=True)",
    "saves": "mx.save({path!r}, mx.array([1]))",
    "connects": "import socket; socket.create_connection(('127.0.0.1', 9))",
    "listens": "import socket; socket.socket().bind(('127.0.0.1', 0))",
    "kills what started it": "import os; os.kill(os.getppid(), 9)",
}


def test_what_the_kernel_can_is_done():
    done = subprocess.run(
        [sys.executable, "-c", "from mapping.worker import sandbox; print(sandbox.writes('.'))"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(kernel_confines())


def kernel_confines() -> bool:
    return sys.platform == "linux" and ctypes.CDLL(None, use_errno=True).syscall(sandbox.CREATE_RULESET, None, 0, sandbox.VERSION) >= 1


@pytest.mark.skipif(not THERE, reason="no Landlock, or an old one, or a GPU: CONTRIBUTING says that nothing is confined then")
@pytest.mark.parametrize("way", OUTSIDE)
def test_nothing_outside_its_folder_is_changed(pool: Pool, tmp_path: Path, way: str):
    path = tmp_path / "outside.txt"
    path.write_text("as it was")
    record = pool.run(
        blocks.Ledger([blocks.Scope("s", [blocks.Block("s", "s.md", 1, f">>> {OUTSIDE[way].format(path=str(path))}", "pycon", id="s")])])
    )
    [failure] = record.failures
    assert failure["wrong"] == "it raised"
    assert any(
        word in failure["got"]
        for word in ("Permission", "not permitted", "non-zero exit status", "Failed to open", "Unable to open", "[save]")
    ), failure["got"]
    assert path.read_text() == "as it was" and [*tmp_path.iterdir()] == [path]


def test_an_example_may_write_in_its_own_folder(pool: Pool):
    text = (
        ">>> mx.save('x.npy', mx.array([1]))\n>>> np.load('x.npy')\narray([1], dtype=int32)\n"
        ">>> import tempfile\n>>> with tempfile.NamedTemporaryFile() as file:\n...     file.write(b'x')\n1"
    )
    record = pool.run(blocks.Ledger([blocks.Scope("s", [blocks.Block("s", "s.md", 1, text, "pycon", id="s")])]))
    assert record.failures == []


@pytest.mark.skipif(not LIMITED, reason="on Linux without a GPU alone")
def test_a_file_has_a_limit(pool: Pool):
    text = ">>> with open('x', 'wb') as file:\n...     _ = file.truncate(1 << 40)"
    record = pool.run(blocks.Ledger([blocks.Scope("s", [blocks.Block("s", "s.md", 1, text, "pycon", id="s")])]))
    [failure] = record.failures
    assert "File too large" in failure["got"] or "SIGXFSZ" in failure["wrong"]
