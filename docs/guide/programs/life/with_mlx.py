"""Conway's Game of Life: the R-pentomino on a torus of 80 x 80 cells."""

import mlx.core as mx

SIZE = 80
GENERATIONS = 400
SEED = [".OO", "OO.", ".O."]


def first_board():
    """An empty board with the seed in the middle."""
    board = mx.zeros((SIZE, SIZE), dtype=mx.bool_)
    seed = mx.array([[cell == "O" for cell in row] for row in SEED])
    top = SIZE // 2
    board[top : top + 3, top : top + 3] = seed
    return board


def neighbours(board):
    """How many of the eight cells around each cell live."""
    cells = board.astype(mx.uint8)
    up_down = mx.roll(cells, 1, axis=0) + mx.roll(cells, -1, axis=0)
    column = up_down + cells
    sides = mx.roll(column, 1, axis=1) + mx.roll(column, -1, axis=1)
    return up_down + sides


def advance(board):
    around = neighbours(board)
    return (around == 3) | (board & (around == 2))


def play(board):
    """Return the last board, ages, last signs of life, and two counts."""
    age = mx.zeros((SIZE, SIZE), dtype=mx.int32)
    seen = mx.full((SIZE, SIZE), -1, dtype=mx.int32)
    living, mean_age = [], []
    for generation in range(GENERATIONS):
        board = advance(board)
        age = mx.where(board, age + 1, 0)
        seen[board] = generation
        living.append(board.sum())
        mean_age.append(mx.where(board, age, 0).sum() / living[-1])
        mx.eval(board, age, seen, living[-1], mean_age[-1])
    return board, age, seen, mx.stack(living), mx.stack(mean_age)


found = play(first_board())
board, age, seen, living, mean_age = found
print(f"{living[-1]} cells live, on average for {mean_age[-1]:.2f} steps")
