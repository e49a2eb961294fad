"""On which line of a TOML text a key stands.

`tomllib` gives values without places, and an error without its line is half an error. This walks
a text that `tomllib` has accepted already, so it may assume valid TOML; should it lose its way all
the same, it keeps what it has found, and the caller falls back on the table above.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

#: Keys and list positions from the root, such as ("figures", 1, "label").
KeyPath = tuple[str | int, ...]

# Every table above a key is remembered with it, so a key of a hundred thousand dots would fill the
# memory. No file of ours goes deeper than five.
_DEEPEST = 30

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]+")
_STRINGS = (
    re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"""("{0,2})', re.DOTALL),
    re.compile(r"'''(?:[^']|'(?!''))*'''('{0,2})"),
    re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
)


def locate(text: str) -> dict[KeyPath, int]:
    """Return the line (from 1) on which each key, table and list element of a TOML text begins."""
    scanner = _Scanner(text)
    try:
        scanner.document()
    except (_LostError, IndexError, ValueError, RecursionError):
        # What was found up to here still helps; see the module's docstring.
        return scanner.lines
    return scanner.lines


class _LostError(Exception):
    """The text is not what valid TOML looks like to us."""


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[KeyPath, int] = {}
        self._ends = [place for place, char in enumerate(text) if char == "\n"]
        self._last: dict[KeyPath, int] = {}

    def document(self) -> None:
        table: KeyPath = ()
        while True:
            self._skip(_BLANK)
            if self.at >= len(self.text):
                return
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> KeyPath:
        start = self.at
        brackets = 2 if self.text.startswith("[[", start) else 1
        self.at += brackets
        keys = self._key()
        self._skip(_SPACE)
        self.at += brackets
        return self._enter(keys, start, is_list=brackets == 2)

    def _enter(self, keys: list[str], start: int, *, is_list: bool) -> KeyPath:
        path: KeyPath = ()
        for depth, key in enumerate(keys, start=1):
            path += (key,)
            self._record(path, start)
            if is_list and depth == len(keys):
                self._last[path] = self._last.get(path, -1) + 1
            if path in self._last:
                path += (self._last[path],)
        self._record(path, start)
        return path

    def _pair(self, table: KeyPath) -> None:
        start = self.at
        path = table
        for key in self._key():
            path += (key,)
            self._record(path, start)
        self._skip(_SPACE)
        self._expect("=")
        self._value(path)

    def _key(self) -> list[str]:
        keys: list[str] = []
        while True:
            self._skip(_SPACE)
            keys.append(self._simple_key())
            if len(keys) > _DEEPEST:
                raise _LostError
            self._skip(_SPACE)
            if self.text[self.at : self.at + 1] != ".":
                return keys
            self.at += 1

    def _simple_key(self) -> str:
        start = self.at
        if self.text[start : start + 1] in ('"', "'"):
            self._string()
            name: str = tomllib.loads(f"key = {self.text[start : self.at]}")["key"]
            return name
        self._take(_BARE)
        return self.text[start : self.at]

    def _value(self, path: KeyPath) -> None:
        self._skip(_SPACE)
        match self.text[self.at]:
            case "[":
                self._list(path)
            case "{":
                self._inline_table(path)
            case '"' | "'":
                self._string()
            case _:
                self._take(_SCALAR)

    def _list(self, path: KeyPath) -> None:
        self._expect("[")
        position = 0
        while True:
            self._skip(_BLANK)
            if self.text[self.at] == "]":
                self.at += 1
                return
            self._record((*path, position), self.at)
            self._value((*path, position))
            position += 1
            self._skip(_BLANK)
            if self.text[self.at] == ",":
                self.at += 1

    def _inline_table(self, path: KeyPath) -> None:
        self._expect("{")
        while True:
            self._skip(_BLANK)
            if self.text[self.at] == "}":
                self.at += 1
                return
            self._pair(path)
            self._skip(_BLANK)
            if self.text[self.at] == ",":
                self.at += 1

    def _string(self) -> None:
        for pattern in _STRINGS:
            if found := pattern.match(self.text, self.at):
                self.at = found.end()
                return
        raise _LostError

    def _record(self, path: KeyPath, place: int) -> None:
        self.lines.setdefault(path, bisect_right(self._ends, place - 1) + 1)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        if found := pattern.match(self.text, self.at):
            self.at = found.end()

    def _take(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.at)
        if not found:
            raise _LostError
        self.at = found.end()

    def _expect(self, char: str) -> None:
        if self.text[self.at] != char:
            raise _LostError
        self.at += 1
