"""A build that passed goes in; the published site, swapped in one rename, and the offline zip come out.

`_build/html` is a link to the site in use. A build works elsewhere; one that fails leaves the link, and what
it names, as they were.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

from ..dataset.problems import Refused
from ..run.record import describe
from . import commands, export, extension

KEEP = 2  # published sites on disk: the one in use and the one before it


def current(root: Path) -> Path | None:
    """The site in use, or None; one without its record is none."""
    link = root / "_build" / "html"
    try:
        summary(json.loads((link / export.RECORD).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return link.resolve()


def html(root: Path, device: str = "", record: str = "") -> int:
    """Build, gate and publish; returns an exit status. Nothing is done where nothing has changed."""
    try:
        return _html(root, device, record)
    except OSError as error:
        print(f"cannot write or read: {error}\nnot published; {_left(root)}", file=sys.stderr)
        return 2


def _html(root: Path, device: str, record: str) -> int:
    build = root / "_build"
    with commands.alone(build):
        key = commands.fingerprint(root, device)
        mark = commands.fingerprint(root, device, record) if record else key
        site = current(root)
        if site is None or site.name != mark[:16]:
            began = time.perf_counter()
            status = _build(root, device, record, key)
            if status:
                print(f"not published; {_left(root)}", file=sys.stderr)
                return status
            site = publish(build / "work" / "html", build, mark[:16])
            print(f"built in {time.perf_counter() - began:.1f} s")
        else:
            print("nothing has changed since the last build")
        facts = json.loads((site / export.RECORD).read_text(encoding="utf-8"))
    print(summary(facts))
    print(f"published: {build / 'html' / 'index.html'}")
    return 0


def _build(root: Path, device: str, record: str, key: str) -> int:
    work = root / "_build" / "work"
    unfinished = work / "unfinished"
    if unfinished.exists():  # ended half-way: what it left may not fit together
        shutil.rmtree(work)
    work.mkdir(exist_ok=True)
    unfinished.touch()
    settings: dict[str, Any] = {"mapping_device": device, "mapping_records": [record] if record else []}
    try:
        app = extension.build_site(root, work / "html", work / "doctrees", progress=commands.progress, **settings)
        status = app.statuscode
        if not status:
            app.mapping.cache.put("ledger", [(key, app.mapping.ledger.dump())])
    except Refused as error:
        print(error, file=sys.stderr)
        status = error.status
    if status != commands.INTERRUPTED:
        unfinished.unlink()
    return status


def summary(facts: dict) -> str:
    """What a published site was proven with, in one line."""
    blocks = facts["blocks"]
    return (
        f"{blocks['run']} blocks run, {blocks['parsed']} parsed, {blocks['not_run']} not run (listed with reasons), "
        f"{facts['entries']} entries proven; {describe(facts)}{', as reported by it' * bool(facts['reported_by'])}"
    )


def _left(root: Path) -> str:
    site = current(root)
    return f"{root / '_build' / 'html'} is as it was" if site else "there was no site before"


def publish(work: Path, build: Path, name: str) -> Path:
    """Copy a finished site to its place and point `html` to it in one rename; old sites go."""
    sites = build / "sites"
    sites.mkdir(exist_ok=True)
    target, parts = sites / name, sites / f"{name}.part"
    for path in (parts, target):
        if path.exists() and path != current(build.parent):
            shutil.rmtree(path)
    shutil.copytree(work, parts, ignore=shutil.ignore_patterns(".buildinfo*", ".doctrees"))
    for path in [parts, *parts.rglob("*")]:  # whoever serves it may read it, whatever this process's umask is
        path.chmod(0o755 if path.is_dir() else 0o644)
    parts.rename(target)
    link = build / "html.new"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("sites") / name)
    link.rename(build / "html")
    others = sorted((path for path in sites.iterdir() if path != target), key=lambda path: path.stat().st_mtime)
    for path in others[: len(others) - (KEEP - 1)] if len(others) >= KEEP else []:
        shutil.rmtree(path)
    return target


def offline(root: Path) -> int:
    """Zip the published site: one folder that opens from anywhere. The same site gives the same bytes."""
    site = current(root)
    if site is None:
        print("no published site: run `make html` first", file=sys.stderr)
        return 1
    path, part = root / "_build" / "mlx-for-numpy-users.zip", root / "_build" / "mlx-for-numpy-users.zip.part"
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for file in sorted(site.rglob("*")):
            if file.is_file():
                info = zipfile.ZipInfo(f"mlx-for-numpy-users/{file.relative_to(site).as_posix()}", (1980, 1, 1, 0, 0, 0))
                info.external_attr, info.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
                archive.writestr(info, file.read_bytes())
    part.rename(path)
    print(f"offline site: {path} ({path.stat().st_size / 1e6:.1f} MB); unpack it and open index.html")
    return 0
