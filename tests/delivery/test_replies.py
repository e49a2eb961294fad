"""What replies mean: the table of `delivery/replies.py`, row by row, and that it is total."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.provider_texts import ACCOUNT_TEXTS
from digest.delivery.replies import (
    LONGEST_TEXT,
    Stage,
    accepted,
    enhanced_status,
    judge_reply,
    read_reply,
    session_full,
)
from digest.model.mailing import Verdict

ACCEPTED, DEFERRED, REFUSED = Verdict.ACCEPTED, Verdict.DEFERRED, Verdict.REFUSED
BLOCKED, IN_DOUBT = Verdict.BLOCKED, Verdict.IN_DOUBT
MAIL, RCPT, DATA, DOT = Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.DOT

TABLE = [
    (MAIL, 250, "2.1.0 OK", ACCEPTED),
    (RCPT, 251, "will forward", ACCEPTED),
    (DATA, 354, "go ahead", ACCEPTED),
    (DOT, 250, "2.0.0 queued as 4XyZ", ACCEPTED),
    # Later, for whatever reason.
    (MAIL, 421, "4.3.2 closing", DEFERRED),
    (DOT, 421, "4.3.2 closing", DEFERRED),
    (MAIL, 452, "4.3.1 no space", DEFERRED),
    (RCPT, 450, "4.2.0 greylisted", DEFERRED),
    (RCPT, 451, "4.7.1 greylisted, see our policy", DEFERRED),
    (DOT, 452, "4.2.2 over quota", DEFERRED),
    # Gmail's words to a sender who is not in order: waiting does not help.
    (DOT, 421, "4.7.28 unusual rate of mail from your domain", BLOCKED),
    (DOT, 421, "4.7.26 this mail is unauthenticated", BLOCKED),
    (DOT, 550, "5.7.26 this mail is unauthenticated", BLOCKED),
    # This reader.
    (RCPT, 550, "5.1.1 <x@y.example>: Recipient address rejected: User unknown", REFUSED),
    (RCPT, 550, "5.1.1 no such user; see https://policy.example/spam", REFUSED),
    (RCPT, 550, "User unknown in virtual mailbox table", REFUSED),
    (RCPT, 550, "5.5.0 Requested action not taken: mailbox unavailable", REFUSED),
    (RCPT, 550, "mailbox unavailable", REFUSED),
    (RCPT, 553, "5.1.3 bad syntax", REFUSED),
    (RCPT, 501, "syntax error in parameters", REFUSED),
    (RCPT, 550, "5.4.1 Recipient address rejected: Access denied", REFUSED),
    (RCPT, 550, "5.7.133 the group takes mail from inside only", REFUSED),
    (RCPT, 554, "5.2.1 mailbox disabled", REFUSED),
    (DATA, 554, "5.5.1 Error: no valid recipients", REFUSED),
    (DOT, 552, "5.2.2 mailbox full", REFUSED),
    (DOT, 552, "exceeded storage allocation", REFUSED),
    (DOT, 554, "delivery error: dd This user doesn't have a example.com account", REFUSED),
    (DOT, 550, "5.5.0 Requested action not taken: mailbox unavailable", REFUSED),
    # RFC 5321 4.5.3.1.10.
    (RCPT, 552, "too many recipients", DEFERRED),
    (RCPT, 552, "5.2.2 mailbox full", DEFERRED),
    (RCPT, 503, "5.5.1 MAIL first", DEFERRED),
    # Us: policy, login, sender, blocklists, the message itself.
    (MAIL, 550, "5.1.8 sender domain not found", BLOCKED),
    (MAIL, 552, "5.3.4 message size exceeds limit", BLOCKED),
    (MAIL, 554, "no", BLOCKED),
    (MAIL, 530, "5.7.0 Must issue a STARTTLS command first", BLOCKED),
    (MAIL, 503, "AUTH first", BLOCKED),
    (RCPT, 530, "Authentication required", BLOCKED),
    (RCPT, 535, "5.7.8 bad credentials", BLOCKED),
    (RCPT, 534, "5.7.9 too weak", BLOCKED),
    (RCPT, 538, "5.7.11 encryption required", BLOCKED),
    (RCPT, 503, "5.5.1 need AUTH", BLOCKED),
    (RCPT, 554, "5.7.1 <x@y.example>: Relay access denied", BLOCKED),
    (RCPT, 552, "5.7.0 not from you", BLOCKED),
    (RCPT, 550, "blocked using zen.spamhaus.org", BLOCKED),
    (RCPT, 554, "your IP has a poor reputation", BLOCKED),
    (RCPT, 550, "Sender address rejected: User unknown", BLOCKED),
    (RCPT, 550, "5.1.0 sender rejected", BLOCKED),
    (RCPT, 550, "5.1.7 bad sender", BLOCKED),
    (RCPT, 550, "relaying denied", BLOCKED),
    (RCPT, 502, "not implemented", BLOCKED),
    (DATA, 554, "transaction failed", BLOCKED),
    (DOT, 554, "transaction failed", BLOCKED),
    (DOT, 550, "5.7.1 message refused by policy", BLOCKED),
    (DOT, 552, "5.2.0 message refused as spam", BLOCKED),
    (DOT, 552, "5.3.4 message too big for system", BLOCKED),
    (DOT, 554, "5.6.0 message cannot be converted", BLOCKED),
    (DOT, 550, "high probability of spam", BLOCKED),
    (Stage.CONNECT, 554, "no SMTP service here", BLOCKED),
    (Stage.AUTH, 535, "5.7.8 wrong", BLOCKED),
    (Stage.AUTH, 454, "4.7.0 temporary", DEFERRED),
    # Our account with a provider, in its own words and with any code.
    (DOT, 454, "Throttling failure: Daily message quota exceeded", BLOCKED),
    (MAIL, 454, "Throttling failure: Daily message quota exceeded", BLOCKED),
    (DOT, 454, "Throttling failure: Maximum sending rate exceeded.", DEFERRED),
    (DOT, 554, "Message rejected: Sending suspended for this account.", BLOCKED),
    (DOT, 554, "Message rejected: Email address is not verified.", BLOCKED),
    (RCPT, 550, "5.4.5 Daily user sending limit exceeded. For more information", BLOCKED),
    (DATA, 550, "5.4.5 Daily sending quota exceeded", BLOCKED),
    (DATA, 550, "5.4.5 You have reached a limit for sending mail", BLOCKED),
    (DOT, 554, "5.2.252 SendAsDenied; news@example.org not allowed to send as x", BLOCKED),
    (RCPT, 550, "5.1.90 You've reached your daily limit for message recipients", BLOCKED),
    (RCPT, 451, "Authentication failed: Maximum credits exceeded", BLOCKED),
    (DOT, 421, "Domain example.org is not allowed to send: recipient limit exceeded", BLOCKED),
    (DOT, 450, "You ran out of email credits", BLOCKED),
    (RCPT, 550, "Your SMTP account is not yet activated", BLOCKED),
    (RCPT, 550, "5.4.6 Unusual sending activity detected", BLOCKED),
    (RCPT, 550, "Domain example.org has exceeded the max emails per hour (100/100)", BLOCKED),
    (DOT, 450, "4.2.0 monthly email limit reached", BLOCKED),
    (DOT, 452, "4.3.1 hourly message quota reached", BLOCKED),
    (RCPT, 550, "5.2.1 Your account has been suspended", BLOCKED),
    (RCPT, 550, "5.2.1 The email account that you tried to reach is disabled", REFUSED),
    (RCPT, 454, "4.7.0 Temporary authentication failure", BLOCKED),
    (MAIL, 535, "5.7.8 the session's login has expired", BLOCKED),
    (MAIL, 421, "4.7.28 rate limited", BLOCKED),
    (RCPT, 421, "4.7.0 try again later", DEFERRED),
    (RCPT, 450, "4.2.1 this user's daily receiving limit is reached", DEFERRED),
    (RCPT, 550, "5.2.2 recipient is over the daily message quota: mailbox full", REFUSED),
    (RCPT, 550, "5.1.1 the account is not activated", REFUSED),
    # Neither yes nor no.
    (MAIL, 354, "what?", DEFERRED),
    (DATA, 250, "fine", DEFERRED),
    (RCPT, 0, "HTTP/1.1 400 Bad Request", DEFERRED),
    (DOT, 354, "more?", IN_DOUBT),
    (DOT, 0, "@@@", IN_DOUBT),
    (DOT, 999, "beyond", IN_DOUBT),
]


@pytest.mark.parametrize(("stage", "code", "text", "verdict"), TABLE)
def test_each_reply_has_its_verdict(stage: Stage, code: int, text: str, verdict: Verdict) -> None:
    reply = judge_reply(stage, code, text)

    assert reply.verdict is verdict


@pytest.mark.parametrize(
    ("code", "text", "hard"),
    [
        (550, "5.1.1 unknown", True),
        (550, "5.1.2 no such domain", True),
        (553, "5.1.3 syntax", True),
        (550, "5.1.6 moved", True),
        (556, "5.1.10 null MX", True),
        (550, "5.2.1 The account is Disabled", True),
        (550, "5.2.1 receiving mail at too high a rate", False),
        (550, "5.4.4 DNS error: NXDOMAIN", True),
        (550, "5.1.4 ambiguous", False),
        (550, "5.5.0 mailbox unavailable", False),
        (550, "User unknown", False),
        (552, "5.2.2 mailbox full", False),
        (450, "4.1.1 unknown for now", False),
        (550, "5.7.1 policy", False),
        (550, "5.1.8 sender domain not found", False),
        (250, "2.1.5 OK", False),
    ],
)
def test_only_an_address_that_is_dead_is_hard(code: int, text: str, hard: bool) -> None:
    reply = judge_reply(Stage.RCPT, code, text)

    assert reply.hard is hard


@pytest.mark.parametrize("stage", [each for each in Stage if each is not Stage.RCPT])
def test_no_address_is_hard_but_at_rcpt(stage: Stage) -> None:
    assert not judge_reply(stage, 550, "5.1.1 unknown").hard


@pytest.mark.parametrize("provider", sorted({who for who, _ in ACCOUNT_TEXTS}))
def test_every_text_of_a_provider_is_one_that_the_table_tries(provider: str) -> None:
    patterns = [re.compile(words, re.IGNORECASE) for who, words in ACCOUNT_TEXTS if who == provider]
    blocked = [text for _, _, text, verdict in TABLE if verdict is BLOCKED]

    assert all(any(pattern.search(text) for text in blocked) for pattern in patterns)


@pytest.mark.parametrize(
    ("raw", "text", "enhanced"),
    [
        (b"2.0.0 Ok: queued as 4XyZ\r", "2.0.0 Ok: queued as 4XyZ", "2.0.0"),
        (b"  Ok   twice \r", "Ok twice", ""),
        (b"2.6.0 <x@y> queued", "2.6.0 <x@y> queued", "2.6.0"),
        (b"2.0.0 first\n2.0.0 second", "2.0.0 first second", "2.0.0"),
        (b"\x1b[2J\xff ok", "[2J� ok", ""),
        (b"", "", ""),
    ],
)
def test_an_acceptance_is_read_the_short_way_as_the_long_way(
    raw: bytes, text: str, enhanced: str
) -> None:
    reply = accepted(raw)

    assert reply == read_reply(DOT, 250, raw)
    assert (reply.text, reply.enhanced) == (text, enhanced)


@given(st.binary(max_size=700))
def test_any_acceptance_is_read_the_short_way_as_the_long_way(raw: bytes) -> None:
    assert accepted(raw) == read_reply(DOT, 250, raw)


@pytest.mark.parametrize(
    ("code", "text", "full"),
    [
        (452, "4.3.2 Too many messages on this connection", True),
        (421, "4.5.3 too many transactions in one session", True),
        (452, "4.3.1 no space", False),
        (550, "too many messages in this session", False),
    ],
)
def test_a_session_that_is_full_is_told_from_a_mailbox(code: int, text: str, full: bool) -> None:
    assert session_full(judge_reply(MAIL, code, text)) is full


@pytest.mark.parametrize(
    ("code", "text", "enhanced"),
    [
        (550, "5.1.1 unknown", "5.1.1"),
        (550, "5.7.26\nmore", "5.7.26"),
        (550, "sorry, no mailbox here by that name. (#5.1.1)", "5.1.1"),
        (550, "05.1.1 odd", ""),
        (550, "5.1.001 padded", "5.1.1"),
        (550, "4.1.1 contradicts its code", ""),
        (550, "5.1.1.2 an address", ""),
        (550, "10.5.1.1 said no", ""),
        (550, "", ""),
    ],
)
def test_the_enhanced_status_is_read_where_it_stands(code: int, text: str, enhanced: str) -> None:
    assert enhanced_status(code, text) == enhanced


def test_a_long_reply_of_many_lines_becomes_one_line_without_control_characters() -> None:
    text = "5.1.1 first\n5.1.1 second\x1b[31m\ttabbed\u2028\n" + "x" * 10_000

    reply = judge_reply(Stage.RCPT, 550, text)

    assert reply.text.startswith("5.1.1 first second [31m tabbed xxx")
    assert len(reply.text) == LONGEST_TEXT
    assert reply.text.isprintable()


@given(st.sampled_from(Stage), st.integers(-5, 1200), st.text(max_size=200))
def test_any_reply_has_a_verdict_and_can_be_stored(stage: Stage, code: int, text: str) -> None:
    reply = judge_reply(stage, code, text)

    reply.text.encode()
    assert "\n" not in reply.text
    assert reply.code == 0 or 200 <= reply.code <= 599
    assert reply.verdict is not REFUSED or 500 <= code <= 599
    assert reply.verdict is not ACCEPTED or 200 <= code <= 399
    assert reply.verdict is not IN_DOUBT or stage is DOT


@given(st.text(max_size=300))
def test_nobody_is_refused_before_a_recipient_was_named(text: str) -> None:
    for stage in (Stage.CONNECT, Stage.HELLO, Stage.AUTH, Stage.MAIL):
        assert judge_reply(stage, 550, text).verdict is BLOCKED
