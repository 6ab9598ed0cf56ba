"""Rows of the dataset go in; what a page of the site needs to tell of a pasted text what `port` tells of it, comes out.

Nothing is judged here: calls with one argument of each kind are judged as `port` judges them, and the page adds up what their
arguments do. So it says what holds without types and without changes of the text, in the same words; and where calls of other
arguments are judged otherwise, that the command knows more.
"""

from __future__ import annotations

import inspect
import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial

from . import cautions, judge, rewrites
from .calls import Argument, Site
from .given import given
from .judgement import Judgement
from .known import SUBMODULES, Entry, Known
from .model import PORTS, UNKNOWN, Place, Value
from .names import HOSTED
from .values import KINDS, OBJECTS, of_call

TEXT, KEYWORD, NAME = "ARGUMENT", "KEYWORD", "NAME"  # stand for an argument's text, its keyword and a function's name in what is said
SILENT = Value("arrays")  # an argument of which nothing is said
GIVEN = (  # kinds of arguments that a text shows
    *(UNKNOWN, Value("plain", "list"), Value("plain", "int"), Value("numpy", "numpy")),
    *(Value("plain", name) for name in ("str", "dict", "range")),
    *(Value("array"), Value("plain", "list", element="float", depth=1), Value("plain", "None")),
)
ORDER = [*PORTS]
EASY = ORDER[0]
SOMEWHERE = Place(1, 1, 1, 1)  # where the parts of a call stand that is judged for its kind alone
SITE = Site(SOMEWHERE, SOMEWHERE, SOMEWHERE, comma=False, others=True, comments=False)
VECTOR, MATRIX = (  # as the command knows an argument of which all is plain
    Argument("", Value("array", dtype="float64", ndim=ndim), "x", SOMEWHERE, SOMEWHERE, atomic=True, simple=True) for ndim in (1, 2)
)
TYPED = (
    VECTOR,
    MATRIX,
    replace(VECTOR, value=Value("plain", "int", number=1)),
    replace(VECTOR, value=Value("plain", "tuple", element="int", depth=1)),
    replace(VECTOR, value=SILENT, elements=(MATRIX, MATRIX)),
)
READ = replace(SITE, inside=".max")  # and a member of what is called is read
DTYPE = replace(VECTOR, value=Value("numpy", "numpy.float32"))
DRAWN = "numpy.random.Generator."
EASIER, HARDER, EITHER, COUNTED, ASKED, HANDED = 1, 2, 4, 8, 16, 32  # when the command may judge otherwise, that knows more
PYTHONS = ("float", "int", "bool", "complex")
RANGES = {"i": Value("plain", "int", number=1), "f": Value("plain", "float", number=0.5), "?": UNKNOWN}


