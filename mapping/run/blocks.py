"""Blocks of code that a reader sees go in; a ledger (JSON) that a machine without Sphinx can run comes out.

Standard library alone.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path

from .shape import fits

FORMAT = 3
PROMPT, CONTINUATION = ">>>", "..."
SCRIPTS = {"python", "py", "python3", "ipython", "ipython3"}
DATA = {"json", "toml"}
RUNNABLE = ("doctest", "script")


class BlockError(ValueError):
    """A block that cannot be run as it stands; `line` counts from 0 within the block."""

    def __init__(self, message: str, line: int = 0):
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Example:
    """One statement of a doctest: its source, what it should print, its first line within the block."""

    source: str
    want: str
    line: int


@dataclass
class Block:
    """One block of code as readers see it: where it is shown, where it is written, how it is run.

    `kind` is `doctest`, `script`, `json`, `toml`; `unknown` where none of these, `skipped` where a reason is
    on record, `broken` where it cannot be run as it stands. `machine` names the kinds of machine to which it
    belongs, and `but` those on which another block stands in its place. `setup` is code that runs before it and is shown
    elsewhere on its page: the recipe that an example calls.
    """

    page: str
    source: str
    line: int
    text: str
    lang: str = ""
    kind: str = ""
    id: str = ""
    machine: str = ""
    but: str = ""
    setup: str = ""

    def __post_init__(self) -> None:
        self.kind = self.kind or kind_of(self.lang, self.text)

    @property
    def digest(self) -> str:
        """By which its text, and how it is run, is known, wherever it stands."""
        return hashlib.sha256(json.dumps([self.text, self.kind, self.setup]).encode()).hexdigest()[:12]

    def holds(self, kinds: Iterable[str]) -> bool:
        """Whether it speaks of a machine of these kinds."""
        return is_of(kinds, self.machine) and not (self.but and is_of(kinds, self.but))


@dataclass
class Scope:
    """Blocks that share a namespace; with `pair`, two that do not: NumPy's side and MLX's, to be compared."""

    name: str
    blocks: list[Block]
    pair: dict | None = None

    def on(self, kinds: Iterable[str]) -> Scope:
        """The scope without the blocks that speak of other machines."""
        return replace(self, blocks=[block for block in self.blocks if block.holds(kinds)])

    @property
    def digest(self) -> str:
        """By which its blocks and how they are compared are known."""
        return hashlib.sha256(json.dumps([[block.digest for block in self.blocks], self.pair], sort_keys=True).encode()).hexdigest()[:12]

    def question(self, environment: dict[str, str]) -> list:
        """All of it that could change its result."""
        return [[[block.text, block.kind, block.setup] for block in self.blocks], self.pair, environment]

    @property
    def runnable(self) -> list[str]:
        """The ids of its blocks that can be run."""
        return [block.id for block in self.blocks if block.kind in RUNNABLE]


@dataclass
class Ledger:
    """Everything that the site claims: scopes and jobs to run, names said to exist, names said to be absent."""

    scopes: list[Scope] = field(default_factory=list)
    jobs: list[dict] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)  # name -> a place where it is written
    absent: dict[str, str] = field(default_factory=dict)
    platform_names: list[str] = field(default_factory=list)  # names that only some platforms have
    sealed = ""  # its text, once nothing is added any more

    @property
    def blocks(self) -> list[Block]:
        return [block for scope in self.scopes for block in scope.blocks]

    def seal(self) -> None:
        """Nothing is added any more: its text is made once."""
        self.sealed = self.dump()

    def dump(self) -> str:
        """The ledger as JSON, the same text for the same claims."""
        return self.sealed or json.dumps({"format": FORMAT, **vars(self)}, default=vars, sort_keys=True, ensure_ascii=False)

    def name(self) -> None:
        """Give every block its id: its page and its digest, so that the id of no other changes where one is changed."""
        seen: Counter[str] = Counter()
        for block in self.blocks:
            name = f"{block.page} {block.digest}"
            seen[name] += 1
            block.id = f"{name} {seen[name]}" if seen[name] > 1 else name

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.dump().encode()).hexdigest()


BLOCK = {one.name: int if one.name == "line" else str for one in fields(Block)}
SHAPE = {
    "format": int,
    "scopes": [{"name": str, "blocks": [BLOCK], "pair": ({str: object}, None)}],
    "jobs": [{str: object}],
    **{"names": {str: str}, "absent": {str: str}, "platform_names": [str]},
}  # of a ledger's JSON


def load(path: Path) -> Ledger:
    """Read a ledger that `Ledger.dump` wrote to a file. Raises ValueError for another format."""
    return loads(path.read_text(encoding="utf-8"))


def loads(text: str) -> Ledger:
    """The ledger that `Ledger.dump` wrote. Raises ValueError for another format."""
    data = json.loads(text)
    if not fits(data, SHAPE) or data.pop("format") != FORMAT:
        raise ValueError(f"not a ledger of format {FORMAT}")
    scopes = [Scope(scope["name"], [Block(**block) for block in scope["blocks"]], scope["pair"]) for scope in data["scopes"]]
    return Ledger(scopes, data["jobs"], data["names"], data["absent"], data["platform_names"])


def is_of(kinds: Iterable[str], wanted: str) -> bool:
    """Whether a machine of these kinds is of all that are wanted, parted by blanks."""
    return set(wanted.split()) <= set(kinds)


def kind_of(lang: str, text: str) -> str:
    """How a block is run. A prompt makes it a doctest, whatever its language says, unless that is data."""
    if lang.lower() in DATA:
        return lang.lower()
    if re.search(r"^\s*>>>", text, re.MULTILINE):
        return "doctest"
    return "script" if lang.lower() in SCRIPTS else "unknown"


@cache
def parse(text: str) -> tuple[Example, ...]:
    """Split a doctest into its statements; every line is source or expected output, none is neither.

    Output runs to the next prompt, blank lines included. Raises BlockError for text before the first
    prompt, a continuation without a prompt, an empty prompt or a statement that does not compile.
    """
    examples: list[Example] = []
    source: list[str] = []
    want: list[str] = []
    start = 0

    def close() -> None:
        if source:
            statement = "\n".join(source) + "\n"
            _compiles(statement, start)
            examples.append(Example(statement, "\n".join(want).rstrip(), start))

    for number, line in enumerate(text.rstrip("\n").split("\n")):
        if line.startswith(PROMPT):
            close()
            source, want, start = [_after(line, PROMPT, number)], [], number
        elif line.startswith(CONTINUATION) and source and not want and _open(source, line):
            source.append(_after(line, CONTINUATION, number))
        elif source:
            want.append(line.rstrip())
        elif line.strip():
            raise BlockError("text before the first `>>>`", number)
    close()
    if not examples:
        raise BlockError("no `>>>` at the start of a line")
    return tuple(examples)


def _after(line: str, prompt: str, number: int) -> str:
    rest = line[len(prompt) :]
    if rest and not rest.startswith(" "):
        raise BlockError(f"a blank must follow `{prompt}`", number)
    if prompt == PROMPT and not rest.strip():
        raise BlockError("nothing follows `>>>`", number)
    return rest[1:]


def _open(source: list[str], line: str) -> bool:
    """Whether `...` continues the statement: output may begin with three dots too."""
    return line == CONTINUATION or line.startswith(CONTINUATION + " ")


def _compiles(statement: str, line: int) -> None:
    try:
        compile(statement, "<block>", "single", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BlockError(f"not a complete statement: {(*error.args, 'nested too deeply')[0]}", line) from None
