"""Files of entries are read whole: what is good comes out with its lines, what is bad as a list of problems."""

import json
import tomllib
from dataclasses import fields

import pytest
from jsonschema import Draft202012Validator

from mapping.dataset import model, reader, schema
from mapping.dataset.lines import Lines
from mapping.facts.rules.common import CATEGORIES
from mapping.run.terms import EDGE_KINDS, KINDS
from mapping.worker import inputs

from .conftest import ROOT, toml

ENTRIES = schema.load("entries")
SHAPES = {"entry": ENTRIES["additionalProperties"], "topic": ENTRIES["properties"]["topic"]}
SHAPES |= {key: SHAPES["entry"]["properties"][f"{key}s"]["items"] for key in ("form", "example")}
KEYS = {name: ", ".join(sorted(shape["properties"])) for name, shape in SHAPES.items()}
VERDICTS = ", ".join(model.VERDICTS)
NAME = "an entry's name is a dotted NumPy name: numpy.linalg.norm"
EXAMPLE_HEAD = '["numpy.sum"]\n[["numpy.sum".examples]]\nnumpy = ">>> 1"\nmlx = ">>> 1"\n'
FORM_HEAD = '["numpy.sum"]\n[["numpy.sum".forms]]\nname = "whole"\n'

BAD = {
    "unknown key of an entry": (
        toml('["numpy.sum"]\n\nverdcit = "same"'),
        [f"a.toml:6: numpy.sum: E104: unknown key `verdcit`: use one of {KEYS['entry']}"],
    ),
    "unknown key of an example": (
        toml(EXAMPLE_HEAD + 'jax = ">>> 1"'),
        [f"a.toml:8: numpy.sum: E104: unknown key `jax`: use one of {KEYS['example']}"],
    ),
    "unknown key of a form": (
        toml(FORM_HEAD + 'mlx = ["mlx.core.sum"]'),
        [f"a.toml:7: numpy.sum: E104: unknown key `mlx`: use one of {KEYS['form']}"],
    ),
    "unknown key of a form's example": (
        toml(FORM_HEAD + '[["numpy.sum".forms.examples]]\nnumpy = ">>> 1"\nmlx = ">>> 1"\nnote = "x"'),
        [f"a.toml:10: numpy.sum: E104: unknown key `note`: use one of {KEYS['example']}"],
    ),
    "unknown key of a topic": (
        '[topic]\ntitle = "T"\norder = 1\ncolour = "red"\n["numpy.sum"]\n',
        [f"a.toml:4: topic: E104: unknown key `colour`: use one of {KEYS['topic']}"],
    ),
    "unknown key of a tolerance": (
        toml(EXAMPLE_HEAD + 'tolerance = { ulp = 9, reason = "r", rtol = 1 }'),
        ["a.toml:8: numpy.sum: E104: unknown key `rtol`: use one of reason, ulp"],
    ),
    "half of what another machine shows": (
        toml(EXAMPLE_HEAD + 'deviation = { machine = "metal", mlx = ">>> 1" }'),
        ["a.toml:8: numpy.sum: E105: `reason` must be there"],
    ),
    "words on another machine": (
        toml(EXAMPLE_HEAD + 'deviation = "on a GPU it is 2"'),
        ["a.toml:8: numpy.sum: E105: `deviation` must be a table"],
    ),
    "unknown dotted key": (
        toml(EXAMPLE_HEAD + 'tolerance.ulp = 9\ntolerance.reason = "r"\ntolerance.rtol = 1'),
        ["a.toml:10: numpy.sum: E104: unknown key `rtol`: use one of reason, ulp"],
    ),
    "incomplete tolerance": (
        toml(EXAMPLE_HEAD + "tolerance = { ulp = 9 }"),
        ["a.toml:8: numpy.sum: E105: `reason` must be there"],
    ),
    "incomplete dotted tolerance": (
        toml(EXAMPLE_HEAD + "tolerance.ulp = 9"),
        ["a.toml:8: numpy.sum: E105: `reason` must be there"],
    ),
    "second of two inline tables": (
        toml('["numpy.sum"]\nexamples = [\n{ numpy = "x", mlx = "x" },\n\n{ numpy = "x" },\n]'),
        ["a.toml:8: numpy.sum: E105: `mlx` must be there"],
    ),
    "string for a list": (
        toml('["numpy.sum"]\nmlx = "mlx.core.sum"'),
        ["a.toml:5: numpy.sum: E105: `mlx` must be a list of strings, not empty"],
    ),
    "empty list": (
        toml('["numpy.sum"]\nmlx = []'),
        ["a.toml:5: numpy.sum: E105: `mlx` must be a list of strings, not empty"],
    ),
    "empty string in a list": (
        toml('["numpy.sum"]\nnotes = [\n"a",\n" "]'),
        ["a.toml:7: numpy.sum: E105: `notes` must be a list, each item a string that says something"],
    ),
    "number in a list": (
        toml('["numpy.sum"]\nedges = ["nan", 1]'),
        ["a.toml:5: numpy.sum: E105: `edges` must be a list, each item a string that says something"],
    ),
    "empty string": (
        toml('["numpy.sum"]\nsummary = " "'),
        ["a.toml:5: numpy.sum: E105: `summary` must be a string that says something"],
    ),
    "number for a string": (
        toml('["numpy.sum"]\nverdict = 1'),
        ["a.toml:5: numpy.sum: E105: `verdict` must be a string that says something"],
    ),
    "date for a string": (
        toml('["numpy.sum"]\nsummary = 2024-05-27 07:32:00.5'),
        ["a.toml:5: numpy.sum: E105: `summary` must be a string that says something"],
    ),
    "bool for a number": (
        '[topic]\ntitle = "T"\norder = true\n["numpy.sum"]\n',
        ["a.toml:3: topic: E105: `order` must be a whole number"],
    ),
    "float for a whole number": (
        '[topic]\ntitle = "T"\norder = 1.5\n["numpy.sum"]\n',
        ["a.toml:3: topic: E105: `order` must be a whole number"],
    ),
    "number for a bool": (
        toml(EXAMPLE_HEAD + "edge = 1"),
        ["a.toml:8: numpy.sum: E105: `edge` must be true or false"],
    ),
    "bool for a tolerance": (
        toml(EXAMPLE_HEAD + 'tolerance = { ulp = true, reason = "r" }'),
        ["a.toml:8: numpy.sum: E105: `ulp` must be a number above 0, at most 256"],
    ),
    "string for a tolerance": (
        toml(EXAMPLE_HEAD + 'tolerance = "wide"'),
        ["a.toml:8: numpy.sum: E105: `tolerance` must be a table"],
    ),
    "whole number written as a float": (
        '[topic]\ntitle = "T"\norder = 1.0\n["numpy.sum"]\n',
        ["a.toml:3: topic: E105: `order` must be a whole number"],
    ),
    "not a number for a tolerance": (
        toml(EXAMPLE_HEAD + 'tolerance = { ulp = nan, reason = "r" }'),
        ["a.toml:8: numpy.sum: E105: `ulp` must be a number above 0, at most 256"],
    ),
    "a verdict of no list": (
        toml('["numpy.sum"]\nverdict = "identical"'),
        [f"a.toml:5: numpy.sum: E105: `verdict` has no word `identical`: use one of {VERDICTS}"],
    ),
    "a verdict of a form": (
        toml(FORM_HEAD + 'verdict = "identical"'),
        [f"a.toml:7: numpy.sum: E105: `verdict` has no word `identical`: use one of {VERDICTS}"],
    ),
    "words of no list": (
        toml('["numpy.sum"]\nedges = [\n"type",\n"nan",\n"values",\n]'),
        [
            f"a.toml:{line}: numpy.sum: E105: `edges` has no word `{word}`: use one of {', '.join(EDGE_KINDS)}"
            for line, word in ((6, "type"), (8, "values"))
        ],
    ),
    "aliasing is an edge alone": (
        toml('["numpy.sum"]\nedges = ["aliasing"]\ndifferences = ["aliasing"]'),
        [f"a.toml:6: numpy.sum: E105: `differences` has no word `aliasing`: use one of {', '.join(KINDS)}"],
    ),
    "a word twice": (
        toml('["numpy.sum"]\ndifferences = ["dtype", "dtype"]'),
        ["a.toml:5: numpy.sum: E105: `differences` has a word twice"],
    ),
    "a category of no list": (
        toml('["numpy.sum"]\ncategory = "music"'),
        [f"a.toml:5: numpy.sum: E105: `category` has no word `music`: use one of {', '.join(CATEGORIES)}"],
    ),
    "a way to compare calls": (
        toml('["numpy.sum"]\ncompare = "loosely"'),
        ["a.toml:5: numpy.sum: E105: `compare` has no word `loosely`: use one of values, distribution, shape-dtype"],
    ),
    "a way to compare an example, and a probe": (
        toml(EXAMPLE_HEAD + 'compare = "loosely"\nshows = "speed"'),
        [
            "a.toml:8: numpy.sum: E105: `compare` has no word `loosely`: use one of values, distribution, shape-dtype",
            "a.toml:9: numpy.sum: E105: `shows` has no word `speed`: use one of mutation, aliasing",
        ],
    ),
    "a corner of no list": (
        toml('["numpy.sum"]\nunasserted = ["emtpy"]'),
        ["a.toml:5: numpy.sum: E105: `unasserted` has no word `emtpy`: use one of empty, empty 2-d, NaN, zero divisor"],
    ),
    "table for a string": (
        toml('["numpy.sum"]\n["numpy.sum".summary]\ntext = "x"'),
        ["a.toml:5: numpy.sum: E105: `summary` must be a string that says something"],
    ),
    "single brackets": (
        toml('["numpy.sum"]\n["numpy.sum".examples]\nnumpy = ">>> 1"'),
        ["a.toml:5: numpy.sum: E105: `examples` must be tables in double brackets"],
    ),
    "no examples in the list": (
        toml('["numpy.sum"]\nexamples = []'),
        ["a.toml:5: numpy.sum: E105: `examples` must be tables in double brackets"],
    ),
    "string for a table": (
        'topic = "T"\n["numpy.sum"]\n',
        ["a.toml:1: topic: E105: `topic` must be a table"],
    ),
    "no topic": (
        '["numpy.sum"]\n',
        ["a.toml:1: file: E105: `topic` must be there"],
    ),
    "no title": (
        '\n[topic]\norder = 1\n["numpy.sum"]\n',
        ["a.toml:2: topic: E105: `title` must be there"],
    ),
    "no order": (
        '\n[topic]\ntitle = "T"\n["numpy.sum"]\n',
        ["a.toml:2: topic: E105: `order` must be there"],
    ),
    "one side of an example": (
        toml('["numpy.sum"]\n[["numpy.sum".examples]]\nnumpy = ">>> 1"\n[["numpy.sum".examples]]\nmlx = ">>> 1"'),
        ["a.toml:5: numpy.sum: E105: `mlx` must be there", "a.toml:7: numpy.sum: E105: `numpy` must be there"],
    ),
    "form without a name": (
        toml('["numpy.sum"]\n[["numpy.sum".forms]]\nverdict = "same"'),
        ["a.toml:5: numpy.sum: E105: `name` must be there"],
    ),
    "another library's name": (
        toml('["mlx.core.sum"]\nverdict = "same"'),
        [f"a.toml:4: mlx.core.sum: E106: {NAME}"],
    ),
    "name in short": (toml('["np.sum"]'), [f"a.toml:4: np.sum: E106: {NAME}"]),
    "call for a name": (toml('["numpy.sum()"]'), [f"a.toml:4: numpy.sum(): E106: {NAME}"]),
    "numpy itself": (toml('["numpy"]'), [f"a.toml:4: numpy: E106: {NAME}"]),
    "name without quotes": (
        toml('[numpy.sum]\nverdict = "same"'),
        [f"a.toml:4: numpy: E106: {NAME}", f"a.toml:4: numpy: E104: unknown key `sum`: use one of {KEYS['entry']}"],
    ),
    "key before any table": (
        'verdict = "same"\n' + toml('["numpy.sum"]'),
        [f"a.toml:1: verdict: E106: {NAME}", "a.toml:1: verdict: E105: `verdict` must be a table"],
    ),
    "name twice": (
        toml('["numpy.sum"]\nverdict = "same"\n\n["numpy.sum"]\nverdict = "differs"'),
        ["a.toml:7: file: E102: not TOML: Cannot declare ('numpy.sum',) twice"],
    ),
    "unclosed text": (
        toml("[\"numpy.sum\"]\nsummary = '''\nabc\nverdict = 1\n\n\n"),
        ["a.toml:7: file: E102: not TOML: Expected \"'''\""],
    ),
    "unclosed text, line ends of Windows": (
        toml("[\"numpy.sum\"]\nsummary = '''\nabc\nverdict = 1\n\n\n").replace("\n", "\r\n"),
        ["a.toml:7: file: E102: not TOML: Expected \"'''\""],
    ),
    "not TOML": (
        "# Reductions\n\nnumpy.sum is the same.\n",
        ["a.toml:3: file: E102: not TOML: Expected '=' after a key in a key/value pair"],
    ),
    "nested too deeply": (
        toml('["numpy.sum"]\nnotes = ' + "[\n" * 50_000 + "]\n" * 50_000),
        ["a.toml:1: file: E102: not TOML: nested too deeply"],
    ),
    "not UTF-8": (
        toml('["numpy.sum"]\nsummary = "').encode() + b'caf\xe9"\n',
        ["a.toml:5: file: E101: byte 62 is not UTF-8: save the file as UTF-8"],
    ),
    "UTF-16": (toml('["numpy.sum"]').encode("utf-16"), ["a.toml:1: file: E101: byte 0 is not UTF-8: save the file as UTF-8"]),
    "empty file": (
        "",
        [
            "a.toml:1: file: E103: no entries: write one, or delete the file",
            "a.toml:1: file: E105: `topic` must be there",
        ],
    ),
    "only a topic": (toml(""), ["a.toml:1: file: E103: no entries: write one, or delete the file"]),
}


