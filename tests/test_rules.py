"""Every rule has a case that passes and one that fails; every verdict is proven by a run, both ways."""

import inspect
import platform
import re
import subprocess
import sys
from dataclasses import replace
from itertools import product

import pytest

from mapping.dataset import model, reader
from mapping.dataset.problems import RULES, Problem, Problems, rule
from mapping.facts import lookup, matrix, rules, signature
from mapping.facts.rules.common import SUMMARY
from mapping.facts.rules.names import name_numpy_lacks
from mapping.run.record import MACHINES as KINDS_KNOWN
from mapping.run.record import Record, machine_kinds

from .conftest import MACHINES, ROOT, ledger, toml

HERE = platform.system()
EXAMPLE_DEVIATION = "Linux" if HERE == "Darwin" else "Darwin"

SUM = """
["numpy.sum"]
mlx = ["mlx.core.sum"]
verdict = "same"
summary = "Sums."
[["numpy.sum".examples]]
numpy = '''
>>> np.sum(np.array([1, 2]))
np.int64(3)
'''
mlx = '''
>>> mx.sum(mx.array([1, 2]))
array(3, dtype=int32)
'''
"""
ABSOLUTE = """
["numpy.absolute"]
mlx = ["mlx.core.abs"]
verdict = "renamed"
summary = "Sign off."
[["numpy.absolute".examples]]
numpy = '''
>>> np.absolute(np.array([-1, 2]))
array([1, 2])
'''
mlx = '''
>>> mx.abs(mx.array([-1, 2]))
array([1, 2], dtype=int32)
'''
"""
ARGMAX = """
["numpy.argmax"]
mlx = ["mlx.core.argmax"]
verdict = "differs"
differences = ["dtype"]
edges = ["nan"]
summary = "Indices are `uint32`."
[["numpy.argmax".examples]]
numpy = '''
>>> np.argmax(np.array([5, 1]))
np.int64(0)
'''
mlx = '''
>>> mx.argmax(mx.array([5, 1]))
array(0, dtype=uint32)
'''
[["numpy.argmax".examples]]
edge = true
numpy = '''
>>> np.array([1.0, np.nan])[np.argmax(np.array([1.0, np.nan]))]
np.float64(nan)
'''
mlx = '''
>>> mx.array([1.0, mx.nan])[mx.argmax(mx.array([1.0, 0.0]))]
array(1, dtype=float32)
'''
"""
HSTACK = """
["numpy.hstack"]
verdict = "recipe"
recipe = "mx.concatenate([a, a])"
summary = "Side by side."
[["numpy.hstack".examples]]
numpy = '''
>>> a = np.array([1, 2])
>>> np.hstack([a, a])
array([1, 2, 1, 2])
'''
mlx = '''
>>> a = mx.array([1, 2])
>>> mx.concatenate([a, a])
array([1, 2, 1, 2], dtype=int32)
'''
"""
BINCOUNT = """
["numpy.bincount"]
verdict = "missing"
summary = "Counts on the host."
[["numpy.bincount".examples]]
numpy = '''
>>> np.bincount(np.array([0, 2, 2]))
array([1, 0, 2])
'''
mlx = '''
>>> a = mx.array([0, 2, 2])
>>> mx.array(np.bincount(np.array(a)))
array([1, 0, 2], dtype=int32)
'''
"""
HOST = """
["numpy.loadtxt"]
verdict = "host"
category = "text files"
summary = "Reads text."
"""
FORMS = """
["numpy.ndarray.__getitem__"]
mlx = ["mlx.core.array.__getitem__"]
summary = "Masks raise."
[["numpy.ndarray.__getitem__".forms]]
name = "slice"
verdict = "same"
summary = "A slice."
[["numpy.ndarray.__getitem__".forms.examples]]
numpy = '''
>>> np.array([1, 2, 3])[1:]
array([2, 3])
'''
mlx = '''
>>> mx.array([1, 2, 3])[1:]
array([2, 3], dtype=int32)
'''
[["numpy.ndarray.__getitem__".forms]]
name = "integer"
verdict = "differs"
differences = ["value"]
summary = "The next."
[["numpy.ndarray.__getitem__".forms.examples]]
numpy = '''
>>> np.array([1, 2])[0]
np.int64(1)
'''
mlx = '''
>>> mx.array([1, 2])[1]
array(2, dtype=int32)
'''
[["numpy.ndarray.__getitem__".forms]]
name = "reversed"
verdict = "recipe"
recipe = "a[::-1]"
summary = "Backwards."
[["numpy.ndarray.__getitem__".forms.examples]]
numpy = '''
>>> np.array([1, 2])[::-1]
array([2, 1])
'''
mlx = '''
>>> a = mx.array([1, 2])
>>> a[::-1]
array([2, 1], dtype=int32)
'''
[["numpy.ndarray.__getitem__".forms]]
name = "mask"
verdict = "missing"
summary = "The length depends on the data."
[["numpy.ndarray.__getitem__".forms.examples]]
numpy = '''
>>> np.array([1, 2])[np.array([True, False])]
array([1])
'''
mlx = '''
>>> a, keep = mx.array([1, 2]), mx.array([True, False])
>>> mx.array(np.array(a)[np.array(keep)])
array([1], dtype=int32)
'''
"""
ALIAS = """
["numpy.abs"]
alias_of = "numpy.absolute"
"""
GOOD = {"same": SUM, "renamed": ABSOLUTE, "differs": ARGMAX, "recipe": HSTACK, "missing": BINCOUNT, "host": HOST}
EVERYTHING = "".join([*GOOD.values(), FORMS, ALIAS])


BEGINNING = re.compile(r">>> [^(]*[(]|.*")


def swap(text: str, *changes: str) -> str:
    """The text with each old piece, which stands in it once, replaced by the new one that follows it."""
    for old, new in zip(changes[::2], changes[1::2]):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def pair(observed=()) -> dict:
    return {"observed": list(observed), "compared": 1}


