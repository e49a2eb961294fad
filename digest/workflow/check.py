"""Check a newsletter: everything that can be wrong before sending, in one list.

Content first; when it can be read, the next issue is planned and the gate judges it, as it does
before a send, so that what is wrong is found here and not by a reader.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from digest.errors import DigestError
from digest.model.edition import FrozenEdition
from digest.model.finding import Finding
from digest.workflow.gate import Gate, findings_of, in_order
from digest.workflow.plan import Plan, PlanIssue


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """What a check found."""

    findings: tuple[Finding, ...]
    """Errors first; those that were waived last."""
    plan: Plan | None = None
    """None when the content could not be read."""
    editions: tuple[FrozenEdition, ...] = ()

    @property
    def stops(self) -> bool:
        """Return whether a send would be stopped."""
        return any(one.stops for one in self.findings)


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckNewsletter:
    """Find what is wrong with a newsletter and its next issue."""

    content: Callable[[str], list[Finding]]
    """Findings about files alone; never raises for what an editor can mend."""
    settings: Callable[[], list[Finding]]
    plan: PlanIssue
    gate: Gate

    def run(self, newsletter: str, *, sending: bool = False) -> Checked:
        """Return what is wrong; with `sending`, exactly what a send would be told."""
        try:
            plan = self.plan.run(newsletter)
        except DigestError as error:
            return self._unplanned(newsletter, error)
        try:
            gated = self.gate.run(plan, sending=sending)
        except DigestError as error:
            found = [*plan.findings, *self.settings(), *findings_of(error, "edition")]
            return Checked(findings=in_order(found), plan=plan)
        return Checked(findings=gated.plan.findings, plan=gated.plan, editions=gated.editions)

    def _unplanned(self, newsletter: str, error: DigestError) -> Checked:
        """Say what is wrong with the files, or else what kept the issue from being planned."""
        found = self.content(newsletter)
        if not any(one.stops for one in found):
            found += findings_of(error, "content")
        return Checked(findings=in_order([*found, *self.settings()]))
