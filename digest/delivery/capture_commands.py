"""What the commands of a client say to the capture server: addresses, sizes, logins. Pure."""

from __future__ import annotations

import re
from collections.abc import Generator

_PATH = re.compile(rb"[ \t]*(<(?:\"(?:\\.|[^\"\\])*+\"|[^\">])*+>|[^\s<>]+)((?:[ \t].*)?)")
_SIZE = re.compile(rb"\bSIZE=(\d{1,20})", re.IGNORECASE)


def read_path(keyword: bytes, rest: bytes) -> tuple[str | None, int]:
    """Return (the address after `FROM:` or `TO:`, the size that is announced or 0).

    The address is "" for the null sender, and None where none can be read. A source route is read
    over (RFC 5321, appendix C).
    """
    if rest[: len(keyword)].upper() != keyword:
        return None, 0
    found = _PATH.fullmatch(rest, len(keyword))
    if not found:
        return None, 0
    path = found[1][1:-1] if found[1].startswith(b"<") else found[1]
    path = path.partition(b":")[2] if path.startswith(b"@") else path
    size = _SIZE.search(found[2])
    return path.decode("utf-8", "surrogateescape"), int(size[1]) if size else 0


def login_dialogue(rest: bytes) -> Generator[str, bytes, str]:
    """Ask for what AUTH PLAIN and AUTH LOGIN ask for, whatever it is (RFC 4954).

    Yields what is said; returns the reply that ends it, or "" where the login is taken.
    """
    way, _, given = rest.partition(b" ")
    asked = {b"PLAIN": ["334 "], b"LOGIN": ["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"]}
    if way.upper() not in asked:
        return "504 5.5.4 PLAIN or LOGIN"
    for question in asked[way.upper()][bool(given.strip()) :]:
        if (yield question) == b"*":
            return "501 5.7.0 as you like"
    return ""