CALLED = swap(SUM, 'summary = "Sums."', 'summary = "Sums."\nedges = ["overflow", "error"]\ncalls = ["unary", "f(a, axis=0)"]')
RENAMED_SUM = swap(SUM, '"same"', '"renamed"')
OTHER = """
[["numpy.sum".examples]]
numpy = '>>> np.sum(np.array([1, 2]))'
mlx = '>>> mx.sum(mx.array([1, 2]))'
deviation = { machine = "metal", reason = "It sums.", mlx = ">>> mx.sum(mx.array([1, 2]))" }
"""
# code: a text that passes, one that fails, how the line begins that the problem names, the name
BY_FACTS = {
    "E201": (SUM, RENAMED_SUM.replace("numpy.sum", "numpy.sun"), '["numpy.sun"]', "numpy.sun"),
    "E202": (ABSOLUTE, swap(ABSOLUTE, '"mlx.core.abs"', '"mlx.core.abs", "mlx.core.modulus"'), '["numpy.absolute"]', "numpy.absolute"),
    "E204": (ABSOLUTE + ALIAS, ALIAS, '["numpy.abs"]', "numpy.abs"),
    "E205": (ABSOLUTE + ALIAS, ABSOLUTE + swap(ALIAS, 'numpy.abs"]', 'numpy.sign"]'), '["numpy.sign"]', "numpy.sign"),
    "E206": (HSTACK, HSTACK.replace("numpy.hstack", "numpy.concatenate"), '["numpy.concatenate"]', "numpy.concatenate"),
    "E211": (HOST, HOST.replace("numpy.loadtxt", "numpy.sign"), '["numpy.sign"]', "numpy.sign"),
    "E207": (SUM, swap(SUM, "mlx.core.sum", "mlx.core.max"), '["numpy.sum"]', "numpy.sum"),
    "E316": (SUM, swap(swap(SUM, '"same"', '"renamed"'), "mlx.core.sum", "mlx.core.max"), '["numpy.sum"]', "numpy.sum"),
    "E301": (SUM, swap(SUM, 'verdict = "same"\n', ""), '["numpy.sum"]', "numpy.sum"),
    "E302": (SUM, swap(SUM, 'summary = "Sums."\n', ""), '["numpy.sum"]', "numpy.sum"),
    "E303": (SUM + OTHER, SUM + swap(OTHER, "metal", "metal M5"), '["numpy.sum"]', "numpy.sum"),
    "E304": (SUM, swap(SUM, ">>> mx.sum(mx.array([1, 2]))", ">>> x = 1\n>>> mx.sum("), ">>> mx.sum(", "numpy.sum"),
    "E305": (
        HSTACK,
        swap(HSTACK, 'recipe = "mx.concatenate([a, a])"', 'recipe = "mx.concatenate([a,a])"'),
        '["numpy.hstack"]',
        "numpy.hstack",
    ),
    "E306": (
        swap(SUM, 'summary = "Sums."', 'summary = "Sums."\nedges = ["undefined"]\nundefined = "Overflow wraps."'),
        swap(SUM, 'summary = "Sums."', 'summary = "Sums."\nundefined = "Overflow wraps."'),
        '["numpy.sum"]',
        "numpy.sum",
    ),
    "E307": (
        swap(FORMS, "A slice.", "a" * SUMMARY),
        swap(FORMS, "A slice.", "a" * (SUMMARY + 1)),
        '[["numpy.ndarray.__getitem__".forms]]',
        "numpy.ndarray.__getitem__",
    ),
    "E310": (CALLED, swap(CALLED, "f(a, axis=0)", "f(a, axis=)"), '["numpy.sum"]', "numpy.sum"),
    "E601": (swap(SUM, '"Sums."', '"1 and 2 are 3, an `int32`."'), swap(SUM, '"Sums."', '"1 and 2 are 4."'), '["numpy.sum"]', "numpy.sum"),
    "E603": (
        swap(SUM, '"Sums."', '"See `mx.sum(a, axis=None)`, `a.sum()`."'),
        swap(SUM, '"Sums."', '"See `mx.sum(a, dim=None)`."'),
        '["numpy.sum"]',
        "numpy.sum",
    ),
    "E312": (CALLED, swap(CALLED, "f(a, axis=0)", "f(a, axis=7)"), '["numpy.sum"]', "numpy.sum"),
    "E309": (BINCOUNT, swap(BINCOUNT, "mx.array(np.bincount(np.array(a)))", "mx.array([1, 0, 2])"), '["numpy.bincount"]', "numpy.bincount"),
}
# code: what stands in a second file that passes and in one that fails, as above
SECOND = toml("").replace("order = 1", "order = 2")
BY_FILES = {
    "E203": (SECOND + HOST, SECOND + HOST + SUM, '["numpy.sum"]', "numpy.sum"),
    "E308": (SECOND + HOST, toml(HOST), "[topic]", "topic"),
}
# code: a text, pairs of a record that passes, pairs of one that fails, as above
SHOWN = {"numpy.argmax #1": pair(["dtype"]), "numpy.argmax #2": pair(["nan"])}
BY_RECORD = {
    "E401": (SUM, {"numpy.sum #1": pair()}, {"numpy.sum #1": {**pair(), "uneven": [2, 1]}}, ">>> np.sum(", "numpy.sum"),
    "E402": (ARGMAX, SHOWN, {**SHOWN, "numpy.argmax #1": pair(["dtype", "value"])}, ">>> mx.argmax(", "numpy.argmax"),
    "E404": (SUM, {"numpy.sum #1": pair()}, {"numpy.sum #1": {**pair(), "compared": 0}}, '["numpy.sum"]', "numpy.sum"),
}
# code: a text that passes with any record, one that fails, as above
BY_TEXT = {
    "E405": (SUM, swap(SUM, ">>> mx.sum(mx.array([1, 2]))", ">>> mx.array([1, 2]) @ 1"), '["numpy.sum"]', "numpy.sum"),
}
BY_EXTENT = {"E110", "E208", "E209", "E311", "E313", "E314"}  # each has a test of its own
BY_MACHINE = {"E317", "E403", "E406", "E407"}  # likewise
BY_LIST = {"E111", "E210", "E602", "E701", "E702", "E703", "E704", "E705"}  # likewise, in tests of what the lists are of
# what is told while a file is read: the case stands in tests/test_model.py
BY_READING = {
    "E101": b"\xff",
    "E102": "x",
    "E103": toml(""),
    "E104": toml('["numpy.sum"]\nx = 1'),
    "E105": toml('["numpy.sum"]\nmlx = 1'),
    "E106": toml('["sum"]'),
    "E107": b" " * (reader.FILE + 1),
    "E108": toml('["numpy.sum"]\nsummary = "<b>"'),
    "E109": toml('["numpy.sum"]\nsummary = "\u202e"'),
}


