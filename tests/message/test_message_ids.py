"""Message-IDs: unique, stable, and only ours are read back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import ConfigurationError
from digest.message.message_ids import (
    Namer,
    ReturnPath,
    message_id,
    read_message_id,
    read_return_path,
)
from tests.message.editions import NOON

KEY = b"k" * 32
NAMER = Namer(KEY)
ID = st.integers(0, 2**63 - 1)


@settings(deadline=None)  # other builds share this machine
@given(ID, ID)
def test_a_message_id_leads_back_to_its_entry(mailing: int, entry: int) -> None:
    text = message_id(KEY, mailing, entry, "x.org")

    assert read_message_id(KEY, text) == (mailing, entry)
    assert read_message_id(KEY, text.strip("<>")) == (mailing, entry)
    assert text == message_id(KEY, mailing, entry, "x.org")


def test_message_ids_differ_by_mailing_and_entry() -> None:
    made = {
        message_id(KEY, mailing, entry, "x.org") for mailing in range(20) for entry in range(20)
    }

    assert len(made) == 400


def test_the_form_of_a_message_id_never_changes() -> None:
    text = message_id(bytes(range(32)), 36, 1295, "news.example.org")

    assert text == "<10.zz.tlnbhxxjoydzgdcs@news.example.org>"
    assert Namer(b"").name(0, 35).startswith("0.z.")
    assert Namer(b"").name(1296, 36**3 + 36).startswith("100.1010.")


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
    first = NAMER.trial(1, NOON)
    later = NAMER.trial(1, NOON.replace(microsecond=1))

    assert first != later
    assert read_message_id(KEY, f"<{first}@example.org>") is None


@settings(deadline=None)  # other builds share this machine
@given(ID, ID)
def test_a_return_path_leads_back_to_its_entry_and_fits(mailing: int, entry: int) -> None:
    path = ReturnPath("bounces-of-digest-1@example.org").of(NAMER.return_token(mailing, entry))

    local, _, domain = path.partition("@")
    assert (local[:20], domain) == ("bounces-of-digest-1+", "example.org")
    assert len(local) <= 64
    assert read_return_path(KEY, path) == (mailing, entry)
    assert read_return_path(KEY, f"<{path.upper()}>") == (mailing, entry)


def test_the_form_of_a_return_path_never_changes() -> None:
    path = ReturnPath("bounces@example.org").of(Namer(bytes(range(32))).return_token(36, 1295))

    assert path == "bounces+10.zz.f7yefpb22k2yhshz@example.org"


def test_who_knows_a_message_id_does_not_know_the_return_path() -> None:
    name, token = NAMER.name(36, 1295), NAMER.return_token(36, 1295)

    assert read_return_path(KEY, f"bounces+{name}@example.org") is None
    assert read_message_id(KEY, f"<{token}@example.org>") is None


@pytest.mark.parametrize(
    "alter",
    [
        lambda path: "",
        lambda path: path.replace("+", ""),
        lambda path: path.replace("+1.", "+2."),
        lambda path: path.replace("+1.", "+01."),
        lambda path: path.replace("@", "@@"),
        lambda path: path.replace("@", "\n@"),
        lambda path: f"{path}, {path}",
        lambda path: "x" * 100_000 + path,
        lambda path: path.replace("+1.", "+" + "9" * 5000 + "."),
    ],
)
def test_an_invented_return_path_is_not_read(alter) -> None:
    path = ReturnPath("bounces@example.org").of(NAMER.return_token(1, 2))

    altered = alter(path)

    assert read_return_path(b"x" * 32, path) is None
    assert read_return_path(KEY, altered) == ((1, 2) if altered.endswith("x" + path) else None)


@pytest.mark.parametrize("address", ["", "x", '"a b"@x.org', "é@x.org", "b" * 20 + "@x.org"])
def test_a_return_path_that_cannot_take_a_token_is_refused(address: str) -> None:
    with pytest.raises(ConfigurationError, match="return_path"):
        ReturnPath(address)
