"""Plan the next issue: what is in it, who gets which edition, and what stands in the way.

The one place where an issue is decided: `plan` shows it, `build` renders it, `send-now`, `send-due`
and the service freeze it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from digest.assembly.editions import EditionMap, map_editions
from digest.assembly.invitations import choose_invitations, deadline_of
from digest.assembly.issue import compile_issue
from digest.assembly.selection import Selection, select_items
from digest.errors import ConfigurationError, ContentError
from digest.model.audience import Profile
from digest.model.edition import Edition
from digest.model.finding import Finding, Level, Waiver
from digest.model.freeze import PlannedInvitation
from digest.model.invitation import Creator
from digest.model.issue import Issue, Publication, Question, SentIssue
from digest.schedule.slots import check_schedule
from digest.workflow.ports import Clock, Issues, Readers
from digest.workflow.waivers import cover

ReadPublication = Callable[[str], tuple[Publication, list[Finding]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The next issue as it would be frozen now."""

    selection: Selection
    issue: Issue
    map: EditionMap
    recipients: Mapping[str, int]
    """Edition key -> how many get it."""
    invitations: tuple[PlannedInvitation, ...]
    findings: tuple[Finding, ...]
    nobody_yet: bool
    """True when the newsletter has no readers: the editions shown are examples."""
    waivers: tuple[Waiver, ...] = ()
    """What its editors said not to mind; the gate asks whether they may."""

    @property
    def audience(self) -> int:
        """Return how many people would be mailed."""
        return sum(self.recipients.values())

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Return the findings that stop a send."""
        return tuple(one for one in self.findings if one.stops)

    def edition(self, key: str) -> Edition:
        """Return an edition by its key."""
        return self.map.editions[key]


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanIssue:
    """Decide the next issue of a newsletter."""

    issues: Issues
    readers: Readers
    publication: ReadPublication
    clock: Clock

    def run(self, newsletter: str, *, cutoff_at: datetime | None = None) -> Plan:
        """Return the plan for a cut-off (default: now).

        Raises:
            ContentError, ManyErrors: files of the newsletter are wrong.
        """
        publication, findings = self.publication(newsletter)
        _refuse_impossible(publication)
        now = cutoff_at or self.clock.now()
        sent = self.issues.sent_issues(newsletter) or list(publication.receipts)
        selection = select_items(publication, sent, now)
        issue = compile_issue(publication, selection, _used_notes(sent))
        note_used = issue.note is None and "next" in publication.notes
        plan = self._with_readers(selection, issue, findings, now, note_used=note_used)
        covered = tuple(cover(plan.findings, publication.waivers))
        return replace(plan, findings=covered, waivers=publication.waivers)

    def _with_readers(
        self,
        selection: Selection,
        issue: Issue,
        findings: list[Finding],
        now: datetime,
        *,
        note_used: bool,
    ) -> Plan:
        newsletter = issue.newsletter.id
        counted = self.readers.profiles(newsletter, now)
        creators = {c.subscription_id: c for c in self._creators(newsletter, issue, now)}
        chosen = choose_invitations(
            issue.questions, creators.values(), self.readers.standings(newsletter, now), now
        )
        profiles = {pid: profile for pid, (profile, _) in counted.items()} or _examples(issue)
        reached = map_editions(issue, profiles, _invited(chosen, creators, profiles))
        return Plan(
            selection=selection,
            issue=issue,
            map=reached,
            recipients=_count(reached, counted, creators),
            invitations=_planned(issue, chosen, reached),
            findings=(
                *findings,
                *selection.findings,
                *_more_findings(issue, selection, reached, note_used=note_used),
            ),
            nobody_yet=not counted,
        )

    def _creators(self, newsletter: str, issue: Issue, now: datetime) -> list[Creator]:
        fields = sorted({question.field for question in issue.questions})
        return self.readers.creators(newsletter, fields, now) if fields else []


def _refuse_impossible(publication: Publication) -> None:
    """Refuse a schedule that reads like one and never comes, such as 30 February."""
    newsletter = publication.newsletter
    try:
        if newsletter.schedule:
            check_schedule(newsletter.schedule)
    except ConfigurationError as error:
        file = f"content/{newsletter.id}/newsletter.toml"
        raise ContentError(file, 0, f"schedule {error.what}", error.hint) from error


def _used_notes(sent: list[SentIssue]) -> frozenset[str]:
    return frozenset(issue.note_hash for issue in sent if issue.note_hash)


def _examples(issue: Issue) -> dict[int, Profile]:
    """Stand in for readers where there are none yet: each language, plain and with each role."""
    newsletter = issue.newsletter
    roles = ["", *newsletter.attributes.get("roles", {})]
    found = [
        Profile(language=language, roles=(role,) if role else ())
        for language in newsletter.languages
        for role in roles
    ]
    return dict(enumerate(found, start=1))


def _invited(
    chosen: Mapping[int, Question], creators: Mapping[int, Creator], profiles: Mapping[int, Profile]
) -> list[tuple[int, Profile, Question]]:
    return [
        (subscription_id, profiles[creators[subscription_id].profile_id], question)
        for subscription_id, question in sorted(chosen.items())
    ]


def _count(
    reached: EditionMap, counted: Mapping[int, tuple[Profile, int]], creators: Mapping[int, Creator]
) -> dict[str, int]:
    totals = dict.fromkeys(reached.editions, 0)
    left = {profile_id: count for profile_id, (_, count) in counted.items()}
    for subscription_id, key in reached.invited.items():
        totals[key] += 1
        left[creators[subscription_id].profile_id] -= 1
    for profile_id, count in left.items():
        edition_key = reached.by_profile.get(profile_id)
        if edition_key:
            totals[edition_key] += count
    return totals


def _planned(
    issue: Issue, chosen: Mapping[int, Question], reached: EditionMap
) -> tuple[PlannedInvitation, ...]:
    return tuple(
        PlannedInvitation(
            subscription_id=subscription_id,
            question=question.id,
            field=question.field,
            deadline_at=deadline_of(question, issue.newsletter, issue.day),
            edition_key=reached.invited[subscription_id],
        )
        for subscription_id, question in sorted(chosen.items())
    )


def _more_findings(
    issue: Issue, selection: Selection, reached: EditionMap, *, note_used: bool
) -> list[Finding]:
    found = []
    if note_used and selection.taken:
        found.append(
            Finding(
                rule="note-used",
                level=Level.WARNING,
                file=f"content/{issue.newsletter.id}/notes/next.md",
                what="went out with an earlier issue and is not said again",
                hint="Rewrite it: until then subject and preheader come from newsletter.toml.",
            )
        )
    if reached.empty and selection.taken:
        found.append(
            Finding(
                rule="nothing-for-some",
                level=Level.NOTE,
                what=f"{len(reached.empty)} profiles get no mail: nothing here is for them",
            )
        )
    return found
