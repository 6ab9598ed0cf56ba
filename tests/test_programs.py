"""Every ported program is a file that runs alone, and its page shows it whole, with its picture."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "docs" / "guide" / "programs"
SLUGS = sorted(path.parent.name for path in PROGRAMS.glob("*/figure.py"))
SIDES = ("with_numpy.py", "with_mlx.py")
PICTURE = 150_000  # bytes


def test_there_are_at_least_ten_programs():
    assert len(SLUGS) >= 10
    assert sorted(path.stem for path in PROGRAMS.glob("*.md") if path.stem != "index") == SLUGS


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("side", SIDES)
def test_a_program_runs_alone(slug: str, side: str, tmp_path: Path):
    done = subprocess.run([sys.executable, str(PROGRAMS / slug / side)], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() and not done.stderr


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("side", SIDES)
def test_a_program_has_the_size_of_a_page(slug: str, side: str):
    lines = (PROGRAMS / slug / side).read_text().splitlines()
    assert 20 <= len(lines) <= 80
    assert max(map(len, lines)) <= 79


@pytest.mark.parametrize("slug", SLUGS)
def test_a_page_compares_the_results_and_shows_the_picture(clone: Path, slug: str):
    site = clone / "_build" / "html"
    html = (site / "guide" / "programs" / f"{slug}.html").read_text()
    page = (PROGRAMS / f"{slug}.md").read_text()
    compared = [block for block in re.findall(r"```pycon\n(.*?)```", page, re.DOTALL) if "expected" in block and "found" in block]
    assert compared, "no block holds `found` against `expected`"
    for shade in ("light", "dark"):
        assert f'src="../../_images/{slug}-{shade}.svg"' in html
        picture = (site / "_images" / f"{slug}-{shade}.svg").read_bytes()
        assert picture.startswith(b"<?xml") and len(picture) <= PICTURE
