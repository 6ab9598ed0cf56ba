"""The gate against pages that lie: each way to show code, each way to name a thing, each way to alter what was written."""

from __future__ import annotations

import json
import platform
import re
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

from mapping.run.cache import Cache
from mapping.site import export, extension, gate, html, markdown, pages, records
from mapping.site.html import content
from tests import mini
from tests.conftest import MACHINES, OTHER

HEAD = "# Mini\n\n```{toctree}\nreference/index\n```\n"
WAYS = {  # how a block is written; `@` is where its lines stand, with their indentation
    "fence": "```pycon\n@\n```",
    "no language": "```\n@\n```",
    "python": "```python\n@\n```",
    "py": "```py\n@\n```",
    "py3": "```py3\n@\n```",
    "console": "```console\n@\n```",
    "text": "```text\n@\n```",
    "tildes": "~~~pycon\n@\n~~~",
    "more backticks": "`````pycon\n@\n`````",
    "indented": "Text:\n\n    @",
    "bullet": "- item\n\n  ```pycon\n  @\n  ```",
    "number": "1. item\n\n   ```pycon\n   @\n   ```",
    "nested lists": "- a\n  - b\n    1. c\n\n       ```pycon\n       @\n       ```",
    "quotation": "> text\n>\n> ```pycon\n> @\n> ```",
    "admonition": "````{note}\n```pycon\n@\n```\n````",
    "colon admonition": ":::{warning}\n```pycon\n@\n```\n:::",
    "admonition in a list": "- x\n\n  :::{tip}\n  ```pycon\n  @\n  ```\n  :::",
    "tabs": "::::{tab-set}\n:::{tab-item} A\n```pycon\n@\n```\n:::\n::::",
    "grid": "::::{grid} 2\n:::{grid-item}\n```pycon\n@\n```\n:::\n::::",
    "card": ":::{card} Title\n```pycon\n@\n```\n:::",
    "dropdown": ":::{dropdown} Title\n```pycon\n@\n```\n:::",
    "list table": ":::{list-table}\n* - a\n  - ```pycon\n    @\n    ```\n:::",
    "definition": "term\n: text\n\n  ```pycon\n  @\n  ```",
    "footnote": "Text.[^note]\n\n[^note]: text\n\n    ```pycon\n    @\n    ```",
    "code-block": "```{code-block} pycon\n@\n```",
    "code-block with options": "```{code-block} python\n:caption: A caption\n:emphasize-lines: 1\n:name: named\n@\n```",
    "code": "```{code} python\n@\n```",
    "sourcecode": "```{sourcecode} python\n@\n```",
    "colon code-block": ":::{code-block} pycon\n@\n:::",
    "parsed-literal": "```{parsed-literal}\n@\n```",
    "eval-rst doctest": "```{eval-rst}\n@\n```",
    "eval-rst literal": "```{eval-rst}\ntext::\n\n   @\n```",
    "eval-rst code-block": "```{eval-rst}\n.. code-block:: python\n\n   @\n```",
    "eval-rst in a note": "```{eval-rst}\n.. note::\n\n   .. code-block:: pycon\n\n      @\n```",
    "topic": "```{topic} Title\n\n~~~pycon\n@\n~~~\n```",
    "only html": "````{only} html\n```pycon\n@\n```\n````",
    "container": "````{container} c\n```pycon\n@\n```\n````",
    "attributes": "{.wide}\n```pycon\n@\n```",
}


def page(lies: bool) -> tuple[str, dict[str, int]]:
    """A page with a block written in each way, and the line on which each block's output stands."""
    text, lines = HEAD, {}
    for number, (way, template) in enumerate(WAYS.items()):
        shown = f"{90_000 if lies else 100 + number}"
        rows = []
        for row in f"\n## Way {number}\n\n{template}\n".split("\n"):
            margin = row[: row.index("@")] if row.endswith("@") else None
            rows += [row] if margin is None else [f"{margin}>>> 100 + {number}", f"{margin}{shown}"]
        lines[way] = text.count("\n") + 1 + next(i for i, row in enumerate(rows) if ">>> 100" in row)
        text += "\n".join(rows)
    return text, lines


