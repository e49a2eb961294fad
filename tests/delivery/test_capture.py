"""Mail that is captured: on disk before it is acknowledged, byte for byte, and nobody else's."""

from __future__ import annotations

import asyncio
import logging
import mailbox
import socket
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.delivery.capture import CaptureServer
from digest.delivery.capture_storing import store_captured
from digest.delivery.captured import read_captured
from digest.delivery.capturing import CaptureTransport
from digest.delivery.config import SmtpConfig
from digest.delivery.transport import SmtpTransport
from digest.errors import DeliveryError, TryAgainLater
from digest.model.envelope import Envelope
from digest.model.mailing import Reply, Verdict

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CONTENT = b"Subject: =?utf-8?b?5b6u5L+h?= news\r\nX-Peer: mine\r\n\r\n.dot\r\n\r\n..\r\nend\r\n"


def mail(recipient: str = "ada@example.org", content: bytes = CONTENT) -> Envelope:
    return Envelope(sender="news@example.org", recipient=recipient, content=content)


async def deliver_to(server: CaptureServer, *envelopes: Envelope) -> list[Reply]:
    config = SmtpConfig(host=server.host, port=server.port, security="none")
    transport = SmtpTransport(config)
    try:
        return [await transport.deliver(each) for each in envelopes]
    finally:
        await transport.close()


def capture(folder: Path, *envelopes: Envelope) -> list[Reply]:
    async def run() -> list[Reply]:
        async with CaptureServer(folder, now=lambda: NOON) as server:
            return await deliver_to(server, *envelopes)

    return asyncio.run(run())


def test_a_message_is_kept_with_its_envelope_and_its_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "captured"

    (reply,) = capture(folder, mail())

    (kept,) = read_captured(folder)
    assert reply.verdict is Verdict.ACCEPTED
    assert (kept.sender, kept.recipient) == ("news@example.org", "ada@example.org")
    assert (kept.subject, kept.captured_at) == ("微信 news", NOON)
    assert kept.content == CONTENT


def test_the_folder_is_a_maildir_that_the_standard_library_reads(tmp_path: Path) -> None:
    capture(tmp_path, mail("ada@example.org"), mail("bob@example.org"))

    box = mailbox.Maildir(tmp_path, create=False)
    assert sorted(message["Delivered-To"] for message in box) == [
        "ada@example.org",
        "bob@example.org",
    ]
    assert {message["Return-Path"] for message in box} == {"<news@example.org>"}
    assert {message.get_subdir() for message in box} == {"new"}
    assert list((tmp_path / "tmp").iterdir()) == []


def test_only_the_owner_can_look_into_it(tmp_path: Path) -> None:
    folder = tmp_path / "captured"
    folder.mkdir(mode=0o755)

    capture(folder, mail())

    (kept,) = read_captured(folder)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (folder, kept.path.parent)}
    assert modes == {0o700}
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.binary(max_size=60) | st.just(b"." * 5_000), max_size=8).map(
        lambda lines: b"".join(
            line.replace(b"\r", b"").replace(b"\n", b"") + b"\r\n" for line in lines
        )
    )
)
def test_any_message_is_captured_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("captured")

    (reply,) = capture(folder, mail(content=content))

    (kept,) = read_captured(folder)
    assert reply.verdict is Verdict.ACCEPTED
    assert kept.content == (content or b"\r\n")


def test_a_very_long_line_and_a_large_message_are_captured_too(tmp_path: Path) -> None:
    content = b"Subject: long\r\n\r\n" + b"x" * 3_000_000 + b"\r\n" + b".\r\n" * 100_000

    capture(tmp_path, mail(content=content))

    assert read_captured(tmp_path)[0].content == content


def test_international_addresses_and_the_null_sender_are_captured(tmp_path: Path) -> None:
    notice = Envelope(sender="", recipient="bob@example.org", content=CONTENT)

    replies = capture(tmp_path, mail("用户@例え.example"), notice)

    kept = {each.recipient: each.sender for each in read_captured(tmp_path)}
    assert {reply.verdict for reply in replies} == {Verdict.ACCEPTED}
    assert kept == {"用户@例え.example": "news@example.org", "bob@example.org": ""}


def test_two_captures_at_once_into_one_folder_lose_nothing(tmp_path: Path) -> None:
    async def both() -> list[list[Reply]]:
        async with CaptureServer(tmp_path) as one, CaptureServer(tmp_path) as other:
            assert one.port != other.port
            envelopes = [mail(f"r{number}@example.org") for number in range(30)]
            return await asyncio.gather(
                *(deliver_to(server, *envelopes) for server in (one, other, one, other))
            )

    replies = asyncio.run(both())

    assert {reply.verdict for each in replies for reply in each} == {Verdict.ACCEPTED}
    assert len({each.key for each in read_captured(tmp_path)}) == 120


