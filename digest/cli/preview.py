"""`digest preview`."""

from __future__ import annotations

import asyncio
import signal
import webbrowser
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import click

from digest.bootstrap import App, bootstrap
from digest.cli.output import say_aside, warn
from digest.cli.rehearsal import bring_chaos, chaos_options
from digest.cli.site_option import open_app
from digest.errors import DigestError
from digest.settings import load_settings

if TYPE_CHECKING:
    from digest.web.preview.workbench import Workbench
    from digest.web.server import Server


@click.command(short_help="See in a browser what every reader will get.")
@click.option("--port", type=click.IntRange(0, 65535), help="Listen here (0: a free port).")
@click.option("--open", "opens", is_flag=True, help="Open the page in the browser.")
@chaos_options
def preview(*, port: int | None, opens: bool, chaos: str | None, chaos_seed: int | None) -> int:
    """See in a browser what every reader will get, and leave it open: a saved file redraws it.

    Any newsletter, issue, language, reader, width and colour scheme; what is wrong, and where.
    It listens on this machine only, stores nothing and changes nothing; its links lead nowhere.
    Mail that any program sends to its SMTP port is captured and shown under /captured.
    """
    from digest.web.preview.application import make_preview_server

    app = open_app()
    if port is not None:
        app = _at_port(app, port)
    bring_chaos(app, chaos, chaos_seed)
    server, bench = make_preview_server(app, lambda: _again(app))
    say_aside(f"Preview on {server.url}/. Ctrl-C ends it.")
    if opens:
        webbrowser.open(server.url)
    asyncio.run(_serve(server, bench, app))
    return 0


def _again(app: App) -> App:
    fresh = bootstrap(load_settings(app.home))
    fresh.chaos = app.chaos
    return fresh


def _at_port(app: App, port: int) -> App:
    settings = app.settings
    chosen = settings.preview.model_copy(update={"port": port})
    return bootstrap(settings.model_copy(update={"preview": chosen}))


async def _serve(server: Server, bench: Workbench, app: App) -> None:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        # The pages that listen would hold the end up.
        bench.hub.close()
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    async with AsyncExitStack() as stack:
        await _capture(stack, app)
        await server.serve_pages()


async def _capture(stack: AsyncExitStack, app: App) -> None:
    """Take mail from any program, as long as the pages are served; without it, they still are."""
    try:
        capture = await stack.enter_async_context(
            app.capture_server(app.settings.preview.smtp_port)
        )
    except DigestError as error:
        variable = "DIGEST_PREVIEW__SMTP_PORT"
        warn(f"{error} Set another [preview] smtp_port ({variable}) to capture mail of programs.")
        return
    say_aside(f"SMTP for any program on {capture.host}:{capture.port}; mail is captured.")
