"""The looks at the hostile inboxes see what goes wrong there: seeded template defects are caught.

Every defect is built by the real command from a site's own templates, and has to be seen in the
inbox that it names, as the kind of harm that it does. Without a defect the same edition has none.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.defects import DEFECTS, Defect
from tests.browser.inboxes import INBOXES
from tests.browser.looking import Content, content_of, look
from tests.sites import BASE_URL, Site, sample_site

READER = "amelia.hart@readers.example"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The sample and its readers."""
    home = tmp_path_factory.mktemp("defects") / "site"
    return sample_site(home).having(site__base_url=BASE_URL)


def built(site: Site, files: dict[str, str]) -> Path:
    """Return the reader's mail as a site with these templates makes it."""
    shutil.rmtree(site.home / "templates", ignore_errors=True)
    for name, source in files.items():
        site.write(f"templates/{name}", source)
    shutil.rmtree(site.home / "out", ignore_errors=True)
    ran = site.call("build", "--out", "out", "--for", READER)
    pages = list((site.home / "out").glob("1-en-*.html"))
    assert len(pages) == 1, ran.said
    return pages[0]


@pytest.fixture(scope="module")
def content(page: Page, site: Site) -> Content:
    """What the mail says without a defect."""
    return content_of(page, built(site, {}))


@pytest.mark.parametrize("defect", DEFECTS, ids=[each.name for each in DEFECTS])
def test_a_seeded_defect_is_seen_in_the_inbox_where_it_does_harm(
    page: Page, site: Site, content: Content, defect: Defect
) -> None:
    file = built(site, defect.files())

    found = look(page, file, INBOXES[defect.inbox], content, dark=False)

    assert defect.kind in {problem.kind for problem in found}, found


def test_templates_that_change_nothing_are_found_whole_in_every_inbox(
    page: Page, site: Site, content: Content
) -> None:
    sound = Defect(name="none", inbox="", kind="")
    file = built(site, sound.files())

    found = {name: look(page, file, inbox, content, dark=True) for name, inbox in INBOXES.items()}

    assert {name: problems for name, problems in found.items() if problems} == {}


def test_at_least_twenty_defects_are_seeded_and_every_inbox_catches_one() -> None:
    assert len({defect.name for defect in DEFECTS}) == len(DEFECTS) >= 20
    assert {defect.inbox for defect in DEFECTS} == set(INBOXES)
