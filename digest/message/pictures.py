"""Pictures inside a message: each is a body part of its own, encoded once (RFC 2387, RFC 2392).

An HTML part that shows pictures by `cid:` stands with them in a multipart/related. What must stay
true: every `cid:` of the HTML has its part, every part is shown, and a part is the same bytes in
all editions that show it: however many they are, it is encoded, proved and held once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from digest.errors import DigestError
from digest.message.aligned import base64_lines
from digest.model.edition import Rendered
from digest.model.picture import Picture

#: Where HTML and CSS name what they show.
_SHOWN = re.compile(
    r"""(?:\b(?:src|background)\s*=\s*|url\()["']?cid:([^"')\s>]*)""", re.IGNORECASE
)
_MEDIA_TYPES = frozenset({"image/png", "image/jpeg", "image/gif"})
_HASH = re.compile(r"[0-9a-f]{64}")


def embedded(rendered: Rendered) -> tuple[Picture, ...]:
    """Return the pictures that travel inside the message, in their order; hosted ones do not.

    Raises:
        DigestError: the HTML shows a picture that the edition does not carry.
    """
    wanted = set(_SHOWN.findall(rendered.html))
    carried = {each.content_id: each for each in rendered.pictures}
    if missing := wanted - carried.keys():
        what = f"the HTML shows a picture that is not there (cid:{min(missing)})"
        raise DigestError("", what, "In a template write {{ pictures.src(p) }}.")
    return tuple(each for name, each in carried.items() if name in wanted)


@dataclass(frozen=True, slots=True)
class PicturePart:
    """A picture on the wire."""

    head: bytes
    """Its header fields, with the empty line after them."""
    body: bytes
    """Base64 in lines that end in CRLF."""

    def shorten(self, content: bytes) -> bytes:
        """Return a message with the first line only of this picture."""
        first, end, _ = self.body.partition(b"\r\n")
        return content.replace(self.head + self.body, self.head + first + end)


class PictureParts:
    """Encodes pictures; one of these serves all editions of a mailing."""

    def __init__(self) -> None:
        """Start with none."""
        self._parts: dict[str, PicturePart] = {}

    def part(self, picture: Picture) -> PicturePart:
        """Return a picture as it stands in a message.

        Raises:
            DigestError: it is of a kind, or under a name, that cannot stand in a header, or it does
                not parse back to what it was.
        """
        if picture.sha256 not in self._parts:
            from digest.message.proof import prove_picture

            part = PicturePart(_head(picture), base64_lines(picture.content))
            prove_picture(part.head + part.body, picture)
            self._parts[picture.sha256] = part
        return self._parts[picture.sha256]


def _head(picture: Picture) -> bytes:
    if picture.media_type not in _MEDIA_TYPES or not _HASH.fullmatch(picture.sha256):
        raise DigestError(
            "", f"a {picture.media_type!r} cannot travel in a mail", "Save it as PNG."
        )
    fields = (
        f"Content-Type: {picture.media_type}",
        "Content-Transfer-Encoding: base64",
        f"Content-ID: <{picture.content_id}>",
        f'Content-Disposition: inline;\r\n filename="{picture.file_name}"',
        "",
        "",
    )
    return "\r\n".join(fields).encode("ascii")
