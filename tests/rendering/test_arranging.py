"""Arranging an edition: figures, opportunities and invitations stand where they belong."""

from __future__ import annotations

import dataclasses
import re
from datetime import date, timedelta

import pytest

from digest.model.audience import Rule, Term
from digest.model.edition import Placeholder
from digest.model.issue import OpportunityStatus
from digest.model.newsletter import AssemblyRules
from tests.rendering.issue_maker import (
    ALL_LINKS,
    BRANDS,
    NEWSLETTER,
    figure,
    full_issue,
    item,
    make_edition,
    make_issue,
    make_renderer,
    only,
    opportunity,
    question,
    render,
)
from tests.rendering.mail_reader import MailReader


@pytest.mark.parametrize(
    ("language", "doubt"), [("en", "unconfirmed"), ("ja", "未確定"), ("zh-Hans", "待核实")]
)
def test_a_doubtful_figure_carries_its_doubt_wherever_it_stands(language: str, doubt: str) -> None:
    rendered = only(
        item("a", figures=(figure("+800 %", "sales", settled=False, highlight=True),)),
        language=language,
    )

    assert rendered.html.count(f"≈ {doubt}</span>") == 2
    assert len(re.findall(rf"\+800 %[ （(]+{doubt}", rendered.text)) == 2


def test_a_settled_figure_is_shown_plainly_and_nothing_explains_doubts() -> None:
    rendered = only(item("a", figures=(figure("800 million", "readers", highlight=True),)))

    assert "800 million: readers" in rendered.text
    assert "unconfirmed" not in rendered.text + rendered.html


def test_at_most_four_figures_stand_at_the_top() -> None:
    figures = tuple(figure(f"{n} %", f"label {n}", highlight=True) for n in range(6))
    issue = make_issue(item("a", figures=figures))

    view = make_renderer().arrange(issue, make_edition(issue))

    assert [tile.text for tile in view.tiles] == ["0 %", "1 %", "2 %", "3 %"]


@pytest.mark.parametrize(
    ("text", "number", "unit", "beside"),
    [
        ("+800 %", "+800", " %", True),
        ("40%+", "40", "%+", True),
        ("8億人", "8", "億人", True),
        ("2.64 ×", "2.64", " ×", True),
        ("1,200万", "1,200", "万", True),
        ("1,200万超", "1,200", "万超", False),
        ("over 3 million", "over 3", " million", False),
        ("trillions of yuan", "trillions of yuan", "", True),
    ],
)
def test_a_figure_is_its_number_and_its_unit(
    text: str, number: str, unit: str, beside: bool
) -> None:
    issue = make_issue(item("a", figures=(figure(text, "label", highlight=True),)))

    tile = make_renderer().arrange(issue, make_edition(issue)).tiles[0]

    assert (tile.number, tile.unit, tile.beside) == (number, unit, beside)


def test_an_opportunity_of_another_section_also_stands_short_in_the_block() -> None:
    rendered = render(full_issue())

    assert rendered.text.count("Title of service") == 2
    assert "More under “WeCom”" in rendered.text
    block = rendered.html[rendered.html.index("deep sheet") :]
    assert block.index("Title of presence") < block.index("Title of service")


def test_opportunities_stand_by_whom_they_are_for_and_everyones_come_last() -> None:
    creators = Rule(terms=(Term("roles", ("creator",)),))
    issue = make_issue(
        opportunity("a"),
        opportunity("b", rule=BRANDS),
        opportunity("c", rule=creators),
        opportunity("d", rule=BRANDS),
    )

    panels = make_renderer().arrange(issue, make_edition(issue)).sections[0].panels

    assert [(panel.audience, [str(each.title) for each in panel.entries]) for panel in panels] == [
        ("For brands, merchants", ["Title of b", "Title of d"]),
        ("For creator", ["Title of c"]),
        ("Everyone", ["Title of a"]),
    ]


def test_an_opportunity_has_a_button_only_where_it_leads_somewhere() -> None:
    rendered = only(opportunity("a", link="https://x.example/a"), opportunity("b"))

    assert rendered.html.count('class="btns"') == 1
    assert MailReader(rendered.html).links.count("https://x.example/a") == 1


def test_the_authors_opinion_stands_apart_from_what_was_told() -> None:
    said = item("a", body="It grew.\n\n**The author's opinion:** start now.", do="Begin.")
    rendered = only(said)

    assert "The author's opinion: start now." in rendered.text
    panel = rendered.html[rendered.html.index('<td class="say quiet') :]
    assert panel.index("Start now.") < panel.index('<td class="say todo') < panel.index("Begin.")


