"""Links over the network: asked for only when somebody wants it, bounded, never the personal."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import replace

from digest.content.probing import Health, Probed
from digest.model.edition import Edition, Rendered
from digest.model.finding import Finding, Level, Waiver
from digest.model.issue import Issue
from digest.workflow.check import Checked
from digest.workflow.gate_rules import catalogue
from digest.workflow.links import CheckLinks, web_links
from tests.assembly.nouns import make_item
from tests.workflow.desks import LEAVE, Desk, plain_render

A = "a@readers.example"
ITEM = "content/news/items/a.md"


def checked(desk: Desk, *links: str, waivers: tuple[Waiver, ...] = ()) -> Checked:
    """Check an issue whose one item has these links."""

    def render(issue: Issue, edition: Edition) -> Rendered:
        rendered = plain_render(issue, edition)
        anchors = "".join(f'<a href="{link}">x</a>' for link in links)
        return replace(rendered, html=rendered.html + anchors)

    desk.subscribe(A)
    text = make_item("a").texts["en"]
    body = " ".join(f"[x]({link})" for link in links)
    item = make_item("a", texts={"en": replace(text, body=body, file=ITEM)})
    desk.publication = replace(desk.publication, items=(item,), waivers=waivers)
    return replace(desk.check, gate=replace(desk.gate, render=render)).run("news")


def ask(found: Checked, answers: dict[str, Probed], **bounds: float) -> tuple[Finding, ...]:
    def probe(url: str) -> Probed:
        return answers.get(url, Probed(Health.ALIVE))

    case = CheckLinks(probe=probe, rules=catalogue, **bounds)  # type: ignore[arg-type]
    return tuple(case.run(found))


def test_a_link_that_is_gone_is_an_error_of_the_file_it_was_written_in(desk: Desk) -> None:
    found = checked(desk, "https://a.example/gone", "https://a.example/good")

    findings = ask(found, {"https://a.example/gone": Probed(Health.GONE, "the server says 404")})

    [finding] = findings
    assert (finding.rule, finding.level, finding.file) == ("link-gone", Level.ERROR, ITEM)
    assert finding.what == "https://a.example/gone: the server says 404"


def test_a_private_link_is_an_error_and_a_silent_one_a_warning(desk: Desk) -> None:
    found = checked(desk, "http://a.example/", "http://b.example/")
    answers = {
        "http://a.example/": Probed(Health.PRIVATE, "x"),
        "http://b.example/": Probed(Health.SILENT, "y"),
    }

    findings = ask(found, answers)

    assert [(one.rule, one.level) for one in findings] == [
        ("link-private", Level.ERROR),
        ("link-silent", Level.WARNING),
    ]


def test_each_page_is_asked_for_once_and_a_personal_link_never(desk: Desk) -> None:
    found = checked(
        desk,
        "https://a.example/page#one",
        "https://a.example/page#two",
        f"https://a.example/{LEAVE}",
        "mailto:b@c.example",
        "#top",
        "HTTPS://b.example/",
        "ftp://c.example/",
    )

    assert web_links(found.editions) == ["https://a.example/page", "HTTPS://b.example/"]


def test_no_more_links_are_asked_for_than_are_enough(desk: Desk) -> None:
    found = checked(desk, *(f"https://h{n}.example/" for n in range(12)))

    [finding] = ask(found, {}, most_links=5)

    assert finding.rule == "links-unchecked"
    assert finding.what.startswith("7 links were not asked for")


def test_when_the_time_is_up_the_rest_is_not_asked_for(desk: Desk) -> None:
    found = checked(desk, *(f"https://a.example/{n}" for n in range(6)))

    def slow(_url: str) -> Probed:
        time.sleep(0.2)
        return Probed(Health.ALIVE)

    case = CheckLinks(probe=slow, rules=catalogue, seconds=0.3)
    [finding] = case.run(found)

    assert finding.rule == "links-unchecked"


def test_one_server_is_asked_for_one_page_after_the_other(desk: Desk) -> None:
    found = checked(desk, *(f"https://a.example/{n}" for n in range(5)))
    busy, overlaps = threading.Lock(), []

    def probe(url: str) -> Probed:
        overlaps.append(not busy.acquire(blocking=False))
        time.sleep(0.01)
        if not overlaps[-1]:
            busy.release()
        return Probed(Health.ALIVE)

    CheckLinks(probe=probe, rules=catalogue).run(found)

    assert overlaps == [False] * 5


def test_a_finding_of_the_network_can_be_waived(desk: Desk) -> None:
    waiver = Waiver(rule="link-gone", reason="opens on Friday", file=ITEM, covers=(ITEM,))
    found = checked(desk, "https://a.example/soon", waivers=(waiver,))

    [finding] = ask(found, {"https://a.example/soon": Probed(Health.GONE, "404")})

    assert finding.waived == "opens on Friday"
    assert not finding.stops


def test_a_send_never_asks_the_network(desk: Desk) -> None:
    found = checked(desk, "https://gone.invalid/")

    sent = asyncio.run(desk.send.run("news"))

    assert found.findings == ()
    assert sent.plan is not None
    assert sent.plan.findings == ()