def checked(read, pool, **files: str) -> list[Problem]:
    """Problems of these files by the rules that ask live facts, in the order of lines."""
    dataset, problems = read(**files)
    assert problems == []
    return sorted(rules.check(dataset, lookup.facts(dataset, pool)))


def judged(read, pool, text: str) -> list[Problem]:
    """Problems of these entries by all rules, after a run of all examples."""
    dataset, problems = read(a=toml(text))
    assert problems == []
    facts = lookup.facts(dataset, pool)
    found = rules.check(dataset, facts)
    return sorted(found or rules.judge(dataset, facts, pool.run(ledger(dataset))))


def record(pairs: dict) -> Record:
    return Record("digest", MACHINES["linux"], pairs=pairs)


def on(machine: str, **shown: matrix.Summary) -> lookup.Facts:
    """Facts of such a machine, with what its matrix showed of `numpy.argmax`."""
    return lookup.Facts(MACHINES[machine], {}, {}, {}, summaries={"numpy.argmax": matrix.Summary(**shown)} if shown else {})


def told(problems: list[Problem], **files: str) -> list[tuple[str, str, str, str]]:
    """File, beginning of the line up to a bracket that opens or closes, name and code of each problem."""
    found = []
    for problem in problems:
        line = files[problem.file.removesuffix(".toml")].split("\n")[problem.line - 1]
        found.append((problem.file, BEGINNING.match(line)[0], problem.name, problem.code))
    return found


def codes(problems: list[Problem]) -> list[str]:
    return [problem.code for problem in problems]


def numpy() -> set[str]:
    return {code for code in RULES if code.startswith("E")}


def test_every_rule_has_its_pair_of_cases():
    elsewhere = {"E210", "E501", "E502"}  # in test_gone and test_tables
    assert numpy() == {*BY_FACTS, *BY_FILES, *BY_RECORD, *BY_TEXT, *BY_READING, *BY_EXTENT, *BY_MACHINE, *BY_LIST, *elsewhere}


@pytest.mark.parametrize("code", sorted(RULES))
def test_every_rule_says_what_to_do(code):
    text = inspect.getdoc(RULES[code])
    assert text and text.endswith(".") and len(text) > 20


@pytest.mark.parametrize("code", BY_READING)
def test_rule_of_reading(read, code):
    assert read(good=toml(SUM))[1] == []
    assert {problem.split(": ")[2] for problem in read(bad=BY_READING[code])[1]} == {code}


@pytest.mark.parametrize("code", BY_FACTS)
def test_rule_of_facts(read, pool, code):
    good, bad, where, name = BY_FACTS[code]
    assert checked(read, pool, a=toml(good)) == []
    found = checked(read, pool, a=toml(bad))
    assert told(found, a=toml(bad)) == [("a.toml", where, name, code)]


@pytest.mark.parametrize("code", BY_FILES)
def test_rule_of_files(read, pool, code):
    good, bad, where, name = BY_FILES[code]
    assert checked(read, pool, a=toml(SUM), b=good) == []
    found = checked(read, pool, a=toml(SUM), b=bad)
    assert told(found, b=bad) == [("b.toml", where, name, code)]


@pytest.mark.parametrize("code", BY_RECORD)
def test_rule_of_the_record(read, code):
    text, good, bad, where, name = BY_RECORD[code]
    dataset, problems = read(a=toml(text))
    facts = on("linux")
    assert problems == rules.judge(dataset, facts, record(good)) == []
    found = rules.judge(dataset, facts, record(bad))
    assert told(found, a=toml(text)) == [("a.toml", where, name, code)]


@pytest.mark.parametrize("code", BY_TEXT)
def test_rule_of_the_text_beside_a_record(read, code):
    good, bad, where, name = BY_TEXT[code]
    dataset, problems = read(a=toml(good))
    facts, shown = on("linux"), record({"numpy.sum #1": pair()})
    assert problems == rules.judge(dataset, facts, shown) == []
    dataset, _ = read(a=toml(bad))
    assert told(rules.judge(dataset, facts, shown), a=toml(bad)) == [("a.toml", where, name, code)]


def in_extent(read, pool, text: str, **extent) -> list[Problem]:
    """Problems of these entries where the dataset must cover this."""
    dataset, problems = read(a=toml(text))
    assert problems == []
    dataset.extent = model.Extent(**extent)
    return [problem for problem in rules.check(dataset, lookup.facts(dataset, pool)) if problem.code in BY_EXTENT]