class Effects:
    """What arguments do, each kind once: how much harder a use becomes, what is said, and on what it rests. 0 does nothing."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}
        self.of(Judgement(EASY))

    def of(self, found: Judgement, without: Iterable[str] = (), name: str = "") -> int:
        said = [one.replace(f"NumPy's `{name}`", f"NumPy's `{NAME}`") for one in found.differs if one not in without]
        return self.places.setdefault(json.dumps([found.port, said, found.condition]), len(self.places))

    def rows(self) -> list[list]:
        return [json.loads(one) for one in self.places]


def data(rows: Iterable[dict]) -> dict[str, list[list]]:
    """All that the page knows. `rows` are those of `mapping.json`, its entries and the names that are gone."""
    known = Known({"numpy": row["numpy"], "json": json.dumps(row)} for row in rows)
    entries = [entry for entry in map(known.entry, known.texts) if entry and not entry.numpy.startswith("numpy.ndarray.")]
    effects = Effects()
    shapes: dict[str, int] = {}
    sentences: dict[str, int] = {}
    found = {
        "names": [_name(entry, known, effects, shapes, sentences) for entry in entries],
        "forms": [form for entry in entries for form in _forms(entry, known, effects, shapes)],
        "gone": [_gone(row, known, effects) for row in map(known.row, known.texts) if row and "verdict" not in row],
        "ranges": [[name, *one] for name in judge.RANGES if (entry := known.entry(name)) for one in _ranges(entry, known)],
        "dtypes": [[text, effects.of(_dtype(text))] for text in [*PYTHONS, *map(repr, KINDS)]],
    }
    return {
        **found,
        "sentences": [[one] for one in sentences],
        "shapes": [json.loads(one) for one in shapes],
        "effects": effects.rows(),
        "ports": [[port] for port in PORTS],
        "modules": [[name] for name in SUBMODULES],
        "hosted": [[f"numpy.{name}"] for name in HOSTED if known.entry(f"numpy.{name}")],
        "objects": [[*one] for one in OBJECTS.items()],
        "warnings": [[code, " ".join((inspect.getdoc(rule) or "").split())] for code, rule in cautions.RULES.items()],
    }


def _name(entry: Entry, known: Known, effects: Effects, shapes: dict[str, int], sentences: dict[str, int]) -> list:
    """Name, verdict, counterparts, sentence, address, how it goes when it is called, when it is not and when it has a subscript,
    parameters, whether the command knows more, what it gives."""
    said = known.summary(entry)
    eased = Entry(entry.numpy, {**entry.row, "verdict": "same", "differences": []}) if entry.verdict == "differs" else entry
    judged, alone = (partial(_called, one, known) for one in (entry, eased))
    shape = json.dumps(_shape(entry, judged, alone, [said], effects))
    return [
        entry.numpy,
        entry.verdict,
        _short(entry),
        sentences.setdefault(said, len(sentences)),
        entry.url.removeprefix("reference/").removesuffix(f".html#{entry.numpy}"),
        effects.of(judged([]), [said]),
        effects.of(judge.reference(entry, known), [said]),
        effects.of(judge.reference(entry, known, whole=False), [said]),
        shapes.setdefault(shape, len(shapes)),
        _more(entry, known, judged([]).port) | ASKED * _asked(entry, known) | HANDED * (entry.numpy in judge.ABSTRACT),
        of_call(entry.numpy, known, [], "", False).kind,
    ]


def _short(entry: Entry) -> list[str]:
    return [name.removeprefix("mlx.core.") for name in entry.mlx]


def _called(entry: Entry, known: Known, arguments: list[Argument]) -> Judgement:
    """How a call goes over whatever the types, with no change that takes its place; but what a generator draws is NumPy's."""
    method = entry.numpy.startswith(DRAWN)
    return judge.call(entry, known, arguments, SITE if method else None, method=method)


def _asked(entry: Entry, known: Known) -> bool:
    """Whether a name is judged otherwise where a type, a class to build on or an error is asked for."""
    for inside in ("type", "class", "except"):
        found = judge.reference(entry, known)
        before = found.port
        judge.asked(found, entry, inside)
        if found.port != before:
            return True
    return False


def _more(entry: Entry, known: Known, port: str) -> int:
    """Whether some calls go over easier than a name without arguments, by their types or by a change of the text, or harder."""

    def goes(arguments: Iterable[Argument]) -> int:
        return ORDER.index(judge.call(entry, known, [*arguments], READ, method=False).port)

    if entry.numpy.startswith("numpy.random.") and (entry.numpy in rewrites.RULES or entry.numpy.startswith(DRAWN)):
        return EITHER if entry.verdict not in ("host", "missing") else 0
    if entry.numpy in judge.ERROR_STATE:
        return HARDER
    if entry.verdict in ("same", "renamed"):
        typed = {dtype: goes([replace(VECTOR, value=Value("array", dtype=dtype))]) for dtype in ("", *KINDS.values())}
        return HARDER * any(one > typed[""] for one in typed.values())
    number = replace(VECTOR, value=Value("plain", "int", number=1))
    counted = COUNTED * (entry.verdict == "recipe" and goes([number]) < ORDER.index(_called(entry, known, [number]).port))
    if port != ORDER[-1] or entry.verdict == "missing" or entry.is_dtype:
        return counted
    calls = itertools.chain([(DTYPE,)], *(itertools.product(TYPED, repeat=count) for count in range(4)))
    return counted | EASIER * any(goes(call) < ORDER.index(port) for call in calls)


