"""Nodes of a parsed source go in; their text, the names that they store and what they are built of come out."""

from __future__ import annotations

from collections import Counter

import libcst as cst

EMPTY = cst.Module([])


def text_of(node: cst.CSTNode) -> str:
    """The text of a node, as it stands in the source."""
    match node:
        case cst.Name():
            return node.value
        case cst.Attribute(value=cst.Name(of)):
            return f"{of}.{node.attr.value}"
    return EMPTY.code_for_node(node).strip()


class _Stored(cst.CSTVisitor):
    def __init__(self) -> None:
        self.found: Counter[str] = Counter()

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        self.found[node.name.value] += 1
        return False

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:
        self.found[node.name.value] += 1
        return False

    def visit_Lambda(self, node: cst.Lambda) -> bool:
        return False

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:
        self.add(node.target)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        self.add(node.target)

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        self.add(node.target)

    def visit_NamedExpr(self, node: cst.NamedExpr) -> None:
        self.add(node.target)

    def visit_For(self, node: cst.For) -> None:
        self.add(node.target)

    def visit_AsName(self, node: cst.AsName) -> None:
        self.add(node.name)

    def visit_ImportAlias(self, node: cst.ImportAlias) -> None:
        if node.asname is None:
            self.found[text_of(node.name).partition(".")[0]] += 1

    def visit_MatchAs(self, node: cst.MatchAs) -> None:
        if node.name:
            self.add(node.name)

    def visit_MatchStar(self, node: cst.MatchStar) -> None:
        if node.name:
            self.add(node.name)

    def visit_MatchMapping(self, node: cst.MatchMapping) -> None:
        if node.rest:
            self.add(node.rest)

    def add(self, target: cst.CSTNode) -> None:
        match target:
            case cst.Name():
                self.found[target.value] += 1
            case cst.Tuple() | cst.List():
                for element in target.elements:
                    self.add(element.value)


class _Shared(cst.CSTVisitor):
    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_Global(self, node: cst.Global) -> None:
        self.found |= {name.name.value for name in node.names}

    def visit_Nonlocal(self, node: cst.Nonlocal) -> None:
        self.found |= {name.name.value for name in node.names}


def shared(module: cst.Module) -> set[str]:
    """The names that a function stores for others, whenever it is called."""
    visitor = _Shared()
    module.visit(visitor)
    return visitor.found


def parameters(node: cst.Parameters) -> list[cst.Param]:
    stars = [one for one in (node.star_arg, node.star_kwarg) if isinstance(one, cst.Param)]
    return [*node.posonly_params, *node.params, *node.kwonly_params, *stars]


class _Patterns(cst.CSTVisitor):
    def __init__(self) -> None:
        self.classes: list[cst.BaseExpression] = []
        self.values: list[cst.BaseExpression] = []

    def visit_MatchClass(self, node: cst.MatchClass) -> None:
        self.classes.append(node.cls)

    def visit_MatchValue(self, node: cst.MatchValue) -> None:
        self.values.append(node.value)


def patterns(node: cst.MatchPattern) -> tuple[list[cst.BaseExpression], list[cst.BaseExpression]]:
    """The classes and the values that a pattern asks for."""
    visitor = _Patterns()
    node.visit(visitor)
    return visitor.classes, visitor.values


class _Yield(cst.CSTVisitor):
    found = False

    def visit_Yield(self, node: cst.Yield) -> None:
        self.found = True


def has_yield(node: cst.FunctionDef) -> bool:
    """Whether a function, or one within it, is a generator."""
    visitor = _Yield()
    node.body.visit(visitor)
    return visitor.found


def stored(node: cst.CSTNode) -> Counter[str]:
    """The names that a piece of code stores, and at how many places; functions within it keep their own."""
    visitor = _Stored()
    for child in node.children:
        child.visit(visitor)
    return visitor.found


def number_of(node: cst.CSTNode) -> float | None:
    """The value of a number that is written down, with its sign."""
    match node:
        case cst.Integer() | cst.Float():
            return float(node.evaluated_value)
        case cst.UnaryOperation(operator=cst.Minus(), expression=inner):
            number = number_of(inner)
            return None if number is None else -number
        case cst.BinaryOperation(operator=cst.Power(), left=left, right=right):
            base, power = number_of(left), number_of(right)
            return (
                base**power
                if base is not None and power is not None and base > 0 and abs(power) < 300 / (1 + len(str(int(base))))
                else None
            )
    return None


def indices(node: cst.Subscript) -> list[cst.BaseExpression]:
    """The indices of a subscript that are no slices."""
    return [element.slice.value for element in node.slice if isinstance(element.slice, cst.Index)]


def atomic(node: cst.CSTNode) -> bool:
    """Whether an operator beside it takes all of it."""
    if isinstance(node, cst.BaseExpression) and node.lpar:
        return True
    return isinstance(node, cst.Name | cst.Attribute | cst.Subscript | cst.Call | cst.Integer | cst.Float | cst.List)


def is_simple(node: cst.CSTNode) -> bool:
    """Whether it costs nothing and is the same where it is written twice: a name, a member of one, a number."""
    if isinstance(node, cst.Attribute):
        return is_simple(node.value)
    return isinstance(node, cst.Name) or number_of(node) is not None
