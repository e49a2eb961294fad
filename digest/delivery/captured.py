"""Captured mail as it lies on disk: a Maildir of messages that did not leave this machine.

Each file is one message to one recipient: a `Return-Path` and a `Delivered-To` line for the
envelope, then the message byte for byte as it was handed over. `capture_storing` writes them. A
file in `new/` is whole, and a mail that cannot be read spoils no list.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from functools import cached_property
from pathlib import Path
from threading import Lock

#: Headers are looked for no further in; a mail's own are a tenth of it.
_HEAD = 64 * 1024

#: Where whole mails are; another program may have moved what it read from the first to the second.
_PARTS = ("new", "cur")
#: More than any file system's clock needs between two signs.
_TICK = 100_000_000
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

    def read(self) -> tuple[str, str, bytes]:
        """Return (the envelope's sender, its recipient, the message); nothing of it is kept.

        Raises:
            OSError: the file is gone, or cannot be read.
        """
        first, second, content, *_ = [*self.path.read_bytes().split(b"\r\n", 2), b"", b""]
        return _envelope_address(first), _envelope_address(second), content

    @cached_property
    def _lines(self) -> tuple[bytes, bytes, bytes]:
        """The two lines of the envelope, and the beginning of the message."""
        with self.path.open("rb") as file:
            first, second, head, *_ = [*file.read(_HEAD).split(b"\r\n", 2), b"", b""]
        return first, second, head


class CapturedFolder:
    """A folder of captured mail that is looked at again and again.

    The names are read anew only when the folder has changed, so that ten thousand mails stay quick.
    Safe from several threads.
    """

    def __init__(self, folder: Path) -> None:
        """Look at a folder, which need not be there yet."""
        self.folder = folder
        self._turn = Lock()
        self._seen: tuple[int, ...] = ()
        self._mails: dict[Path, CapturedMail] = {}
        self._newest_first: list[CapturedMail] = []

    def newest_first(self) -> list[CapturedMail]:
        """Return all mails, the newest first; the same objects for the same files."""
        with self._turn:
            seen, settled = self._signs()
            if seen != self._seen or not settled:
                known = self._mails
                self._mails = {one.path: known.get(one.path, one) for one in _files(self.folder)}
                order = sorted(self._mails.values(), key=_moment, reverse=True)
                self._newest_first = order
                self._seen = seen
            return self._newest_first

    def _signs(self) -> tuple[tuple[int, ...], bool]:
        """Return when the folders changed, and whether that was long enough ago to be relied on.

        Two changes within one tick of the file system's clock leave the same sign.
        """
        times = []
        for part in _PARTS:
            try:
                times.append((self.folder / part).stat().st_mtime_ns)
            except OSError:
                times.append(0)
        return tuple(times), time.time_ns() - max(times) > _TICK


def read_captured(folder: Path) -> list[CapturedMail]:
    """Return what was captured, oldest first; nothing where there is no such folder.

    Reads the names only: a file's content is read when it is asked for.
    """
    return sorted(_files(folder), key=_moment)


def _moment(mail: CapturedMail) -> tuple[datetime, str]:
    return mail.captured_at, mail.key


def _files(folder: Path) -> Iterator[CapturedMail]:
    for part in _PARTS:
        try:
            entries = list(os.scandir(folder / part))
        except (FileNotFoundError, NotADirectoryError):
            continue
        for entry in entries:
            found = _NAME.match(entry.name)
            if found:
                moment = timedelta(seconds=int(found[1]), microseconds=int(found[2]))
                yield CapturedMail(Path(entry.path), _EPOCH + moment)


def _envelope_address(line: bytes) -> str:
    value = line.partition(b":")[2].strip().decode("utf-8", "replace")
    return value[1:-1] if value.startswith("<") and value.endswith(">") else value


def _decoded(raw: bytes) -> str:
    text = re.sub(r"\r?\n(?=[ \t])", "", raw.decode("utf-8", "replace"))
    # A hostile header is shown as it stands: it must not hide the mail.
    with suppress(HeaderParseError, LookupError, ValueError):
        text = str(make_header(decode_header(text))) or text
    return "".join(char if char.isprintable() else " " for char in text).strip()
