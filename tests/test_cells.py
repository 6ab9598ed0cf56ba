"""Inputs of every cell, what is compared in it, and what remains of a job when one of its cells ends its worker."""

from __future__ import annotations

import itertools

import mlx.core as mx
import numpy as np
import pytest

from mapping.run import calls, process
from mapping.run.pool import Pool
from mapping.run.process import RunError
from mapping.run.shape import fits
from mapping.run.steps import SHAPE, shortened
from mapping.worker import cells
from mapping.worker.inputs import Case, alone, cases, inputs, other
from mapping.worker.names import resolve
from mapping.worker.values import freeze, thawed

pytestmark = pytest.mark.filterwarnings("ignore::Warning")  # NumPy warns of casts and overflows that cells are made of

DTYPES = [
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "bfloat16", "float32", "float64", "complex64"),
]
SPECIALS = [
    *("float32 NaN", "float32 infinity", "float32 -0.0", "int32 extremes", "int64 extremes", "uint8 extremes"),
    *("uint64 extremes", "float16 extremes", "complex64 NaN"),
]
NO_MATRIX = [  # not where a line has square matrices
    *(f"{dtype} {special}" for dtype in ("float16", "bfloat16") for special in ("NaN", "infinity", "-0.0")),
    *("complex64 infinity", "complex64 -0.0", "uint16 extremes", "uint32 extremes"),
]
BY_B = ["float32 zero divisor", "int32 zero divisor"]
HALVES_BY_B = ["float16 zero divisor", "bfloat16 zero divisor", "complex64 zero divisor"]
LARGE = ["float32 large", "float32 small", "int32 large", "complex64 large"]  # where a line may compute each number by itself
ANY = (["1-d", "3-d"], ["0-d", "empty", "empty 2-d"])
KINDS_OF_LINES = {  # inputs, its main shape, other shapes, corners
    "any shape": ("a", "2-d", *ANY),
    "two of any shape": ("a b", "2-d", *ANY),
    "a mask": ("m", "2-d", *ANY),
    "an array and a vector": ("a v", "2-d", *ANY),
    "a row": ("a row", "2-d", ["1-d", "3-d"], ["empty", "empty 2-d"]),
    "an index": ("a i", "2-d", ["1-d", "3-d"], ["empty", "empty 2-d"]),
    "a square": ("q", "2-d", ["3-d"], ["empty 2-d"]),
    "a positive square": ("p", "2-d", ["3-d"], ["empty 2-d"]),
    "a square and a vector": ("q y", "2-d", ["3-d"], ["empty 2-d"]),
    "a square and any shape": ("a q", "2-d", ["3-d"], ["empty 2-d"]),
    "a vector": ("v", "1-d", [], ["empty"]),
    "another vector": ("w", "1-d", [], ["empty"]),
    "a rising vector": ("o", "1-d", [], ["empty"]),
    "a vector's mask": ("u", "1-d", [], ["empty"]),
    "a vector and its index": ("v i", "1-d", [], ["empty"]),
    "a row alone": ("row", "1-d", [], ["empty"]),
    "three numbers": ("y", "1-d", [], []),
}


@pytest.mark.parametrize(("names", "main", "shapes", "corners"), KINDS_OF_LINES.values(), ids=KINDS_OF_LINES)
def test_cases_of_a_line(names: str, main: str, shapes: list[str], corners: list[str]):
    names = set(names.split())
    wanted = {f"{dtype} {main}" for dtype in DTYPES}
    wanted |= {f"{dtype} {shape}" for dtype in ("bool", "int32", "int64", "float32") for shape in shapes}
    wanted |= {f"{dtype} {shape}" for dtype in ("int32", "float32") for shape in corners}
    wanted |= {f"bool {shape}" for shape in {"0-d"} & {*corners}}
    specials = SPECIALS + (BY_B if "b" in names else [])
    if not names & {"q", "p"}:
        specials = specials + NO_MATRIX + (HALVES_BY_B if "b" in names else [])
    if names <= {"a", "b", "row"}:
        specials = specials + LARGE
    wanted |= {special.replace(" ", f" {main} ", 1) for special in specials}
    found = [str(case) for case in cases(names)]
    assert sorted(found) == sorted(wanted)
    assert {one.split(" ", 1)[1] for one in found[: len(DTYPES)]} == {main}  # what a dtype shows is known before its corners


