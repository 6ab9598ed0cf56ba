import numpy as np


def draw(figure, names):
    years, y, fitted = (np.array(names[n]) for n in ("years", "y", "fitted"))
    losses, a = np.array(names["losses"]), np.array(names["a"])
    best = ((np.array(names["found"][1]) @ a.T - y) ** 2).mean()
    left, right = figure.subplots(1, 2, width_ratios=[1.5, 1.0])
    left.plot(years, y, "C0o", ms=3, alpha=0.7, label="measured")
    left.plot(years, fitted, "C1", label="fitted")
    left.set(title="Trend and season", xlabel="years")
    left.legend()
    right.semilogy(losses[:150], "C0", label="gradient descent")
    right.axhline(best, color="C1", ls="--", label="QR")
    right.set(title="Mean squared error", xlabel="step", xlim=(-4, 150))
    right.legend()
