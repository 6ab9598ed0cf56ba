import numpy as np


def draw(figure, names):
    scores, group = np.array(names["scores"]), np.array(names["group"])
    share = np.array(names["share"])
    left, right = figure.subplots(1, 2)
    for k, marker in enumerate("os^"):
        left.plot(*scores[group == k, :2].T, marker, color=f"C{k}", ms=3.5, label=f"mixture {k + 1}")
    left.set(title="Spectra in two numbers", xlabel="component 1", ylabel="component 2", ylim=(-1.8, 2.7))
    left.legend(fontsize=8, loc="upper left")
    for k, row in enumerate(np.array(names["vt"])):
        right.plot(np.array(names["wave"]), row, f"C{k}", label=f"{k + 1}: {share[k]:.1%}")
    right.set(title="Components and their variance", xlabel="wavelength, nm")
    right.legend(fontsize=8)
