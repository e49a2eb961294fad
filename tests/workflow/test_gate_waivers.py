"""Waivers: what is known and meant stops nothing, and nothing else is hidden by it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from digest.model.finding import Finding, Level, Waiver
from digest.workflow.plan import Plan
from digest.workflow.send import Ending
from tests.workflow.desks import Desk

A = "a@readers.example"
ITEM = "content/news/items/a.md"
NEWSLETTER = "content/news/newsletter.toml"
WRONG = Finding(rule="missing-alt", level=Level.ERROR, what="a picture says nothing", file=ITEM)
IN_ITEM = Waiver(rule="missing-alt", reason="It is art.", file=ITEM, line=4, covers=(ITEM,))


def judge(desk: Desk, *waivers: Waiver, wrong: Finding = WRONG) -> Plan:
    desk.noticed = [wrong]
    desk.publication = replace(desk.publication, waivers=waivers)
    return desk.gate.run(desk.plan.run("news"), sending=False).plan


def test_a_waived_error_is_shown_with_its_reason_and_stops_nothing(desk: Desk) -> None:
    desk.subscribe(A)

    plan = judge(desk, IN_ITEM)
    sent = asyncio.run(desk.send.run("news"))

    [finding] = plan.findings
    assert finding.waived == "It is art."
    assert plan.errors == ()
    assert sent.ending is Ending.COMPLETE


def test_a_waiver_covers_its_own_files_and_its_own_rule_only(desk: Desk) -> None:
    desk.subscribe(A)

    elsewhere = judge(desk, IN_ITEM, wrong=replace(WRONG, file="content/news/items/b.md"))
    another = judge(desk, IN_ITEM, wrong=replace(WRONG, rule="missing-lang"))

    assert [one.rule for one in elsewhere.errors] == ["missing-alt"]
    assert [one.rule for one in another.errors] == ["missing-lang"]


def test_a_waiver_in_newsletter_toml_covers_everything(desk: Desk) -> None:
    desk.subscribe(A)
    everywhere = replace(IN_ITEM, file=NEWSLETTER, covers=())

    plan = judge(desk, everywhere, wrong=replace(WRONG, file=""))

    assert plan.errors == ()


def test_a_waiver_of_an_unknown_rule_is_an_error_with_its_line(desk: Desk) -> None:
    desk.subscribe(A)

    plan = judge(desk, replace(IN_ITEM, rule="mising-alt"))

    wrong = [str(one) for one in plan.errors if one.rule == "waiver-unknown"]
    assert wrong == [f"{ITEM}:4: there is no rule 'mising-alt'. Did you mean 'missing-alt'?"]


def test_a_rule_that_nothing_excuses_cannot_be_waived(desk: Desk) -> None:
    desk.subscribe(A)
    desk.rules = {**desk.rules, "missing-alt": replace(desk.rules["missing-alt"], waivable=False)}

    plan = judge(desk, IN_ITEM)

    assert {one.rule for one in plan.errors} == {"missing-alt", "waiver-forbidden"}


def test_a_waiver_cannot_be_waived_away_itself(desk: Desk) -> None:
    desk.subscribe(A)
    unknown = replace(IN_ITEM, rule="no-such-rule")
    cover = replace(IN_ITEM, rule="waiver-unknown")

    plan = judge(desk, unknown, cover)

    assert {one.rule for one in plan.errors} >= {"waiver-unknown", "waiver-forbidden"}


def test_a_waiver_that_waives_nothing_is_a_note(desk: Desk) -> None:
    desk.subscribe(A)

    plan = judge(desk, replace(IN_ITEM, rule="missing-lang"), IN_ITEM)

    [note] = [one for one in plan.findings if one.rule == "waiver-unused"]
    assert note.level is Level.NOTE
    assert (note.file, note.line) == (ITEM, 4)


def test_a_waiver_of_an_item_that_waits_for_another_issue_is_not_called_unused(
    desk: Desk,
) -> None:
    desk.subscribe(A)
    other = "content/news/items/later.md"

    plan = judge(desk, replace(IN_ITEM, file=other, covers=(other,)))

    assert [one.rule for one in plan.findings] == ["missing-alt"]


def test_a_waiver_of_what_only_the_network_tells_is_not_called_unused(desk: Desk) -> None:
    desk.subscribe(A)

    plan = judge(desk, replace(IN_ITEM, rule="link-silent"), IN_ITEM)

    assert [one.rule for one in plan.findings] == ["missing-alt"]
