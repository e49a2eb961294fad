"""The allow-list: made from caniemail's data, each enhancement with a reason that still holds."""

from __future__ import annotations

from typing import Any

import pytest

from digest.paths import shipped
from digest.rendering.lint.allowance import ENHANCEMENTS, PLAIN_PROPERTIES, Grade, support
from digest.rendering.lint.trimming import CLIENTS, trim
from tests.rendering.lint.mail_maker import lint, mail, rules


def feature(slug: str, title: str, **stats: dict[str, dict[str, str]]) -> dict[str, Any]:
    """Return a feature as caniemail's data has it."""
    named = {family.replace("_", "-"): platforms for family, platforms in stats.items()}
    return {"slug": slug, "title": title, "stats": named}


def test_every_allowed_enhancement_is_known_and_still_needs_its_reason() -> None:
    known = support()

    assert [slug for slug in ENHANCEMENTS if slug not in known.features] == []
    stale = [slug for slug in ENHANCEMENTS if known.grade(slug) is not Grade.ENHANCEMENT]
    assert stale == []


def test_what_every_client_supports_needs_no_reason() -> None:
    known = support()

    assert known.grade("css-background-color") is Grade.EVERYWHERE
    assert known.grade("css-border-radius") is Grade.ENHANCEMENT
    assert known.grade("css-display-flex") is Grade.FORBIDDEN
    assert known.failing("css-display-flex") == ["outlook windows"]


def test_every_feature_has_a_letter_for_each_client_and_a_sign() -> None:
    known = support()

    assert {len(letters) for letters in known.features.values()} == {len(CLIENTS)}
    assert set(known.signs.values()) == set(known.features)
    assert not PLAIN_PROPERTIES & set(known.signs)


def test_the_data_is_shipped_with_its_licence() -> None:
    text = shipped("digest", "rendering", "lint", "caniemail.LICENSE").read_text(encoding="utf-8")

    assert "Copyright (c) 2019 HTeuMeuLeu" in text
    assert "The above copyright notice and this permission notice shall be included" in text


def test_trimming_keeps_the_newest_version_of_our_clients() -> None:
    data = {
        "last_update_date": "2026-05-13 14:45:41 +0000",
        "data": [
            feature(
                "css-display-flex",
                "display:flex",
                gmail={"ios": {"2019-01": "n", "2024-01": "a #1"}},
                outlook={"windows": {"2007": "n", "2019": "n"}, "windows-mail": {"x": "y"}},
            ),
            feature("bimi", "BIMI"),
        ],
    }

    trimmed = trim(data)

    assert trimmed["date"] == "2026-05-13"
    assert trimmed["features"] == {"css-display-flex": "-a---n---------"}
    assert trimmed["signs"] == {
        "display:flex": "css-display-flex",
        "display:inline-flex": "css-display-flex",
    }


@pytest.mark.parametrize(
    ("slug", "title", "signs"),
    [
        ("html-abbr", "<abbr> element", ["<abbr>"]),
        ("html-dir", "dir attribute", ["[dir]"]),
        ("css-hyphens", "hyphens", ["hyphens"]),
        ("css-width", "width property", ["width"]),
        ("css-unit-vw", "vw unit", ["1vw"]),
        ("css-function-clamp", "clamp()", ["clamp()"]),
        ("css-pseudo-class-has", ":has()", [":has"]),
        ("css-at-supports", "@supports", ["@supports"]),
        ("image-webp", "webP image format", [".webp"]),
        ("css-comments", "CSS comments", []),
    ],
)
def test_features_are_recognised_by_what_their_titles_say(
    slug: str, title: str, signs: list[str]
) -> None:
    data = {"last_update_date": "2026-05-13", "data": [feature(slug, title)]}

    assert list(trim(data)["signs"]) == signs


@pytest.mark.parametrize(
    ("body", "sign"),
    [
        ('<p style="position:absolute;left:0">A</p>', "position"),
        ('<p style="width:calc(100% - 9px)">A</p>', "calc()"),
        ('<p style="width:10ch">A</p>', "1ch"),
        ('<p style="display:grid">A</p>', "display:grid"),
        ('<svg width="1"></svg>', "<svg>"),
        ('<img alt="" srcset="a" src="cid:x">', "[srcset]"),
        ('<img alt="" src="https://a.example/a.webp?x">', ".webp"),
        ("<p hidden>A</p>", "[hidden]"),
    ],
)
def test_a_forbidden_feature_is_told_with_the_clients_that_fail_it(body: str, sign: str) -> None:
    known = support()
    told = [each for each in lint(mail(body)) if each.rule == "unsupported-feature"]

    clients = known.failing(known.signs[sign])
    found = [each for each in told if each.what.startswith(f"{sign} ")]
    assert len(found) == 1
    assert clients[0] in found[0].what
    assert f"/features/{known.signs[sign]}/" in found[0].hint


@pytest.mark.parametrize(
    ("css", "rule"),
    [
        ("p:has(b){margin:0}", "unsupported-feature"),
        ("p::before{color:red}", "unsupported-feature"),
        ("@supports (a:b){p{margin:0}}", "unsupported-feature"),
        ("@layer a{p{margin:0}}", "unknown-feature"),
        ("p{marign:0}", "unknown-feature"),
    ],
)
def test_a_feature_of_a_style_element_is_told(css: str, rule: str) -> None:
    assert rules(mail(css=css)) == {rule}


@pytest.mark.parametrize(
    "body",
    [
        '<p style="mso-line-height-rule:exactly;-webkit-text-size-adjust:none">A</p>',
        '<p style="padding-left:1px;border-top-color:#eee">A</p>',
        "<center><font>A</font></center>",
        "<ruby>微<rp>(</rp><rt>wēi</rt><rp>)</rp></ruby>",
        '<v:rect xmlns:v="x">A</v:rect>'.replace("v:rect", "p"),
        "<p><time>today</time> <wbr> <abbr>GMV</abbr></p>",
    ],
)
def test_what_is_harmless_or_allowed_is_not_told(body: str) -> None:
    assert rules(mail(body)) == set()


def test_a_mistyped_element_or_property_is_told() -> None:
    found = [each.what for each in lint(mail('<pp style="pading:0">A</pp>'))]

    assert found == ["<pp> is not known", "pading on <pp> is not known"]
