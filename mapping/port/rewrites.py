"""A call whose entry tells of a difference goes in; where a fixed change of its text leaves none, the change comes out.

Each rewrite is of the form that the entry's recipe or examples show; a call that has anything else is left alone.
"""

from __future__ import annotations

from collections.abc import Callable

from .calls import Argument, Site, after, around
from .known import WIDE, Entry
from .model import Edit, Place

ON_MLX = (  # methods of `mx.array` that have NumPy's names, and take what NumPy's take
    *("T", "all", "any", "argmax", "argmin", "astype", "conj", "cumprod", "cumsum", "diagonal", "dtype", "flatten", "imag", "item", "mT"),
    *("itemsize", "max", "mean", "min", "nbytes", "ndim", "prod", "real", "reshape", "round", "shape", "size", "squeeze", "std", "sum"),
    *("swapaxes", "tolist", "transpose", "var", "view"),
)
PLACES = ("argmax", "argmin", "argsort", "searchsorted")
SIZED = {"rand": "uniform", "randn": "normal"}
GONE = {  # names that NumPy has lost, as they stand where nothing calls them
    **dict.fromkeys(("numpy.float_", "numpy.float"), "mx.float32"),
    **dict.fromkeys(("numpy.int", "numpy.int0"), "mx.int32"),
    **dict.fromkeys(("numpy.complex_", "numpy.complex", "numpy.cfloat", "numpy.singlecomplex"), "mx.complex64"),
    "numpy.bool8": "mx.bool_",
    **dict.fromkeys(("numpy.Inf", "numpy.Infinity", "numpy.PINF", "numpy.infty"), "mx.inf"),
    **dict.fromkeys(("numpy.NaN", "numpy.NAN"), "mx.nan"),
    "numpy.NINF": "-mx.inf",
    "numpy.object": "object",
}
OTHERWISE = ("numpy.msort", "numpy.asfarray", "numpy.asscalar", "numpy.cast", "numpy.fastCopyAndTranspose")  # not by the name alone
FLOATS = ("float64", "float32")
VECTORS = ("multinomial", "dirichlet", "multivariate_normal", "multivariate_hypergeometric")  # what gives arrays of one draw
HOSTED = ("permutation",)  # what a generator gives as arrays, whatever its arguments

OTHER_NUMBERS = "without `key=` it draws from MLX's one global stream, and the numbers are others than NumPy's"

Rewrite = tuple[str, list[Edit], bool]  # what it does, the changes, and whether they are the name's as well


def fixed(entry: Entry, arguments: list[Argument], site: Site, method: bool) -> Rewrite | None:
    """The fixed change that leaves no difference in this call; None where there is none."""
    last = entry.numpy.rpartition(".")[2]
    if method and entry.numpy.startswith("numpy.random."):
        return drawn_on_the_host(entry, arguments, site)
    rule = RULES.get(entry.numpy) or (
        indices if last in PLACES and entry.numpy.count(".") == 1 + entry.numpy.startswith("numpy.ndarray.") else None
    )
    return rule(arguments, site, method) if rule else None


def _number(one: Argument) -> bool:
    return one.value.kind == "plain" and one.value.name in ("int", "float")


def _shape(one: Argument) -> tuple[str | Place, ...] | None:
    """A `size` of NumPy's as a tuple."""
    if one.place is None or one.value.kind != "plain":
        return None
    if one.value.name == "int":
        return "(", one.place, ",)"
    return (one.place,) if one.value.name == "tuple" else None


def indices(arguments: list[Argument], site: Site, method: bool) -> Rewrite | None:
    """Places are `uint32` in MLX."""
    return (
        "MLX's places are `uint32`: `.astype(mx.int32)` makes them signed",
        [Edit(after(site.place), (".astype(mx.int32)",), wraps=site.place)],
        False,
    )


