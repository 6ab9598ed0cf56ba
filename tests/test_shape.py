"""What JSON holds, held against a shape."""

from __future__ import annotations

from typing import Any

import pytest

from mapping.run.shape import fits

SHAPE = {"name": str, "sizes": [int], "by_name?": {str: bool}, "either?": (None, [str]), "any?": object}
WHOLE = {"name": "a", "sizes": [1, 2], "by_name": {"x": True}, "either": None, "any": {"y": [1.5]}}


@pytest.mark.parametrize("value", [WHOLE, {"name": "", "sizes": []}, {**WHOLE, "either": ["b"], "by_name": {}, "any": 1}])
def test_what_has_the_shape_fits(value: Any):
    assert fits(value, SHAPE)


@pytest.mark.parametrize(
    "value",
    [
        *(None, [], "a", {}, {"name": "a"}, {**WHOLE, "other": 1}, {**WHOLE, "name?": "a"}, {"name?": "a", "sizes": []}),
        *({**WHOLE, "name": 1}, {**WHOLE, "sizes": [1, True]}, {**WHOLE, "sizes": [1.0]}, {**WHOLE, "sizes": {}}),
        *({**WHOLE, "by_name": {"x": 1}}, {**WHOLE, "by_name": ["x"]}, {**WHOLE, "either": [None]}, {**WHOLE, "either": "b"}),
    ],
)
def test_what_has_another_shape_does_not(value: Any):
    assert not fits(value, SHAPE)
