"""Pages go in; HTML, and the ledger of every claim on it, come out. The only module that knows Sphinx.

As an extension it gates any build, also `sphinx-build` called by hand: entries are read and held against
the live libraries before Sphinx reads a page; blocks are collected from the doctrees, and run while Sphinx
writes; the written HTML is then held against what ran. On failure the exit status is not zero and there is
no `verified.json`.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FunctionType, NoneType
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.util import logging
from sphinx.util.console import nocolor
from sphinx.util.docutils import docutils_namespace, patch_docutils

from ..dataset import model, reader
from ..dataset.problems import Problem, Problems, Refused
from ..facts import lookup, resolved, rules
from ..port import page
from ..run.cache import cache_of
from ..run.pool import Pool, silent
from ..run.process import RunError
from ..run.record import Record, code_digest, load_record
from . import agents, assets, export, finder, frame, gate, indexes, links, markdown, records, reports, roles, skill, speed
from .collector import Collector, seen_of
from .commands import end_forks_with_us, interrupted
from .idle import idle
from .ledger import Build, ledger_of

logger = logging.getLogger(__name__)
MANY = 6  # pages that several processes read
end_forks_with_us()
MAC = "Apple Silicon"
BUILDERS = ("html", "dummy", "linkcheck")  # what others write is held against nothing


def prepare(app: Sphinx, config: Any) -> None:
    """Read and check the dataset and write the generated pages. Raises Refused with every problem."""
    root = Path(config.mapping_root)
    Path(app.outdir, export.RECORD).unlink(missing_ok=True)
    cache, progress = cache_of(root, config.mapping_device), config.mapping_progress or silent
    problems: list[Problem] = []
    try:
        with ExitStack() as begun:  # what goes on beside this ends where this fails
            pool = begun.enter_context(Pool(config.mapping_device, speed.processes()))
            if config.mapping_runs and config.mapping_writes:  # workers take a while to start: all, if all is to be run
                pool.start(1 if cache.has("scope") else None)
            sources = export.sources_digest(root)
            dataset, problems = reader.read(root / "mapping" / "dataset" / "entries", root)
            skip, more = reader.read_skipped(root / "mapping" / "dataset" / "skipped.toml", root)
            handed = read_records(config.mapping_records)
            if config.mapping_runs:
                facts = lookup.facts(dataset, pool, cache, progress, root)
            else:  # all that pages need is carried by a record
                pool.__exit__()  # nothing can be asked of it by mistake
                facts = lookup.of_carried(dataset, next(record for record in handed if record.facts), root)
            facts = replace(facts, kept=[one for one in facts.kept if one.record.kind not in {record.kind for record in handed}])
            pages = partial(made_beside, dataset, facts, Path(app.srcdir) / "reference", config.mapping_writes)
            beside = begun.enter_context(speed.Beside(pages))
            app.mapping = Build(root, dataset, skip, facts, pool, cache, sources, beside, progress=progress)
            problems += more + rules.check(dataset, facts) + [*assets.problems(config, root)]
            if problems:
                raise Problems(problems)
            take_records(app.mapping, handed, config.mapping_attestation)
            beside.answer()  # generated pages are there
            begun.pop_all()
    except (Problems, RunError) as error:
        raise (Refused(str(Problems(problems))) if problems else Refused(str(error), 2)) from None
    where = (handed[0] if handed else facts).environment
    unseen = f"{MAC}, GPU" in records.unseen(facts, handed)
    config.html_context["verified"] = verified_line(where, bool(handed) and not config.mapping_attestation, unseen)


def made_beside(dataset: model.Dataset, facts: lookup.Facts, folder: Path, exports: bool) -> Iterator[Any]:
    """Write the generated pages; then, where there are to be `exports`, give the rows of `mapping.json`, and all that the page of
    scripts knows."""
    indexes.write(dataset, facts, folder)
    yield None
    if exports:
        rows = export.rows(dataset, facts)
        yield rows, page.data([*rows, *export.gone_rows(dataset)])


def read_records(paths: list[str]) -> list[Record]:
    """The records in these files. Raises RunError."""
    try:
        return [load_record(Path(path)) for path in paths]
    except ValueError as error:
        raise RunError(str(error)) from None


def take_records(build: Build, handed: list[Record], attestation: str) -> None:
    """Publish with records made elsewhere, beside the run here or in its place. Raises RunError where code or libraries were others."""
    if why := next(filter(None, (record.unlike(build.facts.environment) for record in handed)), ""):
        raise RunError(why)
    build.handed, build.attestation = handed, attestation


def choose_readers(app: Sphinx, env: Any, docnames: list[str]) -> None:
    """Few pages are read in this process: what others have read must be handed over, and is read again to be written."""
    app.parallel = speed.processes() if len(docnames) >= MANY else 1


def warm_up(app: Sphinx) -> None:
    """Hand the names' kinds to the transform. Refuses other builders."""
    build: Build = app.mapping
    app.env.mapping_kinds, app.env.mapping_before = build.facts.kinds, {}
    app.env.mapping_verdicts = {entry.name: resolved.of(entry, build.dataset, build.facts).verdict for entry in build.dataset.entries}
    if app.builder.name not in BUILDERS:
        build.stop()
        raise Refused(f"nothing holds what the builder `{app.builder.name}` writes against what ran: use {' or '.join(BUILDERS)}")
    if isinstance(app.builder, StandaloneHTMLBuilder):
        speed.share_formatters(app.builder)


