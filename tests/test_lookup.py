"""Facts are asked of the live libraries, and kept for as long as nothing that matters has changed."""

import pytest

from mapping.facts import lookup
from mapping.run.cache import Cache

from .conftest import toml

ENTRY = '["numpy.sum"]\nmlx = ["mlx.core.sum"]\nverdict = "same"\n'


class Counting:
    """A pool that counts how often it is asked, and tells nothing but what its real one tells."""

    def __init__(self, pool):
        self.pool, self.device, self.asked = pool, pool.device, []

    def environment(self):
        return self.pool.environment()

    def facts(self, names, same, spaces, **more):
        self.asked.append((set(names), {tuple(pair) for pair in same}))
        return self.pool.facts(names, same, spaces, **more)


@pytest.fixture
def counting(pool):
    return Counting(pool)


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "work", "cpu")


@pytest.mark.parametrize(
    "numpy, mlx",
    [
        ("numpy.sum", "mlx.core.sum"),
        ("numpy.array", "mlx.core.array"),
        ("numpy.linalg.norm", "mlx.core.linalg.norm"),
        ("numpy.fft.fft", "mlx.core.fft.fft"),
        ("numpy.ndarray.sum", "mlx.core.array.sum"),
        ("numpy.ndarray.__getitem__", "mlx.core.array.__getitem__"),
        ("numpy.ndarray", "mlx.core.ndarray"),
        ("numpy.random.normal", "mlx.core.random.normal"),
        ("numpy.random.Generator.normal", "mlx.core.random.normal"),
        ("numpy.random.Generator", "mlx.core.random.Generator"),
        ("numpy.random.RandomState.normal", "mlx.core.random.RandomState.normal"),
    ],
)
def test_counterpart(numpy, mlx):
    assert lookup.counterpart(numpy) == mlx


@pytest.mark.parametrize("numpy", ["numpy.norm", "numpy.linalg.norm", "numpy.ndarray.norm", "numpy.random.Generator.norm"])
def test_candidates(numpy):
    assert lookup.candidates(numpy) == [
        "mlx.core.norm",
        "mlx.core.array.norm",
        "mlx.core.linalg.norm",
        "mlx.core.fft.norm",
        "mlx.core.random.norm",
    ]


def test_questions_of_each_kind_of_entry(read):
    dataset, _ = read(
        a=toml(
            '["numpy.absolute"]\nmlx = ["mlx.core.abs"]\nverdict = "renamed"\n'
            '["numpy.abs"]\nalias_of = "numpy.absolute"\n'
            '["numpy.fabs"]\nalias_of = "numpy.nothing"\n'
            '["numpy.vander"]\nverdict = "missing"\n'
        )
    )
    names, same = lookup.questions(dataset)
    assert names == {
        *("numpy.absolute", "mlx.core.absolute", "mlx.core.abs"),
        *("numpy.abs", "numpy.fabs", "mlx.core.fabs", "numpy.nothing"),
        *("numpy.vander", *lookup.candidates("numpy.vander")),
    }
    assert same == {("numpy.abs", "numpy.absolute"), ("numpy.fabs", "numpy.nothing"), ("mlx.core.abs", "mlx.core.abs")}


def test_facts_are_what_is_live(read, counting):
    dataset, _ = read(
        a=toml(
            '["numpy.absolute"]\nmlx = ["mlx.core.abs", "mlx.core.absolut"]\n'
            '["numpy.abs"]\nalias_of = "numpy.absolute"\n'
            '["numpy.amax"]\nalias_of = "numpy.max"\n'
            '["numpy.linalg.nrom"]\n'
        )
    )
    found = lookup.facts(dataset, counting)
    assert {name for name, there in found.names.items() if there} == {
        "numpy.absolute",
        "numpy.abs",
        "mlx.core.abs",
        "numpy.amax",
        "numpy.max",
    }
    assert found.same["numpy.abs numpy.absolute"] and not found.same["numpy.amax numpy.max"]
    assert "numpy.linalg.norm" in found.near["numpy.linalg.nrom"]
    assert found.environment == counting.environment()
    assert {"mlx", "numpy", "python", "platform", "device"} <= set(found.environment)


def test_nothing_is_asked_twice_while_nothing_changes(read, counting, cache):
    dataset, _ = read(a=toml(ENTRY))
    first = lookup.facts(dataset, counting, cache)
    assert vars(lookup.facts(dataset, counting, cache)) == vars(first)
    changed, _ = read(a=toml(ENTRY.replace('"same"', '"differs"\nsummary = "x"')))
    assert vars(lookup.facts(changed, counting, cache)) == vars(first)
    assert len(counting.asked) == 1


def test_without_a_cache_everything_is_asked(read, counting):
    dataset, _ = read(a=toml(ENTRY))
    assert vars(lookup.facts(dataset, counting)) == vars(lookup.facts(dataset, counting))
    assert len(counting.asked) == 2


CHANGES = {
    "another entry": ENTRY + '["numpy.max"]\nmlx = ["mlx.core.max"]\nverdict = "same"\n',
    "another counterpart": ENTRY.replace("mlx.core.sum", "mlx.core.max"),
    "another name": ENTRY.replace("numpy.sum", "numpy.max"),
    "a verdict that asks for more": ENTRY.replace('"same"', '"missing"'),
    "an alias": ENTRY + '["numpy.amax"]\nalias_of = "numpy.sum"\n',
}


@pytest.mark.parametrize("text", CHANGES.values(), ids=CHANGES)
def test_facts_are_asked_anew_when_names_change(read, counting, cache, text):
    lookup.facts(read(a=toml(ENTRY))[0], counting, cache)
    dataset, _ = read(a=toml(text))
    found = lookup.facts(dataset, counting, cache)
    assert len(counting.asked) == 2
    assert set(found.names) == lookup.questions(dataset)[0] == counting.asked[1][0]


def test_facts_are_asked_anew_when_pairs_change(read, counting, cache):
    text = '["numpy.abs"]\n["numpy.absolute"]\nalias_of = "numpy.abs"\n["numpy.fabs"]\nalias_of = "numpy.abs"\n'
    for target in ("numpy.abs", "numpy.absolute"):
        lookup.facts(read(a=toml(text.replace('"numpy.abs"\n', f'"{target}"\n')))[0], counting, cache)
    assert counting.asked[0][0] == counting.asked[1][0]
    assert counting.asked[0][1] != counting.asked[1][1]


def test_facts_are_asked_anew_for_another_device(read, counting, cache):
    dataset, _ = read(a=toml(ENTRY))
    lookup.facts(dataset, counting, cache)
    lookup.facts(dataset, counting, Cache(cache.path.parent, "gpu"))
    assert len(counting.asked) == 2


def test_a_cache_that_cannot_be_read_is_asked_anew(read, counting, cache):
    dataset, _ = read(a=toml(ENTRY))
    first = lookup.facts(dataset, counting, cache)
    cache.path.write_text("[broken")
    assert vars(lookup.facts(dataset, counting, cache)) == vars(first)
    assert len(counting.asked) == 2
    assert vars(lookup.facts(dataset, counting, cache)) == vars(first)
    assert len(counting.asked) == 2
