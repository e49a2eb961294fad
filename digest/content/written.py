"""On which line of a content file a text is written: a key of its front matter, or of its body.

For looking, not for reading content: a file that is wrong, gone or changed meanwhile leads to its
first line, and raises nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from digest.content.frontmatter import Source, parse_document, parse_table, read_text
from digest.errors import ContentError

Keys = Sequence[str | int]
#: So many files are remembered as they were read last.
_MOST = 2_000


@dataclass
class WrittenLines:
    """Finds lines in content files, which are read anew when they were saved."""

    _read: dict[Path, tuple[object, Source | None]] = field(default_factory=dict)

    def line(self, path: Path, keys: Keys, below: int = 0) -> int | None:
        """Return the line of a key, or of the body's line that is so many below its first.

        The list element under `figures` may be named by its `id`. None: the file does not say it.
        """
        source = self._source(path)
        if source is None:
            return None
        if not keys:
            return source.body_line + below if source.body else None
        found = _path_in(source.data, keys)
        return source.line(*found) if found else None

    def _source(self, path: Path) -> Source | None:
        try:
            about = path.stat()
        except OSError:
            return None
        stamp = (about.st_mtime_ns, about.st_size, about.st_ino)
        known = self._read.get(path)
        if known is None or known[0] != stamp:
            if len(self._read) >= _MOST:
                self._read.clear()
            known = self._read[path] = (stamp, _parsed(path))
        return known[1]


def _parsed(path: Path) -> Source | None:
    try:
        text = read_text(path, path.name)
        parse = parse_table if path.suffix == ".toml" else parse_document
        return parse(text, path.name)
    except ContentError:
        return None


def _path_in(data: Mapping[str, Any], keys: Keys) -> tuple[str | int, ...] | None:
    """Return the path of a key with positions for ids; None where its first step is not there.

    A text in one for all languages is no table of languages: the path ends there.
    """
    found: list[str | int] = []
    value: Any = data
    for key in keys:
        step: str | int | None = None
        if isinstance(value, Mapping) and key in value:
            step = key
        elif isinstance(value, list):
            step = _position(value, key)
        elif found and isinstance(value, str):
            return tuple(found)
        if step is None:
            return None
        found.append(step)
        value = value[step]
    return tuple(found)


def _position(values: list[Any], key: str | int) -> int | None:
    if isinstance(key, int):
        return key if key < len(values) else None
    named = (
        at for at, one in enumerate(values) if isinstance(one, Mapping) and one.get("id") == key
    )
    return next(named, None)
