"""Captured mail in the preview: the inbox, and one mail with the stage and tabs of the preview.

What must stay true: it only reads; what a mail says is shown as data, its HTML in a sandbox under
the policy for mails; a list of ten thousand is quick.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from digest.delivery.captured import CapturedFolder
from digest.message.reading import MessagePart
from digest.rendering.linking import links_of_parts
from digest.rendering.lint.losses import losses_of
from digest.web.preview.captured_api import CapturedApi, raw_response
from digest.web.preview.captured_mail import (
    blocked_hosts,
    is_dressable,
    is_picture,
    shown_html,
)
from digest.web.preview.captured_state import LIST, MailState, query_of, skipped
from digest.web.preview.mail import mail_response, sign_of_picture
from digest.web.preview.pages import Frame
from digest.web.preview.state import NARROWEST, WIDEST
from digest.web.preview.tabs import RULER, mark_at, message_values_of, ruler
from digest.web.preview.workbench import Workbench
from digest.workflow.inbox import PAGE, Inbox, Opened, Query, opening_words

#: The event that tells open pages of new mail.
EVENT = "captured"
_BETWEEN_LOOKS = 0.5
#: More of a text is not shown; the file has it.
MOST_LINES = 5_000
_LONGEST_LINE = 5_000

Values = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class MailTab:
    """One tab of a captured mail: a template `captured_tabs/<id>.html` and its values."""

    id: str
    label: str
    values: Callable[[Opened, MailState], Values]


def _text(opened: Opened, _state: MailState) -> Values:
    lines = cut_lines(opened.message.text)
    return {"lines": lines, "ruler": ruler(max(map(len, lines), default=RULER))}


def _source(opened: Opened, state: MailState) -> Values:
    lines = cut_lines(opened.message.html)
    return {"html": lines, "mark": mark_at(lines, state.at), "mjml": [], "why": ""}


def _message(opened: Opened, state: MailState) -> Values:
    return {**message_values_of(opened.message.raw), "eml": state.raw_url}


def _links(opened: Opened, _state: MailState) -> Values:
    return {"links": links_of_parts(opened.message.html, opened.message.text)}


def _clients(opened: Opened, _state: MailState) -> Values:
    return {"report": losses_of(opened.message.html) if opened.message.html else None}


def _nothing(_opened: Opened, _state: MailState) -> Values:
    return {}


TABS = (
    MailTab(id="preview", label="Preview", values=_nothing),
    MailTab(id="text", label="Text", values=_text),
    MailTab(id="source", label="Source", values=_source),
    MailTab(id="message", label="Message", values=_message),
    MailTab(id="links", label="Links", values=_links),
    MailTab(id="clients", label="Clients", values=_clients),
)


class Captured:
    """The pages of captured mail, and what tells them of new mail."""

    def __init__(self, bench: Workbench) -> None:
        """Show the captured mail of the bench's site."""
        self._bench = bench
        self._folder = CapturedFolder(bench.app.captured_folder)
        self.inbox = Inbox(self._folder.newest_first)

    def routes(self) -> list[Route]:
        """Return the routes, those of the JSON API included."""
        return [
            Route(LIST, self.list, methods=["GET"]),
            *CapturedApi(self.inbox).routes(),
            Route(f"{LIST}/{{mail_id}}", self.view, methods=["GET"]),
            Route(f"{LIST}/{{mail_id}}/html", self.html, methods=["GET"]),
            Route(f"{LIST}/{{mail_id}}/raw", self.raw, methods=["GET"]),
            Route(f"{LIST}/{{mail_id}}/part/{{number}}", self.part, methods=["GET"]),
        ]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Tell open pages of new mail, until the block ends."""
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def list(self, request: Request) -> Response:
        """Answer with the inbox."""
        try:
            query, wrong = query_of(request.query_params), ""
        except ValueError:
            query, wrong = Query(), "That is no moment: write 2026-03-01T12:00:00Z."
        start = skipped(request.query_params.get("start", ""))
        return await run_in_threadpool(self._list, query, start, wrong)

    async def view(self, request: Request) -> Response:
        """Answer with one mail."""
        state = _state(request)
        return await run_in_threadpool(self._view, state)

    async def html(self, request: Request) -> Response:
        """Answer with a mail's HTML, as the stage frames it."""
        state = _state(request)
        opened = await run_in_threadpool(self.inbox.open, state.id)
        if opened is None:
            return self._gone()
        html = await run_in_threadpool(shown_html, opened.message, state)
        return mail_response(html, measured="measured" in request.query_params)

    async def raw(self, request: Request) -> Response:
        """Answer with a message as it was handed over."""
        state = _state(request)
        content = await run_in_threadpool(self.inbox.raw, state.id)
        return self._gone() if content is None else raw_response(content, state.id)

    async def part(self, request: Request) -> Response:
        """Answer with a part of a mail: shown if it is a picture, else as a file."""
        state = _state(request)
        opened = await run_in_threadpool(self.inbox.open, state.id)
        part = opened.message.part(request.path_params["number"]) if opened else None
        if part is None or part.is_container:
            return self._gone()
        return await run_in_threadpool(_part_response, part)

    def _list(self, query: Query, start: int, wrong: str) -> Response:
        listing = self.inbox.page(query, start=start)
        return self._bench.page(
            "captured.html",
            listing=listing,
            query=query,
            start=start,
            page=PAGE,
            wrong=wrong,
            everything=self.inbox.count(),
            smtp_port=self._bench.app.settings.preview.smtp_port,
        )

    def _view(self, state: MailState) -> Response:
        opened = self.inbox.open(state.id) if state.id else None
        if opened is None:
            return self._gone()
        tab = next((one for one in TABS if one.id == state.tab), TABS[0])
        message = opened.message
        newer, older = self.inbox.neighbours(state.id)
        name, address = parseaddr(opened.row.author)
        return self._bench.page(
            "captured_mail.html",
            state=state,
            row=opened.row,
            sender=name or address or opened.row.author or opened.row.sender,
            snippet=opening_words(message),
            frames=_frames(opened, state),
            blocked=blocked_hosts(message.html),
            dressable=is_dressable(message.html),
            newer=newer,
            older=older,
            tabs=TABS,
            tab=tab,
            narrowest=NARROWEST,
            widest=WIDEST,
            margin=RULER,
            **{"message": message, **tab.values(opened, state)},
        )

    def _gone(self) -> Response:
        return self._bench.page("captured_gone.html", status=404)

    async def _watch(self) -> None:
        seen = await run_in_threadpool(self._folder.newest_first)
        while True:
            await asyncio.sleep(_BETWEEN_LOOKS)
            if not self._bench.hub.listening:
                continue
            now = await run_in_threadpool(self._folder.newest_first)
            if [one.key for one in now[:1]] != [one.key for one in seen[:1]] or len(now) != len(
                seen
            ):
                self._bench.hub.publish(EVENT, str(len(now)))
            seen = now


