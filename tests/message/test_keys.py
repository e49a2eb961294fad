"""The keys of a site: made once, kept close, never shown."""

import stat
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from digest.errors import ConfigurationError
from digest.message.keys import Keys, keys_from_secrets, load_keys
from digest.message.tokens import Purpose, read_token, sign_token

SECRETS = {"token": "aa" * 32, "hash": "bb" * 32, "message": "cc" * 32}


def _fingerprints(folder: str) -> dict[str, str]:
    return load_keys(Path(folder)).fingerprints()


def test_keys_are_made_once_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "keys"

    first, again = load_keys(folder), load_keys(folder)

    assert again == first
    assert sorted(path.name for path in folder.iterdir()) == [
        "hash.key",
        "message.key",
        "token.key",
    ]
    assert len({first.ring.keys[1], first.hash, first.message}) == 3


def test_only_their_owner_may_read_keys(tmp_path: Path) -> None:
    folder = tmp_path / "keys"

    load_keys(folder)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_processes_that_start_at_once_agree_on_the_keys(tmp_path: Path) -> None:
    folder = str(tmp_path / "keys")

    with ProcessPoolExecutor(4) as pool:
        found = list(pool.map(_fingerprints, [folder] * 16))

    assert all(each == found[0] for each in found)
    assert len(list(Path(folder).iterdir())) == 3


def test_a_lost_key_is_made_again_and_the_others_stay(tmp_path: Path) -> None:
    before = load_keys(tmp_path).fingerprints()
    (tmp_path / "message.key").unlink()

    after = load_keys(tmp_path).fingerprints()

    assert {name for name in before if before[name] != after[name]} == {"message"}


def test_an_appended_key_signs_and_links_in_old_mails_still_work(tmp_path: Path) -> None:
    old = load_keys(tmp_path)
    link = sign_token(old.ring, Purpose.LEAVE, b"12345678", 7)
    with (tmp_path / "token.key").open("a") as file:
        file.write("dd" * 32 + "\n")

    rotated = load_keys(tmp_path)

    assert rotated.ring.current == 2
    assert read_token(rotated.ring, link) is not None
    assert rotated.fingerprints() == old.fingerprints()


def test_keys_may_come_as_secrets() -> None:
    keys = keys_from_secrets(SECRETS)

    assert keys.ring.keys == {1: b"\xaa" * 32}
    assert (keys.hash, keys.message) == (b"\xbb" * 32, b"\xcc" * 32)


def test_a_fingerprint_tells_keys_apart_and_does_not_show_them() -> None:
    keys = keys_from_secrets({**SECRETS, "hash": "aa" * 32})

    prints = keys.fingerprints()

    assert sorted(prints) == ["hash", "message", "token"]
    assert all(len(each) == 32 for each in prints.values())
    assert prints["token"] != prints["hash"]
    assert not any("aa" * 8 in each for each in prints.values())


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": "aa" * 32},
        {**SECRETS, "other": "dd" * 32},
        {**SECRETS, "token": ""},
        {**SECRETS, "token": "sesame"},
        {**SECRETS, "token": "aa" * 31},
        {**SECRETS, "hash": "bb" * 32 + "\n" + "ee" * 32},
        {**SECRETS, "token": "aa" * 32 + "\n" + "zz" * 32},
    ],
)
def test_a_wrong_secret_is_refused_and_not_shown(wrong: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        keys_from_secrets(wrong)

    assert "sesame" not in str(caught.value)
    assert "aaaa" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"not a key\n", b"\xff\xfe\x00", b"ab" * 31])
def test_a_damaged_key_file_is_named_and_never_replaced(tmp_path: Path, content: bytes) -> None:
    load_keys(tmp_path)
    (tmp_path / "hash.key").write_bytes(content)

    with pytest.raises(ConfigurationError) as caught:
        load_keys(tmp_path)

    assert "key" in caught.value.where
    assert (tmp_path / "hash.key").read_bytes() == content


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("in the way")

    with pytest.raises(ConfigurationError, match="keys"):
        load_keys(tmp_path / "keys")


def test_keys_are_never_in_a_repr() -> None:
    keys = keys_from_secrets(SECRETS)

    assert isinstance(keys, Keys)
    assert not any(sign in repr(keys) for sign in ("aa", "bb", "cc", "\\x"))
