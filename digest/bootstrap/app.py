"""Settings -> App: the one place where the parts are chosen and joined into use cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from digest.bootstrap.mailings import MailingParts
from digest.bootstrap.pace import probe_policy
from digest.bootstrap.parts import SystemClock
from digest.errors import ConfigurationError
from digest.model.finding import Finding, Level
from digest.model.mailing import Tally
from digest.settings import Settings
from digest.workflow.check import CheckNewsletter
from digest.workflow.correct import FreezeCorrection, PlanCorrection
from digest.workflow.deliver import DeliverMailing
from digest.workflow.due import SendDue
from digest.workflow.gate import Gate
from digest.workflow.gate_rules import catalogue
from digest.workflow.plan import PlanIssue
from digest.workflow.ports import Clock, Issues, Readers
from digest.workflow.preview import SendTest, SendView
from digest.workflow.produce import FreezeIssue
from digest.workflow.send import SendIssue
from digest.workflow.sending_ports import Lanes

if TYPE_CHECKING:
    from digest.workflow.links import CheckLinks
    from digest.workflow.studio import Studio


class App(MailingParts):
    """The use cases of one site."""

    def check_newsletter(self) -> CheckNewsletter:
        """Return the use case that finds what is wrong."""
        return CheckNewsletter(
            content=self.findings,
            settings=self._settings_findings,
            plan=self.plan_issue(),
            gate=self.gate(),
        )

    def gate(self, readers: Readers | None = None, issues: Issues | None = None) -> Gate:
        """Return what judges an issue, for `check` and before every send.

        It asks the store, unless others who know the readers and the issues are given.
        """
        from digest.rendering.lint.gate import lint_edition

        return Gate(
            readers=readers or self.past,
            issues=issues or self.past,
            render=self.render,
            prove=self.prove,
            lint=partial(lint_edition, links=self.offered_links),
            doubt=self.renderer.doubt,
            links=self.longest_links,
            settings=self._settings_findings,
            rules=catalogue,
            captured=self.captures,
            dkim_domain=self.settings.dkim.domain,
        )

    def _settings_findings(self) -> list[Finding]:
        found = []
        if self.settings.links_lead_nowhere:
            what = "site.base_url leads readers to their own machine"
            hint = "Set the public https address of `digest web`, or leave smtp.host empty."
            found.append(_settings_error("base-url-is-local", what, hint))
        if self.settings.pictures_lead_nowhere:
            what = "site.assets_url is where only this machine finds pictures"
            hint = "Set the public https address, or delete the key: they then travel in the mail."
            found.append(_settings_error("assets-url-is-local", what, hint))
        found += self._dkim_findings()
        return found

    def _dkim_findings(self) -> list[Finding]:
        try:
            warnings = [pair.warning for pair in self.dkim_keys if pair.warning]
        except ConfigurationError as error:
            # Where content is checked there may be no key; where mail is sent, the send says so.
            warnings = [f"mail cannot be signed here: {error.where}: {error.what}"]
        hint = "docs/dkim.md says how to make a key."
        return [
            Finding(rule="dkim-key", level=Level.WARNING, file="digest.toml", what=each, hint=hint)
            for each in warnings
        ]

    def check_links(self) -> CheckLinks:
        """Return the use case that asks for an issue's links over the network."""
        from digest.content.probing import Prober
        from digest.workflow.links import CheckLinks

        return CheckLinks(probe=Prober().probe, rules=catalogue)

    def studio(self) -> Studio:
        """Return what the preview looks at: all reading, nothing is stored and no key is made."""
        from digest.rendering.lint.gate import lint_edition
        from digest.workflow.remembering import Remembered
        from digest.workflow.steady import SteadyReaders
        from digest.workflow.studio import Studio

        store = self.view
        remembered = Remembered(
            view=self.renderer.arrange,
            render=self.render,
            prove=self.prove,
            lint=partial(lint_edition, links=self.offered_links),
        )
        readers = SteadyReaders(lambda: store, self.store_stamp, self.clock)
        gate = replace(
            self.gate(readers, store),
            render=remembered.render,
            prove=remembered.prove,
            lint=remembered.lint,
            readership=readers.readership,
        )
        plan = PlanIssue(
            issues=store, readers=readers, publication=self.publication, clock=self.clock
        )
        return Studio(
            newsletters=lambda: self.newsletters,
            store=lambda: store,
            plan=plan,
            gate=gate,
            check=CheckNewsletter(
                content=self.findings, settings=self._settings_findings, plan=plan, gate=gate
            ),
            remembered=remembered,
            compose=partial(self.composer, harmless=True),
            stamp=self.store_stamp,
            clock=self.clock,
        )

    def send_view(self) -> SendView:
        """Return the use case that sends one edition, as the preview shows it, to one address."""
        compose = partial(self.composer, test=True, harmless=True)
        return SendView(compose=compose, transport=self.make_test_transport, clock=self.clock)

    def send_test(self, newsletter: str) -> SendTest:
        """Return the use case that sends marked editions of a newsletter to one address."""
        return SendTest(
            build=self.build_editions(test=True), transport=self.make_test_transport(newsletter)
        )

    def send_issue(
        self,
        progress: Callable[[Tally], None] = lambda _tally: None,
        notice: Callable[[str], None] = lambda _text: None,
        patience: timedelta = timedelta(0),
    ) -> SendIssue:
        """Return the use case that sends the next issue.

        It tells how far it is, and what is in the way; the limits are waited for as long as
        `patience` at a time.
        """
        ledger = self.ledger
        return SendIssue(
            issues=ledger,
            outbox=ledger,
            plan=self.plan_issue(),
            gate=self.gate(),
            freeze=FreezeIssue(
                issues=ledger,
                clock=self.clock,
                captured=self.captures,
            ),
            deliver=self._deliver_mailing(progress, notice, patience),
            prepare=self.begin_rollout,
            write_receipt=self.receipts,
            write_owed=self.receipts.owed,
        )

    def _deliver_mailing(
        self,
        progress: Callable[[Tally], None],
        notice: Callable[[str], None],
        patience: timedelta,
    ) -> DeliverMailing:
        delivery = self.settings.delivery
        _ = self.signer  # a key that cannot be used is said before anything is frozen
        return DeliverMailing(
            outbox=self.ledger,
            compose=self.compose_mailing,
            lanes=self.make_lanes(),
            connections=delivery.connections,
            clock=self.clock,
            pace=self.pace,
            retry=self.retry_policy,
            probes=probe_policy(delivery),
            notice=notice,
            patience=patience,
            store_patience=self.settings.database.wait,
            resend_in_doubt=delivery.in_doubt == "resend",
            stop=self.stop,
            progress=progress,
        )

    def plan_correction(self) -> PlanCorrection:
        """Return the use case that decides what a new revision of an issue says."""
        ledger = self.ledger
        return PlanCorrection(
            issues=ledger,
            readers=ledger,
            corrections=ledger,
            publication=self.publication,
            gate=self.gate(),
            clock=self.clock,
        )

    def freeze_correction(self) -> FreezeCorrection:
        """Return the use case that stores a correction."""
        return FreezeCorrection(corrections=self.ledger, outbox=self.ledger, clock=self.clock)

    def send_due(
        self,
        progress: Callable[[Tally], None] = lambda _tally: None,
        notice: Callable[[str], None] = lambda _text: None,
        patience: timedelta = timedelta(0),
    ) -> SendDue:
        """Return the use case that deals with the schedule; it tells what `send_issue` does."""
        ledger = self.ledger
        return SendDue(
            slots=ledger,
            outbox=ledger,
            send=self.send_issue(progress, notice, patience),
            clock=self.clock,
        )


def bootstrap(settings: Settings, *, clock: Clock | None = None, lanes: Lanes | None = None) -> App:
    """Join the parts of a site; tests pass a clock and lanes of their own."""
    return App(settings=settings, clock=clock or SystemClock(), lanes=lanes)


def _settings_error(rule: str, what: str, hint: str) -> Finding:
    return Finding(rule=rule, level=Level.ERROR, file="digest.toml", what=what, hint=hint)
