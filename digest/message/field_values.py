"""Values of header fields as a reader sees them, whatever was written there.

Encoded words (RFC 2047), parameters (RFC 2045, RFC 2231), 8-bit text that nobody announced. What
must stay true: a value is one line of text, and what cannot be seen in it is made visible.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from digest.message.charsets import decode_text

#: Parameters are looked for no further in.
_LONGEST_WITH_PARAMETERS = 8192
_MOST_PARAMETERS = 100

_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_FOLD = re.compile(r"(?:\r\n|\n|\r)(?=[ \t])")
_PARAMETER = re.compile(
    r";\s*+([^\s=;\"]++)\s*+=\s*+(?:\"((?:[^\"\\]|\\.)*+)\"|([^;]*+))", re.DOTALL
)
_NOT_BASE64 = bytes(
    set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
)
_PIECE = re.compile(r"(.+?)(?:\*(\d{1,3}))?(\*)?")


def field_text(raw: bytes) -> str:
    """Return a field's value decoded and on one line; controls become their pictures (U+2400)."""
    return visible(decode_words(unfolded(raw)).strip())


def unfolded(raw: bytes) -> str:
    """Return a value on one line (RFC 5322, section 2.2.3), as text but not decoded."""
    text, _ = decode_text(raw)
    return _FOLD.sub("", text).strip(" \t\r\n")


def visible(text: str) -> str:
    """Return a text on one line: each control character as its picture."""
    return "".join(map(_pictured, text)) if not text.isprintable() else text


def _pictured(sign: str) -> str:
    number = ord(sign)
    if sign == "\t":
        return " "
    if number < 0x20:
        return chr(0x2400 + number)
    if number == 0x7F:
        return "\u2421"
    return "\ufffd" if 0x80 <= number < 0xA0 or sign in "\u2028\u2029" else sign


def decode_words(text: str) -> str:
    """Return a text with its encoded words read; a word that is none stays as it is.

    Between two of them white space is not shown, and their bytes are joined where the charset is
    the same: some mailers cut a character in two (RFC 2047, section 6.2).
    """
    shown: list[str] = []
    waiting, charset, position = b"", "", 0
    for match in _WORD.finditer(text):
        data = _word_bytes(match[2], match[3])
        if data is None:
            continue
        between = text[position : match.start()]
        named = match[1].partition("*")[0].lower()
        if between.strip() or not charset or named != charset:
            shown.append(_closed(waiting, charset))
            waiting = b""
            if between.strip() or not charset:
                shown.append(between)
        waiting, charset, position = waiting + data, named, match.end()
    return "".join([*shown, _closed(waiting, charset), text[position:]])


def _closed(data: bytes, charset: str) -> str:
    return decode_text(data, charset)[0] if data else ""


def _word_bytes(way: str, said: str) -> bytes | None:
    if way in "qQ":
        raw = said.replace("_", " ").encode("utf-8", "surrogateescape")
        return binascii.a2b_qp(raw, header=False)
    return decode_base64(said.encode("ascii", "replace"))


def decode_base64(data: bytes) -> bytes | None:
    """Return what base64 says, its padding mended; None where nothing can be made of it."""
    clean = data.translate(None, _NOT_BASE64)
    if len(clean) % 4 == 1:
        clean = clean[:-1]
    if not clean:
        return b"" if not data.strip() else None
    return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def split_parameters(value: str) -> tuple[str, dict[str, str]]:
    """Return (the value before its parameters in lower case, the parameters by lower-case name)."""
    value = value[:_LONGEST_WITH_PARAMETERS]
    head = value.partition(";")[0].strip().lower()
    pieces: dict[str, dict[int, tuple[bool, str]]] = {}
    for number, (name, text) in enumerate(_pairs(value)):
        if number >= _MOST_PARAMETERS:
            break
        found = _PIECE.fullmatch(name)
        if found:
            at = int(found[2] or 0)
            pieces.setdefault(found[1].lower(), {}).setdefault(at, (bool(found[3]), text))
    return head, {name: _joined(parts) for name, parts in pieces.items()}


def _pairs(value: str) -> Iterator[tuple[str, str]]:
    for match in _PARAMETER.finditer(value):
        quoted = match[2]
        said = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else match[3].strip()
        yield match[1], said


def _joined(parts: dict[int, tuple[bool, str]]) -> str:
    """Return a parameter's value from its numbered pieces (RFC 2231, sections 3 and 4)."""
    charset, data, extended = "", b"", False
    for number, (is_encoded, text) in sorted(parts.items()):
        if not is_encoded:
            data += text.encode("utf-8", "surrogateescape")
            continue
        extended = True
        if number == 0 and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)  # noqa: PLW2901
        data += unquote_to_bytes(text)
    text, _ = decode_text(data, charset)
    return visible(text if extended else decode_words(text))
