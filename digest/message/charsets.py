"""Bytes of unknown making to text: what a mail says its charset is, and what it can be.

Mails name charsets that do not exist, that are meant a little wider, or that are not theirs. What
must stay true: any bytes under any name give a text, in time that grows with their number only.
"""

from __future__ import annotations

import codecs
import re

#: Named in mails, and meant by everybody as the wider one (WHATWG Encoding, section 4.2).
_WIDER = {
    "ascii": "utf-8",
    "us-ascii": "utf-8",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "hz-gb-2312": "hz",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "iso-8859-8-i": "iso-8859-8",
    "utf8mb4": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
}
#: Codecs of Python that no mail means; some of them take quadratic time.
_NOT_FOR_MAIL = frozenset(
    ("idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "mbcs", "oem")
)
_META = re.compile(rb"<meta[^>]{0,200}charset\s{0,9}=\s{0,9}[\"']?([A-Za-z0-9_.:-]{1,40})", re.I)
_SNIFFED = 2048


def known_charset(name: str) -> str:
    """Return the codec for a charset's name, or "" where no text is written in it."""
    wanted = name.strip().strip("\"'").lower()[:60]
    if not wanted or not wanted.isascii() or "\0" in wanted:
        return ""
    try:
        found = codecs.lookup(_WIDER.get(wanted, wanted))
    except (LookupError, ValueError):
        return ""
    name = found.name.replace("_", "-")
    return "" if name in _NOT_FOR_MAIL or not _is_text(found) else found.name


def decode_text(data: bytes, charset: str = "", *, html: bool = False) -> tuple[str, bool]:
    """Return (the text, whether the bytes are what the charset says).

    Without a charset, or under an unknown name, it is guessed: a byte order mark, the HTML's own
    word, UTF-8, Windows-1252. What cannot be read becomes U+FFFD.
    """
    if not charset and not html and data.isascii():
        return data.decode("ascii"), True
    mark = _order_mark(data)
    codec = mark or known_charset(charset) or (_said_inside(data) if html else "")
    if not codec:
        return _guessed(data), not charset.strip()
    try:
        return data.decode(codec).removeprefix("\ufeff"), True
    except UnicodeError:
        return _replaced(data, codec).removeprefix("\ufeff"), False


def _is_text(found: codecs.CodecInfo) -> bool:
    try:
        b"a".decode(found.name)
    except LookupError:  # base64 and other codecs from bytes to bytes
        return False
    except UnicodeError:  # half a character of UTF-16
        return True
    return True


def _order_mark(data: bytes) -> str:
    for mark, codec in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return codec
    return ""


def _said_inside(data: bytes) -> str:
    found = _META.search(data[:_SNIFFED])
    return known_charset(found[1].decode("ascii")) if found else ""


def _guessed(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _replaced(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec, "replace")
    except UnicodeError:  # some codecs know no replacing
        return _guessed(data)
