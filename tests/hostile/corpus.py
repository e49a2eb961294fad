"""Mail as an attacker would have it: bodies, subjects, names and addresses, from a seed.

Each text is put together from pieces that mean something to somebody on the way: to SMTP, to header
parsers, to MIME, to HTML, to whoever joins lines. The same seed gives the same mail.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from digest.model.edition import FrozenEdition, Placeholder, Rendered
from digest.model.mailing import OutboxEntry
from tests.message.editions import MARKER, entry, frozen, rendered

#: Every kind of line end, and what is taken for one.
LINE_ENDS = ("\n", "\r\n", "\r", "\n\n", "\r\r\n", "\n\r", "\x0b", "\x0c", "\x85", "\u2028")
COMMANDS = (
    ".",
    "..",
    ". ",
    ".\t",
    "QUIT",
    "RSET",
    "MAIL FROM:<eve@example.com>",
    "RCPT TO:<eve@example.com>",
    "DATA",
    "BDAT 0 LAST",
    ".\r\nMAIL FROM:<eve@example.com>\r\nRCPT TO:<eve@example.com>\r\nDATA",
    "\n.\nRCPT TO:<eve@example.com>",
    "\r.\r",
)
HEADERS = (
    "Bcc: eve@example.com",
    "From: eve@example.com",
    "Content-Type: text/html",
    "Content-Transfer-Encoding: 8bit",
    "--=_digest_",
    "--=_digest_00000000000000000000--",
    "From eve@example.com Thu Jan  1 00:00:00 1970",
    "=?utf-8?q?=0A?=",
    "=?UTF-8?B?DQpCY2M6IGV2ZUBleGFtcGxlLmNvbQ==?=",
    "boundary=x",
    "List-Unsubscribe: <https://eve.example/>",
    "DKIM-Signature: v=1",
)
LETTERS = (
    "",
    "a",
    "é",
    "微信支付",
    "山田 太郎",
    "👩‍👩‍👧‍👦",
    "محمد",
    "e\u0301\u0323",
    "\u202e",
    "\u200b",
    "\ufeff",
    "\u00a0",
    "\u3000",
    "ß",
    "\U0010ffff",
    "\ud800",
    "\x00",
    "\x1b[2J",
    "\x7f",
    "\x80",
)
SIGNS = (
    '"',
    '""',
    "\\",
    '\\"',
    "<",
    ">",
    "<>",
    ",",
    ";",
    ":",
    "@",
    "(",
    ")",
    "&",
    "&amp;",
    "=",
    "%s",
)
BLANKS = ("", " ", "  ", "\t", " \t ")
PIECES = (*COMMANDS, *HEADERS, *LETTERS, *SIGNS, *BLANKS, "{name}", "<script>", "x" * 75, "y" * 998)
LOCAL = ("ada", "a.b", "a..b", ".", "-", "'", '"', " ", "+x", "é", "山田", "\n", "<", ">", "@", ",")
DOMAINS = ("example.org", "bücher.example", "docomo.ne.jp", "localhost", "exa mple.org", "a..b", "")


@dataclass(frozen=True)
class HostileMail:
    """An edition and the one who is to get it."""

    edition: FrozenEdition
    entry: OutboxEntry


def hostile_mail(seed: int) -> Iterator[HostileMail]:
    """Yield mails without end, each with a body, a subject and a reader of its own."""
    chance = random.Random(seed)
    number = 0
    while True:
        number += 1
        yield HostileMail(
            frozen(_edition(chance), edition_id=number),
            entry(
                entry_id=number,
                edition_id=number,
                name=_name(chance),
                recipient=_address(chance, number),
                invitation_id=number,
            ),
        )


def _edition(chance: random.Random) -> Rendered:
    # A body may hold anything but halves of characters; a subject no control character either.
    body = [piece for piece in (*PIECES, *LINE_ENDS) if "\ud800" not in piece]
    subject = [piece for piece in PIECES if piece.isprintable() and "=?" not in piece]
    return rendered(
        subject=_text(chance, subject, [Placeholder.NAME], 6),
        html=_text(chance, body, list(Placeholder), 30) + "\n",
        text=_text(chance, body, list(Placeholder), 30) + "\n",
    )


def _text(chance: random.Random, pieces: list[str], holes: list[Placeholder], most: int) -> str:
    found = [
        MARKER[chance.choice(holes)] if chance.random() < 0.15 else chance.choice(pieces)
        for _ in range(chance.randrange(most))
    ]
    return "".join(found)


def _name(chance: random.Random) -> str:
    # Most names hold nothing that is refused, so that most mails leave.
    harmless = [piece for piece in PIECES if piece.isprintable() and "=?" not in piece]
    pieces = harmless if chance.random() < 0.8 else [*PIECES, *LINE_ENDS]
    return "".join(chance.choice(pieces) for _ in range(chance.randrange(8)))[:1000]


def _address(chance: random.Random, number: int) -> str:
    if chance.random() < 0.7:
        return f"reader{number}{chance.choice(LOCAL[:3])}@{chance.choice(DOMAINS[:3])}"
    local = "".join(chance.choice(LOCAL) for _ in range(chance.randrange(1, 6)))
    return f"{local}@{chance.choice(DOMAINS)}"
