"""Pages go in; HTML, and the ledger of every claim on it, come out. The only module that knows Sphinx.

As an extension it gates any build, also `sphinx-build` called by hand: entries are read and held against
the live libraries before Sphinx reads a page; blocks are collected from the doctrees, and run while Sphinx
writes; the written HTML is then held against what ran. On failure the exit status is not zero and there is
no `verified.json`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FunctionType, NoneType
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment.collectors import EnvironmentCollector
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.console import nocolor
from sphinx.util.docutils import SphinxDirective, SphinxRole, docutils_namespace, patch_docutils

from . import blocks, export, gate, indexes, matrix, model, pages, probe, rules, run, trial, twins
from .passed import Passed
from .problems import Problem, Problems, Refused

logger = logging.getLogger(__name__)
READERS = 2  # processes in which Sphinx reads pages, where there are MANY
MANY = 6
PASSED = Path("_build", "passed.json")
BUILDERS = ("html", "dummy", "linkcheck")  # what others write is held against nothing


@dataclass
class Seen:
    """What one page claims: its blocks, each with its scope and side, and the names in its text; and where it was read."""

    blocks: list[tuple[blocks.Block, str, str]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)  # from which it was read, each with a digest

    @staticmethod
    def name(kept: dict[str, str], text: str, place: str) -> None:
        """Keep every name in a text, with the first place where it stands."""
        for name in gate.NAME.findall(text):
            kept.setdefault(name, place)


@dataclass
class Build:
    """One build: what was read before it, what runs beside it."""

    root: Path
    dataset: model.Dataset
    unrun: list[model.Unrun]
    facts: probe.Facts
    pool: run.Pool
    passed: Passed
    sources: str
    ledger: blocks.Ledger = field(default_factory=blocks.Ledger)
    handed: run.Record | None = None  # a record made elsewhere
    record: run.Record | None = None  # of the run here
    error: Exception | None = None
    thread: threading.Thread | None = None
    problems: list[Problem] = field(default_factory=list)
    progress: Callable[[int, int, str], None] = run.silent

    def start(self) -> None:
        """Run the ledger beside Sphinx's writing."""

        def work() -> None:
            try:
                self.record = self.pool.run(self.ledger, self.progress, passed=self.passed)
                self.passed.save(self.root / PASSED)
            except Exception as error:  # noqa: BLE001 - handed to the thread that waits
                self.error = error

        self.thread = threading.Thread(target=work)
        self.thread.start()

    def stop(self) -> None:
        """End the run where it is; nothing of it goes on."""
        self.pool.__exit__()
        if self.thread:
            self.thread.join()

    def finish(self) -> run.Record:
        """Wait for the run. Raises what stopped it."""
        if self.thread:
            self.thread.join()
        self.pool.__exit__()
        if self.error:
            raise self.error
        if not self.handed and self.record.environment != self.facts.environment:
            probe.forget(self.root / "_build")
            raise run.RunError(f"the facts are of {run.told(self.facts.environment)}, and the run is of {run.told(self.record.environment)}: build again")
        return self.record


# Before Sphinx reads: entries, facts, rules, generated pages


def prepare(app: Sphinx, config: Any) -> None:
    """Read and check the dataset and write the generated pages. Raises Refused with every problem."""
    root = Path(config.mapping_root)
    Path(app.outdir, export.RECORD).unlink(missing_ok=True)
    sources = export.sources_digest(root)
    dataset, problems = model.read(root / "mapping" / "entries", root)
    unrun, more = model.read_unrun(root / "mapping" / "unrun.toml", root)
    pool, progress = run.Pool(config.mapping_device), config.mapping_progress or run.silent
    try:
        facts = probe.facts(dataset, pool, root / "_build", progress, root)
        problems += more + rules.check(dataset, facts)
        if problems:
            raise Problems(problems)
        passed = Passed.load(root / PASSED, matrix.bound(probe.installed(), pool.device))
        app.mapping = Build(root, dataset, unrun, facts, pool, passed, sources, progress=progress)
        if config.mapping_record:
            take_record(app.mapping, run.load(Path(config.mapping_record)))
        indexes.write(dataset, facts, Path(app.srcdir) / "reference")
    except BaseException as error:  # an interrupt too: no worker stays
        pool.__exit__()
        if not isinstance(error, (Problems, run.RunError)):
            raise
        raise (Refused(str(Problems(problems))) if problems else Refused(str(error), 2)) from None
    shown = app.mapping.handed or facts
    config.html_context["verified"] = verified_line(shown.environment)


