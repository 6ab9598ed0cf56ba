"""What a run showed, and on what: the record, its environment in words, the kinds of machine."""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from . import blocks, steps
from .shape import fits

FORMAT = 4

LEVELS = {
    "NumPy at its lowest level": {"NPY_DISABLE_CPU_FEATURES": "X86_V3"},
    "OpenBLAS for the oldest processors": {"OPENBLAS_CORETYPE": "PRESCOTT"},
}  # what else this machine can be taken for
PROCESSORS = {"x86_64": "x86-64", "AMD64": "x86-64", "aarch64": "arm64"}
MACHINES = (
    "x86-64",
    "arm64",
    "Linux",
    "Darwin",
    "cpu",
    "gpu",
    "cuda",
    "metal",
    "Python>=3.12",
    "Python>=3.13",
    "Python>=3.14",
)  # kinds to which a fact may belong
ROOT = Path(__file__).resolve().parents[2]
FAILURE = {"block": str, "line": int, "source": str, "wrong": str, "want": str, "got": str}
ENVIRONMENT = {
    **dict.fromkeys(("mlx", "numpy", "simd", "device_name", "virtual"), str),
    "python": re.compile(r"3\.\d+\..+"),
    "platform": re.compile(r"\w+-\w+"),
    "device": re.compile("cpu|gpu"),
    "backend": re.compile("cpu|cuda|metal"),
    "packages?": str,  # those of `needs` that are there
}
ASKED = {
    **{"names": {str: bool}, "same": {str: bool}, "near": {str: [str]}},
    **{"kinds": {str: str}, "members": {str: [str]}, "signatures": {str: [(str, [str])]}, "alike": {str: [str]}, "takes": [str]},
}  # of what a machine says of names
LIVE = {"tables": {str: dict}, "sheet": {str: dict}, "figures": {str: {str: str}}, "measured": dict, "failed": {str: str}}
SHAPE = {
    "ledger": str,
    "environment": ENVIRONMENT,
    "passed": [str],
    "failures": [FAILURE],
    "noise": [FAILURE],
    "pairs": {str: {"observed": [str], "compared": int, "of": str, "uneven?": [int]}},
    "cells": {str: {"asked": str, "shown": [steps.SHAPE]}},
    "names": {str: bool},
    "near": {str: [str]},
    "seconds": float,
    "code": str,
    "facts": ({}, {**ASKED, "live": LIVE, "plans": {str: [[str, int, str, str]]}}),
}  # of what is read: what is of another has not been written by `Record.dump`


