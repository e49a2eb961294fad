"""What an editor writes, and the numbered selection of it that is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from digest.model.audience import EVERYONE, Rule
from digest.model.finding import Waiver
from digest.model.newsletter import Newsletter

#: A calendar day, under a name that a field called `date` does not hide.
Day = date
#: A calendar day, or a span counted from the mailing; None is "not dated yet".
When = date | timedelta | None


def calendar_day(when: When, mailed_on: date) -> date | None:
    """Return the day that `when` names for an issue mailed on a day; None: not dated yet."""
    return mailed_on + when if isinstance(when, timedelta) else when


class ItemKind(StrEnum):
    """What an item is, and so how it is shown."""

    TAKEAWAY = "takeaway"
    OPPORTUNITY = "opportunity"
    NEWS = "news"
    EVENT = "event"


class OpportunityStatus(StrEnum):
    """How far an opportunity is open to its readers."""

    ANNOUNCED = "announced"
    PILOT = "pilot"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A number that an item quotes, in one language."""

    id: str
    number: int | float
    unit: str = ""
    text: str
    """The number as it is shown, such as `+800 %`."""
    label: str
    settled: bool = False
    """False: shown with its doubt, never as a fact."""
    highlight: bool = False
    """One of at most four tiles at the top of the issue."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemText:
    """An item in one language, with everything inherited that the translation did not say."""

    language: str
    title: str
    body: str
    """Markdown."""
    do: str = ""
    link: str = ""
    source: str = ""
    figures: tuple[Figure, ...] = ()
    file: str = ""
    """Relative to the site."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One piece of news, as an editor filed it."""

    id: str
    """The stem of its file."""
    date: Day
    section: str
    kind: ItemKind = ItemKind.TAKEAWAY
    rule: Rule = EVERYONE
    status: OpportunityStatus | None = None
    also_in: tuple[str, ...] = ()
    opens: When = None
    closes: When = None
    pin: bool = False
    hold: bool = False
    expires: Day | None = None
    weight: int = 0
    texts: Mapping[str, ItemText]
    """By language; the default language is always there."""
    content_hash: str
    """Of everything but the file's name: the same content under another name has the same hash."""
    file: str = ""

    def text(self, language: str) -> ItemText | None:
        """Return the item in a language, or None where nobody translated it."""
        return self.texts.get(language)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cap:
    """At most `count` invitations to one creator within `period`."""

    count: int
    period: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class QuestionText:
    """A question in one language; `body` (Markdown) is what the creator should know about it."""

    language: str
    question: str
    body: str = ""
    file: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """One Ask question, put to verified creators of its field."""

    id: str
    field: str
    opens: When = None
    closes: When = None
    quota: int
    """Answers wanted."""
    overinvite: float = 2.0
    cap: Cap | None = None
    texts: Mapping[str, QuestionText]
    content_hash: str
    file: str = ""

    @property
    def places(self) -> int:
        """Return how many invitations may be outstanding or accepted at once."""
        return int(self.quota * self.overinvite)


@dataclass(frozen=True, kw_only=True, slots=True)
class NoteText:
    """What the editor says over an issue, in one language. Empty fields fall back."""

    language: str
    subject: str = ""
    preheader: str = ""
    title: str = ""
    lead: str = ""
    body: str = ""
    file: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """The editor's note of one issue."""

    texts: Mapping[str, NoteText]
    content_hash: str
    file: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Publication:
    """Everything that a newsletter's folder says at one moment."""

    newsletter: Newsletter
    items: tuple[Item, ...]
    questions: tuple[Question, ...]
    notes: Mapping[str, Note] = field(default_factory=dict)
    """By what they are for: "next", an issue's number, or "<number>.correction"."""
    receipts: tuple[SentIssue, ...] = ()
    waivers: tuple[Waiver, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SentIssue:
    """What is known of an issue that was frozen: by the database, or by its receipt."""

    number: int
    cutoff_at: datetime
    items: Mapping[str, str]
    """Item id -> content hash, as frozen."""
    content_hash: str = ""
    note_hash: str = ""
    """Of the editor's note it went out with: the same note is not used twice."""
    revision: int = 1
    """The newest: 1 until it was corrected."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Issue:
    """A numbered selection of items and questions: one number in all languages."""

    newsletter: Newsletter
    number: int
    cutoff_at: datetime
    items: tuple[Item, ...]
    """In the order in which they are shown."""
    questions: tuple[Question, ...] = ()
    note: Note | None = None
    content_hash: str = ""

    @property
    def day(self) -> date:
        """Return the calendar day of the issue where the newsletter is at home."""
        return self.cutoff_at.astimezone(ZoneInfo(self.newsletter.timezone)).date()