@pytest.fixture(scope="module")
def true(tmp_path_factory: pytest.TempPathFactory) -> mini.Built:
    return mini.build(mini.write(tmp_path_factory.mktemp("true"), {"docs/index.md": page(False)[0]}))


@pytest.fixture(scope="module")
def false(tmp_path_factory: pytest.TempPathFactory) -> mini.Built:
    return mini.build(mini.write(tmp_path_factory.mktemp("false"), {"docs/index.md": page(True)[0]}))


def test_a_block_that_is_true_passes_however_it_is_written(true: mini.Built):
    assert true.status == 0, true.said
    verified = json.loads((true.out / "verified.json").read_text())
    assert verified["blocks"]["run"] == len(WAYS) + 2


@pytest.mark.parametrize("way", WAYS)
def test_a_block_that_lies_fails_however_it_is_written(false: mini.Built, way: str):
    number = [*WAYS].index(way)
    problem = re.search(rf"^(?:ERROR: )?docs/index\.md:(\d+): index: G505: .*\n    100 \+ {number}\n", false.said, re.MULTILINE)
    assert problem, false.said
    assert int(problem[1]) == page(True)[1][way]


def test_lies_leave_no_record(false: mini.Built):
    assert false.status == 1
    assert not (false.out / "verified.json").exists()


REFUSED = {  # how readers could be shown what nothing ran, and what the gate says of it
    "line numbers inside the block": ("```{code-block} pycon\n:linenos:\n>>> 1\n1\n```", "G508", "a block on this page was not run"),
    "raw pre": ("<pre>\n>>> 1\n2\n</pre>", "G501", "raw HTML"),
    "raw div": ("<div style='white-space: pre'>>>> 1</div>", "G501", "raw HTML"),
    "raw inline": ("Text <code>mx.nothing</code> text.", "G501", "raw HTML"),
    "raw directive": ("```{raw} html\n<pre>1</pre>\n```", "G501", "raw HTML"),
    "raw in reStructuredText": ("```{eval-rst}\n.. raw:: html\n\n   <pre>1</pre>\n```", "G501", "raw HTML"),
    "shell": ("```console\n$ ls\n```", "G504", "nothing runs this block (language `console`)"),
    "no language, no prompt": ("```\n1 + 1\n```", "G504", "nothing runs this block (language `none`)"),
    "indented, no prompt": ("Text:\n\n    mx.sum(a)", "G504", "nothing runs this block"),
    "text before the prompt": ("```pycon\nmx.sum(a)\n>>> 1\n1\n```", "G504", "text before the first `>>>`"),
    "an unfinished statement": ("```pycon\n>>> max(\n```", "G504", "not a complete statement"),
    "a script that is not Python": ("```python\nfor\n```", "G504", "not Python"),
    "a script that raises": ("```python\n1 / 0\n```", "G505", "it raised"),
    "JSON": ("```json\n{,}\n```", "G504", "not JSON"),
    "TOML": ("```toml\na = [\n```", "G504", "not TOML"),
}


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> tuple[mini.Built, dict[str, int]]:
    text, lines = HEAD, {}
    for way, (block, *_) in REFUSED.items():
        text += f"\n## {way}\n\n"
        lines[way] = text.count("\n") + 1
        text += block + "\n"
    return mini.build(mini.write(tmp_path_factory.mktemp("refused"), {"docs/index.md": text})), lines


@pytest.mark.parametrize("way", REFUSED)
def test_what_cannot_be_run_is_refused(refused: tuple[mini.Built, dict[str, int]], way: str):
    built, lines = refused
    block, code, message = REFUSED[way]
    near = range(lines[way], lines[way] + block.count("\n") + 1)
    if code == "G508":
        assert f"index.html:1: index: {code}: {message}" in built.said
        return
    found = re.findall(rf"^(?:ERROR: )?docs/index\.md:(\d+): index: {code}: (.*)", built.said, re.MULTILINE)
    assert any(int(line) in near and message in text for line, text in found), built.said


