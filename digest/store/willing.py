"""Whether an entry's reader still wants it: asked by every statement that lets mail out.

A subscription may have ended, or an address been suppressed, since the issue was frozen.
"""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.sql.elements import ColumnElement

from digest.model.audience import SubscriptionState
from digest.store.suppressions import suppressed
from digest.store.tables import mailing, outbox_entry, said, subscription


def is_subscribed() -> ColumnElement[bool]:
    """Return the condition that an entry's subscription is active."""
    return exists().where(
        subscription.c.id == outbox_entry.c.subscription_id,
        subscription.c.state == said(SubscriptionState.ACTIVE),
    )


def is_suppressed() -> ColumnElement[bool]:
    """Return the condition that an entry's address is not to be mailed."""
    # Said outright: two levels down, SQLAlchemy would list the outbox anew instead of meaning ours.
    newsletter = (
        select(mailing.c.newsletter)
        .where(mailing.c.id == outbox_entry.c.mailing_id)
        .correlate(outbox_entry)
    )
    return suppressed(outbox_entry.c.address_hash, newsletter.scalar_subquery())
