"""The service: schedule, delivery and the public pages in one process.

APScheduler only wakes; the database decides. Its tick looks at the wall clock often enough that a
slot is noticed within a minute, and what a tick finds due is claimed as a row with a unique key.
The only file that imports APScheduler.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from digest.bootstrap import App
from digest.errors import DigestError, TryAgainLater
from digest.workflow.due import Dealt
from digest.workflow.send import Ending

if TYPE_CHECKING:
    from digest.web.server import Server

log = logging.getLogger("digest")

#: How often the schedule is looked at.
TICK_SECONDS = 30
#: The limits are waited for so long at a time: longer than any limit a second or a minute closes,
#: short enough for the other newsletters.
PATIENCE = timedelta(minutes=1)


class Service:
    """What `digest run` runs, until it is asked to stop."""

    def __init__(self, app: App, *, tick_seconds: float = TICK_SECONDS, pages: bool = True) -> None:
        """Take the site's parts; nothing runs yet."""
        self._app = app
        self._tick_seconds = tick_seconds
        self._pages = pages
        self._said: dict[str, str] = {}

    async def run(self) -> None:
        """Run until SIGTERM, SIGINT or `App.stop`; a message under way is finished first."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._app.stop.set)
        server = self._server()
        serving = asyncio.create_task(server.serve_pages()) if server else None
        scheduler = self._scheduler()
        scheduler.start()
        log.info("the service runs; newsletters: %s", ", ".join(self._app.newsletters) or "none")
        if server:
            log.info("public pages on %s", server.url)
        try:
            await self._until_stopped(serving)
        finally:
            scheduler.pause()
            await self._ticked.wait()
            scheduler.shutdown(wait=False)
            if server and serving:
                server.should_exit = True
                await asyncio.gather(serving, return_exceptions=True)
        log.info("the service has stopped")

    def _server(self) -> Server | None:
        if not self._pages:
            return None
        from digest.web.server import make_server

        return make_server(self._app)

    def _scheduler(self) -> AsyncIOScheduler:
        self._ticked = asyncio.Event()
        self._ticked.set()
        scheduler = AsyncIOScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": AsyncIOExecutor()},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone=UTC,
        )
        scheduler.add_job(self._tick, "interval", seconds=self._tick_seconds, id="tick")
        scheduler.add_job(self._tick, id="first tick")
        return scheduler

    async def _until_stopped(self, serving: asyncio.Task[None] | None) -> None:
        stopped = asyncio.create_task(self._app.stop.wait())
        waiting = {stopped, serving} if serving else {stopped}
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if serving in done and not self._app.stop.is_set():
            self._app.stop.set()
            raise DigestError("web", "the pages could not be served", "Is the port in use?")

    async def _tick(self) -> None:
        """Deal with what is due. A tick that finds another at work leaves it to that one."""
        if not self._ticked.is_set() or self._app.stop.is_set():
            return
        self._ticked.clear()
        try:
            for newsletter in self._app.newsletters:
                await self._deal_with(newsletter)
        finally:
            self._ticked.set()

    async def _deal_with(self, name: str) -> None:
        try:
            publication, _ = self._app.publication(name)
            case = self._app.send_due(notice=log.warning, patience=PATIENCE)
            dealt = await case.run(publication.newsletter)
        except TryAgainLater as error:
            self._say_once(name, logging.INFO, str(error))
        except DigestError as error:
            self._say_once(name, logging.ERROR, str(error))
        except Exception:
            log.exception("%s: unexpected error; the service goes on", name)
        else:
            self._say(dealt)

    def _say(self, dealt: Dealt) -> None:
        for wall_time in dealt.missed:
            log.error("%s: slot %s was missed, too old to be sent", dealt.newsletter, wall_time)
        if dealt.waits:
            self._say_once(dealt.newsletter, logging.WARNING, dealt.waits)
            return
        sent = dealt.sent
        if sent is None:
            self._said.pop(dealt.newsletter, None)
            return
        about = f"slot {dealt.slot}: {sent.ending.value}" if dealt.slot else sent.ending.value
        number = sent.mailing.number if sent.mailing else None
        text = f"issue {number}, {about}" if number else f"{about} {sent.reason}".strip()
        level = logging.ERROR if sent.ending is Ending.ERRORS else logging.INFO
        self._say_once(dealt.newsletter, level, text)

    def _say_once(self, name: str, level: int, text: str) -> None:
        """Log a line, but not the same one again at every tick."""
        if self._said.get(name) != text:
            self._said[name] = text
            log.log(level, "%s: %s", name, text)
