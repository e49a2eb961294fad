"""The messages of Python's peers: built for each reader, or prepared but for a number.

Built means what most scripts do: the texts with the reader's name and link put in, an
`EmailMessage`, and its bytes. Prepared is the best case there is: no building at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from pathlib import Path

#: What stands for a reader's number in a prepared message.
NUMBER = "0000000"
SENDER = "takeaway@news.example"

Make = Callable[[int], bytes]
"""A reader's number -> the bytes of the message."""


def recipient(number: int) -> str:
    """Return a reader's address."""
    return f"reader.{number:07d}@mail.example"


def maker(site: Path, *, prepared: bool) -> Make:
    """Return what makes the messages of a site's mailing."""
    if prepared:
        before, *rest = (site / "message.eml").read_bytes().split(NUMBER.encode())
        return lambda number: b"%07d".__mod__(number).join((before, *rest))
    edition = json.loads((site / "edition.json").read_text(encoding="utf-8"))
    for number, comment in enumerate(edition["comments"]):
        edition["html"] = edition["html"].replace(f"{{{{comment {number}}}}}", comment)
    return lambda number: _build(edition, number)


def _build(edition: dict[str, str], number: int) -> bytes:
    name, link = f"Reader {number:07d}", leave_url(number)
    message = EmailMessage(policy=SMTP)
    message["From"], message["Subject"] = edition["from"], edition["subject"]
    message["To"] = f"{name} <{recipient(number)}>"
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain="news.example")
    for header, value in dict(edition["headers"]).items():
        message[header] = value
    message["List-Unsubscribe"] = f"<{link}>"
    text, html = (
        edition[part].replace("{{.Greeting}}", f"Hello {name},").replace("{{.LeaveURL}}", link)
        for part in ("text", "html")
    )
    message.set_content(text, cte="base64")
    message.add_alternative(html, subtype="html", cte="base64")
    return message.as_bytes()


def leave_url(number: int) -> str:
    """Return a link of the length that ours have."""
    return f"https://news.example.org/l/AQEjj6LxFwWSzAAAAAHUy2t{number:07d}C"
