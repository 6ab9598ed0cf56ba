"""What was asked before is found again, by all that could change the answer. Standard library alone.

One file, `_build/cache.sqlite`. An answer is known by a digest of what was asked, of where (packages, processor, variables,
device) and of the code in the folders that decide it. What cannot be read, is not as it was written, or has not the shape of
an answer of its kind, is asked anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import platform
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, TypeVar

from .process import surroundings
from .record import ASKED, ENVIRONMENT, code_digest
from .shape import fits
from .steps import STEP

FILE = "cache.sqlite"
DECIDES = {
    "names": ("run", "worker"),
    "facts": ("run", "worker"),
    "cells": ("run", "worker"),
    "scope": ("run", "worker"),
    "guide": ("run", "worker"),
    "page": ("site",),
    "ledger": (),
    "found": ("dataset", "facts", "run", "worker", "site"),
}  # kind: folders
SHAPES: dict[str, Any] = {
    "names": {"names": {str: bool}, "near": {str: [str]}},
    "facts": {"environment": ENVIRONMENT, **ASKED},
    "cells": [STEP],
    "scope": ({}, {"observed": [str], "compared": int, "uneven?": [int]}),
    "guide": {"answer": ({"heads": [str], "rows": [{"name": str, "cells": ([str], [[str]], None)}]}, {"light": str, "dark": str})},
    "page": {"pres": [str], "names": [str], "absent": [str]},
    "ledger": str,
    "found": [{"numpy": str, "mlx": [str], "text": str, "json": str, "now?": [str], "alias_of?": (str, None)}],
}  # of an answer of each kind
PACKAGES = ("mlx", "mlx-cpu", "mlx-metal", "mlx-cuda-12", "mlx-cuda-13", "numpy", "matplotlib")
DAYS = 30  # after which what nobody asked for goes
SOUND = {  # errors in which it is not the file that is at fault
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH),
    *(sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT),
}
T = TypeVar("T")
TABLE = "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, kind TEXT, answer TEXT, digest TEXT, day INTEGER)"


class Cache:
    """Answers by what they answer; without a folder nothing is kept. Raises OSError where the file cannot be written."""

    def __init__(self, folder: Path | None = None, device: str = ""):
        self.path = folder / FILE if folder else None
        self.day, self.where = int(time.time()) // 86_400, [installed(), device]

    def get(self, kind: str, question: Any) -> Any:
        """The answer to a question of this kind; None where it is not known."""
        return self.get_all(kind, [question])[0]

    def get_all(self, kind: str, questions: Iterable[Any]) -> list[Any]:
        """The answer to each of these questions, None where it is not known."""
        keys = [self._key(kind, question) for question in questions]

        def look(connection: sqlite3.Connection) -> dict[str, tuple[str, str]]:
            rows: dict[str, tuple[str, str]] = {}
            for start in range(0, len(keys), 500):
                some = keys[start : start + 500]
                marks = ",".join("?" * len(some))
                found = connection.execute(f"SELECT key, answer, digest FROM answers WHERE key IN ({marks})", some)
                rows |= {key: row for key, *row in found}
                change = f"UPDATE answers SET day = ? WHERE day <> ? AND key IN ({marks})"
                connection.execute(change, [self.day, self.day, *some])
            return rows

        rows = self._do(look) if self.path else {}
        sound = (json.loads(rows[key][0]) if key in rows and _sum(key, rows[key][0]) == rows[key][1] else None for key in keys)
        return [answer if fits(answer, SHAPES[kind]) else None for answer in sound]

    def put(self, kind: str, answers: Iterable[tuple[Any, Any]]) -> None:
        """Keep answers, each behind its question: all of them, or none."""
        texts = {self._key(kind, question): json.dumps(answer, separators=(",", ":")) for question, answer in answers}
        rows = [(key, kind, text, _sum(key, text), self.day) for key, text in texts.items()]
        if self.path and rows:
            self._do(lambda connection: connection.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)", rows))

    def has(self, kind: str) -> bool:
        """Whether there is any answer of this kind, however old."""
        if not self.path or not self.path.exists():
            return False
        query = "SELECT 1 FROM answers WHERE kind = ? LIMIT 1"
        return bool(self._do(lambda connection: connection.execute(query, [kind]).fetchone()))

    def forget(self, kind: str, question: Any) -> None:
        """Have a question asked anew."""
        if self.path:
            key = self._key(kind, question)
            self._do(lambda connection: connection.execute("DELETE FROM answers WHERE key = ?", [key]))

    def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do something with the file, whole or not at all; where it is damaged, or none of ours, with a new one."""
        assert self.path
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            try:
                return self._connected(self.path, work)
            except sqlite3.DatabaseError as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF in SOUND:
                    raise
                for path in (self.path, self.path.with_name(f"{FILE}-journal")):
                    path.unlink(missing_ok=True)
                return self._connected(self.path, work)
        except sqlite3.Error as error:
            raise OSError(f"{self.path}: {error}") from None

    def _connected(self, path: Path, work: Callable[[sqlite3.Connection], T]) -> T:
        with contextlib.closing(sqlite3.connect(path, timeout=60)) as connection, connection:
            connection.execute(TABLE)
            connection.execute("DELETE FROM answers WHERE day < ?", [self.day - DAYS])
            return work(connection)

    def _key(self, kind: str, question: Any) -> str:
        where = [] if kind == "page" else self.where
        return _digest(json.dumps([kind, question, where, code_digest(*DECIDES[kind])], sort_keys=True))


def cache_of(root: Path, device: str = "") -> Cache:
    """What builds of the project in this folder, on this device, know already."""
    return Cache(root / "_build", device)


def _sum(key: str, answer: str) -> str:
    """By which an answer is known to be the one that was kept behind a key."""
    return _digest(f"{key} {answer}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def installed() -> dict[str, str]:
    """Versions of everything whose change could change an answer, read without importing any of it; the processor; and what
    workers see of the environment, but for where programs and files of the user are."""
    found = {"python": sys.version, "platform": platform.platform(), "processor": processor(), "compiler": shutil.which("g++") or ""}
    found |= {f"${name}": value for name, value in surroundings().items() if name not in ("PATH", "HOME")}
    for package in PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            found[package] = as_it_is(distribution(package))
    return found


def as_it_is(package: Distribution) -> str:
    """The version of an installed package, and a digest of its files: the list of them, which is written last when it is
    installed, and the bytes of each that is gone or was changed after that."""
    record = package.read_text("RECORD") or ""
    names = [name for line in record.splitlines() if not (name := line.rsplit(",", 2)[0]).endswith(".pyc")]
    times = {name: _times(Path(str(package.locate_file(name)))) for name in names}
    written, changed = next((one for name, one in times.items() if name.endswith(".dist-info/RECORD")), (0, 0))
    digest = hashlib.sha256(record.encode())
    for name, (when, at_all) in times.items():
        if not at_all or when > written or at_all > changed:
            digest.update(f"\0{name}\0".encode() + (Path(str(package.locate_file(name))).read_bytes() if at_all else b""))
    return f"{package.version} {digest.hexdigest()[:16]}"


def _times(file: Path) -> tuple[int, int]:
    """When a file was last written, and when it was last changed in any way; zeros where there is none."""
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_ctime_ns


def processor() -> str:
    """What this machine's processor is and can do, as its system tells."""
    if sys.platform == "darwin":
        return subprocess.run(["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True).stdout.strip()
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split("\n\n")[0].split("\n")
        return "\n".join(line for line in lines if line.startswith(("model name", "flags", "Features", "CPU part")))
    return platform.processor()
