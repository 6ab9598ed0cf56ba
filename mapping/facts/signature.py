"""Signatures of both sides and an entry's calls go in; how the parameters differ comes out, decided by calls.

Standard library alone. Signatures come as the live libraries tell them; MLX's are in its docstrings' words, and
not always right, so each parameter that a call uses is tried by keyword, by position and left out.
"""

from __future__ import annotations

import ast
from collections.abc import Set
from dataclasses import dataclass, field

from ..run.calls import ARRAYS, used

IGNORED = ("out", "where", "casting", "order", "subok", "signature", "extobj", "like", "device", "stream")
REFUSED = ("parameters", "error", "undefined")  # kinds by which a call did not come to an answer
REQUIRED = ""  # a parameter's default that is none
FORMS = {
    "axis": {"a tuple": "(0,)", "two axes": "(0, 1)", "`None`": "None", "a negative number": "-1"},
    "axes": {"a list": "[0, 1]", "a tuple": "(0, 1)"},
    "shape": {"a number": "3", "a list": "[3, 2]", "a tuple": "(3, 2)"},
    "indices": {"a list": "[0, 1]", "a number": "0"},
    "repeats": {"a list": "[1, 2]", "a number": "2"},
    "reps": {"a number": "2", "a list": "[1, 2]"},
    "shift": {"a tuple": "(1, 2)"},
    "pad_width": {"a number": "1", "a pair": "(1, 2)"},
    "k": {"a negative number": "-1"},
    "n": {"two": "2"},
    "ord": {"`None`": "None"},
}
OPERAND = {"a Python number": "2.5"}


@dataclass
class Parameter:
    """One parameter: its name, whether it is taken by position, by keyword; its default as text, or REQUIRED."""

    name: str
    positional: bool
    keyword: bool
    default: str = REQUIRED


@dataclass
class Parameters:
    """How the parameters of the two sides differ. All names are NumPy's, but those of `extra`. `unchanged`: calls that MLX
    takes only when they are written otherwise. `first`: the first one, which MLX mostly takes by position only: words do not say so."""

    missing: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)
    positional: list[str] = field(default_factory=list)
    first: list[str] = field(default_factory=list)
    required: list[str] = field(default_factory=list)
    default: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    undocumented: list[str] = field(default_factory=list)
    untrue: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)

    @property
    def in_words(self) -> str:
        """What differs, in words."""
        parts = [f"MLX lacks {_names(self.missing)}"] if self.missing else []
        parts += [f"takes `{of_mlx}` for `{of_numpy}`" for of_numpy, of_mlx in self.renamed.items()]
        parts += [f"requires {_names(self.required)}"] if self.required else []
        parts += [f"has another default for {_names(self.default)}"] if self.default else []
        parts += [f"takes {_names(self.order)} in another place"] if self.order else []
        parts += [f"takes {_names(self.positional)} by position only"] if self.positional else []
        parts += [f"refuses {', '.join(self.refused)}"] if self.refused else []
        parts += [f"refuses {_names(self.untrue)} by keyword, though its signature shows it"] if self.untrue else []
        parts += [f"takes {_names(self.undocumented)}, though its signature does not say so"] if self.undocumented else []
        parts += [f"has also {_names(self.extra)}"] if self.extra else []
        parts += [f"does not take {_names(self.unchanged[:1])} as it is"] if self.unchanged else []
        return "; ".join(parts)

    @property
    def differ(self) -> bool:
        """Whether a call that NumPy takes is refused or answered otherwise for a parameter that both have."""
        return bool(self.renamed or self.required or self.default or self.order or self.unchanged)


