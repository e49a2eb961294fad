"""Twelve stages of the dialogue, eight faults at each: what each means for three messages.

The first message is taken; the fault strikes the second, with the third behind it. Whatever
happens, each gets exactly one word, and the lane's end comes last.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from digest.delivery.config import SmtpConfig
from digest.delivery.connection import connect, tls_context
from digest.delivery.lane import SmtpLane
from digest.errors import DeliveryError, TryAgainLater
from digest.model.envelope import Envelope
from tests.certificates import Certificate, make_certificate
from tests.delivery.sending import BIG, Told, config, envelope
from tests.smtp_server import EXTENSIONS, RecordingServer, Rule

TIMEOUT = timedelta(seconds=0.4)
NAMES = {1: "ada", 2: "bob", 3: "eve"}

#: Each fault, at a stage, for a message.
FAULTS: dict[str, Callable[[str, int | None], Rule]] = {
    "refuse 4xx": lambda at, message: Rule(at, "451 4.3.0 later", message=message),
    "refuse 5xx": lambda at, message: Rule(at, "550 5.5.0 no", message=message),
    "421": lambda at, message: Rule(at, "421 4.3.2 bye", message=message, close=True),
    "close": lambda at, message: Rule(at, message=message, close=True),
    "reset": lambda at, message: Rule(at, message=message, reset=True),
    "garbage": lambda at, message: Rule(at, "\udcff\udc80@@@", message=message),
    "stall": lambda at, message: Rule(at, message=message, delay=60),
    "drip": lambda at, message: Rule(at, message=message, drip=0.003, reply=DRIPPED[at]),
}
DRIPPED = {
    "CONNECT": "220 hi",
    "EHLO": "250-hi\n250-PIPELINING\n250 SIZE 1000",
    "STARTTLS": "220 go",
    "AUTH": "235 in",
    "MAIL": "250 ok",
    "RCPT": "250-ok\n250 yes",
    "DATA": "354 go",
    "BODY": "451 4.3.0 early",
    "DOT": "250-2.0.0 ok\n250 2.0.0 taken",
    "RSET": "250 ok",
    "QUIT": "221 bye",
    "IDLE": "421 4.4.2 idle",
}

#: What becomes of a message: its verdict and code, or that it comes back.
OK = "accepted 250"
LATER, REFUSED, BLOCKED = "deferred 451", "refused 550", "blocked 550"
BYE, LOST, DOUBT, BACK = "deferred 421", "deferred 0", "in_doubt 0", "returned"
NEVER = "never loaded: the lane had ended"

#: For each stage, in the order of FAULTS: what becomes of the second and of the third message.
MATRIX: dict[str, list[tuple[str, str]]] = {
    "MAIL": [(LATER, OK), (BLOCKED, OK), *[(BACK, BACK)] * 5, (OK, OK)],
    "RCPT": [(LATER, OK), (REFUSED, OK), (BYE, BACK), *[(LOST, BACK)] * 4, (OK, OK)],
    "DATA": [(LATER, OK), (REFUSED, OK), (BYE, BACK), *[(LOST, BACK)] * 4, (OK, OK)],
    "BODY": [(LATER, BACK), (REFUSED, BACK), (BYE, BACK), *[(LOST, BACK)] * 4, (LATER, BACK)],
    "DOT": [(LATER, OK), (REFUSED, OK), (BYE, BACK), *[(DOUBT, BACK)] * 4, (OK, OK)],
    "RSET": [*[(REFUSED, BACK)] * 7, (REFUSED, OK)],
    "IDLE": [*[(NEVER, NEVER)] * 6, (BACK, BACK), (NEVER, NEVER)],
    "QUIT": [*[(OK, OK)] * 8],
}
CELLS = [
    (stage, fault, *cell)
    for stage, cells in MATRIX.items()
    for fault, cell in zip(FAULTS, cells, strict=True)
]

#: Opening fails in one of two ways, or not at all.
AWAY, WRONG, OPEN = TryAgainLater, DeliveryError, None
OPENING = {
    "CONNECT": [AWAY, WRONG, AWAY, AWAY, AWAY, WRONG, AWAY, OPEN],
    "EHLO": [AWAY, WRONG, AWAY, AWAY, AWAY, WRONG, AWAY, OPEN],
    "STARTTLS": [AWAY, WRONG, AWAY, AWAY, AWAY, WRONG, AWAY, OPEN],
    "AUTH": [AWAY, WRONG, AWAY, AWAY, AWAY, WRONG, AWAY, OPEN],
}
OPENING_CELLS = [
    (stage, fault, outcome)
    for stage, outcomes in OPENING.items()
    for fault, outcome in zip(FAULTS, outcomes, strict=True)
]


def test_the_matrix_is_whole() -> None:
    assert len(CELLS) + len(OPENING_CELLS) == 12 * 8


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "step by step"])
@pytest.mark.parametrize(("stage", "fault", "second", "third"), CELLS)
def test_each_fault_has_its_meaning_for_each_message(
    stage: str, fault: str, second: str, third: str, pipelining: bool
) -> None:
    rules = [FAULTS[fault](stage, {"QUIT": None, "IDLE": 1, "RSET": None}.get(stage, 2))]
    if stage == "RSET":
        rules.append(Rule("RCPT", "550 5.1.1 gone", rcpt="bob@example.org"))
    extensions = EXTENSIONS if pipelining else [each for each in EXTENSIONS if each != "PIPELINING"]

    with RecordingServer(rules, extensions=extensions) as server:
        told = asyncio.run(three_messages(config(server, timeout=TIMEOUT), stage, fault))
        taken = [message.rcpt.partition("@")[0] for message in server.messages]

    fates = {number: fate(told, number) for number in NAMES}
    assert fates == {1: OK, 2: second, 3: third}
    assert told.order[-1] == ("ended", 0)
    assert len(told.order) == 1 + sum(what != NEVER for what in fates.values())
    ended_well = third == OK
    assert (told.reasons == [""]) is ended_well
    # A server that falls silent after the end of a message has taken it.
    has_taken = {OK, DOUBT} if fault == "stall" else {OK}
    assert taken == [NAMES[number] for number, what in fates.items() if what in has_taken]


def fate(told: Told, number: int) -> str:
    if number in told.back:
        return BACK
    if number not in told.replies:
        return NEVER
    (reply,) = told.replies[number]
    return f"{reply.verdict} {reply.code}"


async def three_messages(settings: SmtpConfig, stage: str, fault: str) -> Told:
    told = Told()
    transport, offers = await connect(settings, None)
    lane = SmtpLane(
        transport,
        offers,
        settings,
        told,
        final_dot_timeout=TIMEOUT * 1.5,
        data_timeout=TIMEOUT,
    )
    lane.load(1, envelope("ada@example.org"))
    lane.release(1)
    await told.until(lambda: told.order)
    if stage == "IDLE":
        await told.until(lambda: told.reasons or (fault == "stall" and lane.idle))
        if told.reasons:
            return told
    content = BIG if (stage, fault) == ("BODY", "stall") else b"Subject: x\r\n\r\nhello\r\n"
    lane.load(2, envelope("bob@example.org", content))
    lane.load(3, envelope("eve@example.org"))
    if stage != "BODY":
        lane.release(2)
    await told.until(lambda: len(told.order) > 1)
    lane.release(3)
    await told.until(lambda: len(told.order) > 2)
    lane.close()
    # A farewell that is not answered is not waited for longer than five seconds.
    await told.until_ended()
    return told


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    folder: Path = tmp_path_factory.mktemp("certificate")
    return make_certificate(folder)


@pytest.mark.parametrize(("stage", "fault", "outcome"), OPENING_CELLS)
def test_each_fault_while_opening_is_told_from_a_wrong_setting(
    stage: str, fault: str, outcome: type[DeliveryError] | None, certificate: Certificate
) -> None:
    async def opened(settings: SmtpConfig) -> bool:
        transport, _ = await connect(settings, tls_context(settings))
        transport.abort()
        return True

    with RecordingServer(
        [FAULTS[fault](stage, None)], users={"digest": "secret"}, tls=certificate.context()
    ) as server:
        settings = config(
            server,
            timeout=timedelta(seconds=1),
            security="starttls" if stage == "STARTTLS" else "none",
            username="digest" if stage == "AUTH" else "",
            password="secret" if stage == "AUTH" else "",
            ca_file=certificate.ca_file,
        )
        if outcome is None:
            assert asyncio.run(opened(settings))
            return
        with pytest.raises((TryAgainLater, DeliveryError)) as caught:
            asyncio.run(opened(settings))

    assert type(caught.value) is outcome
    assert server.messages == []


def test_a_drip_that_outlasts_the_timeout_is_given_up() -> None:
    with RecordingServer([Rule("RCPT", "250 " + "x" * 500, message=2, drip=0.05)]) as server:
        told = asyncio.run(three_messages(config(server, timeout=TIMEOUT), "RCPT", "drip"))

    assert fate(told, 2) == LOST
    assert "no answer in 0.4 s, at RCPT" in told.replies[2][0].text


def test_the_first_message_of_a_line_is_deferred_where_an_old_line_would_give_it_back() -> None:
    async def one(settings: SmtpConfig) -> Told:
        told = Told()
        transport, offers = await connect(settings, None)
        lane = SmtpLane(transport, offers, settings, told)
        lane.load(1, envelope())
        lane.load(2, Envelope(sender="n@example.org", recipient="b@example.org", content=b""))
        await told.until_ended()
        return told

    for rule, expected in [
        (Rule("MAIL", "421 4.7.0 not now", close=True), BYE),
        (Rule("MAIL", close=True), LOST),
        (Rule("MAIL", reset=True), LOST),
        (Rule("MAIL", "what?"), LOST),
        (Rule("MAIL", delay=60), LOST),
    ]:
        with RecordingServer([rule]) as server:
            told = asyncio.run(one(config(server, timeout=TIMEOUT)))

        assert (fate(told, 1), fate(told, 2)) == (expected, BACK)