NAMES = {  # where a name may stand in text
    "paragraph": "See `{}` there.",
    "plain text": "See {} there.",
    "strong": "See **`{}`** there.",
    "call": "See `{}(a, axis=0)` there.",
    "table": "| a | b |\n| --- | --- |\n| x | `{}` |",
    "heading": "### About `{}`",
    "bullet": "- a\n  - `{}`",
    "admonition": ":::{{note}}\n`{}`\n:::",
    "admonition title": ":::{{admonition}} On `{}`\ntext\n:::",
    "tab": "::::{{tab-set}}\n:::{{tab-item}} A\n`{}`\n:::\n::::",
    "tab label": "::::{{tab-set}}\n:::{{tab-item}} {}\ntext\n:::\n::::",
    "dropdown title": ":::{{dropdown}} {}\ntext\n:::",
    "link": "[`{}`](https://example.org)",
    "footnote": "Text.[^f]\n\n[^f]: See `{}`.",
    "definition": "term `{}`\n: text",
    "caption": "```{{code-block}} pycon\n:caption: On {}\n>>> 1\n1\n```",
    "quotation": "> `{}`",
    "reStructuredText": "```{{eval-rst}}\nSee ``{}``.\n```",
    "image": "![on {}](x.svg)",
    "a decorator": "`@{}`",
    "a sign": "`-{}`",
    "a choice": "`np.sum/{}`",
}
IMAGE = {"docs/x.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>"}


@pytest.mark.parametrize(("where", "template"), NAMES.items())
def test_a_name_is_looked_up_wherever_it_stands(names: mini.Built, where: str, template: str):
    number = [*NAMES].index(where)
    assert re.search(rf"docs/index\.md:\d+: mx\.nothing{number}: G506: does not exist", names.said), names.said
    assert f"mx.sum{number}" not in names.said


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> mini.Built:
    parts = [template.format(f"mx.nothing{number}").replace("[^f]", f"[^f{number}]") for number, template in enumerate(NAMES.values())]
    text = HEAD + "\n## Title\n\n" + "\n\n".join(parts) + "\n"
    return mini.build(mini.write(tmp_path_factory.mktemp("names"), {"docs/index.md": text} | IMAGE))


def test_true_names_pass_and_absent_ones_are_proven(tmp_path: Path):
    parts = [template.format("mx.sum").replace("[^f]", f"[^f{number}]") for number, template in enumerate(NAMES.values())]
    zero = "```pycon\n>>> mx.sum(mx.array([2]), axis=0)\narray(2, dtype=int32)\n```"  # the section shows its numbers
    good = HEAD + "\n## Title\n\n" + "\n\n".join([zero, *parts]) + "\n\nNot there: {absent}`mx.copy`, {absent}`np.source`.\n"
    built = mini.build(mini.write(tmp_path, {"docs/index.md": good} | IMAGE))
    assert built.status == 0, built.said
    assert json.loads((built.out / "verified.json").read_text())["names_absent"] == 2
    built = mini.build(mini.write(tmp_path, {"docs/index.md": good.replace("`mx.copy`", "`mx.sum`")}))
    assert built.status == 1
    assert re.search(r"docs/index\.md:\d+: mx\.sum: G507: is said to be absent, but exists", built.said)


def test_a_name_that_is_near_is_offered(tmp_path: Path):
    built = mini.build(mini.write(tmp_path, {"docs/index.md": HEAD + "\nUse `mx.argmx`.\n"}))
    assert "docs/index.md:7: mx.argmx: G506: does not exist; is it mx.argmax" in built.said


def tampered(out: Path, ledger) -> list[str]:
    found = gate.check_html(out, ledger) + gate.check_exports(out, ledger, markdown.fences)
    return sorted({problem.code for problem in found})


