import numpy as np


def draw(figure, names):
    board, seen, living = (np.array(names[name]) for name in ("board", "seen", "living"))
    trace = np.where(seen < 0, np.nan, seen)
    left, right = figure.subplots(1, 2, width_ratios=[1.2, 1.0])
    shown = left.imshow(trace, cmap="viridis", interpolation="nearest")
    figure.colorbar(shown, ax=left, label="generation when last alive")
    rows, columns = np.nonzero(board)
    left.plot(columns, rows, "C1s", ms=1.8)
    left.set(title=f"The board after {living.size} generations", xticks=[], yticks=[], xlabel="dots: alive at the end")
    right.plot(np.arange(1, living.size + 1), living, "C0", lw=1)
    right.set(title="Living cells", xlabel="generation")
