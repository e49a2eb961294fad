"""The gate: what must not leave does not, and what was judged is what is frozen."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.errors import ConfigurationError, TemplateError
from digest.model.audience import Subscriber
from digest.model.edition import Edition, Placeholder, Rendered
from digest.model.finding import Finding, Level
from digest.model.freeze import Newcomer
from digest.model.issue import Issue
from digest.model.newsletter import Mailbox
from digest.workflow.plan import Plan
from digest.workflow.send import Ending, Sent
from tests.workflow.desks import GREETING, Desk, plain_render

A, B = "a@readers.example", "b@readers.example"
FRIDAY_9 = datetime(2023, 3, 31, 9, 0, 20, tzinfo=UTC)
WRONG = Finding(rule="missing-alt", level=Level.ERROR, what="a picture says nothing")


def send(desk: Desk) -> Sent:
    return asyncio.run(desk.send.run("news"))


def judge(desk: Desk, *, sending: bool = True) -> Plan:
    return desk.gate.run(desk.plan.run("news"), sending=sending).plan


def found(desk: Desk, rule: str, *, sending: bool = True) -> list[Finding]:
    return [one for one in judge(desk, sending=sending).findings if one.rule == rule]


def subscribe_many(desk: Desk, count: int, *, first: int = 0) -> None:
    rows = (
        Newcomer(line=n, subscriber=Subscriber(address=f"r{n}@readers.example", name=f"R {n}"))
        for n in range(first, first + count)
    )
    desk.ledger.import_rows("news", rows, source="t", consent="t", at=desk.clock.now())


def next_week(desk: Desk) -> None:
    desk.clock.advance(timedelta(days=7))
    desk.file(f"item-{desk.clock.now().date()}")


def has(desk: Desk, **changes: object) -> None:
    newsletter = replace(desk.publication.newsletter, **changes)  # type: ignore[arg-type]
    desk.publication = replace(desk.publication, newsletter=newsletter)


def test_an_error_in_an_edition_freezes_nothing_and_sends_nothing(desk: Desk) -> None:
    desk.subscribe(A)
    desk.noticed = [WRONG]

    sent = send(desk)

    assert sent.ending is Ending.ERRORS
    assert "a picture says nothing" in sent.reason
    assert desk.transport.recipients == []
    assert desk.ledger.mailings("news") == []


def test_a_warning_and_a_note_stop_nothing(desk: Desk) -> None:
    desk.subscribe(A)
    desk.noticed = [
        replace(WRONG, level=Level.WARNING),
        replace(WRONG, level=Level.NOTE, what="by the way"),
    ]

    assert send(desk).ending is Ending.COMPLETE


def test_the_person_is_asked_only_when_nothing_stands_in_the_way(desk: Desk) -> None:
    desk.subscribe(A)
    desk.noticed = [WRONG]
    asked: list[Plan] = []

    asyncio.run(desk.send.run("news", confirm=lambda plan: bool(asked.append(plan))))
    desk.noticed = [replace(WRONG, level=Level.WARNING)]
    asyncio.run(desk.send.run("news", confirm=lambda plan: bool(asked.append(plan))))

    [plan] = asked
    assert [one.rule for one in plan.findings] == ["missing-alt"]


def test_the_editions_that_were_judged_are_the_ones_that_are_frozen(desk: Desk) -> None:
    desk.subscribe(A)
    desk.subscribe(B, language="ja")

    send(desk)

    [mailing] = desk.ledger.mailings("news")
    frozen = desk.ledger.frozen_editions(mailing.id)
    assert desk.rendered == len(frozen) == 2
    assert {one.rendered.html for one in frozen} == {
        plain_render(desk.plan.run("news").issue, one.edition).html for one in frozen
    }


def test_a_slot_that_an_error_stopped_stays_open_until_it_is_mended(desk: Desk) -> None:
    desk.subscribe(A)
    desk.clock.at = FRIDAY_9
    desk.noticed = [WRONG]

    stopped = asyncio.run(desk.due.run(desk.publication.newsletter))
    desk.noticed = []
    mended = asyncio.run(desk.due.run(desk.publication.newsletter))

    assert stopped.sent is not None
    assert stopped.sent.ending is Ending.ERRORS
    assert mended.sent is not None
    assert mended.sent.ending is Ending.COMPLETE
    assert desk.ledger.slots("news") == [("2023-03-31T09:00", "issue 1")]


def test_what_is_wrong_in_many_editions_is_said_once(desk: Desk) -> None:
    desk.subscribe(A)
    desk.subscribe(B, language="ja")
    desk.noticed = [WRONG]

    [finding] = found(desk, "missing-alt")

    assert finding.edition.endswith(" and 1 more")


def test_an_edition_that_cannot_be_rendered_is_an_error_that_names_the_template(
    desk: Desk,
) -> None:
    def broken(_issue: Issue, _edition: Edition) -> Rendered:
        raise TemplateError("templates/mail/issue.mjml.j2", 7, "unknown tag", "Mend it.")

    desk.subscribe(A)
    desk.subscribe(B, language="ja")
    gate = replace(desk.gate, render=broken)

    plan = gate.run(desk.plan.run("news")).plan

    [finding] = plan.errors
    assert str(finding) == "templates/mail/issue.mjml.j2:7: unknown tag. Mend it."
    assert finding.rule == "edition"


def test_a_wrong_setting_is_no_finding_about_an_issue(desk: Desk) -> None:
    def unusable(*_: object) -> None:
        raise ConfigurationError("[site] base_url", "cannot begin a link")

    desk.subscribe(A)
    gate = replace(desk.gate, prove=unusable)

    with pytest.raises(ConfigurationError):
        gate.run(desk.plan.run("news"))


def test_nobody_is_an_error_in_a_send_and_a_note_before_the_first_import(desk: Desk) -> None:
    [in_send] = found(desk, "no-readers")
    [in_check] = found(desk, "no-readers", sending=False)
    desk.subscribe(A)

    assert (in_send.level, in_check.level) == (Level.ERROR, Level.NOTE)
    assert found(desk, "no-readers") == []


def test_an_issue_that_is_for_none_of_the_readers_is_an_error_for_a_check_too(desk: Desk) -> None:
    desk.subscribe(A)
    plan = desk.plan.run("news")
    for_nobody = replace(plan, recipients=dict.fromkeys(plan.recipients, 0))

    judged = desk.gate.run(for_nobody, sending=False).plan

    assert [one.rule for one in judged.errors] == ["no-readers"]


@pytest.mark.parametrize(
    ("before", "more", "stopped"),
    [
        (200, 200, False),  # twice
        (200, 201, True),
        (10, 100, False),  # a hundred more
        (10, 101, True),
    ],
)
def test_an_audience_above_twice_and_a_hundred_more_is_stopped(
    desk: Desk, before: int, more: int, stopped: bool
) -> None:
    subscribe_many(desk, before)
    send(desk)
    subscribe_many(desk, more, first=before)
    next_week(desk)

    sent = send(desk)

    assert (sent.ending is Ending.ERRORS) is stopped
    if stopped:
        assert sent.plan is not None
        assert [one.rule for one in sent.plan.errors] == ["audience-growth"]
        assert f"for {before + more:,} readers" in sent.plan.errors[0].what


def test_the_growth_that_newsletter_toml_allows_is_let_pass(desk: Desk) -> None:
    subscribe_many(desk, 50)
    send(desk)
    subscribe_many(desk, 200, first=50)
    next_week(desk)
    rules = desk.publication.newsletter.rules

    has(desk, rules=replace(rules, max_growth=4.9))
    too_much = found(desk, "audience-growth")
    has(desk, rules=replace(rules, max_growth=5.0))
    allowed = found(desk, "audience-growth")

    assert "max_growth = 5.1" in too_much[0].hint
    assert allowed == []


def test_a_rehearsal_that_was_captured_says_nothing_of_the_real_audience(desk: Desk) -> None:
    subscribe_many(desk, 5)
    captured = replace(desk.send, freeze=replace(desk.send.freeze, captured=True))
    asyncio.run(captured.run("news"))
    subscribe_many(desk, 300, first=5)
    next_week(desk)

    assert found(desk, "audience-growth") == []


@pytest.mark.parametrize(
    ("signs", "aligned"),
    [
        ("", True),
        ("news.example", True),
        ("NEWS.example.", True),
        ("mail.news.example", True),
        ("example", True),
        ("ews.example", False),
        ("other.example", False),
        ("news.example.org", False),
    ],
)
def test_from_has_to_be_on_the_domain_that_signs(desk: Desk, signs: str, aligned: bool) -> None:
    desk.subscribe(A)
    desk.dkim_domain = signs

    assert (found(desk, "dkim-domain") == []) is aligned


def test_a_domain_is_the_same_in_ascii_and_in_its_own_script(desk: Desk) -> None:
    desk.subscribe(A)
    has(desk, sender=Mailbox(name="N", address="n@xn--exmple-cua.com"))
    desk.dkim_domain = "exämple.com"

    assert found(desk, "dkim-domain") == []


def test_a_missing_postal_address_stops_only_mail_that_leaves(desk: Desk) -> None:
    desk.subscribe(A)
    desk.said = [Finding(rule="no-postal-address", level=Level.WARNING, what="there is none")]

    [leaving] = found(desk, "no-postal-address")
    desk.captured = True
    [captured] = found(desk, "no-postal-address")

    assert (leaving.level, captured.level) == (Level.ERROR, Level.WARNING)


def test_the_heaviest_reader_is_the_one_with_the_longest_name(desk: Desk) -> None:
    desk.subscribe(A, name="Jo")
    desk.subscribe(B, name='"<微信>"')

    judge(desk)

    greeting, link = "Hello &quot;&lt;微信&gt;&quot;,", "https://news.example/l/x"
    added = len(greeting.encode()) - len(GREETING) + len(link) - len("mk0123456789abcdef01k")
    assert desk.heaviest == [added]


def test_a_printed_name_that_somebody_lacks_is_a_warning_that_names_them(desk: Desk) -> None:
    def prints_names(issue: Issue, edition: Edition) -> Rendered:
        rendered = plain_render(issue, edition)
        return replace(rendered, markers={**rendered.markers, GREETING: Placeholder.NAME})

    desk.subscribe(A, name="Jo")
    named = replace(desk.gate, render=prints_names)
    well = named.run(desk.plan.run("news")).plan
    desk.subscribe(B)

    judged = named.run(desk.plan.run("news")).plan

    assert [one for one in well.findings if one.rule == "empty-name"] == []
    [finding] = [one for one in judged.findings if one.rule == "empty-name"]
    assert finding.level is Level.WARNING
    assert B in finding.what


def test_a_check_says_what_a_send_would_be_told(desk: Desk) -> None:
    desk.subscribe(A)
    desk.noticed = [WRONG]

    checked, sent = desk.check.run("news"), send(desk)

    assert checked.stops
    assert sent.plan is not None
    assert checked.findings == sent.plan.findings


def test_an_issue_with_nothing_in_it_is_no_error(desk: Desk) -> None:
    desk.subscribe(A)
    desk.publication = replace(desk.publication, items=())

    assert judge(desk).errors == ()
    assert send(desk).ending is Ending.NOTHING
