"""An entry's recipe and a call go in; where the recipe was run with such arguments, the change of the text that puts it there comes out.

What a recipe was run with is what its calls in the matrix show: a call is changed only where each of its arguments is of a kind that
was tried there.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

from .calls import Argument, Site, after, before, between
from .known import Entry
from .model import Edit, Place, Value

NUMBERS = ("int", "float", "complex", "bool", "number", "None")
ARRAYS = ("array", "vector", "floats")  # kinds of arrays: any, of one dimension, of floats
VECTORS = ("v", "w", "y", "o", "i")  # inputs of the matrix that have one dimension
FLOATS = ("float64", "float32")
STORES = re.compile(r"^    (\w+)\[.*\] = ", re.MULTILINE)
Run = tuple[list[ast.Call], bool]
PIECES = re.compile(r"\b[A-Za-z_]\w*\b")


@dataclass
class Put:
    """The changes, and the function that has to stand above; `loose` of a call that an operator may tear apart."""

    edits: list[Edit] = field(default_factory=list)
    function: str = ""


def put(entry: Entry, shown: Entry, arguments: list[Argument], site: Site, method: bool) -> Put | None:
    """The recipe in the place of a call; None where it does not fit. `shown` has the calls that were run: it is what the entry's name
    is another name of."""
    if any(one.place is None or one.text.startswith("*") for one in arguments):
        return None
    whole = [site.of, *arguments] if method and site.of else list(arguments)
    if entry.recipe.startswith("def "):
        return _function(entry, tried(shown), whole, site, method)
    return None if method else _expression(entry, tried(shown), whole, site)


def tried(entry: Entry) -> Run:
    """NumPy's side of the calls that were run with both, and whether they change their first argument."""
    found, changes = [], False
    for case in entry.row["matrix"]:
        for text, _ in case["calls"]:
            node = ast.parse(text, mode="eval").body
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == 2:
                node, changes = node.value.elts[0], True  # `(f(a, b), a)[1]`: what the argument is afterwards
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "f":
                found.append(node)
    return found, changes


def kind(node: ast.expr) -> str:
    """The kind of an argument of a call of the matrix, whose names are arrays."""
    match node:
        case ast.Constant(value=str()):
            return "text"
        case ast.Constant():
            return "number"
        case ast.UnaryOp(operand=ast.Constant()):
            return "number"
        case ast.List(elts=inner) | ast.Tuple(elts=inner):
            return "list" if all(kind(one) == "number" for one in inner) else "arrays" if all(kind(one) in ARRAYS for one in inner) else ""
        case ast.Name(id=name) if name in VECTORS:
            return "vector"
        case ast.Call(func=ast.Attribute(attr="astype"), args=[ast.Attribute(attr="float32")]):
            return "floats"
        case ast.Name() | ast.BinOp() | ast.Call() | ast.Subscript() | ast.Compare():
            return "array"
    return ""


def of_value(value: Value) -> str:
    """The kind of an argument, by the same names; empty where it is none of them."""
    if value.kind != "plain":
        return value.kind if value.kind in ("array", "arrays") else ""
    if value.name in ("list", "tuple"):
        return "list" if value.element and value.element not in ("mixed", "other") else ""
    return "text" if value.name == "str" else "number" if value.name in NUMBERS else ""


def _wanted(calls: list[ast.Call], names: list[str]) -> dict[str, set[str]]:
    """By NumPy's parameters, the kinds that were tried."""
    found: dict[str, set[str]] = {}
    for call in calls:
        for place, one in enumerate(call.args):
            found.setdefault(names[place] if place < len(names) else str(place), set()).add(kind(one))
        for keyword in call.keywords:
            found.setdefault(keyword.arg or "", set()).add(kind(keyword.value))
    return found


def _fit(argument: Argument, wanted: set[str]) -> list[Edit] | None:
    """The changes that make an argument one that was tried; None where nothing does."""
    own, value = of_value(argument.value), argument.value
    if own and own in wanted and own != "array":
        return []
    made = own in ("number", "list") and value.name not in ("None", "complex")
    if own == "array" or made:
        vector = value.ndim == 1 or value.depth == 1
        floats = value.dtype in FLOATS or value.element == "float" or value.name == "float"
        if "array" in wanted or ("vector" in wanted and vector) or ("floats" in wanted and floats):
            return argument.array() if made else []
        return None
    unknown = argument.simple and (value.kind in ("unknown", "maybe") or (value.kind == "plain" and value.name == "object"))
    return [] if unknown and wanted and not wanted & {*ARRAYS, "arrays", ""} else None


