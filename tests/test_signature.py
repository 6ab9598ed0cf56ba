"""How the parameters of both sides differ: what signatures say, and what calls of the real functions decide."""

from __future__ import annotations

import ast

import pytest

from mapping.dataset import reader
from mapping.facts import lookup, signature
from mapping.facts.signature import REQUIRED, Parameter, Parameters
from mapping.run import calls

from .conftest import toml

NUMPYS = {  # what `inspect` tells, the parameters
    "by either": (["a", "POSITIONAL_OR_KEYWORD", ""], Parameter("a", True, True)),
    "with a default": (["a", "POSITIONAL_OR_KEYWORD", "None"], Parameter("a", True, True, "None")),
    "by position": (["a", "POSITIONAL_ONLY", ""], Parameter("a", True, False)),
    "by keyword": (["a", "KEYWORD_ONLY", "0"], Parameter("a", False, True, "0")),
    "all others": (["a", "VAR_POSITIONAL", ""], None),
    "all other keywords": (["a", "VAR_KEYWORD", ""], None),
}


@pytest.mark.parametrize(("told", "wanted"), NUMPYS.values(), ids=NUMPYS)
def test_numpys_parameters(told: list, wanted: Parameter | None):
    assert signature.numpys([told]) == ([wanted] if wanted else [])


A, AXIS = Parameter("a", True, True), Parameter("axis", True, True, "None")
OVERLOADS = {  # a signature as MLX's docstring has it, the parameters
    "by either": ("def f(a: array, axis: int | None = None) -> array", [A, AXIS]),
    "by position": ("def f(a: array, /, axis: None | int = None) -> array", [Parameter("a", True, False), AXIS]),
    "by keyword": ("def f(a, *, axis: int = -1) -> array", [A, Parameter("axis", False, True, "-1")]),
    "by keyword, without a default": ("def f(*, a, axis = None)", [Parameter("a", False, True), Parameter("axis", False, True, "None")]),
    "the rest": ("def f(*arrays: array, indexing: str = 'xy') -> list", [Parameter("indexing", False, True, "'xy'")]),
    "a default before the star": (
        "def f(a, /, axis = (0, 1), *, k = 1.0)",
        [Parameter("a", True, False), Parameter("axis", True, True, "(0, 1)"), Parameter("k", False, True, "1.0")],
    ),
    "all by position": ("def f(a, axis = None, /)", [Parameter("a", True, False), Parameter("axis", True, False, "None")]),
    "spaces around": ("  def f(a) -> array\n", [A]),
    "nothing": ("def f() -> int", []),
}


@pytest.mark.parametrize(("text", "wanted"), OVERLOADS.values(), ids=OVERLOADS)
def test_mlxs_parameters(text: str, wanted: list[Parameter]):
    assert signature.mlxs([text]) == [wanted]


def test_overloads_that_cannot_be_read_are_left_out():
    assert signature.mlxs(["def f(a: array", "def f(a)", "f(...)", "def f(axis = None)"]) == [[A], [AXIS]]


def numpy(text: str) -> list[Parameter]:
    (found,) = signature.mlxs([f"def f({text})"])
    return found


def told(found: Parameters) -> dict:
    return {key: value for key, value in vars(found).items() if value}


