"""What is known of older and newer releases: a worker that runs on them, the data file, what entries and pages tell of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jsonschema
import pytest

from mapping.dataset import reader
from mapping.dataset.releases import FILE, load
from mapping.facts import history, lookup, outcomes
from mapping.run import blocks, process
from mapping.run.calls import Job
from mapping.run.pool import Pool
from mapping.site import release_pages, releases

from . import mini
from .conftest import typed

OLD = """import mlx.core as mx
for name in ("get_memory_limit", "device_info", "get_printoptions", "set_printoptions", "cuda", "exp2", "argmax"):
    if hasattr(mx, name):
        delattr(mx, name)
del mx.array.at
seed, mx.random.state = mx.random.seed, [0]
def kept_in_a_list(number):
    seed(number)
    mx.random.state[0] = mx.random.key(number)
mx.random.seed = kept_in_a_list
"""


def test_what_a_release_lacks_is_absent_and_not_fatal(tmp_path: Path):
    (tmp_path / "sitecustomize.py").write_text(OLD)
    texts = {"a name": ">>> mx.device_info()", "a sum": ">>> mx.sum(mx.array([1, 2]))\narray(3, dtype=int32)"}
    ledger = blocks.Ledger([blocks.Scope(name, [blocks.Block("page", "f.md", 1, text, id=name)]) for name, text in texts.items()])
    jobs = [
        Job("a name", "numpy.argmax", "mlx.core.argmax", lines=[("f(a)", "f(a)")]),
        Job("a recipe", "numpy.square", recipe="@mx.argmax\ndef f(a):\n    return a * a", lines=[("f(a)", "f(a)")]),
        Job("NumPy's", "numpy.nothing", "mlx.core.abs", lines=[("f(a)", "f(a)")]),
    ]
    ledger.jobs = [job.data() for job in jobs]
    with Pool("cpu", 1, around={"PYTHONPATH": str(tmp_path)}) as pool:
        assert pool.environment()["device_name"] == ""
        facts = pool.facts(["mlx.core.exp2", "mlx.core.abs"], spaces=["mlx.core", "mlx.core.cuda"])
        record, steps, replaced = pool.run(ledger), pool.cells(ledger.jobs), pool.unkept
    assert facts["names"] == {"mlx.core.exp2": False, "mlx.core.abs": True}
    assert "mlx.core.abs" in facts["members"]["mlx.core"] and "mlx.core.cuda" not in facts["members"]
    assert record.passed == ["a sum"] and not replaced
    assert [failure["got"].split("\n")[-1] for failure in record.failures] == [
        "AttributeError: module 'mlx.core' has no attribute 'device_info'"
    ]
    kinds = {job.name: {step["kind"] for step in steps[job.name] if step["what"] == "cell"} for job in jobs}
    assert kinds["a name"] <= {"error", "refused"} and "error" in kinds["a name"]
    assert kinds["a recipe"] <= {"error", "refused"} and "error" in kinds["a recipe"]
    assert kinds["NumPy's"] - {"refused"} == {"unraised"}  # of long arrays nothing is compared


DATASET = Path("mapping", "dataset")
ENTRY = (
    mini.ENTRY.replace("summary =", 'edges = ["dtype"]\ncalls = ["f(a)"]\nsummary =')
    + """
[["numpy.argmax".examples]]
numpy = '''
>>> np.argmax(np.array([1, 2])).item()
1
'''
mlx = '''
>>> a = mx.array([1, 2])
>>> mx.argmax(a).item()
1
'''
"""
)
PLAYED = {  # releases, and in what they differ from the MLX that is here
    "1.0": "del mx.exp\nmx.argmax = lambda a: own(a).astype(mx.int32)",
    "1.1": """import time
def f(a):
    time.sleep(9 if a.tolist() == [1, 2] else 0)
    return own(a).astype(mx.int32)
