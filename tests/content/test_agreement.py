"""Numbers that agree: a text says its figures and its default text, and no other number."""

from __future__ import annotations

import pytest

from digest.content.agreement import disagreements
from digest.content.numerals import read_numbers
from tests.content.site_files import SiteFiles

FIGURES = """
[[figures]]
id = "users"
number = 800
unit = "million"
text = "800 million"
label = "users"
settled = true

[[figures]]
id = "growth"
number = 53
unit = "%"
text = "+53%"
label = "growth"
settled = {settled}
"""


def item(
    title: str, body: str, *, do: str = "", settled: str = "true", figures: str = FIGURES
) -> str:
    advice = f'do = "{do}"\n' if do else ""
    head = f'title = "{title}"\ndate = 2023-03-31\nsection = "channels"\n{advice}'
    return f"+++\n{head}{figures.replace('{settled}', settled)}+++\n{body}\n"


def translation(title: str, body: str, *, do: str = "", figures: str = "") -> str:
    advice = f'do = "{do}"\n' if do else ""
    return f'+++\ntitle = "{title}"\n{advice}{figures}+++\n{body}\n'


def write(site: SiteFiles, english: str, **others: str) -> list[str]:
    site.write("items/x.md", english)
    for language, text in others.items():
        site.write(f"items/x.{language.replace('_', '-')}.md", text)
    return [*site.findings("number-disagrees"), *site.findings("number-near-figure")]


ENGLISH = item("800 million users", "It grew by 53%.")

AGREEING = [
    ("Two companies, three shops", "2社、3店舗", "两家公司，三家门店"),
    ("Both companies agree", "両社が合意", "两家公司达成一致"),
    ("Which of the two is meant is open", "どちらを指すかは不明", "指的是哪一个，尚不明确"),
    (
        "Food, travel and science grow",
        "食、旅行、科学の3分野が伸長",
        "美食、旅行、科学三个领域都在增长",
    ),
    ("It takes 14 days", "2週間かかる", "需要两周"),
    ("Within 24 hours", "1日以内", "一天之内"),
    ("Twelve months later", "1年後", "一年后"),
    ("Half of all shops", "店舗の50%", "一半的门店"),
    ("One in five shops", "店舗の20%", "五分之一的门店"),
    ("A third of users", "利用者の3分の1", "三分之一的用户"),
    ("Twice as many as in 2021", "2021年の2倍", "是 2021 年的两倍"),
    ("Sales doubled", "販売が倍増", "销售翻倍"),
    ("3 to 5 million users", "300万〜500万人の利用者", "300 万至 500 万用户"),
    ("20–30% of users", "利用者の2割から3割", "20% 到 30% 的用户"),
    ("On Friday, 31 March 2023", "2023年3月31日（金）に", "2023 年 3 月 31 日星期五"),
    ("On 31 March", "3月31日に", "3 月 31 日"),
    ("In March 2023 it began", "2023年に始まった", "2023 年 3 月开始"),
    ("At 9:30 a.m.", "午前9時30分に", "上午 9 点半"),
    ("The first of several phases", "第1段階", "第一阶段"),
    ("Phase 2 begins", "第2段階が始まる", "第二阶段开始"),
    ("A fortnight of posts about 5G", "5Gの投稿", "关于 5G 的内容"),
    ("20% off everything", "全品2割引", "全场八折"),
    ("Trillions of yuan", "数兆元", "数万亿元"),
    ("Tens of millions of users", "数千万人の利用者", "数千万用户"),
    ("Think twice before you post", "投稿の前によく考える", "发布前请三思"),
    ("Answer in about 200 words", "600字ほどで回答", "三四百字作答"),
    ("Write one sentence a day", "1日1文を書く", "每天写一句话"),
    ("30 million yuan a month", "月3,000万元", "每月 3000 万元"),
    ("3 people in 2 teams", "2チーム、3人", "两个组、三个人"),
    ("A million thanks to a hundred shops", "100店舗に100万の感謝", "向一百家门店致以百万感谢"),
    ("It rose 1.5-fold to $1.5bn", "1.5倍の15億ドルに", "增长到 1.5 倍，达 15 亿美元"),
    ("Two and a half years, 1½ pages", "2年半", "两年半"),
]


@pytest.mark.parametrize(("english", "japanese", "chinese"), AGREEING)
def test_what_says_the_same_in_each_language_agrees(
    english: str, japanese: str, chinese: str
) -> None:
    default = read_numbers(english, "en")

    for text, language in ((japanese, "ja"), (chinese, "zh-Hans")):
        numbers = read_numbers(text, language)
        assert list(disagreements(text, numbers, default, default)) == [], text


