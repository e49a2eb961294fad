"""Content hashes: what changes them, and what is only the editor's desk."""

from __future__ import annotations

import pytest

from tests.content.site_files import ITEM, SiteFiles

FIGURE = '[[figures]]\nid = "a"\nnumber = 1\ntext = "1"\nlabel = "l"\n'


def hash_of(site: SiteFiles, text: str, name: str = "x") -> str:
    site.write(f"items/{name}.md", text)
    return site.item(name).content_hash


def test_a_renamed_file_has_the_same_hash(site: SiteFiles) -> None:
    before = hash_of(site, ITEM)

    after = hash_of(site, ITEM, "other-name")

    assert before == after
    assert len(before) == 64


@pytest.mark.parametrize(
    "line", ["pin = true", "hold = true", "weight = 5", "expires = 2030-01-01", "# a comment"]
)
def test_the_editors_desk_does_not_change_the_hash(site: SiteFiles, line: str) -> None:
    before = hash_of(site, ITEM)

    after = hash_of(site, ITEM.replace("+++\nThe", f"{line}\n+++\n\n\nThe"))

    assert before == after


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Live", "Life"),
        ("The body.", "A body."),
        ("2023-03-31", "2023-03-30"),
        ('"channels"', '"pay"'),
        ('"channels"', '"channels"\nkind = "news"'),
        ('"channels"', '"channels"\nkind = "opportunity"\nstatus = "open"'),
        ('"channels"', '"channels"\nfor = { roles = ["brand"] }'),
        ('"channels"', '"channels"\ndo = "It"'),
        ('"channels"', '"channels"\nlink = "https://example.org"'),
        ('"channels"', '"channels"\nsource = "She"'),
        ('"channels"', '"channels"\nopens = "1 day"'),
        ('"channels"', '"channels"\ncloses = 2030-01-01'),
        ('"channels"\n', '"channels"\n' + FIGURE),
    ],
)
def test_what_a_reader_sees_changes_the_hash(site: SiteFiles, old: str, new: str) -> None:
    before = hash_of(site, ITEM)

    after = hash_of(site, ITEM.replace(old, new))

    assert before != after


@pytest.mark.parametrize(
    ("old", "new"),
    [("number = 1", "number = 0"), ('"1"', '"one"'), ('"l"', '"l"\nsettled = true')],
)
def test_a_figure_changes_the_hash(site: SiteFiles, old: str, new: str) -> None:
    text = ITEM.replace("+++\nThe", f"{FIGURE}+++\nThe")
    before = hash_of(site, text)

    after = hash_of(site, text.replace(old, new))

    assert before != after


def test_a_translation_changes_the_hash(site: SiteFiles) -> None:
    before = hash_of(site, ITEM)
    site.write("items/x.ja.md", '+++\ntitle = "題"\n+++\n本文\n')

    assert site.item("x").content_hash != before


def test_line_ends_and_the_order_of_an_audience_do_not_change_the_hash(site: SiteFiles) -> None:
    text = ITEM.replace('"channels"', '"channels"\nfor = { roles = ["brand", "merchant"] }')
    before = hash_of(site, text)

    after = hash_of(
        site, text.replace('"brand", "merchant"', '"merchant", "brand"').replace("\n", "\r\n")
    )

    assert before == after


def test_the_hash_of_an_item_is_what_receipts_have_it_as(site: SiteFiles) -> None:
    # Receipts of the past stand in git: if this value changes, every sent item looks changed.
    assert hash_of(site, ITEM) == "64b679ec718affc2d4e48d36ebc2977b19dcbeca08dbb036edda4885507b90ad"
