"""The preview's page: one view of one issue, with everything that can be chosen around it.

What must stay true: whatever is wrong with files, templates, settings or database, the page comes,
says what is wrong and where, and shows the last good picture behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from digest.model.finding import Finding, Level
from digest.web.preview.column import column_of
from digest.web.preview.mail import Mails, sign_of_picture, state_of
from digest.web.preview.places import Place, Places
from digest.web.preview.state import NARROWEST, WIDEST, State
from digest.web.preview.tabs import TABS, View, tab_of
from digest.web.preview.workbench import Examined, Workbench
from digest.workflow.studio import Shown

#: More errors than this are not read one by one; they are counted.
MOST_TROUBLES = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """One device of the stage."""

    id: str
    label: str
    width: int
    url: str
    """Of the mail, as it is shown."""
    measured_url: str
    """Of the same mail, as our page may measure it."""


class Pages:
    """The page, and the stream that tells it to look again."""

    def __init__(self, bench: Workbench, mails: Mails) -> None:
        """Show what the bench's studio shows."""
        self._bench = bench
        self._mails = mails

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/", self.first, methods=["GET"]),
            Route("/view/{newsletter}/{issue}", self.view, methods=["GET"]),
            Route("/events", self.events, methods=["GET"]),
        ]

    async def first(self, _request: Request) -> Response:
        """Lead to the next issue of the first newsletter."""
        names = await run_in_threadpool(self._bench.studio.newsletters)
        if not names:
            return self._bench.page("empty.html")
        return RedirectResponse(State(newsletter=names[0]).url(), status_code=307)

    async def events(self, _request: Request) -> Response:
        """Tell a page what happens, as long as it listens."""
        return StreamingResponse(self._bench.hub.stream(), media_type="text/event-stream")

    async def view(self, request: Request) -> Response:
        """Answer with the page of a view."""
        state = state_of(request)
        # Asked on the loop: it may wake the judging of the issue.
        self._bench.fresh()
        examined = self._bench.examined(state.newsletter)
        return await run_in_threadpool(self._view, state, examined)

    def _view(self, state: State, examined: Examined) -> Response:
        bench = self._bench
        shown = bench.studio.show(state.choice)
        places = Places(bench.app.home, bench.app.settings.preview.editor)
        tab = tab_of(state.tab)
        blocks = bench.tracings.blocks(bench.app, shown, places) if state.blocks == "on" else None
        view = View(bench=bench, state=state, shown=shown, places=places)
        troubles = [*bench.broken_settings, *shown.troubles]
        sight = shown.sight
        return bench.page(
            "view.html",
            state=state,
            shown=shown,
            sight=sight,
            column=column_of(bench.studio, state, shown),
            frames=self._frames(state, shown),
            troubles=_placed(troubles[:MOST_TROUBLES], places),
            more_troubles=max(0, len(troubles) - MOST_TROUBLES),
            blocks=blocks,
            tabs=TABS,
            tab=tab,
            counts=_counts(examined) if state.choice.number is None else {},
            examined=examined if state.choice.number is None else None,
            narrowest=NARROWEST,
            widest=WIDEST,
            captures=bench.app.captures,
            smtp=bench.app.settings.smtp.host,
            **tab.values(view),
        )

    def _frames(self, state: State, shown: Shown) -> list[Frame]:
        if shown.rendered is None:
            return []
        sign = sign_of_picture(self._mails.dressed(shown, state))
        more = {"blocks": "on"} if state.blocks == "on" else {}
        sizes = {"phone": ("Phone", state.phone), "desktop": ("Desktop", state.desktop)}
        return [
            Frame(
                id=name,
                label=label,
                width=width,
                url=state.mail_url(v=sign),
                measured_url=state.mail_url(v=sign, measured="1", **more),
            )
            for name, (label, width) in sizes.items()
        ]


def _placed(troubles: Sequence[Finding], places: Places) -> list[tuple[Finding, Place]]:
    return [(one, places.of(one, excerpt=not one.excerpt)) for one in troubles]


def _counts(examined: Examined) -> dict[str, int]:
    """Return how many findings stand, by level."""
    standing = [one for one in examined.findings if not one.waived]
    return {level.value: sum(one.level is level for one in standing) for level in Level}