def test_a_line_without_inputs_has_one_case():
    (case,) = cases(set())
    assert (str(case), case.label, case.ordinary) == ("no input", "plain", True)


LABELS = {
    ("float32", "2-d", ""): ("float32", True),
    ("bool", "3-d", ""): ("bool", True),
    ("int32", "1-d", ""): ("int32", True),
    ("int64", "2-d", ""): ("int64", True),
    **{(dtype, "2-d", ""): (dtype, False) for dtype in DTYPES if dtype not in ("bool", "int32", "int64", "float32")},
    ("float32", "0-d", ""): ("0-d", False),
    ("int32", "empty", ""): ("empty", False),
    ("float32", "empty 2-d", ""): ("empty 2-d", False),
    ("float32", "2-d", "NaN"): ("NaN", False),
    ("int32", "1-d", "extremes"): ("extremes", False),
}


@pytest.mark.parametrize(("case", "wanted"), LABELS.items(), ids=[" ".join(one).strip() for one in LABELS])
def test_label_and_ordinary(case: tuple, wanted: tuple[str, bool]):
    found = Case(*case)
    assert (found.label, found.ordinary) == wanted
    assert str(found) == " ".join(case).strip()


SETS = [
    one.split()
    for one in (
        "a",
        "a b",
        "a row",
        "a b m",
        "a i",
        "m i",
        "q",
        "q p",
        "q y",
        "q i",
        "q row",
        "v",
        "w",
        "o",
        "u",
        "v i",
        "v w",
        "o v",
        "row i",
        "y",
        "b i row v",
    )
]
EVERY = [(set(names), case) for names in SETS for case in cases(set(names))]
SHAPES = {"1-d": (4,), "2-d": (2, 3), "3-d": (2, 3, 2), "0-d": (), "empty": (0,), "empty 2-d": (0, 3)}
SQUARES = {"2-d": (3, 3), "3-d": (2, 3, 3), "empty 2-d": (0, 0)}


def test_inputs_have_their_dtype_and_shape():
    for names, case in EVERY:
        given = inputs(case, names)
        assert given.keys() == names
        vector = (0,) if case.shape == "empty" else (4,)
        square = SQUARES.get(case.shape) if names & {"q", "p"} else None
        shapes = {
            **dict.fromkeys("abm", SHAPES[case.shape]),
            **dict.fromkeys("qp", square),
            **dict.fromkeys("vwou", vector),
            "row": (square or SHAPES[case.shape])[-1:],
            "y": (0,) if case.shape == "empty 2-d" else (3,),
        }
        dtypes = {"m": "bool", "u": "bool", "i": "int32"}
        for name, array in given.items():
            wanted = dtypes.get(name, "float32" if case.dtype == "bfloat16" else case.dtype)
            assert array.dtype.name == wanted, (name, str(case))
            assert name == "i" or array.shape == shapes[name], (name, str(case))


def test_inputs_are_the_same_each_time_and_made_anew():
    for names, case in EVERY:
        first, second = inputs(case, names), inputs(case, names)
        before = {name: array.copy() for name, array in second.items()}
        for array in first.values():
            array[...] = 0
        for name, array in second.items():
            np.testing.assert_array_equal(array, before[name], strict=True)
    many = inputs(Case("float32", "2-d"), {"a", "b", "row", "m"})
    assert not any(np.shares_memory(one, two) for one, two in itertools.combinations(many.values(), 2))


def test_no_input_depends_on_which_others_there_are():
    for case in cases({"a"}):
        alone = inputs(case, {"a"})["a"], inputs(case, {"b", "a"})["a"]
        np.testing.assert_array_equal(*alone, strict=True)


def test_an_index_is_in_range_of_every_axis_and_repeats():
    for names, case in EVERY:
        if "i" in names:
            given = inputs(case, names)
            index = given.pop("i")
            first = min(array.shape[0] for name, array in given.items() if name != "row" or len(given) == 1)
            assert index.tolist() == ([first - 1, 0, first - 1] if first else []), (names, str(case))
            assert all(not index.size or 0 <= index.min() <= index.max() < min(array.shape) for array in given.values()), (names, str(case))


def values(name: str, dtype: str, shape: str, special: str = "") -> np.ndarray:
    return inputs(Case(dtype, shape, special), {name})[name]


