"""What the use cases need of a clock and of the store, named by what they do with it.

Fakes (tests/fakes.py) and the real parts pass the same contract tests. All of the store is
synchronous. What they need of the wire is in `sending_ports`, what a person may do in
`control_ports`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from digest.model.audience import Profile, Subscription, Suppression
from digest.model.edition import FrozenEdition
from digest.model.freeze import Freeze, History, ImportCounts, Newcomer
from digest.model.invitation import Creator, Invitation, InvitationState, QuestionStanding
from digest.model.issue import SentIssue
from digest.model.mailing import Exchange, Mailing, OutboxEntry, PausedBy, Result, Tally
from digest.model.newsletter import Letterhead


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the moment, aware, in UTC."""


class Issues(Protocol):
    """What was frozen and sent."""

    def sent_issues(self, newsletter: str) -> list[SentIssue]:
        """Return every frozen issue, oldest first (also one whose mailing is under way)."""

    def mailings(self, newsletter: str | None = None) -> list[Mailing]:
        """Return the mailings, newest first."""

    def unfinished(self, newsletter: str | None = None) -> list[Mailing]:
        """Return mailings that are `sending` or `paused`, oldest first."""

    def mailing(self, mailing_id: int) -> Mailing:
        """Return one mailing (KeyError when there is none)."""

    def frozen_editions(self, mailing_id: int) -> list[FrozenEdition]:
        """Return what was frozen for a mailing, ordered by id, each with its id."""

    def letterhead(self, mailing_id: int) -> Letterhead:
        """Return what the messages of a mailing say of their newsletter, as frozen."""

    def edition_counts(self, mailing_id: int) -> dict[str, int]:
        """Return how many entries each edition has, by edition key."""

    def freeze(self, freeze: Freeze) -> Mailing:
        """Store an issue, its editions and its outbox in one transaction.

        The audience is one INSERT ... SELECT that joins the profile map over all active
        subscriptions that are neither paused at `due_at` nor suppressed.

        Raises:
            AudienceChanged: a subscription has a profile that the map does not know (someone
                subscribed in the meantime); nothing is stored, plan again.
        """


class Readers(Protocol):
    """Who reads a newsletter."""

    def profiles(self, newsletter: str, at: datetime) -> dict[int, tuple[Profile, int]]:
        """Return profile id -> (profile, how many it would reach now).

        Counted: active, not paused at `at`, not suppressed. Profiles nobody has are left out.
        """

    def recipients(self, newsletter: str, at: datetime) -> Iterator[tuple[int, str, str]]:
        """Yield (subscriber id, address, name) of everybody whom a mailing would reach, in order.

        The same people that `profiles` counts.
        """

    def creators(self, newsletter: str, fields: Sequence[str], at: datetime) -> list[Creator]:
        """Return who has one of the fields verified and would be mailed, ordered by id."""

    def standings(self, newsletter: str, at: datetime) -> dict[str, QuestionStanding]:
        """Return question id -> how many invitations are out (planned or issued, deadline ahead
        or none) and how many are accepted."""

    def find_subscription(self, newsletter: str, address: str) -> Subscription | None:
        """Return a reader by address (compared as address keys), or None."""


class Outbox(Protocol):
    """The entries of mailings, and the moves they make."""

    def sender_lock(self) -> AbstractContextManager[None]:
        """Hold the right to send from this database; one process has it at a time.

        Raises (on entering):
            TryAgainLater: another process sends.
        """

    def note_trouble(self, said: str) -> None:
        """Keep outside the database why the sender cannot use it ("": it can again)."""

    def recover(self, at: datetime) -> int:
        """Turn what a dead process left in `sending` into `in_doubt`; return how many.

        Only the holder of the sender lock may call it.
        """

    def settle_doubts(self, mailing_id: int, *, resend: bool, at: datetime) -> int:
        """Hold the entries in doubt that are not to be sent again; return how many.

        With `resend` those in doubt for the second time, otherwise all.
        """

    def reserve(
        self,
        mailing_id: int,
        *,
        after: int,
        limit: int,
        at: datetime,
        closed: Sequence[str] = (),
    ) -> list[OutboxEntry]:
        """Return entries with an id above `after` that may leave now, by id.

        Those are `queued`, `in_doubt`, and `deferred` with a next time not after `at`; none whose
        domain is among `closed`. Reads only.
        """

    def exchange(
        self,
        mailing_id: int,
        *,
        results: Sequence[Result],
        claims: Sequence[int],
        returned: Sequence[int] = (),
        handed: Mapping[str, int] = MappingProxyType({}),
        at: datetime,
    ) -> Exchange:
        """Record results and claim entries, for all lanes that wait, in one transaction.

        On disk when it returns (SQLite: `synchronous=FULL`). In this order:

        - `returned`: entries that were claimed and never begun go back from `sending` to where
          they came from (`queued`, or `in_doubt` with its flag), and no attempt is counted.
        - `results`: attempts and the states they lead to. An invitation counts as issued when its
          entry becomes `sent`. A reply that is `hard` suppresses the address everywhere, its code
          and text the reason. An entry that is no longer `sending` is left alone.
        - `claims`: marks as `sending` those that may still be sent. Suppressions and subscriptions
          are looked at here, in the same statement; the others become `skipped` with the reason.
          What was `in_doubt` is flagged as a possible duplicate.
        - `handed`: scope ("" for all, else a domain) -> how many of the claims to count in it, for
          `[delivery] limits`; kept by the second of `at`.

        The number of statements depends on none of them. Nothing is claimed of a mailing that is
        paused or cancelled; its results are recorded all the same.
        """

    def skip_rest(self, mailing_id: int, reason: str, at: datetime) -> int:
        """Skip what has not left; return how many."""

    def pause(
        self,
        mailing_id: int,
        reason: str,
        by: PausedBy = PausedBy.SERVER,
        *,
        retry_at: datetime | None = None,
        probes: int = 0,
    ) -> None:
        """Pause a mailing, saying why and by whom; a paused one gets the newer reason.

        What a person or a rollout paused, the server's refusal leaves as it is. `retry_at` and
        `probes` (how often it was tried in vain) are kept for who tries again.
        """

    def resume(self, mailing_id: int, *, probes: int = 0) -> None:
        """Let a paused mailing go on, whoever paused it; who only tries once keeps its `probes`."""

    def complete_if_settled(self, mailing_id: int, at: datetime) -> bool:
        """Mark a mailing complete when its tally says so; return whether it is now complete."""

    def tally(self, mailing_id: int) -> Tally:
        """Count a mailing's entries by state, from rows."""

    def next_due(self, mailing_id: int, after: datetime | None = None) -> datetime | None:
        """Return when the earliest deferred entry (of those due `after`) is due, or None."""

    def refusals(self, mailing_id: int, limit: int = 20) -> list[tuple[str, str]]:
        """Return (address, reason) of entries refused or held, for `status`."""

    def history(self, newsletter: str, address: str) -> list[History]:
        """Return each frozen issue from one reader's point of view, newest first."""


