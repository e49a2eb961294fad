"""The gate: everything that is wrong with the next issue, in one list, before anything is frozen.

`digest check` shows what the gate finds; `send-now`, `send-due` and the service ask it before each
freeze. There is one gate, so that a terminal, CI and a send never differ but in what they know: a
machine without the database knows no readers, and mail that is only captured needs no postal
address. The editions that the gate rendered are the ones that are frozen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from digest.errors import (
    ConfigurationError,
    ContentError,
    DigestError,
    ManyErrors,
    RecipientError,
    StoreError,
    TemplateError,
    TryAgainLater,
)
from digest.message.headers import addr_spec
from digest.message.markers import fill_html
from digest.model.edition import Edition, FrozenEdition, Placeholder, Rendered
from digest.model.finding import CheckRule, Finding, Level
from digest.model.issue import Issue, Item, Note, Question
from digest.model.mailing import MailingKind, MailingState
from digest.model.newsletter import Letterhead
from digest.workflow.gate_rules import ON_NETWORK
from digest.workflow.plan import Plan
from digest.workflow.ports import Issues, Readers
from digest.workflow.produce import Prove, Render
from digest.workflow.readership import Readership, readership_of
from digest.workflow.unsettled import lost_doubts
from digest.workflow.waivers import apply_waivers, unused_waivers

#: An audience may always grow by so many.
USUAL_GROWTH = 100
#: What stops whoever asks, and is no finding about an issue.
_NOT_FINDINGS = (ConfigurationError, StoreError, TryAgainLater)


class Lint(Protocol):
    """Finds what is wrong with a rendered edition."""

    def __call__(
        self, rendered: Rendered, edition: Edition, issue: Issue, *, heaviest: int
    ) -> list[Finding]:
        """Return what is wrong; `heaviest` is how many bytes personal values add to the HTML."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gated:
    """What the gate says of a plan."""

    plan: Plan
    """The plan, its findings now complete and each with its waiver; errors first."""
    editions: tuple[FrozenEdition, ...]
    """Rendered once, here; a freeze stores these."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """Judge a plan: may it leave?"""

    readers: Readers
    issues: Issues
    render: Render
    prove: Prove
    lint: Lint
    doubt: Callable[[str], str]
    """The word that templates mark an unsettled figure with, by language."""
    links: Callable[[], Mapping[Placeholder, str]]
    """Personal links as long as any reader's."""
    settings: Callable[[], list[Finding]]
    rules: Callable[[], Mapping[str, CheckRule]]
    captured: bool
    """Nothing leaves this machine."""
    dkim_domain: str = ""
    readership: Callable[[Readers, str, datetime], Readership] = readership_of
    """Reads the values of all readers; who asks again and again may remember the answer."""

    def run(self, plan: Plan, *, sending: bool = True) -> Gated:
        """Return the plan with all findings, and its editions.

        Without `sending`, a newsletter that nobody reads yet is no error: an editor's machine need
        not know the readers.

        Raises:
            ConfigurationError, StoreError: the settings or the database cannot be used at all.
        """
        readership = self.readership(self.readers, plan.issue.newsletter.id, plan.issue.cutoff_at)
        editions, broken = self._render(plan)
        found = [
            *map(self._weighed, plan.findings),
            *self.settings(),
            *self._about_audience(plan, sending=sending),
            *self._about_sender(plan),
            *readership.findings,
            *broken,
            *_merged(self._rendered(plan, editions, readership)),
            *_holes(editions, readership),
        ]
        judged = apply_waivers(dict.fromkeys(found), plan.waivers, self.rules())
        if not broken:
            asked = [waiver for waiver in plan.waivers if waiver.rule not in ON_NETWORK]
            judged += unused_waivers(judged, asked, _files(plan.issue))
        return Gated(plan=replace(plan, findings=in_order(judged)), editions=tuple(editions))

    def _render(self, plan: Plan) -> tuple[list[FrozenEdition], list[Finding]]:
        """Render each edition once and prove that it can be sent, or say why it cannot."""
        editions: list[FrozenEdition] = []
        broken: dict[Finding, None] = {}
        for position, edition in enumerate(plan.map.editions.values(), start=1):
            try:
                rendered = self.render(plan.issue, edition)
                frozen = FrozenEdition(id=position, edition=edition, rendered=rendered)
                self.prove(Letterhead.of(plan.issue.newsletter), [frozen])
            except _NOT_FINDINGS:
                raise
            except DigestError as error:
                # A broken template breaks every edition: it is said once.
                broken |= dict.fromkeys(findings_of(error, rule="edition"))
            else:
                editions.append(frozen)
        return editions, list(broken)

    def _rendered(
        self, plan: Plan, editions: Iterable[FrozenEdition], readership: Readership
    ) -> list[Finding]:
        reader = readership.heaviest(self.links())
        found: list[Finding] = []
        for frozen in editions:
            rendered, edition = frozen.rendered, frozen.edition
            added = len(fill_html(rendered, reader).encode()) - len(rendered.html.encode())
            own = self.lint(rendered, edition, plan.issue, heaviest=added)
            own += lost_doubts(rendered, edition, plan.issue, self.doubt(edition.language))
            name = f"{edition.language} {edition.key[:8]}"
            found += [replace(one, edition=one.edition or name) for one in own]
        return found

    def _weighed(self, finding: Finding) -> Finding:
        """Make an error of what is one only where mail leaves this machine.

        A missing postal address breaks the law of many countries (15 U.S.C. 7704 (a) (5), for
        one), but nobody's law while mail is captured, and a first try should not need one.
        """
        if finding.rule == "no-postal-address" and not self.captured:
            return replace(finding, level=Level.ERROR)
        return finding

    def _about_audience(self, plan: Plan, *, sending: bool) -> list[Finding]:
        if plan.selection.too_thin:
            return []
        if not plan.audience:
            unknown = plan.nobody_yet and not sending
            return [_no_readers(Level.NOTE if unknown else Level.ERROR, plan)]
        last = self._last_audience(plan.issue.newsletter.id)
        limit = max(last * plan.issue.newsletter.rules.max_growth, last + USUAL_GROWTH)
        if last and plan.audience > limit:
            return [_grown(plan, last)]
        return []

    def _last_audience(self, newsletter: str) -> int:
        """Return how many the last issue was for: captured ones are compared with each other."""
        return next(
            (
                mailing.planned
                for mailing in self.issues.mailings(newsletter)
                if mailing.kind is MailingKind.ISSUE
                and mailing.captured == self.captured
                and mailing.state is not MailingState.CANCELLED
            ),
            0,
        )

    def _about_sender(self, plan: Plan) -> list[Finding]:
        if not self.dkim_domain:
            return []
        signs, sender = map(_domain, (self.dkim_domain, plan.issue.newsletter.sender.domain))
        if _is_aligned(sender, signs):
            return []
        return [
            Finding(
                rule="dkim-domain",
                level=Level.ERROR,
                file=_newsletter_file(plan.issue),
                what=f"From is at {sender}, and {signs} signs",
                hint="Write From with an address of the domain in [dkim], or change that.",
            )
        ]


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings with errors first, then by file and line; waived ones come last."""
    order = list(Level)
    return tuple(
        sorted(
            findings,
            key=lambda one: (bool(one.waived), order.index(one.level), one.file, one.line),
        )
    )


def findings_of(error: DigestError, rule: str) -> list[Finding]:
    """Turn an error, or many at once, into findings."""
    if isinstance(error, ManyErrors):
        return [finding for one in error.errors for finding in findings_of(one, rule)]
    file, line, what = "", 0, error.what
    if isinstance(error, ContentError):
        file, line = error.file, error.line
    elif error.where:
        what = f"{error.where}: {what}"
    return [
        Finding(
            rule=rule,
            level=Level.ERROR,
            file=file,
            line=line,
            what=what,
            hint=error.hint,
            excerpt=error.excerpt if isinstance(error, TemplateError) else "",
        )
    ]


def _merged(findings: Iterable[Finding]) -> list[Finding]:
    """Say once what is wrong in several editions, and in how many."""
    grouped: dict[Finding, list[str]] = {}
    for finding in findings:
        grouped.setdefault(replace(finding, edition=""), []).append(finding.edition)
    return [
        replace(finding, edition=_several(list(dict.fromkeys(editions))))
        for finding, editions in grouped.items()
    ]


def _several(editions: list[str]) -> str:
    first, *others = editions
    return f"{first} and {len(others)} more" if others else first


def _holes(editions: Iterable[FrozenEdition], readership: Readership) -> list[Finding]:
    """Find readers for whom a printed name would be empty; a greeting never is."""
    printed = any(
        placeholder is Placeholder.NAME
        for frozen in editions
        for placeholder in frozen.rendered.markers.values()
    )
    if not printed or not readership.without_name:
        return []
    others = readership.without_name - 1
    who = readership.first_without_name + (f" and {others:,} more" if others else "")
    return [
        Finding(
            rule="empty-name",
            level=Level.WARNING,
            what=f"a template prints reader.name, which is empty for {who}",
            hint="Print reader.greeting instead: it greets everybody.",
        )
    ]


def _no_readers(level: Level, plan: Plan) -> Finding:
    hint = "digest subscribers import FILE brings readers."
    what = "nobody reads this newsletter yet"
    if not plan.nobody_yet:
        what, hint = "the issue holds nothing for any reader", "Look at the 'for' of its items."
    return Finding(
        rule="no-readers", level=level, file=_newsletter_file(plan.issue), what=what, hint=hint
    )


def _grown(plan: Plan, last: int) -> Finding:
    times = plan.audience / last
    return Finding(
        rule="audience-growth",
        level=Level.ERROR,
        file=_newsletter_file(plan.issue),
        what=f"the issue is for {plan.audience:,} readers, the last one was for {last:,}",
        hint=f"If that is right, allow it: [assembly] max_growth = {times + 0.1:.1f}",
    )


def _domain(text: str) -> str:
    """Return a domain by which it is compared: in ASCII and lower case."""
    try:
        return addr_spec(f"x@{text.rstrip('.')}").removeprefix("x@").lower()
    except RecipientError:  # proving the editions says what is wrong with From
        return text.lower()


def _is_aligned(sender: str, signs: str) -> bool:
    """Return whether a signature counts for From (RFC 7489, section 3.1.1, relaxed).

    Which domains belong to one organisation needs a list that changes; one beneath the other do.
    """
    return sender == signs or sender.endswith(f".{signs}") or signs.endswith(f".{sender}")


def _newsletter_file(issue: Issue) -> str:
    return f"content/{issue.newsletter.id}/newsletter.toml"


def _files(issue: Issue) -> frozenset[str]:
    """Return the files that say something in an issue, so that all of their rules were asked."""
    found = {_newsletter_file(issue)}
    nouns: list[Item | Question | Note] = [*issue.items, *issue.questions]
    for noun in [*nouns, *([issue.note] if issue.note else [])]:
        found |= {noun.file, *(text.file for text in noun.texts.values())}
    return frozenset(found)