@pytest.mark.parametrize("dtype", DTYPES)
def test_ordinary_values_differ_and_are_harmless(dtype: str):
    for name, shape in [*itertools.product("ab", ("1-d", "2-d", "3-d")), ("v", "1-d"), ("w", "1-d")]:
        array = values(name, dtype, shape)
        assert np.isfinite(array).all()
        if dtype != "bool":
            assert len(set(array.flat)) > 2
    if dtype != "bool":
        assert not np.array_equal(values("a", dtype, "2-d"), values("b", dtype, "2-d"))
        assert len(set(values("v", dtype, "1-d").flat)) < 4 and len(set(values("w", dtype, "1-d").flat)) == 4
    else:
        assert len(set(values("a", dtype, "2-d").flat)) == 2
    assert values("b", dtype, "3-d").all() and values("row", dtype, "1-d").all()


@pytest.mark.parametrize("dtype", [dtype for dtype in DTYPES if dtype[0] in "ifbc"])
def test_signed_values_have_both_signs(dtype: str):
    if dtype != "bool":
        assert values("a", dtype, "2-d").real.min() < 0 < values("a", dtype, "2-d").real.max()


def test_complex_values_are_complex():
    array = values("a", "complex64", "2-d")
    assert np.count_nonzero(array.imag) == array.size and not np.array_equal(array.real, array.imag)


def test_squares():
    assert (np.linalg.eigvals(values("p", "float64", "3-d")).real > 0).all()
    assert not np.array_equal(values("p", "float64", "2-d"), values("q", "float64", "2-d"))
    for name in "qp":
        whole = values(name, "float64", "3-d")
        assert (abs(np.linalg.det(whole)) > 0.5).all()
        assert not np.array_equal(*whole)
    assert not np.array_equal(values("q", "float64", "2-d"), values("q", "float64", "2-d").T)


@pytest.mark.parametrize("case", [case for case in cases({"o"}) if case.special != "NaN" and case.dtype != "complex64"], ids=str)
def test_a_rising_vector_rises(case: Case):
    array = inputs(case, {"o"})["o"]
    assert (array[:-1] <= array[1:]).all()


FIRST = {  # dtype, special: the first two values of `a` and its last
    ("float32", "infinity"): (np.inf, None, -np.inf),
    ("float32", "-0.0"): (-0.0, 0.0, None),
    ("float32", "NaN"): (None, np.nan, None),
    ("complex64", "NaN"): (None, np.nan, None),
    ("int32", "extremes"): (-(2**31), None, 2**31 - 1),
    ("int64", "extremes"): (-(2**63), None, 2**63 - 1),
    ("uint8", "extremes"): (0, None, 255),
    ("uint64", "extremes"): (0, None, 2**64 - 1),
    ("float16", "extremes"): (-65504.0, None, 65504.0),
    ("bfloat16", "infinity"): (np.inf, None, -np.inf),
    ("float16", "-0.0"): (-0.0, 0.0, None),
    ("complex64", "infinity"): (np.inf, None, -np.inf),
}


@pytest.mark.parametrize(("dtype", "special"), FIRST, ids=map(" ".join, FIRST))
@pytest.mark.parametrize(("name", "shape"), [("a", "2-d"), ("v", "1-d"), ("q", "2-d"), ("p", "2-d")])
def test_special_values(name: str, shape: str, dtype: str, special: str):
    array, plain = values(name, dtype, shape, special), values(name, dtype, shape)
    for place, wanted in zip((0, 1, -1), FIRST[dtype, special]):
        got = array.flat[place if place >= 0 else array.size - 1]
        if wanted is None:
            assert got == plain.flat[place if place >= 0 else array.size - 1]
        else:
            assert (np.isnan(got) and np.isnan(wanted)) or (got == wanted and np.signbit(np.real(got)) == np.signbit(wanted))
    assert np.array_equal(array.ravel()[2:-1], plain.ravel()[2:-1])


def test_special_values_of_a_rising_vector():
    assert np.isnan(values("o", "float32", "1-d", "NaN")[-1]) and not np.isnan(values("o", "float32", "1-d", "NaN")[:-1]).any()
    np.testing.assert_array_equal(values("o", "float32", "1-d", "-0.0"), values("o", "float32", "1-d"))
    assert values("o", "float32", "1-d", "infinity")[[0, -1]].tolist() == [-np.inf, np.inf]


