"""A preview in this process, asked over a real socket."""

from __future__ import annotations

import asyncio
import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from digest.bootstrap import bootstrap
from digest.web.preview.application import make_preview_server
from digest.web.preview.workbench import Workbench
from tests.fakes import FakeClock
from tests.sites import Site

NOW = datetime(2023, 4, 7, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """Return the body as text."""
        return self.body.decode()


@dataclass(frozen=True)
class Preview:
    """A preview that runs."""

    port: int
    bench: Workbench

    @property
    def url(self) -> str:
        """Return where it is."""
        return f"http://127.0.0.1:{self.port}"

    def get(self, target: str, **headers: str) -> Answer:
        """Ask for something."""
        return self.ask("GET", target, headers=headers)

    def post(self, target: str, *, headers: dict[str, str] | None = None, **form: str) -> Answer:
        """Send a form."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(form).encode()
        return self.ask("POST", target, body=body, headers={**kind, **(headers or {})})

    def ask(
        self, method: str, target: str, *, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Answer:
        """Send one request; the target goes as it is, `..` and all."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            line.putrequest(method, target, skip_host="Host" in (headers or {}))
            for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                line.putheader(name.replace("_", "-"), value)
            line.endheaders(body)
            reply = line.getresponse()
            named = {name.lower(): value for name, value in reply.getheaders()}
            return Answer(reply.status, named, reply.read())
        finally:
            line.close()


@contextmanager
def running(site: Site, at: datetime = NOW) -> Iterator[Preview]:
    """Run the preview of a site on a free port, its clock standing still, until the block ends."""
    site = site.having(preview__port="0")
    with site.app(at) as (app, clock):
        settings = app.settings
        server, bench = make_preview_server(app, lambda: _open(site, clock))
        assert settings.preview.port == 0
        thread = threading.Thread(target=lambda: asyncio.run(server.serve_pages()), daemon=True)
        thread.start()
        try:
            yield Preview(int(server.url.rpartition(":")[2]), bench)
        finally:
            bench.hub.close()
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()


def _open(site: Site, clock: FakeClock):  # type: ignore[no-untyped-def]
    from digest.settings import load_settings

    return bootstrap(load_settings(site.home), clock=clock)