def _names(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def numpys(listed: list[list]) -> list[Parameter]:
    """NumPy's parameters, from what `inspect` lists: name, kind, default."""
    found = []
    for name, kind, default in listed:
        if not kind.startswith("VAR"):
            found.append(Parameter(name, "POSITIONAL" in kind, kind != "POSITIONAL_ONLY", default))
    return found


def mlxs(texts: list[str]) -> list[list[Parameter]]:
    """MLX's parameters, one list for each overload that its docstring shows."""
    return [found for text in texts if (found := _parsed(text)) is not None]


def of_recipe(recipe: str, of_numpy: list[Parameter]) -> list[list[Parameter]]:
    """The parameters of a recipe: of its last function, or, of an expression, as many operands as it has inputs; none for `*arguments`."""
    try:
        functions = [one for one in ast.parse(recipe).body if isinstance(one, ast.FunctionDef)]
    except SyntaxError:  # the rules say so
        return []
    if functions:
        return [] if functions[-1].args.vararg else mlxs([f"def {functions[-1].name}({ast.unparse(functions[-1].args)})"])
    places = [one for one in of_numpy if one.positional]
    return [places[: len(used(recipe.strip()))]]


def _parsed(text: str) -> list[Parameter] | None:
    try:
        [function] = ast.parse(f"{text.strip()}: pass").body
    except SyntaxError:
        return None
    if not isinstance(function, ast.FunctionDef):
        return None
    arguments = function.args
    before = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(before) - len(arguments.defaults)) + arguments.defaults
    found = [
        Parameter(one.arg, True, one not in arguments.posonlyargs, ast.unparse(default) if default is not None else REQUIRED)
        for one, default in zip(before, defaults)
    ]
    for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults):
        found.append(Parameter(one.arg, False, True, ast.unparse(default) if default is not None else REQUIRED))
    return found


def _first(of_numpy: list[Parameter]) -> str:
    """What is nearly always given by position: the array itself, a shape, a count."""
    return next((one.name for one in of_numpy if one.positional), "")


def ignored(of_numpy: list[Parameter]) -> tuple[str, ...]:
    """Parameters that no one asks for: memory and casting, and `dtype` where it says how a ufunc computes."""
    return (*IGNORED, "dtype") if any(one.name == "signature" for one in of_numpy) else IGNORED


def compared(of_numpy: list[Parameter], overloads: list[list[Parameter]]) -> Parameters:
    """What the signatures alone tell: missing, extra and, by their place, renamed parameters."""
    found = Parameters()
    of_mlx = {one.name: one for overload in reversed(overloads) for one in overload}
    names, folded = {one.name for one in of_numpy}, ignored(of_numpy)
    paired = {}
    longest = max(overloads, key=len, default=[])
    for mine, other in zip((one for one in of_numpy if one.positional), (one for one in longest if one.positional)):
        if mine.name not in of_mlx and other.name not in names and mine.name not in folded:
            paired[mine.name] = other
    first = _first(of_numpy)
    for one in of_numpy:
        if one.name in of_mlx:
            continue
        if one.name in paired:
            if one.keyword and paired[one.name].keyword and one.name != first:
                found.renamed[one.name] = paired[one.name].name
        else:
            (found.ignored if one.name in folded else found.missing).append(one.name)
    taken = {one.name for one in paired.values()}
    found.extra = sorted(name for name in of_mlx if name not in names and name not in taken and name not in folded)
    return found


