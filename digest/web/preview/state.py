"""What an editor looks at, in the page's address: it can be shared, reloaded and gone back to.

What must stay true: any address is a state; what is wrong or unknown in it is its default; nothing
personal stands in it (a reader is named by the random handle that links name).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import quote, urlencode

from digest.rendering.inboxes import Scheme
from digest.workflow.personas import EXAMPLE
from digest.workflow.sights import Choice

NARROWEST, WIDEST = 320, 1200
PHONE, DESKTOP = 375, 700
NEXT = "next"
SHOWS = ("both", "phone", "desktop")
_SIGN = re.compile(r"[A-Za-z0-9._-]{0,80}")
_LONGEST_SEARCH = 100
_SPOT = re.compile(r"[1-9]\d{0,7}\.[1-9]\d{0,7}")
_SCHEMES = {scheme.value: scheme for scheme in Scheme}


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """One view of the preview."""

    newsletter: str
    issue: str = NEXT
    lang: str = ""
    reader: str = EXAMPLE
    edition: str = ""
    tab: str = "preview"
    scheme: Scheme = Scheme.LIGHT
    images: str = "on"
    styles: str = "on"
    show: str = "both"
    blocks: str = "off"
    """Whether each block of the mail is a link to where it is written."""
    phone: int = PHONE
    desktop: int = DESKTOP
    q: str = ""
    """What is looked for among the readers."""
    at: str = ""
    """What the source is opened at, as `line.column`; another view is not about it."""

    @classmethod
    def of(cls, newsletter: str, issue: str, query: Mapping[str, str]) -> State:
        """Read a state from an address."""
        said = {key: value for key, value in query.items() if _SIGN.fullmatch(value)}
        scheme = said.get("scheme", "")
        return cls(
            newsletter=newsletter,
            issue=issue if issue.isdecimal() and len(issue) < 10 else NEXT,
            lang=said.get("lang", ""),
            reader=said.get("reader", EXAMPLE),
            edition=said.get("edition", ""),
            tab=said.get("tab", "preview"),
            scheme=_SCHEMES.get(scheme, Scheme.LIGHT),
            images="off" if said.get("images") == "off" else "on",
            styles="off" if said.get("styles") == "off" else "on",
            show=said["show"] if said.get("show") in SHOWS else "both",
            blocks="on" if said.get("blocks") == "on" else "off",
            phone=width_of(said.get("phone", ""), PHONE),
            desktop=width_of(said.get("desktop", ""), DESKTOP),
            q=query.get("q", "")[:_LONGEST_SEARCH],
            at=spot_of(said.get("at", "")),
        )

    @property
    def choice(self) -> Choice:
        """Return the part that decides what is shown."""
        return Choice(
            newsletter=self.newsletter,
            number=None if self.issue == NEXT else int(self.issue),
            language=self.lang,
            reader=self.reader,
            edition=self.edition,
        )

    def url(self, **changes: Any) -> str:
        """Return the page's address, with changes."""
        return self._address("view", replace(self, **{"at": "", **changes}), _PAGE)

    def mail_url(self, **more: str) -> str:
        """Return the address of the mail itself, as the stage shows it."""
        return self._address("mail", self, _MAIL, more)

    def address(self, kind: str, **more: str) -> str:
        """Return the address of something else of this view, such as its message as a file."""
        return self._address(kind, self, _CHOICE, more)

    def hidden(self) -> list[tuple[str, str]]:
        """Return the fields that a form carries so that the state stays."""
        said = _said(self, _PAGE)
        return [(name, value) for name, value in said.items() if name not in ("q", "at")]

    @staticmethod
    def _address(
        kind: str, state: State, names: tuple[str, ...], more: Mapping[str, str] | None = None
    ) -> str:
        path = f"/{kind}/{quote(state.newsletter, safe='')}/{state.issue}"
        query = urlencode({**_said(state, names), **(more or {})})
        return f"{path}?{query}" if query else path


_DEFAULTS = {field.name: field.default for field in fields(State)}
_CHOICE = ("lang", "reader", "edition")
_MAIL = (*_CHOICE, "scheme", "images", "styles")
_PAGE = (*_MAIL, "tab", "show", "blocks", "phone", "desktop", "q", "at")


def _said(state: State, names: tuple[str, ...]) -> dict[str, str]:
    """Return what differs from the defaults."""
    return {
        name: str(getattr(state, name)) for name in names if getattr(state, name) != _DEFAULTS[name]
    }


def spot_of(text: str) -> str:
    """Return a spot of the source, as `line.column`, or "" where it is none."""
    return text if _SPOT.fullmatch(text) else ""


def width_of(text: str, usual: int) -> int:
    """Return a device's width, within bounds; the usual one where none is said."""
    return min(max(int(text), NARROWEST), WIDEST) if text.isdecimal() and len(text) < 6 else usual
