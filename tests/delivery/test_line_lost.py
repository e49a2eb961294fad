"""Lines that are cut, fall silent or talk nonsense, at every stage, and what each loss means."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from digest.delivery.config import SmtpConfig
from digest.delivery.connection import connect
from digest.delivery.lane import SmtpLane
from digest.delivery.transport import SmtpTransport
from digest.model.mailing import Reply, Verdict
from tests.delivery.sending import BIG, CONTENT, Told, config, deliver, envelope, using
from tests.smtp_server import RecordingServer, Rule


@pytest.mark.parametrize("at", ["MAIL", "RCPT", "DATA", "BODY"])
def test_a_line_lost_before_the_last_byte_has_delivered_nothing(at: str) -> None:
    with RecordingServer([Rule(at, close=True)]) as server:
        (reply,) = deliver(server, envelope(content=BIG))

    assert (reply.verdict, reply.code) == (Verdict.DEFERRED, 0)
    assert f"127.0.0.1:{server.port}" in reply.text
    assert server.messages == []


@pytest.mark.parametrize("keep", [True, False])
def test_a_line_lost_after_the_final_dot_leaves_a_doubt(keep: bool) -> None:
    with RecordingServer([Rule("DOT", close=True, keep=keep, times=1)]) as server:
        first, second = deliver(server, envelope(), envelope())

    assert (first.verdict, first.code) == (Verdict.IN_DOUBT, 0)
    assert second.verdict is Verdict.ACCEPTED
    assert len(server.messages) == (2 if keep else 1)


@pytest.mark.parametrize(
    ("at", "verdict"),
    [
        ("RCPT", Verdict.DEFERRED),
        ("DATA", Verdict.DEFERRED),
        ("BODY", Verdict.DEFERRED),
        ("DOT", Verdict.IN_DOUBT),
    ],
)
def test_no_message_is_sent_a_second_time_by_itself(at: str, verdict: Verdict) -> None:
    with RecordingServer([Rule(at, close=True, message=2, keep=at == "DOT")]) as server:
        first, second = deliver(server, envelope(), envelope("bob@example.org", BIG))

    assert [first.verdict, second.verdict] == [Verdict.ACCEPTED, verdict]
    assert sum(line == "RCPT TO:<bob@example.org>" for line in server.commands) == 1
    assert len(server.messages) == (2 if at == "DOT" else 1)


@pytest.mark.parametrize("at", ["RCPT", "DATA", "DOT"])
@pytest.mark.parametrize("answer", ["421 4.3.2 busy", "503 5.5.1 lost step"])
def test_a_line_that_is_ending_or_confused_is_asked_nothing_more(at: str, answer: str) -> None:
    with RecordingServer([Rule(at, answer, times=1)]) as server:
        first, second = deliver(server, envelope(), envelope())

    assert [first.verdict, second.verdict] == [Verdict.DEFERRED, Verdict.ACCEPTED]
    assert server.connections == 2
    assert "RSET" not in server.commands


@pytest.mark.parametrize(
    ("answer", "before", "after"),
    [
        ("HTTP/1.1 400 Bad Request", Verdict.DEFERRED, Verdict.IN_DOUBT),
        ("250-yes\n550 no", Verdict.DEFERRED, Verdict.IN_DOUBT),
        ("550-no\n250 yes", Verdict.DEFERRED, Verdict.IN_DOUBT),
        ("2500 yes", Verdict.DEFERRED, Verdict.IN_DOUBT),
        ("99 yes", Verdict.DEFERRED, Verdict.IN_DOUBT),
        ("", Verdict.DEFERRED, Verdict.IN_DOUBT),
        ("250 " + "x" * 20_000, Verdict.DEFERRED, Verdict.IN_DOUBT),
        ("\n".join(["250-more"] * 200), Verdict.DEFERRED, Verdict.IN_DOUBT),
    ],
)
def test_what_is_no_reply_is_never_taken_for_an_answer(
    answer: str, before: Verdict, after: Verdict
) -> None:
    rules = [Rule("RCPT", answer, message=1), Rule("DOT", answer, message=2)]

    with RecordingServer(rules) as server:
        replies = deliver(server, envelope(), envelope(), envelope())

    assert [reply.verdict for reply in replies] == [before, after, Verdict.ACCEPTED]
    assert server.connections == 3


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("552 5.3.4 too big", Verdict.BLOCKED),
        ("451 4.3.0 later", Verdict.DEFERRED),
        ("250 thanks, that will do", Verdict.IN_DOUBT),
    ],
)
def test_an_answer_before_the_end_of_the_message_is_heard(answer: str, verdict: Verdict) -> None:
    with RecordingServer([Rule("BODY", answer, times=1)]) as server:
        first, second = deliver(server, envelope(content=BIG), envelope())

    assert first.verdict is verdict
    assert second.verdict is Verdict.ACCEPTED
    assert [message.content for message in server.messages] == [CONTENT]


def test_a_connection_closed_between_two_messages_is_opened_again() -> None:
    with RecordingServer([Rule("DOT", "250 2.0.0 taken, bye", close=True, times=1)]) as server:

        async def twice(transport: SmtpTransport) -> list[Reply]:
            first = await transport.deliver(envelope())
            await asyncio.sleep(0.1)
            return [first, await transport.deliver(envelope())]

        replies = using(config(server), twice)

    assert [reply.verdict for reply in replies] == [Verdict.ACCEPTED, Verdict.ACCEPTED]
    assert len(server.messages) == 2


@pytest.mark.parametrize("answer", ["421 4.4.2 idle too long", None])
def test_a_farewell_that_meets_the_next_mail_is_no_answer_to_it(answer: str | None) -> None:
    with RecordingServer([Rule("MAIL", answer, close=True, message=2)]) as server:
        first, second = deliver(server, envelope(), envelope())

    assert [first.verdict, second.verdict] == [Verdict.ACCEPTED, Verdict.ACCEPTED]
    assert len(server.messages) == 2


def test_a_server_that_closes_every_new_connection_is_not_tried_for_ever() -> None:
    with RecordingServer([Rule("MAIL", close=True)]) as server:
        (reply,) = deliver(server, envelope())

    assert (reply.verdict, reply.code) == (Verdict.DEFERRED, 0)
    assert server.connections == 1


def test_a_server_that_falls_silent_before_the_message_defers() -> None:
    with RecordingServer([Rule("RCPT", delay=5)]) as server:
        (reply,) = deliver(server, envelope(), timeout=timedelta(seconds=0.2))

    assert (reply.verdict, reply.code) == (Verdict.DEFERRED, 0)
    assert "no answer in 0.2 s, at RCPT" in reply.text


def test_silence_after_the_final_dot_is_waited_for_and_then_in_doubt() -> None:
    async def impatient(settings: SmtpConfig) -> Told:
        told = Told()
        transport, offers = await connect(settings, None)
        wait = timedelta(seconds=0.6)
        lane = SmtpLane(transport, offers, settings, told, final_dot_timeout=wait)
        lane.load(1, envelope())
        lane.release(1)
        await told.until_ended()
        return told

    with RecordingServer([Rule("DOT", delay=5)]) as server:
        told = asyncio.run(impatient(config(server, timeout=timedelta(seconds=0.2))))

    (reply,) = told.replies[1]
    assert (reply.verdict, reply.code) == (Verdict.IN_DOUBT, 0)
    assert "no answer in 0.6 s, at the final dot" in reply.text


def test_a_slow_answer_to_the_final_dot_may_take_longer_than_other_answers() -> None:
    with RecordingServer([Rule("DOT", delay=0.6)]) as server:
        (reply,) = deliver(server, envelope(), timeout=timedelta(seconds=0.2))

    assert reply.verdict is Verdict.ACCEPTED


@pytest.mark.parametrize(
    ("rule", "content"),
    [
        (Rule("BODY", delay=1, times=1), BIG),
        (Rule("DOT", "550 5.1.1 late", delay=1, times=1), CONTENT),
    ],
)
def test_a_delivery_that_is_cancelled_leaves_nothing_to_the_next_one(
    rule: Rule, content: bytes
) -> None:
    async def cancel(transport: SmtpTransport) -> Reply:
        await transport.open()
        task = asyncio.ensure_future(transport.deliver(envelope(content=content)))
        await asyncio.sleep(0.5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
        return await transport.deliver(envelope())

    with RecordingServer([rule]) as server:
        reply = using(config(server), cancel)

    assert reply.verdict is Verdict.ACCEPTED
    assert [message.content for message in server.messages] == [CONTENT]
