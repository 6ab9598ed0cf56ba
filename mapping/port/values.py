"""What an expression gives, as far as its own text and what stands before it make plain: no value of NumPy's is ever made."""

from __future__ import annotations

from dataclasses import replace

from .known import Known
from .model import UNKNOWN, Value

KINDS = {
    **dict.fromkeys(("float64", "double", "float", "float_", "longdouble", "float128"), "float64"),
    **dict.fromkeys(("int64", "int", "int_", "intp", "longlong", "long"), "int64"),
    **dict.fromkeys(("bool", "bool_", "bool8"), "bool"),
    **dict.fromkeys(("complex128", "complex", "cdouble", "complex_"), "complex128"),
    **{name: name for name in ("float32", "float16", "int32", "int16", "int8", "uint8", "uint16", "uint32", "uint64", "complex64")},
    **{"f8": "float64", "f4": "float32", "f2": "float16", "i8": "int64", "i4": "int32", "i2": "int16", "i1": "int8", "u1": "uint8"},
    **{"d": "float64", "f": "float32", "i": "int32", "?": "bool", "c16": "complex128", "c8": "complex64", "b1": "bool"},
}
FLOATS = ("float64", "float32", "float16")
MADE = {"zeros": "float64", "ones": "float64", "empty": "float64", "eye": "float64", "identity": "float64", "linspace": "float64"}
LIKE = (
    "zeros_like",
    "ones_like",
    "empty_like",
    "full_like",
    "copy",
    "sort",
    "roll",
    "flip",
    "reshape",
    "ravel",
    "transpose",
    "clip",
    "abs",
)
TESTS = (
    *("isnan", "isinf", "isfinite", "isclose", "logical_and", "logical_or", "logical_not", "logical_xor", "signbit", "isin", "in1d"),
    *("greater", "greater_equal", "less", "less_equal", "equal", "not_equal", "all", "any"),
)
PLACES = (
    "argmax",
    "argmin",
    "argsort",
    "nonzero",
    "searchsorted",
    "argwhere",
    "digitize",
    "flatnonzero",
    "argpartition",
    "lexsort",
    "integers",
    "randint",
)
KEEPS = (  # any dtype of their arrays
    *(
        "repeat",
        "tile",
        "take",
        "concatenate",
        "stack",
        "vstack",
        "hstack",
        "column_stack",
        "squeeze",
        "expand_dims",
        "moveaxis",
        "swapaxes",
    ),
    *("broadcast_to", "pad", "diagonal", "tril", "triu", "max", "min", "amax", "amin", "maximum", "minimum", "flatten", "take_along_axis"),
)
FLOATING = (  # of whole numbers they make floats
    *("sin", "cos", "tan", "exp", "log", "log2", "log10", "log1p", "expm1", "sqrt", "sinh", "cosh", "tanh", "arctan", "arctan2", "mean"),
    *("std", "var", "median", "divide", "true_divide"),
)
LINKING = ("sum", "mean", "max", "min", "std", "var", "prod", "median", "all", "any", "argmax", "argmin", "ptp", "trace", "dot", "cumsum")
VIEWS = (  # of an array they give the same memory
    *("reshape", "ravel", "transpose", "swapaxes", "moveaxis", "rollaxis", "squeeze", "expand_dims", "matrix_transpose", "view"),
    *("atleast_1d", "atleast_2d", "atleast_3d", "asarray", "asanyarray", "diagonal", "flip", "fliplr", "flipud", "rot90"),
)
SAME = ("asarray", "asanyarray")  # of what may be an array
ARRAYS = (
    *(
        "meshgrid",
        "split",
        "array_split",
        "hsplit",
        "vsplit",
        "dsplit",
        "broadcast_arrays",
        "nonzero",
        "unstack",
        "svd",
        "qr",
        "eigh",
        "eig",
    ),
    *("histogram", "histogram2d", "divmod", "modf", "frexp", "slogdet", "polydiv", "ix_", "tril_indices", "triu_indices"),
)
PLAIN = {
    **dict.fromkeys(("shape", "broadcast_shapes"), "tuple"),
    **dict.fromkeys(("ndim", "size", "itemsize", "nbytes"), "int"),
    **dict.fromkeys(("allclose", "array_equal", "array_equiv", "issubdtype", "isscalar", "can_cast", "iterable"), "bool"),
    **dict.fromkeys(("tolist",), "list"),
    **dict.fromkeys(("tobytes", "dumps"), "bytes"),
    **dict.fromkeys(("base_repr", "binary_repr", "array2string", "array_str", "array_repr"), "str"),
    **dict.fromkeys(("pi", "e", "inf", "nan", "euler_gamma"), "float"),
    **dict.fromkeys(("newaxis",), "None"),
}
OBJECTS = {
    "numpy.random.default_rng": "numpy.random.Generator",
    "numpy.random.Generator": "numpy.random.Generator",
    "numpy.random.RandomState": "numpy.random",  # the same names as the old functions
    "numpy.finfo": "numpy.finfo",
    "numpy.iinfo": "numpy.iinfo",
}
STAYING = ("loadtxt", "genfromtxt", "fromfile", "fromstring", "fromregex", "memmap")  # with NumPy, and give its arrays
SCIPY = tuple(f"scipy.{name}." for name in ("special", "signal", "fft", "linalg", "interpolate", "integrate", "stats"))  # mostly of floats
WHOLE = ("next_fast_len", "prev_fast_len", "find_peaks", "argrelmax", "argrelmin", "argrelextrema")  # and these not
DIMENSIONS = {"zeros": 0, "ones": 0, "empty": 0, "full": 0}  # the place of the shape


