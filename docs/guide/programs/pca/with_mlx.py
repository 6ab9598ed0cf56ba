"""Principal components of 150 spectra, by singular value decomposition."""

import mlx.core as mx
import numpy as np

KEPT = 3  # components


def bump(wave, centre, width):
    return mx.exp(-0.5 * ((wave - centre) / width) ** 2)


def sample():
    """Spectra of three mixtures of three substances, with noise."""
    rng = np.random.default_rng(0)
    wave = mx.linspace(400.0, 700.0, 60)  # nanometres
    pure = [bump(wave, 460, 25), bump(wave, 540, 40), bump(wave, 620, 20)]
    recipe = mx.array([[1.0, 0.3, 0.2], [0.3, 1.0, 0.4], [0.5, 0.4, 1.0]])
    group = mx.repeat(mx.arange(3), 50)
    amount = recipe[group] + 0.12 * mx.array(rng.normal(size=(150, 3)))
    noise = 0.02 * mx.array(rng.normal(size=(150, 60)))
    return wave, group, amount @ mx.stack(pure) + noise


def components(spectra):
    """Return mean, components and the share of variance of each."""
    mean = spectra.mean(axis=0)
    centred = spectra - mean
    _, r = mx.linalg.qr(centred, stream=mx.cpu)  # 60 x 60, same s and vt
    _, s, vt = mx.linalg.svd(r, stream=mx.cpu)
    share = s**2 / (s**2).sum()
    return mean, fix_signs(vt[:KEPT]), share[:KEPT]


def fix_signs(vt):
    """Make the largest entry of each row positive: signs are arbitrary."""
    at = mx.abs(vt).argmax(axis=1, keepdims=True)
    return vt * mx.sign(mx.take_along_axis(vt, at, axis=1))


wave, group, spectra = sample()
mean, vt, share = components(spectra)
scores = (spectra - mean) @ vt.T
rebuilt = scores @ vt + mean
error = mx.sqrt(((rebuilt - spectra) ** 2).mean())
found = vt, share, scores, error
print(f"variance kept {share.sum():.4f}, error {error:.4f}")