def test_a_public_name_without_an_entry_fails(read, pool):
    dataset, _ = read(a=toml(SUM))
    dataset.extent = model.Extent(["numpy.iinfo"])
    live = lookup.facts(dataset, pool).members["numpy.iinfo"]
    assert {"numpy.iinfo.max", "numpy.iinfo.min", "numpy.iinfo.bits"} <= set(live)
    assert [problem.name for problem in in_extent(read, pool, SUM, namespaces=["numpy.iinfo"])] == sorted(live)
    left_out = dict.fromkeys(live, "not here")
    assert in_extent(read, pool, SUM, namespaces=["numpy.iinfo"], left_out=left_out) == []
    (problem,) = in_extent(read, pool, SUM, namespaces=["numpy.iinfo"], left_out={**left_out, "numpy.iinfo.gone": "x"})
    assert (problem.code, problem.name) == ("E208", "numpy.iinfo.gone")
    entry = swap(HOST, "numpy.loadtxt", "numpy.iinfo.max")
    (problem,) = in_extent(read, pool, entry, namespaces=["numpy.iinfo"], left_out=left_out)
    assert (problem.code, problem.name) == ("E208", "numpy.iinfo.max")


def test_a_name_that_people_use_most_has_two_examples(read, pool):
    again = SUM[SUM.index("[[") :]
    assert in_extent(read, pool, SUM + again, most_used={"numpy.sum": 9}) == []
    (thin,) = in_extent(read, pool, SUM, most_used={"numpy.sum": 9})
    assert (thin.code, thin.file, thin.line) == ("E209", "a.toml", 4)  # where whoever wrote it has to look
    (absent,) = in_extent(read, pool, SUM, most_used={"numpy.mean": 9})
    assert (absent.code, absent.file) == ("E209", "mapping/dataset/extent.toml")
    assert in_extent(read, pool, HOST, most_used={"numpy.loadtxt": 9}) == []


def test_a_topic_may_not_have_the_name_of_another_page(read, pool):
    (problem,) = checked(read, pool, coverage=toml(SUM))
    assert (problem.file, problem.code) == ("coverage.toml", "E313")


def test_a_function_is_called_or_tells_why_not(read, pool):
    wide = {"namespaces": ["numpy"], "left_out": {}}
    found = [problem.code for problem in in_extent(read, pool, CALLED, **wide) if problem.name == "numpy.sum"]
    assert found == []
    for text in (SUM, swap(CALLED, "calls =", 'uncalled = "why"\ncalls =')):
        assert [problem.code for problem in in_extent(read, pool, text, **wide) if problem.name == "numpy.sum"] == ["E311"]
    told = swap(SUM, "[[", 'uncalled = "why"\n[[')
    assert [problem.code for problem in in_extent(read, pool, told, **wide) if problem.name == "numpy.sum"] == []


MORE = {
    "E202: a name outside MLX": (swap(SUM, '"mlx.core.sum"', '"mlx.core.sum", "numpy.sum"'), "E202"),
    "E204: an alias of an alias": (ALIAS + '["numpy.absolute"]\nalias_of = "numpy.abs"\n', "E204"),
    "E204: an alias of itself": (ALIAS.replace("numpy.absolute", "numpy.abs"), "E204"),
    "E205: MLX has the alias, as another object": (
        SUM.replace("numpy.sum", "numpy.concatenate").replace("mlx.core.sum", "mlx.core.concatenate")
        + '["numpy.concat"]\nalias_of = "numpy.concatenate"',
        "E205",
    ),
    "E206: a recipe for what MLX has": (HSTACK.replace("numpy.hstack", "numpy.linalg.norm"), "E206"),
    "E211: MLX has it under another name": (HOST.replace("numpy.loadtxt", "numpy.rad2deg"), "E211"),
    "E207: renamed is the same": (swap(SUM, '"same"', '"renamed"'), "E207"),
    "E207: a form": (swap(FORMS, 'verdict = "same"', 'verdict = "renamed"'), "E207"),
    "E301: no verdict and no example": ('["numpy.sum"]\nsummary = "x"', "E301"),
    "E301: a form without a verdict": (swap(FORMS, 'verdict = "same"\n', ""), "E301"),
    "E302: an alias with a key of its own": (ABSOLUTE + ALIAS + 'edges = ["nan"]\n', "E302"),
    "E302: forms and evidence": (swap(FORMS, 'summary = "Masks raise."', 'summary = "x"\nedges = ["nan"]'), "E302"),
    "E302: no example": ('["numpy.sum"]\nmlx = ["mlx.core.sum"]\nverdict = "same"\nsummary = "x"', "E302"),
    "E302: differs in nothing": (swap(ARGMAX, 'differences = ["dtype"]\n', ""), "E302"),
    "E302: mlx for a missing name": (swap(BINCOUNT, 'verdict = "missing"', 'mlx = ["mlx.core.sum"]\nverdict = "missing"'), "E302"),
    "E302: mlx for a recipe": (swap(HSTACK, 'verdict = "recipe"', 'mlx = ["mlx.core.sum"]\nverdict = "recipe"'), "E302"),
    "E302: host without a category": (swap(HOST, 'category = "text files"\n', ""), "E302"),
    "E303: no kind of machine": (swap(SUM, '["mlx.core.sum"]', f'["mlx.core.sum"]\nplatforms = ["{HERE}", "M5"]'), "E303"),
    "E303: no kind of machine for an alias": (ABSOLUTE + ALIAS + f'platforms = ["{HERE}", "M5"]\n', "E303"),
    "E304: text before the prompt": (swap(SUM, ">>> np.sum(", "np.sum:\n>>> np.sum("), "E304"),
    "E304: no prompt": (swap(SUM, ">>> np.sum(", "np.sum("), "E304"),
    "E305: the text stands in an output alone": (swap(HSTACK, 'recipe = "mx.concatenate([a, a])"', 'recipe = "dtype=int32"'), "E305"),
    "E306: undefined without words": (swap(SUM, 'summary = "Sums."', 'summary = "x"\nedges = ["undefined"]'), "E306"),
    "E306: corners left out without words": (swap(CALLED, "calls =", 'unasserted = ["empty"]\ncalls ='), "E306"),
    "E309: a form through NumPy": (swap(FORMS, "mx.array([1, 2, 3])[1:]", "mx.array(np.array([1, 2, 3])[1:])"), "E309"),
    "E309: a missing form within MLX": (swap(FORMS, "mx.array(np.array(a)[np.array(keep)])", "a[:1]"), "E309"),
}


