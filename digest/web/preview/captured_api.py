"""Captured mail as JSON, for people's own tests: list, search, open, wait for, raw.

`docs/captured.md` is its contract. What must stay true: it only reads; a wait ends when a mail is
there, when its time is over, or when nobody listens any more.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from digest.message.reading import MessagePart
from digest.rendering.linking import links_of_parts
from digest.web.preview.captured_state import LIST, limit_of, query_of, skipped
from digest.workflow.inbox import Inbox, Opened, Query, Row

API = f"{LIST}/api"
LONGEST_WAIT = 300.0
USUAL_WAIT = 10.0
#: A mail is noticed so soon after it came.
_BETWEEN_LOOKS = 0.05
_LONGEST_TEXT = 1_000_000


class CapturedApi:
    """The routes of the JSON API."""

    def __init__(self, inbox: Inbox) -> None:
        """Tell of one inbox."""
        self._inbox = inbox

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(f"{API}/messages", self.messages, methods=["GET"]),
            Route(f"{API}/messages/{{mail_id}}", self.message, methods=["GET"]),
            Route(f"{API}/messages/{{mail_id}}/raw", self.raw, methods=["GET"]),
            Route(f"{API}/wait", self.wait, methods=["GET"]),
        ]

    async def messages(self, request: Request) -> Response:
        """List or search, the newest first."""
        query = _query(request.query_params)
        if query is None:
            return _wrong_since()
        start = skipped(request.query_params.get("start", ""))
        limit = limit_of(request.query_params.get("limit", ""))
        listing = await run_in_threadpool(self._inbox.page, query, start=start, limit=limit)
        rows = [row_values(row) for row in listing.rows]
        return JSONResponse({"total": listing.total, "start": start, "messages": rows})

    async def message(self, request: Request) -> Response:
        """Open one."""
        opened = await run_in_threadpool(self._inbox.open, request.path_params["mail_id"])
        if opened is None:
            return _missing()
        return JSONResponse(await run_in_threadpool(mail_values, opened))

    async def raw(self, request: Request) -> Response:
        """Answer with a message's bytes."""
        content = await run_in_threadpool(self._inbox.raw, request.path_params["mail_id"])
        return _missing() if content is None else raw_response(content, "message")

    async def wait(self, request: Request) -> Response:
        """Answer with the newest mail that matches, as soon as there is one."""
        query = _query(request.query_params)
        seconds = _seconds(request.query_params.get("timeout", ""))
        if query is None:
            return _wrong_since()
        if seconds is None:
            return JSONResponse({"error": "timeout is no number of seconds"}, status_code=400)
        row = await self._found(request, query, seconds)
        if row is None:
            told = f"no such mail came within {seconds:g} seconds"
            return JSONResponse({"error": told}, status_code=408)
        return JSONResponse(row_values(row))

    async def _found(self, request: Request, query: Query, seconds: float) -> Row | None:
        until = time.monotonic() + seconds
        while True:
            row = await run_in_threadpool(self._inbox.newest, query)
            if row or time.monotonic() >= until or await request.is_disconnected():
                return row
            await anyio.sleep(_BETWEEN_LOOKS)


def row_values(row: Row) -> dict[str, Any]:
    """Return a row of the list as JSON tells it."""
    return {
        "id": row.id,
        "captured_at": row.captured_at.isoformat(),
        "envelope": {"from": row.sender, "to": row.recipient},
        "from": row.author,
        "to": row.to,
        "subject": row.subject,
        "size": row.size,
        "attachments": row.files,
        "url": f"{LIST}/{row.id}",
        "raw": f"{API}/messages/{row.id}/raw",
    }


def mail_values(opened: Opened) -> dict[str, Any]:
    """Return one mail as JSON tells it."""
    message = opened.message
    return {
        **row_values(opened.row),
        "headers": [[header.name, header.value] for header in message.headers],
        "text": message.text[:_LONGEST_TEXT],
        "html": message.html[:_LONGEST_TEXT],
        "links": [
            {"url": link.url, "words": link.words, "html": link.in_html, "text": link.in_text}
            for link in links_of_parts(message.html, message.text)
        ],
        "parts": [_part_values(part) for part in message.parts],
        "odd": list(message.odd),
    }


def raw_response(content: bytes, name: str) -> Response:
    """Answer with a message as a file."""
    return Response(
        content,
        media_type="message/rfc822",
        headers={"Content-Disposition": f'attachment; filename="{name}.eml"'},
    )


def _part_values(part: MessagePart) -> dict[str, Any]:
    return {
        "number": part.number,
        "type": part.content_type,
        "charset": part.charset,
        "disposition": part.disposition,
        "file_name": part.file_name,
        "content_id": part.content_id,
        "size": None if part.is_container else part.size,
    }


def _query(said: Mapping[str, str]) -> Query | None:
    try:
        return query_of(said)
    except ValueError:
        return None


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text or USUAL_WAIT)
    except ValueError:
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT) if seconds == seconds else None  # noqa: PLR0124


def _wrong_since() -> Response:
    told = "since is no moment: write 2026-03-01T12:00:00Z or seconds since 1970"
    return JSONResponse({"error": told}, status_code=400)


def _missing() -> Response:
    return JSONResponse({"error": "there is no such mail"}, status_code=404)
