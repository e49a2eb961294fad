"""Small whole pictures, made with the standard library, for tests of every room."""

from __future__ import annotations

import hashlib
import struct
import zlib

from digest.model.picture import Picture


def png(width: int = 4, height: int = 2, *, shade: int = 0x88) -> bytes:
    """Return a grey PNG of one shade."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = (b"\0" + bytes([shade]) * width) * height
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    )


def chunk(kind: bytes, body: bytes) -> bytes:
    """Return a chunk of a PNG with its checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def jpeg(width: int = 4, height: int = 2) -> bytes:
    """Return a JPEG with an embedded thumbnail, whose end is not the picture's own."""
    thumbnail = b"Exif\0\0" + b"\xff\xd8\xff\xc0\0\x0b\x08\0\1\0\1\1\1\x11\0\xff\xd9"
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0"
    segments = ((0xE1, thumbnail), (0xC4, b"\0" * 17), (0xC0, frame), (0xDA, b"\1\1\0\0\x3f\0"))
    wire = b"".join(
        b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body
        for marker, body in segments
    )
    return b"\xff\xd8" + wire + b"\x2a\x5f" + b"\xff\xd9"


def gif(width: int = 4, height: int = 2) -> bytes:
    """Return an animated GIF with a palette, a loop and two images, one with its own palette."""
    screen = struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    loop = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    first = b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\0"
    second = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0x80) + b"\0" * 6 + b"\x02\x02\x44\x01\0"
    return b"GIF89a" + screen + loop + first + second + b"\x3b"


def picture(content: bytes = b"", *, media_type: str = "image/png") -> Picture:
    """Return a picture of any bytes (a small PNG where none are given), 1,200 by 400 pixels."""
    content = content or png()
    return Picture(
        sha256=hashlib.sha256(content).hexdigest(),
        media_type=media_type,
        width=1200,
        height=400,
        content=content,
    )