@pytest.mark.parametrize("content, expected", BAD.values(), ids=BAD)
def test_bad_data_is_told_by_line_name_and_code(read, content, expected):
    assert read(a=content)[1] == expected


def test_all_problems_of_all_files_are_told_in_one_go(read):
    _, problems = read(
        a=toml('["numpy.sum"]\nverdict = 1\nmlx = "mlx.core.sum"\n["np.max"]\nedges = []'),
        b="= 3\n",
        c=toml('["numpy.min"]\nsumary = "x"'),
    )
    assert [problem.split(": ")[0:3:2] for problem in problems] == [
        ["a.toml:5", "E105"],
        ["a.toml:6", "E105"],
        ["a.toml:7", "E106"],
        ["a.toml:8", "E105"],
        ["b.toml:1", "E102"],
        ["c.toml:5", "E104"],
    ]


def test_what_fits_is_kept_beside_what_does_not(read):
    dataset, _ = read(a=toml('["numpy.sum"]\nverdict = "same"\nmlx = 3\n["numpy.max"]\nverdict = "host"'))
    assert [(entry.name, entry.verdict, entry.mlx, entry.given) for entry in dataset.entries] == [
        ("numpy.sum", "same", [], {"verdict"}),
        ("numpy.max", "host", [], {"verdict"}),
    ]


