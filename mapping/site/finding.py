"""What a person types goes in, as code has it or as an error says it; the entries that answer it come out, the best first.

The rows are kept, so that an answer needs neither MLX nor a look at the dataset.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..run.cache import Cache

if TYPE_CHECKING:
    from ..dataset import model
    from ..facts import lookup

SPELLED = {"np": "numpy", "mx": "mlx.core"}  # what people import the packages as
MESSAGE = re.compile(r"'([\w.]+)'(?: object)? has no attribute '(\w+)'")
OPERATORS = {
    **{"@": "matmul", "+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow"},
    **{"&": "and", "|": "or", "^": "xor", "~": "invert", "<<": "lshift", ">>": "rshift"},
    **{"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"},
}
OPERATOR = re.compile(r"(?:\w+\s*)?(" + "|".join(re.escape(sign) for sign in sorted(OPERATORS, key=len, reverse=True)) + r")(=?)\s*\w*")


def rows(root: Path, cache: Cache, read: Callable[[], tuple[model.Dataset, lookup.Facts]]) -> list[dict]:
    """Each entry's names, its row of `mapping.json` and what a shell shows of it, and the same of each name that is gone;
    from `cache`, while no file of the dataset changes."""
    files = [path for path in sorted((root / "mapping" / "dataset").rglob("*")) if path.suffix in (".toml", ".json")]
    digests = [[file.relative_to(root).as_posix(), hashlib.sha256(file.read_bytes()).hexdigest()] for file in files]
    known = cache.get("found", digests)
    if known is None:
        from . import export, pages

        dataset, facts = read()
        known = [
            {
                "numpy": row["numpy"],
                "mlx": row["mlx"],
                "alias_of": row["alias_of"],
                "text": pages.terminal(dataset.by_name[row["numpy"]], dataset, facts),
                "json": json.dumps(row),  # as text: few of them are asked for, and all would have to be read
            }
            for row in export.rows(dataset, facts)
        ]
        texts = {one.name: pages.terminal_gone(one) for one in dataset.gone}
        known += [
            {"numpy": row["numpy"], "mlx": [], "now": row["entries"], "text": texts[row["numpy"]], "json": json.dumps(row)}
            for row in export.gone_rows(dataset)
        ]
        cache.put("found", [(digests, known)])
    return known


def found(rows: list[dict], typed: str) -> list[dict]:
    """The rows that answer what was typed: by the exact name, by MLX's, by the last part, by any part, by one typo.
    What is gone is followed by what took its place."""
    exact = {row["numpy"]: row for row in rows}
    by_name: dict[str, dict] = {}
    for row in rows:  # `np.Inf` is gone: whoever types it otherwise than so means `np.inf`
        by_name.setdefault(row["numpy"].casefold(), row)
    some = _answering(exact, by_name, typed.strip().strip("`"))
    return list({row["numpy"]: row for one in some for row in (one, *(exact[name] for name in one.get("now", ())))}.values())


def _answering(exact: dict[str, dict], by_name: dict[str, dict], typed: str) -> list[dict]:
    rows = [*exact.values()]
    for name in names(typed, by_name):
        wanted = name.casefold()
        for some in (
            [exact[name]] if name in exact else [],
            [by_name[wanted]] if wanted in by_name else [],
            [row for row in rows if wanted in map(str.casefold, row["mlx"])],
            [row for row in rows if "." in wanted and any(name.casefold().endswith(f".{wanted}") for name in row["mlx"])],
            [row for name, row in by_name.items() if _last(name) == _last(wanted)],
            [row for name, row in by_name.items() if any(wanted in one for one in (name, *map(str.casefold, row["mlx"])))],
        ):
            if some:
                return some
    near = difflib.get_close_matches(_last(typed.casefold()), map(_last, by_name), 3, 0.8)
    return [row for name, row in by_name.items() if _last(name) in near]


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def names(typed: str, by_name: dict[str, dict]) -> list[str]:
    """The dotted names that a text may stand for, the likeliest first."""
    if message := MESSAGE.search(typed):
        place, name = message.groups()
        return [f"{'numpy.ndarray' if place.endswith(('array', 'ndarray')) else 'numpy'}.{name}", name]
    if sign := OPERATOR.fullmatch(typed):
        return [f"numpy.ndarray.__{'i' if sign[2] and sign[1] not in '<>=!' else ''}{OPERATORS[sign[1]]}__"]
    if index := re.fullmatch(r"\w+\[.*\](\s*=.*)?", typed):
        return [f"numpy.ndarray.__{'set' if index[1] else 'get'}item__"]
    typed = re.sub(r"\(.*", "", typed)
    first, _, rest = typed.partition(".")
    whole = f"{SPELLED.get(first, first)}.{rest}" if rest else typed
    function, _, method = whole.rpartition(".")
    likely = [
        whole,
        f"numpy.{whole}" if function else "",
        f"numpy.ndarray.{method}" if function else "",
        f"numpy.ufunc.{method}" if function.casefold() in by_name else "",
    ]
    return [name for name in likely if name.casefold() in by_name][:1] or [whole]