@pytest.mark.parametrize("case", list(cases({"a", "b"})), ids=str)
def test_zero_divides_nothing_unless_it_is_said(case: Case):
    given = inputs(case, {"a", "b"})
    zeros = np.flatnonzero(given["b"] == 0).tolist()
    assert zeros == ([0, 1] if case.special == "zero divisor" else [])
    assert np.isfinite(given["b"]).all()
    if case.special == "zero divisor":
        plain = inputs(Case(case.dtype, case.shape), {"a"})["a"]
        same = given["a"] == plain
        assert same.all() if case.dtype != "complex64" else (given["a"].flat[1] == 0 and same.sum() == plain.size - 1)


EACH = {  # NumPy's side of a line: whether each number is computed by itself
    "f": ("np.exp(a)", True),
    "with a number": ("np.power(a, 2)", True),
    "two": ("np.hypot(a, b)", True),
    "a row": ("a + row", True),
    "several answers": ("np.divmod(a, b)", True),
    "a sum": ("np.sum(a)", False),
    "a running sum": ("np.cumsum(a, axis=-1)", False),
    "a running sum along the other axis": ("np.cumsum(a, axis=0)", False),
    "a transform": ("np.fft.fft(a, axis=0)", False),
    "sorted": ("np.sort(a)", False),
    "each with each": ("np.outer(a, b)", False),
    "what NumPy refuses": ("np.sort(a, axis=7)", False),
}


@pytest.mark.parametrize(("line", "wanted"), EACH.values(), ids=EACH)
def test_which_lines_compute_each_number_by_itself(line: str, wanted: bool):
    sides = cells.Sides(calls.Job("x", "numpy.exp").data(), resolve)
    assert cells.each(sides, line, inputs(Case("float32", "2-d", "small"), calls.used(line))) is wanted


def test_numbers_far_from_one_are_tried_where_each_is_computed_by_itself():
    job = calls.Job("numpy.cosh", "numpy.cosh", "mlx.core.cosh").data()
    found = cells.compared(cells.Sides(job, resolve), ("f(a)", "f(a)"), Case("int32", "2-d", "large"))
    assert found["kind"] == "overflow"
    job = calls.Job("numpy.cumsum", "numpy.cumsum", "mlx.core.cumsum").data()
    assert cells.compared(cells.Sides(job, resolve), ("f(a)", "f(a)"), Case("int32", "2-d", "large")) == {"kind": "refused"}


def test_halves_of_two_arrays_are_special_where_each_number_is_computed_by_itself():
    assert alone("complex64", "infinity", {"a", "b"}) and not alone("complex64", "infinity", {"a"})
    assert not alone("float32", "infinity", {"a", "b"}) and alone("float32", "large", {"a"})


def test_mlx_gets_the_same_values_and_dtypes():
    for names, case in EVERY:
        for name, array in inputs(case, names).items():
            mlx = other(array, case.dtype)
            own = {"m": "bool", "u": "bool", "i": "int32"}.get(name, case.dtype)
            assert str(mlx.dtype) == f"mlx.core.{own}", (name, str(case))
            assert mlx.shape == array.shape
            np.testing.assert_array_equal(thawed(freeze(mlx)), array)


def test_empty_arrays_are_made_by_mlx(monkeypatch):
    monkeypatch.setattr(cells.mx, "array", None)
    for dtype in DTYPES:
        for array in (values("a", "float32" if dtype == "bfloat16" else dtype, shape) for shape in ("empty", "empty 2-d")):
            assert other(array, dtype).shape == array.shape


def test_a_function_is_found_by_its_name():
    assert cells.function("numpy.sum", resolve) is np.sum
    assert cells.function("numpy.ndarray.T", resolve)(np.ones((2, 3))).shape == (3, 2)
    assert cells.function("mlx.core.array.T", resolve)(mx.ones((2, 3))).shape == (3, 2)
    assert cells.function("numpy.ndarray.sum", resolve)(np.ones(3)) == 3
    assert cells.function("numpy.pi", resolve) == np.pi
    draws = [cells.function("numpy.random.Generator.normal", resolve)(size=3).tolist() for _ in range(2)]
    assert draws[0] == draws[1]


def job(numpy: str, *written: str, name: str = "job", **more) -> dict:
    recipe = more.get("recipe", "")
    mlx = "" if recipe else more.pop("mlx", numpy.replace("numpy", "mlx.core").replace("ndarray", "array"))
    return calls.Job(name, numpy, mlx, lines=calls.lines(list(written), recipe), **more).data()


def done(one: dict, start: int = 0, ended: str = "") -> list[dict]:
    told: list[dict] = []
    cells.run(one, start, ended, resolve, lambda **message: told.append(message))
    return told