def dtype_of(value: Value | None, text: str) -> str:
    """The dtype that an argument names: as NumPy's name, as Python's type, or as text; empty where that is not plain."""
    if value and value.kind == "numpy":
        return KINDS.get(value.name.removeprefix("numpy."), "")
    if text in ("float", "int", "bool", "complex"):
        return KINDS[text]
    return KINDS.get(text.strip("'\"").lstrip("<=|"), "") if text[:1] in "'\"" else ""


def together(one: Value, other: Value) -> str:
    """The dtype of what an operator makes of two values; empty where that is not plain."""
    if one.kind == other.kind == "array":
        if one.dtype == other.dtype:
            return one.dtype
        if {one.dtype, other.dtype} & {"float64"} and all((one.dtype, other.dtype)) and "complex" not in one.dtype + other.dtype:
            return "float64"
        return ""
    array, plain = (one, other) if one.kind == "array" else (other, one)
    if plain.kind != "plain" or not array.dtype:
        return ""
    if plain.name == "float":
        return array.dtype if array.dtype in FLOATS or array.dtype.startswith("complex") else "float64"
    return array.dtype if plain.name == "int" and array.dtype != "bool" else ""


def are_truths(name: str, left: Value, right: Value) -> bool:
    """Whether an operator on truths gives truths."""
    return "bool" == left.dtype == right.dtype or (name == "invert" and left.dtype == "bool")


def common(values: list[Value]) -> str:
    """The one dtype of the arrays among some values; empty where they have several, or one of them is not plain."""
    dtypes = {value.dtype for value in values if value.kind != "plain" or value.dtype}
    return dtypes.pop() if len(dtypes) == 1 and all(value.kind in ("array", "arrays", "plain") for value in values) else ""


def joined(one: Value | None, other: Value | None) -> Value:
    """What is plain of a name after either of two ways."""
    if one is None or other is None or one == other:
        return one or other or UNKNOWN
    told = {one.small, other.small} - {None}  # before a loop's first test there is nothing to tell
    found = _joined(one, other)
    return replace(found, small=told.pop()) if len(told) == 1 else found


