"""What a reader of sources finds: values as far as they are plain, uses of NumPy, warnings; all of them values themselves."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

# How a use goes to MLX, the easiest first. A line goes as its hardest use does.
PORTS = {
    "as it is": "only the prefix changes, if anything",
    "rewrite": "a fixed change of the text",
    "host": "stays with NumPy: it computes no arrays",
    "unknown": "not understood",
    "person": "someone has to look",
}
ATTENTION = ("unknown", "person")


@dataclass(frozen=True)
class Value:
    """What is plain of a value. `kind` is one of

    `numpy` (a name of NumPy's, `name` tells which), `array`, `maybe` (an array, if it came from one), `plain` (a Python value,
    `name` is its type), `type` (of Python's numbers, `name` tells which), `object` (of the class `name` of NumPy's), `arrays` (a tuple
    or list of arrays), `foreign` (of SciPy, `name` tells what), `unknown`.
    """

    kind: str
    name: str = ""
    dtype: str = ""
    ndim: int | None = None
    size: int | None = None
    number: float | None = None  # a literal's value
    view: bool = False  # shares the memory of another array
    part: bool = False  # taken by whole numbers out of an array, or of what may be one: a view, unless it is a number
    alone: bool = True  # for `numpy`: it is NumPy on every way through the code
    element: str = ""  # the type of the elements of a plain list, or of an array that stays NumPy's, where they are numbers of Python's
    parts: tuple[Value, ...] = ()  # of a tuple that is written down
    host: bool = False  # an array of numbers with a point, perhaps, that stays NumPy's
    small: bool | None = None  # of a truth: whether it says that something is below a bound, or that it is not yet
    depth: int = 0  # lists within lists, of a plain list; 0 where it is not the same everywhere


UNKNOWN = Value("unknown")


@dataclass(frozen=True, order=True)
class Place:
    """Where something stands: lines from 1, columns from 1, as editors count; the end is past the last sign."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True)
class Edit:
    """A change of the text: what stands at a place becomes these pieces: text, or what stands at a place within it.

    A place without width is between two signs. `loose`: as part of a larger expression the new text needs brackets.
    """

    place: Place
    new: tuple[str | Place, ...]
    loose: bool = False
    wraps: Place | None = None  # of a place without width: that around which it stands, with another one


@dataclass(frozen=True)
class Use:
    """One use of NumPy and what it is in MLX. `verdict` is the entry's, `port` is how this very use goes over."""

    place: Place
    code: str
    numpy: str
    port: str
    verdict: str = ""
    form: str = ""
    mlx: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    recipe: str = ""
    url: str = ""
    condition: str = ""  # what it rests on, where types are not plain
    statement: int = 0  # the line on which the statement begins
    edits: tuple[Edit, ...] = ()  # all that this use needs, where that is a change of the text alone
    function: str = ""  # a recipe that the edits call: it has to stand above


@dataclass(frozen=True)
class Caution:
    """Something that no name tells: a rule's code, and what it says of this place."""

    place: Place
    rule: str
    code: str
    message: str
    statement: int = 0


@dataclass
class Report:
    """All that was found in one file. `problem` says why a file could not be read."""

    file: str
    text: str = ""
    lines: int = 0
    uses: list[Use] = field(default_factory=list)
    cautions: list[Caution] = field(default_factory=list)
    undecided: int = 0  # operators and indices on values of which nothing is known
    problem: str = ""

    @property
    def by_line(self) -> dict[int, str]:
        """How each line that uses NumPy goes over: as the hardest of its uses."""
        found: dict[int, str] = {}
        order = [*PORTS]
        for use in self.uses:
            found[use.place.line] = max(found.get(use.place.line, order[0]), use.port, key=order.index)
        return found

    def counts(self) -> dict:
        """Uses by how they go over and by verdict, lines by how they go over."""
        ports, lines = Counter(use.port for use in self.uses), Counter(self.by_line.values())
        return {
            "uses": len(self.uses),
            "by_port": {port: ports[port] for port in PORTS},
            "by_verdict": dict(sorted(Counter(use.verdict for use in self.uses if use.verdict).items())),
            "conditional": sum(bool(use.condition) for use in self.uses),
            "undecided": self.undecided,
            "cautions": len(self.cautions),
            "lines": self.lines,
            "lines_by_port": {port: lines[port] for port in PORTS},
        }

    @property
    def needs_a_person(self) -> bool:
        return bool(self.problem or self.cautions or any(use.port in ATTENTION for use in self.uses))
