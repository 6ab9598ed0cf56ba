"""A source and what was found in it go in; the source with all that a change of its text can do comes out.

What is left has a comment above its statement. A file of which anything is in doubt stays as it is.
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace

from .edits import LINES, ConflictError, applied
from .model import Edit, Place, Report, Use
from .values import KINDS

IMPORT = "import mlx.core as mx"
MARK = "# mlx-port:"
DTYPES = ("differs", "gone")  # the verdicts of names of dtypes


def fixed(source: str, report: Report) -> str:
    """The source with every edit made, MLX imported, what recipes define above, and a comment above each statement that is left."""
    uses = _chosen(report)
    if report.problem or not any(use.edits for use in uses) or source.startswith("\ufeff") or source != report.text:
        return source
    tree = ast.parse(source)
    lines = LINES.split(source)
    newline = next((line[len(line.rstrip("\r\n")) :] for line in lines if line.endswith(("\n", "\r"))), "\n")
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    first = next((node.lineno for node in imports if _is_numpys(node)), None)
    own = any(ast.unparse(node) == IMPORT for node in imports)
    if not own and re.search(r"\bmx\b", source):  # `mx` is something else
        return source
    defined, renamed = _functions(uses, tree, source)
    edits = [_renamed(edit, renamed) for use in uses for edit in use.edits]
    edits += _above(lines, _comments(report, uses), newline)
    if not own:  # where NumPy is imported within functions alone, it stands below the other imports
        edits.append(_insert(first or _after_imports(tree, None), f"{IMPORT}{newline}"))
    if defined:
        edits.append(_insert(_after_imports(tree, first), f"{newline}{newline}".join(["", *defined, ""]).replace("\n", newline)))
    try:
        made = _without_numpy(applied(source, edits))
        ast.parse(made)
    except (SyntaxError, ValueError):
        return source
    return made


def _chosen(report: Report) -> list[Use]:
    """All uses, those that cannot be changed without their edits: dtypes within a call that stays NumPy's, calls with a dtype that
    does, and calls of which a part would be lost that another use changes."""
    uses = sorted(report.uses, key=lambda use: (use.place.line, use.place.column, -use.place.end_line, -use.place.end_column))
    while True:
        dtypes = [use for use in uses if use.verdict in DTYPES and use.code.rpartition(".")[2] in KINDS]
        left = [use for use in dtypes if not use.edits and use.port == "person"]
        ours = [use for use in dtypes if use.edits]
        calls = [use for use in uses if use.code.endswith((")", "...")) and _is_function(use)]
        around = {use: [other for other in calls if _inside(use.place, other.place)][-1:] for use in ours}  # the innermost call
        dropped = {
            use for use, own in around.items() if any(one.port != "as it is" and all(edit.wraps for edit in one.edits) for one in own)
        }
        dropped |= {use for use in uses if use.edits and any(_inside(other.place, use.place) for other in left)}
        if not dropped:
            try:
                applied(report.text, [edit for use in uses for edit in use.edits])
                return uses
            except ConflictError as error:
                dropped = {use for use in uses if error.args[0] in use.edits}
        uses = [replace(use, edits=(), function="") if use in dropped else use for use in uses]


def _is_function(use: Use) -> bool:
    return not use.numpy.startswith("numpy.ndarray.")


def _inside(inner: Place, outer: Place) -> bool:
    begins = (outer.line, outer.column) <= (inner.line, inner.column)
    return begins and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column) and inner != outer


def _insert(line: int, text: str) -> Edit:
    return Edit(Place(line, 1, line, 1), (text,))


def _above(lines: list[str], comments: dict[int, list[str]], newline: str) -> list[Edit]:
    """The comments above their lines, those apart that an earlier run wrote."""
    found = []
    for number, said in comments.items():
        line = lines[number - 1]
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        new = [f"{indent}{text}{newline}" for text in said if text not in _marks(lines, number - 1)]
        found += [_insert(number, "".join(new))] if new else []
    return found


def _functions(uses: list[Use], tree: ast.Module, source: str) -> tuple[list[str], dict[str, str]]:
    """The recipes that have to stand above, and what they are called where their names are something else here."""
    taken = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    taken |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    taken |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    taken |= {one.asname or one.name for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) for one in node.names}
    defined, renamed = [], {}
    for text in dict.fromkeys(use.function for use in uses if use.function):
        if text in source:  # from an earlier run
            continue
        name = re.findall(r"^def (\w+)", text, re.MULTILINE)[-1]
        if name in taken:
            renamed[name] = f"mx_{name}"
        defined.append(re.sub(rf"(?<![.\w]){name}(?=\()", renamed.get(name, name), text))
    return defined, renamed


def _renamed(edit: Edit, names: dict[str, str]) -> Edit:
    if not names or edit.new[0] not in names:
        return edit
    return Edit(edit.place, (names[str(edit.new[0])], *edit.new[1:]), edit.loose, edit.wraps)


def _after_imports(tree: ast.Module, first: int | None) -> int:
    """The line after the imports at the head of a module, or after NumPy's import; where nothing stands there, that of the first
    statement."""
    head = tree.body[0]
    end = first or min([head.lineno, *(one.lineno for one in getattr(head, "decorator_list", ()))]) - 1
    for node in tree.body:
        text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not isinstance(node, ast.Import | ast.ImportFrom) and not text:
            break
        end = max(end, node.end_lineno or 1)
    return end + 1


def _is_numpys(node: ast.Import | ast.ImportFrom) -> bool:
    """Whether all that a statement imports is NumPy's."""
    if isinstance(node, ast.ImportFrom):
        return not node.level and (node.module or "").partition(".")[0] == "numpy"
    return all(one.name.partition(".")[0] == "numpy" for one in node.names)


