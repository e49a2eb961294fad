"""Which file each block of a mail is written in; and the mail stays what it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from digest.paths import shipped
from digest.rendering.renderer import Renderer
from digest.rendering.signs import Origin, Signs, Traced, read_signs
from tests.rendering.issue_maker import (
    ALL_LINKS,
    LANGUAGES,
    figure,
    full_issue,
    item,
    make_edition,
    make_issue,
    make_renderer,
)
from tests.rendering.sample_mails import (
    LINKS,
    heaviest_editions,
    invited_edition,
    plain_edition,
    sample_issue,
)

_MARK = re.compile(r' data-block="\d+"')


def origin(name: str = "palm", **values: object) -> Origin:
    known = {"about": f"item {name}", "part": "title", "words": "", "files": (f"{name}.md",)}
    return Origin(**(known | values))  # type: ignore[arg-type]


def traced(*items, language: str = "en") -> Traced:  # type: ignore[no-untyped-def]
    issue = make_issue(*items)
    return make_renderer().traced(issue, make_edition(issue, language), links=ALL_LINKS)


def element(html: str, number: int) -> str:
    """Return the start of the element of a block: its tag, and the first words behind it."""
    found = re.search(rf'<(\w+) data-block="{number}"[^>]*>([^<]*)', html)
    assert found, f"no block {number}"
    return f"{found[1]}: {found[2].strip()}".strip()


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_its_marks_it_is_the_mail_to_the_byte(language: str) -> None:
    renderer = Renderer([shipped("templates")])
    editions = [plain_edition(language), invited_edition(language), *heaviest_editions(language)]

    for edition in editions:
        mail = renderer.render(sample_issue(), edition, links=frozenset(LINKS))
        looked_at = renderer.traced(sample_issue(), edition, links=frozenset(LINKS))

        assert looked_at.plain == mail.html
        assert _MARK.sub("", looked_at.html) == mail.html
        assert len(looked_at.blocks) > 90


def test_the_mail_that_is_sent_has_no_mark_and_no_sign() -> None:
    issue = full_issue()
    mail = make_renderer().render(issue, make_edition(issue, "en", "breakfast"), links=ALL_LINKS)

    assert "data-block" not in mail.html + mail.text
    assert not re.search(r"bk[0-9a-f]{24}", mail.html + mail.text)


def test_every_text_of_an_item_leads_to_its_own_part() -> None:
    found = traced(
        item(
            "live",
            title="A title",
            body="First.\n\n- one\n- two\n\n> said\n\n```\ncode\n```\n\n**The view:** it grows.",
            do="Do it.",
            source="Somebody",
            figures=(figure("800 million", "readers", highlight=True),),
        ),
        item("other", source="Else"),
    )
    said = {
        (element(found.html, number), one.part, one.keys, one.below)
        for number, one in found.blocks
        if one.about == "item live"
    }

    assert said == {
        ("p: 800", "figure", ("figures", "800 million", "text"), 0),
        ("p: readers", "figure's label", ("figures", "800 million", "label"), 0),
        ("h3: A title", "title", ("title",), 0),
        ("p: First.", "text", (), 0),
        ("li: one", "text", (), 2),
        ("li: two", "text", (), 3),
        ("p: said", "text", (), 5),
        ("code: code", "text", (), 7),
        ("td:", "text", (), 11),  # a voice has a panel of its own
        ("td:", "what to do", ("do",), 0),
        ("b: 800 million", "figure", ("figures", "800 million", "text"), 0),
        ("td:", "figure's label", ("figures", "800 million", "label"), 0),
        ("p: Source: Somebody", "source", ("source",), 0),
    }


def test_note_sections_question_and_foot_lead_to_their_files() -> None:
    issue = full_issue()
    found = make_renderer().traced(issue, make_edition(issue, "en", "breakfast"), links=ALL_LINKS)
    said = {(one.about, one.part): one for _, one in found.blocks}

    toml = ("content/open-class/newsletter.toml",)
    assert said["section channels", "title"].keys == ("sections", 0, "title", "en")
    assert said["section channels", "title"].files == toml
    assert said["newsletter", "name"].files == toml
    assert said["newsletter", "postal address"].files == toml
    assert said["note", "title"].template == "mail/blocks/top.mjml.j2"
    assert said["question breakfast", "question"].template == "mail/kinds/invitation.mjml.j2"
    assert said["item night", "title"].template == "mail/kinds/event.mjml.j2"
    assert said["item presence", "for whom"].keys == ("for",)


def test_what_a_translation_does_not_say_leads_to_the_file_that_says_it() -> None:
    issue = full_issue()

    found = make_renderer().traced(issue, make_edition(issue, "ja"), links=ALL_LINKS)

    titles = {one.about: one.words for _, one in found.blocks if one.part == "title"}
    assert titles["item live"] == "ライブ販売が伸びた"
    assert titles["item reach"] == "Title of reach"


@pytest.mark.parametrize(
    "hostile",
    [
        '<script data-block="1">alert(1)</script>',
        '"><img src=x onerror=alert(1) data-block="2">',
        "bk" + "0" * 24 + "00000k",
        "<!-- comment --> & ]]> {{ issue }} {% raw %}",
        "\\ `` * _ [a](javascript:alert(1)) ![b](x)",
        "</td></tr></table>",
    ],
)
def test_hostile_words_are_blocks_as_any_other(hostile: str) -> None:
    items = item("bad", title=hostile, body=f"{hostile}\n\nmore", do=hostile, source=hostile)
    issue = make_issue(items, item("good"))
    edition = make_edition(issue)

    found = make_renderer().traced(issue, edition, links=ALL_LINKS)

    assert found.plain == make_renderer().render(issue, edition, links=ALL_LINKS).html
    assert "<script data" not in found.html
    marked = {int(number) for number in re.findall(r'<[a-z0-9]+ data-block="(\d+)"', found.html)}
    assert marked == {number for number, _ in found.blocks}


@pytest.mark.parametrize(
    ("template", "same"),
    [
        ("{{ entry.title }}", True),
        ("{{ entry.title|upper }} {{ entry.title|length }} {{ entry.title[:3] }}", True),
        (
            "{{ entry.title ~ ' & ' ~ entry.do }} {% if entry.title == 'Title of x' %}y{% endif %}",
            True,
        ),
        (
            "{{ entry.title|truncate(5) }} {{ '%s' % entry.title }} {{ '{}'.format(entry.do) }}",
            True,
        ),
        ("{{ entry.body.html|striptags|truncate(9, true) }}", False),
        ("{{ entry.title|e|replace('k', 'K') }}", False),
    ],
)
def test_a_site_s_own_template_may_do_with_a_text_what_it_likes(
    tmp_path: Path, template: str, same: bool
) -> None:
    kinds = tmp_path / "templates" / "mail" / "kinds"
    kinds.mkdir(parents=True)
    (kinds / "takeaway.mjml.j2").write_text(f"<p>{template}</p>")
    renderer = Renderer([tmp_path / "templates", shipped("templates")])
    issue = make_issue(item("x", do="Kick & go."))
    edition = make_edition(issue)

    found = renderer.traced(issue, edition, links=ALL_LINKS)

    mail = renderer.render(issue, edition, links=ALL_LINKS)
    # Where it is not the same, the preview knows it, and points at no block.
    assert (found.plain == mail.html) is same


def test_a_sign_marks_the_element_in_which_it_stands() -> None:
    signs = Signs("n")
    one, two, three = (signs.sign(origin(name)) for name in ("one", "two", "three"))
    html = (
        f"<!doctype html><title>{one}t</title><style>a>b{{}}</style><div a='>'><br>"
        f'<p>{one}first</p>{two}second<img alt="{three}third" /><!-- <p> --></div>{one}'
    )

    found = read_signs(html, signs)

    assert found.html == (
        "<!doctype html><title>t</title><style>a>b{}</style><div data-block=\"1\" a='>'><br>"
        '<p data-block="0">first</p>second<img data-block="2" alt="third" /><!-- <p> --></div>'
    )
    assert [number for number, _ in found.blocks] == [1, 0, 2]


def test_markup_that_is_not_closed_or_closed_twice_ends_nothing() -> None:
    signs = Signs("n")
    sign = signs.sign(origin())

    found = read_signs(f"</p><div></b><ul><li>{sign}a</div>{sign}b<", signs)

    assert found.html == '</p><div></b><ul><li data-block="0">a</div>b<'


def test_a_sign_is_not_known_to_what_is_signed() -> None:
    signs, others = Signs("one"), Signs("two")
    stranger = others.sign(origin())

    found = read_signs(f"<p>{stranger}</p>", signs)

    assert found.blocks == ()
    assert stranger in found.html
    assert signs.sign(origin()) != stranger
