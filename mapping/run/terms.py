"""The words and numbers that several folders speak of, each said once. Standard library alone.

The schemas in `mapping/dataset/` list the kinds too, and a test holds both together.
"""

from __future__ import annotations

import re

NAME = re.compile(r"(?<![\w.])(?:mx|np|numpy|mlx)(?:\.[A-Za-z_]\w*)+")  # of either library, as running text has it

# How MLX's answer may differ from NumPy's, in the order in which files list it and, of several, the first is told.
KINDS = ("undefined", "error", "unraised", "shape", "dtype", "nan", "overflow", "precision", "value", "parameters", "mutation")
EDGE_KINDS = (*KINDS, "aliasing")

SIGNED = ("int8", "int16", "int32", "int64")
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
FLOATS = ("float16", "bfloat16", "float32", "float64")
HALVES = ("float16", "bfloat16")
DTYPES = ("bool", *UNSIGNED, *SIGNED, *FLOATS, "complex64")  # all that MLX has

EPSILON = {"bfloat16": 2.0**-7, "float16": 2.0**-10, "float32": 2.0**-23, "float64": 2.0**-52}
SMALLEST = {"bfloat16": 2.0**-126, "float16": 2.0**-14, "float32": 2.0**-126, "float64": 2.0**-1022}
EPSILON |= {"complex64": EPSILON["float32"], "complex128": EPSILON["float64"]}
SMALLEST |= {"complex64": SMALLEST["float32"], "complex128": SMALLEST["float64"]}

MANY = 64  # draws from which a distribution's moments are compared
ULP = 8  # units in the last place of the coarser dtype by which MLX's floats may differ from NumPy's
UNITS = 4  # in the last place of its dtype, by which a float may differ from machine to machine

PRINTED = 100_000  # characters of an output that a worker tells; no example shows so many