TAMPERING = {
    "a block more": ("index.html", "</body>", "<pre>&gt;&gt;&gt; 1\n2</pre></body>", ["G508"]),
    "a digit": ("reference/one.html", "4294967295", "4294967294", ["G508", "G509"]),
    "a block less": ("reference/one.html", "<pre>", "<div>", ["G509"]),
    "a name": ("index.html", "</body>", "<code>mx.nothing</code></body>", ["G510"]),
    "an absent name": ("index.html", "</body>", "<code class='absent'>mx.sum</code></body>", ["G510"]),
    "a digit in the twin": ("reference/one.md", "4294967295", "4294967294", ["G511"]),
    "a block more in the twin": ("index.md", "# Mini", "# Mini\n\n```pycon\n>>> 1\n2\n```", ["G511"]),
    "a digit in llms-full.txt": ("llms-full.txt", "4294967295", "4294967294", ["G511"]),
    "a digit in mapping.json": ("mapping.json", "4294967295", "4294967294", ["G511"]),
}


@pytest.mark.parametrize(("file", "old", "new", "codes"), TAMPERING.values(), ids=TAMPERING)
def test_what_was_written_is_what_is_checked(good: tuple[Path, object], file: str, old: str, new: str, codes: list[str]):
    out, ledger = good
    path = out / file
    before = path.read_text()
    assert old in before
    assert tampered(out, ledger) == []
    path.write_text(before.replace(old, new))
    try:
        found = tampered(out, ledger)
    finally:
        path.write_text(before)
    assert set(codes) <= set(found), found


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, object]:
    root = mini.write(tmp_path_factory.mktemp("good"), {})
    app = extension.build_site(root, root / "out", root / "doctrees")
    assert app.statuscode == 0
    return root / "out", app.mapping.ledger


def test_an_excuse_counts_only_while_it_is_on_the_list(tmp_path: Path):
    shell = HEAD + "\n```console\n$ ls\n```\n"
    skip = '[[block]]\nsource = "docs/index.md"\ntext = "$ ls"\nreason = "shell"\ntest = "tests/test_it.py::test_ls"\n'
    files = {"docs/index.md": shell, "mapping/dataset/skipped.toml": skip, "tests/test_it.py": "def test_ls():\n    pass\n"}
    built = mini.build(mini.write(tmp_path, files))
    assert built.status == 0, built.said
    listed = json.loads((built.out / "verified.json").read_text())
    [left] = listed["not_run"]
    assert left == {"page": "index", "source": "docs/index.md", "line": 8, "reason": "shell", "test": "tests/test_it.py::test_ls"}
    (tmp_path / "mapping" / "dataset" / "skipped.toml").write_text("")
    built = mini.build(tmp_path)
    assert built.status == 1
    assert "docs/index.md:8: index: G504: nothing runs this block" in built.said
    assert not (built.out / "verified.json").exists()
    built = mini.build(mini.write(tmp_path, {"mapping/dataset/skipped.toml": skip}))
    assert "mapping/dataset/skipped.toml:1: docs/index.md: G503: no page shows this block" in built.said


def test_a_fence_of_the_readme_must_be_on_a_page(tmp_path: Path):
    readme = "# Mini\n\n```pycon\n>>> 1\n1\n```\n"
    built = mini.build(mini.write(tmp_path, {"README.md": readme}))
    assert "README.md:4: README: G512: no page includes this block" in built.said
    index = HEAD.replace("reference/index\n", "reference/index\nreadme\n")
    include = {"docs/index.md": index, "docs/readme.md": "```{include} ../README.md\n```\n"}
    assert mini.build(mini.write(tmp_path, include | {"README.md": readme})).status == 0
    built = mini.build(mini.write(tmp_path, include | {"README.md": readme.replace("\n1\n", "\n2\n")}))
    assert "README.md:4: readme: G505: an integer differs" in built.said


