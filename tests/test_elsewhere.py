"""A record of another machine: what it shows otherwise is written with its kind, and it is kept; pages say what it does not show."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from mapping.facts import kept, lookup, rules
from mapping.run import steps
from mapping.run.pool import Pool
from mapping.run.record import PROCESSORS, Record, load_record, machine_kinds
from mapping.site import doctest, elsewhere

from . import mini
from .conftest import MACHINES

CALLED = mini.ENTRY.replace("summary = ", 'edges = ["dtype"]\ncalls = ["f(a)"]\nsummary = ', 1)
UNDEFINED = 'edges = ["dtype"]\n', 'edges = ["undefined", "dtype"]\nundefined = "of numbers that are too large"\n'
ONLY_THERE = "f(a), int8 2-d: NumPy 1, MLX 2"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[doctest.Outcome, Record]:
    """What was proven of a small project, and a record of it with its matrix."""
    root = mini.write(tmp_path_factory.mktemp("ran"), {"mapping/dataset/entries/one.toml": CALLED})
    done = doctest.prove(root, "cpu")
    assert done.problems == []
    with Pool("cpu") as pool:
        return done, pool.run(done.ledger, matrix=True)


@pytest.fixture
def deviation(ran: tuple[doctest.Outcome, Record], tmp_path: Path):
    """The project in a folder of its own, and a function that accepts a record of it: of this machine, steps altered."""
    done, record = ran
    root = mini.write(tmp_path, {"mapping/dataset/entries/one.toml": CALLED})

    def accepting(alter, pairs: dict = record.pairs, failures: tuple[dict, ...] = (), **environment: str) -> int:
        [job], plans = done.ledger.jobs, done.facts.steps
        altered = steps.whole(record.cells["numpy.argmax"], plans["numpy.argmax"])
        for step in altered:
            alter(step)
        there = record.environment | {"device": "gpu", "backend": "cuda"} | environment
        cells = {"numpy.argmax": steps.shortened(job, altered)}
        passed = [name for name in record.passed if name not in {failure["block"] for failure in failures}]
        altered_record = replace(record, environment=there, cells=cells, pairs=pairs, failures=[*failures], passed=passed)
        (root / "record.json").write_text(altered_record.dump())
        return elsewhere.accept(root, str(root / "record.json"))

    return root, accepting


def another_value(step: dict) -> None:
    if step["what"] == "cell" and step["case"] == "int8 2-d":
        step.update(kind="value", numpy="1", mlx="2")


def agrees(step: dict) -> None:
    if step.get("kind") == "dtype" and not step["ordinary"]:
        step.pop("kind")


def agrees_everywhere(step: dict) -> None:
    if step.get("kind") == "dtype":
        step.pop("kind")


def judged(root: Path, record: Path | None = None) -> list[str]:
    """What is wrong with the project where it is run, or where a record of it was made."""
    done = doctest.prove(root, "cpu")
    facts, shown = done.facts, done.record
    if record:
        shown = load_record(record)
        facts = lookup.of_record(facts, shown)
        return [str(problem) for problem in rules.judge(done.dataset, facts, shown)]
    return [str(problem) for problem in done.problems]


def test_what_is_seen_there_alone_is_written_with_its_machine(deviation, capsys):
    root, accepting = deviation
    assert accepting(another_value) == 0
    written = (root / "mapping" / "dataset" / "machines.toml").read_text()
    assert written.split("\n\n", 1)[1] == f'["numpy.argmax"."cuda".edges]\nvalue = "{ONLY_THERE}"\n'
    assert (root / "mapping" / "dataset" / "entries" / "one.toml").read_text() == CALLED
    assert f'+value = "{ONLY_THERE}"' in capsys.readouterr().out
    assert judged(root) == judged(root, root / "record.json") == []
    assert accepting(another_value) == 0
    assert (root / "mapping" / "dataset" / "machines.toml").read_text() == written
    said = capsys.readouterr().out
    assert "+++" not in said and "\n0 outputs and declarations written; review them before you commit\n" in said
    assert accepting(lambda step: None) == 0  # that machine shows it no more
    assert "cuda" not in (root / "mapping" / "dataset" / "machines.toml").read_text()


def test_an_arm64_that_differs_is_told_by_its_processor(deviation):
    root, accepting = deviation
    other = "x86_64" if "arm64" in machine_kinds(MACHINES["here"]) else "aarch64"
    assert accepting(another_value, device="cpu", backend="cpu", platform=f"Linux-{other}") == 0
    assert f'["numpy.argmax"."{PROCESSORS[other]} cpu".edges]' in (root / "mapping" / "dataset" / "machines.toml").read_text()


def test_what_is_seen_here_alone_is_no_fact_of_every_machine_any_more(deviation):
    root, accepting = deviation
    assert accepting(agrees) == 0
    entries = (root / "mapping" / "dataset" / "entries" / "one.toml").read_text()
    assert entries == CALLED.replace('edges = ["dtype"]\n', "")
    written = (root / "mapping" / "dataset" / "machines.toml").read_text()
    assert '["numpy.argmax"."cpu".edges]\ndtype = "f(a), ' in written and "cuda" not in written
    assert judged(root) == judged(root, root / "record.json") == []


def test_a_difference_that_is_not_seen_there_is_written_so_and_the_verdict_stays(deviation, ran):
    root, accepting = deviation
    (root / "mapping" / "dataset" / "entries" / "one.toml").write_text(CALLED)
    assert accepting(agrees_everywhere, pairs={"numpy.argmax #1": {**ran[1].pairs["numpy.argmax #1"], "observed": []}}) == 0
    assert '["numpy.argmax"."cuda".without]\ndtype = "an example"\n' in (root / "mapping" / "dataset" / "machines.toml").read_text()
    assert 'differences = ["dtype"]' in (root / "mapping" / "dataset" / "entries" / "one.toml").read_text()
    assert judged(root) == judged(root, root / "record.json") == []


def test_what_the_entry_declares_for_every_machine_is_not_told_of_one(deviation):
    root, accepting = deviation
    (root / "mapping" / "dataset" / "entries" / "one.toml").write_text(CALLED.replace(*UNDEFINED))

    def alter(step: dict) -> None:
        if step["what"] == "cell" and step["case"] == "int8 2-d":
            step.update(kind="undefined", numpy="1", mlx="2")

    assert accepting(alter) == 0
    assert "argmax" not in (root / "mapping" / "dataset" / "machines.toml").read_text()
    assert judged(root, root / "record.json") == []


def test_a_dtype_that_is_not_there_takes_no_edge_away(deviation):
    root, accepting = deviation

    def alter(step: dict) -> None:
        agrees(step)
        if step["what"] == "cell" and step["case"].startswith("float64"):
            step["kind"] = "absent"

    assert accepting(alter) == 0
    assert (root / "mapping" / "dataset" / "entries" / "one.toml").read_text() == CALLED
    assert "argmax" not in (root / "mapping" / "dataset" / "machines.toml").read_text()


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"mlx": "0.1.0"}, "the record was made with mlx 0.1.0, not "),
        ({"numpy": "1.0"}, "the record was made with numpy 1.0, not "),
    ],
)
def test_a_record_that_tells_nothing_of_another_machine_is_refused(deviation, capsys, environment: dict, said: str):
    root, accepting = deviation
    assert accepting(another_value, **environment) == 2
    assert said in capsys.readouterr().err
    assert not (root / "mapping" / "dataset" / "machines.toml").exists()


def test_a_record_that_cannot_be_read_is_refused(deviation, capsys):
    root, _ = deviation
    assert elsewhere.accept(root, str(root / "none.json")) == 2
    (root / "record.json").write_text('{"format": 0}')
    assert elsewhere.accept(root, str(root / "record.json")) == 2
    assert "not a record of format" in capsys.readouterr().err


def test_a_record_of_a_machine_like_this_one_is_kept_and_changes_nothing(deviation, capsys):
    root, accepting = deviation
    assert accepting(another_value, device="cpu", backend="cpu") == 0
    assert "kept: " in capsys.readouterr().out
    assert "argmax" not in (root / "mapping" / "dataset" / "machines.toml").read_text()
    [one] = kept.read(root)
    assert one.record.kind == lookup.kind_of(MACHINES["here"]) and one.record.names == {}
    assert not [problem for problem in judged(root) if "E402" not in problem]


ELSE = "array(7, dtype=uint32)"


def failure(ran: tuple[doctest.Outcome, Record], source: str, **more: object) -> dict:
    """That a block of the small project printed something else."""
    [block] = [block for block in ran[0].ledger.blocks if source in block.text]
    return {"block": block.id, "line": 0, "source": block.text, "wrong": "an integer differs", "want": "4294967295", "got": ELSE, **more}


def test_what_an_example_prints_there_is_written_beside_it(deviation, ran, capsys):
    root, accepting = deviation
    assert accepting(lambda step: None, failures=(failure(ran, ">>> mx.argmax"),)) == 0
    assert (root / "mapping" / "dataset" / "entries" / "one.toml").read_text() == CALLED + (
        '\n["numpy.argmax".examples.deviation]\nmachine = "cuda"\nreason = "the same lines print something else."\n'
        f"mlx = '''\n>>> mx.argmax(mx.array([5, 1])) - 1\n{ELSE}\n'''\n"
    )
    assert "kept: " in capsys.readouterr().out and judged(root) == []
    page = mini.build(root)
    assert page.status == 0, page.said
    told = (page.out / "reference" / "one.md").read_text()
    assert told.index("the same lines print something else.") < told.index(ELSE) < told.index("This has not been run on an NVIDIA GPU")


@pytest.mark.parametrize(
    ("source", "more", "said"),
    [
        (">>> np.argmax", {"got": "np.int64(7)"}, "one.toml:15: an integer differs"),
        (">>> mx.argmax", {"got": "", "want": "", "wrong": "the process was killed"}, "one.toml:19: the process was killed"),
    ],
)
def test_a_failure_that_is_no_print_of_that_machine_is_left_and_nothing_is_kept(deviation, ran, capsys, source: str, more: dict, said: str):
    root, accepting = deviation
    assert accepting(lambda step: None, failures=(failure(ran, source, **more),)) == 1
    told = capsys.readouterr()
    assert f"left alone: mapping/dataset/entries/{said}" in told.err and "not kept: " in told.err
    assert (root / "mapping" / "dataset" / "entries" / "one.toml").read_text() == CALLED and kept.read(root) == []


TWO = """
[["numpy.argmax".examples]]
numpy = '''
>>> np.argmax(np.array([1, 5]))
np.int64(1)
'''
mlx = '''
>>> mx.argmax(mx.array([1, 5]))
array(1, dtype=uint32)
'''
"""
ONE = "mapping/dataset/entries/one.toml"
CHANGED = "This has not been run on an NVIDIA GPU since it was changed."
CALLS = "This has not been called so on an NVIDIA GPU since it was changed."


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of two examples, with a kept record of an NVIDIA GPU."""
    root = mini.write(tmp_path_factory.mktemp("there"), {ONE: CALLED + TWO, "docs/index.md": INDEX.format("1\n1")})
    done = doctest.prove(root, "cpu")
    assert done.problems == []
    with Pool("cpu") as pool:
        record = pool.run(done.ledger, matrix=True)
    kept.keep(replace(record, environment=record.environment | {"device": "gpu", "backend": "cuda", "device_name": "NVIDIA X"}), root)
    return root


