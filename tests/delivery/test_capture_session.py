"""The capture server's side of the conversation, said by hand over a real socket."""

from __future__ import annotations

import asyncio
import smtplib
from collections import Counter
from pathlib import Path

import pytest

from digest.delivery.capture import CaptureServer
from digest.delivery.capture_session import SIZE_LIMIT
from digest.delivery.captured import CapturedMail, read_captured
from digest.delivery.chaos import read_chaos

OPENED = b"EHLO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"
WHOLE = OPENED + b"DATA\r\nSubject: x\r\n\r\nbody\r\n.\r\n"


def say(folder: Path, *pieces: bytes, chaos: str = "", seed: int = 1) -> list[str]:
    """Say pieces to a server, and return its replies (the last line of each)."""

    async def run() -> bytes:
        trouble = read_chaos(chaos, seed=seed) if chaos else None
        async with CaptureServer(folder, chaos=trouble) as server:
            reader, writer = await asyncio.open_connection(server.host, server.port)
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.01 if len(pieces) > 1 else 0)
            writer.write_eof()
            try:
                return await asyncio.wait_for(reader.read(), 20)
            except ConnectionResetError:
                return b"reset\r\n"
            finally:
                writer.close()

    lines = asyncio.run(run()).decode().splitlines()
    return [line for line in lines if line[3:4] != "-"]


def words(text: str) -> list[str]:
    return text.split()


def codes(replies: list[str]) -> list[str]:
    return [reply[:3] for reply in replies]


def kept(folder: Path) -> list[CapturedMail]:
    return read_captured(folder)


def test_commands_that_come_in_one_piece_are_answered_in_order(tmp_path: Path) -> None:
    second = WHOLE.replace(b"c@d", b"e@f").replace(b"EHLO me\r\n", b"")

    replies = say(tmp_path, WHOLE + second + b"QUIT\r\n")

    assert codes(replies) == words("220 250 250 250 354 250 250 250 354 250 221")
    assert [mail.recipient for mail in kept(tmp_path)] == ["c@d", "e@f"]


def test_a_client_that_sends_byte_by_byte_is_understood_too(tmp_path: Path) -> None:
    replies = say(tmp_path, *(WHOLE[at : at + 1] for at in range(len(WHOLE))))

    assert codes(replies) == words("220 250 250 250 354 250")
    assert kept(tmp_path)[0].content == b"Subject: x\r\n\r\nbody\r\n"


@pytest.mark.parametrize(
    ("said", "content"),
    [
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"...a\r\n..b\r\n.\r\n", b"..a\r\n.b\r\n"),
        (b"a\n.\nb\r\n.\r\n", b"a\n.\nb\r\n"),
        (b"a\n.\r\nb\r\n.\r\n", b"a\n.\r\nb\r\n"),
        (b"a\r\n.\nMAIL FROM:<x@y>\r\n.\r\n", b"a\r\n\nMAIL FROM:<x@y>\r\n"),
        (b"a\r.\r\r\n.\r\n", b"a\r.\r\r\n"),
    ],
)
def test_a_message_ends_at_a_dot_between_line_ends_and_nowhere_else(
    tmp_path: Path, said: bytes, content: bytes
) -> None:
    replies = say(tmp_path, OPENED + b"DATA\r\n" + said + b"NOOP\r\n")

    assert codes(replies)[-2:] == ["250", "250"]
    assert [mail.content for mail in kept(tmp_path)] == [content]


def test_chunks_are_kept_as_they_are(tmp_path: Path) -> None:
    first, last = b"Subject: x\r\n\r\n.\r\n", b"..b\0\xff"

    replies = say(
        tmp_path, OPENED + b"BDAT 17\r\n" + first + b"BDAT 5 LAST\r\n" + last + b"NOOP\r\n"
    )

    assert codes(replies) == words("220 250 250 250 250 250 250")
    assert kept(tmp_path)[0].content == first + last


def test_an_empty_last_chunk_ends_the_message(tmp_path: Path) -> None:
    replies = say(tmp_path, OPENED + b"BDAT 3\r\na\r\nBDAT 0 LAST\r\n")

    assert codes(replies) == words("220 250 250 250 250 250")
    assert kept(tmp_path)[0].content == b"a\r\n"


def test_a_chunk_that_nobody_may_send_is_read_over(tmp_path: Path) -> None:
    replies = say(tmp_path, b"EHLO me\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n")

    assert codes(replies) == words("220 250 503 250")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"MAIL FROM:<a@b>\r\n", "503"),
        (b"EHLO me\r\nRCPT TO:<c@d>\r\n", "503"),
        (b"EHLO me\r\nDATA\r\n", "503"),
        (b"EHLO me\r\nMAIL FROM:<a@b>\r\nDATA\r\n", "503"),
        (b"EHLO me\r\nMAIL FROM:<a@b>\r\nMAIL FROM:<a@b>\r\n", "503"),
        (b"EHLO me\r\nMAIL a@b\r\n", "501"),
        (b"EHLO me\r\nMAIL FROM:<a@b\r\n", "501"),
        (b"EHLO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<>\r\n", "501"),
        (b"EHLO me\r\nMAIL FROM:<a@b> SIZE=99999999999\r\n", "552"),
        (b"EHLO me\r\nAUTH CRAM-MD5\r\n", "504"),
        (b"EHLO me\r\nAUTH PLAIN\r\n*\r\n", "501"),
        (b"NOTHING\r\n", "500"),
        (b"\xff\xfe\0\r\n", "500"),
        (b"\r\n", "500"),
        (b"BDAT x\r\n", "501"),
        (b"A" * 70_000, "500"),
    ],
)
def test_what_is_said_at_the_wrong_time_or_wrongly_is_refused(
    tmp_path: Path, said: bytes, code: str
) -> None:
    replies = say(tmp_path, said)

    assert codes(replies)[-1] == code
    assert kept(tmp_path) == []


