"""What every page of the preview stands on: the site as its files are now, and who looks at it.

Files are watched; what was saved is looked at anew, and every open page is told. Behind the pages
the next issue is judged edition by edition, so that the findings come soon after the picture and
never before it. What must stay true: a broken file, template or setting ends nothing; the last good
one is still shown. All of it runs on the event loop, and what takes long in threads.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse

from digest.bootstrap import App
from digest.errors import DigestError
from digest.model.finding import Finding
from digest.paths import shipped
from digest.rendering.renderer import Renderer
from digest.web.preview.blocks import Tracings
from digest.web.preview.hub import Hub
from digest.workflow.gate import findings_of
from digest.workflow.plan import Plan
from digest.workflow.studio import Studio

#: The pages in the bar at the top: label -> address.
NAVIGATION = {"Preview": "/", "Captured mail": "/captured", "Components": "/components"}
SETTINGS = "digest.toml"
TEMPLATES = "templates"
_FOLDERS = ("content", TEMPLATES)
#: The picture comes first: judging waits so long after a change, and so long between two editions.
_AFTER_A_CHANGE = 0.35
_BETWEEN = 0.002
#: So long it takes at most until a folder that came is watched.
_UNTIL_WATCHED = 1.0

log = logging.getLogger("digest")


@dataclass(frozen=True, kw_only=True, slots=True)
class Examined:
    """How far the next issue of a newsletter was judged, since the files last changed."""

    done: int = 0
    editions: int = 0
    plan: Plan | None = None
    """The plan with the gate's findings, once all is judged."""
    failed: tuple[Finding, ...] = ()
    earlier: tuple[Finding, ...] = ()
    """What was found before the last change, while this is under way."""

    @property
    def finished(self) -> bool:
        """Return whether the findings are complete."""
        return self.plan is not None or bool(self.failed)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return what is known now."""
        return self.plan.findings if self.plan else self.failed or self.earlier


class Workbench:
    """One site, looked at."""

    def __init__(self, app: App, reopen: Callable[[], App]) -> None:
        """Begin with the parts of a site; `reopen` reads its settings again (DigestError)."""
        self.app = app
        self.reopen = reopen
        self.token = secrets.token_urlsafe(24)
        self.hub = Hub()
        self.generation = 0
        """How often something was saved since the start."""
        self.broken_settings: tuple[Finding, ...] = ()
        self._with_database = app.has_database
        self.studio: Studio = app.studio()
        self.tracings = Tracings()
        # A site's own templates cannot break the page that has to show what is wrong with them.
        self._pages = Renderer([shipped(TEMPLATES)])
        self._examined: dict[str, Examined] = {}
        self._wanted: dict[str, int] = {}
        self._asked = asyncio.Event()
        self._folders_changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    # --- pages ----------------------------------------------------------------------------------

    def page(self, name: str, *, status: int = 200, **values: object) -> HTMLResponse:
        """Return a page of templates/web/preview/."""
        known = {
            "language": "en",
            "token": self.token,
            "site": self.app.home.name,
            "navigation": NAVIGATION,
            **values,
        }
        return HTMLResponse(self._pages.page(f"preview/{name}", **known), status_code=status)

    def fresh(self) -> None:
        """Take notice of a database that came or went since the site was opened."""
        if self.app.has_database != self._with_database:
            self._open_again()

    def examined(self, newsletter: str) -> Examined:
        """Return how far the next issue is judged, and let it be judged if it is not."""
        if self._wanted.get(newsletter) != self.generation:
            self._wanted[newsletter] = self.generation
            before = self._examined.get(newsletter, Examined())
            self._examined[newsletter] = Examined(earlier=before.findings)
            self._asked.set()
        return self._examined[newsletter]

    # --- running --------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Watch the site and judge what is looked at, until the block ends."""
        self._tasks = [
            asyncio.create_task(self._watch_files()),
            asyncio.create_task(self._watch_settings()),
            asyncio.create_task(self._examine_what_is_asked()),
        ]
        for task in self._tasks:
            task.add_done_callback(_say_what_ended)
        try:
            yield
        finally:
            self.hub.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self.app.close()

    def changed(self, names: set[str]) -> None:
        """Look at the site anew: these of its files were saved."""
        if SETTINGS in names or any(_is_kept_by_the_renderer(name) for name in names):
            self._open_again()
        self.studio.forget()
        if any(name.startswith(TEMPLATES) for name in names):
            self.studio.remembered.forget()
        self.generation += 1
        self.hub.publish("changed", str(self.generation))

    def _open_again(self) -> None:
        try:
            app = self.reopen()
            studio = app.studio()
        except DigestError as error:
            self.broken_settings = tuple(findings_of(error, rule="content"))
            return
        self.broken_settings = ()
        studio.take_over(self.studio)
        self.app.close()
        self.app, self.studio = app, studio
        self._with_database = app.has_database
        self.generation += 1

    async def _watch_files(self) -> None:
        from watchfiles import awatch

        home = self.app.home
        while True:
            self._folders_changed.clear()
            there = [folder for name in _FOLDERS if (folder := home / name).is_dir()]
            if not there:
                await self._folders_changed.wait()
                continue
            async for changes in awatch(
                *there,
                debounce=200,
                step=20,
                watch_filter=_counts,
                stop_event=self._folders_changed,
            ):
                self.changed({_name(path, home) for _, path in changes})

    async def _watch_settings(self) -> None:
        from watchfiles import awatch

        home = self.app.home
        # The folder, not the file: most programs that save put a new file in its place.
        async for changes in awatch(home, recursive=False, debounce=200, step=20):
            names = {_name(path, home) for _, path in changes}
            if SETTINGS in names:
                self.changed({SETTINGS})
            if came := names & set(_FOLDERS):
                # A folder that was made, or taken away, while the preview ran.
                self._folders_changed.set()
                self.changed(came)
                # What was saved in it before it was watched.
                asyncio.get_running_loop().call_later(_UNTIL_WATCHED, self.changed, {*came})

    async def _examine_what_is_asked(self) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            await asyncio.sleep(_AFTER_A_CHANGE)
            for newsletter in list(self._wanted):
                if not self._examined[newsletter].finished:
                    await self._examine(newsletter)

    async def _examine(self, newsletter: str) -> None:
        generation, studio = self.generation, self.studio
        steps = studio.examine(newsletter)
        before = self._examined[newsletter]
        try:
            while (step := await run_in_threadpool(next, steps, None)) is not None:
                if self.generation != generation:
                    self._asked.set()
                    return
                if isinstance(step, tuple):
                    done, editions = step
                    now = Examined(done=done, editions=editions, earlier=before.earlier)
                else:
                    now = Examined(plan=step)
                self._examined[newsletter] = now
                await asyncio.sleep(_BETWEEN)
        except DigestError as error:
            self._examined[newsletter] = Examined(failed=tuple(findings_of(error, rule="content")))
        self.hub.publish("checked", newsletter)


def _say_what_ended(task: asyncio.Task[None]) -> None:
    """Say that saved files are no longer noticed, or judged: the pages themselves go on."""
    if not task.cancelled() and (error := task.exception()):
        log.error("the preview must be started again to see what is saved: %r", error)


def _is_kept_by_the_renderer(name: str) -> bool:
    """Return whether a renderer looks only once: which folders there are, words and theme."""
    return name == TEMPLATES or (name.startswith(f"{TEMPLATES}/") and name.endswith(".toml"))


def _counts(_change: object, path: str) -> bool:
    """Return whether a file is one of an editor's, not what a program keeps beside it."""
    name = Path(path).name
    return not name.startswith((".", "#")) and not name.endswith(("~", ".swp", ".swx", ".tmp"))


def _name(path: str, home: Path) -> str:
    found = Path(path)
    return found.relative_to(home).as_posix() if found.is_relative_to(home) else found.name
