"""A neural network with one hidden layer learns three spiral arms."""

import mlx.core as mx
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
    return mx.array(radius[:, None] * points), mx.array(y)


def initial():
    rng = np.random.default_rng(1)
    return {
        "w1": mx.array(rng.normal(0.0, 1.0, (2, HIDDEN))),
        "b1": mx.zeros(HIDDEN),
        "w2": mx.array(rng.normal(0.0, 0.2, (HIDDEN, CLASSES))),
        "b2": mx.zeros(CLASSES),
    }


def forward(p, x):
    """The hidden layer and the scores of the classes."""
    hidden = mx.tanh(x @ p["w1"] + p["b1"])
    return hidden, hidden @ p["w2"] + p["b2"]


def loss(p, x, y):
    """Mean cross-entropy. Its gradient is MLX's business."""
    _, scores = forward(p, x)
    log_p = scores - mx.logsumexp(scores, axis=1, keepdims=True)
    return -log_p[mx.arange(len(y)), y].mean()


def train(p, x, y):
    """Gradient descent with momentum; parameters and losses."""
    loss_and_grad = mx.value_and_grad(loss)
    speed = {name: mx.zeros_like(value) for name, value in p.items()}
    losses = []
    for _ in range(STEPS):
        value, grad = loss_and_grad(p, x, y)
        for name in p:
            speed[name] = MOMENTUM * speed[name] - RATE * grad[name]
            p[name] = p[name] + speed[name]
        losses.append(value)
        mx.eval(p, speed, value)
    return p, mx.stack(losses)


x, y = spirals()
params, losses = train(initial(), x, y)
scores = forward(params, x)[1]
found = losses, scores
right = (scores.argmax(axis=1) == y).mean()
print(f"loss {losses[0]:.3f} to {losses[-1]:.3f}, {right:.1%} right")
