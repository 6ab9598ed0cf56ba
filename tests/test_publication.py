"""Publishing from records: all three of one ledger, whole, and nothing failed; each other case is refused in words, and nothing is run."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mapping.facts import lookup
from mapping.run.pool import Pool
from mapping.run.record import Record
from mapping.site import doctest, publication, publish

from . import mini

CALLED = mini.ENTRY.replace("summary = ", 'edges = ["dtype"]\ncalls = ["f(a)"]\nsummary = ', 1)
ONE = "mapping/dataset/entries/one.toml"
WHERE = {
    "linux-cpu": {"platform": "Linux-x86_64", "device": "cpu", "backend": "cpu"},
    "mac-cpu": {"platform": "Darwin-arm64", "device": "cpu", "backend": "cpu", "device_name": "Apple M1 (Virtual)", "virtual": "virtual"},
    "mac-gpu": {
        "platform": "Darwin-arm64",
        "device": "gpu",
        "backend": "metal",
        "device_name": "Apple Paravirtual device",
        "virtual": "virtual",
    },
}


def recorded(root: Path) -> dict[str, Record]:
    """The records of the project as three machines would make them: this one's, under their names."""
    done = doctest.prove(root, "cpu")
    own = lookup.carried(done.facts, done.record)
    bare = replace(own, facts={})
    return {name: replace(own if name == "linux-cpu" else bare, environment=own.environment | where) for name, where in WHERE.items()}


Change = Callable[[Record], Record]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Record]:
    return recorded(mini.write(tmp_path_factory.mktemp("made"), {ONE: CALLED}))


@pytest.fixture
def published(made: dict[str, Record], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Path, int]]:
    """Publish the project from its records, some of them changed or left out, on a machine on which nothing can be run."""
    monkeypatch.setattr(Pool, "_add", None)
    root = mini.write(tmp_path, {ONE: CALLED})

    def publishing(name: str = "", change: Change | None = None, attestation: str = "") -> tuple[Path, int]:
        records = {**made, name: change(made[name])} if change else {one: made[one] for one in made if one != name}
        for one, record in records.items():
            (root / f"{one}.json").write_text(record.dump())
        return root, publication.publish(root, [str(root / f"{one}.json") for one in records], attestation=attestation)

    return publishing


def test_the_site_is_built_from_three_records_and_nothing_is_run(published, capsys):
    root, status = published()
    assert status == 0, capsys.readouterr().err
    site = root / "_build" / "html"
    proven = json.loads((site / "verified.json").read_text())
    assert proven["device_name"] == proven["reported_by"] == "Apple Paravirtual device" and proven["virtual"] == "virtual"
    assert [one["kind"] for one in proven["records"]] == [*publication.ASKED] and proven["attestation"] is None
    assert sorted(path.name for path in (site / "records").iterdir()) == [f"{kind}.json" for kind in sorted(publication.ASKED)]
    assert ", on the GPU of a Mac (arm64), as reported by Apple Paravirtual device." in (site / "index.md").read_text()
    told = (site / "reference" / "deviations.md").read_text()
    assert "Apple Silicon, GPU (Apple Paravirtual device, virtual), Python 3." in told and "2 of 2 blocks and " in told
    assert "Apple Silicon, GPU: not yet run" not in told and "not yet verified" not in told
    assert publish.current(root)


def test_an_attestation_binds_the_records(published, capsys):
    root, status = published(attestation="https://example.org/1")
    assert status == 0, capsys.readouterr().err
    proven = json.loads((root / "_build" / "html" / "verified.json").read_text())
    assert (proven["reported_by"], proven["attestation"]) == (None, "https://example.org/1")
    assert ", on the GPU of a Mac (arm64)." in (root / "_build" / "html" / "index.md").read_text()


FAILURE = {"block": "", "line": 0, "source": "x", "wrong": "it raised", "want": "", "got": ""}


def to(**changes: object) -> Change:
    """A record with other fields."""
    return lambda record: replace(record, **changes)


def at(**changes: str) -> Change:
    """A record made elsewhere."""
    return lambda record: replace(record, environment=record.environment | changes)


def observed(record: Record) -> Record:
    """A record in which the examples show another value."""
    return replace(record, pairs={name: {**pair, "observed": ["dtype", "value"]} for name, pair in record.pairs.items()})


