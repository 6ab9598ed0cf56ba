import numpy as np

COLOURS = ["C0", "C1", "C2", "C3", "0.55"]


def draw(figure, names):
    points, labels = np.array(names["points"]), np.array(names["labels"])
    track, inertias = np.array(names["track"]), np.array(names["inertias"])
    left, right = figure.subplots(1, 2, width_ratios=[1.4, 1.0])
    ink = left.xaxis.label.get_color()
    for k, marker in enumerate("o^sDv"):
        left.plot(*points[labels == k].T, marker, color=COLOURS[k], ms=3, alpha=0.8)
        left.plot(*track[:, k].T, color=ink, lw=1)
    left.plot(*track[0].T, "o", color=ink, ms=6, mfc="none", label="first centres")
    left.plot(*track[-1].T, "X", color=ink, ms=8, label="last centres")
    left.set(title="Points by cluster", xticks=[], yticks=[], ylim=(-3.5, 8.8))
    left.legend(loc="lower right", fontsize=8)
    right.plot(np.arange(1, inertias.size + 1), inertias, "C0o-", ms=4)
    right.set(title="Sum of squared distances", xlabel="step")
