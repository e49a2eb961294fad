"""newsletter.toml: what it makes of a newsletter, and every complaint with its line."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from digest.model.newsletter import Mailbox
from tests.content.site_files import SiteFiles

MINIMAL = """\
name = "News"
languages = ["en"]
timezone = "UTC"
start = 2023-03-01
about = "Why"
from = { name = "News", address = "news@example.org" }
sections = [{ id = "all", title = "All" }]
"""

WHOLE = """\
name = "The Takeaway"
languages = ["en", "ja"]
timezone = "Asia/Shanghai"
start = 2023-03-01
schedule = "0 9 1,15 * mon-fri/2"
catch_up = "90 minutes"
postal_address = "1 Example Street"

[from]
name = "Die Wochenschau"
address = "news@Bücher.example"
reply_to = "editor@example.org"

[subject]
en = "{name} {number}: {title} {{{date}}}"
ja = "{title}"

[about]
en = "Why"
ja = "理由"

[source]
en = "Source"
ja = "出典"

[assembly]
min_items = 2
max_items = 40
ask_section = "search"

[[sections]]
id = "channels"
title = { en = "Channels", ja = "チャンネル" }
min_items = 1
max_items = 12

[[sections]]
id = "search"
title = "Search"

[attributes.roles]
brand = { en = "brands", ja = "ブランド" }