def test_mail_is_listed_in_the_order_in_which_it_came(tmp_path: Path) -> None:
    for name in ("tmp", "new"):
        (tmp_path / name).mkdir()
    for minute in (3, 1, 2):
        at = NOON + timedelta(minutes=minute)
        store_captured(tmp_path, sender="", recipient=f"r{minute}@x", content=b"", at=at)

    assert [each.recipient for each in read_captured(tmp_path)] == ["r1@x", "r2@x", "r3@x"]


def test_a_folder_that_does_not_exist_holds_no_mail(tmp_path: Path) -> None:
    assert read_captured(tmp_path / "nowhere") == []


def test_files_that_are_no_captured_mail_are_left_alone(tmp_path: Path) -> None:
    capture(tmp_path, mail())
    (tmp_path / "new" / ".DS_Store").write_bytes(b"\0")

    assert len(read_captured(tmp_path)) == 1
    assert (tmp_path / "new" / ".DS_Store").exists()


@pytest.mark.parametrize(
    "subject", [b"=?x-unknown?b?AAAA?=", b"=?utf-8?b?!!!?=", b"\xff\xfe", b"a\r\n b", b"\x1b[31m"]
)
def test_a_hostile_subject_hides_nothing(tmp_path: Path, subject: bytes) -> None:
    capture(tmp_path, mail(content=b"Subject: " + subject + b"\r\n\r\nSubject: no\r\n"))

    (kept,) = read_captured(tmp_path)
    assert kept.subject
    assert kept.subject.isprintable()
    assert "no" not in kept.subject.split()


def test_an_envelope_cannot_write_header_lines_of_its_own(tmp_path: Path) -> None:
    for name in ("tmp", "new"):
        (tmp_path / name).mkdir()
    recipient = "a@b\r\nBcc: c@d\r\n\r\nbody"

    store_captured(tmp_path, sender="", recipient=recipient, content=CONTENT, at=NOON)

    (kept,) = read_captured(tmp_path)
    assert kept.path.read_bytes().count(b"\r\n") == 2 + CONTENT.count(b"\r\n")
    assert kept.content == CONTENT


@pytest.mark.parametrize("place", ["file", "file/captured"])
def test_a_folder_that_cannot_be_written_is_named_before_anything_is_sent(
    tmp_path: Path, place: str
) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(
        DeliveryError, match=f"{place}: captured mail cannot be kept there"
    ) as caught:
        capture(tmp_path / place, mail())

    assert "writable" in caught.value.hint


def test_a_folder_that_is_lost_in_the_middle_defers_the_message(tmp_path: Path) -> None:
    folder = tmp_path / "captured"

    async def run() -> list[Reply]:
        async with CaptureServer(folder) as server:
            (folder / "new").rmdir()
            lost = await deliver_to(server, mail())
            (folder / "new").mkdir()
            return [*lost, *await deliver_to(server, mail())]

    lost, found = asyncio.run(run())

    assert (lost.verdict, lost.code) == (Verdict.DEFERRED, 451)
    assert found.verdict is Verdict.ACCEPTED
    assert list((folder / "tmp").iterdir()) == []


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    async def run() -> None:
        async with CaptureServer(tmp_path) as first, CaptureServer(tmp_path, port=first.port):
            pass

    with pytest.raises(TryAgainLater, match="cannot listen there"):
        asyncio.run(run())


def test_it_listens_on_loopback_only_and_stops_with_its_block(tmp_path: Path) -> None:
    async def run() -> tuple[str, int]:
        async with CaptureServer(tmp_path) as server:
            _, writer = await asyncio.open_connection(server.host, server.port)
            peer = writer.get_extra_info("peername")
            where: tuple[str, int] = (peer[0], server.port)
        writer.close()
        assert len(asyncio.all_tasks()) == 1
        return where

    host, port = asyncio.run(run())

    assert host == "127.0.0.1"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, port), timeout=1)


def test_the_transport_of_a_site_without_a_server_brings_its_own(tmp_path: Path) -> None:
    async def run() -> list[Reply]:
        transport = CaptureTransport(tmp_path)
        replies = [await transport.deliver(mail())]
        for _ in range(2):
            await transport.open()
            await transport.open()
            replies.append(await transport.deliver(mail()))
            await transport.close()
            await transport.close()
        return replies

    replies = asyncio.run(run())

    accepted = Verdict.ACCEPTED
    assert [reply.verdict for reply in replies] == [accepted, accepted, accepted]
    assert len(read_captured(tmp_path)) == 3


def test_the_log_names_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("mail.log").setLevel(logging.DEBUG)

    capture(tmp_path, mail())

    assert "ada@" not in caplog.text
    assert "news@" not in caplog.text
