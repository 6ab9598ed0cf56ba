"""What the dataset is made of: topics, entries, cases, examples; each part knows the line on which it is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .releases import LIBRARIES, Releases

VERDICTS = ("same", "renamed", "differs", "recipe", "missing", "host")  # the later, the worse
WITH_COUNTERPART = ("same", "renamed", "differs")
MACHINES, GONE = "machines.toml", "gone.toml"  # beside the entries' folder
UNSHOWN = "mapping/dataset/unshown.toml"


@dataclass
class ExampleDeviation:
    """What MLX's side of an example shows on machines of one kind, and why."""

    machine: str
    reason: str
    mlx: str
    line: int


@dataclass
class Example:
    """The two sides of one example; `lines` holds the line of each key in the file."""

    numpy: str
    mlx: str
    title: str = ""
    edge: bool = False
    compare: str = "values"
    shows: str = ""
    deviation: ExampleDeviation | None = None
    tolerance: dict = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


@dataclass
class Case:
    """A verdict with its evidence: an entry's own, or that of one of its forms (then it has a name)."""

    name: str = ""
    verdict: str = ""
    differences: list[str] = field(default_factory=list)
    edges: list[str] = field(default_factory=list)
    summary: str = ""
    notes: list[str] = field(default_factory=list)
    recipe: str = ""
    undefined: str = ""
    calls: list[str] = field(default_factory=list)
    uncalled: str = ""
    unasserted: list[str] = field(default_factory=list)
    compare: str = "values"
    tolerance: dict = field(default_factory=dict)
    examples: list[Example] = field(default_factory=list)
    line: int = 0
    recipe_line: int = 0

    @property
    def defines(self) -> str:
        """A recipe that is a function, which its examples call; empty where it is an expression, or there is none."""
        return self.recipe.strip() if "def " in self.recipe else ""


@dataclass(eq=False)
class Entry:
    """One NumPy name. `cases` holds its forms, or the entry itself as the only case; `given` what was written."""

    name: str
    file: str
    line: int
    summary: str = ""
    mlx: list[str] = field(default_factory=list)
    category: str = ""
    alias_of: str = ""
    platforms: list[str] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    given: frozenset[str] = frozenset()

    @property
    def verdict(self) -> str:
        """The worst verdict of the entry's cases; empty for an alias, whose verdict follows from its target."""
        known = [case.verdict for case in self.cases if case.verdict in VERDICTS]
        return max(known, key=VERDICTS.index, default="")

    @property
    def differences(self) -> list[str]:
        return _union(case.differences for case in self.cases)

    @property
    def edges(self) -> list[str]:
        return _union(case.edges for case in self.cases)

    @property
    def forms(self) -> list[Case]:
        return [case for case in self.cases if case.name]

    def named(self, case: Case) -> str:
        """The name under which calls, facts and records know this entry, or one of its forms."""
        return f"{self.name} {case.name}".strip()

    def scopes(self) -> Iterator[tuple[str, Case, Example]]:
        """Every example, with the name under which the ledger and the record know it."""
        for case in self.cases:
            for number, example in enumerate(case.examples, 1):
                yield f"{self.named(case)} #{number}", case, example


@dataclass
class Topic:
    """One file of entries: one page."""

    slug: str
    file: str
    title: str
    order: int
    intro: str
    entries: list[Entry]


@dataclass
class Extent:
    """What the dataset must cover: namespaces whole, and the names that people use most; `left_out` with reasons."""

    namespaces: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    most_used: dict[str, int] = field(default_factory=dict)


@dataclass
class Row:
    """One row of the cheat sheet: an expression on either side, and the difference that readers must mind."""

    numpy: str = ""
    mlx: str = ""
    differs: str = ""
    note: str = ""
    compare: str = "values"
    line: int = 1


@dataclass
class Section:
    """Rows of the cheat sheet that belong together."""

    slug: str
    title: str
    rows: list[Row]


@dataclass
class Sheet:
    """The cheat sheet: its sections, and the `inputs` that its rows speak of, written for NumPy."""

    file: str = ""
    inputs: dict[str, str] = field(default_factory=dict)
    sections: list[Section] = field(default_factory=list)


@dataclass
class Deviation:
    """What one case shows on machines of one kind beside what it shows everywhere: by its kind, the call and both answers.

    `without` holds differences that the entry declares and that are not seen there, each with the call that shows it elsewhere.
    """

    case: str
    machine: str
    differences: dict[str, str] = field(default_factory=dict)
    edges: dict[str, str] = field(default_factory=dict)
    without: dict[str, str] = field(default_factory=dict)
    line: int = 1


@dataclass
class Unshown:
    """A sentence of an entry or a page that nothing beside it shows, with the reason and the test that proves it."""

    place: str
    text: str
    reason: str
    test: str
    line: int = 1


@dataclass
class Gone:
    """A name that NumPy no longer has: the first release without it, and what is to be used instead."""

    name: str
    removed: str = ""
    instead: str = ""
    line: int = 1


class Dataset:
    """All topics in their order, and their entries by name; `extent` says what they must cover; the cheat sheet; what
    single kinds of machine show, `machines`; sentences that nothing beside them shows, `unshown`; the names that NumPy no
    longer has, `gone`; what changed in the `releases` of each library.
    """

    def __init__(
        self,
        topics: list[Topic],
        extent: Extent | None = None,
        sheet: Sheet | None = None,
        machines: Iterable[Deviation] = (),
        unshown: Iterable[Unshown] = (),
        gone: Iterable[Gone] = (),
        releases: dict[str, Releases] | None = None,
    ):
        self.releases = releases or {library: Releases() for library in LIBRARIES}
        self.topics, self.extent, self.sheet = topics, extent or Extent(), sheet or Sheet()
        self.machines, self.unshown, self.gone = list(machines), list(unshown), list(gone)
        self.entries = [entry for topic in topics for entry in topic.entries]
        self.by_name = {entry.name: entry for entry in self.entries}


@dataclass
class Skip:
    """A block that readers see and the gate does not run, with the reason and the test that covers it."""

    source: str
    text: str
    reason: str
    test: str
    line: int


def _union(lists: Iterator[list[str]]) -> list[str]:
    return sorted({item for items in lists for item in items})
