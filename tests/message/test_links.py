"""The links of a mail: one length, a token each, and none without a place to lead to."""

import pytest

from digest.errors import ConfigurationError
from digest.message.links import checked_base_url, make_links
from digest.message.tokens import Purpose, read_token
from digest.model.edition import Placeholder
from tests.message.editions import RING

HANDLE = b"12345678"


def _token(url: str) -> str:
    return url.rpartition("/")[2].partition("?")[0]


def test_the_leave_link_names_the_subscription_and_the_issue() -> None:
    links = make_links("https://x.org", RING, handle=HANDLE, issue_id=7, invitation_id=0)

    token = read_token(RING, _token(links[Placeholder.LEAVE_URL]))

    assert list(links) == [Placeholder.LEAVE_URL]
    assert links[Placeholder.LEAVE_URL].startswith("https://x.org/l/")
    assert token is not None
    assert (token.purpose, token.handle, token.context) == (Purpose.LEAVE, HANDLE, 7)


def test_who_is_invited_gets_two_answers_to_the_same_invitation() -> None:
    links = make_links("https://x.org", RING, handle=HANDLE, issue_id=7, invitation_id=9)

    accept, decline = links[Placeholder.ACCEPT_URL], links[Placeholder.DECLINE_URL]
    token = read_token(RING, _token(accept))

    assert accept == f"https://x.org/a/{_token(accept)}?choice=accept"
    assert decline == f"https://x.org/a/{_token(accept)}?choice=decline"
    assert token is not None
    assert (token.purpose, token.handle, token.context) == (Purpose.ANSWER, HANDLE, 9)


@pytest.mark.parametrize("base_url", [None, ""])
def test_without_a_base_url_there_is_no_link(base_url: str | None) -> None:
    assert make_links(base_url, RING, handle=HANDLE, issue_id=7, invitation_id=9) == {}


def test_links_have_the_same_length_for_every_reader() -> None:
    made = [
        make_links("https://x.org", RING, handle=handle, issue_id=number, invitation_id=number)
        for handle, number in ((bytes(8), 1), (b"\xff" * 8, 2**32 - 1))
    ]

    assert len({tuple(len(url) for url in links.values()) for links in made}) == 1


def test_harmless_links_are_all_there_and_name_nobody() -> None:
    links = make_links(
        "https://x.org", RING, handle=HANDLE, issue_id=7, invitation_id=0, harmless=True
    )

    tokens = [read_token(RING, _token(url)) for url in links.values()]

    assert len(links) == 3
    assert all(token is not None and token.purpose is Purpose.TEST for token in tokens)
    assert all(token is not None and token.handle == bytes(8) for token in tokens)


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("https://news.example.org", "https://news.example.org"),
        ("https://news.example.org/", "https://news.example.org"),
        ("https://example.org/news/letters/", "https://example.org/news/letters"),
        ("https://example.org:8443/n", "https://example.org:8443/n"),
        ("http://127.0.0.1:8025", "http://127.0.0.1:8025"),
        ("http://localhost:8025/", "http://localhost:8025"),
        ("http://[::1]:8025", "http://[::1]:8025"),
    ],
)
def test_a_base_url_may_have_a_path_and_a_trailing_slash(given: str, base: str) -> None:
    assert checked_base_url(given) == base


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "/",
        "news.example.org",
        "ftp://example.org",
        "https://",
        "https:///path",
        "http://news.example.org",
        "http://127.0.0.1.example.org",
        "https://user:secret@example.org",
        "https://example.org/?a=b",
        "https://example.org/#top",
        "https://example.org/a b",
        "https://example.org>\r\nBcc: x@example.org",
        "https://example.org/<x>",
        "https://例え.jp",
        "https://example.org:port",
        "https://example.org:99999",
        "https://[::1",
        "javascript:alert(1)",
        "https://example.org/" + "a" * 900,
    ],
)
def test_a_base_url_that_cannot_begin_a_link_is_refused(wrong: str) -> None:
    with pytest.raises(ConfigurationError, match="base_url"):
        checked_base_url(wrong)
