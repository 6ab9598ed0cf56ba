"""`make mutate`: every kind of claim that the site makes is altered, one at a time, and the gate must catch each.

It works on the published site, so that what is altered is what readers get. Each stage hands its mutants to the
part of the gate that meets such a claim in a build: printed output is run again, names are looked up again, entries
are held against the facts and the run, written pages and exports against the ledger, and whole pages are built.

    make mutate            a sample; but each entry with every other MLX function in the place of its own
    make mutate ALL=1      every mutant; of written pages at most PAGE of one kind on each, since each is read whole again
"""

from __future__ import annotations

import json
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from mapping.dataset import model, reader
from mapping.facts import lookup, rules
from mapping.facts.rules.entries import sheet_otherwise
from mapping.run import blocks, checker
from mapping.run.cache import cache_of
from mapping.run.pool import Pool
from mapping.run.record import Record, machine_kinds
from mapping.run.terms import EDGE_KINDS, EPSILON, KINDS
from mapping.site import export, gate, markdown
from tests import mini, test_gate
from tests.test_flip import alone, flips

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
SAMPLE = int(os.environ.get("SAMPLE") or 40)  # mutants of one kind, where not all are asked for
PAGE = 10  # mutants of one kind on one written page
DTYPES = re.compile(r"\b(u?int(?:8|16|32|64)|b?float(?:16|32|64)|complex64|bool)\b(?=[\]\)',]|$)", re.MULTILINE)
BOOL = re.compile(r"\b(True|False)\b")


@dataclass
class Mutant:
    """One claim, altered: its kind, where it stands, what was altered, and whether the gate caught it."""

    kind: str
    place: str
    what: str
    caught: bool


class Choice:
    """Which mutants are made: all of them, or of each kind as many as the sample holds, the same in every run."""

    def __init__(self, everything: bool):
        self.everything, self.random = everything, random.Random(0)

    def of(self, kind: str, found: Iterable) -> list:
        found = list(found)
        return found if self.everything or len(found) <= SAMPLE else self.random.sample(found, SAMPLE)


# What an example prints


def digit(want: str) -> Iterator[str]:
    """The first significant digit of each number, altered."""
    for match in checker.NUMBER.finditer(want):
        for position, altered in altered_digits(match):
            if position == 1:
                yield altered
                break


def altered_digits(match: re.Match) -> Iterator[tuple[int, str]]:
    """The text of a number's match with one digit more or less by one, for each digit before its exponent; with the position of that digit
    among the significant ones, from 1.
    """
    text, position = match.string, 0
    for at in range(match.start("number"), match.end("number")):
        sign = text[at]
        if sign in "eE":
            return
        if sign.isdigit() and (position or sign != "0" or not re.search("[1-9]", re.sub("[eE].*", "", match["number"]))):
            position += 1
            for other in {(int(sign) + 1) % 10, (int(sign) - 1) % 10}:
                yield position, f"{text[:at]}{other}{text[at + 1 :]}"


def sign(want: str) -> Iterator[str]:
    for match in checker.NUMBER.finditer(want):
        number, at = match["number"], match.start()
        yield want[:at] + (number[1:] if number[0] == "-" else f"-{number.lstrip('+')}") + want[match.end("number") :]


def dtype(want: str) -> Iterator[str]:
    for match in DTYPES.finditer(want):
        other = "int16" if match[1] != "int16" else "float32"
        yield want[: match.start(1)] + other + want[match.end(1) :]


def truth(want: str) -> Iterator[str]:
    for match in BOOL.finditer(want):
        yield want[: match.start()] + ("False" if match[1] == "True" else "True") + want[match.end() :]


def element_more(want: str) -> Iterator[str]:
    for match in re.finditer(r"\[(?=[^\[\]\s])", want):
        yield want[: match.end()] + "7, " + want[match.end() :]


def element_less(want: str) -> Iterator[str]:
    for match in re.finditer(r"(?<=[\[ ])[^\[\](), ]+, +", want):
        yield want[: match.start()] + want[match.end() :]


def nesting(want: str) -> Iterator[str]:
    for match in re.finditer(r"\[[^\[\]]*\]", want):
        yield want[: match.start()] + f"[{match[0]}]" + want[match.end() :]


def line_less(want: str) -> Iterator[str]:
    yield ""


def line_more(want: str) -> Iterator[str]:
    yield f"{want}\n7".lstrip("\n")


