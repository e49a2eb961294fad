"""The dialogue against servers that do anything: no end without its release, nothing injected."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.delivery.commands import Offers
from digest.delivery.dialogue import Dialogue
from digest.delivery.reading import LONGEST_LINE, ReplyReader
from digest.model.envelope import Envelope
from digest.model.mailing import Reply, Verdict
from tests.delivery.model_server import USUAL, FakeWire, ModelServer

CONTENTS = [
    b"Subject: a\r\n\r\nhello\r\n",
    b"Subject: b\r\n\r\n.\r\n..\r\nRCPT TO:<evil@example.org>\r\n.QUIT\r\n",
    b"QUIT\r\n",
    b".\r\nMAIL FROM:<evil@example.org>\r\n",
    b"Subject: c\r\n\r\n" + b"x" * 900 + b"\r\n",
]
STEPS = ["load", "release", *["hear"] * 4, "hand_on", "slow"]
#: What a server may say instead of the usual.
ODD = [
    b"451 4.3.0 later\r\n",
    b"550 5.1.1 gone\r\n",
    b"552 5.2.2 full\r\n",
    b"554 5.5.1 no valid recipients\r\n",
    b"503 5.5.1 what?\r\n",
    b"421 4.3.2 bye\r\n",
    b"354 go ahead\r\n",
    b"250 fine\r\n",
    b"250-one\r\n250-two\r\n250 three\r\n",
    b"250-one\r\n550 two\r\n",
    b"\xff\x00nonsense\r\n",
    b"200\r\n",
    b"",
]


class Listener:
    """Keeps what a dialogue tells."""

    def __init__(self) -> None:
        self.fates: dict[int, list[Reply | None]] = {}
        self.ends: list[str] = []

    def replied(self, number: int, reply: Reply) -> None:
        assert not self.ends
        self.fates.setdefault(number, []).append(reply)

    def returned(self, number: int) -> None:
        assert not self.ends
        self.fates.setdefault(number, []).append(None)

    def ended(self, reason: str) -> None:
        self.ends.append(reason)


def message(number: int) -> Envelope:
    return Envelope(
        sender=f"n{number}@example.org",
        recipient=f"r{number}@example.org",
        content=CONTENTS[number % len(CONTENTS)],
    )


def dialogue(wire: FakeWire, offers: Offers, heard: Listener, most: int = 1000) -> Dialogue:
    return Dialogue(
        wire,
        offers,
        server="smtp",
        most=most,
        replied=heard.replied,
        returned=heard.returned,
        ended=heard.ended,
    )


@settings(max_examples=400, deadline=None)
@given(st.data(), st.booleans(), st.booleans())
def test_whatever_a_server_does_each_message_has_one_word_and_ends_only_when_released(
    data: st.DataObject, pipelining: bool, chunking: bool
) -> None:
    oddness = data.draw(st.sampled_from([0, 10, 40]), "how odd the server is, in percent")

    def answer(stage: str) -> bytes:
        if data.draw(st.integers(0, 99)) >= oddness:
            return USUAL[stage]
        return data.draw(st.sampled_from(ODD))

    server, wire, heard = ModelServer(answer), FakeWire(), Listener()
    wire.sink = server.read
    talk = dialogue(wire, Offers(pipelining=pipelining, chunking=chunking, size=True), heard)
    loaded, released = 0, set()
    for _ in range(data.draw(st.integers(1, 60))):
        step = data.draw(st.sampled_from(STEPS))
        if step == "load" and talk.room:
            talk.load(loaded, message(loaded))
            loaded += 1
        elif step == "release" and loaded:
            number = data.draw(st.integers(max(0, loaded - 2), loaded - 1))
            released.add(number)
            talk.release(number)
        elif step == "hear" and server.out:
            size = data.draw(st.integers(1, len(server.out)))
            said = bytes(server.out[:size])
            del server.out[:size]
            talk.receive(said)
        elif step == "hand_on" and wire.pending:
            wire.hand_on(data.draw(st.integers(1, len(wire.pending))))
            if not wire.pending:
                talk.drained()
        elif step == "slow":
            wire.slow = data.draw(st.booleans())
    if data.draw(st.booleans()):
        talk.close()
    talk.lost("the end of the test")

    assert sorted(heard.fates) == list(range(loaded))
    assert all(len(fates) == 1 for fates in heard.fates.values())
    assert len(heard.ends) == 1
    assert (talk.room, talk.idle) == (0, False)
    check_what_the_server_saw(server, heard, loaded, released)


def check_what_the_server_saw(
    server: ModelServer, heard: Listener, loaded: int, released: set[int]
) -> None:
    mails = [line for line in server.commands if line.startswith(b"MAIL")]
    rcpts = [line for line in server.commands if line.startswith(b"RCPT")]
    own = [message(number) for number in range(loaded)]
    begun = [
        int(line.partition(b">")[0][len(b"MAIL FROM:<n") : -len("@example.org")]) for line in mails
    ]
    assert begun == sorted(set(begun))
    assert len(rcpts) <= len(mails)
    for line in rcpts:
        assert line in {b"RCPT TO:<%b>" % each.recipient.encode() for each in own}
    for _, recipients, content in server.ended:
        assert len(recipients) <= 1
        if content == b"":
            assert recipients == []  # an empty message stands for one without a recipient
            continue
        matching = [n for n in released if message(n).content == content]
        assert matching
        if recipients:
            number = int(recipients[0][len(b"TO:<r") : -len("@example.org>")])
            assert number in matching
            (fate,) = heard.fates[number]
            assert fate is not None
    for number, (fate,) in heard.fates.items():
        if fate is not None and fate.verdict in {Verdict.ACCEPTED, Verdict.IN_DOUBT} and fate.code:
            assert number in released


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([*CONTENTS]), min_size=1, max_size=8), st.booleans(), st.booleans())
def test_a_good_server_takes_every_message_once_and_byte_for_byte(
    contents: list[bytes], pipelining: bool, chunking: bool
) -> None:
    server, wire, heard = ModelServer(USUAL.__getitem__), FakeWire(), Listener()
    wire.sink = server.read
    talk = dialogue(wire, Offers(pipelining=pipelining, chunking=chunking), heard)
    waiting = list(enumerate(contents))
    while waiting or not talk.idle:
        while waiting and talk.room:
            number, content = waiting.pop(0)
            talk.load(number, Envelope(sender="n@x.org", recipient="r@x.org", content=content))
            talk.release(number)
        said = bytes(server.out)
        server.out.clear()
        talk.receive(said)

    assert [content for _, _, content in server.taken] == contents
    assert {fate.verdict for (fate,) in heard.fates.values() if fate} == {Verdict.ACCEPTED}
    assert None not in [fate for (fate,) in heard.fates.values()]


#: Bytes as a server may send them: replies, halves of them, long lines, anything.
BYTES = st.lists(
    st.one_of(
        st.sampled_from([*USUAL.values(), *ODD, b"\r", b"\n", b"\r\n", b"250", b"250-", b"250\r"]),
        st.binary(max_size=20),
        st.integers(LONGEST_LINE - 8, LONGEST_LINE + 8).map(lambda size: b"250 " + b"x" * size),
        st.integers(90, 110).map(lambda count: b"250-more\r\n" * count),
    ),
    max_size=12,
).map(b"".join)


@settings(max_examples=300, deadline=None)
@given(BYTES, st.lists(st.integers(1, 9000), max_size=30))
@example(b"250 " + b"x" * (LONGEST_LINE - 4) + b"\r\n", [LONGEST_LINE + 1])
@example(b"250 " + b"x" * (LONGEST_LINE - 5) + b"\r\n", [LONGEST_LINE])
@example(b"250-a\r\n250 b\r\n", [1] * 14)
def test_how_the_bytes_are_cut_changes_nothing(raw: bytes, cuts: list[int]) -> None:
    whole, pieces = ReplyReader(), ReplyReader()

    at_once = whole.feed(raw)
    one_by_one, start = [], 0
    for cut in [*cuts, len(raw)]:
        one_by_one += pieces.feed(raw[start : start + cut])
        start += cut
    one_by_one += pieces.feed(raw[start:])

    assert one_by_one == at_once
    assert pieces.broken == whole.broken


@pytest.mark.parametrize("flood", [b"x" * 65536, b"250-more\r\n" * 6000, b"250 ok\r\n" * 8000])
def test_a_server_that_talks_without_end_is_not_listened_to(flood: bytes) -> None:
    wire, heard = FakeWire(), Listener()
    talk = dialogue(wire, Offers(pipelining=True), heard)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()

    for _ in range(200):
        talk.receive(flood)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert heard.ends
    assert wire.closed
    # Of which the interpreter keeps 112 kB for tuples to come.
    assert after - before < 200_000


def test_ten_thousand_messages_leave_nothing_behind() -> None:
    server, wire, heard = ModelServer(USUAL.__getitem__), FakeWire(), Listener()
    talk = dialogue(wire, Offers(pipelining=True), heard, most=10**9)
    wire.sink = server.read

    def run(first: int, count: int) -> None:
        for number in range(first, first + count):
            talk.load(number, message(number))
            talk.release(number)
            while talk.room < 2:
                said = bytes(server.out)
                server.out.clear()
                talk.receive(said)
            heard.fates.clear()
            server.commands.clear()
            server.taken.clear()
            server.ended.clear()

    run(0, 500)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    run(500, 9_500)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert after - before < 20_000