def kinds(steps: list[dict]) -> dict[str, str]:
    return {step["case"]: step["kind"] for step in steps if step["what"] == "cell"}


def test_every_step_tells_where_it_is():
    one = job("numpy.negative", "f(a)", "f(3)", "f(v)")
    steps = done(one)
    assert [step["step"] for step in steps] == list(range(len(steps)))
    both = [(step["what"], step["line"]) for step in steps if step["what"] in ("cell", "through")]
    assert both == [("cell", 0)] * 52 + [("through", 0), ("cell", 1)] + [("cell", 2)] * 35 + [("through", 2)]
    assert [step["case"] for step in steps if step["what"] == "through"] == ["float32 2-d", "float32 1-d"]
    assert all(step["label"] for step in steps)


COMPARED = {  # job, case: kind
    "agrees": (job("numpy.add", "f(a, b)"), {"float32 2-d": "", "float32 2-d NaN": "", "bfloat16 2-d": "", "uint64 2-d": ""}),
    "a dtype": (job("numpy.argmax", "f(a)"), {"float32 2-d": "dtype", "int32 empty": "refused", "int32 0-d": "dtype"}),
    "MLX lacks the keyword": (job("numpy.sum", "f(a, dtype=np.float32)"), {"float32 2-d": "parameters"}),
    "MLX is silent": (job("numpy.sum", "f(a, axis=7) => f(a)"), {"float32 2-d": "unraised", "int32 empty": "unraised"}),
    "both refuse": (job("numpy.sum", "f(a, axis=7)"), {"float32 2-d": "refused"}),
    "shapes": (job("numpy.sum", "f(a) => f(a, axis=0)"), {"float32 2-d": "shape", "float32 1-d": ""}),
    "another place in each dtype": (job("numpy.sum", "f(a) => f(a) + 1"), {"float32 2-d": "value", "int32 1-d": "value"}),
    "draws": (
        job("numpy.random.normal", "f(size=(500,)) => f(shape=(500,)) + 5", mlx="mlx.core.random.normal", compare="shape-dtype"),
        {"no input": ""},
    ),
    "draws elsewhere": (
        job("numpy.random.normal", "f(size=(500,)) => f(shape=(500,)) + 5", mlx="mlx.core.random.normal", compare="distribution"),
        {"no input": "value"},
    ),
    "draws alike": (
        job("numpy.random.normal", "f(size=(500,)) => f(shape=(500,))", mlx="mlx.core.random.normal", compare="distribution"),
        {"no input": ""},
    ),
    "far": (job("numpy.ones", "f(3) => f(3) + 20 * 2**-23", ulp=8), {"no input": "precision"}),
    "near enough": (job("numpy.ones", "f(3) => f(3) + 20 * 2**-23", ulp=32), {"no input": ""}),
    "an input on MLX's side alone": (job("numpy.negative", "f(a) => f(a) + 0 * b"), {"float32 2-d": "", "float32 2-d zero divisor": ""}),
    "a recipe": (job("numpy.exp", "f(a)", recipe="mx.exp(a)"), {"float32 2-d": ""}),
    "a recipe that is a function": (
        job("numpy.exp2", "f(a)", recipe="def g(x):\n    return x + 1\ndef h(x):\n    return mx.power(2, g(x) - 1)"),
        {"float32 2-d": ""},
    ),
    "a recipe that is wrong": (job("numpy.exp2", "f(a)", recipe="def f(x):\n    return x"), {"float32 2-d": "value"}),
    "a method": (job("numpy.ndarray.sum", "f(a, 0)"), {"float32 2-d": "", "float32 0-d": "error"}),
    "an attribute": (job("numpy.ndarray.T", "f(a)"), {"float32 3-d": ""}),
    "a line without the function": (job("numpy.nothing", "a + b", mlx=""), {"float32 2-d": ""}),
    "an iterator": (job("numpy.ndarray.__iter__", "list(a)"), {"float32 2-d": "", "float32 0-d": "refused"}),
    "pairs": (job("numpy.nothing", "zip(v, w) => [[x, y] for x, y in zip(v, w)]", mlx=""), {"float32 1-d": ""}),
}


@pytest.mark.parametrize("name", COMPARED)
def test_what_a_job_shows_can_be_kept_in_a_record(name: str):
    one, _ = COMPARED[name]
    shown = shortened(one, done(one))["shown"]
    assert shown and all(fits(run, SHAPE) for run in shown)