def attribute(name: str) -> Callable[[list[Argument], Site, bool], Rewrite | None]:
    """A function that is an attribute of MLX's arrays."""

    def rewrite(arguments: list[Argument], site: Site, method: bool) -> Rewrite | None:
        if len(arguments) != 1 or arguments[0].keyword or arguments[0].value.kind != "array" or not (given := arguments[0].place):
            return None
        new = (given, f".{name}") if arguments[0].atomic else ("(", given, f").{name}")
        return f"it is an attribute of MLX's arrays, `.{name}`", [Edit(site.place, new)], True

    return rewrite


def flattened(arguments: list[Argument], site: Site, method: bool) -> Rewrite | None:
    """`a.ravel()` is `a.flatten()`."""
    return None if arguments else ("MLX's method is `flatten`", [Edit(site.name, ("flatten",))], True)


def copied(arguments: list[Argument], site: Site, method: bool) -> Rewrite | None:
    """MLX's arrays have no `copy`."""
    if arguments or site.of is None or site.of.place is None:
        return None
    return "`mx.array` makes a copy", [Edit(site.place, ("mx.array(", site.of.place, ")"))], True


def drawn(name: str) -> Callable[[list[Argument], Site, bool], Rewrite | None]:
    """`rand` and `randn` take dimensions, MLX's functions a shape."""

    def rewrite(arguments: list[Argument], site: Site, method: bool) -> Rewrite | None:
        if any(one.keyword or one.place is None or one.value.kind != "plain" or one.value.name != "int" for one in arguments):
            return None
        new: list[str | Place] = [f"mx.random.{name}("]
        for place, one in enumerate(arguments):
            new += ["shape=(" if not place else ", ", *filter(None, [one.place])]
        return "MLX takes a shape", [Edit(site.place, (*new, ",)" if len(arguments) == 1 else ")" if arguments else "", ")"))], True

    return rewrite


def distributed(name: str, numbers: tuple[str, ...], order: str) -> Callable[[list[Argument], Site, bool], Rewrite | None]:
    """A draw of a size, with numbers as parameters: by keyword in MLX, or in places where `order` says so."""

    def rewrite(arguments: list[Argument], site: Site, method: bool) -> Rewrite | None:
        names = (*numbers, "size")
        if len(arguments) > len(names) or any(one.keyword and one.keyword not in names for one in arguments):
            return None
        used = {one.keyword or names[place]: one for place, one in enumerate(arguments)}
        size = used.pop("size", None)
        shape = _shape(size) if size else ()
        if shape is None or any(not _number(one) or one.place is None for one in used.values()):
            return None
        if order == "both" and "high" not in used:  # one bound is the upper one
            if [*used] != ["low"] or used["low"].place is None:
                return None
            new: list[str | Place] = [f"mx.random.{name}(0, ", used["low"].place]
        elif order == "both":
            if [*used] != ["low", "high"] or not used["low"].place or not used["high"].place:
                return None
            new = [f"mx.random.{name}(", used["low"].place, ", ", used["high"].place]
        else:
            new = [f"mx.random.{name}("]
            for key, one in used.items():
                new += [", " if len(new) > 1 else "", f"{key}=", *filter(None, [one.place])]
        new += [", " if shape and len(new) > 1 else "", *(["shape=", *shape] if shape else []), ")"]
        return OTHER_NUMBERS, [Edit(site.place, tuple(new))], True

    return rewrite


