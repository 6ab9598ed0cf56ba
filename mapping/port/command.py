"""Rows of the dataset and the names of files go in; the files are read, and what was found is printed."""

from __future__ import annotations

import argparse
import difflib
import os
import shutil
import sys
from pathlib import Path

from . import fix, reader, report
from .known import Known
from .model import Report

WRITERS = {"json": report.as_json, "sarif": report.as_sarif}


def run(rows: list[dict], options: argparse.Namespace) -> int:
    """What the command's options ask for."""
    if options.diff or options.fix:
        return diff(rows, options.files, write=options.fix)
    form = "json" if options.json else "sarif" if options.sarif else "text"
    site = f"{options.site.rstrip('/')}/" if options.site else ""
    return port(rows, options.files, form, every=options.all, site=site)


def files(names: list[str]) -> list[Path]:
    """The Python files that are meant: a folder stands for all within it."""
    found: list[Path] = []
    for name in names:
        path = Path(name)
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return list(dict.fromkeys(found))


def read(path: Path, known: Known) -> Report:
    """What one file uses of NumPy; a file that cannot be opened is one that was not read."""
    try:
        return reader.read(path.as_posix(), path.read_bytes(), known)
    except OSError as error:
        return Report(path.as_posix(), problem=error.strerror or str(error))


def rewritten(path: Path, found: Report) -> tuple[str, str]:
    """A file's text as it is, and as it is with what can be fixed; the same twice for one that is not UTF-8."""
    try:
        text = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return "", ""
    return text, fix.fixed(text, found)


def diff(rows: list[dict], names: list[str], *, write: bool) -> int:
    """Show what can be fixed or, with `write`, do it: each file is replaced whole. The exit status is that of `port`."""
    known = Known(rows)
    found = [(path, read(path, known)) for path in files(names)]
    for path, one in found:
        text, made = rewritten(path, one)
        if made == text:
            continue
        if not write:
            lines = difflib.unified_diff(text.splitlines(True), made.splitlines(True), f"a/{path}", f"b/{path}")
            sys.stdout.writelines(line if line.endswith("\n") else f"{line}\n" for line in lines)
            continue
        beside = path.with_name(f".{path.name}.mlx-port")
        beside.write_bytes(made.encode())
        shutil.copymode(path, beside)
        os.replace(beside, path)
        print(f"{path}: {sum(bool(use.edits) for use in one.uses)} uses changed, what is left is marked `{fix.MARK}`")
    return 1 if report.needs_a_person([one for _, one in found]) else 0


def port(rows: list[dict], names: list[str], form: str, *, every: bool, site: str) -> int:
    """Print what was found; the exit status is 1 where anything needs a person, and 0 where nothing does."""
    known = Known(rows)
    found = [read(path, known) for path in files(names)]
    if form in WRITERS:
        print(WRITERS[form](found, site))
    else:
        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        print(report.text(found, every=every, colour=colour, site=site))
    return 1 if report.needs_a_person(found) else 0