INDEX = "# Mini\n\n```pycon\n>>> {}\n```\n\n```{{toctree}}\nreference/index\n```\n"


def pages(there: Path, root: Path, files: dict[str, str]) -> dict[str, str]:
    """The twins of the project as it is built with these files in place of its own."""
    shutil.copytree(there / "mapping", root / "mapping")
    built = mini.build(mini.write(root, {ONE: CALLED + TWO, "docs/index.md": INDEX.format("1\n1"), **files}))
    assert built.status == 0, built.said
    return {name: (built.out / f"{name}.md").read_text() for name in ("index", "reference/one", "reference/deviations")} | {
        "verified": (built.out / "verified.json").read_text()
    }


RAN = "Linux on x86-64, NVIDIA GPU (NVIDIA X), Python "


def test_pages_say_what_a_kept_record_shows(there: Path, tmp_path: Path):
    told = pages(there, tmp_path, {})
    assert CHANGED not in told["reference/one"] and CALLS not in told["reference/one"]
    assert RAN in told["reference/deviations"] and "5 of 5 blocks and " in told["reference/deviations"]
    assert "Changed since" not in told["reference/deviations"]
    assert "Apple Silicon, GPU: not yet run. Nothing on this site was seen there." in told["reference/deviations"]
    assert "; Apple Silicon is not yet verified." in told["index"]
    [one] = json.loads(told["verified"])["records"]
    assert (one["kind"], one["blocks"], one["changed"]) == ("linux-x86-64-cuda", [5, 5], {}) and one["calls"][0] == one["calls"][1] > 20


