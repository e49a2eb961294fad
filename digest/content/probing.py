"""Whether a page of the web is there, asked in a way that harms nobody.

A link is an editor's text, and `check --network` may run where private services answer (a laptop,
CI, a cloud machine): so a name is resolved first, every address that it has must be a public one,
and the connection goes to exactly the address that was looked at. After each redirect all of it
again. The standard library's http.client is used because it lets the socket be ours: clients that
resolve by themselves can be told one address for the look and another for the connection, and they
obey proxy variables.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from time import monotonic
from urllib.parse import quote, urljoin, urlsplit

#: Returns the addresses of a host name (OSError: it has none).
Resolve = Callable[[str, int], Sequence[str]]
#: Says whether an address may be connected to.
Allow = Callable[[str], bool]

MOST_REDIRECTS = 5
#: Bytes of a body that are read to see that it comes; a page is never needed whole.
MOST_BYTES = 65_536
AGENT = "digest-check/1 (link check of a newsletter; one request per link)"
_GONE = frozenset({404, 410})
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
#: Answers to HEAD by servers that know only GET, or refuse programs.
_ASK_AGAIN = frozenset({400, 403, 404, 405, 406, 410, 429, 500, 501, 502, 503})
#: The page is there, and refuses us: a login, or no programs.
_REFUSED = frozenset({401, 402, 403, 406, 407, 429, 451, 999})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Health(StrEnum):
    """How a link is."""

    ALIVE = "alive"
    GONE = "gone"
    PRIVATE = "private"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Probed:
    """What asking for a link came to."""

    health: Health
    said: str = ""


def resolve(host: str, port: int) -> list[str]:
    """Return a host's addresses (OSError: it has none)."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def is_public(address: str) -> bool:
    """Return whether an address is one of the open internet, whichever way it is written."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        # RFC 6052: 64:ff9b::/96 leads to the IPv4 address in its last four bytes.
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if found.is_site_local:
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved


@dataclass(frozen=True, kw_only=True)
class Prober:
    """Asks for links, each within a time."""

    resolve: Resolve = resolve
    allow: Allow = is_public
    seconds: float = 10.0
    """For one link, with all its redirects."""
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def probe(self, url: str) -> Probed:
        """Return how a web link is; nothing that a server does raises."""
        try:
            return self._follow(url, monotonic() + self.seconds)
        except _PrivateError as error:
            return Probed(Health.PRIVATE, str(error))
        except socket.gaierror as error:
            if error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", None)):
                return Probed(Health.GONE, "there is no such host")
            return Probed(Health.SILENT, "its name could not be resolved")
        except ssl.SSLCertVerificationError as error:
            return Probed(Health.SILENT, f"its certificate is wrong: {error.verify_message}")
        except TimeoutError:
            return Probed(Health.SILENT, f"no answer within {self.seconds:g} seconds")
        except (OSError, http.client.HTTPException, ValueError, UnicodeError) as error:
            said = getattr(error, "strerror", None) or str(error) or type(error).__name__
            return Probed(Health.SILENT, _plain(str(said)))

    def _follow(self, url: str, until: float) -> Probed:
        for _ in range(MOST_REDIRECTS + 1):
            status, location = self._ask("HEAD", url, until)
            if status in _ASK_AGAIN:
                status, location = self._ask("GET", url, until)
            if status not in _REDIRECTS or not location:
                return _judge(status)
            url = urljoin(url, location)
        return Probed(Health.SILENT, f"more than {MOST_REDIRECTS} redirects")

    def _ask(self, method: str, url: str, until: float) -> tuple[int, str]:
        """Send one request; return the status and where it redirects to."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"it leads to {_plain(url)[:80]}, which is no web address")
        secure = parts.scheme == "https"
        host, usual = _ascii(parts.hostname), 443 if secure else 80
        connection = http.client.HTTPConnection(host, parts.port or usual)
        connection.default_port = usual
        line = self._connect(host, parts.port or usual, until)
        if secure:
            # Shaking hands later, so that the clock runs over it too.
            line = self.context.wrap_socket(
                line, server_hostname=host, do_handshake_on_connect=False
            )
        connection.sock = line
        with contextlib.closing(connection), _ended_by(line, until):
            if isinstance(line, ssl.SSLSocket):
                line.do_handshake()
            connection.request(method, _target(parts.path, parts.query), headers=_HEADERS)
            answer = connection.getresponse()
            if method == "GET":
                answer.read(MOST_BYTES)
            return answer.status, answer.getheader("Location", "") or ""

    def _connect(self, host: str, port: int, until: float) -> socket.socket:
        addresses = list(self.resolve(host, port))
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "no address")
        # One bad address is enough: which of them a reader's machine takes is chance.
        if wrong := next((each for each in addresses if not self.allow(each)), None):
            raise _PrivateError(f"{host} is {wrong}, which is no public address")
        error: OSError = TimeoutError()
        for address in addresses:
            left = until - monotonic()
            if left <= 0:
                raise TimeoutError
            try:
                return socket.create_connection((address, port), timeout=left)
            except OSError as refused:
                error = refused
        raise error


class _PrivateError(Exception):
    """The link leads to an address that is not public."""


@contextlib.contextmanager
def _ended_by(line: socket.socket, until: float) -> Iterator[None]:
    """Cut the line when the time is up: a server that sends a byte a second is never late."""
    expired = threading.Event()

    def cut() -> None:
        expired.set()
        with contextlib.suppress(OSError):
            socket.socket.shutdown(line, socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, until - monotonic()), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException) as error:
        if expired.is_set():
            raise TimeoutError from error
        raise
    else:
        # A line that was cut ends like one that was closed, and half an answer looks whole.
        if expired.is_set():
            raise TimeoutError
    finally:
        timer.cancel()


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    import idna

    return idna.encode(host, uts46=True).decode("ascii")


_HEADERS = {
    "User-Agent": AGENT,
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
}


def _judge(status: int) -> Probed:
    if status in _GONE:
        return Probed(Health.GONE, f"the server says {status}")
    if status < 400 or status in _REFUSED:
        return Probed(Health.ALIVE)
    return Probed(Health.SILENT, f"the server says {status}")


def _target(path: str, query: str) -> str:
    """Return a request target in ASCII, without what could begin a header of its own."""
    safe = "/%:@!$&'()*+,;=-._~"
    target = quote(path or "/", safe=safe)
    return f"{target}?{quote(query, safe=safe + '?')}" if query else target


def _plain(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)
