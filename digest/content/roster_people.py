"""A roster's rows as people: what reads each column, and what makes a newcomer of a row.

A million rows allow some seven microseconds each, so this is written out where a loop over columns
would be shorter. What must stay true: what comes out equals what the nouns' own constructors make.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from digest.content.addresses import parse_address
from digest.content.roster_cells import (
    Read,
    Remembered,
    read_attribute,
    read_choices,
    read_language,
    read_moment,
    read_name,
    read_status,
    read_timezone,
    unshield,
)
from digest.content.roster_header import Header
from digest.model.audience import Subscriber
from digest.model.freeze import Newcomer
from digest.model.newsletter import Newsletter


@dataclass(frozen=True, slots=True)
class Reads:
    """What reads each column, by its name."""

    email: Read[str]
    name: Read[str]
    language: Read[str]
    timezone: Read[str]
    roles: Read[tuple[str, ...]]
    fields: Read[tuple[str, ...]]
    verified: Read[tuple[str, ...]]
    topics: Read[tuple[str, ...]]
    status: Read[str]
    subscribed_at: Read[datetime | None]


_COLUMNS = tuple(Reads.__dataclass_fields__)


# A frozen noun sets each of its fields by a call that goes round its own lock, which takes ten
# times as long as setting it. So a row fills a twin with the same fields, which then is the noun.
class _OpenSubscriber:
    __slots__ = Subscriber.__slots__


class _OpenNewcomer:
    __slots__ = Newcomer.__slots__


def reads_for(newsletter: Newsletter, now: datetime) -> Reads:
    """Return what reads each column. Who is verified is verified in a field."""
    declared = newsletter.attributes
    fields = declared.get("fields", {})
    verified = {**fields, **declared.get("verified", {})}
    return Reads(
        email=_read_email,
        name=read_name,
        language=Remembered(read_language).__getitem__,
        timezone=Remembered(read_timezone).__getitem__,
        roles=Remembered(read_choices("roles", declared.get("roles", {}))).__getitem__,
        fields=Remembered(read_choices("fields", fields)).__getitem__,
        verified=Remembered(read_choices("fields", verified)).__getitem__,
        topics=Remembered(read_choices("topics", declared.get("topics", {}))).__getitem__,
        status=Remembered(read_status).__getitem__,
        subscribed_at=read_moment(now),
    )


def maker_of_newcomers(header: Header, read: Reads) -> Callable[[int, list[str]], Newcomer]:
    """Return what makes a newcomer of a line's number and its cells.

    A column that the file does not have is read from a blank cell behind the others. What is
    returned raises BadCell or DigestError where a cell cannot be taken.
    """
    given, free = header.given, list(header.free.items())
    pick = itemgetter(*(header.places.get(column, header.width) for column in _COLUMNS))

    def newcomer(line: int, cells: list[str]) -> Newcomer:
        email, name, language, timezone, roles, fields, verified, topics, status, day = pick(
            (*cells, "")
        )
        person: Any = _OpenSubscriber()
        person.id = 0
        person.address = read.email(email)
        person.name = read.name(name)
        person.language = read.language(language)
        person.timezone = read.timezone(timezone)
        person.roles = read.roles(roles)
        person.fields = read.fields(fields)
        person.verified = read.verified(verified)
        person.attributes = ()
        if free:
            pairs = ((column, read_attribute(cells[place])) for column, place in free)
            person.attributes = tuple(pair for pair in pairs if pair[1])
        person.__class__ = Subscriber
        made: Any = _OpenNewcomer()
        made.line = line
        made.subscriber = person
        made.topics = read.topics(topics)
        made.status = read.status(status)
        made.subscribed_at = read.subscribed_at(day)
        made.given = given
        made.__class__ = Newcomer
        found: Newcomer = made
        return found

    return newcomer


def _read_email(cell: str) -> str:
    return parse_address(unshield(cell) if cell[:1] == "'" else cell)
