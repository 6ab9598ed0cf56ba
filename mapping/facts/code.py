"""Code of running text goes in; what it claims of the live libraries comes out, and what of that does not hold.

An expression claims the names in it, that its methods are some array's, and that functions take the keywords and as many
arguments as they are given. What is no expression claims only names, which are looked up as those of any text.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from . import signature

ROOTS = {"mx": "mlx.core", "np": "numpy", "numpy": "numpy", "mlx": "mlx", "nn": "mlx.nn", "optim": "mlx.optimizers"}
OBJECTS = (  # whose attributes code may use of what it does not name
    *("mlx.core.array", "mlx.core.ArrayAt", "mlx.core.Dtype", "mlx.core.finfo", "mlx.core.iinfo"),
    *("numpy.ndarray", "numpy.dtype", "numpy.ufunc", "numpy.finfo", "numpy.iinfo", "numpy.random.Generator"),
)
PYTHON = {name for kind in (object, list, dict, str, set, float, complex, bytes, memoryview, type, BaseException) for name in dir(kind)}
PASSED_ON = ("kwargs", "VAR_KEYWORD")  # by a method of NumPy's arrays, to a reduction that takes these
REDUCTION = ("keepdims", "initial", "where")
STARRED = re.compile(r"[(,]\s*\*\w")  # any number of arguments
FILE = re.compile(r"[\w*./-]*\.(?:md|toml|json|py|txt|lock|html|npy|npz|svg|zip|yml|safetensors|gguf|inv|venv)")


@dataclass(frozen=True)
class Call:
    """A call: the function's dotted name, or `.name` of a method; its keywords; how many arguments stand before them."""

    function: str
    keywords: tuple[str, ...]
    positional: int


@dataclass(frozen=True)
class Code:
    """What an expression claims: dotted names of the libraries, names of methods and attributes, calls."""

    names: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()


def read(text: str) -> Code:
    """What a piece of code claims; nothing, where it is no expression or statement."""
    text = f"x{text}" if text.startswith(".") else text
    try:
        tree = ast.parse(text.strip()) if not FILE.fullmatch(text.removeprefix("x")) else ast.Module([], [])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Code()
    names, attributes, calls, inner = [], [], [], set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node not in inner:
            dotted = _dotted(node)
            inner |= {part for part in ast.walk(node.value) if isinstance(part, ast.Attribute) and _dotted(part) and dotted}
            root = dotted.partition(".")[0]
            if root in ROOTS:
                names.append(whole(dotted))
            elif root not in sys.stdlib_module_names:
                attributes.append(node.attr)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("getattr", "hasattr"):
            names += _named(node.args)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            dotted = _dotted(node.func)
            root = dotted.partition(".")[0]
            keywords = tuple(one.arg for one in node.keywords if one.arg)
            open_ = any(isinstance(one, ast.Starred) or getattr(one, "value", None) is ... for one in node.args)
            if root not in sys.stdlib_module_names:
                calls.append(Call(whole(dotted) if root in ROOTS else f".{node.func.attr}", keywords, 0 if open_ else len(node.args)))
    return Code(tuple(names), tuple(attributes), tuple(calls))


def _named(arguments: list[ast.expr]) -> list[str]:
    """The name that stands as text behind a library."""
    match arguments:
        case [ast.Name(library), ast.Constant(str(name)), *_] if library in ROOTS and name.isidentifier():
            return [whole(f"{library}.{name}")]
    return []


def _dotted(node: ast.expr) -> str:
    """`a.b.c` of an attribute of a name; nothing, where something else stands before the first point."""
    if isinstance(node, ast.Name):
        return node.id
    before = _dotted(node.value) if isinstance(node, ast.Attribute) else ""
    return f"{before}.{node.attr}" if before and isinstance(node, ast.Attribute) else ""


def whole(dotted: str) -> str:
    """A dotted name with the library's own name in place of the one by which code knows it."""
    root, _, rest = dotted.partition(".")
    return f"{ROOTS[root]}.{rest}"


def asked(code: Code) -> set[str]:
    """The names whose signatures tell whether its calls fit."""
    functions = [call.function for call in code.calls]
    return {name for one in functions for name in ([f"{place}{one}" for place in OBJECTS] if one.startswith(".") else [one])}


def misfits(code: Code, members: set[str], signatures: Mapping[str, list], ran: str) -> Iterator[str]:
    """What of it does not hold, in words. `members` are the last names of all that arrays and their kin have; what code that `ran`
    uses is there as well.
    """
    for name in code.attributes:
        if name not in members and name not in PYTHON and f".{name}" not in ran:
            yield f"nothing has `.{name}`"
    for call in code.calls:
        found = [parameters for name in sorted(asked(Code(calls=(call,)))) for parameters in _overloads(name, signatures)]
        for keyword in call.keywords:
            if found and not any(_takes(parameters, keyword) for parameters in found):
                yield f"`{call.function}` takes no `{keyword}`"
        if found and call.positional > max(map(_places, found)):
            yield f"`{call.function}` takes no {call.positional} arguments by position"


def _overloads(name: str, signatures: Mapping[str, list]) -> list[list[tuple[str, str]]]:
    """The parameters of each way to call a function, as name and kind; none where it does not tell."""
    listed = signatures.get(name, [])
    if name.startswith("numpy"):
        known = [(own, kind) for own, kind, _ in listed if (own, kind) != PASSED_ON]
        return [known + [(own, "KEYWORD_ONLY") for own in REDUCTION] * (len(known) < len(listed))] if listed else []
    found = []
    for text in listed:
        for parameters in signature.mlxs([text]):
            kinds = [
                (one.name, "ANY" if one.positional and one.keyword else "" if one.positional else "KEYWORD_ONLY") for one in parameters
            ]
            found.append(kinds + [("", "VAR_POSITIONAL")] * bool(STARRED.search(text)) + [("", "VAR_KEYWORD")] * ("**" in text))
    return found


def _takes(parameters: list[tuple[str, str]], keyword: str) -> bool:
    return any((name == keyword and kind not in ("", "POSITIONAL_ONLY")) or kind == "VAR_KEYWORD" for name, kind in parameters)


def _places(parameters: list[tuple[str, str]]) -> int:
    """How many arguments are taken by position."""
    if any(kind == "VAR_POSITIONAL" for _, kind in parameters):
        return sys.maxsize
    return sum(name != "self" and kind not in ("KEYWORD_ONLY", "VAR_KEYWORD") for name, kind in parameters)