UFUNC = "x, /, out=None, *, where=True, casting='same_kind', order='K', dtype=None, subok=True, signature=None"
COMPARED = {  # NumPy's parameters, MLX's overloads, what they alone tell
    "the same": ("a, axis=None", ["a, axis=None"], {}),
    "missing": ("a, axis=None, dtype=None", ["a, axis=None"], {"missing": ["dtype"]}),
    "ignored": ("a, out=None, *, where=None, like=None, device=None", ["a"], {"ignored": ["out", "where", "like", "device"]}),
    "a ufunc's dtype": (UFUNC, ["a, /"], {"ignored": ["out", "where", "casting", "order", "dtype", "subok", "signature"]}),
    "extra": ("a", ["a, axis=None, *, k=1, stream=None"], {"extra": ["axis", "k"]}),
    "renamed": ("a, fill", ["a, vals"], {"renamed": {"fill": "vals"}}),
    "renamed in its place": ("a, fill, k=0", ["a, vals, k=0"], {"renamed": {"fill": "vals"}}),
    "the first one has no name": ("a", ["x"], {}),
    "by position on NumPy's side": ("a, b, /", ["x, y"], {}),
    "by position on MLX's side": ("a, b", ["x, y, /"], {}),
    "not renamed to one that both have": ("a, b, c=0", ["a, c=0"], {"missing": ["b"]}),
    "not renamed for one that is NumPy's too": ("a, b, c", ["a, c, b"], {}),
    "extra between those that both have": ("a, b", ["a, z, b"], {"extra": ["z"]}),
    "plumbing is not renamed": ("a, out=None", ["a, k=1"], {"ignored": ["out"], "extra": ["k"]}),
    "by keyword alone is not renamed": ("a, *, b", ["a, *, k"], {"missing": ["b"], "extra": ["k"]}),
    "any overload": ("a, axis, k", ["a, axis", "a, k"], {}),
    "the longest overload": ("a, fill, k", ["k", "a, vals, k"], {"renamed": {"fill": "vals"}}),
    "no overload": ("a, b", [], {"missing": ["a", "b"]}),
    "more than one extra": ("a", ["a, *, z=1, b=2"], {"extra": ["b", "z"]}),
}


@pytest.mark.parametrize(("mine", "mlx", "wanted"), COMPARED.values(), ids=COMPARED)
def test_what_signatures_alone_tell(mine: str, mlx: list[str], wanted: dict):
    assert told(signature.compared(numpy(mine), [numpy(one) for one in mlx])) == wanted


MINE = "a, axis=None, dtype=None, *, keepdims=False"


def tried(*lines: str, mine: str = MINE, mlx: str = "a, axis=None, *, keepdims=False") -> dict[tuple[str, str], str]:
    """The calls that would be made, by purpose and parameter: NumPy's side."""
    found = signature.parameter_calls(calls.lines(list(lines)), numpy(mine), [numpy(mlx)])
    assert len({(one["purpose"], one["parameter"]) for one in found}) == len(found)
    return {(one["purpose"], one["parameter"]): one["numpy"] for one in found}


def test_a_parameter_that_a_call_gives_is_tried_in_every_way():
    assert tried("f(a, axis=1)") == {
        ("form a Python number", "a"): "f(2.5, axis=1)",
        ("keyword", "a"): "f(a=a)",
        ("given", "axis"): "f(a, axis=1)",
        ("keyword", "axis"): "f(a, axis=1)",
        ("position", "axis"): "f(a, 1)",
        ("omitted", "axis"): "f(a)",
        ("form a tuple", "axis"): "f(a, axis=(0,))",
        ("form two axes", "axis"): "f(a, axis=(0, 1))",
        ("form `None`", "axis"): "f(a, axis=None)",
        ("form a negative number", "axis"): "f(a, axis=-1)",
        ("missing", "dtype"): "f(a, axis=1, dtype=None)",
    }


