"""What the browser's tests share: the sample's mails, and one page a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.chromium import NoBrowserError, opened_page
from tests.browser.previewing import opened_preview
from tests.browser.sample_mails import SampleMails, build_sample
from tests.sites import Site
from tests.web.preview.asking import Preview, running


@pytest.fixture(scope="session")
def mails(tmp_path_factory: pytest.TempPathFactory) -> SampleMails:
    """The sample's editions, built once."""
    return build_sample(tmp_path_factory.mktemp("mails") / "site")


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A page of the machine's browser; without a browser the test fails."""
    try:
        with opened_page() as opened:
            yield opened
    except NoBrowserError as error:
        pytest.fail(str(error))


@pytest.fixture(scope="module")
def preview(site: Site) -> Iterator[Preview]:
    """A running preview of the module's `site`."""
    with running(site) as started:
        yield started


@pytest.fixture(scope="module")
def browser_page(preview: Preview) -> Iterator[Page]:
    """A page of a browser for the module's preview."""
    with opened_preview(preview) as opened:
        yield opened
