"""Opens lanes to one SMTP server, and ends them.

What must stay true: a server over which pipelining went wrong is spoken to step by step from then
on. Nothing here logs an address, a reply's text or a password.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from dataclasses import replace
from datetime import timedelta

from digest.delivery.config import SmtpConfig
from digest.delivery.lane import Events, SmtpLane

#: How long the server may take to say goodbye, all connections together.
_FAREWELL = timedelta(seconds=6)

_log = logging.getLogger(__name__)


class SmtpLanes:
    """Serves the port `Lanes` with the server that a configuration names."""

    def __init__(self, config: SmtpConfig) -> None:
        """Keep the configuration; nothing is connected yet."""
        self._config = config
        self._context: ssl.SSLContext | None = None
        self._turn = asyncio.Lock()
        self._open: set[SmtpLane] = set()
        self._none_open = asyncio.Event()
        self._none_open.set()
        self._step_by_step = False

    async def open(self, events: Events) -> SmtpLane:
        """Connect, protect and log in.

        Raises:
            TryAgainLater: the server is away.
            DeliveryError: TLS or login fails as configured; nothing was sent.
            ConfigurationError: `ca_file` cannot be read.
        """
        # Here, because most commands never connect.
        from digest.delivery.connection import connect

        config = self._config
        transport, offers = await connect(config, await self._tls_context())
        if self._step_by_step:
            offers = replace(offers, pipelining=False)
        lane = SmtpLane(transport, offers, config, events, gone=self._gone)
        self._open.add(lane)
        self._none_open.clear()
        _log.info("connected to %s (%s)", config.server, config.security)
        return lane

    async def close(self) -> None:
        """End what is left open with QUIT; after some seconds without it."""
        for lane in list(self._open):
            lane.close()
        try:
            async with asyncio.timeout(_FAREWELL.total_seconds()):
                await self._none_open.wait()
        except TimeoutError:
            pass
        for lane in list(self._open):
            lane.abort()

    async def _tls_context(self) -> ssl.SSLContext | None:
        """Return the context, made once; reading the system's certificates takes a while."""
        if self._config.security == "none":
            return None
        from digest.delivery.connection import tls_context

        async with self._turn:
            if self._context is None:
                self._context = await asyncio.to_thread(tls_context, self._config)
            return self._context

    def _gone(self, lane: SmtpLane) -> None:
        self._open.discard(lane)
        if not self._open:
            self._none_open.set()
        if lane.surprised:
            self._step_by_step = True