@pytest.mark.parametrize(("one", "wanted"), COMPARED.values(), ids=COMPARED)
def test_kind_of_a_cell(one: dict, wanted: dict[str, str]):
    found = kinds(done(one))
    assert {case: found[case] for case in wanted} == wanted


def test_a_cell_that_differs_tells_both_answers():
    step = next(step for step in done(job("numpy.argmax", "f(a)")) if step["case"] == "int32 2-d")
    assert (step["numpy"], step["mlx"]) == ("array(3, dtype=int64)", "array(3, dtype=uint32)")
    step = next(step for step in done(job("numpy.sum", "f(a, axis=7)")) if step["case"] == "int32 2-d")
    assert step["numpy"].startswith("AxisError: axis 7")


def test_draws_are_the_same_each_time():
    one = job("numpy.random.normal", "f(size=(3,)) => f(shape=(3,))", "f(size=(3,)) => f(shape=(3,)) + 0")
    first, second, again = (step["mlx"] + step["numpy"] for step in [*done(one), *done(one)[:1]])
    assert first == second == again


def test_an_answer_is_evaluated_to_the_end(monkeypatch):
    def late(arrays: list[mx.array]) -> None:
        if arrays:
            raise ValueError("late")

    sides = cells.Sides(job("numpy.exp", "f(a)"), resolve)
    monkeypatch.setattr(cells.mx, "eval", late)
    found = cells.compared(sides, ("(1, [f(a)])",) * 2, Case("float32", "2-d"))
    assert (found["kind"], found["mlx"]) == ("error", "ValueError: late")


def test_a_dtype_that_is_not_there_is_no_difference(monkeypatch):
    sides = cells.Sides(job("numpy.exp", "f(a)"), resolve)
    monkeypatch.setattr(cells, "lacking", lambda dtype: f"no {dtype} here")
    assert cells.compared(sides, ("f(a)", "f(a)"), Case("float64", "2-d")) == {"kind": "absent", "mlx": "no float64 here"}


@pytest.mark.parametrize(("numpy", "ordinary"), [("numpy.sqrt", False), ("numpy.logical_not", True)])
def test_bools_that_numpy_answers_narrowly_are_not_ordinary(numpy: str, ordinary: bool):
    steps = [step for step in done(job(numpy, "f(a)")) if step["what"] == "cell"]
    assert {step["ordinary"] for step in steps if step["label"] == "bool"} == {ordinary}
    assert {step["ordinary"] for step in steps if step["label"] in ("float32", "int32", "int64")} == {True}
    assert {step["ordinary"] for step in steps if step["label"] not in ("bool", "float32", "int32", "int64")} == {False}


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_bools_that_numpy_answers_in_small_integers_are_not_ordinary(dtype: str):
    steps = done(job("numpy.sum", f"(a.astype(np.{dtype}), a) => (a.astype(mx.{dtype}), a)"))
    assert {step["ordinary"] for step in steps if step["what"] == "cell" and step["label"] == "bool"} == {False}
    assert {step["ordinary"] for step in steps if step["what"] == "cell" and step["label"] in ("int32", "float32")} == {True}
    steps = done(job("numpy.sum", "(a.astype(np.int16), a) => (a.astype(mx.int16), a)"))
    assert {step["ordinary"] for step in steps if step["what"] == "cell" and step["label"] == "bool"} == {True}


def test_an_alias_that_answers_otherwise_is_told():
    steps = done(job("numpy.fmax", "f(a, b)", mlx="mlx.core.maximum", alias_of="numpy.maximum"))
    assert {step["label"] for step in steps if step["kind"] == "alias"} == {"NaN"}
    told = next(step for step in steps if step["kind"] == "alias")
    assert "nan" in told["numpy"] and "nan" not in told["mlx"]


SAME = {  # line, alias, target, whether any cell is told
    "the same": ("f(a)", "numpy.amax", "numpy.max", False),
    "both raise, each in its way": ("f(a, axis=7)", "numpy.amax", "numpy.argmax", False),
    "one alone raises": ("f(a, axis=(0, 1))", "numpy.amax", "numpy.argmax", True),
    "the other alone raises": ("f(a, axis=(0, 1))", "numpy.argmax", "numpy.amax", True),
}


