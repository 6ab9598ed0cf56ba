"""MLX for NumPy Users: entries go in, pages and exports whose every block has run come out.

The modules, in the order in which data passes through them: `model` (entries, read), `probe` (facts of
the live libraries), `rules` (entries against facts), `pages` (Markdown), `render` (Sphinx), `blocks` (the
ledger of what Sphinx rendered), `run` and `worker` (the ledger, run), `compare` and `agree` (what was
printed, what both sides answered), `gate` (published HTML against the record), `site` and `export`.
"""
