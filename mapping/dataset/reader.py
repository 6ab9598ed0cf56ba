"""TOML files of entries go in; entries come out, each part knowing the line on which it is written.

The only module that knows TOML. What a file may hold stands in `*.schema.json`; running text is held to rules here.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from . import releases, schema
from .lines import Lines
from .model import (
    GONE,
    MACHINES,
    UNSHOWN,
    Case,
    Dataset,
    Deviation,
    Entry,
    Example,
    ExampleDeviation,
    Extent,
    Gone,
    Row,
    Section,
    Sheet,
    Skip,
    Topic,
    Unshown,
)
from .problems import Problem, rule

PROSE = {"title", "intro", "summary", "notes", "undefined", "uncalled", "reason", "note", "name", "instead"}  # keys of running text
CODE = re.compile(r"(?:\{(?:py:obj|absent)\})?`[^`]+`")
BEGINNING = re.compile(
    r"(?:[-+*_]|\d+[.)])(?:\s|$)|[-+*_]{3}|[#>%=:|~\s]|\(.*\)=$"
)  # of a list, a rule, a heading, a quotation, a comment, a target
PAGE = re.compile(r"[a-z][a-z0-9_]{0,59}")
FILE, LINE = 1 << 18, 1000  # bytes of a file and characters of a line: the largest of each that we have are 39 kB and 400


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
def unknown_key(file: str, line: int, name: str, key: str, known: str) -> Problem:
    """A key that the schema does not have. The message lists those that it has."""
    return Problem(file, line, name, "E104", f"unknown key `{key}`: use one of {known}")


@rule("E105")
def wrong_value(file: str, line: int, name: str, key: str, wanted: str) -> Problem:
    """A value of the wrong type, a word that is not in its closed list, or a missing key that every such table needs."""
    return Problem(file, line, name, "E105", f"`{key}` {wanted}")


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
    """Running text is one line of words, *emphasis* and code in backticks, with the roles `py:obj` and `absent`.
    HTML, links, directives and templates are none of it: marks that mean something to MyST stand within backticks."""
    return Problem(file, line, name, "E108", f"`{key}` holds {what}: running text is one line, with code in single backticks")


@rule("E109")
def unprintable(file: str, line: int, name: str, key: str, sign: str) -> Problem:
    """A character that cannot be seen or turns the direction of writing, which can make code read as what it is not.
    In code, write it as an escape."""
    return Problem(file, line, name, "E109", f"`{key}` holds U+{ord(sign):04X}, which cannot be seen: in code write it as an escape")


@rule("E110")
def not_a_page(file: str, line: int, name: str) -> Problem:
    """A topic's file and a section's `slug` name pages: lower-case letters, digits and `_`, a letter first, at most 60."""
    return Problem(file, line, name, "E110", "names a page: use lower-case letters, digits and `_`, a letter first, at most 60")


@rule("E111")
def no_such_test(file: str, line: int, name: str, test: str) -> Problem:
    """What is not run or not shown names a test that covers it, as `tests/test_it.py::test_this`. There is none of that name."""
    return Problem(file, line, name, "E111", f"there is no test `{test}`")


def not_in_prose(text: str) -> str:
    """What of a text is no running text, or nothing."""
    text = text.strip("\n")
    if found := re.search(r"``|[`<{}\[\]\\]", CODE.sub("", text)):
        return f"`{found[0]}` outside code" if found[0][0] != "`" else "backticks that are not single pairs"
    if "\n" in text:
        return "a line end"
    return "the beginning of a block" if BEGINNING.match(text) else ""


def of(kind: type, good: dict) -> dict:
    """Those values of a table that are fields of a dataclass."""
    return {field.name: good[field.name] for field in fields(kind) if field.name in good}


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

    def tables(self, path: Path, kind: str) -> dict:
        """What of the file's tables fits the schema of its kind; the rest becomes problems."""
        data = self.toml(path)
        if self.problems:
            return {}
        if kind == "entries" and not data.keys() - {"topic"}:
            self.problems.append(nothing_there(self.file))
        try:
            found = schema.misfits(data, kind)
        except RecursionError:
            self.problems.append(Problem(self.file, 1, "file", "E102", "not TOML: nested too deeply"))
            return {}
        self.problems += map(self._problem, found)
        data = schema.fitting(data, found)
        self._words(data, schema.load(kind), ())
        self.problems.sort(key=lambda problem: problem.line)
        return data

    def line(self, path: tuple) -> int:
        """The line of a key, or of an item within its list."""
        return self.lines.text(path) if isinstance(path[-1], int) else self.lines.at(path)

    def _problem(self, misfit: schema.Misfit) -> Problem:
        """What does not fit the schema, as a problem of its line, entry and key."""
        path, wanted = misfit.path, misfit.wanted
        key = next(step for step in reversed(path) if isinstance(step, str))
        name = str(path[0]) if len(path) > 1 or misfit.sort == "wrong" else "file"
        line = self.lines.at(path[:-1]) if misfit.sort == "missing" else self.line(path)
        if misfit.sort == "name":
            return not_a_numpy_name(self.file, line, key)
        if misfit.sort == "unknown":
            return unknown_key(self.file, line, name, key, wanted)
        return wrong_value(self.file, line, name, key, wanted or "must be there")

    def _words(self, value: Any, shape: dict, path: tuple, key: str = "") -> None:
        """Note what in a value's texts readers could not see, or what running text must not hold.

        `key` is the nearest that the schema names: what a table maps to texts belongs to the table's own.
        """
        if isinstance(value, dict):
            named = shape.get("properties", {})
            for step, item in value.items():
                part = named.get(step) or shape["additionalProperties"]
                self._words(item, part, (*path, step), step if step in named else key)
        elif isinstance(value, list):
            for place, item in enumerate(value):
                self._words(item, shape["items"], (*path, place), key)
        elif isinstance(value, str):
            line, name = self.line(path), str(path[0])
            if hidden := next((sign for sign in value if not sign.isprintable() and sign != "\n"), ""):
                self.problems.append(unprintable(self.file, line, name, key, hidden))
            elif key in PROSE and (what := "a backtick" if key == "name" and "`" in value else not_in_prose(value)):
                self.problems.append(not_prose(self.file, line, name, key, what))

    def topic(self, slug: str, path: Path) -> Topic:
        """The whole file as a topic."""
        if not PAGE.fullmatch(slug):
            self.problems.append(not_a_page(self.file, 1, slug))
        data = self.tables(path, "entries")
        head = data.pop("topic", {})
        entries = [self.entry(name, table) for name, table in data.items()]
        return Topic(slug, self.file, head.get("title", slug), head.get("order", 0), head.get("intro", ""), entries)

    def entry(self, name: str, good: dict) -> Entry:
        """One entry, its own evidence as its only case where it has no forms."""
        forms = [self.case(form, (name, "forms", i)) for i, form in enumerate(good.get("forms", []))]
        case = self.case(good, (name,))
        cases = forms or ([case] if case.verdict or case.examples else [])
        return Entry(name, self.file, self.lines.at((name,)), cases=cases, given=frozenset(good), **of(Entry, good))

    def case(self, good: dict, path: tuple) -> Case:
        """A verdict and its evidence."""
        examples = [self.example(example, (*path, "examples", i)) for i, example in enumerate(good.get("examples", []))]
        return Case(
            **{**of(Case, good), "examples": examples, "line": self.lines.at(path), "recipe_line": self.lines.text((*path, "recipe"))}
        )

    def example(self, good: dict, path: tuple) -> Example:
        """The two sides of an example, without the line ends around them."""
        sides = {side: good.get(side, "").strip("\n") for side in ("numpy", "mlx")}
        lines = {side: self.lines.text((*path, side)) for side in ("numpy", "mlx")}
        table, at = good.get("deviation", {}), (*path, "deviation", "mlx")
        whole = table.keys() == {"machine", "reason", "mlx"}
        other = ExampleDeviation(**{**table, "mlx": table["mlx"].strip("\n")}, line=self.lines.text(at)) if whole else None
        return Example(**{**good, **sides, "deviation": other, "lines": lines})


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
    unshown, unproven = read_unshown(root / UNSHOWN, root)
    gone, unfit = read_gone(folder.parent / GONE, root)
    topics = sorted(topics, key=lambda topic: (topic.order, topic.slug))
    dataset = Dataset(topics, extent, sheet, machines, unshown, gone, releases.load(folder.parent))
    return dataset, [*problems, *more, *wrong, *misplaced, *unproven, *unfit]