TRIED = {  # a line, a purpose and a parameter: the call, or none
    "what is filled in": (["f(a, dtype=x)"], MINE, "position", "dtype", "f(a, None, x)"),
    "what cannot be filled in": (["f(a, dtype=x)"], "a, axis=g, dtype=None", "position", "dtype", None),
    "by keyword alone": (["f(a, keepdims=True)"], MINE, "position", "keepdims", None),
    "by position alone": (["f(a, b)"], "a, b, /", "keyword", "b", None),
    "without a default": (["f(a, b)"], "a, b", "omitted", "b", None),
    "a required one after it": (["f(3, 4)"], "shape, vals", "keyword", "shape", "f(shape=3, vals=4)"),
    "the other stays in its place": (["f(3, 4)"], "shape, vals", "keyword", "vals", "f(3, vals=4)"),
    "one at a time": (["f(a, 1, x)"], MINE, "given", "axis", "f(a, axis=1)"),
    "together with those before it": (["f(a, 1, x)"], MINE, "given", "dtype", "f(a, axis=1, dtype=x)"),
    "the first line that gives it": (["f(a)", "f(a, 1)", "f(a, axis=2)"], MINE, "given", "axis", "f(a, axis=1)"),
    "missing, but given": (["f(a, dtype=x)"], MINE, "missing", "dtype", None),
    "missing, with a default that is no literal": (["f(a)"], "a, initial=g()", "missing", "initial", None),
    "a first argument that is no input": (["f(3, 4)"], "n, m", "given", "n", "f(3, 4)"),
    "a first argument that is an input": (["f(a, 4)"], "n, m", "given", "n", None),
    "an input by keyword": (["f(a, 4)"], "n, m", "keyword", "n", "f(n=a, m=4)"),
    "another side of MLX": (["f(a, axis=1) => f(a, 1)"], MINE, "given", "axis", None),
    "another function": (["g(a, axis=1)"], MINE, "given", "axis", None),
    "more than a call": (["f(a, axis=1)[0]"], MINE, "given", "axis", None),
    "too many": (["f(a, 1, 2, 3)"], MINE, "given", "axis", None),
    "as many as there are": (["f(a, 1, 2)"], MINE, "given", "axis", "f(a, axis=1)"),
    "an unknown name": (["f(a, axis=1, k=2)"], MINE, "given", "axis", None),
    "a star": (["f(*a, axis=1)"], MINE, "given", "axis", None),
    "a shape": (["f(a, 3)"], "a, shape", "form a list", "shape", "f(a, [3, 2])"),
}


@pytest.mark.parametrize(("lines", "mine", "purpose", "parameter", "call"), TRIED.values(), ids=TRIED)
def test_which_call_decides(lines: list[str], mine: str, purpose: str, parameter: str, call: str | None):
    assert tried(*lines, mine=mine).get((purpose, parameter)) == call


def test_a_probe_has_both_sides_and_its_base():
    (one,) = [
        one
        for one in signature.parameter_calls(calls.lines(["f(3, dtype=np.int32)"]), numpy("n, dtype=None"), [numpy("n, dtype=None")])
        if one["purpose"] == "position"
    ][1:]
    assert one == {
        "purpose": "position",
        "parameter": "dtype",
        "base": "f(3, dtype=np.int32)",
        "numpy": "f(3, np.int32)",
        "mlx": "f(3, mx.int32)",
    }


def test_a_renamed_parameter_is_tried_under_both_names():
    found = signature.parameter_calls(calls.lines(["f(3, 4)"]), numpy("shape, fill"), [numpy("shape, vals")])
    both = {one["purpose"]: (one["numpy"], one["mlx"]) for one in found if one["parameter"] == "fill"}
    assert both["renamed"] == ("f(3, fill=4)", "f(3, vals=4)")
    assert both["keyword"] == ("f(3, fill=4)", "f(3, fill=4)")
    assert both["position"] == ("f(3, 4)", "f(3, 4)")
    assert [one["parameter"] for one in found if one["purpose"] == "renamed"] == ["fill"]


def test_every_probe_is_an_expression():
    for lines in (["f(a, axis=1)", "f(a, 1, x, keepdims=True)"], ["f(a, dtype=np.int32)"], ["binary"]):
        for call in tried(*lines).values():
            ast.parse(call, mode="eval")


