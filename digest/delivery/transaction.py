"""One mail transaction: MAIL, RCPT, DATA, the message, the final dot (RFC 5321 section 3.3).

What must stay true: the final dot is written only after everything before it has been handed on and
the connection still stands. So a line lost before it is known to have delivered nothing, and only a
line lost at or after it leaves a doubt. The message's bytes are not touched but for dot-stuffing,
and not even looked at where the composer vouches for them (`Envelope.wire_ready`).
"""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

from digest.delivery.replies import Stage, judge_reply
from digest.delivery.session import LineLost, Session
from digest.model.envelope import Envelope
from digest.model.mailing import Reply, Verdict

#: RFC 5321 4.5.3.2.5: for the message to be taken off our hands.
DATA_TIMEOUT = timedelta(minutes=3)

#: What can stand between the angle brackets of a path without ending it or the command (RFC 5321
#: 4.1.2). Looser than the grammar, as real mailboxes are (`a..b@docomo.ne.jp`): the server judges.
_MAILBOX = re.compile(
    r'(?:[^\s<>"@\x00-\x20\x7f-\x9f]+|"(?:[^"\\\x00-\x1f\x7f-\x9f]|\\[\x20-\x7e])*")'
    r'@[^\s<>"@\x00-\x20\x7f-\x9f]+'
)

_LONE_LINE_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


#: A reply's code and text.
Answer = tuple[int, str]


class TransactionLost(Exception):  # noqa: N818  what happened, not whose error it is
    """The line was lost; `stage` says what was being answered, and so what it means."""

    def __init__(self, stage: Stage, reason: str, reply: Reply | None = None) -> None:
        """Keep the stage, the reason in plain words, and the 421 in which the server gave it."""
        self.stage = stage
        self.reason = reason
        self.reply = reply
        super().__init__(stage, reason)


async def hand_over(session: Session, envelope: Envelope, *, final_dot_timeout: timedelta) -> Reply:
    """Hand one message to the server and return its answer.

    A refused recipient is followed by RSET, so that the session can be used again; it is aborted
    when that cannot be relied on (421, lost step).

    Raises:
        TransactionLost: the session is dead.
    """
    commands = _commands(session, envelope)
    if isinstance(commands, Reply):
        return commands
    for stage, line in commands:
        reply = await _ask(session, stage, line)
        if reply.verdict is not Verdict.ACCEPTED:
            await _put_back(session, reply)
            return reply
    content = envelope.content if envelope.wire_ready else dot_stuffed(envelope.content)
    reply = await _transfer(session, content, final_dot_timeout)
    if reply.verdict is not Verdict.ACCEPTED and _lost_step(reply):
        session.abort()
    return reply


def dot_stuffed(content: bytes) -> bytes:
    """Return a message as it goes over the wire, without the final dot (RFC 5321 4.5.2).

    `content` has CRLF line ends only; the last one is added where it is missing.
    """
    if not content.endswith(b"\r\n"):
        content += b"\r\n"
    return _LEADING_DOT.sub(b"..", content)


def _commands(session: Session, envelope: Envelope) -> list[tuple[Stage, bytes]] | Reply:
    """Return the commands up to DATA, or why the message cannot be handed over at all."""
    unfit_content = None if envelope.wire_ready else _unfit_content(session, envelope.content)
    for refused in (_unfit_address(session, envelope), unfit_content):
        if refused is not None:
            return refused
    sender, recipient = envelope.sender.encode(), envelope.recipient.encode()
    parameters = _mail_parameters(session, envelope)
    return [
        (Stage.MAIL, b"MAIL FROM:<" + sender + b">" + parameters),
        (Stage.RCPT, b"RCPT TO:<" + recipient + b">"),
        (Stage.DATA, b"DATA"),
    ]


def _unfit_address(session: Session, envelope: Envelope) -> Reply | None:
    """Return why the two addresses cannot stand in commands, or None (RFC 6531 section 3.1)."""
    ascii_only = "smtputf8" not in session.extensions
    if envelope.sender and not _is_mailbox(envelope.sender):
        return _own_reply(Verdict.BLOCKED, "the sender is not an address", "5.1.7")
    if ascii_only and not envelope.sender.isascii():
        return _own_reply(Verdict.BLOCKED, "the server takes ASCII senders only", "5.6.7")
    if not _is_mailbox(envelope.recipient):
        return _own_reply(Verdict.REFUSED, "this is not an address", "5.1.3")
    if ascii_only and not envelope.recipient.isascii():
        text = "the server takes ASCII addresses only (it does not offer SMTPUTF8)"
        return _own_reply(Verdict.REFUSED, text, "5.6.7")
    return None


