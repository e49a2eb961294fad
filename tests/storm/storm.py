"""kill -9 at random instants, again and again, and after each the account is held against the wire.

A storm is a send to many readers whose process is killed so many times, wherever it is: connecting,
recovering, between two commits, between a commit and the wire, before and after the server took a
message. What the server has on its disk is what was delivered; what the rows say must agree with it
after every kill and at the end. Everything random comes from one seed, which stands in every error.
"""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.sites import Process, Site
from tests.storm.account import Account, read_account
from tests.storm.lanes import with_lanes
from tests.storm.post import Post, Taken, recording

#: Per lane: one message has its end on the wire, the next one is loaded behind it.
END_ON_THE_WIRE, CLAIMED = 1, 2
SEND = ("send-now", "--yes")


@dataclass(frozen=True, kw_only=True)
class Weather:
    """How hard it storms."""

    recipients: int
    kills: int
    lanes: int
    seed: int
    chunking: bool = False
    delay: float = 0.0
    """How late the server answers: so few readers are not all sent to before the first kill."""

    earlier: int = 0
    """How often the sender was killed before the storm, with what it sent in the same record."""

    @property
    def habits(self) -> tuple[str, ...]:
        """Return the options of the server."""
        return ("--delay", str(self.delay), *(("--chunking",) if self.chunking else ()))


@dataclass
class Harm:
    """What one kill left behind."""

    taken: int
    """How many messages the server has by then."""
    unknown: int
    """Taken by the server without our having it on record: sent once more, these are duplicates."""
    sending: int
    """Entries under way: all of them are flagged when they are sent again."""
    alive: bool
    """Whether the process was still there to be killed."""


@dataclass
class Storm:
    """One storm under way, and what it has shown."""

    weather: Weather
    site: Site
    harms: list[Harm] = field(default_factory=list)
    seconds: float = 0.0
    account: Account | None = None
    held: int = 0
    """How many were in doubt twice and waited for a person, who then said: send it again."""
    taken: list[Taken] = field(default_factory=list)
    falsely_complete: int = 0

    @property
    def lost(self) -> int:
        """Return how many have nothing."""
        assert self.account is not None
        return len(self.account.rows.keys() - {message.recipient for message in self.taken})

    @property
    def twice(self) -> int:
        """Return how many messages were really taken more than once."""
        return len(self.taken) - len({message.recipient for message in self.taken})

    @property
    def unflagged(self) -> int:
        """Return how many got more than one without a flag in the account."""
        assert self.account is not None
        counts = Counter(message.recipient for message in self.taken)
        return len({who for who, count in counts.items() if count > 1} - self.account.flagged)


def storm(site: Site, folder: Path, weather: Weather) -> Storm:
    """Send through a storm and check every promise on the way.

    Raises:
        AssertionError: a promise was broken; the seed is in the message.
    """
    dice, began_at = random.Random(weather.seed), time.monotonic()
    with recording(folder, *weather.habits) as post:
        under = Storm(weather, with_lanes(site.through(post.port), weather.lanes))
        for left in range(weather.kills, 0, -1):
            check(_kill_once(under, post, dice, left), weather, f"kill {len(under.harms)}")
        _to_the_end(under, post)
        under.taken = post.taken
    under.seconds = time.monotonic() - began_at
    check(at_the_end(under), weather, "the end")
    return under


def freeze_storm(site: Site, folder: Path, weather: Weather) -> int:
    """Kill while the issue is built and frozen; return how many kills found nothing frozen.

    Either there is no issue and nothing has left, or the issue is whole: never a part of it. Once
    it is whole, the next kill is for a fresh copy of the site; the last one is sent to the end.
    """
    dice, nothing, earlier = random.Random(weather.seed), 0, 0
    span = _until_first_message(site, folder, weather)
    for number in range(1, weather.kills + 1):
        if not earlier:
            room = folder / f"from-kill-{number}"
            room.mkdir()
            copy = site.copy(room / "site")
        with recording(room, *weather.habits) as post:
            tried = with_lanes(copy.through(post.port), weather.lanes)
            with tried.start(*SEND) as process:
                time.sleep(dice.uniform(0.4, 1.05) * span)
                process.kill()
            post.settle()
            account = read_account(tried)
        check(_whole_or_nothing(account, post, weather), weather, f"kill {number}")
        nothing += account is None
        frozen = account is not None
        earlier = 0 if frozen and number < weather.kills else earlier + 1
    storm(copy, room, replace(weather, kills=0, earlier=earlier))
    return nothing


def table(storms: list[Storm]) -> str:
    """Return what storms have shown, a line each, with a line for all."""
    titles = ("seed", "kills", "s", "taken", "lost", "twice", "max", "flagged", "max", "no flag")
    lines = ["".join(f"{title:>11}" for title in (*titles, "held", "false end"))]
    for one in storms:
        assert one.account is not None
        numbers = (
            *(one.weather.seed, len(one.harms), round(one.seconds, 1), len(one.taken), one.lost),
            *(one.twice, max((harm.unknown for harm in one.harms), default=0)),
            *(len(one.account.flagged), max((harm.sending for harm in one.harms), default=0)),
            *(one.unflagged, one.held, one.falsely_complete),
        )
        lines.append("".join(f"{number:>11}" for number in numbers))
    return "\n".join(lines)