P = "parameters"
DECIDED = {  # NumPy's parameters, MLX's, kinds of probes that differ, what is decided
    "all agree": ("a, axis=None", "a, axis=None", {}, {}),
    "by position only": ("a, axis=None", "a, axis=None, /", {"keyword": P, "given": P}, {"positional": ["axis"]}),
    "refused though it is shown": ("a, axis=None", "a, axis=None", {"keyword": P}, {"untrue": ["axis"], "positional": ["axis"]}),
    "refused however it is given": ("a, axis=None", "a, axis=None", {"keyword": P, "position": P}, {"untrue": ["axis"]}),
    "renamed": ("a, fill=0", "a, vals=0", {"keyword": P}, {"renamed": {"fill": "vals"}}),
    "refused under MLX's name": ("a, fill=0", "a, vals=0", {"keyword": P, "renamed": P}, {"missing": ["fill"], "extra": ["vals"]}),
    "otherwise under MLX's name": ("a, fill=0", "a, vals=0", {"keyword": P, "renamed": "value"}, {"missing": ["fill"], "extra": ["vals"]}),
    "both names are taken": ("a, fill=0", "a, vals=0", {}, {"undocumented": ["fill"]}),
    "in another place": ("a, axis=None", "a, axis=None", {"position": "shape"}, {"order": ["axis"]}),
    "in no place": ("a, axis=None", "a, *, axis=None", {"position": P}, {}),
    "refused by position on both sides": ("a, axis=None", "a, axis=None", {"position": "refused"}, {}),
    "otherwise however it is given": (
        "a, axis=None",
        "a, axis=None",
        {"given": "dtype", "keyword": "dtype", "position": "dtype", "omitted": "dtype"},
        {},
    ),
    "required": ("a, axis=None", "a, axis", {"omitted": P}, {"required": ["axis"]}),
    "required, by an error": ("a, axis=None", "a, axis", {"omitted": "error"}, {"required": ["axis"]}),
    "required, by position alone": (
        "a, axis=None",
        "a, axis, /",
        {"omitted": P, "keyword": P},
        {"required": ["axis"], "positional": ["axis"]},
    ),
    "never taken": ("a, axis=None", "a, axis=None", {"omitted": P, "keyword": P, "given": P, "position": P}, {"untrue": ["axis"]}),
    "another default": ("a, axis=None", "a, axis=0", {"omitted": "shape"}, {"default": ["axis"]}),
    "refused without it": ("a, axis=None", "a, axis=None", {"omitted": "refused"}, {}),
    "answered without it": ("a, axis=None", "a, axis=None", {"omitted": "unraised"}, {}),
    "missing": ("a, axis=None, dtype=None", "a, axis=None", {"missing": P}, {"missing": ["dtype"]}),
    "missing, by an error": ("a, axis=None, dtype=None", "a, axis=None", {"missing": "error"}, {"missing": ["dtype"]}),
    "missing, and NumPy refuses": ("a, axis=None, dtype=None", "a, axis=None", {"missing": "refused"}, {"missing": ["dtype"]}),
    "not missing": ("a, axis=None, dtype=None", "a, axis=None", {}, {"undocumented": ["dtype"]}),
    "forms": (
        "a, axis=None",
        "a, axis=None",
        {"form a tuple": P, "form `None`": "error", "form two axes": "value"},
        {"refused": ["a tuple and `None` for `axis`"]},
    ),
    "forms of what is missing": ("a, *, axis=None", "a", {"keyword": P, "form a tuple": P}, {"missing": ["axis"]}),
}


@pytest.mark.parametrize(("mine", "mlx", "kinds", "wanted"), DECIDED.values(), ids=DECIDED)
def test_what_calls_decide(mine: str, mlx: str, kinds: dict[str, str], wanted: dict):
    mine, overloads = numpy(mine), [numpy(mlx)]
    tries = signature.parameter_calls([(f"f(a, {mine[1].name}=1)",) * 2], mine, overloads)
    tries = [one for one in tries if one["parameter"] != "a"]
    assert set(kinds) <= {one["purpose"] for one in tries}
    found = signature.decided(mine, overloads, tries, [kinds.get(one["purpose"], "") for one in tries])
    assert told(found) == wanted


def test_that_the_first_parameter_goes_by_position_is_not_told_of_each():
    mine, overloads = numpy("arrays, axis=0"), [numpy("arrays, axis=0, /")]
    tries = signature.parameter_calls([("f([a, b], axis=1)",) * 2], mine, overloads)
    refused = [one["parameter"] for one in tries if one["purpose"] == "keyword"]
    assert refused == ["arrays", "axis"]
    found = signature.decided(mine, overloads, tries, [P if one["purpose"] == "keyword" else "" for one in tries])
    assert told(found) == {"first": ["arrays"], "positional": ["axis"]}
    assert found.in_words == "takes `axis` by position only"


