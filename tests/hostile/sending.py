"""Hostile mail goes through the composer and a real lane to a real server, and is compared.

What is compared: envelopes and bytes with what was composed; the commands with one MAIL, RCPT and
DATA for each mail and nothing else; each message, read by the standard library, with the list of
its header fields, its one recipient, and the bodies that were rendered; and no lone CR or LF.
"""

from __future__ import annotations

import asyncio
import email
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email import policy
from itertools import islice

from digest.delivery.config import SmtpConfig
from digest.delivery.lane import SmtpLane
from digest.delivery.lanes import SmtpLanes
from digest.errors import RecipientError
from digest.message.composer import Composer
from digest.message.markers import fill_html, fill_text
from digest.message.message_ids import ReturnPath
from digest.message.splice import canonical
from digest.model.edition import Personal
from digest.model.envelope import Envelope
from digest.model.mailing import Reply, Verdict
from tests.dkim_keys import records, signer, verdicts
from tests.hostile.corpus import HostileMail, hostile_mail
from tests.message.editions import BASE_URL, LETTERHEAD, MESSAGE_KEY, RING
from tests.smtp_server import Message, RecordingServer

FIELDS = [
    "DKIM-Signature",
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Precedence",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
    "Content-Language",
]
_LONE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
# An address in quotes may hold brackets (RFC 5321, section 4.1.2).
_PATH = r'<(?:[^\n<>"]|"(?:[^\n"\\]|\\.)*")*>'
_SEQUENCE = re.compile(rf"(?:MAIL FROM:{_PATH}[^\n<>]*\nRCPT TO:{_PATH}[^\n<>]*\nDATA\n)*")
#: Every so many messages, dkimpy verifies one: its signature is the slowest of all to look at.
VERIFY_EVERY = 20


@dataclass
class Outcome:
    """What came of it."""

    sent: int = 0
    refused: int = 0
    """Readers whose name or address cannot stand in a mail: nothing leaves."""
    beyond_ascii: int = 0
    faults: list[str] = field(default_factory=list)


def send_hostile_mail(count: int, seed: int) -> Outcome:
    """Send so many hostile mails that can be sent at all, and compare each."""
    outcome = Outcome()
    composed = composed_mail(seed, outcome)
    with RecordingServer() as server:
        while batch := list(islice(composed, min(500, count - outcome.sent))):
            server.messages.clear()
            server.commands.clear()
            replies = asyncio.run(_deliver(server, [envelope for _, envelope in batch]))
            outcome.sent += len(batch)
            outcome.beyond_ascii += sum(envelope.smtputf8 for _, envelope in batch)
            outcome.faults += _faults(batch, replies, server)
    return outcome


def composed_mail(seed: int, outcome: Outcome) -> Iterator[tuple[HostileMail, Envelope]]:
    """Yield hostile mails with their envelopes; those that are refused are counted."""
    for mail in hostile_mail(seed):
        composer = Composer(
            LETTERHEAD,
            [mail.edition],
            base_url=BASE_URL,
            ring=RING,
            message_key=MESSAGE_KEY,
            return_path=ReturnPath("bounces@example.org"),
            signer=signer("ed25519"),
        )
        try:
            yield mail, composer.compose(mail.entry)
        except RecipientError:
            outcome.refused += 1


class _Feeder:
    """Keeps a lane full: two messages in it, and the end of each may be written at once."""

    def __init__(self, envelopes: list[Envelope]) -> None:
        self._waiting = deque(enumerate(envelopes))
        self._left = len(envelopes)
        self.replies: dict[int, Reply] = {}
        self.done = asyncio.Event()

    def feed(self, lane: SmtpLane) -> None:
        while lane.room and self._waiting:
            number, envelope = self._waiting.popleft()
            lane.load(number, envelope)
            lane.release(number)

    def replied(self, lane: SmtpLane, entry_id: int, reply: Reply) -> None:
        self.replies[entry_id] = reply
        self._left -= 1
        if not self._left:
            self.done.set()
        self.feed(lane)

    def returned(self, lane: SmtpLane, entry_id: int) -> None:
        self.ended(lane, f"message {entry_id} came back")

    def ended(self, lane: SmtpLane, reason: str) -> None:
        self.done.set()


async def _deliver(server: RecordingServer, envelopes: list[Envelope]) -> dict[int, Reply]:
    config = SmtpConfig(
        host=server.host,
        port=server.port,
        security="none",
        messages_per_connection=len(envelopes) + 1,
    )
    lanes, feeder = SmtpLanes(config), _Feeder(envelopes)
    try:
        feeder.feed(await lanes.open(feeder))
        await asyncio.wait_for(feeder.done.wait(), 120)
    finally:
        await lanes.close()
    return feeder.replies


def _faults(
    batch: list[tuple[HostileMail, Envelope]], replies: dict[int, Reply], server: RecordingServer
) -> Iterator[str]:
    wrong = [reply for reply in replies.values() if reply.verdict is not Verdict.ACCEPTED]
    if wrong or len(replies) != len(batch) or len(server.messages) != len(batch):
        yield f"{len(replies)} replies, {len(wrong)} not accepted: {wrong[:1]}"
    said = [line for line in server.commands if line.split(" ")[0] not in ("EHLO", "QUIT")]
    if len(said) != 3 * len(batch) or not _SEQUENCE.fullmatch("".join(f"{x}\n" for x in said)):
        yield f"{len(said)} commands for {len(batch)} messages"
    for number, ((mail, envelope), taken) in enumerate(zip(batch, server.messages, strict=False)):
        for fault in differences(mail, envelope, taken, verify=number % VERIFY_EVERY == 0):
            yield f"message {mail.entry.id}: {fault}"


def differences(
    mail: HostileMail, envelope: Envelope, taken: Message, *, verify: bool
) -> Iterator[str]:
    """Yield what is not as it was meant; `verify`: the signature too."""
    if (taken.mail_from, taken.rcpt) != (envelope.sender, envelope.recipient):
        yield f"went to {taken.rcpt!r}"
    if taken.content != envelope.content:
        yield "other bytes"
    if _LONE.search(taken.content):
        yield "a lone CR or LF"
    message = email.message_from_bytes(taken.content, policy=policy.default)
    if message.keys() != FIELDS:
        yield f"other fields: {message.keys()}"
    address = envelope.recipient.replace('"', "")
    if envelope.recipient.isascii():
        to = [f"{each.username}@{each.domain}" for each in message["To"].addresses]
        if to != [address]:
            yield f"To says {to}"
    plain, personal = mail.edition.rendered, _personal(mail)
    # Line ends are the wire's before values come in: one that is empty joins no CR to a LF.
    rendered = replace(plain, html=canonical(plain.html), text=canonical(plain.text))
    said = [part.get_content() for part in message.iter_parts()]
    if said != [fill_text(rendered, personal), fill_html(rendered, personal)]:
        yield "other bodies"
    if verify and verdicts(taken.content, records("ed25519")) != [True]:
        yield "the signature does not hold"


def _personal(mail: HostileMail) -> Personal:
    return Composer(
        LETTERHEAD, [mail.edition], base_url=BASE_URL, ring=RING, message_key=MESSAGE_KEY
    ).personal(mail.entry)