def _shape(
    entry: Entry,
    judged: Callable[[list[Argument]], Judgement],
    alone: Callable[[list[Argument]], Judgement],
    said: list[str],
    effects: Effects,
) -> list:
    """What arguments do: by place, by keyword, where they are the default, one place too many, another keyword, spread out. `alone`
    judges as if nothing but the arguments made a call harder."""
    names, last, drawn = entry.parameters.names, entry.numpy.rpartition(".")[2], entry.numpy.startswith(DRAWN)
    quiet = Value("plain", "int", number=1) if drawn else SILENT
    defaults = {name: default for name, _, default in names or () if name in entry.parameters.lost and default}
    called, easy = judged([]), alone([])

    def does(arguments: list[Argument], before: Judgement = called) -> int:
        found = judged(arguments)
        more = [one for one in found.differs if one not in (*before.differs, *said)]
        pairs = ((found, called), (alone(arguments), easy)) if more else ()
        port = max([one.port for one, least in pairs if one.port != least.port], key=ORDER.index, default=EASY)
        return effects.of(Judgement(port, more, found.condition if TEXT in found.condition else ""), (), last)

    def by_place(place: int) -> list[int]:
        filled = [Argument("", quiet, defaults.get(name, "x")) for name in places[:place]] + [Argument("", quiet, "x")] * (
            place - len(places)
        )
        before = judged(filled)
        return [does([*filled, Argument("", value, TEXT, SOMEWHERE)], before) for value in GIVEN]

    def by_keyword(name: str) -> list[int]:
        first = [Argument("", quiet, "x")] if places and name != places[0] else []
        before = judged(first)
        return [does([*first, Argument(name, value, TEXT, SOMEWHERE)], before) for value in GIVEN]

    places = [name for name, kind, _ in names or () if kind.startswith("POSITIONAL")] or [*judge.ORDER.get(entry.numpy, ())]
    keywords = [name for name, kind, _ in names or () if kind in ("POSITIONAL_OR_KEYWORD", "KEYWORD_ONLY")]
    keywords += [
        *judge.TAKEN.get(entry.numpy, ()),
        *(entry.parameters.by_name if "VAR_KEYWORD" in [kind for _, kind, _ in names or ()] else ()),
    ]
    return [
        [_trimmed([name, *by_place(place)]) for place, name in enumerate(places or [""])],
        [_trimmed([name, *by_keyword(name)]) for name in sorted({*keywords})],
        [[name, default, does([Argument(name, UNKNOWN, default)])] for name, _, default in names or () if name in entry.parameters.lost],
        _trimmed(["", *by_place(len(places) or 1)]),
        does([Argument(KEYWORD, UNKNOWN, TEXT)]),
        does([Argument("", UNKNOWN, "*")]),
    ]


def _trimmed(row: list) -> list:
    """A row without the zeros at its end."""
    while row[-1] == 0:
        row = row[:-1]
    return row


def _forms(entry: Entry, known: Known, effects: Effects, shapes: dict[str, int]) -> Iterator[list]:
    """The forms of an entry that a call shows by its name or by how many arguments it has: each with verdict and sentence."""
    for form in entry.row["forms"] if entry.numpy == "numpy.where" or entry.numpy.startswith("numpy.ufunc.") else ():
        said = form["summary"] or known.summary(entry)

        def judged(arguments: list[Argument], verdict: str = form["verdict"], said: str = said) -> Judgement:
            found = judge.of_verdict(entry, known, verdict, said)
            given(found, entry, arguments, method=False)
            return found

        shape = json.dumps(_shape(entry, judged, partial(judged, verdict="same"), [said], effects))
        yield [entry.numpy, form["name"], form["verdict"], said, effects.of(judged([]), [said]), shapes.setdefault(shape, len(shapes))]


def _gone(row: dict, known: Known, effects: Effects) -> list:
    """A name that NumPy no longer has: what is said of it, where that stands, how it goes, its one replacement, whether the command knows
    more where it is not called, and the replacement's counterparts."""
    said, now, alone = judge.gone(row, known)
    port = effects.of(Judgement("rewrite" if alone else "person"))
    more = EASIER * (row["numpy"] in rewrites.GONE)
    return [row["numpy"], said, row["url"], port, now.numpy if now and alone else "", more, _short(now) if now else []]


def _ranges(entry: Entry, known: Known) -> Iterator[list]:
    """Which kinds of arguments, one letter each, make a range that is the same; and on what that rests."""
    for count in (1, 2, 3):
        for kinds in itertools.product(RANGES, repeat=count):
            found = _called(entry, known, [Argument("", RANGES[kind], TEXT) for kind in kinds])
            if found.port == EASY:
                yield ["".join(kinds), found.condition]


def _dtype(text: str) -> Judgement:
    found = Judgement(EASY)
    judge.dtype(found, Argument("dtype", UNKNOWN, text))
    return found
