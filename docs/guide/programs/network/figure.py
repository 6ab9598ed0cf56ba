import numpy as np


def draw(figure, names):
    x, y = np.array(names["x"]), np.array(names["y"])
    p = {name: np.array(value) for name, value in names["params"].items()}
    at = np.linspace(-1.25, 1.25, 90)
    grid = np.stack(np.meshgrid(at, at), axis=2)
    scores = np.tanh(grid @ p["w1"] + p["b1"]) @ p["w2"] + p["b2"]
    left, right = figure.subplots(1, 2, width_ratios=[1.0, 1.2])
    square = (-1.25, 1.25, -1.25, 1.25)
    left.imshow(scores.argmax(axis=2)[::-1], cmap="viridis", alpha=0.35, interpolation="nearest", extent=square)
    for arm, marker in enumerate("os^"):
        left.plot(*x[y == arm].T, marker, color=f"C{arm}", ms=3.5, label=f"class {arm}")
    left.set(title="Points and learned regions", xticks=[], yticks=[])
    right.semilogy(np.array(names["losses"]), "C0")
    right.set(title="Loss", xlabel="step", ylabel="mean cross-entropy")
