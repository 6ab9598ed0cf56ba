"""Fits trend and season to a time series by least squares, three ways."""

import mlx.core as mx
import numpy as np

STEPS = 400
RATE = 0.3


def sample():
    """Ten years of monthly values: a curved trend, a season and noise."""
    rng = np.random.default_rng(0)
    years = np.arange(120) / 12
    season = 1.5 * np.sin(2 * np.pi * years + 0.4)
    trend = 20.0 + 0.3 * years + 0.06 * years**2
    y = trend + season + rng.normal(0.0, 0.5, 120)
    return mx.array(years), mx.array(y)


def design(years):
    """The columns of the model: 1, t, t**2, sine and cosine."""
    t = years / 5 - 1  # around zero
    turn = 2 * mx.pi * years
    columns = [mx.ones_like(t), t, t**2, mx.sin(turn), mx.cos(turn)]
    return mx.stack(columns, axis=1)


def by_normal_equations(a, y):
    with mx.stream(mx.cpu):  # the products too: all digits count here
        return mx.linalg.solve(a.T @ a, a.T @ y)


def by_qr(a, y):
    q, r = mx.linalg.qr(a, stream=mx.cpu)
    return mx.linalg.solve(r, q.T @ y, stream=mx.cpu)


def loss(w, a, y):
    return ((a @ w - y) ** 2).mean()


def by_gradient(a, y):
    """Plain gradient descent; the losses are kept for the picture."""
    w, losses = mx.zeros(a.shape[1]), []
    loss_and_gradient = mx.value_and_grad(loss)
    for _ in range(STEPS):
        value, gradient = loss_and_gradient(w, a, y)
        losses.append(value)
        w = w - RATE * gradient
        mx.eval(w, value)
    return w, mx.stack(losses)


years, y = sample()
a = design(years)
descended, losses = by_gradient(a, y)
found = by_normal_equations(a, y), by_qr(a, y), descended
fitted = a @ found[1]
print(f"mean squared error {loss(found[1], a, y):.4f}")
