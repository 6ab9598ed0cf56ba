"""Temperature of a heated plate: 2-D heat equation, explicit scheme."""

import mlx.core as mx

SIZE = 48  # grid points per side
STEPS = 400
RATE = 0.2  # diffusivity * time step / spacing**2, small enough to be stable


def plate():
    """A cold plate whose left edge is held at 100 degrees."""
    u = mx.zeros((SIZE, SIZE))
    u[:, 0] = 100.0
    return u


def heater():
    """Two round heaters: degrees added to each inner point per step."""
    at = mx.linspace(0.0, 1.0, SIZE)[1:-1]
    y, x = mx.meshgrid(at, at, indexing="ij")
    first = (x - 0.6) ** 2 + (y - 0.3) ** 2 < 0.1**2
    second = (x - 0.75) ** 2 + (y - 0.7) ** 2 < 0.07**2
    return mx.where(first, 1.5, 0.0) + mx.where(second, 3.0, 0.0)


def simulate(u, heat):
    """Advance `u` in place; return it and the mean of each step."""
    means = []
    for _ in range(STEPS):
        inner = u[1:-1, 1:-1]  # copies: sliced anew in each step
        up, down = u[:-2, 1:-1], u[2:, 1:-1]
        left, right = u[1:-1, :-2], u[1:-1, 2:]
        around = up + down + left + right
        u[1:-1, 1:-1] = inner + RATE * (around - 4.0 * inner) + heat
        u[0], u[-1] = u[1], u[-2]  # top and bottom are insulated
        means.append(u.mean())
        mx.eval(u, means[-1])
    return u, mx.stack(means)


found = simulate(plate(), heater())
hottest, means = found[0].max(), found[1]
print(f"mean {means[-1]:.1f}, hottest {hottest:.1f} degrees")
