"""Freeze an issue: every edition rendered and stored, and the outbox filled, before a byte leaves.

Nothing renders after this. A send that breaks off is finished from what is stored, on a machine
that may not even have the newsletter's files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from digest.assembly.issue import snapshot
from digest.model.edition import Edition, FrozenEdition, Rendered
from digest.model.freeze import Freeze
from digest.model.issue import Issue
from digest.model.mailing import Mailing
from digest.model.newsletter import Letterhead
from digest.workflow.plan import Plan
from digest.workflow.ports import Clock, Issues

Render = Callable[[Issue, Edition], Rendered]
Prove = Callable[[Letterhead, list[FrozenEdition]], None]
"""Refuses editions that cannot become messages."""


def render_editions(plan: Plan, render: Render) -> list[FrozenEdition]:
    """Render each edition of a plan once, in the plan's order; ids are its positions from 1."""
    return [
        FrozenEdition(id=position, edition=edition, rendered=render(plan.issue, edition))
        for position, edition in enumerate(plan.map.editions.values(), start=1)
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class FreezeIssue:
    """Turn a plan into a mailing."""

    issues: Issues
    clock: Clock
    captured: bool

    def run(
        self, plan: Plan, editions: Sequence[FrozenEdition], *, slot: str | None = None
    ) -> Mailing:
        """Store the issue and return its mailing; the editions are those that the gate let pass.

        Raises:
            AudienceChanged: somebody subscribed with a new profile since the plan; plan again.
        """
        letterhead = Letterhead.of(plan.issue.newsletter)
        now = self.clock.now()
        issue = plan.issue
        return self.issues.freeze(
            Freeze(
                newsletter=issue.newsletter.id,
                letterhead=letterhead,
                number=issue.number,
                cutoff_at=issue.cutoff_at,
                frozen_at=now,
                due_at=now,
                content_hash=issue.content_hash,
                snapshot=snapshot(issue),
                items={item.id: item.content_hash for item in issue.items},
                note_hash=issue.note.content_hash if issue.note else "",
                editions=tuple(editions),
                profile_editions=plan.map.by_profile,
                empty_profiles=plan.map.empty,
                invitations=plan.invitations,
                slot=slot,
                captured=self.captured,
            )
        )
