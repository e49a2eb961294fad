"""The composer: an outbox entry and its frozen edition become an envelope.

Each edition is compiled once, when its first entry comes, and kept. What must stay true: an entry
gives the same bytes on every attempt, Message-ID, Date and signature included; a test mail carries
no link that changes anything. Several threads may compose at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from threading import Lock
from typing import NamedTuple

from digest.errors import DigestError, RecipientError
from digest.message.dkim import DkimSigner, Seal
from digest.message.headers import addr_spec, recipient_spec
from digest.message.links import checked_base_url, make_links
from digest.message.markers import checked_values
from digest.message.message_ids import Namer, ReturnPath
from digest.message.pictures import PictureParts
from digest.message.splice import Filled, Program, ascii_domain, compile_program
from digest.message.tokens import KeyRing
from digest.model.edition import FrozenEdition, Personal, Placeholder
from digest.model.envelope import Envelope
from digest.model.mailing import OutboxEntry
from digest.model.newsletter import Letterhead

TEST_PREFIX = "[Test] "


class _Ready(NamedTuple):
    """An edition that was compiled, and what signs its messages."""

    program: Program
    seal: Seal | None


class Composer:
    """Fills a mailing's frozen editions (the port `Composer` of the use cases)."""

    def __init__(
        self,
        letterhead: Letterhead,
        editions: Iterable[FrozenEdition],
        *,
        base_url: str | None,
        ring: KeyRing,
        message_key: bytes,
        return_path: ReturnPath | None = None,
        signer: DkimSigner | None = None,
        test: bool = False,
        harmless: bool = False,
    ) -> None:
        """Take what all messages share; nothing is compiled yet.

        `test` marks the subject, gives links that change nothing, and a Message-ID of its own.
        `harmless` gives such links only: for what `build` and the preview show. Editions are told
        apart by their ids. `return_path` takes reports, instead of the address of From; `signer`
        signs what is composed.

        Raises:
            ConfigurationError: the base URL cannot begin a link.
            RecipientError: the address of From is not an address.
        """
        self._letterhead = letterhead
        self._editions = {edition.id: edition for edition in editions}
        self._programs: dict[int, _Ready] = {}
        self._compiling = Lock()
        self._pictures = PictureParts()
        self._base_url = checked_base_url(base_url) if base_url else None
        self._ring = ring
        self._namer = Namer(message_key)
        self._test = test
        self._harmless = harmless or test
        sender = addr_spec(letterhead.sender.address, "From address")
        self._sender = return_path.plain if return_path else sender
        # No entry stands for a harmless mail, so a report of it must not name one.
        self._signer = signer
        self._return_path = None if self._harmless else return_path
        self._domain = ascii_domain(letterhead)

    def compile_editions(self) -> None:
        """Compile all editions now, so that what is wrong is known before the first byte leaves.

        Raises:
            DigestError: as `compose` says, of an edition.
        """
        for edition_id in self._editions:
            self._program(edition_id)

    def compose(self, entry: OutboxEntry) -> Envelope:
        """Return the message of an entry: the same bytes on every attempt.

        Raises:
            RecipientError: a value of this recipient cannot stand in a message.
            DigestError: the entry's edition cannot be sent to anyone; the key names it.
        """
        ready = self._programs.get(entry.edition_id) or self._program(entry.edition_id)
        name = self._name(entry)
        try:
            recipient = recipient_spec(entry.recipient)
            links = self._links(entry)
            program = ready.program
            values = checked_values(program.rendered, entry.name, entry.recipient, links)
            message_id = f"<{name}@{self._domain}>"
            filled = program.pieces(values, recipient, entry.due_at, message_id)
        except RecipientError as error:
            where = f"subscriber {entry.subscriber_id}"
            raise RecipientError(where, error.what, error.hint) from error
        plain = recipient.isascii()
        return Envelope(
            sender=self._sender if self._return_path is None else self._sender_of(entry),
            recipient=recipient,
            content=_joined(filled, ready.seal, entry.due_at),
            wire_ready=plain,
            envelope_id=name,
            smtputf8=not plain,
        )

    def personal(self, entry: OutboxEntry) -> Personal:
        """Return what fills an entry's placeholders."""
        links = self._links(entry)
        return Personal(name=entry.name, address=entry.recipient, links=links)

    def _links(self, entry: OutboxEntry) -> dict[Placeholder, str]:
        return make_links(
            self._base_url,
            self._ring,
            handle=entry.handle,
            issue_id=entry.issue_id,
            invitation_id=entry.invitation_id,
            harmless=self._harmless,
        )

    def message_id(self, entry: OutboxEntry) -> str:
        """Return an entry's Message-ID."""
        return f"<{self._name(entry)}@{self._domain}>"

    def _sender_of(self, entry: OutboxEntry) -> str:
        assert self._return_path is not None
        return self._return_path.of(self._namer.return_token(entry.mailing_id, entry.id))

    def _name(self, entry: OutboxEntry) -> str:
        if self._test:
            return self._namer.trial(entry.edition_id, entry.due_at)
        return self._namer.name(entry.mailing_id, entry.id)

    @property
    def signs(self) -> bool:
        """Return whether composing is long work that lets other threads run: there is a key."""
        return self._signer is not None

    def _program(self, edition_id: int) -> _Ready:
        with self._compiling:
            ready = self._programs.get(edition_id)
            if ready is None:
                program = self._compile(self._editions[edition_id])
                seal = self._signer.seal(program.fixed) if self._signer else None
                ready = self._programs[edition_id] = _Ready(program, seal)
            return ready

    def _compile(self, frozen: FrozenEdition) -> Program:
        edition = frozen.edition
        try:
            return compile_program(
                frozen.rendered,
                self._letterhead,
                language=edition.language,
                prefix=TEST_PREFIX if self._test else "",
                parts=self._pictures,
            )
        except DigestError as error:
            where = f"edition {edition.key[:12]} ({edition.language})"
            raise DigestError(where, error.what, error.hint) from error


def _joined(filled: Filled, seal: Seal | None, at: datetime) -> bytes:
    if seal is None:
        return b"".join(filled.head + filled.body)
    body = b"".join(filled.body)
    return b"".join((seal.sign(filled.own, body, at), *filled.head, body))
