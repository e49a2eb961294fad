"""Waivers in files: what each covers, where it stands, and what is refused; and the day there."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from digest.content.folder import collect_findings, local_day, read_publication
from digest.model.finding import Level, Waiver
from tests.content.site_files import ITEM, NEWSLETTER, SiteFiles

HOME = "content/news"
WAIVE = 'waive = { missing-alt = "It is art." }\n'


def waiving(text: str) -> str:
    """Return a file that waives something, on the line before its closing fence."""
    head, _, body = text.rpartition("+++\n")
    return f"{head}{WAIVE}+++\n{body}"


def waivers(site: SiteFiles) -> dict[str, Waiver]:
    return {waiver.file: waiver for waiver in site.read()[0].waivers}


def test_an_item_waives_for_itself_and_its_translations(site: SiteFiles) -> None:
    site.write("items/palm.md", waiving(ITEM))

    [waiver] = waivers(site).values()

    assert waiver == Waiver(
        rule="missing-alt",
        reason="It is art.",
        file=f"{HOME}/items/palm.md",
        line=5,
        covers=tuple(f"{HOME}/items/palm.{end}md" for end in ("", "en.", "ja.", "zh-Hans.")),
    )


def test_a_translation_waives_for_itself_alone(site: SiteFiles) -> None:
    site.write("items/palm.md", ITEM)
    site.write("items/palm.ja.md", f'+++\ntitle = "x"\n{WAIVE}+++\n本文\n')

    [waiver] = waivers(site).values()

    assert f"{HOME}/items/palm.ja.md" in waiver.covers
    assert f"{HOME}/items/palm.md" not in waiver.covers


def test_questions_and_notes_waive_too(site: SiteFiles) -> None:
    question = '+++\nquestion = "How?"\nfield = "education"\nquota = 1\n+++\nB\n'
    site.write("questions/how.md", waiving(question))
    site.write("notes/next.md", waiving('+++\ntitle = "T"\n+++\nB\n'))

    found = waivers(site)

    assert set(found) == {f"{HOME}/questions/how.md", f"{HOME}/notes/next.md"}


def test_newsletter_toml_waives_for_everything(site: SiteFiles) -> None:
    site.write("newsletter.toml", f'{NEWSLETTER}\n[waive]\nhttp-link = "no TLS there yet"\n')

    [waiver] = waivers(site).values()

    assert (waiver.rule, waiver.reason, waiver.covers) == ("http-link", "no TLS there yet", ())
    assert waiver.line == NEWSLETTER.count("\n") + 3


@pytest.mark.parametrize(
    ("waive", "said"),
    [
        ('{ x = "" }', "is empty"),
        ('{ x = "   " }', "is empty"),
        ("{ x = 1 }", "is not text"),
        ('{ "X Y" = "z" }', "is 'X Y'"),
        ('"missing-alt"', "is not a table"),
        ('["missing-alt"]', "is not a table"),
        ('{ x = { y = "z" } }', "is not text"),
    ],
)
def test_a_waiver_without_a_reason_is_an_error_with_its_line(
    site: SiteFiles, waive: str, said: str
) -> None:
    site.write("items/palm.md", ITEM.replace("+++\nThe", f"waive = {waive}\n+++\nThe"))

    [error] = site.errors()

    assert error.startswith("items/palm.md:5: ")
    assert said in error


def test_a_waiver_changes_nothing_that_a_reader_could_see(site: SiteFiles) -> None:
    site.write("items/palm.md", ITEM)
    before = site.item("palm").content_hash

    site.write("items/palm.md", waiving(ITEM))

    assert site.item("palm").content_hash == before


def test_an_error_that_proofreading_finds_leaves_the_publication_readable(
    site: SiteFiles,
) -> None:
    site.write("items/palm.md", ITEM.replace("The body.", "TODO: the body."))

    publication, found = read_publication(site.home, "news")

    assert [item.id for item in publication.items] == ["palm"]
    assert found == collect_findings(site.home, "news")
    assert [one.rule for one in found if one.level is Level.ERROR] == ["unfinished"]


def test_the_day_is_the_one_where_the_newsletter_is_at_home(site: SiteFiles) -> None:
    late = datetime(2023, 3, 31, 20, tzinfo=UTC)

    assert local_day(site.home, "news", late) == date(2023, 4, 1)
    site.write("newsletter.toml", NEWSLETTER.replace("Asia/Shanghai", "America/New_York"))
    assert local_day(site.home, "news", late) == date(2023, 3, 31)


@pytest.mark.parametrize("broken", ["", "timezone = 3", 'timezone = "Mars"', "= = =", b"\xff\xfe"])
def test_while_newsletter_toml_is_broken_the_day_is_that_of_utc(
    site: SiteFiles, broken: str | bytes
) -> None:
    site.write("newsletter.toml", broken)

    assert local_day(site.home, "news", datetime(2023, 3, 31, 20, tzinfo=UTC)) == date(2023, 3, 31)