def test_an_example_that_was_changed_says_so_alone(there: Path, tmp_path: Path):
    told = pages(there, tmp_path, {ONE: CALLED + TWO.replace("[1, 5]", "[2, 6]")})
    page = told["reference/one"]
    assert page.count(CHANGED) == 1 and page.index("[2, 6]") < page.index(CHANGED) and CALLS not in page
    assert "3 of 5 blocks and " in told["reference/deviations"] and "Changed since: One (2 blocks)." in told["reference/deviations"]


def test_examples_in_another_order_are_as_they_were(there: Path, tmp_path: Path):
    first, second = CALLED[: CALLED.index('[["')], CALLED[CALLED.index('[["') :]
    told = pages(there, tmp_path, {ONE: first + TWO + "\n" + second})
    assert CHANGED not in told["reference/one"] and "5 of 5 blocks" in told["reference/deviations"]


def test_a_block_of_the_guide_that_was_changed_is_counted(there: Path, tmp_path: Path):
    told = pages(there, tmp_path, {"docs/index.md": INDEX.format("2\n2")})
    assert "4 of 5 blocks and " in told["reference/deviations"] and "Changed since: Mini (1 block)." in told["reference/deviations"]


def test_calls_that_were_changed_say_so(there: Path, tmp_path: Path):
    told = pages(there, tmp_path, {ONE: CALLED.replace('["f(a)"]', '["f(a) + 0"]') + TWO})
    assert CALLS in told["reference/one"] and CHANGED not in told["reference/one"]
    assert "blocks and 0 of " in told["reference/deviations"]


