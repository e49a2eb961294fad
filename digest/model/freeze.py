"""What is stored, in one transaction, when a mailing is frozen; and what a roster brings in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from digest.model.audience import Profile, Subscriber
from digest.model.edition import FrozenEdition
from digest.model.mailing import MailingKind
from digest.model.newsletter import Letterhead

#: The format of an issue's JSON snapshot. A reader of an old snapshot looks at it first.
SNAPSHOT_FORMAT = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedInvitation:
    """Who is invited to what, and which edition carries the invitation."""

    subscription_id: int
    question: str
    field: str
    deadline_at: datetime | None
    edition_key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Freeze:
    """An issue with all its editions and the map from profile to edition."""

    newsletter: str
    letterhead: Letterhead
    kind: MailingKind = MailingKind.ISSUE
    number: int
    revision: int = 1
    cutoff_at: datetime
    frozen_at: datetime
    due_at: datetime
    content_hash: str
    snapshot: str
    """The issue's items and questions as normalised JSON, format `SNAPSHOT_FORMAT`."""
    items: Mapping[str, str]
    """Item id -> content hash."""
    note_hash: str = ""
    editions: tuple[FrozenEdition, ...]
    profile_editions: Mapping[int, str]
    """Profile id -> edition key; a profile that is not here gets nothing."""
    empty_profiles: frozenset[int] = frozenset()
    """Profiles for which the issue holds nothing: known, and left out on purpose."""
    invitations: tuple[PlannedInvitation, ...] = ()
    slot: str | None = None
    captured: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Whom a corrected issue still reaches, and who has had it."""

    waiting: Mapping[int, tuple[Profile, int]]
    """Profile id -> (profile, how many of them have had nothing yet)."""
    invited: tuple[tuple[int, int, str], ...]
    """(subscription id, profile id, question) of those among them who are invited."""
    had: Mapping[str, int]
    """Language -> how many have had an earlier revision, or may have."""


class AudienceChanged(Exception):  # noqa: N818  it is news, not a fault: plan again
    """The map of profiles is older than the subscriptions; nothing was stored."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Newcomer:
    """One good row of a roster: a person and what they agreed to."""

    line: int
    subscriber: Subscriber
    topics: tuple[str, ...] = ()
    status: str = "active"
    """`active`, `pending` or `left`."""
    subscribed_at: datetime | None = None
    given: frozenset[str] = frozenset()
    """The columns that the file has; an update leaves the others as they are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reject:
    """One bad row of a roster."""

    line: int
    reason: str
    row: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportCounts:
    """What an import did (or, as a dry run, would do)."""

    batch: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    kept_left: int = 0
    """Rows of people who have left: nothing brings them back but themselves."""
    suppressed: int = 0
    """Rows whose address is suppressed; they are kept and not mailed."""
    rejects: tuple[Reject, ...] = field(default=())


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """One issue from one person's point of view: for `why`."""

    number: int
    newsletter: str
    selected: bool
    reason: str
    """Why it went as it went: a rule, a suppression, a reply."""
    state: str = ""
    edition_key: str = ""
    language: str = ""
    audience: str = ""
    question: str = ""
    possible_duplicate: bool = False
    mailing_id: int = 0
    entry_id: int = 0
    kind: MailingKind = MailingKind.ISSUE
    """The issue itself, or the notice of its correction."""
    revision: int = 1
    """Which revision of the issue it was."""
    message_id: str = ""
    """Made of the two ids above and a key, so the store leaves it empty."""
    attempts: tuple[tuple[datetime, str, int, str], ...] = ()
    """(tried at, verdict, code, text), oldest first."""