def _joined(one: Value, other: Value) -> Value:
    for first, second in ((one, other), (other, one)):
        if first.kind == "numpy":
            return Value("numpy", first.name, alone=first.alone and second == Value("plain", "None"))
    if one.kind == other.kind == "array":
        ndim = one.ndim if one.ndim == other.ndim else None
        return Value("array", dtype=one.dtype if one.dtype == other.dtype else "", ndim=ndim, view=one.view and other.view)
    if {one.kind, other.kind} <= {"array", "maybe"}:
        return Value("maybe")
    if len(one.parts) == len(other.parts) > 0:
        return Value(one.kind if one.kind == other.kind else "plain", "tuple", parts=tuple(map(joined, one.parts, other.parts)))
    return Value("plain", one.name) if one.kind == other.kind == "plain" and one.name == other.name else UNKNOWN


def of_call(name: str, known: Known, arguments: list[Value], dtype: str, axis: bool, size: Value | None = None) -> Value:
    """What a call of a NumPy function, or of an array's method, gives. `axis`: whether an axis is named; `size`: of a draw."""
    found = _made(name, known, arguments, dtype, axis, size)
    last, first = name.rpartition(".")[2], arguments[0] if arguments else Value("plain")
    shared = last in VIEWS and found.kind == "array" and (first.kind == "array" or (last in SAME and first.kind in ("unknown", "maybe")))
    return replace(found, view=True) if shared and not dtype else found


def hosted(floats: bool, ndim: int | None = None, double: bool = True) -> Value:
    """What stays NumPy's; of `double` numbers, each is a `float`, which MLX takes as it is."""
    return Value("unknown", host=floats, ndim=ndim, element="float" if floats and double else "")


def of_scipy(name: str, arguments: list[Value]) -> Value:
    """What a call of a function of SciPy's gives; of numbers, its special functions give a number."""
    number = name.startswith(SCIPY[0]) and all(one.kind == "plain" and one.name in ("int", "float") for one in arguments)
    return hosted(name.startswith(SCIPY) and name.rpartition(".")[2] not in WHOLE and not number)