@pytest.mark.parametrize("text, code", MORE.values(), ids=MORE)
def test_other_ways_to_break_a_rule(read, pool, text, code):
    assert set(codes(checked(read, pool, a=toml("") + text))) == {code}


def test_names_of_other_machines_need_not_be_here(read, pool):
    text = swap(
        SUM.replace("numpy.sum", "numpy.float96"),
        '"same"',
        '"renamed"',
        '["mlx.core.sum"]',
        f'["mlx.core.sum"]\nplatforms = ["{EXAMPLE_DEVIATION}"]',
    )
    alias = '["numpy.complex192"]\nalias_of = "numpy.float96"\nplatforms = ["{}"]\n'
    assert codes(checked(read, pool, a=toml(text + alias.format(EXAMPLE_DEVIATION)))) == []
    assert codes(checked(read, pool, a=toml(text + alias.format(HERE)))) == ["E201", "E205"]
    (problem,) = checked(read, pool, a=toml(swap(text, f'"{EXAMPLE_DEVIATION}"', f'"{EXAMPLE_DEVIATION}", "{HERE} cpu"')))
    assert (problem.code, problem.name) == ("E201", "numpy.float96")
    assert codes(checked(read, pool, a=toml(swap(text, f'"{EXAMPLE_DEVIATION}"', f'"{EXAMPLE_DEVIATION} cpu", "{HERE} gpu"')))) == []


def test_names_of_other_machines_alone_must_not_be_here(read, pool):
    text = swap(SUM, '["mlx.core.sum"]', f'["mlx.core.sum"]\nplatforms = ["{EXAMPLE_DEVIATION}"]')
    (problem,) = checked(read, pool, a=toml(text))
    assert (
        problem.code == "E201"
        and "NumPy has the name on this machine, and `platforms` lists none of " in problem.message
        and HERE in problem.message
    )


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("metal", "cuda arm64 Python>=3.12", []),
        (' = ">>> mx.sum', ' = ">>> mx.sum)', ["E304"]),
    ],
)
def test_what_another_machine_shows_is_held_to_the_rules(read, pool, old, new, found):
    assert codes(checked(read, pool, a=toml(SUM + OTHER))) == []
    assert codes(checked(read, pool, a=toml(SUM + swap(OTHER, old, new)))) == found


SEEN = "f(a), int8 2-d: NumPy array([1.5, 2.], dtype=float32), MLX array([1.5, 3], dtype=float32)"
DEVIATIONS = {  # of a case, on a kind of machine, and which rule says what of them
    "an edge": ("numpy.argmax", "cuda", {"edges": {"value": SEEN}}, ""),
    "of an arm64 that computes on its processor": ("numpy.argmax", "arm64 cpu", {"differences": {"value": SEEN}}, ""),
    "an entry that is not there": ("numpy.argmix", "cuda", {"edges": {"value": SEEN}}, "there is no such entry or form"),
    "a form that is not there": ("numpy.argmax mask", "cuda", {"edges": {"value": SEEN}}, "there is no such entry or form"),
    "no kind of machine": ("numpy.argmax", "cuda M5", {"edges": {"value": SEEN}}, "`M5` is no kind of machine: use x86-64, "),
    "of every machine": ("numpy.argmax", "cuda", {"edges": {"nan": SEEN}}, "the entry declares `nan` for every machine"),
}


@pytest.mark.parametrize(("case", "machine", "kinds", "said"), DEVIATIONS.values(), ids=DEVIATIONS)
def test_what_single_machines_show_is_of_an_entry_and_of_a_kind_of_machine(read, case, machine, kinds, said):
    dataset, _ = read(a=toml(ARGMAX))
    dataset.machines = [model.Deviation(case, machine, **kinds, line=7)]
    found = [problem for problem in rules.check(dataset, on("linux")) if problem.code == "E317"]
    assert [(problem.file, problem.line, problem.name) for problem in found] == (
        [("mapping/dataset/machines.toml", 7, case)] if said else []
    )
    assert all(said in problem.message for problem in found)


EDGE = {"edges": {"value": SEEN}}
ON_MACHINES = {  # what is declared for NVIDIA GPUs, where it runs, what of it is seen, what is told
    "seen where it is declared": (EDGE, "cuda", {"first": {"value": SEEN}}, []),
    "not seen where it is declared": (EDGE, "cuda", {}, ["`edges` declares `value`, but nothing shows it"]),
    "seen elsewhere": (EDGE, "mac", {"first": {"value": SEEN}}, ["the verdict is `differs`, but `f(a), int8 2-d: NumPy"]),
    "not seen elsewhere": (EDGE, "mac", {}, []),
    "seen on ordinary inputs": (EDGE, "cuda", {"ordinary": {"value": SEEN}}, ["the verdict is `differs`", "`edges` declares `value`"]),
    "a difference": ({"differences": {"value": SEEN}}, "cuda", {"ordinary": {"value": SEEN}}, []),
    "a difference that is not seen": ({"differences": {"value": SEEN}}, "cuda", {}, ["`differences` declares `value`"]),
    "where a dtype is not there": (EDGE, "cuda", {"absent": True}, []),
    "a difference where a dtype is not there": (
        {"differences": {"value": SEEN}},
        "cuda",
        {"absent": True},
        ["`differences` declares `value`"],
    ),
    "two of them": ({"edges": {"value": SEEN, "shape": SEEN}}, "cuda", {}, ["`edges` declares `shape` and `value`"]),
}