@pytest.mark.parametrize(
    ("path", "sender"),
    [
        (b"<a@b> BODY=8BITMIME SIZE=10 RET=HDRS ENVID=1", "a@b"),
        (b"<>", ""),
        (b" <a@b>", "a@b"),
        (b"a@b", "a@b"),
        (b'<"a>b"@c>', '"a>b"@c'),
        (b"<@relay.example:a@b>", "a@b"),
        ("<用户@例え.example> SMTPUTF8".encode(), "用户@例え.example"),
    ],
)
def test_senders_are_read_in_every_way_that_they_are_written(
    tmp_path: Path, path: bytes, sender: str
) -> None:
    say(tmp_path, WHOLE.replace(b"<a@b>", path))

    assert [mail.sender for mail in kept(tmp_path)] == [sender]


def test_one_message_to_several_is_one_file_for_each(tmp_path: Path) -> None:
    several = b"".join(b"RCPT TO:<r%d@x>\r\n" % number for number in range(1001))

    replies = say(tmp_path, WHOLE.replace(b"RCPT TO:<c@d>\r\n", several))

    assert Counter(codes(replies))["452"] == 1
    assert len(kept(tmp_path)) == 1000


def test_what_is_larger_than_the_limit_is_refused_and_not_held(tmp_path: Path) -> None:
    piece = (b"x" * 1022 + b"\r\n") * 1024

    replies = say(
        tmp_path, OPENED + b"DATA\r\n" + piece * (SIZE_LIMIT // len(piece) + 2) + b".\r\nNOOP\r\n"
    )

    assert codes(replies)[-2:] == ["552", "250"]
    assert kept(tmp_path) == []


@pytest.mark.parametrize("way", ["PLAIN", "LOGIN"])
def test_any_program_can_log_in_and_send(tmp_path: Path, way: str) -> None:
    def send(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            client.ehlo()
            client.user, client.password = "me", "anything"
            client.auth(way, getattr(client, f"auth_{way.lower()}"), initial_response_ok=False)
            client.sendmail("a@b", ["c@d"], b"Subject: x\r\n\r\nbody\r\n")

    async def run() -> None:
        async with CaptureServer(tmp_path) as server:
            await asyncio.to_thread(send, server.port)

    asyncio.run(run())

    assert [mail.subject for mail in kept(tmp_path)] == ["x"]


def test_many_lines_at_once_are_all_kept(tmp_path: Path) -> None:
    async def one(server: CaptureServer, number: int) -> bytes:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        mails = b"".join(
            WHOLE.replace(b"EHLO me\r\n", b"").replace(b"c@d", b"r%d-%d@x" % (number, each))
            for each in range(20)
        )
        writer.write(b"EHLO me\r\n" + mails + b"QUIT\r\n")
        said = await reader.read()
        writer.close()
        return said

    async def run() -> list[bytes]:
        async with CaptureServer(tmp_path) as server:
            return await asyncio.gather(*(one(server, number) for number in range(40)))

    said = asyncio.run(run())

    assert {each.count(b"250 2.0.0 captured") for each in said} == {20}
    assert len({mail.recipient for mail in kept(tmp_path)}) == 800


def test_troubles_strike_by_share_and_what_was_said_to_be_kept_is(tmp_path: Path) -> None:
    async def one(server: CaptureServer, number: int) -> str:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(WHOLE.replace(b"c@d", b"r%d@x" % number) + b"QUIT\r\n")
        try:
            said = (await reader.read()).decode()
        except ConnectionResetError:
            said = ""
        writer.close()
        last = [line for line in said.splitlines() if line[3:4] != "-" and line[:3] != "221"][-1:]
        bad = [line for line in said.splitlines() if line[:1] in "45"]
        return (bad or last or ["drop"])[0][:9]

    async def run() -> Counter[str]:
        chaos = read_chaos("451=20%,535=10%,drop=20%", seed=3)
        async with CaptureServer(tmp_path, chaos=chaos) as server:
            return Counter([await one(server, number) for number in range(400)])

    counted = asyncio.run(run())

    assert counted["451 4.3.0"] == pytest.approx(80, abs=25)
    assert counted["535 5.7.8"] == pytest.approx(40, abs=20)
    accepted = counted["250 2.0.0"]
    lost = 400 - accepted - counted["451 4.3.0"] - counted["535 5.7.8"]
    assert lost == pytest.approx(80, abs=25)
    # Of the lines that dropped, some did so when the message was kept already.
    assert accepted < len(kept(tmp_path)) < accepted + lost


def test_a_login_is_refused_by_share_too(tmp_path: Path) -> None:
    replies = say(tmp_path, b"EHLO me\r\nAUTH PLAIN AGEAYg==\r\n", chaos="535=100%")

    assert codes(replies)[-1] == "535"
