"""Groups points in a plane into five clusters: k-means, Lloyd's steps."""

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
    return places[owner] + spread[owner, None] * noise


def distances(points, centres):
    """Squared distance of each point (row) to each centre (column)."""
    return ((points[:, None] - centres) ** 2).sum(axis=2)


def means(points, labels, centres):
    """The mean of each cluster; an empty cluster keeps its centre."""
    new = centres.copy()
    for k in range(CLUSTERS):
        mine = points[labels == k]  # a boolean mask selects rows
        if len(mine):
            new[k] = mine.mean(axis=0)
    return new


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
    return np.array(track), labels, np.array(inertias)


points = sample()
expected = cluster(points, points[5 : 5 + CLUSTERS])
track, labels, inertias = expected
print(f"{len(inertias)} steps, inertia {inertias[-1]:.2f}")
