"""The sink that delivery is measured against counts rightly, however the bytes come."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from time import perf_counter

import pytest

from benchmarks.delivery.sinks import Sink, our_sink

MESSAGE = b"Subject: one\r\n\r\n.. a dot\r\n.not the end\r\n"
DIALOGUE = (
    b"EHLO client\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n"
    + MESSAGE
    + b".\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n.\r\nQUIT\r\n"
)


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with our_sink(chunking=True) as running:
        yield running


def _talk(port: int, said: bytes, step: int) -> list[bytes]:
    """Say something in pieces of so many bytes, and return the codes of the answers."""
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for place in range(0, len(said), step):
            line.sendall(said[place : place + step])
        answers = b"".join(iter(lambda: line.recv(65536), b""))
    return [each[:3] for each in answers.splitlines() if each[3:4] == b" "]


@pytest.mark.parametrize("step", [1, 2, 3, 7, 10_000])
def test_a_message_ends_at_its_dot_however_it_is_cut(sink: Sink, step: int) -> None:
    sink.taken()

    codes = _talk(sink.port, DIALOGUE, step)

    taken = sink.taken()
    once = [b"250", b"250", b"354", b"250"]
    assert codes == [b"220", b"250", *once, *once, b"221"]
    assert (taken.messages, taken.octets, taken.connections) == (2, len(DIALOGUE), 1)


@pytest.mark.parametrize("step", [1, 5, 10_000])
def test_chunks_are_counted_by_their_last_one(sink: Sink, step: int) -> None:
    sink.taken()
    said = b"EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n"
    said += b"BDAT 5\r\n\r\n.\r\nBDAT 3 LAST\r\nabcMAIL FROM:<a@b.example>\r\n"
    said += b"RCPT TO:<c@d.example>\r\nBDAT 2\r\nabBDAT 0 LAST\r\nQUIT\r\n"

    codes = _talk(sink.port, said, step)

    assert codes == [b"220", *[b"250"] * 9, b"221"]
    assert sink.taken().messages == 2


def test_answers_to_what_came_together_are_late_together() -> None:
    with our_sink(latency=60) as late:
        began = perf_counter()
        codes = _talk(late.port, DIALOGUE, 10_000)
        took = perf_counter() - began

    assert codes[-1] == b"221"
    assert 0.06 <= took < 0.6, "eleven answers one after another would take 0.66 s"
