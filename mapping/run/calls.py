"""Entries' `calls` go in; jobs of the differential matrix come out, as plain data. Standard library alone.

A call is a word of the vocabulary or a line: a Python expression over `f`, the function on either side, and
named inputs, which `cells` makes for each dtype and shape. ` => ` parts the sides where they are written
otherwise; without it, MLX's side is NumPy's with `mx.` for `np.`.
"""

from __future__ import annotations

import ast
import re
from dataclasses import asdict, dataclass, field

from .terms import ULP

VOCABULARY = {
    "unary": ("f(a)",),
    "binary": ("f(a, b)", "f(a, row)", "f(a, 2)"),
    "reduction": ("f(a)", "f(a, axis=0)", "f(a, axis=-1, keepdims=True)", "f(a, axis=(0, 1))"),
    "cumulative": ("f(a)", "f(a, axis=0)", "f(a, axis=-1)"),
}
ARRAYS = ("a", "b", "row", "m", "v", "w", "o", "u", "q", "p", "y", "i")
INPUTS = (*ARRAYS, "n")  # `n` is a number of Python's
SIDES = " => "
DEFINITION = re.compile(r"^def (\w+)\(", re.MULTILINE)


@dataclass
class Job:
    """All calls of one entry or form: names of both functions or the recipe, and lines, each with both sides.

    `alias_of` names the NumPy function whose answers must be the very same. `ulp` and `compare` are the
    entry's own; `unasserted` labels corners where behaviour is undefined, which are left out; `parameter_calls` are
    calls made once, on one ordinary input, each with its purpose.
    """

    name: str
    numpy: str
    mlx: str = ""
    recipe: str = ""
    lines: list[tuple[str, str]] = field(default_factory=list)
    compare: str = "values"
    ulp: float = ULP
    alias_of: str = ""
    unasserted: list[str] = field(default_factory=list)
    parameter_calls: list[dict] = field(default_factory=list)

    def data(self) -> dict:
        return asdict(self)


class CallError(ValueError):
    """A call that cannot be made as it is written."""


def lines(calls: list[str], recipe: str = "") -> list[tuple[str, str]]:
    """Both sides of every call. Raises CallError where one is no expression, or a recipe does not fit."""
    found = []
    for call in calls:
        for line in VOCABULARY.get(call, (call,)):
            numpy, parted, mlx = line.partition(SIDES)
            found.append((numpy.strip(), mlx.strip() if parted else re.sub(r"\bnp\.", "mx.", numpy.strip())))
    try:
        compile(recipe.strip(), "<recipe>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise CallError(f"the recipe is no Python: {(*error.args, 'nested too deeply')[0]}") from None
    if recipe and not DEFINITION.search(recipe):
        if len(found) != 1:
            raise CallError("a recipe that is an expression has exactly one call: write a function for more")
        if recipe.strip() not in found[0][1]:
            found = [(found[0][0], recipe.strip())]
    for numpy, mlx in found:
        for side in (numpy, mlx):
            try:
                compile(side, "<call>", "eval", dont_inherit=True)
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                raise CallError(f"`{side}` is no expression: {(*error.args, 'nested too deeply')[0]}") from None
    return found


def used(line: str) -> set[str]:
    """The inputs that a line uses, within comprehensions and lambdas too, but as names alone."""
    nodes = list(ast.walk(ast.parse(line, mode="eval")))
    own = {one.arg for node in nodes if isinstance(node, ast.Lambda) for one in node.args.args}
    own |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return {node.id for node in nodes if isinstance(node, ast.Name)} & set(INPUTS) - own


def as_it_is(line: str) -> bool:
    """Whether the numbers of an input decide what `f` takes in a line: it takes one as it is, a part of it, one as `float32`, its
    square and a constant, or others with it; a line without `f` is an operator or a method."""
    nodes = list(ast.walk(ast.parse(line, mode="eval")))
    bound = {one.arg for node in nodes if isinstance(node, ast.Lambda) for one in node.args.args}
    taken = [node.args + [one.value for one in node.keywords] for node in nodes if isinstance(node, ast.Call) and _is_function(node.func)]
    taken += [[node.slice] for node in nodes if isinstance(node, ast.Subscript) and _is_function(node.value)]
    given = [one for some in taken for one in some]
    for one in given:
        given += _within(one)
    if not taken:
        return bool(used(line) & {*ARRAYS})
    return any(isinstance(one, ast.Name) and one.id in {*ARRAYS, *bound} for one in given)


def _within(node: ast.expr) -> list[ast.expr]:
    """The expressions whose numbers decide those of an argument."""
    match node:
        case ast.List(elts=inner) | ast.Tuple(elts=inner) | ast.Call(func=ast.Attribute(attr="stack"), args=inner):
            return inner
        case ast.Subscript(value=inner) | ast.Attribute(value=inner, attr="dtype" | "shape"):
            return [inner]
        case ast.Call(func=ast.Attribute(value=inner, attr="astype"), args=[kind]) if ast.unparse(kind).endswith(".float32"):
            return [inner]
        case ast.BinOp(left=ast.BinOp(left=inner, op=ast.Mult(), right=ast.Name() as twice), op=ast.Add(), right=ast.Constant()):
            return [inner] if ast.unparse(inner) == twice.id else []
    return []


def _is_function(node: ast.expr) -> bool:
    """Whether it is `f`, or what `f` gives back, which is called in its turn."""
    return (isinstance(node, ast.Name) and node.id == "f") or (isinstance(node, ast.Call) and _is_function(node.func))
