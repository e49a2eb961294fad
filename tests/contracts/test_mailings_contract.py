"""What every store promises of a mailing that is paused: who paused it, and who lets it go on."""

from __future__ import annotations

import pytest

from digest.model.mailing import MailingState, PausedBy
from tests.contracts.material import (
    MINUTE,
    NOON,
)


def test_a_paused_mailing_says_why_and_by_whom_until_it_goes_on(ledger, mailing):
    ledger.pause(mailing.id, "535 login refused", retry_at=NOON + MINUTE, probes=2)
    paused = ledger.mailing(mailing.id)

    ledger.resume(mailing.id)

    assert (paused.state, paused.reason) == (MailingState.PAUSED, "535 login refused")
    assert (paused.paused_by, paused.retry_at, paused.probes) == (
        PausedBy.SERVER,
        NOON + MINUTE,
        2,
    )
    now = ledger.mailing(mailing.id)
    assert (now.state, now.reason) == (MailingState.SENDING, "")
    assert (now.paused_by, now.retry_at, now.probes) == (None, None, 0)


def test_who_lets_a_mailing_go_on_only_to_try_keeps_how_often_it_was_tried(ledger, mailing):
    ledger.pause(mailing.id, "554 policy", probes=3)

    ledger.resume(mailing.id, probes=3)

    assert (ledger.mailing(mailing.id).state, ledger.mailing(mailing.id).probes) == (
        MailingState.SENDING,
        3,
    )


@pytest.mark.parametrize("by", [PausedBy.PERSON, PausedBy.ROLLOUT])
def test_what_waits_for_a_person_is_not_made_the_servers_to_try_again(ledger, mailing, by):
    ledger.pause(mailing.id, "wait", by)

    ledger.pause(mailing.id, "554 policy", retry_at=NOON)

    paused = ledger.mailing(mailing.id)
    assert (paused.paused_by, paused.reason, paused.retry_at) == (by, "wait", None)


def test_a_person_may_pause_what_the_server_paused(ledger, mailing):
    ledger.pause(mailing.id, "554 policy", retry_at=NOON, probes=1)

    ledger.pause(mailing.id, "not before noon", PausedBy.PERSON)

    paused = ledger.mailing(mailing.id)
    assert (paused.paused_by, paused.reason) == (PausedBy.PERSON, "not before noon")
    assert (paused.retry_at, paused.probes) == (None, 0)


def test_a_complete_mailing_is_not_paused(ledger, mailing):
    ledger.skip_rest(mailing.id, "cancelled", NOON)
    ledger.complete_if_settled(mailing.id, NOON)

    ledger.pause(mailing.id, "too late")
    ledger.resume(mailing.id)

    assert ledger.mailing(mailing.id).state is MailingState.COMPLETE
