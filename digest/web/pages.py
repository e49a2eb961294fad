"""The pages behind the links in a mail.

A GET changes nothing, ever: scanners follow links. A POST acts at once and always answers 200 for
leaving (RFC 8058, section 3.1): it needs no cookie, no origin and no second click, and takes a
form of either encoding without looking into it. No page shows an address or a name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from digest.message.tokens import KeyRing, Purpose, Token, read_token
from digest.model.audience import Subscription
from digest.model.invitation import Invitation, InvitationState
from digest.model.issue import Question, QuestionText
from digest.model.newsletter import Newsletter

#: More than any honest form of ours; the rest of a body is not read.
LARGEST_BODY = 64 * 1024

_CHOICES = {"accept": InvitationState.ACCEPTED, "decline": InvitationState.DECLINED}


class Register(Protocol):
    """What the pages read and change."""

    def leave(self, handle: bytes, at: datetime) -> Subscription | None:
        """End a subscription."""

    def subscription_by_handle(self, handle: bytes) -> Subscription | None:
        """Return the subscription that a link names."""

    def invitation(self, invitation_id: int, handle: bytes) -> Invitation | None:
        """Return an invitation if it belongs to the link's subscription."""

    def answer(self, invitation_id: int, state: InvitationState, at: datetime) -> Invitation | None:
        """Store an answer, or return None when it comes too late."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pages:
    """The two routes and what they stand on. All of it is synchronous and runs in a thread."""

    register: Register
    ring: KeyRing
    page: Callable[..., str]
    newsletter: Callable[[str], Newsletter | None]
    """By id; None where its folder is gone or broken."""
    question: Callable[[str, str], Question | None]
    """(newsletter id, question id); None where its file is gone."""
    now: Callable[[], datetime]

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/l/{token}", self.leave, methods=["GET", "POST"]),
            Route("/a/{token}", self.answer, methods=["GET", "POST"]),
            Route("/health", _healthy, methods=["GET"]),
        ]

    async def leave(self, request: Request) -> Response:
        """Show one button (GET), or end the subscription (POST)."""
        token = read_token(self.ring, request.path_params["token"])
        if token is None or token.purpose not in {Purpose.LEAVE, Purpose.TEST}:
            return await run_in_threadpool(self._unknown, request)
        if token.purpose is Purpose.TEST:
            return await run_in_threadpool(self._test_link)
        if request.method == "POST":
            return await run_in_threadpool(self._left, token)
        return await run_in_threadpool(self._ask_to_leave, token)

    def _ask_to_leave(self, token: Token) -> Response:
        found = self.register.subscription_by_handle(token.handle)
        if found is None:
            return self._not_found()
        newsletter = self.newsletter(found.newsletter)
        return self._show(
            "leave.html",
            newsletter=newsletter.name if newsletter else found.newsletter,
            language=_language(newsletter, found),
        )

    def _left(self, token: Token) -> Response:
        left = self.register.leave(token.handle, self.now())
        newsletter = self.newsletter(left.newsletter) if left else None
        # RFC 8058: 200 every time, also for a reader who is gone; there is nothing to try again.
        return self._show(
            "left.html",
            newsletter=newsletter.name if newsletter else (left.newsletter if left else ""),
            language=_language(newsletter, left) if left else "en",
        )

    async def answer(self, request: Request) -> Response:
        """Show an invitation (GET), or take the answer until the deadline (POST)."""
        token = read_token(self.ring, request.path_params["token"])
        if token is None or token.purpose not in {Purpose.ANSWER, Purpose.TEST}:
            return await run_in_threadpool(self._unknown, request)
        if token.purpose is Purpose.TEST:
            return await run_in_threadpool(self._test_link)
        choice = request.query_params.get("choice", "")
        if request.method == "POST":
            choice = await _posted_choice(request) or choice
            return await run_in_threadpool(self._answered, token, choice)
        return await run_in_threadpool(self._ask_for_answer, token, choice)

    def _ask_for_answer(self, token: Token, choice: str) -> Response:
        invitation = self.register.invitation(token.context, token.handle)
        if invitation is None:
            return self._not_found()
        if invitation.deadline_at and self.now() > invitation.deadline_at:
            return self._show("too_late.html", **self._about(invitation, token))
        return self._show(
            "invitation.html",
            **self._about(invitation, token),
            choice=choice if choice in _CHOICES else _answer_word(invitation.state),
        )

    def _answered(self, token: Token, choice: str) -> Response:
        invitation = self.register.invitation(token.context, token.handle)
        if invitation is None:
            return self._not_found()
        if choice not in _CHOICES:
            return self._ask_for_answer(token, "")
        stored = self.register.answer(invitation.id, _CHOICES[choice], self.now())
        about = self._about(invitation, token)
        if stored is None:
            return self._show("too_late.html", **about)
        return self._show("answered.html", **about, choice=choice)

    def _about(self, invitation: Invitation, token: Token) -> dict[str, Any]:
        """Return what the invitation's pages say of it."""
        reader = self.register.subscription_by_handle(token.handle)
        newsletter = self.newsletter(invitation.newsletter)
        language = _language(newsletter, reader)
        question = self.question(invitation.newsletter, invitation.question)
        text = _text_of(question, language)
        return {
            "newsletter": newsletter.name if newsletter else invitation.newsletter,
            "language": language,
            "question": text.question if text else invitation.question,
            "body": text.body if text else "",
            "question_lang": text.language if text else "",
            "field": newsletter.label("fields", invitation.field, language)
            if newsletter
            else invitation.field,
            "deadline": _last_day(invitation, newsletter),
        }

    def _test_link(self) -> Response:
        return self._show("test_link.html", language="en")

    def _unknown(self, request: Request) -> Response:
        # A POST to a broken leave link still answers 200: a mail client would only show an error.
        posted = request.method == "POST" and request.url.path.startswith("/l/")
        return self._not_found(200 if posted else 404)

    def _not_found(self, status: int = 404) -> Response:
        return self._show("unknown_link.html", status=status, language="en")

    def _show(self, name: str, *, status: int = 200, **values: object) -> Response:
        return HTMLResponse(self.page(name, **values), status_code=status)


def _language(newsletter: Newsletter | None, reader: Subscription | None) -> str:
    if newsletter is None:
        return "en"
    return newsletter.language_for(reader.subscriber.language if reader else "")


def _text_of(question: Question | None, language: str) -> QuestionText | None:
    if question is None:
        return None
    return question.texts.get(language) or next(iter(question.texts.values()))


def _last_day(invitation: Invitation, newsletter: Newsletter | None) -> object:
    """Return the last day on which an answer counts, where the newsletter is at home, or None."""
    if invitation.deadline_at is None:
        return None
    zone = ZoneInfo(newsletter.timezone if newsletter else "UTC")
    # The deadline is the midnight after the last day.
    local = invitation.deadline_at.astimezone(zone)
    return local.fromordinal(local.toordinal() - 1).date()


def _answer_word(state: InvitationState) -> str:
    words = {InvitationState.ACCEPTED: "accept", InvitationState.DECLINED: "decline"}
    return words.get(state, "")


async def _posted_choice(request: Request) -> str:
    """Return `answer` from a small urlencoded body, or ""; no form library is needed for it."""
    from urllib.parse import parse_qs

    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return ""
    values = parse_qs(body.decode("ascii", errors="replace")).get("answer", [])
    return values[0] if len(values) == 1 else ""


async def _healthy(_request: Request) -> Response:
    return PlainTextResponse("ok\n")
