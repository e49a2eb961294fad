"""Links: whole, safe, leading where they say, and the same in both parts."""

from __future__ import annotations

import dataclasses

import pytest

from digest.rendering.lint.scripts import is_mixed, passes_for, skeleton, unicode_host
from tests.rendering.lint.mail_maker import (
    ACCEPT,
    ALL_LINKS,
    FOOT,
    LEAVE,
    linked,
    lint,
    mail,
    rules,
    without,
)


@pytest.mark.parametrize(
    ("address", "rule"),
    [
        ("", "empty-link"),
        ("  ", "empty-link"),
        ("//a.example/", "relative-link"),
        ("a.example", "relative-link"),
        ("?x=1", "relative-link"),
        ("None", "relative-link"),
        ("JavaScript:alert(1)", "unsafe-link"),
        ("java&#10;script:alert(1)", "unsafe-link"),
        (" data:text/html,x", "unsafe-link"),
        ("vbscript:x", "unsafe-link"),
        ("file:///etc/passwd", "unsafe-link"),
        ("ftp://a.example/", "unsafe-link"),
        ("weixin://dl/chat", "unsafe-link"),
        ("http://a.example/", "http-link"),
        ("http://10.0.0.1/", "http-link"),
        ("https://", "malformed-link"),
        ("https:a.example", "malformed-link"),
        ("https:///x", "malformed-link"),
        ("https://a.example:99999/", "malformed-link"),
        ("https://a..example/", "malformed-link"),
        ("https://[::1/", "malformed-link"),
        ("https://a.example\\x", "malformed-link"),
        ("https://a.example/\u200bx", "malformed-link"),
        ("https://a.example/\u202ex", "malformed-link"),
        ("https://a.example/a b", "malformed-link"),
        ("mailto:nobody", "malformed-link"),
        ("tel:call me", "malformed-link"),
    ],
)
def test_an_address_that_is_no_good_is_told(address: str, rule: str) -> None:
    assert rule in rules(linked(address))


@pytest.mark.parametrize(
    "address",
    [
        "https://a.example",
        "https://a.example:8443/a?b=c&amp;d=%20#e",
        "https://例え.jp/パス",
        "https://xn--r8jz45g.jp/",
        "https://[2001:db8::1]/",
        "https://a_b.example/",
        "http://localhost:8025/x",
        "http://[::1]/x",
        "mailto:a@b.example?subject=x",
        "tel:+86-10-1234",
    ],
)
def test_an_address_that_is_good_is_not_told(address: str) -> None:
    rendered = linked(address)

    assert lint(dataclasses.replace(rendered, text=rendered.text.replace("&amp;", "&"))) == []


def test_a_personal_link_is_left_to_what_fills_it() -> None:
    assert lint(mail()) == []


def test_a_link_without_words_is_told_and_one_around_a_picture_with_an_alt_is_not() -> None:
    assert "empty-link" in rules(linked("https://a.example/", " "))
    assert "empty-link" not in rules(linked("https://a.example/", '<img alt="Chart">'))


@pytest.mark.parametrize(
    ("address", "rule"),
    [
        ("https://p\u0430ypal.com/", "lookalike-link"),  # one Cyrillic letter
        ("https://xn--pypal-4ve.com/", "lookalike-link"),
        ("https://\u0430\u0440\u0440\u04cf\u0435.com/", "lookalike-link"),  # all Cyrillic
        ("https://examp1e.org/", "lookalike-link"),  # the sender's domain is example.org
        ("https://user:word@a.example/", "userinfo-link"),
        ("https://@a.example/", "userinfo-link"),
        ("https://t.cn/abc", "shortened-link"),
        ("https://www.bit.ly/abc", "shortened-link"),
    ],
)
def test_a_host_that_deceives_is_told(address: str, rule: str) -> None:
    assert rule in rules(linked(address))


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/",
        "https://news.example.org/",
        "https://яндекс.рф/",
        "https://東京タワー.jp/",
        "https://한국.kr/",
        "https://wechat微信.cn/",
        "https://mytinyurl.community/",
    ],
)
def test_an_honest_host_is_not_told(address: str) -> None:
    assert rules(linked(address)) == set()


@pytest.mark.parametrize(
    ("words", "is_told"),
    [
        ("https://bank.example/", True),
        ("www.bank.example", True),
        ("bank.example/login", True),
        ("news.real.example", False),
        ("real.example", False),
        ("https://www.real.example/other", False),
        ("Node.js and ASP.NET guide", False),
        ("3.5", False),
        ("Read more", False),
    ],
)
def test_words_that_show_another_host_are_told(words: str, is_told: bool) -> None:
    assert ("other-domain-shown" in rules(linked("https://real.example/x", words))) == is_told


def test_scripts_that_are_written_together_in_asia_are_not_mixed() -> None:
    assert not is_mixed("wechat微信")
    assert not is_mixed("らーめんramen麺")
    assert is_mixed("pаypal")
    assert passes_for("аррӏе") == "apple"
    assert passes_for("привет") == ""
    assert skeleton("rnicros0ft.com") == skeleton("microsoft.com")
    assert unicode_host("xn--pypal-4ve.com") == "pаypal.com"
    assert unicode_host("xn--" + "\u00e9" * 5 + ".com").startswith("xn--")


def test_a_link_in_one_part_only_is_told_with_the_part() -> None:
    only_html = lint(mail('<a href="https://a.example/">More</a>'))
    only_text = lint(mail(text="More <https://a.example/> and https://b.example/x."))

    assert [str(each.what) for each in only_html] == [
        "'https://a.example/' is in the HTML and not in the text"
    ]
    assert [str(each.what) for each in only_text] == [
        "'https://a.example/' is in the text and not in the HTML",
        "'https://b.example/x' is in the text and not in the HTML",
    ]


def test_an_address_that_both_parts_only_name_is_no_difference() -> None:
    assert lint(mail("<p>See https://a.example/x.</p>", "See https://a.example/x.")) == []


def test_a_link_names_the_item_in_which_it_was_written() -> None:
    found = lint(dataclasses.replace(linked("https://x.example/live"), text="nothing"))

    told = {each.rule: each.file for each in found}
    assert told["different-links"] == "content/open-class/items/live.md"


def test_a_mail_that_offers_no_link_to_leave_owes_none() -> None:
    bare = dataclasses.replace(without(mail(), FOOT), text="Five takeaways")

    assert lint(bare, links=frozenset()) == []
    assert "missing-unsubscribe" in rules(bare, links=ALL_LINKS)


def test_a_link_to_leave_in_one_part_is_owed_in_the_other() -> None:
    found = lint(dataclasses.replace(mail(), text="Five takeaways"), links=frozenset())

    assert [each.what for each in found] == ["the text part has no link to leave"]


def test_an_invitation_is_answered_from_both_parts() -> None:
    found = lint(mail(f'<a href="{ACCEPT}">Yes</a>'), question="breakfast", links=frozenset())

    assert [each.what for each in found] == ["the text part has no link to accept the invitation"]


def test_a_marker_that_stands_bare_in_the_text_is_a_link_as_well() -> None:
    assert lint(dataclasses.replace(mail(), text=f"Unsubscribe: {LEAVE}")) == []


def test_a_missing_way_out_names_the_template_that_should_print_it() -> None:
    found = lint(dataclasses.replace(without(mail(), FOOT), text="Five takeaways"))

    assert [each.file for each in found if each.rule == "missing-unsubscribe"] == [
        "templates/mail/blocks/foot.mjml.j2",
        "templates/mail/issue.txt.j2",
    ]
