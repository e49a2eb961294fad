"""Show what readers will get, by the path of the real send, without its writes.

`build` writes every edition to disk, and `send-now --test` sends marked ones: both fill the same
programs with the values of an example reader, or of a real one, and with links that change nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.assembly.editions import edition_of
from digest.errors import DigestError
from digest.message.markers import fill_html, fill_text
from digest.model.audience import Subscription
from digest.model.edition import Edition, FrozenEdition, Rendered
from digest.model.envelope import Envelope
from digest.model.mailing import EntryState, OutboxEntry, Reply
from digest.model.newsletter import Letterhead
from digest.model.picture import Picture
from digest.workflow.plan import Plan, PlanIssue
from digest.workflow.ports import Clock, Issues, Readers
from digest.workflow.produce import Render, render_editions
from digest.workflow.sending_ports import Composer, Transport

#: Who stands for all readers of an edition.
EXAMPLE_NAME = "Robin Example"
EXAMPLE_ADDRESS = "reader@example.org"

ComposeEditions = Callable[[Letterhead, Sequence[FrozenEdition]], Composer]


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """One edition, filled for somebody."""

    newsletter: str
    title: str
    """The newsletter's name."""
    number: int
    edition: Edition
    subject: str
    preheader: str
    recipients: int
    html: str
    """As it is mailed."""
    text: str
    envelope: Envelope
    pictures: tuple[Picture, ...] = ()

    @property
    def page(self) -> str:
        """Return the HTML for a browser: its pictures are files beside it, by their own names."""
        page = self.html
        for picture in self.pictures:
            name = picture.file_name
            page = page.replace(f"cid:{picture.content_id}", name)
            page = re.sub(rf"https?://[^\s\"'()<>]*/{re.escape(name)}", name, page)
        return page


@dataclass(frozen=True, kw_only=True, slots=True)
class Proofs:
    """Every edition of one issue."""

    proofs: tuple[Proof, ...]
    plan: Plan | None
    """None when these are the frozen editions of an issue that was sent."""


