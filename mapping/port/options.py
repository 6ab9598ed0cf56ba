"""What `port` may be asked: the same from a clone and from a wheel."""

from __future__ import annotations

HELP = "read Python sources, without running them, and tell what each use of NumPy is in MLX"
OPTIONS: tuple[tuple[str, dict], ...] = (
    ("files", {"nargs": "+", "metavar": "FILE", "help": "Python files, or folders of them"}),
    ("--all", {"action": "store_true", "help": "show what goes over as it is, too"}),
    ("--json", {"action": "store_true", "help": "every use and warning as JSON"}),
    ("--diff", {"action": "store_true", "help": "show what a change of the text alone can port"}),
    ("--fix", {"action": "store_true", "help": "change it; what is left gets a comment"}),
    ("--sarif", {"action": "store_true", "help": "as SARIF 2.1.0, for code hosts"}),
    ("--site", {"default": "", "metavar": "URL", "help": "where the published site is; links to entries begin with it"}),
)
