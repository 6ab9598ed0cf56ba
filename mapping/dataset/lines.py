"""Where in a TOML file tables, keys and texts are written."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator


class Lines:
    """Where tables, keys and texts are written, by paths such as ("numpy.sum", "examples", 0, "mlx").

    Takes text that is TOML already: all it has to know is where a string or a bracket ends.
    """

    TOKEN = re.compile(
        r"""
        "{3}(?:\\.|[^\\])*?"{3,5} | '{3}.*?'{3,5} | "(?:\\.|[^"\\])*" | '[^']*'  # strings
        | \#[^\n]* | [][{}=,\n] | [^][{}=,.\s"'#]+  # comments, marks, parts of names and numbers
        """,
        re.DOTALL | re.VERBOSE,
    )
    OPENING = re.compile(r"""'{3}\n* | "{3}(?:\n | \\\s*\n\s*)* | .""", re.VERBOSE)

    def __init__(self, text: str):
        self.found: dict[tuple, int] = {}
        self.texts: dict[tuple, int] = {}
        self.counts: dict[tuple, int] = {}
        self.tokens = deque(self._tokens(text.replace("\r\n", "\n")))
        here: tuple = ()
        while self.tokens:
            if self._next() == "\n":
                self.tokens.popleft()
            elif self._next() == "[":
                here = self._header()
            else:
                self._pair(here)

    def _tokens(self, text: str) -> Iterator[tuple[str, int]]:
        line, before = 1, 0
        for token in self.TOKEN.finditer(text):
            line += text.count("\n", before, token.start())
            before = token.start()
            if token[0][0] != "#":
                yield token[0], line

    def _next(self) -> str:
        return self.tokens[0][0] if self.tokens else "\n"

    def _keys(self, end: str) -> list[str]:
        keys = []
        while self._next() != end:
            word = self.tokens.popleft()[0]
            keys.append(word[1:-1] if word[0] in "\"'" else word)
        return keys

    def _note(self, path: tuple, length: int, line: int) -> None:
        """Keep the line of a path, and of those of its parts that are not written by themselves."""
        for end in range(length, len(path) + 1):
            self.found.setdefault(path[:end], line)

    def _header(self) -> tuple:
        line, opened = self.tokens[0][1], 0
        while self._next() == "[":
            self.tokens.popleft()
            opened += 1
        keys = self._keys("]")
        path: tuple = ()
        for depth, key in enumerate(keys):
            path += (key,)
            if opened == 2 and depth == len(keys) - 1:
                self.counts[path] = self.counts.get(path, -1) + 1
            self._note(path, len(path), line)
            if path in self.counts:
                path += (self.counts[path],)
        self._note(path, len(path), line)
        while self._next() == "]":
            self.tokens.popleft()
        return path

    def _pair(self, table: tuple) -> None:
        line = self.tokens[0][1]
        path = (*table, *self._keys("="))
        self._note(path, len(table) + 1, line)
        self.tokens.popleft()
        self._value(path)

    def _value(self, path: tuple) -> None:
        word, line = self.tokens.popleft()
        if word in "[{":
            self._note(path, len(path), line)
            place = 0
            while self._next() not in "]}":
                if self._next() in ",\n":
                    place += self.tokens.popleft()[0] == ","
                elif word == "[":
                    self._value((*path, place))
                else:
                    self._pair(path)
            self.tokens.popleft()
        else:
            opening = self.OPENING.match(word)
            self.texts[path] = line + (opening[0].count("\n") if opening else 0)
            while self._next() not in ",]}\n":
                self.tokens.popleft()

    def at(self, path: tuple) -> int:
        """The line of the nearest written ancestor of this path."""
        while path and path not in self.found:
            path = path[:-1]
        return self.found.get(path, 1)

    def text(self, path: tuple) -> int:
        """The line on which a string's own text begins: below the quotes, where these stand alone."""
        return self.texts.get(path, self.at(path))
