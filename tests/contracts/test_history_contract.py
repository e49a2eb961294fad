"""What every store tells of one reader's issues: what came, what did not, and why."""

from __future__ import annotations

from digest.model.mailing import EntryState
from tests.contracts.material import (
    DAY,
    MINUTE,
    NEWSLETTER,
    NOON,
    claim,
    freeze_for_all,
    import_all,
    newcomer,
    plan,
    reader,
    record,
    result,
    waiting,
)


def test_history_tells_each_issue_newest_first(ledger, mailing):
    entry = waiting(ledger, mailing)[0]
    claim(ledger, entry.mailing_id, [entry.id])
    record(
        ledger,
        entry.mailing_id,
        [result(entry.id, EntryState.SENT, at=NOON + MINUTE, text="queued as 42")],
    )
    freeze_for_all(ledger, number=2)

    second, first = ledger.history(NEWSLETTER, "A@example.com")

    assert (second.number, second.state, second.selected) == (2, "queued", True)
    assert (first.number, first.state, first.language) == (1, "sent", "ja")
    assert (first.edition_key, first.audience, first.question) == ("k", "all", "")
    assert first.reason == "selected by: all"
    assert first.attempts == ((NOON + MINUTE, "accepted", 250, "queued as 42"),)


def test_history_tells_why_an_issue_did_not_come(ledger, mailing):
    import_all(ledger, [newcomer("late@example.com")], at=NOON + DAY)
    ledger.leave(reader(ledger, "a@example.com").handle, NOON + DAY)
    ledger.suppress("b@example.com", newsletter=None, reason="bounced", at=NOON + DAY)
    import_all(ledger, [newcomer("waits@example.com", status="pending")], at=NOON)
    freeze_for_all(ledger, number=2, at=NOON + 2 * DAY)

    def told(name):
        return [(h.selected, h.reason) for h in ledger.history(NEWSLETTER, f"{name}@example.com")]

    assert told("late") == [(True, "selected by: all"), (False, "not subscribed then")]
    assert told("a") == [(False, "left on 2024-03-02"), (True, "selected by: all")]
    assert told("b") == [(False, "suppressed: bounced"), (True, "selected by: all")]
    assert told("waits")[0] == (False, "has not confirmed the subscription")
    assert ledger.history(NEWSLETTER, "nobody@example.com") == []


def test_history_tells_that_nothing_was_for_a_profile(ledger):
    import_all(ledger, [newcomer("a@example.com", language="ja", topics=("pay",))])
    empty = frozenset(ledger.profiles(NEWSLETTER, NOON))
    ledger.freeze(plan({}, empty_profiles=empty))

    [told] = ledger.history(NEWSLETTER, "a@example.com")

    assert not told.selected
    assert told.reason == "no edition: nothing in this issue is for language ja; topics pay"