def read_machines(path: Path, root: Path) -> tuple[list[Deviation], list[Problem]]:
    """What single kinds of machine show; nothing, where there is no file."""
    if not path.exists():
        return [], []
    reader = Reader(path.relative_to(root).as_posix())
    found = [
        Deviation(name, kind, **table, line=reader.lines.at((name, kind)))
        for name, kinds in reader.tables(path, "machines").items()
        for kind, table in kinds.items()
    ]
    return found, reader.problems


def read_gone(path: Path, root: Path) -> tuple[list[Gone], list[Problem]]:
    """The names that NumPy no longer has; none, where there is no file."""
    if not path.exists():
        return [], []
    reader = Reader(path.relative_to(root).as_posix())
    return [Gone(name, **table, line=reader.lines.at((name,))) for name, table in reader.tables(path, "gone").items()], reader.problems


def read_extent(path: Path, root: Path) -> tuple[Extent, list[Problem]]:
    """What must be covered; nothing, where no file says."""
    if not path.exists():
        return Extent(), []
    reader = Reader(path.relative_to(root).as_posix())
    return Extent(**reader.tables(path, "extent")), reader.problems


def read_sheet(path: Path, root: Path) -> tuple[Sheet, list[Problem]]:
    """The rows of the cheat sheet; none, where there is no file."""
    if not path.exists():
        return Sheet(), []
    reader = Reader(path.relative_to(root).as_posix())
    good = reader.tables(path, "cheatsheet")
    sheet = Sheet(reader.file, good.get("inputs", {}))
    for i, section in enumerate(good.get("section", [])):
        if not PAGE.fullmatch(section.get("slug", "slug")):
            reader.problems.append(not_a_page(reader.file, reader.lines.at(("section", i, "slug")), section["slug"]))
        lines = [reader.lines.at(("section", i, "rows", j)) for j in range(len(section.get("rows", [])))]
        rows = [Row(**row, line=line) for row, line in zip(section.get("rows", []), lines)]
        sheet.sections.append(Section(section.get("slug", ""), section.get("title", ""), rows))
    return sheet, reader.problems


