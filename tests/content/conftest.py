"""The fixtures of the tests that read content."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.content.site_files import ITEM, NEWSLETTER, SiteFiles


@pytest.fixture
def site(tmp_path: Path) -> SiteFiles:
    return SiteFiles(tmp_path)


@pytest.fixture
def good_item() -> str:
    return ITEM


@pytest.fixture
def newsletter_text() -> str:
    return NEWSLETTER
