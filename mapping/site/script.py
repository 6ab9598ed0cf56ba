"""The text of a Python file goes in; the NumPy names that it uses come out, each with the lines on which it does."""

from __future__ import annotations

import ast

from ..port.known import PYTHONS

METHODS = ("numpy.ndarray", "numpy.random.Generator")  # whose methods a value may have


def used(text: str, known: set[str]) -> dict[str, list[int]]:
    """Dotted names and their lines, in the order of their first; NumPy's names whether or not they are `known`. Raises SyntaxError.

    What a method belongs to is not known: it is listed as the array's, or the generator's, where these have one of that name and
    Python's own types have none.
    """
    tree = ast.parse(text)
    modules = _imports(tree)
    chained: set[ast.AST] = set()
    found: dict[str, list[int]] = {}
    for node in ast.walk(tree):  # what stands around comes first
        if not isinstance(node, (ast.Attribute, ast.Name)) or node in chained:
            continue
        parts: list[str] = []
        inner: ast.expr = node
        while isinstance(inner, ast.Attribute):
            parts.insert(0, inner.attr)
            inner = inner.value
            chained.add(inner)
        root = modules.get(inner.id, "" if parts else None) if isinstance(inner, ast.Name) else ""
        for name in _members(parts, known) if root == "" else filter(None, [root and _name(root, parts, known)]):
            found.setdefault(name, []).append(node.lineno)
    lines = {name: sorted({*own}) for name, own in found.items()}
    return dict(sorted(lines.items(), key=lambda one: (one[1][0], one[0])))


def _imports(tree: ast.Module) -> dict[str, str | None]:
    """What imported names stand for in NumPy; None for what is not NumPy's."""
    found: dict[str, str | None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                whole = one.name if one.asname else one.name.partition(".")[0]
                found[one.asname or whole] = whole if whole.partition(".")[0] == "numpy" else None
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            own = module.partition(".")[0] == "numpy" and not node.level
            found |= {one.asname or one.name: f"{module}.{one.name}" if own else None for one in node.names}
    return found


def _members(parts: list[str], known: set[str]) -> list[str]:
    """What a chain of attributes of a value may be: members of an array, or methods of a generator."""
    likely = ([f"{kind}.{part}" for kind in METHODS if f"{kind}.{part}" in known] for part in parts if part not in PYTHONS)
    return [names[0] for names in likely if names]


def _name(root: str, parts: list[str], known: set[str]) -> str:
    """The name for which a chain of attributes stands; nothing where it is a module."""
    names = [".".join([root, *parts[:end]]) for end in range(len(parts), -1, -1)]
    if len(parts) > 1 and names[1] in known and (method := f"numpy.ufunc.{parts[-1]}") in known:
        return method
    module = any(name.startswith(f"{names[0]}.") for name in known)
    return next((name for name in names if name in known), "" if module else names[0])
