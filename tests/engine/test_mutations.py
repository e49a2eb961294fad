"""The model can fail: engines with one promise broken each, and all of them are caught.

Each is the real engine with one part that does something wrong, and a short story in which that
shows. The engine as it is lives through all of the stories.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from digest.delivery.retry import RetryPolicy
from digest.model.mailing import EntryState, Exchange, MailingState, Result
from digest.workflow.deliver import DeliverMailing
from tests.engine.machine import machine_of
from tests.engine.process import ProcessLedger
from tests.engine.replies import ODD
from tests.engine.setting import Parts, Setting
from tests.engine.world import World, everything

Story = Callable[[World], None]


class LosesAResult(ProcessLedger):
    """The first result of each commit is dropped."""

    def exchange(self, mailing_id: int, *, results: Sequence[Result], **rest: Any) -> Exchange:
        return super().exchange(mailing_id, results=results[1:], **rest)


class CallsRefusalsSent(ProcessLedger):
    """A refusal is recorded as sent."""

    def exchange(self, mailing_id: int, *, results: Sequence[Result], **rest: Any) -> Exchange:
        said = [
            replace(each, state=EntryState.SENT) if each.state is EntryState.REFUSED else each
            for each in results
        ]
        return super().exchange(mailing_id, results=said, **rest)


class ClaimsInMemory(ProcessLedger):
    """What is claimed is told, and committed only with the next exchange."""

    waiting: Sequence[int] = ()

    def exchange(
        self, mailing_id: int, *, results: Sequence[Result], claims: Sequence[int], **rest: Any
    ) -> Exchange:
        before, self.waiting = self.waiting, claims
        done = super().exchange(mailing_id, results=results, claims=before, **rest)
        return Exchange(claimed=frozenset(claims), state=done.state)


class RecordsLate(ProcessLedger):
    """A result is committed only with the next exchange."""

    waiting: Sequence[Result] = ()

    def exchange(self, mailing_id: int, *, results: Sequence[Result], **rest: Any) -> Exchange:
        before, self.waiting = self.waiting, results
        return super().exchange(mailing_id, results=before, **rest)


class HearsNobody(ProcessLedger):
    """Whoever pauses or cancels is not heard."""

    def exchange(self, mailing_id: int, **rest: Any) -> Exchange:
        with closing(sqlite3.connect(str(self._database.path))) as connection, connection:
            found = connection.execute("SELECT state FROM mailing").fetchone()
            connection.execute("UPDATE mailing SET state = 'sending'")
        done = super().exchange(mailing_id, **rest)
        with closing(sqlite3.connect(str(self._database.path))) as connection, connection:
            connection.execute("UPDATE mailing SET state = ?", found)
        return Exchange(claimed=done.claimed, state=MailingState.SENDING)


class HearsNoNo(ProcessLedger):
    """Suppressions and subscriptions are not looked at when an entry is claimed."""

    def exchange(self, mailing_id: int, *, claims: Sequence[int], **rest: Any) -> Exchange:
        done = super().exchange(mailing_id, claims=claims, **rest)
        if done.state is MailingState.SENDING:
            with closing(sqlite3.connect(str(self._database.path))) as connection, connection:
                connection.executemany(
                    "UPDATE outbox_entry SET state = 'sending' WHERE id = ? AND state = 'skipped'",
                    [(number,) for number in claims],
                )
            return Exchange(claimed=frozenset(claims), state=done.state)
        return done


class FlagsNobody(ProcessLedger):
    """What is sent once more is not flagged."""

    def exchange(self, mailing_id: int, **rest: Any) -> Exchange:
        done = super().exchange(mailing_id, **rest)
        with closing(sqlite3.connect(str(self._database.path))) as connection, connection:
            connection.execute("UPDATE outbox_entry SET possible_duplicate = 0")
        return done


class RecoversToTheQueue(ProcessLedger):
    """What a dead process had under way goes out again, as if it had never begun."""

    def recover(self, at: datetime) -> int:
        with closing(sqlite3.connect(str(self._database.path))) as connection, connection:
            connection.execute("UPDATE outbox_entry SET state='queued' WHERE state='sending'")
        return super().recover(at)


class RecoversNobody(ProcessLedger):
    """What a dead process had under way is left where it was."""

    def recover(self, at: datetime) -> int:
        return 0


class CallsItDone(ProcessLedger):
    """A mailing is complete although something is deferred."""

    def complete_if_settled(self, mailing_id: int, at: datetime) -> bool:
        with closing(sqlite3.connect(str(self._database.path))) as connection, connection:
            connection.execute(
                "UPDATE mailing SET state = 'complete' WHERE NOT EXISTS (SELECT 1 FROM outbox_entry"
                " WHERE state IN ('queued', 'sending', 'in_doubt', 'held'))"
            )
        return super().complete_if_settled(mailing_id, at)


class ForgetsItsSpeed(ProcessLedger):
    """What was handed over before a restart does not count for the limits."""

    def exchange(
        self, mailing_id: int, *, handed: Mapping[str, int] = MappingProxyType({}), **rest: Any
    ) -> Exchange:
        return super().exchange(mailing_id, handed={}, **rest)


class GivesNothingBack(ProcessLedger):
    """What was claimed and never begun stays `sending`."""

    def exchange(self, mailing_id: int, *, returned: Sequence[int] = (), **rest: Any) -> Exchange:
        return super().exchange(mailing_id, returned=(), **rest)


def never_holds(case: DeliverMailing) -> DeliverMailing:
    """Everything in doubt is sent once more, whatever the settings say, and again."""
    return replace(case, resend_in_doubt=True)


def waits_for_nothing(case: DeliverMailing) -> DeliverMailing:
    """What is deferred is given up at once."""
    return replace(case, retry=lambda _m: RetryPolicy(give_up_after=RetryPolicy().first_wait / 2))


def all_is_well(world: World) -> None:
    end(world)


def one_is_refused(world: World) -> None:
    answer(world, "MAIL")
    answer(world, "RCPT", "nobody")
    end(world)


def one_is_deferred(world: World) -> None:
    answer(world, "MAIL")
    answer(world, "RCPT", "later")
    end(world)


def somebody_pauses(world: World) -> None:
    answer(world, "MAIL", "RCPT", "DATA", "DOT")
    world.pause()
    end(world)


def the_server_dawdles(world: World) -> None:
    answer(world, "MAIL", "RCPT", "DATA", "DOT")
    world.advance(2)  # what is loaded behind another and not begun goes back
    world.pause()
    end(world)


def one_says_no(world: World) -> None:
    world.say_no(3, suppressed=True)
    world.advance(3)
    end(world)


def killed_when_one_was_taken(world: World) -> None:
    answer(world, "MAIL", "RCPT", "DATA")
    world.kill(commits=0, deliver=lambda session: list(everything(session)))
    world.start(timedelta(0))
    end(world)


def a_line_is_lost_after_the_end(world: World) -> None:
    answer(world, "MAIL", "RCPT", "DATA")
    world.hang_up(world.open()[0])
    end(world)


def started_again_at_once(world: World) -> None:
    end(world)
    world.start(timedelta(0))
    end(world)


def answer(world: World, *stages: str) -> None:
    """Let the server answer these stages, the last one as its name in ODD says, if it is one."""
    odd = stages[-1] if stages[-1] in ODD else ""
    for stage in stages[: len(stages) - bool(odd)]:
        (each,) = world.answerable()
        assert each.line.session.stage == stage
        world.answer(each, odd)


def end(world: World) -> None:
    """Let the server answer everything, until the process has ended."""
    for _ in range(60):
        world.answer_all(200)
        world.check()
        if world.process is None:
            return
        world.advance(3)
    raise AssertionError("it does not come to an end")


ONE_LANE = Setting(pipelining=True, lanes=1)
#: Each with the story in which it shows, and what has to be said of it.
MUTANTS: list[tuple[Parts, Setting, Story, str]] = [
    (Parts(ledger=LosesAResult), ONE_LANE, all_is_well, "is not recorded, and the next ends"),
    (Parts(ledger=RecordsLate), ONE_LANE, all_is_well, "is not recorded, and the next ends"),
    (Parts(ledger=ClaimsInMemory), ONE_LANE, all_is_well, "is queued, and its MAIL was written"),
    (Parts(ledger=CallsRefusalsSent), ONE_LANE, one_is_refused, "is sent, and must be refused"),
    (Parts(remake=waits_for_nothing), ONE_LANE, one_is_deferred, "refused, and must be deferred"),
    (Parts(ledger=CallsItDone), ONE_LANE, one_is_deferred, "it is not complete"),
    (Parts(ledger=HearsNobody), ONE_LANE, somebody_pauses, "is begun, and a person stopped it"),
    (Parts(ledger=GivesNothingBack), ONE_LANE, the_server_dawdles, "more is claimed than two"),
    (Parts(ledger=HearsNoNo), ONE_LANE, one_says_no, "3 said no .* ago, and is mailed"),
    (Parts(ledger=FlagsNobody), ONE_LANE, killed_when_one_was_taken, "was taken twice"),
    (Parts(ledger=RecoversToTheQueue), ONE_LANE, killed_when_one_was_taken, "was taken twice"),
    (Parts(ledger=RecoversNobody), ONE_LANE, killed_when_one_was_taken, "is on its way"),
    (
        Parts(remake=never_holds),
        replace(ONE_LANE, resend=False),
        a_line_is_lost_after_the_end,
        "1 was held, and is sent",
    ),
    (
        Parts(ledger=ForgetsItsSpeed),
        replace(ONE_LANE, limits=("3/min",)),
        started_again_at_once,
        "4 within 0:01:00",
    ),
]
NAMES = [
    (parts.remake.__name__ if parts.ledger is ProcessLedger else parts.ledger.__name__)
    for parts, *_ in MUTANTS
]


def tell(parts: Parts, setting: Setting, story: Story) -> None:
    world = World(setting, parts)
    try:
        world.start(timedelta(0))
        story(world)
    finally:
        world.close()


@pytest.mark.parametrize(("parts", "setting", "story", "said"), MUTANTS, ids=NAMES)
def test_an_engine_that_breaks_a_promise_is_caught(
    parts: Parts, setting: Setting, story: Story, said: str
) -> None:
    with pytest.raises(AssertionError, match=said):
        tell(parts, setting, story)


@pytest.mark.parametrize(("setting", "story"), [each[1:3] for each in MUTANTS], ids=NAMES)
def test_the_engine_as_it_is_lives_through_the_same_stories(setting: Setting, story: Story) -> None:
    tell(Parts(), setting, story)


@pytest.mark.parametrize("ledger", [LosesAResult, ClaimsInMemory, RecordsLate])
def test_stories_that_nobody_wrote_catch_it_too(ledger: type[ProcessLedger]) -> None:
    told = settings(
        max_examples=50,
        stateful_step_count=30,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )

    with pytest.raises(AssertionError, match="Failing test case"):
        run_state_machine_as_test(machine_of(Parts(ledger=ledger)), settings=told)