def drawn_on_the_host(entry: Entry, arguments: list[Argument], site: Site) -> Rewrite | None:
    """What a generator of NumPy's draws becomes an array of MLX's; a single number stays one."""
    names, last = [name for name, _, _ in entry.parameters.names or ()], entry.numpy.rpartition(".")[2]
    used = {one.keyword or (names[place] if place < len(names) else "") for place, one in enumerate(arguments)}
    if any(one.value.kind in ("array", "arrays", "maybe") for one in arguments) or "out" in used or not (used <= {*names} or last in SIZED):
        return None
    if last == "choice" and not (arguments and (_number(arguments[0]) or arguments[0].value.element in ("int", "float", "bool"))):
        return None
    single = all(_number(one) or one.value.kind == "unknown" for one in arguments) and last not in VECTORS
    if "size" not in used and single and ("size" in names or (last in SIZED and not arguments)):
        return "", [], True
    if last not in (*HOSTED, *SIZED) and "size" not in names:
        return None
    said = "the generator stays NumPy's, and what it draws is made an array of MLX's: the numbers are the same"
    if site.inside in ("mx.array", "np.array", "np.asarray", "numpy.array", "numpy.asarray"):
        return said, [], True
    return said, around(site.place, "mx.array(", ")"), True


def repeated(arguments: list[Argument], site: Site, method: bool) -> Rewrite | None:
    """One count for all elements is what MLX takes."""
    count = next(
        (one for place, one in enumerate(arguments) if one.keyword == "repeats" or (not one.keyword and place == 1 - method)), None
    )
    if count is None or count.keyword or count.value.kind != "plain" or count.value.name != "int":
        return None
    return "", [], False


def reshaped(arguments: list[Argument], site: Site, method: bool) -> Rewrite | None:
    """MLX's function takes a tuple."""
    if method:
        return None if any(one.keyword for one in arguments) else ("", [], False)
    if len(arguments) != 2 or any(one.keyword for one in arguments) or arguments[1].place is None:
        return None
    if arguments[1].value.kind == "plain" and arguments[1].value.name == "int":
        return "MLX takes the shape as a tuple", around(arguments[1].place, "(", ",)"), False
    return ("", [], False) if arguments[1].value.kind == "plain" and arguments[1].value.name in ("tuple", "list") else None


def filled(arguments: list[Argument], site: Site, method: bool) -> Rewrite | None:
    """A number of the dtype that is asked for, or of its own."""
    if not 2 <= len(arguments) <= 3 or arguments[1].keyword not in ("", "fill_value") or not _number(arguments[1]):
        return None
    return ("", [], False) if len(arguments) == 2 or _fits(arguments[1], arguments[2]) else None


def _fits(number: Argument, dtype: Argument) -> bool:
    from .values import dtype_of

    kind = dtype_of(dtype.value, dtype.text)
    return dtype.keyword in ("", "dtype") and (
        kind.startswith("float") or (kind.startswith(("int", "uint")) and number.value.name == "int")
    )


def padded(arguments: list[Argument], site: Site, method: bool) -> Rewrite | None:
    """The modes that MLX has, and one value."""
    others = {one.keyword: one for one in arguments[2:]} if len(arguments) > 2 else {}
    mode = others.pop("mode", None)
    value = others.pop("constant_values", None)
    known = mode is None or mode.text.strip("'\"") in ("constant", "edge", "reflect", "symmetric")
    plain = len(arguments) >= 2 and not arguments[0].keyword and not arguments[1].keyword and (value is None or _number(value))
    return ("", [], False) if plain and known and not others else None


def triangle(arguments: list[Argument], site: Site, method: bool) -> Rewrite | None:
    """Of a matrix."""
    return ("", [], False) if arguments and (arguments[0].value.ndim or 0) >= 2 else None


def bounded(arguments: list[Argument], site: Site, method: bool) -> Rewrite | None:
    """Both bounds, by position."""
    bounds = arguments[1 - method :]
    fine = len(bounds) == 2 and not any(one.keyword for one in arguments)
    if not fine or not any(_number(one) or one.value.kind == "array" for one in bounds):
        return None
    return ("", [], False) if all(_number(one) or one.value.kind == "array" or one.text == "None" for one in bounds) else None


def averaged(arguments: list[Argument], site: Site, method: bool) -> Rewrite | None:
    """Floats are averaged as they are added; whole numbers are added as such first."""
    given = site.of if method else arguments[0] if arguments and not arguments[0].keyword else None
    return ("", [], False) if given and given.value.kind == "array" and given.value.dtype in (*FLOATS, "bool") else None


