"""What each family of mail clients loses: each use with its place, and the untested named."""

from __future__ import annotations

import time

import pytest

from digest.rendering.lint.allowance import support
from digest.rendering.lint.losses import MOST_PLACES, UNTESTED, ClientFamily, Loss, Place, losses_of

MAIL = """<html><head>
<style>
p { text-wrap: balance }
@media (min-width: 600px) {
  .wide { display: grid }
}
</style></head><body>
<h1>The issue</h1>
<div>
<h2>Pay</h2>
  <p style="border-radius: 4px">first</p><p style="border-radius:4px">second</p>
</div>
<div><h2>Search</h2><p style="color: #123456">plain</p></div>
</body></html>"""


def family(html: str, name: str) -> ClientFamily:
    return next(one for one in losses_of(html).families if one.name == name)


def loss(html: str, name: str, sign: str) -> Loss | None:
    return next((one for one in family(html, name).losses if one.sign == sign), None)


def test_a_feature_that_a_client_fails_is_told_with_line_column_and_heading() -> None:
    found = loss(MAIL, "Outlook", "border-radius")

    assert found is not None
    assert "Windows" in found.lost
    assert found.places == (
        Place(line=11, column=13, section="Pay"),
        Place(line=11, column=52, section="Pay"),
    )
    assert found.count == 2
    assert "corners are square" in found.stays


def test_a_style_sheet_is_told_by_its_own_lines() -> None:
    wrap, media = loss(MAIL, "Gmail", "text-wrap"), loss(MAIL, "Outlook", "@media")

    assert wrap is not None
    assert wrap.places == (Place(line=3, column=5),)
    assert media is not None
    assert media.places[0].line == 4


@pytest.mark.parametrize(
    ("html", "client", "sign", "written"),
    [
        ('<p style="line-height:2;height:1px">', "Outlook", "height", "height:1px"),
        ("<style>p{border-collapse:collapse;border:0}</style>", "Outlook", "border", "border:0"),
        ("<style>a{color:red}@media (hover){}@media (prefers-color-scheme:dark){}</style>",
         "Gmail", "@media(prefers-color-scheme)", "@media (prefers"),
        ('<p style="display : none">', "Outlook", "display:none", "display : none"),
        ('<td data-width="1" width="2">', "Outlook", "[width]", 'width="2"'),
        ('<p style="width:1.5rem">', "Outlook", "1rem", "rem"),
        ('<p style="width:calc(1px)">', "Outlook", "calc()", "calc("),
        ('<style>a{width:2px}a:hover{color:red}</style>', "Gmail", ":hover", ":hover"),
        ('<meta name="color-scheme" content="light">', "Gmail", "meta[color-scheme]", "<meta"),
        ("<p>a<video>", "Gmail", "<video>", "<video>"),
    ],
)  # fmt: skip
def test_the_place_is_where_the_feature_itself_is_written(
    html: str, client: str, sign: str, written: str
) -> None:
    found = loss(html, client, sign)

    assert found is not None
    assert html[found.places[0].column - 1 :].startswith(written)


def test_what_is_no_allowed_enhancement_stands_first_and_has_no_comfort() -> None:
    first = family(MAIL, "Outlook").losses[0]

    assert first.sign == "display:grid"
    assert first.stays == ""


def test_what_every_client_of_a_family_does_is_not_told() -> None:
    assert loss(MAIL, "Apple Mail", "border-radius") is None
    assert losses_of("<p>words</p>").families[0].losses == ()


def test_every_client_of_the_data_belongs_to_a_family_under_its_own_name() -> None:
    report = losses_of(MAIL)

    clients = [client for one in report.families for client in one.clients]

    assert len(clients) == len(support().clients)
    assert all(len(set(one.clients)) == len(one.clients) for one in report.families)


def test_nothing_is_claimed_of_clients_that_nobody_has_tested() -> None:
    report = losses_of(MAIL)

    assert report.unknown == UNTESTED == ("QQ Mail", "163 Mail (NetEase)", "Yahoo! Japan Mail")
    assert report.date == support().date
    tested = support()
    for one in report.families:
        for each in one.losses:
            letters = tested.features[each.feature]
            assert set(each.lost) | set(each.partly) | set(each.unknown)
            assert len(each.unknown) <= letters.count("u") + letters.count("-")


def test_a_place_around_several_headings_is_about_the_whole_mail() -> None:
    html = '<div style="border-radius:1px"><h2>A</h2><h2>B</h2></div><p style="border-radius:1px">'

    found = loss(html, "Outlook", "border-radius")

    assert found is not None
    assert [place.section for place in found.places] == ["", ""]


def test_places_are_told_up_to_a_limit_and_counted_beyond() -> None:
    found = loss('<p style="border-radius:1px">x</p>\n' * 100, "Outlook", "border-radius")

    assert found is not None
    assert (len(found.places), found.count) == (MOST_PLACES, 100)


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<",
        "<style>",
        "<style>p{",
        "\r\n\u2028\x85<p style='border-radius:1px'>",
        "<div>" * 150_000,
        "<h1>" * 150_000,
        "<div><h1>x</h1>" * 60_000 + "</div><p style='border-radius:1px'>" * 60_000,
        "<p style='border-radius:1px'>" * 40_000,
        "<style>" + "a{b:c}" * 200_000,
        "\n" * 3_000_000 + "<p>",
    ],
)
def test_any_html_gives_an_answer_in_seconds(html: str) -> None:
    begun = time.process_time()

    report = losses_of(html)

    assert len(report.families) == 6
    assert time.process_time() - begun < 6
