"""Dotted names go in; what the live libraries say of them comes out: whether they exist, their kind, members and signature."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import mlx.core as mx
import numpy as np

COMPARISONS = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__")
PYTHONS = (*dir(object), "__getattr__")  # what any object has
LIMITS = {np.finfo: np.finfo(np.float32), np.iinfo: np.iinfo(np.int32), mx.finfo: mx.finfo(mx.float32), mx.iinfo: mx.iinfo(mx.int32)}


def resolve(name: str) -> Any:
    """The live object of a dotted name that begins with `numpy`, `np`, `mlx` or `mx`. Raises AttributeError."""
    head, *rest = name.split(".")
    if head == "mlx" and rest[:1] == ["core"]:
        head, rest = "mx", rest[1:]
    if head == "mlx":
        return _import_under("mlx", rest)
    found: Any = {"np": np, "numpy": np, "mx": mx}[head]
    for part in rest:
        found = getattr(LIMITS.get(found, found) if inspect.isclass(found) else found, part)
    return found


def _import_under(package: str, rest: list[str]) -> Any:
    import importlib

    try:
        found = importlib.import_module(".".join([package, *rest[:1]]))
    except ImportError as error:
        raise AttributeError(str(error)) from None
    for part in rest[1:]:
        found = getattr(found, part)
    return found


def exists(name: str) -> bool:
    try:
        resolve(name)
    except (AttributeError, KeyError):
        return False
    return True


def facts(question: dict) -> dict:
    """Answer what `shows` asks: which names exist, which are one object, what is near those that are not."""
    names = {name: exists(name) for name in question["names"]}
    same = {f"{a} {b}": names.get(a, exists(a)) and exists(b) and resolve(a) is resolve(b) for a, b in question["same"]}
    return {
        "names": names,
        "same": same,
        "near": {name: near(name) for name, there in names.items() if not there},
        "kinds": {name: kind_of(name) for name, there in names.items() if there},
        "members": {space: members(space) for space in question["spaces"] if exists(space)},
        "signatures": {name: found for name, there in names.items() if there and (found := signature(name))},
    }


def members(space: str) -> list[str]:
    """The public names of a namespace, dotted: what a module declares, or what a class has; an array's operators too."""
    found = resolve(space)
    if inspect.ismodule(found) and space.startswith("numpy"):
        own = getattr(found, "__all__", dir(found))
    elif space == "numpy.ndarray":
        own = [name for name in dir(found) if not name.startswith("_") or name not in PYTHONS or name in COMPARISONS]
    else:
        own = [name for name in dir(found) if not name.startswith("_")]
        own += [name for name in getattr(found, "__annotations__", {}) if not name.startswith("_")]
    if space in ("numpy.finfo", "numpy.iinfo"):
        own += [name for name in vars(found("float32" if space == "numpy.finfo" else "int32")) if not name.startswith("_")]
    return sorted({f"{space}.{name}" for name in own})


def signature(name: str) -> list:
    """NumPy's parameters as name, kind and default; MLX's overloads as its docstring has them; nothing where neither tells."""
    found = resolve(name)
    if not name.startswith(("np.", "numpy.")):
        signatures = getattr(found, "__nb_signature__", ())
        return [
            functools.reduce(lambda text, one: text.replace(f"\\{one[0]}", repr(one[1])), enumerate(values or ()), text)
            for text, _, values in signatures
        ]
    try:
        parameters = inspect.signature(found).parameters.values() if callable(found) else ()
    except ValueError:
        return []
    return [[one.name, one.kind.name, "" if one.default is one.empty else repr(one.default)] for one in parameters]


def kind_of(name: str) -> str:
    """What Sphinx's Python domain calls the object of a name that exists."""
    found, parent = resolve(name), name.rpartition(".")[0]
    if inspect.ismodule(found):
        return "module"
    if inspect.isclass(found):
        return "class"
    if inspect.isclass(resolve(parent)):
        return "method" if callable(found) else "attribute"
    return "function" if callable(found) else "data"


def near(name: str) -> list[str]:
    """Live names that look like one that does not exist."""
    import difflib

    parent, _, last = name.rpartition(".")
    if not parent or not exists(parent):
        return []
    return [f"{parent}.{match}" for match in difflib.get_close_matches(last, dir(resolve(parent)), 3)]
