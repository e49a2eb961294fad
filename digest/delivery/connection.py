"""Connecting: TCP, EHLO, TLS, AUTH by aiosmtplib; each way it fails in words a person can act on.

What must stay true: no byte of mail and no password leaves before the security that was asked for
stands. STARTTLS that is asked for and not offered ends the attempt, whoever took it off the offer.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import aiosmtplib

from digest.delivery.commands import Offers
from digest.delivery.config import SmtpConfig
from digest.delivery.replies import Stage, judge_reply
from digest.errors import ConfigurationError, DeliveryError, TryAgainLater
from digest.model.mailing import Verdict

#: In this order: PLAIN and LOGIN go through TLS; CRAM-MD5 only where nothing else is offered.
_LOGINS = ("plain", "login", "cram-md5")

#: The server does not take this mechanism (RFC 4954 section 4); another may do.
_OTHER_MECHANISM = frozenset({504, 534})

_DOMAIN = re.compile(r"(?=.*\.)[A-Za-z0-9.-]+")


async def connect(
    config: SmtpConfig, context: ssl.SSLContext | None
) -> tuple[asyncio.Transport, Offers]:
    """Return a transport that is connected, protected and logged in as configured, with what the
    server offers. Whoever gets it sets a protocol of their own.

    `context` may be None where the security is "none".

    Raises:
        TryAgainLater: the server is away, or says that it is busy.
        DeliveryError: it refuses us, its certificate is wrong, or it lacks what is asked for.
    """
    smtp = aiosmtplib.SMTP(
        hostname=config.host,
        port=config.port,
        use_tls=config.security == "tls",
        start_tls=False,
        tls_context=context,
        timeout=config.timeout.total_seconds(),
        local_hostname=config.local_hostname or await _own_name(),
    )
    try:
        with _in_words(config):
            await _greet(smtp, config)
            await _log_in(smtp, config)
            return _taken_over(smtp)
    except BaseException:
        smtp.close()
        raise


def tls_context(config: SmtpConfig) -> ssl.SSLContext:
    """Return a context that verifies certificate and name, by the system's list and `ca_file`.

    Raises:
        ConfigurationError: `ca_file` cannot be read.
    """
    context = ssl.create_default_context()
    if config.ca_file:
        try:
            context.load_verify_locations(cafile=config.ca_file)
        except OSError as error:  # ssl.SSLError is one of them
            raise ConfigurationError(
                "[smtp] ca_file",
                f"{config.ca_file} cannot be used: {error.strerror or error}",
                "It must hold certificates in PEM form.",
            ) from error
    return context


async def _greet(smtp: aiosmtplib.SMTP, config: SmtpConfig) -> None:
    """Connect and say EHLO, a second time inside TLS: what was offered outside counts no more."""
    await smtp.connect()
    await _hello(smtp)
    if config.security != "starttls":
        return
    if not smtp.supports_extension("starttls"):
        raise DeliveryError(
            config.server,
            "the server does not offer STARTTLS, so nothing was sent",
            "Ask its operator; a server that speaks TLS from the start (port 465) wants "
            '[smtp] security = "tls".',
        )
    await smtp.starttls()
    await _hello(smtp)


async def _hello(smtp: aiosmtplib.SMTP) -> None:
    try:
        await smtp.ehlo()
    except aiosmtplib.SMTPHeloError as error:
        # RFC 5321 3.2: a server that does not know EHLO still knows HELO, and offers nothing.
        if error.code not in {500, 502, 504}:
            raise
        await smtp.helo()


async def _log_in(smtp: aiosmtplib.SMTP, config: SmtpConfig) -> None:
    """Log in once: aiosmtplib's own `login` tries a wrong password with every mechanism."""
    if not config.password:
        return
    methods = {"plain": smtp.auth_plain, "login": smtp.auth_login, "cram-md5": smtp.auth_crammd5}
    refused: aiosmtplib.SMTPAuthenticationError | None = None
    for name in _LOGINS:
        if name not in smtp.server_auth_methods:
            continue
        try:
            await methods[name](config.username, config.password)
        except aiosmtplib.SMTPAuthenticationError as error:
            if error.code not in _OTHER_MECHANISM:
                raise
            refused = error
        else:
            return
    if refused:
        raise refused
    raise DeliveryError(
        config.server,
        "the server offers no login that is known here (PLAIN, LOGIN, CRAM-MD5)",
        "If it asks for none, take username and password out of [smtp].",
    )


