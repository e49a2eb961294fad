"""The next issue held against the last: what is told, and which edition it is held against."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.bootstrap import App
from digest.rendering.comparing import Change
from digest.workflow.personas import EXAMPLE
from digest.workflow.sights import Choice, sign_of
from digest.workflow.since_last import Difference, Match, SinceLast, compare
from tests.sites import SAMPLE, Site, letter_site, reader, sample_site_with_a_past

NOON, WEEK = datetime(2023, 4, 7, 12, tzinfo=UTC), timedelta(days=7)


def since(app: App, newsletter: str = "letter", **chosen: object) -> SinceLast:
    studio = app.studio()
    shown = studio.show(Choice(newsletter=newsletter, **chosen))  # type: ignore[arg-type]
    assert shown.troubles == ()
    return compare(studio, shown)


def difference(app: App, newsletter: str = "letter", **chosen: object) -> Difference:
    found = since(app, newsletter, **chosen).difference
    assert found is not None
    return found


def told(found: Difference) -> list[tuple[Change, str]]:
    """Return what is told of the HTML: the change of each passage, and its words."""
    return [
        (row.change, "|".join(piece.text for piece in row.pieces))
        for part in found.html
        for row in part.rows
    ]


def handle_of(app: App, newsletter: str, address: str) -> str:
    return app.studio().search(newsletter, address, 1)[1][0].handle.hex()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A small newsletter whose first issue was sent, and that has another item since."""
    site = letter_site(tmp_path / "site")
    assert site.call("send-now", "--yes").code == 0
    site.write_item("second", "The second <b>thing</b>")
    return site


@pytest.fixture
def app(site: Site) -> Iterator[App]:
    with site.app(datetime.now(UTC) + timedelta(hours=1)) as (opened, _):
        yield opened


def test_what_is_new_and_what_is_gone_stands_under_its_section(app: App) -> None:
    found = difference(app)

    [news] = [part for part in found.html if part.title == "News"]
    rows = {(row.change, row.pieces[0].text) for row in news.rows}
    assert (Change.GONE, "Its body.") in rows
    assert (Change.NEW, "The body of The second <b>thing</b>.") in rows
    assert news.change is Change.SAME
    assert found.counts[Change.SAME] > 0


def test_the_row_of_the_inbox_is_compared_by_words(app: App) -> None:
    subject = difference(app).subject

    assert subject.change is Change.CHANGED
    now = "".join(each.text for each in subject.pieces if each.change is not Change.GONE)
    gone = [each.text for each in subject.pieces if each.change is Change.GONE]
    assert now == "The Letter 2: The Letter, Issue 2"
    assert gone


def test_the_text_part_is_compared_too(app: App) -> None:
    [text] = difference(app).text

    words = [(row.change, row.pieces[0].text) for row in text.rows]
    assert any(change is Change.GONE and "Its body." in said for change, said in words)
    assert any(change is Change.NEW and "second" in said for change, said in words)
    assert text.same > 0


def test_nothing_personal_is_compared(app: App) -> None:
    found = difference(app, reader=handle_of(app, "letter", reader(1)))

    said = repr(found)
    assert "Reader 1" not in said
    assert reader(1) not in said
    # The links of two mails differ for every reader; their places in the mail do not.
    assert not [row for part in found.html for row in part.rows for _ in row.targets]


def test_a_link_that_leads_elsewhere_is_told(site: Site, app: App) -> None:
    file = site.folder / "newsletter.toml"
    file.write_text(file.read_text().replace("1 Example Street", "2 Example Street"))
    site.write_item("third", "The third", link="https://new.example/a?b=1&c=2")

    found = difference(app)

    assert (Change.CHANGED, "1 |2 |Example Street") in told(found)
    targets = [each for part in found.html for row in part.rows for each in row.targets]
    assert "https://new.example/a?b=1&c=2" in [each.text for each in targets]


def test_a_real_reader_is_held_against_what_they_were_sent(app: App) -> None:
    found = difference(app, reader=handle_of(app, "letter", reader(2)))

    assert (found.match, found.readers, found.mailing.number) == (Match.READER, 3, 1)


