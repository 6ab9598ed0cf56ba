"""Code goes in; whether what it shows may be another thing the next time comes out. Standard library alone."""

from __future__ import annotations

import re

# By which an answer may hang on the order of a hash, on time, on chance, on files, on the process or on the machine.
UNSTEADY = re.compile(
    r"(?<![.\w])(?:set|frozenset|hash|id|object|dir|vars|globals|locals|open|exec|eval|__import__)\b"
    r"|\.(?:random|default_rng|empty|empty_like|ctypes|new_stream|device_info|get_\w+_memory|show_config|show_runtime)\b"
    r"|\.(?:save\w*|load\w*|genfromtxt|tofile|fromfile|memmap|dump)\b"
    r"|\b(?:today|now)\b|{\s*(?:[^\s:{}]+\s*,|[^:{}]*\bfor\b)"  # a date; a set
    r"|\bimport +(?!(?:mlx|numpy|math|copy|json|warnings|functools|itertools)\b)"
    r"|\bfrom +(?!(?:mlx|numpy|math|copy|json|functools|itertools)\b)[\w.]+ +import\b"
)


def steady(code: str) -> bool:
    """Whether nothing in it is known to change by itself."""
    return not UNSTEADY.search(code)
