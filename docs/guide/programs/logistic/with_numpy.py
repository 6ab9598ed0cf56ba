"""Logistic regression with a curved boundary, by Newton's method."""

import numpy as np

PENALTY = 0.01
SMALL = 1e-10  # a step that ends the search


def sample():
    """Four hundred points; those inside a tilted oval tend to be ones."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, size=(400, 2))
    u, v = x[:, 0] + 0.5 * x[:, 1], x[:, 1] - 0.4 * x[:, 0]
    inside = 1.5 - u**2 - 2 * v**2 + 0.6 * rng.normal(size=400) > 0
    return x, inside, rng.random(400) < 0.7  # true: a training point


def features(x):
    """Constant, linear and quadratic terms."""
    p, q = x[:, 0], x[:, 1]
    return np.stack([np.ones_like(p), p, q, p * p, p * q, q * q], axis=1)


def loss(w, a, y):
    """Mean negative log-likelihood with a penalty on the weights."""
    z = a @ w
    return (np.logaddexp(0, z) - y * z).mean() + PENALTY * (w @ w) / 2


def newton_step(w, a, y):
    p = 1 / (1 + np.exp(-(a @ w)))
    gradient = a.T @ (p - y) / len(y) + PENALTY * w
    hessian = (a.T * (p * (1 - p))) @ a / len(y)
    hessian += PENALTY * np.eye(len(w))
    return np.linalg.solve(hessian, gradient)


def fit(a, y):
    """Return the weights and the loss before each step."""
    w, losses = np.zeros(a.shape[1]), []
    for _ in range(50):
        losses.append(loss(w, a, y))
        step = newton_step(w, a, y)
        w = w - step
        if np.abs(step).max() < SMALL:
            break
    return w, np.array(losses)


x, y, train = sample()
w, losses = fit(features(x[train]), y[train].astype(float))
guess = features(x[~train]) @ w > 0
table = np.zeros((2, 2), dtype=int)  # row: the truth, column: the guess
np.add.at(table, (y[~train].astype(int), guess.astype(int)), 1)
expected = w, losses, table
right = np.trace(table) / table.sum()
print(f"{len(losses)} steps, {right:.1%} of the test points are right")