@dataclass(frozen=True, kw_only=True)
class BuildEditions:
    """Fill the editions of the next issue, or of one that was frozen."""

    issues: Issues
    readers: Readers
    plan: PlanIssue
    render: Render
    compose: ComposeEditions
    """Makes a composer whose links change nothing."""
    clock: Clock

    def run(
        self,
        newsletter: str,
        *,
        number: int | None = None,
        reader: str | None = None,
        to: str | None = None,
    ) -> Proofs:
        """Build the next issue, or the frozen issue `number`; only `reader`'s edition if named.

        Where nothing is new, the latest frozen issue is built. `to` is the address that the
        messages go to, where that is not the reader's own.

        Raises:
            DigestError: content, templates, or no such reader or issue.
        """
        if number is not None:
            return self._frozen(newsletter, number, to)
        plan = self.plan.run(newsletter)
        if reader is not None:
            return self._for_reader(plan, self._subscription(newsletter, reader), to)
        if not plan.selection.taken and self.issues.mailings(newsletter):
            return self._frozen(newsletter, plan.issue.number - 1, to)
        frozen = render_editions(plan, self.render)
        letterhead = Letterhead.of(plan.issue.newsletter)
        filled = self._fill(
            letterhead, plan.issue.number, frozen, plan.recipients, _Who.example(to)
        )
        return Proofs(proofs=filled, plan=plan)

    def _subscription(self, newsletter: str, address: str) -> Subscription:
        found = self.readers.find_subscription(newsletter, address)
        if found is None:
            raise DigestError(
                address, f"does not read {newsletter}", "See: digest subscribers list."
            )
        return found

    def _for_reader(self, plan: Plan, reader: Subscription, to: str | None) -> Proofs:
        key = plan.map.invited.get(reader.id)
        edition = plan.map.editions[key] if key else edition_of(plan.issue, reader.profile)
        frozen = FrozenEdition(id=1, edition=edition, rendered=self.render(plan.issue, edition))
        who = _Who(name=reader.subscriber.name, address=to or reader.subscriber.address)
        letterhead = Letterhead.of(plan.issue.newsletter)
        proofs = self._fill(letterhead, plan.issue.number, [frozen], plan.recipients, who)
        return Proofs(proofs=proofs, plan=plan)

    def _frozen(self, newsletter: str, number: int, to: str | None) -> Proofs:
        for mailing in self.issues.mailings(newsletter):
            if mailing.number == number:
                frozen = self.issues.frozen_editions(mailing.id)
                counts = self.issues.edition_counts(mailing.id)
                head = self.issues.letterhead(mailing.id)
                filled = self._fill(head, number, frozen, counts, _Who.example(to))
                return Proofs(proofs=filled, plan=None)
        raise DigestError(f"issue {number}", "is not in the database", "See: digest status.")

    def _fill(
        self,
        letterhead: Letterhead,
        number: int,
        editions: Sequence[FrozenEdition],
        recipients: Mapping[str, int],
        who: _Who,
    ) -> tuple[Proof, ...]:
        composer = self.compose(letterhead, editions)
        return tuple(
            self._proof(
                frozen,
                composer=composer,
                letterhead=letterhead,
                number=number,
                recipients=recipients,
                who=who,
            )
            for frozen in editions
            # Frozen ones that nobody got were kept for who might have come; they show nothing.
            if recipients.get(frozen.edition.key) or not any(recipients.values())
        )

    def _proof(
        self,
        frozen: FrozenEdition,
        *,
        composer: Composer,
        letterhead: Letterhead,
        number: int,
        recipients: Mapping[str, int],
        who: _Who,
    ) -> Proof:
        entry = example_entry(frozen, name=who.name, address=who.address, at=self.clock.now())
        personal = composer.personal(entry)
        return Proof(
            newsletter=letterhead.newsletter,
            title=letterhead.name,
            number=number,
            edition=frozen.edition,
            subject=frozen.rendered.subject,
            preheader=frozen.rendered.preheader,
            recipients=recipients.get(frozen.edition.key, 0),
            html=fill_html(frozen.rendered, personal),
            text=fill_text(frozen.rendered, personal),
            envelope=composer.compose(entry),
            pictures=frozen.rendered.pictures,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Who:
    """Whose name and address fill an edition."""

    name: str
    address: str

    @classmethod
    def example(cls, to: str | None) -> _Who:
        return cls(name=EXAMPLE_NAME, address=to or EXAMPLE_ADDRESS)


def example_entry(frozen: FrozenEdition, *, name: str, address: str, at: datetime) -> OutboxEntry:
    """Return an entry that stands in no outbox, for a message that only shows an edition."""
    return OutboxEntry(
        id=frozen.id,
        mailing_id=0,
        edition_id=frozen.id,
        subscriber_id=0,
        subscription_id=0,
        recipient=address,
        name=name,
        handle=bytes(8),
        issue_id=0,
        invitation_id=0,
        state=EntryState.QUEUED,
        attempts=0,
        doubts=0,
        due_at=at,
    )


@dataclass(frozen=True, kw_only=True)
class SendTest:
    """Send marked editions to one address. Nothing is recorded, and their links change nothing."""

    build: BuildEditions
    """Composes marked test messages."""
    transport: Transport

    async def run(
        self, newsletter: str, address: str, *, reader: str | None = None
    ) -> list[tuple[Proof, Reply]]:
        """Send every edition of the next issue, or `reader`'s only, with what was answered.

        Raises:
            TryAgainLater, DeliveryError: the server is away, or refuses TLS or login.
        """
        proofs = self.build.run(newsletter, reader=reader, to=address).proofs
        await self.transport.open()
        try:
            return [(proof, await self.transport.deliver(proof.envelope)) for proof in proofs]
        finally:
            await self.transport.close()


@dataclass(frozen=True, kw_only=True)
class SendView:
    """Send one edition, filled for one reader, to an address as a marked test.

    Nothing is recorded and no key is made, and the links in it change nothing.
    """

    compose: ComposeEditions
    """Makes a composer of marked test messages."""
    transport: Callable[[str], Transport]
    """The way of a newsletter's test mails."""
    clock: Clock

    async def run(
        self, letterhead: Letterhead, edition: Edition, rendered: Rendered, name: str, to: str
    ) -> Reply:
        """Send it to an address; return what was answered.

        Raises:
            TryAgainLater, DeliveryError: the server is away, or refuses TLS or login.
            DigestError: mail may not leave, or the address cannot be mailed.
        """
        frozen = FrozenEdition(id=1, edition=edition, rendered=rendered)
        entry = example_entry(frozen, name=name, address=to, at=self.clock.now())
        envelope = self.compose(letterhead, [frozen]).compose(entry)
        transport = self.transport(letterhead.newsletter)
        await transport.open()
        try:
            return await transport.deliver(envelope)
        finally:
            await transport.close()
