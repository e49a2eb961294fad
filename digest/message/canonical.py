"""The relaxed canonical forms of DKIM (RFC 6376, section 3.4): what a signature is made over.

What servers on the way may change is levelled: the case of a field's name, how it is folded, runs
of blanks, blanks at the end of a line, empty lines at the end of the body. What must stay true: the
body of a composed message is its own canonical form, so that signing need not look at it; the proof
of each edition holds it to that.
"""

from __future__ import annotations

import re

_BLANKS = re.compile(rb"[ \t]+")
_BLANKS_AT_END = re.compile(rb"[ \t]+(?=\r\n)")
_NEXT_FIELD = re.compile(rb"(?<=\r\n)(?![ \t])")


def relaxed_field(field: bytes) -> bytes:
    """Return a header field, given with its CRLF, in relaxed form (section 3.4.2)."""
    name, _, value = field.partition(b":")
    value = value.replace(b"\r\n", b"")
    if b"  " in value or b"\t" in value:
        value = _BLANKS.sub(b" ", value)
    return name.rstrip(b" \t").lower() + b":" + value.strip(b" \t") + b"\r\n"


def relaxed_body(body: bytes) -> bytes:
    """Return a body, each of its lines given with its CRLF, in relaxed form (section 3.4.4)."""
    levelled = _BLANKS.sub(b" ", _BLANKS_AT_END.sub(b"", body)).rstrip(b"\r\n")
    return levelled + b"\r\n" if levelled else b""


def fields(block: bytes) -> list[bytes]:
    """Return the fields of a piece of a header, each with its folded lines and its CRLF."""
    return [field for field in _NEXT_FIELD.split(block) if field.strip(b"\r\n")]
