"""Items: the format, what a translation inherits, and every complaint with its line."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from digest.errors import ContentError, ManyErrors
from digest.model.audience import EVERYONE, Profile
from digest.model.issue import ItemKind, OpportunityStatus
from tests.content.site_files import SiteFiles

WHOLE = """\
+++
title = "Live selling grew ninefold"
date = 2023-03-31
section = "channels"
kind = "opportunity"
for = { roles = ["merchant", "brand"], not = { verified = ["education"] } }
status = "open"
do = "Plan a stream."
link = "assets/plan.pdf"
source = "Yan Tao"
also_in = ["channels", "pay"]
opens = "2 weeks"
closes = "30 days"
pin = true
hold = true
weight = -3
expires = 2024-01-01

[[figures]]
id = "live-sales"
number = 800
unit = "%"
text = "+800 %"
label = "live sales"
settled = true
highlight = true

[[figures]]
id = "creators"
number = 2.64
text = "2.64 ×"
label = "creators"
+++
Body with ![a picture](assets/a%20b.png "title").
"""

JAPANESE = """\
+++
title = "ライブ販売が9倍に"
do = "配信を予定する。"

[[figures]]
id = "creators"
text = "2.64倍"
label = "クリエイター"

[[figures]]
id = "live-sales"
label = "ライブ販売"
+++
本文。
"""


def with_keys(*lines: str, date_line: str = "date = 2023-03-31") -> str:
    head = ['title = "x"', date_line, 'section = "channels"', *lines]
    return "+++\n" + "\n".join(head) + "\n+++\nBody.\n"


def write_whole(site: SiteFiles) -> None:
    site.write("assets/plan.pdf", b"%PDF")
    site.write("assets/a b.png", b"png")
    site.write("items/live.md", WHOLE)


def test_every_key_of_an_item_is_read(site: SiteFiles) -> None:
    write_whole(site)

    item = site.item("live")

    assert (item.date, item.section, item.kind) == (
        date(2023, 3, 31),
        "channels",
        ItemKind.OPPORTUNITY,
    )
    assert str(item.rule) == "roles:brand|merchant & !(verified:education)"
    assert item.status is OpportunityStatus.OPEN
    assert item.also_in == ("pay",)
    assert (item.opens, item.closes) == (timedelta(weeks=2), timedelta(days=30))
    assert (item.pin, item.hold, item.weight, item.expires) == (True, True, -3, date(2024, 1, 1))
    text = item.texts["en"]
    assert (text.do, text.link, text.source) == ("Plan a stream.", "assets/plan.pdf", "Yan Tao")
    assert [figure.number for figure in text.figures] == [800, 2.64]
    assert item.file == text.file == "content/news/items/live.md"


def test_what_is_left_out_is_a_plain_takeaway_for_everyone(site: SiteFiles, good_item: str) -> None:
    site.write("items/plain.md", good_item)

    item = site.item("plain")

    assert (item.kind, item.rule, item.status) == (ItemKind.TAKEAWAY, EVERYONE, None)
    assert (item.opens, item.closes, item.expires, item.weight) == (None, None, None, 0)
    assert item.texts["en"].body == "The body."


def test_a_translation_inherits_what_it_does_not_say(site: SiteFiles) -> None:
    write_whole(site)
    site.write("items/live.ja.md", JAPANESE)

    text = site.item("live").texts["ja"]

    assert (text.title, text.do, text.body) == ("ライブ販売が9倍に", "配信を予定する。", "本文。")
    assert (text.link, text.source) == ("assets/plan.pdf", "Yan Tao")
    assert [(f.id, f.text, f.label, f.number, f.settled) for f in text.figures] == [
        ("live-sales", "+800 %", "ライブ販売", 800, True),
        ("creators", "2.64倍", "クリエイター", 2.64, False),
    ]


def test_the_rule_of_an_item_selects_profiles(site: SiteFiles) -> None:
    write_whole(site)

    rule = site.item("live").rule

    assert rule.matches(Profile(roles=("brand",)))
    assert not rule.matches(Profile(roles=("brand",), verified=("education",)))
    assert not rule.matches(Profile(roles=("retailer",)))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('titel = "y"', "items/x.md:5: unknown key 'titel'. Did you mean 'title'?"),
        ('kind = "oportunity"', "items/x.md:5: 'kind' cannot be 'oportunity'. Did you mean"),
        ("kind = 3", "items/x.md:5: 'kind' is not text. Choose from takeaway"),
        ('pin = "yes"', "items/x.md:5: 'pin' is not true or false. Write"),
        ("weight = 1.5", "items/x.md:5: 'weight' is not a whole number. Write"),
        ("weight = 5000", "items/x.md:5: 'weight' is wrong: input should be less than"),
        ('opens = "soon"', "items/x.md:5: 'opens' is neither a date nor a span. Write"),
        ("opens = 2023-03-31T10:00:00", "items/x.md:5: 'opens' is neither a date nor a span."),
        ('closes = "6 hours"', "items/x.md:5: 'closes' is '6 hours', not a span of time. Write"),
        ('expires = "2023-03-31"', "items/x.md:5: 'expires' is not a date. Write it without"),
        ("do = 5", "items/x.md:5: 'do' is not text. Write it in quotes."),
        ('do = " "', "items/x.md:5: 'do' is empty. Write it, or leave the key out."),
        ('do = "a\\u0000b"', "items/x.md:5: 'do' holds the control character U+0000."),
        ('do = "a\\u2028b"', "items/x.md:5: 'do' holds the control character U+2028."),
        ('do = "a\\nBcc: b"', "items/x.md:5: 'do' holds a line break. Write it as one line"),
        ('do = "=?UTF-8?Q?=0A?=Bcc: x"', "items/x.md:5: 'do' holds an encoded word (=?...?)."),
        ('link = "javascript:alert(1)"', "items/x.md:5: 'javascript:alert(1)' is not a link"),
        ('link = "https://"', "items/x.md:5: 'https://' is not a whole address. Write it"),
        ('link = "page.html"', "items/x.md:5: 'page.html' leads nowhere from a mail. Write"),
        ('link = "assets/no.pdf"', "items/x.md:5: the file 'assets/no.pdf' does not exist. Put"),
        ('link = "assets/../../../secret"', "items/x.md:5: 'assets/../../../secret' lies outside"),
        ('also_in = "pay"', "items/x.md:5: 'also_in' is not a list. Write it in brackets"),
        ('status = "open"', "items/x.md:5: only an opportunity has 'status'. Delete it"),
        ('kind = "opportunity"', "items/x.md:5: an opportunity needs a status. Add status"),
        ('for = "brand"', "items/x.md:5: 'for' is not a table. Write it in braces"),
        (
            'for = { role = ["brand"] }',
            "items/x.md:5: unknown key 'for.role'. Did you mean 'roles'?",
        ),
        (
            'for = { roles = ["brnd"] }',
            "items/x.md:5: 'brnd' is not one of the roles in newsletter",
        ),
        ("for = { roles = [] }", "items/x.md:5: 'roles' is an empty list, which selects nobody."),
        ('for = { roles = "brand" }', "items/x.md:5: 'for.roles' is not a list. Write it"),
        ('for = { topics = ["pay"] }', "items/x.md:5: newsletter.toml declares no [attributes.to"),
        ('for = { not = { roles = ["b"] } }', "items/x.md:5: 'b' is not one of the roles"),
        (
            'for = { verified = ["eduction"] }',
            "items/x.md:5: 'eduction' is not one of the verified",
        ),
        ('figures = { id = "a" }', "items/x.md:5: 'figures' is not a list. Write it in brackets"),
    ],
)
def test_a_wrong_key_or_value_is_named_with_its_line(site: SiteFiles, line: str, said: str) -> None:
    site.write("items/x.md", with_keys(line))

    errors = site.errors()

    assert len(errors) == 1, errors
    assert errors[0].startswith(said)


def test_missing_keys_are_named(site: SiteFiles) -> None:
    site.write("items/x.md", "+++\n\n+++\nBody.\n")

    assert site.errors() == [
        "items/x.md:1: the key 'title' is missing. Add title = \"...\".",
        "items/x.md:1: the key 'date' is missing. Add date = 2023-03-31.",
        "items/x.md:1: the key 'section' is missing. Add section = \"...\".",
    ]


def test_a_misspelt_required_key_is_one_error(site: SiteFiles, good_item: str) -> None:
    site.write("items/x.md", good_item.replace("title", "titel"))

    assert site.errors() == ["items/x.md:2: unknown key 'titel'. Did you mean 'title'?"]


def test_an_unknown_section_is_met_with_the_nearest(site: SiteFiles, good_item: str) -> None:
    site.write("items/x.md", good_item.replace("channels", "chanels"))

    assert site.errors() == ["items/x.md:4: unknown section 'chanels'. Did you mean 'channels'?"]


def test_a_key_below_the_figures_is_told_to_move_up(site: SiteFiles, good_item: str) -> None:
    figures = '[[figures]]\nid = "a"\nnumber = 1\ntext = "1"\nlabel = "l"\nsection = "pay"\n'
    site.write("items/x.md", good_item.replace('section = "channels"\n', figures))

    assert site.errors() == [
        "items/x.md:9: 'section' stands below [[figures]] and so belongs to that table. "
        "Move it above the first [[figures]]."
    ]


def figure(number: int, *more: str) -> str:
    head = ["[[figures]]", f'id = "f{number}"', "number = 1", 'text = "1"', 'label = "l"']
    return "\n".join([*head, *more])


def test_figures_have_ids_of_their_own(site: SiteFiles) -> None:
    site.write("items/x.md", with_keys(figure(1), figure(1)))

    assert site.errors() == ["items/x.md:11: the figure 'f1' stands twice. Give it its own id."]


def test_at_most_four_figures_are_highlighted(site: SiteFiles) -> None:
    site.write("items/four.md", with_keys(*(figure(n, "highlight = true") for n in range(4))))
    site.write("items/five.md", with_keys(*(figure(n, "highlight = true") for n in range(6))))

    errors = site.errors()

    assert len(errors) == 1
    assert errors[0].startswith("items/five.md:34: more than 4 figures are highlighted")


@pytest.mark.parametrize("number", ["inf", "nan", "-inf", '"8"', "true", "0x" + "f" * 4000])
def test_a_figure_is_a_plain_number(site: SiteFiles, number: str) -> None:
    site.write("items/x.md", with_keys(figure(1).replace("= 1\n", f"= {number}\n", 1)))

    assert [error.split(". ")[0] for error in site.errors()] == [
        "items/x.md:7: 'figures.number' is not a number"
    ]


@pytest.mark.parametrize("line", ["date = 2023-03-31", 'for = { roles = ["brand"] }', "pin = true"])
def test_a_translation_may_not_say_again_what_it_inherits(
    site: SiteFiles, good_item: str, line: str
) -> None:
    site.write("items/x.md", good_item)
    site.write("items/x.ja.md", f'+++\ntitle = "y"\n{line}\n+++\nz\n')

    assert site.errors() == [
        f"items/x.ja.md:3: '{line.split(maxsplit=1)[0]}' is inherited from the default language "
        "and may not be said again. Delete the line."
    ]


def test_a_translation_of_a_figure_says_text_and_label_only(site: SiteFiles) -> None:
    write_whole(site)
    more = '[[figures]]\nid = "creator"\n[[figures]]\nid = "creators"\n+++'
    site.write("items/live.ja.md", JAPANESE.replace("+++\n本文", f"{more}\n本文"))
    site.write("items/live.zh-Hans.md", JAPANESE.replace('text = "2.64倍"', "settled = true"))

    assert site.errors() == [
        "items/live.ja.md:14: unknown figure 'creator'. Did you mean 'creators'?",
        "items/live.ja.md:16: the figure 'creators' stands twice.",
        "items/live.zh-Hans.md:7: 'settled' is inherited from the default language "
        "and may not be said again. Delete the line.",
    ]


def test_a_figure_without_a_translated_label_is_noticed(site: SiteFiles) -> None:
    write_whole(site)
    site.write("items/live.ja.md", '+++\ntitle = "題"\n+++\n本文。\n')

    assert [line for line in site.findings("missing-translation") if ".ja.md" in line] == [
        "items/live.ja.md:1: the label of figure 'live-sales' is not translated. "
        'Add a [[figures]] with id = "live-sales" and a label.'
    ]


@pytest.mark.parametrize("text", ['+++\ntitle = "TODO x"\n+++\nz\n', '+++\ntitle = "x"\n+++\n'])
def test_an_unfinished_translation_never_reaches_a_reader(
    site: SiteFiles, good_item: str, text: str
) -> None:
    site.write("items/x.md", good_item)
    site.write("items/x.ja.md", text)

    publication, findings = site.read()

    assert set(publication.items[0].texts) == {"en"}
    assert any("x.ja.md" in f.file and f.rule == "missing-translation" for f in findings)


def test_links_and_pictures_in_the_body_must_lead_somewhere(
    site: SiteFiles, good_item: str
) -> None:
    site.write("assets/here.png", b"png")
    body = (
        "![a](assets/here.png) [b](https://example.org/x_(y)) [c](mailto:a@example.org)\n"
        "![d](assets/gone.png)\n"
        "`![e](assets/code.png)`\n```\n[f](assets/code.png)\n```\n"
        "[g](<assets/with blank.pdf>)\n[h]\n\n[h]: ../../other.md\n"
    )
    site.write("items/x.md", good_item.replace("The body.\n", body))

    assert [error.split(". ")[0] for error in site.errors()] == [
        "items/x.md:7: the file 'assets/gone.png' does not exist",
        "items/x.md:12: the file 'assets/with blank.pdf' does not exist",
        "items/x.md:15: '../../other.md' leads nowhere from a mail",
    ]


def test_an_asset_that_is_a_link_out_of_the_folder_is_refused(
    site: SiteFiles, good_item: str
) -> None:
    (site.home / "secret.png").write_bytes(b"secret")
    site.write("assets/ok.png", b"png").with_name("out.png").symlink_to(site.home / "secret.png")
    site.write("items/x.md", good_item.replace("The body.", "![a](assets/out.png)"))

    assert site.errors() == [
        "items/x.md:6: 'assets/out.png' lies outside the newsletter's folder. "
        "Put the file under assets/."
    ]


def test_closing_before_opening_is_an_error(site: SiteFiles) -> None:
    site.write("items/x.md", with_keys("opens = 2023-05-01", "closes = 2023-04-01"))
    site.write("items/y.md", with_keys('opens = "9 days"', 'closes = "1 week"'))
    site.write("items/z.md", with_keys("opens = 2023-05-01", 'closes = "1 week"'))

    assert site.errors() == [
        "items/x.md:6: 'closes' lies before 'opens'. Mend one of the two.",
        "items/y.md:6: 'closes' lies before 'opens'. Mend one of the two.",
    ]


def test_one_broken_file_does_not_hide_another(site: SiteFiles, good_item: str) -> None:
    site.write("items/a.md", "no front matter")
    site.write("items/b.md", b"\xff")
    site.write("items/c.md", good_item)
    site.write("items/c.ja.md", "+++\ntitle = 1\n+++\nx")

    with pytest.raises(ManyErrors) as caught:
        site.read()

    assert [error.where for error in caught.value.errors] == [
        "content/news/items/a.md:1",
        "content/news/items/b.md:1",
        "content/news/items/c.ja.md:2",
    ]


def test_a_single_error_is_raised_as_itself(site: SiteFiles) -> None:
    site.write("items/a.md", "no front matter")

    with pytest.raises(ContentError) as caught:
        site.read()

    assert (caught.value.file, caught.value.line) == ("content/news/items/a.md", 1)
