"""The guard in front of the preview: whose requests are answered, and under which rules.

A loopback address keeps strangers' machines out, but not strangers' pages: any site that an editor
visits can send requests to 127.0.0.1, and by DNS rebinding can even read the answers. So the Host
must be ours (an attacker's name is not), and what changes something must come from our own page:
by its Origin, by Sec-Fetch-Site where the browser tells it, and by a token that only our own pages
know.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: More than any form of ours.
LARGEST_BODY = 64 * 1024
TOKEN_FIELD = "token"  # noqa: S105  the field's name
TOKEN_HEADER = "x-digest-token"  # noqa: S105  the header's name

#: For our own pages: scripts and styles from files of ours, mails in frames, and nothing else.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; object-src 'none'"
)
_HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    # Not `no-referrer`: then a browser sends `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Robots-Tag": "noindex, nofollow",
}


class Guard:
    """Lets through what comes from our own page, and adds the headers that every answer carries."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str], token: str) -> None:
        """Answer for these names (`host:port`), and change something for who knows the token."""
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        headers = Headers(scope=scope)
        if not self._is_ours(headers.get("host", "")):
            await _refuse(421, "This address is not the preview's.")(scope, receive, answer)
            return
        if scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, answer)
            return
        body = await _read(receive)
        if body is None:
            await _refuse(413, "That is too much.")(scope, receive, answer)
        elif self._may_change(headers, body):
            await self._app(scope, _again(body), answer)
        else:
            told = "Only the preview's own page may do that. Reload it and try again."
            await _refuse(403, told)(scope, receive, answer)

    def _is_ours(self, host: str) -> bool:
        return host.lower() in self._hosts

    def _may_change(self, headers: Mapping[str, str], body: bytes) -> bool:
        origin = headers.get("origin", "")
        if origin and origin.partition("://")[2].lower() not in self._hosts:
            return False
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return False
        given = headers.get(TOKEN_HEADER, "") or _field(body, TOKEN_FIELD)
        return hmac.compare_digest(given.encode(), self._token.encode())


def own_names(host: str, port: int) -> set[str]:
    """Return the names under which a server at an address is asked for.

    A loopback address has three of them. Of an address of all interfaces, no name is known: then
    only its own number counts, for a number cannot be rebound to another machine.
    """
    names = {_written(host)}
    if host == "localhost" or _is_loopback(host):
        names |= {"127.0.0.1", "localhost", "[::1]"}
    return {f"{name}:{port}" for name in names} | (names if port == 80 else set())


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _field(body: bytes, name: str) -> str:
    values = parse_qs(body.decode("utf-8", errors="replace")).get(name, [])
    return values[0] if len(values) == 1 else ""


async def _read(receive: Receive) -> bytes | None:
    """Return a small body, or None where it is too large or its sender is gone."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += bytes(message.get("body", b""))
        if len(body) > LARGEST_BODY:
            return None
        if not message.get("more_body"):
            return body


def _again(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _refuse(status: int, why: str) -> PlainTextResponse:
    return PlainTextResponse(f"{why}\n", status_code=status)
