"""Reads a newsletter's pictures: what lies under `assets/`, looked at before it is believed.

A mail program shows PNG, JPEG and GIF, so nothing else passes, whatever a file is called. What must
stay true: what passes is whole, so that no reader sees half a picture; its pixels are what the file
itself says; and nothing outside the newsletter's folder is ever read, not even through a link.
"""

from __future__ import annotations

import hashlib
import stat
import zlib
from collections.abc import Callable
from pathlib import Path

from digest.content.assets import ASSETS
from digest.errors import DigestError
from digest.model.picture import Picture

#: A mail that weighs more is slow on a phone and refused by some servers.
MAX_BYTES = 1_000_000
#: A file of a few bytes can claim so many pixels that a reader's program dies of them.
MAX_SIDE = 8_000

_PNG = b"\x89PNG\r\n\x1a\n"
_SAVE = "Save it as PNG, JPEG or GIF, twice as wide as it is shown."
#: How files begin that are often taken for a picture that a mail can show.
_OTHERS = (
    (b"RIFF", "a WebP picture (or a sound), which not every mail program shows", _SAVE),
    (b"BM", "a BMP picture, which mail programs do not show", _SAVE),
    (b"II*\0", "a TIFF picture, which mail programs do not show", _SAVE),
    (b"MM\0*", "a TIFF picture, which mail programs do not show", _SAVE),
    (b"%PDF", "a PDF, which no mail program shows as a picture", _SAVE),
    (b"version https://git-lfs", "only a pointer: the file is in Git LFS", "Run: git lfs pull"),
)


class PictureError(DigestError):
    """A file cannot be shown in a mail; where it is named is the caller's to say."""


class PictureFiles:
    """Reads the pictures of one newsletter, each file once."""

    def __init__(self, folder: Path, site: Path) -> None:
        """Read below a newsletter's folder; names are shown relative to the site."""
        self._folder = folder
        self._site = site
        self._read: dict[str, Picture] = {}

    def read(self, name: str) -> Picture:
        """Return the picture that newsletter.toml names, such as `assets/hero.png`.

        Raises:
            PictureError: it is not there, not a picture that mails can show, broken or too large.
        """
        if name not in self._read:
            path = self._path(name)
            file = path.relative_to(self._site).as_posix()
            self._read[name] = picture(_content(path, name), name, file=file)
        return self._read[name]

    def _path(self, name: str) -> Path:
        """Return the path of a regular file below `assets/`, reached without any link."""
        steps = name.split("/")
        outside = not name.startswith(ASSETS) or "\\" in name or {"", ".", ".."} & set(steps)
        if outside:
            what = f"'{name}' is not a file of the newsletter's assets"
            raise PictureError("", what, f'Write it as "{ASSETS}name.png".')
        path = self._folder
        for step in steps:
            path = path / step
            _refuse_link(path, name)
        return path


def picture(content: bytes, name: str, *, file: str = "") -> Picture:
    """Return the picture that a file's bytes are; `name` is how an error calls it.

    Raises:
        PictureError: they are none that mails can show, or only a part of one.
    """
    media_type, measure = _kind(content, name)
    try:
        width, height = measure(content)
    except (IndexError, ValueError) as error:
        why = "a part is missing" if isinstance(error, IndexError) else str(error)
        what = f"'{name}' is a broken {media_type.partition('/')[2].upper()} file: {why}"
        raise PictureError("", what, "Export it again.") from error
    if not 0 < width <= MAX_SIDE or not 0 < height <= MAX_SIDE:
        what = f"'{name}' has {width} x {height} pixels"
        raise PictureError("", what, f"A mail shows at most {MAX_SIDE} on a side, and at least 1.")
    return Picture(
        sha256=hashlib.sha256(content).hexdigest(),
        media_type=media_type,
        width=width,
        height=height,
        content=content,
        file=file,
    )


def _refuse_link(path: Path, name: str) -> None:
    try:
        mode = path.lstat().st_mode
    except (OSError, ValueError) as error:  # missing, an endless name, a NUL
        what = f"the file '{name}' does not exist"
        hint = f"Put it under {ASSETS}, or mend its name."
        raise PictureError("", what, hint) from error
    if stat.S_ISLNK(mode):
        what = f"'{name}' is reached through a link"
        raise PictureError("", what, "Put the file itself there.")


