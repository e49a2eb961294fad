"""Editions, readers and a letterhead for the tests of this room."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from digest.message.tokens import KeyRing
from digest.model.edition import Edition, FrozenEdition, Personal, Placeholder, Rendered
from digest.model.mailing import EntryState, OutboxEntry
from digest.model.newsletter import Letterhead, Mailbox
from digest.model.picture import Picture

NOON = datetime(2023, 3, 31, 12, tzinfo=UTC)
RING = KeyRing(1, {1: b"t" * 32})
MESSAGE_KEY = b"m" * 32
BASE_URL = "https://news.example.org"
LETTERHEAD = Letterhead(
    newsletter="open-class",
    name="Open Class",
    sender=Mailbox(name="Open Class", address="news@example.org"),
    reply_to=Mailbox(name="", address="editor@example.org"),
)
LINKS = {
    Placeholder.LEAVE_URL: f"{BASE_URL}/l/{'L' * 32}",
    Placeholder.ACCEPT_URL: f"{BASE_URL}/a/{'A' * 32}?choice=accept",
    Placeholder.DECLINE_URL: f"{BASE_URL}/a/{'A' * 32}?choice=decline",
}
MARKER = {
    each: f"mk{hashlib.sha256(b'nonce').hexdigest()[:24]}{number:02d}k"
    for number, each in enumerate(Placeholder)
}
GREETING, NAME, ADDRESS = (
    MARKER[Placeholder.GREETING],
    MARKER[Placeholder.NAME],
    MARKER[Placeholder.ADDRESS],
)
LEAVE, ACCEPT, DECLINE = (
    MARKER[Placeholder.LEAVE_URL],
    MARKER[Placeholder.ACCEPT_URL],
    MARKER[Placeholder.DECLINE_URL],
)


def rendered(
    *,
    subject: str = "Key takeaways",
    html: str = f'<h1>{GREETING}</h1>\n<p>Hello.</p>\n<a href="{LEAVE}">Leave</a>\n',
    text: str = f"{GREETING}\n\nHello.\n\nLeave: {LEAVE}\n",
    given: Sequence[str] | None = None,
    pictures: tuple[Picture, ...] = (),
) -> Rendered:
    """Return a rendered edition; its markers are those that stand in it, or those `given`."""
    whole = "\0".join((subject, html, text))
    used = given if given is not None else [each for each in MARKER.values() if each in whole]
    known = {marker: placeholder for placeholder, marker in MARKER.items()}
    return Rendered(
        subject=subject,
        preheader="",
        html=html,
        text=text,
        markers={marker: known[marker] for marker in used},
        greeting_named="Hello {name},",
        greeting_plain="Hello,",
        pictures=pictures,
    )


def frozen(edition: Rendered, *, edition_id: int = 1, language: str = "en") -> FrozenEdition:
    """Return an edition as the store keeps it."""
    key = f"key-of-edition-{edition_id}"
    noun = Edition(key=key, language=language, items=(), question=None, audience="all")
    return FrozenEdition(id=edition_id, edition=noun, rendered=edition)


def reader(name: str = "Ada", address: str = "ada@example.org") -> Personal:
    """Return a reader with every link."""
    return Personal(name=name, address=address, links=LINKS)


def entry(
    *,
    entry_id: int = 123,
    edition_id: int = 1,
    name: str = "Ada",
    recipient: str = "ada@example.org",
    invitation_id: int = 0,
    attempts: int = 0,
) -> OutboxEntry:
    """Return an outbox entry."""
    return OutboxEntry(
        id=entry_id,
        mailing_id=42,
        edition_id=edition_id,
        subscriber_id=77,
        subscription_id=78,
        recipient=recipient,
        name=name,
        handle=b"\x01\x02\x03\x04\x05\x06\x07\x08",
        issue_id=7,
        invitation_id=invitation_id,
        state=EntryState.QUEUED,
        attempts=attempts,
        doubts=0,
        due_at=NOON,
    )