class People(Protocol):
    """Subscribers, subscriptions and suppressions."""

    def import_rows(
        self,
        newsletter: str,
        rows: Iterable[Newcomer],
        *,
        source: str,
        consent: str,
        at: datetime,
        dry_run: bool = False,
    ) -> ImportCounts:
        """Add and update subscribers as one batch; a row never revives who left."""

    def undo_import(self, batch: int, at: datetime) -> tuple[int, int]:
        """Take a batch back: (removed, restored). Who was mailed since is kept and marked left.

        Raises:
            StoreError: no such batch, or undone already.
        """

    def export(self, newsletter: str) -> Iterator[Subscription]:
        """Yield every subscription, by id, in keyset pages."""

    def search(
        self, newsletter: str, text: str = "", limit: int = 50
    ) -> tuple[int, list[Subscription]]:
        """Return (how many match, the first of them); `text` is looked for in address and name."""

    def add(self, newsletter: str, row: Newcomer, *, consent: str, at: datetime) -> Subscription:
        """Add one subscriber by hand, or bring one back who left (a deliberate act).

        Raises:
            StoreError: the address is suppressed.
        """

    def leave(self, handle: bytes, at: datetime) -> Subscription | None:
        """End the subscription that a link names; again is the same. None: no such handle."""

    def remove(self, newsletter: str, address: str, at: datetime) -> bool:
        """End a subscription by hand; False when there is none that is active or pending."""

    def verify(
        self, newsletter: str, address: str, fields: Sequence[str], *, add: bool
    ) -> Subscription | None:
        """Set (or take away) verified fields; None when there is no such reader."""

    def subscription_by_handle(self, handle: bytes) -> Subscription | None:
        """Return the subscription that a link names."""

    def suppress(self, address: str, *, newsletter: str | None, reason: str, at: datetime) -> bool:
        """Suppress an address; False when it was already."""

    def lift(self, address: str, *, newsletter: str | None) -> bool:
        """Lift a suppression; False when there was none."""

    def suppressions(self, newsletter: str | None = None) -> list[tuple[Suppression, str | None]]:
        """Return suppressions, newest first, each with the address where a subscriber has it."""


class Invitations(Protocol):
    """Invitations to answer questions."""

    def invitation(self, invitation_id: int, handle: bytes) -> Invitation | None:
        """Return an invitation if it belongs to the subscription that the link names."""

    def answer(self, invitation_id: int, state: InvitationState, at: datetime) -> Invitation | None:
        """Accept or decline until the deadline; the last answer counts. None: too late."""


class Slots(Protocol):
    """The nominal times of schedules. The database decides which of them fires, and once."""

    def last_slot(self, newsletter: str) -> str | None:
        """Return the latest slot that was dealt with, as wall-clock time `YYYY-MM-DDTHH:MM`.

        Dealt with: it has an outcome, or a mailing. One that a dead process took is not.
        """

    def claim_slot(self, newsletter: str, wall_time: str, at: datetime) -> bool:
        """Take a slot; False when it was dealt with already. Only the sender may call it.

        A slot that was taken and has neither outcome nor mailing is taken again: whoever took it
        died, or failed before anything was frozen. `freeze` ties the slot to its mailing.
        """

    def close_slot(self, newsletter: str, wall_time: str, outcome: str) -> None:
        """Say what came of a slot: sent, nothing new, too thin, missed, failed: ..."""

    def slots(self, newsletter: str, limit: int = 10) -> list[tuple[str, str]]:
        """Return (wall-clock time, outcome), newest first."""