def parameter_calls(
    lines: list[tuple[str, str]], of_numpy: list[Parameter], overloads: list[list[Parameter]], own: bool = False
) -> list[dict]:
    """The calls that decide. Each has a `purpose`, a `parameter`, both sides, and the call as it was (`base`). What is our `own`, a
    recipe, is written as it has to be called."""
    found: dict[tuple[str, str], dict] = {}
    by_name = {one.name: one for one in of_numpy}
    shared = compared(of_numpy, overloads)

    def add(
        purpose: str, parameter: str, base: str, given: dict[str, str], keywords: Set[str] = frozenset(), by_place: bool = False
    ) -> None:
        """One call; MLX's side has its own names for the parameters that are not in question."""
        names = {key: name for key, name in shared.renamed.items() if key != parameter or purpose == "renamed"}
        numpy, mlx = _call(given, of_numpy, keywords, by_place), _call(given, of_numpy, keywords, by_place, names)
        call = {"purpose": purpose, "parameter": parameter, "base": base, "numpy": numpy, "mlx": mlx.replace("np.", "mx.")}
        found.setdefault((purpose, parameter), call)

    for line, other in lines:
        if line.replace("np.", "mx.") != other:
            if own:
                continue
            call = {
                "purpose": "unchanged",
                "parameter": line,
                "base": line,
                "numpy": line,
                "mlx": line.replace("np.", "mx."),
                "written": other,
            }
            found[("unchanged", line)] = call
            continue
        if not (given := _bound(line, of_numpy)):
            continue
        for name, value in given.items():
            one = by_name[name]
            before = dict(list(given.items())[: list(given).index(name)])
            upto = {**before, name: value}
            rest = {key: text for key, text in given.items() if key not in upto and by_name[key].default == REQUIRED}
            if not before and value in ARRAYS:
                for form, text in OPERAND.items():
                    add(f"form {form}", name, line, {**given, name: text})
                if one.keyword:
                    add("keyword", name, line, {**upto, **rest}, {name, *rest})
                continue
            add("given", name, line, {**upto, **rest})
            if one.keyword:
                add("keyword", name, line, {**upto, **rest}, {name, *rest})
                if name in shared.renamed:
                    add("renamed", name, line, {**upto, **rest}, {name, *rest})
            reached = one.positional and all(by_name[key].positional for key in upto)
            if reached and (filled := _filled(upto, of_numpy)) is not None:
                add("position", name, line, {**filled, **rest}, by_place=True)
            if one.default != REQUIRED:
                add("omitted", name, line, {**before, **rest})
            for form, text in FORMS.get(name, {}).items():
                add(f"form {form}", name, line, {**given, name: text})
        for name in shared.missing:
            if name not in given and _literal(by_name[name].default) and by_name[name].keyword:
                add("missing", name, line, {**given, name: by_name[name].default}, {name})
    return list(found.values())


def _bound(line: str, of_numpy: list[Parameter]) -> dict[str, str]:
    """The arguments of a line that is one call of `f`, by NumPy's names; empty for any other line."""
    call = ast.parse(line, mode="eval").body
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id != "f":
        return {}
    places = [one.name for one in of_numpy if one.positional]
    if len(call.args) > len(places) or any(isinstance(one, ast.Starred) for one in call.args):
        return {}
    given = dict(zip(places, map(ast.unparse, call.args)))
    given |= {one.arg: ast.unparse(one.value) for one in call.keywords if one.arg}
    names = {one.name for one in of_numpy}
    return given if set(given) <= names else {}


def _keywords(line: str) -> dict[str, str]:
    """The arguments that a line gives `f` by keyword."""
    called = (node for node in ast.walk(ast.parse(line, mode="eval")) if isinstance(node, ast.Call))
    return {
        one.arg: ast.unparse(one.value).replace("np.", "mx.")
        for call in called
        if isinstance(call.func, ast.Name) and call.func.id == "f"
        for one in call.keywords
        if one.arg
    }


def renamed(lines: list[tuple[str, str]]) -> dict[str, str]:
    """Keywords that lines with two sides give under two names, with one value."""
    found: dict[str, str] = {}
    for line, other in lines:
        of_numpy, of_mlx = _keywords(line), _keywords(other)
        for name in of_numpy.keys() - of_mlx.keys():
            found.update((name, one) for one in of_mlx.keys() - of_numpy.keys() if of_mlx[one] == of_numpy[name])
    return found


def _filled(given: dict[str, str], of_numpy: list[Parameter]) -> dict[str, str] | None:
    """Arguments with the defaults of those before them filled in, so that all can be given by position."""
    last = max(place for place, one in enumerate(of_numpy) if one.name in given)
    filled = {}
    for one in of_numpy[: last + 1]:
        text = given.get(one.name, one.default)
        if one.name not in given and not _literal(text):
            return None
        filled[one.name] = text
    return filled


