"""Reading replies from bytes as they come (RFC 5321 section 4.2), strictly and within bounds.

What must stay true: how the bytes are cut into pieces changes nothing; a reply whose lines disagree
or that is no reply is never taken for one; and no server can make us hold more than a few lines.
"""

from __future__ import annotations

#: Generous over any real reply, and a bound on what a server can make us hold.
MOST_LINES = 100
LONGEST_LINE = 8192

#: How much of a reply's text is kept.
_MOST_TEXT = 8192

#: Every code that a reply can begin with.
_CODES = {b"%d" % code: code for code in range(200, 600)}


class ReplyReader:
    """Makes replies of bytes: code, and text with its lines joined by LF."""

    __slots__ = ("_code", "_count", "_rest", "_text", "broken")

    def __init__(self) -> None:
        """Begin at the beginning of a line."""
        self.broken = ""
        """Why nothing that comes can be read any more, or ""."""
        self._rest = b""
        self._code = 0
        self._count = 0
        self._text = b""

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """Return the replies that are complete now; see `broken` after them."""
        replies: list[tuple[int, bytes]] = []
        if self.broken:
            return replies
        if self._rest:
            data = self._rest + data
        start, find = 0, data.find
        while (end := find(b"\n", start)) >= 0:
            code = _CODES.get(data[start : start + 3])
            # Nearly every line is a reply of its own.
            if code and data[start + 3] == 32 and not self._count and end - start <= LONGEST_LINE:
                replies.append((code, data[start + 4 : end]))
            elif not self._take(data[start:end], replies):
                self._rest = b""
                return replies
            start = end + 1
        self._rest = data[start:]
        if len(self._rest) > LONGEST_LINE:
            self._broke("the server's reply is too long")
        return replies

    def _take(self, line: bytes, replies: list[tuple[int, bytes]]) -> bool:
        """Take a line of several, or an odd one; False when it is none of a reply."""
        if len(line) > LONGEST_LINE:
            return self._broke("the server's reply is too long")
        line = line.rstrip(b"\r")
        code = _CODES.get(line[:3])
        if not code or line[3:4] not in {b"", b" ", b"-"}:
            return self._broke("the server's reply cannot be read")
        if self._count and code != self._code:
            return self._broke("the lines of the server's reply contradict each other")
        if len(self._text) < _MOST_TEXT:
            self._text += line[4:] if not self._count else b"\n" + line[4:]
        self._code, self._count = code, self._count + 1
        if line[3:4] != b"-":
            replies.append((code, self._text))
            self._count, self._text = 0, b""
        elif self._count >= MOST_LINES:
            return self._broke("the server's reply does not end")
        return True

    def _broke(self, reason: str) -> bool:
        self.broken = reason
        self._rest = self._text = b""
        return False
