"""Pacing: the limits hold over any schedule, any restart and any clock; nobody starves."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from digest.delivery.domain_pauses import DomainPauses
from digest.delivery.pacing import DomainRules, PaceRules, Pacing
from digest.delivery.windows import microseconds
from digest.model.limits import DomainPause, Handed, Limit, parse_limit
from tests.delivery.test_windows import busiest

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DOMAINS = ("gmail.com", "example.org", "qq.com")

RULES = PaceRules(
    limits=(parse_limit("5/s"), parse_limit("40/min")),
    domains={"gmail.com": DomainRules(limits=(parse_limit("2/s"), parse_limit("9/min")))},
    newsletter="letter",
    newsletter_limits=(Limit(count=30, per=timedelta(seconds=50)),),
)


class Site:
    """A process that sends, with a database that counts by the second; it can be restarted."""

    def __init__(self, rules: PaceRules) -> None:
        self.rules = rules
        self.now = NOON
        self.counted: Counter[tuple[str, datetime]] = Counter()
        self.left: dict[str, list[int]] = defaultdict(list)
        self.pacing = Pacing(rules)

    def send(self, domain: str, *, in_vain: bool = False) -> bool:
        if not self.pacing.permit(domain, self.now):
            return False
        for scope, count in self.pacing.handed().items():
            self.counted[scope, self.now.replace(microsecond=0)] += count
        if in_vain:
            self.pacing.give_back(domain, self.now)
        else:
            for scope in ("", domain):
                self.left[scope].append(microseconds(self.now))
        return True

    def restart(self) -> None:
        rows = [Handed(scope=s, at=at, count=n) for (s, at), n in self.counted.items()]
        self.pacing = Pacing(self.rules, restored=rows, now=self.now)

    def assert_limits_held(self) -> None:
        for scope, limits in (
            ("", (*self.rules.limits, *self.rules.newsletter_limits)),
            *((domain, rules.limits) for domain, rules in self.rules.domains.items()),
        ):
            for limit in limits:
                span = limit.per // timedelta(microseconds=1)
                assert busiest(self.left[scope], span) <= limit.count, (scope, limit)


step = st.one_of(
    st.tuples(st.just("wait"), st.integers(0, 2_500_000)),
    st.tuples(st.just("send"), st.sampled_from(DOMAINS)),
    st.tuples(st.just("burst"), st.sampled_from(DOMAINS)),
    st.tuples(st.just("in vain"), st.sampled_from(DOMAINS)),
    st.tuples(st.just("restart"), st.none()),
    st.tuples(st.just("next"), st.sampled_from(DOMAINS)),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(step, max_size=120))
def test_no_limit_is_ever_exceeded_whatever_the_schedule_and_the_restarts(
    steps: list[tuple[str, object]],
) -> None:
    site = Site(RULES)

    for what, value in steps:
        if what == "wait":
            assert isinstance(value, int)
            site.now += timedelta(microseconds=value)
        elif what == "restart":
            site.restart()
        elif what == "next":
            site.now = site.pacing.next_at(str(value), site.now) or site.now
        else:
            times = 30 if what == "burst" else 1
            for _ in range(times):
                site.send(str(value), in_vain=what == "in vain")

    site.assert_limits_held()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(DOMAINS), min_size=1, max_size=60), st.booleans())
def test_whoever_waits_as_long_as_told_is_let_through(domains: list[str], restarts: bool) -> None:
    site = Site(RULES)

    for domain in domains:
        for _ in range(20):
            if site.send(domain):
                break
            if restarts:
                site.restart()
            due = site.pacing.next_at(domain, site.now)
            assert due is not None
            assert due > site.now
            site.now = due
        else:
            raise AssertionError("starved")

    site.assert_limits_held()


def test_the_long_run_speed_is_the_limit() -> None:
    site = Site(PaceRules(limits=(parse_limit("14/s"),)))

    sent = 0
    while site.now < NOON + 60 * SECOND:
        while site.send("example.org"):
            sent += 1
        site.now = site.pacing.next_at("example.org", site.now) or site.now

    assert 14 * 60 * 0.99 <= sent <= 14 * 60


def test_a_full_domain_is_closed_and_others_go_on() -> None:
    pacing = Pacing(PaceRules(domains={"gmail.com": DomainRules(limits=(parse_limit("1/min"),))}))

    assert pacing.permit("gmail.com", NOON)

    assert not pacing.permit("gmail.com", NOON)
    assert pacing.closed(NOON) == {"gmail.com"}
    assert pacing.permit("example.org", NOON)
    assert pacing.opens_at(NOON) == NOON + 60 * SECOND
    assert pacing.closed(NOON + 60 * SECOND) == frozenset()


def test_a_domain_has_only_so_many_messages_under_way() -> None:
    pacing = Pacing(PaceRules(domains={"gmail.com": DomainRules(connections=2)}))

    permits = [pacing.permit("gmail.com", NOON) for _ in range(3)]

    assert permits == [True, True, False]
    assert pacing.closed(NOON) == {"gmail.com"}
    pacing.taken("gmail.com")
    assert pacing.closed(NOON) == frozenset()
    assert pacing.permit("gmail.com", NOON)
    pacing.give_back("gmail.com", NOON)
    assert pacing.permit("gmail.com", NOON)


def test_permits_are_handed_to_the_database_once_and_by_scope() -> None:
    pacing = Pacing(RULES)

    pacing.permit("gmail.com", NOON)
    pacing.permit("example.org", NOON + SECOND)

    assert pacing.handed() == {"": 2, "gmail.com": 1, "newsletter/letter": 2}
    assert pacing.handed() == {}


def test_without_limits_everything_passes_and_nothing_is_counted() -> None:
    pacing = Pacing(PaceRules())

    assert all(pacing.permit("gmail.com", NOON) for _ in range(1000))
    assert pacing.handed() == {}
    assert pacing.next_at("gmail.com", NOON) is None
    assert pacing.opens_at(NOON) is None
    assert pacing.room(NOON) is None


def test_a_clock_that_is_set_back_stops_nobody_for_longer_than_the_window() -> None:
    pacing = Pacing(PaceRules(limits=(parse_limit("1/min"),)))
    pacing.permit("example.org", NOON)

    earlier = NOON - timedelta(hours=3)

    assert not pacing.permit("example.org", earlier)
    assert pacing.permit("example.org", earlier + 60 * SECOND)


def test_a_paused_domain_waits_and_says_until_when() -> None:
    until = NOON + 30 * SECOND
    pause = DomainPause(domain="gmail.com", until_at=until, steps=1, reason="451 wait")
    pacing = Pacing(PaceRules(), pauses=DomainPauses([pause]))

    assert not pacing.permit("gmail.com", NOON)
    assert pacing.permit("example.org", NOON)
    assert pacing.closed(NOON) == {"gmail.com"}
    assert pacing.next_at("gmail.com", NOON) == until
    assert pacing.opens_at(NOON) == until


def test_the_windows_need_no_more_of_the_past_than_they_look_at() -> None:
    assert RULES.horizon == timedelta(minutes=1)
    assert PaceRules().horizon == timedelta(0)
