"""The ledger, its record and the written site go in; every claim that nothing proves comes out as a problem.

The proof is made on what is published: each `<pre>` is a block that passed or stands on the list of blocks
not run, each name in running text is live or proven absent, each fence of the exports is a block of its page.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from ..dataset import model
from ..dataset.problems import Problem, rule
from ..facts import lookup, rules
from ..facts.rules.sentences import needless
from ..run import blocks, checker
from ..run.cache import Cache
from ..run.record import Record
from ..run.terms import NAME
from . import agents
from .html import all_contents

NO_MESSAGE = re.compile(r"\n[\w.]+: (?:\.\.\.\s*)+\Z")  # an error shown by its type alone


@rule("G501")
def raw_html(file: str, line: int, page: str) -> Problem:
    """Raw HTML can show what nothing has run. Write MyST."""
    return Problem(file, line, page, "G501", "raw HTML: write it in MyST, so that it can be checked")


@rule("G502")
def not_rendered(file: str, line: int, name: str, scope: str) -> Problem:
    """An example of an entry is not on any page, or only one of its sides."""
    return Problem(file, line, name, "G502", f"{scope}: both sides must be rendered, once")


@rule("G517")
def side_unknown(file: str, line: int, page: str, scope: str) -> Problem:
    """A block says that it is a side of an example which no entry has, or which another block shows already. Write a plain block."""
    return Problem(file, line, page, "G517", f"`{scope}` is no side of an example, or is shown elsewhere: write a block without `{{side}}`")


@rule("G503")
def skip_unused(skip: model.Skip) -> Problem:
    """A block on the list of blocks not run is on no page. Correct its text, or take it off the list."""
    return Problem("mapping/dataset/skipped.toml", skip.line, skip.source, "G503", "no page shows this block: take it off the list")


@rule("G504")
def unrunnable(ledger: blocks.Ledger) -> Iterator[Problem]:
    """A block that cannot be run: no language that the gate runs, a broken doctest, JSON or TOML that does not parse."""
    for block in ledger.blocks:
        why = _why_not(block)
        if why:
            block.kind = "broken"
            yield Problem(block.source, block.line + why[1], block.page, "G504", why[0])


def _why_not(block: blocks.Block) -> tuple[str, int] | None:
    try:
        if block.kind == "doctest":
            for example in blocks.parse(block.text):
                if example.want.startswith(checker.TRACEBACK) and NO_MESSAGE.search(example.want):
                    return "the error's message is left out as a whole: show what of it matters", example.line
        elif block.kind == "json":
            json.loads(block.text)
        elif block.kind == "toml":
            tomllib.loads(block.text)
        elif block.kind == "script":
            compile(block.text, "<block>", "exec", dont_inherit=True)
        elif block.kind == "unknown":
            return f"nothing runs this block (language `{block.lang}`): make it a doctest, or list it in mapping/dataset/skipped.toml", 0
    except blocks.BlockError as error:
        return str(error), error.line
    except SyntaxError as error:
        return f"not Python: {error.msg}", (error.lineno or 1) - 1
    except ValueError as error:
        return f"not {block.kind.upper()}: {error}", 0
    except (RecursionError, MemoryError):
        return "nested too deeply to be read", 0
    return None


@rule("G505")
def block_failed(block: blocks.Block, failure: dict, name: str) -> Problem:
    """A block printed something else than it shows, raised, crashed, hung or exited. Mend the claim, not the check."""
    source = failure["source"].strip().replace("\n", "\n    ")
    text = failure["wrong"]
    if failure["want"] or failure["got"]:
        want, got = (failure[key].replace("\n", "\n    ") for key in ("want", "got"))
        text += f"\n    {source}\n  expected\n    {want}\n  got\n    {got}"
    elif source:
        text += f"\n    {source}"
    return Problem(block.source, block.line + failure["line"], name, "G505", text)


@rule("G506")
def name_not_there(place: str, name: str, near: list[str]) -> Problem:
    """Running text names something that does not exist. Correct it, or write it with the role `{absent}`."""
    file, _, line = place.rpartition(":")
    hint = f"; is it {' or '.join(near)}?" if near else ""
    return Problem(file, int(line), name, "G506", f"does not exist{hint}; what is not there is written {{absent}}`{name}`")


@rule("G507")
def name_there(place: str, name: str) -> Problem:
    """Something written with the role `{absent}` exists. Say what is true now."""
    file, _, line = place.rpartition(":")
    return Problem(file, int(line), name, "G507", "is said to be absent, but exists")


@rule("G508")
def block_unproven(page: str, text: str) -> Problem:
    """The published HTML shows a block that is in no ledger, or not as often."""
    return Problem(f"{page}.html", 1, page, "G508", f"a block on this page was not run:\n    {_head(text)}")


@rule("G509")
def block_lost(block: blocks.Block) -> Problem:
    """A block was run that the published HTML does not show as it was run."""
    return Problem(block.source, block.line, block.page, "G509", f"this block is not in the page's HTML:\n    {_head(block.text)}")


@rule("G510")
def name_unproven(page: str, name: str) -> Problem:
    """The published HTML names something that the run did not look up."""
    return Problem(f"{page}.html", 1, page, "G510", f"`{name}` was not looked up")


@rule("G511")
def export_unproven(file: str, text: str) -> Problem:
    """Code in an export is not a block that ran."""
    return Problem(file, 1, "export", "G511", f"this code was not run:\n    {_head(text)}")


@rule("G513")
def row_unproven(name: str, key: str) -> Problem:
    """A fact in `mapping.json` is not what the dataset and the run say."""
    return Problem("mapping.json", 1, name, "G513", f"`{key}` is not what the entry and the run say")


@rule("G518")
def row_unfound(file: str, kind: str, row: list) -> Problem:
    """A row of the finder, or of what the page knows that reads scripts, is not what the dataset, the run and the pages say, or it
    is not there."""
    return Problem(file, 1, str(row[0]), "G518", f"a row of `{kind}` is not what the entry, the run and the pages say")


@rule("G514")
def sources_changed() -> Problem:
    """A source changed while the site was built, so that the site may show what was there before. Build again."""
    return Problem("docs", 1, "sources", "G514", "a source changed while the site was built: build again")


@rule("G515")
def record_unfit(kind: str, why: str) -> Problem:
    """A record made elsewhere is not of this site's claims, or not of all of them. Run the ledger of these sources there."""
    return Problem("record", 1, kind, "G515", why)


