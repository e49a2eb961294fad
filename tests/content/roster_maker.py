"""Rosters for tests: a newsletter that declares a few values, and files of given bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from digest.content.roster import Roster, read_roster
from digest.model.freeze import Newcomer, Reject
from digest.model.newsletter import AssemblyRules, Mailbox, Newsletter

NOON = datetime(2023, 3, 31, 12, tzinfo=UTC)
NEWSLETTER = Newsletter(
    id="open-class",
    name="Open Class",
    sender=Mailbox(name="Open Class", address="news@example.org"),
    reply_to=None,
    languages=("en", "ja", "zh-Hans"),
    timezone="UTC",
    start=date(2023, 1, 1),
    schedule="",
    catch_up=timedelta(hours=6),
    sections=(),
    attributes={
        "roles": {"brand": {}, "merchant": {}, "retailer": {}, "developer": {}},
        "fields": {"pay": {}, "channels": {}, "search": {}},
        "topics": {"ai": {}, "live": {}},
    },
    rules=AssemblyRules(),
    subject={},
    about={},
)


def roster_of(
    folder: Path, content: bytes | str, mapping: Mapping[str, str] | None = None
) -> Roster:
    """Return the roster of a file with this content (a text is written as UTF-8)."""
    path = folder / "people.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_roster(path, mapping=mapping, newsletter=NEWSLETTER, now=NOON)


def newcomers(rows: Iterable[Newcomer | Reject]) -> list[Newcomer]:
    """Return the good rows."""
    return [row for row in rows if isinstance(row, Newcomer)]


def rejects(rows: Iterable[Newcomer | Reject]) -> list[tuple[int, str]]:
    """Return the line and reason of each bad row."""
    return [(row.line, row.reason) for row in rows if isinstance(row, Reject)]


def addresses(rows: Iterable[Newcomer | Reject]) -> list[str]:
    """Return the addresses of the good rows."""
    return [row.subscriber.address for row in newcomers(rows)]
