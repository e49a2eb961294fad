"""How much was handed over in which second, and which domains asked us to wait.

Counted by the second, so that a process that starts anew knows what its predecessor sent, to the
second and never too little.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from digest.model.limits import DomainPause, Handed
from digest.store import dialect
from digest.store.tables import domain_pause, pace


def handed_since(connection: Connection, since: datetime) -> list[Handed]:
    """Return what was handed over since a moment, by scope and second."""
    whole = since.replace(microsecond=0)
    statement = select(pace.c.scope, pace.c.at, pace.c.count.label("handed"))
    rows = connection.execute(statement.where(pace.c.at >= whole).order_by(pace.c.at))
    return [Handed(scope=row.scope, at=row.at, count=row.handed) for row in rows]


def count_handed(connection: Connection, handed: Mapping[str, int], at: datetime) -> None:
    """Count what is handed over in the second of `at`."""
    if not handed:
        return
    second = at.replace(microsecond=0)
    connection.execute(
        dialect.insert_new(connection, pace, ["scope", "at"]),
        [{"scope": scope, "at": second, "count": 0} for scope in handed],
    )
    connection.execute(
        update(pace)
        .where(pace.c.scope == bindparam("which"), pace.c.at == second)
        .values(count=pace.c.count + bindparam("more")),
        [{"which": scope, "more": count} for scope, count in handed.items()],
    )


def forget_handed(connection: Connection, before: datetime) -> None:
    """Forget what no window looks at any more."""
    connection.execute(delete(pace).where(pace.c.at < before))


def domain_pauses(connection: Connection) -> list[DomainPause]:
    """Return the domains that asked us to wait, by name."""
    rows = connection.execute(select(domain_pause).order_by(domain_pause.c.domain))
    return [
        DomainPause(domain=row.domain, until_at=row.until_at, steps=row.steps, reason=row.reason)
        for row in rows
    ]


def keep_domain_pause(connection: Connection, pause: DomainPause) -> None:
    """Remember a pause in place of an earlier one of the same domain."""
    lift_domain_pause(connection, pause.domain)
    connection.execute(
        insert(domain_pause).values(
            domain=pause.domain, until_at=pause.until_at, steps=pause.steps, reason=pause.reason
        )
    )


def lift_domain_pause(connection: Connection, domain: str) -> None:
    """Forget a domain's pause."""
    connection.execute(delete(domain_pause).where(domain_pause.c.domain == domain))
