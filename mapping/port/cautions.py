"""An expression or a statement goes in; what no NumPy name tells of it, and bites in MLX, comes out.

A rule is a function with a code; its docstring says what is wrong and what to do, on the page of rules and in SARIF.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

import libcst as cst

from .model import UNKNOWN, Value
from .syntax import indices, number_of, text_of

LONG = 1_000_000  # elements from which on a `float32` sum that adds one by one is told
LEAST = 1.2e-38  # the smallest normal `float32`
SMALL = 1e-7  # about the distance of 1.0 from the next `float32`
REDUCTIONS = ("sum", "mean", "var", "std", "prod", "cumsum", "cumprod", "norm", "dot", "average", "trapezoid", "trapz")
ARRAYS = ("array", "maybe")
KEYED = ("set", "frozenset", "Counter", "fromkeys")  # what makes keys of elements
SCALARS = ("floating", "integer", "number", "generic", "bool_", "float64", "int64", "float32", "int32")


class Seen(Protocol):
    """What a rule may ask of the reader."""

    @property
    def names(self) -> Mapping[str, Value]: ...

    @property
    def values(self) -> Mapping[cst.CSTNode, Value]: ...

    @property
    def targets(self) -> Mapping[cst.CSTNode, tuple[Value, Value]]: ...

    @property
    def loops(self) -> Sequence[cst.For | cst.While]: ...

    @property
    def compiled(self) -> set[str]: ...


Rule = Callable[..., bool]  # of a node of its kinds, and of what the reader has seen
RULES: dict[str, Rule] = {}
KINDS: dict[type[cst.CSTNode], list[str]] = {}


def rule(code: str, *kinds: type[cst.CSTNode]) -> Callable[[Rule], Rule]:
    """Register a rule under its code, for nodes of these kinds."""

    def register(function: Rule) -> Rule:
        RULES[code] = function
        for kind in kinds:
            KINDS.setdefault(kind, []).append(code)
        return function

    return register


def told(node: cst.CSTNode, seen: Seen) -> Iterator[tuple[str, str]]:
    """The rules that have something to say of a node, each with its words."""
    for code in KINDS.get(type(node), ()):
        if RULES[code](node, seen):
            yield code, " ".join((RULES[code].__doc__ or "").split())


def _kind(node: cst.CSTNode, seen: Seen) -> str:
    return seen.values.get(node, UNKNOWN).kind


def _called(node: cst.Call, seen: Seen) -> tuple[Value, Value]:
    """What is called, and of what it is an attribute."""
    return seen.targets.get(node.func, (UNKNOWN, UNKNOWN))


def _counters(seen: Seen) -> set[str]:
    """The names that the loops around count with."""
    return {name for loop in seen.loops if isinstance(loop, cst.For) for name in _names(loop.target)}


def _names(node: cst.CSTNode) -> set[str]:
    found: set[str] = set()
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, cst.Name):
            found.add(one.value)
        waiting += one.children
    return found


def _one_element(node: cst.Subscript, seen: Seen) -> bool:
    """Whether each index is one place that a loop counts."""
    places = indices(node)
    counters = _counters(seen)
    of = seen.values.get(node.value, UNKNOWN).kind
    return len(places) == len(node.slice) and of in ("array", "maybe", "unknown") and all(_names(one) & counters for one in places)


@rule("P101", cst.Subscript)
def element_in_nested_loops(node: cst.Subscript, seen: Seen) -> bool:
    """Nested loops read single elements: each read is a computation of its own in MLX. Write it for whole arrays."""
    return len([loop for loop in seen.loops if isinstance(loop, cst.For)]) > 1 and len(node.slice) > 1 and _one_element(node, seen)


@rule("P102", cst.Assign)
def element_stored_in_a_loop(node: cst.Assign, seen: Seen) -> bool:
    """A loop stores single elements: in MLX each store makes the array anew. Collect the values and stack them, or compute all at once."""
    targets = [one.target for one in node.targets if isinstance(one.target, cst.Subscript)]
    return any(_kind(one.value, seen) in ARRAYS and bool(seen.loops) and _one_element(one, seen) for one in targets)


@rule("P103", cst.Call)
def exponential_that_underflows(node: cst.Call, seen: Seen) -> bool:
    """An exponential of something negative: `float32` is 0 far earlier than `float64`. Look at logarithms of it, divisions by it."""
    inner = node.args[0].value if _called(node, seen)[0].name == "numpy.exp" and node.args else None
    while isinstance(inner, cst.BinaryOperation) and isinstance(inner.operator, cst.Multiply | cst.Divide):
        inner = inner.left
    return isinstance(inner, cst.UnaryOperation) and isinstance(inner.operator, cst.Minus)


@rule("P104", cst.Call)
def fractional_step(node: cst.Call, seen: Seen) -> bool:
    """A range with a fractional step: MLX computes it in `float32`, and the last point may be in it or not. Count in integers and scale."""
    if _called(node, seen)[0].name != "numpy.arange":
        return False
    named = [one.value for one in node.args if one.keyword and one.keyword.value == "step"]
    places = [one.value for one in node.args if not one.keyword]
    step = next(iter(named or places[2:3]), None)
    number = number_of(step) if step else None
    divided = isinstance(step, cst.BinaryOperation) and isinstance(step.operator, cst.Divide)
    named_float = step is not None and seen.values.get(step, UNKNOWN).name == "float"
    return divided or (number is not None and number != int(number)) or (number is None and named_float)


def _tiny(node: cst.CSTNode, seen: Seen) -> bool:
    number = number_of(node)
    number = seen.values.get(node, UNKNOWN).number if number is None else number
    return number is not None and 0 < abs(number) < SMALL


@rule("P105", cst.BinaryOperation, cst.Comparison, cst.Call)
def small_constant(node: cst.BinaryOperation | cst.Comparison | cst.Call, seen: Seen) -> bool:
    """A constant too small for `float32`: beside values near 1 it is lost when it is added, and a
    difference does not come below it unless it is 0. Scale it for `float32`."""
    if isinstance(node, cst.Call):  # what `float32` does not hold at all
        numbers = [number_of(one.value) or 0.0 for one in node.args if _called(node, seen)[0].kind == "numpy"]
        return any(0 < abs(number) < LEAST for number in numbers)
    if isinstance(node, cst.BinaryOperation):
        pair = (node.left, node.right)
        fits = isinstance(node.operator, cst.Add | cst.Subtract)
    else:
        pair, fits = (node.left, node.comparisons[0].comparator), len(node.comparisons) == 1
    return fits and any(_tiny(one, seen) and _kind(other, seen) != "plain" for one, other in (pair, pair[::-1]))


def _asked(node: cst.BaseExpression, seen: Seen) -> list[Value]:
    """The types that are asked for: one, several, or what a name stands for."""
    if isinstance(node, cst.Tuple | cst.List | cst.Set):
        return [type_ for one in node.elements for type_ in _asked(one.value, seen)]
    found = waiting = [seen.values.get(node, UNKNOWN)]
    while waiting:
        waiting = [part for one in waiting for part in one.parts]
        found = [*found, *waiting]
    return found


@rule("P106", cst.Call, cst.Comparison)
def python_type_asked(node: cst.Call | cst.Comparison, seen: Seen) -> bool:
    """`isinstance`, or `type`, asks for a number's type: what MLX computes is an array, even a single number, so the
    answer changes. Ask for `mx.array` as well, or take `.item()` first."""
    if isinstance(node, cst.Call):
        types = _asked(node.args[1].value, seen) if text_of(node.func) == "isinstance" and len(node.args) == 2 else []
    else:
        left = seen.values.get(node.left, UNKNOWN)
        types = _asked(node.comparisons[0].comparator, seen) if left == Value("type") else []
    return any((one.kind == "type" and one.name) or (one.kind == "numpy" and one.name.endswith(SCALARS)) for one in types)


@rule("P107", cst.Subscript, cst.Call)
def element_as_a_key(node: cst.Subscript | cst.Call, seen: Seen) -> bool:
    """An array's element is a key or is made text: MLX's are arrays, are equal to no key, and read `array(...)`. Take `.item()` first."""
    if isinstance(node, cst.Call):
        given = [seen.values.get(one.value, UNKNOWN) for one in node.args]
        if len(given) == 1 and text_of(node.func).rpartition(".")[2] in KEYED:
            return given[0].kind in ARRAYS
        return text_of(node.func) in ("str", "repr") and len(given) == 1 and given[0].kind == "array" and given[0].ndim == 0
    of = seen.values.get(node.value, UNKNOWN)
    keys = [seen.values.get(one, UNKNOWN) for one in indices(node)]
    return of.name == "dict" and any(key.kind == "array" for key in keys)


def _small(node: cst.BaseExpression, seen: Seen) -> set[bool | None]:
    """What a test asks of what shall become small: that it is so, or is not yet so."""
    parts = [node.left, node.right] if isinstance(node, cst.BooleanOperation) else [node]
    return {seen.values.get(one, UNKNOWN).small for one in parts}


@rule("P108", cst.While)
def loop_until_small(node: cst.While, seen: Seen) -> bool:
    """A loop runs until a value is small: in `float32` the value may never get there, and each test waits for the computation.
    Choose the bound for `float32`, and bound the number of rounds."""
    return False in _small(node.test, seen)


@rule("P109", cst.Call)
def long_reduction(node: cst.Call, seen: Seen) -> bool:
    """A reduction over very many elements: on the CPU MLX adds `float32` one by one, and the result drifts. Reduce in rows."""
    found, of = _called(node, seen)
    if found.kind not in ("numpy", "method") or found.name.rpartition(".")[2] not in REDUCTIONS:
        return False
    given = of if found.kind == "method" else seen.values.get(node.args[0].value, UNKNOWN) if node.args else UNKNOWN
    return given.kind == "array" and (given.size or 0) >= LONG


@rule("P110", cst.Call)
def number_to_a_compiled_function(node: cst.Call, seen: Seen) -> bool:
    """A compiled function gets a Python number: `mx.compile` traces anew for each other number. Pass an array where it changes."""
    if not isinstance(node.func, cst.Name) or node.func.value not in seen.compiled:
        return False
    return any(seen.values.get(one.value, UNKNOWN).name in ("float", "int") for one in node.args)


@rule("P111", cst.Assign, cst.AugAssign)
def chained_store(node: cst.Assign | cst.AugAssign, seen: Seen) -> bool:
    """A store behind two subscripts: the first gives a copy in MLX, and the store is lost. Put all indices into one subscript."""
    targets = [one.target for one in node.targets] if isinstance(node, cst.Assign) else [node.target]
    return any(
        isinstance(one, cst.Subscript) and isinstance(one.value, cst.Subscript) and _kind(one.value, seen) in ARRAYS for one in targets
    )


@rule("P112", cst.Assign, cst.AugAssign)
def view_written_through(node: cst.Assign | cst.AugAssign, seen: Seen) -> bool:
    """A part of an array, or the same array in another shape, is written to under a name of its own: in NumPy that changes the array
    it was taken from, in MLX it does not. Write to the array itself."""
    targets = [one.target for one in node.targets] if isinstance(node, cst.Assign) else [node.target]
    for one in targets:
        of = one.value if isinstance(one, cst.Subscript) else one if isinstance(node, cst.AugAssign) else None
        value = seen.names.get(of.value, UNKNOWN) if isinstance(of, cst.Name) else UNKNOWN
        if value.view or (of is not one and value.part and value.kind in ARRAYS):
            return True
    return False


@rule("P113", cst.If)
def loop_left_when_small(node: cst.If, seen: Seen) -> bool:
    """A loop is left when a value is small: in `float32` the value may never get there. Choose the bound for `float32`, and bound
    the number of rounds."""
    last = node.body.body[-1] if node.body.body else None
    last = last.body[-1] if isinstance(last, cst.SimpleStatementLine) else last
    return bool(seen.loops) and isinstance(last, cst.Break | cst.Return) and True in _small(node.test, seen)


def _pair(node: cst.BinaryOperation | cst.Comparison | cst.Call, seen: Seen) -> list[Value]:
    """The two values that an operator, or a function of NumPy's, takes together."""
    match node:
        case cst.BinaryOperation():
            pair: list[cst.BaseExpression] = [node.left, node.right]
        case cst.Comparison():
            pair = [node.left, node.comparisons[0].comparator]
        case _:
            pair = [one.value for one in node.args] if _called(node, seen)[0].kind == "numpy" and len(node.args) == 2 else []
    return [seen.values.get(one, UNKNOWN) for one in pair]


