"""The web server: Starlette under uvicorn, with the headers that every page carries."""

from __future__ import annotations

import errno
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from digest.bootstrap import App
from digest.errors import DigestError
from digest.model.issue import Question
from digest.model.newsletter import Newsletter
from digest.web.pages import Pages

if TYPE_CHECKING:
    from starlette.types import ASGIApp

log = logging.getLogger("digest")

#: No script, no outside request, no frame; the token in a URL must not travel in a Referer.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}


async def _add_headers(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    response = await call_next(request)
    response.headers.update(HEADERS)
    return response


async def _say_try_again(_request: Request, error: Exception) -> Response:
    """Never say yes to what was not stored; a mail client asks again after a 503 (RFC 9110)."""
    log.error("a page could not be served: %s", error)
    headers = {"Retry-After": "60"}
    return PlainTextResponse("Please try again in a minute.\n", status_code=503, headers=headers)


def web_application(app: App) -> ASGIApp:
    """Return the ASGI application of a site's public pages."""
    desk = _Desk(app)
    pages = Pages(
        register=app.ledger,
        ring=app.keys.ring,
        page=app.renderer.page,
        newsletter=desk.newsletter,
        question=desk.question,
        now=app.clock.now,
    )
    return Starlette(
        routes=pages.routes(),
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=_add_headers)],
        exception_handlers={DigestError: _say_try_again},
    )


class _Desk:
    """Reads what the pages say of a newsletter; a broken file must not break leaving."""

    def __init__(self, app: App) -> None:
        self._app = app

    def newsletter(self, newsletter_id: str) -> Newsletter | None:
        try:
            return self._app.publication(newsletter_id)[0].newsletter
        except (DigestError, OSError):
            return None

    def question(self, newsletter_id: str, question_id: str) -> Question | None:
        try:
            questions = self._app.publication(newsletter_id)[0].questions
        except (DigestError, OSError):
            return None
        return next((one for one in questions if one.id == question_id), None)


class Server(uvicorn.Server):
    """A uvicorn that leaves signals to whoever runs the event loop, and listens from the start.

    Inside our loop uvicorn would raise SIGTERM again after its own shutdown, and our clean-up
    would never run. It would also end the process by itself where it cannot listen.
    """

    def __init__(self, config: uvicorn.Config, listener: socket.socket) -> None:
        """Take a socket that listens already."""
        super().__init__(config)
        self._listener = listener

    @property
    def url(self) -> str:
        """Return where the pages are, with the port that the system chose if none was named."""
        host, port = self._listener.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def serve_pages(self) -> None:
        """Serve until `should_exit`."""
        await self.serve(sockets=[self._listener])

    def capture_signals(self):  # type: ignore[no-untyped-def]
        """Capture none."""
        from contextlib import nullcontext

        return nullcontext()


def make_server(app: App) -> Server:
    """Return a server that listens at the address that the settings name.

    Raises:
        DigestError: nothing can listen there.
    """
    config = uvicorn.Config(
        web_application(app),
        # Access logs hold URLs, and URLs hold tokens.
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    return Server(config, listen(app.settings.web.host, app.settings.web.port, table="web"))


def listen(host: str, port: int, *, table: str) -> socket.socket:
    """Return a socket that listens at the address that a table of the settings names.

    Raises:
        DigestError: nothing can listen there.
    """
    where = f"[{table}] {host}:{port}"
    variable = f"DIGEST_{table.upper()}__PORT"
    try:
        kind = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=kind, backlog=2048)
    except OSError as error:
        # Python adds the address, which is said already; a name's error has a number of its own.
        number = error.errno or 0
        reason = os.strerror(number) if number > 0 else error.strerror or str(error)
        hint = f"Set another [{table}] host or port ({variable})."
        if number == errno.EADDRINUSE:
            hint = f"Is another digest running? Or set another [{table}] port ({variable})."
        raise DigestError(where, f"the pages cannot be served ({reason})", hint) from error
