"""A build that passed goes in; the published site, swapped in one rename, and the offline zip come out.

`_build/html` is a link to the site in use. A build works elsewhere; one that fails leaves the link, and what
it names, as they were.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import export, probe, run

KEEP = 2  # published sites on disk: the one in use and the one before it


@contextmanager
def alone(build: Path) -> Iterator[None]:
    """One build at a time: a second one waits."""
    build.mkdir(parents=True, exist_ok=True)
    with (build / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another build is at work: waiting for it", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def fingerprint(root: Path, device: str, record: str) -> str:
    """All that could change what a build publishes, so that nothing is built twice."""
    handed = Path(record).read_bytes() if record else b""
    told = json.dumps([export.sources_digest(root), probe.installed(), device, os.environ.get("SOURCE_DATE_EPOCH")])
    return hashlib.sha256(told.encode() + handed).hexdigest()


def current(root: Path) -> Path | None:
    """The site in use, or None."""
    link = root / "_build" / "html"
    return link.resolve() if (link / export.RECORD).is_file() else None


def html(root: Path, device: str = "", record: str = "") -> int:
    """Build, gate and publish; returns an exit status. Nothing is done where nothing has changed."""
    build = root / "_build"
    with alone(build):
        mark = fingerprint(root, device, record)
        site = current(root)
        if site is None or site.name != mark[:16]:
            began = time.perf_counter()
            status = _build(root, device, record)
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


def _build(root: Path, device: str, record: str) -> int:
    from . import render  # Sphinx takes half a second to import: not where nothing is to be done

    work = root / "_build" / "work"
    settings = {"mapping_device": device, "mapping_record": record}
    try:
        return render.build_site(root, work / "html", work / "doctrees", progress=progress, **settings).statuscode
    except render.Refused as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error.__cause__, run.RunError) else 1


def doctest(root: Path, device: str = "", ledger: str = "") -> int:
    """Collect every block and run it; write no page. Prints progress and a summary; returns an exit status.

    With `ledger`, write what was collected to that file too, for a machine without Sphinx.
    """
    from . import render

    work = root / "_build" / "work"
    with alone(root / "_build"):
        try:
            app = render.build_site(root, work / "dummy", work / "doctrees", "dummy", progress, mapping_device=device)
        except render.Refused as error:
            print(error, file=sys.stderr)
            return 2 if isinstance(error.__cause__, run.RunError) else 1
    if ledger:
        Path(ledger).write_text(app.mapping.ledger.dump() + "\n", encoding="utf-8")
        print(f"ledger: {ledger}")
    print(tested(app.mapping.record, len(app.mapping.dataset.entries), app.statuscode))
    return app.statuscode


def tested(record: run.Record, entries: int, status: int) -> str:
    """What a run showed, in one line."""
    failed = len({failure["block"] for failure in record.failures})
    proven = f"{entries} entries proven" if not status else "NOT proven"
    where = record.environment
    return (
        f"{len(record.passed)} blocks passed, {failed} failed, {proven} in {record.seconds:.2f} s; "
        f"MLX {where['mlx']}, NumPy {where['numpy']}, {where['platform']}, device {where['device']} ({where['device_name']})"
    )


def progress(done: int, total: int, name: str) -> None:
    """One line that is rewritten on a terminal, a line each tenth in a log."""
    if sys.stdout.isatty():
        print(f"\r\033[K{done}/{total} {name[:60]}", end="\n" if done == total else "", flush=True)
    elif done == total or done % max(1, total // 10) == 0:
        print(f"  {done}/{total} scopes run", flush=True)


def summary(facts: dict) -> str:
    """What a published site was proven with, in one line."""
    blocks = facts["blocks"]
    return (
        f"{blocks['run']} blocks run, {blocks['parsed']} parsed, {blocks['not_run']} not run (listed with reasons), "
        f"{facts['entries']} entries proven; MLX {facts['mlx']}, NumPy {facts['numpy']}, {facts['platform']}, "
        f"device {facts['device']} ({facts['device_name']})"
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
