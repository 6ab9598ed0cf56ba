import numpy as np


def draw(figure, names):
    shade, steps = np.array(names["shade"]), np.array(names["steps"])
    inside = steps == names["STEPS"]
    corners = tuple(names[name] for name in ("LEFT", "RIGHT", "BOTTOM", "TOP"))
    left, right = figure.subplots(1, 2, width_ratios=[1.5, 1.0])
    shown = left.imshow(
        np.where(inside, np.nan, np.log2(shade + 1)), cmap="viridis", interpolation="nearest", origin="lower", extent=corners
    )
    figure.colorbar(shown, ax=left, label="log2 of steps until escape", shrink=0.9)
    left.set(title="Escape from the Mandelbrot set", xlabel="real part", ylabel="imaginary part")
    counts = np.bincount(steps.ravel(), minlength=names["STEPS"] + 1)
    right.bar(np.arange(names["STEPS"]), counts[:-1], color="C0")
    right.set(title="Pixels by step of escape", xlabel="steps", yscale="log")
