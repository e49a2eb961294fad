"""Addresses that are not to be mailed, known by their keyed hash only.

A suppression without a newsletter holds everywhere. `suppressed` is the one condition that every
statement asks: the audience, the claim, the counts.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, exists, select
from sqlalchemy.sql.elements import ColumnElement

from digest.model.audience import Suppression
from digest.store import dialect
from digest.store.tables import subscriber, suppression

EVERYWHERE = ""


def suppressed(address_hash: ColumnElement[Any], newsletter: Any) -> ColumnElement[bool]:
    """Return the condition that an address is not to be mailed for a newsletter."""
    return exists().where(
        suppression.c.address_hash == address_hash,
        suppression.c.newsletter.in_([EVERYWHERE, newsletter]),
    )


def suppress(
    connection: Connection, address_hash: bytes, newsletter: str | None, reason: str, at: datetime
) -> bool:
    """Suppress an address; False when it was already."""
    statement = (
        dialect.insert_new(connection, suppression, ["address_hash", "newsletter"])
        .values(
            address_hash=address_hash,
            newsletter=newsletter or EVERYWHERE,
            reason=reason,
            suppressed_at=at,
        )
        .returning(suppression.c.id)
    )
    return connection.execute(statement).first() is not None


def lift(connection: Connection, address_hash: bytes, newsletter: str | None) -> bool:
    """Lift a suppression; False when there was none."""
    statement = delete(suppression).where(
        suppression.c.address_hash == address_hash,
        suppression.c.newsletter == (newsletter or EVERYWHERE),
    )
    return connection.execute(statement).rowcount > 0


def find_reason(connection: Connection, address_hash: bytes, newsletter: str) -> str | None:
    """Return why an address is not to be mailed for a newsletter, or None where it may be."""
    return connection.scalar(
        select(suppression.c.reason)
        .where(
            suppression.c.address_hash == address_hash,
            suppression.c.newsletter.in_([EVERYWHERE, newsletter]),
        )
        .order_by(suppression.c.newsletter)
        .limit(1)
    )


def suppressions(
    connection: Connection, newsletter: str | None
) -> list[tuple[Suppression, str | None]]:
    """Return suppressions, newest first, each with the address where a subscriber has it.

    With a newsletter, those that hold for it: its own and those that hold everywhere.
    """
    statement = select(suppression).order_by(
        suppression.c.suppressed_at.desc(), suppression.c.id.desc()
    )
    if newsletter is not None:
        statement = statement.where(suppression.c.newsletter.in_([EVERYWHERE, newsletter]))
    rows = connection.execute(statement).all()
    addresses = _addresses(connection) if rows else {}
    return [
        (
            Suppression(
                address_hash=row.address_hash,
                newsletter=row.newsletter or None,
                reason=row.reason,
                suppressed_at=row.suppressed_at,
            ),
            addresses.get(row.address_hash),
        )
        for row in rows
    ]


def _addresses(connection: Connection) -> dict[bytes, str]:
    """Return the addresses of subscribers that are suppressed: one walk, for nothing else asks."""
    statement = select(subscriber.c.address_hash, subscriber.c.address).where(
        subscriber.c.erased_at.is_(None),
        subscriber.c.address_hash.in_(select(suppression.c.address_hash)),
    )
    return dict(connection.execute(statement).all())
