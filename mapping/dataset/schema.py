"""The tables of a TOML file go in; what of them its schema has, and what is wrong with the rest, come out.

`NAME.schema.json` beside this module says what a file of that kind may hold; `.taplo.toml` gives it to editors.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema.exceptions import ValidationError
from jsonschema.validators import Draft202012Validator, extend

FOLDER = Path(__file__).parent
NUMBERS = {  # JSON Schema takes 1.0 for an integer, and knows nothing of TOML's NaN and infinities
    "integer": lambda _, value: type(value) is int,
    "number": lambda _, value: type(value) in (int, float) and abs(value) < math.inf,
}
Validator = extend(Draft202012Validator, type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(NUMBERS))


@dataclass(frozen=True)
class Misfit:
    """What does not fit: where, of which sort (`unknown`, `missing`, `wrong`, `word` or `name`), what it should be."""

    path: tuple[str | int, ...]
    sort: str
    wanted: str = ""


@cache
def load(kind: str) -> dict:
    """The schema of a kind of file: `entries`, `machines`, `extent`, `cheatsheet` or `skip`.

    Each `$ref` is replaced by what it names: to look it up at every value takes longer than all else.
    """
    schema = json.loads((FOLDER / f"{kind}.schema.json").read_text(encoding="utf-8"))
    whole: dict = _whole(schema, schema.pop("$defs"))
    return whole


def _whole(part: Any, definitions: dict) -> Any:
    if isinstance(part, list):
        return [_whole(one, definitions) for one in part]
    if not isinstance(part, dict):
        return part
    while "$ref" in part:
        named = definitions[part["$ref"].removeprefix("#/$defs/")]
        part = {**named, **{key: value for key, value in part.items() if key != "$ref"}}
    return {key: _whole(value, definitions) for key, value in part.items()}


def misfits(data: dict, kind: str) -> list[Misfit]:
    """Everything in the tables of a file that its schema does not have, each told once."""
    found: dict[tuple, Misfit] = {}
    for error in Validator(load(kind)).iter_errors(data):
        for one in _misfits(error):
            found.setdefault((one.path, one.sort == "name"), one)  # of one value, the first: its type
    return list(found.values())


def _misfits(error: ValidationError) -> Iterator[Misfit]:
    """What a validator tells of one table or value, by key."""
    path, limit = tuple(error.absolute_path), error.validator_value
    if "propertyNames" in error.absolute_schema_path:
        sort = ("unknown", _listed(limit)) if error.validator == "enum" else ("name",)
        yield Misfit((*path, error.instance), *sort)
    elif error.validator == "additionalProperties":
        known = _listed(sorted(error.schema["properties"]))
        unknown = [key for key in error.instance if key not in error.schema["properties"]]
        yield from (Misfit((*path, key), "unknown", known) for key in unknown)
    elif error.validator == "required":
        yield from (Misfit((*path, key), "missing") for key in limit if key not in error.instance)
    elif error.validator == "enum":
        yield Misfit(path, "word", f"has no word `{error.instance}`: use one of {_listed(limit)}")
    elif error.validator == "uniqueItems":
        yield Misfit(path, "word", "has a word twice")
    else:
        item = "a list, each item " if isinstance(path[-1], int) else ""
        yield Misfit(path, "wrong", f"must be {item}{error.schema['title']}")


def _listed(words: list[str]) -> str:
    return ", ".join(words)


def fitting(data: dict, found: list[Misfit]) -> dict:
    """The tables without keys that are unknown or hold what is wrong; words of no list stay, for they do no harm."""
    left_out = {_key(one.path) for one in found if one.sort in ("unknown", "wrong")}
    return _without(data, left_out, ()) if left_out else data


def _key(path: tuple) -> tuple:
    """The path of the key whose value holds this one: a list goes as a whole."""
    while isinstance(path[-1], int):
        path = path[:-1]
    return path


def _without(value: Any, left_out: set[tuple], path: tuple) -> Any:
    if isinstance(value, list):
        return [_without(item, left_out, (*path, place)) for place, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    return {key: _without(item, left_out, (*path, key)) for key, item in value.items() if (*path, key) not in left_out}
