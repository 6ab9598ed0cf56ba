"""An entry, and the arguments of one call, go in; how this call goes to MLX, and what differs in it, comes out."""

from __future__ import annotations

import ast
from functools import cache

from . import recipes, rewrites
from .calls import Argument, Site, after, before, between
from .given import contents, given, kinds
from .judgement import Judgement
from .known import WIDE, Entry, Known
from .model import Edit, Place, Value
from .values import dtype_of

CPU_ONLY = ("inv", "solve", "cholesky", "qr", "svd", "eigh", "eig", "eigvals", "eigvalsh", "pinv")
ORDER = {"numpy.array": ("object", "dtype")}
TAKEN = {"numpy.array": {"object", "dtype"}, "numpy.dtype": set(), "numpy.finfo": {"dtype"}, "numpy.iinfo": {"type"}}
IN_PLACE = ("__iadd__", "__isub__", "__imul__", "__itruediv__", "__imod__", "__ipow__")
TYPES = ("mlx.core.array", "mlx.core.Dtype")
ERRORS = (
    "numpy.linalg.LinAlgError",
    "numpy.exceptions.AxisError",
    "numpy.exceptions.ComplexWarning",
    "numpy.exceptions.DTypePromotionError",
)
ERROR_STATE = ("numpy.errstate", "numpy.seterr")
STATES = ("raise", "call", "warn", "print", "log")  # of floats that overflow, underflow, are invalid or divided by zero
GENERATORS = ("numpy.random.default_rng", "numpy.random.RandomState")
ABSTRACT = tuple(
    f"numpy.{name}"
    for name in ("generic", "number", "integer", "signedinteger", "unsignedinteger", "inexact", "floating", "complexfloating")
)
NO_DTYPES = ("object", "str", "bytes")
OTHER_DTYPES = tuple(
    f"numpy.{name}" for name in ("object_", "str_", "bytes_", "void", "datetime64", "timedelta64", "longdouble", "clongdouble")
)


def of_verdict(entry: Entry, known: Known, verdict: str, summary: str = "") -> Judgement:
    """How a use goes over by its verdict alone, before the call is looked at."""
    said = summary or known.summary(entry)
    match verdict:
        case "same":
            return Judgement("as it is")
        case "renamed":
            return Judgement("rewrite")
        case "host":
            return Judgement("host")
        case "recipe" if entry.recipe.startswith("def "):
            return Judgement("rewrite", [said])
        case _:
            return Judgement("person", [said])


def member(entry: Entry, known: Known) -> Judgement:
    """How an attribute of an array goes over by its verdict alone; what stays with NumPy's arrays is none of MLX's."""
    found = of_verdict(entry, known, entry.verdict)
    return Judgement("person", ["MLX's arrays do not have it"]) if found.port == "host" else found


def reference(entry: Entry, known: Known, *, whole: bool = True) -> Judgement:
    """How a name goes over that is not called; of a subscript, it is not the `whole`."""
    if not whole and entry.mlx:
        found = reference(entry, known)
        found.harder("person", "MLX's counterpart takes no subscript")
        return found
    if entry.is_dtype:
        name, own = entry.mlx[0].rpartition(".")[2], entry.numpy.rpartition(".")[2]
        found = Judgement("as it is" if name == own else "rewrite")
        if entry.numpy in WIDE:
            found.harder("person", known.summary(entry))
        return found
    found = of_verdict(entry, known, entry.verdict)
    if found.port == "as it is" and entry.parameters.names:
        found.condition = "if it is called as NumPy's is"
    return found


def asked(found: Judgement, entry: Entry, inside: str) -> None:
    """What a name is asked for where it is not called: a type, a class to build on, or an error to catch."""
    if inside == "type" and entry.mlx and not {*entry.mlx} <= {*TYPES}:
        found.harder("person", "MLX's dtypes are no types: ask for the array's dtype")
    elif inside == "class" and entry.mlx:
        found.harder("person", "what MLX's functions give is `mx.array`, whatever class they are given")
    elif entry.numpy in ERRORS and (inside == "except" or inside.endswith("raises")):
        found.harder("person", "MLX raises none of NumPy's errors")
    elif entry.numpy in ABSTRACT and not inside.endswith("issubdtype"):
        found.harder("person", "of MLX's functions `issubdtype` alone asks for it, and other libraries know NumPy's alone")


