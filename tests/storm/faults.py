"""Twelve stages of the dialogue, nine ways to misbehave at each, and what has to come of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass

from tests.sites import Site
from tests.smtp_server import Rule

#: Before any message: a fault here is one of the connection, and nobody's.
CONNECTING = ("CONNECT", "EHLO", "STARTTLS", "AUTH")
#: With one message. NEXT is the MAIL of a message that follows another.
SENDING = ("MAIL", "RCPT", "DATA", "BODY", "DOT", "NEXT")
#: IDLE: without being asked, once a message has been taken.
STAGES = (*CONNECTING, *SENDING, "IDLE", "QUIT")
FAULTS = (
    *("busy", "refused", "closing", "closed", "reset"),
    *("stalled", "garbage", "mismatched", "dripped"),
)

#: What the server says when it refuses; at RCPT it is the address that it refuses.
_REFUSALS = {
    "CONNECT": "554 5.7.1 no mail from you",
    "AUTH": "535 5.7.8 wrong user name or password",
    "RCPT": "550 5.1.1 no such user",
}
#: It falls silent for longer than the time-out (one second), and after a message's end only for a
#: while: there we have to wait, for ten minutes and more (RFC 5321 4.5.3.2.6).
TIMEOUT, SILENCE, LATE = "1 seconds", 3600.0, 2.5


def rule_of(stage: str, fault: str) -> Rule:
    """Return what the server does: always while connecting and at QUIT, else with one message."""
    rule = _rule(_place(stage), stage, fault)
    if stage in (*SENDING, "IDLE"):
        rule.times = 1
        rule.message = 3 if stage == "NEXT" else None
    return rule


def _place(stage: str) -> str:
    return "MAIL" if stage == "NEXT" else stage


def _rule(at: str, stage: str, fault: str) -> Rule:
    # In the middle of a message a server says something only to go.
    ends = at == "BODY"
    if fault == "busy":
        return Rule(at, "451 4.3.0 later", close=ends)
    if fault == "refused":
        return Rule(at, _REFUSALS.get(stage, "554 5.7.1 we do not want that"), close=ends)
    if fault == "closing":
        return Rule(at, "421 4.3.2 going down", close=True)
    if fault == "closed":
        return Rule(at, close=True)
    if fault == "reset":
        return Rule(at, reset=True)
    if fault == "stalled":
        return Rule(at, delay=LATE if at in {"BODY", "DOT"} else SILENCE)
    if fault == "garbage":
        return Rule(at, "good day to you", close=ends)
    if fault == "mismatched":
        return Rule(at, "250-yes\n550 no", close=ends)
    return Rule(at, drip=0.002)


@dataclass(frozen=True)
class Due:
    """What has to be in the database when the send has ended."""

    victim: str
    """The state of the one that it happened to; "" where it happened to the connection."""
    code: int
    paused: bool = False
    flagged: bool = False


def due(stage: str, fault: str) -> Due:
    """Return what has to come of a fault; the others must have the issue, or wait in the queue."""
    if fault == "dripped" or stage in {"IDLE", "QUIT"}:
        return Due("sent", 0)
    if stage in CONNECTING:
        return _due_of_a_connection(fault)
    if stage == "NEXT" and fault == "closing":
        return Due("sent", 0)
    if fault in {"busy", "closing"}:
        return Due("deferred", 75)
    if fault == "refused":
        return Due("refused", 0) if stage == "RCPT" else Due("queued", 1, paused=True)
    if stage == "NEXT":
        # Lost before MAIL was answered on a line that was good: it may go by another at once.
        return Due("sent", 0)
    if stage not in {"BODY", "DOT"}:
        return Due("deferred", 75)
    # After the last byte: a server that is late is waited for; no answer, or none that can be
    # read, leaves it open whether the message was taken.
    return Due("sent", 0) if fault == "stalled" else Due("sent", 0, flagged=True)


def _due_of_a_connection(fault: str) -> Due:
    """Return the same where no message is under way: one that is no SMTP server is for a person."""
    for_a_person = fault in {"refused", "garbage", "mismatched"}
    return Due("queued", 1 if for_a_person else 75, paused=for_a_person)


def an_hour_later(site: Site) -> None:
    """Move what waits for its time an hour back, behind the program's back."""
    database = site.home / "var" / "digest.db"
    hour = 3600 * 10**6
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(f"UPDATE outbox_entry SET not_before = not_before - {hour}")
        connection.execute(f"UPDATE domain_pause SET until_at = until_at - {hour}")
        connection.commit()
