"""The project's commands: `python -m mapping COMMAND`. The Makefile's targets call these."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from .port.options import HELP, OPTIONS
from .run.process import RunError

ROOT = Path(__file__).resolve().parent.parent
# Each command imports what it needs: Sphinx takes half a second, and most have no need of it.


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit status: 0 done, 1 something to mend, 2 it could not run."""
    options = parser().parse_args(arguments)
    gc.set_threshold(100_000, 50, 100)  # pages are trees of many small nodes that all stay: looking for garbage took a fifth of a build
    try:
        status = options.function(options)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (RunError, OSError) as error:
        print(f"mapping: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m mapping", description="MLX for NumPy Users: the dataset, its gate, its site.")
    commands = top.add_subparsers(dest="command", required=True)
    device = {"choices": ["", "cpu", "gpu"], "default": "", "help": "MLX's device; empty: its default"}
    _add(
        commands,
        html,
        "build, gate and publish _build/html",
        ("--device", device),
        ("--record", {"default": "", "help": "a record made elsewhere, to publish with"}),
    )
    _add(
        commands,
        doctest,
        "run every block, write no page",
        ("--device", device),
        ("--ledger", {"default": "", "help": "write the ledger there"}),
        ("--record", {"default": "", "help": "write the record there, with all that pages are made from"}),
    )
    _add(
        commands,
        publish,
        "build the site from records, without a run, where all that it needs are there and hold",
        ("records", {"nargs": "+", "metavar": "RECORD"}),
        ("--into", {"default": "", "metavar": "DIR", "help": "a new folder for the site; else it is published in _build/html"}),
        ("--attestation", {"default": "", "metavar": "URL", "help": "the address of what binds the records to a run"}),
    )
    _add(commands, offline, "zip the published site")
    _add(
        commands,
        accept,
        "write live outputs into the sources",
        ("--record", {"default": "", "help": "a record of another kind of machine: write what it shows otherwise into machines.toml"}),
    )
    _add(
        commands,
        machines,
        "run everything in every environment that can be had here",
        ("--only", {"nargs": "*", "default": [], "metavar": "WORD", "help": "those that have one of these words in their name"}),
        ("--record", {"nargs": "*", "default": [], "metavar": "FILE", "help": "records made elsewhere, to join the table"}),
        ("--keep", {"action": "store_true", "help": "keep the record of each kind of machine on which all holds"}),
    )
    _add(commands, gone, "list the names that NumPy no longer has, from its releases")
    _add(
        commands,
        releases,
        "run the releases that mapping/dataset/releases.json lacks, and write it",
        ("--again", {"action": "store_true", "help": "all of them, but for what _build/releases knows"}),
    )
    _add(
        commands,
        drift,
        "run everything with another MLX or NumPy, and tell what no longer holds",
        ("--mlx", {"default": "", "metavar": "VERSION", "help": "empty: the one that is installed"}),
        ("--numpy", {"default": "", "metavar": "VERSION", "help": "empty: the one that is installed"}),
    )
    _add(commands, check, "hold the dataset against the live libraries: names and calls, no example")
    _add(
        commands,
        fuzz,
        "call every entry's functions on both sides with inputs that are drawn",
        ("--seed", {"type": int, "default": 0, "help": "from which the draws follow"}),
        ("--seconds", {"type": float, "default": 60, "help": "how long to draw"}),
        ("--rounds", {"type": int, "help": "how often to draw for every call, in place of a time"}),
        ("--only", {"nargs": "*", "default": [], "metavar": "NAME", "help": "these entries alone, by NumPy's name or its last part"}),
    )
    _add(
        commands,
        find,
        "show entries by NumPy's or MLX's name, as code spells it, or by an error's message",
        ("names", {"nargs": "*", "metavar": "NAME"}),
        ("--file", {"default": "", "metavar": "SCRIPT", "help": "all NumPy names that a Python file uses, one line each"}),
        ("--json", {"action": "store_true", "help": "as rows of mapping.json"}),
    )
    _add(commands, port, HELP, *OPTIONS)
    _add(commands, wheel, "build a wheel in _build that has `mlx-port` and the rows that it needs, and nothing else")
    _add(commands, export, "print mapping.json's entries")
    return top


