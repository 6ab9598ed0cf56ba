"""Entries that were proven, and the record that proves them, go in; files for programs and agents come out."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from ..dataset import model, reader
from ..facts import history, lookup, resolved
from ..run import blocks, calls
from ..run.record import Record, machine_kinds
from . import agents, described, finder, indexes, pages, sections

RECORD = "verified.json"
SOURCES = ("conf.py", "pyproject.toml", "requirements.lock", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs", "mapping")
GENERATED = "docs/reference"  # nothing is edited there
CLAIMS = "guide/claims"
CLAIM = re.compile(r"\*\*(true|half true|false)\*\* (.*)")  # its mark, and what is true


def sources_digest(root: Path) -> str:
    """A digest of every file from which the site is made."""
    digest = hashlib.sha256()
    for name in SOURCES:
        path = root / name
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            own = "__pycache__" not in file.parts and not file.is_relative_to(root / GENERATED)
            if own and file.is_file():
                digest.update(f"{file.relative_to(root).as_posix()}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()


def verified(root: Path, dataset: model.Dataset, facts: lookup.Facts, ledger: blocks.Ledger, record: Record, sources: str) -> dict:
    """What was proven, on what, when, and what was not run and why."""
    by_kind = {kind: [block for block in ledger.blocks if block.kind == kind] for kind in ("json", "toml", "skipped")}
    reasons, _ = reader.read_skipped(root / "mapping" / "dataset" / "skipped.toml", root)
    return {
        **record.environment,
        "made_with": {name: version(name) for name in ("sphinx", "myst-parser", "sphinx-design", "pydata-sphinx-theme")},
        "date": time.strftime("%Y-%m-%d", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH") or time.time()))),
        "sources": sources,
        "ledger": ledger.digest,
        "entries": len(dataset.entries),
        "blocks": {
            "run": len(record.passed),
            "parsed": len(by_kind["json"]) + len(by_kind["toml"]),
            "not_run": len(by_kind["skipped"]),
        },
        "pairs_compared": len(record.pairs),
        "cells_run": sum(shown.cells for shown in facts.summaries.values()),
        "disagreements_declared": sum(len(case.differences) + len(case.edges) for entry in dataset.entries for case in entry.cases),
        "names_resolved": len(ledger.names),
        "names_absent": len(ledger.absent),
        "of_other_machines": [
            {"page": block.page, "source": block.source, "line": block.line, "machine": block.machine or f"not {block.but}"}
            for block in ledger.blocks
            if not block.holds(machine_kinds(record.environment))
        ],
        "not_run": [
            {"page": block.page, "source": block.source, "line": block.line, "reason": skip.reason, "test": skip.test}
            for block in by_kind["skipped"]
            for skip in reasons
            if (skip.source, skip.text) == (block.source, block.text.strip("\n"))
        ],
    }


def rows(dataset: model.Dataset, facts: lookup.Facts) -> list[dict]:
    """One row for each NumPy name, aliases included."""
    found = []
    jobs: dict[str, list[calls.Job]] = {}
    for job in facts.jobs:
        jobs.setdefault(job.numpy, []).append(job)
    for topic in dataset.topics:
        for entry in topic.entries:
            stands = resolved.of(entry, dataset, facts)
            evidence = dataset.by_name.get(entry.alias_of, entry)
            ran = jobs.get(entry.name) or jobs.get(entry.alias_of, [])
            own = not entry.alias_of  # an alias repeats nothing of its target
            found.append(
                {
                    "numpy": entry.name,
                    "mlx": stands.mlx,
                    "verdict": stands.verdict,
                    "differences": stands.differences,
                    "edges": stands.edges,
                    "silent": stands.silent,
                    "summary": pages.plain(pages.one_line(entry)),
                    "notes": [pages.plain(note) for note in entry.notes],
                    "machines": [_deviation(one) for one in dataset.machines if own and one.case.split(" ")[0] == entry.name],
                    "parameters": _parameters(ran, facts),
                    "matrix": [_matrix(job, facts) for job in ran if own],
                    "alias_of": entry.alias_of or None,
                    "since": history.since(entry, dataset, facts),
                    "changed": [_change(one) for one in history.changes(entry, dataset, facts)],
                    "url": f"reference/{topic.slug}.html#{entry.name}",
                    "twin": f"reference/{topic.slug}.md#{entry.name}",
                    "recipe": next((case.recipe.strip() for case in evidence.cases if case.recipe), None),
                    "forms": [_form(case) for case in entry.forms],
                    "examples": [_example(case, one) for case in entry.cases for one in case.examples],
                }
            )
    return found


def gone_rows(dataset: model.Dataset) -> list[dict]:
    """One row for each name that NumPy no longer has."""
    return [
        {
            "numpy": one.name,
            "removed": one.removed,
            "instead": pages.plain(one.instead),
            "entries": [entry.name for entry in pages.replacements(one, dataset)],
            "url": f"reference/gone.html#{one.name}",
            "twin": f"reference/gone.md#{one.name}",
        }
        for one in dataset.gone
    ]


def _parameters(jobs: list[calls.Job], facts: lookup.Facts) -> dict | None:
    """How the parameters differ, a recipe's too, with both signatures; None where no call could decide."""
    for job in jobs:
        if found := facts.summaries[job.name].parameters:
            return {
                **asdict(found),
                "in_words": found.in_words,
                "signatures": {"numpy": facts.signatures[job.numpy], "mlx": facts.signatures.get(job.mlx, [])},
            }
    return None