TRICKY = {
    "plain": """
        ["numpy.sum"]
        [["numpy.sum".examples]]
        numpy = '''
        >>> 1
        '''
        mlx = '''
        >>> 2
        '''
        """,
    "keys and headers within texts": """
        ["numpy.sum"]
        recipe = '''
        ["numpy.max"]
        numpy = 1'''
        calls = [
            "mlx = 1",
            '''
        [["numpy.sum".examples]]
        numpy = 2
        ''',
        ]
        [["numpy.sum".examples]]
        numpy = '''
        >>> 1
        mlx = 3
        ["numpy.max"]
        '''
        mlx = '''
        >>> 2
        '''
        """,
    "quotes within quotes": """
        ["numpy.sum"]  # it's
        recipe = "it's ''' odd \\" # [ {"
        calls = ['a " b', ''' ' " # ''''', "]"]  # ''' [
        [["numpy.sum".examples]]
        numpy = '''
        >>> 1
        '\"""'
        '''
        mlx = '''
        >>> 2
        '''
        """,
    "double quotes": '''
        ["numpy.sum"]
        [["numpy.sum".examples]]
        title = """
        mlx = 1 \\""" \'\'\'
        """
        numpy = """
        >>> 1
        \'\'\'
        """
        mlx = """\\

          >>> 2
        """
        ''',
    "on the line of the key": """
        ["numpy.sum"]
        [["numpy.sum".examples]]
        numpy = '''>>> 1
        1'''
        mlx = ">>> 2\\n2"
        """,
    "empty lines first": """
        ["numpy.sum"]
        [["numpy.sum".examples]]
        numpy = '''


        >>> 1'''
        mlx = '''

        >>> 2
        '''
        """,
    "inline tables": """
        ["numpy.sum"]
        examples = [
            { title = "numpy = 3", tolerance = { ulp = 9, reason = "mlx = 2" }, numpy = '''
        >>> 1
        ''', mlx = '''
        >>> 2
        ''' },
        ]
        """,
    "dotted keys": """
        ["numpy.sum"]
        [["numpy.sum".examples]]
        tolerance.ulp = 1.5
        tolerance."reason" = '''
        numpy = 1
        '''
        'numpy' = '''
        >>> 1
        '''
        "mlx" = '''
        >>> 2
        '''
        """,
    "blanks and tabs": """
        ["numpy.sum"]
         \t[[ "numpy.sum" . 'examples' ]]\t# examples
        \tnumpy\t=\t'''
        >>> 1
        '''
          mlx   =   '''
        >>> 2
        '''
        """,
    "a form": """
        ["numpy.sum"]
        [["numpy.sum".forms]]
        name = "first"
        verdict = "missing"
        [["numpy.sum".forms]]
        name = "second"
        [["numpy.sum".forms.examples]]
        numpy = '''
        >>> 1
        '''
        mlx = '''
        >>> 2
        '''
        """,
}


