"""Calls become lines of both sides, and entries become jobs; a call that cannot be made is refused in words."""

from __future__ import annotations

import pytest

from mapping.facts import lookup
from mapping.facts.jobs import jobs
from mapping.run import calls

from .conftest import toml


def alike(*written: str) -> list[tuple[str, str]]:
    return [(line, line) for line in written]


LINES = {  # calls, recipe, both sides
    "unary": (["unary"], "", alike("f(a)")),
    "binary": (["binary"], "", alike("f(a, b)", "f(a, row)", "f(a, 2)")),
    "reduction": (["reduction"], "", alike("f(a)", "f(a, axis=0)", "f(a, axis=-1, keepdims=True)", "f(a, axis=(0, 1))")),
    "cumulative": (["cumulative"], "", alike("f(a)", "f(a, axis=0)", "f(a, axis=-1)")),
    "a line": (["f(a, 3)"], "", alike("f(a, 3)")),
    "a word and a line": (["unary", "f(a, 3)"], "", alike("f(a)", "f(a, 3)")),
    "a word within a line is none": (["unary(a)"], "", alike("unary(a)")),
    "none": ([], "", []),
    "NumPy's names": (["f(a, dtype=np.int32)"], "", [("f(a, dtype=np.int32)", "f(a, dtype=mx.int32)")]),
    "every one of them": (["f(np.abs(a), np.pi)"], "", [("f(np.abs(a), np.pi)", "f(mx.abs(a), mx.pi)")]),
    "a name that ends likewise": (["f(anp.x)"], "", alike("f(anp.x)")),
    "parted": (["f(a) => mx.abs(a)"], "", [("f(a)", "mx.abs(a)")]),
    "parted by many spaces": ([" f(a)  =>   f(a, 1) "], "", [("f(a)", "f(a, 1)")]),
    "a parted side stays as it is": (["f(a) => f(np.array(a))"], "", [("f(a)", "f(np.array(a))")]),
    "an arrow without spaces": (["f(a, '=>')"], "", alike("f(a, '=>')")),
    "an expression as recipe": (["f(a)"], " mx.exp(a) - 1\n", [("f(a)", "mx.exp(a) - 1")]),
    "a function as recipe": (["f(a)", "f(b)"], "def g(x):\n    return x", alike("f(a)", "f(b)")),
    "a function below an import": (["f(a)", "f(b)"], "import math\ndef g(x):\n    return x", alike("f(a)", "f(b)")),
}


@pytest.mark.parametrize(("written", "recipe", "both"), LINES.values(), ids=LINES)
def test_both_sides_of_a_call(written: list[str], recipe: str, both: list[tuple[str, str]]):
    assert calls.lines(written, recipe) == both


BROKEN = {  # calls, recipe, what is said
    "no end": (["f(a"], "", "`f(a` is no expression"),
    "a statement": (["x = f(a)"], "", "`x = f(a)` is no expression"),
    "nothing": ([" "], "", "is no expression"),
    "a null": (["f(\0)"], "", "is no expression"),
    "on MLX's side": (["f(a) => f(a"], "", "`f(a` is no expression"),
    "the second one": (["f(a)", "f(b))"], "", "`f(b))` is no expression"),
    "two calls of an expression": (["f(a)", "f(b)"], "mx.exp(a)", "exactly one call"),
    "a word of several calls": (["binary"], "a + b", "exactly one call"),
    "an expression without a call": ([], "a + b", "exactly one call"),
    "a recipe of several statements": (["f(a)"], "x = a\nx + 1", "is no expression"),
}


@pytest.mark.parametrize(("written", "recipe", "said"), BROKEN.values(), ids=BROKEN)
def test_a_call_that_cannot_be_made(written: list[str], recipe: str, said: str):
    with pytest.raises(calls.CallError) as error:
        calls.lines(written, recipe)
    assert said in str(error.value)


USED = {
    "f(a)": {"a"},
    "f(a, row)": {"a", "row"},
    "f(3)": set(),
    "f(v, axis=w)": {"v", "w"},
    "f(a, q=2)": {"a"},
    "f('a')": set(),
    "f(x, z)": set(),
    "[f(a) for _ in range(2)]": {"a"},
    "[f(x, b) for x in a]": {"a", "b"},
    "[[f(x, m) for x in p] for _ in range(2)]": {"m", "p"},
    "{i: f(u) for i in range(2)}": {"u"},
    "(lambda x: f(x, o))(y)": {"o", "y"},
    "(lambda a: f(a))(q)": {"q"},
    "f(lambda: i)": {"i"},
    "a[i]": {"a", "i"},
    "f(*v, **w)": {"v", "w"},
}


