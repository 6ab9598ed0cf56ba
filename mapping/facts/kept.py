"""The records that are kept in the repository go in; what of today's claims each of them shows comes out.

One is kept for each kind of machine. Where an example or a call has been changed since, its record tells nothing of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from ..dataset import model
from ..run import blocks
from ..run.process import RunError
from ..run.record import Record, load_record

FOLDER = Path("mapping", "dataset", "records")


@dataclass(frozen=True, eq=False)
class Kept:
    """A record, and the digests of the blocks that passed there."""

    record: Record
    digests: frozenset[str]

    def shows(self, case: model.Case, example: model.Example) -> bool:
        """Whether an example passed there as it stands now."""
        other = example.deviation
        mlx = other.mlx if other and blocks.is_of(self.record.kinds, other.machine) else example.mlx
        both = blocks.Block("", "", 0, example.numpy, "pycon"), blocks.Block("", "", 0, mlx, "pycon", setup=case.defines)
        return all(block.digest in self.digests for block in both)

    def called(self, job: str, asked: str) -> bool:
        """Whether the calls of a job were made there as they stand now."""
        return self.record.cells.get(job, {}).get("asked") == asked


def read(root: Path) -> list[Kept]:
    """Every record that is kept. Raises RunError for what is none."""
    try:
        records = [load_record(path) for path in sorted((root / FOLDER).glob("*.json"))]
    except ValueError as error:
        raise RunError(f"{error}; `make accept RECORD=...` keeps a record") from None
    return [Kept(record, frozenset(name.split(" ")[1] for name in record.passed)) for record in records]


def keep(record: Record, root: Path) -> Path:
    """Write a record where those of its kind of machine are kept, without what every run looks up itself."""
    path = root / FOLDER / f"{record.kind}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(replace(record, names={}, near={}, facts={}).dump(), encoding="utf-8")
    return path
