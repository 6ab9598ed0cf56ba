"""Names of a source go in; what they stand for comes out, and their uses are noted."""

from __future__ import annotations

from collections.abc import Mapping

import libcst as cst
from libcst.metadata import CodeRange

from . import cautions, judge
from .judge import Argument, Judgement
from .known import Known
from .model import UNKNOWN, Caution, Edit, Place, Report, Use, Value
from .syntax import text_of

LENGTH = 60  # signs of a use's text that are shown
PYTHONS = {*dir(list), *dir(dict), *dir(str), *dir(set), *dir(complex), *dir(memoryview), "data", "base", "view", "item", "dump", "dumps"}
PYTHONS |= {
    "fill",
    "put",
    "take",
    "choose",
    "flat",
    "flags",
    "partition",
    "compress",
    "resize",
    "device",
    "ctypes",
    "repeat",
    "trace",
    "all",
    "any",
}
HOSTED = ("testing", "typing", "exceptions", "char", "strings", "rec", "ctypeslib", "f2py", "dtypes")


class Names:
    """What is plain of each name where the reader stands, in `names`, and what was noted of the module so far."""

    def __init__(self, report: Report, positions: Mapping[cst.CSTNode, CodeRange], known: Known):
        self.report, self.positions, self.known = report, positions, known
        self.names: dict[str, Value] = {}
        self.values: dict[cst.CSTNode, Value] = {}
        self.targets: dict[cst.CSTNode, tuple[Value, Value]] = {}  # of what is called
        self.recording, self.uses_numpy, self.statement_line = True, False, 1
        self.loops: list[cst.For | cst.While] = []
        self.functions: list[cst.FunctionDef] = []
        self.waiting: list[tuple[cst.FunctionDef, dict[str, Value]]] = []
        self.compiled: set[str] = set()

    # what is noted

    def place(self, node: cst.CSTNode) -> Place:
        start, end = self.positions[node].start, self.positions[node].end
        return Place(start.line, start.column + 1, end.line, end.column + 1)

    def note(
        self,
        node: cst.CSTNode,
        name: str,
        found: Judgement,
        *,
        verdict: str = "",
        form: str = "",
        condition: str = "",
        spelled: cst.CSTNode | None = None,
    ) -> None:
        """Note a use; `spelled` is where NumPy's name stands, if a name of MLX can stand there."""
        if not self.recording:
            return
        entry = self.known.entry(name)
        self.report.uses.append(
            Use(
                self.place(node), short(node), name, found.port, verdict or (entry.verdict if entry else ""), form,
                entry.mlx if entry else (), tuple(found.differs),
                entry.recipe if entry and (verdict or entry.verdict) == "recipe" else "",
                entry.url if entry else "", condition or found.condition, self.statement_line,
                self.edits(found, entry.mlx if entry else (), spelled, condition),
            )
        )  # fmt: skip

    def edits(self, found: Judgement, mlx: tuple[str, ...], spelled: cst.CSTNode | None, condition: str) -> tuple[Edit, ...]:
        """The changes of the text that a use needs; none where they are not all of it."""
        plain = len(mlx) == 1 and not mlx[0].startswith("mlx.core.array.")
        easy = found.port in ("as it is", "rewrite") and {*found.differs} <= {*found.covered}
        if spelled is None or not plain or not easy or condition:
            return ()
        return (Edit(self.place(spelled), text_of(spelled), mlx[0].replace("mlx.core", "mx", 1)), *found.edits)

    def not_understood(self, node: cst.CSTNode, name: str, why: str) -> None:
        self.note(node, name, Judgement("unknown", [why]))

    def undecided(self) -> None:
        self.report.undecided += self.recording and self.uses_numpy

    def cautions_of(self, node: cst.CSTNode) -> None:
        if self.recording and self.uses_numpy:
            for code, message in cautions.told(node, self):
                self.report.cautions.append(Caution(self.place(node), code, short(node), message, self.statement_line))

    def value(self, node: cst.CSTNode) -> Value:
        """What is plain of an expression; its uses of NumPy are noted on the way."""
        raise NotImplementedError

    def store(self, target: cst.CSTNode, value: Value, source: cst.BaseExpression | None) -> None:
        """A value goes to a name, a tuple of names, an index or an attribute."""
        raise NotImplementedError

    # names

    def referred(self, node: cst.CSTNode, found: Value) -> None:
        """A name of NumPy's that is not called."""
        entry = self.known.entry(found.name)
        if self.known.is_module(found.name):
            self.not_understood(node, found.name, "the module is handed on as a value")
        elif entry:
            self.note(node, found.name, judge.reference(entry, self.known), condition=self.only_if(found), spelled=node)
        else:
            self.without_entry(node, found.name)

    def only_if(self, found: Value) -> str:
        return "" if found.alone else "if this is NumPy"

    def without_entry(self, node: cst.CSTNode, name: str, arguments: list[Argument] | None = None) -> None:
        """A name that NumPy has lost, that belongs to a part that stays on the host, or that nobody knows."""
        row = self.known.row(name)
        host = self.known.entry(".".join(name.split(".")[:2]))
        if row:
            now = [entry for entry in map(self.known.entry, row["entries"]) if entry]
            found = Judgement("rewrite", [f"gone from NumPy since {row['removed']}. {row['instead']}"])
            if len(now) == 1:
                own = judge.reference(now[0], self.known) if arguments is None else judge.call(now[0], self.known, arguments, method=False)
                found.differs += own.differs
                found.harder(own.port, "")
            else:
                found.harder("person", "")
            if self.recording:
                mlx = now[0].mlx if len(now) == 1 else ()
                self.report.uses.append(
                    Use(self.place(node), short(node), name, found.port, "gone", "", mlx, tuple(found.differs), url=row["url"])
                )
        elif host and name.split(".")[1] in HOSTED:
            self.note(node, host.numpy, Judgement("host"))
        else:
            self.not_understood(node, name, "this name has no entry")

    def target(self, node: cst.CSTNode) -> tuple[Value, Value]:
        """What a name or an attribute stands for, and of what it is an attribute; nothing is noted of the last name."""
        if isinstance(node, cst.Name):
            return self.names.get(node.value, UNKNOWN), UNKNOWN
        if not isinstance(node, cst.Attribute):
            return self.value(node), UNKNOWN
        attribute = node.attr.value
        base = self.dotted(node.value) or self.value(node.value)
        if base.kind == "numpy":
            return self.member(base, attribute), base
        if base.kind == "object":
            return Value("numpy", f"{base.name}.{attribute}"), base
        likely = base.kind in ("array", "maybe") or (base.kind == "unknown" and attribute not in PYTHONS)
        if likely and self.uses_numpy and attribute in self.known.members:
            return Value("method", f"numpy.ndarray.{attribute}"), base if base.kind == "array" else Value("maybe")
        return UNKNOWN, base

    def dotted(self, node: cst.CSTNode) -> Value | None:
        """The NumPy name that a dotted text spells."""
        if isinstance(node, cst.Name):
            found = self.names.get(node.value, UNKNOWN)
            return found if found.kind == "numpy" else None
        inner = self.dotted(node.value) if isinstance(node, cst.Attribute) else None
        return self.member(inner, node.attr.value) if inner and isinstance(node, cst.Attribute) else None

    def member(self, of: Value, name: str) -> Value:
        """A member of a module of NumPy's, or of a ufunc."""
        ufunc = f"numpy.ufunc.{name}"
        is_ufunc = self.known.entry(of.name) and not self.known.is_module(of.name) and self.known.entry(ufunc)
        return Value("numpy", ufunc if is_ufunc else f"{of.name}.{name}", alone=of.alone)


def short(node: cst.CSTNode) -> str:
    """The text of a node on one line, not endlessly long."""
    text = " ".join(text_of(node).split())
    return text if len(text) <= LENGTH else text[: LENGTH - 3] + "..."