def _kill_once(under: Storm, post: Post, dice: random.Random, left: int) -> list[str]:
    """Start a sender, kill it somewhere, and return what is wrong with what it left."""
    weather, before = under.weather, len(post.taken)
    share = (weather.recipients - before) // (left + 1)
    with under.site.start(*SEND) as process:
        _wait_somewhere(process, post, dice, share)
        alive = process.alive()
        process.kill()
    post.settle()
    account = read_account(under.site)
    new = Counter(message.recipient for message in post.taken[before:])
    sending = account.within("sending") if account else set()
    under.harms.append(Harm(len(post.taken), len(new.keys() & sending), len(sending), alive))
    if account is None:
        return ["nothing is frozen, and something was said to the server"] if post.begun else []
    under.falsely_complete += account.falsely_complete
    return after_kill(account, post, weather) + of_this_process(account, new, weather)


def _wait_somewhere(process: Process, post: Post, dice: random.Random, share: int) -> None:
    """Wait for an instant: in three of four cases after some messages, else by the clock."""
    messages, seconds = dice.randrange(1, max(2, share)), dice.uniform(0, 1.0)
    if dice.random() < 0.25:
        post.wait_for(len(post.taken) + messages, seconds=seconds, alive=process.alive)
    elif post.wait_for(len(post.taken) + messages, alive=process.alive):
        time.sleep(dice.uniform(0, 0.01))


def after_kill(account: Account, post: Post, weather: Weather) -> list[str]:
    """Return which promises the rows break, held against all that was ever said to the server."""
    copies = Counter(message.recipient for message in post.taken)
    begun = Counter(begin.recipient for begin in post.begun)
    without_intent = [who for who, times in begun.items() if account.rows[who].attempts < times]
    wrong = {
        "the account does not add up": not account.adds_up,
        "not everybody is planned": account.planned != weather.recipients,
        "called complete and is not": account.falsely_complete,
        "sent, and the server does not have it": account.within("sent") - copies.keys(),
        "said to the server without an intent on disk": without_intent,
        "more under way than two a lane": (
            len(account.within("sending")) > CLAIMED * weather.lanes
        ),
    }
    return [f"{what}: {which}" for what, which in wrong.items() if which]


def of_this_process(account: Account, new: Counter[str], weather: Weather) -> list[str]:
    """Return which promises the killed process broke, by what it gave the server."""
    known = account.within("sent", "sending")
    in_doubt = new.keys() & account.within("sending")
    wrong = {
        "given twice by one process": [who for who, times in new.items() if times > 1],
        "the server has it, and the entry could be sent without a flag": new.keys() - known,
        "more ends on the wire than one a lane": len(in_doubt) > END_ON_THE_WIRE * weather.lanes,
    }
    return [f"{what}: {which}" for what, which in wrong.items() if which]


def _to_the_end(under: Storm, post: Post) -> None:
    """Send what is left; what is held for a person is sent again by hand, and then all is done."""
    ran = under.site.run(*SEND, seconds=600)
    post.settle()
    account = read_account(under.site)
    assert account is not None, ran.said
    held = [row for row in account.rows.values() if row.state == "held"]
    assert ran.code == (1 if held else 0), (under.weather, ran.said)
    assert all(row.doubts >= 2 for row in held), (under.weather, held)
    under.falsely_complete += account.falsely_complete
    under.held = len(held)
    if held:
        again = under.site.run("retry", "--held")
        assert again.code == 0, again.said
        ran = under.site.run(*SEND, seconds=600)
        assert ran.code == 0, ran.said
        post.settle()
        account = read_account(under.site)
    under.account = account


def at_the_end(under: Storm) -> list[str]:
    """Return which promises are broken when all is over."""
    account, weather = under.account, under.weather
    assert account is not None
    ids, bodies = defaultdict(set), defaultdict(set)
    for message in under.taken:
        ids[message.recipient].add(message.message_id)
        bodies[message.recipient].add(message.sha256)
    killed = weather.kills + weather.earlier
    wrong = {
        "lost": under.lost,
        "not sent": account.planned - account.states["sent"],
        "not called complete": account.state != "complete",
        "more twice than one a lane and kill": (
            under.twice > END_ON_THE_WIRE * weather.lanes * killed + under.held
        ),
        "more flagged than two a lane and kill": (
            len(account.flagged) > CLAIMED * weather.lanes * killed
        ),
        "taken twice without a flag": under.unflagged,
        "another Message-ID the second time": [who for who, said in ids.items() if len(said) > 1],
        "other bytes the second time": [who for who, said in bodies.items() if len(said) > 1],
        "two with one Message-ID": len(set().union(*ids.values())) < len(ids),
        "called complete and was not": under.falsely_complete,
    }
    return [f"{what}: {which}" for what, which in wrong.items() if which]


def _whole_or_nothing(account: Account | None, post: Post, weather: Weather) -> list[str]:
    if account is None:
        return ["nothing is frozen, and something was said to the server"] if post.begun else []
    return after_kill(account, post, weather)


def _until_first_message(site: Site, folder: Path, weather: Weather) -> float:
    """Return how long a send takes from its start to the first message, undisturbed."""
    room = folder / "undisturbed"
    room.mkdir()
    with recording(room, *weather.habits) as post:
        copy = with_lanes(site.copy(room / "site").through(post.port), weather.lanes)
        began_at = time.monotonic()
        with copy.start(*SEND) as process:
            assert post.wait_for(1, alive=process.alive), process.ended()
            return time.monotonic() - began_at


def check(broken: list[str], weather: Weather, when: str) -> None:
    assert not broken, f"{when} of {weather}: " + "; ".join(broken)
