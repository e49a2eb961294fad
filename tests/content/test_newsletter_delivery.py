"""[delivery] of a newsletter.toml, and the note of a correction."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.content.folder import read_delivery_rules
from digest.errors import DigestError
from digest.model.limits import parse_limit
from digest.model.newsletter import DeliveryRules
from tests.content.site_files import NEWSLETTER, SiteFiles

DELIVERY = '\n[delivery]\nlimits = ["500/h", "9000/d"]\ngive_up_after = "2 days"\n'


def test_what_differs_from_the_site_is_read(site: SiteFiles) -> None:
    site.write("newsletter.toml", NEWSLETTER + DELIVERY)

    rules = read_delivery_rules(site.home, "news")

    assert rules == DeliveryRules(
        give_up_after=timedelta(days=2), limits=(parse_limit("500/h"), parse_limit("9000/d"))
    )
    assert site.read()[0].newsletter.delivery == rules


def test_a_newsletter_whose_files_are_gone_is_delivered_as_the_site_says(site: SiteFiles) -> None:
    (site.folder / "newsletter.toml").unlink()

    assert read_delivery_rules(site.home, "news") == DeliveryRules()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"500/h"', '"500 an hour"', "'delivery.limits' holds what is no limit. Write a count"),
        ('["500/h", "9000/d"]', "500", "'delivery.limits' is no list of limits. Write it as"),
        ('"2 days"', '"ever"', "'delivery.give_up_after' is 'ever', not a span of time"),
        ("limits =", "limit =", "unknown key 'delivery.limit'. Did you mean 'limits'?"),
        (
            "[delivery]",
            '[delivery]\nfirst_wait = "2 hours"\nlongest_wait = "1 hour"',
            "'longest_wait' is shorter than 'first_wait'",
        ),
    ],
)
def test_what_is_wrong_is_named(site: SiteFiles, old: str, new: str, said: str) -> None:
    site.write("newsletter.toml", NEWSLETTER + DELIVERY.replace(old, new))

    errors = site.errors()

    assert any(said in error for error in errors), errors


def test_a_wrong_file_stops_a_delivery_for_it_may_hold_a_limit(site: SiteFiles) -> None:
    site.write("newsletter.toml", NEWSLETTER + DELIVERY.replace("500/h", "500"))

    with pytest.raises(DigestError, match=r"newsletter\.toml:\d+: 'delivery\.limits'"):
        read_delivery_rules(site.home, "news")


def test_the_note_of_a_correction_is_known_by_its_number(site: SiteFiles) -> None:
    note = '+++\nsubject = "A correction"\n+++\nIt was 8.\n'
    site.write("notes/3.correction.md", note)
    site.write("notes/3.correction.ja.md", note)

    publication, _ = site.read()

    assert set(publication.notes) == {"3.correction"}
    assert set(publication.notes["3.correction"].texts) == {"en", "ja"}


@pytest.mark.parametrize("name", ["correction", "next.correction", "3.corrections", "03"])
def test_a_note_of_another_name_is_refused(site: SiteFiles, name: str) -> None:
    site.write(f"notes/{name}.md", '+++\nsubject = "x"\n+++\nText.\n')

    assert any("a note is for the next issue or for one by its number" in e for e in site.errors())
