"""The preview's application: its routes joined, behind its guard, on a server of its own.

What must stay true: every route, also those of captured mail, is behind the guard.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from digest.bootstrap import App
from digest.errors import DigestError
from digest.web.preview.captured import Captured
from digest.web.preview.components import Components
from digest.web.preview.guard import Guard, own_names
from digest.web.preview.mail import Mails
from digest.web.preview.pages import Pages
from digest.web.preview.testing import TestMails
from digest.web.preview.workbench import Workbench
from digest.web.server import Server, listen

STATIC = Path(__file__).parent / "static"


def preview_application(bench: Workbench, hosts: set[str]) -> ASGIApp:
    """Return the application of a workbench, answering for the names in `hosts` (`host:port`)."""

    captured = Captured(bench)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with bench.running(), captured.running():
            yield

    application = Starlette(
        routes=[*_routes(bench), *captured.routes()],
        lifespan=lifespan,
        exception_handlers={DigestError: _explain, 404: _not_found},
    )
    return Guard(application, hosts=hosts, token=bench.token)


def _routes(bench: Workbench) -> list[BaseRoute]:
    mails = Mails(bench)
    icon = Route("/favicon.ico", _no_icon, methods=["GET"])
    static = Mount("/static", StaticFiles(directory=STATIC))
    pages = Pages(bench, mails)
    components = Components(bench, mails)
    own = [*pages.routes(), *mails.routes(), *components.routes(), *TestMails(bench).routes()]
    return [*own, icon, static]


async def _explain(_request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{error}\n", status_code=503)


async def _not_found(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("There is no such page.\n", status_code=404)


async def _no_icon(_request: Request) -> Response:
    return Response(status_code=204)


def make_preview_server(app: App, reopen: Callable[[], App]) -> tuple[Server, Workbench]:
    """Return a server that listens where the settings say, and the workbench that it shows.

    Raises:
        DigestError: nothing can listen there.
    """
    said = app.settings.preview
    listener = listen(said.host, said.port, table="preview")
    port = listener.getsockname()[1]
    bench = Workbench(app, reopen)
    config = uvicorn.Config(
        preview_application(bench, own_names(said.host, port)),
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    return Server(config, listener), bench
