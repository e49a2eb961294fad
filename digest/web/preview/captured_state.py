"""What somebody looks at in captured mail, in the page's address.

What must stay true: any address is a state, and what is wrong in it is its default. An id names a
mail that is there, and is never a part of a path.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from digest.rendering.inboxes import Scheme
from digest.web.preview.state import DESKTOP, PHONE, SHOWS, spot_of, width_of
from digest.workflow.inbox import PAGE, Query

LIST = "/captured"
_ID = re.compile(r"[0-9a-f]{20}")
_LONGEST = 200
_MOST_SKIPPED = 10_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class MailState:
    """One view of one captured mail."""

    id: str
    tab: str = "preview"
    scheme: Scheme = Scheme.LIGHT
    images: str = "on"
    styles: str = "on"
    show: str = "both"
    phone: int = PHONE
    desktop: int = DESKTOP
    at: str = ""
    """What the source is opened at, as `line.column`; another view is not about it."""

    @classmethod
    def of(cls, mail_id: str, query: Mapping[str, str]) -> MailState:
        """Read a state from an address; an id that none can be is ""."""
        schemes = {scheme.value: scheme for scheme in Scheme}
        return cls(
            id=mail_id if _ID.fullmatch(mail_id) else "",
            tab=query.get("tab", "preview")[:20],
            scheme=schemes.get(query.get("scheme", ""), Scheme.LIGHT),
            images="off" if query.get("images") == "off" else "on",
            styles="off" if query.get("styles") == "off" else "on",
            show=query["show"] if query.get("show") in SHOWS else "both",
            phone=width_of(query.get("phone", ""), PHONE),
            desktop=width_of(query.get("desktop", ""), DESKTOP),
            at=spot_of(query.get("at", "")),
        )

    def url(self, **changes: Any) -> str:
        """Return the page's address, with changes."""
        changed = replace(self, **{"at": "", **changes})
        return self._address(f"{LIST}/{changed.id}", changed, {})

    def mail_url(self, **more: str) -> str:
        """Return the address of the mail itself, as the stage shows it."""
        looks = MailState(id=self.id, scheme=self.scheme, images=self.images, styles=self.styles)
        return self._address(f"{LIST}/{self.id}/html", looks, more)

    @property
    def raw_url(self) -> str:
        """Return the address of the message as a file."""
        return f"{LIST}/{self.id}/raw"

    @staticmethod
    def _address(path: str, state: MailState, more: Mapping[str, str]) -> str:
        said = {
            field.name: str(getattr(state, field.name))
            for field in fields(MailState)
            if field.name != "id" and getattr(state, field.name) != field.default
        }
        query = urlencode({**said, **more})
        return f"{path}?{query}" if query else path


def query_of(said: Mapping[str, str]) -> Query:
    """Return what is looked for: `q`, `to`, `from`, `subject`, `since`.

    Raises:
        ValueError: `since` is no moment.
    """
    since = said.get("since", "")
    return Query(
        words=said.get("q", "")[:_LONGEST],
        to=said.get("to", "")[:_LONGEST],
        sender=said.get("from", "")[:_LONGEST],
        subject=said.get("subject", "")[:_LONGEST],
        since=moment_of(since) if since else None,
    )


def moment_of(text: str) -> datetime:
    """Return a moment such as `2026-03-01T12:00:00Z` or seconds since 1970 (ValueError)."""
    try:
        if re.fullmatch(r"\d{1,11}(?:\.\d{1,6})?", text):
            return datetime.fromtimestamp(float(text), UTC)
        # A plus sign in an address is a space.
        found = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(text) from error


def skipped(text: str) -> int:
    """Return how many mails a page leaves out before it begins."""
    return min(int(text), _MOST_SKIPPED) if text.isdecimal() and len(text) < 9 else 0


def limit_of(text: str) -> int:
    """Return how many mails are asked for."""
    return int(text) if text.isdecimal() and len(text) < 5 else PAGE
