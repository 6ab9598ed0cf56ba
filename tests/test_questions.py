"""What readers trip over: each question is answered in one place, with code that runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
GUIDE = ROOT / "docs" / "guide"
ANSWERS = {
    "1 reading with a boolean mask": "indexing#indexing-mask-read",
    "1 zeroing, counting, summing the selected": "indexing#indexing-mask-sum",
    "1 compressing": "indexing#indexing-compress",
    "2 nonzero, argwhere, one-argument where": "indexing#indexing-data-dependent",
    "3 unique": "indexing#indexing-unique",
    "4 out-of-range indices": "indexing#indexing-out-of-range",
    "5 slices and reshapes are copies": "in_place#in-place-views",
    "6 in-place meaning": "in_place#in-place-names",
    "7 float64": "arrays#arrays-float64",
    "8 float64 arrays become float32": "arrays#arrays-narrow",
    "9 mixing the two": "interop#interop-mixed",
    "10 bfloat16 to and from NumPy": "interop#interop-bfloat16",
    "11 npy, npz, safetensors": "saving#saving-dtypes",
    "12 what may be an index": "indexing#indexing-kinds",
    "13 assigning with boolean lists": "indexing#indexing-assign-mask",
    "13 slice-assignment broadcasting": "indexing#indexing-assign-broadcast",
    "14 ... and None in indices": "indexing#indexing-ellipsis-none",
    "15 NaN": "reductions#reductions-nan",
    "16 signs in //, %, divmod": "precision#precision-signs",
    "17 sums of small integers": "reductions#reductions-wrap",
    "18 precision": "precision#precision-devices",
    "18 half-precision sums": "precision#precision-half-sums",
    "19 linalg runs on the CPU": "linalg#linalg-cpu",
    "20 what is not there": "start#start-missing",
    "21 the Array API standard": "arrays#arrays-api",
    "22 when to call mx.eval": "lazy#lazy-eval",
    "22 when an error shows up": "lazy#lazy-errors",
    "22 what conversion costs": "lazy#lazy-conversion",
    "23 who shares memory with whom": "interop#interop-sharing",
    "24 arrays of 2**31 elements": "threads#threads-big",
    "25 uint64 from 2**63 on": "arrays#arrays-uint64",
    "26 can I swap NumPy out": "start#start-swap",
    "27 np.sum of an MLX array": "interop#interop-numpy-functions",
    "28 dtype= spellings": "arrays#arrays-dtype",
    "29 negative powers": "precision#precision-power",
    "30 random numbers": "random#random-seed",
    "30 choice and shuffle": "random#random-choice",
    "31 arrays as Python objects": "arrays#arrays-objects",
    "32 arguments that are missing": "arrays#arrays-arguments",
    "33 devices and streams": "devices#devices-scope",
    "34 grad": "transforms#transforms-grad",
    "34 vmap": "transforms#transforms-vmap",
    "34 compile": "transforms#transforms-compile",
    "35 threads": "threads#threads-eval",
}
ORDER = [
    "start",
    "arrays",
    "promotion",
    "shapes",
    "indexing",
    "in_place",
    "reductions",
    "precision",
    "range",
    "random",
    "linalg",
    "fft",
    "lazy",
    "costs",
    "devices",
    "interop",
    "neighbours",
    "transforms",
    "saving",
    "threads",
    "errors",
    "claims",
    "cheatsheet",
]


def section(site: Path, place: str) -> str:
    """The HTML of a section, from its start to the next of its level."""
    page, _, anchor = place.partition("#")
    html = (site / "guide" / f"{page}.html").read_text(encoding="utf-8")
    start = re.search(rf'<section id="{anchor}">|<span id="{anchor}">', html)
    assert start, f"no section {anchor} on {page}"
    return html[start.start() : html.find("</section>", start.end())]


def test_every_question_has_its_answer():
    assert {int(question.split()[0]) for question in ANSWERS} == set(range(1, 36))


@pytest.mark.parametrize(("question", "place"), ANSWERS.items(), ids=ANSWERS)
def test_a_question_is_answered_where_it_is_said_to_be(clone: Path, question: str, place: str):
    assert "<pre>" in section(clone / "_build" / "html", place), f"{question}: no proof at {place}"


def test_pages_stand_in_the_order_of_the_guide():
    order = re.findall(r"(?m)^(\w+)$", (GUIDE / "index.md").read_text(encoding="utf-8"))
    assert [name for name in order if name in ORDER] == ORDER


@pytest.mark.parametrize("path", sorted(path for path in GUIDE.rglob("*.md") if path.name != "index.md"), ids=lambda path: path.stem)
def test_a_page_ends_with_where_to_go_next(path: Path):
    heads = re.findall(r"(?m)^## (.+)$", re.sub(r"(?ms)^```.*?^```$", "", path.read_text(encoding="utf-8")))
    assert heads[-1] == "Where to go next"


def test_a_label_that_goes_is_missed(clone: Path):
    with pytest.raises(AssertionError, match="no section indexing-gone on indexing"):
        section(clone / "_build" / "html", "indexing#indexing-gone")


def test_no_page_is_heavier_than_a_reader_would_wait_for(clone: Path):
    site = clone / "_build" / "html"
    empty = (site / "search.html").stat().st_size
    sizes = {path.relative_to(site).as_posix(): path.stat().st_size - empty for path in site.rglob("*.html")}
    assert {page: size for page, size in sizes.items() if size > (1_000_000 if page == "reference/names.html" else 300_000)} == {}
