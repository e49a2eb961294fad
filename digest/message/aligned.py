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
from dataclasses import dataclass

from digest.model.edition import Placeholder

#: Bytes that make a line of 76 characters.
ROW = 57


@dataclass(frozen=True, slots=True)
class _Phase:
    """A static piece as it stands after a number of bytes, modulo three."""

    head: bytes
    """What completes the group that the value before it began."""
    lines: bytes
    """The piece's own groups: encoded, in lines that end in CRLF."""
    tail: bytes
    """What is left over for the next group."""


@dataclass(frozen=True, slots=True)
class _Joint:
    """A hole and the static piece after it."""

    hole: Placeholder
    static: bytes
    phases: tuple[_Phase, _Phase, _Phase] | None
    """None: the piece is too short to be aligned and joins the value before it."""


class AlignedBody:
    """A body in base64 whose holes are filled in microseconds."""

    __slots__ = ("_first", "_joints", "_last_lines", "holes")

    def __init__(self, statics: Sequence[bytes], holes: Sequence[Placeholder]) -> None:
        """Encode the static pieces: the first, and one after each hole."""
        self.holes = tuple(dict.fromkeys(holes))
        self._first = _phase(statics[0], 0)
        self._joints = tuple(
            _joint(hole, static) for hole, static in zip(holes, statics[1:], strict=True)
        )

    def fill(self, values: Mapping[Placeholder, bytes], out: list[bytes]) -> None:
        """Append the encoded body, line by line with CRLF, to `out`."""
        out.append(self._first.lines)
        pending = self._first.tail
        for joint in self._joints:
            pending += values[joint.hole]
            if joint.phases is None:
                pending += joint.static
                continue
            phase = joint.phases[len(pending) % 3]
            out.append(base64_lines(pending + phase.head))
            out.append(phase.lines)
            pending = phase.tail
        out.append(base64_lines(pending))


def _joint(hole: Placeholder, static: bytes) -> _Joint:
    if len(static) < 3:
        return _Joint(hole, static, None)
    return _Joint(hole, static, (_phase(static, 0), _phase(static, 1), _phase(static, 2)))


def _phase(static: bytes, before: int) -> _Phase:
    head = -before % 3
    end = len(static) - (len(static) - head) % 3
    return _Phase(static[:head], base64_lines(static[head:end]), static[end:])


def base64_lines(data: bytes) -> bytes:
    """Return bytes in base64, each line with its CRLF (RFC 2045, section 6.8)."""
    if len(data) <= ROW:
        return b2a_base64(data, newline=False) + b"\r\n" if data else b""
    rows = (data[start : start + ROW] for start in range(0, len(data), ROW))
    return b"".join(b2a_base64(row, newline=False) + b"\r\n" for row in rows)
