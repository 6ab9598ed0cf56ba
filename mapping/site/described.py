"""Nothing goes in; the JSON Schema of `mapping.json` comes out, in which each key is described."""

from __future__ import annotations

from typing import Any

from ..dataset import model

FORMAT = 2  # of `mapping.json`; another where a key goes or means something else
CHANGED = ("library", "release", "code", "before", "after")
Shape = dict[str, Any]
TEXT: Shape = {"type": "string"}
MAYBE: Shape = {"type": ["string", "null"]}
FLAG: Shape = {"type": "boolean"}
COUNT: Shape = {"type": "integer"}
OF_TARGET = "of an alias, in the row of its target"


def said(shape: Shape, description: str) -> Shape:
    """A shape with what it means."""
    return {**shape, "description": description}


def listed(items: Shape, description: str) -> Shape:
    return {"type": "array", "items": items, "description": description}


def mapped(values: Shape, description: str) -> Shape:
    return {"type": "object", "additionalProperties": values, "description": description}


def exact(properties: Shape, description: str = "") -> Shape:
    """An object that has all of these keys, and no others."""
    shape = {"type": "object", "properties": properties, "required": sorted(properties), "additionalProperties": False}
    return said(shape, description) if description else shape


def or_null(shape: Shape, description: str) -> Shape:
    return {**shape, "type": [shape["type"], "null"], "description": description}


def schema(title: str) -> Shape:
    """The JSON Schema of `mapping.json`."""
    document = {
        "format": said({"const": FORMAT}, "the format of this file; another where a key goes or means something else"),
        "verified": verified(),
        "rules": listed(exact(RULE), "what holds across entries: each section of the guide, and each claim that was checked"),
        "mlx": mapped(listed(TEXT, "NumPy's names, the keys of `entries`"), "from each public name of MLX to NumPy's names for it"),
        "gone": listed(exact(GONE), "the names that NumPy no longer has"),
        "entries": listed(exact(entry()), "one row for each NumPy name, aliases included"),
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **exact(document)}


RULE: Shape = {
    "title": said(TEXT, "what it is about; of a claim, the claim"),
    "text": said(TEXT, "the rule, in Markdown"),
    "mark": said({"enum": ["true", "half true", "false", None]}, "of a claim, whether it holds; else null"),
    "url": said(TEXT, "the page and the anchor that prove it, within the site"),
    "twin": said(TEXT, "the same place in the page's Markdown"),
}
GONE: Shape = {
    "numpy": said(TEXT, "the name, dotted"),
    "removed": said(TEXT, "the release of NumPy that no longer has it"),
    "instead": said(TEXT, "what to use in NumPy"),
    "entries": listed(TEXT, "the entries of that"),
    "url": said(TEXT, "page and anchor, within the site"),
    "twin": said(TEXT, "the same place in the page's Markdown"),
}


def verdict() -> Shape:
    """What an entry and a form of it share."""
    return {
        "verdict": said({"enum": list(model.VERDICTS)}, "what becomes of it on ordinary inputs: see `guide/reading.html`"),
        "differences": listed(TEXT, "in which ways ordinary calls differ"),
        "edges": listed(TEXT, "in which ways corners differ: other dtypes, NaN, empty arrays, extremes"),
        "silent": said(FLAG, "whether MLX answers otherwise than NumPy without raising"),
        "summary": said(TEXT, "one sentence, in Markdown"),
    }


def entry() -> Shape:
    """A row of `entries`."""
    by_kind = mapped(TEXT, "kind of difference, and the call that shows it")
    machine = {
        "machine": said(TEXT, "the kind of machine"),
        "form": said(MAYBE, "the form of the entry; null: the entry itself"),
        "differences": said(by_kind, "ordinary calls that differ there alone, by kind"),
        "edges": said(by_kind, "corners that differ there alone, by kind"),
        "without": said(by_kind, "what differs elsewhere and not there, by kind"),
    }
    change = {
        "library": said(TEXT, "`mlx` or `numpy`"),
        "release": said(TEXT, "the first release that shows what is shown now"),
        "code": said(TEXT, "the call or the example"),
        "before": said(TEXT, "what releases before that one showed"),
        "after": said(TEXT, "what is shown now"),
        "where": listed(TEXT, "inputs under which it shows"),
        "silent": said(FLAG, "whether the older release answers otherwise without raising"),
    }
    deviation = exact({"machine": said(TEXT, "the kind of machine"), "reason": said(TEXT, "why"), "mlx": said(TEXT, "MLX's side there")})
    example = {
        "form": said(MAYBE, "the form that it shows; null: the entry itself"),
        "title": said(MAYBE, "a few words above it"),
        "edge": said(FLAG, "whether it shows a corner"),
        "numpy": said(TEXT, "NumPy's side, a doctest"),
        "mlx": said(TEXT, "MLX's side, a doctest"),
        "deviation": or_null(deviation, "what MLX answers on machines of another kind"),
    }
    form = {"name": said(TEXT, "the form, such as `mask`"), **verdict()}
    return {
        "numpy": said(TEXT, "the name, dotted"),
        "mlx": listed(TEXT, "MLX's names for it, dotted"),
        **verdict(),
        "notes": listed(TEXT, "more sentences, in Markdown"),
        "machines": listed(exact(machine), f"what single kinds of machine show otherwise; {OF_TARGET}"),
        "parameters": or_null(parameters(), "how the parameters differ, found out by calls; null: not measured"),
        "matrix": listed(exact(matrix()), f"what calls on both sides showed, by case; {OF_TARGET}"),
        "alias_of": said(MAYBE, "the entry of which this is another name: what is not repeated here stands there; null: no alias"),
        "since": said(MAYBE, "first MLX release known to have it; null: before the oldest known, or none"),
        "changed": listed(exact(change), "what releases of MLX or NumPy before this one showed, and what this one shows"),
        "url": said(TEXT, "page and anchor, within the site"),
        "twin": said(TEXT, "the same place in the page's Markdown"),
        "recipe": said(MAYBE, "an expression, or a function, that does it in MLX"),
        "forms": listed(exact(form), f"the forms of a name that has several, each with its own verdict; {OF_TARGET}"),
        "examples": listed(exact(example), f"both sides, as they were run; {OF_TARGET}, unless it is called otherwise"),
    }


