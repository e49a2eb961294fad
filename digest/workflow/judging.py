"""What a reply does to an entry: the state after it, when to try again, and why. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from digest.delivery.retry import RetryPolicy, next_attempt
from digest.model.mailing import EntryState, OutboxEntry, Reply, Result, Verdict

_AFTER = {
    Verdict.ACCEPTED: EntryState.SENT,
    Verdict.DEFERRED: EntryState.DEFERRED,
    Verdict.REFUSED: EntryState.REFUSED,
    Verdict.BLOCKED: EntryState.QUEUED,
    Verdict.IN_DOUBT: EntryState.IN_DOUBT,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Judge:
    """Turns replies into results, by the policies of one mailing."""

    retry: RetryPolicy
    resend_in_doubt: bool
    """Send once more what may have been taken; otherwise it is held."""

    def result(
        self, entry: OutboxEntry, reply: Reply, *, tried_at: datetime, now: datetime
    ) -> Result:
        """Return what an attempt does to its entry."""
        state = _AFTER[reply.verdict]
        not_before, reason = None, ""
        if state is EntryState.SENT:
            pass  # by far the most
        elif state is EntryState.IN_DOUBT:
            if entry.doubts or not self.resend_in_doubt:
                state, reason = EntryState.HELD, "in doubt: the server may have taken it"
        elif state is EntryState.DEFERRED:
            not_before = self._next_attempt(entry, tried_at, now)
            if not_before is None:
                state, reason = EntryState.REFUSED, f"gave up: {answer(reply)}"
        elif state is EntryState.REFUSED:
            reason = answer(reply)
        return Result(
            entry_id=entry.id,
            state=state,
            reply=reply,
            tried_at=tried_at,
            not_before=not_before,
            reason=reason,
        )

    def _next_attempt(
        self, entry: OutboxEntry, tried_at: datetime, now: datetime
    ) -> datetime | None:
        return next_attempt(
            first_tried_at=entry.first_tried_at or tried_at,
            attempts=entry.attempts + 1,
            now=now,
            policy=self.retry,
        )


def answer(reply: Reply) -> str:
    """Return what the server said; a lost line has no code."""
    return f"{reply.code} {reply.text}" if reply.code else reply.text
