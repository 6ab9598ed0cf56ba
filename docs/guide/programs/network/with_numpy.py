"""A neural network with one hidden layer learns three spiral arms."""

import numpy as np

POINTS, CLASSES, HIDDEN = 70, 3, 24  # points of each class
STEPS, RATE, MOMENTUM = 200, 0.3, 0.9


def spirals():
    """Points on three noisy spiral arms, and the arm of each."""
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(CLASSES), POINTS)
    radius = np.tile(np.linspace(0.1, 1.0, POINTS), CLASSES)
    angle = 2.1 * y + 3.0 * radius + rng.normal(0.0, 0.15, y.size)
    points = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return radius[:, None] * points, y


def initial():
    rng = np.random.default_rng(1)
    return {
        "w1": rng.normal(0.0, 1.0, (2, HIDDEN)),
        "b1": np.zeros(HIDDEN),
        "w2": rng.normal(0.0, 0.2, (HIDDEN, CLASSES)),
        "b2": np.zeros(CLASSES),
    }


def forward(p, x):
    """The hidden layer and the scores of the classes."""
    hidden = np.tanh(x @ p["w1"] + p["b1"])
    return hidden, hidden @ p["w2"] + p["b2"]


def loss_and_grad(p, x, y):
    """Mean cross-entropy, and its gradient by hand."""
    hidden, scores = forward(p, x)
    scores = scores - scores.max(axis=1, keepdims=True)
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    loss = -log_p[np.arange(len(y)), y].mean()
    d_scores = (np.exp(log_p) - np.eye(CLASSES)[y]) / len(y)
    d_hidden = d_scores @ p["w2"].T * (1 - hidden**2)
    return loss, {
        "w1": x.T @ d_hidden,
        "b1": d_hidden.sum(axis=0),
        "w2": hidden.T @ d_scores,
        "b2": d_scores.sum(axis=0),
    }


def train(p, x, y):
    """Gradient descent with momentum; parameters and losses."""
    speed = {name: np.zeros_like(value) for name, value in p.items()}
    losses = []
    for _ in range(STEPS):
        loss, grad = loss_and_grad(p, x, y)
        for name in p:
            speed[name] = MOMENTUM * speed[name] - RATE * grad[name]
            p[name] = p[name] + speed[name]
        losses.append(loss)
    return p, np.array(losses)


x, y = spirals()
params, losses = train(initial(), x, y)
scores = forward(params, x)[1]
expected = losses, scores
right = (scores.argmax(axis=1) == y).mean()
print(f"loss {losses[0]:.3f} to {losses[-1]:.3f}, {right:.1%} right")
