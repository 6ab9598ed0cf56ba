import numpy as np


def draw(figure, names):
    prices = names["paths"](names["normals"])
    values = np.array(names["payoffs"](prices))
    first = np.array(prices)[0, :24]
    years = np.linspace(0.0, names["YEARS"], first.shape[1] + 1)
    left, right = figure.subplots(1, 2)
    start = np.full((len(first), 1), names["SPOT"])
    left.plot(years, np.hstack([start, first]).T, "C0", lw=0.7, alpha=0.6)
    left.axhline(names["STRIKE"], color="C1", ls="--", label="strike")
    left.set(title="24 of 20,000 paths", xlabel="years", ylabel="price of the share")
    left.legend(loc="upper left")
    at = np.unique(np.geomspace(20, values.shape[1], 150).astype(int))
    for row, name, colour in ((0, "European", "C0"), (1, "Asian", "C2")):
        sums, squares = np.cumsum(values[row]), np.cumsum(values[row] ** 2)
        mean = sums[at - 1] / at
        error = np.sqrt((squares[at - 1] / at - mean**2) / at)
        right.fill_between(at, mean - 2 * error, mean + 2 * error, color=colour, alpha=0.2, lw=0)
        right.plot(at, mean, colour, label=name)
    right.axhline(names["black_scholes"](), color="C1", ls="--", label="exact (European)")
    right.set(title="Estimate, ± 2 standard errors", xlabel="pairs of paths", ylabel="price of the option")
    right.set(xscale="log", ylim=(0, 16))
    right.legend(loc="upper right")
