"""What is published: always one whole site that passed, and nothing of one that did not."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import signal
import zipfile
from pathlib import Path

import pytest

from mapping.dataset.problems import Refused
from mapping.run import process
from mapping.run.process import RunError, Worker
from mapping.site import export, extension, publish, speed
from tests import mini

CODE = "# Mini\n\n```{{toctree}}\nreference/index\n```\n\n```pycon\n{}\n```\n"


def everything(root: Path) -> dict[str, bytes]:
    """Where the link points, and all bytes below it."""
    link = root / "_build" / "html"
    files = {path.relative_to(link).as_posix(): path.read_bytes() for path in sorted(link.rglob("*")) if path.is_file()}
    return {"": os.readlink(link).encode(), **files}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = mini.write(tmp_path_factory.mktemp("site"), {})
    assert publish.html(root) == 0
    return root


FAILURES = {
    "not TOML": ({"mapping/dataset/entries/one.toml": mini.ENTRY + "x = ["}, "mapping/dataset/entries/one.toml:20: file: E102"),
    "an empty file": ({"mapping/dataset/entries/one.toml": ""}, "mapping/dataset/entries/one.toml:1: file: E103"),
    "a name that NumPy lacks": (
        {"mapping/dataset/entries/one.toml": mini.ENTRY.replace('["numpy.argmax"]', '["numpy.argmx"]')},
        "mapping/dataset/entries/one.toml:5: numpy.argmx: E201",
    ),
    "a wrong verdict": ({"mapping/dataset/entries/one.toml": mini.ENTRY.replace('["dtype"]', '["value"]')}, "numpy.argmax: E402"),
    "a wrong output": ({"docs/index.md": CODE.format(">>> 1\n2")}, "docs/index.md:8: index: G505: an integer differs"),
    "a crash": (
        {"docs/index.md": CODE.format(">>> import os\n>>> os.abort()")},
        "docs/index.md:9: index: G505: the process killed by SIGABRT",
    ),
    "an exit": (
        {"docs/index.md": CODE.format(">>> import os\n>>> os._exit(0)")},
        "docs/index.md:9: index: G505: the process exited with status 0",
    ),
    "a hang": ({"docs/index.md": CODE.format(">>> while True: pass")}, "docs/index.md:8: index: G505: no answer within 2 s"),
    "a broken link": ({"docs/index.md": CODE.format(">>> 1\n1") + "\n[](nowhere.md)\n"}, "docs/index.md:12: WARNING"),
    "a side of no example": (
        {"docs/index.md": CODE.format(">>> 1\n1") + "\n```{side} numpy.sum #1 | mlx\n>>> 1\n1\n```\n"},
        "docs/index.md:12: index: G517: `numpy.sum #1 | mlx`",
    ),
    "a recipe of no entry": (
        {"docs/index.md": CODE.format(">>> 1\n1") + "\n```{side} numpy.sum recipe | recipe\nx = 1\n```\n"},
        "docs/index.md:12: index: G517: `numpy.sum recipe | recipe`",
    ),
    "a side that no example has": (
        {"docs/index.md": CODE.format(">>> 1\n1") + "\n```{side} numpy.argmax #1 | deviation\n>>> 1\n1\n```\n"},
        "docs/index.md:12: index: G517: `numpy.argmax #1 | deviation`",
    ),
    "a side that is shown twice": (
        {"docs/index.md": CODE.format(">>> 1\n1") + "\n```{side} numpy.argmax #1 | mlx\n>>> 1\n1\n```\n"},
        "G517: `numpy.argmax #1 | mlx`",
    ),
    "raw HTML": ({"docs/index.md": CODE.format(">>> 1\n1") + "\n<pre>x</pre>\n"}, "docs/index.md:12: index: G501"),
}


@pytest.mark.parametrize(("files", "message"), FAILURES.values(), ids=FAILURES)
def test_a_failed_build_leaves_the_published_site_as_it_was(published: Path, monkeypatch, capfd, files: dict, message: str):
    monkeypatch.setattr(process, "TIMEOUT", 2)
    before = everything(published)
    mini.write(published, files)
    assert publish.html(published) == 1
    said = capfd.readouterr().err
    assert message in said
    assert "Traceback (most recent call last):\n  File" not in said
    assert "is as it was" in said
    assert everything(published) == before
    mini.write(published, {})


def test_a_device_that_is_not_there_leaves_the_site_as_it_was(published: Path, monkeypatch, capfd):
    monkeypatch.setattr(Worker, "started", refuse)
    before = everything(published)
    mini.write(published, {"docs/index.md": CODE.format(">>> 40 + 2\n42")})
    assert publish.html(published) == 2
    assert "no GPU" in capfd.readouterr().err
    assert everything(published) == before
    mini.write(published, {})


def refuse(worker: Worker) -> None:
    raise RunError("no GPU: MLX finds none on this machine")


def test_a_device_that_went_leaves_the_site_as_it_was_though_all_has_passed(published: Path, monkeypatch, capfd):
    monkeypatch.setattr(Worker, "started", refuse)
    before = everything(published)
    mini.write(published, {"docs/index.md": CODE.format(">>> 1\n1") + "\nNothing new to run.\n"})
    assert publish.html(published) == 2
    assert "no GPU" in capfd.readouterr().err and everything(published) == before
    mini.write(published, {})


PART = "# Mini\n\n```{toctree}\nreference/index\n```\n\n```{include} part.txt\n```\n"


def test_what_was_interrupted_is_not_taken_for_done(tmp_path: Path, monkeypatch):
    root = mini.write(tmp_path, {"docs/index.md": PART, "docs/part.txt": "Old words.\n"})
    assert publish.html(root) == 0
    mini.write(root, {"docs/index.md": PART, "docs/part.txt": "New words.\n"})
    with monkeypatch.context() as patch:
        patch.setattr(extension.markdown, "markdown", interrupt)
        assert publish.html(root) == 130
    assert publish.html(root) == 0
    for name in ("index.html", "index.md"):
        assert b"New words." in everything(root)[name]


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_file_that_is_older_than_what_it_replaces_is_read(tmp_path: Path):
    root = mini.write(tmp_path, {"docs/index.md": PART, "docs/part.txt": "Old words.\n"})
    assert publish.html(root) == 0
    for name, text in (("part.txt", "New words.\n"), ("index.md", PART + "\nAnd more.\n")):
        (root / "docs" / name).write_text(text)
        os.utime(root / "docs" / name, (1, 1))
    assert publish.html(root) == 0
    assert b"New words." in everything(root)["index.html"] and b"And more." in everything(root)["index.html"]


def test_a_source_that_changes_during_the_build_stops_it(tmp_path: Path, monkeypatch, capfd):
    root = mini.write(tmp_path, {"docs/index.md": PART, "docs/part.txt": "Old words.\n"})
    write = extension.markdown.markdown

    def late(*arguments: object) -> str:
        (root / "docs" / "part.txt").write_text("New words.\n")
        return write(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(extension.markdown, "markdown", late)
        assert publish.html(root) == 1
    assert "G514: a source changed while the site was built" in capfd.readouterr().err
    assert publish.html(root) == 0
    assert b"New words." in everything(root)["index.html"]


def test_a_folder_called_reference_is_a_source_but_for_the_generated_one(tmp_path: Path):
    index = "# Mini\n\n```{toctree}\nreference/index\nguide/reference/more\n```\n"
    root = mini.write(tmp_path, {"docs/index.md": index, "docs/guide/reference/more.md": "# More\n\nOld words.\n"})
    assert publish.html(root) == 0
    (root / "docs/guide/reference/more.md").write_text("# More\n\nNew words.\n")
    assert publish.html(root) == 0
    assert b"New words." in everything(root)["guide/reference/more.html"]
    before = export.sources_digest(root)
    (root / "docs/reference/index.md").write_text("# Generated\n")
    assert export.sources_digest(root) == before


def test_a_site_whose_record_is_damaged_is_built_anew(tmp_path: Path):
    root = mini.write(tmp_path, {})
    assert publish.html(root) == 0
    record = root / "_build" / "html" / "verified.json"
    whole = json.loads(record.read_text())
    for damaged in ("", "[]", "{}", json.dumps({**whole, "blocks": 1})):
        record.write_text(damaged)
        assert publish.html(root) == 0
        assert json.loads(record.read_text()) == whole


def test_what_is_published_can_be_read_by_all(tmp_path: Path):
    root, before = mini.write(tmp_path, {}), os.umask(0o077)
    try:
        assert publish.html(root) == 0
    finally:
        os.umask(before)
    site = (root / "_build" / "html").resolve()
    assert {oct(path.stat().st_mode & 0o777) for path in [site, *site.rglob("*")] if path.is_dir()} == {"0o755"}
    assert {oct(path.stat().st_mode & 0o777) for path in site.rglob("*") if path.is_file()} == {"0o644"}


def test_a_new_title_reaches_every_page(tmp_path: Path):
    shown = "# Mini\n\n```{toctree}\nreference/index\nmore\n```\n"
    theme = mini.CONF.replace('"basic"', '"pydata_sphinx_theme"')
    root = mini.write(tmp_path, {"conf.py": theme, "docs/index.md": shown, "docs/more.md": "# Old title\n"})
    assert publish.html(root) == 0
    before = everything(root)
    found = [name for name in before if name.endswith(".html") and b"Old title" in before[name]]
    assert len(found) > 2
    (root / "docs" / "more.md").write_text("# New title\n")
    assert publish.html(root) == 0
    after = everything(root)
    assert all(b"New title" in after[name] and b"Old title" not in after[name] for name in found)


def test_an_interrupt_before_sphinx_reads_leaves_no_worker(tmp_path: Path, monkeypatch):
    made: list[Worker] = []
    start = Worker.__init__
    monkeypatch.setattr(Worker, "__init__", lambda worker, *how: made.append(worker) or start(worker, *how))
    monkeypatch.setattr(extension.rules, "check", interrupt)
    with pytest.raises(KeyboardInterrupt):
        publish.html(mini.write(tmp_path, {}))
    assert made and all(worker.process.poll() is not None and not Path(worker.folder).exists() for worker in made)
    assert not multiprocessing.active_children()


def test_what_is_made_beside_a_build_comes_in_turn_or_says_why(capfd):
    def given():
        os.kill(os.getpid(), signal.SIGINT)  # as a terminal sends it to all
        yield 1
        yield [2]
        raise LookupError("no third")

    with speed.Beside(given) as beside:
        assert (beside.answer(), beside.answer()) == (1, [2])
        with pytest.raises(RuntimeError, match="LookupError: no third"):
            beside.answer()
        with pytest.raises(RuntimeError, match="it ended without an answer"):
            beside.answer()
    with speed.Beside(lambda: itertools.repeat(0)) as beside:  # more than anyone waits for
        pass
    assert not multiprocessing.active_children() and capfd.readouterr() == ("", "")


@pytest.mark.parametrize("builder", ["dirhtml", "singlehtml", "text"])
def test_a_builder_that_nothing_holds_to_account_is_refused(tmp_path: Path, builder: str):
    root = mini.write(tmp_path, {})
    with pytest.raises(Refused, match=f"`{builder}`"):
        extension.build_site(root, root / "out", root / "doctrees", builder)
    assert not [*(root / "out").glob("*.html")]


def test_nothing_is_built_where_nothing_has_changed(published: Path, capsys):
    assert publish.html(published) == 0
    times = {path: path.stat().st_mtime_ns for path in (published / "_build").rglob("*") if path.name != "lock"}
    capsys.readouterr()
    assert publish.html(published) == 0
    assert "nothing has changed" in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in (published / "_build").rglob("*") if path.name != "lock"} == times


def test_a_page_that_goes_takes_its_files_along(tmp_path: Path):
    index = "# Mini\n\n```{toctree}\nreference/index\nmore\n```\n"
    root = mini.write(tmp_path, {"docs/index.md": index, "docs/more.md": "# More\n"})
    assert publish.html(root) == 0
    assert {"more.html", "more.md"} <= set(everything(root))
    (root / "docs" / "more.md").unlink()
    mini.write(root, {})
    assert publish.html(root) == 0
    assert not {"more.html", "more.md"} & set(everything(root))


def test_a_build_that_was_killed_half_way_does_no_harm(tmp_path: Path):
    root = mini.write(tmp_path, {})
    (root / "_build" / "work" / "html").mkdir(parents=True)
    (root / "_build" / "work" / "unfinished").touch()
    (root / "_build" / "work" / "html" / "left.txt").write_text("left")
    assert publish.html(root) == 0
    assert "left.txt" not in everything(root)


def test_two_builds_of_the_same_sources_are_the_same_bytes(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    roots = [mini.write(tmp_path / name, {}) for name in ("a", "b")]
    for root in roots:
        assert publish.html(root) == 0
        assert publish.offline(root) == 0
    one, two = map(everything, roots)
    assert json.loads(one["verified.json"])["date"] == "2023-11-14"
    assert one == two
    zips = [(root / "_build" / "mlx-for-numpy-users.zip").read_bytes() for root in roots]
    assert zips[0] == zips[1]


def test_the_zip_is_one_folder_with_the_whole_site(published: Path):
    assert publish.html(published) == 0
    assert publish.offline(published) == 0
    with zipfile.ZipFile(published / "_build" / "mlx-for-numpy-users.zip") as archive:
        held = {name.removeprefix("mlx-for-numpy-users/"): archive.read(name) for name in archive.namelist()}
    whole = everything(published)
    del whole[""]
    assert held == whole
    assert "index.html" in held


def test_there_is_no_zip_without_a_site(tmp_path: Path, capsys):
    assert publish.offline(tmp_path) == 1
    assert "make html" in capsys.readouterr().err
