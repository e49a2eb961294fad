"""Base64 with holes: a body encoded once, into which values of any length are filled.

Base64 turns three bytes into four characters, so a static piece looks different depending on how
many bytes stand before it, modulo three. Each piece is therefore encoded three times beforehand,
once per phase, and filling encodes only a value and the one or two bytes at its edges. Lines have
at most 76 characters; those at the edges of a value may be shorter, which RFC 2045 (section 6.8)
allows. What must stay true: decoded, it is exactly the static pieces and the values between them.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from digest.model.edition import Placeholder

#: Bytes that make a line of 76 characters.
ROW = 57
_LINE = 76


class _Phase(NamedTuple):
    """A static piece as it stands after a number of bytes, modulo three."""

    head: bytes
    """What completes the group that the value before it began."""
    lines: bytes
    """The CRLF of the line before, and the piece's own groups in lines that end in CRLF."""
    tail: bytes
    """What is left over for the next group."""


class _Joint(NamedTuple):
    """A hole and the static piece after it."""

    hole: Placeholder
    static: bytes
    phases: tuple[_Phase, _Phase, _Phase] | None
    """None: the piece is too short to be worth it and joins the value before it."""


class AlignedBody:
    """A body in base64 whose holes are filled in microseconds."""

    __slots__ = ("_first", "_joints", "_pending", "holes")

    def __init__(self, statics: Sequence[bytes], holes: Sequence[Placeholder]) -> None:
        """Encode the static pieces: the first, and one after each hole."""
        self.holes = tuple(dict.fromkeys(holes))
        _, first, self._pending = _phase(statics[0], 0)
        self._first = first[2:]  # no line stands before it
        self._joints = tuple(
            _joint(hole, static) for hole, static in zip(holes, statics[1:], strict=True)
        )

    def fill(self, values: Mapping[Placeholder, bytes], out: list[bytes]) -> None:
        """Append the encoded body, line by line with CRLF, to `out`."""
        out.append(self._first)
        pending = self._pending
        for hole, static, phases in self._joints:
            pending += values[hole]
            if phases is None:
                pending += static
                continue
            head, lines, tail = phases[len(pending) % 3]
            pending += head
            # Most values fill one line or two, so that is written out.
            encoded = b2a_base64(pending, newline=False)
            if len(encoded) <= _LINE:
                out += (encoded, lines) if pending else (lines[2:],)
            elif len(encoded) <= 2 * _LINE:
                out += (encoded[:_LINE], b"\r\n", encoded[_LINE:], lines)
            else:
                out += (_in_lines(encoded), lines)
            pending = tail
        out.append(base64_lines(pending))


def _joint(hole: Placeholder, static: bytes) -> _Joint:
    if len(static) < ROW:
        return _Joint(hole, static, None)
    return _Joint(hole, static, (_phase(static, 0), _phase(static, 1), _phase(static, 2)))


def _phase(static: bytes, before: int) -> _Phase:
    head = -before % 3
    end = len(static) - (len(static) - head) % 3
    return _Phase(static[:head], b"\r\n" + base64_lines(static[head:end]), static[end:])


def base64_lines(data: bytes) -> bytes:
    """Return bytes in base64, each line with its CRLF (RFC 2045, section 6.8)."""
    return _in_lines(b2a_base64(data, newline=False)) + b"\r\n" if data else b""


def _in_lines(encoded: bytes) -> bytes:
    """Return base64 in lines, without the last line's end."""
    if len(encoded) <= _LINE:
        return encoded
    starts = range(0, len(encoded), _LINE)
    return b"\r\n".join([encoded[start : start + _LINE] for start in starts])
