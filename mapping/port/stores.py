"""Subscripts, and what a value is stored into, go in; the uses of NumPy in them are noted."""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from . import judge
from .expressions import OPERATORS, Expressions
from .given import LISTS
from .judgement import Judgement
from .literals import widest
from .model import UNKNOWN, Value
from .subscripts import form_of_read, form_of_write, kind_of
from .syntax import indices, number_of, parameters, text_of
from .types import IF_ARRAY


class Stores(Expressions):
    """Follows subscripts and stores."""

    def taken_from(self, node: cst.BaseExpression) -> str:
        """The name of what an index, an attribute or a call is of; of a call of NumPy's function, of its first argument."""
        while not isinstance(node, cst.Name):
            match node:
                case cst.Call(func=function, args=[first, *_]) if self.dotted(function):
                    node = first.value
                case cst.Call(func=cst.Attribute(value=inner)) | cst.Attribute(value=inner) | cst.Subscript(value=inner):
                    node = inner
                case _:
                    return ""
        return node.value

    def is_given(self, name: str) -> bool:
        """Whether a name is a parameter of the function around: who calls it has another name for what it is."""
        return bool(self.functions) and name in {one.name.value for one in parameters(self.functions[-1].params)}

    def of_Subscript(self, node: cst.Subscript) -> Value:
        of, kinds = self.subscripted(node)
        if of.parts and len(node.slice) == 1 and isinstance(node.slice[0].slice, cst.Index):
            number = number_of(node.slice[0].slice.value)
            if number is not None and -len(of.parts) <= number < len(of.parts):
                return of.parts[int(number)]
        if of.kind not in ("array", "maybe"):
            return (
                of
                if of.kind == "arrays" and "slice" in kinds
                else Value("array", dtype=of.dtype, ndim=of.ndim)
                if of.kind == "arrays"
                else self.part_of(of, kinds)
            )
        form = form_of_read(kinds)
        self.index(node, "numpy.ndarray.__getitem__", form, of)
        view = {*kinds} <= {"slice", "newaxis"} or (
            "slice" in kinds and "integer" in kinds and len(kinds) > 1 and {*kinds} <= {"slice", "integer"}
        )
        new = [one for one in indices(node) if text_of(one) == "None" or self.dotted(one) == Value("numpy", "numpy.newaxis")]
        plain = {*kinds} <= {"slice", "integer", "newaxis"}
        ndim = of.ndim - kinds.count("integer") + len(new) if of.ndim is not None and plain else None
        part = not view and {*kinds} == {"integer"} and ndim != 0
        return Value(of.kind, dtype=of.dtype, ndim=ndim, view=view or (part and bool(ndim)), part=part, host=of.host)

    @staticmethod
    def part_of(of: Value, kinds: list[str]) -> Value:
        """A part of what may be an array, or of one that stays NumPy's."""
        whole = {*kinds} == {"integer"}
        single = bool(of.element) and whole and (len(kinds) > 1 if of.ndim is None else len(kinds) >= of.ndim)
        ndim = of.ndim - len(kinds) if of.ndim is not None and whole else None
        element = "" if single else of.element if of.host else ""
        return Value("unknown", part=of.kind == "unknown" and whole, host=of.host and not single, element=element, ndim=ndim)

    def subscripted(self, node: cst.Subscript) -> tuple[Value, list[str]]:
        """What a subscript is of, and the kinds of its indices."""
        of = self.dotted(node.value) or self.value(node.value)
        kinds = []
        for element in node.slice:
            if isinstance(element.slice, cst.Index):
                kinds.append(kind_of(self.value(element.slice.value), element.slice.value))
            elif isinstance(element.slice, cst.Slice):
                for bound in (element.slice.lower, element.slice.upper, element.slice.step):
                    if bound:
                        self.value(bound)
                kinds.append("slice")
        if of.kind == "numpy":
            self.referred(node, of, whole=False)
            return UNKNOWN, kinds
        if of.kind == "unknown" and ("mask" in kinds or "newaxis" in kinds or ("slice" in kinds and len(kinds) > 1)):
            of = Value("maybe", host=of.host)
            if isinstance(node.value, cst.Name):  # what is read like an array is one, where it is read again
                self.names[node.value.value] = of
        elif of.kind == "unknown":
            self.undecided()
        return of, kinds

    def index(self, node: cst.CSTNode, name: str, form: str, of: Value, list_stored: bool = False) -> None:
        entry = self.known.entry(name)
        if entry is None:
            return
        condition = "" if of.kind == "array" else IF_ARRAY
        shown = entry.form(form)
        if shown is None:
            found = Judgement("unknown", ["what the index is cannot be told: MLX reads with integers and slices, not with a mask"])
            self.note(node, name, found, verdict=entry.verdict, condition=condition)
            return
        found = judge.of_verdict(entry, self.known, shown["verdict"], shown["summary"])
        if list_stored:
            found.harder("rewrite", "MLX stores no list: make an array of it")
        self.note(node, name, found, verdict=shown["verdict"], form=form, condition=condition)

    def store(self, target: cst.CSTNode, value: Value, source: cst.BaseExpression | None) -> None:
        """A value goes to a name, a tuple of names, an index or an attribute."""
        match target:
            case cst.Name():
                again = source is not None and self.taken_from(source) == target.value and not self.is_given(target.value)
                if again:  # what shares its memory has no name any more
                    value = replace(value, view=False, part=False)
                self.names[target.value] = UNKNOWN if target.value in self.shared else value
            case cst.Tuple() | cst.List():
                pairs = isinstance(source, cst.Tuple | cst.List) and len(source.elements) == len(target.elements)
                for place, element in enumerate(target.elements):
                    own = source.elements[place].value if pairs and isinstance(source, cst.Tuple | cst.List) else None
                    each = (
                        self.values.get(own, UNKNOWN)
                        if own
                        else Value("array", dtype=value.dtype, ndim=value.ndim)
                        if value.kind == "arrays"
                        else Value("unknown", host=value.host, element=value.element if value.host else "")
                    )
                    if own is None and len(value.parts) == len(target.elements):
                        each = value.parts[place]
                    elif own is None and value.kind == "array":
                        each = self.one_of(value)
                    self.store(element.value, each if isinstance(element, cst.Element) else UNKNOWN, own)
            case cst.Subscript():
                of, kinds = self.subscripted(target)
                if of.kind in ("array", "maybe"):
                    stored_list = value.kind in ("plain", "arrays") and value.name in LISTS
                    self.index(target, "numpy.ndarray.__setitem__", form_of_write(kinds, False), of, stored_list)
                self.cautions_of(target)
            case cst.Attribute():
                self.handed_on(target, value)
                if value.small is not None:
                    self.seen.flags.setdefault(target.attr.value, set()).add(value.small)
                found, base = self.target(target)
                if found.kind == "method" and base.kind == "array":
                    self.note(target, found.name, Judgement("person", ["MLX's arrays take no store into an attribute"]))
            case _:
                self.value(target)

    def augmented(self, node: cst.AugAssign) -> None:
        name = OPERATORS[type(node.operator).__name__.removesuffix("Assign")]
        target = node.target
        if isinstance(target, cst.Subscript):
            of, kinds = self.subscripted(target)
            self.value(node.value)
            if of.kind in ("array", "maybe"):
                self.index(target, "numpy.ndarray.__setitem__", form_of_write(kinds, True), of)
            self.cautions_of(target)
            return
        left, right = self.value(target), self.value(node.value)
        if left.kind == right.kind == "plain":
            self.store(target, Value("plain", widest(left.name, right.name)), None)
            return
        in_place = left.kind in ("array", "maybe")
        found = self.operator(node, f"i{name}" if in_place else name, left, right)
        if isinstance(target, cst.Name):
            self.names[target.value] = Value(left.kind, dtype=left.dtype, ndim=left.ndim, view=left.view) if in_place else found