@rule("G512")
def readme_unproven(line: int, text: str) -> Problem:
    """A fence of the README is on no page, so that nothing runs it."""
    return Problem("README.md", line, "README", "G512", f"no page includes this block:\n    {_head(text)}")


@rule("G601")
def sentence_unshown(page: str, text: str, what: str, place: str) -> Problem:
    """A number in running text stands in a block or a generated table of its section, a dtype or an error in one of its page;
    `always`, `never` and `also` need code in their sentence that a block of the section runs. Show it in a block, say it without,
    or list the sentence in `mapping/dataset/unshown.toml` with the test that proves it."""
    file, _, line = place.rpartition(":")
    return Problem(file, int(line), page, "G601", f"no block here shows {what} of this sentence: {text}")


@rule("G602")
def misplaced(file: str, line: int, page: str, what: str) -> Problem:
    """A page is made of text, lists, tables, links, pictures and blocks, in sections, tabs, cards and admonitions. What else MyST and
    Sphinx offer shows what nothing checks; badges and marks of what was found belong to generated pages."""
    return Problem(file, line, page, "G602", what)


@rule("G603")
def unseen(file: str, line: int, page: str, sign: str) -> Problem:
    """A sign that cannot be seen, or looks like another, can make a name read as what it is not. Take it out; in code, write it as
    an escape."""
    return Problem(file, line, page, "G603", f"U+{ord(sign):04X} cannot be seen, or is taken for another sign")


@rule("G604")
def code_misfit(place: str, page: str, text: str, what: str) -> Problem:
    """Code in running text names a method that no array has, or calls a function with what it does not take. Correct it; what is not
    there is written with the role `absent`."""
    file, _, line = place.rpartition(":")
    return Problem(file, int(line), page, "G604", f"`{text}`: {what}")


