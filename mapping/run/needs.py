"""Blocks that share a namespace go in; which packages beside MLX and NumPy each needs comes out. Standard library alone.

A machine that lacks one leaves out the blocks that need it, and no others.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from . import blocks

NEIGHBOURS = {
    **{name: name for name in ("pandas", "polars", "matplotlib", "scipy", "einops")},
    "PIL": "pillow",
    "sklearn": "scikit-learn",
}  # as code imports them, and as they are installed
IMPORTS = re.compile(rf"\b(?:import|from) (?:{'|'.join(NEIGHBOURS)})\b")


def installed() -> Iterator[str]:
    """Each of them that is here, with its version."""
    from importlib import metadata

    for name, package in NEIGHBOURS.items():
        try:
            yield f"{name}={metadata.version(package)}"
        except metadata.PackageNotFoundError:
            continue


def needed(scope: list[blocks.Block]) -> list[set[str]]:
    """What each block imports, and what those did by whose names it calls things."""
    if not any(IMPORTS.search(block.text) for block in scope):
        return [set() for _ in scope]
    of_names: dict[str, set[str]] = {}
    return [_needed(block, of_names) for block in scope]


def _needed(block: blocks.Block, of_names: dict[str, set[str]]) -> set[str]:
    try:
        sources = [one.source for one in blocks.parse(block.text)] if block.kind == "doctest" else [block.text]
        nodes = [node for source in sources for node in ast.walk(ast.parse(source))] if block.kind in blocks.RUNNABLE else []
    except (blocks.BlockError, SyntaxError):  # the gate says so
        return set()
    needs, made = set(), set()
    for node in nodes:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            needs |= {name.partition(".")[0] for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else _names(node))}
            made |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name):
            needs |= of_names.get(node.id, set()) if isinstance(node.ctx, ast.Load) else set()
            made |= {node.id} if isinstance(node.ctx, ast.Store) else set()
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            made.add(node.name)
    needs &= {*NEIGHBOURS}
    of_names |= dict.fromkeys(made, needs)
    return needs


def _names(node: ast.Import) -> list[str]:
    return [alias.name for alias in node.names]