@pytest.mark.parametrize(("kinds", "machine", "shown", "said"), ON_MACHINES.values(), ids=ON_MACHINES)
def test_what_a_kind_of_machine_shows_is_judged_there(read, kinds, machine, shown, said):
    dataset, _ = read(a=toml(ARGMAX))
    dataset.machines = [model.Deviation("numpy.argmax", "cuda", **kinds)]
    found = [problem for problem in rules.judge(dataset, on(machine, **shown), record(SHOWN)) if problem.code != "E407"]
    assert codes(found) == ["E402"] * len(said)
    assert all(problem.message.startswith(text) for problem, text in zip(found, said))


def test_an_alias_shares_what_a_kind_of_machine_shows(read):
    dataset, _ = read(a=toml(ARGMAX + '["numpy.argmix"]\nalias_of = "numpy.argmax"\n'))
    dataset.machines = [model.Deviation("numpy.argmax", "cuda", **EDGE)]
    for machine, said in (("cuda", []), ("mac", ["numpy.argmax", "numpy.argmix"])):
        alias = lookup.calls.Job("numpy.argmix", "numpy.argmix", alias_of="numpy.argmax")
        facts = replace(on(machine, first={"value": SEEN}), jobs=[alias])
        facts.summaries["numpy.argmix"] = matrix.Summary(first={"value": SEEN})
        assert [problem.name for problem in rules.judge(dataset, facts, record(SHOWN)) if problem.code == "E402"] == said


@pytest.mark.parametrize(
    ("seen", "machine", "told"),
    [
        (SEEN, "cuda", False),
        (SEEN.replace("1.5, 3]", "1.50001, 3]").replace("[1.5, 2.]", "[1.5, 2.0000002]"), "cuda", False),
        (SEEN.replace("1.5, 3]", "1.5, 4]"), "cuda", True),
        (SEEN.replace("f(a)", "f(a, 1)"), "cuda", True),
        (SEEN.replace("float32)", "float16)"), "cuda", True),
        (SEEN.replace("1.5, 3]", "1.5, 4]"), "arm64", False),
    ],
)
def test_what_is_told_of_a_kind_of_machine_is_what_is_seen_there(read, seen, machine, told):
    dataset, _ = read(a=toml(ARGMAX))
    dataset.machines = [model.Deviation("numpy.argmax", "cuda", **EDGE)]
    found = [problem for problem in rules.judge(dataset, on(machine, first={"value": seen}), record(SHOWN)) if problem.code == "E406"]
    assert [SEEN in problem.message and seen in problem.message for problem in found] == [True] * told


def test_silence_of_one_kind_of_machine_is_heard_there(read):
    dataset, _ = read(a=toml(SUM))
    dataset.machines = [model.Deviation("numpy.sum", "cuda", differences={"nan": "an example"})]
    shown = record({"numpy.sum #1": pair(["nan"])})
    assert rules.judge(dataset, on("cuda"), shown) == []
    assert codes(rules.judge(dataset, on("linux"), shown)) == ["E402", "E403"]


def test_an_unknown_name_is_told_with_its_neighbours(read, pool):
    (problem,) = checked(read, pool, a=toml(swap(SUM, "mlx.core.sum", "mlx.core.summ", '"same"', '"renamed"')))
    assert problem.message.startswith("live MLX has no `mlx.core.summ`; is it ") and "mlx.core.sum" in problem.message


def test_good_entries_pass_every_rule(read, pool):
    assert judged(read, pool, EVERYTHING) == []


ALIASING = """
edge = true
shows = "aliasing"
numpy = '''
>>> a = np.ones(2)
>>> b = a[:]
>>> b[0] = 5
>>> a
array([5., 1.])
'''
mlx = '''
>>> a = mx.ones(2)
>>> b = a[:]
>>> b[0] = 5
>>> a
array([1, 1], dtype=float32)
'''
"""
EDGE_OF_SUM = f'[["numpy.sum".examples]]{ALIASING}'
SUMMED = "mx.array([1, 2])"  # what MLX sums in SUM
# an entry whose example shows more than it declares: its verdict, what is shown, the key that lacks it
SHOWS = {
    "another dtype": (swap(SUM, SUMMED, "mx.array([1, 2], mx.float32)"), "same", "dtype", "differences"),
    "another value": (swap(SUM, SUMMED, "mx.array([1, 3])"), "same", "value", "differences"),
    "another shape": (swap(SUM, SUMMED, "mx.array([[1, 2]]), 0"), "same", "shape", "differences"),
    "an error": (swap(SUM, SUMMED, "mx.array([1, 2]), 5"), "same", "error", "differences"),
    "a call that does not fit": (swap(SUM, SUMMED, "mx.array([1, 2]), dtype=1"), "same", "parameters", "differences"),
    "fewer digits": (swap(SUM, "np.array([1, 2])", "np.array([1.5])", SUMMED, "mx.array([1.5001])"), "same", "precision", "differences"),
    "NaN on one side": (swap(SUM, "np.array([1, 2])", "np.array([1.5])", SUMMED, "mx.array([mx.nan])"), "same", "nan", "differences"),
    "an integer that wraps": (
        swap(SUM, "np.array([1, 2])", "np.array([2**31])", f"mx.sum({SUMMED})", "mx.array([2**31 - 1]).sum() + 1"),
        "same",
        "overflow",
        "differences",
    ),
    "renamed": (swap(ABSOLUTE, "mx.abs(", "mx.negative("), "renamed", "value", "differences"),
    "recipe": (swap(HSTACK, ">>> a = mx.array([1, 2])", ">>> a = mx.array([1])"), "recipe", "shape", "differences"),
    "missing": (swap(BINCOUNT, "mx.array([0, 2, 2])", "mx.array([0, 1, 2])"), "missing", "value", "differences"),
    "differs in more": (
        swap(ARGMAX, ">>> mx.argmax(", ">>> 1\n1\n>>> mx.argmax(", ">>> np.argmax(", ">>> 2\n2\n>>> np.argmax("),
        "differs",
        "value",
        "differences",
    ),
    "an edge not declared": (swap(ARGMAX, 'edges = ["nan"]\n', ""), "differs", "nan", "edges"),
    "an edge in an ordinary example": (
        swap(SUM, "[[", 'edges = ["aliasing"]\n[[') + swap(EDGE_OF_SUM, "edge = true\n", ""),
        "same",
        "aliasing",
        "differences",
    ),
    "aliasing not declared": (SUM + EDGE_OF_SUM, "same", "aliasing", "edges"),
    "a form": (swap(FORMS, "mx.array([1, 2, 3])[1:]", "mx.array([1, 2, 4])[1:]"), "same", "value", "differences"),
}
# an entry that declares more than its examples show: what is not shown, the key that declares it
LACKS = {
    "the only difference": (
        swap(ARGMAX, "mx.argmax(mx.array([5, 1]))", "mx.argmax(mx.array([5, 1])).astype(mx.int64)"),
        "dtype",
        "differences",
    ),
    "one of two differences": (swap(ARGMAX, '"dtype"]', '"dtype", "value"]'), "value", "differences"),
    "one of two edges": (swap(ARGMAX, '"nan"', '"nan", "overflow"'), "overflow", "edges"),
    "an edge of the same": (swap(SUM, "[[", 'edges = ["nan"]\n[['), "nan", "edges"),
    "an edge of a missing name": (swap(BINCOUNT, "[[", 'edges = ["dtype"]\n[['), "dtype", "edges"),
    "a form": (swap(FORMS, "mx.array([1, 2])[1]", "mx.array([1, 2])[0]"), "value", "differences"),
}


