"""Captured mail on disk: a Maildir of messages that did not leave this machine.

Each file is one message to one recipient: a `Return-Path` and a `Delivered-To` line for the
envelope, then the message byte for byte as it was handed over. A file in `new/` is whole and on
disk: it is written in `tmp/`, synced, and only then renamed.
"""

from __future__ import annotations

import os
import re
import secrets
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from functools import cached_property
from pathlib import Path

from digest.errors import DeliveryError

#: Headers are looked for no further in; a mail's own are a tenth of it.
_HEAD = 64 * 1024

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAME = re.compile(r"(\d{1,15})\.M(\d{1,6})P")
_SUBJECT = re.compile(rb"^subject:[ \t]*(.*(?:\r?\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class CapturedMail:
    """One captured message. The file is read when something of it is asked for, and once."""

    path: Path
    captured_at: datetime

    @property
    def key(self) -> str:
        """Return the file's name, which is unique in its folder."""
        return self.path.name

    @cached_property
    def sender(self) -> str:
        """Return the envelope's sender, "" for the null sender."""
        return _envelope_address(self._lines[0])

    @cached_property
    def recipient(self) -> str:
        """Return the envelope's recipient."""
        return _envelope_address(self._lines[1])

    @cached_property
    def subject(self) -> str:
        """Return the message's subject as a reader sees it."""
        head = re.split(rb"\r?\n\r?\n", self._lines[2], maxsplit=1)[0]
        found = _SUBJECT.search(head)
        return _decoded(found[1]) if found else ""

    @property
    def content(self) -> bytes:
        """Return the message exactly as it was handed over."""
        return self.path.read_bytes().split(b"\r\n", 2)[-1]

    @cached_property
    def _lines(self) -> tuple[bytes, bytes, bytes]:
        """The two lines of the envelope, and the beginning of the message."""
        with self.path.open("rb") as file:
            first, second, head, *_ = [*file.read(_HEAD).split(b"\r\n", 2), b"", b""]
        return first, second, head


def read_captured(folder: Path) -> list[CapturedMail]:
    """Return what was captured, oldest first; nothing where there is no such folder.

    Reads the names only: a file's content is read when it is asked for.
    """
    return sorted(_files(folder), key=lambda mail: (mail.captured_at, mail.key))


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
        _write(probe, b"")
        probe.unlink()
    except OSError as error:
        raise DeliveryError(
            str(folder),
            f"captured mail cannot be kept there: {error.strerror or error}",
            "Make the folder writable, or name another.",
        ) from error


def store_captured(
    folder: Path, *, sender: str, recipient: str, content: bytes, at: datetime
) -> Path:
    """Store one message and return its file; it is on disk when this returns.

    Raises:
        OSError: it could not be written; nothing is left in `new/`.
    """
    name = _file_name(at)
    draft, final = folder / "tmp" / name, folder / "new" / name
    try:
        _write(draft, _envelope_lines(sender, recipient) + content)
        draft.rename(final)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    _sync_folder(final.parent)
    return final


def _files(folder: Path) -> Iterator[CapturedMail]:
    for part in ("new", "cur"):
        try:
            entries = list(os.scandir(folder / part))
        except (FileNotFoundError, NotADirectoryError):
            continue
        for entry in entries:
            found = _NAME.match(entry.name)
            if found:
                moment = timedelta(seconds=int(found[1]), microseconds=int(found[2]))
                yield CapturedMail(Path(entry.path), _EPOCH + moment)


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


def _envelope_address(line: bytes) -> str:
    value = line.partition(b":")[2].strip().decode("utf-8", "replace")
    return value[1:-1] if value.startswith("<") and value.endswith(">") else value


def _decoded(raw: bytes) -> str:
    text = re.sub(r"\r?\n(?=[ \t])", "", raw.decode("utf-8", "replace"))
    # A hostile header is shown as it stands: it must not hide the mail.
    with suppress(HeaderParseError, LookupError, ValueError):
        text = str(make_header(decode_header(text))) or text
    return "".join(char if char.isprintable() else " " for char in text).strip()


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
