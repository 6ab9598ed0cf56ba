"""What is said to have no counterpart, held against all that MLX has by calling."""

from __future__ import annotations

import pytest

from mapping.worker.alike import alike, takes

FOUND = {
    "numpy.sign": "mlx.core.sign",
    "numpy.rad2deg": "mlx.core.degrees",
    "numpy.hypot": None,
    "numpy.fft.fft": "mlx.core.fft.fft",
    "numpy.positive": None,  # gives back what it is given: anything would do
    "numpy.iterable": None,  # Python's own answer
    "numpy.asmatrix": None,  # no plain array
    "numpy.info": None,  # prints
    "numpy.test": None,  # is not called: it would run NumPy's tests
    "numpy.no_such_name": None,
}


@pytest.mark.parametrize(("name", "ours"), FOUND.items())
def test_what_answers_alike_is_found(name: str, ours: str | None):
    assert alike([name]).get(name, []) == ([ours] if ours else [])


def test_what_takes_an_array_is_told():
    assert takes(["numpy.sum", "numpy.eye", "numpy.hanning", "numpy.sort", "numpy.pi", "numpy.no_such_name"]) == ["numpy.sum", "numpy.sort"]
