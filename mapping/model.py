"""TOML files of entries go in; entries come out, each part knowing the line on which it is written.

The only module that knows TOML. Its schema is closed: a key that it does not name is an error.
"""

from __future__ import annotations

import re
import tomllib
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .problems import Problem, rule

VERDICTS = ("same", "renamed", "differs", "recipe", "missing", "host")  # the later, the worse
WITH_COUNTERPART = ("same", "renamed", "differs")
STRINGS, TABLES = "a list of strings", "a list of tables"
TEXTS, NUMBERS = "a table of strings", "a table of whole numbers"
TOPIC = {"title": str, "order": int, "intro": str}
TOLERANCE = {"ulp": (int, float), "reason": str}
ELSEWHERE = {"machine": str, "reason": str, "mlx": str}
CASE = {
    "verdict": str,
    "differences": STRINGS,
    "edges": STRINGS,
    "summary": str,
    "notes": STRINGS,
    "recipe": str,
    "undefined": str,
    "calls": STRINGS,
    "uncalled": str,
    "unasserted": STRINGS,
    "compare": str,
    "tolerance": TOLERANCE,
    "examples": TABLES,
}
ENTRY = {**CASE, "mlx": STRINGS, "category": str, "alias_of": str, "platforms": STRINGS, "forms": TABLES}
FORM = {**CASE, "name": str}
EXAMPLE = {
    "title": str,
    "numpy": str,
    "mlx": str,
    "edge": bool,
    "compare": str,
    "probe": str,
    "elsewhere": ELSEWHERE,
    "tolerance": TOLERANCE,
}
DEVIATION = {"differences": TEXTS, "edges": TEXTS, "without": TEXTS}
EXTENT = {"namespaces": STRINGS, "left_out": TEXTS, "most_used": NUMBERS}
SHEET = {"inputs": TEXTS, "section": TABLES}
SECTION = {"slug": str, "title": str, "rows": TABLES}
ROW = {"numpy": str, "mlx": str, "differs": str, "note": str, "compare": str}
UNRUN = {"source": str, "text": str, "reason": str, "test": str}
PROSE = {"title", "intro", "summary", "notes", "undefined", "uncalled", "reason", "note", "name"}  # keys of running text
CODE = re.compile(r"(?:\{(?:py:obj|absent)\})?`[^`]+`")
BEGINNING = re.compile(r"(?:[-+*_]|\d+[.)])(?:\s|$)|[-+*_]{3}|[#>%=:|~\s]|\(.*\)=$")  # of a list, a rule, a heading, a quotation, a comment, a target
MACHINES = "machines.toml"  # beside the entries' folder
PAGE = re.compile(r"[a-z][a-z0-9_]{0,59}")
ULPS = 100_000  # a tolerance that still says something
FILE, LINE = 1 << 18, 1000  # bytes of a file and characters of a line: the largest of each that we have are 39 kB and 400


@dataclass
class Elsewhere:
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
    probe: str = ""
    elsewhere: Elsewhere | None = None
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


@dataclass
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

    def scopes(self) -> Iterator[tuple[str, Case, Example]]:
        """Every example, with the name under which the ledger and the record know it."""
        for case in self.cases:
            for number, example in enumerate(case.examples, 1):
                yield f"{self.name}{f' {case.name}' if case.name else ''} #{number}", case, example


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


class Dataset:
    """All topics in their order, and their entries by name; `extent` says what they must cover; the cheat sheet; what
    single kinds of machine show, `machines`.
    """

    def __init__(self, topics: list[Topic], extent: Extent | None = None, sheet: Sheet | None = None, machines: Iterable[Deviation] = ()):
        self.topics, self.extent, self.sheet, self.machines = topics, extent or Extent(), sheet or Sheet(), list(machines)
        self.entries = [entry for topic in topics for entry in topic.entries]
        self.by_name = {entry.name: entry for entry in self.entries}


@dataclass
class Unrun:
    """A block that readers see and the gate does not run, with the reason and the test that covers it."""

    source: str
    text: str
    reason: str
    test: str
    line: int


def _union(lists: Iterator[list[str]]) -> list[str]:
    return sorted({item for items in lists for item in items})


@rule("E101")
def not_utf8(file: str, error: UnicodeDecodeError) -> Problem:
    """The file is not UTF-8. Save it as UTF-8."""
    line = error.object[: error.start].count(b"\n") + 1
    return Problem(file, line, "file", "E101", f"byte {error.start} is not UTF-8: save the file as UTF-8")


