import numpy as np


def draw(figure, names):
    track, energies = np.array(names["track"]), np.array(names["energies"])
    seconds = names["DT"] * np.arange(1, len(track) + 1)
    left, right = figure.subplots(1, 2, width_ratios=[1.3, 1.0])
    for body in range(2, 14):
        left.plot(*track[::4, body, :2].T, "C0", lw=0.7, alpha=0.5)
    left.plot(*track[::4, 0, :2].T, "C1", lw=2.0)
    left.plot(*track[::4, 1, :2].T, "C3", lw=2.0)
    left.plot(*track[-1, 2:, :2].T, "C0.", ms=4, label="disc")
    left.plot(*track[-1, 0, :2], "C1o", ms=9, label="star")
    left.plot(*track[-1, 1, :2], "C3o", ms=7, label="passing star")
    left.set(title="From above, with tracks", aspect="equal", xlim=(-2.0, 3.4), ylim=(-2.0, 2.8))
    left.legend(loc="upper right", handletextpad=0.2, labelspacing=0.2)
    right.plot(seconds[::2], 100 * (energies / energies[0] - 1)[::2], "C2")
    right.set(title="Change of the energy", xlabel="time", ylabel="percent")
