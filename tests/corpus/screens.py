"""What a reader sees of two mails, compared dot by dot in Chromium.

A dot differs when one of its colours is more than `SHADE` of 255 away; a mail looks the same when
it has the same height and at most `SHARE` of its dots differ.
"""

from __future__ import annotations

import base64
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, Route

WIDTHS = (375, 700)
SHADE = 8
SHARE = 0.0005

_COMPARE = """async ([first, second, shade]) => {
  const dots = async (data) => {
    const image = await createImageBitmap(await (await fetch(data)).blob())
    const canvas = new OffscreenCanvas(image.width, image.height)
    const context = canvas.getContext('2d')
    context.drawImage(image, 0, 0)
    return context.getImageData(0, 0, image.width, image.height)
  }
  const [one, two] = [await dots(first), await dots(second)]
  if (one.width !== two.width || one.height !== two.height) return 1
  let far = 0
  for (let at = 0; at < one.data.length; at += 4)
    if ([0, 1, 2].some((part) => Math.abs(one.data[at + part] - two.data[at + part]) > shade)) far++
  return far / (one.data.length / 4)
}"""


@dataclass(frozen=True)
class Screen:
    """How far two mails look apart at a width: the share of dots that differ."""

    width: int
    share: float

    @property
    def is_same(self) -> bool:
        """Return whether a reader sees the same."""
        return self.share <= SHARE


def serve_pictures(page: Page) -> None:
    """Answer the corpus's pictures, which are at no real address, with one of our own."""
    body = picture()

    def answer(route: Route) -> None:
        route.fulfill(body=body, content_type="image/png")

    page.route("https://pictures.example/**", answer)


def compare(page: Page, first: Path, second: Path) -> list[Screen]:
    """Return how far two files look apart at each width."""
    return [Screen(width, _apart(page, first, second, width)) for width in WIDTHS]


def _apart(page: Page, first: Path, second: Path, width: int) -> float:
    page.set_viewport_size({"width": width, "height": 800})
    shots = []
    for file in (first, second):
        page.goto(file.as_uri(), wait_until="load")
        shots.append(page.screenshot(full_page=True))
    if shots[0] == shots[1]:
        return 0.0
    data = ["data:image/png;base64," + base64.b64encode(each).decode("ascii") for each in shots]
    page.goto("about:blank")
    return float(page.evaluate(_COMPARE, [*data, SHADE]))


def picture(width: int = 120, height: int = 60) -> bytes:
    """Return a PNG with stripes, so that stretching it shows."""
    rows = b"".join(
        b"\0" + b"".join(_dot(across, down) for across in range(width)) for down in range(height)
    )
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*each) for each in chunks)


def _dot(across: int, down: int) -> bytes:
    return bytes((across * 2, down * 4, 200 if (across // 10 + down // 10) % 2 else 80))


def _chunk(kind: bytes, body: bytes) -> bytes:
    checked = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + checked