def parameters() -> Shape:
    """How the parameters of both sides differ. Names are NumPy's, but those of `extra`."""
    parameter = {"type": "array", "items": TEXT, "description": "name, kind and default"}
    signatures = {
        "numpy": listed(parameter, "NumPy's parameters"),
        "mlx": listed(TEXT, "MLX's signatures, one for each overload"),
    }
    return exact(
        {
            "missing": listed(TEXT, "MLX has none such"),
            "extra": listed(TEXT, "MLX's own, by MLX's names"),
            "renamed": mapped(TEXT, "NumPy's name to MLX's"),
            "positional": listed(TEXT, "MLX takes them by position only"),
            "first": listed(TEXT, "the first one, where MLX takes it by position only, as it mostly does"),
            "required": listed(TEXT, "MLX requires them, and NumPy does not"),
            "default": listed(TEXT, "the defaults are others"),
            "order": listed(TEXT, "MLX takes them in another place"),
            "refused": listed(TEXT, "what NumPy takes and MLX refuses, in words"),
            "undocumented": listed(TEXT, "MLX takes them, though its signature does not say so"),
            "untrue": listed(TEXT, "MLX's signature shows them, and MLX refuses them by keyword"),
            "ignored": listed(TEXT, "parameters for memory and casting, of which nothing is said"),
            "unchanged": listed(TEXT, "calls that MLX takes only when they are written otherwise"),
            "in_words": said(TEXT, "all of this in words, in Markdown"),
            "signatures": exact(signatures, "what both sides say of themselves"),
        }
    )


def matrix() -> Shape:
    """What calls showed of one case."""
    return {
        "case": said(TEXT, "the entry, and the form where it has some"),
        "calls": listed(listed(TEXT, "NumPy's side, MLX's side"), "the calls that were made"),
        "cells": said(COUNT, "how many calls with inputs were compared"),
        "kinds": mapped(listed(TEXT, "kinds of difference; none where all agree"), "by dtype or corner, in which ways the sides differ"),
        "first": mapped(TEXT, "by kind of difference, the first call that shows it, with both answers"),
        "transforms": mapped(TEXT, "`compile` and `grad`: why MLX refuses it there; empty: it works"),
    }


def verified() -> Shape:
    """What the site was proven with: the whole of `verified.json`."""
    where = {
        "mlx": said(TEXT, "release of MLX"),
        "numpy": said(TEXT, "release of NumPy"),
        "python": said(TEXT, "release of Python"),
        "platform": said(TEXT, "operating system and processor"),
        "simd": said(TEXT, "the vector instructions that NumPy found"),
        "device": said(TEXT, "MLX's default device"),
        "backend": said(TEXT, "MLX's backend"),
        "device_name": said(TEXT, "the name of the device"),
        "virtual": said(TEXT, "the emulator, if it ran under one"),
        "packages": said(TEXT, "what some blocks need beside MLX and NumPy, each with its release"),
    }
    pair = {"type": "array", "items": COUNT}
    record = {
        "kind": said(TEXT, "the kind of machine"),
        **where,
        "blocks": said(pair, "blocks that were run there as they stand here, and all"),
        "calls": said(pair, "calls that were made there as they stand here, and all"),
        "changed": mapped(COUNT, "by page, blocks that have changed since"),
    }
    place = {
        "page": said(TEXT, "the page"),
        "source": said(TEXT, "the file that it comes from"),
        "line": said(COUNT, "the line in that file"),
    }
    blocks = {
        "run": said(COUNT, "were run"),
        "parsed": said(COUNT, "JSON and TOML, which were parsed"),
        "not_run": said(COUNT, "are on the list of what is not run"),
    }
    return exact(
        {
            **where,
            "made_with": mapped(TEXT, "releases of what the site was made with"),
            "date": said(TEXT, "the day on which it was built"),
            "sources": said(TEXT, "digest of the sources"),
            "ledger": said(TEXT, "digest of all claims, `ledger.json`"),
            "entries": said(COUNT, "rows of `entries`"),
            "blocks": exact(blocks, "blocks of code on pages"),
            "pairs_compared": said(COUNT, "examples of which both sides were compared"),
            "cells_run": said(COUNT, "calls with inputs that were compared"),
            "disagreements_declared": said(COUNT, "kinds of difference that entries name"),
            "names_resolved": said(COUNT, "names in text that were looked up"),
            "names_absent": said(COUNT, "names in text that were proven absent"),
            "of_other_machines": listed(exact({**place, "machine": said(TEXT, "where it holds")}), "blocks that other machines show"),
            "not_run": listed(
                exact({**place, "reason": said(TEXT, "why"), "test": said(TEXT, "the test that covers it")}), "blocks that were not run"
            ),
            "records": listed(exact(record), "records of other machines"),
            "reported_by": said(MAYBE, "the device of the record that the site was published with; null: it was run when it was built"),
            "attestation": said(MAYBE, "the address of what binds the records to a run"),
        },
        "what was proven, with what, when, and what was not run",
    )