def error_type(want: str) -> Iterator[str]:
    head, _, tail = want.rpartition("\n    ...\n")
    other = "ValueError" if tail.startswith("KeyError") else "KeyError"
    yield f"{head}\n    ...\n" + re.sub(r"^[\w.]+", other, tail)


def error_message(want: str) -> Iterator[str]:
    head, _, tail = want.rpartition("\n    ...\n")
    kind, colon, message = tail.partition(": ")
    if colon:
        yield f"{head}\n    ...\n{kind}: un{message}"
    else:
        yield f"{head}\n    ...\n{kind}: something"


def no_error(want: str) -> Iterator[str]:
    yield "7"


PRINTED = (digit, sign, dtype, truth, element_more, element_less, nesting, line_less, line_more)
RAISED = (error_type, error_message, no_error)


def alterations(example: blocks.Example) -> Iterator[tuple[str, str]]:
    """Every altered output of an example, with its kind."""
    printed = PRINTED if example.want else (line_more,)
    for way in RAISED if example.want.startswith(checker.TRACEBACK) else printed:
        for number, altered in enumerate(way(example.want)):
            if number < 4 and altered.strip() != example.want.strip():
                yield way.__name__.replace("_", " "), altered


def outputs(ledger: blocks.Ledger, pool: Pool, choice: Choice) -> Iterator[Mutant]:
    """Each example's output, altered in every way that applies to it; the blocks are run again, each line judged by itself."""
    found: dict[str, list[tuple[blocks.Block, blocks.Example, str]]] = {}
    kinds = machine_kinds(pool.environment())
    for block in ledger.blocks:
        for example in blocks.parse(block.text) if block.kind == "doctest" and block.holds(kinds) else []:
            for kind, altered in alterations(example):
                found.setdefault(kind, []).append((block, example, altered))
    chosen = [(kind, *one) for kind, all_ in found.items() for one in choice.of(kind, all_)]
    rounds: list[dict[tuple[str, int], tuple[str, str]]] = []  # in one round, an example is altered once
    for kind, block, example, altered in chosen:
        free = next((one for one in rounds if (block.id, example.line) not in one), None)
        if free is None:
            rounds.append(free := {})
        free[block.id, example.line] = (kind, altered)
    for number, one in enumerate(rounds, 1):
        print(f"  outputs: run {number} of {len(rounds)}", flush=True)
        yield from _run_again(ledger, pool, one)


def _run_again(ledger: blocks.Ledger, pool: Pool, altered: dict[tuple[str, int], tuple[str, str]]) -> Iterator[Mutant]:
    scopes, lines = [], {}
    wanted = {block for block, _ in altered}
    for scope in ledger.scopes:
        if not wanted & {block.id for block in scope.blocks}:
            continue
        made = []
        for block in scope.blocks:
            text, moved = _rewritten(block, altered)
            lines |= {(block.id, new): (block.id, old) for old, new in moved.items()}
            made.append(replace(block, text=text))
        scopes.append(blocks.Scope(scope.name, made, scope.pair))
    again = blocks.Ledger(scopes)
    record = pool.run(again)
    bad = {lines.get((failure["block"], failure["line"])) for failure in record.failures}
    said = gate.run_problems(again, record)
    by_id = {block.id: block for block in again.blocks}
    for (block, line), (kind, text) in altered.items():
        yield Mutant(kind, f"{by_id[block].source}:{by_id[block].line + line}", text.strip()[-60:], (block, line) in bad and bool(said))


def _rewritten(block: blocks.Block, altered: dict[tuple[str, int], tuple[str, str]]) -> tuple[str, dict[int, int]]:
    """The block with some outputs altered, and for each example's line the line where it stands now."""
    if block.kind != "doctest":
        return block.text, {}
    shown, rows, moved = block.text.split("\n"), [], {}
    for example in blocks.parse(block.text):
        moved[example.line] = len(rows)
        rows += shown[example.line : example.line + example.source.count("\n")]
        _, want = altered.get((block.id, example.line), ("", example.want))
        rows += want.split("\n") if want else []
    return "\n".join(rows), moved