def _without_numpy(text: str) -> str:
    """The text without the imports of NumPy that nothing needs any more, in a module or in its functions."""
    tree = ast.parse(text)
    said = " ".join(node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    lines = LINES.split(text)
    for scope in (tree, *(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))):
        used = {node.id for node in ast.walk(scope) if isinstance(node, ast.Name)}
        used |= {name for node in ast.walk(scope) if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names}
        for node in scope.body if len(scope.body) > 1 else ():
            if not isinstance(node, ast.Import | ast.ImportFrom) or not _is_numpys(node) or node.lineno != node.end_lineno:
                continue
            bound = {one.asname or one.name.partition(".")[0] for one in node.names}
            if not bound & used and "*" not in bound and not any(re.search(rf"\b{re.escape(name)}\b", said) for name in bound):
                line = lines[node.lineno - 1]
                lines[node.lineno - 1] = "" if line.strip() == ast.unparse(node) else line
    return "".join(lines)


def _marks(lines: list[str], row: int) -> set[str]:
    """The comments of an earlier run above a row."""
    found = set()
    while row and lines[row - 1].strip().startswith(MARK):
        row -= 1
        found.add(lines[row].strip())
    return found


def _comments(report: Report, uses: list[Use]) -> dict[int, list[str]]:
    """What stands above which line: each use that is left, and each warning, once a statement."""
    above: dict[int, list[str]] = {}

    def add(line: int, said: str) -> None:
        if said not in above.setdefault(line, []):
            above[line].append(said)

    for use in uses:
        needs = use.port not in ("as it is", "host") or use.condition == "if this is NumPy"
        if needs and not use.edits:
            verdict = f"{use.verdict or 'not understood'}{f', {use.form}' if use.form else ''}"
            add(use.statement, f"{MARK} {use.numpy}: {verdict}{f', see {use.url}' if use.url else ''}")
    for one in report.cautions:
        add(one.statement, f"{MARK} {one.rule}: {one.message.partition(':')[0]}")
    return above