def rounded(arguments: list[Argument], site: Site, method: bool) -> Rewrite | None:
    """Floats are rounded as in NumPy."""
    return averaged(arguments, site, method) if not any(one.value.dtype == "bool" for one in arguments) else None


def close(arguments: list[Argument], site: Site, method: bool) -> Rewrite | None:
    """Floats, which are compared as NumPy does; numbers and lists are made arrays elsewhere."""
    fine = len(arguments) > 1 and not any(one.keyword for one in arguments[:2])
    if not fine or not all(_number(one) or one.value.element or one.value.kind == "array" for one in arguments[:2]):
        return None
    return None if any(one.value.dtype.startswith(("int", "uint")) for one in arguments[:2]) else ("", [], False)


def solved(arguments: list[Argument], site: Site, method: bool) -> Rewrite | None:
    """One matrix, of floats, with one right-hand side or some beside each other."""
    values = [one.value for one in arguments]
    fine = len(values) == 2 and all(value.kind == "array" and value.dtype in FLOATS for value in values)
    return ("", [], False) if fine and values[0].ndim == 2 and values[1].ndim in (1, 2) else None


def measured(*members: str) -> Callable[[list[Argument], Site, bool], Rewrite | None]:
    """What MLX says of one of its own dtypes, by these names."""

    def rewrite(arguments: list[Argument], site: Site, method: bool) -> Rewrite | None:
        dtypes = len(arguments) == 1 and arguments[0].value.kind == "numpy" and not arguments[0].keyword
        fine = dtypes and arguments[0].value.name not in WIDE and site.inside.removeprefix(".") in members
        return ("", [], False) if fine else None

    return rewrite


def raised(arguments: list[Argument], site: Site, method: bool) -> Rewrite | None:
    """A power that is no negative whole number."""
    plain = len(arguments) == 2 and not any(one.keyword for one in arguments)
    fine = plain and ((arguments[1].value.number or 0) > 0 or arguments[0].value.dtype in FLOATS)
    return ("", [], False) if fine else None


RULES: dict[str, Callable[[list[Argument], Site, bool], Rewrite | None]] = {
    **{f"numpy.{name}": attribute(name) for name in ("shape", "ndim", "size")},
    "numpy.ndarray.ravel": flattened,
    "numpy.ndarray.copy": copied,
    **{f"numpy.random.{name}": drawn(drawing) for name, drawing in SIZED.items()},
    **{f"numpy.random.{name}": distributed("uniform", (), "none") for name in ("random", "random_sample", "ranf", "sample")},
    "numpy.random.uniform": distributed("uniform", ("low", "high"), "named"),
    "numpy.random.normal": distributed("normal", ("loc", "scale"), "named"),
    "numpy.random.standard_normal": distributed("normal", (), "named"),
    "numpy.random.randint": distributed("randint", ("low", "high"), "both"),
    **{f"numpy.{kind}repeat": repeated for kind in ("", "ndarray.")},
    **{f"numpy.{kind}reshape": reshaped for kind in ("", "ndarray.")},
    "numpy.full": filled,
    "numpy.pad": padded,
    **{f"numpy.{name}": triangle for name in ("tril", "triu")},
    **{f"numpy.{kind}clip": bounded for kind in ("", "ndarray.")},
    **{f"numpy.{kind}mean": averaged for kind in ("", "ndarray.")},
    **{f"numpy.{kind}round": rounded for kind in ("", "ndarray.")},
    **{f"numpy.{name}": close for name in ("isclose", "allclose")},
    "numpy.power": raised,
    "numpy.finfo": measured("eps", "max", "min", "bits", "smallest_normal"),
    "numpy.iinfo": measured("max", "min"),
    "numpy.linalg.solve": solved,
}
