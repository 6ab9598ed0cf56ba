import numpy as np


def draw(figure, names):
    _, edges, median = (np.array(result) for result in names["found"])
    image = np.array(names["image"])
    shown = ((image, "Image"), (edges, "Edges"), (median, "Median of 5 x 5 pixels"))
    for axes, (pixels, title) in zip(figure.subplots(1, 3), shown):
        axes.imshow(pixels, cmap="viridis", interpolation="nearest")
        axes.set(title=title, xticks=[], yticks=[])
