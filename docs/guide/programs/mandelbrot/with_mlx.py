"""The Mandelbrot set: steps until each point of the plane escapes."""

import mlx.core as mx

ROWS, COLUMNS = 120, 160
STEPS = 60
RADIUS = 8.0
LEFT, RIGHT, BOTTOM, TOP = -2.2, 1.0, -1.2, 1.2


def plane():
    """One complex number for each pixel."""
    x = mx.linspace(LEFT, RIGHT, COLUMNS)
    y = mx.linspace(BOTTOM, TOP, ROWS)
    return x + 1j * y[:, None]


def escape(c):
    """Return the steps each point stays near, and its last value."""
    z = mx.zeros_like(c)
    steps = mx.zeros(c.shape, dtype=mx.int32)
    alive = mx.ones(c.shape, dtype=mx.bool_)
    for _ in range(STEPS):
        z = mx.where(alive, z * z + c, z)  # all are computed, some kept
        alive &= mx.abs(z) <= RADIUS
        steps += alive
        mx.eval(z, alive, steps)
    return steps, z


def smooth(steps, z):
    """Steps with a fraction, for a picture without bands."""
    size = mx.maximum(mx.abs(z), RADIUS)
    shade = steps + 1 - mx.log2(mx.log2(size))
    return mx.where(steps < STEPS, shade, STEPS)


steps, z = escape(plane())
shade = smooth(steps, z)
inside = steps == STEPS
area = inside.mean() * (RIGHT - LEFT) * (TOP - BOTTOM)
found = steps, shade, area
print(f"{inside.sum()} points stay, area about {area:.2f}")