@pytest.mark.parametrize(("line", "names"), USED.items(), ids=USED)
def test_inputs_that_a_line_uses(line: str, names: set[str]):
    assert calls.used(line) == names


def made(dataset, names: dict[str, bool] | None = None, same: dict[str, bool] | None = None) -> list[calls.Job]:
    return list(jobs(dataset, names or {}, same or {}, lookup.counterpart))


SUM = '["numpy.sum"]\nmlx = ["mlx.core.sum"]\nverdict = "same"\ncalls = ["unary"]\n'
TUNED = SUM + 'compare = "distribution"\ntolerance = { ulp = 64, reason = "x" }\n'
RECIPE = '["numpy.vander"]\nverdict = "recipe"\nrecipe = "mx.exp(a)"\ncalls = ["f(a)"]\n'
FORMS = """
["numpy.max"]
mlx = ["mlx.core.max"]
[["numpy.max".forms]]
name = "plain"
verdict = "same"
calls = ["f(a)"]
[["numpy.max".forms]]
name = "by hand"
verdict = "recipe"
recipe = "a.max()"
calls = ["f(a, 0)"]
[["numpy.max".forms]]
name = "not called"
verdict = "same"
"""


def test_a_job_tells_all_that_a_worker_needs(read):
    dataset, _ = read(a=toml(TUNED + RECIPE + FORMS))
    assert [job.data() for job in made(dataset)] == [
        calls.Job("numpy.sum", "numpy.sum", "mlx.core.sum", "", [("f(a)", "f(a)")], "distribution", 64).data(),
        calls.Job("numpy.vander", "numpy.vander", "", "mx.exp(a)", [("f(a)", "mx.exp(a)")], "values", 8).data(),
        calls.Job("numpy.max plain", "numpy.max", "mlx.core.max", "", [("f(a)", "f(a)")], "values", 8).data(),
        calls.Job("numpy.max by hand", "numpy.max", "", "a.max()", [("f(a, 0)", "a.max()")], "values", 8).data(),
    ]


@pytest.mark.parametrize("text", [SUM.replace('calls = ["unary"]', ""), SUM.replace("unary", "f(a"), RECIPE.replace("f(a)", "binary")])
def test_no_calls_or_broken_ones_are_no_job(read, text: str):
    dataset, _ = read(a=toml(text))
    assert made(dataset) == []


ALIAS = SUM.replace("sum", "max") + '["numpy.amax"]\nalias_of = "numpy.max"\n'
ONE, OWN, BOTH = {"numpy.amax numpy.max": True}, {"mlx.core.amax": True}, {"mlx.core.amax mlx.core.max": True}
ALIASES = {  # names that exist, pairs that are one object, MLX's name in the alias's job
    "another object": ({}, {}, "mlx.core.max"),
    "another object, with its own counterpart": (OWN, {}, "mlx.core.amax"),
    "another object, MLX's the same": (OWN, BOTH, "mlx.core.amax"),
    "the same object": ({}, ONE, None),
    "the same object, with its own counterpart": (OWN, ONE, "mlx.core.amax"),
    "the same object on both sides": (OWN, ONE | BOTH, None),
}


@pytest.mark.parametrize(("names", "same", "mlx"), ALIASES.values(), ids=ALIASES)
def test_an_alias_is_called_where_it_could_answer_otherwise(read, names: dict, same: dict, mlx: str | None):
    dataset, _ = read(a=toml(ALIAS))
    target, *own = made(dataset, names, same)
    assert (target.name, target.mlx, target.alias_of) == ("numpy.max", "mlx.core.max", "")
    assert [(job.name, job.numpy, job.mlx, job.alias_of) for job in own] == (
        [("numpy.amax", "numpy.amax", mlx, "numpy.max")] if mlx else []
    )


@pytest.mark.parametrize(("same", "count"), [({}, 2), ({"numpy.other numpy.vander": True}, 1)])
def test_an_alias_of_a_recipe_takes_the_recipe(read, same: dict, count: int):
    dataset, _ = read(a=toml(RECIPE + '["numpy.other"]\nalias_of = "numpy.vander"\n'))
    found = made(dataset, {"mlx.core.other": True}, same)
    assert [(job.mlx, job.recipe) for job in found] == [("", "mx.exp(a)")] * count


def test_an_attribute_is_no_input():
    assert calls.used("f(a).i") == {"a"}


def test_a_recipe_that_is_no_python_is_refused():
    with pytest.raises(calls.CallError, match="the recipe is no Python"):
        calls.lines(["f(a)"], "def f(x):\n    return (")
