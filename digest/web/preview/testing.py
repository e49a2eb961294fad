"""Sends exactly the view that an editor looks at, to one address, after a confirmation.

What must stay true: only a POST that the guard let pass sends, one message for one press of the
button; what it sends is marked as a test, has links that change nothing and is recorded nowhere.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from digest.content.addresses import parse_address
from digest.errors import DigestError, UsageError
from digest.model.mailing import Verdict
from digest.web.preview.mail import state_of
from digest.web.preview.state import State
from digest.web.preview.workbench import Workbench
from digest.workflow.studio import Shown


class TestMails:
    """The confirmation and the sending."""

    __test__ = False  # no test class, whatever it is called

    def __init__(self, bench: Workbench) -> None:
        """Send what the bench's studio shows."""
        self._bench = bench

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/test/{newsletter}/{issue}", self.ask, methods=["GET"]),
            Route("/test/{newsletter}/{issue}", self.send, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """Ask where to, and show what will be sent."""
        state = state_of(request)
        shown = await run_in_threadpool(self._bench.studio.show, state.choice)
        return self._page(state, shown)

    async def send(self, request: Request) -> Response:
        """Send it, and say what the server answered."""
        state = state_of(request)
        shown = await run_in_threadpool(self._bench.studio.show, state.choice)
        form = await _form(request)
        address = form.get("address", "").strip()
        try:
            answer, sent = await self._sent(shown, address)
        except DigestError as error:
            return self._page(state, shown, address=address, wrong=str(error), status=422)
        return self._page(state, shown, address=address, answer=answer, sent=sent)

    async def _sent(self, shown: Shown, address: str) -> tuple[str, bool]:
        if not address:
            raise UsageError("address", "is empty", "Write where the test goes.")
        if shown.troubles or not (shown.sight and shown.edition and shown.rendered):
            raise UsageError("", "this view cannot be shown as it is", "Mend what is wrong first.")
        reply = await self._bench.app.send_view().run(
            shown.sight.letterhead,
            shown.edition,
            shown.rendered,
            shown.who.name,
            parse_address(address),
        )
        said = f"{reply.code} {reply.text}".strip() if reply.code else reply.text
        return said, reply.verdict is Verdict.ACCEPTED

    def _page(self, state: State, shown: Shown, *, status: int = 200, **values: object) -> Response:
        app = self._bench.app
        known: dict[str, object] = {"address": "", "wrong": "", "answer": "", "sent": False}
        return self._bench.page(
            "test.html",
            status=status,
            state=state,
            shown=shown,
            captures=app.captures,
            smtp=app.settings.smtp.host,
            **(known | values),
        )


async def _form(request: Request) -> dict[str, str]:
    """Return the fields of an urlencoded body, which the guard has found small enough."""
    from urllib.parse import parse_qs

    body = (await request.body()).decode("utf-8", errors="replace")
    return {name: values[0] for name, values in parse_qs(body).items()}