def _function(entry: Entry, run: Run, arguments: list[Argument], site: Site, method: bool) -> Put | None:
    head = next((node for node in reversed(ast.parse(entry.recipe).body) if isinstance(node, ast.FunctionDef)), None)
    calls, changes = run
    names = [name for name, shape, _ in entry.parameters.names or () if shape.startswith("POSITIONAL")]
    names = ["self", *names] if method else names
    if head is None or not calls or head.args.vararg or (changes and site.inside != "statement"):
        return None
    own = [one.arg for one in head.args.args]
    required = own[: len(own) - len(head.args.defaults)]
    given: set[str] = set()
    wanted, edits = _wanted(calls, names), []
    for place, one in enumerate(arguments):
        if one.keyword:
            name, taken = one.keyword, one.keyword
        elif place < min(len(names), len(own)):
            name, taken = names[place], own[place]
            if name != taken and (name in own or taken in names):  # the recipe has another order
                return None
        else:
            return None
        fitted = _fit(one, wanted.get(name, set()))
        if fitted is None or taken not in own:
            return None
        given.add(taken)
        edits += fitted
    if not {*required} <= given:
        return None
    if changes and (arguments[0].value.view or not re.fullmatch(r"\w+", arguments[0].text)):
        return None
    function = called(head.name, site, len(arguments) > 1, method)
    return Put([*edits, *function], entry.recipe.rstrip()) if function else None


def called(name: str, site: Site, others: bool, method: bool) -> list[Edit]:
    """The changes that call a function of this name in place of NumPy's function, or of a method."""
    if not method:
        return [Edit(site.function, (name,))]
    if site.of is None or site.of.place is None:
        return []
    head = Edit(before(site.of.place), (name, "("), wraps=site.place)
    return [head, Edit(between(site.of.place, after(site.name)), ("",)), Edit(_bracket(site), (", " if others else "",))]


def _bracket(site: Site) -> Place:
    """The opening bracket after a method's name."""
    return Place(site.name.end_line, site.name.end_column, site.name.end_line, site.name.end_column + 1)


def _expression(entry: Entry, run: Run, arguments: list[Argument], site: Site) -> Put | None:
    calls, changes = run
    if len(calls) != 1 or changes or calls[0].keywords or any(one.keyword for one in arguments):
        return None
    (call,) = calls
    text, shown = entry.recipe.strip(), call.args
    listed = shown[0].elts if len(shown) == 1 and isinstance(shown[0], ast.List) and isinstance(shown[0].elts[0], ast.Name) else None
    if listed is not None:
        if len(arguments) != 1 or len(arguments[0].elements) < 2 or not text.count("a, b"):
            return None
        given = list(arguments[0].elements)
        text = text.replace("a, b", ", ".join(f"_{place}" for place in range(len(given))))
        text = re.sub(r"\ba\b", "_0", text)
        variables = {f"_{place}": one for place, one in enumerate(given)}
    else:
        if len(arguments) != len(shown):
            return None
        variables = {}
        for place, (node, one) in enumerate(zip(shown, arguments)):
            written = ast.unparse(node)
            if isinstance(node, ast.Name):
                variables[node.id] = one
            elif kind(node) in ("number", "list") and text.count(written) == 1 and of_value(one.value) == kind(node):
                text = text.replace(written, f"_{place}")
                variables[f"_{place}"] = one
            else:
                return None
    names = [match[0] for match in PIECES.finditer(text)]
    if any(names.count(name) > 1 and not one.simple for name, one in variables.items()):
        return _defined(entry, call, arguments, site)
    pieces: list[str | Place] = []
    edits: list[Edit] = []
    at = 0
    for match in PIECES.finditer(text):
        inserted = variables.get(match[0])
        if inserted is None or text[match.start() - 1 : match.start()] == ".":
            continue
        pieces += [text[at : match.start()], *_piece(inserted, text, match)]
        at = match.end()
    for name, one in variables.items():
        constant = name[0] == "_" and listed is None
        fitted = [] if constant else _fit(one, {"array"})
        if fitted is None or one.place is None or name not in names:
            return None
        edits += fitted
    node = ast.parse(text, mode="eval").body
    loose = not isinstance(node, ast.Call | ast.Attribute | ast.Subscript | ast.Name)
    return Put([Edit(site.place, (*pieces, text[at:]), loose), *edits])


def _defined(entry: Entry, call: ast.Call, arguments: list[Argument], site: Site) -> Put | None:
    """A function that gives the recipe's expression, where an argument would be written twice."""
    if not all(isinstance(one, ast.Name) for one in call.args):
        return None
    fitted = [_fit(one, {"array"}) for one in arguments]
    if any(one is None for one in fitted):
        return None
    name = entry.numpy.rpartition(".")[2]
    function = f"def {name}({', '.join(ast.unparse(one) for one in call.args)}):\n    return {entry.recipe.strip()}"
    return Put([edit for one in fitted for edit in one or ()] + called(name, site, True, False), function)


def _piece(one: Argument, text: str, match: re.Match) -> list[str | Place]:
    """An argument where the recipe has a name: in brackets, where an operator beside it would take a part of it."""
    place = one.place or Place(0, 0, 0, 0)
    alone = text[: match.start()].rstrip()[-1:] in ("(", ",", "[") and text[match.end() :].lstrip()[:1] in (")", ",", "]")
    made = bool(_fit(one, {"array"}))  # becomes a call of `mx.array`
    return [place] if alone or one.atomic or made else ["(", place, ")"]
