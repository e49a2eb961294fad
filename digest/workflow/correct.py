"""Correct an issue that was frozen: a new revision of the same number, from the files as they are.

Who has had an earlier revision gets no other in full: nothing, or the short correction that an
editor wrote. The rest get the new one. It passes the same gate as every issue.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from digest.assembly.correction import (
    Changes,
    changes,
    compile_correction,
    compile_notice,
    correction_note,
    notice_editions,
    select_again,
)
from digest.assembly.editions import EditionMap, map_editions
from digest.assembly.invitations import deadline_of
from digest.assembly.issue import snapshot
from digest.assembly.selection import Selection
from digest.errors import DigestError, TryAgainLater
from digest.model.audience import Profile
from digest.model.edition import Rendered
from digest.model.finding import Finding
from digest.model.freeze import AudienceChanged, Freeze, PlannedInvitation, Standing
from digest.model.issue import Issue, Publication, Question, SentIssue
from digest.model.mailing import Mailing, MailingKind, MailingState
from digest.model.newsletter import Letterhead
from digest.workflow.control_ports import Corrections
from digest.workflow.gate import Gate, Gated
from digest.workflow.plan import Plan, ReadPublication
from digest.workflow.ports import Clock, Issues, Outbox, Readers
from digest.workflow.waivers import cover


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """A new revision as it would be frozen now."""

    mailing: Mailing
    revision: int
    gated: Gated
    changes: Changes
    standing: Standing
    difference: tuple[str, ...]
    """The text part before and after, as a unified diff."""
    notice: Gated | None = None
    """The short correction for who has had it; None where nobody wrote one, or nobody needs it."""

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Return the findings that stop it."""
        return self.gated.plan.errors + (self.notice.plan.errors if self.notice else ())

    @property
    def reached(self) -> int:
        """Return how many get the new revision in full."""
        return sum(count for _, count in self.standing.waiting.values())

    @property
    def had(self) -> int:
        """Return how many have had an earlier revision, or may have."""
        return sum(self.standing.had.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanCorrection:
    """Decide what a new revision says and who gets it; stores nothing."""

    issues: Issues
    readers: Readers
    corrections: Corrections
    publication: ReadPublication
    gate: Gate
    clock: Clock

    def run(self, mailing: Mailing) -> Correction:
        """Return the correction of a mailing's issue.

        Raises:
            DigestError: files are wrong, nothing has changed, or there is nobody to tell.
        """
        if mailing.state is MailingState.CANCELLED or mailing.number is None:
            raise DigestError("", "it was cancelled: there is nothing to correct", "")
        publication, findings = self.publication(mailing.newsletter)
        all_sent = self.issues.sent_issues(mailing.newsletter)
        sent = next(each for each in all_sent if each.number == mailing.number)
        used = frozenset(each.note_hash for each in all_sent if each is not sent)
        selection = select_again(publication, sent)
        if selection.too_thin:
            raise DigestError(f"issue {sent.number}", selection.too_thin, "Restore their files.")
        issue = compile_correction(publication, selection, sent, used)
        standing = self.corrections.standing(mailing.id)
        notice = self._notice(publication, issue, standing)
        if issue.content_hash == sent.content_hash:
            hint = "Change what is wrong in its files first, and run this again."
            raise DigestError(f"issue {sent.number}", "is as it was frozen", hint)
        if not standing.waiting and notice is None:
            hint = f"notes/{sent.number}.correction.md would tell them what was wrong."
            raise DigestError(f"issue {sent.number}", "everybody has had it", hint)
        plan = self._plan(publication, findings, selection, issue, standing)
        gated = self.gate.run(plan)
        return Correction(
            mailing=mailing,
            revision=sent.revision + 1,
            gated=gated,
            changes=changes(sent, issue),
            standing=standing,
            difference=self._difference(mailing, gated),
            notice=notice,
        )

    def _plan(
        self,
        publication: Publication,
        findings: list[Finding],
        selection: Selection,
        issue: Issue,
        standing: Standing,
    ) -> Plan:
        counted = self.readers.profiles(issue.newsletter.id, self.clock.now())
        profiles: dict[int, Profile] = {pid: profile for pid, (profile, _) in counted.items()}
        profiles |= {pid: profile for pid, (profile, _) in standing.waiting.items()}
        invited = _invited(issue, standing, profiles)
        reached = map_editions(issue, profiles, invited)
        waiting = {pid: count for pid, (_, count) in standing.waiting.items()}
        return Plan(
            selection=selection,
            issue=issue,
            map=reached,
            recipients=_recipients(reached, waiting or dict.fromkeys(profiles, 1)),
            invitations=_planned(issue, invited, reached),
            findings=tuple(cover(findings, publication.waivers)),
            nobody_yet=False,
            waivers=publication.waivers,
        )

    def _notice(self, publication: Publication, issue: Issue, standing: Standing) -> Gated | None:
        note = correction_note(publication, issue.number)
        if note is None or not standing.had:
            return None
        notice = compile_notice(issue, note)
        reached = notice_editions(notice, standing.had)
        counts = dict.fromkeys(reached.editions, 0)
        for language, count in standing.had.items():
            counts[_notice_key(notice, reached, language)] += count
        selection = select_again(publication, _as_sent(notice))
        return self.gate.run(
            Plan(
                selection=replace(selection, too_thin=""),
                issue=notice,
                map=reached,
                recipients=counts,
                invitations=(),
                findings=(),
                nobody_yet=False,
                waivers=publication.waivers,
            )
        )

    def _difference(self, mailing: Mailing, gated: Gated) -> tuple[str, ...]:
        """Compare the edition that most readers have, in text, before and after."""
        counts = self.issues.edition_counts(mailing.id)
        frozen = [each for each in self.issues.frozen_editions(mailing.id) if each.edition.items]
        if not frozen:
            return ()
        old = max(frozen, key=lambda each: counts.get(each.edition.key, 0))
        new = max(
            (each for each in gated.editions if each.edition.language == old.edition.language),
            key=lambda each: len({*each.edition.items} & {*old.edition.items}),
            default=None,
        )
        if new is None:
            return ()
        lines = difflib.unified_diff(
            _readable(old.rendered), _readable(new.rendered), "before", "after", lineterm="", n=1
        )
        return tuple(lines)


@dataclass(frozen=True, kw_only=True, slots=True)
class FreezeCorrection:
    """Store a correction. The caller holds the sender lock."""

    corrections: Corrections
    outbox: Outbox
    clock: Clock

    def run(self, correction: Correction) -> tuple[int, Mailing | None]:
        """Store it; return how many get the new revision, and the mailing of the notice, if any.

        Raises:
            TryAgainLater: readers changed meanwhile, or somebody else corrected it; nothing is
                stored.
        """
        now = self.clock.now()
        # What a dead process left on its way may have arrived: it keeps its revision.
        self.outbox.recover(now)
        plan = self._freeze(correction, correction.gated)
        notice, keys = None, {}
        if told := correction.notice:
            notice = replace(
                plan,
                kind=MailingKind.NOTICE,
                editions=told.editions,
                profile_editions={},
                empty_profiles=frozenset(),
                invitations=(),
            )
            languages = correction.standing.had
            keys = {each: _notice_key(told.plan.issue, told.plan.map, each) for each in languages}
        try:
            return self.corrections.correct(
                correction.mailing.id, plan, notice=notice, notice_keys=keys
            )
        except AudienceChanged as error:
            raise TryAgainLater("", "readers changed in the meantime", "Run it again.") from error

    def _freeze(self, correction: Correction, gated: Gated) -> Freeze:
        issue, plan, now = gated.plan.issue, gated.plan, self.clock.now()
        return Freeze(
            newsletter=issue.newsletter.id,
            letterhead=Letterhead.of(issue.newsletter),
            number=issue.number,
            revision=correction.revision,
            cutoff_at=issue.cutoff_at,
            frozen_at=now,
            due_at=now,
            content_hash=issue.content_hash,
            snapshot=snapshot(issue),
            items={item.id: item.content_hash for item in issue.items},
            note_hash=issue.note.content_hash if issue.note else "",
            editions=gated.editions,
            profile_editions=plan.map.by_profile,
            empty_profiles=plan.map.empty,
            invitations=plan.invitations,
            captured=correction.mailing.captured,
        )


def _invited(
    issue: Issue, standing: Standing, profiles: Mapping[int, Profile]
) -> list[tuple[int, Profile, Question]]:
    questions = {question.id: question for question in issue.questions}
    found = []
    for subscription_id, profile_id, question_id in standing.invited:
        if question_id not in questions:
            what = f"is gone, or closed: creators are invited to answer it in issue {issue.number}"
            raise DigestError(f"questions/{question_id}.md", what, "Restore it.")
        found.append((subscription_id, profiles[profile_id], questions[question_id]))
    return found


def _planned(
    issue: Issue, invited: list[tuple[int, Profile, Question]], reached: EditionMap
) -> tuple[PlannedInvitation, ...]:
    return tuple(
        PlannedInvitation(
            subscription_id=subscription_id,
            question=question.id,
            field=question.field,
            deadline_at=deadline_of(question, issue.newsletter, issue.day),
            edition_key=reached.invited[subscription_id],
        )
        for subscription_id, _, question in invited
    )


def _recipients(reached: EditionMap, waiting: Mapping[int, int]) -> dict[str, int]:
    totals = dict.fromkeys(reached.editions, 0)
    for profile_id, count in waiting.items():
        if key := reached.by_profile.get(profile_id):
            totals[key] += count
    return totals


def _notice_key(notice: Issue, reached: EditionMap, language: str) -> str:
    spoken = notice.newsletter.language_for(language)
    return next(key for key, each in reached.editions.items() if each.language == spoken)


def _as_sent(issue: Issue) -> SentIssue:
    return SentIssue(number=issue.number, cutoff_at=issue.cutoff_at, items={})


def _readable(rendered: Rendered) -> list[str]:
    text = rendered.text
    for marker, placeholder in rendered.markers.items():
        text = text.replace(marker, f"[{placeholder.value}]")
    return [f"Subject: {rendered.subject}", *text.splitlines()]