@rule("E102")
def not_toml(file: str, text: str, error: tomllib.TOMLDecodeError) -> Problem:
    """The file is not TOML, or declares a name twice. The message says where reading stopped."""
    place = re.search(r"at line (\d+)", str(error))
    end = text.rstrip().count("\n") + 1
    reason = re.sub(r" \(at .*\)$", "", str(error))
    return Problem(file, int(place[1]) if place else end, "file", "E102", f"not TOML: {reason}")


@rule("E103")
def nothing_there(file: str) -> Problem:
    """The file holds no entry. Write one, or delete the file."""
    return Problem(file, 1, "file", "E103", "no entries: write one, or delete the file")


@rule("E104")
def unknown_key(file: str, line: int, name: str, key: str, known: Any) -> Problem:
    """A key that the schema does not have. The message lists those that it has."""
    return Problem(file, line, name, "E104", f"unknown key `{key}`: use one of {', '.join(sorted(known))}")


@rule("E105")
def wrong_type(file: str, line: int, name: str, key: str, wanted: str) -> Problem:
    """A value of the wrong type, or a missing key that every such table needs."""
    return Problem(file, line, name, "E105", f"`{key}` must be {wanted}")


@rule("E106")
def not_a_numpy_name(file: str, line: int, name: str) -> Problem:
    """An entry's name is the exact dotted NumPy name in quotes, such as `["numpy.linalg.norm"]`."""
    return Problem(file, line, name, "E106", "an entry's name is a dotted NumPy name: numpy.linalg.norm")


@rule("E107")
def too_big(file: str, line: int, what: str) -> Problem:
    """What is in `mapping/` is a file of at most 256 kB, with lines of at most 1000 characters."""
    return Problem(file, line, "file", "E107", what)


@rule("E108")
def not_prose(file: str, line: int, name: str, key: str, what: str) -> Problem:
    """Running text is one line of words, *emphasis* and code in backticks, with the roles `py:obj` and `absent`. HTML, links, directives and templates are none of it: marks that mean something to MyST stand within backticks."""
    return Problem(file, line, name, "E108", f"`{key}` holds {what}: running text is one line, with code in single backticks")


@rule("E109")
def unprintable(file: str, line: int, name: str, key: str, sign: str) -> Problem:
    """A character that cannot be seen or turns the direction of writing, which can make code read as what it is not. In code, write it as an escape."""
    return Problem(file, line, name, "E109", f"`{key}` holds U+{ord(sign):04X}, which cannot be seen: in code write it as an escape")


@rule("E110")
def not_a_page(file: str, line: int, name: str) -> Problem:
    """A topic's file and a section's `slug` name pages: lower-case letters, digits and `_`, a letter first, at most 60."""
    return Problem(file, line, name, "E110", "names a page: use lower-case letters, digits and `_`, a letter first, at most 60")


def not_in_prose(text: str) -> str:
    """What of a text is no running text, or nothing."""
    text = text.strip("\n")
    if found := re.search(r"``|[`<{}\[\]\\]", CODE.sub("", text)):
        return f"`{found[0]}` outside code" if found[0][0] != "`" else "backticks that are not single pairs"
    if "\n" in text:
        return "a line end"
    return "the beginning of a block" if BEGINNING.match(text) else ""


