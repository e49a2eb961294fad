"""`digest run` and `digest web`."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys

import click

from digest.bootstrap import App
from digest.cli.output import say_aside
from digest.cli.send import say_where_mail_goes
from digest.cli.site_option import open_app


def _log_to_stderr(app: App) -> None:
    """Log plain lines to stderr: the journal adds the time, and nothing personal is in them."""
    level = getattr(logging, app.settings.logging.level.upper())
    logging.basicConfig(stream=sys.stderr, level=level, format="%(levelname)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)


@click.command(short_help="Run the service: schedule, delivery and web pages.")
@click.option("--no-web", is_flag=True, help="Without the public pages.")
def run(*, no_web: bool) -> int:
    """Run the service until it is told to stop: schedule, delivery and the public pages.

    SIGTERM ends it cleanly: the message under way is finished, the rest waits for the next start.
    """
    from digest.daemon import Service
    from digest.delivery.loop import run as run_in_loop

    app = open_app()
    _log_to_stderr(app)
    say_where_mail_goes(app)
    app.ledger.mailings()
    run_in_loop(Service(app, pages=not no_web).run())
    return 0


@click.command(short_help="Serve the public pages: leaving and answering.")
def web() -> int:
    """Serve the public pages alone: leaving a newsletter, and answering an invitation."""
    from digest.web.server import make_server

    app = open_app()
    _log_to_stderr(app)
    server = make_server(app)
    say_aside(f"Public pages on {server.url}. Ctrl-C ends it.")

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, lambda: setattr(server, "should_exit", True))
        await server.serve_pages()

    asyncio.run(serve())
    return 0