def take_record(build: Build, record: run.Record) -> None:
    """Publish with a record made elsewhere, beside the run here. Raises RunError where it was made with other code or libraries."""
    if why := record.unlike(build.facts.environment):
        raise run.RunError(why)
    build.handed = record


def choose_readers(app: Sphinx, env: Any, docnames: list[str]) -> None:
    """Few pages are read in this process: what others have read must be handed over, and is read again to be written."""
    app.parallel = READERS if len(docnames) >= MANY else 1


def warm_up(app: Sphinx) -> None:
    """Hand the names' kinds to the transform, and start workers while Sphinx reads: all, if all is to be run. Refuses other builders."""
    build: Build = app.mapping
    app.env.mapping_kinds, app.env.mapping_before = build.facts.kinds, {}
    if app.builder.name not in BUILDERS:
        build.pool.__exit__()
        raise Refused(f"nothing holds what the builder `{app.builder.name}` writes against what ran: use {' or '.join(BUILDERS)}")
    if app.builder.name == "html":
        build.pool.start(1 if build.passed.scopes else None)


def verified_line(environment: dict[str, str]) -> str:
    """What every page says it was verified with: versions and device, nothing that changes by itself."""
    return f"MLX {environment['mlx']} and NumPy {environment['numpy']}, on {environment['platform']}, device {environment['device']}"


# While Sphinx reads: roles, a directive, and the collector of claims


class VerdictRole(SphinxRole):
    """{verdict}`differs`, {silent}`silent`, {claim}`false`: a word that is coloured by its meaning."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        word = self.text.strip()
        return [nodes.strong(self.rawtext, word, classes=["verdict", f"verdict-{word.replace(' ', '-')}"])], []


class AbsentRole(SphinxRole):
    """{absent}`mx.copy`: a name that does not exist, and is proven not to."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        return [nodes.literal(self.rawtext, self.text, classes=["absent"])], []


class EntryRole(SphinxRole):
    """{entry}`numpy.sum` in a heading: gives the section the name as its id, and Sphinx a Python object."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        node = nodes.literal(self.rawtext, pages.title(self.text), classes=["entry"])
        node["entry"] = self.text
        return [node], []


class CellsRole(SphinxRole):
    """{cells}`int32, bool dtype`: what the matrix showed under each label, agreement where nothing follows it."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        found: list[nodes.Node] = []
        for part in self.text.split(", "):
            label, _, kinds = part.partition(": ")
            found += [nodes.Text(", ")] if found else []
            found.append(nodes.inline(part, f"{label} {kinds}".strip(), classes=["cell", "cell-apart" if kinds else "cell-agrees"]))
        return found, []


class EntrySections(SphinxTransform):
    """Makes an entry's name the id of its section, or of its row in a table: exact and dotted, case kept."""

    default_priority = 500

    def apply(self) -> None:
        for node in list(self.document.findall(nodes.literal)):
            name = node.get("entry")
            if not name:
                continue
            place = node.parent.parent if isinstance(node.parent.parent, nodes.section) and isinstance(node.parent, nodes.title) else node
            place["ids"].insert(0, name)
            self.document.ids[name] = place
            kind = self.env.mapping_kinds.get(name, "function").replace("module", "data")  # a module would be listed twice
            self.env.get_domain("py").note_object(name, kind, name, location=node)


class SideDirective(SphinxDirective):
    """One side of an entry's example: a block of code that knows to which example it belongs."""

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        text = "\n".join(self.content)
        scope, _, side = self.arguments[0].rpartition(" | ")
        node = nodes.literal_block(text, text, language="pycon", classes=[f"side-{side}"])
        node["scope"], node["side"] = scope, side
        self.set_source_info(node)
        return [node]


