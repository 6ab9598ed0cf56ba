"""The rows of the finder: what of entries and pages is in them, and that no other row is published."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from mapping.site import finder, gate
from tests import mini
from tests.test_gone import published as with_a_name_that_is_gone

GUIDE = """# Guide

(where)=

## `a[mask]` is refused

```{index} ! boolean mask, ! single: ValueError: no masks
```

It raises. So ask for places.

### Deeper

Deep.

## Where to go next

Home.
"""
INDEX = "# Mini\n\n```{toctree}\nreference/index\nguide/one\n```\n"


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list]]:
    files = {"docs/index.md": INDEX, "docs/guide/one.md": GUIDE}
    built = with_a_name_that_is_gone(tmp_path_factory.mktemp("mini"), "numpy.Argmax", files=files)
    assert built.status == 0, built.said
    return finder.read(built.out / finder.FILE, finder.BEGINS)


def test_a_name_has_its_counterpart_its_verdict_and_its_sentence(rows: dict[str, list[list]]):
    badges = ["differs", "silent"]
    assert rows["names"] == [["numpy.argmax", "np.argmax", ["mx.argmax"], "mx.argmax", badges, "Indices are `uint32`.", "one"]]
    assert rows["gone"] == [["numpy.Argmax", "2.0", "Use `np.argmax` instead, not `np.argmin`.", ["numpy.argmax"]]]
    assert ["mlx.core.softmax", "mx.softmax"] in rows["mlx"] and ["mlx.core.argmax", "mx.argmax"] not in rows["mlx"]


def test_a_section_has_its_words_and_its_first_sentence(rows: dict[str, list[list]]):
    words = ["boolean mask", "ValueError: no masks"]
    assert rows["places"] == [
        ["Guide", "guide/one.html", "the guide", "", []],
        ["a[mask] is refused", "guide/one.html#where", "Guide", "It raises.", words],
        ["Deeper", "guide/one.html#deeper", "Guide", "Deep.", []],
    ]


def test_a_long_sentence_ends_with_a_word():
    assert finder.sentence("word " * 100) == "word " * 27 + "word …"


def damaged(rows: dict[str, list[list]], damage) -> list[str]:
    other = copy.deepcopy(rows)
    damage(other)
    return [problem.code for problem in gate.check_script("finder-rows.js", other, rows)]


def test_another_row_than_what_is_due_is_told(rows: dict[str, list[list]]):
    assert damaged(rows, lambda other: None) == []
    assert damaged(rows, lambda other: other["gone"].pop()) == ["G518"]
    assert damaged(rows, lambda other: other["mlx"].append(["mlx.core.copy", "mx.copy"])) == ["G518"]
    assert damaged(rows, lambda other: other["names"][0][4].pop()) == ["G518", "G518"]
    assert damaged(rows, lambda other: other["places"].reverse()) == ["G518"]


def test_the_script_is_what_is_read(tmp_path: Path):
    finder.write(tmp_path / "a.js", "a = ", {"names": [["a", "`b` </script>"]], "gone": []})
    assert finder.read(tmp_path / "a.js", "a = ") == {"names": [["a", "`b` </script>"]], "gone": []}


def test_a_build_refuses_scripts_whose_rows_are_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write = finder.write
    monkeypatch.setattr(finder, "write", lambda script, begins, due: write(script, begins, {**due, "gone": [["numpy.x"]]}))
    built = mini.build(mini.write(tmp_path, {}))
    assert built.status == 1 and not (built.out / "verified.json").exists()
    assert "finder-rows.js:1: numpy.x: G518" in built.said and "port-rows.js:1: numpy.x: G518" in built.said


def test_what_the_page_knows_that_reads_scripts_is_what_entries_say(tmp_path: Path):
    built = mini.build(mini.write(tmp_path, {}))
    known = finder.read(built.out / finder.PORT, finder.PORT_BEGINS)
    [[name, verdict, mlx, sentence, page, called, referred, indexed, shape, more, gives]] = known["names"]
    assert (name, verdict, mlx, page, gives) == ("numpy.argmax", "differs", ["argmax"], "one", "array")
    assert known["sentences"][sentence] == ["Indices are `uint32`."]
    assert (known["effects"][called], known["effects"][referred]) == (["person", [], ""], ["person", [], ""])
    assert known["effects"][indexed][1] == ["MLX's counterpart takes no subscript"] and more == 1
    _, _, _, _, other, spread = known["shapes"][shape]
    assert known["effects"][other] == ["person", ["no call was compared with `KEYWORD=`"], ""]
    assert known["effects"][spread][1] == ["the arguments are spread out of a value that is not plain"]
