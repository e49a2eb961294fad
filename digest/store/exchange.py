"""What one commit of the sender takes along: results, claims, what goes back, what was counted.

Here they become plain values, the same for every database; `exchange_sqlite` and
`exchange_postgres` say them to the driver. The driver is called directly, for this is the one thing
that happens for every message: what SQLAlchemy does for a statement costs more than the statement.

What must stay true: an entry goes from `sending` only where `MOVES` says, and of two results of one
entry the first counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from digest.model.mailing import MOVES, EntryState, Exchange, Result
from digest.store.columns import microseconds

_ENDS = frozenset({EntryState.SENT, EntryState.REFUSED, EntryState.HELD})
_DOUBTS = frozenset({EntryState.IN_DOUBT, EntryState.HELD})
_AFTER_SENDING = MOVES[EntryState.SENDING]
_SECOND = 1_000_000

#: entry, tried at, verdict, code, enhanced, text, state, reason, again at, doubt, ended at
Row = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """One commit's worth, ready for a driver."""

    mailing_id: int
    rows: Sequence[Row]
    hard: Sequence[tuple[int, str]]
    """(entry, reason) of the addresses that are dead."""
    claims: Sequence[int]
    returned: Sequence[int]
    handed: Mapping[str, int]
    at: int
    """Microseconds; `second` is the whole second it lies in."""

    @property
    def second(self) -> int:
        """Return the second that what was handed over is counted in."""
        return self.at - self.at % _SECOND


class Driver(Protocol):
    """A connection that commits batches, one after another."""

    def exchange(self, batch: Batch) -> Exchange:
        """Commit a batch (KeyError: there is no such mailing)."""

    def close(self) -> None:
        """End the connection."""


def batch_of(
    mailing_id: int,
    *,
    results: Sequence[Result],
    claims: Sequence[int],
    returned: Sequence[int],
    handed: Mapping[str, int],
    at: datetime,
) -> Batch:
    """Return what the drivers take.

    Raises:
        ValueError: a result leads where no entry may go from `sending`.
    """
    first: dict[int, Result] = {}
    for result in results:
        if result.state not in _AFTER_SENDING:
            raise ValueError(f"an entry cannot go from sending to {result.state.value}")
        first.setdefault(result.entry_id, result)
    return Batch(
        mailing_id=mailing_id,
        rows=[_row(result) for result in first.values()],
        hard=[(r.entry_id, _hard_reason(r)) for r in first.values() if r.reply.hard],
        claims=list(dict.fromkeys(claims)),
        returned=list(returned),
        handed=dict(handed),
        at=microseconds(at),
    )


def _row(result: Result) -> Row:
    reply, state = result.reply, result.state
    tried_at = microseconds(result.tried_at)
    again_at = None
    if state is EntryState.DEFERRED:
        # A deferral without a time may leave at once; other states keep the time they had.
        again_at = microseconds(result.not_before) if result.not_before else tried_at
    return (
        result.entry_id,
        tried_at,
        reply.verdict.value,
        reply.code,
        storable(reply.enhanced),
        storable(reply.text),
        state.value,
        storable(result.reason),
        again_at,
        1 if state in _DOUBTS else 0,
        tried_at if state in _ENDS else None,
    )


def _hard_reason(result: Result) -> str:
    return storable(f"{result.reply.code} {result.reply.text}")


def storable(text: str) -> str:
    """Return a server's words as a database takes them: no NUL, no half of a character."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
