"""An image blurred, its edges found, its specks removed by a median."""

import mlx.core as mx
import numpy as np

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
    return mx.array(image)


def kernels():
    """A Gaussian blur, and its slopes across and down: (3, k, k)."""
    t = mx.arange(WIDTH) - WIDTH // 2
    bell = mx.exp(-(t**2) / 2.0)
    bell /= bell.sum()
    slope = t * bell
    return mx.stack([
        mx.outer(bell, bell),
        mx.outer(bell, slope),
        mx.outer(slope, bell),
    ])


def padded(image):
    """The image with its edge pixels repeated outwards."""
    return mx.pad(image, WIDTH // 2, mode="edge")


def windows(image):
    """What each pixel sees around it: (rows, columns, k, k)."""
    (rows, columns), wide = image.shape, padded(image)
    step = wide.shape[1]  # numbers from one row to the next
    shape = (rows, columns, WIDTH, WIDTH)
    return mx.as_strided(wide, shape, (step, 1, step, 1))


def filtered(image, kernels):
    """The image under each kernel: (kernels, rows, columns)."""
    batch = padded(image)[None, :, :, None]  # one image, one channel
    result = mx.conv2d(batch, kernels[:, :, :, None])
    return mx.moveaxis(result[0], -1, 0)  # the kernels came last


def median(image):
    return mx.median(windows(image), axis=(2, 3))


image = picture()
blurred, across, down = filtered(image, kernels())
edges = mx.sqrt(across**2 + down**2)
smooth = median(image)
found = blurred, edges, smooth
print(f"blurred {blurred.std():.3f}, median {smooth.std():.3f}")