def test_sphinx_build_called_by_hand_is_gated(tmp_path: Path):
    def by_hand(root: Path) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "sphinx", "-q", "-c", str(root), str(root / "docs"), str(root / "out")],
            cwd=Path(__file__).parent.parent, capture_output=True, text=True,
        )  # fmt: skip

    mini.write(tmp_path, {})
    assert by_hand(tmp_path).returncode == 0
    assert (tmp_path / "out" / "verified.json").exists()
    mini.write(tmp_path, {"docs/index.md": HEAD + "\n```pycon\n>>> 1\n2\n```\n"})
    done = by_hand(tmp_path)
    assert done.returncode != 0
    assert "docs/index.md:8: index: G505: an integer differs" in done.stderr
    assert not (tmp_path / "out" / "verified.json").exists()
    mini.write(tmp_path, {"mapping/dataset/entries/one.toml": mini.ENTRY + "typo = 1\n"})
    done = by_hand(tmp_path)
    assert done.returncode != 0
    assert "mapping/dataset/entries/one.toml:20: numpy.argmax: E104: unknown key `typo`" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out" / "verified.json").exists()


FALSE_STATEMENTS = {  # what the guide said that this project began from
    "immutable": ">>> a = mx.array([1, 2, 3, 4])\n>>> a[1:3] = 9\n>>> a\narray([1, 2, 3, 4], dtype=int32)",
    "at set": ">>> mx.array([1, 2, 3, 4, 5]).at[1:4].set(mx.array([9, 9, 9]))\narray([1, 9, 9, 9, 5], dtype=int32)",
    "default_device": ">>> with mx.default_device(mx.cpu):\n...     x = mx.ones((2, 3))",
    "copy": ">>> mx.copy(mx.array([1]))\narray([1], dtype=int32)",
    "slice_update in place": ">>> a = mx.array([1, 2])\n>>> b = mx.slice_update(a, mx.array([9]), mx.array([0]), [0])\n"
    ">>> a\narray([9, 2], dtype=int32)",
    "views": ">>> a = mx.array([1, 2])\n>>> b = a[:1]\n>>> b[0] = 9\n>>> a\narray([9, 2], dtype=int32)",
    "int of an array": ">>> int(mx.array(3))\nTraceback (most recent call last):\n    ...\nTypeError: no",
    "decoupling": ">>> n = np.array([1])\n>>> x = mx.array(n)\n>>> n[0] = 9\n>>> x\narray([9], dtype=int64)",
    "the gradient": ">>> def f(x):\n...     np.array(x, copy=False)[:] = 0.0\n...     return mx.sum(x)\n"
    ">>> mx.value_and_grad(f)(mx.array([3.0]))\n(array(0, dtype=float32), array([0], dtype=float32))",
    "lists as a start": ">>> mx.slice(mx.array([1, 2, 3]), [1], [0], [2])\narray([2, 3], dtype=int32)",
    "device=": ">>> mx.sum(mx.array([1]), device=mx.cpu)\narray(1, dtype=int32)",
}


def test_the_guides_false_statements_cannot_be_published(tmp_path: Path):
    text = HEAD + "".join(f"\n```pycon\n{block}\n```\n" for block in FALSE_STATEMENTS.values()) + "\nUse `mx.copy` to copy.\n"
    built = mini.build(mini.write(tmp_path, {"docs/index.md": text}))
    assert built.status == 1
    lines = text.split("\n")
    failed = {int(line) for line in re.findall(r"docs/index\.md:(\d+): index: G505", built.said)}
    starts = [i + 2 for i, line in enumerate(lines) if line == "```pycon"]
    ends = [next(j for j in range(start, len(lines)) if lines[j] == "```") for start in starts]
    for name, start, end in zip(FALSE_STATEMENTS, starts, ends):
        assert failed & set(range(start, end + 1)), name
    assert re.search(rf"docs/index\.md:{len(lines) - 1}: mx\.copy: G506", built.said)