DISAGREEING = [
    ("Two companies", "3社", "三家公司"),
    (
        "Food, travel and science grow",
        "食、旅行、科学の4分野が伸長",
        "美食、旅行、科学四个领域都在增长",
    ),
    ("14 days", "3週間", "三周"),
    ("800 million users", "8,000万人の利用者", "8 千万用户"),
    ("2.5 million", "25万", "25 万"),
    ("30 million yuan", "3,000万円", "3000 万日元"),
    ("30 million", "3,000万元", "3000 万元"),
    ("up 53%", "53倍", "53 倍"),
    ("17 times as many", "17%", "17%"),
    ("In 2022", "2021年", "2021 年"),
    ("On 31 March 2023", "2023年3月30日", "2023 年 3 月 30 日"),
    ("In 2023", "2023年3月", "2023 年 3 月"),
    ("At 9:30 a.m.", "午後9時30分", "下午 9 点半"),
    ("Trillions of yuan", "数億元", "数亿元"),
    ("Phase 2 begins", "第3段階", "第三阶段"),
    ("Sales doubled", "3倍に増加", "增长到三倍"),
    ("Value per user", "利用者2人あたり", "每两位用户的交易额"),
    ("A price", "500円", "500 元"),
    ("It fell to −5%", "+5%", "+5%"),
    ("Half of all shops", "店舗の3分の1", "三分之一的门店"),
]


@pytest.mark.parametrize(("english", "japanese", "chinese"), DISAGREEING)
def test_what_says_another_number_disagrees(english: str, japanese: str, chinese: str) -> None:
    default = read_numbers(english, "en")

    for text, language in ((japanese, "ja"), (chinese, "zh-Hans")):
        numbers = read_numbers(text, language)
        assert list(disagreements(text, numbers, default, default)) != [], text


def test_a_translation_that_adds_a_number_is_an_error_with_its_line(site: SiteFiles) -> None:
    found = write(site, ENGLISH, ja=translation("利用者は8億人", "53%増。\n\n3万社が参加。"))

    assert found == [
        "items/x.ja.md:6: the body says '3万社', and en does not. "
        "A number is a figure of the item, or stands in the default text as well. "
        "The figures are 800 million, 53 %."
    ]


def test_a_translation_may_repeat_a_figure_that_the_default_text_leaves_out(
    site: SiteFiles,
) -> None:
    assert write(site, item("Many users", "It grew."), ja=translation("8億人", "53%増。")) == []


def test_another_number_in_its_place_names_both_lines(site: SiteFiles) -> None:
    found = write(site, ENGLISH, ja=translation("利用者は8万人", "53%増。"))

    assert found == [
        "items/x.ja.md:2: the title says '8万人', where en has '800 million'. "
        "Mend it here or in content/news/items/x.md:2."
    ]


def test_a_slip_in_the_default_text_is_named_there(site: SiteFiles) -> None:
    english = item("800 million users", "It grew by 54%.")
    found = write(site, english, ja=translation("利用者は8億人", "53%増。"))

    assert [line.split(" ")[0] for line in found] == ["items/x.md:22:"]
    assert "the body says '54%', where ja has '53%'" in found[0]


def test_two_figures_that_changed_places_are_noticed(site: SiteFiles) -> None:
    english = (
        item("News", "800 million users, up 53%.")
        .replace("800\n", "53\n")
        .replace('unit = "million"\ntext = "800 million"', 'unit = "%"\ntext = "+53%"')
    )
    swapped = english.replace(
        'number = 53\nunit = "%"\ntext = "+53%"\nlabel = "growth"',
        'number = 23\nunit = "%"\ntext = "+23%"\nlabel = "growth"',
    )
    swapped = swapped.replace("800 million users, up 53%.", "Ads rose by 53%, games by 23%.")

    assert write(site, swapped, ja=translation("話題", "広告は53%、ゲームは23%。")) == []
    assert len(write(site, swapped, ja=translation("話題", "広告は23%、ゲームは23%。"))) == 1


def test_without_translations_a_slip_of_magnitude_or_unit_is_an_error(site: SiteFiles) -> None:
    assert len(write(site, item("80 million users", "Growth."))) == 1
    assert len(write(site, item("Users", "It grew 53 times."))) == 0
    assert len(write(site, item("Users", "It grew by 53×."))) == 1