@pytest.mark.parametrize(("line", "alias", "target", "told"), SAME.values(), ids=SAME)
def test_an_alias_that_answers_alike_is_not_told(line: str, alias: str, target: str, told: bool):
    steps = done(job(alias, line, mlx="mlx.core.max", alias_of=target))
    assert any(step["kind"] == "alias" for step in steps) == told


def test_an_alias_agrees_to_the_last_digit():
    def near(value):
        return np.nextafter(np.asarray(value, np.float32), np.float32(9))

    resolve = {"numpy.far": near, "numpy.exact": lambda value: np.asarray(value, np.float32), "mlx.core.exact": lambda value: value}.get
    one = calls.Job("job", "numpy.far", "mlx.core.exact", lines=[("f(v)", "f(v)")], alias_of="numpy.exact").data()
    case = Case("float32", "1-d")
    assert cells.compared(cells.Sides(one, resolve), ("f(v)", "f(v)"), case)["kind"] == "alias"
    assert cells.compared(cells.Sides({**one, "alias_of": ""}, resolve), ("f(v)", "f(v)"), case)["kind"] == ""


THROUGH = {  # line, what is shown
    "a view": ("np.transpose(a)", ["aliasing"]),
    "a view among others": ("np.split(v, 2)", ["aliasing"]),
    "a copy": ("np.sort(a)", []),
    "a view that cannot be written": ("np.broadcast_to(a, (2, 2, 3))", []),
    "NumPy alone changes its input": ("np.fill_diagonal(a, 9) => mx.array(0)", ["mutation"]),
    "MLX alone changes its input": ("a.sum() => a.__setitem__(0, 9)", ["mutation"]),
    "both do": ("a.__setitem__(0, 9)", []),
    "NumPy raises": ("f(a)", []),
    "MLX raises": ("np.transpose(a) => mx.nothing(a)", []),
    "both are views": ("a", []),
    "a view of one that is true": ("m[:1, :1] => m[:1, :1] == True", ["aliasing"]),
    "a view of one that is false": ("m[:1, 1:2] => m[:1, 1:2] == True", ["aliasing"]),
    "a view of what both change": ("(a.__setitem__(0, 9), a[0])[1]", []),
}


@pytest.mark.parametrize(("line", "shown"), THROUGH.values(), ids=THROUGH)
def test_what_is_written_through(line: str, shown: list[str]):
    steps = done(job("numpy.full", line))
    assert [step["shown"] for step in steps if step["what"] == "through"] == [shown]


PROBES = {  # base, both sides, kind
    "taken": ("f(a)", "f(a, axis=0)", "f(a, axis=0)", ""),
    "refused by MLX": ("f(a)", "f(a, dtype=None)", "f(a, dtype=None)", "parameters"),
    "otherwise": ("f(a)", "f(a, 0)", "f(a, 1)", "shape"),
    "refused by both": ("f(a)", "f(a, axis=7)", "f(a, axis=7)", "refused"),
    "answered by MLX alone": ("f(a)", "f(a, axis=7)", "f(a)", "unraised"),
    "the first input that NumPy takes": ("f(a & 1)", "f(a & 1)", "f(a & 2)", "value"),
    "one axis": ("f(v, axis=0)", "f(v, axis=0)", "f(v, axis=0)", ""),
    "three axes": ("f(a, axis=2)", "f(a, axis=2)", "f(a, axis=1)", "shape"),
    "no input": ("f(3)", "f(3)", "f(4)", "parameters"),
    "integers before one axis": ("f(a & 6, axis=1)", "f(a & 6, axis=1)", "f(a & 4, axis=1)", "value"),
    "never taken": ("f(a, axis=7)", "f(a)", "f(a)", "refused"),
}


@pytest.mark.parametrize(("base", "numpy", "mlx", "kind"), PROBES.values(), ids=PROBES)
def test_a_probe_is_called_on_the_first_input_that_fits(base: str, numpy: str, mlx: str, kind: str):
    shows = {"purpose": "given", "parameter": "axis", "base": base, "numpy": numpy, "mlx": mlx}
    (step,) = done(job("numpy.sum", parameter_calls=[shows]))
    assert (step["what"], step["kind"]) == ("parameter", kind)


def test_a_job_goes_on_where_it_is_told():
    one = job("numpy.negative", "f(a)")
    whole = done(one)
    assert done(one, 5) == whole[5:]
    assert done(one, len(whole) + 1) == []
    first, *rest = done(one, 5, "the process died")
    wanted = {key: whole[4][key] for key in ("step", "what", "line", "case", "label", "ordinary")}
    assert first == {**wanted, "kind": "undefined", "mlx": "the process died"}
    assert rest == whole[5:]


