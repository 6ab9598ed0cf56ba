"""The guide that this project began from: every row of its tables, every note and every gotcha has its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mapping.dataset import model, reader

ROOT = Path(__file__).resolve().parent.parent

TABLES = {
    "creation": "array zeros ones eye arange linspace",
    "indexing": "ndarray.__getitem__ ndarray.__setitem__ take where",
    "math": "add subtract multiply divide",
    "exponentials": "exp log",
    "trigonometry": "sin",
    "products": "matmul",
    "operators": "ndarray.__add__ ndarray.__sub__ ndarray.__mul__ ndarray.__truediv__ ndarray.__matmul__",
    "reductions": "sum max min mean var std",
    "shape": "reshape transpose concatenate stack split",
}
TOPICS = ("creation", "indexing", "math", "reductions", "shape")  # in the guide's order
PLACES = {
    "MLX arrays are immutable": "guide/claims#claim-immutable",
    "a.at[1:3].set(update)": "guide/claims#claim-at-set",
    "masked assignment through where": "guide/claims#claim-masked-assignment",
    "slice: the types of its arguments": "guide/claims#claim-slice",
    "the example of slice": "guide/slice#read-a-block",
    "the example of slice_update": "guide/slice#write-a-block",
    "slice_update in place": "guide/claims#claim-slice-update",
    "1 parameter and argument types": "guide/arrays#arrays-lists",
    "2 operators and functions": "guide/arrays#arrays-operators",
    "3 arrays and Python scalars": "guide/arrays#arrays-scalars",
    "item() and int()": "guide/claims#claim-item",
    "4 devices": "guide/devices#devices-stream-argument",
    "default_device as a context": "guide/claims#claim-default-device",
    "device=": "guide/claims#claim-device",
    "stream=": "guide/claims#claim-stream",
    "5 randomness": "guide/random#random-seed",
    "6 views and contiguity": "guide/in_place#in-place-views",
    "strided views": "guide/claims#claim-views",
    "contiguous": "guide/in_place#mx-contiguous",
    "7 boundaries and copies": "guide/interop#interop-sharing",
    "mx.array(np_arr.copy())": "guide/claims#claim-decouple",
    "mx.copy": "guide/claims#claim-copy",
    "clone": "guide/claims#claim-clone",
    "copy=False and gradients": "guide/claims#claim-gradient",
    "the pitfall and the safe pattern": "guide/interop#interop-gradients",
    "testing: try small": "guide/testing#make-the-input-tell-positions-apart",
}


@pytest.fixture(scope="module")
def dataset() -> model.Dataset:
    found, problems = reader.read(ROOT / "mapping" / "dataset" / "entries", ROOT)
    assert not problems
    return found


@pytest.mark.parametrize(("slug", "names"), TABLES.items())
def test_a_table_of_the_guide_opens_its_topic(dataset: model.Dataset, slug: str, names: str):
    topic = next(topic for topic in dataset.topics if topic.slug == slug)
    wanted = [f"numpy.{name}" for name in names.split()]
    assert [entry.name for entry in topic.entries if entry.name in wanted] == wanted


def test_topics_keep_the_guides_order(dataset: model.Dataset):
    assert [topic.slug for topic in dataset.topics if topic.slug in TOPICS] == [*TOPICS]


@pytest.mark.parametrize(("statement", "place"), PLACES.items())
def test_a_statement_of_the_guide_has_its_place(clone: Path, statement: str, place: str):
    page, _, anchor = place.partition("#")
    html = (clone / "_build" / "html" / f"{page}.html").read_text()
    section = re.search(rf'<section id="{anchor}">.*?</section>', html, re.DOTALL)
    assert section, f"{statement}: no section {anchor} on {page}"
    assert "<pre>" in section[0], f"{statement}: no proof at {place}"
