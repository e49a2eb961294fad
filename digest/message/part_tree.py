"""A message's bytes cut into its parts, in one pass and without recursion (RFC 2046).

The standard library's parser calls itself for every level and compares each line with every
boundary that is open: a message nested a thousand deep breaks it, a large one stops it. What must
stay true here: time grows with the length, and any bytes give a tree of at least one part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from digest.message.field_values import split_parameters, unfolded

MOST_PARTS = 2_000
DEEPEST = 100
#: A header that does not end by then ends there.
LARGEST_HEADER = 256 * 1024
MOST_FIELDS = 2_000
_MOST_MARKS = 400_000

_BLANK = re.compile(rb"\r?\n[ \t]*+\r?(?:\n|\Z)")
_LINE = re.compile(rb"[^\n]*\n?")
_MARK = re.compile(rb"--([^\r\n]{0,200}+)[^\n]*+\n?")
_NAME = re.compile(rb"[!-9;-~]{1,200}")


@dataclass(frozen=True, kw_only=True, slots=True)
class RawField:
    """One header field as it stands: its name, and its value with folds and all."""

    name: str
    value: bytes


@dataclass(kw_only=True, slots=True, eq=False)
class Branch:
    """One part while the message is cut: where its header is and where its body."""

    number: str
    depth: int
    fields: list[RawField]
    content_type: str
    parameters: dict[str, str]
    start: int
    """Of the body, in the message."""
    end: int
    children: int = 0
    odd: list[str] = field(default_factory=list)
    """What is not as it should be."""

    @property
    def boundary(self) -> bytes:
        """Return what stands between its parts, as far as it is compared; b"" where nothing."""
        return self.parameters.get("boundary", "").encode("utf-8", "replace").rstrip()[:200]

    def first(self, name: str) -> str:
        """Return the first field of a name on one line, or ""."""
        wanted = name.lower()
        return next((unfolded(one.value) for one in self.fields if one.name.lower() == wanted), "")


def cut_into_parts(data: bytes) -> list[Branch]:
    """Return the parts in the order of the message; the first one is the message itself."""
    return _Cutter(data).cut()


class _Cutter:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.parts: list[Branch] = []
        self.open: list[Branch] = []
        self.boundaries: dict[bytes, Branch] = {}
        self.full = False

    def cut(self) -> list[Branch]:
        root = self._enter(0, "1", 0)
        for index, match in enumerate(_marks(self.data, root.start, len(self.data))):
            if index >= _MOST_MARKS or self.full:
                root.odd.append("it holds more parts than are looked at; the rest stands in one")
                break
            self._meet(match)
        self._close(0, len(self.data))
        return self.parts

    def _meet(self, match: re.Match[bytes]) -> None:
        """Deal with a line that begins with two hyphens."""
        line, at = match[1].rstrip(), match.start()
        owner, last = self.boundaries.get(line), False
        if owner is None and line.endswith(b"--"):
            owner, last = self.boundaries.get(line[:-2]), True
        if owner is None or at < self.open[-1].start:
            return  # in no multipart of ours, or in a header that was read already
        depth = self.open.index(owner)
        self._close(depth + 1, self._before(at))
        if last:
            self._forget(owner)
        elif len(self.parts) >= MOST_PARTS:
            self.full = True
        else:
            owner.children += 1
            self._enter(match.end(), f"{owner.number}.{owner.children}", depth + 1)

    def _before(self, at: int) -> int:
        """Return where the body before a boundary ends: the line's end is the boundary's."""
        end = at - 1 if self.data[at - 1 : at] == b"\n" else at
        return end - 1 if self.data[end - 1 : end] == b"\r" else end

    def _forget(self, owner: Branch) -> None:
        if self.boundaries.get(owner.boundary) is owner:
            del self.boundaries[owner.boundary]

    def _close(self, depth: int, end: int) -> None:
        while len(self.open) > depth:
            part = self.open.pop()
            part.end = max(part.start, end)
            self._forget(part)

    def _enter(self, start: int, number: str, depth: int) -> Branch:
        """Begin a part: read its header, and open what is inside of it."""
        stop = self._header_stop(start)
        end, after = _header_end(self.data, start, stop)
        fields, odd = _read_fields(self.data[start:end])
        part = Branch(
            number=number,
            depth=depth,
            fields=fields,
            content_type="text/plain",
            parameters={},
            start=after,
            end=len(self.data),
            odd=odd,
        )
        said = part.first("Content-Type")
        if said:
            kind, part.parameters = split_parameters(said)
            part.content_type = kind if re.fullmatch(r"[^\s/]+/[^\s/]+", kind) else "text/plain"
        self.parts.append(part)
        self.open.append(part)
        self._open_inside(part)
        return part

    def _open_inside(self, part: Branch) -> None:
        if part.depth >= DEEPEST:
            part.odd.append(f"it is nested deeper than {DEEPEST} levels; no further is looked")
            return
        if part.content_type.startswith("multipart/"):
            if part.boundary:
                self.boundaries.setdefault(part.boundary, part)
            else:
                part.odd.append("it names no boundary between its parts")
        elif _holds_a_message(part) and len(self.parts) < MOST_PARTS:
            part.children = 1
            self._enter(part.start, f"{part.number}.1", part.depth + 1)

    def _header_stop(self, start: int) -> int:
        """Return where a header ends at the latest: at a boundary of what is around it."""
        limit = min(len(self.data), start + LARGEST_HEADER)
        if not self.boundaries:
            return limit
        blank = _blank_line(self.data, start, limit)
        for match in _marks(self.data, start, blank):
            line = match[1].rstrip()
            if line in self.boundaries or line.removesuffix(b"--") in self.boundaries:
                return match.start()
        return limit


def _marks(data: bytes, start: int, stop: int) -> Iterator[re.Match[bytes]]:
    """Yield the lines that begin with two hyphens: only these can be boundaries."""
    at = data.find(b"\n--", max(0, start - 1), stop)
    while at >= 0:
        match = _MARK.match(data, at + 1, stop)
        assert match is not None
        yield match
        at = data.find(b"\n--", match.end() - 1, stop)


def _holds_a_message(part: Branch) -> bool:
    encoding = part.first("Content-Transfer-Encoding").lower()
    return part.content_type == "message/rfc822" and encoding not in ("base64", "quoted-printable")


def _blank_line(data: bytes, start: int, stop: int) -> int:
    found = _BLANK.search(data, max(0, start - 1), stop)
    return found.start() if found else stop


def _header_end(data: bytes, start: int, stop: int) -> tuple[int, int]:
    """Return (where a header ends, where its body begins)."""
    for first in (b"\n", b"\r\n"):
        if data.startswith(first, start):
            return start, start + len(first)
    found = _BLANK.search(data, start, stop)
    if found is None:
        return stop, stop
    return found.start(), found.end()


def _read_fields(header: bytes) -> tuple[list[RawField], list[str]]:
    fields: list[RawField] = []
    odd: list[str] = []
    for line in _joined_lines(header):
        if len(fields) >= MOST_FIELDS:
            odd.append(f"it has more than {MOST_FIELDS} header fields; the rest is left out")
            break
        name, colon, value = line.partition(b":")
        if colon and _NAME.fullmatch(name.rstrip(b" \t")):
            shown = name.rstrip(b" \t").decode("ascii")
            fields.append(RawField(name=shown, value=value.rstrip(b"\r\n")))
        elif line.strip() and not line.startswith(b"From "):  # an mbox's own line
            odd.append("a line of its header is no field")
    if any(b"\r" in re.sub(rb"\r\n", b"", one.value) for one in fields):
        odd.append("a carriage return stands alone in its header")
    if any(not one.value.isascii() for one in fields):
        odd.append("its header holds characters beyond ASCII that are not encoded")
    return fields, list(dict.fromkeys(odd))


def _joined_lines(header: bytes) -> Iterator[bytes]:
    """Yield the fields of a header, each with its folded lines."""
    lines: list[bytes] = []
    for line in _LINE.findall(header):
        if lines and line[:1] not in (b" ", b"\t"):
            yield b"".join(lines)
            lines = []
        lines.append(line)
    yield b"".join(lines)
