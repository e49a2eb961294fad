"""Headings break between phrases: by a small rule, or where the author says."""

from __future__ import annotations

import pytest

from digest.rendering.phrasing import Heading


@pytest.mark.parametrize(
    ("language", "text", "phrases"),
    [
        (
            "ja",
            "チャンネルの利用時間がモーメンツを上回る",
            "チャンネルの|利用時間が|モーメンツを|上回る",
        ),
        ("ja", "WeCom：1,200万超の企業・団体", "WeCom：|1,200万超の|企業・団体"),
        ("ja", "クリエイター向け、新たな収益分配制度", "クリエイター向け、|新たな|収益分配制度"),
        ("ja", "「旅行」の質問に答えてみませんか", "「旅行」の|質問に|答えてみませんか"),
        ("ja", "チャンネル（動画アカウント）", "チャンネル|（動画アカウント）"),
        ("ja", "手のひら", "手のひら"),
        ("zh-Hans", "企业微信：超 1200 万家，日服务 5 亿", "企业微信：|超 1200 万家，|日服务 5 亿"),
        ("zh-Hans", "给您的邀请", "给您的|邀请"),
        ("en", "の in a title", "の in a title"),
    ],
)
def test_a_heading_may_break_after_a_phrase(language: str, text: str, phrases: str) -> None:
    heading = Heading(text, language)

    assert heading.__html__() == phrases.replace("|", "<wbr />")
    assert heading == text


@pytest.mark.parametrize("language", ["en", "ja", "zh-Hans"])
def test_the_authors_own_marks_are_the_only_places_and_nobody_sees_them(language: str) -> None:
    heading = Heading("手の\u200bひらは、決済", language)

    assert heading.__html__() == "手の<wbr />ひらは、決済"
    assert heading == "手のひらは、決済"


def test_a_number_stays_with_its_magnitude() -> None:
    heading = Heading("Above 800 million users in 2022 or so", "en")

    assert heading.__html__() == "Above 800\u00a0million users in 2022 or so"
    assert heading == "Above 800 million users in 2022 or so"


def test_what_looks_like_markup_is_text() -> None:
    heading = Heading("<b>は東京</b> & \n more", "ja")

    assert heading.__html__() == "&lt;b&gt;は<wbr />東京&lt;/b&gt; &amp; more"
