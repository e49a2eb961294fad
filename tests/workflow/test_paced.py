"""Test mails wait for the limits, and count."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from digest.delivery.pacing import PaceRules, Pacing
from digest.errors import TryAgainLater
from digest.model.envelope import Envelope
from digest.model.limits import Handed, Limit, parse_limit
from digest.workflow.paced import PacedTransport
from tests.fakes import FakeClock, ScriptedTransport

LETTER = Envelope(sender="news@example.org", recipient="Me@Example.ORG", content=b"Hello\r\n")


class Counted:
    """A database that counts what was handed over."""

    def __init__(self, limit: Limit) -> None:
        self.clock = FakeClock()
        self.began_at = self.clock.at
        self.inner = ScriptedTransport()
        self.rows: list[Handed] = []
        self.transport = PacedTransport(
            transport=self.inner,
            pace=lambda: Pacing(
                PaceRules(limits=(limit,)), restored=self.rows, now=self.clock.now()
            ),
            count=self.count,
            clock=self.clock,
            sleep=self.clock.sleep,
        )

    def count(self, handed: Mapping[str, int], at: datetime) -> None:
        second = at.replace(microsecond=0)
        self.rows += [Handed(scope=scope, at=second, count=n) for scope, n in handed.items()]

    def deliver(self) -> None:
        asyncio.run(self.transport.deliver(LETTER))


def test_a_test_mail_counts_and_the_next_one_waits() -> None:
    site = Counted(parse_limit("2/min"))

    for _ in range(3):
        site.deliver()

    assert len(site.inner.taken) == 3
    assert sum(row.count for row in site.rows) == 3
    waited = site.clock.at - site.began_at
    assert timedelta(seconds=60) <= waited <= timedelta(seconds=62)


def test_a_limit_that_lets_nothing_out_for_long_says_when_to_come_again() -> None:
    site = Counted(parse_limit("1/h"))
    site.deliver()

    with pytest.raises(TryAgainLater, match="nothing out before 2023-03-31 13:00"):
        site.deliver()

    assert len(site.inner.taken) == 1