def _taken_over(smtp: aiosmtplib.SMTP) -> tuple[asyncio.Transport, Offers]:
    if smtp.transport is None or not smtp.is_connected:
        raise aiosmtplib.SMTPServerDisconnected("the server closed the connection")
    return cast(asyncio.Transport, smtp.transport), Offers.of(smtp.esmtp_extensions)


@contextmanager
def _in_words(config: SmtpConfig) -> Iterator[None]:
    """Turn what the network, TLS and the server say into an error that says what to do."""
    try:
        yield
    except aiosmtplib.SMTPAuthenticationError as error:
        raise _login_refused(config, error.code, error.message) from error
    except aiosmtplib.SMTPResponseException as error:
        raise _refused(config, error.code, error.message) from error
    except (OSError, aiosmtplib.SMTPException) as error:
        tls = _tls_error(error)
        raise (_tls_failed(config, tls) if tls else _away(config, error)) from error


def _login_refused(config: SmtpConfig, code: int, text: str) -> DeliveryError | TryAgainLater:
    reply = judge_reply(Stage.AUTH, code, text)
    what = f"the login was refused: {code} {reply.text}"
    if reply.verdict is not Verdict.BLOCKED:
        return TryAgainLater(config.server, what, "It may pass; run again later.")
    return DeliveryError(
        config.server, what, "Look at [smtp] username and at the password (DIGEST_SMTP__PASSWORD)."
    )


def _refused(config: SmtpConfig, code: int, text: str) -> DeliveryError | TryAgainLater:
    """Return what a reply to the greeting, EHLO or STARTTLS means."""
    if not 200 <= code <= 599:
        return DeliveryError(
            config.server, "what answers there is not an SMTP server", "Look at [smtp] port."
        )
    reply = judge_reply(Stage.CONNECT, code, text)
    said = f"{code} {reply.text}".strip()
    if reply.verdict is Verdict.BLOCKED:
        return DeliveryError(
            config.server, f"the server refuses us: {said}", "Ask its operator; nothing was sent."
        )
    return TryAgainLater(config.server, f"the server takes no mail now: {said}", "Run again later.")


def _tls_error(error: BaseException) -> ssl.SSLError | None:
    """Return the TLS failure that an error stands for; a line cut in the handshake is none."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            cut = isinstance(seen, ssl.SSLEOFError | ssl.SSLZeroReturnError)
            return None if cut else seen
        seen = seen.__cause__
    return None


def _tls_failed(config: SmtpConfig, error: ssl.SSLError) -> DeliveryError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return DeliveryError(
            config.server,
            f"its certificate is not valid: {error.verify_message or error.reason}",
            "Give [smtp] host the name that the certificate bears; for a private authority name "
            "its certificate in ca_file. Nothing was sent.",
        )
    hint = "Nothing was sent."
    if config.security == "tls":
        hint = 'If the server begins without TLS (port 587 or 25), say security = "starttls".'
    return DeliveryError(config.server, f"TLS fails: {error.reason or error}", hint)


def _away(config: SmtpConfig, error: BaseException) -> TryAgainLater:
    cause = error.__cause__ or error
    hint = "Look at [smtp] host and port, and whether the server is up; then run again."
    if isinstance(cause, socket.gaierror):
        what = f"the server's name cannot be resolved ({cause.strerror})"
    elif isinstance(cause, TimeoutError):
        what = f"the server does not answer in {config.timeout.total_seconds():g} s"
        if config.security == "starttls" and config.port == 465:
            hint = 'Port 465 wants [smtp] security = "tls".'
    else:
        reason = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
        what = f"the server is away ({reason})"
    return TryAgainLater(config.server, what, hint)


async def _own_name() -> str:
    """Return the name for EHLO: a qualified one, else an address literal (RFC 5321 4.1.4)."""
    name = await asyncio.to_thread(socket.getfqdn)
    return name if _DOMAIN.fullmatch(name) else "[127.0.0.1]"
