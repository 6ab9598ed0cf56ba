"""What takes how long: the page shows what is timed, and says of the figures what they say."""

from __future__ import annotations

import json
import re

import pytest

from mapping.dataset import model
from mapping.facts import guide
from mapping.run.cache import Cache
from mapping.run.pool import Pool
from mapping.run.record import digest_of
from mapping.site import includes
from mapping.worker import costs

from .conftest import ROOT

PAGE = (ROOT / "docs/guide/costs.md").read_text(encoding="utf-8")
FILES = sorted((ROOT / "mapping/dataset/costs").glob("*.json"))
CODE = "\n".join(re.findall(r"(?m)^(?:>>>|\.\.\.) (.*)$", PAGE))


def ratios(name: str) -> dict[tuple[str, str], float]:
    known = json.loads((ROOT / f"mapping/dataset/costs/{name}.json").read_text(encoding="utf-8"))
    return {(case["title"], way["title"]): way["ratio"] for case in known["cases"] for way in case["ways"]}


@pytest.mark.parametrize("case", costs.CASES, ids=lambda case: case.title)
def test_what_is_timed_stands_on_the_page(case: costs.Case):
    missing = [code for _, code in case.ways if f"{code}\n" not in f"{CODE}\n"]
    assert not missing


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_was_measured_is_of_the_cases_that_are_there(path):
    known = json.loads(path.read_text(encoding="utf-8"))
    assert [(one["group"], one["title"], [way["title"] for way in one["ways"]]) for one in known["cases"]] == [
        (case.group, case.title, [title for title, _ in case.ways]) for case in costs.CASES
    ]


WHOLE = (
    "MLX, a list, then `mx.array`", "MLX, the whole array", "MLX, a scan by doubling", "MLX, a convolution", "MLX, `mx.where`",
    "MLX, `mx.where` and `mx.sum`", "MLX, `mx.cummax`", "MLX, broadcasting", "MLX, `at[].add`",
)  # fmt: skip
SAID = {
    "One operation of MLX on a few numbers takes many times as long as NumPy's": lambda of: of["ten numbers, added", "MLX"] > 5,
    "Written for whole arrays, the same work takes no longer than NumPy's loop": lambda of: (
        max(of[case, way] for case, way in of if way in WHOLE) <= 1
    ),
    "so a loop over elements, which is slow in NumPy, is many times slower": lambda of: (
        min(ratio for (_, way), ratio in of.items() if way == "MLX, the same loop") > 10
    ),
    "an element that you read waits for the computation": lambda of: of["100 rows of 10, as lists", "MLX, `.item()` of each"] > 100,
    "A function that is compiled is slow once": lambda of: of["an expression of a million numbers", "compiled, the first call"] > 5,
    "one that changes compiles anew at each call": lambda of: of["one with a number that changes", "compiled, a Python number"] > 5,
    "shows as slower at every size: products of matrices, and `exp`": lambda of: (
        min(ratio for (_, way), ratio in of.items() if way in ("`q @ q`", "`mx.exp(x)`")) > 2
    ),
}


@pytest.mark.parametrize("sentence", SAID)
def test_the_page_says_what_the_figures_of_the_cpu_say(sentence: str):
    assert sentence.casefold() in PAGE.casefold()
    assert SAID[sentence](ratios("cpu"))


def test_ways_with_other_answers_are_not_compared():
    lies = costs.Case("g", "t", "x = mx.array([1.0])", (("NumPy", "y = np.array([1.0])"), ("MLX", "y = x + 1")))
    with pytest.raises(ValueError, match="t: MLX has another answer"):
        next(costs.measure((lies,)))


def test_a_case_is_measured(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(costs, "ROUNDS", 1)
    fair = costs.Case("g", "t", "x = mx.array([1.0])", (("NumPy", "y = np.array([2.0])"), ("MLX", "y = x + 1")))
    (found,) = costs.measure((fair,))
    assert [way["title"] for way in found["ways"]] == ["NumPy", "MLX"]
    assert found["ways"][0]["ratio"] == 1 and found["ways"][1]["ratio"] > 0


def test_a_kind_of_machine_that_was_not_measured_stays_open():
    way = {"title": "MLX", "ratio": 2.5}
    one = {
        "device_name": "X",
        "cores": 2,
        "platform": "Linux",
        "mlx": "1",
        "numpy": "2",
        "cases": [{"group": "g", "title": "t", "ways": [way]}],
    }
    made = includes.costs({"cpu": one})["g"]
    assert "| t | MLX | 2.5 | open | open |" in made
    assert "On the CPU: X, 2 cores, Linux, MLX 1, NumPy 2." in made


def test_figures_that_were_altered_are_named(tmp_path, pool: Pool):
    folder = tmp_path / "mapping/dataset/costs"
    folder.mkdir(parents=True)
    one = {"cases": []}
    for digest, failed in ((digest_of(one), False), ("other", True)):
        (folder / "cpu.json").write_text(json.dumps({"digest": digest, **one}))
        found = guide.ask(model.Dataset([]), tmp_path, pool, Cache(tmp_path / "_build", pool.device))
        assert bool(found.failed) == failed


def test_a_way_that_raises_on_a_device_has_no_ratio(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(costs, "ROUNDS", 1)
    case = costs.Case("g", "t", "x = mx.array([1.0])", (("NumPy", "y = np.array([2.0])"), ("MLX", "y = mx.linalg.inv(x)")))
    (found,) = costs.measure((case,))
    assert [way["ratio"] for way in found["ways"]] == [1, None]
    one = {"device_name": "X", "cores": 2, "platform": "Linux", "mlx": "1", "numpy": "2", "cases": [found]}
    assert "|  | MLX | raises | open | open |" in includes.costs({"cpu": one})["g"]
