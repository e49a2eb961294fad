"""An edition: what one kind of reader gets of an issue; and its rendered, frozen form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from digest.model.picture import Picture


class Placeholder(StrEnum):
    """A personal hole in an edition. Everything else is the same for all who share it."""

    GREETING = "greeting"
    """The whole salutation, so that a reader without a name is greeted well too."""
    NAME = "name"
    ADDRESS = "address"
    LEAVE_URL = "leave_url"
    ACCEPT_URL = "accept_url"
    DECLINE_URL = "decline_url"


@dataclass(frozen=True, kw_only=True, slots=True)
class Edition:
    """A language, an ordered list of items and at most one question.

    `key` is the hash of these, so all who see the same share an edition.
    """

    key: str
    language: str
    items: tuple[str, ...]
    """Item ids in the order in which they are shown."""
    question: str | None
    audience: str
    """The rules its readers meet, as a canonical expression; "all" when there are none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """An edition as it leaves, but for what is personal: markers stand where placeholders go."""

    subject: str
    preheader: str
    html: str
    text: str
    markers: Mapping[str, Placeholder]
    """Marker (letters and digits, unforgeable) -> what goes there."""
    greeting_named: str
    """The salutation with `{name}` in it, in the edition's language."""
    greeting_plain: str
    """The salutation of a reader without a name."""
    pictures: tuple[Picture, ...] = ()
    """What the HTML shows, each once, in the order in which they appear."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FrozenEdition:
    """An edition as the store keeps it: nothing renders after the freeze."""

    id: int = 0
    edition: Edition
    rendered: Rendered


@dataclass(frozen=True, kw_only=True, slots=True)
class Personal:
    """The values of one recipient's placeholders: plain text; the part decides the escaping."""

    name: str
    address: str
    links: Mapping[Placeholder, str] = field(default_factory=dict)