def positions(ledger: blocks.Ledger) -> Iterator[Mutant]:
    """Each digit of every number that an example prints, altered, and held against what is printed. Prints by position how many
    of those of floats pass; among the first five significant digits none may, and of an integer none at all.
    """
    passed: dict[int, list[bool]] = {}
    for block in ledger.blocks:
        for example in blocks.parse(block.text) if block.kind == "doctest" else []:
            if example.want.startswith(checker.TRACEBACK):
                continue
            for match, (dtype, _) in zip(checker.NUMBER.finditer(example.want), checker.places(example.want)):
                float_ = dtype in EPSILON or checker.is_float(match["number"])
                kind = "one of the first five digits of a float" if float_ else "a digit of an integer"
                for position, altered in altered_digits(match):
                    holds = checker.output(altered, example.want) is None
                    if float_:
                        passed.setdefault(position, []).append(holds)
                    if position <= 5 or not float_:
                        yield Mutant(kind, f"{block.source}:{block.line + example.line}", altered.strip()[-60:], not holds)
    print(f"{'position':>10} {'altered':>8} {'pass':>8} {'share':>8}  digits of floats")
    for position, found in sorted(passed.items()):
        print(f"{position:10} {len(found):8} {sum(found):8} {sum(found) / len(found):8.1%}")


# Names in running text


def names(ledger: blocks.Ledger, pool: Pool, choice: Choice) -> Iterator[Mutant]:
    """Each name written with another last letter is not there; each name said to be absent, replaced by one that is."""
    wrong = {}
    for name, place in ledger.names.items():
        for other in (f"{name}s", name[:-1], f"{name.rpartition('.')[0]}.no_{name.rpartition('.')[2]}"):
            if other not in ledger.names and not other.endswith("."):
                wrong[other] = place
    known = pool.facts(wrong)["names"]
    wrong = {name: wrong[name] for name in choice.of("name", [name for name in wrong if not known[name]])}
    there = dict(zip(choice.of("absent name", ledger.names), [*ledger.absent.values()] * len(ledger.names)))
    again = blocks.Ledger([], [], wrong, there)
    said = {(problem.name, problem.code) for problem in gate.run_problems(again, pool.run(again))}
    yield from (Mutant("name in text", place, name, (name, "G506") in said) for name, place in wrong.items())
    yield from (Mutant("name said to be absent", place, name, (name, "G507") in said) for name, place in there.items())


# Entries


def entries(dataset: model.Dataset, facts: lookup.Facts, record: Record, choice: Choice) -> Iterator[Mutant]:
    """Verdicts, differences, edges and MLX names of each entry, altered, and held against the facts and the run."""
    made: list[tuple[str, model.Entry, str]] = []
    for entry in dataset.entries:
        made += [("verdict", altered, verdict) for verdict, altered in flips(entry)]
        made += declared(entry, "differences", set(KINDS) - {"undefined"})
        made += declared(entry, "edges", set(EDGE_KINDS) - {"undefined"})
        made += targets(entry)
    for kind, found in groupby(sorted(made, key=lambda one: one[0]), key=lambda one: one[0]):
        for _, altered, what in choice.of(kind, found):
            own = replace(facts, jobs=[job for job in facts.jobs if job.numpy == altered.name])
            one = alone(altered, dataset)
            yield Mutant(
                kind,
                f"{altered.file}:{altered.line}",
                f"{altered.name}: {what}",
                bool(rules.check(one, own) or rules.judge(one, own, record)),
            )


def declared(entry: model.Entry, key: str, kinds: set[str]) -> Iterator[tuple[str, model.Entry, str]]:
    """The entry with one declared kind more, and with one less."""
    for place, case in enumerate(entry.cases if not entry.alias_of else []):
        own = getattr(case, key)
        more = [(f"{key}, one more", [*own, kind], f"+{kind}") for kind in sorted(kinds - set(own))]
        less = [(f"{key}, one less", [one for one in own if one != kind], f"-{kind}") for kind in own]
        for name, words, what in more + less:
            cases = [*entry.cases]
            cases[place] = replace(case, **{key: words})
            yield name, replace(entry, cases=cases, given=entry.given | {key}), what


def targets(entry: model.Entry) -> Iterator[tuple[str, model.Entry, str]]:
    """The entry with an MLX name that is not there."""
    for place, name in enumerate(entry.mlx):
        other = f"{name}_no"
        yield "MLX name that is not there", replace(entry, mlx=[*entry.mlx[:place], other, *entry.mlx[place + 1 :]]), other


