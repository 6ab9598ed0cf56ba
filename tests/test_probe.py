"""Facts are asked of the live libraries, and kept for as long as nothing that matters has changed."""

import json

import pytest

from mapping import probe

from .conftest import toml

ENTRY = '["numpy.sum"]\nmlx = ["mlx.core.sum"]\nverdict = "same"\n'


class Counting:
    """A pool that counts how often it is asked, and tells nothing but what its real one tells."""

    def __init__(self, pool):
        self.pool, self.device, self.asked = pool, pool.device, []

    def environment(self):
        return self.pool.environment()

    def facts(self, names, same, spaces):
        self.asked.append((set(names), set(same)))
        return self.pool.facts(names, same, spaces)


@pytest.fixture
def counting(pool):
    return Counting(pool)


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "work"


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
    assert probe.counterpart(numpy) == mlx


@pytest.mark.parametrize("numpy", ["numpy.norm", "numpy.linalg.norm", "numpy.ndarray.norm", "numpy.random.Generator.norm"])
def test_candidates(numpy):
    assert probe.candidates(numpy) == [
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
    names, same = probe.questions(dataset)
    assert names == {
        *("numpy.absolute", "mlx.core.absolute", "mlx.core.abs"),
        *("numpy.abs", "numpy.fabs", "mlx.core.fabs", "numpy.nothing"),
        *("numpy.vander", *probe.candidates("numpy.vander")),
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
    found = probe.facts(dataset, counting)
    assert {name for name, there in found.names.items() if there} == {"numpy.absolute", "numpy.abs", "mlx.core.abs", "numpy.amax", "numpy.max"}
    assert found.same["numpy.abs numpy.absolute"] and not found.same["numpy.amax numpy.max"]
    assert "numpy.linalg.norm" in found.near["numpy.linalg.nrom"]
    assert found.environment == counting.environment()
    assert {"mlx", "numpy", "python", "platform", "device"} <= set(found.environment)


def test_nothing_is_asked_twice_while_nothing_changes(read, counting, cache):
    dataset, _ = read(a=toml(ENTRY))
    first = probe.facts(dataset, counting, cache)
    assert probe.facts(dataset, counting, cache) == first
    changed, _ = read(a=toml(ENTRY.replace('"same"', '"differs"\nsummary = "x"')))
    assert probe.facts(changed, counting, cache) == first
    assert len(counting.asked) == 1


def test_without_a_cache_everything_is_asked(read, counting):
    dataset, _ = read(a=toml(ENTRY))
    assert probe.facts(dataset, counting) == probe.facts(dataset, counting)
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
    probe.facts(read(a=toml(ENTRY))[0], counting, cache)
    dataset, _ = read(a=toml(text))
    found = probe.facts(dataset, counting, cache)
    assert len(counting.asked) == 2
    assert set(found.names) == probe.questions(dataset)[0] == counting.asked[1][0]


def test_facts_are_asked_anew_when_pairs_change(read, counting, cache):
    text = '["numpy.abs"]\n["numpy.absolute"]\nalias_of = "numpy.abs"\n["numpy.fabs"]\nalias_of = "numpy.abs"\n'
    for target in ("numpy.abs", "numpy.absolute"):
        probe.facts(read(a=toml(text.replace('"numpy.abs"\n', f'"{target}"\n')))[0], counting, cache)
    assert counting.asked[0][0] == counting.asked[1][0]
    assert counting.asked[0][1] != counting.asked[1][1]


@pytest.mark.parametrize("change", ["mlx", "numpy", "python", "platform"])
def test_facts_are_asked_anew_when_the_installation_changes(read, counting, cache, monkeypatch, change):
    dataset, _ = read(a=toml(ENTRY))
    probe.facts(dataset, counting, cache)
    before = probe.installed()
    assert before[change]
    monkeypatch.setattr(probe, "installed", lambda: {**before, change: "another"})
    probe.facts(dataset, counting, cache)
    assert len(counting.asked) == 2


def test_facts_are_asked_anew_for_another_device(read, counting, cache):
    dataset, _ = read(a=toml(ENTRY))
    probe.facts(dataset, counting, cache)
    counting.device = "gpu"
    probe.facts(dataset, counting, cache)
    assert len(counting.asked) == 2


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[]", b"null", b"3", b"{}", b'{"key": "other"}', "without names"],
    ids=repr,
)
def test_a_cache_that_cannot_be_read_is_asked_anew(read, counting, cache, content):
    dataset, _ = read(a=toml(ENTRY))
    first = probe.facts(dataset, counting, cache)
    if content == "without names":
        kept = json.loads((cache / "facts.json").read_text())
        del kept["names"]
        content = json.dumps(kept).encode()
    (cache / "facts.json").write_bytes(content)
    assert probe.facts(dataset, counting, cache) == first
    assert len(counting.asked) == 2
    assert probe.facts(dataset, counting, cache) == first
    assert len(counting.asked) == 2