@functools.cache
def code_digest(*folders: str) -> str:
    """A digest of the code in these folders; of that which decides what a run shows, `run` and `worker`, where none is named."""
    paths = [path for folder in folders or ("run", "worker") for path in sorted((ROOT / "mapping" / folder).rglob("*.py"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


@dataclass
class Lacking:
    """What of a ledger a record does not show as it stands: blocks, pairs by scope, and jobs of the matrix, each with the reason."""

    blocks: list[blocks.Block]
    pairs: list[str]
    jobs: dict[str, str]


@dataclass
class Record:
    """What a run showed. `passed` names blocks; `failures` are by block, and so is `noise`, what passed with other digits;
    `pairs` by scope; `cells` by job, as `steps` shortens them; `names` that exist; bound to a ledger."""

    ledger: str
    environment: dict[str, str]
    passed: list[str] = field(default_factory=list)
    failures: list[dict] = field(default_factory=list)
    noise: list[dict] = field(default_factory=list)
    pairs: dict[str, dict] = field(default_factory=dict)
    cells: dict[str, dict] = field(default_factory=dict)
    names: dict[str, bool] = field(default_factory=dict)
    near: dict[str, list[str]] = field(default_factory=dict)
    seconds: float = 0.0
    code: str = ""  # of `code_digest()` where it was made
    facts: dict = field(default_factory=dict)  # from which pages can be made without a run, where the whole project made it

    @property
    def ran(self) -> set[str]:
        """The blocks that passed or failed."""
        return {*self.passed, *(failure["block"] for failure in self.failures)}

    @property
    def kind(self) -> str:
        """The one kind of machine that it speaks for."""
        return kind_of(self.environment)

    @property
    def versions(self) -> tuple[str, str]:
        """Of MLX and NumPy."""
        return self.environment["mlx"], self.environment["numpy"]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of machine that it was made on."""
        return machine_kinds(self.environment)

    def unlike(self, here: dict[str, str]) -> str:
        """Why it cannot stand beside what is run here, in words: it was made with other code or libraries; empty where it can."""
        other = [name for name in ("mlx", "numpy") if self.environment[name] != here[name]]
        what = " and ".join(f"{name} {self.environment[name]}, not {here[name]}" for name in other)
        what = what or "other code" * (self.code != code_digest())
        return f"the record was made with {what}: make it anew" if what else ""

    def lacking(self, ledger: blocks.Ledger, asked: dict[str, steps.Asked]) -> Lacking:
        """What of the ledger was not run there as it stands now. `asked` tells of each job what its steps ask."""
        reached = self.ran
        scopes = [scope.on(self.kinds) for scope in ledger.scopes]
        apart = [
            scope.name
            for scope in scopes
            if scope.pair is not None and self.pairs.get(scope.name, {}).get("of") != scope.digest and {*scope.runnable} <= {*self.passed}
        ]
        jobs = {name: why for name, of in asked.items() if (why := steps.unfit(self.cells.get(name), of))}
        missed = [block for scope in scopes for block in scope.blocks if block.kind in blocks.RUNNABLE and block.id not in reached]
        return Lacking(missed, apart, jobs)

    def unfit(self, ledger: blocks.Ledger, asked: dict[str, steps.Asked]) -> str:
        """Why it is not the record of this ledger, of all of it and of no more, in words; empty where it is."""
        if self.ledger != ledger.digest:
            return f"it is of another ledger, {self.ledger[:12]}: this one is {ledger.digest[:12]}, write it anew and run it there"
        lacking = self.lacking(ledger, asked)
        for what, lost in (
            ("block", [block.id for block in lacking.blocks]),
            ("pair", lacking.pairs),
            ("job of the matrix", [*lacking.jobs]),
        ):
            if lost:
                why = f": {lacking.jobs[lost[0]]}" if lost[0] in lacking.jobs else ""
                return f"it is short: {number_of(len(lost), what)} of the ledger not in it, {_some(lost)}{why}"
        failed = {failure["block"] for failure in self.failures}
        own = {block.id for scope in ledger.scopes for block in scope.on(self.kinds).blocks}
        for what, told, known in (
            ("block", {*self.passed, *failed, *(one["block"] for one in self.noise)}, own),
            ("pair", {*self.pairs}, {scope.name for scope in ledger.scopes}),
            ("job of the matrix", {*self.cells}, {*asked}),
        ):
            if told - known:
                return f"it has {number_of(len(told - known), what)} that the ledger has not, {_some(told - known)}"
        if {*self.names} != {*ledger.names, *ledger.absent}:
            return "it has looked up other names than the ledger asks for"
        return f"it has passed and failed, {_some(both)}" if (both := failed & {*self.passed}) else ""

    def dump(self) -> str:
        """The record as JSON with a digest of its own, a line for each thing that was run."""
        data = asdict(self)
        parts = [f'"format": {FORMAT}', f'"digest": "{digest_of(data)}"']
        parts += [f'"{name}": {_lines(data[name])}' for name in sorted(data)]
        return "{\n" + ",\n".join(parts) + "\n}\n"


def digest_of(data: dict) -> str:
    """The digest that a record carries of what is in it."""
    return hashlib.sha256(_compact(data).encode()).hexdigest()


def _compact(data: object) -> str:
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _lines(data: object) -> str:
    if not data or not isinstance(data, (dict, list)):
        return _compact(data)
    if isinstance(data, list):
        return "[\n " + ",\n ".join(map(_compact, data)) + "\n]"
    return "{\n " + ",\n ".join(f"{_compact(name)}:{_compact(data[name])}" for name in sorted(data)) + "\n}"


def _some(names: Iterable[str]) -> str:
    """A few of these names, in words."""
    first, *rest = sorted(names)
    return f"such as `{first}`" if rest else f"`{first}`"


def machine_kinds(environment: dict[str, str]) -> tuple[str, ...]:
    """The kinds of machine that an environment is of: processor, system, MLX's device and backend, Python's version and all before it,
    and packages that some blocks need."""
    system, _, processor = environment["platform"].partition("-")
    minor = int(environment["python"].split(".")[1])
    return (
        PROCESSORS.get(processor, processor),
        system,
        environment["device"],
        environment["backend"],
        *(f"Python>=3.{one}" for one in range(11, minor + 1)),
        *(one.partition("=")[0] for one in environment.get("packages", "").split()),
    )


def kind_of(environment: dict[str, str]) -> str:
    """System, processor and MLX's backend, as a name: of each such kind of machine one record is kept."""
    processor, system, _, backend, *_ = machine_kinds(environment)
    return f"{system}-{processor}-{backend}".lower()


def label(one: dict[str, str], other: dict[str, str]) -> str:
    """The kind of machine that tells an environment from another: MLX's backend, or the processor with the backend."""
    kinds = machine_kinds(one)
    return one["backend"] if one["backend"] != other["backend"] else f"{kinds[0]} {one['backend']}"


def describe(environment: dict[str, str]) -> str:
    """Versions, platform and device in words."""
    where = environment
    return f"MLX {where['mlx']}, NumPy {where['numpy']}, {where['platform']}, device {where['device']} ({device_of(where)})"


def device_of(environment: dict[str, str]) -> str:
    """The device's own name, and how it is none of its own where that is known: virtual, emulated."""
    return ", ".join(filter(None, [environment["device_name"], environment["virtual"]]))


def load_record(path: Path) -> Record:
    """Read a record that `Record.dump` wrote. Raises ValueError, in a sentence, for what is none, and for one that was changed since."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(data, dict) or data.pop("format", None) != FORMAT:
            raise ValueError(f"not a record of format {FORMAT}: make it anew with this version")
        if data.pop("digest", None) != digest_of(data):
            raise ValueError("it is not as it was written: its content has another digest than it says")
        if not fits(data, SHAPE):
            raise ValueError("its digest is right, but it does not hold what a record holds")
        return Record(**data)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: {error}") from None


def report(failure: dict, block: blocks.Block) -> None:
    """Print one failure."""
    print(
        f"{block.source}:{block.line + failure['line']}: {failure['wrong']}\n"
        f"  {failure['source'].rstrip()}\n  expected {failure['want']!r}\n  got      {failure['got']!r}"
    )


def number_of(number: int, what: str) -> str:
    """So many of something, in words."""
    return f"{number} {what}{'s' * (number != 1)}"


def counted(record: Record, more: str = "") -> str:
    """What a run showed, in one line; `more` is told beside the blocks."""
    failed = len({failure["block"] for failure in record.failures})
    return f"{len(record.passed)} blocks passed, {failed} failed, {more}in {record.seconds:.2f} s; {describe(record.environment)}"