def read_unshown(path: Path, root: Path) -> tuple[list[Unshown], list[Problem]]:
    """The sentences that nothing beside them shows; none, where there is no file."""
    if not path.exists():
        return [], []
    reader = Reader(path.relative_to(root).as_posix())
    tables = reader.tables(path, "unshown").get("sentence", [])
    found = [Unshown(**good, line=reader.lines.at(("sentence", i))) for i, good in enumerate(tables) if len(good) == 4]
    reader.problems += [no_such_test(reader.file, one.line, one.place, one.test) for one in found if not has_test(root, one.test)]
    return found, reader.problems


def has_test(root: Path, test: str) -> bool:
    """Whether a test is there: `tests/test_it.py::test_this`, or one case of it in brackets, which the file names in quotes."""
    file, _, name = test.partition("::")
    name, _, case = name.removesuffix("]").partition("[")
    path = root / file
    text = path.read_text(encoding="utf-8") if re.fullmatch(r"tests/test_\w+\.py", file) and path.is_file() else ""
    return bool(re.search(rf"(?m)^def {re.escape(name)}\(", text)) and (not case or f'"{case}"' in text)


def read_skipped(path: Path, root: Path) -> tuple[list[Skip], list[Problem]]:
    """The short list of blocks that are not run."""
    reader = Reader(path.relative_to(root).as_posix())
    found = []
    for i, good in enumerate(reader.tables(path, "skipped").get("block", [])):
        if good.keys() == {"source", "text", "reason", "test"}:
            found.append(Skip(**{**good, "text": good["text"].strip("\n")}, line=reader.lines.at(("block", i))))
    reader.problems += [no_such_test(reader.file, skip.line, skip.source, skip.test) for skip in found if not has_test(root, skip.test)]
    return found, reader.problems
