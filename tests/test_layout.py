"""Folders show the way of the data: what each may import, read from the sources; no circle, no long file."""

from __future__ import annotations

import ast
import symtable
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "mapping"
MAY = {  # a folder: the folders of ours that it may import, and the packages of others beside the standard library
    "run": (set(), set()),
    "worker": ({"run"}, {"mlx", "numpy", "matplotlib", "hypothesis"}),
    "dataset": ({"run"}, {"jsonschema"}),
    "facts": ({"dataset", "run"}, set()),
    "port": (set(), {"libcst"}),
    "site": ({"dataset", "facts", "port", "run"}, {"sphinx", "docutils", "myst_parser", "sphinx_markdown_builder", "lxml"}),
}
LONGEST = 400  # lines of a file


def sources(root: Path) -> dict[str, Path]:
    """The modules of the package by their dotted names; a package is named like its folder."""
    paths = {path.relative_to(root.parent).with_suffix(""): path for path in root.rglob("*.py")}
    return {".".join(name.parts).removesuffix(".__init__"): path for name, path in paths.items()}


def imported(name: str, path: Path, modules: dict[str, Path]) -> set[str]:
    """All that a module imports, wherever in it: modules of ours by their dotted names, others by the first part of theirs."""
    found = set()
    here = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join([*here[: len(here) - node.level + 1], *filter(None, [node.module])]) if node.level else node.module
            inner = {f"{base}.{alias.name}" for alias in node.names}
            found |= inner & modules.keys() or {base}
            found |= {base} if inner - modules.keys() else set()
    return {one if one in modules else one.split(".")[0] for one in found}


def graph(root: Path) -> dict[str, set[str]]:
    """What each module imports."""
    modules = sources(root)
    return {name: imported(name, path, modules) for name, path in modules.items()}


def wrong(root: Path) -> list[str]:
    """Every import that its folder must not make."""
    found, edges = [], graph(root)
    for name, targets in sorted(edges.items()):
        folder = name.split(".")[1] if name.count(".") else ""
        if folder not in MAY:
            continue
        numpy, others = MAY[folder]
        for target in sorted(targets - sys.stdlib_module_names):
            of = target.split(".")[1] if target in edges and target.count(".") else ""
            if not (of in {folder, *numpy} if target in edges else target in others):
                found.append(f"{name} imports {target}")
    return found


def circle(edges: dict[str, set[str]]) -> list[str]:
    """Modules that import each other in a ring; none where there is no such ring."""
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        rings = (walk(target, [*path, name]) for target in sorted(edges[name] & edges.keys()))
        ring = next(filter(None, rings), [])
        done.add(name)
        return ring

    return next(filter(None, (walk(name, []) for name in sorted(edges))), [])


def test_every_folder_has_its_place():
    assert {path.parent.name for path in PACKAGE.glob("*/*.py")} == {*MAY}
    assert {path.name for path in PACKAGE.glob("*.py")} == {"__init__.py", "__main__.py"}


def test_arrows_between_folders_go_one_way():
    assert wrong(PACKAGE) == []


def test_no_modules_import_each_other():
    assert circle(graph(PACKAGE)) == []


def test_no_file_is_long():
    long = {
        name: lines for name, path in sources(PACKAGE).items() if (lines := len(path.read_text(encoding="utf-8").split("\n")) - 1) > LONGEST
    }
    assert long == {}


LIES = {
    "run/a.py": [
        ("import numpy as np", "numpy"),
        ("from ..dataset import model", "mapping.dataset.model"),
        ("def f():\n    from ..site import gate", "mapping.site.gate"),
    ],
    "dataset/model.py": [("import mlx.core as mx", "mlx"), ("from mapping.facts import guide", "mapping.facts.guide")],
    "facts/guide.py": [("import jsonschema", "jsonschema"), ("from ..worker.values import freeze", "mapping.worker.values")],
    "worker/values.py": [("from ..facts import guide", "mapping.facts.guide"), ("if True:\n    import sphinx.application", "sphinx")],
    "port/reader.py": [("import mlx.core", "mlx"), ("from ..site import gate", "mapping.site.gate")],
    "site/gate.py": [("import mlx.core", "mlx"), ("from ..worker import values", "mapping.worker.values")],
}


@pytest.mark.parametrize(("file", "line", "target"), [(file, *lie) for file, lies in LIES.items() for lie in lies])
def test_an_import_against_the_way_is_named(tmp_path: Path, file: str, line: str, target: str):
    for name in (*LIES, *(f"{folder}/__init__.py" for folder in MAY), "__init__.py"):
        path = tmp_path / "mapping" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{line}\n" if name == file else "import re\n")
    name = f"mapping.{file.removesuffix('.py').replace('/', '.')}"
    assert wrong(tmp_path / "mapping") == [f"{name} imports {target}"]


def test_a_circle_is_found():
    assert circle({"a": {"b", "re"}, "b": {"c"}, "c": set()}) == []
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}) == ["b", "c", "b"]


def comprehensions(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    """Those of a scope that Python 3.12 and later make a part of it, and those in them."""
    for inner in table.get_children():
        if inner.get_name().strip("<>") in ("listcomp", "setcomp", "dictcomp"):
            yield inner
            yield from comprehensions(inner)


def mixed(table: symtable.SymbolTable, name: str = "") -> list[str]:
    """What a comprehension takes from the module, and another one in the same function binds: the first Python 3.12s read the latter."""
    inner = [*comprehensions(table)] if table.get_type() == "function" else []
    bound = {one.get_name() for each in inner for one in each.get_symbols() if one.is_local()}
    taken = {one.get_name() for each in inner for one in each.get_symbols() if one.is_global() and one.is_referenced()}
    found = [f"{name}.{table.get_name()}: {one}" for one in sorted(bound & taken)]
    return found + [one for child in table.get_children() for one in mixed(child, name)]


def test_no_comprehension_binds_what_another_takes_from_the_module():
    """`make html` ended in an UnboundLocalError under Python 3.12.3, which Ubuntu 24.04 has."""
    paths = [ROOT / "conf.py", *PACKAGE.rglob("*.py")]
    assert [one for path in paths for one in mixed(symtable.symtable(path.read_text(encoding="utf-8"), str(path), "exec"), path.stem)] == []


def test_such_a_comprehension_is_found():
    text = "def name(a): ...\ndef f(b):\n    own = {name for one in b for name in one}\n    return {'names': [name(one) for one in own]}\n"
    assert mixed(symtable.symtable(text, "<text>", "exec"), "m") == ["m.f: name"]
