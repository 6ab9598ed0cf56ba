"""A text and what ran beside it go in; each sentence comes out that claims what nothing beside it shows.

A number, a dtype or an error is shown where code that ran, or what it printed, holds the same. `always`, `never` and `also` need
code in their sentence that ran.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from string import ascii_letters

from ..run import blocks

UNSEEN = re.compile(r"\{[\w:]+\}(?=`)|(?<=`)([^`<]+?)\s*<[^`<>]+>(?=`)")  # a role, and its target behind a title
END = re.compile(r"(?<=[.!?])\s+(?=[^\sa-z])")  # of a sentence
NUMBER = re.compile(
    r"""(?<![\w.#]) (?P<minus>(?<![\w)\]])-)?
    (?P<base>0x[0-9A-Fa-f]+ | \d{1,3}(?:,\d{3})+(?![\d.]) | \d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)? | \.\d+)
    (?P<power>\*\*-?\d+)? (?P<unit>j|[- ]bits?\b|-d\b)? (?!\w)""",
    re.VERBOSE,
)
DTYPE = re.compile(r"(?<![A-Za-z0-9])(?:u?int(?:8|16|32|64)|b?float(?:16|32|64|128)|complex(?:64|128)|bool)(?=_?\b)")
ERROR = re.compile(r"\b[A-Z]\w*(?:Error|Exception|Warning|Interrupt|Iteration)\b")
GENERAL = re.compile(r"\b(?:always|never|also)\b", re.IGNORECASE)
CODE = re.compile(r"`+([^`]+)`+")
CALL = re.compile(r"`[^`]*[\w\]]\([^`]*`")  # code that is held against signatures, or as a whole
PREFIX = re.compile(r"^(?:mx|np)\.")
VERSIONED = re.compile(r"(?:NumPy|MLX|Python)(?: before)?\s$")  # what follows is a release
ARRAY = re.compile(r"(?:\.)?\barray\(")  # printed, or called behind a point
BRACKET = re.compile(r"[()]")
LITERAL = re.compile(r"\[|-?[\d.]|nan|inf|True|False")
SHAPE = re.compile(r"(?<!\w)\((?:\d+, )*\d*,?\)")
LONGEST = 400  # characters of an array's text
ROUNDED = 2  # digits of a number, from which on a longer one that rounds to it shows it


@dataclass
class Shown:
    """What code that ran, and what it printed, show; `depths` are the numbers of axes of arrays."""

    text: str = ""
    numbers: set[Decimal] = field(default_factory=set)
    imaginary: set[Decimal] = field(default_factory=set)
    dtypes: set[str] = field(default_factory=set)
    errors: set[str] = field(default_factory=set)
    depths: set[int] = field(default_factory=set)


def comments(text: str) -> list[str]:
    """The comments in a block: they are sentences too, and show nothing."""
    if "#" not in text:
        return []
    try:
        sources = [example.source for example in blocks.parse(text)]
    except blocks.BlockError:
        sources = [text]
    return [token.string for source in sources for token in _tokens(source) if token.type == tokenize.COMMENT]


def _tokens(source: str) -> Iterator[tokenize.TokenInfo]:
    try:
        yield from tokenize.generate_tokens(io.StringIO(source).readline)
    except (tokenize.TokenError, SyntaxError):  # what is not Python has no comments
        return


def shown(text: str) -> Shown:
    """What a text of code and outputs shows, beside its comments."""
    found = Shown(text, errors=set(ERROR.findall(text)), dtypes=set(DTYPE.findall(text)))
    for match in NUMBER.finditer(text):
        if (value := _value(match)) is not None:
            (found.imaginary if match["unit"] == "j" else found.numbers).add(value)
    if re.search(r"\b(?:True|False)\b", text):
        found.dtypes.add("bool")
    found.depths |= {len(re.findall(r"\d+", shape)) for shape in SHAPE.findall(text) if shape == "()" or "," in shape}
    for match in ARRAY.finditer(text):
        inner = _inner(text, match.end())
        if not LITERAL.match(inner):
            continue
        found.depths.add(len(inner) - len(inner.lstrip("[")))
        if match[0] == "array(" and "dtype=" not in inner:  # NumPy alone prints none, where it is the default
            found.dtypes.add(_default(inner))
    return found


def _inner(text: str, start: int) -> str:
    """What stands between a bracket that was opened before `start` and its end; nothing, where that is far away."""
    opened = 1
    for bracket in BRACKET.finditer(text, start, start + LONGEST):
        opened += 1 if bracket[0] == "(" else -1
        if not opened:
            return text[start : bracket.start()]
    return ""


def _default(inner: str) -> str:
    """The dtype that NumPy does not print."""
    if "j" in inner:
        return "complex128"
    if "True" in inner or "False" in inner:
        return "bool"
    return "float64" if re.search(r"[.e]|nan|inf", inner) else "int64"


def _value(match: re.Match) -> Decimal | None:
    """A number's value, exactly; nothing where it is too large to be one."""
    text = match["base"].replace(",", "").replace("_", "")
    try:
        base = Decimal(int(text, 16)) if text.startswith("0x") else Decimal(text)
        base = base ** int(match["power"][2:]) if match["power"] else base
    except (ArithmeticError, ValueError):
        return None
    return -base if match["minus"] else base


def unshown(text: str, by: Shown, verbatim: bool = False) -> Iterator[tuple[str, str]]:
    """Each sentence of a MyST text that claims what nothing shows, and what that is, in words; with `verbatim`, code with a number in it
    must have run as it stands.
    """
    for sentence in END.split(UNSEEN.sub(lambda match: match[1] or "", text)):
        code = _code(sentence, by) if verbatim else ()
        if what := dict.fromkeys([*_numbers(sentence, by), *_words(sentence, by), *code]):
            yield sentence, ", ".join(what)


def _code(sentence: str, by: Shown) -> Iterator[str]:
    ran = _bare(by.text)
    yield from (f"`{code}`" for code in CODE.findall(sentence) if NUMBER.search(code) and _bare(PREFIX.sub("", code)) not in ran)


def _bare(code: str) -> str:
    """Code without what changes nothing: blanks, the prompts of further lines, which sort of quotes."""
    return re.sub(r"\s+|\.\.\. ", "", code.replace("'", '"'))


def _numbers(sentence: str, by: Shown) -> Iterator[str]:
    sentence = CALL.sub("", sentence)
    for match in NUMBER.finditer(sentence):
        value, unit = _value(match), match["unit"] or ""
        if VERSIONED.search(sentence, max(0, match.start() - 14), match.start()):
            continue
        if unit == "-d":
            good = int(match["base"]) in by.depths
        elif "bit" in unit:
            good = any(dtype.strip(ascii_letters) == match["base"] for dtype in by.dtypes)
        else:
            good = value is None or _stands(value, by.imaginary if unit else by.numbers)
        if not good:
            yield f"`{match[0]}`"


def _stands(value: Decimal, numbers: set[Decimal]) -> bool:
    """Whether a number is there, or one that rounds to it; with a minus or without, where none is written."""
    if value in numbers or (value > 0 and -value in numbers):
        return True
    digits = len(value.normalize().as_tuple().digits)
    longer = (one for one in numbers if one and len(one.as_tuple().digits) > digits)
    return digits >= ROUNDED and any(round(one, digits - 1 - one.adjusted()) == value for one in longer)


def _words(sentence: str, by: Shown) -> Iterator[str]:
    yield from (f"`{name}`" for name in DTYPE.findall(sentence) if name not in by.dtypes)
    yield from (f"`{name}`" for name in ERROR.findall(sentence) if name not in by.errors)
    word = GENERAL.search(sentence)
    if word and not any(PREFIX.sub("", code) in by.text for code in CODE.findall(sentence)):
        yield f"`{word[0]}`"
