"""The ledger: everything the use cases ask of the store, each call one transaction.

It keeps the promises of `digest.workflow.ports` (Issues, Readers, People, Invitations, Slots;
Outbox in `outbox_ledger`, Control in `control_ledger`), whose words are not repeated here. What
changes something is on the disk when the call returns. The statements are in the files of their
nouns.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from digest.model.audience import Profile, Subscription, Suppression
from digest.model.edition import FrozenEdition
from digest.model.freeze import Freeze, History, ImportCounts, Newcomer
from digest.model.invitation import Creator, Invitation, InvitationState, QuestionStanding
from digest.model.issue import SentIssue
from digest.model.mailing import Mailing
from digest.model.newsletter import Letterhead
from digest.store import (
    audience,
    fingerprints,
    freezing,
    history,
    invitations,
    issues,
    mailings,
    people,
    roster,
    slots,
    subscriptions,
    suppressions,
    undo,
)
from digest.store.addresses import AddressHash, address_key
from digest.store.control_ledger import ControlLedger
from digest.store.correction_ledger import CorrectionLedger
from digest.store.database import Database
from digest.store.newcomers import Yes
from digest.store.pace_ledger import PaceLedger


class Ledger(ControlLedger, CorrectionLedger, PaceLedger):
    """The store, as the use cases see it."""

    def __init__(self, database: Database, hash_key: bytes) -> None:
        """Use a database whose schema is current; `hash_key` (16 bytes or more) hashes addresses.

        Raises:
            ValueError: the key is too short.
        """
        super().__init__(database)
        self._hash = AddressHash(hash_key)

    # Issues

    def sent_issues(self, newsletter: str) -> list[SentIssue]:
        """Return every frozen issue, oldest first."""
        with self._database.read() as connection:
            return issues.sent_issues(connection, newsletter)

    def mailings(self, newsletter: str | None = None) -> list[Mailing]:
        """Return the mailings, newest first."""
        with self._database.read() as connection:
            return mailings.mailings(connection, newsletter)

    def unfinished(self, newsletter: str | None = None) -> list[Mailing]:
        """Return mailings that are sending or paused, oldest first."""
        with self._database.read() as connection:
            return mailings.unfinished(connection, newsletter)

    def mailing(self, mailing_id: int) -> Mailing:
        """Return one mailing (KeyError when there is none)."""
        with self._database.read() as connection:
            return mailings.mailing_by_id(connection, mailing_id)

    def frozen_editions(self, mailing_id: int) -> list[FrozenEdition]:
        """Return what was frozen for a mailing, ordered by id."""
        with self._database.read() as connection:
            return issues.frozen_editions(connection, mailing_id)

    def letterhead(self, mailing_id: int) -> Letterhead:
        """Return what a mailing's messages say of their newsletter (KeyError: no such mailing)."""
        with self._database.read() as connection:
            return mailings.letterhead(connection, mailing_id)

    def edition_counts(self, mailing_id: int) -> dict[str, int]:
        """Return how many entries each edition has, by edition key."""
        with self._database.read() as connection:
            return issues.edition_counts(connection, mailing_id)

    def profile_editions(self, mailing_id: int) -> dict[int, str]:
        """Return profile id -> the key of the edition that it got of a mailing."""
        with self._database.read() as connection:
            return issues.profile_editions(connection, mailing_id)

    def freeze(self, freeze: Freeze) -> Mailing:
        """Store an issue, its editions and its outbox in one transaction.

        Raises:
            AudienceChanged: a reader has a profile that was not planned for; nothing is stored.
            StoreError: the issue was frozen before, with other content.
        """
        with self._database.write_in_bulk() as connection, connection.begin():
            mailing_id = freezing.freeze(connection, freeze)
            return mailings.mailing_by_id(connection, mailing_id)

    # Readers

    def profiles(self, newsletter: str, at: datetime) -> dict[int, tuple[Profile, int]]:
        """Return profile id -> (profile, how many it would reach now)."""
        with self._database.read() as connection:
            return audience.profiles(connection, newsletter, at)

    def count_by_domain(
        self, newsletter: str, domains: Collection[str], at: datetime
    ) -> dict[str, int]:
        """Return how many of those who would be mailed are at each of some domains."""
        with self._database.read() as connection:
            return audience.count_by_domain(connection, newsletter, domains, at)

    def recipients(
        self, newsletter: str, at: datetime, *, page: int = 10_000
    ) -> Iterator[tuple[int, str, str]]:
        """Yield (subscriber id, address, name) of whom a mailing would reach, in keyset pages."""
        after = 0
        while True:
            with self._database.read() as connection:
                found = audience.recipients(connection, newsletter, at, after=after, page=page)
            for after, subscriber_id, address, name in found:  # noqa: B007  the last one counts
                yield subscriber_id, address, name
            if len(found) < page:
                return

    def creators(self, newsletter: str, fields: Sequence[str], at: datetime) -> list[Creator]:
        """Return who has one of the fields verified and would be mailed, ordered by id."""
        with self._database.read() as connection:
            return audience.creators(connection, newsletter, fields, at)

    def standings(self, newsletter: str, at: datetime) -> dict[str, QuestionStanding]:
        """Return question id -> how many invitations are out, and how many are accepted."""
        with self._database.read() as connection:
            return invitations.standings(connection, newsletter, at)

    def find_subscription(self, newsletter: str, address: str) -> Subscription | None:
        """Return a reader by address, or None."""
        with self._database.read() as connection:
            return subscriptions.find_subscription(connection, newsletter, address)

    def history(self, newsletter: str, address: str) -> list[History]:
        """Return each frozen issue from one reader's point of view, newest first."""
        with self._database.read() as connection:
            return history.history(connection, newsletter, address)

    # People

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
        """Add and update subscribers as one batch, a chunk a transaction; never revives."""
        importing = roster.Roster(newsletter, Yes(consent=consent, at=at), self._hash)
        if dry_run:
            with self._database.rehearse() as connection:
                for chunk in roster.chunks(rows):
                    importing.take_in(connection, chunk, batch=None)
            return importing.counts()
        with self._database.write() as connection:
            batch = roster.open_batch(connection, newsletter, source, at)
        roster.take_in_all(self._database, importing, rows, batch)
        return importing.counts(batch)

    def undo_import(self, batch: int, at: datetime) -> tuple[int, int]:
        """Take a batch back: (removed, restored) (StoreError: no such batch, or undone already)."""
        with self._database.write() as connection:
            return undo.undo_import(connection, batch, at)

    def export(self, newsletter: str) -> Iterator[Subscription]:
        """Yield every subscription, by id, in keyset pages."""
        after = 0
        while True:
            with self._database.read() as connection:
                page = subscriptions.page(connection, newsletter, after)
            if not page:
                return
            yield from page
            after = page[-1].id

    def search(
        self, newsletter: str, text: str = "", limit: int = 50
    ) -> tuple[int, list[Subscription]]:
        """Return (how many match, the first of them)."""
        with self._database.read() as connection:
            return subscriptions.search(connection, newsletter, text, limit)

    def add(self, newsletter: str, row: Newcomer, *, consent: str, at: datetime) -> Subscription:
        """Add one subscriber by hand, or bring one back (StoreError: suppressed)."""
        yes = Yes(consent=consent, at=at, revives=True)
        with self._database.write() as connection:
            return people.add(connection, self._hash, newsletter, row, yes)

    def leave(self, handle: bytes, at: datetime) -> Subscription | None:
        """End the subscription that a link names; again is the same. None: no such handle."""
        with self._database.write() as connection:
            return people.leave(connection, handle, at)

    def remove(self, newsletter: str, address: str, at: datetime) -> bool:
        """End a subscription by hand; False when there is none that is active or pending."""
        with self._database.write() as connection:
            return people.remove(connection, newsletter, address, at)

    def verify(
        self, newsletter: str, address: str, fields: Sequence[str], *, add: bool
    ) -> Subscription | None:
        """Set (or take away) verified fields; None when there is no such reader."""
        with self._database.write() as connection:
            return people.verify(connection, newsletter, address, fields, add=add)

    def subscription_by_handle(self, handle: bytes) -> Subscription | None:
        """Return the subscription that a link names, or None."""
        with self._database.read() as connection:
            return subscriptions.subscription_by_handle(connection, handle)

    def suppress(self, address: str, *, newsletter: str | None, reason: str, at: datetime) -> bool:
        """Suppress an address; False when it was already."""
        hashed = self._hash(address_key(address))
        with self._database.write() as connection:
            return suppressions.suppress(connection, hashed, newsletter, reason, at)

    def lift(self, address: str, *, newsletter: str | None) -> bool:
        """Lift a suppression; False when there was none."""
        hashed = self._hash(address_key(address))
        with self._database.write() as connection:
            return suppressions.lift(connection, hashed, newsletter)

    def suppressions(self, newsletter: str | None = None) -> list[tuple[Suppression, str | None]]:
        """Return suppressions, newest first, each with the address where a subscriber has it."""
        with self._database.read() as connection:
            return suppressions.suppressions(connection, newsletter)

    # Invitations

    def invitation(self, invitation_id: int, handle: bytes) -> Invitation | None:
        """Return an invitation if it belongs to the subscription that the link names."""
        with self._database.read() as connection:
            return invitations.find_invitation(connection, invitation_id, handle)

    def answer(self, invitation_id: int, state: InvitationState, at: datetime) -> Invitation | None:
        """Accept or decline until the deadline; the last answer counts. None: too late."""
        with self._database.write() as connection:
            return invitations.answer(connection, invitation_id, state, at)

    # Slots

    def last_slot(self, newsletter: str) -> str | None:
        """Return the latest slot that was dealt with, or None."""
        with self._database.read() as connection:
            return slots.last_slot(connection, newsletter)

    def claim_slot(self, newsletter: str, wall_time: str, at: datetime) -> bool:
        """Take a slot; False when it was dealt with already."""
        with self._database.write() as connection:
            return slots.claim_slot(connection, newsletter, wall_time, at)

    def close_slot(self, newsletter: str, wall_time: str, outcome: str) -> None:
        """Say what came of a slot."""
        with self._database.write() as connection:
            slots.close_slot(connection, newsletter, wall_time, outcome)

    def slots(self, newsletter: str, limit: int = 10) -> list[tuple[str, str]]:
        """Return (wall-clock time, outcome), newest first."""
        with self._database.read() as connection:
            return slots.slots(connection, newsletter, limit)

    # The database itself

    def check_fingerprints(self, names: Mapping[str, str]) -> None:
        """Store the fingerprints of the keys on first use; later refuse other keys.

        Raises:
            StoreError: a key is another than the one this database was made with.
        """
        with self._database.read() as connection:
            if fingerprints.all_known(connection, names):
                return
        with self._database.write() as connection:
            fingerprints.check_fingerprints(connection, names, self._database.where)
