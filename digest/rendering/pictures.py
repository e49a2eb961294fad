"""The pictures of one edition: where each is found in the mail, and which of them are shown.

A picture travels inside the message (`cid:`, RFC 2392) until there is an address that serves them.
What must stay true: a template cannot show a picture that the edition does not carry, and a picture
that no tag shows is not carried.
"""

from __future__ import annotations

from digest.model.picture import Picture


class Shown:
    """What templates ask for a picture's address: `pictures.src(p)`."""

    __slots__ = ("_asked", "_assets_url")

    def __init__(self, assets_url: str = "") -> None:
        """Give addresses below `assets_url`, or inside the message where there is none."""
        self._assets_url = assets_url.rstrip("/")
        self._asked: dict[str, Picture] = {}

    def src(self, picture: object) -> str:
        """Return the `src` of a picture and remember that it was asked for.

        Raises:
            TypeError: it is no picture (a newsletter need not have one).
        """
        if not isinstance(picture, Picture):
            raise TypeError(f"'{picture}' is no picture: ask {{% if ... %}} before showing one")
        self._asked.setdefault(picture.sha256, picture)
        if self._assets_url:
            return f"{self._assets_url}/{picture.file_name}"
        return f"cid:{picture.content_id}"

    def within(self, html: str) -> tuple[Picture, ...]:
        """Return what a finished HTML shows, each once, in the order in which they appear."""
        shown = [each for each in self._asked.values() if self._name(each) in html]
        return tuple(sorted(shown, key=lambda each: html.find(self._name(each))))

    def _name(self, picture: Picture) -> str:
        """Return what is unmistakably the picture's in its address, however that was escaped."""
        return picture.file_name if self._assets_url else picture.content_id
