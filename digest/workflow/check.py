"""Check a newsletter: everything that can be wrong before sending, in one list.

Content first; when it can be read, the next issue is planned and every edition rendered and
compiled, so that a broken template or an unsafe value is found here and not by a reader.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from digest.errors import ContentError, DigestError, ManyErrors
from digest.model.finding import Finding, Level
from digest.model.newsletter import Letterhead
from digest.workflow.plan import Plan, PlanIssue
from digest.workflow.produce import Prove, Render, render_editions


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckNewsletter:
    """Find what is wrong with a newsletter and its next issue."""

    content: Callable[[str], list[Finding]]
    """Findings about files alone; never raises for what an editor can mend."""
    settings: Callable[[], list[Finding]]
    plan: PlanIssue
    render: Render
    prove: Prove

    def run(self, newsletter: str) -> tuple[list[Finding], Plan | None]:
        """Return the findings, errors first, and the plan if the content could be read."""
        found = [*self.content(newsletter), *self.settings()]
        plan = None
        if not any(one.level is Level.ERROR for one in found):
            try:
                plan = self.plan.run(newsletter)
                found += [one for one in plan.findings if one not in found]
                found += self._rendered(plan)
            except DigestError as error:
                found += findings_of(error)
        order = list(Level)
        return sorted(found, key=lambda one: (order.index(one.level), one.file, one.line)), plan

    def _rendered(self, plan: Plan) -> list[Finding]:
        """Render and compile each edition; stop at the first that fails."""
        try:
            editions = render_editions(plan, self.render)
            self.prove(Letterhead.of(plan.issue.newsletter), editions)
        except DigestError as error:
            return findings_of(error, rule="edition")
        return []


def findings_of(error: DigestError, rule: str = "content") -> list[Finding]:
    """Turn an error, or many at once, into findings."""
    if isinstance(error, ManyErrors):
        return [finding for one in error.errors for finding in findings_of(one, rule)]
    file, line = error.where, 0
    if isinstance(error, ContentError):
        file, line = error.file, error.line
    return [
        Finding(
            rule=rule,
            level=Level.ERROR,
            file=file,
            line=line,
            what=error.what,
            hint=error.hint,
        )
    ]