@pytest.mark.parametrize("before", ["", "\ufeff"], ids=["", "BOM"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["", "CRLF"])
@pytest.mark.parametrize("text", TRICKY.values(), ids=TRICKY)
def test_lines_point_at_the_first_line_of_the_text(read, text, end, before):
    content = toml(text)
    dataset, problems = read(a=(before + content.replace("\n", end)).encode())
    assert problems == []
    (entry,) = dataset.entries
    ((_, _, example),) = entry.scopes()
    lines = content.split("\n")
    shown = {side: next(n for n, line in enumerate(lines, 1) if prompt in line) for side, prompt in (("numpy", ">>> 1"), ("mlx", ">>> 2"))}
    assert entry.line == 4
    assert example.lines == shown
    assert (example.numpy.split("\n")[0], example.mlx.split("\n")[0]) == (">>> 1", ">>> 2")


def test_parts_know_their_lines(read):
    dataset, _ = read(
        a=toml("""
        ["numpy.sum"]
        summary = "x"

        [["numpy.sum".forms]]
        name = "first"

        [["numpy.sum".forms]]
        name = "second"
        ["numpy.max"]
        verdict = "same"
        """)
    )
    total, largest = dataset.entries
    assert (total.line, [form.line for form in total.forms]) == (4, [7, 10])
    assert (largest.line, [case.line for case in largest.cases]) == (12, [12])


def test_scopes_are_numbered_within_their_case(read):
    pair = "numpy = '>>> 1'\nmlx = '>>> 1'\n"
    dataset, _ = read(
        a=toml(
            f'["numpy.max"]\nverdict = "same"\n[["numpy.max".examples]]\n{pair}[["numpy.max".examples]]\n{pair}["numpy.sum"]\n'
            + "".join(f'[["numpy.sum".forms]]\nname = "{name}"\n[["numpy.sum".forms.examples]]\n{pair}' for name in ("slice", "a list"))
        )
    )
    found = [scope for entry in dataset.entries for scope, *_ in entry.scopes()]
    assert found == ["numpy.max #1", "numpy.max #2", "numpy.sum slice #1", "numpy.sum a list #1"]


def test_an_entry_shows_the_worst_of_its_forms_and_all_their_differences(read):
    forms = [("same", [], ["nan"]), ("missing", [], []), ("differs", ["value", "dtype"], ["aliasing"])]
    text = '["numpy.sum"]\n' + "".join(
        f'[["numpy.sum".forms]]\nname = "{verdict}"\nverdict = "{verdict}"\n'
        + (f"differences = {differences}\n" if differences else "")
        + (f"edges = {edges}\n" if edges else "")
        for verdict, differences, edges in forms
    )
    dataset, problems = read(a=toml(text))
    (entry,) = dataset.entries
    assert problems == []
    assert (entry.verdict, entry.differences, entry.edges) == ("missing", ["dtype", "value"], ["aliasing", "nan"])


def test_topics_stand_in_their_order_and_entries_as_written(read):
    head = '[topic]\ntitle = "T"\norder = {}\n["numpy.{}"]\n["numpy.{}"]\n'
    dataset, problems = read(b=head.format(1, "sum", "abs"), a=head.format(2, "min", "max"))
    assert problems == []
    assert [topic.slug for topic in dataset.topics] == ["b", "a"]
    assert list(dataset.by_name) == ["numpy.sum", "numpy.abs", "numpy.min", "numpy.max"]


def test_two_files_may_claim_one_name_and_the_rules_see_both(read):
    dataset, problems = read(a=toml('["numpy.sum"]'), b=toml('["numpy.max"]\n["numpy.sum"]'))
    assert problems == []
    assert [(entry.name, entry.file, entry.line) for entry in dataset.entries] == [
        ("numpy.sum", "a.toml", 4),
        ("numpy.max", "b.toml", 4),
        ("numpy.sum", "b.toml", 5),
    ]


def test_files_that_cannot_be_read_are_no_topics(read):
    dataset, problems = read(a="x", b="x", c=toml('["numpy.sum"]'))
    assert ([topic.slug for topic in dataset.topics], len(problems)) == (["c"], 2)


def test_what_is_not_written_is_where_it_would_belong():
    lines = Lines("\n[a]\nb = 1\n")
    assert [lines.at(path) for path in (("a", "c"), ("a", "b", 0), ("d",))] == [2, 3, 1]


def test_hidden_files_of_editors_are_not_read(read, tmp_path):
    (tmp_path / ".#a.toml").symlink_to(tmp_path / "nobody@nowhere")
    dataset, problems = read(a=toml('["numpy.sum"]'))
    assert (list(dataset.by_name), problems) == (["numpy.sum"], [])


def test_blocks_not_run_are_read_with_their_lines(tmp_path):
    path = tmp_path / "skipped.toml"
    path.write_text("[[block]]\nsource = 'README.md'\ntext = '''\n$ make\n'''\nreason = 'shell'\ntest = 'tests/test_x.py'\n")
    (found,), problems = reader.read_skipped(path, tmp_path)
    assert [str(problem) for problem in problems] == ["skipped.toml:1: README.md: E111: there is no test `tests/test_x.py`"]
    assert found == model.Skip("README.md", "$ make", "shell", "tests/test_x.py", 1)


def test_a_block_not_run_needs_its_reason_and_its_test(tmp_path):
    path = tmp_path / "skipped.toml"
    path.write_text("\n[[block]]\nsource = 'README.md'\ntext = 'x'\nwhy = 'y'\n")
    found, problems = reader.read_skipped(path, tmp_path)
    assert found == []
    assert [str(problem) for problem in problems] == [
        "skipped.toml:2: block: E105: `reason` must be there",
        "skipped.toml:2: block: E105: `test` must be there",
        "skipped.toml:5: block: E104: unknown key `why`: use one of reason, source, test, text",
    ]


FOLDER = ROOT / "mapping" / "dataset"
SECTION = schema.load("cheatsheet")["properties"]["section"]["items"]
ROW = SECTION["properties"]["rows"]["items"]
MACHINES = schema.load("machines")["additionalProperties"]["additionalProperties"]
# a table of the schemas: the dataclass that holds it, and those of its fields that no file holds
HELD = {
    "topic": (SHAPES["topic"], model.Topic, {"slug", "file", "entries"}),
    "entry or case": (
        {"properties": SHAPES["entry"]["properties"] | SHAPES["form"]["properties"]},
        (model.Entry, model.Case),
        {"file", "line", "recipe_line", "cases", "given"},
    ),
    "form": (SHAPES["form"], model.Case, {"line", "recipe_line"}),
    "example": (SHAPES["example"], model.Example, {"lines"}),
    "deviation": (SHAPES["example"]["properties"]["deviation"], model.ExampleDeviation, {"line"}),
    "what a machine shows": (MACHINES, model.Deviation, {"case", "machine", "line"}),
    "extent": (schema.load("extent"), model.Extent, set()),
    "gone": (schema.load("gone")["additionalProperties"], model.Gone, {"name", "line"}),
    "section": (SECTION, model.Section, set()),
    "row": (ROW, model.Row, {"line"}),
    "skipped": (schema.load("skipped")["properties"]["block"]["items"], model.Skip, {"line"}),
    "unshown": (schema.load("unshown")["properties"]["sentence"]["items"], model.Unshown, {"line"}),
}


@pytest.mark.parametrize("shape, kinds, own", HELD.values(), ids=HELD)
def test_what_the_schema_has_is_what_the_values_hold(shape, kinds, own):
    held = {field.name for kind in (kinds if isinstance(kinds, tuple) else (kinds,)) for field in fields(kind)}
    assert own <= held and held - own == shape["properties"].keys() - {"forms"}


def test_the_schemas_words_are_those_of_the_code():
    entry, example, row = SHAPES["entry"]["properties"], SHAPES["example"]["properties"], ROW["properties"]
    machines = MACHINES["properties"]
    assert tuple(entry["verdict"]["enum"]) == model.VERDICTS
    assert tuple(entry["category"]["enum"]) == tuple(CATEGORIES)
    assert tuple(entry["differences"]["items"]["enum"]) == tuple(row["differs"]["enum"]) == KINDS
    assert tuple(entry["edges"]["items"]["enum"]) == EDGE_KINDS
    for key, words in (("differences", KINDS), ("edges", EDGE_KINDS), ("without", KINDS)):
        assert tuple(machines[key]["propertyNames"]["enum"]) == words
    assert entry["compare"]["enum"] == example["compare"]["enum"] == row["compare"]["enum"]
    assert set(example["shows"]["enum"]) <= {*EDGE_KINDS}
    assert set(entry["unasserted"]["items"]["enum"]) <= {case.label for case in inputs.cases({"a", "b"})}
    for kind in (model.Case, model.Example, model.Row):
        assert next(field.default for field in fields(kind) if field.name == "compare") == entry["compare"]["enum"][0]


def tables(shape: object):
    """Every schema of a table with keys of its own, from within a schema."""
    if isinstance(shape, dict):
        if isinstance(shape.get("properties"), dict) and "type" in shape:
            yield shape
        for part in shape.values():
            yield from tables(part)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.schema.json")), ids=lambda path: path.name)
def test_a_schema_is_one_and_closed(path):
    whole = schema.load(path.name.partition(".")[0])
    Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))
    assert [table for table in tables(whole) if "additionalProperties" not in table] == []
    named = [part for table in tables(whole) for part in table["properties"].values()]
    assert named and [part for part in named if "title" not in part or "description" not in part] == []


