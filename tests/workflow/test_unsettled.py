"""An unsettled figure never stands in a mail without its doubt, unless its editor wrote it so."""

from __future__ import annotations

import pytest

from digest.model.edition import Edition, Rendered
from digest.model.finding import Finding, Level
from digest.model.issue import Figure, Issue, ItemText
from digest.workflow.unsettled import lost_doubts
from tests.assembly.nouns import NOON, make_item, make_newsletter

DOUBT = "unconfirmed"
EDITION = Edition(key="k" * 12, language="en", items=("a",), question=None, audience="all")
BODY = "Our source gives +800 % for live sales. Others say **eightfold**."


def figure(text: str = "+800 %", *, settled: bool = False, label: str = "live sales") -> Figure:
    return Figure(id=f"f-{label[:4]}", number=800, text=text, label=label, settled=settled)


def findings(
    html: str, text: str = "", *figures: Figure, body: str = BODY, doubt: str = DOUBT
) -> list[Finding]:
    said = ItemText(
        language="en",
        title="Live sales grew",
        body=body,
        figures=figures or (figure(),),
        file="content/news/items/a.md",
    )
    issue = Issue(
        newsletter=make_newsletter(),
        number=1,
        cutoff_at=NOON,
        items=(make_item("a", texts={"en": said}),),
    )
    rendered = Rendered(
        subject="s",
        preheader="p",
        html=html,
        text=text,
        markers={},
        greeting_named="",
        greeting_plain="",
    )
    return lost_doubts(rendered, EDITION, issue, doubt)


@pytest.mark.parametrize(
    "html",
    [
        "<p>+800 %</p><p>live sales</p><p>≈ unconfirmed</p>",
        "<b>+800</b><i> %</i> <span>(unconfirmed)</span>: live sales",
        "<strong>+800&nbsp;%</strong><br>live&shy; sales <span>≈ unconfirmed</span>",
        "<td>Before 1</td><td>≈ +800 %</td>",
        "<p>Our source gives +800 % for live sales. Others say <strong>eightfold</strong>.</p>",
        "<style>.x{content:'+800 %'}</style><title>+800 %</title>",
        "<p>+1,800 %</p><p>nothing of it</p>",
        "",
    ],
)
def test_a_figure_that_carries_its_doubt_is_fine(html: str) -> None:
    assert findings(html) == []


@pytest.mark.parametrize(
    "html",
    [
        "<p>+800 %</p><p>live sales</p>",
        "<p>+800 %</p><p>live sales</p><p>and much later it is unconfirmed</p>",
        "<p>+800</p><p> %</p><p>live sales</p>",
        "<p>live sales: +800 %</p><p>unconfirmedly</p><p>+800 % at last</p>",
        f"<p>{BODY}</p><p>+800 %</p><p>live sales</p>",
        "<p>+800 %</p>",
    ],
)
def test_a_figure_that_lost_its_doubt_is_an_error_of_its_item(html: str) -> None:
    [finding] = findings(html)

    assert finding.level is Level.ERROR
    assert finding.rule == "doubt-lost"
    assert finding.file == "content/news/items/a.md"
    assert finding.what.startswith("the HTML part says '+800 %'")


def test_both_parts_are_looked_at() -> None:
    marked, plain = "- +800 % (unconfirmed): live sales", "- +800 %: live sales"

    assert [one.what[:8] for one in findings(marked, plain)] == ["the text"]
    assert [one.what[:8] for one in findings(plain, marked)] == ["the HTML"]


def test_a_line_that_is_wrapped_inside_the_figure_is_still_found() -> None:
    assert findings("", "and so they say that it was +800\n% : live\nsales")
    assert findings("", "+800\n% (uncon\nfirmed)") == []


def test_a_settled_figure_of_the_same_value_needs_no_doubt() -> None:
    both = (figure(), figure(settled=True, label="search"))

    assert findings("<p>+800 %</p><p>search</p>", "", *both) == []
    assert findings("<p>+800 %</p><p>live sales</p>", "", *both)


def test_settled_figures_are_never_asked_for_doubt() -> None:
    assert findings("<p>+800 %</p><p>live sales</p>", "", figure(settled=True)) == []


def test_a_label_may_quote_what_others_say() -> None:
    quoting = figure("2.64倍", label="クリエイター。「2.64倍分の増加」との情報も")
    html = "<p>2.64倍</p><p>クリエイター。「2.64倍分の増加」との情報も</p><p>≈ 未確定</p>"

    assert findings(html, "", quoting, doubt="未確定") == []
    assert findings(html.replace("未確定", ""), "", quoting, doubt="未確定")


def test_a_digit_that_belongs_to_a_longer_number_is_another_number() -> None:
    two = figure("2", label="shops")

    assert findings("<p>In 2022 there were 12 and 1.2 and 1,2 of 25.</p>", "", two) == []
    assert findings("<p>2</p><p>shops</p>", "", two)


def test_a_site_without_a_word_for_doubt_marks_nothing() -> None:
    assert findings("<p>+800 %</p><p>live sales</p>", doubt="")
