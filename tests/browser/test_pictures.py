"""`make pictures` writes what it promises."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.inboxes import INBOXES, Inbox
from tests.browser.pictures import contact_sheet, screenshots
from tests.browser.sample_mails import SampleMails


def width_of(picture: Path) -> int:
    """Return the width of a PNG."""
    head = picture.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    width: int = struct.unpack(">I", head[16:20])[0]
    return width


def test_a_screenshot_is_named_by_what_it_shows(
    page: Page, mails: SampleMails, tmp_path: Path
) -> None:
    taken = screenshots(page, mails, tmp_path)

    name = next(taken)

    assert name == "en-invited-375-light.png"
    assert width_of(tmp_path / name) == 375


@pytest.mark.parametrize("sound", [True, False])
def test_the_contact_sheet_says_what_is_wrong(
    page: Page, mails: SampleMails, tmp_path: Path, sound: bool
) -> None:
    wordless = Inbox(name="wordless", transform=lambda html: html.replace("Robin", ""))
    inbox = INBOXES["style-stripped"] if sound else wordless

    wrong = contact_sheet(page, mails, tmp_path, [inbox])

    assert width_of(tmp_path / "hostile-inboxes.png") == 1450
    assert len(wrong) == (0 if sound else 6)
    assert all("lost: delete 'Robin'" in line for line in wrong)
    assert not list(mails.folder.glob("wordless-*"))
