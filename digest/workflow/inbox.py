"""Captured mail as an inbox: listed newest first, searched, opened. Reading only.

What must stay true: an id is a name for a mail that is there and never a part of a path; ten
thousand mails stay quick, because each is read once and only when something of it is asked for; a
mail that is gone, or that nobody can read, spoils no list.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Protocol

from digest.message.reading import ReadMessage, read_message
from digest.rendering.lint.reading import RAW, Part, tokens
from digest.workflow.words_index import LONGEST, WordsIndex, folded, terms_of

PAGE = 50
MOST_ON_A_PAGE = 500
_LONGEST_SHOWN = 300
#: Elements whose words stand in lines of their own.
_BLOCKS = """
blockquote br div h1 h2 h3 h4 h5 h6 hr li ol p table td th tr ul
"""
_BREAKS = frozenset(_BLOCKS.split())


class Captured(Protocol):
    """One captured mail on disk."""

    @property
    def captured_at(self) -> datetime:
        """Return when it came."""

    @property
    def key(self) -> str:
        """Return the file's name."""

    def read(self) -> tuple[str, str, bytes]:
        """Return (sender and recipient of the envelope, the message); OSError when it is gone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """What a list tells of one mail."""

    id: str
    captured_at: datetime
    sender: str
    """Of the envelope; "" for the null sender."""
    recipient: str
    """Of the envelope."""
    author: str
    """What the From field says."""
    to: str
    """What the To field says."""
    subject: str
    size: int
    """Of the whole message, in bytes."""
    files: int
    """How many parts come with it to be kept; pictures that its HTML shows are not counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """Which mails are meant; what is "" or None asks for nothing."""

    words: str = ""
    """All of them have to be in subject, addresses or text."""
    to: str = ""
    """Part of the envelope's recipient, or of To."""
    sender: str = ""
    """Part of the envelope's sender, or of From."""
    subject: str = ""
    since: datetime | None = None
    """Captured at that moment or later."""

    @property
    def asks_for_words(self) -> bool:
        """Return whether a mail has to be read to know if it is meant."""
        return bool(self.words.strip() or self.to or self.sender or self.subject)


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """One page of the list."""

    rows: tuple[Row, ...]
    total: int
    """How many mails match."""
    start: int
    """How many newer ones match."""

    @property
    def has_older(self) -> bool:
        """Return whether there is a next page."""
        return self.start + len(self.rows) < self.total


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """One mail, read."""

    row: Row
    message: ReadMessage


@dataclass(frozen=True, slots=True)
class _Entry:
    row: Row
    head: str
    """Subject and addresses, folded; a line each."""
    paragraphs: tuple[int, ...]