def test_without_translations_one_other_digit_is_a_warning(site: SiteFiles) -> None:
    assert write(site, item("Up 54%", "Growth.")) == [
        "items/x.md:2: the title says '54%', and the figure is 53 %. "
        "If both are meant, say the figure beside it; otherwise mend one."
    ]
    assert write(site, item("Up", "From 52% to 53%.")) == []


def test_numbers_of_its_own_are_the_default_texts_right(site: SiteFiles) -> None:
    english = item("News", "7,500 shops in 12 cities, for 90 days.")

    assert write(site, english) == []
    assert write(site, english, ja=translation("話題", "12都市の7,500店舗で90日間。")) == []
    assert len(write(site, english, ja=translation("話題", "12都市の7,600店舗で90日間。"))) == 1


def test_code_and_addresses_are_no_statements(site: SiteFiles) -> None:
    body = "See [it](https://example.org/2023/17) and `x = 99`, <https://example.org/40000>."

    assert write(site, item("News", body), ja=translation("話題", "1. 本文\n2. 本文")) == []


def test_emphasis_does_not_hide_a_number(site: SiteFiles) -> None:
    found = write(site, ENGLISH, ja=translation("利用者は8億人", "**5**4%増。"))

    assert len(found) == 1


def test_notes_and_questions_agree_as_well(site: SiteFiles) -> None:
    site.write("notes/next.md", '+++\nsubject = "Up 40%"\n+++\nThree voices.\n')
    site.write("notes/next.ja.md", '+++\nsubject = "41%増"\n+++\n3種類の声。\n')
    site.write(
        "questions/q.md", '+++\nquestion = "In 15 minutes?"\nfield = "education"\nquota = 1\n+++\n'
    )
    site.write("questions/q.ja.md", '+++\nquestion = "5分で？"\n+++\n')

    assert [line.split(" ")[0] for line in site.findings("number-disagrees")] == [
        "notes/next.ja.md:2:",
        "questions/q.ja.md:2:",
    ]


def test_the_texts_of_newsletter_toml_agree_as_well(site: SiteFiles, newsletter_text: str) -> None:
    about = 'about = { en = "Since 2019, twelve people", ja = "2018年から12人で" }'
    site.write("newsletter.toml", newsletter_text.replace('about = "Why you get this"', about))

    assert len(site.findings("number-disagrees")) == 1


def test_a_language_that_cannot_be_read_is_said_once(site: SiteFiles, newsletter_text: str) -> None:
    site.write("newsletter.toml", newsletter_text.replace('"ja"', '"de"'))
    write(site, ENGLISH, de=translation("800 Millionen", "Es wuchs um 53 %."))

    assert site.findings("number-disagrees") == []
    assert len(site.findings("numbers-unread")) == 1


def test_what_was_sent_or_is_on_hold_is_left_alone(site: SiteFiles) -> None:
    held = ENGLISH.replace("section", "hold = true\nsection")

    assert write(site, held, ja=translation("利用者は8万人", "54%増。")) == []


# --- figures ----------------------------------------------------------------------------------


def figure(number: str, unit: str, text: str) -> str:
    unit_line = f'unit = "{unit}"\n' if unit else ""
    return (
        f'\n[[figures]]\nid = "a"\nnumber = {number}\n{unit_line}text = "{text}"\n'
        'label = "x"\nsettled = true\n'
    )


FITTING = [
    ("800", "%", "+800%"),
    ("12", "million", "12 million+"),
    ("12000000", "", "over 12 million"),
    ("2.64", "×", "2.64×"),
    ("17", "times", "17 times as many"),
    ("2", "×", "doubled"),
    ("100000000000", "yuan", "over 100 billion yuan"),
    ("100", "billion yuan", "100 billion yuan"),
    ("1.5", "billion dollars", "$1.5bn"),
    ("-5", "%", "−5%"),
    ("-5", "%", "down 5%"),
    ("3", "weeks", "21 days"),
    ("5", "GB", "5GB"),
    ("40", "%", "40%+ in 2022"),
    ("9", "", "nine"),
]


@pytest.mark.parametrize(("number", "unit", "text"), FITTING)
def test_a_figures_text_that_says_its_number_is_fine(
    site: SiteFiles, number: str, unit: str, text: str
) -> None:
    site.write("items/x.md", item("News", "Text.", figures=figure(number, unit, text)))

    assert site.findings("figure-text") == []


