"""Mails in a site's folder of captured mail, for the tests of its pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from digest.delivery.capture_storing import prepare_maildir, store_captured
from tests.sites import Site

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9c"
    b"c\xf8\xcf\xc0\xf0\x1f\0\5\0\1\xff\x89\x99=\x1d\0\0\0\0IEND\xaeB`\x82"
)


def keep(site: Site, content: bytes, *, to: str = "ada@example.org", minute: int = 0) -> Path:
    """Capture a message as it stands."""
    folder = site.home / "var" / "captured"
    prepare_maildir(folder)
    at = NOON + timedelta(minutes=minute)
    return store_captured(folder, sender="bounce@example.org", recipient=to, content=content, at=at)


def letter(
    subject: str = "Hello", *, html: str = "", text: str = "Words.", png: bool = False
) -> bytes:
    """Return a message with text, and HTML with a picture inside where wanted."""
    message = EmailMessage()
    message["From"] = "Zoë <zoe@example.org>"
    message["To"] = "Ada <ada@example.org>"
    message["Subject"] = subject
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
        if png:
            message.get_payload()[1].add_related(PNG, "image", "png", cid="<dot@x>")
    return message.as_bytes()