CALLED = mini.ENTRY.replace("summary = ", 'calls = ["f(a)"]\nedges = ["dtype"]\nsummary = ', 1)
ALIAS = """
["numpy.argmin"]
alias_of = "numpy.argmax"
{}
[["numpy.argmin".examples]]
numpy = '''
>>> np.argmin(np.array([5]))
np.int64(0)
'''
mlx = '''
>>> mx.argmax(mx.array([5]))
array(0, dtype=uint32)
'''
"""


def test_an_alias_with_an_example_is_held_to_the_calls_of_its_target(tmp_path: Path):
    root = mini.write(tmp_path, {"mapping/dataset/entries/one.toml": CALLED})
    assert (built := mini.build(root)).status == 0, built.said
    mini.write(root, {"mapping/dataset/entries/one.toml": CALLED + ALIAS.format("")})
    assert "numpy.argmin: E205: is not answered like numpy.argmax: f(a), " in mini.build(root).said
    mini.write(root, {"mapping/dataset/entries/one.toml": CALLED + ALIAS.format('uncalled = "It is called otherwise."')})
    assert "E205" not in mini.build(root).said


def test_a_record_of_another_ledger_is_refused(tmp_path: Path, good: tuple[Path, object]):
    root = mini.write(tmp_path, {})
    app = extension.build_site(root, root / "out", root / "doctrees")
    record = root / "record.json"
    record.write_text(app.mapping.record.dump())
    assert extension.build_site(root, root / "again", root / "doctrees", mapping_records=[str(record)]).statuscode == 0
    mini.write(tmp_path, {"docs/index.md": HEAD + "\n```pycon\n>>> 1\n1\n```\n"})
    assert extension.build_site(root, root / "other", root / "doctrees", mapping_records=[str(record)]).statuscode == 1
    assert not (root / "other" / export.RECORD).exists()


def with_record(root: Path, passed: list[int] | None = None, failed: dict | None = None, absent: str = "", **changes: object) -> mini.Built:
    """Build with the record of an honest build of the same project, changed so: other blocks passed, one failed, a name not there."""
    app = extension.build_site(root, root / "honest", root / "doctrees")
    record, ledger = replace(app.mapping.record, **changes), app.mapping.ledger
    if passed is not None:
        record.passed = [ledger.blocks[place].id for place in passed]
    if failed:
        record.failures = [{**failed, "block": ledger.blocks[failed["block"]].id}]
    if absent:
        record.names = {**record.names, absent: False}
    record.pairs = {scope.name: {**record.pairs[scope.name], "of": scope.on(record.kinds).digest} for scope in ledger.scopes if scope.pair}
    (root / "record.json").write_text(record.dump())
    return mini.build(root, mapping_records=[str(root / "record.json")])


def test_a_record_must_be_of_this_ledger_and_whole(tmp_path: Path):
    root = mini.write(tmp_path, {})
    assert with_record(root).status == 0
    assert ": G515: it is of another ledger, 000000000000: " in with_record(root, ledger="0" * 64).said
    assert "G515: it is short: 2 blocks of the ledger not in it, such as `reference/one " in with_record(root, passed=[]).said
    assert "numpy.argmax: G506: does not exist" in with_record(root, absent="numpy.argmax").said


NAMED = {"cuda": "an NVIDIA GPU", "metal": "Apple’s GPU"}[OTHER]
EXAMPLE_DEVIATION = f"""
["numpy.argmax".examples.deviation]
machine = "{OTHER}"
reason = "it is 7."
mlx = '''
>>> mx.argmax(mx.array([5, 1])) - 1
array(7, dtype=uint32)
'''
"""
DRIFT = {"mapping/dataset/entries/one.toml": mini.ENTRY + EXAMPLE_DEVIATION}
OFF = MACHINES["mac" if OTHER == "metal" else OTHER] | {name: MACHINES["here"][name] for name in ("mlx", "numpy")}


