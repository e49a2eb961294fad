"""A message comes out of the line byte for byte as it went in, whatever is in it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.delivery.commands import dot_stuffed
from digest.delivery.config import SmtpConfig
from digest.delivery.transport import SmtpTransport
from digest.model.envelope import Envelope
from digest.model.mailing import Reply, Verdict
from tests.smtp_server import RecordingServer

#: Lines as they come in hostile bodies: dots where they matter, NUL, 8-bit, commands, long ones.
LINES = st.one_of(
    st.sampled_from(
        [
            b"",
            b".",
            b"..",
            b"...",
            b". ",
            b".\t.",
            b"QUIT",
            b".QUIT",
            b"RSET",
            b"From x",
            b"\0",
            b"\xff",
        ]
    ),
    st.binary(max_size=40).map(lambda raw: raw.replace(b"\r", b".").replace(b"\n", b".")),
    st.integers(900, 70_000).map(lambda length: b"." * length),
)
MESSAGES = st.lists(LINES, max_size=12).map(
    lambda lines: b"".join(line + b"\r\n" for line in lines)
)


@pytest.fixture(scope="module")
def server() -> Iterator[RecordingServer]:
    with RecordingServer() as running:
        yield running


def deliver(server: RecordingServer, *contents: bytes, wire_ready: bool = False) -> list[Reply]:
    async def run() -> list[Reply]:
        config = SmtpConfig(host=server.host, port=server.port, security="none")
        transport = SmtpTransport(config)
        try:
            return [
                await transport.deliver(mail(content, wire_ready=wire_ready))
                for content in contents
            ]
        finally:
            await transport.close()

    return asyncio.run(run())


def mail(content: bytes, *, wire_ready: bool = False) -> Envelope:
    return Envelope(
        sender="n@example.org", recipient="r@example.org", content=content, wire_ready=wire_ready
    )


@settings(max_examples=80, deadline=None)
@given(st.lists(MESSAGES, min_size=1, max_size=3))
@example([b".\r\n", b"\r\n.\r\n", b"\r\n\r\n.\r\n.\r\n"])
@example([b"a\r\n" * 200_000])
def test_what_was_handed_over_is_what_is_taken(
    server: RecordingServer, contents: list[bytes]
) -> None:
    server.messages.clear()

    replies = deliver(server, *contents)

    assert {reply.verdict for reply in replies} == {Verdict.ACCEPTED}
    # An empty message has no last line end to keep: the line's own rule gives it one.
    assert [message.content for message in server.messages] == [
        each or b"\r\n" for each in contents
    ]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.text("ab -:=/+", max_size=900), min_size=1, max_size=20).map(
        lambda lines: "".join(f"{line}\r\n" for line in lines).encode()
    )
)
def test_what_is_ready_for_the_wire_is_handed_over_as_it_is(
    server: RecordingServer, content: bytes
) -> None:
    server.messages.clear()

    replies = deliver(server, content, content, wire_ready=True)

    assert [reply.verdict for reply in replies] == [Verdict.ACCEPTED] * 2
    assert [message.content for message in server.messages] == [content] * 2


def test_a_message_without_a_last_line_end_gets_one(server: RecordingServer) -> None:
    server.messages.clear()

    deliver(server, b"A: b\r\n\r\nno end")

    assert server.messages[-1].content == b"A: b\r\n\r\nno end\r\n"


@pytest.mark.parametrize(
    "content",
    [
        b"a\nb\r\n",
        b"a\rb\r\n",
        b"\n.\n",
        b"x\n.\r\nMAIL FROM:<e@x>\r\n",
        b"x\r.\r\n",
        b"x\r",
        b"\r\r\n",
    ],
)
def test_line_ends_that_could_smuggle_a_second_message_are_not_sent(
    server: RecordingServer, content: bytes
) -> None:
    server.messages.clear()

    (reply,) = deliver(server, content)

    assert (reply.verdict, reply.code) == (Verdict.BLOCKED, 0)
    assert "CRLF" in reply.text
    assert server.messages == []


def test_eight_bit_bytes_are_announced_and_kept_from_a_server_that_does_not_take_them() -> None:
    content = "Subject: x\r\n\r\n微信\r\n".encode()

    with RecordingServer() as modern, RecordingServer(extensions=[]) as old:
        (taken,) = deliver(modern, content)
        (kept,) = deliver(old, content)

    assert taken.verdict is Verdict.ACCEPTED
    assert any("BODY=8BITMIME" in line for line in modern.commands)
    assert kept.verdict is Verdict.BLOCKED
    assert old.messages == []


def test_the_size_is_announced_where_the_server_asks_for_it(server: RecordingServer) -> None:
    deliver(server, b".\r\n" * 5)

    assert [line for line in server.commands if line.startswith("MAIL")][-1].endswith(" SIZE=15")


def test_only_a_dot_that_begins_a_line_is_doubled() -> None:
    assert dot_stuffed(b".a\r\n.\r\nb.\r\n") == b"..a\r\n..\r\nb.\r\n"
