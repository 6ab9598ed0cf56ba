"""Fits trend and season to a time series by least squares, three ways."""

import numpy as np

STEPS = 400
RATE = 0.3


def sample():
    """Ten years of monthly values: a curved trend, a season and noise."""
    rng = np.random.default_rng(0)
    years = np.arange(120) / 12
    season = 1.5 * np.sin(2 * np.pi * years + 0.4)
    trend = 20.0 + 0.3 * years + 0.06 * years**2
    return years, trend + season + rng.normal(0.0, 0.5, 120)


def design(years):
    """The columns of the model: 1, t, t**2, sine and cosine."""
    t = years / 5 - 1  # around zero
    turn = 2 * np.pi * years
    columns = [np.ones_like(t), t, t**2, np.sin(turn), np.cos(turn)]
    return np.stack(columns, axis=1)


def by_normal_equations(a, y):
    return np.linalg.solve(a.T @ a, a.T @ y)


def by_qr(a, y):
    q, r = np.linalg.qr(a)
    return np.linalg.solve(r, q.T @ y)


def loss(w, a, y):
    return ((a @ w - y) ** 2).mean()


def by_gradient(a, y):
    """Plain gradient descent; the losses are kept for the picture."""
    w, losses = np.zeros(a.shape[1]), []
    for _ in range(STEPS):
        losses.append(loss(w, a, y))
        gradient = 2 * a.T @ (a @ w - y) / len(y)  # by hand
        w = w - RATE * gradient
    return w, np.array(losses)


years, y = sample()
a = design(years)
descended, losses = by_gradient(a, y)
expected = by_normal_equations(a, y), by_qr(a, y), descended
fitted = a @ expected[1]
print(f"mean squared error {loss(expected[1], a, y):.4f}")
