"""An image blurred, its edges found, its specks removed by a median."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

SIZE, WIDTH = 96, 5  # of the image and of the kernels, in pixels


def picture():
    """Light shapes on a slope of grey, with noise and bad pixels."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    image = 0.2 + 0.2 * x
    image[(x - 0.3) ** 2 + (y - 0.35) ** 2 < 0.04] = 0.9
    image[(abs(x - 0.7) < 0.15) & (abs(y - 0.65) < 0.2)] = 0.7
    image += rng.normal(0.0, 0.02, image.shape)
    image[rng.random(image.shape) < 0.02] = 1.0
    return image


def kernels():
    """A Gaussian blur, and its slopes across and down: (3, k, k)."""
    t = np.arange(WIDTH) - WIDTH // 2
    bell = np.exp(-(t**2) / 2.0)
    bell /= bell.sum()
    slope = t * bell
    return np.stack([
        np.outer(bell, bell),
        np.outer(bell, slope),
        np.outer(slope, bell),
    ])


def padded(image):
    """The image with its edge pixels repeated outwards."""
    return np.pad(image, WIDTH // 2, mode="edge")


def windows(image):
    """What each pixel sees around it: (rows, columns, k, k)."""
    return sliding_window_view(padded(image), (WIDTH, WIDTH))


def filtered(image, kernels):
    """The image under each kernel: (kernels, rows, columns)."""
    return np.einsum("hwij,kij->khw", windows(image), kernels)


def median(image):
    return np.median(windows(image), axis=(2, 3))


image = picture()
blurred, across, down = filtered(image, kernels())
edges = np.sqrt(across**2 + down**2)
smooth = median(image)
expected = blurred, edges, smooth
print(f"blurred {blurred.std():.3f}, median {smooth.std():.3f}")