@rule("G605")
def link_misfit(place: str, page: str, text: str, target: str) -> Problem:
    """A link reads as one name and leads to another."""
    file, _, line = place.rpartition(":")
    return Problem(file, int(line), page, "G605", f"`{text}` is not what the link leads to, {target}")


@rule("G607")
def object_unknown(name: str) -> Problem:
    """A page puts a name into the inventory that other sites read, `objects.inv`, and no entry is of it."""
    return Problem("docs", 1, name, "G607", "only entries are in `objects.inv`: take out what declares this name")


@rule("G608")
def mark_misfit(place: str, page: str, word: str, name: str) -> Problem:
    """A page gives an entry another verdict than it has, or calls silent what is not."""
    file, _, line = place.rpartition(":")
    return Problem(file, int(line), page, "G608", f"the entry {name} is not `{word}`")


def unshown(told: list[tuple[str, str, str, str]], listed: list[model.Unshown]) -> list[Problem]:
    """Sentences of pages that no block shows and that are not listed; and those listed for nothing."""
    excused = {(one.place, one.text) for one in listed}
    known = {(place.rpartition(":")[0], text) for _, text, _, place in told}
    found = [sentence_unshown(*one) for one in told if (one[3].rpartition(":")[0], one[1]) not in excused]
    return found + [needless(one) for one in listed if one.place.endswith(".md") and (one.place, one.text) not in known]


def _head(text: str) -> str:
    return "\n    ".join(text.strip("\n").split("\n")[:4])


def failed(ledger: blocks.Ledger, record: Record) -> list[Problem]:
    """Blocks that failed."""
    kinds = record.kinds
    by_id = {block.id: (block, scope) for scope in ledger.scopes for block in scope.blocks if block.holds(kinds)}
    known = [(failure, *by_id[failure["block"]]) for failure in record.failures if failure["block"] in by_id]
    return [block_failed(block, failure, scope.name) for failure, block, scope in known]


def run_problems(ledger: blocks.Ledger, record: Record) -> list[Problem]:
    """Blocks that failed, names that are not there, absent ones that are."""
    problems = failed(ledger, record)
    for name, place in ledger.names.items():
        if not record.names.get(name, False):
            problems.append(name_not_there(place, name, record.near.get(name, [])))
    problems += [name_there(place, name) for name, place in ledger.absent.items() if record.names.get(name, True)]
    return problems


def unproven(dataset: model.Dataset, facts: lookup.Facts, ledger: blocks.Ledger, record: Record) -> list[Problem]:
    """Everything that a run did not bear out: blocks, names and verdicts."""
    return run_problems(ledger, record) + rules.judge(dataset, facts, record)


def handed(dataset: model.Dataset, facts: lookup.Facts, ledger: blocks.Ledger, record: Record) -> list[Problem]:
    """The same of a record made elsewhere, if it is of this ledger and of all of it."""
    if why := record.unfit(ledger, facts.asked):
        return [record_unfit(record.kind, why)]
    return unproven(dataset, lookup.of_record(facts, record), ledger, record)


def contradicted(dataset: model.Dataset, facts: lookup.Facts, ledger: blocks.Ledger) -> list[Problem]:
    """What the records that are kept show otherwise than entries say, as far as they were made with this code and these libraries."""
    problems = []
    for record in (one.record for one in facts.kept if not one.record.unlike(facts.environment)):
        own, shown = lookup.fresh(dataset, facts, ledger, record)
        path = f"mapping/dataset/records/{record.kind}.json"
        found = [*failed(ledger, record), *rules.judge(own, shown, record)]
        problems += [replace(one, message=f"{one.message}; `make accept RECORD={path}` writes what is seen there") for one in found]
    return problems


