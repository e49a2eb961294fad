"""Domains that ask us to wait: when a deferral is a sign, and how a pause ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.delivery.domain_pauses import (
    PATIENCE,
    SERVER_STREAK,
    STREAK,
    THROTTLED_STREAK,
    DomainPauses,
)
from digest.delivery.retry import PROBES, probe_at
from digest.model.limits import EVERYTHING, DomainPause
from digest.model.mailing import Reply, Verdict

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
REFUSED = Reply(verdict=Verdict.REFUSED, code=550, text="no such user", enhanced="5.1.1")


def deferred(text: str = "mailbox busy", code: int = 450, enhanced: str = "4.2.0") -> Reply:
    return Reply(verdict=Verdict.DEFERRED, code=code, text=text, enhanced=enhanced)


THROTTLED = deferred("too many messages from your network", 421, "4.7.0")
FULL_DISK = deferred("insufficient system storage", 452, "4.3.1")


class Book:
    """What would be stored."""

    def __init__(self) -> None:
        self.rows: dict[str, DomainPause] = {}

    def keep(self, pause: DomainPause) -> None:
        self.rows[pause.domain] = pause

    def lift(self, domain: str) -> None:
        self.rows.pop(domain, None)

    def pauses(self) -> DomainPauses:
        return DomainPauses(self.rows.values(), keep=self.keep, lift=self.lift)


def defer(pauses: DomainPauses, domain: str, times: int, reply: Reply | None = None) -> None:
    for _ in range(times):
        pauses.learn(domain, reply or deferred(), NOON)


def test_several_deferrals_in_a_row_pause_the_domain() -> None:
    pauses = DomainPauses()

    defer(pauses, "gmail.com", STREAK - 1)
    assert not pauses.paused
    defer(pauses, "gmail.com", 1)

    assert not pauses.lets("gmail.com", NOON)
    assert pauses.lets("example.org", NOON)
    assert pauses.until("gmail.com") == NOON + 30 * SECOND


def test_an_accepted_message_in_between_begins_the_row_anew() -> None:
    pauses = DomainPauses()

    defer(pauses, "gmail.com", STREAK - 1)
    pauses.taken("gmail.com")
    defer(pauses, "gmail.com", STREAK - 1)

    assert not pauses.paused


def test_a_domain_that_speaks_of_rates_is_heeded_sooner() -> None:
    pauses = DomainPauses()

    defer(pauses, "gmail.com", THROTTLED_STREAK, THROTTLED)

    assert pauses.paused


def test_greylisting_is_no_reason_to_wait_for_the_second_try_is_its_cure() -> None:
    pauses = DomainPauses()

    defer(pauses, "example.org", 50, deferred("4.7.1 Greylisted, come back later", 451, "4.7.1"))

    assert not pauses.paused
    assert not pauses.wary


@pytest.mark.parametrize("reply", [REFUSED, deferred("", 0, ""), deferred("odd", 455)])
def test_other_answers_pause_nobody(reply: Reply) -> None:
    pauses = DomainPauses()

    defer(pauses, "gmail.com", 50, reply)

    assert not pauses.paused


def test_the_servers_own_state_makes_all_mail_wait_whatever_the_domains() -> None:
    pauses = DomainPauses()

    for number in range(SERVER_STREAK):
        pauses.learn(f"d{number}.example", FULL_DISK, NOON)

    assert not pauses.lets("gmail.com", NOON)
    assert pauses.until("gmail.com") == NOON + 30 * SECOND
    assert pauses.closed(NOON) == []


def test_each_step_allows_one_try_and_a_failed_one_makes_the_wait_longer() -> None:
    pauses = DomainPauses()
    defer(pauses, "gmail.com", STREAK)
    later = NOON + 30 * SECOND

    assert pauses.lets("gmail.com", later)
    pauses.begin("gmail.com", later)
    assert not pauses.lets("gmail.com", later)
    assert pauses.closed(later) == ["gmail.com"]
    pauses.learn("gmail.com", deferred(), later)

    assert pauses.until("gmail.com") == later + 60 * SECOND
    assert pauses.pauses()[0].steps == 2


def test_answers_to_what_was_under_way_do_not_make_the_wait_longer() -> None:
    pauses = DomainPauses()

    defer(pauses, "gmail.com", STREAK + 9)

    assert pauses.pauses()[0].steps == 1


def test_a_try_that_is_accepted_ends_the_pause_and_one_under_way_does_not() -> None:
    book = Book()
    pauses = book.pauses()
    defer(pauses, "gmail.com", STREAK)

    pauses.taken("gmail.com")
    assert pauses.paused
    pauses.begin("gmail.com", NOON + 30 * SECOND)
    pauses.taken("gmail.com")

    assert not pauses.paused
    assert book.rows == {}


def test_a_try_without_an_answer_lets_another_try() -> None:
    pauses = DomainPauses()
    defer(pauses, "gmail.com", STREAK)
    later = NOON + 30 * SECOND

    for bring_no_answer in (
        lambda: pauses.give_back("gmail.com"),
        lambda: pauses.learn("gmail.com", deferred("the line was lost", 0, ""), later),
    ):
        pauses.begin("gmail.com", later)
        assert not pauses.lets("gmail.com", later)
        bring_no_answer()
        assert pauses.lets("gmail.com", later)


def test_a_pause_that_was_soon_over_is_not_so_soon_made_again() -> None:
    pauses = DomainPauses()
    defer(pauses, "example.org", STREAK)
    pauses.begin("example.org", NOON + 30 * SECOND)
    pauses.taken("example.org")

    defer(pauses, "example.org", STREAK * PATIENCE - 1)
    assert not pauses.paused
    defer(pauses, "example.org", 1)

    assert pauses.paused


def test_a_silent_greylister_with_many_readers_is_served_within_few_waits() -> None:
    """Every first try is deferred, every later one taken; 500 readers must not take hours."""
    pauses, now = DomainPauses(), NOON
    due = dict.fromkeys(range(500), NOON)
    tried: set[int] = set()

    while due:
        ready = [reader for reader, at in due.items() if at <= now]
        if not ready or not pauses.lets("example.org", now):
            now = max(now + SECOND, pauses.until("example.org") or min(due.values()))
            continue
        reader = min(ready)
        pauses.begin("example.org", now)
        if reader in tried:
            pauses.taken("example.org")
            del due[reader]
        else:
            tried.add(reader)
            due[reader] = now + 60 * SECOND
            pauses.learn("example.org", deferred(), now)

    assert now - NOON < timedelta(minutes=20)


def test_pauses_outlive_the_process() -> None:
    book = Book()
    defer(book.pauses(), "gmail.com", STREAK)

    again = book.pauses()

    assert not again.lets("gmail.com", NOON)
    assert again.lets("gmail.com", NOON + 30 * SECOND)
    assert again.pauses()[0].reason == "450 mailbox busy"


def test_a_storm_over_many_domains_is_not_remembered_for_ever() -> None:
    pauses = DomainPauses()

    for number in range(30_000):
        pauses.learn(f"d{number}.example", deferred(), NOON)

    assert len(pauses._standings) <= 10_001


def test_the_wait_for_everybody_is_known_by_its_empty_name() -> None:
    pause = DomainPause(domain=EVERYTHING, until_at=NOON + SECOND, steps=1, reason="452 full")

    assert not DomainPauses([pause]).lets("gmail.com", NOON)


def test_a_paused_mailing_is_tried_at_growing_intervals() -> None:
    waits = [probe_at(probes=probes, now=NOON) - NOON for probes in range(8)]

    assert waits[0] == PROBES.first_wait
    assert waits == sorted(waits)
    assert waits[-1] == PROBES.longest_wait