def _content(path: Path, name: str) -> bytes:
    try:
        if not path.is_file():
            raise PictureError("", f"'{name}' is not a regular file", "Name a picture.")
        if path.stat().st_size > MAX_BYTES:
            size = f"{path.stat().st_size / 1000:,.0f} kB"
            hint = "Make it smaller: fewer pixels, fewer colours, or JPEG for a photograph."
            raise PictureError("", f"'{name}' has {size}, more than {MAX_BYTES // 1000:,} kB", hint)
        return path.read_bytes()
    except OSError as error:
        what = f"the file '{name}' cannot be read: {error.strerror or error}"
        raise PictureError("", what) from error


def _kind(content: bytes, name: str) -> tuple[str, Callable[[bytes], tuple[int, int]]]:
    """Return the media type that the bytes say, and what measures them."""
    if content.startswith(_PNG):
        return "image/png", _measure_png
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg", _measure_jpeg
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif", _measure_gif
    if not content:
        raise PictureError("", f"the file '{name}' is empty", _SAVE)
    if b"<svg" in content[:4096].lower():
        what = f"'{name}' is an SVG, which mail programs do not show"
        raise PictureError("", what, "Save it as a PNG, twice as wide as it is shown.")
    if content[4:8] == b"ftyp":
        what = f"'{name}' is an AVIF or HEIC picture, which not every mail program shows"
        raise PictureError("", what, _SAVE)
    for start, said, hint in _OTHERS:
        if content.startswith(start):
            raise PictureError("", f"'{name}' is {said}", hint)
    raise PictureError("", f"'{name}' is not a picture", _SAVE)


def _measure_png(content: bytes) -> tuple[int, int]:
    """Walk the chunks (PNG, section 5): each whole, the header first, data, and an end."""
    at = len(_PNG)
    kinds: list[bytes] = []
    while not kinds or kinds[-1] != b"IEND":
        length = int.from_bytes(_bytes(content, at, 4))
        kind = _bytes(content, at + 4, 4)
        body = _bytes(content, at + 8, length)
        if zlib.crc32(kind + body) != int.from_bytes(_bytes(content, at + 8 + length, 4)):
            raise ValueError("a checksum is wrong")
        kinds.append(kind)
        at += length + 12
    if kinds[0] != b"IHDR" or b"IDAT" not in kinds:
        raise ValueError("it holds no picture")
    header = _bytes(content, len(_PNG) + 8, 13)
    return int.from_bytes(header[:4]), int.from_bytes(header[4:8])


def _measure_jpeg(content: bytes) -> tuple[int, int]:
    """Walk the segments (T.81, annex B) up to the scan; the end of the image has to follow."""
    at, size = 2, (0, 0)
    while True:
        if content[at] != 0xFF:
            raise ValueError("a segment does not begin where it should")
        marker = content[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        length = int.from_bytes(_bytes(content, at + 2, 2))
        body = _bytes(content, at + 4, length - 2)
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            size = int.from_bytes(body[3:5]), int.from_bytes(body[1:3])
        at += length + 2
        if marker == 0xDA:
            break
    if size == (0, 0):
        raise ValueError("it does not say its size")
    if b"\xff\xd9" not in content[at:]:
        raise ValueError("its end is missing")
    return size


def _measure_gif(content: bytes) -> tuple[int, int]:
    """Walk the blocks (GIF89a, appendix A): an image at least, and the trailer."""
    width, height = (int.from_bytes(_bytes(content, at, 2), "little") for at in (6, 8))
    at, images = 13 + _palette(content[10]), 0
    while (kind := content[at]) != 0x3B:
        if kind == 0x2C:
            images += 1
            at += 11 + _palette(content[at + 9])
        elif kind == 0x21:
            at += 2
        else:
            raise ValueError("a block does not begin where it should")
        while length := content[at]:
            at += length + 1
        at += 1
    if not images:
        raise ValueError("it holds no picture")
    return width, height


def _palette(flags: int) -> int:
    """Return how many bytes of colours follow, as a GIF's flags say."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _bytes(content: bytes, start: int, length: int) -> bytes:
    found = content[start : start + length]
    if length < 0 or len(found) < length:
        raise ValueError("a part is missing")
    return found