KILL = "__import__('os').kill(__import__('os').getpid(), 9)"
ENDS = {  # how MLX's side ends its worker in one dtype, what is said of it
    "killed": (KILL, "the process killed by SIGKILL"),
    "exits": ("__import__('os')._exit(0)", "the process exited with status 0"),
    "crashes": ("__import__('ctypes').string_at(0)", "the process killed by SIGSEGV"),
    "system exit": ("__import__('sys').exit(3)", "the process exited with status 3"),
    "hangs": ("__import__('time').sleep(1000)", "no answer within 2 s"),
}


@pytest.mark.parametrize(("how", "said"), ENDS.values(), ids=ENDS)
def test_a_crash_is_that_cells_alone(monkeypatch, how: str, said: str):
    monkeypatch.setattr(process, "TIMEOUT", 2)
    bad = job("numpy.negative", f"f(a) => {how} if a.dtype == mx.int16 else f(a)", "f(v)", name="bad")
    good = job("numpy.negative", "f(a)", "f(v)", name="good")
    with Pool("cpu", 1) as pool:
        found = pool.cells([bad, good])
    assert [step["step"] for step in found["bad"]] == list(range(len(done(good))))
    (ended,) = [step for step in found["bad"] if step["kind"] == "undefined"]
    assert (ended["case"], ended["mlx"], ended["ordinary"]) == ("int16 2-d", said, False)
    without = [[step for step in found[name] if step["case"] != "int16 2-d"] for name in ("bad", "good")]
    assert without[0] == without[1] and found["good"] == done(good)


def test_first_and_last_steps_may_crash_and_others_beside_them(pool: Pool):
    dtypes = ["bool", "int8", "int16"]
    one = job("numpy.negative", f"f(a) => {KILL} if str(a.dtype)[9:] in {['bool', 'int32', 'int8', 'int16']} else f(a)", f"3 => {KILL}")
    steps = pool.cells([one])["job"]
    assert [step["step"] for step in steps] == list(range(len(steps)))
    assert sum(step["what"] == "cell" for step in steps) == 53
    assert {step["case"] for step in steps if step["kind"] == "undefined"} >= {f"{dtype} 2-d" for dtype in dtypes} | {
        "int32 0-d",
        "no input",
    }
    assert steps[0]["kind"] == steps[-1]["kind"] == "undefined" and steps[3]["kind"] == ""


def test_a_worker_that_ends_again_before_it_tells_is_an_error():
    one = job("numpy.negative", "f(a)", recipe=f"{KILL}\ndef f(x):\n    return -x", name="never")
    with Pool("cpu", 1) as pool, pytest.raises(RunError, match="never: the process killed by SIGKILL, before its step 1"):
        pool.cells([one])


def test_jobs_are_dealt_out_and_told(pool: Pool):
    told = []
    jobs = [job("numpy.exp", "f(3.0)", name=name) for name in ("one", "two", "three")]
    found = pool.cells(jobs, lambda *what: told.append(what))
    assert told == [(1, 3, "one"), (2, 3, "two"), (3, 3, "three")]
    assert {name: len(steps) for name, steps in found.items()} == {"one": 1, "two": 1, "three": 1}


def test_indices_lie_within_the_shortest_input_that_they_meet():
    given = inputs(Case("float32", "1-d"), {"y", "i"})
    assert given["i"].max() < given["y"].size


def test_a_recipe_is_tried_under_transforms():
    steps = done(calls.Job("x", "numpy.exp", "", "mx.exp(a)", calls.lines(["f(a)"], "mx.exp(a)")).data())
    (shown,) = [step["shown"] for step in steps if step["what"] == "transform"]
    assert shown == {"compile": "", "grad": ""}
    peeks = "def f(a):\n    return a * a.max().item()"
    steps = done(calls.Job("x", "numpy.exp", "", peeks, calls.lines(["f(a)"], peeks)).data())
    (shown,) = [step["shown"] for step in steps if step["what"] == "transform"]
    assert "[eval]" in shown["compile"]
    counts = done(calls.Job("x", "numpy.argmax", "mlx.core.argmax", "", calls.lines(["f(a)"])).data())
    (shown,) = [step["shown"] for step in counts if step["what"] == "transform"]
    assert shown["grad"] == "no float comes out"
