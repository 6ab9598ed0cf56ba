"""Rows of `mapping.json` go in; an entry, its form and its parameters are found by NumPy's name."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

PYTHONS = {*dir(list), *dir(dict), *dir(str), *dir(set), *dir(bytes), *dir(int), *dir(float)}  # what Python's own values have as well
MANY = 32  # arguments, of a function that takes any number of them
ROWS = "rows.json"  # in a wheel
KEPT = ("numpy", "mlx", "verdict", "differences", "summary", "recipe", "alias_of", "url", "removed", "instead", "entries")
DTYPES = ("bool_", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64", "complex64")
WIDE = {"numpy.float64", "numpy.double", "numpy.complex128", "numpy.cdouble", "numpy.longdouble", "numpy.float128", "numpy.clongdouble"}
COLUMNS = (
    "plain",
    "0-d",
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "float32",
    "complex64",
)
ASKED = ("missing", "ignored", "renamed", "positional", "first", "untrue", "undocumented", "unchanged", "required", "refused", "signatures")
SUBMODULES = (
    *("numpy", "numpy.linalg", "numpy.fft", "numpy.random", "numpy.ma", "numpy.testing", "numpy.lib", "numpy.polynomial", "numpy.typing"),
    *("numpy.char", "numpy.rec", "numpy.strings", "numpy.core", "numpy._core", "numpy.exceptions", "numpy.ctypeslib", "numpy.dtypes"),
    *("numpy.lib.stride_tricks", "numpy.emath", "numpy.f2py", "numpy.matlib", "numpy.compat", "numpy.distutils", "numpy.version"),
)
ARRAYS = ("array", "scalar | array", "mlx.core.array")
LISTS = ("list[array]", "Sequence[array]", "collections.abc.Sequence[mlx.core.array]")


@dataclass(frozen=True)
class Parameters:
    """What of a function's parameters differs, and both orders. `names` are NumPy's, without `self`; None: not known."""

    names: tuple[tuple[str, str, str], ...] | None = None  # name, kind, default
    lost: frozenset[str] = frozenset()
    renamed: dict[str, str] = field(default_factory=dict)
    by_position: frozenset[str] = frozenset()
    refused: tuple[str, ...] = ()
    arrays: frozenset[int] = frozenset()  # places at which MLX takes an array, or a number, and no list
    lists: frozenset[int] = frozenset()  # places at which MLX takes a list of arrays
    types: tuple[str, ...] = ()  # what MLX's signature shows at each place
    by_name: dict[str, str] = field(default_factory=dict)  # the names that MLX shows, with their types


@dataclass(frozen=True)
class Entry:
    """What the dataset says of one NumPy name."""

    numpy: str
    row: dict

    @property
    def verdict(self) -> str:
        return self.row["verdict"]

    @property
    def mlx(self) -> tuple[str, ...]:
        return tuple(self.row["mlx"])

    @property
    def url(self) -> str:
        return self.row["url"]

    @property
    def recipe(self) -> str:
        return self.row["recipe"] or ""

    @property
    def is_dtype(self) -> bool:
        return len(self.mlx) == 1 and self.mlx[0].removeprefix("mlx.core.") in DTYPES and self.numpy.count(".") == 1

    def form(self, name: str) -> dict | None:
        return next((form for form in self.row["forms"] if form["name"] == name), None)

    def agrees_for(self, dtype: str) -> bool:
        """Whether all that the matrix called with this dtype agreed, and no parameter differs."""
        shown = [case["kinds"].get(dtype) for case in self.row["matrix"]]
        plain = any(case["kinds"].get("plain") for case in self.row["matrix"])
        return bool(shown) and all(kinds == [] for kinds in shown) and not plain and "parameters" not in self.row["differences"]

    def differs_for(self, dtype: str) -> list[str]:
        """What the matrix saw otherwise with this dtype, in calls that NumPy takes, and beyond the last digits."""
        own = {"float64": "float32", "complex128": "complex64"}.get(dtype, dtype)
        kinds = {kind for case in self.row["matrix"] for kind in case["kinds"].get(own, ())}
        return sorted(kinds - {"unraised", "precision", "nan"})

    @cached_property
    def parameters(self) -> Parameters:
        """From what calls of both sides showed."""
        seen = self.row["parameters"]
        if seen is None:
            return Parameters()
        names = tuple((name, kind, default) for name, kind, default in seen["signatures"]["numpy"] or [] if name != "self")
        method = self.numpy.startswith("numpy.ndarray.") and not any(one.startswith("mlx.core.array.") for one in self.mlx)
        shown = (seen["signatures"]["mlx"] or [""])[0]
        of_mlx, before = _annotated(shown), shown.partition(", /")[0].partition("(")[2]
        by_place = {one.strip().partition(":")[0] for one in before.split(",")} if ", /" in shown else set()
        arrays = {place - method for place, kind in enumerate(of_mlx.values()) if kind.removesuffix(" | None") in ARRAYS}
        lists = {place - method for place, kind in enumerate(of_mlx.values()) if kind in LISTS}
        return Parameters(
            names or None,
            frozenset(seen["missing"] + seen["ignored"]),
            dict(seen["renamed"]),
            frozenset([*seen["positional"], *seen["first"], *seen["untrue"], *by_place - {*seen["undocumented"]}]),
            tuple(seen["refused"]),
            frozenset(arrays),
            frozenset(lists),
            tuple(_annotated(shown, places=True).values())[int(method) :],
            of_mlx,
        )


def _annotated(line: str, *, places: bool = False) -> dict[str, str]:
    """MLX's parameters, in their order, each with the type that its signature shows; none where that is no Python. `places`: those that
    are taken by position, without a type where there may be any number of them."""
    try:
        head = ast.parse(f"{line}: ...").body[0]
    except SyntaxError:
        return {}
    if not isinstance(head, ast.FunctionDef):
        return {}
    stars = [one for one in (head.args.vararg, head.args.kwarg) if one]
    if places and head.args.vararg:
        return {str(place): "" for place in range(MANY)}
    every = (
        [*head.args.posonlyargs, *head.args.args] if places else [*head.args.posonlyargs, *head.args.args, *head.args.kwonlyargs, *stars]
    )
    return {one.arg: ast.unparse(one.annotation) if one.annotation else "" for one in every if one.arg != "self"}


def compact(rows: Iterable[dict]) -> list[dict]:
    """Rows with no more than what is asked of them here."""
    found = []
    for row in rows:
        whole = json.loads(row["json"])
        one = {key: whole[key] for key in KEPT if key in whole}
        if "verdict" in whole:
            parameters = whole["parameters"]
            one["parameters"] = parameters and {key: value for key, value in parameters.items() if key in ASKED}
            one["forms"] = [{key: form[key] for key in ("name", "verdict", "summary")} for form in whole["forms"]]
            one["matrix"] = [
                {"calls": case["calls"], "kinds": {kind: found for kind, found in case["kinds"].items() if kind in COLUMNS}}
                for case in whole["matrix"]
            ]
        found.append({"numpy": row["numpy"], "json": json.dumps(one, separators=(",", ":"), ensure_ascii=False)})
    return found


class Known:
    """All rows, by name. Each is read when it is first asked for."""

    def __init__(self, rows: Iterable[dict]):
        self.texts = {row["numpy"]: row["json"] for row in rows}
        self.read: dict[str, Entry | None] = {}
        self.members = {name.removeprefix("numpy.ndarray.") for name in self.texts if name.startswith("numpy.ndarray.")}

    def row(self, name: str) -> dict | None:
        """The row of a name, of one that is gone as well."""
        return json.loads(self.texts[name]) if name in self.texts else None

    def entry(self, name: str) -> Entry | None:
        """What is known of a name; None for one that has no entry, or that NumPy no longer has."""
        if name not in self.read:
            row = self.row(name)
            self.read[name] = Entry(name, row) if row and "verdict" in row else None
        return self.read[name]

    def summary(self, entry: Entry) -> str:
        """An entry's sentence; that of what it is another name of, where it says no more."""
        other = self.entry(entry.row["alias_of"] or "")
        return other.row["summary"] if other and entry.row["summary"].startswith("Another name of") else entry.row["summary"]

    def is_module(self, name: str) -> bool:
        return name in SUBMODULES
