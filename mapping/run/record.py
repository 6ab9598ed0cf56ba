"""What a run showed, and on what: the record, its environment in words, the kinds of machine."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from . import blocks

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


@functools.cache
def code_digest(*folders: str) -> str:
    """A digest of the code in these folders; of that which decides what a run shows, `run` and `worker`, where none is named."""
    paths = [path for folder in folders or ("run", "worker") for path in sorted((ROOT / "mapping" / folder).rglob("*.py"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


@dataclass
class Record:
    """What a run showed. `failures` are by block, and so is `noise`, what passed with other digits; `pairs` by scope; `names`
    that exist; bound to a ledger."""

    ledger: str
    environment: dict[str, str]
    passed: list[str] = field(default_factory=list)
    failures: list[dict] = field(default_factory=list)
    noise: list[dict] = field(default_factory=list)
    pairs: dict[str, dict] = field(default_factory=dict)
    cells: dict[str, list[dict]] = field(default_factory=dict)
    names: dict[str, bool] = field(default_factory=dict)
    near: dict[str, list[str]] = field(default_factory=dict)
    seconds: float = 0.0
    code: str = ""  # of `code_digest()` where it was made

    def unlike(self, here: dict[str, str]) -> str:
        """Why it cannot stand beside what is run here, in words: it was made with other code or libraries; empty where it can."""
        other = [name for name in ("mlx", "numpy") if self.environment[name] != here[name]]
        what = " and ".join(f"{name} {self.environment[name]}, not {here[name]}" for name in other)
        what = what or "other code" * (self.code != code_digest())
        return f"the record was made with {what}: make it anew" if what else ""

    def dump(self) -> str:
        return json.dumps({"format": blocks.FORMAT, **asdict(self)}, indent=1, sort_keys=True, ensure_ascii=False)


def machine_kinds(environment: dict[str, str]) -> tuple[str, ...]:
    """The kinds of machine that an environment is of: processor, system, MLX's device and backend, Python's version and all before it."""
    system, _, processor = environment["platform"].partition("-")
    minor = int(environment["python"].split(".")[1])
    return (
        PROCESSORS.get(processor, processor),
        system,
        environment["device"],
        environment["backend"],
        *(f"Python>=3.{one}" for one in range(11, minor + 1)),
    )


def describe(environment: dict[str, str]) -> str:
    """Versions, platform and device in words."""
    where = environment
    return f"MLX {where['mlx']}, NumPy {where['numpy']}, {where['platform']}, device {where['device']} ({where['device_name']})"


def load_record(path: Path) -> Record:
    """Read a record that `Record.dump` wrote. Raises ValueError for another format."""
    data = json.loads(path.read_text(encoding="utf-8"))
    if data.pop("format", None) != blocks.FORMAT:
        raise ValueError(f"{path}: not a record of format {blocks.FORMAT}")
    return Record(**data)


def report(failure: dict, block: blocks.Block) -> None:
    """Print one failure."""
    print(
        f"{block.source}:{block.line + failure['line']}: {failure['wrong']}\n"
        f"  {failure['source'].rstrip()}\n  expected {failure['want']!r}\n  got      {failure['got']!r}"
    )


def counted(record: Record, more: str = "") -> str:
    """What a run showed, in one line; `more` is told beside the blocks."""
    failed = len({failure["block"] for failure in record.failures})
    return f"{len(record.passed)} blocks passed, {failed} failed, {more}in {record.seconds:.2f} s; {describe(record.environment)}"
