"""One SMTP session after its login, without any input or output of its own: bytes in, bytes out.

What must stay true:

- the end of a message (the final dot, or BDAT LAST) is written only after its release, when every
  byte before it has been handed on and the line still stands. So a line lost before it has
  delivered nothing, and only one lost at or after it leaves a doubt;
- each message gets exactly one word, `replied` or `returned`, and `ended` comes last;
- what is not understood is never taken for an answer: the line is given up, and nothing of what was
  to follow is asked over it.

Where PIPELINING is offered (RFC 2920), the end of one message and MAIL, RCPT and DATA of the next
leave in one write; where CHUNKING is offered too (RFC 3030), BDAT takes DATA's place. Otherwise,
and after the first surprise, each command waits for the answer to the one before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from digest.delivery.commands import Offers, commands_for
from digest.delivery.passage import Passage, Wire
from digest.delivery.reading import ReplyReader
from digest.delivery.replies import Stage, accepted, lost_step, own_reply, read_reply, session_full
from digest.model.envelope import Envelope
from digest.model.mailing import Reply, Verdict


class Dialogue:
    """The conversation of one connection, with at most two messages in it.

    `server` is how the server is shown to a person. `replied`, `returned` and `ended` are called
    as `LaneEvents` of the ports says, and may call back.
    """

    def __init__(
        self,
        wire: Wire,
        offers: Offers,
        *,
        server: str,
        most: int,
        replied: Callable[[int, Reply], None],
        returned: Callable[[int], None],
        ended: Callable[[str], None],
    ) -> None:
        """Begin after the login; after `most` messages the line ends with QUIT."""
        self._wire, self._offers, self._server, self._left = wire, offers, server, most
        self._replied, self._returned, self._ended = replied, returned, ended
        self._reader = ReplyReader()
        self._expected: deque[tuple[Stage, Passage | None]] = deque()
        self._ending: Passage | None = None  # its end is written; the server's last word is due
        self._current: Passage | None = None  # begun, its end not written
        self._behind: Passage | None = None  # loaded, not begun
        self._begun = 0
        self._reset_due = self._closing = self._over = False
        self.pipelining = offers.pipelining  # False from the first surprise on
        self.steps = 0  # grows with everything that happens; else somebody is waited for

    # --- the lane's side ------------------------------------------------------------------------

    @property
    def room(self) -> int:
        """Return how many more messages may be loaded now."""
        if self._closing or self._over or self._behind is not None:
            return 0
        free = (self._ending, self._current).count(None)
        if self._current is None and not self._may_begin:
            free = 1
        return min(free, self._left)

    @property
    def idle(self) -> bool:
        """Return whether the line stands and has no message at all."""
        return not (self._closing or self._over or self._busy)

    @property
    def _may_begin(self) -> bool:
        """Return whether MAIL of another message can be written now."""
        return not self._expected or (self.pipelining and self._ending is not None)

    @property
    def _busy(self) -> bool:
        return bool(self._ending or self._current or self._behind)

    @property
    def waits_for(self) -> Stage | None:
        """Return what the server owes an answer to, or None."""
        return self._expected[0][0] if self._expected else None

    def load(self, entry_id: int, envelope: Envelope) -> None:
        """Take a message; it begins at once, or after the end of the one under way."""
        if not self.room:
            self._returned(entry_id)
            return
        commands = commands_for(envelope, self._offers)
        if isinstance(commands, Reply):
            self._replied(entry_id, commands)
            return
        self._left -= 1
        self._behind = Passage(entry_id, commands)
        self._begin_next()

    def release(self, entry_id: int) -> None:
        """Let a message end, as soon as it can."""
        for message in (self._current, self._behind):
            if message is not None and message.id == entry_id:
                message.released = True
        self._finish()

    def close(self) -> None:
        """End with QUIT after what has begun; give back what has not."""
        if self._closing or self._over:
            return
        self._closing = True
        self.give_back()
        self._quit_if_done()

    @property
    def behind(self) -> int | None:
        """Return what is loaded and not begun, or None."""
        return None if self._behind is None else self._behind.id

    def give_back(self) -> None:
        """Give back what is loaded and not begun."""
        behind, self._behind = self._behind, None
        if behind is not None:
            self._left += 1
            self._returned(behind.id)

    def lost(self, reason: str) -> None:
        """Hear that the line is gone, or give it up; say what that means for each message."""
        if self._over:
            return
        stage = self._expected[0][0] if self._expected else Stage.DATA
        ending, current, behind = self._ending, self._current, self._behind
        self._die()
        where = f"{self._server}: {reason}, at "
        if ending is not None:
            self._replied(ending.id, own_reply(Verdict.IN_DOUBT, where + Stage.DOT.value))
        if current is not None:
            self._tell_lost(current, where + stage.value)
        if behind is not None:
            self._returned(behind.id)
        self._ended("" if stage is Stage.QUIT else reason)

    # --- the wire's side ------------------------------------------------------------------------

    def receive(self, data: bytes) -> None:
        """Take bytes from the server."""
        reader = self._reader
        for code, text in () if self._over else reader.feed(data):
            if self._over:
                return
            self._hear(code, text)
        if reader.broken:
            self.lost(reader.broken)

    def silent(self, seconds: float) -> None:
        """Hear that nothing has come for so long that the line is given up."""
        if len(self._expected) > 1:
            # Some servers throw away what comes before they have answered.
            self.pipelining = False
        self.lost(f"no answer in {seconds:g} s" if self._expected else "the server stopped reading")

    def drained(self) -> None:
        """Hear that every byte written was handed on."""
        self._finish()

    # --- what the server says -------------------------------------------------------------------

    def _hear(self, code: int, text: bytes) -> None:
        self.steps += 1
        if not self._expected:
            self._unasked(code, text)
            return
        stage, message = self._expected.popleft()
        if message is None:
            self._hear_aside(stage, code, text)
        elif stage is Stage.DOT:
            self._hear_last_word(message, code, text)
        elif code == 421:
            self._farewell(message, stage, text)
        elif stage is Stage.DATA:
            self._hear_data(message, code, text)
        else:
            self._hear_command(message, stage, code, text)

    def _hear_command(self, message: Passage, stage: Stage, code: int, text: bytes) -> None:
        """Take the answer to MAIL, RCPT or BDAT."""
        if not 200 <= code <= 299:
            if message.refused is None:
                reply = read_reply(stage, code, text)
                if stage is Stage.MAIL and not message.first and session_full(reply):
                    self.lost(_said(reply))
                    return
                message.refused = reply
                if lost_step(message.refused):
                    self._lose_step(message)
                    return
        else:
            message.stage = stage
        if self._expected and self._expected[0][1] is message:
            return
        if message.refused is not None:
            self._conclude(message)
        elif stage is Stage.MAIL:
            self._ask(message, Stage.RCPT, message.commands.rcpt)
        elif stage is Stage.RCPT:
            self._ask(message, Stage.DATA, b"DATA\r\n")
        else:
            message.ready = True
            self._finish()

    def _hear_data(self, message: Passage, code: int, text: bytes) -> None:
        if message.refused is None:
            if code == 354:
                self._send(message.commands.body)
                message.stage, message.ready = Stage.DATA, True
                self._finish()
                return
            message.refused = read_reply(Stage.DATA, code, text)
            if lost_step(message.refused):
                self._lose_step(message)
                return
        elif code == 354 and message.stage is Stage.RCPT:
            # It has a recipient, and would deliver whatever comes now.
            self._lose_step(message)
            return
        elif code == 354:
            # RFC 2920 section 3.1: no recipient, and still asked for the message. Its end, alone.
            self.pipelining = False
            self._send(b".\r\n")
            self._expected.append((Stage.VOID, None))
        self._conclude(message)

    def _hear_last_word(self, message: Passage, code: int, text: bytes) -> None:
        self._ending = None
        if code == 250:
            self._replied(message.id, accepted(text))
        else:
            reply = read_reply(Stage.DOT, code, text)
            if code == 421 or lost_step(reply):
                self._tell_and_end(message, reply, _said(reply))
                return
            self._replied(message.id, reply)
        self._begin_next()
        self._quit_if_done()

    def _hear_aside(self, stage: Stage, code: int, text: bytes) -> None:
        """Take the answer to what belongs to no message: RSET, an empty message, QUIT."""
        if stage is Stage.QUIT:
            self.lost("")
        elif code == 421:
            self.lost(_said(read_reply(stage, code, text)))
        elif stage is Stage.RSET and code != 250:
            self.lost("the server refuses RSET")
        elif self._current is None:
            self._begin_next()
            self._quit_if_done()
        elif not self._expected:
            self._ask(self._current, Stage.MAIL, self._current.commands.mail)

    def _farewell(self, message: Passage, stage: Stage, text: bytes) -> None:
        """Take a 421: the server closes. To MAIL, it may wait there since an idle line was."""
        reply = read_reply(stage, 421, text)
        if stage is Stage.MAIL and not message.first:
            self.lost(_said(reply))
            return
        if message.refused is None:
            message.refused = reply
        self._give_up(message, _said(reply))

    def _unasked(self, code: int, text: bytes) -> None:
        """Take what nobody asked for: an early end of a message, or of the line."""
        reply = read_reply(Stage.DOT, code, text)
        message = self._current
        if message is None or not message.ready:
            self.lost(_said(reply))
            return
        if reply.verdict is Verdict.ACCEPTED:
            reply = own_reply(Verdict.IN_DOUBT, "the server accepted the message before its end")
        message.refused = reply
        self._give_up(message, "the server answered before the end of a message")

    # --- what we say ----------------------------------------------------------------------------

    def _begin_next(self) -> None:
        """Begin the message behind, if its turn has come."""
        message = self._behind
        if message is None or self._current is not None or self._over or not self._may_begin:
            return
        self._begin(message, b"")

    def _begin(self, message: Passage, before: bytes) -> None:
        """Write a message's commands, in one write with what comes `before` them."""
        self._behind, self._current = None, message
        self._begun += 1
        message.first = self._begun == 1
        if self._reset_due:
            self._reset_due = False
            self._expected.append((Stage.RSET, None))
            before += b"RSET\r\n"
        if self.pipelining:
            self._ask_together(message, before)
        elif before:
            self._send(before)  # MAIL follows when this is answered
        else:
            self._ask(message, Stage.MAIL, message.commands.mail)

    def _ask_together(self, message: Passage, before: bytes) -> None:
        last = Stage.BDAT if self._offers.chunking else Stage.DATA
        self._expected += ((Stage.MAIL, message), (Stage.RCPT, message), (last, message))
        commands = message.commands
        if last is Stage.DATA:
            self._send(b"%b%b%bDATA\r\n" % (before, commands.mail, commands.rcpt))
            return
        content = commands.content
        self._send(b"%b%b%bBDAT %d\r\n" % (before, commands.mail, commands.rcpt, len(content)))
        self._send(content)

    def _ask(self, message: Passage, stage: Stage, line: bytes) -> None:
        self._expected.append((stage, message))
        self._send(line)

    def _finish(self) -> None:
        """Write the end of the message under way, and begin the next, if nothing is against it."""
        message = self._current
        if message is None or not message.ready or not message.released or self._over:
            return
        if self._wire.get_write_buffer_size() or self._wire.is_closing():
            return
        self._current, self._ending = None, message
        self._expected.append((Stage.DOT, message))
        end = b"BDAT 0 LAST\r\n" if message.stage is Stage.BDAT else b".\r\n"
        if self._behind is not None and self.pipelining:
            self._begin(self._behind, end)
        else:
            self._send(end)

    def _send(self, data: bytes) -> None:
        self.steps += 1
        if not self._wire.is_closing():
            self._wire.write(data)

    def _quit_if_done(self) -> None:
        if self._over or self._busy or self._expected:
            return
        if self._closing or not self._left:
            self._closing = True
            self._expected.append((Stage.QUIT, None))
            self._send(b"QUIT\r\n")

    # --- ends -----------------------------------------------------------------------------------

    def _conclude(self, message: Passage) -> None:
        """Tell of a message that was refused before its bytes; the line goes on."""
        assert message.refused is not None
        self._current = None
        # After a BDAT that failed it is not known what the server holds (RFC 3030 section 2).
        self._reset_due = message.stage is not None or self._offers.chunking
        self._replied(message.id, message.refused)
        self._begin_next()
        self._quit_if_done()

    def _lose_step(self, message: Passage) -> None:
        """End a line on which an answer cannot belong to what was asked."""
        self.pipelining = False
        self._give_up(message, "the two sides lost step")

    def _give_up(self, message: Passage, reason: str) -> None:
        """Tell of a message, and end the line: it can be asked nothing more."""
        assert message.refused is not None
        self._current = None
        self._tell_and_end(message, message.refused, reason)

    def _tell_and_end(self, message: Passage, reply: Reply, reason: str) -> None:
        self._closing = True
        self._replied(message.id, reply)
        self.lost(reason)

    def _die(self) -> None:
        self._over = self._closing = True
        self._ending = self._current = self._behind = None
        self._expected.clear()
        self._wire.abort()

    def _tell_lost(self, message: Passage, text: str) -> None:
        """Tell of a message whose end was not written: nothing was delivered."""
        if message.refused is not None:
            self._replied(message.id, message.refused)
        elif message.stage is None and not message.first:
            self._returned(message.id)
        else:
            self._replied(message.id, own_reply(Verdict.DEFERRED, text))


def _said(reply: Reply) -> str:
    return f"the server closes: {reply.code} {reply.text}".strip()
