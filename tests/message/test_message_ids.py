"""Message-IDs: unique, stable, and only ours are read back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.message.message_ids import message_id, read_message_id, trial_message_id
from tests.message.editions import NOON

KEY = b"k" * 32
ID = st.integers(0, 2**63 - 1)


@settings(deadline=None)  # other builds share this machine
@given(ID, ID)
def test_a_message_id_leads_back_to_its_entry(mailing: int, entry: int) -> None:
    text = message_id(KEY, mailing, entry, "example.org")

    assert read_message_id(KEY, text) == (mailing, entry)
    assert read_message_id(KEY, text.strip("<>")) == (mailing, entry)
    assert text == message_id(KEY, mailing, entry, "example.org")


def test_message_ids_differ_by_mailing_and_entry() -> None:
    made = {
        message_id(KEY, mailing, entry, "x.org") for mailing in range(20) for entry in range(20)
    }

    assert len(made) == 400


def test_the_form_of_a_message_id_never_changes() -> None:
    text = message_id(bytes(range(32)), 36, 1295, "news.example.org")

    assert text == "<10.zz.tlnbhxxjoydzgdcs@news.example.org>"


@pytest.mark.parametrize(
    "alter",
    [
        lambda text: "",
        lambda text: text.replace("<1.", "<2."),
        lambda text: text.replace("<1.", "<01."),
        lambda text: text.upper(),
        lambda text: text.replace("@", "@@"),
        lambda text: text.replace(".org", ".org>\r\nBcc: <x"),
        lambda text: "<" + "9" * 5000 + text[2:],
        lambda text: "<1.2.aaaaaaaaaaaaaaaa@example.org>",
        lambda text: "<１.２" + text[4:],
    ],
)
def test_an_invented_message_id_is_not_read(alter) -> None:
    text = message_id(KEY, 1, 2, "example.org")

    assert read_message_id(KEY, alter(text)) is None
    assert read_message_id(b"x" * 32, text) is None


def test_a_test_mails_id_stands_for_no_entry_and_is_new_each_time() -> None:
    first = trial_message_id(KEY, 1, NOON, "example.org")
    later = trial_message_id(KEY, 1, NOON.replace(microsecond=1), "example.org")

    assert first != later
    assert read_message_id(KEY, first) is None