def sheet(dataset: model.Dataset, facts: lookup.Facts, choice: Choice) -> Iterator[Mutant]:
    """Each row of the cheat sheet with another difference than it shows."""
    for section in dataset.sheet.sections:
        for row in section.rows:
            before, row.differs = row.differs, "" if row.differs else "value"
            caught = any(problem.line == row.line for problem in sheet_otherwise(dataset, facts))
            row.differs = before
            yield Mutant("row of the cheat sheet", f"{dataset.sheet.file}:{row.line}", row.numpy, caught)


# What was written


def written(ledger: blocks.Ledger, choice: Choice) -> Iterator[Mutant]:
    """Each block of the published HTML and of each twin, altered, dropped and doubled; each inline name altered."""
    pages = sorted(str(path.relative_to(SITE)).removesuffix(".html") for path in SITE.rglob("*.html") if "_static" not in path.parts)
    todo: list[tuple[str, str, tuple]] = []
    for page in pages:
        text = (SITE / f"{page}.html").read_text(encoding="utf-8")
        for match in re.finditer(r"<pre>.*?</pre>", text, re.DOTALL):
            span, inner = match.span(), match[0]
            letter = next(
                (i for i in range(len(inner) - 7, 4, -1) if inner[i].isdigit() and inner[:i].rfind(">") > inner[:i].rfind("<")), None
            )
            todo.append(("a block of HTML dropped", page, (*span, "")))
            todo.append(("a block of HTML doubled", page, (*span, inner * 2)))
            if letter is not None:
                todo.append(("a digit of HTML", page, (*span, inner[:letter] + str((int(inner[letter]) + 1) % 10) + inner[letter + 1 :])))
        for match in re.finditer(r'<span class="pre">((?:mx|np)\.\w[\w.]*)</span>', text):
            todo.append(("an inline name of HTML", page, (*match.span(1), f"{match[1]}_no")))
    twin: list[tuple[str, str, tuple]] = []
    for page in pages:
        path = SITE / f"{page}.md"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        for _, code in markdown.fences(text):
            digits = [i for i, letter in enumerate(code) if letter.isdigit()]
            if digits and (at := text.find(code)) >= 0:
                place = at + digits[-1]
                twin.append(("a digit of a Markdown twin", page, (place, place + 1, str((int(text[place]) + 1) % 10))))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "mapping.json").write_text('{"entries": []}')
        for found, end, check in (
            (todo, ".html", gate.check_html),
            (twin, ".md", lambda site, own: gate.check_exports(site, own, markdown.fences)),
        ):
            for kind, mutants in groupby(sorted(found, key=lambda one: one[0]), key=lambda one: one[0]):
                chosen = sorted(choice.of(kind, few(mutants, choice)), key=lambda one: one[1])
                print(f"  {kind}: {len(chosen)}", flush=True)
                for page, group in groupby(chosen, key=lambda one: one[1]):
                    text = (SITE / f"{page}{end}").read_text(encoding="utf-8")
                    own = replace(
                        ledger,
                        scopes=[replace(scope, blocks=[b for b in scope.blocks if b.page == page]) for scope in ledger.scopes],
                    )
                    target = folder / f"{page}{end}"
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_text(text, encoding="utf-8")
                    assert not check(folder, own), f"{page}{end} has problems as it is"
                    for _, _, (start, stop, new) in group:
                        target.write_text(text[:start] + new + text[stop:], encoding="utf-8")
                        yield Mutant(kind, f"{page}{end}:{text[:start].count(chr(10)) + 1}", new[:40], bool(check(folder, own)))
                    target.unlink()


def few(mutants: Iterable[tuple[str, str, tuple]], choice: Choice) -> Iterator[tuple[str, str, tuple]]:
    """Of each page at most PAGE."""
    for _, found in groupby(sorted(mutants, key=lambda one: one[1]), key=lambda one: one[1]):
        own = list(found)
        yield from own if len(own) <= PAGE else choice.random.sample(own, PAGE)


