"""Gravity between a star, a passing star and a disc, by leapfrog."""

import numpy as np

BODIES = 80  # of the disc
STEPS, DT = 240, 0.02
SOFTENING = 0.15  # keeps close encounters finite


def disc():
    """Masses, places and velocities of the disc and of the two stars."""
    rng = np.random.default_rng(0)
    radius = rng.uniform(0.4, 1.6, BODIES)
    angle = rng.uniform(0.0, 2 * np.pi, BODIES)
    out = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    along = np.stack([-np.sin(angle), np.cos(angle), 0 * angle], axis=1)
    stars = [[0.0, 0.0, 0.0], [3.0, -1.0, 0.5]]
    speeds = [[0.0, 0.0, 0.0], [-0.3, 0.5, 0.0]]
    mass = np.concatenate([[1.0, 0.4], np.full(BODIES, 1e-4)])
    place = np.concatenate([stars, radius[:, None] * out])
    velocity = np.concatenate([speeds, along / np.sqrt(radius)[:, None]])
    return mass, place, velocity


def acceleration(mass, place):
    """Of each body, by the pull of all others."""
    apart = place[None, :, :] - place[:, None, :]
    squared = np.sum(apart**2, axis=2) + SOFTENING**2
    pull = mass * squared**-1.5
    return np.einsum("ij,ijk->ik", pull, apart)


def energy(mass, place, velocity):
    """Kinetic and potential energy, each pair once."""
    apart = place[None, :, :] - place[:, None, :]
    distance = np.sqrt(np.sum(apart**2, axis=2) + SOFTENING**2)
    pairs = np.triu(np.outer(mass, mass) / distance, k=1)
    motion = 0.5 * np.sum(mass * np.sum(velocity**2, axis=1))
    return motion - pairs.sum()


def simulate(mass, place, velocity):
    """Places after each step, and the energy there."""
    track, energies = [], []
    pull = acceleration(mass, place)
    for _ in range(STEPS):
        velocity += 0.5 * DT * pull
        place += DT * velocity
        pull = acceleration(mass, place)
        velocity += 0.5 * DT * pull
        track.append(place.copy())
        energies.append(energy(mass, place, velocity))
    return np.stack(track), np.array(energies)


expected = track, energies = simulate(*disc())
drift = np.max(np.abs(energies / energies[0] - 1))
print(f"{len(track)} steps, energy kept to {drift:.1e}")
