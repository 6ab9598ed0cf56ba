"""Expressions of a source, and what is plain of the names in them, go in; the uses of NumPy in them are noted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import libcst as cst

from . import bounds, judge, values
from .calls import Argument, Site
from .given import LISTS, NUMBERS
from .literals import axis, depth, element, product, product_of, size, widest
from .model import UNKNOWN, Place, Value
from .syntax import atomic, is_simple, number_of, parameters, stored, text_of
from .types import IF_ARRAY, Types

OPERATORS = {
    **{"Add": "add", "Subtract": "sub", "Multiply": "mul", "Divide": "truediv", "FloorDivide": "floordiv", "Modulo": "mod", "Power": "pow"},
    **{"MatrixMultiply": "matmul", "BitAnd": "and", "BitOr": "or", "BitXor": "xor", "LeftShift": "lshift", "RightShift": "rshift"},
    **{"Equal": "eq", "NotEqual": "ne", "LessThan": "lt", "LessThanEqual": "le", "GreaterThan": "gt", "GreaterThanEqual": "ge"},
    **{"Minus": "neg", "Plus": "pos", "BitInvert": "invert"},
}
BUILTINS = {"len": "int", "abs": "", "float": "float", "int": "int", "bool": "bool", "complex": "complex", "divmod": ""}
GIVES = {
    "range": "range",
    "str": "str",
    "list": "list",
    "dict": "dict",
    "tuple": "tuple",
    "set": "set",
    "isinstance": "bool",
    "sorted": "list",
}
LITERALS = {
    **{"Integer": "int", "Float": "float", "Imaginary": "complex", "SimpleString": "str", "ConcatenatedString": "str"},
    **{"FormattedString": "str", "List": "list", "Tuple": "tuple", "Set": "set", "Dict": "dict", "ListComp": "list", "DictComp": "dict"},
    **{"SetComp": "set", "GeneratorExp": "generator"},
}
SIGNS = (
    *(cst.CompFor, cst.BaseParenthesizableWhitespace, cst.Comma, cst.LeftParen, cst.RightParen, cst.LeftSquareBracket),
    *(cst.RightSquareBracket, cst.LeftCurlyBrace, cst.RightCurlyBrace),
)


class Expressions(Types):
    """Follows the expressions of one module."""

    def value(self, node: cst.CSTNode) -> Value:
        """What is plain of an expression; its uses of NumPy are noted on the way."""
        method: Callable[[cst.CSTNode], Value] = getattr(self, f"of_{type(node).__name__}", self.of_others)
        found = self.values[node] = self.tested(node, method(node))
        self.cautions_of(node)
        return found

    def tested(self, node: cst.CSTNode, found: Value) -> Value:
        """A value, and what it says of something that shall become small."""
        told = bounds.small(node, self.values) if isinstance(node, bounds.TESTS) else None
        return found if told is None else replace(found, small=told)

    def of_others(self, node: cst.CSTNode) -> Value:
        kept = dict(self.names) if isinstance(node, cst.BaseComp) else None
        if isinstance(node, cst.BaseComp):
            self.comprehension(node.for_in)
        inner = [self.value(child) for child in node.children if not isinstance(child, SIGNS)]
        if kept is not None:
            self.names = {**kept, **dict.fromkeys(stored(node), UNKNOWN)}
        name = LITERALS.get(type(node).__name__, "")
        if not name:
            return inner[0] if isinstance(node, cst.Element | cst.Arg | cst.Index) and len(inner) == 1 else UNKNOWN
        parts = tuple(inner) if isinstance(node, cst.Tuple) and all(isinstance(one, cst.Element) for one in node.elements) else ()
        if isinstance(node, cst.List | cst.Tuple) and inner and all(one.kind == "array" for one in inner):
            ndim = inner[0].ndim if len({one.ndim for one in inner}) == 1 else None
            return Value("arrays", name, dtype=values.common(inner), ndim=ndim, parts=parts)
        number = number_of(node)
        if not isinstance(node, cst.List | cst.Tuple):
            return Value("plain", name, number=number, size=size(node))
        shared = values.common([one for one in inner if one.kind != "plain" or one.name not in NUMBERS])
        numbers = all(one.kind == "array" or one.name in ("int", "float") or one.element in ("int", "float") for one in inner)
        kind = "float64" if shared == "float64" and numbers else ""
        return Value(
            "plain", name, dtype=kind, element=element(inner), ndim=len(inner), size=product(inner), parts=parts, depth=depth(inner)
        )

    def of_NamedExpr(self, node: cst.NamedExpr) -> Value:
        found = self.value(node.value)
        self.store(node.target, found, node.value)
        return found

    def of_Lambda(self, node: cst.Lambda) -> Value:
        given = parameters(node.params)
        for one in given:
            if one.default:
                self.value(one.default)
        kept = self.names
        self.names = {**kept, **{one.name.value: UNKNOWN for one in given}}
        self.value(node.body)
        self.names = kept
        return Value("plain", "function")

    def comprehension(self, node: cst.CompFor) -> None:
        each = self.iterated(node.iter, self.value(node.iter))
        self.store(node.target, each, None)
        for test in node.ifs:
            self.value(test.test)
        if node.inner_for_in:
            self.comprehension(node.inner_for_in)

    def of_Name(self, node: cst.Name) -> Value:
        if node.value in ("True", "False", "None", "Ellipsis"):
            return Value("plain", {"None": "None", "Ellipsis": "ellipsis"}.get(node.value, "bool"))
        found = self.names.get(node.value, UNKNOWN)
        if found.kind == "numpy":
            self.referred(node, found)
        if found.kind == "local":
            self.seen.handed.add(found.name)
            return UNKNOWN
        return self.number_type(node.value, found)

    def of_Ellipsis(self, node: cst.Ellipsis) -> Value:
        return Value("plain", "ellipsis")

    def of_Attribute(self, node: cst.Attribute) -> Value:
        found, base = self.targets[node] = self.target(node)
        self.of_a_dtype(node, base)
        if found.kind == "numpy":
            self.referred(node, found, spelled=base.kind != "object")
            if base.kind == "object":
                return values.of_call(found.name, self.known, [], "", False) if base.name == "numpy.finfo" else UNKNOWN
            last = found.name.rpartition(".")[2]
            return Value("plain", values.PLAIN[last]) if last in values.PLAIN and found.name.count(".") == 1 else found
        if found.kind == "foreign":
            return found
        if found.kind == "method":
            entry = self.known.entry(found.name)
            if entry is None:
                return UNKNOWN
            found_port = judge.member(entry, self.known)
            self.note(node, found.name, found_port, condition="" if base.kind == "array" else IF_ARRAY)
            last = node.attr.value
            if last in values.PLAIN or last == "dtype":
                return Value("plain", values.PLAIN.get(last, "dtype"))
            if last in ("T", "mT", "real", "imag", "flat"):
                return Value(
                    base.kind, dtype=base.dtype if last in ("T", "mT") else "", ndim=base.ndim, view=last != "flat", host=base.host
                )
        return replace(self.of_numbers(node), small=self.learned.flags.get(node.attr.value))

    # calls

    def of_Call(self, node: cst.Call) -> Value:
        simple = isinstance(node.func, cst.Name | cst.Attribute)
        found, base = self.targets[node.func] = self.target(node.func) if simple else (self.value(node.func), UNKNOWN)
        self.of_a_dtype(node.func, base)
        self.inside |= {one.value: text_of(node.func) for one in node.args}
        asks = text_of(node.func) in ("isinstance", "issubclass")
        arguments = [self.argument(one, asks and place == 1) for place, one in enumerate(node.args)]
        name = node.func.value if isinstance(node.func, cst.Name) else ""
        if found.kind == "local":
            self.seen.script = self.seen.script or not self.functions
            given = []
            for one, own in zip(arguments, node.args):
                parts = one.value.parts if own.star == "*" else ()
                given += [("", "", part) for part in parts] or [(own.star, one.keyword, one.value)]
            self.seen.call(found.name, given)
            return self.learned.gives.get(found.name, UNKNOWN)
        for one, own in zip(arguments, node.args):
            if found.kind != "numpy":
                self.handed_on(own.value, one.value)
            self.handed_dtype(own.value, one.value, found, base, node.func)
        if found.kind == "numpy":
            return self.numpy_call(node, found, base, arguments, self.site(node, UNKNOWN))
        if found.kind == "method":
            return self.method_call(node, found, base, arguments, self.site(node, base))
        if name in BUILTINS and name not in self.names and arguments and arguments[0].value.kind == "array":
            first = arguments[0].value
            self.operator(node, name, first, UNKNOWN)
            return Value("plain", BUILTINS[name]) if BUILTINS[name] else Value("array", dtype=first.dtype, ndim=first.ndim)
        if name == "round" and name not in self.names and arguments and arguments[0].value.kind == "array":
            why = "Python's `round` refuses MLX's arrays: use `mx.round`, or take `.item()` first"
            self.note(node, "numpy.ndarray.round", judge.Judgement("person", [why]))
        if text_of(node.func).startswith("math.") and self.names.get("math") == Value("plain", "module"):
            return Value("plain", "float")
        if name == "type" and name not in self.names and len(arguments) == 1:
            return Value("type")
        if isinstance(node.func, cst.Attribute) and node.func.attr.value == "to_numpy":
            return values.hosted(True, double=False)
        if found.kind == "foreign":
            return values.of_scipy(found.name, [one.value for one in arguments])
        plain = GIVES.get(name) or BUILTINS.get(name, "")
        return Value("plain", plain) if plain and name not in self.names else UNKNOWN

    def argument(self, node: cst.Arg, types: bool = False) -> Argument:
        value, keyword = self.types(node.value, types), node.keyword.value if node.keyword else ""
        own, whole, inner = node.value, self.place(node), self.place(node.value)
        start = inner.column - len(own.lpar)  # of what stands in brackets, the place is what stands in them
        plain = all(not text_of(one).strip("(") for one in own.lpar)
        value_place = Place(inner.line, start, whole.end_line, whole.end_column) if plain else None
        place = value_place if keyword else whole
        if node.star:
            return Argument(keyword, value, node.star + text_of(own))
        elements: tuple[Argument, ...] = ()
        if isinstance(own, cst.List | cst.Tuple) and all(isinstance(one, cst.Element) and not one.value.lpar for one in own.elements):
            elements = tuple(self.element(one.value) for one in own.elements)
        return Argument(keyword, value, text_of(own), place, whole, atomic(own), is_simple(own), elements)

    def element(self, node: cst.BaseExpression) -> Argument:
        place = self.place(node)
        return Argument("", self.values.get(node, UNKNOWN), text_of(node), place, place, atomic(node), is_simple(node))

    def site(self, node: cst.Call, base: Value) -> Site:
        """Where the parts of a call stand; what comes before the dot is a part of a call on an array."""
        function, of = node.func, None
        name = self.place(function.attr if isinstance(function, cst.Attribute) else function)
        if base.kind == "array" and isinstance(function, cst.Attribute):
            plain = not text_of(function.dot).strip(".") and not function.lpar and self.place(function.value).end_line == name.line
            start = self.place(function)
            before = Place(start.line, start.column, name.line, name.column - 1) if plain else None
            of = Argument("", base, text_of(function.value), before, before, atomic(function.value), is_simple(function.value))
        comma = bool(node.args) and isinstance(node.args[-1].comma, cst.Comma)
        comments = "#" in text_of(node)
        return Site(self.place(node), self.place(function), name, comma, bool(node.args), comments, of, self.inside.get(node, ""))

    def numpy_call(self, node: cst.Call, found: Value, base: Value, arguments: list[Argument], site: Site) -> Value:
        entry, name = self.known.entry(found.name), found.name
        if entry is None or self.known.is_module(name):
            self.without_entry(node, name, arguments, site) if entry is None else self.not_understood(node, name, "a module is called")
            return UNKNOWN
        form = self.form_of_call(name, base, arguments)
        judged = judge.call(entry, self.known, arguments, site, method=base.kind == "object")
        verdict = entry.verdict
        if form and (shown := entry.form(form)):
            verdict = shown["verdict"]
            judged = judge.of_verdict(entry, self.known, verdict, shown["summary"])
            judge.given(judged, entry, arguments, False)
        spelled = node.func if base.kind == "numpy" or isinstance(node.func, cst.Name) else None
        condition = self.only_if(found)
        edits = self.edits(judged, entry, spelled, site, condition)
        self.note(node, name, judged, verdict=verdict, form=form, condition=condition, edits=edits)
        if base.kind == "object" and judged.port == "host":
            return Value("plain", "number")  # a single draw
        size = next((one.value for one in arguments if one.keyword == "size"), None)
        places = [one.value for one in arguments if not one.keyword]
        if size is None and name.startswith("numpy.random.") and len(places) in (1, 3):
            size = places[-1]
        return values.of_call(name, self.known, places, self.dtype(name, arguments), axis(arguments), size)

    def form_of_call(self, name: str, base: Value, arguments: list[Argument]) -> str:
        if name == "numpy.where":
            return "three arguments" if len(arguments) == 3 else "one argument"
        if name.startswith("numpy.ufunc."):
            function = f"np.{base.name.removeprefix('numpy.')}.{name.rpartition('.')[2]}"
            entry = self.known.entry(name)
            return next((form["name"] for form in (entry.row["forms"] if entry else ()) if function in form["name"].split(", ")), "")
        return ""

    def method_call(self, node: cst.Call, found: Value, base: Value, arguments: list[Argument], site: Site) -> Value:
        entry = self.known.entry(found.name)
        if entry is None:
            self.without_entry(node, found.name, None, None)
            return UNKNOWN
        judged = judge.call(entry, self.known, arguments, site, method=True)
        sure = base.kind == "array"
        condition = "" if sure else IF_ARRAY
        self.note(node, found.name, judged, condition=condition, edits=self.edits(judged, entry, None, site, condition))
        dtype = self.dtype(found.name, arguments)
        given = values.of_call(found.name, self.known, [base, *(one.value for one in arguments)], dtype, axis(arguments) or bool(arguments))
        if sure or given.kind in ("plain", "unknown"):
            return given
        of = self.values.get(node.func.value, UNKNOWN) if isinstance(node.func, cst.Attribute) else UNKNOWN
        if found.name == "numpy.ndarray.copy" and of.kind == "unknown":  # dictionaries and lists have copies, too
            return UNKNOWN
        host = base.host and not (base.element and given.ndim == 0)
        return Value("maybe", dtype=given.dtype if given.dtype == "bool" else "", ndim=None if given.ndim else given.ndim, host=host)

    def dtype(self, name: str, arguments: list[Argument]) -> str:
        last = name.rpartition(".")[2]
        second = last in ("array", "asarray", "zeros", "ones", "empty", "zeros_like", "ones_like", "empty_like")
        places = {0: last == "astype", 1: second, 2: last == "full"}
        for place, one in enumerate(arguments):
            if one.keyword == "dtype" or (not one.keyword and places.get(place)):
                return values.dtype_of(one.value, one.text)
        return ""

    # operators

    def operator(self, node: cst.CSTNode, name: str, left: Value, right: Value, text: str = "") -> Value:
        """An operator on two values, or on one; the array among them decides."""
        kinds = {left.kind, right.kind} & {"array", "maybe", "arrays"}
        compared = name in ("eq", "ne", "lt", "le", "gt", "ge")
        host = left.host or (right.host and left.kind == "plain")  # the one on the left computes
        if not kinds - {"arrays"}:
            if "unknown" in (left.kind, right.kind) and "plain" not in (left.kind, right.kind):
                self.undecided()
            truths = compared or values.are_truths(name, left, right)  # as an index of an array, a mask
            element = left.element if left.host else right.element if host else ""
            return Value("unknown", dtype="bool" if truths else "", host=host and not truths, element=element)
        sure = "array" in kinds
        turned = left.kind not in ("array", "maybe", "unknown") and not compared
        entry = self.known.entry(f"numpy.ndarray.__{'r' if turned else ''}{name}__")
        if entry is None:
            self.not_understood(node, "numpy.ndarray", f"the operator `{name}` has no entry")
            return UNKNOWN
        judged = judge.of_verdict(entry, self.known, entry.verdict)
        both = [Argument("", one, "") for one in (left, right) if one.kind != "unknown"]
        judge.narrowed(judged, entry, both)
        beside = [one.name for one in (left, right) if one.kind == "plain" and one.name not in (*NUMBERS, "self", "object", "")]
        if beside:
            judged.harder("person", f"`{beside[0]}` beside an array: MLX raises, and answers `==` and `!=` with one `bool`")
        self.note(node, entry.numpy, judged, condition="" if sure else IF_ARRAY)
        if compared or name == "contains":
            return Value("array" if sure else "maybe", dtype="bool") if compared else Value("plain", "bool")
        if not sure:
            return Value("maybe", dtype="bool" if values.are_truths(name, left, right) else "", host=host)
        kind = left.dtype if right.kind == "unknown" and name in ("neg", "invert", "abs", "pos") else values.together(left, right)
        kind = "float64" if name == "truediv" and kind.startswith(("int", "uint")) else kind
        ndims = [one.ndim for one in (left, right) if one.kind != "plain" and (one is left or right.kind != "unknown")]
        ndim = None if None in ndims else product_of(*ndims) if name == "matmul" else max(one or 0 for one in ndims)
        return Value("array", dtype=kind, ndim=ndim, host=host)

    def of_BinaryOperation(self, node: cst.BinaryOperation) -> Value:
        chain = []
        inner: cst.BaseExpression = node
        while isinstance(inner, cst.BinaryOperation):  # a long sum is a deep tree: not by recursion
            chain.append(inner)
            inner = inner.left
        left = self.types(inner, self.typing or self.in_a_union(chain[-1], inner))
        for one in reversed(chain):
            right = self.types(one.right, self.typing or self.in_a_union(one, one.right))
            if left.kind == right.kind == "plain":
                lists = [side for side in (left, right) if side.name in LISTS]
                left = (
                    Value("plain", lists[0].name, element=lists[0].element, depth=lists[0].depth)
                    if lists
                    else Value("plain", widest(left.name, right.name), number=number_of(one), size=size(one))
                )
            elif isinstance(one.operator, cst.BitOr) and self.are_types(left, right):
                left = Value("plain", "tuple", parts=(left, right))
            else:
                left = self.operator(one, OPERATORS[type(one.operator).__name__], left, right)
            left = self.values[one] = self.tested(one, left)
            if one is not node:
                self.cautions_of(one)
        return left

    def of_UnaryOperation(self, node: cst.UnaryOperation) -> Value:
        inner = self.value(node.expression)
        if isinstance(node.operator, cst.Not):
            if inner.kind == "array":
                self.operator(node, "bool", inner, UNKNOWN)
            return Value("plain", "bool")
        if inner.kind == "plain":
            return Value("plain", inner.name, number=number_of(node))
        return self.operator(node, OPERATORS[type(node.operator).__name__], inner, UNKNOWN)

    def of_Comparison(self, node: cst.Comparison) -> Value:
        left, found = self.value(node.left), UNKNOWN
        for one in node.comparisons:
            right, name = self.value(one.comparator), type(one.operator).__name__
            if name in ("Equal", "NotEqual") and self.of_dtype(node, left, right, one.comparator):
                found = Value("plain", "bool")
            elif name in OPERATORS:
                plain = left.kind == right.kind == "plain"
                found = Value("plain", "bool") if plain else self.operator(node, OPERATORS[name], left, right)
            else:
                found = Value("plain", "bool")
                if name in ("In", "NotIn") and right.kind == "array":
                    self.operator(node, "contains", right, UNKNOWN)
            left = right
        return found

    def of_IfExp(self, node: cst.IfExp) -> Value:
        self.value(node.test)
        return values.joined(self.value(node.body), self.value(node.orelse))

    @staticmethod
    def one_of(array: Value) -> Value:
        """What an array is made of: numbers, or views of it."""
        ndim = array.ndim - 1 if array.ndim else None
        return Value("array", dtype=array.dtype, ndim=ndim, view=bool(ndim), part=ndim != 0)

    def iterated(self, node: cst.CSTNode, of: Value) -> Value:
        """What each round of a loop gets."""
        if of.kind == "array":
            self.operator(node, "iter", of, UNKNOWN)
            return self.one_of(of)
        if of.kind == "maybe":
            return Value("maybe", part=True)
        return (
            Value("plain", "int")
            if of == Value("plain", "range")
            else Value("array", dtype=of.dtype, ndim=of.ndim)
            if of.kind == "arrays"
            else UNKNOWN
        )