def _unfit_content(session: Session, content: bytes) -> Reply | None:
    """Return why the bytes cannot be sent as they are, or None.

    A lone CR or LF would have to be changed, which breaks a signature, or could end the message in
    a server's eyes (SMTP smuggling); RFC 5321 2.3.8 forbids it. The fault is ours, so all wait.
    """
    if _LONE_LINE_END.search(content):
        return _own_reply(Verdict.BLOCKED, "the message has line ends other than CRLF", "5.6.0")
    if not content.isascii() and "8bitmime" not in session.extensions:
        text = "the message has 8-bit bytes and the server does not offer 8BITMIME"
        return _own_reply(Verdict.BLOCKED, text, "5.6.3")
    return None


def _mail_parameters(session: Session, envelope: Envelope) -> bytes:
    """Return the parameters of MAIL: RFC 1870 (SIZE), RFC 6152 (BODY), RFC 6531 (SMTPUTF8)."""
    parameters = b""
    if "size" in session.extensions:
        parameters += b" SIZE=%d" % len(envelope.content)
    if not (envelope.wire_ready or envelope.content.isascii()):
        parameters += b" BODY=8BITMIME"
    if envelope.smtputf8 or not (envelope.sender + envelope.recipient).isascii():
        parameters += b" SMTPUTF8"
    return parameters


async def _ask(session: Session, stage: Stage, line: bytes) -> Reply:
    try:
        reply = judge_reply(stage, *await session.command(line))
    except LineLost as error:
        raise TransactionLost(stage, str(error)) from error
    # A 421 to MAIL may have waited there since the server closed an idle line.
    if stage is Stage.MAIL and reply.code == 421:
        raise TransactionLost(stage, reply.text, reply)
    return reply


async def _transfer(session: Session, content: bytes, final_dot_timeout: timedelta) -> Reply:
    """Send the message, dot-stuffed already; the final dot leaves last and alone."""
    # Listening begins before the dot: a server that answers early is refusing, and may close.
    answer = asyncio.ensure_future(session.reply(within=DATA_TIMEOUT + final_dot_timeout))
    try:
        await _send_body(session, content, answer)
        if answer.done():
            return _early(session, *answer.result())
        if not session.alive:
            raise LineLost("the server closed the connection")
        session.write_now(b".\r\n")
    except LineLost as error:
        raise TransactionLost(Stage.DATA, str(error)) from error
    else:
        return await _last_word(answer, final_dot_timeout)
    finally:
        session.messages += 1
        await _ended(answer)


async def _send_body(session: Session, content: bytes, answer: asyncio.Future[Answer]) -> None:
    """Write all but the final dot; return early when the server has something to say."""
    body = asyncio.ensure_future(session.write(content, within=DATA_TIMEOUT))
    try:
        both: set[asyncio.Future[Answer] | asyncio.Future[None]] = {body, answer}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            await body
    finally:
        await _ended(body)


async def _last_word(answer: asyncio.Future[Answer], final_dot_timeout: timedelta) -> Reply:
    """Wait for the one reply that counts. A line lost here leaves a doubt."""
    seconds = final_dot_timeout.total_seconds()
    try:
        code, text = await asyncio.wait_for(answer, seconds)
    except TimeoutError as error:
        raise TransactionLost(Stage.DOT, f"no answer in {seconds:g} s") from error
    except LineLost as error:
        raise TransactionLost(Stage.DOT, str(error)) from error
    return judge_reply(Stage.DOT, code, text)


def _early(session: Session, code: int, text: str) -> Reply:
    """Judge a reply that came before the dot. The rest of the message stays here."""
    session.abort()
    reply = judge_reply(Stage.DOT, code, text)
    if reply.verdict is Verdict.ACCEPTED:
        return _own_reply(Verdict.IN_DOUBT, "the server accepted the message before its end", "")
    return reply


async def _put_back(session: Session, reply: Reply) -> None:
    """Leave the session ready for the next MAIL, or dead."""
    if _lost_step(reply):
        session.abort()
        return
    try:
        code, _ = await session.command(b"RSET")
    except LineLost:
        session.abort()
        return
    if code != 250:
        session.abort()


def _lost_step(reply: Reply) -> bool:
    """Return whether the server is closing (421) or the two sides disagree on where they are."""
    return reply.code in {421, 503} or not 400 <= reply.code <= 599


async def _ended(task: asyncio.Future[Answer] | asyncio.Future[None]) -> None:
    """Stop a task and take what it has to say, so that nothing is left behind."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _is_mailbox(address: str) -> bool:
    """Return whether an address can stand in a command: one mailbox, no halves of characters."""
    try:
        address.encode()
    except UnicodeEncodeError:
        return False
    return bool(_MAILBOX.fullmatch(address))


def _own_reply(verdict: Verdict, text: str, enhanced: str) -> Reply:
    return Reply(verdict=verdict, code=0, text=text, enhanced=enhanced)