@pytest.mark.parametrize("text, verdict, word, key", SHOWS.values(), ids=SHOWS)
def test_a_difference_that_is_not_declared_fails(read, pool, text, verdict, word, key):
    found = judged(read, pool, text)
    message = f"the verdict is `{verdict}`, but an example shows `{word}`, not in `{key}`"
    assert message in [problem.message for problem in found if problem.code == "E402"]
    lines = toml(text).split("\n")
    assert {lines[problem.line - 2] for problem in found if problem.message == message} == {"mlx = '''"}


@pytest.mark.parametrize("text, word, key", LACKS.values(), ids=LACKS)
def test_a_difference_that_no_example_shows_fails(read, pool, text, word, key):
    found = [problem for problem in judged(read, pool, text) if problem.code == "E402"]
    assert [problem.message for problem in found] == [f"`{key}` declares `{word}`, but nothing shows it"]
    assert toml(text).split("\n")[found[0].line - 1].startswith("[")


def test_a_declared_edge_that_an_example_shows_passes(read, pool):
    assert judged(read, pool, swap(SUM, "[[", 'edges = ["aliasing"]\n[[') + EDGE_OF_SUM) == []


def test_an_uneven_example_fails(read, pool):
    (problem,) = judged(read, pool, swap(SUM, ">>> np.sum(np.array([1, 2]))", ">>> np.sum(1)\n1\n>>> np.sum(np.array([1, 2]))"))
    assert (problem.code, problem.message) == ("E401", "numpy.sum #1: NumPy's side shows 2 results and MLX's 1")


def test_an_answer_where_numpy_raises_is_a_difference(read, pool):
    raises = swap(
        SUM,
        ">>> np.sum(np.array([1, 2]))\nnp.int64(3)",
        ">>> np.sum(np.array([1, 2]), 3)",
        "mx.array([1, 2])",
        "mx.array([1, 2]), 0",
    )
    assert sorted(codes(judged(read, pool, raises))) == ["E402", "E403", "E404"]
    told = swap(raises, '"same"', '"differs"\ndifferences = ["unraised"]')
    assert codes(judged(read, pool, told)) == ["E404"]


BESIDE = {  # what the calls show on ordinary inputs and of parameters, what the example shows, whether it is told
    "as the calls": ({"ordinary": {"dtype": "f(a)"}}, ["dtype"], False),
    "more than the calls": ({"cells": 1}, ["dtype"], True),
    "another kind": ({"ordinary": {"value": "f(a)"}}, ["dtype", "value"], True),
    "less than the calls": ({"ordinary": {"value": "f(a)", "dtype": "f(a)"}}, ["dtype"], False),
    "a parameter that MLX lacks": (
        {"ordinary": {"dtype": "f(a)"}, "parameters": signature.Parameters(missing=["out"])},
        ["parameters"],
        False,
    ),
    "parameters that no call decides": ({"ordinary": {"dtype": "f(a)"}}, ["parameters"], True),
}


@pytest.mark.parametrize(("calls", "example", "told"), BESIDE.values(), ids=BESIDE)
def test_what_an_ordinary_example_shows_the_calls_show_too(read, calls, example, told):
    dataset, _ = read(a=toml(ARGMAX))
    shown = record({"numpy.argmax #1": pair(example)})
    assert ("E407" in codes(rules.judge(dataset, on("linux", **calls), shown))) is told
    edge, _ = read(a=toml(ARGMAX.replace("numpy = ", "edge = true\nnumpy = ", 1)))
    assert "E407" not in codes(rules.judge(edge, on("linux", **calls), shown))


