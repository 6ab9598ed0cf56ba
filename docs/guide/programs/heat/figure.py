import numpy as np


def draw(figure, names):
    temperature = np.array(names["found"][0])
    left, right = figure.subplots(1, 2, width_ratios=[1.1, 1.0])
    shown = left.imshow(temperature, cmap="plasma", interpolation="nearest")
    figure.colorbar(shown, ax=left, label="degrees")
    left.set(title="The plate after 400 steps", xticks=[], yticks=[])
    left.set(xlabel="left edge held at 100 degrees")
    means = np.array(names["means"])[::4]
    right.plot(4 * np.arange(1, means.size + 1), means, "C0")
    right.set(title="Mean temperature, degrees", xlabel="step")