def _literal(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return False
    return True


def _call(
    given: dict[str, str], of_numpy: list[Parameter], keywords: Set[str], by_place: bool = False, names: dict[str, str] | None = None
) -> str:
    """A call of `f`: by position as far as no parameter is left out, the others by keyword, under other `names` where given."""
    parts, whole = [], True
    for one in of_numpy:
        if one.name not in given:
            whole = False
        elif one.positional and whole and one.name not in keywords and (by_place or one.default == REQUIRED or not one.keyword):
            parts.append(given[one.name])
        else:
            whole = False
            parts.append(f"{(names or {}).get(one.name, one.name)}={given[one.name]}")
    return f"f({', '.join(parts)})"


def decided(
    of_numpy: list[Parameter], overloads: list[list[Parameter]], parameter_calls: list[dict], kinds: list[str], own: bool = False
) -> Parameters:
    """What the signatures tell, corrected by what the calls showed. `kinds` are the probes' own, in their order. What a recipe of our
    `own` has in the place of something that NumPy requires is the same.
    """
    found = compared(of_numpy, overloads)
    of_mlx = {one.name: one for overload in overloads for one in overload}
    shown = {(call["purpose"], call["parameter"]): kind for call, kind in zip(parameter_calls, kinds)}
    refused: dict[str, list[str]] = {}
    for (purpose, name), kind in shown.items():
        given = shown.get(("given", name), "")
        by_keyword = shown.get(("keyword", name), "")
        if purpose == "keyword" and kind == "parameters":
            by_place = shown.get(("position", name), "parameters")
            if name in of_mlx and of_mlx[name].keyword:
                found.untrue.append(name)
            if name == _first(of_numpy):
                found.first.append(name)
            elif name not in found.renamed and by_place != "parameters":
                found.positional.append(name)
        elif purpose == "keyword" and not kind and name in of_mlx and not of_mlx[name].keyword:
            found.undocumented.append(name)
        elif purpose == "keyword" and name in found.renamed:
            del found.renamed[name]
            found.undocumented.append(name)
        elif purpose == "position" and kind not in ("", *REFUSED, "refused", "unraised") and not (by_keyword or given):
            found.order.append(name)
        elif purpose == "omitted" and kind in REFUSED and "" in (by_keyword, given):
            found.required.append(name)
        elif purpose == "omitted" and kind and kind not in ("refused", "unraised") and not (by_keyword or given):
            found.default.append(name)
        elif purpose == "missing" and kind not in (*REFUSED, "refused"):
            found.missing.remove(name)
            found.undocumented.append(name)
        elif purpose.startswith("form ") and kind in REFUSED:
            refused.setdefault(name, []).append(purpose.removeprefix("form "))
    for name in [one for one in found.renamed if (shown.get(("keyword", one)), shown.get(("renamed", one))) != ("parameters", "")]:
        if own and ("keyword", name) not in shown and any(one.name == name and one.default == REQUIRED for one in of_numpy):
            continue
        found.extra = sorted({*found.extra, found.renamed.pop(name)})  # no call shows that the one is the other
        found.missing.append(name)
    for name, other in renamed([(call["base"], call["written"]) for call in parameter_calls if call["purpose"] == "unchanged"]).items():
        if name in found.missing:
            found.missing.remove(name)
            found.extra = [one for one in found.extra if one != other]
            found.renamed[name] = other
    found.unchanged = [
        line
        for (purpose, line), kind in shown.items()
        if purpose == "unchanged" and kind == "parameters" and not _keywords(line).keys() & {*found.missing, *found.renamed}
    ]
    found.refused = [f"{' and '.join(forms)} for `{name}`" for name, forms in refused.items() if name not in found.missing]
    return found
