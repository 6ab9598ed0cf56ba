"""Python sources that use NumPy go in; what each use is in MLX, and what needs a person, comes out. Nothing of them is run."""