def _matrix(job: calls.Job, facts: lookup.Facts) -> dict:
    """What the matrix showed of one case: calls compared, and by label the kinds of difference."""
    shown = facts.summaries[job.name]
    return {
        "case": job.name,
        "calls": [list(line) for line in job.lines],
        "cells": shown.cells,
        "kinds": shown.table,
        "first": {**shown.ordinary, **shown.first},
        "transforms": shown.transforms,
    }


def _form(case: model.Case) -> dict:
    return {
        "name": case.name,
        "verdict": case.verdict,
        "differences": case.differences,
        "edges": case.edges,
        "silent": resolved.silent(case),
        "summary": pages.plain(case.summary),
    }


def _deviation(one: model.Deviation) -> dict:
    """What one kind of machine shows beside what every machine does."""
    return {
        "machine": one.machine,
        "form": one.case.partition(" ")[2] or None,
        "differences": one.differences,
        "edges": one.edges,
        "without": one.without,
    }


def _change(one: history.Change) -> dict:
    """What one release of a library changed."""
    return {key: getattr(one, key) for key in described.CHANGED} | {"where": list(one.where), "silent": one.silent}


def _example(case: model.Case, example: model.Example) -> dict:
    deviation = {key: getattr(example.deviation, key) for key in ("machine", "reason", "mlx")} if example.deviation else None
    return {
        "form": case.name or None,
        "title": example.title or None,
        "edge": example.edge,
        "numpy": example.numpy,
        "mlx": example.mlx,
        "deviation": deviation,
    }


def rule_rows(guide: list[sections.Section]) -> list[dict]:
    """What holds across entries: what each section of the guide begins with, and each claim that was checked."""
    found = []
    for section in guide:
        claim = CLAIM.fullmatch(section.lead) if section.page == CLAIMS else None
        mark, text = claim.groups() if claim else (None, section.lead)
        if text:
            found.append({"title": section.title, "text": text, "mark": mark, "url": section.url, "twin": section.twin})
    return found


def guide_of(site: Path, contents: list[tuple[str, str]]) -> list[sections.Section]:
    """The sections of the guide, ported programs apart, as its twins have them."""
    found: list[sections.Section] = []
    for page, _ in contents:
        if page.startswith("guide/") and not page.startswith("guide/programs/"):
            found += sections.sections(page, (site / f"{page}.md").read_text(encoding="utf-8"))
    return [section for section in found if section.title != finder.NEXT]


def document(dataset: model.Dataset, facts: lookup.Facts, guide: list[sections.Section], entries: list[dict], proven: dict) -> dict:
    """All that `mapping.json` holds. `entries` is what `rows` gave, `proven` what `verified` gave."""
    return {
        "format": described.FORMAT,
        "verified": proven,
        "rules": rule_rows(guide),
        "mlx": indexes.reverse(dataset, facts),
        "gone": gone_rows(dataset),
        "entries": entries,
    }


def write(site: Path, due: dict, ledger: blocks.Ledger) -> None:
    """Write what programs read, the record apart: `mapping.json`, its schema, `ledger.json`. `due` is what `document` gave."""
    parts = [f"{json.dumps(key)}: {_by_line(value)}" for key, value in due.items()]
    (site / "mapping.json").write_text("{" + ",\n".join(parts) + "}\n", encoding="utf-8")
    _write_json(site / "mapping.schema.json", described.schema(agents.SITE))
    (site / "ledger.json").write_text(ledger.dump() + "\n", encoding="utf-8")


def _by_line(value: object) -> str:
    """A value as JSON, the rows of a list one a line."""
    if isinstance(value, list):
        return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in value) + "\n]"
    return json.dumps(value, ensure_ascii=False)


def write_record(site: Path, proven: dict) -> None:
    """Write `verified.json`, last of all: a site without it is not published."""
    _write_json(site / RECORD, proven)


def _write_json(path: Path, data: dict) -> None:
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
