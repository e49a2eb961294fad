"""Mails as a test looks at them: parsed, in words and links, and as they were on the wire."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from functools import cached_property
from html.parser import HTMLParser

from tests.smtp_server import Message

_URL = re.compile(r"https?://[^\s<>\"]+")
_HIDDEN = {"style", "title", "script"}


class _Page(HTMLParser):
    """Collects an HTML page's links and words, and the language it says it is in."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.words: list[str] = []
        self.lang = ""
        self._hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "html":
            self.lang = found.get("lang") or ""
        if tag == "a" and found.get("href"):
            self.links.append(str(found["href"]))
        self._hidden += tag in _HIDDEN

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in _HIDDEN

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


@dataclass(frozen=True)
class Mail:
    """One message as the server took it."""

    rcpt: str
    content: bytes

    @cached_property
    def parsed(self) -> EmailMessage:
        """Return the message as Python's own parser reads it, which finds no fault with it."""
        message = message_from_bytes(self.content, policy=default)
        assert isinstance(message, EmailMessage)
        faults = [fault for part in message.walk() for fault in part.defects]
        assert not faults, faults
        return message

    @cached_property
    def html(self) -> str:
        """Return the HTML part."""
        return self._part("html")

    @cached_property
    def text(self) -> str:
        """Return the text part."""
        return self._part("plain")

    @cached_property
    def page(self) -> _Page:
        """Return the HTML part, read."""
        return _Page(self.html)

    @property
    def html_links(self) -> set[str]:
        """Return where the HTML part leads."""
        return set(self.page.links)

    @property
    def text_links(self) -> set[str]:
        """Return where the text part leads."""
        return set(_URL.findall(self.text))

    @property
    def leave_url(self) -> str:
        """Return the address of the List-Unsubscribe header."""
        return str(self.parsed["List-Unsubscribe"]).strip("<> ")

    def answer_url(self, choice: str) -> str:
        """Return the link that accepts or declines the invitation."""
        return next(link for link in self.html_links if link.endswith(f"?choice={choice}"))

    @property
    def header_lines(self) -> list[str]:
        """Return the lines of the header as they are on the wire, neither unfolded nor decoded."""
        return self.content.split(b"\r\n\r\n", 1)[0].decode("ascii").split("\r\n")

    def decoded(self, name: str) -> str:
        """Return a header in words by RFC 2047; Python 3.11's parser leaves blanks in long ones."""
        raw = message_from_bytes(self.content)[name]
        return str(make_header(decode_header(raw)))

    def says(self, words: str) -> bool:
        """Return whether both parts show these words; white space apart, for they wrap."""
        return squeezed(words) in self._html_words and squeezed(words) in squeezed(self.text)

    @cached_property
    def everything(self) -> str:
        """Return all that stands in it, decoded: headers, text and HTML."""
        headers = "\n".join(f"{name}: {value}" for name, value in self.parsed.items())
        return "\n".join([headers, self.text, self.html])

    @cached_property
    def _html_words(self) -> str:
        return squeezed("".join(self.page.words))

    def _part(self, kind: str) -> str:
        part = self.parsed.get_body((kind,))
        assert part is not None
        content = part.get_content()
        assert isinstance(content, str)
        return content


def mails_of(messages: Iterable[Message]) -> dict[str, Mail]:
    """Return the mails by recipient; nobody may have got two."""
    found: dict[str, Mail] = {}
    for message in messages:
        assert message.rcpt not in found, f"{message.rcpt} got two"
        found[message.rcpt] = Mail(message.rcpt, message.content)
    return found


def squeezed(text: str) -> str:
    """Return a text without white space and without the invisible hints of where it may break."""
    return re.sub(r"[\s\u200b\u200c\u00ad\u2060\ufeff]+", "", text)
