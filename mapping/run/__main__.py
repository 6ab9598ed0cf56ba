"""Run a ledger on a machine that has MLX, NumPy and the standard library alone.

python -m mapping.run LEDGER RECORD [--device cpu|gpu]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import blocks
from .pool import WORKERS, Pool
from .process import RunError
from .record import counted, report


def main(arguments: list[str] | None = None) -> int:
    """Run a ledger from a file and write its record; exit status 1 when a block failed, 2 when none could run."""
    parser = argparse.ArgumentParser(prog="python -m mapping.run", description=__doc__.split("\n")[0])
    parser.add_argument("ledger", type=Path)
    parser.add_argument("record", type=Path)
    parser.add_argument("--device", choices=["cpu", "gpu"], default="")
    parser.add_argument("--python", default=sys.executable, help="the interpreter of the workers, where it is another one")
    parser.add_argument("--patience", type=float, default=1, help="how many times slower than usual it may be")
    parser.add_argument("--workers", type=int, default=WORKERS, help="how many processes share the work")
    parser.add_argument("--exact", action="store_true", help="digits within rounding of those expected fail too")
    options = parser.parse_args(arguments)
    try:
        ledger = blocks.load(options.ledger)
    except (OSError, ValueError) as error:
        print(f"mapping.run: {options.ledger}: {error}", file=sys.stderr)
        return 2
    try:
        with Pool(options.device, options.workers, python=options.python, patience=options.patience) as pool:
            record = pool.run(ledger, lambda done, total, name: print(f"{done}/{total} {name}", flush=True), matrix=True)
    except RunError as error:
        print(f"mapping.run: {error}", file=sys.stderr)
        return 2
    options.record.write_text(record.dump() + "\n", encoding="utf-8")
    by_id = {block.id: block for block in ledger.blocks}
    wrong = record.failures + (record.noise if options.exact else [])
    for failure in wrong:
        report(failure, by_id[failure["block"]])
    print(counted(record))
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
