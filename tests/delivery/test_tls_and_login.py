"""No byte of mail and no password before the security that was asked for stands."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.delivery.config import Security, SmtpConfig
from digest.delivery.transport import SmtpTransport
from digest.errors import ConfigurationError, DeliveryError, TryAgainLater
from digest.model.envelope import Envelope
from digest.model.mailing import Reply, Verdict
from tests.certificates import Certificate, make_certificate
from tests.smtp_server import RecordingServer, Rule

MAIL = Envelope(
    sender="news@example.org", recipient="ada@example.org", content=b"A: b\r\n\r\nc\r\n"
)
LOGIN: dict[str, Any] = {"username": "digest", "password": "pässword"}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


def deliver(
    server: RecordingServer, security: Security, *, ca_file: Path | None = None, **more: Any
) -> Reply:
    given: dict[str, Any] = {"host": server.host} | more
    config = SmtpConfig(
        port=server.port,
        security=security,
        ca_file=ca_file,
        timeout=timedelta(seconds=2),
        **given,
    )

    async def run() -> Reply:
        transport = SmtpTransport(config)
        try:
            await transport.open()
            return await transport.deliver(MAIL)
        finally:
            await transport.close()

    return asyncio.run(run())


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_mail_passes_through_tls_with_a_certificate_that_is_trusted(
    certificate: Certificate, security: Security, host: str
) -> None:
    implicit = security == "tls"

    with RecordingServer(tls=certificate.context(), implicit=implicit, users=None) as server:
        reply = deliver(server, security, ca_file=certificate.ca_file, host=host)

    assert reply.verdict is Verdict.ACCEPTED
    assert server.messages[0].content == MAIL.content
    assert ("STARTTLS" in server.commands) is not implicit


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_an_unknown_authority_is_refused_with_the_reason(
    certificate: Certificate, security: Security
) -> None:
    with (
        RecordingServer(tls=certificate.context(), implicit=security == "tls") as server,
        pytest.raises(DeliveryError, match=r"certificate is not valid: .*issuer") as caught,
    ):
        deliver(server, security, **LOGIN)

    assert "ca_file" in caught.value.hint
    assert not any(line.startswith(("AUTH", "MAIL")) for line in server.commands)


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize(
    ("names", "days", "reason"),
    [
        ("DNS:other.example", 10, "mismatch|not valid for"),
        ("DNS:localhost,IP:127.0.0.1", 0, "expired"),
    ],
)
def test_a_certificate_of_another_name_or_time_is_refused(
    tmp_path: Path, security: Security, names: str, days: int, reason: str
) -> None:
    wrong = make_certificate(tmp_path, names=names, days=days)

    with (
        RecordingServer(tls=wrong.context(), implicit=security == "tls") as server,
        pytest.raises(DeliveryError, match=reason),
    ):
        deliver(server, security, ca_file=wrong.ca_file)

    assert not any(line.startswith("MAIL") for line in server.commands)


@pytest.mark.parametrize("stripped", [True, False])
def test_without_starttls_on_offer_nothing_is_sent(
    certificate: Certificate, stripped: bool
) -> None:
    tls = certificate.context() if stripped else None

    with (
        RecordingServer(tls=tls, offer_starttls=False, users={"digest": "pässword"}) as server,
        pytest.raises(DeliveryError, match="does not offer STARTTLS") as caught,
    ):
        deliver(server, "starttls", ca_file=certificate.ca_file, **LOGIN)

    assert f"127.0.0.1:{server.port}" in caught.value.where
    assert [line.split()[0] for line in server.commands] == ["EHLO"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [("502 5.5.1 not now, not ever", DeliveryError), ("454 4.7.0 later", TryAgainLater)],
)
def test_starttls_that_is_offered_and_then_denied_sends_nothing(
    certificate: Certificate, answer: str, error: type[Exception]
) -> None:
    with (
        RecordingServer([Rule("STARTTLS", answer)], tls=certificate.context()) as server,
        pytest.raises(error, match=answer[:3]),
    ):
        deliver(server, "starttls", ca_file=certificate.ca_file)

    assert not any(line.startswith("MAIL") for line in server.commands)


def test_words_smuggled_in_before_tls_are_not_heard_inside_it(certificate: Certificate) -> None:
    smuggled = Rule("STARTTLS", "220 go\n250-evil\n250 AUTH PLAIN")

    with RecordingServer([smuggled], tls=certificate.context()) as server:
        reply = deliver(server, "starttls", ca_file=certificate.ca_file)

    assert reply.verdict is Verdict.ACCEPTED
    assert sum(line.startswith("EHLO") for line in server.commands) == 2


def test_a_server_without_tls_from_the_start_is_told_apart_from_one_that_is_away() -> None:
    with (
        RecordingServer() as server,
        pytest.raises(DeliveryError, match=r'TLS fails: .*security = "starttls"'),
    ):
        deliver(server, "tls")


def test_a_handshake_that_is_cut_off_is_tried_again_later(certificate: Certificate) -> None:
    with (
        RecordingServer([Rule("STARTTLS", "220 go", close=True)], tls=certificate.context()) as srv,
        pytest.raises(TryAgainLater, match="server"),
    ):
        deliver(srv, "starttls", ca_file=certificate.ca_file)


@pytest.mark.parametrize("text", ["", "not a certificate"])
def test_a_ca_file_that_cannot_be_used_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "ca.pem"
    if text:
        file.write_text(text)

    with RecordingServer() as server, pytest.raises(ConfigurationError, match=r"ca\.pem cannot"):
        deliver(server, "starttls", ca_file=file)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_the_login_is_made_inside_tls(certificate: Certificate, security: Security) -> None:
    tls = certificate.context()

    with RecordingServer(tls=tls, implicit=security == "tls", users={"digest": "pässword"}) as srv:
        reply = deliver(srv, security, ca_file=certificate.ca_file, **LOGIN)

    assert reply.verdict is Verdict.ACCEPTED
    assert srv.commands.index("AUTH PLAIN") > (security == "starttls")


def test_a_refused_login_says_so_once_and_keeps_the_password_to_itself() -> None:
    with (
        RecordingServer(users={"digest": "another"}) as server,
        pytest.raises(DeliveryError, match=r"login was refused: 535 .*\[smtp\] username") as caught,
    ):
        deliver(server, "none", **LOGIN)

    assert "pässword" not in str(caught.value)
    assert sum(line.startswith("AUTH") for line in server.commands) == 1


def test_a_login_that_fails_for_now_is_tried_again_later() -> None:
    with (
        RecordingServer([Rule("AUTH", "454 4.7.0 directory is down")], users={"a": "b"}) as server,
        pytest.raises(TryAgainLater, match="454"),
    ):
        deliver(server, "none", **LOGIN)


def test_a_mechanism_that_is_offered_and_not_taken_gives_way_to_another() -> None:
    rule = Rule("AUTH", "504 5.5.4 not PLAIN", times=1)

    with RecordingServer([rule], users={"digest": "pässword"}) as server:
        reply = deliver(server, "none", **LOGIN)

    assert reply.verdict is Verdict.ACCEPTED
    assert [line for line in server.commands if line.startswith("AUTH")][1].startswith("AUTH LOGIN")


def test_a_server_that_offers_no_login_is_not_sent_to_without_one() -> None:
    with RecordingServer() as server, pytest.raises(DeliveryError, match="offers no login"):
        deliver(server, "none", **LOGIN)

    assert not any(line.startswith("MAIL") for line in server.commands)


def test_a_login_that_was_withdrawn_in_the_middle_stops_everybody_and_blames_nobody() -> None:
    async def run(server: RecordingServer) -> Reply:
        config = SmtpConfig(host=server.host, port=server.port, security="none", **LOGIN)
        transport = SmtpTransport(config)
        await transport.open()
        await transport.close()
        server.users = {"digest": "changed"}
        return await transport.deliver(MAIL)

    with RecordingServer(users={"digest": "pässword"}) as server:
        reply = asyncio.run(run(server))

    assert (reply.verdict, reply.code) == (Verdict.BLOCKED, 0)
    assert "login was refused" in reply.text


@pytest.mark.parametrize(
    ("rule", "error", "words"),
    [
        (Rule("CONNECT", "554 5.7.1 no"), DeliveryError, "refuses us: 554"),
        (Rule("CONNECT", "421 4.3.2 busy"), TryAgainLater, "no mail now: 421"),
        (Rule("CONNECT", "SSH-2.0-OpenSSH_9.9"), DeliveryError, "not an SMTP server"),
        (Rule("CONNECT", close=True), TryAgainLater, "away"),
        (Rule("EHLO", "550 5.7.1 bad name"), DeliveryError, "refuses us: 550"),
        (Rule("EHLO", "421 4.3.2 busy"), TryAgainLater, "no mail now: 421"),
        (Rule("EHLO", close=True), TryAgainLater, "away"),
    ],
)
def test_a_server_that_will_not_have_us_is_told_apart_from_one_that_is_busy(
    rule: Rule, error: type[Exception], words: str
) -> None:
    with RecordingServer([rule]) as server, pytest.raises(error, match=words):
        deliver(server, "none")


def test_a_server_that_knows_no_ehlo_is_greeted_the_old_way() -> None:
    with RecordingServer([Rule("EHLO", "502 5.5.1 what?")]) as server:
        reply = deliver(server, "none")

    assert reply.verdict is Verdict.ACCEPTED
    assert not any("SIZE" in line for line in server.commands)