def test_without_calls_nothing_is_renamed():
    found = signature.decided(numpy("a, fill"), [numpy("a, vals")], [], [])
    assert told(found) == {"missing": ["fill"], "extra": ["vals"]}


OTHERWISE = {  # both sides of a line, NumPy's parameters, MLX's, how NumPy's line fares in MLX, what is decided
    "refused": (("f(a)", "f(a, 2)"), "a", "a, n", P, {"extra": ["n"], "unchanged": ["f(a)"]}),
    "answered": (("f(a)", "f(a, 2)"), "a", "a, n", "", {"extra": ["n"]}),
    "refused for another reason": (("f(a)", "f(a, 2)"), "a", "a, n", "error", {"extra": ["n"]}),
    "under another name": (("f(a, size=(2,))", "f(a, shape=(2,))"), "a, size=None", "a, *, shape=[]", P, {"renamed": {"size": "shape"}}),
    "with another value": (
        ("f(a, size=(2,))", "f(a, shape=(3,))"), "a, size=None", "a, *, shape=[]", P, {"missing": ["size"], "extra": ["shape"]},
    ),
    "for what MLX lacks": (("f(a, copy=True)", "f(a)"), "a, copy=None", "a", P, {"missing": ["copy"]}),
}  # fmt: skip


@pytest.mark.parametrize(("line", "mine", "mlx", "kind", "wanted"), OTHERWISE.values(), ids=OTHERWISE)
def test_a_line_that_mlx_takes_only_when_it_is_written_otherwise(line, mine: str, mlx: str, kind: str, wanted: dict):
    mine, overloads = numpy(mine), [numpy(mlx)]
    tries = signature.parameter_calls([line], mine, overloads)
    assert [(one["purpose"], one["numpy"], one["mlx"]) for one in tries] == [("unchanged", line[0], line[0])]
    assert told(signature.decided(mine, overloads, tries, [kind])) == wanted


WORDS = {  # what differs, how it is told, whether a call is answered otherwise
    "nothing": ({}, "", False),
    "missing": ({"missing": ["a", "b"]}, "MLX lacks `a`, `b`", False),
    "renamed": ({"renamed": {"a": "b"}}, "takes `b` for `a`", True),
    "required": ({"required": ["a"]}, "requires `a`", True),
    "default": ({"default": ["a"]}, "has another default for `a`", True),
    "order": ({"order": ["a"]}, "takes `a` in another place", True),
    "positional": ({"positional": ["a"]}, "takes `a` by position only", False),
    "refused": ({"refused": ["a list for `a`", "x for `b`"]}, "refuses a list for `a`, x for `b`", False),
    "untrue": ({"untrue": ["a"]}, "refuses `a` by keyword, though its signature shows it", False),
    "undocumented": ({"undocumented": ["a"]}, "takes `a`, though its signature does not say so", False),
    "extra": ({"extra": ["a"]}, "has also `a`", False),
    "ignored": ({"ignored": ["a"]}, "", False),
    "written otherwise": ({"unchanged": ["f(a)", "f(a, 1)"]}, "does not take `f(a)` as it is", True),
    "two": ({"missing": ["a"], "extra": ["b"]}, "MLX lacks `a`; has also `b`", False),
}


@pytest.mark.parametrize(("what", "text", "differ"), WORDS.values(), ids=WORDS)
def test_what_differs_in_words(what: dict, text: str, differ: bool):
    found = Parameters(**what)
    assert (found.in_words, found.differ) == (text, differ)


