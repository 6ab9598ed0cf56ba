"""Gravity between a star, a passing star and a disc, by leapfrog."""

import mlx.core as mx
import numpy as np

BODIES = 80  # of the disc
STEPS, DT = 240, 0.02
SOFTENING = 0.15  # keeps close encounters finite


def disc():
    """Masses, places and velocities of the disc and of the two stars."""
    rng = np.random.default_rng(0)
    radius = mx.array(rng.uniform(0.4, 1.6, BODIES))
    angle = mx.array(rng.uniform(0.0, 2 * np.pi, BODIES))
    out = mx.stack([mx.cos(angle), mx.sin(angle), 0 * angle], axis=1)
    along = mx.stack([-mx.sin(angle), mx.cos(angle), 0 * angle], axis=1)
    stars = mx.array([[0.0, 0.0, 0.0], [3.0, -1.0, 0.5]])
    speeds = mx.array([[0.0, 0.0, 0.0], [-0.3, 0.5, 0.0]])
    mass = mx.concatenate([mx.array([1.0, 0.4]), mx.full(BODIES, 1e-4)])
    place = mx.concatenate([stars, radius[:, None] * out])
    velocity = mx.concatenate([speeds, along / mx.sqrt(radius)[:, None]])
    return mass, place, velocity


def acceleration(mass, place):
    """Of each body, by the pull of all others."""
    apart = place[None, :, :] - place[:, None, :]
    squared = mx.sum(apart**2, axis=2) + SOFTENING**2
    pull = mass * squared**-1.5
    return mx.einsum("ij,ijk->ik", pull, apart)


def energy(mass, place, velocity):
    """Kinetic and potential energy, each pair once."""
    apart = place[None, :, :] - place[:, None, :]
    distance = mx.sqrt(mx.sum(apart**2, axis=2) + SOFTENING**2)
    pairs = mx.triu(mx.outer(mass, mass) / distance, k=1)
    motion = 0.5 * mx.sum(mass * mx.sum(velocity**2, axis=1))
    return motion - pairs.sum(axis=1).sum()  # rows first


def simulate(mass, place, velocity):
    """Places after each step, and the energy there."""
    track, energies = [], []
    pull = acceleration(mass, place)
    for _ in range(STEPS):
        velocity += 0.5 * DT * pull
        place += DT * velocity
        pull = acceleration(mass, place)
        velocity += 0.5 * DT * pull
        track.append(mx.array(place))
        energies.append(energy(mass, place, velocity))
        mx.eval(pull, velocity, track[-1], energies[-1])
    return mx.stack(track), mx.stack(energies)


found = track, energies = simulate(*disc())
drift = mx.max(mx.abs(energies / energies[0] - 1))
print(f"{len(track)} steps, energy kept to {drift:.1e}")
