"""Temperature of a heated plate: 2-D heat equation, explicit scheme."""

import numpy as np

SIZE = 48  # grid points per side
STEPS = 400
RATE = 0.2  # diffusivity * time step / spacing**2, small enough to be stable


def plate():
    """A cold plate whose left edge is held at 100 degrees."""
    u = np.zeros((SIZE, SIZE))
    u[:, 0] = 100.0
    return u


def heater():
    """Two round heaters: degrees added to each inner point per step."""
    at = np.linspace(0.0, 1.0, SIZE)[1:-1]
    y, x = np.meshgrid(at, at, indexing="ij")
    first = (x - 0.6) ** 2 + (y - 0.3) ** 2 < 0.1**2
    second = (x - 0.75) ** 2 + (y - 0.7) ** 2 < 0.07**2
    return np.where(first, 1.5, 0.0) + np.where(second, 3.0, 0.0)


def simulate(u, heat):
    """Advance `u` in place; return it and the mean of each step."""
    inner = u[1:-1, 1:-1]  # views: they follow `u` through the loop
    up, down = u[:-2, 1:-1], u[2:, 1:-1]
    left, right = u[1:-1, :-2], u[1:-1, 2:]
    means = []
    for _ in range(STEPS):
        around = up + down + left + right
        inner += RATE * (around - 4.0 * inner) + heat
        u[0], u[-1] = u[1], u[-2]  # top and bottom are insulated
        means.append(u.mean())
    return u, np.array(means)


expected = simulate(plate(), heater())
hottest, means = expected[0].max(), expected[1]
print(f"mean {means[-1]:.1f}, hottest {hottest:.1f} degrees")
