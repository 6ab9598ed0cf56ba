"""`mlx-port FILE...`: what a wheel of this package runs, with the rows that stand in it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from importlib import resources

from . import command
from .known import ROWS
from .options import HELP, OPTIONS


def main() -> int:
    """Run the command; returns its exit status: 0 nothing is left to a person, 1 something is, 2 it could not run."""
    parser = argparse.ArgumentParser(prog="mlx-port", description=HELP[0].upper() + HELP[1:] + ".")
    for name, settings in OPTIONS:
        parser.add_argument(name, **settings)
    options = parser.parse_args()
    try:
        rows = json.loads(resources.files(__package__).joinpath(ROWS).read_text(encoding="utf-8"))
        status = command.run(rows, options)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(f"mlx-port: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
