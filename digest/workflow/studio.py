"""The studio: the next issue, or one that was sent, as any reader would get it; for the preview.

It goes the way of a send without its writes: the plan decides, the gate's own parts render, prove
and lint, the composer fills. What must stay true: nothing is stored, no key is made, links change
nothing; changing the reader renders nothing that was rendered before; and whatever is wrong with
the files, what could last be shown is still there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import RLock
from typing import Protocol

from digest.errors import DigestError
from digest.message.markers import fill_html, fill_subject, fill_text
from digest.model.audience import ATTRIBUTES, Profile, Subscription
from digest.model.edition import Edition, FrozenEdition, Personal, Rendered
from digest.model.envelope import Envelope
from digest.model.finding import Finding
from digest.model.freeze import History
from digest.model.mailing import Mailing, MailingKind, OutboxEntry
from digest.model.newsletter import Letterhead
from digest.workflow.check import CheckNewsletter
from digest.workflow.gate import Gate, findings_of
from digest.workflow.personas import EXAMPLE, Persona, personas
from digest.workflow.plan import Plan, PlanIssue
from digest.workflow.ports import Clock, Issues
from digest.workflow.preview import example_entry
from digest.workflow.remembering import Remembered
from digest.workflow.sending_ports import Composer
from digest.workflow.sights import Choice, Sight, Who

#: The day moves on, and with it what belongs to an issue.
_OLDEST = timedelta(minutes=5)
#: So many searches are remembered, until the store changes or a minute is over.
_MOST_SEARCHES = 64


class LookIn(Issues, Protocol):
    """What the studio asks of the store, reading only."""

    def search(
        self, newsletter: str, text: str = "", limit: int = 50
    ) -> tuple[int, list[Subscription]]:
        """Return (how many match, the first of them)."""

    def subscription_by_handle(self, handle: bytes) -> Subscription | None:
        """Return the subscription that a link names."""

    def history(self, newsletter: str, address: str) -> list[History]:
        """Return each frozen issue from one reader's point of view."""

    def profile_editions(self, mailing_id: int) -> dict[int, str]:
        """Return profile id -> the key of the edition that it got."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """An edition filled for a reader, or why it cannot be."""

    choice: Choice
    who: Who
    sight: Sight | None = None
    edition: Edition | None = None
    """None where the issue holds nothing for this reader."""
    rendered: Rendered | None = None
    personal: Personal | None = None
    composer: Composer | None = None
    entry: OutboxEntry | None = None
    troubles: tuple[Finding, ...] = ()
    """What keeps the files as they are now from being shown; the picture is the last good one."""

    @property
    def html(self) -> str:
        """Return the HTML part as this reader gets it, or ""."""
        return fill_html(self.rendered, self.personal) if self.rendered and self.personal else ""

    @property
    def text(self) -> str:
        """Return the text part as this reader gets it, or ""."""
        return fill_text(self.rendered, self.personal) if self.rendered and self.personal else ""

    @property
    def subject(self) -> str:
        """Return the subject as this reader sees it, or ""."""
        return fill_subject(self.rendered, self.personal) if self.rendered and self.personal else ""

    def message(self) -> Envelope | None:
        """Return the message as it would leave, but for its links, which change nothing."""
        return self.composer.compose(self.entry) if self.composer and self.entry else None


@dataclass(kw_only=True)
class Studio:
    """Looks at the newsletters of one site."""

    newsletters: Callable[[], Sequence[str]]
    store: Callable[[], LookIn]
    plan: PlanIssue
    gate: Gate
    check: CheckNewsletter
    remembered: Remembered
    compose: Callable[[Letterhead, Sequence[FrozenEdition]], Composer]
    """Makes a composer whose links change nothing."""
    stamp: Callable[[], object]
    """Another one when the store may have changed."""
    clock: Clock

    def __post_init__(self) -> None:
        """Begin with nothing seen."""
        self._turn = RLock()
        self._sights: dict[tuple[str, int | None], tuple[object, datetime, Sight]] = {}
        # Finding the first of a million readers takes longer than filling a mail for one.
        self._searched: dict[
            tuple[str, str, int], tuple[object, tuple[int, list[Subscription]]]
        ] = {}
        self._profiles: dict[str, tuple[object, dict[int, set[tuple[str, str]]]]] = {}
        self._good: dict[tuple[str, int | None], Sight] = {}

    def forget(self) -> None:
        """Look at the files anew: something was saved."""
        with self._turn:
            self._sights.clear()

    def take_over(self, other: Studio) -> None:
        """Know what could last be shown elsewhere: the same site was opened again."""
        self._good = other._good
        self.remembered.take_over(other.remembered)

    def sight(self, newsletter: str, number: int | None = None) -> Sight:
        """Return an issue as it can be looked at now.

        Raises:
            DigestError: content or database, or there is no such issue.
        """
        key = (newsletter, number)
        with self._turn:
            stamp, now = self.stamp(), self.clock.now()
            known = self._sights.get(key)
            if known and known[0] == stamp and timedelta() <= now - known[1] < _OLDEST:
                return known[2]
            found = self._next(newsletter) if number is None else self._frozen(newsletter, number)
            self._sights[key] = (stamp, now, found)
            self._good[key] = found
            return found

    def show(self, choice: Choice) -> Shown:
        """Return what a choice shows; what is wrong is told in it, and raises nothing."""
        troubles: tuple[Finding, ...] = ()
        try:
            sight: Sight | None = self.sight(choice.newsletter, choice.number)
        except DigestError as error:
            troubles = self._troubles(choice, error)
            sight = self._good.get((choice.newsletter, choice.number))
        try:
            who = self.who(choice, sight)
            if sight is None:
                return Shown(choice=choice, who=who, troubles=troubles)
            return self._filled(choice, sight, who, troubles)
        except DigestError as error:
            who = Who(id=EXAMPLE, label="Nobody", name="", address="nobody@reader.example")
            told = (*troubles, *findings_of(error, rule="content"))
            return Shown(choice=choice, who=who, sight=sight, troubles=told)

    def who(self, choice: Choice, sight: Sight | None) -> Who:
        """Return the reader of a choice; an unknown one is the example."""
        known = {one.id: one for one in self.personas(sight)}
        if choice.reader in known:
            return Who.of_persona(known[choice.reader])
        found = self._subscription(choice)
        return Who.of_subscription(found) if found else Who.of_persona(known[EXAMPLE])

    def personas(self, sight: Sight | None) -> tuple[Persona, ...]:
        """Return the personas of an issue's newsletter."""
        good = sight.issue if sight else None
        if good is None and sight:
            latest = self._good.get((sight.letterhead.newsletter, None))
            good = latest.issue if latest else None
        return personas(good.newsletter) if good else personas_of_nobody()

    def search(self, newsletter: str, text: str, limit: int) -> tuple[int, list[Subscription]]:
        """Return (how many readers match, the first of them)."""
        key = (newsletter, text, limit)
        stamp = (self.stamp(), self.clock.now().replace(second=0, microsecond=0))
        known = self._searched.get(key)
        if known and known[0] == stamp:
            return known[1]
        if len(self._searched) >= _MOST_SEARCHES:
            self._searched.clear()
        found = self.store().search(newsletter, text, limit)
        self._searched[key] = (stamp, found)
        return found

    def mailings(self, newsletter: str) -> list[Mailing]:
        """Return the issues that were frozen, newest first."""
        every = self.store().mailings(newsletter)
        return [one for one in every if one.kind is MailingKind.ISSUE and one.number is not None]

    def examine(self, newsletter: str) -> Iterator[tuple[int, int] | Plan]:
        """Judge the next issue edition by edition: yields (done, of all), then the plan, judged.

        Raises:
            DigestError: the issue cannot be planned, or the database not be used.
        """
        plan = self.sight(newsletter).plan
        assert plan is not None
        readership = self.gate.readership(self.gate.readers, newsletter, plan.issue.cutoff_at)
        added = readership.heaviest(self.gate.links())
        editions = list(plan.map.editions.values())
        for done, edition in enumerate(editions, start=1):
            self._warm(plan, edition, added)
            yield done, len(editions)
        yield self.gate.run(plan, sending=False).plan

    def _warm(self, plan: Plan, edition: Edition, heaviest: Personal) -> None:
        """Render and judge one edition, so that the gate finds it done."""
        try:
            rendered = self.remembered.render(plan.issue, edition)
            frozen = FrozenEdition(id=1, edition=edition, rendered=rendered)
            self.remembered.prove(Letterhead.of(plan.issue.newsletter), [frozen])
            added = len(fill_html(rendered, heaviest).encode()) - len(rendered.html.encode())
            self.remembered.lint(rendered, edition, plan.issue, heaviest=added)
        except DigestError:
            return  # the gate says it, with all the others

    def _next(self, newsletter: str) -> Sight:
        plan = self.plan.run(newsletter)
        about = plan.issue.newsletter
        shown = [
            edition
            for key, edition in plan.map.editions.items()
            if plan.nobody_yet or plan.recipients.get(key)
        ]
        return Sight(
            letterhead=Letterhead.of(about),
            number=plan.issue.number,
            languages=about.languages,
            default_language=about.default_language,
            editions=tuple(shown),
            recipients=plan.recipients,
            issue=plan.issue,
            plan=plan,
        )

    def _frozen(self, newsletter: str, number: int) -> Sight:
        store = self.store()
        mailing = next((one for one in self.mailings(newsletter) if one.number == number), None)
        if mailing is None:
            raise DigestError(f"issue {number}", "is not in the database", "See: digest status.")
        frozen = {each.edition.key: each for each in store.frozen_editions(mailing.id)}
        counts = store.edition_counts(mailing.id)
        sent = [each.edition for key, each in frozen.items() if counts.get(key)]
        editions = tuple(sent or [each.edition for each in frozen.values()])
        languages = tuple(dict.fromkeys(each.language for each in editions))
        return Sight(
            letterhead=store.letterhead(mailing.id),
            number=number,
            languages=languages,
            default_language=next(iter(languages), ""),
            editions=editions,
            recipients=counts,
            frozen=frozen,
            frozen_at=mailing.frozen_at,
        )

    def _subscription(self, choice: Choice) -> Subscription | None:
        try:
            handle = bytes.fromhex(choice.reader)
        except ValueError:
            return None
        found = self.store().subscription_by_handle(handle) if handle else None
        return found if found and found.newsletter == choice.newsletter else None

    def _filled(
        self, choice: Choice, sight: Sight, who: Who, troubles: tuple[Finding, ...]
    ) -> Shown:
        edition = sight.choose(choice, who, self.got(sight, who))
        shown = Shown(choice=choice, who=who, sight=sight, edition=edition, troubles=troubles)
        if edition is None:
            return shown
        rendered: Rendered | None
        try:
            rendered = self._rendered(sight, edition)
        except DigestError as error:
            shown = replace(shown, troubles=(*troubles, *findings_of(error, rule="edition")))
            assert sight.issue is not None
            rendered = self.remembered.last(sight.issue, edition)
            if rendered is None:
                return shown
        frozen = FrozenEdition(id=1, edition=edition, rendered=rendered)
        composer = self.compose(sight.letterhead, [frozen])
        at = sight.frozen_at or self.clock.now()
        entry = example_entry(frozen, name=who.name, address=who.address, at=at)
        filled = replace(
            shown,
            rendered=rendered,
            composer=composer,
            entry=entry,
            personal=composer.personal(entry),
        )
        # What cannot be filled or composed is told here, once, and not wherever it is looked at.
        return self._proved(filled)

    def _proved(self, shown: Shown) -> Shown:
        try:
            _ = shown.subject, shown.text, shown.html
        except DigestError as error:
            told = (*shown.troubles, *findings_of(error, rule="content"))
            return replace(shown, troubles=told, rendered=None)
        return shown

    def _rendered(self, sight: Sight, edition: Edition) -> Rendered:
        if sight.issue is None:
            return sight.frozen[edition.key].rendered
        return self.remembered.render(sight.issue, edition)

    def got(self, sight: Sight, who: Who) -> str:
        """Return the key of the edition that a real reader was sent of a frozen issue, or ""."""
        if sight.issue or not who.subscription:
            return ""
        history = self.store().history(sight.letterhead.newsletter, who.address)
        return next((one.edition_key for one in history if one.number == sight.number), "")

    def profiles(self, sight: Sight) -> Mapping[int, str]:
        """Return profile id -> the key of the edition that it gets, or got."""
        if sight.plan:
            return sight.plan.map.by_profile
        mailings = self.mailings(sight.letterhead.newsletter)
        found = next((one for one in mailings if one.number == sight.number), None)
        return self.store().profile_editions(found.id) if found else {}

    def profiles_like(self, newsletter: str, who: Who) -> dict[int, int]:
        """Return profile id -> by how many values it differs from a reader's, language aside.

        Left out are those with which the reader has nothing in common.
        """
        mine, now = _values(who.profile), self.clock.now()
        # Counting a million readers by profile takes longer than all the rest of a page.
        stamp = (self.stamp(), now.replace(second=0, microsecond=0))
        known = self._profiles.get(newsletter)
        if known is None or known[0] != stamp:
            counted = self.gate.readers.profiles(newsletter, now)
            known = (stamp, {number: _values(each) for number, (each, _) in counted.items()})
            self._profiles[newsletter] = known
        near = {number: each for number, each in known[1].items() if mine & each or mine == each}
        return {number: len(mine ^ each) for number, each in near.items()}

    def _troubles(self, choice: Choice, error: DigestError) -> tuple[Finding, ...]:
        """Say all that is wrong with the files at once, or else only what was met."""
        if choice.number is None and choice.newsletter in self.newsletters():
            stops = tuple(one for one in self.check.content(choice.newsletter) if one.stops)
            if stops:
                return stops
        return tuple(findings_of(error, rule="content"))


def _values(profile: Profile) -> set[tuple[str, str]]:
    """Return what rules look at in a profile, its language aside."""
    return {(name, value) for name in ATTRIBUTES for value in profile.values(name)}


def personas_of_nobody() -> tuple[Persona, ...]:
    """Return who there is while no newsletter can be read."""
    example = Persona(
        id=EXAMPLE, label="Robin Example", name="Robin Example", address="robin@reader.example"
    )
    return (example,)