def _add(commands, function, help_: str, *arguments: tuple[str, dict]) -> None:
    command = commands.add_parser(function.__name__, help=help_)
    for name, settings in arguments:
        command.add_argument(name, **settings)
    command.set_defaults(function=function)


def html(options: argparse.Namespace) -> int:
    from .site import publish

    return publish.html(ROOT, options.device, options.record)


def doctest(options: argparse.Namespace) -> int:
    from .site import doctest as gate

    return gate.doctest(ROOT, options.device, options.ledger, options.record)


def publish(options: argparse.Namespace) -> int:
    from .site import publication

    return publication.publish(ROOT, options.records, options.into, options.attestation)


def offline(options: argparse.Namespace) -> int:
    from .site import publish

    return publish.offline(ROOT)


def accept(options: argparse.Namespace) -> int:
    from .site import accept as accepting
    from .site import elsewhere

    return elsewhere.accept(ROOT, options.record) if options.record else accepting.accept(ROOT)


def gone(options: argparse.Namespace) -> int:
    from .site import gone as former

    return former.gone(ROOT)


def machines(options: argparse.Namespace) -> int:
    from .site import machines as every

    return every.machines(ROOT, options.only, options.record, options.keep)


def releases(options: argparse.Namespace) -> int:
    from .site import releases as every

    return every.record(ROOT, options.again)


def drift(options: argparse.Namespace) -> int:
    from .site import releases as every

    return every.drift(ROOT, options.mlx, options.numpy)


def _read(progress: Callable[[int, int, str], None] | None = None) -> tuple:
    """The dataset, its facts, and every problem that shows before a run."""
    from .dataset import reader
    from .facts import lookup, rules
    from .run.cache import cache_of
    from .run.pool import Pool, silent

    dataset, problems = reader.read(ROOT / "mapping" / "dataset" / "entries", ROOT)
    with Pool() as pool:
        facts = lookup.facts(dataset, pool, cache_of(ROOT), progress or silent, ROOT)
    return dataset, facts, sorted({*problems, *rules.check(dataset, facts)})


def check(options: argparse.Namespace) -> int:
    from .facts import history
    from .site.commands import progress

    print("reads every entry, looks its names up and makes its `calls` on both sides; examples are for `make html`")
    print("the first time takes a minute or two, later only what has changed is asked again", flush=True)
    began = time.perf_counter()
    dataset, facts, problems = _read(progress)
    for problem in problems:
        print(problem, file=sys.stderr)
    print("  names  uncovered  left out")
    for space in dataset.extent.namespaces:
        live = facts.members[space]
        left_out = [name for name in live if name in dataset.extent.left_out]
        uncovered = [name for name in live if name not in dataset.by_name and name not in left_out]
        print(f"{len(live):7} {len(uncovered):10} {len(left_out):9}  {space}")
    missing = {problem.name for problem in problems if problem.code == "E208"}
    new, every = history.unknown(dataset, facts)
    print(f"{new} of {every} examples and calls are newer than what is known of releases: `make releases ALL=1` runs them")
    print(f"{len(dataset.entries)} entries, {len(missing)} uncovered, {len(problems)} problems, in {time.perf_counter() - began:.1f} s")
    return 1 if problems else 0