def texts(value: Any) -> list[str]:
    """The strings that a value is made of, but for those in tables of their own."""
    found = [value] if isinstance(value, str) else [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    return [one for one in found if isinstance(one, str)]


class Lines:
    """Where tables, keys and texts are written, by paths such as ("numpy.sum", "examples", 0, "mlx").

    Takes text that is TOML already: all it has to know is where a string or a bracket ends.
    """

    TOKEN = re.compile(
        r"""
        "{3}(?:\\.|[^\\])*?"{3,5} | '{3}.*?'{3,5} | "(?:\\.|[^"\\])*" | '[^']*'  # strings
        | \#[^\n]* | [][{}=,\n] | [^][{}=,.\s"'#]+  # comments, marks, parts of names and numbers
        """,
        re.DOTALL | re.VERBOSE,
    )
    OPENING = re.compile(r"""'{3}\n* | "{3}(?:\n | \\\s*\n\s*)* | .""", re.VERBOSE)

    def __init__(self, text: str):
        self.found: dict[tuple, int] = {}
        self.texts: dict[tuple, int] = {}
        self.counts: dict[tuple, int] = {}
        self.tokens = deque(self._tokens(text.replace("\r\n", "\n")))
        here: tuple = ()
        while self.tokens:
            if self._next() == "\n":
                self.tokens.popleft()
            elif self._next() == "[":
                here = self._header()
            else:
                self._pair(here)

    def _tokens(self, text: str) -> Iterator[tuple[str, int]]:
        line, before = 1, 0
        for token in self.TOKEN.finditer(text):
            line += text.count("\n", before, token.start())
            before = token.start()
            if token[0][0] != "#":
                yield token[0], line

    def _next(self) -> str:
        return self.tokens[0][0] if self.tokens else "\n"

    def _keys(self, end: str) -> list[str]:
        keys = []
        while self._next() != end:
            word = self.tokens.popleft()[0]
            keys.append(word[1:-1] if word[0] in "\"'" else word)
        return keys

    def _note(self, path: tuple, length: int, line: int) -> None:
        """Keep the line of a path, and of those of its parts that are not written by themselves."""
        for end in range(length, len(path) + 1):
            self.found.setdefault(path[:end], line)

    def _header(self) -> tuple:
        line, opened = self.tokens[0][1], 0
        while self._next() == "[":
            self.tokens.popleft()
            opened += 1
        keys, path = self._keys("]"), ()
        for depth, key in enumerate(keys):
            path += (key,)
            if opened == 2 and depth == len(keys) - 1:
                self.counts[path] = self.counts.get(path, -1) + 1
            self._note(path, len(path), line)
            if path in self.counts:
                path += (self.counts[path],)
        self._note(path, len(path), line)
        while self._next() == "]":
            self.tokens.popleft()
        return path

    def _pair(self, table: tuple) -> None:
        line = self.tokens[0][1]
        path = (*table, *self._keys("="))
        self._note(path, len(table) + 1, line)
        self.tokens.popleft()
        self._value(path)

    def _value(self, path: tuple) -> None:
        word, line = self.tokens.popleft()
        if word in "[{":
            self._note(path, len(path), line)
            place = 0
            while self._next() not in "]}":
                if self._next() in ",\n":
                    place += self.tokens.popleft()[0] == ","
                elif word == "[":
                    self._value((*path, place))
                else:
                    self._pair(path)
            self.tokens.popleft()
        else:
            self.texts[path] = line + self.OPENING.match(word)[0].count("\n")
            while self._next() not in ",]}\n":
                self.tokens.popleft()

    def at(self, path: tuple) -> int:
        """The line of the nearest written ancestor of this path."""
        while path and path not in self.found:
            path = path[:-1]
        return self.found.get(path, 1)

    def text(self, path: tuple) -> int:
        """The line on which a string's own text begins: below the quotes, where these stand alone."""
        return self.texts.get(path, self.at(path))


class Reader:
    """Reads one file, gathering every problem on the way."""

    def __init__(self, file: str):
        self.file = file
        self.problems: list[Problem] = []
        self.lines = Lines("")

    def toml(self, path: Path) -> dict:
        """The file's tables, or none of them and a problem."""
        if not path.is_file():
            self.problems.append(too_big(self.file, 1, "no file: a folder, or a link that leads nowhere"))
            return {}
        with path.open("rb") as file:
            raw = file.read(FILE + 1)
        if len(raw) > FILE:
            self.problems.append(too_big(self.file, 1, f"more than {FILE} bytes: part it in two"))
            return {}
        try:
            text = raw.decode("utf-8").removeprefix("\ufeff")
            if long := [line for line, words in enumerate(text.split("\n"), 1) if len(words) > LINE]:
                self.problems += [too_big(self.file, line, f"more than {LINE} characters in a line: part it") for line in long[:1]]
                return {}
            data = tomllib.loads(text)
            self.lines = Lines(text)
            return data
        except UnicodeDecodeError as error:
            self.problems.append(not_utf8(self.file, error))
        except tomllib.TOMLDecodeError as error:
            self.problems.append(not_toml(self.file, text, error))
        except RecursionError:
            self.problems.append(Problem(self.file, 1, "file", "E102", "not TOML: nested too deeply"))
        return {}

    def table(self, value: Any, schema: dict, path: tuple, needed: tuple = ()) -> dict:
        """The table's values that fit the schema; the others become problems."""
        name = str(path[0]) if path else "file"
        if not isinstance(value, dict):
            self.problems.append(wrong_type(self.file, self.lines.at(path), name, str(path[-1]), "a table"))
            return {}
        good = {}
        for key, item in value.items():
            line = self.lines.at((*path, key))
            if key not in schema:
                self.problems.append(unknown_key(self.file, line, name, key, schema))
            elif wanted := self._misfit(item, schema[key], (*path, key)):
                self.problems.append(wrong_type(self.file, line, name, key, wanted))
            else:
                good[key] = item
                if not isinstance(schema[key], dict):  # a table of its own has been through here
                    self._words(item, key, line, name)
        for key in needed:
            if key not in value:
                self.problems.append(wrong_type(self.file, self.lines.at(path), name, key, "there"))
        return good

    def _words(self, item: Any, key: str, line: int, name: str) -> None:
        """Note what in a value's texts readers could not see, or what running text must not hold."""
        for text in texts(item):
            if hidden := next((sign for sign in text if not sign.isprintable() and sign != "\n"), ""):
                self.problems.append(unprintable(self.file, line, name, key, hidden))
            elif key in PROSE and (what := "a backtick" if key == "name" and "`" in text else not_in_prose(text)):
                self.problems.append(not_prose(self.file, line, name, key, what))

    def _misfit(self, item: Any, wanted: Any, path: tuple) -> str:
        if wanted == STRINGS:
            fits = isinstance(item, list) and item and all(isinstance(one, str) and one.strip() for one in item)
            return "" if fits else "a list of strings, not empty"
        if wanted == TABLES:
            fits = isinstance(item, list) and item and all(isinstance(one, dict) for one in item)
            return "" if fits else "tables in double brackets"
        if wanted in (TEXTS, NUMBERS):
            kind = str if wanted == TEXTS else int
            return "" if isinstance(item, dict) and all(isinstance(one, kind) for one in item.values()) else wanted
        if isinstance(wanted, dict):
            if not isinstance(item, dict):
                return "a table"
            self.table(item, wanted, path, tuple(wanted))
            return ""
        if isinstance(item, bool) != (wanted is bool) or not isinstance(item, wanted):
            return {str: "a string", int: "a whole number", bool: "true or false"}.get(wanted, "a number")
        if wanted == (int, float) and not 0 < item < ULPS:
            return f"a number above 0 and below {ULPS}"
        return "a string that says something" if isinstance(item, str) and not item.strip() else ""

    def topic(self, slug: str, path: Path) -> Topic:
        """The whole file as a topic."""
        if not PAGE.fullmatch(slug):
            self.problems.append(not_a_page(self.file, 1, slug))
        data = self.toml(path)
        if self.problems:
            return Topic(slug, self.file, slug, 0, "", [])
        if not [key for key in data if key != "topic"]:
            self.problems.append(nothing_there(self.file))
        head = self.table(data.pop("topic", {}), TOPIC, ("topic",), ("title", "order"))
        entries = [self.entry(name, table) for name, table in data.items()]
        return Topic(slug, self.file, head.get("title", slug), head.get("order", 0), head.get("intro", ""), entries)

    def entry(self, name: str, value: Any) -> Entry:
        """One entry, its own evidence as its only case where it has no forms."""
        line = self.lines.at((name,))
        if not re.fullmatch(r"numpy(\.\w+)+", name, re.ASCII):
            self.problems.append(not_a_numpy_name(self.file, line, name))
        good = self.table(value, ENTRY, (name,))
        forms = [
            self.case(self.table(form, FORM, (name, "forms", i), ("name",)), (name, "forms", i))
            for i, form in enumerate(good.pop("forms", []))
        ]
        own = ("mlx", "category", "alias_of", "platforms", "summary", "notes")
        entry = Entry(name, self.file, line, given=frozenset(good) | ({"forms"} if forms else set()))
        for key in own:
            setattr(entry, key, good.get(key, getattr(entry, key)))
        case = self.case({key: item for key, item in good.items() if key in CASE}, (name,))
        entry.cases = forms or ([case] if case.verdict or case.examples else [])
        return entry

    def case(self, good: dict, path: tuple) -> Case:
        """A verdict and its evidence."""
        examples = [
            self.example(example, (*path, "examples", i)) for i, example in enumerate(good.get("examples", []))
        ]
        return Case(**{**good, "examples": examples, "line": self.lines.at(path)})

    def example(self, value: dict, path: tuple) -> Example:
        """The two sides of an example, without the line ends around them."""
        good = self.table(value, EXAMPLE, path, ("numpy", "mlx"))
        sides = {side: good.get(side, "").strip("\n") for side in ("numpy", "mlx")}
        lines = {side: self.lines.text((*path, side)) for side in ("numpy", "mlx")}
        if table := good.pop("elsewhere", None):
            at = (*path, "elsewhere", "mlx")
            good["elsewhere"] = Elsewhere(**{**table, "mlx": table["mlx"].strip("\n")}, line=self.lines.text(at)) if len(table) == len(ELSEWHERE) else None
        return Example(**{**good, **sides, "lines": lines})


def read(folder: Path, root: Path) -> tuple[Dataset, list[Problem]]:
    """All entries of a folder, and every problem met on the way."""
    topics, problems = [], []
    for path in sorted(folder.glob("[!.]*.toml")):
        reader = Reader(path.relative_to(root).as_posix())
        topic = reader.topic(path.stem, path)
        topics += [topic] if topic.entries else []
        problems += reader.problems
    extent, more = read_extent(folder.parent / "extent.toml", root)
    sheet, wrong = read_sheet(folder.parent / "cheatsheet.toml", root)
    machines, misplaced = read_machines(folder.parent / MACHINES, root)
    return Dataset(sorted(topics, key=lambda topic: (topic.order, topic.slug)), extent, sheet, machines), problems + more + wrong + misplaced


def read_machines(path: Path, root: Path) -> tuple[list[Deviation], list[Problem]]:
    """What single kinds of machine show; nothing, where there is no file."""
    if not path.exists():
        return [], []
    reader = Reader(path.relative_to(root).as_posix())
    found = []
    for name, kinds in reader.toml(path).items():
        if not isinstance(kinds, dict):
            reader.problems.append(wrong_type(reader.file, reader.lines.at((name,)), name, name, "a table for each kind of machine"))
            continue
        for kind, table in kinds.items():
            found.append(Deviation(name, kind, **reader.table(table, DEVIATION, (name, kind)), line=reader.lines.at((name, kind))))
    return found, reader.problems


def read_extent(path: Path, root: Path) -> tuple[Extent, list[Problem]]:
    """What must be covered; nothing, where no file says."""
    if not path.exists():
        return Extent(), []
    reader = Reader(path.relative_to(root).as_posix())
    good = reader.table(reader.toml(path), EXTENT, ())
    return Extent(**good), reader.problems


def read_sheet(path: Path, root: Path) -> tuple[Sheet, list[Problem]]:
    """The rows of the cheat sheet; none, where there is no file."""
    if not path.exists():
        return Sheet(), []
    reader = Reader(path.relative_to(root).as_posix())
    good = reader.table(reader.toml(path), SHEET, (), tuple(SHEET))
    sheet = Sheet(reader.file, good.get("inputs", {}))
    for i, table in enumerate(good.get("section", [])):
        section = reader.table(table, SECTION, ("section", i), tuple(SECTION))
        if not PAGE.fullmatch(section.get("slug", "slug")):
            reader.problems.append(not_a_page(reader.file, reader.lines.at(("section", i, "slug")), section["slug"]))
        rows = []
        for j, row in enumerate(section.get("rows", [])):
            at = ("section", i, "rows", j)
            rows.append(Row(**reader.table(row, ROW, at, ("numpy", "mlx")), line=reader.lines.at(at)))
        sheet.sections.append(Section(section.get("slug", ""), section.get("title", ""), rows))
    return sheet, reader.problems


def read_unrun(path: Path, root: Path) -> tuple[list[Unrun], list[Problem]]:
    """The short list of blocks that are not run."""
    reader = Reader(path.relative_to(root).as_posix())
    data = reader.toml(path)
    blocks = reader.table(data, {"block": TABLES}, ()).get("block", [])
    found = []
    for i, table in enumerate(blocks):
        good = reader.table(table, UNRUN, ("block", i), tuple(UNRUN))
        if len(good) == len(UNRUN):
            found.append(Unrun(**{**good, "text": good["text"].strip("\n")}, line=reader.lines.at(("block", i))))
    return found, reader.problems
