"""The links of one mail: where a reader leaves, and where a creator answers.

A link carries a token and nothing else, so its length is the same for every reader. GET shows a
page and never changes anything, since scanners follow links; POST decides (RFC 8058, section 3.2).
Without a base URL there are no links, and so no buttons that lead nowhere.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from digest.errors import ConfigurationError
from digest.message.headers import MAX_URI
from digest.message.tokens import HANDLE_LENGTH, KeyRing, Purpose, sign_token
from digest.model.edition import Placeholder

_WHERE = "[site] base_url"
_EXAMPLE = "Write it like 'https://news.example.org' or 'https://example.org/news'."
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~/%+-]*)?")
_NOBODY = bytes(HANDLE_LENGTH)
# Looked up once: links are made for every message.
_LEAVE, _ANSWER = Purpose.LEAVE, Purpose.ANSWER
_LEAVE_URL, _ACCEPT_URL = Placeholder.LEAVE_URL, Placeholder.ACCEPT_URL
_DECLINE_URL = Placeholder.DECLINE_URL
# What a link adds to the base URL at most: "/a/", the token, "?choice=decline".
_TAIL = 3 + 32 + 15


def checked_base_url(text: str) -> str:
    """Return a base URL without its trailing slash.

    Raises:
        ConfigurationError: it is not an absolute web address in ASCII without query and fragment,
            or it is not HTTPS although readers elsewhere are to use it (RFC 8058, section 3.1).
    """
    base = text.rstrip("/")
    if not _PLAIN_URL.fullmatch(base) or len(base) + _TAIL > MAX_URI:
        raise ConfigurationError(_WHERE, f"{text!r} cannot begin a link", _EXAMPLE)
    try:
        parts = urlsplit(base)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise ConfigurationError(_WHERE, f"{text!r} is not a web address", _EXAMPLE) from error
    if not host or (parts.scheme != "https" and not _is_loopback(host)):
        raise ConfigurationError(
            _WHERE,
            f"{text!r} is not HTTPS, and one-click unsubscribe needs it",
            "Use https:// (http:// is for a loopback address only).",
        )
    return base


def make_links(
    base_url: str | None,
    ring: KeyRing,
    *,
    handle: bytes,
    issue_id: int,
    invitation_id: int,
    harmless: bool = False,
) -> dict[Placeholder, str]:
    """Return the links of one mail; answers only for who is invited.

    `base_url` is one that `checked_base_url` returned; None or "" gives no links. With `harmless`
    every link is there and none changes anything: its token is for tests and names nobody.
    """
    if not base_url:
        return {}
    if harmless:
        leave = answer = sign_token(ring, Purpose.TEST, _NOBODY, 0)
    else:
        leave = sign_token(ring, _LEAVE, handle, issue_id)
        answer = sign_token(ring, _ANSWER, handle, invitation_id) if invitation_id else ""
    links = {_LEAVE_URL: f"{base_url}/l/{leave}"}
    if answer:
        links[_ACCEPT_URL] = f"{base_url}/a/{answer}?choice=accept"
        links[_DECLINE_URL] = f"{base_url}/a/{answer}?choice=decline"
    return links


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
