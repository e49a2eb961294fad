"""Writing captured mail: into a Maildir, safe from a power cut before anybody is told.

What must stay true: a file in `new/` is whole and on disk, because it is written in `tmp/`, synced,
and only then renamed; it is nobody else's to read; and an address writes no header line of its own.
"""

from __future__ import annotations

import os
import re
import secrets
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from digest.errors import DeliveryError
from digest.paths import sync_folder

_MOST_AT_ONCE = 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def prepare_maildir(folder: Path) -> None:
    """Make the folder, for nobody else's eyes: it holds people's addresses.

    Raises:
        DeliveryError: it cannot be made or written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        for name in ("tmp", "new", "cur"):
            (folder / name).mkdir(mode=0o700, exist_ok=True)
        probe = folder / "tmp" / _file_name(_EPOCH)
        os.close(_written(probe, b""))
        probe.unlink()
    except OSError as error:
        raise DeliveryError(
            str(folder),
            f"captured mail cannot be kept there: {error.strerror or error}",
            "Make the folder writable, or name another.",
        ) from error


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to one recipient, about to be stored."""

    sender: str
    recipient: str
    content: bytes
    at: datetime


def store_captured(
    folder: Path, *, sender: str, recipient: str, content: bytes, at: datetime
) -> Path:
    """Store one message and return its file; it is on disk when this returns.

    Raises:
        OSError: it could not be written; nothing is left in `new/`.
    """
    letter = Letter(sender, recipient, content, at)
    drafts = _Drafts(folder, [letter])
    drafts.sync()
    (path,) = drafts.publish()
    sync_folder(path.parent)
    return path


def store_letters(folder: Path, groups: Sequence[Sequence[Letter]]) -> list[OSError | None]:
    """Store groups of letters together, and return for each group what went wrong, or None.

    They share the disk's waits: files are synced side by side, and their names once. A group is
    stored whole or not at all.
    """
    if len(groups) == 1:
        outcomes = [_publish(folder, groups[0])]
    else:
        with ThreadPoolExecutor(_MOST_AT_ONCE) as pool:
            outcomes = list(pool.map(partial(_publish, folder), groups))
    try:
        sync_folder(folder / "new")
    except OSError as error:
        return [one or error for one in outcomes]
    return outcomes


def _publish(folder: Path, letters: Sequence[Letter]) -> OSError | None:
    try:
        drafts = _Drafts(folder, letters)
        drafts.sync()
        drafts.publish()
    except OSError as error:
        return error
    return None


class _Drafts:
    """Files in `tmp/` that become files in `new/`."""

    def __init__(self, folder: Path, letters: Sequence[Letter]) -> None:
        self._pairs: list[tuple[Path, Path]] = []
        self._open: list[int] = []
        try:
            for letter in letters:
                name = _file_name(letter.at)
                self._pairs.append((folder / "tmp" / name, folder / "new" / name))
                head = _envelope_lines(letter.sender, letter.recipient)
                self._open.append(_written(self._pairs[-1][0], head + letter.content))
        except OSError:
            self._give_up()
            raise

    def sync(self) -> None:
        try:
            while self._open:
                os.fsync(self._open[-1])
                os.close(self._open.pop())
        except OSError:
            self._give_up()
            raise

    def publish(self) -> list[Path]:
        try:
            for draft, final in self._pairs:
                draft.rename(final)
        except OSError:
            for _, final in self._pairs:
                final.unlink(missing_ok=True)
            self._give_up()
            raise
        return [final for _, final in self._pairs]

    def _give_up(self) -> None:
        while self._open:
            os.close(self._open.pop())
        for draft, _ in self._pairs:
            draft.unlink(missing_ok=True)


def _file_name(at: datetime) -> str:
    """Return a name that no other process and no other moment gives (Maildir's convention)."""
    since = at - _EPOCH
    seconds, micros = divmod(since // timedelta(microseconds=1), 1_000_000)
    host = re.sub(r"[^A-Za-z0-9.-]", "_", socket.gethostname()) or "localhost"
    return f"{seconds}.M{micros:06}P{os.getpid()}R{secrets.token_hex(8)}.{host}"


def _envelope_lines(sender: str, recipient: str) -> bytes:
    lines = f"Return-Path: <{_inert(sender)}>\r\nDelivered-To: {_inert(recipient)}\r\n"
    return lines.encode("utf-8", "surrogateescape")


def _inert(address: str) -> str:
    """Return an address without what could begin another header line."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", "?", address)


def _written(path: Path, data: bytes) -> int:
    """Write a new file, and return its descriptor, which is open still."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