def test_an_issue_that_was_sent_is_held_against_the_one_before(site: Site) -> None:
    assert site.call("send-now", "--yes").code == 0

    with site.app(datetime.now(UTC)) as (app, _):
        assert since(app, number=1) == SinceLast()
        found = difference(app, number=2)

    assert found.mailing.number == 1
    assert any(change is Change.NEW for change, _ in told(found))


def test_before_anything_was_sent_there_is_nothing_to_compare(tmp_path: Path) -> None:
    with letter_site(tmp_path / "site").app(datetime.now(UTC)) as (app, _):
        found = since(app)

    assert (found.last, found.difference, found.is_elsewhere) == (None, None, False)


def test_an_issue_that_was_sent_from_elsewhere_is_missed(site: Site) -> None:
    shutil.rmtree(site.home / "var")

    with site.app(datetime.now(UTC)) as (app, _):
        found = since(app)

    assert (found.last, found.difference, found.is_elsewhere) == (1, None, True)


def test_a_language_that_is_new_is_held_against_another(site: Site) -> None:
    file = site.folder / "newsletter.toml"
    file.write_text(file.read_text().replace('languages = ["en"]', 'languages = ["en", "ja"]'))

    with site.app(datetime.now(UTC)) as (app, _):
        found = difference(app, language="ja")

    assert (found.edition.language, found.match) == ("en", Match.PROFILE)


def test_a_reader_for_whom_there_is_no_mail_has_no_difference(site: Site) -> None:
    (site.folder / "items" / "second.md").unlink()

    with site.app(datetime.now(UTC)) as (app, _):
        assert since(app) == SinceLast()


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The sample, of which a few items came only after its first issue."""
    return sample_site_with_a_past(tmp_path_factory.mktemp("since") / "site", NOON - WEEK)


@pytest.fixture
def sampled(sample: Site) -> Iterator[App]:
    with sample.app(NOON) as (opened, _):
        yield opened


@pytest.mark.parametrize(
    ("persona", "audience", "match"),
    [
        (EXAMPLE, "all", Match.PROFILE),
        ("role-brand", "roles:brand|merchant", Match.LIKE),
        ("role-retailer", "roles:retailer", Match.LIKE),
    ],
)
def test_a_standing_reader_is_held_against_what_readers_like_them_were_sent(
    sampled: App, persona: str, audience: str, match: Match
) -> None:
    found = difference(sampled, SAMPLE, reader=persona)

    assert found.match is match
    assert audience in found.edition.audience
    assert found.edition.language == "en"


def test_readers_are_counted_once_and_not_for_each_page(sampled: App) -> None:
    studio, asked = sampled.studio(), []
    readers = studio.gate.readers

    class Noting:
        def profiles(self, newsletter: str, at: datetime) -> object:
            asked.append(newsletter)
            return readers.profiles(newsletter, at)

    shown = [
        studio.show(Choice(newsletter=SAMPLE, reader=each)) for each in (EXAMPLE, "role-brand")
    ]
    studio.gate = replace(studio.gate, readers=Noting())  # type: ignore[arg-type]

    matches = [found.match for one in shown * 2 if (found := compare(studio, one).difference)]

    assert matches == [Match.PROFILE, Match.LIKE] * 2
    assert asked == [SAMPLE]


def test_an_edition_that_is_looked_at_is_held_against_what_its_readers_were_sent(
    sampled: App,
) -> None:
    sight = sampled.studio().sight(SAMPLE)
    shown = next(each for each in sight.editions if each.audience != "all")

    found = difference(sampled, SAMPLE, edition=sign_of(shown))

    assert found.match is Match.READERS


def test_the_sample_is_compared_in_a_moment(sampled: App) -> None:
    studio = sampled.studio()
    shown = studio.show(Choice(newsletter=SAMPLE))
    compare(studio, shown)

    costs = []
    for _ in range(3):
        begun = time.process_time()
        compare(studio, shown)
        costs.append(time.process_time() - begun)

    assert min(costs) < 0.1
