"""The transport of one connection: opens it, renews it, hands over one message at a time.

What must stay true: a message is handed over again by itself only when the server cannot have begun
to take it (the line was gone before MAIL was answered, on a connection that had been idle). Every
other loss is an answer, DEFERRED or IN_DOUBT, and whoever called decides. Nothing here logs an
address, a reply's text or a password.
"""

from __future__ import annotations

import asyncio
import logging
import ssl

from digest.delivery.config import SmtpConfig
from digest.delivery.replies import Stage
from digest.delivery.session import Session
from digest.delivery.transaction import TransactionLost, hand_over
from digest.errors import DeliveryError, TryAgainLater
from digest.model.envelope import Envelope
from digest.model.mailing import Reply, Verdict

_log = logging.getLogger(__name__)


class SmtpTransport:
    """Hands envelopes to one SMTP server over one connection."""

    def __init__(self, config: SmtpConfig) -> None:
        """Keep the configuration; nothing is connected yet."""
        self._config = config
        self._context: ssl.SSLContext | None = None
        self._session: Session | None = None
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Connect and log in, if that is not so already.

        Raises:
            TryAgainLater: the server is away.
            DeliveryError: TLS or login fails as configured; nothing was sent.
            ConfigurationError: `ca_file` cannot be read.
        """
        async with self._turn:
            await self._ready()

    async def deliver(self, envelope: Envelope) -> Reply:
        """Hand over one message and return what came of it; connects again where needed.

        A code of 0 in the reply: no server said so. DEFERRED then means that the line was lost or
        the server is away, IN_DOUBT that it was lost at or after the final dot.
        """
        async with self._turn:
            try:
                return await self._deliver(envelope)
            except BaseException:
                # Cancelled in the middle: what follows on this line could end the message.
                self._drop()
                raise

    async def close(self) -> None:
        """End the session politely; errors are ignored, and a second call does nothing."""
        async with self._turn:
            await self._end()

    async def _deliver(self, envelope: Envelope) -> Reply:
        while True:
            try:
                session, fresh = await self._ready()
            except (TryAgainLater, DeliveryError) as error:
                return _unreachable(error)
            try:
                return await hand_over(
                    session, envelope, final_dot_timeout=self._config.final_dot_timeout
                )
            except TransactionLost as lost:
                self._drop()
                if fresh or lost.stage is not Stage.MAIL:
                    return self._lost(lost)
            _log.info("the connection had been closed; connecting again")

    async def _ready(self) -> tuple[Session, bool]:
        """Return a session that can take a message, and whether it is a new one."""
        session = self._session
        if session and session.alive and session.messages < self._config.messages_per_connection:
            return session, False
        # Here, because most commands never connect.
        from digest.delivery.connection import connect, tls_context

        await self._end()
        if self._context is None:
            self._context = await asyncio.to_thread(tls_context, self._config)
        self._session = await connect(self._config, self._context)
        _log.info("connected to %s (%s)", self._config.server, self._config.security)
        return self._session, True

    async def _end(self) -> None:
        session, self._session = self._session, None
        if session is None:
            return
        if session.alive:
            await session.quit()
        else:
            session.abort()

    def _drop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.abort()

    def _lost(self, lost: TransactionLost) -> Reply:
        """Say what a lost line means: before the final dot nothing was delivered."""
        if lost.reply is not None:
            return lost.reply
        _log.warning("%s: the connection was lost at %s", self._config.server, lost.stage.value)
        in_doubt = lost.stage is Stage.DOT
        return Reply(
            verdict=Verdict.IN_DOUBT if in_doubt else Verdict.DEFERRED,
            code=0,
            text=f"{self._config.server}: {lost.reason}, at {lost.stage.value}",
        )


def _unreachable(error: TryAgainLater | DeliveryError) -> Reply:
    """Return the reply of an entry whose message never met a server."""
    away = isinstance(error, TryAgainLater)
    return Reply(
        verdict=Verdict.DEFERRED if away else Verdict.BLOCKED,
        code=0,
        text=f"{error.where}: {error.what}" if away else str(error),
    )