def gone(row: dict, known: Known) -> tuple[str, Entry | None, bool]:
    """What is said of a name that NumPy has lost, the one entry that replaces it, and whether it does so by the name alone."""
    now = [entry for entry in map(known.entry, row["entries"]) if entry]
    name, one = row["numpy"], now[0] if len(now) == 1 else None
    alone = one is not None and name not in rewrites.OTHERWISE and not name.startswith("numpy.ndarray.")
    return f"gone from NumPy since {row['removed']}. {row['instead']}", one, alone


def call(entry: Entry, known: Known, arguments: list[Argument], site: Site | None, *, method: bool) -> Judgement:
    """How a call goes over. Without a `site`, it is judged as one of which no change takes the place."""
    of = [site.of] if site and site.of else []
    found = member(entry, known) if entry.numpy.startswith("numpy.ndarray.") else of_verdict(entry, known, entry.verdict)
    if entry.numpy in ERROR_STATE and any(one.text.strip("'\"") in STATES for one in arguments):
        found.harder("person", "MLX neither warns nor raises where NumPy's floats do: look for `inf` and NaN in what it gives")
    if entry.verdict in ("host", "missing"):
        return found
    if entry.is_dtype:
        found.harder("person", "MLX's dtypes cannot be called: `mx.array(x, dtype)` makes an array")
        return found
    if any(one.text.startswith("*") for one in arguments):
        found.harder("unknown", "the arguments are spread out of a value that is not plain")
        return found
    if entry.numpy in GENERATORS and not method:
        return Judgement("host", ["the generator stays NumPy's: what it draws is handed to MLX. MLX's own are keys"])
    rewrite = rewrites.fixed(entry, arguments, site, method) if site else None
    if rewrite:
        said, edits, whole = rewrite
        found = Judgement("as it is" if _same_place(entry) else "rewrite", whole=whole)
        if said:
            found.done(said, edits)
        if whole:
            for one in arguments if not method else ():
                if one.keyword in entry.parameters.renamed:
                    found.done(f"MLX calls `{one.keyword}` `{entry.parameters.renamed[one.keyword]}`", [])
            found.port = "rewrite" if said else "host"
            return found
    else:
        narrowed(found, entry, [*of, *arguments])
    used = bound(entry, arguments, found)
    drawn = method and entry.numpy.startswith("numpy.random.")  # by NumPy's generator, to which all is given
    for name, argument in used.items() if not drawn else ():
        _parameter(found, entry, name, arguments, argument)
    if entry.verdict == "recipe":
        _recipe(found, entry, known, arguments, used, site, method)
        return found
    given(found, entry, arguments, method)
    contents(found, entry, arguments)
    if entry.verdict in ("same", "renamed"):
        kinds(found, known.entry(entry.row["alias_of"] or "") or entry, [*of, *arguments])
    last = entry.numpy.rpartition(".")[2]
    if entry.numpy.startswith("numpy.linalg.") and last in CPU_ONLY:
        stream = f"{', ' if arguments and site and not site.comma else ' ' if arguments else ''}stream=mx.cpu"
        found.told("on a GPU it needs `stream=mx.cpu`", [Edit(site.end, (stream,))] if site else [])
    if entry.numpy.startswith("numpy.random.") and any(one.startswith("mlx.core.random.") for one in entry.mlx) and last != "seed":
        found.harder("rewrite", rewrites.OTHER_NUMBERS)
    return found


def _recipe(
    found: Judgement, entry: Entry, known: Known, arguments: list[Argument], used: dict[str, Argument], site: Site | None, method: bool
) -> None:
    """A recipe takes the place of a call where it takes all that is given."""
    shown = known.entry(entry.row["alias_of"] or "") or entry
    here = None
    if site and found.port != "unknown" and not entry.numpy.startswith("numpy.random."):
        here = recipes.put(entry, shown, arguments, site, method)
    if here and not set(found.differs) - {*found.covered, *found.differs[:1]}:
        found.port, found.covered, found.edits = "rewrite", [*found.differs], [*found.edits, *here.edits]
        found.whole, found.function = True, here.function
        return
    given(found, entry, arguments, method)
    if found.port == "rewrite":
        _fits(found, entry, used, sum(not one.keyword for one in arguments))


