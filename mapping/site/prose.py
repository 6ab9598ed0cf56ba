"""What pages say in code and in links goes in, with the facts; what of it does not hold comes out.

Functions that only pages call are asked for their signatures here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..dataset import model
from ..dataset.problems import Problem
from ..facts import code, lookup, resolved
from ..run import needs
from ..run.cache import Cache
from ..run.pool import Pool
from ..run.terms import NAME
from . import gate
from .collector import Seen

MANUAL = re.compile(r"https://.*?\b((?:numpy|mlx\.core)(?:\.\w+)+?)(?:\.html)?$")  # the address of a name's page in a manual


def problems(seen: dict[str, Seen], dataset: model.Dataset, facts: lookup.Facts, pool: Pool, cache: Cache) -> Iterator[Problem]:
    """Calls and methods that are not there, and links that read as another name than they lead to."""
    hand = {page: one for page, one in seen.items() if not page.startswith("reference/")}
    read = {text: code.read(text) for one in hand.values() for text in one.codes}
    functions = {name for one in read.values() for name in code.asked(one)}
    known = lookup.signatures(functions, facts, pool, cache)
    for page, one in sorted(hand.items()):
        own = "\n".join(block.text for block, scope, _ in one.blocks if not scope)
        ran = own if needs.IMPORTS.search(own) else ""  # what other packages have, blocks of the page show
        for text, place in one.codes.items():
            for what in code.misfits(read[text], lookup.members(facts), known, ran):
                yield gate.code_misfit(place, page, text, what)
        for word, name, place in one.marks:
            entry = dataset.by_name.get(name)
            found = resolved.of(entry, dataset, facts) if entry else None
            if found is None or word not in (found.verdict, "silent" if found.silent else ""):
                yield gate.mark_misfit(place, page, word, name)
        for text, target, place in one.links:
            if not leads(text, target, dataset, facts):
                yield gate.link_misfit(place, page, text, target)


def leads(text: str, target: str, dataset: model.Dataset, facts: lookup.Facts) -> bool:
    """Whether a link that reads as a name leads to that name: to its entry, to the entry of which it is the counterpart, to its manual."""
    if not NAME.fullmatch(text):
        return True
    root, _, rest = text.partition(".")
    name = {"np": "numpy", "mx": "mlx.core"}.get(root, root) + f".{rest}"
    if manual := MANUAL.match(target):
        return manual[1] == name
    entry = dataset.by_name.get(target)
    if entry is None:
        return True
    if name in (target, entry.alias_of) or name in resolved.of(entry, dataset, facts).mlx:
        return True
    if target.startswith("numpy.ufunc."):
        return name.endswith(target.removeprefix("numpy.ufunc"))
    uses = [text for case in entry.cases for text in (case.recipe, *(example.mlx for example in case.examples))]
    return root == "mx" and any(re.search(rf"\b{re.escape(text)}\b", one) for one in uses)