mx.argmax = f""",
    "2.0": "",
}


@pytest.fixture
def played(tmp_path: Path, monkeypatch) -> list[str]:
    """A project whose releases are played by the MLX that is here; returns the environments that were made, as they are made."""
    made: list[str] = []

    @contextmanager
    def environment(folder: Path, mlx: str, numpy: str) -> Iterator[str]:
        made.append(f"{mlx} {numpy}")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "sitecustomize.py").write_text(f"import mlx.core as mx\nown = mx.argmax\n{PLAYED.get(mlx, '')}\n")
        python = folder / "python"
        python.write_text(f'#!/bin/sh\nPYTHONPATH="{folder}:$PYTHONPATH" exec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        yield str(python)

    monkeypatch.setattr(releases, "environment", environment)
    monkeypatch.setattr(releases, "published", lambda library, newest: [*PLAYED] if library == "mlx" else ["3.0"])
    monkeypatch.setattr(process, "TIMEOUT", 8)
    mini.write(tmp_path, {"mapping/dataset/entries/one.toml": ENTRY})
    return made


def test_a_file_tells_what_changed_from_release_to_release(tmp_path: Path, played: list[str], capsys):
    assert releases.record(tmp_path) == 0
    mlx = load(tmp_path / DATASET)["mlx"]
    assert mlx.versions == ["1.0", "1.1", "2.0"] and mlx.changes["1.0"] == {}
    assert mlx.changes["1.1"]["new"] == ["mlx.core.exp"]
    first, second = mlx.changes["1.1"]["statements"], mlx.changes["2.0"]["statements"]
    assert [row[1:] for row in first] == [[1, "mx.argmax(a).item()", "1", "no answer within 2 s"]]
    told = {tuple(row[1:]) for row in second}
    assert told == {
        (0, "mx.argmax(mx.array([5, 1])) - 1", "array(-1, dtype=int32)", "array(4294967295, dtype=uint32)"),
        (1, "mx.argmax(a).item()", "no answer within 2 s", "1"),
    }
    [call] = [row for row in mlx.changes["2.0"]["calls"] if row[3] == "dtype"]
    assert call[1:3] == ["f(a)", ""] and {"int32", "float32"} <= {*call[4]} and call[5] == "bool 2-d"
    assert load(tmp_path / DATASET)["numpy"].versions == ["3.0"]
    assert "mlx: 3 releases, 1.0 to 2.0" in capsys.readouterr().out


def test_a_run_that_was_broken_off_goes_on_and_a_new_release_is_compared_with_the_last(tmp_path: Path, played: list[str], monkeypatch):
    assert releases.record(tmp_path) == 0
    before, made = (tmp_path / DATASET / FILE).read_text(), len(played)
    (tmp_path / DATASET / FILE).unlink()
    assert releases.record(tmp_path) == 0 and len(played) == made
    assert (tmp_path / DATASET / FILE).read_text() == before
    PLAYED_THEN = {**PLAYED, "2.1": "mx.argmax = lambda a: own(a).astype(mx.int64)"}
    monkeypatch.setitem(PLAYED, "2.1", PLAYED_THEN["2.1"])
    path = tmp_path / DATASET / FILE
    path.write_text(path.read_text().replace('"backend": "cpu"', '"backend": "gpu"'))
    mini.write(tmp_path, {"mapping/dataset/entries/one.toml": ENTRY.replace("a = mx", "b = mx").replace("max(a)", "max(b)")})
    assert releases.record(tmp_path) == 0
    assert [one.split(" ")[0] for one in played[made:]][:2] == ["2.0", "2.1"]
    mlx = load(tmp_path / DATASET)["mlx"]
    assert mlx.versions == ["1.0", "1.1", "2.0", "2.1"] and mlx.machine["backend"] == "gpu, cpu" and ", " not in mlx.machine["python"]
    assert "statements" not in mlx.changes["1.1"] and len(mlx.changes["2.0"]["statements"]) == 1
    assert [row[3:] for row in mlx.changes["2.1"]["statements"]] == [["array(4294967295, dtype=uint32)", "array(-1, dtype=int64)"]]
    assert [*mlx.known] == ["1.0", "2.0"] and len(" ".join(mlx.known["2.0"]).split()) == 1


@pytest.mark.parametrize(("dtypes", "told"), [("int32 int64 int32", True), ("int32 int64 int32 int64", False)])
def test_what_comes_back_more_than_once_varies_from_run_to_run(tmp_path: Path, played: list[str], monkeypatch, dtypes: str, told: bool):
    for release in [*PLAYED]:
        monkeypatch.delitem(PLAYED, release)
    for place, dtype in enumerate(dtypes.split()):
        monkeypatch.setitem(PLAYED, f"1.{place}", f"mx.argmax = lambda a: own(a).astype(mx.{dtype})")
    assert releases.record(tmp_path) == 0
    mlx = load(tmp_path / DATASET)["mlx"]
    assert mlx.versions == [*PLAYED]
    assert [bool(mlx.changes[release].get("statements")) for release in mlx.versions[1:]] == [told] * (len(PLAYED) - 1)


def test_what_changed_is_more_than_digits_and_the_words_of_an_error():
    error = "Traceback (most recent call last):\n    ...\n"
    assert outcomes.alike("array(0.333333, dtype=float32)", "array(0.333334, dtype=float32)")
    assert outcomes.alike(f"{error}ValueError: one", f"{error}ValueError: two")
    assert not outcomes.alike(f"{error}ValueError: one", f"{error}TypeError: one")
    assert not outcomes.alike("1", f"{error}ValueError: one") and not outcomes.alike(f"{error}ValueError: one", "1")
    assert not outcomes.alike("array(1, dtype=int32)", "array(1, dtype=uint32)")


def test_an_outcome_is_found_by_its_code_alone():
    assert outcomes.block_key(">>> 1 + 1\n2", "page") == outcomes.block_key(">>> 1 + 1\n3", "page")
    assert len({outcomes.block_key(text, page) for text in (">>> 1 + 1", ">>> 1 + 2") for page in ("one", "two")}) == 4


def test_an_entry_tells_what_changed_before_what_it_shows_now(tmp_path: Path, played: list[str]):
    assert releases.record(tmp_path) == 0
    built = mini.build(tmp_path)
    assert built.status == 0, built.said
    page = (built.out / "reference" / "one.md").read_text()
    line = "MLX 2.0 changed `mx.argmax(mx.array([5, 1])) - 1` from `array(-1, dtype=int32)` to `array(4294967295, dtype=uint32)`; "
    assert line in page
    mapping = json.loads((built.out / "mapping.json").read_text())
    jsonschema.validate(mapping, json.loads((built.out / "mapping.schema.json").read_text()))
    [row] = mapping["entries"]
    assert row["since"] is None and {one["release"] for one in row["changed"]} == {"1.1", "2.0"}
    first, _, hung, *_, compiled = [one for one in row["changed"] if one["release"] == "2.0"]
    assert first["silent"] and first["before"] == "array(-1, dtype=int32)" and first["after"] == "array(4294967295, dtype=uint32)"
    told = [[one[key] for key in ("code", "before", "after", "silent")] for one in (hung, compiled)]
    assert told == [["mx.argmax(a).item()", "no answer within 2 s", "1", False], ["f(a)", "cannot be compiled", "compiles", False]]


def test_what_an_entry_shows_otherwise_since_is_not_told(tmp_path: Path, played: list[str]):
    assert releases.record(tmp_path) == 0
    path = tmp_path / DATASET / FILE
    for change in (("4294967295", "4294967294"), ("mx.argmax(a)", "mx.nothing(a)")):
        text = path.read_text()
        assert change[0] in text
        path.write_text(text.replace(*change))
        built = mini.build(tmp_path)
        assert built.status == 0, built.said
        assert change[1] not in (built.out / "mapping.json").read_text()
    dataset, _ = reader.read(tmp_path / DATASET / "entries", tmp_path)
    with Pool("cpu", 1) as pool:
        facts = lookup.facts(dataset, pool)
    assert history.unknown(dataset, facts) == (0, 3)
    dataset.releases["mlx"].known.clear()
    assert history.unknown(dataset, facts) == (3, 3)


def test_a_counterpart_is_there_since_a_release(tmp_path: Path, played: list[str], monkeypatch):
    monkeypatch.setitem(PLAYED, "1.0", "del mx.argmax")
    assert releases.record(tmp_path) == 0
    built = mini.build(tmp_path)
    assert built.status == 0, built.said
    assert "**Since MLX 1.1; changed in MLX 2.0**\n\nMLX 2.0 changed `" in (built.out / "reference" / "one.md").read_text()
    [row] = json.loads((built.out / "mapping.json").read_text())["entries"]
    assert row["since"] == "1.1" and {one["release"] for one in row["changed"]} == {"2.0"}


def test_a_name_that_a_release_has_and_does_not_list_is_there(tmp_path: Path, played: list[str], monkeypatch):
    monkeypatch.setitem(PLAYED, "1.0", "mx.__dir__ = lambda: [name for name in vars(mx) if name != 'argmax']")
    assert releases.record(tmp_path) == 0
    mlx = load(tmp_path / DATASET)["mlx"]
    assert mlx.versions[:2] == ["1.0", "1.1"] and "new" not in mlx.changes["1.1"]


def test_pages_tell_what_each_release_brought_and_changed(tmp_path: Path, played: list[str], monkeypatch):
    monkeypatch.setitem(PLAYED, "1.0", PLAYED["1.0"] + "\nmx.nothing = mx.abs")
    assert releases.record(tmp_path) == 0
    built = mini.build(tmp_path)
    assert built.status == 0, built.said
    folder = built.out / "reference"
    overview = (folder / "releases.md").read_text()
    assert "run with 3 releases of MLX, 1.0 to 2.0, on" in overview
    assert "| [MLX 2.0](releases/mlx-2.0.md) | 0 | 0 | 1 | 1 |" in overview and "| MLX 1.0 | 0 | 0 | 0 | 0 |" in overview
    told = "`mx.argmax(mx.array([5, 1])) - 1` from `array(-1, dtype=int32)` to `array(4294967295, dtype=uint32)`"
    gave = told.replace(" from ", " gave ").replace(" to ", ", and now ")
    assert f"- [`np.argmax`](one.md#numpy.argmax): before 2.0 {gave}" in overview
    first, second = ((folder / "releases" / f"mlx-{release}.md").read_text() for release in ("1.1", "2.0"))
    assert "## New names\n\n`mx.exp`." in first and "mlx.core.nothing" in first.partition("## Names that are gone")[2]
    assert f"- [`np.argmax`](../one.md#numpy.argmax): {told}; `f(a)`" in second
    assert not (folder / "releases" / "mlx-1.0.md").exists()
    dataset, _ = reader.read(tmp_path / DATASET / "entries", tmp_path)
    with Pool("cpu", 1) as pool:
        counts = release_pages.coverage(dataset, lookup.facts(dataset, pool))
    assert [*counts] == ["MLX 2.0", "MLX 1.1", "MLX 1.0"] and all(row["differs"] == 1 for row in counts.values())


def test_the_file_agrees_with_what_is_installed(clone: Path):
    dataset, _ = reader.read(clone / DATASET / "entries", clone)
    rows = {library: [*one.changes.values()] for library, one in dataset.releases.items()}
    mapping = json.loads((clone / "_build" / "html" / "mapping.json").read_text())
    assert len(dataset.releases["mlx"].versions) >= 20 and dataset.releases["mlx"].versions[-1] == mapping["verified"]["mlx"]
    assert dataset.releases["numpy"].versions[-1] == mapping["verified"]["numpy"]
    there: dict[str, bool] = {}
    for section in [*rows["mlx"], *rows["numpy"]]:
        there |= dict.fromkeys(section.get("new", []), True) | dict.fromkeys(section.get("gone", []), False)
    assert len(there) > 80
    with Pool("cpu", 1) as pool:
        assert pool.facts(there)["names"] == there
    assert sum(bool(row["since"]) for row in mapping["entries"]) > 50
    apart, alike = [], 0
    for entry in dataset.entries:
        for _, case, example in entry.scopes():
            for library, text, around in (("numpy", example.numpy, ""), ("mlx", example.mlx, case.defines)):
                found = dataset.releases[library].rows("statements", outcomes.block_key(text, around))
                wants = [one.want for one in blocks.parse(text)] if found else []
                for place, told in {row[1]: row[4] for _, row in found}.items():
                    alike += (same := history.told_now(told, wants[place]))
                    apart += [] if same else [(entry.name, library, told, wants[place])]
    assert apart == [] and alike > 300


def test_drift_tells_what_no_longer_holds_with_the_outputs(tmp_path: Path, played: list[str], capsys):
    assert releases.drift(tmp_path, "2.0", "") == 0
    assert "0 statements no longer hold; 4 blocks passed, 0 failed" in capsys.readouterr().out
    assert releases.drift(tmp_path, "1.0", "") == 1
    said = capsys.readouterr().out
    assert ": numpy.argmax #1: G505: the output differs" in said and "array(-1, dtype=int32)" in said
    assert "numpy.argmax: E402: `differences` declares `dtype`, but nothing shows it" in said
    assert "mlx.md:" in said and "mx.exp: G506: does not exist" in said
    assert "statements no longer hold; 3 blocks passed, 1 failed" in said
    assert [one.split(" ")[0] for one in played] == ["2.0", "1.0"]


def test_make_drift_of_a_release_that_is_not_there(small: Path):
    done = typed("make drift MLX=0.0.1", small)
    assert done.returncode == 2 and "`python` ended with status 1: ERROR: " in done.stderr
    assert not (small / "_build" / "drift").exists()