MISFITTING = [
    ("800", "%", "+900%"),
    ("800", "%", "800×"),
    ("12", "million", "12 billion"),
    ("12000000", "", "1.2 million"),
    ("100000000000", "yuan", "100 billion"),
    ("100000000000", "", "100 billion yuan"),
    ("5", "%", "−5%"),
    ("-5", "%", "+5%"),
    ("3", "weeks", "3 days"),
    ("40", "%", "a lot"),
    ("40", "%", "40% or 50%"),
]


@pytest.mark.parametrize(("number", "unit", "text"), MISFITTING)
def test_a_figures_text_that_says_something_else_is_an_error(
    site: SiteFiles, number: str, unit: str, text: str
) -> None:
    site.write("items/x.md", item("News", "Text.", figures=figure(number, unit, text)))

    found = site.findings("figure-text")
    assert len(found) == 1
    assert found[0].startswith("items/x.md:10:" if unit else "items/x.md:9:")


def test_a_translated_figure_is_compared_with_the_number(site: SiteFiles) -> None:
    said = '\n[[figures]]\nid = "a"\ntext = "{}"\nlabel = "x"\n'
    site.write("items/x.md", item("News", "Text.", figures=figure("25000", "", "25,000")))
    site.write("items/x.ja.md", translation("話題", "本文", figures=said.format("2万5,000")))
    site.write("items/x.zh-Hans.md", translation("话题", "正文", figures=said.format("2.5 亿")))

    assert site.findings("figure-text") == [
        "items/x.zh-Hans.md:6: the figure 'a' is 25,000, and its text says '2.5 亿'. "
        "Make 'text' say the same as 'number' and 'unit'."
    ]


# --- doubt --------------------------------------------------------------------------------------

DOUBTED = [
    ("en", "By our source, it grew by 53%."),
    ("en", "It grew by 53%. Others say that this counts searches."),
    ("en", "Nobody knows. It grew by 53%, which is unconfirmed."),
    ("en", "Growth is put at 53%."),
    ("en", "It grew by 53%, or by several hundred."),
    ("ja", "53%増とする情報もあります。"),
    ("ja", "53%増。ただし確定していません。"),
    ("zh-Hans", "据原文，增长 53%。"),
    ("zh-Hans", "增长 53%。这一数字待核实。"),
]
FLAT = [
    ("en", "It grew by 53%. People were happy. Others say so too."),
    ("en", "It grew by 53% or more."),
    ("en", "The speakers said that it grew by 53%."),
    ("ja", "53%増えました。好調です。"),
    ("zh-Hans", "增长 53%。势头良好。"),
]


def doubts(site: SiteFiles, language: str, title: str, body: str) -> list[str]:
    if language == "en":
        site.write("items/x.md", item(title, body, settled="false"))
    else:
        site.write("items/x.md", item("News", "Text.", settled="false"))
        site.write(f"items/x.{language}.md", translation(title, body))
    return site.findings("doubt-dropped")


@pytest.mark.parametrize(("language", "body"), DOUBTED)
def test_an_unsettled_figure_may_be_repeated_with_its_doubt(
    site: SiteFiles, language: str, body: str
) -> None:
    assert doubts(site, language, "News", body) == []


@pytest.mark.parametrize(("language", "body"), FLAT)
def test_an_unsettled_figure_stated_flatly_is_an_error(
    site: SiteFiles, language: str, body: str
) -> None:
    assert len(doubts(site, language, "News", body)) == 1


@pytest.mark.parametrize(
    ("language", "title", "errors"),
    [
        ("en", "Up 53%", 1),
        ("en", "Up 53%?", 0),
        ("en", "Up 53%, unconfirmed", 0),
        ("ja", "53%増", 1),
        ("ja", "53%増か、それ以上か", 0),
        ("zh-Hans", "增长 53%", 1),
        ("zh-Hans", "增长 53%？", 0),
    ],
)
def test_a_title_never_states_an_unsettled_figure_bare(
    site: SiteFiles, language: str, title: str, errors: int
) -> None:
    assert len(doubts(site, language, title, "Text.")) == errors


def test_a_settled_figure_needs_no_doubt(site: SiteFiles) -> None:
    site.write("items/x.md", item("Up 53%", "It grew by 53%."))

    assert site.findings("doubt-dropped") == []


def test_a_note_that_repeats_an_unsettled_figure_carries_its_doubt(site: SiteFiles) -> None:
    site.write("items/x.md", item("News", "Text.", settled="false"))
    site.write("notes/next.md", '+++\nsubject = "Up 53%"\npreheader = "Up 53%, others say"\n+++\n')

    assert [line.split(" ")[0] for line in site.findings("doubt-dropped")] == ["notes/next.md:2:"]
