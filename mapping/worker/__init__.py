"""The only code that imports MLX or NumPy; it runs in processes of its own."""
