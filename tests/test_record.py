"""Records: what is one, what holds all of its ledger, what each forgery is told; and steps of the matrix, short and whole again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mapping.run import blocks, steps
from mapping.run.record import Record, describe, digest_of, load_record
from mapping.worker import surroundings
from tests.conftest import MACHINES

JOB = {"name": "numpy.sum", "lines": [["f(a)", "f(a)"]]}
PLAN = [{"step": place, "what": "cell", "line": 0, "case": f"{dtype} 2-d", "label": dtype} for place, dtype in enumerate("abcde")]
SHOWN = [
    {"ordinary": True, "kind": ""},
    {"ordinary": True, "kind": "dtype", "numpy": "1", "mlx": "2"},
    {"ordinary": True, "kind": "dtype", "numpy": "3", "mlx": "4"},
    {"ordinary": False, "kind": "dtype", "numpy": "5", "mlx": "6"},
    {"ordinary": False, "kind": "", "shown": []},
]
STEPS = [{**asked, **shown} for asked, shown in zip(PLAN, SHOWN)]


def block(name: str, text: str) -> blocks.Block:
    return blocks.Block("page", "page.md", 1, text, "pycon", id=name)


@pytest.fixture
def ledger() -> blocks.Ledger:
    both = [block("numpy", ">>> np.sum(1)\n1"), block("mlx", ">>> mx.sum(1)\n1")]
    scopes = [blocks.Scope("page", [block("page", ">>> 1\n1")]), blocks.Scope("numpy.sum #1", both, {"compare": "values"})]
    scopes[0].blocks.append(blocks.Block("page", "page.md", 9, ">>> 1\n2", "pycon", id="metal", machine="metal"))
    return blocks.Ledger(scopes, [JOB], {"np.sum": "page.md:1"}, {"np.none": "page.md:2"})


@pytest.fixture
def record(ledger: blocks.Ledger) -> Record:
    return Record(
        ledger.digest,
        MACHINES["linux"],
        ["page", "numpy", "mlx"],
        pairs={"numpy.sum #1": {"observed": [], "compared": 1, "of": ledger.scopes[1].digest}},
        cells={"numpy.sum": steps.shortened(JOB, STEPS)},
        names={"np.sum": True, "np.none": False},
    )


def test_steps_are_short_and_whole_again():
    short = steps.shortened(JOB, STEPS)
    assert [sorted(one) for one in short["shown"]] == [
        ["ordinary"],
        ["kind", "mlx", "numpy", "ordinary"],
        ["kind", "ordinary"],
        ["kind", "mlx", "numpy"],
        [],
    ]
    again = steps.whole(json.loads(json.dumps(short)), PLAN)
    assert [(one["case"], one["ordinary"], one.get("kind", "")) for one in again] == [
        (one["case"], one["ordinary"], one["kind"]) for one in STEPS
    ]
    assert [one.get("mlx") for one in again] == [None, "2", None, "6", None]
    assert steps.shortened(JOB, again) == short


def test_steps_after_each_other_that_showed_the_same_are_kept_once():
    same = [{**asked, "ordinary": True, "kind": ""} for asked in PLAN]
    assert steps.shortened(JOB, same)["shown"] == [{"ordinary": True, "times": 5}]


@pytest.mark.parametrize(
    ("job", "plan"),
    [({**JOB, "lines": [["f(a, 1)", "f(a, 1)"]]}, PLAN), (JOB, []), (JOB, [*PLAN[:4], {**PLAN[4], "case": "e 3-d"}])],
)
def test_steps_of_other_calls_are_not_taken_for_these(job: dict, plan: list[dict]):
    short = steps.shortened(JOB, STEPS)
    assert steps.unfit(short, steps.asked(JOB, PLAN)) == ""
    assert steps.unfit(short, steps.asked(job, plan)) == "it has other calls of it"


def test_a_record_that_holds_all_of_its_ledger_is_fit(ledger: blocks.Ledger, record: Record, tmp_path: Path):
    (tmp_path / "record.json").write_text(record.dump())
    assert load_record(tmp_path / "record.json") == record
    assert record.unfit(ledger, {"numpy.sum": steps.asked(JOB, PLAN)}) == ""


FAILURE = {"block": "numpy", "line": 0, "source": "", "wrong": "", "want": "", "got": ""}
FEWER = {"asked": steps.asked(JOB, PLAN)[0], "shown": [{"times": 4}]}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ledger": "0" * 64}, "it is of another ledger, 000000000000: this one is "),
        ({"passed": ["page", "numpy"]}, "it is short: 1 block of the ledger not in it, `mlx`"),
        ({"passed": ["page"]}, "it is short: 2 blocks of the ledger not in it, such as `mlx`"),
        ({"passed": ["page", "numpy", "mlx", "more"]}, "it has 1 block that the ledger has not, `more`"),
        ({"failures": [FAILURE]}, "it has passed and failed, `numpy`"),
        ({"failures": [{**FAILURE, "block": "metal"}]}, "it has 1 block that the ledger has not, `metal`"),
        ({"noise": [{**FAILURE, "block": "none"}]}, "it has 1 block that the ledger has not, `none`"),
        ({"environment": MACHINES["mac"]}, "it is short: 1 block of the ledger not in it, `metal`"),
        ({"pairs": {}}, "it is short: 1 pair of the ledger not in it, `numpy.sum #1`"),
        ({"pairs": {"numpy.sum #1": {"of": "another"}}}, "it is short: 1 pair of the ledger not in it, `numpy.sum #1`"),
        ({"pairs": {}, "failures": [FAILURE], "passed": ["page", "mlx"]}, ""),
        ({"cells": {}}, "it is short: 1 job of the matrix of the ledger not in it, `numpy.sum`: it has no calls of it"),
        ({"cells": {"numpy.sum": FEWER}}, "it is short: 1 job of the matrix of the ledger not in it, `numpy.sum`: it has 4 of its 5 calls"),
        (
            {"cells": {"numpy.sum": {**FEWER, "asked": ""}}},
            "it is short: 1 job of the matrix of the ledger not in it, `numpy.sum`: it has other",
        ),
        ({"names": {"np.sum": True}}, "it has looked up other names than the ledger asks for"),
    ],
)
def test_a_record_that_is_not_of_the_ledger_or_not_of_all_is_told_so(ledger: blocks.Ledger, record: Record, changes: dict, said: str):
    told = replace(record, **changes).unfit(ledger, {"numpy.sum": steps.asked(JOB, PLAN)})
    assert told.startswith(said) and bool(told) == bool(said)


@pytest.mark.parametrize(
    ("alter", "said"),
    [
        (lambda text: "", "Expecting value"),
        (lambda text: "[]", "not a record of format 4"),
        (lambda text: "[" * 100_000, "recursion"),
        (lambda text: text.replace('"format": 4', '"format": 3'), "not a record of format 4"),
        (lambda text: text.replace('"observed":[]', '"observed":["value"]'), "it is not as it was written"),
        (lambda text: text.replace('"x86', '"xxx').replace("Linux-x86_64", "Darwin-arm64"), "it is not as it was written"),
        (lambda text: forged(text, environment={}), "it does not hold what a record holds"),
        (lambda text: forged(text, environment={**MACHINES["linux"], "python": "3"}), "it does not hold what a record holds"),
        (lambda text: forged(text, environment={**MACHINES["linux"], "backend": "imaginary"}), "it does not hold what a record holds"),
        (lambda text: forged(text, cells={"numpy.sum": {"asked": "", "shown": [{"times": "1"}]}}), "it does not hold what a record holds"),
        (lambda text: forged(text, failures=[{}]), "it does not hold what a record holds"),
        (lambda text: forged(text, more=1), "it does not hold what a record holds"),
        (lambda text: forged(text, pairs=[]), "it does not hold what a record holds"),
    ],
)
def test_what_is_no_record_is_told_so(record: Record, tmp_path: Path, alter, said: str):
    text = record.dump()
    (tmp_path / "record.json").write_text(alter(text))
    assert alter(text) != text
    with pytest.raises(ValueError, match=said) as error:
        load_record(tmp_path / "record.json")
    assert str(error.value).startswith(f"{tmp_path / 'record.json'}: ")


def forged(text: str, **changes: object) -> str:
    """A record with other content and the digest of that."""
    data = {name: value for name, value in json.loads(text).items() if name not in ("format", "digest")} | changes
    return json.dumps({"format": 4, "digest": digest_of(data), **data})


@pytest.mark.parametrize(
    ("name", "virtual"), [("Apple Paravirtual device", "virtual"), ("Apple M1 (Virtual)", "virtual"), ("Apple M4 Max", "")]
)
def test_a_machine_tells_its_devices_own_name_and_whether_it_is_virtual(monkeypatch: pytest.MonkeyPatch, name: str, virtual: str):
    monkeypatch.setattr(surroundings.mx, "device_info", lambda device: {"device_name": name})
    where = surroundings.environment(surroundings.mx.Device(surroundings.mx.cpu))
    assert (where["device_name"], where["virtual"]) == (name, virtual)


def test_a_device_that_a_hosted_machine_makes_up_is_told_so():
    where = MACHINES["mac"] | {"device_name": "Apple Paravirtual device", "virtual": "virtual"}
    assert describe(where).endswith("device gpu (Apple Paravirtual device, virtual)")
    assert describe(MACHINES["mac"]).endswith("device gpu (M)")


def test_a_block_is_known_by_its_page_and_its_text_alone():
    def named(*texts: str) -> list[str]:
        book = blocks.Ledger([blocks.Scope("page", [blocks.Block("page", "p.md", 1, text, "pycon") for text in texts])])
        book.name()
        return [one.id for one in book.blocks]

    before, after = named(">>> 1\n1", ">>> 2\n2", ">>> 3\n3"), named(">>> 0\n0", ">>> 1\n1", ">>> 2\n2", ">>> 4\n4")
    assert {*before} & {*after} == {*before[:2]} == {*after[1:3]}
    first, second = named(">>> 1\n1", ">>> 1\n1")
    assert second == f"{first} 2" and first == before[0]


def test_a_pair_is_known_by_both_texts_and_how_they_are_compared():
    def digest(numpy: str, mlx: str, **pair: object) -> str:
        return blocks.Scope("x", [block("a", numpy), block("b", mlx)], pair).digest

    assert digest("1", "2") == digest("1", "2")
    assert len({digest("1", "2"), digest("1", "3"), digest("3", "2"), digest("1", "2", ulp=9)}) == 4
