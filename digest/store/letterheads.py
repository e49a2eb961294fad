"""A letterhead as it stands in its mailing's row: JSON."""

from __future__ import annotations

import json

from digest.model.newsletter import Letterhead, Mailbox
from digest.store.columns import canonical_json


def letterhead_text(letterhead: Letterhead) -> str:
    """Return a letterhead as JSON."""
    reply_to = letterhead.reply_to
    return canonical_json(
        {
            "newsletter": letterhead.newsletter,
            "name": letterhead.name,
            "sender": [letterhead.sender.name, letterhead.sender.address],
            "reply_to": [reply_to.name, reply_to.address] if reply_to else None,
        }
    )


def letterhead_of(text: str) -> Letterhead:
    """Return the letterhead that `letterhead_text` stored."""
    found = json.loads(text)
    return Letterhead(
        newsletter=found["newsletter"],
        name=found["name"],
        sender=_mailbox(found["sender"]),
        reply_to=_mailbox(found["reply_to"]) if found["reply_to"] else None,
    )


def _mailbox(pair: list[str]) -> Mailbox:
    name, address = pair
    return Mailbox(name=name, address=address)
