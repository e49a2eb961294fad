"""One connection as a lane: the dialogue on a transport of asyncio, and its deadlines.

What must stay true: per message there is no task, no future and no timer; bytes come in, the
dialogue answers, and one coarse timer sees to it that nobody is waited for for ever. Nothing here
logs an address, a reply's text or a password.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from digest.delivery.commands import Offers
from digest.delivery.config import SmtpConfig
from digest.delivery.dialogue import Dialogue
from digest.delivery.replies import Stage
from digest.model.envelope import Envelope
from digest.model.mailing import Reply

#: RFC 5321 4.5.3.2.5: for a server to take some of a message off our hands.
DATA_TIMEOUT = timedelta(minutes=3)

#: QUIT is a courtesy; nobody waits long for the answer to it.
QUIT_TIMEOUT = timedelta(seconds=5)

#: How often a lane looks at the clock, in seconds; more often where a wait is shorter than that of
#: four looks. A message that is loaded and not begun for two of them goes back: whoever says no
#: must not be mailed a second later, and whether they did was looked at when it was claimed.
_TICK = 0.4

_log = logging.getLogger(__name__)


class Events(Protocol):
    """What a lane tells whoever feeds it (`LaneEvents` of the ports)."""

    def replied(self, lane: SmtpLane, entry_id: int, reply: Reply) -> None:
        """Take a message's fate."""

    def returned(self, lane: SmtpLane, entry_id: int) -> None:
        """Take back a message that was never begun."""

    def ended(self, lane: SmtpLane, reason: str) -> None:
        """Hear that the line is gone."""


class SmtpLane(asyncio.Protocol):
    """Serves the port `Lane` over a transport that is logged in."""

    def __init__(
        self,
        transport: asyncio.Transport,
        offers: Offers,
        config: SmtpConfig,
        events: Events,
        *,
        final_dot_timeout: timedelta | None = None,
        data_timeout: timedelta = DATA_TIMEOUT,
        gone: Callable[[SmtpLane], None] = lambda _lane: None,
    ) -> None:
        """Take over the transport, in the running loop; `gone` is told before `events` are."""
        self._transport = transport
        self._config = config
        self._events = events
        self._gone = gone
        self._final_dot = (final_dot_timeout or config.final_dot_timeout).total_seconds()
        self._data_timeout = data_timeout.total_seconds()
        self._timeout = config.timeout.total_seconds()
        self._idle_timeout = config.idle_timeout.total_seconds()
        self._offered = offers.pipelining
        self._dialogue = Dialogue(
            transport,
            offers,
            server=config.server,
            most=config.messages_per_connection,
            replied=self._replied,
            returned=self._returned,
            ended=self._ended,
        )
        self._tick = min(_TICK, self._timeout / 4, self._idle_timeout / 4, self._final_dot / 4)
        self._loop = asyncio.get_running_loop()
        self._seen: tuple[int, int] = (-1, 0)
        self._behind: int | None = None
        self._since = self._loop.time()
        self._timer = self._loop.call_later(self._tick, self._look_at_the_clock)
        transport.set_protocol(self)
        # The end of a message is written when nothing is left of what came before it.
        transport.set_write_buffer_limits(high=0, low=0)
        if transport.is_closing():
            self._loop.call_soon(self.connection_lost, None)

    # --- Lane -----------------------------------------------------------------------------------

    @property
    def room(self) -> int:
        """Return how many more messages may be loaded now (0 when it is ending)."""
        return self._dialogue.room

    @property
    def idle(self) -> bool:
        """Return whether it is connected and has no message at all."""
        return self._dialogue.idle

    @property
    def surprised(self) -> bool:
        """Return whether the server offers pipelining and it went wrong."""
        return self._offered and not self._dialogue.pipelining

    def load(self, entry_id: int, envelope: Envelope) -> None:
        """Take a message. One that this server cannot take, or for which the lane is too late,
        is answered or returned at once."""
        self._dialogue.load(entry_id, envelope)

    def release(self, entry_id: int) -> None:
        """Let a message end."""
        self._dialogue.release(entry_id)

    def close(self) -> None:
        """End with QUIT after what has begun; what has not is returned."""
        self._dialogue.close()

    def abort(self) -> None:
        """End at once; what was under way is answered as for a lost line."""
        self._dialogue.lost("we closed the connection")

    # --- asyncio --------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Take bytes from the server."""
        self._dialogue.receive(data)

    def resume_writing(self) -> None:
        """Hear that what was written has been handed on."""
        self._dialogue.drained()

    def eof_received(self) -> None:
        """Hear that the server says nothing more."""
        self._dialogue.lost("the server closed the connection")

    def connection_lost(self, error: Exception | None) -> None:
        """Hear that the connection is gone."""
        if isinstance(error, OSError):
            reason = f"the connection was lost ({error.strerror or type(error).__name__})"
        else:
            reason = "the server closed the connection"
        self._dialogue.lost(reason)

    # --- deadlines ------------------------------------------------------------------------------

    def _look_at_the_clock(self) -> None:
        """Give up a line that stands still for too long; it may stand a tick longer, not less."""
        dialogue, now = self._dialogue, self._loop.time()
        if dialogue.behind is not None and dialogue.behind == self._behind:
            dialogue.give_back()
        self._behind = dialogue.behind
        self._timer = self._loop.call_later(self._tick, self._look_at_the_clock)
        seen = (dialogue.steps, self._transport.get_write_buffer_size())
        if seen != self._seen:
            self._seen, self._since = seen, now
            return
        patience = self._patience()
        if patience is None or now - self._since < patience:
            return
        if dialogue.idle:
            dialogue.close()
        else:
            dialogue.silent(patience)

    def _patience(self) -> float | None:
        """Return how long what is waited for may take (RFC 5321 4.5.3.2); None: it is our turn."""
        stage = self._dialogue.waits_for
        if stage is Stage.DOT or stage is Stage.VOID:
            return self._final_dot
        if stage is Stage.QUIT:
            return QUIT_TIMEOUT.total_seconds()
        if self._transport.get_write_buffer_size():
            return max(self._timeout, self._data_timeout)
        if stage is not None:
            return self._timeout
        return self._idle_timeout if self._dialogue.idle else None

    # --- what the dialogue tells ----------------------------------------------------------------

    def _replied(self, entry_id: int, reply: Reply) -> None:
        self._events.replied(self, entry_id, reply)

    def _returned(self, entry_id: int) -> None:
        self._events.returned(self, entry_id)

    def _ended(self, reason: str) -> None:
        self._timer.cancel()
        if reason:
            _log.info("%s: the connection was lost", self._config.server)
        self._gone(self)
        self._events.ended(self, reason)