def test_editors_find_the_schema_of_every_file():
    told = {}
    for rule in tomllib.loads((ROOT / ".taplo.toml").read_text(encoding="utf-8"))["rule"]:
        told |= {path: rule["schema"]["path"] for pattern in rule["include"] for path in ROOT.glob(pattern)}
    assert told.keys() == {*FOLDER.rglob("*.toml")}
    assert all((ROOT / path).is_file() for path in told.values())
    for path, found in told.items():
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        assert schema.misfits(data, (ROOT / found).name.partition(".")[0]) == []


def test_what_single_machines_show_is_in_the_words_of_the_lists(tmp_path):
    path = tmp_path / "machines.toml"
    edges, differences = 'values = "x"\n', 'aliasing = "x"\nnan = " "\n'
    path.write_text(f'["numpy.argmax".cuda.edges]\n{edges}["numpy.argmax".cuda.differences]\n{differences}')
    found, problems = reader.read_machines(path, tmp_path)
    assert [(one.edges, one.differences) for one in found] == [({}, {})]
    assert [str(problem) for problem in problems] == [
        f"machines.toml:2: numpy.argmax: E104: unknown key `values`: use one of {', '.join(EDGE_KINDS)}",
        f"machines.toml:4: numpy.argmax: E104: unknown key `aliasing`: use one of {', '.join(KINDS)}",
        "machines.toml:5: numpy.argmax: E105: `nan` must be a string that says something",
    ]


def test_a_name_that_readers_see_is_no_key_of_running_text(tmp_path):
    path = tmp_path / "cheatsheet.toml"
    row = '[[section.rows]]\nnumpy = "a"\nmlx = "a"\n'
    path.write_text(f'[inputs]\nnote = "np.array([1])"\n[[section]]\nslug = "one"\ntitle = "[x]"\n{row}')
    _, problems = reader.read_sheet(path, tmp_path)
    assert [(problem.line, problem.code) for problem in problems] == [(5, "E108")]
