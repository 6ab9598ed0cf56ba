"""Price of two call options by Monte Carlo with antithetic paths."""

import math

import numpy as np

SPOT, STRIKE = 100.0, 105.0
RATE, VOLATILITY, YEARS = 0.03, 0.25, 1.0
PAIRS, STEPS = 10_000, 24


def paths(normals):
    """Prices of the share: a path and its mirror image per row."""
    dt = YEARS / STEPS
    drift = (RATE - VOLATILITY**2 / 2) * dt
    shocks = VOLATILITY * math.sqrt(dt) * np.stack([normals, -normals])
    return SPOT * np.exp(np.cumsum(drift + shocks, axis=2))


def payoffs(prices):
    """Of a European and of an Asian call, discounted, by pair."""
    last, mean = prices[:, :, -1], prices.mean(axis=2)
    gain = np.maximum(np.stack([last, mean]) - STRIKE, 0.0)
    return math.exp(-RATE * YEARS) * gain.mean(axis=1)


def estimate(normals):
    """The two prices and their standard errors."""
    values = payoffs(paths(normals))
    error = values.std(axis=1, ddof=1) / math.sqrt(len(normals))
    return values.mean(axis=1), error


def black_scholes():
    """The exact price of the European call."""
    spread = VOLATILITY * math.sqrt(YEARS)
    a = math.log(SPOT / STRIKE) + RATE * YEARS
    up, down = a / spread + spread / 2, a / spread - spread / 2
    share, cash = (1 + math.erf(d / math.sqrt(2)) for d in (up, down))
    rest = STRIKE * math.exp(-RATE * YEARS)
    return (SPOT * share - rest * cash) / 2


rng = np.random.default_rng(0)
normals = rng.standard_normal((PAIRS, STEPS))
expected = estimate(normals)
european, asian = expected[0]
print(f"European {european:.2f} (exact {black_scholes():.2f}),"
      f" Asian {asian:.2f}")