def test_what_another_machine_shows_is_published_beside_what_this_one_does(tmp_path: Path):
    built = mini.build(mini.write(tmp_path, DRIFT))
    assert built.status == 0, built.said
    proven = json.loads((built.out / "verified.json").read_text())
    assert proven["blocks"]["run"] == 2
    assert proven["of_other_machines"] == [
        {"page": "reference/one", "source": "mapping/dataset/entries/one.toml", "line": 25, "machine": OTHER}
    ]
    [row] = json.loads((built.out / "mapping.json").read_text())["entries"]
    assert row["examples"][0]["deviation"] == {
        "machine": OTHER,
        "reason": "it is 7.",
        "mlx": ">>> mx.argmax(mx.array([5, 1])) - 1\narray(7, dtype=uint32)",
    }
    twin = (built.out / "reference" / "one.md").read_text()
    assert "array(7, dtype=uint32)" in twin[twin.index(f"On {NAMED}: it is 7.") :]
    page = (built.out / "reference" / "one.html").read_text()
    assert page.index("array(4294967295") < page.index(f"On {NAMED}: it is 7.") < page.index("array(7")
    assert "it is 7." in (built.out / "reference" / "deviations.md").read_text()


def test_what_another_machine_shows_is_held_against_its_record(tmp_path: Path):
    failure = {"block": 2, "line": 0, "source": "x", "wrong": "an integer differs", "want": "7", "got": "8"}
    root = mini.write(tmp_path, DRIFT)
    assert with_record(root, passed=[0, 1]).status == 0
    built = with_record(root, passed=[0, 2], environment=OFF)
    assert built.status == 0, built.said
    others = json.loads((built.out / "verified.json").read_text())["of_other_machines"]
    assert [(one["line"], one["machine"]) for one in others] == [(17, f"not {OTHER}")]
    assert (
        "mapping/dataset/entries/one.toml:25: numpy.argmax #1: G505: an integer differs"
        in with_record(root, passed=[0], failed=failure, environment=OFF).said
    )
    assert "G515: it is short: 1 block of the ledger not in it, `reference/one " in with_record(root, passed=[0, 1], environment=OFF).said
    assert "G515: it is short: 1 block of the ledger not in it, `reference/one " in with_record(root, passed=[0, 2]).said


def test_what_single_machines_show_is_published(tmp_path: Path):
    table = f'["numpy.argmax"."{OTHER}".edges]\nvalue = "f(a), int8 2-d: NumPy 1, MLX 2"\n'
    root = mini.write(tmp_path, {"mapping/dataset/machines.toml": table})
    built = mini.build(root)
    assert built.status == 0, built.said
    assert f"On {NAMED}: at the edges **value**: `f(a), int8 2-d: NumPy 1, MLX 2`." in (built.out / "reference" / "one.md").read_text()
    assert (
        '<code class="docutils literal notranslate"><span class="pre">f(a),</span>'
        in (built.out / "reference" / "deviations.html").read_text()
    )
    [row] = json.loads((built.out / "mapping.json").read_text())["entries"]
    assert row["machines"] == [
        {"machine": OTHER, "form": None, "differences": {}, "edges": {"value": "f(a), int8 2-d: NumPy 1, MLX 2"}, "without": {}}
    ]
    mini.write(root, {"mapping/dataset/machines.toml": table.replace("argmax", "argmix")})
    assert "mapping/dataset/machines.toml:1: numpy.argmix: E317: there is no such entry or form" in mini.build(root).said
    mini.write(root, {"mapping/dataset/machines.toml": table.replace(OTHER, platform.system())})
    assert "numpy.argmax: E402: `edges` declares `value`, but nothing shows it" in mini.build(root).said
    mini.write(root, {"mapping/dataset/machines.toml": "value = 3\n"})
    assert "mapping/dataset/machines.toml:1: value: E105: `value` must be a table for each kind of machine" in mini.build(root).said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"environment": OFF | {"mlx": "0.1.0"}}, f"the record was made with mlx 0.1.0, not {version('mlx')}: make it anew"),
        ({"environment": OFF | {"numpy": "1.0"}}, "the record was made with numpy 1.0, not"),
        ({"code": "0" * 64}, "the record was made with other code: make it anew"),
    ],
    ids=["other MLX", "other NumPy", "other code"],
)
def test_a_record_of_other_libraries_or_code_is_refused(tmp_path: Path, changes: dict, said: str):
    built = with_record(mini.write(tmp_path, {}), **changes)
    assert built.status == 2 and said in built.said