def test_a_newsletter_without_pictures_has_badges_and_a_band_of_colours() -> None:
    rendered = render(full_issue(), asked="breakfast")

    assert "<img" not in rendered.html
    assert rendered.html.count('height="14"') == 8
    assert [badge in rendered.html for badge in (">1</div>", ">→</div>", ">?</div>")] == [True] * 3


def test_only_the_section_that_gathers_is_a_block_of_its_own() -> None:
    issue = full_issue()

    view = make_renderer().arrange(issue, make_edition(issue))

    assert [section.strong for section in view.sections] == [True, False, False]


def test_without_also_in_the_section_with_most_opportunities_is_the_block() -> None:
    issue = make_issue(
        opportunity("a"), opportunity("b", section="wecom"), opportunity("c", section="wecom")
    )

    view = make_renderer().arrange(issue, make_edition(issue))

    assert [section.strong for section in view.sections] == [False, True]


def test_the_last_block_is_round_whatever_it_is() -> None:
    ends = [
        only(item("a")),
        only(opportunity("a"), opportunity("b")),
        render(make_issue(item("a"), questions=[question()]), asked="breakfast"),
    ]

    assert [each.html.count("border-radius:0 0 20px 20px") for each in ends] == [2, 2, 2]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "Announced · Everyone · Date: not dated yet"),
        ({"status": OpportunityStatus.OPEN}, "Open · Everyone · No closing date named"),
        ({"status": OpportunityStatus.CLOSED}, "Closed · Everyone\n"),
        ({"opens": date(2023, 5, 1)}, "Everyone · From 1 May 2023"),
        ({"closes": timedelta(days=14)}, "Everyone · Until 15 April 2023"),
        (
            {"opens": timedelta(days=1), "closes": timedelta(days=30)},
            "From 2 April 2023 until 1 May 2023",
        ),
        ({"status": OpportunityStatus.PILOT, "rule": BRANDS}, "Pilot · For brands, merchants ·"),
        (
            {"rule": Rule(unless=(Term("roles", ("brand",)),))},
            "Announced · Everyone · not for brands",
        ),
    ],
)
def test_an_opportunity_says_how_far_it_is_for_whom_and_when(
    values: dict[str, object], words: str
) -> None:
    rendered = only(opportunity("a", **values), item("b"))

    assert words in rendered.text


def test_a_source_that_all_items_share_stands_once_in_the_foot() -> None:
    shared = only(item("a"), item("b"))
    own = only(item("a"), item("b", source="Someone Else"))

    assert shared.text.count("Yan Tao") == 1
    assert "Source: Someone Else" in own.text
    assert "Source: Yan Tao" in own.text


def test_the_invited_creator_gets_a_card_with_question_deadline_and_two_buttons() -> None:
    rendered = render(full_issue(), asked="breakfast")

    assert "Will you answer a question on food?" in rendered.text
    assert "Please answer by 15 April 2023." in rendered.text
    assert set(rendered.markers.values()) == ALL_LINKS | {Placeholder.GREETING}
    page = MailReader(rendered.html)
    assert {marker for marker in rendered.markers if marker in page.links} == {
        marker for marker, each in rendered.markers.items() if each in ALL_LINKS
    }


def test_everyone_else_gets_no_card_and_no_answer_links() -> None:
    rendered = render(full_issue())

    assert "Which breakfast" not in rendered.html + rendered.text
    assert set(rendered.markers.values()) == {Placeholder.GREETING, Placeholder.LEAVE_URL}


def test_an_invitation_without_a_deadline_says_so() -> None:
    issue = make_issue(item("a"), questions=[question()])

    assert "There is no deadline." in render(issue, asked="breakfast").text


@pytest.mark.parametrize("ask_section", ["", "wecom", "search", "channels"])
def test_an_invitation_is_drawn_wherever_the_rules_put_it(ask_section: str) -> None:
    newsletter = dataclasses.replace(NEWSLETTER, rules=AssemblyRules(ask_section=ask_section))
    issue = make_issue(item("a"), questions=[question()], newsletter=newsletter)

    rendered = render(issue, asked="breakfast")

    assert rendered.html.count("Which breakfast is best?") == 1
    assert rendered.text.count("Which breakfast is best?") == 1
