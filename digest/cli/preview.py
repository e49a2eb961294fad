"""`digest preview`."""

from __future__ import annotations

import asyncio
import signal
import webbrowser
from typing import TYPE_CHECKING

import click

from digest.bootstrap import App, bootstrap
from digest.cli.output import say_aside
from digest.cli.site_option import open_app
from digest.settings import load_settings

if TYPE_CHECKING:
    from digest.web.preview.workbench import Workbench
    from digest.web.server import Server


@click.command(short_help="See in a browser what every reader will get.")
@click.option("--port", type=click.IntRange(0, 65535), help="Listen here (0: a free port).")
@click.option("--open", "opens", is_flag=True, help="Open the page in the browser.")
def preview(*, port: int | None, opens: bool) -> int:
    """See in a browser what every reader will get, and leave it open: a saved file redraws it.

    Any newsletter, issue, language, reader, width and colour scheme; what is wrong, and where.
    It listens on this machine only, stores nothing and changes nothing; its links lead nowhere.
    """
    from digest.web.preview.application import make_preview_server

    app = open_app()
    if port is not None:
        app = _at_port(app, port)
    server, bench = make_preview_server(app, lambda: bootstrap(load_settings(app.home)))
    say_aside(f"Preview on {server.url}/. Ctrl-C ends it.")
    if opens:
        webbrowser.open(server.url)
    asyncio.run(_serve(server, bench))
    return 0


def _at_port(app: App, port: int) -> App:
    settings = app.settings
    chosen = settings.preview.model_copy(update={"port": port})
    return bootstrap(settings.model_copy(update={"preview": chosen}))


async def _serve(server: Server, bench: Workbench) -> None:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        # The pages that listen would hold the end up.
        bench.hub.close()
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    await server.serve_pages()