LIVE = {  # name, its calls, what the live functions decide
    "full": (
        ["f((2, 3), 7)", "f((2, 2), 1, dtype=np.int32)"],
        {"renamed": {"fill_value": "vals"}, "missing": [], "ignored": ["order", "device", "like"]},
    ),
    "eye": (["f(3)", "f(3, M=4)", "f(3, k=1)"], {"renamed": {"M": "m"}, "missing": [], "untrue": [], "refused": []}),
    "sum": (
        ["reduction"],
        {
            "missing": ["dtype", "initial"],
            "ignored": ["out", "where"],
            "renamed": {},
            "positional": [],
            "required": [],
            "refused": ["a Python number for `a`"],
        },
    ),
    "clip": (
        ["f(a, 0, 2)", "f(a, None, 1)", "f(a, b, b)"],
        {"missing": ["min", "max"], "ignored": ["out"], "renamed": {}, "positional": []},
    ),
    "linspace": (
        ["f(0, 1)", "f(0, 1, 5)", "f(0.0, 2.0, num=4, endpoint=False)"],
        {"missing": ["retstep", "axis"], "renamed": {}, "order": [], "default": [], "extra": []},
    ),
    "add": (
        ["binary"],
        {"missing": [], "renamed": {}, "extra": [], "ignored": ["out", "where", "casting", "order", "dtype", "subok", "signature"]},
    ),
    "tile": (["f(a, (2, 1))", "f(a, 2)"], {"positional": ["reps"], "untrue": [], "renamed": {}}),
    "stack": (["f([a, b])", "f([a, b], axis=0)"], {"untrue": ["arrays"], "positional": [], "first": ["arrays"], "missing": ["dtype"]}),
    "take": (["f(a, i)", "f(a, i, axis=0)"], {"refused": ["a list for `indices`"], "missing": ["mode"]}),
    "tensordot": (["f(q, p)", "f(q, p, axes=1)"], {"refused": ["a list and a tuple for `axes`"], "positional": ["b"]}),
    "reshape": (["f(a[:1], (3,))"], {"missing": ["copy"], "ignored": ["order"]}),
    "pad": (["f(a, 1)"], {"extra": ["constant_values"]}),
    "nan_to_num": (["f(a)", "f(a, nan=1.0)"], {"missing": ["copy"]}),
}
NO_FORM = "numpy.reshape"


@pytest.fixture(scope="module")
def live(pool, tmp_path_factory) -> lookup.Facts:
    """Facts of entries that call these functions."""
    text = "".join(f'["numpy.{name}"]\nmlx = ["mlx.core.{name}"]\nverdict = "same"\ncalls = {lines}\n' for name, (lines, _) in LIVE.items())
    text += (
        '["numpy.vander"]\nverdict = "recipe"\nrecipe = "mx.exp(a)"\ncalls = ["f(v)"]\n'
        '["numpy.not_there"]\nmlx = ["mlx.core.sum"]\nverdict = "same"\n'
    )
    folder = tmp_path_factory.mktemp("entries")
    (folder / "a.toml").write_text(toml(text))
    dataset, problems = reader.read(folder, folder)
    assert problems == []
    return lookup.facts(dataset, pool)


@pytest.mark.parametrize("name", LIVE)
def test_what_live_functions_decide(live: lookup.Facts, name: str):
    found = live.summaries[f"numpy.{name}"].parameters
    wanted = LIVE[name][1]
    assert {key: getattr(found, key) for key in wanted} == wanted


def test_a_number_for_a_shape_is_refused(live: lookup.Facts):
    assert "a number for `shape`" in live.summaries[NO_FORM].parameters.refused


def test_jobs_and_what_they_showed_belong_together(live: lookup.Facts):
    assert [job.name for job in live.jobs] == list(live.summaries) == [*(f"numpy.{name}" for name in LIVE), "numpy.vander"]
    assert all(job.parameter_calls for job in live.jobs[:-1])
    assert live.jobs[-1].parameter_calls == []
    of_recipe = live.summaries["numpy.vander"].parameters
    assert of_recipe and of_recipe.missing == ["N", "increasing"]


def test_defaults_that_calls_need_are_literals():
    assert REQUIRED == "" and Parameter("a", True, True).default == REQUIRED
    for forms in (*signature.FORMS.values(), signature.OPERAND):
        assert all(ast.literal_eval(text) is not Ellipsis for text in forms.values())


