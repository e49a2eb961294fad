"""Links as addresses: whole, safe, and leading somewhere. Hosts are looked at in `hosts`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from digest.model.finding import CheckRule, Finding, Level
from digest.rendering.lint.mail import Mail, quoted, words_of
from digest.rendering.lint.tree import Element

EMPTY = CheckRule(
    id="empty-link",
    level=Level.ERROR,
    what="a link without an address, or without words",
    why="it looks like a link and does nothing, or nobody who listens knows where it leads",
    mend="Give it an address and words (a picture in it: an alt), or take the link away.",
)
RELATIVE = CheckRule(
    id="relative-link",
    level=Level.ERROR,
    what="a link that is not a whole address",
    why="a mail stands on no page, so it leads nowhere",
    mend="Write all of it, beginning with https://.",
)
UNSAFE = CheckRule(
    id="unsafe-link",
    level=Level.ERROR,
    what="javascript:, data:, vbscript:, file: and any scheme but https, http, mailto and tel",
    why="clients take such a link away, and filters the whole mail",
    mend="Link to a page by https.",
    waivable=False,
)
INSECURE = CheckRule(
    id="http-link",
    level=Level.WARNING,
    what="a link by http",
    why="anybody on the way can read and change what the reader sees",
    mend="Write https://, or link to a page that has it.",
)
MALFORMED = CheckRule(
    id="malformed-link",
    level=Level.ERROR,
    what="an address that no browser can read, or that each reads in its own way",
    why="it leads nowhere, or somewhere else",
    mend="Copy the address from the browser; write a space as %20.",
)
DEAD_ANCHOR = CheckRule(
    id="dead-anchor",
    level=Level.ERROR,
    what="a link to a place in the mail that does not exist",
    why="it looks like a link and does nothing",
    mend="Give the target that id, or take the link away.",
)
RULES = (EMPTY, RELATIVE, UNSAFE, INSECURE, MALFORMED, DEAD_ANCHOR)

SAFE_SCHEMES = frozenset(("http", "https", "mailto", "tel"))

_SCHEME = re.compile(r"\s*(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*):")
#: What browsers throw away or turn round in silence, so that the eye sees another address.
_BAD = re.compile(r"[\x00-\x20\x7f-\xa0\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\\<>\"]")
_HOST = re.compile(r"[^\x00-\x2c/:;<=>?@\[\\\]^`{|}\x7f%]{1,253}")
_MAILBOX = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+")
_PHONE = re.compile(r"\+?[0-9().;a-z=-]{2,40}", re.IGNORECASE)


class Link(NamedTuple):
    """A plain (not personal) link of a mail."""

    element: Element
    address: str
    url: SplitResult


def check(mail: Mail) -> Iterator[Finding]:
    """Yield what is wrong with the addresses of links."""
    for element in mail.html.find("a", "area"):
        address = element.attributes.get("href")
        if address is None:
            continue  # a place to lead to
        if mail.placeholder(address) is None:
            yield from _address(mail, element, address)
        if element.tag == "a" and not words_of(element) and "aria-label" not in element.attributes:
            yield mail.noticed(EMPTY, f"the link to {quoted(address)} has no words", about=address)


def plain_links(mail: Mail) -> Iterator[Link]:
    """Yield the links to pages that can be read as addresses."""
    for element in mail.html.find("a", "area"):
        address = element.attributes.get("href", "").strip()
        url = split(address)
        if url and url.scheme in ("http", "https") and url.hostname:
            yield Link(element, address, url)


def split(address: str) -> SplitResult | None:
    """Return the parts of an address, None where it has none that can be read."""
    try:
        url = urlsplit(address)
        url.port  # noqa: B018  reading it is the check
        url.hostname  # noqa: B018
    except ValueError:
        return None
    return url


def _address(mail: Mail, element: Element, address: str) -> Iterator[Finding]:
    words = quoted(words_of(element))
    bare = address.strip()
    scheme = _SCHEME.match(_BAD.sub("", address))  # browsers read java&#10;script: as one word
    if bare in ("", "#"):
        yield mail.noticed(EMPTY, f"the link {words} has no address", about=words_of(element))
    elif bare.startswith("#"):
        yield from _anchor(mail, bare[1:], words)
    elif scheme is None:
        yield mail.noticed(RELATIVE, f"{quoted(bare)} is not a whole address", about=bare)
    elif scheme["scheme"].lower() not in SAFE_SCHEMES:
        yield mail.noticed(UNSAFE, f"{quoted(bare)} is no link for a mail", about=bare)
    elif wrong := _wrong(bare, scheme["scheme"].lower()):
        yield mail.noticed(MALFORMED, f"{quoted(bare)} {wrong}", about=bare)
    elif scheme["scheme"].lower() == "http" and not _is_loopback(bare):
        yield mail.noticed(INSECURE, f"{quoted(bare)} is not secure", about=bare)


def _anchor(mail: Mail, name: str, words: str) -> Iterator[Finding]:
    if name not in mail.html.targets:
        yield mail.noticed(DEAD_ANCHOR, f"{words} leads to {quoted('#' + name)}, which is nowhere")


def _wrong(address: str, scheme: str) -> str:
    """Return what is wrong with an address, "" where nothing is."""
    if _BAD.search(address):
        return "holds a space, a backslash or something invisible"
    rest = address.partition(":")[2]
    if scheme == "mailto":
        box = rest.partition("?")[0]
        return "" if _MAILBOX.fullmatch(box) else "names no mailbox"
    if scheme == "tel":
        return "" if _PHONE.fullmatch(rest) else "is no telephone number"
    url = split(address)
    if not rest.startswith("//") or url is None or not url.hostname:
        return "names no host"
    return "" if _is_host(url.hostname) else "names a host that cannot be"


def _is_host(host: str) -> bool:
    if ":" in host:
        return _address_of(host) is not None
    labels = host.removesuffix(".").split(".")
    return bool(_HOST.fullmatch(host)) and all(0 < len(label) < 64 for label in labels)


def _is_loopback(address: str) -> bool:
    """Return whether an address stays on this machine, as those of a site under work do."""
    url = split(address)
    host = (url.hostname or "") if url else ""
    return host == "localhost" or getattr(_address_of(host), "is_loopback", False)


def _address_of(host: str) -> object | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None
