"""Pictures as the HTML shows them: said in words, sized, undistorted, and carried by the mail."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.model.finding import CheckRule, Finding, Level
from digest.model.picture import Picture
from digest.rendering.lint.css import read_declarations
from digest.rendering.lint.mail import Mail, quoted
from digest.rendering.lint.tree import Element

ALT = CheckRule(
    id="missing-alt",
    level=Level.ERROR,
    what="a picture without an alt",
    why="a screen reader speaks its file name, sixty-four letters and digits; with pictures off "
    "there is a hole",
    mend='Say in alt what it shows; alt="" where it says nothing that the words do not.',
)
MISSING = CheckRule(
    id="missing-picture",
    level=Level.ERROR,
    what="a picture that the mail does not carry: no address, a part of one, cid: without its "
    "file, data:",
    why="readers see a broken frame; Gmail shows no data: at all",
    mend="Name it in newsletter.toml and print its address in the template: pictures.src(...).",
)
EXTERNAL = CheckRule(
    id="external-picture",
    level=Level.WARNING,
    what="a picture from somebody else's server, or by http",
    why="that server learns who reads and when, and may show something else tomorrow",
    mend="Put the file into assets/ and show it from there.",
)
SIZE = CheckRule(
    id="picture-size",
    level=Level.WARNING,
    what="a picture without width and height, in numbers",
    why="Outlook shows it in the file's own pixels, twice too large; elsewhere the mail jumps "
    "while pictures arrive",
    mend="Write width and height as they are shown, half of the file's pixels.",
)
RATIO = CheckRule(
    id="picture-ratio",
    level=Level.WARNING,
    what="width and height in another ratio than the file's",
    why="faces and letters are stretched",
    mend="Compute the height from the width and the file.",
)
RULES = (ALT, MISSING, EXTERNAL, SIZE, RATIO)

_NUMBER = re.compile(r"\s*(?P<number>\d{1,5})(?:px)?\s*")
_URL = re.compile(r"url\(\s*[\"']?(?P<address>[^)\"']*+)", re.IGNORECASE)
#: Rounding to whole pixels is no distortion.
_TOLERANCE = 0.02


def check(mail: Mail) -> Iterator[Finding]:
    """Yield what is wrong with pictures."""
    for element in mail.html.find("img"):
        source = element.attributes.get("src", "").strip()
        picture = find_picture(mail, source)
        file = picture.file if picture else ""
        if "alt" not in element.attributes:
            yield mail.noticed(ALT, f"the picture {quoted(source)} has no alt", file=file)
        yield from _address(mail, source, picture)
        yield from _size(mail, element, picture)
    for element in mail.html.elements:
        for source in _backgrounds(element):
            yield from _address(mail, source, find_picture(mail, source))


def find_picture(mail: Mail, source: str) -> Picture | None:
    """Return the picture of the mail that an address names: by cid, or by its own name."""
    names = (source.removeprefix("cid:"), source.partition("?")[0].rpartition("/")[2])
    for picture in mail.rendered.pictures:
        if picture.content_id == names[0] or picture.file_name == names[1]:
            return picture
    return None


def _address(mail: Mail, source: str, picture: Picture | None) -> Iterator[Finding]:
    address = source.lower()
    if picture and address.startswith(("cid:", "https://", "http://")):
        return
    if address.startswith("https://"):
        yield mail.noticed(EXTERNAL, f"{quoted(source)} is none of the mail's own pictures")
    elif address.startswith("http://"):
        yield mail.noticed(EXTERNAL, f"{quoted(source)} is fetched without protection")
    elif not address:
        yield mail.noticed(MISSING, "a picture has no src")
    else:
        yield mail.noticed(MISSING, f"the mail does not carry {quoted(source)}")


def _size(mail: Mail, element: Element, picture: Picture | None) -> Iterator[Finding]:
    width, height = (_pixels(element.attributes.get(name)) for name in ("width", "height"))
    name = quoted(picture.file if picture and picture.file else element.attributes.get("src", ""))
    if width is None or height is None:
        lacking = " and ".join(
            name for name, value in (("width", width), ("height", height)) if value is None
        )
        file = picture.file if picture else ""
        yield mail.noticed(SIZE, f"the picture {name} has no {lacking} in numbers", file=file)
    elif picture and picture.width and picture.height and not _fits(width, height, picture):
        what = (
            f"the picture {name} is shown as {width} x {height}, but its file has"
            f" {picture.width} x {picture.height}"
        )
        yield mail.noticed(RATIO, what, file=picture.file)


def _fits(width: int, height: int, picture: Picture) -> bool:
    wanted = width * picture.height / picture.width
    return abs(height - wanted) <= max(1.0, wanted * _TOLERANCE)


def _pixels(value: str | None) -> int | None:
    match = _NUMBER.fullmatch(value or "")
    return int(match["number"]) if match and int(match["number"]) else None


def _backgrounds(element: Element) -> Iterator[str]:
    if address := element.attributes.get("background", "").strip():
        yield address
    style = element.attributes.get("style", "")
    if "url(" in style.lower():
        for _, value, _ in read_declarations(style):
            for match in _URL.finditer(value):
                yield match["address"].strip()