@pytest.mark.parametrize(
    ("name", "lines", "renamed"),
    [("full", ["f((2, 3), 7)"], {"fill_value": "vals"}), ("eye", ["f(3)", "f(3, 4, 1)"], {"M": "m"})],
)
def test_a_renamed_parameter_does_not_spoil_the_trial_of_another(name, lines, renamed, pool):
    found = lookup.Facts({}, {}, {}, {}, signatures=pool.facts([f"numpy.{name}", f"mlx.core.{name}"])["signatures"])
    mine, mlx = signature.numpys(found.signatures[f"numpy.{name}"]), signature.mlxs(found.signatures[f"mlx.core.{name}"])
    both = calls.lines(lines)
    parameter_calls = signature.parameter_calls(both, mine, mlx)
    job = calls.Job(name, f"numpy.{name}", f"mlx.core.{name}", lines=both, parameter_calls=parameter_calls)
    steps = pool.cells([job.data()])[name]
    decided = signature.decided(mine, mlx, parameter_calls, [step["kind"] for step in steps if step["what"] == "parameter"])
    assert (decided.renamed, decided.untrue, decided.refused) == (renamed, [], [])


def test_a_call_that_crashes_is_no_call_that_is_taken():
    mine, mlx = numpy("a, dtype=None"), [numpy("a")]
    parameter_calls = signature.parameter_calls([("f(a)", "f(a)")], mine, mlx)
    decided = signature.decided(mine, mlx, parameter_calls, ["undefined" for _ in parameter_calls])
    assert (decided.undocumented, decided.missing) == ([], ["dtype"])


def test_a_keyword_that_works_against_the_signature_is_told():
    mine, mlx = numpy("a, axis=None"), [numpy("a, axis=None, /")]
    parameter_calls = signature.parameter_calls([("f(a, axis=1)",) * 2], mine, mlx)
    assert signature.decided(mine, mlx, parameter_calls, ["" for _ in parameter_calls]).undocumented == ["a", "axis"]


@pytest.mark.parametrize(
    ("recipe", "mine", "wanted"),
    [
        ("def f(a):\n    return a", "a, axis=None, keepdims=False", {"missing": ["axis", "keepdims"]}),
        ("mx.max(a) - mx.min(a)", "a, axis=None", {"missing": ["axis"]}),
        ("def g(x):\n    return x\ndef f(a, axis=0):\n    return g(a)", "a, axis=None", {}),
        ("def f(a, n):\n    return a", "a, parts", {"renamed": {"parts": "n"}}),
        ("def f(a, size):\n    return a", "a, trim='fb'", {"missing": ["trim"], "extra": ["size"]}),
    ],
)
def test_a_recipe_says_what_it_does_not_take(recipe: str, mine: str, wanted: dict):
    own = signature.of_recipe(recipe, numpy(mine))
    found = signature.decided(numpy(mine), own, [], [], own=True)
    assert {key: value for key, value in vars(found).items() if value} == wanted


def test_a_recipe_of_any_number_of_arguments_tells_nothing():
    assert signature.of_recipe("def f(*axes):\n    return axes", numpy("a")) == []


def test_a_recipe_is_tried_where_its_call_is_numpys():
    mine, recipe = numpy("a, axis=None"), "def f(a, axis=0):\n    return a"
    own = signature.of_recipe(recipe, mine)
    both = signature.parameter_calls(calls.lines(["f(a, axis=1)", "f(a, axis=0) => f(a)"], recipe), mine, own, own=True)
    assert {one["purpose"] for one in both} >= {"keyword", "omitted", "position"} and "unchanged" not in {one["purpose"] for one in both}
    kinds = ["value" if one["purpose"] == "omitted" else "error" if one["purpose"] == "form a tuple" else "" for one in both]
    found = signature.decided(mine, own, both, kinds, own=True)
    assert found.default == ["axis"] and found.refused == ["a tuple for `axis`"]
