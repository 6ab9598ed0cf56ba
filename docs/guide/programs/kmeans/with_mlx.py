"""Groups points in a plane into five clusters: k-means, Lloyd's steps."""

import mlx.core as mx
import numpy as np

CLUSTERS = 5
STEPS = 50  # at most


def sample():
    """Three hundred points around five places."""
    rng = np.random.default_rng(0)
    places = np.array([[0, 0], [4, 1], [1, 4], [5, 5], [8, 2]])
    spread = np.array([0.9, 0.7, 0.8, 1.0, 0.6])
    owner = rng.integers(CLUSTERS, size=300)
    noise = rng.normal(size=(300, 2))
    return mx.array(places[owner] + spread[owner, None] * noise)


def distances(points, centres):
    """Squared distance of each point (row) to each centre (column)."""
    return ((points[:, None] - centres) ** 2).sum(axis=2)


def means(points, labels, centres):
    """The mean of each cluster; an empty cluster keeps its centre."""
    totals = mx.zeros(centres.shape).at[labels].add(points)
    counts = mx.zeros((CLUSTERS, 1)).at[labels].add(1)
    return mx.where(counts > 0, totals / mx.maximum(counts, 1), centres)


def cluster(points, centres):
    """Return the centres of each step, the labels and the inertias."""
    track, inertias, labels = [centres], [], None
    for _ in range(STEPS):
        squares = distances(points, centres)
        last, labels = labels, squares.argmin(axis=1)
        if last is not None and (labels == last).all():
            break
        centres = means(points, labels, centres)
        inertias.append(squares.min(axis=1).sum())
        track.append(centres)
        mx.eval(centres, labels, inertias[-1])
    return mx.stack(track), labels, mx.stack(inertias)


points = sample()
found = cluster(points, points[5 : 5 + CLUSTERS])
track, labels, inertias = found
print(f"{len(inertias)} steps, inertia {inertias[-1]:.2f}")
