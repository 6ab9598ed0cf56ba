"""What was asked or read goes to a file in `_build` and comes back, so that nothing is done twice.

Each caller binds what it keeps to all that could change it; here, what cannot be read is as if it were not there.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def load(path: Path | None) -> dict[str, Any]:
    """The object that a file keeps; empty where there is none, or what is there cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def save(path: Path | None, data: dict[str, Any]) -> None:
    """Keep an object in a file: all of it, or what was there before. Without a path nothing is kept."""
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        part.write_text(json.dumps(data, separators=(",", ":")), encoding="utf-8")
        part.replace(path)
