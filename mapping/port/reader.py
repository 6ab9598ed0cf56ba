"""A source goes in; its uses of NumPy come out. It is read in the order in which it would run, and what is plain of a value goes along.

What follows statements is here, what follows expressions in `expressions`.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from . import syntax
from .known import Known
from .learned import READINGS, Learned
from .model import UNKNOWN, Report, Value
from .stores import Stores
from .syntax import text_of
from .types import ABSTRACT
from .values import joined

NESTED = 50_000  # frames, of which each level of a tree takes several
DEEP = 3  # loops within loops, from which on names that are stored in them are not followed
SHARING = re.compile(r"\b(?:global|nonlocal)\b")
ARRAY_TYPES = ("ndarray", "NDArray", "ArrayLike")
PLAIN_TYPES = ("int", "float", "str", "bool", "list", "dict", "tuple", "set", "bytes", "complex")


def read(name: str, source: str | bytes, known: Known) -> Report:
    """What one file uses of NumPy."""
    report, limit = Report(name), sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, NESTED))
    try:
        if nested_too_deeply(source):
            raise RecursionError
        module = parsed(source, report)
        if module:
            follow(module, report, known)
    except RecursionError:
        report.problem = "it is nested too deeply to be read"
    finally:
        sys.setrecursionlimit(limit)
    report.uses.sort(key=lambda use: (use.place, use.numpy))
    report.cautions.sort(key=lambda one: (one.place, one.rule))
    return report


def parsed(source: str | bytes, report: Report) -> cst.Module | None:
    """The tree of a source; where there is none, the report says why."""
    try:
        module = cst.parse_module(source)
    except cst.ParserSyntaxError as error:
        report.problem = f"line {error.raw_line}: {error.message.splitlines()[0]}"
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        report.problem = f"its text cannot be read: {error}"
    else:
        report.text = module.code
        report.lines = len(report.text.splitlines())
        return module
    return None


def follow(module: cst.Module, report: Report, known: Known) -> None:
    """Note the uses of a module, read as often as its functions teach something."""
    wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
    positions = wrapper.resolve(PositionProvider)
    learned = Learned()
    for _ in range(READINGS):
        report.uses, report.cautions, report.undecided = [], [], 0
        reader = Reader(report, positions, known, learned)
        reader.module(wrapper.module)
        if not (reader.seen.calls or reader.seen.flags) or learned == (learned := reader.seen.learned()):
            break


def nested_too_deeply(source: str | bytes) -> bool:
    """Whether Python itself refuses to nest so deeply: the parser that keeps the text would crash."""
    try:
        with warnings.catch_warnings(action="ignore"):  # of the file's own escapes
            ast.parse(source)
    except (RecursionError, MemoryError):
        return True
    except SyntaxError as error:
        return "too many" in str(error)
    except ValueError:  # a zero byte: the other parser says it
        return False
    return False


class Reader(Stores):
    """Follows the statements of one module."""

    def module(self, module: cst.Module) -> None:
        self.outer: set[str] = set()
        self.seen.declare(module)
        self.shared = syntax.shared(module) if SHARING.search(self.report.text) else set()
        self.body(module)
        self.later(self.names)

    def later(self, outer: dict[str, Value]) -> None:
        """The functions that were declared, when all names around them are there."""
        while self.waiting:
            function, around = self.waiting.pop(0)
            seen = {**around, **{name: value for name, value in outer.items() if name in around or name not in self.outer}}
            self.function(function, seen)

    def function(self, function: cst.FunctionDef, around: dict[str, Value]) -> None:
        stored = syntax.stored(function.body)
        names = {name: value for name, value in around.items() if value.kind == "numpy" or name not in self.outer}
        names = {name: value for name, value in names.items() if name not in stored}
        kept, self.names, self.loops = (self.names, self.outer, self.loops, self.waiting), names, []
        self.waiting = []
        self.functions.append(function)
        ours = self.seen.functions.get(function.name.value) is function
        takes = self.learned.takes.get(function.name.value, {}) if ours else {}
        for parameter in syntax.parameters(function.params):
            own = parameter.name.value in ("self", "cls")
            plain = annotated(parameter.annotation)
            given = takes.get(parameter.name.value, UNKNOWN)
            self.names[parameter.name.value] = Value("plain", "self") if own else given if plain == UNKNOWN else plain
        for star, kind in ((function.params.star_arg, "tuple"), (function.params.star_kwarg, "dict")):
            if isinstance(star, cst.Param):
                self.names[star.name.value] = Value("plain", kind)
        self.outer = kept[1] | {name for name, count in stored.items() if count > 1}
        self.body(function.body)
        self.later(self.names)
        self.functions.pop()
        self.names, self.outer, self.loops, self.waiting = kept

    def body(self, node: cst.BaseSuite | cst.Module) -> None:
        if isinstance(node, cst.Module):
            self.outer = {name for name, count in syntax.stored(node).items() if count > 1}
        for statement in node.body:
            self.statement(statement)

    def statement(self, node: cst.CSTNode) -> None:
        """One statement; of what is not known here, the parts in their order."""
        if isinstance(node, cst.BaseStatement):
            self.statement_line = self.place(node).line
        method = getattr(self, f"on_{type(node).__name__}", None)
        if method:
            method(node)
        elif isinstance(node, cst.BaseExpression):
            self.inside[node] = "statement"
            self.value(node)
        else:
            for child in node.children:
                self.statement(child)

    def on_Import(self, node: cst.Import) -> None:
        for alias in node.names:
            name = text_of(alias.name)
            first = name.split(".")[0]
            if first == "numpy":
                bound = text_of(alias.asname.name) if alias.asname else first
                self.names[bound] = Value("numpy", name if alias.asname else first, alone=bound not in self.shared)
                self.uses_numpy = True
            else:
                other = Value("foreign", name if alias.asname else first) if first == "scipy" else Value("plain", "module")
                self.names[text_of(alias.asname.name) if alias.asname else first] = other

    def on_ImportFrom(self, node: cst.ImportFrom) -> None:
        module = text_of(node.module) if node.module else ""
        ours = not node.relative and (module == "numpy" or module.startswith("numpy."))
        self.uses_numpy = self.uses_numpy or ours
        if isinstance(node.names, cst.ImportStar):
            if ours:
                self.not_understood(node, module, "what `*` brings cannot be told from the source")
            return
        for alias in node.names:
            name, bound = text_of(alias.name), text_of(alias.asname.name if alias.asname else alias.name)
            other = Value("type", name) if module == "numbers" and name in ABSTRACT else UNKNOWN
            if not node.relative and module.partition(".")[0] == "scipy":
                other = Value("foreign", f"{module}.{name}")
            self.names[bound] = Value("numpy", f"{module}.{name}", alone=bound not in self.shared) if ours else other

    def on_FunctionDef(self, node: cst.FunctionDef) -> None:
        for decorator in node.decorators:
            self.value(decorator.decorator)
        for parameter in syntax.parameters(node.params):
            if parameter.default:
                self.value(parameter.default)
            if parameter.annotation:
                self.types(parameter.annotation.annotation)
        if node.returns:
            self.types(node.returns.annotation)
        if any("jit" in text_of(one.decorator) or text_of(one.decorator).endswith("compile") for one in node.decorators):
            self.compiled.add(node.name.value)
        ours = self.seen.functions.get(node.name.value) is node
        self.names[node.name.value] = Value("local", node.name.value) if ours else UNKNOWN
        if self.recording:
            self.waiting.append((node, dict(self.names)))

    def on_ClassDef(self, node: cst.ClassDef) -> None:
        self.inside |= {one.value: "class" for one in node.bases}
        for part in [*(one.decorator for one in node.decorators), *(one.value for one in (*node.bases, *node.keywords))]:
            self.value(part)
        kept, first = dict(self.names), len(self.waiting)
        self.body(node.body)
        self.waiting[first:] = [(function, kept) for function, _ in self.waiting[first:]]  # a class's own names are none of its methods'
        self.names = {**kept, node.name.value: UNKNOWN}

    def on_Assign(self, node: cst.Assign) -> None:
        value = self.flag(node.value, self.value(node.value))
        for target in node.targets:
            self.store(target.target, value, node.value)
        self.cautions_of(node)

    def flag(self, node: cst.BaseExpression, value: Value) -> Value:
        """`True` or `False` that is stored where something has become small, or has not, says so."""
        if self.under is None or text_of(node) not in ("True", "False"):
            return value
        return replace(value, small=(text_of(node) == "True") == self.under)

    def on_AnnAssign(self, node: cst.AnnAssign) -> None:
        value = self.value(node.value) if node.value else UNKNOWN
        self.types(node.annotation.annotation)
        self.store(node.target, value if value.kind != "unknown" else annotated(node.annotation), node.value)

    def on_Return(self, node: cst.Return) -> None:
        value = self.value(node.value) if node.value else Value("plain", "None")
        if node.value:
            self.handed_on(node.value, value)
        if self.functions and self.seen.functions.get(self.functions[-1].name.value) is self.functions[-1]:
            self.seen.returned.setdefault(self.functions[-1].name.value, []).append(value)

    def on_AugAssign(self, node: cst.AugAssign) -> None:
        self.augmented(node)
        self.cautions_of(node)

    def on_For(self, node: cst.For) -> None:
        of = self.value(node.iter)
        each = self.iterated(node.iter, of)
        self.loops.append(node)
        self.repeated(node, lambda: self.store(node.target, each, None))
        self.loops.pop()
        if node.orelse:
            self.body(node.orelse.body)

    def on_While(self, node: cst.While) -> None:
        self.loops.append(node)
        self.repeated(node, lambda: self.value(node.test))
        self.loops.pop()
        self.cautions_of(node)
        if node.orelse:
            self.body(node.orelse.body)

    def repeated(self, node: cst.For | cst.While, begin: Callable[[], object]) -> None:
        """A loop's body twice: the first time only to learn what its names may be when it comes round."""
        before, recording = dict(self.names), self.recording
        if len(self.loops) > DEEP:
            for name in syntax.stored(node.body):
                self.names.pop(name, None)
        else:
            self.recording = False
            begin()
            self.body(node.body)
            self.names = self.either(before, self.names)
            self.recording = recording
        begin()
        self.body(node.body)
        self.names = self.either(before, self.names)

    def on_If(self, node: cst.If) -> None:
        self.value(node.test)
        self.cautions_of(node)
        before, kept, told = dict(self.names), self.under, self.values[node.test].small
        self.under = kept if told is None else told
        self.body(node.body)
        after, self.names = self.names, before
        self.under = kept if told is None else not told
        if node.orelse:
            self.statement(node.orelse)
        self.names, self.under = self.either(after, self.names), kept

    def on_Else(self, node: cst.Else) -> None:
        self.body(node.body)

    def on_Try(self, node: cst.Try | cst.TryStar) -> None:
        before = dict(self.names)
        self.body(node.body)
        if node.orelse:
            self.body(node.orelse.body)
        ends = [self.names]
        for handler in node.handlers:
            self.names = self.either(before, dict(ends[0]))
            if handler.type:
                self.statement_line = self.place(handler).line
                of = handler.type.elements if isinstance(handler.type, cst.Tuple) else [cst.Element(handler.type)]
                self.inside |= {one.value: "except" for one in of}
                self.value(handler.type)
            own = dict(self.names)
            self.names = {name: value for name, value in own.items() if name in before or value.kind != "numpy"}
            self.body(handler.body)
            ends.append(self.names)
        for other in ends[1:]:
            ends[0] = self.either(ends[0], other)
        self.names = ends[0]
        if node.finalbody:
            self.body(node.finalbody.body)

    on_TryStar = on_Try

    def on_With(self, node: cst.With) -> None:
        for item in node.items:
            value = self.value(item.item)
            if item.asname:
                self.store(item.asname.name, value if value.kind != "numpy" else UNKNOWN, None)
        self.body(node.body)

    def on_Match(self, node: cst.Match) -> None:
        self.value(node.subject)
        before = dict(self.names)
        ends = [before]
        for case in node.cases:
            self.names = {name: value for name, value in before.items() if name not in syntax.stored(case)}
            classes, asked = syntax.patterns(case)
            for one in classes:
                self.types(one)
            for one in asked:
                self.value(one)
            if case.guard:
                self.value(case.guard)
            self.body(case.body)
            ends.append(self.names)
        for other in ends[1:]:
            ends[0] = self.either(ends[0], other)
        self.names = ends[0]

    def on_Del(self, node: cst.Del) -> None:
        for part in node.target.elements if isinstance(node.target, cst.Tuple) else [node.target]:
            target = part.value if isinstance(part, cst.Element) else part
            if isinstance(target, cst.Name):
                self.names.pop(target.value, None)
            else:
                self.value(target)

    def on_Global(self, node: cst.Global | cst.Nonlocal) -> None:
        for name in node.names:
            self.names[name.name.value] = UNKNOWN

    on_Nonlocal = on_Global

    def on_IndentedBlock(self, node: cst.IndentedBlock) -> None:
        self.body(node)

    @staticmethod
    def either(one: dict[str, Value], other: dict[str, Value]) -> dict[str, Value]:
        return {name: joined(one.get(name), other.get(name)) for name in {**one, **other}}


def annotated(annotation: cst.Annotation | None) -> Value:
    """What a type that is written down makes plain."""
    if annotation is None:
        return UNKNOWN
    text = text_of(annotation.annotation)
    last = text.partition("[")[0].rpartition(".")[2]
    if last in ARRAY_TYPES[:2]:
        return Value("array")
    if last in ARRAY_TYPES:
        return Value("maybe")
    return Value("plain", last) if last in PLAIN_TYPES and "." not in text else UNKNOWN
