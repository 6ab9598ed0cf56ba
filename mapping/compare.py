"""Expected output and printed output go in; None comes out, or what is wrong. Standard library alone.

On the reference backend every character counts, but for the last bits of numbers printed to 15 digits and
more. On other backends floats may differ by the rounding of their dtype; dtypes, shapes, integers, words
and nesting never may.
"""

from __future__ import annotations

import math
import re

NUMBER = re.compile(
    r"(?<![\w.])(?P<number>[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?)(?P<imaginary>j?)(?![\w])"
)
ARRAY = re.compile(r"array\((?P<values>[^()]*?)(?:shape=\([^()]*\), )?dtype=(?P<dtype>\w+)\)")
TRACEBACK = "Traceback (most recent call last):"
EPSILON = {"bfloat16": 2.0**-7, "float16": 2.0**-10, "float32": 2.0**-23, "float64": 2.0**-52}
SMALLEST = {"bfloat16": 2.0**-126, "float16": 2.0**-14, "float32": 2.0**-126, "float64": 2.0**-1022}
EPSILON |= {"complex64": EPSILON["float32"], "complex128": EPSILON["float64"]}
SMALLEST |= {"complex64": SMALLEST["float32"], "complex128": SMALLEST["float64"]}
SLACK = 32  # units in the last place by which another backend's float may differ, of the largest value shown
SHORT = 6  # digits that MLX prints, less the zeros at their end
LONG = 15  # digits from which a number shows its last bits


def output(want: str, got: str, strict: bool = True) -> str | None:
    """Hold printed text against the expected text. Returns None, or one line that says what differs."""
    want, got = _tidy(want), _tidy(got)
    if want == got:
        return None
    if want.startswith(TRACEBACK) or got.startswith(TRACEBACK):
        return _error(want, got)
    return _tokens(want, got, strict)


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")


def _error(want: str, got: str) -> str | None:
    """Type and message, the message's ` ...` standing for anything; the stack between is not compared."""
    if not got.startswith(TRACEBACK):
        return "no error was raised"
    if not want.startswith(TRACEBACK):
        return "it raised"
    expected, raised = _short_types(_last(want)), _short_types(_last(got))
    pattern = ".*".join(re.escape(part) for part in re.split(r"(?<=[\s(])\.\.\.", expected))
    name = expected.partition(":")[0]
    if "..." in name or not re.fullmatch(r"[\w.]+", name):
        return "the error's type must be written out"
    return None if re.fullmatch(pattern, raised, re.DOTALL) else "another error was raised"


def _short_types(message: str) -> str:
    """MLX's types without their module: whether Python's messages have it depends on Python's version."""
    return re.sub(r"'mlx\.core\.(\w+)'", r"'\1'", message)


def _last(traceback: str) -> str:
    """The exception's own text: what follows the indented lines of the stack."""
    lines = traceback.split("\n")[1:]
    while lines and (not lines[0].strip() or lines[0].startswith(" ")):
        lines.pop(0)
    return "\n".join(lines)


def _tokens(want: str, got: str, strict: bool) -> str | None:
    words, others = NUMBER.split(want)[::3], NUMBER.split(got)[::3]
    if not strict:
        words, others = [_squeeze(word) for word in words], [_squeeze(other) for other in others]
    if words != others:
        return "the output differs"
    wanted, found = _numbers(want), _numbers(got)
    if strict:
        return None if all(map(_same_digits, wanted, found)) else "a number differs"
    if any(a[1] != b[1] for a, b in zip(wanted, found)):
        return "a number differs"
    return _within_rounding(want, [a[0] for a in wanted], [b[0] for b in found])


def _squeeze(text: str) -> str:
    """Without the blanks that pad and wrap arrays: those at numbers, brackets and commas."""
    text = re.sub(r"\s+", " ", text)
    return re.sub(r" (?=[\[\](),]|$)|(?<=[\[\](),]) |^ ", "", text)


def _numbers(text: str) -> list[tuple[str, str]]:
    return [(match["number"], match["imaginary"]) for match in NUMBER.finditer(text)]


def _same_digits(want: tuple[str, str], got: tuple[str, str]) -> bool:
    if want == got:
        return True
    if want[1] != got[1] or min(_digits(want[0]), _digits(got[0])) < LONG:
        return False
    a, b = float(want[0]), float(got[0])
    return abs(a - b) <= 2 * EPSILON["float64"] * max(abs(a), abs(b))


def _digits(number: str) -> int:
    if "." not in number:
        return 0  # an integer is exact, however long
    return len(re.sub(r"[eE].*|[-+.]", "", number).lstrip("0"))


def _within_rounding(text: str, wanted: list[str], found: list[str]) -> str | None:
    """Each array is held to its own dtype and largest value, what stands in none to the way it is written."""
    arrays = _arrays(text)
    scales: dict[tuple, float] = {}
    for array, number in zip(arrays, wanted):
        if array or _is_float(number):
            scales[array] = max(scales.get(array, 0.0), abs(float(number)))
    for array, a, b in zip(arrays, wanted, found):
        if not (array[0] in EPSILON if array else _is_float(a) and _is_float(b)):
            if a != b:
                return "an integer differs"
            continue
        epsilon = EPSILON[array[0] if array else "float32"]
        if abs(float(a) - float(b)) > SLACK * epsilon * scales[array] + _last_place(a):
            return "a number differs by more than rounding"
    return None


def _arrays(text: str) -> list[tuple]:
    """For each number its array, as dtype and place; empty where it stands in none that names a dtype."""
    spans = [(match["dtype"], *match.span("values")) for match in ARRAY.finditer(text)]
    return [
        next((span for span in spans if span[1] <= number.start() < span[2]), ()) for number in NUMBER.finditer(text)
    ]


def _is_float(number: str) -> bool:
    return "." in number or "e" in number.lower()


def _last_place(number: str) -> float:
    """The value of the last printed digit's unit; zeros at the end are not printed, and count as digits."""
    if not _is_float(number) or not float(number):
        return 0.0
    mantissa, _, exponent = number.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    first = math.floor(math.log10(abs(float(number))))
    return 10.0 ** min(int(exponent or 0) - decimals, first + 1 - SHORT)
