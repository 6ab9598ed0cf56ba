"""Of `make mutate`: each entry with every other MLX function in the place of its own; its calls or its examples must tell them apart.

A function that answers none of the calls does not take their arguments, and is no mutant. Calls are made in processes of their
own, since MLX's functions are called with what they are not made for.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import Connection

from mapping.dataset import model
from mapping.facts import fuzz, lookup
from mapping.run import blocks, calls
from mapping.run.pool import Pool
from tests.mutate import Mutant

Task = tuple[dict, dict[str, list[str]], str]  # a job, what it declares, another function
HANDS, START, LATE = 2, 120, 20  # processes at a time; seconds in which one starts, and after which one does not come back
PLACES = ("mlx.core", "mlx.core.linalg", "mlx.core.fft")
LEFT = re.compile(r"\.(save\w*|load|export_\w+|import_function|set_\w+|\w+able_compile|compile|checkpoint|synchronize|clear_cache)$")
# what writes files, changes the process, or hands a function on as it is
OPERATORS = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor", "lshift", "rshift"]
METHODS = {f"__{kind}{name}__" for name in OPERATORS for kind in ("", "r", "i")} | {
    "__eq__",
    "__ne__",
    "__lt__",
    "__le__",
    "__gt__",
    "__ge__",
}
TWINS = {  # functions that no call tells apart, with the reason; those that are one object, such as `zeros` and `empty`, are none
    ("concat", "concatenate"): "MLX's documentation says that one is the other",
    ("permute_dims", "transpose"): "MLX's documentation says that one is the other",
    ("conj", "conjugate"): "MLX's documentation says that one is the other",
    ("matmul", "gather_mm"): "without indices it is `matmul`",
    ("matmul", "block_masked_mm"): "without masks it is `matmul`",
    ("asarray", "array"): "they differ in what is shared, which no call writes to",
}
REFUSED = ("refused", "absent", "error", "parameters")  # cells in which a function has not answered


def functions() -> dict[bool, list[str]]:
    """MLX's functions; by True those of arrays."""
    import mlx.core as mx

    found: dict[bool, list[str]] = {False: []}
    for place in PLACES:
        of = mx if place == "mlx.core" else getattr(mx, place.rpartition(".")[2])
        names = [f"{place}.{name}" for name in dir(of) if type(getattr(of, name)).__name__ in ("nb_func", "function")]
        found[False] += [name for name in names if not LEFT.search(name)]
    methods = [name for name in dir(mx.array) if type(getattr(mx.array, name)).__name__ == "nb_method"]
    found[True] = [f"mlx.core.array.{name}" for name in methods if not name.startswith("_") or name in METHODS]
    return found


def answers(tasks: list[Task]) -> list[bool | None]:
    """For each task whether the function is like the job's own, or None where it does not take the arguments; one that ends its process,
    or does not come back, is unlike it.
    """
    context, found = get_context("spawn"), []
    while len(found) < len(tasks):
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=tell, args=(tasks[len(found) :], there))
        process.start()
        there.close()
        with contextlib.suppress(EOFError):
            if here.poll(START):
                here.recv()
            while len(found) < len(tasks) and here.poll(LATE):
                found.append(here.recv())
        if len(found) < len(tasks):
            process.kill()
            found.append(False)
        process.join()
    return found


def tell(tasks: list[Task], channel: Connection) -> None:
    """Send that it has started, and the answer to each task, in a process of its own."""
    import mapping.worker.cells  # noqa: F401 - with both libraries it is what takes long: `alike` finds it loaded

    channel.send("started")
    for task in tasks:
        channel.send(alike(*task))


def alike(job: dict, declared: dict[str, list[str]], name: str) -> bool | None:
    """Whether a function in the place of a job's own shows no more than is declared; None where it answers no call."""
    from mapping.worker import cells
    from mapping.worker.names import resolve

    sides, answered, told = cells.Sides({**job, "mlx": name}, resolve), False, False
    for kind, ordinary in _shown(cells, sides, job["lines"]):
        if not (answered or ordinary):
            return None
        answered |= kind not in REFUSED
        told |= kind not in ("", "refused", "absent", *declared["ordinary" if ordinary else "corner"])
        if answered and told:
            return False
    return answered or None


def _shown(cells, sides, lines: list) -> Iterator[tuple[str, bool]]:
    """The kind of each cell, the ordinary ones first."""
    steps = []
    for line in lines:
        names = calls.used(line[0]) | calls.used(line[1])
        steps += [(line, case) for case in cells.cases(names) if re.search(r"\bf\b", line[1])]
    for line, case in sorted(steps, key=lambda step: not step[1].ordinary):
        found = cells.compared(sides, line, case)
        yield found["kind"], case.ordinary and not found.get("narrow", False)


def mutants(dataset: model.Dataset, facts: lookup.Facts, pool: Pool) -> Iterator[Mutant]:
    """Every function in the place of every entry's own."""
    named, known = [job for job in facts.jobs if job.mlx and not job.alias_of and job.compare == "values"], functions()
    asked = []
    for job in named:
        declared = fuzz.declared(dataset, job, facts.environment)
        others = (name for name in known[job.mlx.startswith("mlx.core.array.")] if name != job.mlx and not twins(job.mlx, name))
        asked += [(job, (job.data(), declared, name)) for name in others]
    with ThreadPoolExecutor(HANDS) as threads:
        parts = threads.map(answers, ([task for _, task in asked[part::HANDS]] for part in range(HANDS)))
        told = {part: iter(answer) for part, answer in enumerate(parts)}
    both = ((job, task[2], next(told[place % HANDS])) for place, (job, task) in enumerate(asked))
    found = [(job, name, same) for job, name, same in both if same is not None]
    scopes = {(job.name, name): swapped(dataset.by_name[job.numpy], job.mlx, name) for job, name, same in found if same}
    record = pool.run(blocks.Ledger([scope for own in scopes.values() for scope in own]))
    failed = {failure["block"] for failure in record.failures}
    for job, name, same in found:
        entry = dataset.by_name[job.numpy]
        caught = not same or any(block.id in failed for scope in scopes[job.name, name] for block in scope.blocks)
        yield Mutant("every other MLX name", f"{entry.file}:{entry.line}", f"{job.name}: {name}", caught)


def twins(one: str, other: str) -> bool:
    from mapping.worker.names import resolve

    same = one.startswith("mlx.core.array.") == other.startswith("mlx.core.array.") and resolve(one) is resolve(other)
    return same or any({one.rpartition(".")[2], other.rpartition(".")[2]} == {*names} for names in TWINS)


def swapped(entry: model.Entry, own: str, other: str) -> list[blocks.Scope]:
    """The MLX sides of an entry's examples with another function where they name its own."""
    pattern, instead = rf"\bmx\.{re.escape(own.removeprefix('mlx.core.'))}(?=\()", f"mx.{other.removeprefix('mlx.core.')}"
    if own.startswith("mlx.core.array."):
        pattern, instead = rf"\.{re.escape(own.rpartition('.')[2])}\b", f".{other.rpartition('.')[2]}"
    scopes = []
    for scope, case, example in entry.scopes():
        text = re.sub(pattern, instead, example.mlx)
        if text != example.mlx:
            name = f"{scope} {other}"
            block = blocks.Block("page", entry.file, example.lines["mlx"], text, "pycon", id=name, setup=case.defines)
            scopes.append(blocks.Scope(name, [block]))
    return scopes
