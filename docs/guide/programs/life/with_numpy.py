"""Conway's Game of Life: the R-pentomino on a torus of 80 x 80 cells."""

import numpy as np

SIZE = 80
GENERATIONS = 400
SEED = [".OO", "OO.", ".O."]


def first_board():
    """An empty board with the seed in the middle."""
    board = np.zeros((SIZE, SIZE), dtype=bool)
    seed = np.array([[cell == "O" for cell in row] for row in SEED])
    top = SIZE // 2
    board[top : top + 3, top : top + 3] = seed
    return board


def neighbours(board):
    """How many of the eight cells around each cell live."""
    cells = board.astype(np.uint8)
    up_down = np.roll(cells, 1, axis=0) + np.roll(cells, -1, axis=0)
    column = up_down + cells
    sides = np.roll(column, 1, axis=1) + np.roll(column, -1, axis=1)
    return up_down + sides


def advance(board):
    around = neighbours(board)
    return (around == 3) | (board & (around == 2))


def play(board):
    """Return the last board, ages, last signs of life, and two counts."""
    age = np.zeros((SIZE, SIZE), dtype=np.int32)
    seen = np.full((SIZE, SIZE), -1, dtype=np.int32)
    living, mean_age = [], []
    for generation in range(GENERATIONS):
        board = advance(board)
        age = np.where(board, age + 1, 0)
        seen[board] = generation
        living.append(board.sum())
        mean_age.append(age[board].mean())
    return board, age, seen, np.array(living), np.array(mean_age)


expected = play(first_board())
board, age, seen, living, mean_age = expected
print(f"{living[-1]} cells live, on average for {mean_age[-1]:.2f} steps")
