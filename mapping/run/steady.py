"""Code goes in; whether what it shows may be another thing the next time comes out. Standard library alone."""

from __future__ import annotations

import re

from .needs import NEIGHBOURS

STEADY = "|".join(["mlx", "numpy", "math", "copy", "json", "warnings", "functools", "itertools", *NEIGHBOURS])  # modules that compute
# By which an answer may hang on the order of a hash, on time, on chance, on files, on the process or on the machine.
UNSTEADY = re.compile(
    r"(?<![.\w])(?:set|frozenset|hash|id|object|dir|vars|globals|locals|open|exec|eval|__import__)\b"
    r"|\.(?:random|default_rng|empty|empty_like|ctypes|new_stream|device_info|get_\w+_memory|show_config|show_runtime)\b"
    r"|\.(?:save\w*|load\w*|genfromtxt|tofile|fromfile|memmap|dump)\b"
    r"|\b(?:today|now)\b|{\s*(?:[^\s:{}]+\s*,|[^:{}]*\bfor\b)"  # a date; a set
    rf"|(?m:^|;)[ \t]*(?:from +|import +(?:[^\n;]*, *+)?)(?!(?:{STEADY})\b)\w"
)


def steady(code: str) -> bool:
    """Whether nothing in it is known to change by itself."""
    return not UNSTEADY.search(code)