def fuzz(options: argparse.Namespace) -> int:
    from functools import partial

    from .dataset import reader
    from .facts import fuzz as drawing
    from .facts import lookup
    from .run.cache import cache_of
    from .run.pool import Pool

    dataset, problems = reader.read(ROOT / "mapping" / "dataset" / "entries", ROOT)
    if problems:
        print(*problems, sep="\n", file=sys.stderr)
        return 1
    with Pool(patience=drawing.PATIENCE) as pool:
        jobs, environment = lookup.called(dataset, pool, cache_of(ROOT))
        lines = list(drawing.drawable(jobs, options.only))
        if not lines:
            print("mapping fuzz: no call of such an entry takes an array", file=sys.stderr)
            return 2
        limit = {"rounds": options.rounds} if options.rounds else {"seconds": options.seconds}
        length = f"{options.rounds} rounds" if options.rounds else f"{options.seconds:g} s"
        print(f"draws inputs for {len(lines)} calls, for {length}, from SEED={options.seed}", flush=True)
        found = drawing.explore(dataset, environment, lines, pool, options.seed, partial(print, flush=True), **limit)
    print(*drawing.report(found, lines), sep="\n")
    return 1 if found.found else 0


def _find_in(path: Path, rows: list[dict], as_json: bool) -> int:
    """A line for each name that a script uses: its lines, and the first line that `find` shows of it."""
    import json

    from .site import script

    by_name = {row["numpy"]: row for row in rows}
    try:
        used = script.used(path.read_text(encoding="utf-8"), {*by_name})
    except (SyntaxError, ValueError) as error:
        print(f"{path}: not Python: {error}", file=sys.stderr)
        return 2
    if as_json:
        print(json.dumps([json.loads(by_name[name]["json"]) for name in used if name in by_name], indent=1, ensure_ascii=False))
    for name, lines in used.items():
        if name not in by_name:
            print(f"{path}:{lines[0]}: no entry answers to `{name}`", file=sys.stderr)
        elif not as_json:
            print(f"{path}:{','.join(map(str, lines))}: {by_name[name]['text'].partition(chr(10))[0]}")
    return 1 if used.keys() - by_name.keys() else 0


def find(options: argparse.Namespace) -> int:
    import json

    from .run.cache import cache_of
    from .site import finding

    if not (options.names or options.file):
        print("mapping find: give a NAME, or a script by --file SCRIPT", file=sys.stderr)
        return 2
    rows = finding.rows(ROOT, cache_of(ROOT), lambda: _read()[:2])
    if options.file:
        return _find_in(Path(options.file), rows, options.json)
    answers = {name: finding.found(rows, name) for name in options.names}
    shown = list({row["numpy"]: row for found in answers.values() for row in found}.values())
    if options.json:
        targets = {row.get("alias_of") for row in shown} - {row["numpy"] for row in shown}
        shown += [row for row in rows if row["numpy"] in targets]  # where what an alias does not repeat stands
        print(json.dumps([json.loads(row["json"]) for row in shown], indent=1, ensure_ascii=False))
    else:
        for row in shown:
            print(row["text"])
    unknown = [name for name, found in answers.items() if not found]
    for name in unknown:
        print(f"no entry answers to `{name}`", file=sys.stderr)
    return 1 if unknown else 0


def port(options: argparse.Namespace) -> int:
    from .port import command
    from .run.cache import cache_of
    from .site import finding

    rows = finding.rows(ROOT, cache_of(ROOT), lambda: _read()[:2])
    return command.run(rows, options)


def wheel(options: argparse.Namespace) -> int:
    from .run.cache import cache_of
    from .site import finding, package

    return package.wheel(ROOT, finding.rows(ROOT, cache_of(ROOT), lambda: _read()[:2]), ROOT / "_build")


def export(options: argparse.Namespace) -> int:
    import json

    from .site import export as exporting

    dataset, facts, problems = _read()
    for problem in problems:
        print(problem, file=sys.stderr)
    print(json.dumps(exporting.rows(dataset, facts), indent=1, ensure_ascii=False))
    return 1 if problems else 0


if __name__ == "__main__":
    status = main()
    gc.freeze()  # the process ends: its memory goes as it is
    raise SystemExit(status)