def _made(name: str, known: Known, arguments: list[Value], dtype: str, axis: bool, size: Value | None) -> Value:
    last = name.rpartition(".")[2]
    first = arguments[0] if arguments else UNKNOWN
    if name in OBJECTS:
        return Value("object", OBJECTS[name])
    if last in PLAIN:
        return Value("plain", PLAIN[last])
    if last in ARRAYS or (last == "where" and len(arguments) == 1):
        shared = common(arguments)
        kind = shared if last == "meshgrid" or (shared in FLOATS and last in ("split", "qr", "svd", "array_split")) else ""
        ndim = len(arguments) if last == "meshgrid" else 2 if last in ("qr", "eigh") and first.ndim == 2 else None
        return Value("arrays", dtype=kind, ndim=ndim)
    entry = known.entry(name)
    if last in STAYING:
        kind = dtype or next((KINDS[one.name.rpartition(".")[2]] for one in arguments[1:2] if one.name.rpartition(".")[2] in KINDS), "")
        floats = "int" not in kind and (last != "memmap" or bool(kind))
        return hosted(floats, 1 if last in ("fromfile", "fromstring") else None, kind in ("", "float64"))
    if (
        entry is None
        or entry.verdict == "host"
        or last in ("unique", "load", "apply_along_axis", "vectorize", "frompyfunc", "poly1d", "dtype")
    ):
        return UNKNOWN
    if last == "item":
        return Value("plain", "number")
    if entry.is_dtype:
        return Value("array", dtype=KINDS.get(last, ""), ndim=0)
    if last == "array" or last in ("asarray", "asanyarray", "ascontiguousarray"):
        kind = dtype or (first.dtype if first.kind == "array" else KINDS.get(first.element, ""))
        return Value("array", dtype=kind, ndim=first.ndim if first.kind == "array" else first.depth or None)
    if last == "astype":
        return Value("array", dtype=dtype, ndim=first.ndim)
    if last == "full":
        fill = arguments[1] if len(arguments) > 1 else UNKNOWN
        return Value("array", dtype=dtype or KINDS.get(fill.name, ""), ndim=_ndim(first), size=first.size)
    if last in MADE:
        return Value(
            "array", dtype=dtype or MADE[last], ndim=_ndim(first) if last in DIMENSIONS else 1 if last == "linspace" else 2, size=first.size
        )
    if last == "arange":
        names = {one.name for one in arguments if one.kind == "plain"} if all(one.kind == "plain" for one in arguments) else set()
        kind = dtype or ("int64" if names == {"int"} else "float64" if "float" in names else "")
        return Value("array", dtype=kind, ndim=1, size=first.size if len(arguments) == 1 else None)
    if last in TESTS:
        return Value("array", dtype="bool", ndim=0 if last in ("all", "any") and not axis else None)
    if last in PLACES:
        return Value("array", dtype="int64", ndim=0 if last in ("argmax", "argmin") and not axis else None)
    if name.startswith("numpy.random.") and size is not None and last in ("normal", "uniform", "random", "standard_normal"):
        return Value("array", dtype="float64", ndim=_ndim(size))
    if name.startswith("numpy.random.") and last in ("normal", "uniform", "random", "standard_normal", "rand", "randn", "random_sample"):
        return Value("array", dtype="float64")
    if last in LIKE and first.kind == "array" and not (last == "abs" and first.dtype.startswith("complex")):
        return Value(
            "array",
            dtype=dtype or first.dtype,
            ndim=first.ndim if last.endswith(("_like", "copy", "sort", "roll", "clip", "abs")) else None,
        )
    if last in LINKING and not axis and last != "cumsum":
        kind = first.dtype if first.dtype in FLOATS or (last in ("max", "min", "sum") and first.dtype != "bool") else ""
        return Value("array", dtype=kind, ndim=0)
    shared = common(arguments)
    if ".fft." in name:
        real = last.startswith("irfft") or last in ("hfft", "fftfreq", "rfftfreq")
        return Value(
            "array", dtype="" if "shift" in last else "float64" if real else "complex128", ndim=first.ndim if last[-2:] != "eq" else 1
        )
    if last in ("abs", "absolute", "real", "imag", "angle") and shared.startswith("complex"):
        return Value("array", dtype="float64" if shared == "complex128" else "float32", ndim=first.ndim)
    kind = shared if last in KEEPS or (shared in FLOATS and "fft" not in name) else ""
    kind = "float64" if last in FLOATING and shared.startswith(("int", "uint")) else kind
    return Value("array", dtype=dtype or kind, ndim=_dimensions(last, arguments, axis))


def _dimensions(last: str, arguments: list[Value], axis: bool) -> int | None:
    """How many dimensions a result has."""
    ndims = [value.ndim for value in arguments if value.kind in ("array", "arrays")]
    if last in ("eye", "outer", "identity", "vander", "column_stack"):
        return 2
    if not ndims or None in ndims:
        return None
    if last == "stack":
        return (ndims[0] or 0) + 1
    if last in ("concatenate", "tril", "triu", "inv", "cumsum", "cumprod", "take_along_axis", "pad", "flip") and (axis or last != "cumsum"):
        return ndims[0]
    if last in (
        "sin",
        "cos",
        "tan",
        "exp",
        "log",
        "log2",
        "log10",
        "log1p",
        "expm1",
        "sqrt",
        "tanh",
        "maximum",
        "minimum",
        "square",
        "abs",
    ):
        return max(one for one in ndims if one is not None)
    return 1 if last in ("ravel", "flatten", "linspace") else None


def _ndim(shape: Value) -> int | None:
    return 1 if shape.kind == "plain" and shape.name == "int" else shape.ndim if shape.name in ("tuple", "list") else None
