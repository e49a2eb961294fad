"""Handing over one message at a time to a real server: its answers, its absence, addresses."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest

from digest.delivery.config import SmtpConfig
from digest.delivery.transport import SmtpTransport
from digest.errors import TryAgainLater
from digest.model.envelope import Envelope
from digest.model.mailing import Reply, Verdict
from tests.delivery.sending import CONTENT, config, deliver, envelope, free_port, using
from tests.smtp_server import Message, RecordingServer, Rule


def test_an_accepted_message_arrives_as_it_was_with_its_envelope() -> None:
    with RecordingServer() as server:
        (reply,) = deliver(server, envelope())

    assert (reply.verdict, reply.code, reply.enhanced) == (Verdict.ACCEPTED, 250, "2.0.0")
    assert server.messages == [Message("news@example.org", "ada@example.org", CONTENT)]


def test_many_messages_take_one_connection() -> None:
    recipients = [f"r{number}@example.org" for number in range(20)]

    with RecordingServer() as server:
        replies = deliver(server, *map(envelope, recipients))

    assert {reply.verdict for reply in replies} == {Verdict.ACCEPTED}
    assert [message.rcpt for message in server.messages] == recipients
    assert server.connections == 1
    assert server.commands[-1] == "QUIT"


def test_the_connection_is_renewed_after_the_agreed_number_of_messages() -> None:
    with RecordingServer() as server:
        deliver(server, *[envelope()] * 7, messages_per_connection=3)

    assert server.connections == 3
    assert server.commands.count("QUIT") == 3
    assert len(server.messages) == 7


@pytest.mark.parametrize(
    ("at", "answer", "verdict"),
    [
        ("MAIL", "451 4.3.0 later", Verdict.DEFERRED),
        ("MAIL", "550 5.7.1 not you", Verdict.BLOCKED),
        ("MAIL", "421 4.3.2 busy", Verdict.DEFERRED),
        ("RCPT", "450 4.2.0 later", Verdict.DEFERRED),
        ("RCPT", "550 5.1.1 no such user", Verdict.REFUSED),
        ("RCPT", "550-5.1.1 no such user\n550 5.1.1 really", Verdict.REFUSED),
        ("RCPT", "552 too many", Verdict.DEFERRED),
        ("RCPT", "554 5.7.1 relay access denied", Verdict.BLOCKED),
        ("RCPT", "421 4.3.2 busy", Verdict.DEFERRED),
        ("DATA", "451 4.3.0 later", Verdict.DEFERRED),
        ("DATA", "554 5.5.1 no valid recipients", Verdict.REFUSED),
        ("DATA", "250 what DATA?", Verdict.DEFERRED),
        ("DOT", "451 4.3.0 later", Verdict.DEFERRED),
        ("DOT", "421 4.7.0 later", Verdict.DEFERRED),
        ("DOT", "552 5.2.2 mailbox full", Verdict.REFUSED),
        ("DOT", "550 5.7.1 spam", Verdict.BLOCKED),
        ("DOT", "354 more", Verdict.IN_DOUBT),
    ],
)
def test_each_answer_at_each_stage_has_its_verdict_and_the_next_message_passes(
    at: str, answer: str, verdict: Verdict
) -> None:
    with RecordingServer([Rule(at, answer, times=1)]) as server:
        first, second = deliver(server, envelope("bob@example.org"), envelope())

    assert first.verdict is verdict
    assert first.code == int(answer[:3])
    assert second.verdict is Verdict.ACCEPTED
    assert [message.rcpt for message in server.messages] == ["ada@example.org"]


def test_a_refused_recipient_is_followed_by_rset_on_the_same_connection() -> None:
    with RecordingServer([Rule("RCPT", "550 5.1.1 gone", rcpt="bob@example.org")]) as server:
        deliver(server, envelope("bob@example.org"), envelope())

    assert "RSET" in server.commands
    assert server.connections == 1


@pytest.mark.parametrize("rule", [Rule("RSET", "500 what?"), Rule("RSET", close=True)])
def test_a_server_that_refuses_even_rset_gets_a_new_connection(rule: Rule) -> None:
    gone = Rule("RCPT", "550 5.1.1 gone", times=1)

    with RecordingServer([gone, rule]) as server:
        first, second = deliver(server, envelope("bob@example.org"), envelope())

    assert first.verdict is Verdict.REFUSED
    assert second.verdict is Verdict.ACCEPTED
    assert server.connections == 2


def test_a_server_that_goes_away_in_the_middle_defers_and_names_itself() -> None:
    async def lose(transport: SmtpTransport) -> list[Reply]:
        with RecordingServer(port=settings.port) as server:
            first = await transport.deliver(envelope())
            assert len(server.messages) == 1
        return [first, await transport.deliver(envelope())]

    settings = SmtpConfig(host="127.0.0.1", port=free_port(), security="none")

    first, second = using(settings, lose)

    assert first.verdict is Verdict.ACCEPTED
    assert (second.verdict, second.code) == (Verdict.DEFERRED, 0)
    assert settings.server in second.text


def test_a_server_that_is_away_is_named_with_what_to_do() -> None:
    settings = SmtpConfig(host="127.0.0.1", port=free_port(), security="none")

    with pytest.raises(TryAgainLater, match=rf"{settings.server}: the server is away") as caught:
        using(settings, SmtpTransport.open)

    assert "[smtp] host and port" in caught.value.hint


def test_a_name_that_does_not_resolve_is_said_so() -> None:
    with pytest.raises(TryAgainLater, match=r"smtp\.invalid:587: .*name cannot be resolved"):
        using(SmtpConfig(host="smtp.invalid"), SmtpTransport.open)


def test_a_server_that_never_greets_is_given_up_in_time() -> None:
    with (
        RecordingServer([Rule("CONNECT", delay=5)]) as server,
        pytest.raises(TryAgainLater, match=r"does not answer in 0\.2 s"),
    ):
        using(config(server, timeout=timedelta(seconds=0.2)), SmtpTransport.open)


def test_two_deliveries_at_once_wait_for_each_other() -> None:
    async def both(transport: SmtpTransport) -> list[Reply]:
        return await asyncio.gather(*(transport.deliver(envelope()) for _ in range(5)))

    with RecordingServer() as server:
        replies = using(config(server), both)

    assert {reply.verdict for reply in replies} == {Verdict.ACCEPTED}
    assert (server.connections, len(server.messages)) == (1, 5)


def test_opening_and_closing_twice_is_harmless() -> None:
    async def twice(transport: SmtpTransport) -> None:
        await transport.open()
        await transport.open()
        await transport.close()
        await transport.close()

    with RecordingServer() as server:
        using(config(server), twice)

    assert server.connections == 1


def test_an_error_in_quit_is_not_a_failure() -> None:
    with RecordingServer() as server:

        async def vanish(transport: SmtpTransport) -> Reply:
            reply = await transport.deliver(envelope())
            server.__exit__()
            return reply

        reply = using(config(server), vanish)
        server.__enter__()

    assert reply.verdict is Verdict.ACCEPTED


def test_an_address_that_is_not_ascii_goes_only_where_the_server_takes_it() -> None:
    address = "用户@example.org"

    with RecordingServer() as modern, RecordingServer(extensions=["8BITMIME"]) as old:
        (taken,) = deliver(modern, envelope(address))
        refused, next_one = deliver(old, envelope(address), envelope())

    assert taken.verdict is Verdict.ACCEPTED
    assert modern.messages[0].rcpt == address
    assert any(line.endswith("SMTPUTF8") for line in modern.commands)
    assert (refused.verdict, refused.code) == (Verdict.REFUSED, 0)
    assert "SMTPUTF8" in refused.text
    assert next_one.verdict is Verdict.ACCEPTED


@pytest.mark.parametrize(
    "address",
    ["", "ada", "a b@example.org", "a@b>\r\nRCPT TO:<c@d", "<a@b>", "a@b@c", "\ud800@b", "a@b\n"],
)
def test_what_is_no_address_never_reaches_the_line(address: str) -> None:
    with RecordingServer() as server:
        bad, good = deliver(server, envelope(address), envelope())

    assert (bad.verdict, bad.code, bad.enhanced) == (Verdict.REFUSED, 0, "5.1.3")
    assert good.verdict is Verdict.ACCEPTED
    assert sum(line.startswith("RCPT") for line in server.commands) == 1


@pytest.mark.parametrize("address", ["a..b@docomo.example", '"a b"@example.org', "x@[192.0.2.1]"])
def test_odd_addresses_that_exist_are_left_to_the_server(address: str) -> None:
    with RecordingServer() as server:
        (reply,) = deliver(server, envelope(address))

    assert reply.verdict is Verdict.ACCEPTED
    assert server.messages[0].rcpt == address


@pytest.mark.parametrize("sender", ["no address", "x@y\r\nDATA", "\ud800@example.org"])
def test_a_sender_that_is_no_address_stops_everybody_and_blames_nobody(sender: str) -> None:
    wrong = Envelope(sender=sender, recipient="ada@example.org", content=CONTENT)

    with RecordingServer() as server:
        (reply,) = deliver(server, wrong)

    assert reply.verdict is Verdict.BLOCKED
    assert server.messages == []


def test_an_empty_sender_is_the_null_path() -> None:
    with RecordingServer() as server:
        deliver(server, Envelope(sender="", recipient="ada@example.org", content=CONTENT))

    assert any(line.startswith("MAIL FROM:<>") for line in server.commands)


def test_the_log_names_neither_address_nor_password(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    rules = [
        Rule("RCPT", "550 5.1.1 <ada@example.org> unknown", message=1),
        Rule("DOT", close=True),
    ]

    with RecordingServer(rules, users={"digest": "tell-nobody"}) as server:
        deliver(server, envelope(), envelope(), username="digest", password="tell-nobody")

    assert "connection was lost" in caplog.text
    assert "ada@" not in caplog.text
    assert "tell-nobody" not in caplog.text
