"""Names of a source go in; what they stand for comes out, and their uses are noted."""

from __future__ import annotations

from collections.abc import Mapping

import libcst as cst
from libcst.metadata import CodeRange

from . import cautions, judge, recipes, rewrites
from .calls import Argument, Site
from .judgement import Judgement
from .known import PYTHONS, Entry, Known
from .learned import Learned, Seen
from .model import UNKNOWN, Caution, Edit, Place, Report, Use, Value
from .syntax import text_of

LENGTH = 60  # signs of a use's text that are shown
LIKELY = {  # what Python's own values and other packages' have too; a copy that MLX does not make is told all the same
    *{*PYTHONS} - {"copy"},
    *("data", "base", "view", "item", "dump", "dumps", "fill", "put", "take", "choose", "flat", "flags", "partition", "compress", "resize"),
    *("device", "ctypes", "repeat", "trace", "all", "any"),
}
HOSTED = ("testing", "typing", "exceptions", "char", "strings", "rec", "ctypeslib", "f2py", "dtypes")


class Names:
    """What is plain of each name where the reader stands, in `names`, and what was noted of the module so far."""

    def __init__(self, report: Report, positions: Mapping[cst.CSTNode, CodeRange], known: Known, learned: Learned):
        self.report, self.positions, self.known, self.learned = report, positions, known, learned
        self.seen = Seen()
        self.names: dict[str, Value] = {}
        self.values: dict[cst.CSTNode, Value] = {}
        self.targets: dict[cst.CSTNode, tuple[Value, Value]] = {}  # of what is called
        self.recording, self.uses_numpy, self.statement_line = True, False, 1
        self.loops: list[cst.For | cst.While] = []
        self.functions: list[cst.FunctionDef] = []
        self.waiting: list[tuple[cst.FunctionDef, dict[str, Value]]] = []
        self.compiled: set[str] = set()
        self.inside: dict[cst.CSTNode, str] = {}  # what gets a value directly: the text of a function, or `statement`, `class` or `except`
        self.shared: set[str] = set()  # names that functions store for others
        self.under: bool | None = None  # what the test around says of something that shall become small
        self.typing = False  # whether what is read names types

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
        edits: tuple[Edit, ...] = (),
    ) -> None:
        """Note a use; `edits` are all the changes that it needs."""
        if not self.recording:
            return
        entry = self.known.entry(name)
        self.report.uses.append(
            Use(
                self.place(node), short(node), name, found.port, verdict or (entry.verdict if entry else ""), form,
                entry.mlx if entry else (), tuple(found.differs),
                entry.recipe if entry and (verdict or entry.verdict) == "recipe" else "",
                entry.url if entry else "", condition or found.condition, self.statement_line, edits, found.function if edits else "",
            )
        )  # fmt: skip

    def edits(self, found: Judgement, entry: Entry, spelled: cst.CSTNode | None, site: Site | None, condition: str) -> tuple[Edit, ...]:
        """The changes of the text that a use needs; none where they are not all of it. `spelled`: where NumPy's name stands; of a
        method, `site` says it."""
        if found.port not in ("as it is", "rewrite") or not {*found.differs} <= {*found.covered} or condition:
            return ()
        if found.whole:
            return () if site and site.comments else tuple(found.edits)
        if len(entry.mlx) != 1:
            return ()
        place, name = entry.mlx[0].rpartition(".")[::2]
        called = entry.mlx[0].replace("mlx.core", "mx", 1)
        if site and site.of:
            own = entry.numpy.rpartition(".")[2]
            if place == "mlx.core.array":
                return (*([] if name == own else [Edit(site.name, (name,))]), *found.edits)
            if name == own and name in rewrites.ON_MLX:
                return tuple(found.edits)
            function = recipes.called(called, site, site.others, True)
            return (*function, *found.edits) if function else ()
        return (Edit(self.place(spelled), (called,)), *found.edits) if spelled and place != "mlx.core.array" else ()

    def not_understood(self, node: cst.CSTNode, name: str, why: str) -> None:
        self.note(node, name, Judgement("unknown", [why]))

    def handed_on(self, node: cst.CSTNode, value: Value) -> None:
        """A generator that goes where nobody sees what it draws."""
        if value == Value("object", "numpy.random.Generator") or value == Value("object", "numpy.random"):
            self.not_understood(node, "numpy.random.Generator", "the generator is handed on: what is drawn there stays NumPy's")

    def undecided(self) -> None:
        self.report.undecided += self.recording and self.uses_numpy

    def cautions_of(self, node: cst.CSTNode) -> None:
        if self.recording and self.uses_numpy:
            for code, message in cautions.told(node, self):
                self.report.cautions.append(Caution(self.place(node), code, short(node), message, self.statement_line))

    def value(self, node: cst.CSTNode) -> Value:
        """What is plain of an expression; its uses of NumPy are noted on the way."""
        raise NotImplementedError

    def types(self, node: cst.BaseExpression, asked: bool = True) -> Value:
        """What is plain of an expression that names types, an annotation or what `isinstance` asks for; or of one that does not."""
        kept, self.typing = self.typing, asked
        found = self.value(node)
        self.typing = kept
        return found

    def store(self, target: cst.CSTNode, value: Value, source: cst.BaseExpression | None) -> None:
        """A value goes to a name, a tuple of names, an index or an attribute."""
        raise NotImplementedError

    # names

    def referred(self, node: cst.CSTNode, found: Value, *, whole: bool = True, spelled: bool = True) -> None:
        """A name of NumPy's that is not called; of a subscript, it is not the `whole`, of an object it is not `spelled`."""
        entry = self.known.entry(found.name)
        if self.known.is_module(found.name):
            self.not_understood(node, found.name, "the module is handed on as a value")
        elif entry:
            judged = judge.reference(entry, self.known, whole=whole)
            judge.asked(judged, entry, "type" if self.typing else self.inside.get(node, ""))
            condition = self.only_if(found)
            edits = self.edits(judged, entry, node, None, condition) if whole and spelled else ()
            self.note(node, found.name, judged, condition=condition, edits=edits)
        else:
            self.without_entry(node, found.name)

    def only_if(self, found: Value) -> str:
        return "" if found.alone else "if this is NumPy"

    def without_entry(self, node: cst.CSTNode, name: str, arguments: list[Argument] | None = None, site: Site | None = None) -> None:
        """A name that NumPy has lost, that belongs to a part that stays on the host, or that nobody knows."""
        row = self.known.row(name)
        host = self.known.entry(".".join(name.split(".")[:2]))
        if row:
            self.gone(node, name, row, arguments, site)
        elif host and name.split(".")[1] in HOSTED:
            self.note(node, host.numpy, Judgement("host"))
        else:
            self.not_understood(node, name, "this name has no entry")

    def gone(self, node: cst.CSTNode, name: str, row: dict, arguments: list[Argument] | None, site: Site | None) -> None:
        """A name that NumPy has lost: it goes over as what took its place."""
        said, now, alone = judge.gone(row, self.known)
        edits: tuple[Edit, ...] = ()
        found = Judgement("person")
        if arguments is None and name in rewrites.GONE and not self.typing:
            new = rewrites.GONE[name]
            found, edits = Judgement("rewrite"), (Edit(self.place(node), (new,), loose=new.startswith("-")),)
        elif now and alone:
            found = (
                judge.call(now, self.known, arguments, site, method=False)
                if arguments is not None and site
                else judge.reference(now, self.known)
            )
            edits = self.edits(found, now, node.func if isinstance(node, cst.Call) else node, None, "")
        if self.recording:
            mlx = now.mlx if now else ()
            self.report.uses.append(
                Use(
                    self.place(node), short(node), name, "rewrite" if found.port == "as it is" else found.port, "gone", "", mlx,
                    (said, *found.differs), "", row["url"], found.condition, self.statement_line, edits, found.function if edits else "",
                )
            )  # fmt: skip

    def target(self, node: cst.CSTNode) -> tuple[Value, Value]:
        """What a name or an attribute stands for, and of what it is an attribute; nothing is noted of the last name."""
        if isinstance(node, cst.Name):
            return self.names.get(node.value, UNKNOWN), UNKNOWN
        if not isinstance(node, cst.Attribute):
            return self.value(node), UNKNOWN
        attribute = node.attr.value
        self.inside[node.value] = f".{attribute}"
        base = self.dotted(node.value) or self.value(node.value)
        if base.kind == "numpy":
            return self.member(base, attribute), base
        if base.kind == "foreign":
            return Value("foreign", f"{base.name}.{attribute}"), base
        if base.kind == "object":
            return Value("numpy", f"{base.name}.{attribute}"), base
        likely = base.kind in ("array", "maybe") or (base.kind == "unknown" and attribute not in LIKELY)
        if likely and self.uses_numpy and attribute in self.known.members:
            return Value("method", f"numpy.ndarray.{attribute}"), base if base.kind == "array" else Value(
                "maybe", host=base.host, element=base.element
            )
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