def shape(record: Record) -> Record:
    """A record in which every call shows another shape."""
    cells = {name: {**of, "shown": [{**one, "kind": "shape"} for one in of["shown"]]} for name, of in record.cells.items()}
    return replace(record, cells=cells)


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("mac-gpu", None, "there is no record of Apple Silicon, GPU"),
        ("mac-cpu", None, "there is no record of Apple Silicon, CPU"),
        ("linux-cpu", None, "there is no record of Linux on x86-64, CPU"),
        ("mac-gpu", to(ledger="0" * 64), "mac-gpu.json: it is of another ledger than "),
        (
            "mac-gpu",
            at(platform="Linux-aarch64", device="cpu", backend="cpu"),
            "it is of Linux on arm64, CPU, which publishing does not",
        ),
        ("mac-cpu", at(**WHERE["mac-gpu"]), "is of Apple Silicon, GPU too"),
        ("mac-gpu", to(passed=[]), "darwin-arm64-metal: G515: it is short: 2 blocks of the ledger not in it"),
        ("mac-gpu", to(cells={}), "darwin-arm64-metal: G515: it is short: 1 job of the matrix of the ledger not in it, `numpy.argmax`"),
        ("mac-cpu", to(pairs={}), "darwin-arm64-cpu: G515: it is short: 1 pair of the ledger not in it"),
        ("mac-cpu", to(code="0" * 64), "mac-cpu.json: the record was made with other code: make it anew"),
        ("mac-cpu", at(mlx="0.1.0"), "mac-cpu.json: the record was made with mlx 0.1.0, not "),
        ("linux-cpu", at(numpy="1.0"), "linux-cpu.json: the record was made with numpy 1.0, not "),
        ("mac-gpu", to(failures=[FAILURE]), "mac-gpu.json: 1 block failed there"),
        ("linux-cpu", to(facts={}), "linux-cpu.json: it does not carry what pages are made from"),
        ("mac-gpu", observed, "numpy.argmax: E402: the verdict is `differs`, but an example shows `value`"),
        ("mac-gpu", shape, "shows `shape`, not in `differences`"),
    ],
)
def test_nothing_is_published_where_a_record_is_not_as_it_should_be(published, capsys, name: str, change: Change | None, said: str):
    root, status = published(name, change)
    told = capsys.readouterr().err
    assert status in (1, 2) and said in told and told.endswith("not published\n")
    assert publish.current(root) is None


def test_a_record_that_was_altered_or_is_none_is_refused(published, made, tmp_path: Path, capsys):
    root, _ = published()
    path = root / "mac-gpu.json"
    path.write_text(path.read_text().replace("Apple Paravirtual device", "Apple M4 Max"))
    (root / "none.json").write_text("[]")
    paths = [*(str(root / f"{name}.json") for name in WHERE), str(root / "none.json"), str(root / "nowhere.json")]
    assert publication.publish(root, paths) == 1
    said = capsys.readouterr().err
    assert f"{path}: it is not as it was written" in said
    assert f"{root / 'none.json'}: not a record of format" in said and f"{root / 'nowhere.json'}" in said


def test_a_folder_that_is_there_is_not_written_over(published, capsys):
    root, _ = published()
    (root / "site").mkdir()
    paths = [str(root / f"{name}.json") for name in WHERE]
    assert publication.publish(root, paths, into=str(root / "site")) == 1
    assert "site: there is something already" in capsys.readouterr().err
    assert publication.publish(root, paths, into=str(root / "other")) == 0
    assert (root / "other" / "verified.json").exists() and (root / "other" / "records").is_dir()


LIE = CALLED.replace("4294967295", "4294967294")


def test_a_commit_that_changes_one_expected_output_is_refused_on_every_path(published, tmp_path: Path, capsys, monkeypatch):
    root, _ = published()
    mini.write(root, {ONE: LIE})
    paths = [str(root / f"{name}.json") for name in WHERE]
    (root / "_build" / "html").unlink()
    assert publication.publish(root, paths) == 1 and "G515: it is of another ledger" in capsys.readouterr().err
    monkeypatch.undo()
    anew = recorded(mini.write(tmp_path / "anew", {ONE: LIE}))
    for name, record in anew.items():
        (root / f"{name}.json").write_text(record.dump())
    assert publication.publish(root, paths) == 1
    assert "mac-gpu.json: 1 block failed there" in capsys.readouterr().err
    hidden = {name: replace(record, failures=[], passed=[*record.passed, record.failures[0]["block"]]) for name, record in anew.items()}
    (root / "mac-gpu.json").write_text(hidden["mac-gpu"].dump())
    assert publication.publish(root, paths) == 1 and publish.html(root) == 1
    assert publish.html(root, record=str(root / "mac-gpu.json")) == 1
    assert mini.build(root).status == 1 and publish.offline(root) == 1
    assert publish.current(root) is None