def test_verdicts_are_judged_here_and_where_the_record_was_made(tmp_path: Path):
    root = mini.write(tmp_path, {})
    built = with_record(root, environment=OFF)
    proven = json.loads((built.out / "verified.json").read_text())
    assert built.status == 0 and proven["device_name"] == proven["reported_by"] == OFF["device_name"]
    line = f"MLX {version('mlx')} and NumPy {version('numpy')}, on {records.in_words(OFF)}, as reported by {OFF['device_name']}."
    assert line in (built.out / "index.md").read_text()
    pairs = {"numpy.argmax #1": {"observed": ["dtype", "value"], "compared": 1}}
    assert (
        "numpy.argmax: E402: the verdict is `differs`, but an example shows `value`" in with_record(root, environment=OFF, pairs=pairs).said
    )
    with_record(root, environment=OFF)
    mini.write(root, {"mapping/dataset/entries/one.toml": mini.ENTRY.replace('"differs"', '"same"').replace('differences = ["dtype"]', "")})
    built = mini.build(root, mapping_records=[str(root / "record.json")])
    assert built.status == 1 and "numpy.argmax: E402" in built.said


def test_an_example_that_no_page_shows_is_a_problem(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(pages, "sides", lambda scope, example: "")
    built = mini.build(mini.write(tmp_path, {}))
    assert "mapping/dataset/entries/one.toml:5: numpy.argmax: G502: numpy.argmax #1: both sides must be rendered" in built.said


def test_a_warning_of_sphinx_leaves_no_record(tmp_path: Path):
    built = mini.build(mini.write(tmp_path, {"docs/index.md": HEAD + "\n[](nowhere.md)\n"}))
    assert built.status == 1
    assert not (built.out / "verified.json").exists()


def test_a_page_is_read_anew_when_a_byte_of_it_changes(good: tuple[Path, object], tmp_path: Path, monkeypatch):
    out, ledger = good
    cache, read = Cache(tmp_path), []
    monkeypatch.setattr(html, "content", lambda raw: read.append(raw) or content(raw))
    assert gate.check_html(out, ledger, cache) == [] and len(read) > 2
    read.clear()
    assert gate.check_html(out, ledger, cache) == [] and read == []
    page = out / "reference" / "one.html"
    before = page.read_text()
    page.write_text(before.replace("4294967295", "4294967294"))
    try:
        assert {problem.code for problem in gate.check_html(out, ledger, cache)} == {"G508", "G509"}
    finally:
        page.write_text(before)
    assert len(read) == 1
    cache.path.write_text("[broken")
    read.clear()
    assert gate.check_html(out, ledger, cache) == [] and len(read) > 2


def test_a_row_of_the_data_is_what_entry_and_run_say():
    due = [{"numpy": "numpy.sum", "verdict": "same", "since": None}]
    assert gate.check_rows([{"numpy": "numpy.sum", "verdict": "same", "since": None}], due) == []
    for lie in ({"verdict": "differs"}, {"since": "0.1"}, {"more": 1}):
        assert [problem.code for problem in gate.check_rows([due[0] | lie], due)] == ["G513"]
    assert [problem.name for problem in gate.check_rows([], due)] == ["numpy.sum"] * 3
    assert "numpy.mean" in [problem.name for problem in gate.check_rows([*due, {"numpy": "numpy.mean"}], due)]
