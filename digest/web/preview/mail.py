"""The mail itself, as the stage frames it; its pictures; its message as a file.

A mail is hostile until shown otherwise. What must stay true: it is answered under a policy that
runs no script, sends no form and loads nothing but pictures of ours by their hash, and in a sandbox
of its own, so that it is harmless even where somebody opens its address alone.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Iterable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from digest.model.picture import Picture
from digest.rendering.inboxes import Scheme, dress, with_tag
from digest.web.preview.state import State
from digest.web.preview.workbench import Workbench
from digest.workflow.studio import Shown

#: For a mail: inline styles, pictures from here, and nothing else. The sandbox runs no script; the
#: measured copy of a mail, which nobody sees, may be read by our page and has no script either.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'; "
)
SEEN, MEASURED = "sandbox", "sandbox allow-same-origin"
#: A click on a link would leave the frame; to a new window it does nothing: a sandbox opens none.
_NOWHERE = '<base target="_blank">'
_MOST_PICTURES = 200


class PictureShelf:
    """The pictures of the mails that were shown last, by file name."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: OrderedDict[str, Picture] = OrderedDict()

    def keep(self, pictures: Iterable[Picture]) -> None:
        """Have these at hand."""
        for picture in pictures:
            self._kept[picture.file_name] = picture
            self._kept.move_to_end(picture.file_name)
        while len(self._kept) > _MOST_PICTURES:
            self._kept.popitem(last=False)

    def find(self, name: str) -> Picture | None:
        """Return a picture by its content-addressed name, or None."""
        return self._kept.get(name)


def localised(html: str, pictures: Iterable[Picture]) -> str:
    """Return a mail whose pictures are found here, wherever its readers find them."""
    for picture in pictures:
        name = picture.file_name
        html = html.replace(f"cid:{picture.content_id}", f"/picture/{name}")
        html = re.sub(rf"https?://[^\s\"'()<>]*/{re.escape(name)}", f"/picture/{name}", html)
    return html


def framed(html: str, scheme: Scheme, *, images: bool, styles: bool) -> str:
    """Return a mail dressed as an inbox shows it, its links leading nowhere."""
    return with_tag(dress(html, scheme, images=images, styles=styles), _NOWHERE)


def mail_response(html: str, *, measured: bool = False) -> Response:
    """Answer with a mail's HTML, under the policy for mails."""
    return Response(
        html.encode("utf-8", "replace"),
        media_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": MAIL_POLICY + (MEASURED if measured else SEEN)},
    )


def sign_of_picture(html: str) -> str:
    """Return a sign that is another where the picture is: a frame is drawn anew only then."""
    return hashlib.sha256(html.encode("utf-8", "replace")).hexdigest()[:16]


class Mails:
    """The routes of mails, pictures and messages."""

    def __init__(self, bench: Workbench) -> None:
        """Show what the bench's studio shows."""
        self._bench = bench
        self.shelf = PictureShelf()

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/mail/{newsletter}/{issue}", self.mail, methods=["GET"]),
            Route("/message/{newsletter}/{issue}", self.message, methods=["GET"]),
            Route("/picture/{name}", self.picture, methods=["GET"]),
        ]

    def dressed(self, shown: Shown, state: State, *, marked: bool = False) -> str:
        """Return what the stage frames; for measuring it may be marked by blocks."""
        html = self._bench.tracings.marked(self._bench.app, shown) if marked else shown.html
        pictures = shown.rendered.pictures if shown.rendered else ()
        self.shelf.keep(pictures)
        images, styles = state.images == "on", state.styles == "on"
        html = localised(html, pictures)
        return framed(html, state.scheme, images=images, styles=styles)

    async def mail(self, request: Request) -> Response:
        """Answer with the mail of a view."""
        state = state_of(request)
        measured = "measured" in request.query_params
        html = await run_in_threadpool(self._mail, state, measured and state.blocks == "on")
        return mail_response(html, measured=measured)

    def _mail(self, state: State, marked: bool) -> str:
        return self.dressed(self._bench.studio.show(state.choice), state, marked=marked)

    async def message(self, request: Request) -> Response:
        """Answer with the message of a view, to be kept as a file."""
        state = state_of(request)
        envelope = await run_in_threadpool(lambda: self._bench.studio.show(state.choice).message())
        if envelope is None:
            return PlainTextResponse("There is no such message.\n", status_code=404)
        name = f"{state.newsletter}-{state.issue}.eml".encode("ascii", "replace").decode()
        safe = re.sub(r"[^A-Za-z0-9._-]", "_", name)
        return Response(
            envelope.content,
            media_type="message/rfc822",
            headers={"Content-Disposition": f'attachment; filename="{safe}"'},
        )

    async def picture(self, request: Request) -> Response:
        """Answer with a picture of a mail that was shown."""
        found = self.shelf.find(request.path_params["name"])
        if found is None:
            return PlainTextResponse("There is no such picture.\n", status_code=404)
        return Response(
            found.content,
            media_type=found.media_type,
            headers={
                # Named by its hash: it never changes. A sandboxed frame is of no origin, so that
                # it could not show what is for our own origin only.
                "Cache-Control": "max-age=31536000, immutable",
                "Cross-Origin-Resource-Policy": "cross-origin",
                "Content-Security-Policy": "default-src 'none'; sandbox",
            },
        )


def state_of(request: Request) -> State:
    """Return the state that a request's address names."""
    path = request.path_params
    return State.of(path["newsletter"], path["issue"], request.query_params)
