"""The three keys of a site, and where they lie.

`token.key` signs the links in mails, `message.key` the Message-IDs, `hash.key` turns addresses into
what suppressions keep. They are made once and belong to the backup: with other keys the links in
sent mails die and suppressed addresses are no longer known. A key is never in a repr, an error or
a log; its fingerprint is what may be stored and compared.

`token.key` may hold several lines: to rotate, append a new key. The last line signs, all verify,
and a line's number (from 1) is its key id. The other two never rotate.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from digest.errors import ConfigurationError
from digest.message.tokens import KeyRing
from digest.paths import sync_folder

NAMES = ("token", "hash", "message")
_HEX_KEY = re.compile(r"[0-9a-fA-F]{64}")
_MAX_KEYS = 255


@dataclass(frozen=True, slots=True)
class Keys:
    """A site's keys."""

    ring: KeyRing = field(repr=False)
    hash: bytes = field(repr=False)
    message: bytes = field(repr=False)

    def fingerprints(self) -> dict[str, str]:
        """Return name -> 32 hex digits, for the database to know its keys by.

        That of the ring is of its first key, so that a rotation does not look like another site.
        """
        keys = {"token": self.ring.keys[1], "hash": self.hash, "message": self.message}
        return {name: _fingerprint(name, key) for name, key in keys.items()}


def load_keys(folder: Path) -> Keys:
    """Return the keys of a folder, making those that are missing (folder 0700, files 0600).

    Two processes that start at once get the same keys.

    Raises:
        ConfigurationError: a file cannot be read or made, or holds something else than keys.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        paths = {name: folder / f"{name}.key" for name in NAMES}
        return _keys({name: (_read_or_make(path), str(path)) for name, path in paths.items()})
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ConfigurationError(
            str(folder), f"the keys cannot be used: {reason}", "Check the folder and who owns it."
        ) from error


def keys_from_secrets(secret: Mapping[str, str]) -> Keys:
    """Return keys given as secrets: `token`, `hash` and `message`, each 64 hex digits.

    Raises:
        ConfigurationError: one is missing, unknown or malformed; its value is not shown.
    """
    if missing := [name for name in NAMES if name not in secret]:
        raise ConfigurationError("keys", f"no secret for {', '.join(missing)}", "Give all three.")
    if unknown := sorted(set(secret) - set(NAMES)):
        raise ConfigurationError(
            "keys", f"unknown key {unknown[0]!r}", f"Known: {', '.join(NAMES)}."
        )
    return _keys({name: (secret[name], f"secret {name!r}") for name in NAMES})


def _keys(texts: Mapping[str, tuple[str, str]]) -> Keys:
    """Build keys from name -> (text, where it stands)."""
    lines = {name: _parse(*texts[name]) for name in NAMES}
    for name in ("hash", "message"):
        if len(lines[name]) != 1:
            raise ConfigurationError(texts[name][1], "more than one key", "This key never rotates.")
    ring = KeyRing(len(lines["token"]), dict(enumerate(lines["token"], start=1)))
    return Keys(ring, lines["hash"][0], lines["message"][0])


def _parse(text: str, where: str) -> list[bytes]:
    lines = text.split()
    if not 1 <= len(lines) <= _MAX_KEYS or not all(map(_HEX_KEY.fullmatch, lines)):
        raise ConfigurationError(
            where,
            "not a key: 64 hex digits are wanted on each line",
            "Restore it from the backup; new keys would break the links in mails that were sent.",
        )
    return [bytes.fromhex(line) for line in lines]


def _read_or_make(path: Path) -> str:
    with suppress(FileNotFoundError):
        return path.read_text("ascii")
    # Written whole under a name of its own, then linked: whoever sees the file sees all of it, and
    # of two processes the second finds it taken and reads the first one's.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write_new(draft, secrets.token_hex(32) + "\n")
        with suppress(FileExistsError):
            path.hardlink_to(draft)
        # On disk before the database knows these keys, with the name of a folder that is new.
        sync_folder(path.parent)
        sync_folder(path.parent.parent)
    finally:
        draft.unlink(missing_ok=True)
    return path.read_text("ascii")


def _write_new(path: Path, text: str) -> None:
    mode = stat.S_IRUSR | stat.S_IWUSR
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _fingerprint(name: str, key: bytes) -> str:
    label = f"digest key fingerprint {name}\0".encode()
    return hashlib.sha256(label + key).hexdigest()[:32]
