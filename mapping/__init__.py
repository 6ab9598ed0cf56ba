"""MLX for NumPy Users: entries go in, pages and exports whose every block has run come out.

The modules, in the order in which data passes through them: `model` (entries, read; `problems`, what is
wrong with them), `probe` (facts of the live libraries), `rules` (entries against facts), `standing` (what an
entry comes to), `pages` (Markdown), `render` (Sphinx), `blocks` (the ledger of what Sphinx rendered), `run`
and `worker` (the ledger, run), `compare` and `agree` (what was printed, what both sides answered), `gate`
(published HTML against the record), `twins` and `export` (Markdown and data), `trial` (the run alone), `site`
(published), `accept` (live outputs, written back).
"""
