"""What an entry comes to: an alias follows its target and its own name, silence follows from what is written."""

import pytest

from mapping.dataset import model
from mapping.facts import lookup, resolved

from .conftest import toml


def facts(*names: str) -> lookup.Facts:
    return lookup.Facts({}, dict.fromkeys(names, True), {}, {})


def entries(read, target: str, alias: str = "") -> model.Dataset:
    """A target entry from its keys, and an alias of it."""
    text = f'["numpy.absolute"]\n{target}\n'
    dataset, problems = read(a=toml(text + (f'["{alias}"]\nalias_of = "numpy.absolute"\n' if alias else "")))
    assert problems == []
    return dataset


ALIASES = {
    "of a renamed one, its own name is there": ("renamed", "numpy.abs", ["mlx.core.abs"], ("same", ["mlx.core.abs"])),
    "of a renamed one, its own name is not there": ("renamed", "numpy.fabs", ["mlx.core.abs"], ("renamed", ["mlx.core.abs"])),
    "of the same, its own name is not there": ("same", "numpy.fabs", ["mlx.core.absolute"], ("renamed", ["mlx.core.absolute"])),
    "of the same, its own name is there": ("same", "numpy.abs", ["mlx.core.absolute"], ("same", ["mlx.core.abs"])),
    "of one that differs": ("differs", "numpy.abs", ["mlx.core.absolute"], ("differs", ["mlx.core.absolute"])),
    "of a recipe": ("recipe", "numpy.fabs", [], ("recipe", [])),
    "of a missing one": ("missing", "numpy.fabs", [], ("missing", [])),
    "of one for the host": ("host", "numpy.fabs", [], ("host", [])),
}


@pytest.mark.parametrize("verdict, alias, mlx, expected", ALIASES.values(), ids=ALIASES)
def test_an_alias_takes_its_verdict_from_its_own_name(read, verdict, alias, mlx, expected):
    keys = f'verdict = "{verdict}"' + (f"\nmlx = {mlx}" if mlx else "")
    dataset = entries(read, keys, alias)
    found = resolved.of(dataset.by_name[alias], dataset, facts("mlx.core.abs"))
    assert (found.verdict, found.mlx) == expected


def test_an_alias_takes_the_rest_from_its_target(read):
    dataset = entries(read, 'verdict = "differs"\nmlx = ["mlx.core.abs"]\ndifferences = ["dtype"]\nedges = ["nan", "error"]', "numpy.abs")
    target, alias = (resolved.of(entry, dataset, facts("mlx.core.abs")) for entry in dataset.entries)
    assert target == alias == resolved.Resolved("differs", ["mlx.core.abs"], ["dtype"], ["error", "nan"], True)


def test_following_an_alias_leaves_its_target_as_it_was(read):
    dataset = entries(read, 'verdict = "renamed"\nmlx = ["mlx.core.abs"]', "numpy.abs")
    target, alias = dataset.entries
    resolved.of(alias, dataset, facts("mlx.core.abs"))
    assert resolved.of(target, dataset, facts("mlx.core.abs")).verdict == target.verdict == "renamed"


def test_aliases_of_each_other_come_to_an_end(read):
    dataset, _ = read(a=toml('["numpy.a"]\nalias_of = "numpy.b"\n["numpy.b"]\nalias_of = "numpy.a"'))
    assert resolved.of(dataset.entries[0], dataset, facts()).verdict == ""


def test_an_entry_with_forms_stands_as_the_worst_of_them(read):
    forms = [("same", 'edges = ["nan"]'), ("differs", 'differences = ["error"]')]
    dataset = entries(
        read,
        'mlx = ["mlx.core.abs"]\n' + "".join(f'[["numpy.absolute".forms]]\nname = "{v}"\nverdict = "{v}"\n{k}\n' for v, k in forms),
    )
    found = resolved.of(dataset.entries[0], dataset, facts())
    assert found == resolved.Resolved("differs", ["mlx.core.abs"], ["error"], ["nan"], True)


KINDS = {
    "nothing differs": ([], [], False),
    "MLX raises": (["error"], [], False),
    "the call does not fit": (["parameters"], ["error"], False),
    "dtype": (["dtype"], [], True),
    "value beside an error": (["error", "value"], [], True),
    "an edge": ([], ["nan"], True),
    "an edge that raises": ([], ["error"], False),
    "undefined": ([], ["undefined"], True),
    "aliasing": ([], ["aliasing"], False),
    "a dtype at the edge": ([], ["dtype"], False),
    "a value at the edge": ([], ["value"], True),
    "mutation": (["mutation"], [], True),
    "an answer where NumPy raises": (["unraised"], [], True),
    "an answer where NumPy takes no such array": ([], ["unraised"], False),
}


@pytest.mark.parametrize("differences, edges, expected", KINDS.values(), ids=KINDS)
def test_silence_follows_from_the_kinds_of_difference(differences, edges, expected):
    assert resolved.silent(model.Case(differences=differences, edges=edges)) is expected
