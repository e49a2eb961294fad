"""The links of any mail: each address once, with its words, from HTML and text."""

from __future__ import annotations

import time

import pytest

from digest.rendering.linking import MOST_LINKS, PlacedLink, links_of_parts


def test_an_address_is_told_once_with_its_words_and_where_it_stands() -> None:
    html = (
        '<a href="https://a.example/?x=1&amp;y=2">Read <b>on</b></a> <a name="top">none</a>'
        '<a href=" https://b.example ">\n<img alt="支付" src="cid:x"></a>'
        '<a href="https://a.example/?x=1&amp;y=2">again</a>'
    )
    text = "Read on (https://a.example/?x=1&y=2). 见https://c.example/支付。More: mailto:a@b.c!"

    links = links_of_parts(html, text)

    assert links == [
        PlacedLink(url="https://a.example/?x=1&y=2", words="Read on", in_html=2, in_text=1),
        PlacedLink(url="https://b.example", words="支付", in_html=1),
        PlacedLink(url="https://c.example/支付", in_text=1),
        PlacedLink(url="mailto:a@b.c", in_text=1),
    ]


@pytest.mark.parametrize(
    ("html", "urls"),
    [
        ("", []),
        ('<a href="javascript:alert(1)">x', ["javascript:alert(1)"]),
        ('<area href="https://a.example" alt="map">', ["https://a.example"]),
        ('<a href="https://a.example"><a href="https://b.example">', 2),
        ('<a href="">x</a><a>y</a>', []),
        ('<!-- <a href="https://a.example">x</a> -->', []),
        ('<style><a href="https://a.example">x</a></style>', []),
    ],
)
def test_what_a_browser_takes_for_a_link_is_one(html: str, urls: list[str] | int) -> None:
    found = [link.url for link in links_of_parts(html, "")]

    assert found == urls or len(found) == urls


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<a href="x">' * 400_000, ""),
        ('<a href="x">' + "<b>y" * 1_000_000, ""),
        ("", "http://" * 1_000_000),
        ("", "https://a" + "." * 5_000_000),
        ("".join(f'<a href="https://a.example/{each}">x</a>' for each in range(50_000)), ""),
    ],
)
def test_megabytes_of_links_are_read_in_seconds_and_shown_up_to_a_limit(
    html: str, text: str
) -> None:
    begun = time.process_time()

    links = links_of_parts(html, text)

    assert time.process_time() - begun < 8
    assert len(links) <= MOST_LINKS