@rule("P116", cst.BinaryOperation, cst.Comparison, cst.Call)
def cut_to_integers(node: cst.BinaryOperation | cst.Comparison | cst.Call, seen: Seen) -> bool:
    """Integers, or what may be integers, meet an array that stays NumPy's: MLX cuts that array to its own dtype, and what is behind
    the point is lost. Make it `mx.array` where it enters."""
    pair = _pair(node, seen)
    ours = pair[:1] if isinstance(node, cst.BinaryOperation) else pair  # left of an operator, NumPy's array computes
    whole = any(one.kind == "array" and (not one.dtype or one.dtype.startswith(("int", "uint", "bool"))) for one in ours)
    return whole and any(one.host for one in pair)


@rule("P114", cst.Call)
def array_to_be_written_into(node: cst.Call, seen: Seen) -> bool:
    """An array is given to a function to be written into: another library writes into a copy, and the array stays as it is.
    Take what the function returns."""
    found, of = _called(node, seen)
    given = [one.value for one in node.args if one.keyword is not None and one.keyword.value in ("out", "output")]
    handed = any(_kind(one, seen) in ARRAYS or (_kind(one, seen) == "unknown" and text_of(one) == "out") for one in given)
    return handed and found.kind in ("unknown", "plain", "foreign") and of.name != "self"


@rule("P115", cst.Call)
def number_taken_for_an_array(node: cst.Call, seen: Seen) -> bool:
    """`isinstance` asks whether an element is an array: in NumPy a single number is none, in MLX it is one. Ask for its `ndim`."""
    if text_of(node.func) != "isinstance" or len(node.args) != 2:
        return False
    value = seen.values.get(node.args[0].value, UNKNOWN)
    number = value.part or (value.kind in ARRAYS and value.ndim == 0)
    return number and any(one.name == "numpy.ndarray" for one in _asked(node.args[1].value, seen))
