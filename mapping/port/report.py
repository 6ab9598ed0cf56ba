"""Reports of files go in; a text for people, JSON and SARIF come out."""

from __future__ import annotations

import inspect
import json
from collections import Counter
from dataclasses import asdict

from . import cautions
from .model import PORTS, Caution, Report, Use

SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
NAME = "mlx-port"
COLOURS = {"as it is": "32", "rewrite": "36", "host": "90", "unknown": "35", "person": "31", "caution": "33"}
LEVELS = {"as it is": "none", "rewrite": "note", "host": "none", "unknown": "warning", "person": "warning"}


def text(reports: list[Report], *, every: bool, colour: bool, site: str) -> str:
    """For people: what needs something done, file by file, and a summary. `every`: what goes as it is, too."""

    def paint(kind: str, words: str) -> str:
        return f"\033[{COLOURS[kind]}m{words}\033[0m" if colour else words

    lines = []
    for report in reports:
        if report.problem:
            lines.append(f"{report.file}: {paint('unknown', 'not read')}: {report.problem}")
        found: list[Use | Caution] = [use for use in report.uses if every or use.port not in ("as it is", "host")]
        for one in sorted([*found, *report.cautions], key=lambda one: one.place):
            at = f"{report.file}:{one.place.line}:{one.place.column}:"
            if isinstance(one, Caution):
                lines += [f"{at} {paint('caution', one.rule)}: {one.code}", f"    {one.message}", f"    {site}{page(one.rule)}"]
                continue
            lines.append(f"{at} {paint(one.port, one.port)}: {one.code}{_counterpart(one)}")
            lines += [f"    {sentence}" for sentence in (*filter(None, [one.condition]), *one.differs)]
            if one.recipe:
                lines += ["    recipe:", *(f"        {line}" for line in one.recipe.splitlines())]
            if one.url and (one.differs or one.recipe):
                lines.append(f"    {site}{one.url}")
    return "\n".join([*lines, *([""] if lines else []), summary(reports)])


def page(rule: str) -> str:
    """Where a warning's rule stands in the site."""
    return f"reference/rules.html#{rule.lower()}"


def _counterpart(use: Use) -> str:
    names = " or ".join(name.replace("mlx.core.", "mx.") for name in use.mlx)
    form = f", {use.form}" if use.form else ""
    return f" ({use.verdict}{form})" + (f" -> {names}" if names else "") if use.verdict else ""


def total(reports: list[Report]) -> dict:
    """The counts of all files together."""
    found: dict = {"files": len(reports), "not_read": sum(bool(report.problem) for report in reports)}
    for report in reports:
        for key, value in report.counts().items():
            if isinstance(value, dict):
                found[key] = dict(Counter(found.get(key, {})) + Counter(value))
            else:
                found[key] = found.get(key, 0) + value
    return found


def summary(reports: list[Report]) -> str:
    """How much of it goes over in which way."""
    counts = total(reports)
    if not counts.get("uses"):
        return f"{counts['files']} files, {counts['not_read']} not read: no use of NumPy found"
    lines = counts["lines_by_port"]
    shown = [
        f"{counts['files']} files, {counts['not_read']} not read; {counts['lines']} lines, {sum(lines.values())} of them use NumPy",
        f"  {lines.get('as it is', 0):6} lines go as they are, but for the prefix",
        f"  {lines.get('rewrite', 0):6} lines by a rewrite or a recipe",
        f"  {lines.get('host', 0):6} lines stay with NumPy",
        f"  {lines.get('person', 0):6} lines by a person",
        f"  {lines.get('unknown', 0):6} lines were not understood",
        f"{counts['uses']} uses: " + ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts["by_verdict"].items())),
        f"{counts['conditional']} uses rest on something that the source does not say; {counts['cautions']} warnings",
    ]
    if counts["undecided"]:
        shown.append(f"{counts['undecided']} operators and indices on values of which nothing is known were not looked at")
    return "\n".join(shown)


def as_json(reports: list[Report], site: str) -> str:
    """For programs: every use and every warning of every file, with the counts."""
    files = []
    for report in reports:
        uses = [{**asdict(use), "url": f"{site}{use.url}" if use.url else None, "recipe": use.recipe or None} for use in report.uses]
        counts = report.counts()
        each = {"file": report.file, "problem": report.problem or None, "counts": counts, "uses": uses}
        files.append({**each, "warnings": [{**asdict(one), "url": f"{site}{page(one.rule)}"} for one in report.cautions]})
    return json.dumps({"total": total(reports), "files": files}, indent=1, ensure_ascii=False)


def as_sarif(reports: list[Report], site: str) -> str:
    """For code hosts: SARIF 2.1.0. What goes as it is, or stays with NumPy, is no result."""
    rules = {f"port/{port.replace(' ', '-')}": meaning for port, meaning in PORTS.items() if LEVELS[port] != "none"}
    rules |= {code: inspect.getdoc(function) or "" for code, function in cautions.RULES.items()}
    results = []
    for report in reports:
        for use in report.uses:
            if LEVELS[use.port] != "none":
                words = ". ".join([f"{use.code}{_counterpart(use)}", *filter(None, [use.condition]), *use.differs])
                address = f" See {site}{use.url}" if use.url else ""
                results.append(_result(f"port/{use.port}", LEVELS[use.port], words + address, report.file, use))
        results += [_result(one.rule, "warning", f"{one.code}: {one.message}", report.file, one) for one in report.cautions]
    problems = [{"level": "error", "message": {"text": f"{report.file}: {report.problem}"}} for report in reports if report.problem]
    driver = {
        "name": NAME,
        "rules": [
            {"id": code, "shortDescription": {"text": meaning}}
            | ({"helpUri": f"{site}{page(code)}"} if site and code in cautions.RULES else {})
            for code, meaning in rules.items()
        ],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not problems, "toolExecutionNotifications": problems}],
        "results": results,
    }
    return json.dumps({"$schema": SARIF, "version": "2.1.0", "runs": [run]}, indent=1, ensure_ascii=False)


def _result(rule: str, level: str, words: str, file: str, one: Use | Caution) -> dict:
    place = one.place
    region = {"startLine": place.line, "startColumn": place.column, "endLine": place.end_line, "endColumn": place.end_column}
    where = {"artifactLocation": {"uri": file.replace("\\", "/")}, "region": region}
    return {"ruleId": rule, "level": level, "message": {"text": words}, "locations": [{"physicalLocation": where}]}


def needs_a_person(reports: list[Report]) -> bool:
    """Whether anything is left to do for a person: a use, a warning or a file that could not be read."""
    return any(report.needs_a_person for report in reports)
