"""The sender's exchange on SQLite: one statement a commit.

Python's driver takes the interpreter's lock again after every step of a statement, and the event
loop's thread, which writes and reads the lanes, seldom lets go of it. So the whole exchange is one
INSERT into a view of this connection, whose trigger does the rest and which is its own transaction:
it takes the write lock as it begins, and is on the disk when it returns. Lists travel as one JSON
text each, so that the statement is compiled once, whatever the batch.

UPDATE ... FROM json_each looks each entry up by its id; `id IN (SELECT ...)` is six times as slow.
A second table in FROM, or a condition that an index fits (hence the `+`), lets SQLite go through
the whole outbox instead, and that for each commit.
"""

from __future__ import annotations

import json
import sqlite3

from digest.model.mailing import Exchange, MailingState
from digest.store.exchange import Batch

_PREPARE = """
PRAGMA temp_store = MEMORY;
-- Not long: the sender tries again by itself, and has to hear meanwhile that it is to end.
PRAGMA busy_timeout = 1000;
CREATE TEMP TABLE outcome (state TEXT, newsletter TEXT, claimed TEXT);
INSERT INTO outcome VALUES ('', '', '[]');
CREATE TEMP VIEW exchange (mailing, returned, results, hard, claims, wanted, handed, at, second)
    AS SELECT 0, '', '', '', '', 0, '', 0, 0;
CREATE TEMP TRIGGER exchanged INSTEAD OF INSERT ON exchange BEGIN

-- Claimed and never begun: back to where it came from. A person's word sets attempts to none, so
-- the first after it came from the queue.
UPDATE outbox_entry
    SET state = CASE WHEN possible_duplicate AND doubts > 0 AND attempts > 1
        THEN 'in_doubt' ELSE 'queued' END,
        attempts = attempts - 1
    FROM json_each(NEW.returned) AS j
    WHERE outbox_entry.id = j.value AND outbox_entry.state = 'sending';

-- Dead addresses, everywhere. Before the entries move on, as what follows.
INSERT OR IGNORE INTO suppression (address_hash, newsletter, reason, suppressed_at)
    SELECT e.address_hash, '', json_extract(j.value, '$[1]'), NEW.at
    FROM json_each(NEW.hard) AS j
    CROSS JOIN outbox_entry AS e ON e.id = json_extract(j.value, '$[0]') AND e.state = 'sending';

INSERT INTO attempt (entry_id, number, tried_at, verdict, code, enhanced, text)
    SELECT e.id, 1 + coalesce((SELECT max(a.number) FROM attempt AS a WHERE a.entry_id = e.id), 0),
        json_extract(j.value, '$[1]'), json_extract(j.value, '$[2]'),
        json_extract(j.value, '$[3]'), json_extract(j.value, '$[4]'), json_extract(j.value, '$[5]')
    FROM json_each(NEW.results) AS j
    CROSS JOIN outbox_entry AS e ON e.id = json_extract(j.value, '$[0]') AND e.state = 'sending';

UPDATE outbox_entry
    SET state = json_extract(j.value, '$[6]'),
        reason = json_extract(j.value, '$[7]'),
        not_before = coalesce(json_extract(j.value, '$[8]'), not_before),
        doubts = doubts + json_extract(j.value, '$[9]'),
        finished_at = coalesce(json_extract(j.value, '$[10]'), finished_at)
    FROM json_each(NEW.results) AS j
    WHERE outbox_entry.id = json_extract(j.value, '$[0]') AND outbox_entry.state = 'sending';

-- An invitation is issued when its entry is sent; an answer may be there already.
UPDATE invitation
    SET state = CASE invitation.state WHEN 'planned' THEN 'issued' ELSE invitation.state END,
        issued_at = coalesce(invitation.issued_at,
            (SELECT e.finished_at FROM outbox_entry AS e
            WHERE e.invitation_id = invitation.id AND e.state = 'sent'))
    WHERE invitation.id IN (
        SELECT e.invitation_id
        FROM json_each(CASE
                WHEN EXISTS (SELECT 1 FROM invitation AS i WHERE i.mailing_id = NEW.mailing)
                THEN NEW.results ELSE '[]' END) AS j
        CROSS JOIN outbox_entry AS e ON e.id = json_extract(j.value, '$[0]') AND e.state = 'sent'
        WHERE e.invitation_id IS NOT NULL);

UPDATE outcome SET (state, newsletter) =
    (SELECT m.state, m.newsletter FROM mailing AS m WHERE m.id = NEW.mailing);

-- Who may be written to now.
UPDATE outcome SET claimed = CASE WHEN state = 'sending' THEN
    (SELECT json_group_array(e.id)
    FROM json_each(NEW.claims) AS j
    CROSS JOIN outbox_entry AS e ON e.id = j.value
    WHERE e.mailing_id = NEW.mailing
        AND e.state IN ('queued', 'deferred', 'in_doubt')
        AND EXISTS (SELECT 1 FROM subscription AS s
            WHERE s.id = e.subscription_id AND s.state = 'active')
        AND NOT EXISTS (SELECT 1 FROM suppression AS u
            WHERE u.address_hash = e.address_hash AND u.newsletter IN ('', outcome.newsletter)))
    ELSE '[]' END;

UPDATE outbox_entry
    SET state = 'sending', attempts = attempts + 1, claimed_at = NEW.at,
        possible_duplicate = possible_duplicate OR outbox_entry.state = 'in_doubt'
    FROM json_each((SELECT claimed FROM outcome)) AS j
    WHERE outbox_entry.id = j.value;

-- The others said no. Only looked for where somebody is missing.
UPDATE outbox_entry
    SET state = 'skipped', finished_at = NEW.at,
        reason = CASE WHEN EXISTS (SELECT 1 FROM suppression AS u
                WHERE u.address_hash = outbox_entry.address_hash
                    AND u.newsletter IN ('', (SELECT newsletter FROM outcome)))
            THEN 'suppressed' ELSE 'unsubscribed' END
    FROM json_each((SELECT CASE
            WHEN o.state = 'sending' AND json_array_length(o.claimed) < NEW.wanted
            THEN NEW.claims ELSE '[]' END FROM outcome AS o)) AS j
    WHERE outbox_entry.id = j.value AND +outbox_entry.mailing_id = NEW.mailing
        AND +outbox_entry.state IN ('queued', 'deferred', 'in_doubt');

INSERT INTO pace (scope, at, count)
    SELECT j.key, NEW.second, j.value
    FROM outcome AS o CROSS JOIN json_each(NEW.handed) AS j
    WHERE o.state = 'sending'
    ON CONFLICT (scope, at) DO UPDATE SET count = count + excluded.count;
END;
"""
_EXCHANGE = "INSERT INTO exchange VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_OUTCOME = "SELECT state, claimed FROM outcome"

#: What has no circles need not be looked through for them.
_json = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class SqliteExchange:
    """The sender's own connection to a SQLite file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Take a connection that commits each statement, with FULL set; it is this one's alone."""
        self._connection = connection
        connection.executescript(_PREPARE)

    def exchange(self, batch: Batch) -> Exchange:
        """Commit a batch.

        Raises:
            KeyError: there is no such mailing.
        """
        values = (
            batch.mailing_id,
            _json(batch.returned),
            _json(batch.rows),
            _json(batch.hard),
            _json(batch.claims),
            len(batch.claims),
            _json(batch.handed),
            batch.at,
            batch.second,
        )
        self._connection.execute(_EXCHANGE, values)
        state, claimed = self._connection.execute(_OUTCOME).fetchone()
        if state is None:
            raise KeyError(batch.mailing_id)
        return Exchange(claimed=frozenset(json.loads(claimed)), state=MailingState(state))

    def close(self) -> None:
        """End the connection."""
        self._connection.close()
