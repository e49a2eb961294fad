"""The tabs' values where no browser is needed: what is marked, and what an address may say."""

from __future__ import annotations

import time

import pytest

from digest.web.preview.captured_state import MailState
from digest.web.preview.state import State
from digest.web.preview.tabs import mark_at

LINES = ['<p class="a" style="width:1px;border-radius:4px">x</p>', "a{width:1px;color:red}", ""]


@pytest.mark.parametrize(
    ("spot", "marked"),
    [
        ("1.1", LINES[0].removesuffix("x</p>")),
        ("1.4", 'class="a"'),
        ("1.31", "border-radius:4px"),
        ("2.3", "width:1px"),
        ("2.13", "color:red"),
    ],
)
def test_the_piece_that_begins_at_a_spot_is_marked(spot: str, marked: str) -> None:
    found = mark_at(LINES, spot)

    assert found is not None
    assert LINES[found.line - 1][found.start : found.end] == marked


@pytest.mark.parametrize("spot", ["", "3.1", "4.1", "1.999", "99999999.99999999"])
def test_a_spot_that_is_not_there_marks_nothing(spot: str) -> None:
    assert mark_at(LINES, spot) is None


def test_a_line_of_a_megabyte_is_marked_at_once() -> None:
    begun = time.process_time()

    found = mark_at(["<" * 500_000 + "a" * 500_000], "1.500001")

    assert found is not None
    assert found.end - found.start <= 600
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    "said", ["1", "1.", ".1", "0.1", "1.0", "-1.1", "1.1.1", "1.x", "１.１", "9" * 9 + ".1"]
)
def test_an_address_with_a_wrong_spot_has_none(said: str) -> None:
    assert State.of("a", "next", {"at": said}).at == ""
    assert MailState.of("", {"at": said}).at == ""


def test_a_spot_is_of_one_view_only() -> None:
    state = State.of("a", "next", {"tab": "source", "at": "12.34"})
    mail = MailState.of("a" * 20, {"tab": "source", "at": "12.34"})

    assert (state.at, mail.at) == ("12.34", "12.34")
    assert "at=" not in state.url(lang="ja") + mail.url(scheme="dark")
    assert "at=5.6" in state.url(at="5.6")
    assert "at=5.6" in mail.url(at="5.6")
    assert all(name != "at" for name, _ in state.hidden())
