"""The folder of a ported program goes in; a picture of its result (SVG), for a light and for a dark page, comes out.

Runs in the worker: the program is run as it stands, and `draw(figure, names)` of the `figure.py` beside it draws
from the names that it left. The same result gives the same bytes.
"""

from __future__ import annotations

import io
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

PROGRAM, DRAWING = "with_mlx.py", "figure.py"
SIZE = (7.0, 3.6)  # inches
INKS = {"light": "#1c2026", "dark": "#e6e8eb"}
COLOURS = {"light": ["#0b5394", "#b3273c", "#1b7f4f", "#8a4b00"], "dark": ["#7fb5f2", "#f07f90", "#4fc48a", "#f0be63"]}


def draw(folder: str) -> dict[str, str]:
    """Run the program and draw its result; by shade, the picture as SVG. Raises what either raises."""
    names = runpy.run_path(str(Path(folder, PROGRAM)), run_name="__main__")
    drawing = runpy.run_path(str(Path(folder, DRAWING)))["draw"]
    return {shade: _drawn(drawing, names, shade) for shade in INKS}


def _drawn(drawing: Callable, names: dict, shade: str) -> str:
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.rcsetup import cycler

    ink = INKS[shade]
    look: dict[Any, Any] = dict.fromkeys(
        ("text.color", "axes.edgecolor", "axes.labelcolor", "axes.titlecolor", "xtick.color", "ytick.color", "legend.labelcolor"), ink
    )
    look |= {
        "axes.prop_cycle": cycler(color=COLOURS[shade]),
        "axes.facecolor": "none",
        "font.size": 10,
        "legend.frameon": False,
        "svg.hashsalt": "mlx-for-numpy-users",
        "figure.constrained_layout.use": True,
    }
    with matplotlib.rc_context(look):
        figure = Figure(figsize=SIZE)
        drawing(figure, names)
        written = io.StringIO()
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return written.getvalue()