def verified_line(environment: dict[str, str], reported: bool, unseen: bool) -> str:
    """What every page says it was verified with: versions and device, nothing that changes by itself; whether only a record says so;
    what most readers have, as long as it was not asked."""
    where = environment
    said = f", as reported by {where['device_name']}" if reported else ""
    said += f"; {MAC} is not yet verified" if unseen else ""
    return f"MLX {where['mlx']} and NumPy {where['numpy']}, on {records.in_words(where)}{said}"


def assemble(app: Sphinx, env: Any) -> set[str]:
    """Make the ledger of all pages and start to run it. Returns the pages to be written beside those that were read: all of
    them, where a title or the order of pages has changed, since their navigation shows it."""
    build: Build = app.mapping
    app.parallel = 1  # Sphinx's processes are forked: not while a thread waits for the run
    names = env.get_domain("py").objects.keys() | env.get_domain("py").modules.keys()
    build.ledger, build.problems = ledger_of(build, seen_of(env), names)
    if app.builder.name == "html" and app.config.mapping_runs:
        build.start()
    build.problems += idle(build.ledger)
    build.kept = records.shown(build.facts, build.ledger, build.handed)
    before, env.mapping_order = getattr(env, "mapping_order", None), contents(app)
    return env.found_docs if before not in (None, env.mapping_order) else env.found_docs & {f"reference/{indexes.DEVIATIONS}"}


