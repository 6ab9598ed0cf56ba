"""MLX for NumPy Users: entries go in, pages and exports whose every block has run come out.

The folders, in the order in which data passes through them: `dataset` (reads and checks entries), `facts` (what the live libraries
say, and rules that hold entries against it), `run` (ledger, record, processes, cache; standard library alone), `worker` (the only
code that imports MLX or NumPy, in processes of its own), `site` (the only code that knows Sphinx: pages, gate, exports,
publishing). Imports go one way: site -> facts -> dataset -> run <- worker.
"""
