"""The storm's own eyes: each broken promise is seen, so that its silence says something."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.sites import Site
from tests.storm.account import Account, Row
from tests.storm.post import Begun, Post, Taken
from tests.storm.storm import Storm, Weather, after_kill, at_the_end, of_this_process

WEATHER = Weather(recipients=4, kills=1, lanes=1, seed=0)


def row(who: str, state: str, **more: int) -> Row:
    attempts = more.get("attempts", 0 if state == "queued" else 1)
    return Row(who, state, attempts, more.get("doubts", 0), bool(more.get("flagged")), "")


def account(*rows: Row, state: str = "sending", planned: int = 4) -> Account:
    return Account(state, planned, "", {each.recipient: each for each in rows})


def post(*taken: str, begun: tuple[str, ...] = ()) -> Post:
    """A server that took messages of some, and saw others only begin."""
    server = Post(0, Path())
    server.taken = [message(who) for who in taken]
    server.begun = [Begun(0, 1, who) for who in (*taken, *begun)]
    return server


def message(who: str, message_id: str = "", sha256: str = "") -> Taken:
    return Taken(0, 1, who, message_id or f"<{who}>", sha256)


KILLED = account(row("a", "sent"), row("b", "sending"), row("c", "sending"), row("d", "queued"))


def test_an_honest_kill_is_no_finding() -> None:
    seen = post("a", "b")

    assert after_kill(KILLED, seen, WEATHER) == []
    assert of_this_process(KILLED, Counter(["a", "b"]), WEATHER) == []


@pytest.mark.parametrize(
    ("left", "seen", "said"),
    [
        (account(*list(KILLED.rows.values())[:3]), post("a"), "does not add up"),
        (account(*KILLED.rows.values(), planned=5), post("a"), "not everybody is planned"),
        (replace(KILLED, state="complete"), post("a"), "called complete and is not"),
        (KILLED, post("b"), "the server does not have it: {'a'}"),
        (KILLED, post("a", begun=("d",)), "without an intent on disk: ['d']"),
        (
            account(row("a", "sent"), *(row(who, "sending") for who in "bcd")),
            post("a"),
            "more under way than two a lane",
        ),
    ],
)
def test_a_kill_that_broke_a_promise_is_seen(left: Account, seen: Post, said: str) -> None:
    assert said in "; ".join(after_kill(left, seen, WEATHER))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["a", "a"], "given twice by one process: ['a']"),
        (["a", "d"], "could be sent without a flag: {'d'}"),
        (["b", "c"], "more ends on the wire than one a lane"),
    ],
)
def test_what_the_killed_process_gave_twice_or_unmarked_is_seen(
    given: list[str], said: str
) -> None:
    assert said in "; ".join(of_this_process(KILLED, Counter(given), WEATHER))


@pytest.mark.parametrize(
    ("last", "taken", "said"),
    [
        (row("d", "sent"), [], "lost: 1"),
        (row("d", "refused"), [message("d")], "not sent: 1"),
        (row("d", "held", doubts=2), [message("d")], "not sent: 1"),
        (row("d", "sent"), [message("d"), message("d")], "without a flag: 1"),
        (
            row("d", "sent", flagged=1),
            [message("d", "<1>"), message("d", "<2>")],
            "another Message-ID the second time: ['d']",
        ),
        (
            row("d", "sent", flagged=1),
            [message("d", sha256="1"), message("d", sha256="2")],
            "other bytes the second time: ['d']",
        ),
        (row("d", "sent"), [message("d", "<a>")], "two with one Message-ID"),
        (
            row("d", "sent", flagged=1),
            [message("d"), message("d"), message("d")],
            "more twice than one a lane and kill",
        ),
    ],
)
def test_what_is_wrong_at_the_end_is_seen(last: Row, taken: list[Taken], said: str) -> None:
    others = [row(who, "sent") for who in "abc"]
    ended = Storm(WEATHER, Site(Path(), ""), account=account(*others, last, state="complete"))
    ended.taken = [*(message(who) for who in "abc"), *taken]

    assert said in "; ".join(at_the_end(ended))


def test_an_honest_end_with_a_flagged_duplicate_is_no_finding() -> None:
    rows = [row("a", "sent", flagged=1), *(row(who, "sent") for who in "bc")]
    ended = Storm(WEATHER, Site(Path(), ""))
    ended.account = account(*rows, row("d", "sent"), state="complete")
    ended.taken = [message(who) for who in "aabcd"]

    assert at_the_end(ended) == []