def narrowed(found: Judgement, entry: Entry, arguments: list[Argument]) -> None:
    """A difference that the matrix saw for other dtypes only, or for keywords only, is none of a call where these are plain."""
    parameters = entry.row["parameters"] or {}
    if entry.row["differences"] == ["parameters"] and parameters.get("renamed") and not parameters["unchanged"] + parameters["required"]:
        if not any(one.keyword in parameters["renamed"] or one.text.startswith("*") for one in arguments):
            found.port, found.differs = "as it is" if _same_place(entry) else "rewrite", []
        return
    if entry.numpy.endswith("__pow__") and len(arguments) == 2 and (arguments[1].value.number or 0) > 0:
        found.port, found.differs = "as it is", []
        return
    dtypes = [one.value.dtype for one in arguments[:2] if one.value.kind != "plain"]
    if entry.numpy.rpartition(".")[2] in ("__matmul__", "__rmatmul__", "matmul") and {*dtypes} & {"float64", "float32"}:
        arrays = all(one.value.kind in ("array", "maybe", "unknown") for one in arguments[:2])
        if arrays and len(arguments) == 2:
            found.port, found.differs = "as it is", []
        return
    if entry.numpy.rpartition(".")[2] in IN_PLACE and arguments and arguments[0].value.dtype in ("float64", "float32"):
        found.port, found.differs = "as it is", []  # what NumPy stores there has the array's shape, and becomes a float
        return
    if entry.numpy.rpartition(".")[2] in IN_PLACE[:3] and len(arguments) == 2 and "int" in arguments[0].value.dtype:
        other = arguments[1].value
        if other == Value("plain", "int", number=other.number, size=other.size) or other.dtype in ("bool", arguments[0].value.dtype):
            found.port, found.differs = "as it is", []
            return
    if entry.numpy in RANGES and arguments and not any(one.keyword not in ("", "dtype") for one in arguments):
        RANGES[entry.numpy](found, [one for one in arguments if not one.keyword])
        return
    values = [one.value for one in arguments if one.value.kind != "plain"]
    if entry.verdict != "differs" or not values or any(one.kind != "array" or one.dtype not in ("float64", "float32") for one in values):
        return
    if entry.agrees_for("float32") and not {"undefined", "mutation"} & {*entry.row["differences"]}:
        found.port, found.differs = "as it is" if len(entry.mlx) == 1 and _same_place(entry) else "rewrite", []


def _counted(found: Judgement, arguments: list[Argument]) -> None:
    """A range of integers differs in nothing."""
    if all(one.value.kind == "plain" and one.value.name == "int" for one in arguments):
        found.port, found.differs = "as it is", []
    elif len(arguments) == 1 and arguments[0].value.kind != "plain":
        found.port, found.differs, found.condition = "as it is", [], f"if `{arguments[0].text}` is an integer"


def _spaced(found: Judgement, arguments: list[Argument]) -> None:
    """Points between two numbers stand still only where there are very many of them."""
    number = arguments[2].value.number if len(arguments) == 3 else None
    if number is not None and number < 2**24 and all(one.value.kind == "plain" for one in arguments):
        found.port, found.differs = "as it is", []


RANGES = {"numpy.arange": _counted, "numpy.linspace": _spaced}


def _same_place(entry: Entry) -> bool:
    name = entry.numpy.removeprefix("numpy.")
    on_mlx = name.removeprefix("ndarray.") in rewrites.ON_MLX and len(entry.mlx) == 1
    return bool(entry.mlx) and entry.mlx[0].removeprefix("mlx.core.") in (
        name.replace("ndarray.", "array."),
        *([name.removeprefix("ndarray.")] if on_mlx else []),
    )


def bound(entry: Entry, arguments: list[Argument], found: Judgement) -> dict[str, Argument]:
    """Arguments by the names of NumPy's parameters; what cannot be told is said in `found`."""
    names, used = entry.parameters.names, {}
    if names is None:
        taken = TAKEN.get(entry.numpy, set())
        others = [one.keyword for one in arguments if one.keyword and one.keyword not in taken]
        if others and entry.verdict != "recipe":
            found.harder("person", f"no call was compared with `{others[0]}=`")
        order = ORDER.get(entry.numpy, ())
        return {one.keyword or order[place]: one for place, one in enumerate(arguments) if one.keyword or place < len(order)}
    places = [name for name, kind, _ in names if kind.startswith("POSITIONAL")]
    named = [name for name, kind, _ in names if kind in ("POSITIONAL_OR_KEYWORD", "KEYWORD_ONLY")]
    spread = [name for name, kind, _ in names if kind == "VAR_POSITIONAL"]
    for place, one in enumerate(arguments):
        if one.keyword:
            if one.keyword not in named and any(kind == "VAR_KEYWORD" for _, kind, _ in names):
                if one.keyword not in entry.parameters.by_name:
                    found.harder("person", f"MLX has no `{one.keyword}` here")
            elif one.keyword not in named:
                found.harder("unknown", f"NumPy's `{entry.numpy.rpartition('.')[2]}` is not known to take `{one.keyword}`")
                continue
            used[one.keyword] = one
        elif place < len(places):
            used[places[place]] = one
        elif spread and not entry.parameters.types:
            found.harder("person", "MLX takes no arguments here")
        elif not spread:
            found.harder("unknown", "it has more arguments than NumPy's function is known to take")
    return used