[attributes.topics]
pay = "WeChat Pay"
"""


def test_every_key_of_a_newsletter_is_read(site: SiteFiles) -> None:
    site.write("newsletter.toml", WHOLE)

    newsletter = site.read()[0].newsletter

    assert newsletter.id == "news"
    assert newsletter.sender == Mailbox(
        name="Die Wochenschau", address="news@xn--bcher-kva.example"
    )
    assert newsletter.reply_to == Mailbox(name="Die Wochenschau", address="editor@example.org")
    assert newsletter.languages == ("en", "ja")
    assert newsletter.start == date(2023, 3, 1)
    assert newsletter.schedule == "0 9 1,15 * mon-fri/2"
    assert newsletter.catch_up == timedelta(minutes=90)
    assert [section.id for section in newsletter.sections] == ["channels", "search"]
    assert newsletter.section("channels").max_items == 12
    assert newsletter.section("search").title == {"en": "Search", "ja": "Search"}
    assert newsletter.rules.ask_section == "search"
    assert newsletter.subject["en"] == "{name} {number}: {title} {{{date}}}"
    assert newsletter.about["ja"] == "理由"
    assert newsletter.label("roles", "brand", "ja") == "ブランド"
    assert set(newsletter.attributes) == {"roles", "topics"}


def test_a_short_newsletter_has_sane_rules(site: SiteFiles) -> None:
    site.write("newsletter.toml", MINIMAL)

    newsletter = site.read()[0].newsletter

    assert (newsletter.schedule, newsletter.catch_up) == ("", timedelta(hours=6))
    assert (newsletter.rules.min_items, newsletter.rules.max_items) == (1, None)
    assert newsletter.subject == {"en": "{name} {number}: {title}"}
    assert newsletter.reply_to is None


def test_a_missing_postal_address_is_a_warning(site: SiteFiles) -> None:
    site.write("newsletter.toml", MINIMAL)

    assert site.errors() == []
    assert site.findings("no-postal-address") == [
        "newsletter.toml: there is no postal address. Many countries ask for one: "
        'postal_address = "..."'
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "The Takeaway"', 'nam = "x"', "1: unknown key 'nam'. Did you mean 'name'?"),
        ('"Asia/Shanghai"', '"Asia/Shangai"', "3: 'timezone' is 'Asia/Shangai', a time zone that "
         "nobody knows. Did you mean 'Asia/Shanghai'?"),
        ('"Asia/Shanghai"', '"Asia"', "3: 'timezone' is 'Asia', a time zone that nobody knows."),
        ('"Asia/Shanghai"', '"../etc/passwd"', "3: 'timezone' is '../etc/passwd', a time zone"),
        ('"Asia/Shanghai"', '"Shanghai"', "3: 'timezone' is 'Shanghai', a time zone that nobody "
         "knows. Did you mean 'Asia/Shanghai'?"),
        ("2023-03-01", '"2023-03-01"', "4: 'start' is not a date. Write it without quotes"),
        ('"0 9 1,15 * mon-fri/2"', '"0 9 * *"', "5: 'schedule' is a schedule of 4 fields, not of"),
        ('"0 9 1,15 * mon-fri/2"', '"0 24 * * *"', "5: 'schedule' has '24' in field 2 of the"),
        ('"0 9 1,15 * mon-fri/2"', '"0 9 * * friday"', "5: 'schedule' has 'friday' in field 5"),
        ('"0 9 1,15 * mon-fri/2"', '"0 9 9-3 * *"', "5: 'schedule' has '9-3' in field 3 of the"),
        ('"90 minutes"', '"soon"', "6: 'catch_up' is 'soon', not a span of time. Write it as"),
        ('"news@Bücher.example"', '"news"', "11: 'from.address' is wrong: 'news' is not an addr"),
        ('"news@Bücher.example"', '"a b@example.org"', "11: 'from.address' is wrong: 'a b@exam"),
        ('"news@Bücher.example"', '"News <a@example.org>"', "11: 'from.address' is wrong: 'News"),
        ('"news@Bücher.example"', '"a@-x.org"', "11: 'from.address' is wrong: 'a@-x.org' is not"),
        ('"Die Wochenschau"', '"a\\r\\nBcc: b@x"', "10: 'from.name' holds the control character"),
        ('"Die Wochenschau"', '"=?utf-8?b?Cg==?="', "10: 'from.name' holds an encoded word"),
        ("{{{date}}}", "{day}", "15: 'subject.en' has an unknown field {day}. Use only {name}"),
        ("{{{date}}}", "{}", "15: 'subject.en' has an unknown field {}. Use only {name}"),
        ("{{{date}}}", "{name.__class__}", "15: 'subject.en' has an unknown field {name.__cla"),
        ("{{{date}}}", "{name!r}", "15: 'subject.en' has an unknown field {name}"),
        ("{{{date}}}", "{number:{title}}", "15: 'subject.en' has an unknown field {number}"),
        ("{{{date}}}", "}", "15: 'subject.en' has a brace without its partner: "),
        ('ja = "理由"', 'de = "x"', "20: 'de' is not a language of this newsletter. The languages"),
        ('en = "Why"', "", "18: 'about' has no text in en, the default language. Add en ="),
        ("min_items = 2", "min_items = 50", "27: 'min_items' is more than 'max_items'. Lower it."),
        ("min_items = 1\n", "min_items = 13\n", "34: 'min_items' is more than 'max_items'."),
        ("min_items = 2", "min_items = -1", "27: 'assembly.min_items' is wrong: input should be"),
        ('"search"\n\n[[', '"serch"\n\n[[', "29: unknown section 'serch'. Did you mean 'search'?"),
        ('id = "search"', 'id = "channels"', "38: the section 'channels' stands twice. Every"),
        ('id = "search"', 'id = "Search It"', "38: 'sections.id' is 'Search It'. Use lower-case"),
        ("[attributes.topics]", "[attributes.verified]", "44: unknown key 'attributes.verified'."),
        ("pay =", '"p|y" =', "45: 'attributes.topics.p|y' is 'p|y'. Use lower-case letters"),
        ('["en", "ja"]', '["en", "japanese"]', "2: 'languages' is 'japanese', not a language tag."),
        ('["en", "ja"]', '["en", "ja", "en"]', "2: the language 'en' stands twice. Keep one."),
        ('["en", "ja"]', "[]", "2: 'languages' is wrong: tuple should have at least 1 item"),
        ("[from]\n", "[from]\ntimezone2 = 1\n", "10: unknown key 'from.timezone2'."),
        ('reply_to =', 'schedule =', "12: 'schedule' stands below [from] and so belongs to that"),
    ],
)  # fmt: skip
def test_a_wrong_key_or_value_is_named_with_its_line(
    site: SiteFiles, old: str, new: str, said: str
) -> None:
    assert old in WHOLE
    site.write("newsletter.toml", WHOLE.replace(old, new, 1))

    errors = site.errors()

    assert any(error.startswith(f"newsletter.toml:{said}") for error in errors), errors


def test_missing_tables_are_named(site: SiteFiles) -> None:
    site.write("newsletter.toml", 'name = "x"\n')

    missing = [error.split("'")[1] for error in site.errors()]

    assert missing == ["languages", "timezone", "start", "from", "about", "sections"]


def test_a_text_without_a_translation_falls_back_and_is_noticed(site: SiteFiles) -> None:
    site.write("newsletter.toml", WHOLE.replace('ja = "理由"\n', ""))

    newsletter = site.read()[0].newsletter

    assert newsletter.about["ja"] == "Why"
    assert "newsletter.toml:18: 'about' has no text in ja. Readers of ja see it in en." in (
        site.findings("missing-translation")
    )


def test_a_folder_whose_name_cannot_be_an_id_is_refused(site: SiteFiles) -> None:
    site.folder.rename(site.folder.with_name("My News"))

    from digest.content.folder import collect_findings

    errors = [str(found) for found in collect_findings(site.home, "My News")]
    assert errors[0].startswith("content/My News/newsletter.toml:1: the folder is called 'My News'")


def test_a_broken_newsletter_does_not_hide_broken_items(site: SiteFiles) -> None:
    site.write("newsletter.toml", "name = \n")
    site.write("items/x.md", '+++\ntitle = "x"\n+++\n')
    site.write("items/x.ja.md", "+++\ntitel = 3\n+++\n")

    assert [error.split(". ")[0] for error in site.errors()] == [
        "items/x.ja.md:2: unknown key 'titel'",
        "items/x.md:1: the key 'date' is missing",
        "items/x.md:1: the key 'section' is missing",
        "newsletter.toml:1: TOML syntax, column 8: Invalid value",
    ]