class Collector(EnvironmentCollector):
    """Keeps what each page claims on the environment, page by page, so that unchanged pages are not read again.

    Whether a page has changed is told by the bytes of its files: their times may be older than what they replace, or fall
    into the moment in which the page is read.
    """

    def get_outdated_docs(self, app: Sphinx, env: Any, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
        return [docname for docname, seen in seen_of(env).items() if any(digest_of(path) != digest for path, digest in seen.files.items())]

    def clear_doc(self, app: Sphinx, env: Any, docname: str) -> None:
        seen_of(env).pop(docname, None)
        page = str(env.doc2path(docname))
        env.mapping_before[docname] = {page: digest_of(page)}

    def merge_other(self, app: Sphinx, env: Any, docnames: set[str], other: Any) -> None:
        for docname in docnames:
            seen_of(env)[docname] = seen_of(other)[docname]

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        env = app.env
        root = Path(app.config.mapping_root)
        before = env.mapping_before[env.docname]
        files = [*map(Path, before), *(Path(app.srcdir, d) for d in sorted(map(str, env.dependencies[env.docname])))]
        seen = seen_of(env)[env.docname] = look(doctree, env.docname, Sources(files, root))
        seen.files = {str(path): digest_of(path) for path in files} | before


def digest_of(path: str | Path) -> str:
    """A digest of a file's bytes; nothing where there is none."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return ""


def seen_of(env: Any) -> dict[str, Seen]:
    if not hasattr(env, "mapping_seen"):
        env.mapping_seen = {}
    return env.mapping_seen


class Sources:
    """The files from which a page is made, to find where a block is written: docutils' lines drift."""

    def __init__(self, files: list[Path], root: Path):
        self.texts = {}
        for file in files:
            if file.suffix in (".md", ".rst", ".txt", ".py", "") and file.is_file():
                name = os.path.relpath(file, root).replace(os.sep, "/")
                self.texts[name] = [plain(line) for line in file.read_text(encoding="utf-8").split("\n")]
        self.first = next(iter(self.texts), "")
        self.used: set[tuple[str, int]] = set()

    def find(self, text: str, near: int = 0) -> tuple[str, int]:
        """File and line (from 1) of a block's first line, the nearest not yet given to another block."""
        wanted = [plain(line) for line in text.rstrip("\n").split("\n")]
        places = [
            (abs(start - near) if name == self.first else 0, name, start)
            for name, lines in self.texts.items()
            for start in range(len(lines) - len(wanted) + 1)
            if lines[start : start + len(wanted)] == wanted and (name, start) not in self.used
        ]
        if not places:
            return self.first, max(near, 1)
        _, name, start = min(places)
        self.used.add((name, start))
        return name, start + 1


def plain(line: str) -> str:
    """A line without what nesting adds to it: indentation and the marks of a quotation."""
    return line.strip().lstrip("> ").strip()


def look(doctree: nodes.document, page: str, sources: Sources) -> Seen:
    """Everything that a page claims."""
    seen = Seen()
    for node in doctree.findall():
        if isinstance(node, (nodes.literal_block, nodes.doctest_block)):
            text = node.astext()
            if "scope" in node:
                block = blocks.Block(page, "", 0, text, "pycon")
            else:
                block = blocks.Block(page, *sources.find(text, node.line or 0), text, node.get("language", ""))
            seen.blocks.append((block, node.get("scope", ""), node.get("side", "")))
        elif isinstance(node, nodes.raw) and "html" in node.get("format", ""):
            name, line = sources.find(node.astext().strip().split("\n")[0], node.line or 0)
            seen.problems.append(gate.raw_html(name, line, page))
        elif isinstance(node, nodes.image):
            seen.name(seen.names, node.get("alt", ""), f"{sources.first}:{line_of(node)}")
        elif isinstance(node, nodes.Text) and not in_block(node):
            kept = seen.absent if "absent" in node.parent.get("classes", []) else seen.names
            seen.name(kept, node.astext(), f"{sources.first}:{line_of(node)}")
    return seen


def in_block(node: nodes.Text) -> bool:
    return isinstance(node.parent, (nodes.literal_block, nodes.doctest_block, nodes.raw, nodes.comment))


def line_of(node: nodes.Node) -> int:
    while node is not None:
        if getattr(node, "line", None):
            return node.line
        node = node.parent
    return 1


# Between reading and writing: the ledger


def assemble(app: Sphinx, env: Any) -> set[str]:
    """Make the ledger of all pages and start to run it. Returns the pages to be written beside those that were read: all of
    them, where a title or the order of pages has changed, since their navigation shows it."""
    build: Build = app.mapping
    app.parallel = 1  # Sphinx's processes are forked: not while a thread waits for the run
    build.ledger, build.problems = ledger_of(build, seen_of(env))
    if app.builder.name == "html":
        build.start()
    before, env.mapping_order = getattr(env, "mapping_order", None), contents(app)
    return env.found_docs if before not in (None, env.mapping_order) else set()


def ledger_of(build: Build, seen: dict[str, Seen]) -> tuple[blocks.Ledger, list[Problem]]:
    """One scope for each page and one for each example, and every problem that shows before the run."""
    ledger, problems = blocks.Ledger(jobs=[job.data() for job in build.facts.jobs]), []
    places = {scope: (entry, example) for entry in build.dataset.entries for scope, _, example in entry.scopes()}
    excuses = {(unrun.source, unrun.text): unrun for unrun in build.unrun}
    pairs: dict[str, dict[str, blocks.Block]] = {}
    for page in sorted(seen):
        problems += seen[page].problems
        own = blocks.Scope(page, [])
        ledger.scopes.append(own)
        ledger.names |= {name: place for name, place in seen[page].names.items() if name not in ledger.names}
        ledger.absent |= {name: place for name, place in seen[page].absent.items() if name not in ledger.absent}
        for number, (block, scope, side) in enumerate(seen[page].blocks, 1):
            block = replace(block, id=f"{page} #{number}")  # what is on the environment stays as it was read
            if scope:
                entry, example = places[scope]
                other = example.elsewhere
                if side == "elsewhere":
                    block.source, block.line, block.machine = entry.file, other.line, other.machine
                else:
                    block.source, block.line = entry.file, example.lines[side]
                    block.but = other.machine if other and side == "mlx" else ""
                pairs.setdefault(scope, {})[side] = block
            else:
                if excuses.pop((block.source, block.text.strip("\n")), None):
                    block.kind = "excused"
                own.blocks.append(block)
    for scope, (entry, example) in places.items():
        both = pairs.get(scope, {})
        sides = ["numpy", "mlx", *(["elsewhere"] if example.elsewhere else [])]
        if set(both) != set(sides):
            problems.append(gate.not_rendered(entry.file, entry.line, entry.name, scope))
            continue
        options = {"compare": example.compare, "probe": example.probe, **({"ulp": example.tolerance["ulp"]} if example.tolerance else {})}
        ledger.scopes.append(blocks.Scope(scope, [both[side] for side in sides], options))
    for job in build.facts.jobs:
        entry = build.dataset.by_name[job.numpy]
        for name in gate.NAME.findall(" ".join(sum(job.lines, ()))):
            ledger.names.setdefault(name, f"{entry.file}:{entry.line}")
    for entry in build.dataset.entries:
        for name in (entry.name, *entry.mlx) if not entry.platforms else []:
            ledger.names.setdefault(name, f"{entry.file}:{entry.line}")
        for name in (entry.name, entry.name.replace("numpy", "np", 1)) if entry.platforms else []:  # the rules look these up
            ledger.names.pop(name, None)
            ledger.elsewhere.append(name)
    problems += [gate.excuse_unused(unrun) for unrun in excuses.values()]
    problems += gate.unrunnable(ledger)
    ledger.seal()
    return ledger, problems


# While Sphinx writes, and after: twins, the gate, the exports


def write_twin(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write the plain Markdown of a page beside its HTML."""
    if app.builder.name != "html":
        return
    path = Path(app.outdir, f"{docname}.md")
    path.parent.mkdir(parents=True, exist_ok=True)
    said = f"\n---\n\nVerified with {app.config.html_context['verified']}.\n"
    path.write_text(twins.markdown(doctree, twin_link) + said, encoding="utf-8")


def twin_link(address: str) -> str:
    """The address of a page's twin, for an address within the site."""
    if "://" in address or address.startswith("mailto:"):
        return address
    return re.sub(r"\.html(?=#|$)", ".md", address)


def conclude(app: Sphinx, exception: Exception | None) -> None:
    """Hold what was written against what ran; write the exports and the record, or say what is wrong."""
    build: Build | None = getattr(app, "mapping", None)
    if build is None:
        return
    if exception is not None or app.builder.name != "html":
        build.pool.__exit__()
        return
    site = Path(app.outdir)
    remove_stale(app, site)
    unshown = gate.check_html(site, build.ledger, build.root / "_build" / "shown.json")  # while the run goes on
    unshown += gate.check_readme(build.root, build.ledger, twins.fences)
    try:
        record = build.finish()
    except run.RunError as error:
        raise Refused(str(error), 2) from None
    problems = build.problems + gate.unproven(build.dataset, build.facts, build.ledger, record) + unshown
    if build.handed:
        record = build.handed
        problems += gate.unproven(build.dataset, probe.of_record(build.facts, record), build.ledger, record)
    if export.sources_digest(build.root) != build.sources:
        problems.append(gate.sources_changed())
    if not problems:
        proven = export.verified(build.root, build.dataset, build.facts, build.ledger, record, build.sources)
        rows = export.rows(build.dataset, build.facts)
        export.write(site, proven, rows, build.ledger, app.env.mapping_order)
        problems += gate.check_exports(site, build.ledger, twins.fences)
        problems += gate.check_rows(json.loads((site / "mapping.json").read_text(encoding="utf-8"))["entries"], rows)
    if problems or app._warncount:
        logger.error("%s", Problems(problems) if problems else "Sphinx gave warnings")
        app.statuscode = 1
    else:
        export.write_record(site, proven)


def remove_stale(app: Sphinx, site: Path) -> None:
    """Remove pages of an earlier build that this one does not have."""
    pages_now = {site / f"{doc}{end}" for doc in app.env.found_docs for end in (".html", ".md")}
    pages_now |= {site / f"{name}.html" for name in ("search", "genindex", "py-modindex")}
    for path in [*site.rglob("*.html"), *site.rglob("*.md")]:
        if path not in pages_now and "_static" not in path.parts:
            path.unlink()


def contents(app: Sphinx) -> list[tuple[str, str]]:
    """All pages with their titles, in the order of the tables of contents."""
    order: list[str] = []

    def visit(docname: str) -> None:
        if docname not in order:
            order.append(docname)
            for child in app.env.toctree_includes.get(docname, []):
                visit(child)

    visit(app.config.root_doc)
    order += sorted(app.env.found_docs - set(order))
    return [(docname, app.env.titles[docname].astext()) for docname in order]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything with Sphinx."""
    app.add_config_value("mapping_root", str(Path(app.confdir)), "", str)
    app.add_config_value("mapping_device", os.environ.get("DEVICE", ""), "", str)
    app.add_config_value("mapping_progress", None, "", [FunctionType, NoneType])
    app.add_config_value("mapping_record", os.environ.get("RECORD", ""), "", str)
    for role in ("verdict", "silent", "claim"):
        app.add_role(role, VerdictRole())
    app.add_role("absent", AbsentRole())
    app.add_role("entry", EntryRole())
    app.add_role("cells", CellsRole())
    app.add_directive("side", SideDirective)
    app.add_transform(EntrySections)
    app.add_env_collector(Collector)
    app.connect("config-inited", prepare)
    app.connect("builder-inited", warm_up)
    app.connect("env-before-read-docs", choose_readers)
    app.connect("env-updated", assemble)
    app.connect("doctree-resolved", write_twin)
    app.connect("build-finished", conclude)
    return {"env_version": code_version(), "parallel_read_safe": True, "parallel_write_safe": True}


def code_version() -> int:
    """Changes with the code that decides what is kept of a page, so that nothing older is reused."""
    code = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return zlib.crc32(code)


def build_site(
    root: Path,
    out: Path,
    doctrees: Path,
    builder: str = "html",
    progress: Callable[[int, int, str], None] = run.silent,
    **settings: Any,
) -> Sphinx:
    """Build with Sphinx, in this process; `app.statuscode` tells how it went. Raises Refused."""
    if not sys.stderr.isatty():
        nocolor()
    with patch_docutils(root), docutils_namespace():
        settings["mapping_progress"] = progress
        app = Sphinx(root / "docs", root, out, doctrees, builder, settings, None, sys.stderr, warningiserror=True, parallel=READERS)
        try:
            app.build()
        except KeyboardInterrupt:  # of which Sphinx tells no extension
            app.mapping.stop()
            raise trial.interrupted(app.mapping.ledger, app.mapping.pool.record) from None
        except BaseException:
            app.mapping.stop()
            raise
    return app
