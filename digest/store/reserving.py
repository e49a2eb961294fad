"""Reading entries ahead of their sending: a page of those that may leave now, with all they need.

Said in the database's own words, for it happens for every message. On SQLite a page comes as one
JSON text: Python's driver takes the interpreter's lock again for every row, and beside a busy event
loop that wait costs more than the reading.

What must stay true: a page costs the same wherever in the mailing it lies. The index by state gives
each state's entries in the order of their ids; what was deferred is found by its time as long as
little of it is due, for in a storm most of it is not.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from digest.model.mailing import EntryState, OutboxEntry
from digest.store.columns import canonical_json, microseconds, moment
from digest.store.dialect import is_sqlite

#: With more than so many due, the deferred are read by id instead of by time.
FEW = 5000

_STATES = {state.value: state for state in EntryState}

_WAITING = """
    SELECT id FROM (SELECT id FROM outbox_entry WHERE mailing_id = {mailing}
        AND state = 'queued' AND id > {after} {open} ORDER BY id LIMIT {limit}) AS a
    UNION ALL
    SELECT id FROM (SELECT id FROM outbox_entry WHERE mailing_id = {mailing}
        AND state = 'in_doubt' AND id > {after} {open} ORDER BY id LIMIT {limit}) AS b
    UNION ALL
    SELECT id FROM (SELECT id FROM outbox_entry {by_time} WHERE mailing_id = {mailing}
        AND state = 'deferred' AND not_before <= {at} AND id > {after} {open}
        ORDER BY id LIMIT {limit}) AS c
    ORDER BY id LIMIT {limit}
"""

# What a person queued once more had ended before: its waits begin anew.
_COLUMNS = """
    e.id, e.edition_id, e.subscriber_id, e.subscription_id, s.address, s.name, {handle},
    e.issue_id, e.invitation_id, e.state, e.attempts, e.doubts, e.due_at, e.domain,
    CASE WHEN e.attempts > 0 THEN (SELECT min(t.tried_at) FROM attempt AS t
        WHERE t.entry_id = e.id AND (e.finished_at IS NULL OR t.tried_at > e.finished_at)) END
"""

# A subscription that were gone must not hide its entry: the claim settles it.
_FROM = """
FROM ({waiting}) AS i
    {joined} outbox_entry AS e ON e.id = i.id
    JOIN subscriber AS s ON s.id = e.subscriber_id
    LEFT JOIN subscription AS u ON u.id = e.subscription_id
"""


def _sqlite(by_time: str) -> str:
    waiting = _WAITING.format(
        mailing="?1",
        after="?2",
        limit="?3",
        at="?4",
        open="AND (?5 = '[]' OR domain NOT IN (SELECT value FROM json_each(?5)))",
        by_time=by_time,
    )
    columns = _COLUMNS.format(handle="hex(u.handle)")
    found = _FROM.format(waiting=waiting, joined="CROSS JOIN")
    return f"SELECT json_group_array(json_array({columns})) {found}"


def _postgres() -> str:
    waiting = _WAITING.format(
        mailing="%(mailing)s",
        after="%(after)s",
        limit="%(limit)s",
        at="%(at)s",
        open="AND domain <> ALL(%(closed)s::text[])",
        by_time="",
    )
    columns = _COLUMNS.format(handle="u.handle")
    found = _FROM.format(waiting=waiting, joined="JOIN")
    return f"SELECT {columns} {found} ORDER BY e.id"


_SQLITE_BY_TIME = _sqlite("INDEXED BY ix_outbox_entry_deferred")
_SQLITE_BY_ID = _sqlite("INDEXED BY ix_outbox_entry_mailing_id_state_id")
_SQLITE_DUE = """
SELECT count(*) FROM (SELECT 1 FROM outbox_entry INDEXED BY ix_outbox_entry_deferred
    WHERE mailing_id = ?1 AND state = 'deferred' AND not_before <= ?2 LIMIT ?3)
"""
_POSTGRES = _postgres()


def reserve(
    connection: Connection,
    mailing_id: int,
    *,
    after: int,
    limit: int,
    at: datetime,
    closed: Sequence[str] = (),
) -> list[OutboxEntry]:
    """Return entries with an id above `after` that may leave now, by id. Reads only."""
    now, say = microseconds(at), connection.exec_driver_sql
    if is_sqlite(connection):
        due: int = say(_SQLITE_DUE, (mailing_id, now, FEW)).scalar_one()
        statement = _SQLITE_BY_TIME if due < FEW else _SQLITE_BY_ID
        values = (mailing_id, after, limit, now, canonical_json(list(closed)))
        # The order of the rows within the text is not promised.
        rows = sorted(json.loads(say(statement, values).scalar_one()))
        return _entries(mailing_id, rows, bytes.fromhex)
    named = {"mailing": mailing_id, "after": after, "limit": limit, "at": now}
    found = say(_POSTGRES, named | {"closed": list(closed)}).all()
    return _entries(mailing_id, found, bytes)


def _entries(mailing_id: int, rows: Sequence[Any], handle_of: Any) -> list[OutboxEntry]:
    times: dict[int, datetime] = {}
    entries = []
    for row in rows:
        due_at = times.get(row[12]) or times.setdefault(row[12], moment(row[12]))
        entries.append(
            OutboxEntry(
                id=row[0],
                mailing_id=mailing_id,
                edition_id=row[1],
                subscriber_id=row[2],
                subscription_id=row[3],
                recipient=row[4],
                name=row[5],
                handle=handle_of(row[6]) if row[6] else b"",
                issue_id=row[7] or 0,
                invitation_id=row[8] or 0,
                state=_STATES[row[9]],
                attempts=row[10],
                doubts=row[11],
                due_at=due_at,
                domain=row[13],
                first_tried_at=None if row[14] is None else moment(row[14]),
            )
        )
    return entries
