"""Names of types, and dtypes, go in; what is plain of them comes out, and what MLX's dtypes do not do is noted."""

from __future__ import annotations

import libcst as cst

from . import judge
from .model import UNKNOWN, Value
from .names import Names
from .syntax import text_of

NUMBERS = ("int", "float", "complex")  # Python's own types of numbers
ABSTRACT = ("Number", "Complex", "Real", "Rational", "Integral")  # of its module `numbers`
DTYPE = Value("plain", "dtype")
TAKING = ("str", "repr", "print", "isinstance", "type", "hash", "id", "bool", "getattr", "hasattr")  # any value
IF_ARRAY = "if this is an array"


class Types(Names):
    """Follows what stands for types."""

    def number_type(self, name: str, found: Value) -> Value:
        """What a name stands for, if that is a type of Python's numbers."""
        return Value("type", name) if found == UNKNOWN and name in NUMBERS and name not in self.names else found

    def of_numbers(self, node: cst.Attribute) -> Value:
        """A member of Python's module `numbers`."""
        ours = isinstance(node.value, cst.Name) and node.value.value == "numbers" and self.names.get("numbers") == Value("plain", "module")
        return Value("type", node.attr.value) if ours and node.attr.value in ABSTRACT else UNKNOWN

    @staticmethod
    def in_a_union(node: cst.BinaryOperation, part: cst.BaseExpression) -> bool:
        """Whether a part of an operator is a name that stands for a type, if it is NumPy's own: none of its values has such an operator."""
        return isinstance(node.operator, cst.BitOr) and isinstance(part, cst.Name | cst.Attribute)

    @staticmethod
    def are_types(*given: Value) -> bool:
        """Whether one of what an operator links is a type, and the others may be."""
        return any(one.kind in ("type", "numpy") for one in given) and all(
            one.kind in ("type", "numpy", "unknown") or one.parts for one in given
        )

    def of_dtype(self, node: cst.Comparison, left: Value, right: Value, other: cst.CSTNode) -> bool:
        """A dtype that is compared with a type of Python's, or with text: MLX's are equal to none."""
        texts = (text_of(node.left), text_of(other))
        if DTYPE not in (left, right) or not any(
            text in ("int", "float", "bool", "complex", "object") or text[:1] in "'\"" for text in texts
        ):
            return False
        why = "MLX's dtypes are equal to no type of Python's and to no text: compare with `mx.float32` and its like"
        self.note(node, "numpy.ndarray.dtype", judge.Judgement("person", [why]))
        return True

    def handed_dtype(self, node: cst.BaseExpression, value: Value, found: Value, base: Value, function: cst.BaseExpression) -> None:
        """A dtype that is given to what is neither NumPy's nor of this module."""
        own = found.kind in ("numpy", "method", "local") or base.name == "self" or text_of(function) in TAKING
        if value == DTYPE and not own:
            sure = self.targets.get(node, (UNKNOWN, UNKNOWN))[1].kind == "array"
            judged = judge.Judgement("person", ["MLX's dtype is handed on: other libraries know NumPy's alone"])
            self.note(node, "numpy.ndarray.dtype", judged, condition="" if sure else IF_ARRAY)

    def of_a_dtype(self, node: cst.CSTNode, base: Value) -> None:
        """An attribute or a method of a dtype: MLX's have their size alone."""
        if base != DTYPE or not isinstance(node, cst.Attribute) or node.attr.value == "size":
            return
        sure = self.targets.get(node.value, (UNKNOWN, UNKNOWN))[1].kind == "array"
        judged = judge.Judgement("person", [f"MLX's dtypes have no `{node.attr.value}`: ask with `mx.issubdtype`, or for `size`"])
        self.note(node, "numpy.ndarray.dtype", judged, condition="" if sure else IF_ARRAY)