def check_html(site: Path, ledger: blocks.Ledger, cache: Cache | None = None) -> list[Problem]:
    """Hold every page of HTML against the ledger, both ways. What pages show is kept in `cache`, known by their bytes."""
    problems: list[Problem] = []
    by_page: dict[str, list[blocks.Block]] = {}
    for block in ledger.blocks:
        by_page.setdefault(block.page, []).append(block)
    paths = [path for path in sorted(site.rglob("*.html")) if "_static" not in path.parts]
    for path, html in zip(paths, all_contents(paths, cache or Cache())):
        page = path.relative_to(site).with_suffix("").as_posix()
        own = by_page.get(page, [])
        here = Counter(_same(text) for text in html["pres"])
        ran = Counter(_same(block.text) for block in own)
        problems += [block_unproven(page, text) for text in (here - ran)]
        lost = ran - here
        problems += [block_lost(block) for block in own if lost[_same(block.text)]]
        problems += [name_unproven(page, name) for name in html["names"] if name not in ledger.names and name not in ledger.platform_names]
        absent = {name for text in html["absent"] for name in NAME.findall(text)}
        problems += [name_unproven(page, name) for name in sorted(absent - {*ledger.absent})]
    return problems


def _same(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n"))


Fences = Callable[[str], list[tuple[str, str]]]


def check_readme(root: Path, ledger: blocks.Ledger, fences: Fences) -> list[Problem]:
    """Every fence of the README is a block of the ledger."""
    text = (root / "README.md").read_text(encoding="utf-8")
    known = {_same(block.text) for block in ledger.blocks if block.source == "README.md"}
    found = [code for _, code in fences(text) if _same(code) not in known]
    return [readme_unproven(text[: text.find(code.split("\n")[0])].count("\n") + 1, code) for code in found]


def check_rows(written: list[dict], due: list[dict]) -> list[Problem]:
    """The rows of `mapping.json`, as they were written, are those that the dataset and the facts give."""
    problems = [row_unproven(row.get("numpy", ""), "entry") for row in written if row.get("numpy") not in {one["numpy"] for one in due}]
    by_name = {row.get("numpy"): row for row in written}
    for one in due:
        row = by_name.get(one["numpy"], {})
        problems += [row_unproven(one["numpy"], key) for key in sorted({*row, *one}) if row.get(key, ...) != one.get(key, ...)]
    return problems


def check_mapping(written: dict, due: dict) -> list[Problem]:
    """All of `mapping.json`, as it was written, is what the dataset, the facts and the guide give."""
    problems = check_rows(written["entries"], due["entries"]) + check_rows(written["gone"], due["gone"])
    return problems + [row_unproven("", key) for key in sorted({*written, *due}) if written.get(key, ...) != due.get(key, ...)]


def check_script(file: str, written: dict[str, list[list]], due: dict[str, list[list]]) -> list[Problem]:
    """The rows of a script, as they were written, are those that are due, and in their order: some are known by their place."""
    found = []
    for kind in {**due, **written}:
        here, there = (Counter(json.dumps(row) for row in each.get(kind, [])) for each in (written, due))
        found += [row_unfound(file, kind, json.loads(row)) for row in ((here - there) | (there - here))]
        if here == there and written[kind] != due[kind]:
            found.append(row_unfound(file, kind, ["the order"]))
    return found


def check_exports(site: Path, ledger: blocks.Ledger, fences: Fences) -> list[Problem]:
    """Every fence of the Markdown exports, and every example of `mapping.json`, is a block of the ledger."""
    problems = []
    by_page: dict[str, Counter] = {}
    for block in ledger.blocks:
        by_page.setdefault(block.page, Counter())[_same(block.text)] += 1
    everything = sum(by_page.values(), Counter())
    skill = sorted((site / agents.FOLDER).rglob("*.md"))
    for path in sorted({*site.rglob("*.md")} - {*skill}):
        page = path.relative_to(site).with_suffix("").as_posix()
        here = Counter(_same(code) for _, code in fences(path.read_text(encoding="utf-8")))
        ran = by_page.get(page, Counter())
        problems += [export_unproven(f"{page}.md", text) for text in [*(here - ran), *(ran - here)]]
    for path in [*sorted(site.glob("llms*.txt")), *skill]:
        here = Counter(_same(code) for _, code in fences(path.read_text(encoding="utf-8")))
        problems += [export_unproven(path.name, text) for text in here - everything]
    for entry in json.loads((site / "mapping.json").read_text(encoding="utf-8"))["entries"]:
        for example in entry["examples"]:
            problems += [export_unproven("mapping.json", t) for t in (example["numpy"], example["mlx"]) if _same(t) not in everything]
    return problems
