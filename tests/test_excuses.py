"""What an author may leave out or loosen: each bound holds, and each rule has a text that passes and one that fails."""

from __future__ import annotations

import pytest

from mapping.dataset import model, reader
from mapping.facts import lookup, matrix, rules
from mapping.facts.rules import excuses

from .conftest import ROOT, toml

SUM = """["numpy.sum"]
mlx = ["mlx.core.sum"]
verdict = "same"
summary = "Sums."
"""
NORMAL = """["numpy.random.normal"]
verdict = "recipe"
recipe = "mx.random.normal((500,))"
summary = "Draws."
compare = "distribution"
"""


def told(read, text: str, code: str, **summary) -> list[str]:
    dataset, problems = read(a=toml(text))
    assert problems == []
    names = [entry.named(case) for entry in dataset.entries for case in entry.cases]
    facts = lookup.Facts({}, {}, {}, {}, summaries={name: matrix.Summary(**summary) for name in names} if summary else {})
    return [problem.message for problem in rules.RULES[code](dataset, facts)]


def recipe(text: str) -> str:
    return f"""["numpy.hstack"]\nverdict = "recipe"\nrecipe = '''\n{text}\n'''\nsummary = "Joins."\n"""


RECIPES = {  # a recipe: what of it is told
    "mx.abs(a)": "",
    "def f(info):\n    import math\n    return math.frexp(info.max)[1]": "",
    "def f(a):\n    import numpy\n    return numpy.abs(a)": "`numpy`",
    "def f(a):\n    from numpy import abs\n    return abs(a)": "`numpy`",
    "def f(a):\n    import os\n    return os.name": "`os`",
    "mx.array(np.abs(a))": "`np`",
    "def f(a):\n    return __import__('numpy').abs(a)": "`__import__`",
    "def f(a:": "",  # E310 says that it is no Python
}


@pytest.mark.parametrize(("text", "said"), RECIPES.items(), ids=map(str, range(len(RECIPES))))
def test_a_recipe_stays_within_mlx_and_python(read, text: str, said: str):
    assert told(read, recipe(text), "E702") == ([f"the recipe uses {said}"] if said else [])


def test_what_is_neither_random_nor_uninitialised_is_compared_by_its_values(read):
    loose = 'compare = "shape-dtype"\n'
    assert told(read, SUM, "E703") == told(read, NORMAL, "E703") == []
    assert len(told(read, SUM + loose, "E703")) == 1
    assert told(read, SUM.replace("numpy.sum", "numpy.empty") + loose, "E703") == []
    example = "[['numpy.sum'.examples]]\nnumpy = '>>> 1'\nmlx = '>>> 1'\n"
    assert len(told(read, SUM + example + loose, "E703")) == 1 and told(read, SUM + example, "E703") == []


@pytest.mark.parametrize(("drawn", "few"), [(63, True), (64, False), (0, True)])
def test_a_distribution_is_compared_by_enough_draws(read, drawn: int, few: bool):
    assert bool(told(read, NORMAL, "E704", cells=1, drawn=drawn)) is few
    assert told(read, SUM, "E704", cells=1, drawn=drawn) == []


def test_draws_are_counted_by_the_calls_that_were_made():
    cell = {"what": "cell", "line": 0, "case": "no input", "label": "plain", "ordinary": True}
    job = lookup.calls.Job("numpy.random.normal", "numpy.random.normal", lines=[("f(9)", "f(9)"), ("f(70)", "f(70)")])
    assert matrix.summarized(job, [{**cell, "drawn": 9}, {**cell, "line": 1, "drawn": 70}]).drawn == 70


def test_there_are_no_more_excuses_than_there_may_be(read):
    limit, _ = excuses.BOUNDS["uncalled"]
    one = 'uncalled = "It returns nothing."\n'
    forms = "".join(f"[['numpy.sum'.forms]]\nname = 'f{n}'\nverdict = 'same'\nsummary = 'S.'\n{one}" for n in range(limit + 1))
    head = '["numpy.sum"]\nmlx = ["mlx.core.sum"]\nsummary = "Sums."\n'
    assert told(read, head + forms, "E701") == [f"there are {limit + 1}, and {limit} may be"]
    assert told(read, head + forms[: forms.rindex("[[")], "E701") == []


def test_a_bound_leaves_no_room_that_nobody_needs():
    dataset, problems = reader.read(ROOT / "mapping" / "dataset" / "entries", ROOT)
    assert problems == []
    counted = excuses.counted(dataset)
    assert counted.keys() == excuses.BOUNDS.keys()
    loose = {kind: (count, limit) for kind, count in counted.items() if (limit := excuses.BOUNDS[kind][0]) - count > 5}
    assert loose == {}, "lower the bounds"


def test_an_excuse_is_counted_wherever_it_may_stand():
    example = model.Example("", "", tolerance={"ulp": 9, "reason": "r"}, deviation=model.ExampleDeviation("cuda", "r", "", 1))
    case = model.Case(uncalled="u", unasserted=["NaN"], tolerance={"ulp": 9, "reason": "r"}, compare="shape-dtype", examples=[example])
    entry = model.Entry("numpy.sum", "a.toml", 1, platforms=["Linux"], cases=[case])
    dataset = model.Dataset([model.Topic("a", "a.toml", "A", 1, "", [entry])], unshown=[model.Unshown("numpy.sum", "t", "r", "t")])
    assert excuses.counted(dataset) == {kind: 2 if kind == "tolerance" else 1 for kind in excuses.BOUNDS}


CALLS = {  # calls: whether a call takes an input of the machine's as it is
    '["f(np.ones(3))"]': False,
    '["f(np.ones_like(a))"]': False,
    '["f(a * 0)", "f(a.astype(np.int8))"]': False,
    '["f(v * w + 1)", "f(v * 0 + 1)"]': False,
    '["f(a.astype(np.float32))"]': True,
    '["f(v * v + 1)"]': True,
    '["f(np.ones(a.shape))"]': False,
    '["f(np.ones(3))", "f(a)"]': True,
    '["f([a, b], axis=-1)"]': True,
    '["f(np.stack([v, w]))"]': True,
    '["f(a.shape, row.shape)"]': True,
    '["f(v[:2])"]': True,
    '["f(lambda x: x)(a)"]': True,
    '["(lambda x: f(x, 2))(a.copy())"]': True,
    '["a + b"]': True,
    '["unary"]': True,
    '["f(a"]': True,  # E310 says that it is no Python
    '["f(3)"]': False,
}


@pytest.mark.parametrize(("calls", "given"), CALLS.items())
def test_the_machine_makes_what_calls_take(read, calls: str, given: bool):
    dataset, _ = read(a=toml(f"{SUM}calls = {calls}\n"))
    facts = lookup.Facts({}, {}, {}, {}, takes=["numpy.sum"])
    assert (not [*rules.RULES["E705"](dataset, facts)]) is given


def test_what_takes_no_array_is_called_with_what_it_takes(read):
    dataset, _ = read(a=toml(f'{SUM}calls = ["f(3)"]\n'))
    assert [*rules.RULES["E705"](dataset, lookup.Facts({}, {}, {}, {}))] == []