def cut_lines(text: str) -> list[str]:
    """Return the lines of a text as far as anybody reads them."""
    lines = text[: MOST_LINES * 200].splitlines()[:MOST_LINES]
    return [line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]} …" for line in lines]


def _state(request: Request) -> MailState:
    return MailState.of(request.path_params["mail_id"], request.query_params)


def _frames(opened: Opened, state: MailState) -> list[Frame]:
    if not opened.message.html:
        return []
    sign = sign_of_picture(shown_html(opened.message, state))
    sizes = {"phone": ("Phone", state.phone), "desktop": ("Desktop", state.desktop)}
    return [
        Frame(
            id=name,
            label=label,
            width=width,
            url=state.mail_url(v=sign),
            measured_url=state.mail_url(v=sign, measured="1"),
        )
        for name, (label, width) in sizes.items()
    ]


def _part_response(part: MessagePart) -> Response:
    """Answer with a part; whatever it calls itself, it is no page of ours."""
    sandbox = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
    if is_picture(part):
        # A sandboxed frame is of no origin, and could not show what is for our own origin only.
        shared = {"Cross-Origin-Resource-Policy": "cross-origin"}
        return Response(part.content, media_type=part.content_type, headers={**sandbox, **shared})
    kept = {"Content-Disposition": f'attachment; filename="part-{part.number}.bin"'}
    return Response(
        part.content, media_type="application/octet-stream", headers={**sandbox, **kept}
    )
