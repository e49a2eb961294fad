"""A picture of a newsletter: named by its content, frozen with the issue, never fetched."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A PNG, JPEG or GIF that a mail shows."""

    sha256: str
    """Hexadecimal, of `content`."""
    media_type: str
    """Such as `image/png`."""
    width: int
    height: int
    """In the file's own pixels: twice what is shown."""
    content: bytes = field(repr=False)
    file: str = field(default="", compare=False)
    """Where it came from, relative to the site; the store does not keep it."""

    @property
    def file_name(self) -> str:
        """Return its content-addressed name, such as `<sha256>.png`."""
        return f"{self.sha256}.{self.media_type.partition('/')[2].replace('jpeg', 'jpg')}"

    @property
    def shown_width(self) -> int:
        """Return how wide it is shown: half of its own pixels, so that it is sharp everywhere."""
        return (self.width + 1) // 2

    @property
    def shown_height(self) -> int:
        """Return how high it is shown: half of its own pixels."""
        return (self.height + 1) // 2

    @property
    def content_id(self) -> str:
        """Return its Content-ID without the angle brackets (RFC 2392)."""
        return f"{self.sha256[:32]}@picture"
