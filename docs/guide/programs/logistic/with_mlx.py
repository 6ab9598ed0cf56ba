"""Logistic regression with a curved boundary, by Newton's method."""

import mlx.core as mx
import numpy as np

PENALTY = 0.01
SMALL = 1e-4  # a step that ends the search


def sample():
    """Four hundred points; those inside a tilted oval tend to be ones."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, size=(400, 2))
    u, v = x[:, 0] + 0.5 * x[:, 1], x[:, 1] - 0.4 * x[:, 0]
    inside = 1.5 - u**2 - 2 * v**2 + 0.6 * rng.normal(size=400) > 0
    train = rng.random(400) < 0.7  # true: a training point
    rows = [mx.array(np.nonzero(mask)[0]) for mask in (train, ~train)]
    return mx.array(x), mx.array(inside), *rows


def features(x):
    """Constant, linear and quadratic terms."""
    p, q = x[:, 0], x[:, 1]
    return mx.stack([mx.ones_like(p), p, q, p * p, p * q, q * q], axis=1)


def loss(w, a, y):
    """Mean negative log-likelihood with a penalty on the weights."""
    z = a @ w
    return (mx.logaddexp(0, z) - y * z).mean() + PENALTY * (w @ w) / 2


def newton_step(w, a, y):
    p = mx.sigmoid(a @ w)
    gradient = a.T @ (p - y) / len(y) + PENALTY * w
    hessian = (a.T * (p * (1 - p))) @ a / len(y)
    hessian += PENALTY * mx.eye(len(w))
    return mx.linalg.solve(hessian, gradient, stream=mx.cpu)


def fit(a, y):
    """Return the weights and the loss before each step."""
    w, losses = mx.zeros(a.shape[1]), []
    for _ in range(50):
        losses.append(loss(w, a, y))
        step = newton_step(w, a, y)
        w = w - step
        mx.eval(w, step, losses[-1])
        if mx.abs(step).max() < SMALL:
            break
    return w, mx.stack(losses)


x, y, train, test = sample()
w, losses = fit(features(x[train]), y[train].astype(mx.float32))
guess = features(x[test]) @ w > 0
table = mx.zeros((2, 2), dtype=mx.int32)  # row: the truth, column: guess
table = table.at[y[test].astype(mx.int32), guess.astype(mx.int32)].add(1)
found = w, losses, table
right = mx.trace(table) / table.sum()
print(f"{len(losses)} steps, {right:.1%} of the test points are right")
