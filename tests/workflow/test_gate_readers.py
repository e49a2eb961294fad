"""The values of all readers, looked at before anything is frozen."""

from __future__ import annotations

import asyncio
import time

import pytest

from digest.model.edition import Placeholder
from digest.model.finding import Level
from digest.workflow.readership import NAMED, look_at_readers
from digest.workflow.send import Ending
from tests.workflow.desks import Desk


@pytest.mark.parametrize(
    "name",
    ["Jo\r\nBcc: x@y.example", "Jo\x00", "Jo\u2028", "=?UTF-8?Q?=0A?=", "\ud800", "J" * 1001],
)
def test_a_name_that_cannot_stand_in_a_message_is_found_with_its_reader(name: str) -> None:
    seen = look_at_readers([(1, "a@readers.example", "A"), (2, "b@readers.example", name)])

    [finding] = seen.findings
    assert finding.level is Level.WARNING
    assert finding.rule == "unsafe-value"
    assert "subscriber 2 (b@readers.example)" in finding.what


@pytest.mark.parametrize("address", ["", "nobody", "a@b@c", "ä@readers.example", "a@-.example"])
def test_an_address_that_no_envelope_takes_is_found(address: str) -> None:
    seen = look_at_readers([(3, address, "A")])

    assert [one.rule for one in seen.findings] == ["unsafe-value"]


@pytest.mark.parametrize(
    "name",
    ["", "Jo", 'O\'Neil, "Bob" <x>', "微信 読者", "👩‍💻 Ada", "José", "=? not a word", "N" * 1000],
)
def test_a_name_in_any_script_is_fine(name: str) -> None:
    assert look_at_readers([(1, "a@readers.example", name)]).findings == []


def test_many_bad_names_are_named_up_to_a_number_and_then_counted() -> None:
    people = [(n, f"r{n}@readers.example", "bad\n") for n in range(1, 101)]

    seen = look_at_readers(people)

    assert len(seen.findings) == NAMED + 1
    assert seen.findings[-1].what == "80 more subscribers cannot be mailed, 100 in all"


def test_who_cannot_be_mailed_makes_no_mail_heavier() -> None:
    people = [(1, "a@readers.example", "Jo"), (2, "b@readers.example", "x" * 50 + "\n")]

    heaviest = look_at_readers(people).heaviest({Placeholder.LEAVE_URL: "u"})

    assert (heaviest.name, heaviest.address) == ("Jo", "a@readers.example")
    assert heaviest.links == {Placeholder.LEAVE_URL: "u"}


def test_the_longest_name_is_the_longest_once_it_is_escaped() -> None:
    people = [
        (1, "a@x.example", "twelve chars"),
        (2, "b@x.example", "&&"),
        (3, "c@x.example", "微信読者様"),
    ]

    heaviest = look_at_readers(people).heaviest({})

    assert heaviest.name == "微信読者様"


def test_a_hundred_thousand_readers_are_looked_at_in_less_than_two_seconds() -> None:
    people = [
        (n, f"reader{n}@readers.example", f"Reader {n}" if n % 2 else f"読者 {n}")
        for n in range(100_000)
    ]

    began = time.process_time()
    seen = look_at_readers(people)
    took = time.process_time() - began

    assert seen.readers == 100_000
    assert took < 2


def test_one_bad_name_does_not_hold_back_the_issue_from_the_others(desk: Desk) -> None:
    desk.subscribe("a@readers.example", "c@readers.example")
    desk.subscribe("b@readers.example", name="bad\x07name")

    sent = asyncio.run(desk.send.run("news"))

    assert sent.plan is not None
    assert "unsafe-value" in {one.rule for one in sent.plan.findings}
    assert sent.ending is Ending.COMPLETE
    assert desk.transport.recipients == ["a@readers.example", "c@readers.example"]
