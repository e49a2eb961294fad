"""The sender's exchange on PostgreSQL: six prepared statements, one way there and back.

The connection is the one that holds the sender's lock: where it breaks, the lock is gone with it,
and nothing is claimed or recorded without it. Lists travel as one array a column.
"""

from __future__ import annotations

from typing import Any

from digest.model.mailing import Exchange, MailingState
from digest.store.exchange import Batch

_RETURNED = """
UPDATE outbox_entry
    SET state = CASE WHEN possible_duplicate AND doubts > 0 AND attempts > 1
        THEN 'in_doubt' ELSE 'queued' END,
        attempts = attempts - 1
    WHERE id = ANY(%s::bigint[]) AND state = 'sending'
"""

_RESULTS = """
WITH result AS (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::smallint[], %s::text[],
        %s::text[], %s::text[], %s::text[], %s::bigint[], %s::int[], %s::bigint[])
    AS r (entry_id, tried_at, verdict, code, enhanced, text, state, reason, again_at, doubt,
        ended_at)
), moved AS (
    UPDATE outbox_entry AS e
    SET state = r.state, reason = r.reason, not_before = coalesce(r.again_at, e.not_before),
        doubts = e.doubts + r.doubt,
        finished_at = coalesce(r.ended_at, e.finished_at)
    FROM result AS r WHERE e.id = r.entry_id AND e.state = 'sending'
    RETURNING e.address_hash, e.invitation_id, r.*
), tried AS (
    INSERT INTO attempt (entry_id, number, tried_at, verdict, code, enhanced, text)
    SELECT entry_id,
        1 + coalesce((SELECT max(a.number) FROM attempt AS a WHERE a.entry_id = m.entry_id), 0),
        tried_at, verdict, code, enhanced, text
    FROM moved AS m
), shut AS (
    INSERT INTO suppression (address_hash, newsletter, reason, suppressed_at)
    SELECT m.address_hash, '', h.reason, %s
    FROM unnest(%s::bigint[], %s::text[]) AS h (entry_id, reason)
    JOIN moved AS m ON m.entry_id = h.entry_id
    ON CONFLICT DO NOTHING
)
UPDATE invitation AS i
    SET state = CASE i.state WHEN 'planned' THEN 'issued' ELSE i.state END,
        issued_at = coalesce(i.issued_at, m.tried_at)
    FROM moved AS m WHERE i.id = m.invitation_id AND m.state = 'sent'
"""

_SUPPRESSED = """EXISTS (SELECT 1 FROM suppression AS u
        WHERE u.address_hash = e.address_hash AND u.newsletter IN ('', m.newsletter))"""

# A mailing that is paused or cancelled has no rows here, and so nothing is claimed or skipped.
_ASKED = """
    FROM mailing AS m
    WHERE m.id = %s AND m.state = 'sending' AND e.mailing_id = m.id
        AND e.id = ANY(%s::bigint[]) AND e.state IN ('queued', 'deferred', 'in_doubt')
"""

_CLAIM = f"""
UPDATE outbox_entry AS e
    SET state = 'sending', attempts = e.attempts + 1, claimed_at = %s,
        possible_duplicate = e.possible_duplicate OR e.state = 'in_doubt'
{_ASKED}
        AND EXISTS (SELECT 1 FROM subscription AS s
            WHERE s.id = e.subscription_id AND s.state = 'active')
        AND NOT {_SUPPRESSED}
    RETURNING e.id
"""  # noqa: S608  our own words

_SKIP = f"""
UPDATE outbox_entry AS e
    SET state = 'skipped', finished_at = %s,
        reason = CASE WHEN {_SUPPRESSED} THEN 'suppressed' ELSE 'unsubscribed' END
{_ASKED}
        AND ({_SUPPRESSED} OR NOT EXISTS (SELECT 1 FROM subscription AS s
            WHERE s.id = e.subscription_id AND s.state = 'active'))
"""  # noqa: S608  our own words

_PACE = """
INSERT INTO pace (scope, at, count)
    SELECT h.scope, %s, h.count
    FROM mailing AS m CROSS JOIN unnest(%s::text[], %s::int[]) AS h (scope, count)
    WHERE m.id = %s AND m.state = 'sending'
    ON CONFLICT (scope, at) DO UPDATE SET count = pace.count + excluded.count
"""

_STATE = "SELECT state FROM mailing WHERE id = %s"


class PostgresExchange:
    """The connection that holds the sender's lock."""

    def __init__(self, connection: Any) -> None:
        """Take a driver's connection that commits each statement; it is this one's alone."""
        self._connection = connection
        connection.execute("SET synchronous_commit = on")

    def exchange(self, batch: Batch) -> Exchange:
        """Commit a batch.

        Raises:
            KeyError: there is no such mailing.
        """
        columns = [list(column) for column in zip(*batch.rows, strict=True)] or [[]] * 11
        hard = [list(column) for column in zip(*batch.hard, strict=True)] or [[], []]
        claims, number, at = list(batch.claims), batch.mailing_id, batch.at
        scopes, counts = list(batch.handed), list(batch.handed.values())
        driver = self._connection
        with driver.pipeline(), driver.transaction():
            driver.execute(_RETURNED, (list(batch.returned),), prepare=True)
            driver.execute(_RESULTS, (*columns, at, *hard), prepare=True)
            claimed = driver.execute(_CLAIM, (at, number, claims), prepare=True)
            driver.execute(_SKIP, (at, number, claims), prepare=True)
            driver.execute(_PACE, (batch.second, scopes, counts, number), prepare=True)
            state = driver.execute(_STATE, (number,), prepare=True).fetchone()
            found = frozenset(entry_id for (entry_id,) in claimed)
        if state is None:
            raise KeyError(number)
        return Exchange(claimed=found, state=MailingState(state[0]))

    def close(self) -> None:
        """End the connection, and with it the lock."""
        self._connection.close()