def tell_records(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Say which machines have run what, where a page asks for it, now that all pages are read."""
    for node in list(doctree.findall(records.Records)):
        titles = {name: title.astext() for name, title in app.env.titles.items()}
        node.replace_self(records.listed(app.mapping.kept, app.mapping.facts, titles))


def write_twin(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write the plain Markdown of a page beside its HTML."""
    if app.builder.name != "html" or docname == frame.LOST:
        return
    path = Path(app.outdir, f"{docname}.md")
    path.parent.mkdir(parents=True, exist_ok=True)
    said = f"\n---\n\nVerified with {app.config.html_context['verified']}.\n"
    home = posixpath.dirname(docname) or "."
    drawn = {uri: posixpath.relpath(f"{app.builder.imagedir}/{name}", home) for uri, (_, name) in app.env.images.items()}
    path.write_text(markdown.markdown(doctree, lambda address: drawn.get(address) or twin_link(address)) + said, encoding="utf-8")


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
        build.stop()
        return
    build.pool.idle = 0  # Sphinx has written all
    site = Path(app.outdir)
    remove_stale(app, site)
    problems = build.problems + gate.check_html(site, build.ledger, build.cache)  # while the run goes on
    problems += gate.check_readme(build.root, build.ledger, markdown.fences)
    problems += gate.contradicted(build.dataset, build.facts, build.ledger)
    if not problems:
        found, of, texts = write_exports(app, build, site)
        problems += found
    if app.config.mapping_runs:
        try:
            own = build.finish()
        except RunError as error:
            raise Refused(str(error), 2) from None
        problems += gate.unproven(build.dataset, build.facts, build.ledger, own)
    else:
        build.stop()
    for one in build.handed:
        problems += gate.handed(build.dataset, build.facts, build.ledger, one)
    if export.sources_digest(build.root) != build.sources:
        problems.append(gate.sources_changed())
    if not problems:
        shown = build.handed[0] if build.handed else own
        proven = export.verified(build.root, build.dataset, build.facts, build.ledger, shown, build.sources)
        proven["records"] = [one.data() for one in build.kept]
        reported = build.handed and not build.attestation  # nothing binds it to a run
        proven |= {"reported_by": shown.environment["device_name"] if reported else None, "attestation": build.attestation or None}
        due = export.document(build.dataset, build.facts, of.guide, of.rows, proven)
        export.write(site, due, build.ledger)
        texts |= {agents.LIST: agents.index(of, texts, (site / "mapping.json").stat().st_size)}
        agents.write(site, texts)
        problems += agents.check(site, texts)
        problems += gate.check_exports(site, build.ledger, markdown.fences) + links.check(site)
        problems += gate.check_mapping(json.loads((site / "mapping.json").read_text(encoding="utf-8")), due)
    if problems or app._warncount:
        logger.error("%s", Problems(problems) if problems else "Sphinx gave warnings")
        app.statuscode = 1
    else:
        export.write_record(site, proven)


def write_exports(app: Sphinx, build: Build, site: Path) -> tuple[list[Problem], agents.Sources, dict[str, str]]:
    """Write what rests on entries and pages alone: what the scripts of pages know, the map of the site. Returns what is wrong with it,
    and the texts for agents with what they are made of, which are written last."""
    rows, known = build.beside.answer()
    where = (build.handed[0] if build.handed else build.facts).environment
    guide = export.guide_of(site, app.env.mapping_order)
    of = agents.sources(site, app.env.mapping_order, rows, where, guide, [*build.dataset.extent.most_used])
    found = finder.rows(build.dataset, build.facts, {page: seen.sections for page, seen in seen_of(app.env).items()})
    finder.write(site / finder.FILE, finder.BEGINS, found)
    finder.write(site / finder.PORT, finder.PORT_BEGINS, known)
    frame.sitemap(site, app.config.html_baseurl, [page for page, _ in app.env.mapping_order])
    problems = gate.check_script(finder.FILE, finder.read(site / finder.FILE, finder.BEGINS), found)
    problems += gate.check_script(finder.PORT, finder.read(site / finder.PORT, finder.PORT_BEGINS), known)
    return problems, of, skill.texts(of)


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
    order += sorted(app.env.found_docs - {*order, frame.LOST})
    return [(docname, app.env.titles[docname].astext()) for docname in order]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything with Sphinx."""
    app.add_config_value("mapping_root", str(Path(app.confdir)), "", str)
    app.add_config_value("mapping_device", os.environ.get("DEVICE", ""), "", str)
    app.add_config_value("mapping_progress", None, "", [FunctionType, NoneType])
    app.add_config_value("mapping_records", list(filter(None, [os.environ.get("RECORD")])), "", list)
    app.add_config_value("mapping_runs", True, "", bool)
    app.add_config_value("mapping_writes", True, "", bool)
    app.add_config_value("mapping_attestation", "", "", str)
    app.add_config_value("mapping_repository", "", "html", str)
    roles.register(app)
    app.add_env_collector(Collector)
    app.connect("config-inited", prepare)
    app.connect("builder-inited", warm_up)
    app.connect("env-before-read-docs", choose_readers)
    app.connect("env-updated", assemble)
    app.connect("doctree-resolved", tell_records)
    app.connect("doctree-resolved", write_twin)
    app.connect("doctree-resolved", reports.add)
    app.connect("html-page-context", frame.complete, priority=600)  # after the theme
    app.connect("build-finished", conclude)
    return {"env_version": code_version(), "parallel_read_safe": True, "parallel_write_safe": True}


def code_version() -> int:
    """Changes with the code that decides what is kept of a page, so that nothing older is reused."""
    return int(code_digest("dataset", "run", "site")[:8], 16)


def build_site(
    root: Path,
    out: Path,
    doctrees: Path,
    builder: str = "html",
    progress: Callable[[int, int, str], None] = silent,
    **settings: Any,
) -> Sphinx:
    """Build with Sphinx, in this process; `app.statuscode` tells how it went. Raises Refused."""
    if not sys.stderr.isatty():
        nocolor()
    with patch_docutils(root), docutils_namespace(), speed.collected_seldom():
        settings |= {"mapping_progress": progress, "mapping_writes": builder == "html"}
        said, readers = sys.stderr, speed.processes()
        app = Sphinx(root / "docs", root, out, doctrees, builder, settings, None, said, warningiserror=True, parallel=readers)
        try:
            app.build()
        except KeyboardInterrupt:  # of which Sphinx tells no extension
            app.mapping.stop()
            raise interrupted(app.mapping.ledger, app.mapping.pool.record) from None
        except BaseException:
            app.mapping.stop()
            raise
    return app
