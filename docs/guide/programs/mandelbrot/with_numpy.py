"""The Mandelbrot set: steps until each point of the plane escapes."""

import numpy as np

ROWS, COLUMNS = 120, 160
STEPS = 60
RADIUS = 8.0
LEFT, RIGHT, BOTTOM, TOP = -2.2, 1.0, -1.2, 1.2


def plane():
    """One complex number for each pixel."""
    x = np.linspace(LEFT, RIGHT, COLUMNS)
    y = np.linspace(BOTTOM, TOP, ROWS)
    return x + 1j * y[:, None]


def escape(c):
    """Return the steps each point stays near, and its last value."""
    z = np.zeros_like(c)
    steps = np.zeros(c.shape, dtype=np.int32)
    alive = np.ones(c.shape, dtype=bool)
    for _ in range(STEPS):
        within = z[alive]  # only those that have not escaped
        z[alive] = within * within + c[alive]
        alive &= np.abs(z) <= RADIUS
        steps += alive
    return steps, z


def smooth(steps, z):
    """Steps with a fraction, for a picture without bands."""
    size = np.maximum(np.abs(z), RADIUS)
    shade = steps + 1 - np.log2(np.log2(size))
    return np.where(steps < STEPS, shade, STEPS)


steps, z = escape(plane())
shade = smooth(steps, z)
inside = steps == STEPS
area = inside.mean() * (RIGHT - LEFT) * (TOP - BOTTOM)
expected = steps, shade, area
print(f"{inside.sum()} points stay, area about {area:.2f}")
