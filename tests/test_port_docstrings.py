"""What `port --fix` makes of NumPy's own examples answers what NumPy answers, but for what is named here with its reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.conftest import ROOT

WIDTH = "what `float64` holds is beyond `float32`, which is MLX's default and is said once, in the guide"
WHOLE = "products of whole numbers wrap at 32 bits, where `mx.array` makes `int32` of Python's: the entry's sentence says it"
ORDER = "the order within both parts is nobody's promise"
IDENTITY = "whether two names are one object is no computation"
TEXT = "NumPy's names stand in a text that is run"
HOST = "a part of NumPy that stays with NumPy, of files, buffers, printed text or error handlers that both sides share"
UNKNOWN = "the report says that it rests on what the source does not tell"
EXPLAINED = {  # a name: the reason why some of its examples are ported, and answer otherwise
    "numpy.prod": WHOLE,
    "numpy.partition": ORDER,
    "numpy.ndarray.partition": ORDER,
    **dict.fromkeys(("numpy.nan_to_num", "numpy.tan", "numpy.tanh", "numpy.isclose", "numpy.allclose", "numpy.linalg.inv"), WIDTH),
    **dict.fromkeys(("numpy.asarray", "numpy.conjugate"), IDENTITY),
    **dict.fromkeys(("numpy.var", "numpy.std"), TEXT),
    **dict.fromkeys(("numpy.asmatrix", "numpy.array_repr", "numpy.memmap", "numpy.geterrcall", "numpy.save", "numpy.savez"), HOST),
    **dict.fromkeys(("numpy.load", "numpy.fromfile"), HOST),
    **dict.fromkeys(
        ("numpy.frompyfunc", "numpy.random.Generator.power", "numpy.random.uniform", "numpy.random.Generator.uniform"), UNKNOWN
    ),
}
LEAST = {"same": 550, "differs": 90, "recipe": 170}  # answers that agree, by verdict: fewer would mean that little is ported


def test_what_is_ported_of_numpys_examples_answers_what_numpy_answers():
    code = (
        "import json, sys; from collections import Counter; from tests import docstrings; found = docstrings.every([]); "
        "wrong = [(one.name, one.state, one.source, one.told) for one in docstrings.wrong(found)]; "
        "same = Counter(one.verdict or 'same' for one in found if one.state in docstrings.FINE); "
        "print(json.dumps([wrong, same]))"
    )
    around = {**os.environ, "MPLBACKEND": "Agg"}
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, env=around, capture_output=True, text=True)
    assert not done.returncode, done.stderr
    wrong, same = json.loads(done.stdout.splitlines()[-1])
    assert [one for one in wrong if one[0] not in EXPLAINED] == []
    assert {name for name, *_ in wrong} == {*EXPLAINED}
    assert {verdict: count for verdict, count in LEAST.items() if same.get(verdict, 0) < count} == {}
