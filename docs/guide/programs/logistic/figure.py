import numpy as np


def draw(figure, names):
    x, y, w = (np.array(names[name]) for name in ("x", "y", "w"))
    at = np.linspace(-2, 2, 60)
    p, q = np.meshgrid(at, at)
    z = w[0] + w[1] * p + w[2] * q + w[3] * p * p + w[4] * p * q + w[5] * q * q
    left, right = figure.subplots(1, 2, width_ratios=[1.4, 1.0])
    square = (-2, 2, -2, 2)
    shown = left.imshow(
        1 / (1 + np.exp(-z)), cmap="viridis", alpha=0.45, interpolation="nearest", origin="lower", extent=square, vmin=0, vmax=1
    )
    figure.colorbar(shown, ax=left, label="probability of a one")
    left.contour(p, q, z, levels=[0.0], colors="C1")
    left.plot(*x[~y].T, "C0o", ms=3, mfc="none", label="zeros")
    left.plot(*x[y].T, "C1^", ms=3.5, label="ones")
    left.set(title="Points and fitted boundary", xticks=[], yticks=[])
    losses = np.array(names["losses"])
    right.plot(losses, "C0o-")
    right.set(title="Loss by Newton step", xlabel="step", ylabel="loss")