def test_a_kept_record_of_another_mlx_tells_nothing_of_this_one(there: Path, tmp_path: Path):
    shutil.copytree(there / "mapping", tmp_path / "mapping")
    [one] = kept.read(tmp_path)
    kept.keep(replace(one.record, environment=one.record.environment | {"mlx": "0.1.0"}), tmp_path)
    built = mini.build(mini.write(tmp_path, {ONE: CALLED + TWO}))
    assert built.status == 0, built.said
    assert "Linux on x86-64, NVIDIA GPU: not yet run." in (built.out / "reference" / "deviations.md").read_text()


def test_a_kept_record_that_was_altered_stops_the_build(there: Path, tmp_path: Path):
    shutil.copytree(there / "mapping", tmp_path / "mapping")
    path = tmp_path / kept.FOLDER / "linux-x86-64-cuda.json"
    path.write_text(path.read_text().replace("NVIDIA X", "NVIDIA Y"))
    built = mini.build(mini.write(tmp_path, {ONE: CALLED + TWO}))
    assert built.status == 2 and f"{path}: it is not as it was written" in built.said


def test_what_a_kept_record_shows_otherwise_stops_the_build(there: Path, tmp_path: Path):
    shutil.copytree(there / "mapping", tmp_path / "mapping")
    table = f'["numpy.argmax"."cuda".edges]\nvalue = "{ONLY_THERE}"\n'
    built = mini.build(mini.write(tmp_path, {ONE: CALLED + TWO, "mapping/dataset/machines.toml": table}))
    assert built.status == 1
    assert "one.toml:5: numpy.argmax: E402: `edges` declares `value`, but nothing shows it; `make accept RECORD=" in built.said
    changed = {ONE: CALLED + TWO.replace("[1, 5]", "[2, 6]"), "mapping/dataset/machines.toml": table}
    assert mini.build(mini.write(tmp_path, changed)).status == 0, "what has been changed since is not held against the record"