def _parameter(found: Judgement, entry: Entry, name: str, arguments: list[Argument], argument: Argument) -> None:
    """What one parameter that the call uses means."""
    known, place = entry.parameters, arguments.index(argument)
    whole, keyword = argument.whole, Place(0, 0, 0, 0)
    if whole and argument.place:
        keyword = between(before(whole), argument.place)
    default = next((default for one, _, default in known.names or () if one == name), None)
    if name in known.lost and (argument.keyword or default):  # what is required has its place in MLX, whatever its name
        if argument.text == default:
            last = arguments[place - 1].whole if place else None
            edits = [Edit(between(last, after(whole)), ("",))] if last and whole else []
            found.told(f"MLX has no `{name}`; leave it out", edits)
        elif name == "out":
            found.harder("person", "MLX has no `out`: it returns a new array, and the one given here stays as it is")
        elif name == "where":
            found.harder("person", "MLX has no `where` here: choose with `mx.where`")
        elif name == "dtype":
            found.harder("person", "MLX takes no `dtype` here: use `astype` before or after")
        else:
            found.harder("person", f"MLX has no `{name}`")
    elif argument.keyword and name in known.renamed:
        found.told(f"MLX calls `{name}` `{known.renamed[name]}`", [Edit(keyword, (f"{known.renamed[name]}=",))] if keyword.line else [])
    elif argument.keyword and name in known.by_position:
        names = [one for one, _, _ in known.names or ()]
        fits = keyword.line and name in names and names.index(name) == place
        found.told(f"MLX takes `{name}` by position only", [Edit(keyword, ("",))] if fits else [])
    if name == "dtype":
        dtype(found, argument)


def dtype(found: Judgement, argument: Argument) -> None:
    """A dtype as MLX wants it: one of its own, and no wider than it has."""
    kind = dtype_of(argument.value, argument.text)
    named = argument.value.kind == "numpy"
    if named and argument.value.name in WIDE:
        return  # the name itself is a use, and says it
    if kind and not named:
        narrow = {"float64": "float32", "complex128": "complex64", "bool": "bool_"}.get(kind, kind)
        narrow = "int32" if argument.text == "int" else narrow
        said = f"MLX takes no `{argument.text}` as a dtype: write `mx.{narrow}`"
        found.told(said, [Edit(argument.place, (f"mx.{narrow}",))] if argument.place else [])
    elif not kind and (argument.text[:1] in "'\"[(" or argument.text in NO_DTYPES or (named and argument.value.name in OTHER_DTYPES)):
        found.harder("person", f"MLX has no dtype `{argument.text}`")
    elif not kind and argument.text != "None" and argument.value.kind != "numpy":
        found.condition = f"if `{argument.text}` is one of MLX's dtypes by then"


def _fits(found: Judgement, entry: Entry, used: dict[str, Argument], places: int) -> None:
    """A recipe's function takes the place of a call only where it has all of its parameters."""
    head = _parameters_of(entry.recipe)
    if head is None:
        found.harder("person", "")
        return
    has = {one.arg for one in (*head.args, *head.kwonlyargs)}
    defaults = {name: default for name, _, default in entry.parameters.names or () if name in entry.parameters.lost}
    for name, argument in used.items():
        if argument.keyword and name not in has and argument.text != defaults.get(name):
            found.harder("person", f"the recipe has no `{name}`")
    if places > len(head.args) and not head.vararg:
        found.harder("person", "the call has more arguments than the recipe")


@cache
def _parameters_of(recipe: str) -> ast.arguments | None:
    """The parameters of a recipe's function; None where it is none."""
    try:
        return next(node for node in ast.parse(recipe).body if isinstance(node, ast.FunctionDef)).args
    except (SyntaxError, StopIteration):
        return None