def test_an_edge_or_a_silent_statement_is_no_evidence(read, pool):
    assert codes(judged(read, pool, swap(SUM, "numpy = ", "edge = true\nnumpy = "))) == ["E404"]
    mute = swap(
        SUM,
        ">>> np.sum(np.array([1, 2]))\nnp.int64(3)",
        ">>> a = np.sum(1)",
        ">>> mx.sum(mx.array([1, 2]))\narray(3, dtype=int32)",
        ">>> a = mx.sum(mx.array(1))",
    )
    assert codes(judged(read, pool, mute)) == ["E404"]


def test_a_wider_tolerance_holds_for_its_example(read, pool):
    wide = swap(
        SUM,
        "numpy = '''",
        "tolerance = { ulp = 256, reason = 'r' }\nnumpy = '''",
        "np.array([1, 2])",
        "np.array([1.5])",
        "mx.array([1, 2])",
        "mx.array([1.50002])",
    )
    assert judged(read, pool, wide) == []


def test_an_alias_is_proven_by_identity_or_by_an_example(read, pool):
    maximum = SUM.replace(".sum", ".max").replace("3", "2")
    bare = '["numpy.amax"]\nalias_of = "numpy.max"\n'
    shown = bare + "[[\"numpy.amax\".examples]]\nnumpy = '>>> np.amax(np.array([1, 2]))'\nmlx = '>>> mx.max(mx.array([1, 2]))'\n"
    assert judged(read, pool, ABSOLUTE + ALIAS) == []
    assert codes(judged(read, pool, maximum + bare)) == ["E205"]
    assert judged(read, pool, maximum + shown) == []
    assert codes(judged(read, pool, maximum + swap(shown, "mx.max(", "mx.min("))) == ["E405", "E402"]
    assert codes(judged(read, pool, maximum + swap(shown, "np.amax(", "np.max("))) == ["E405"]


def test_an_alias_shows_its_targets_differences_and_no_others(read, pool):
    alias = '["numpy.amax"]\nalias_of = "numpy.argmax"\n[["numpy.amax".examples]]\n{}numpy = \'>>> {}\'\nmlx = \'>>> {}\'\n'
    dtype = "(np.amax, np.argmax(np.array([5, 1])))[1]", "mx.argmax(mx.array([5, 1]))"
    nan = "(np.amax, np.array([np.nan]))[1]", "(mx.argmax, mx.array([1.0]))[1]"
    assert judged(read, pool, ARGMAX + alias.format("", *dtype)) == []
    assert codes(judged(read, pool, ARGMAX + alias.format("edge = true\n", *nan))) == ["E404"]
    assert codes(judged(read, pool, ARGMAX + alias.format("", *nan))) == ["E402"]
    assert codes(judged(read, pool, ARGMAX + alias.format("", "np.ones(2)", "mx.ones(3)"))) == ["E405", "E405", "E402"]


@pytest.mark.parametrize("old", [*GOOD, "forms"])
def test_no_verdict_can_be_flipped(read, pool, old):
    """Each verdict, changed to each other one and nothing else changed, is found out."""
    text = FORMS if old == "forms" else GOOD[old]
    places = [(verdict, text.index(f'verdict = "{verdict}"')) for verdict in model.VERDICTS if f'verdict = "{verdict}"' in text]
    flips = [(verdict, place, new) for (verdict, place), new in product(places, model.VERDICTS) if new != verdict]
    slipped = [
        f"{verdict} as {new}"
        for verdict, place, new in flips
        if not judged(read, pool, text[:place] + text[place:].replace(f'"{verdict}"', f'"{new}"', 1))
    ]
    assert len(flips) == 5 * len(places) > 0
    assert slipped == []


def test_a_code_is_taken_once():
    with pytest.raises(ValueError, match="rule E101 is declared twice"):
        rule("E101")(lambda: None)


def test_problems_are_listed_once_in_the_order_of_the_files():
    second, first = Problem("b.toml", 1, "numpy.sum", "E201", "x"), Problem("a.toml", 9, "numpy.max", "E202", "y")
    assert str(Problems([second, first, second])) == "a.toml:9: numpy.max: E202: y\nb.toml:1: numpy.sum: E201: x"


@pytest.mark.parametrize("name, there", [("numpy.loadtxt", True), ("numpy.loadtext", False)])
def test_platforms_are_held_against_this_machine_both_ways(read, pool, name, there):
    here = machine_kinds(pool.environment())
    other = next(kind for kind in KINDS_KNOWN if kind not in here)
    platforms = {f"{here[0]} {here[1]}": True, here[0]: True, other: False, f"{here[0]} {other}": False}
    for kinds, said in platforms.items():
        text = swap(HOST, "numpy.loadtxt", name, "category", f"platforms = ['{kinds}']\ncategory")
        assert codes(checked(read, pool, a=toml(text))) == ([] if said is there else ["E201"]), kinds


@pytest.mark.parametrize("minor, there", [(11, False), (12, True), (13, True), (14, True)])
def test_a_name_of_newer_pythons_is_asked_of_them_alone(read, minor, there):
    name = "numpy.ndarray.__buffer__"
    dataset, _ = read(a=toml(swap(HOST, "numpy.loadtxt", name, "category", 'platforms = ["Python>=3.12"]\ncategory')))
    environment = {"platform": "Linux-x86_64", "python": f"3.{minor}.0", "device": "cpu", "backend": "cpu"}
    for found in (True, False):
        facts = lookup.Facts(environment, {name: found}, {}, {})
        assert codes(list(name_numpy_lacks(dataset, facts))) == ([] if found is there else ["E201"])


def test_the_gate_holds_every_rule_that_is_written():
    """In a process of its own: other tests read the rules' modules, too."""
    code = "from mapping.facts import rules; from mapping.dataset.problems import RULES; print(*RULES)"
    known = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    written = [
        code
        for path in (ROOT / "mapping" / "facts").rglob("*.py")
        for code in re.findall(r'^@rule\("(\w+)"\)', path.read_text(), re.MULTILINE)
    ]
    assert len(written) > 30 and {*written} <= {*known}
