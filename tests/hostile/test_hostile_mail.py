"""Hostile bodies, names and addresses arrive byte for byte, and nothing else does.

`make hostile` does it with 10,000. The seed is drawn anew each time; HOSTILE_SEED repeats one.
"""

from __future__ import annotations

import os
import random
from itertools import islice

import pytest

from tests.hostile.corpus import hostile_mail
from tests.hostile.sending import Outcome, composed_mail, differences, send_hostile_mail
from tests.smtp_server import Message


def test_hostile_mail_arrives_as_it_was_composed_and_nothing_else_does() -> None:
    seed = int(os.environ.get("HOSTILE_SEED", random.randrange(10**6)))

    outcome = send_hostile_mail(200, seed)

    assert outcome.faults == [], f"HOSTILE_SEED={seed}"
    assert outcome.sent == 200
    assert outcome.refused > 20, "nothing was hostile enough to be refused"


def test_the_same_seed_gives_the_same_mail() -> None:
    first, again = (list(islice(hostile_mail(7), 20)) for _ in range(2))

    assert first == again
    assert first != list(islice(hostile_mail(8), 20))


@pytest.mark.parametrize(
    ("old", "new", "seen"),
    [
        (b"\r\nSubject", b"\nSubject", "a lone CR or LF"),
        (b"\r\nSubject", b"\r\nBcc: eve@example.com\r\nSubject", "other fields"),
        (b"\r\nDate:", b"\r\nDate :", "other fields"),
        (b"\r\nTo:", b"\r\nTo: eve@example.com,", "To says"),
        (b"base64\r\n\r\n", b"base64\r\n\r\nAAAA", "other bodies"),
        (b"\r\nPrecedence: bulk", b"\r\nPrecedence: list", "the signature does not hold"),
    ],
)
def test_a_message_that_is_not_as_it_was_meant_is_seen(old: bytes, new: bytes, seen: str) -> None:
    mail, envelope = next(composed_mail(3, Outcome()))
    right = Message(envelope.sender, envelope.recipient, envelope.content)
    wrong = right._replace(content=envelope.content.replace(old, new))

    assert list(differences(mail, envelope, right, verify=True)) == []
    found = list(differences(mail, envelope, wrong, verify=True))
    assert any(fault.startswith(seen) for fault in found)
    assert "other bytes" in found


def test_a_message_to_somebody_else_is_seen() -> None:
    mail, envelope = next(composed_mail(3, Outcome()))
    elsewhere = Message(envelope.sender, "eve@example.com", envelope.content)

    assert list(differences(mail, envelope, elsewhere, verify=False)) == [
        "went to 'eve@example.com'"
    ]