def exported(ledger: blocks.Ledger, rows: list[dict], choice: Choice) -> Iterator[Mutant]:
    """Each fact of `mapping.json`: examples, verdicts, differences, parameters, `since`."""
    made: list[tuple[str, int, dict]] = []
    for place, row in enumerate(rows):
        for key, value in row.items():
            other = value
            if key == "examples":
                other = [{**one, "mlx": one["mlx"] + "7"} for one in value]
            elif isinstance(value, bool):
                other = not value
            elif isinstance(value, str) or value is None:
                other = f"{value}7"
            elif isinstance(value, list):
                other = [*value, "7"]
            elif isinstance(value, dict):
                other = {**value, "missing": [*value.get("missing", []), "axis"]}
            if other != value:
                made.append((f"mapping.json: {key}", place, {**row, key: other}))
    for kind, found in groupby(sorted(made, key=lambda one: one[0]), key=lambda one: one[0]):
        for _, place, row in choice.of(kind, found):
            yield Mutant(kind, row["numpy"], str(row[kind.partition(": ")[2]])[:40], bool(gate.check_rows([row], [rows[place]])))


# Whole pages


def placed(choice: Choice) -> Iterator[Mutant]:
    """A block that lies, written in every way that MyST has, and what may not be written at all: real builds."""
    with tempfile.TemporaryDirectory() as name:
        text, lines = test_gate.page(True)
        said = mini.build(mini.write(Path(name, "ways"), {"docs/index.md": text})).said
        for number, (way, line) in enumerate(zip(test_gate.WAYS, lines.values())):
            caught = re.search(rf"docs/index\.md:{line}: index: G505: .*\n    100 \+ {number}\n", said)
            yield Mutant("where a block stands", f"docs/index.md:{line}", way, bool(caught))
        kind = "what may not be written"
        for number, (way, (block, code, _)) in enumerate(choice.of(kind, test_gate.REFUSED.items())):
            built = mini.build(mini.write(Path(name, str(number)), {"docs/index.md": f"{test_gate.HEAD}\n{block}\n"}))
            yield Mutant(kind, "docs/index.md", way, built.status == 1 and code in built.said)


def main() -> int:
    """Make the mutants, print how many of each kind were caught, and every survivor; exit status 1 where one survives."""
    from tests import mutate_swapped, mutate_told  # which take their mutants from here

    choice, began = Choice(os.environ.get("ALL", "") not in ("", "0")), time.perf_counter()
    if not (SITE / export.RECORD).exists():
        print("no published site: run `make html` first", file=sys.stderr)
        return 2
    dataset, _ = reader.read(ROOT / "mapping" / "dataset" / "entries", ROOT)
    ledger = blocks.load(SITE / "ledger.json")
    rows = json.loads((SITE / "mapping.json").read_text(encoding="utf-8"))["entries"]
    mutants: list[Mutant] = []
    with Pool() as pool:
        facts = lookup.facts(dataset, pool, cache_of(ROOT), root=ROOT)
        record = pool.run(ledger)
        assert not gate.unproven(dataset, facts, ledger, record), "the site as it stands must pass"
        stages = {
            "positions": lambda: positions(ledger),
            "outputs": lambda: outputs(ledger, pool, choice),
            "names": lambda: names(ledger, pool, choice),
            "entries": lambda: entries(dataset, facts, record, choice),
            "functions": lambda: mutate_swapped.mutants(dataset, facts, pool),
            "sentences": lambda: mutate_told.entries(dataset, facts, choice),
            "cheat sheet": lambda: sheet(dataset, facts, choice),
            "exports": lambda: exported(ledger, rows, choice),
            "pages": lambda: written(ledger, choice),
            "places": lambda: placed(choice),
            "running text": lambda: mutate_told.pages(choice),
        }
        for name, stage in stages.items():
            print(f"{name} ({time.perf_counter() - began:.0f} s)", flush=True)
            mutants += stage()
    return told(mutants, time.perf_counter() - began)


def told(mutants: list[Mutant], seconds: float) -> int:
    """Print the table of kinds and the survivors."""
    print(f"\n{'mutants':>8} {'caught':>8} {'survive':>8}  kind")
    for kind, found in groupby(sorted(mutants, key=lambda one: one.kind), key=lambda one: one.kind):
        caught = [one.caught for one in found]
        print(f"{len(caught):8} {sum(caught):8} {len(caught) - sum(caught):8}  {kind}")
    survivors = [one for one in mutants if not one.caught]
    print(f"{len(mutants):8} {len(mutants) - len(survivors):8} {len(survivors):8}  all, in {seconds:.0f} s")
    for one in survivors:
        print(f"survives: {one.place}: {one.kind}: {one.what}")
    return 1 if survivors else 0


if __name__ == "__main__":
    raise SystemExit(main())
