"""Expected output and printed output go in; None comes out, or what is wrong. Standard library alone.

One way of judging, the same on every machine. A float may differ by UNITS in the last place of its own dtype, and by
one unit of the sixth digit where MLX prints no more; each number is held by itself. Numbers of so few digits that one
unit would show among the first, halves and subnormal ones, are exact, and so is all else: dtypes, shapes, nesting, words,
integers, infinities, NaN, the sign of zero. How an array is padded or wrapped is no fact.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from .terms import EPSILON, HALVES, SMALLEST, UNITS

NUMBER = re.compile(r"(?<![\w.])(?P<number>[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?)(?P<imaginary>j?)(?![\w])")
# of text without its padding:
ARRAY = re.compile(r"array\((?P<values>[^()]*?)(?:shape=\([^()]*\),)?(?:dtype=(?P<dtype>\w+))?\)")
SCALAR = re.compile(r"np\.(?P<dtype>b?float\d+|complex\d+)\((?P<values>[^()]*)\)")
QUOTED = r"""'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*\""""
PIECES = re.compile(rf"""{QUOTED}|(?P<padding>(?<=[\w.])\s+(?=[-+][\w.]+(?:[-+]\d+)?j\b))|\s+|[^'"\s]|['"]""")
TRACEBACK = "Traceback (most recent call last):"
SHORT = 6  # digits that MLX prints of a float, less the zeros at their end


def output(want: str, got: str) -> str | None:
    """Hold printed text against the expected text. Returns None, or one line that says what differs."""
    want, got = _tidy(want), _tidy(got)
    if want == got:
        return None
    if want.startswith(TRACEBACK) or got.startswith(TRACEBACK):
        return _error(want, got)
    return _tokens(_unpadded(want), _unpadded(got))


def noise(want: str, got: str) -> bool:
    """Whether output that passes shows other digits than were expected: an example that does holds, and is badly chosen."""
    want, got = _tidy(want), _tidy(got)
    return want != got and not got.startswith(TRACEBACK) and NUMBER.findall(_unpadded(want)) != NUMBER.findall(_unpadded(got))


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")


def _unpadded(text: str) -> str:
    """Without the blanks and line ends that pad and wrap what stands in brackets; texts in quotes stay as they are."""
    found: list[str] = []
    depth = 0
    for match in PIECES.finditer(text):
        piece = match[0]
        if depth and piece.isspace():
            piece = "" if found[-1] in "([{," or match["padding"] else " "  # between the parts of a complex number
        elif piece in ")]},":
            if depth and found[-1] == " ":
                found.pop()
            depth -= piece != ","
        elif piece in "([{":
            depth += 1
        if piece:
            found.append(piece)
    return "".join(found)


def _error(want: str, got: str) -> str | None:
    """Type and message, the message's ` ...` standing for anything; the stack between is not compared."""
    if not got.startswith(TRACEBACK):
        return "no error was raised"
    if not want.startswith(TRACEBACK):
        return "it raised"
    expected, raised = _short_types(told(want)), _short_types(told(got))
    pattern = ".*".join(re.escape(part) for part in re.split(r"(?<=[\s(])\.\.\.", expected))
    name = expected.partition(":")[0]
    if "..." in name or not re.fullmatch(r"[\w.]+", name):
        return "the error's type must be written out"
    return None if re.fullmatch(pattern, raised, re.DOTALL) else "another error was raised"


def _short_types(message: str) -> str:
    """MLX's types without their module: whether Python's messages have it depends on Python's version."""
    return re.sub(r"'mlx\.core\.(\w+)'", r"'\1'", message)


def told(traceback: str) -> str:
    """The exception's own text: what follows the indented lines of the stack."""
    lines = traceback.split("\n")[1:]
    while lines and (not lines[0].strip() or lines[0].startswith(" ")):
        lines.pop(0)
    return "\n".join(lines)


def _tokens(want: str, got: str) -> str | None:
    words, others = NUMBER.split(want), NUMBER.split(got)
    if words[::3] != others[::3] or words[2::3] != others[2::3] or re.findall(QUOTED, want) != re.findall(QUOTED, got):
        return "the output differs"
    where = ((dtype, short and also) for (dtype, short), (_, also) in zip(places(want), places(got)))
    wrong = (_number(one, other, *place) for one, other, place in zip(words[1::3], others[1::3], where))
    return next(filter(None, wrong), None)


def places(text: str) -> Iterator[tuple[str, bool]]:
    """For each number the dtype of the array or scalar in which it stands, empty where none is shown; and whether it is of
    an array none of whose numbers has more digits than MLX prints."""
    spans = [
        (*match.span("values"), match["dtype"] or "", kind is ARRAY and _short(match["values"]))
        for kind in (ARRAY, SCALAR)
        for match in kind.finditer(text)
    ]
    for number in NUMBER.finditer(text):
        yield next(((dtype, short) for start, end, dtype, short in spans if start <= number.start() < end), ("", False))


def _short(values: str) -> bool:
    return all(digits(number) <= SHORT for number, _ in NUMBER.findall(values))


def _number(want: str, got: str, dtype: str, short: bool) -> str | None:
    """One number against another, both of one dtype; Python's own floats and NumPy's arrays without one are float64."""
    if want == got:
        return None
    if not (dtype in EPSILON or (not dtype and is_float(want) and is_float(got))):
        return "an integer differs" if not (is_float(want) or is_float(got)) else "a number differs"
    a, b = float(want), float(got)
    if a == b and math.isfinite(a):  # among others of another length, an array's numbers in exponents get other zeros at their end
        return None if "e" in want and "e" in got and math.copysign(1, a) == math.copysign(1, b) else "a number differs"
    if 0 in (a, b) or math.inf in (abs(a), abs(b)) or math.copysign(1, a) != math.copysign(1, b):
        return f"a number differs: {want}, not {got}"
    size = max(abs(a), abs(b))
    units = abs(a - b) / unit(size, dtype or "float64")
    few = dtype in HALVES or size < SMALLEST[dtype or "float64"]  # digits: one unit would show among the first
    sixth = dtype and short and abs(a - b) <= _sixth(min(abs(a), abs(b)))
    if not few and (sixth or units <= UNITS + 0.5):  # a decimal text is half a unit off itself
        return None
    return f"a number differs by {units:.0f} units in the last place of {dtype or 'float64'}: {want}, not {got}"


def unit(size: float, dtype: str) -> float:
    """One unit in the last place of a number of this size and float dtype."""
    return math.ldexp(EPSILON[dtype], math.frexp(max(size, SMALLEST[dtype]))[1] - 1)


def _sixth(size: float) -> float:
    """One unit of the sixth significant digit of a number of this size, and a little for its own rounding in decimals."""
    return 1.0001 * 10.0 ** (math.floor(math.log10(size)) - SHORT + 1)


def is_float(number: str) -> bool:
    """Whether a number is written as a float: with a point or an exponent."""
    return "." in number or "e" in number.lower()


def digits(number: str) -> int:
    """How many significant digits a number shows."""
    return len(re.sub(r"[eE].*|[-+.]", "", number).lstrip("0"))