class Inbox:
    """The mails of one folder. Safe from several threads."""

    def __init__(self, newest_first: Callable[[], Sequence[Captured]]) -> None:
        """Look at what a folder of captured mail lists."""
        self._newest_first = newest_first
        self._turn = Lock()
        self._index = WordsIndex()
        self._entries: dict[str, _Entry | None] = {}
        self._listed: Sequence[Captured] = ()
        self._by_id: dict[str, Captured] = {}

    def count(self) -> int:
        """Return how many mails there are."""
        return len(self._mails())

    def page(self, query: Query = Query(), *, start: int = 0, limit: int = PAGE) -> Listing:
        """Return the mails that a query means, the newest first, `limit` of them from `start`."""
        limit = min(max(limit, 0), MOST_ON_A_PAGE)
        start = max(start, 0)
        if not query.asks_for_words:
            mails = [one for one in self._mails() if _is_since(one, query)]
            rows = (self._entry(one) for one in mails[start : start + limit])
            return Listing(
                rows=tuple(one.row for one in rows if one), total=len(mails), start=start
            )
        found = list(self._matching(query))
        return Listing(rows=tuple(found[start : start + limit]), total=len(found), start=start)

    def newest(self, query: Query) -> Row | None:
        """Return the newest mail that a query means, or None."""
        return next(iter(self.page(query, limit=1).rows), None)

    def open(self, mail_id: str) -> Opened | None:
        """Return one mail read, or None where there is none of that id."""
        mail = self._find(mail_id)
        entry = self._entry(mail) if mail else None
        content = self.raw(mail_id)
        if entry is None or content is None:
            return None
        return Opened(row=entry.row, message=read_message(content))

    def raw(self, mail_id: str) -> bytes | None:
        """Return a message exactly as it was handed over, or None."""
        mail = self._find(mail_id)
        try:
            return mail.read()[2] if mail else None
        except OSError:
            return None

    def neighbours(self, mail_id: str) -> tuple[str, str]:
        """Return the ids of the mails before (newer) and after (older) one; "" where none is."""
        ids = [mail_id_of(one) for one in self._mails()]
        if mail_id not in ids:
            return "", ""
        at = ids.index(mail_id)
        return (ids[at - 1] if at else ""), (ids[at + 1] if at + 1 < len(ids) else "")

    def _mails(self) -> Sequence[Captured]:
        mails = self._newest_first()
        with self._turn:
            if mails is not self._listed:
                self._listed = mails
                self._by_id = {mail_id_of(one): one for one in mails}
                self._forget_what_is_gone()
        return mails

    def _forget_what_is_gone(self) -> None:
        if len(self._entries) > 2 * len(self._by_id) + 100:
            # Paragraphs are shared, so that those of single mails cannot be taken out.
            self._index, self._entries = WordsIndex(), {}

    def _find(self, mail_id: str) -> Captured | None:
        self._mails()
        with self._turn:
            return self._by_id.get(mail_id)

    def _entry(self, mail: Captured) -> _Entry | None:
        """Return what is known of a mail; it is read the first time."""
        mail_id = mail_id_of(mail)
        with self._turn:
            if mail_id not in self._entries:
                self._entries[mail_id] = self._read(mail_id, mail)
            return self._entries[mail_id]

    def _read(self, mail_id: str, mail: Captured) -> _Entry | None:
        try:
            sender, recipient, content = mail.read()
        except OSError:
            return None
        message = read_message(content)
        row = Row(
            id=mail_id,
            captured_at=mail.captured_at,
            sender=sender,
            recipient=recipient,
            author=message.header("From")[:_LONGEST_SHOWN],
            to=message.header("To")[:_LONGEST_SHOWN],
            subject=message.subject[:_LONGEST_SHOWN],
            size=len(content),
            files=sum(not one.content_id for one in message.attachments),
        )
        told = (row.subject, sender, recipient, row.author, row.to)
        words = message.text or _words_of(message.html[: 4 * LONGEST])
        return _Entry(row, folded("\n".join(told)), self._index.add(words))

    def _matching(self, query: Query) -> Iterator[Row]:
        entries = [self._entry(one) for one in self._mails() if _is_since(one, query)]
        terms = terms_of(query.words)
        with self._turn:
            holding = [(term, self._index.holding(term)) for term in terms]
        to, sender, subject = map(folded, (query.to, query.sender, query.subject))
        for entry in entries:
            if entry is None or not all(
                term in entry.head or not found.isdisjoint(entry.paragraphs)
                for term, found in holding
            ):
                continue
            seen = entry.head.split("\n")
            if subject in seen[0] and _in(sender, seen[1], seen[3]) and _in(to, seen[2], seen[4]):
                yield entry.row


def mail_id_of(mail: Captured) -> str:
    """Return a mail's id: it stays when another program marks the file as read."""
    name = mail.key.partition(":")[0]
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:20]


def opening_words(message: ReadMessage, longest: int = 200) -> str:
    """Return the words that an inbox shows beside the subject: the first ones of the mail."""
    words = _words_of(message.html[:LONGEST]) if message.html else message.text[: 4 * longest]
    invisible = str.maketrans("", "", "\u034f\u200b\u200c\u200d\u2007\u2060\ufeff\u00ad")
    return " ".join(words.translate(invisible).split())[:longest]


def _in(term: str, *places: str) -> bool:
    return any(term in place for place in places)


def _is_since(mail: Captured, query: Query) -> bool:
    return query.since is None or mail.captured_at >= query.since


def _words_of(html: str) -> str:
    """Return the words of HTML, a paragraph for each element that is not inside of a line."""
    words: list[str] = []
    hidden = ""
    for token in tokens(html):
        if token.part is Part.OPEN and token.text in RAW:
            hidden = token.text
        elif token.part is Part.CLOSE and token.text == hidden:
            hidden = ""
        elif token.part is Part.TEXT and not hidden:
            words.append(re.sub(r"\s+", " ", token.text))
        elif token.text in _BREAKS:
            words.append("\n\n")
    return "".join(words)
