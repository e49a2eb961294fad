"""What is joined around one mailing: its pace, its receipt, and what a person does to it."""

from __future__ import annotations

from collections.abc import Mapping

from digest.bootstrap.pace import pace_rules
from digest.bootstrap.parts import Parts
from digest.delivery.forecast import Forecast, forecast
from digest.delivery.pacing import PaceRules
from digest.model.issue import SentIssue
from digest.model.limits import EVERYTHING
from digest.model.mailing import Mailing, Tally
from digest.model.newsletter import DeliveryRules
from digest.workflow.control import (
    CancelMailing,
    FindMailing,
    PauseMailing,
    ResendIssue,
    ResumeMailing,
    RetryEntries,
    SettleEntries,
)
from digest.workflow.plan import Plan
from digest.workflow.send import WriteReceiptOf


class MailingParts(Parts):
    """The parts of one site, and what stands around its mailings."""

    @property
    def receipts(self) -> WriteReceiptOf:
        """Return what writes the receipt of a mailing that has ended."""
        ledger = self.ledger
        return WriteReceiptOf(issues=ledger, outbox=ledger, write=self._write_receipt)

    def _write_receipt(self, mailing: Mailing, sent: SentIssue, tally: Tally) -> None:
        from digest.content.folder import newsletter_folder
        from digest.content.receipts import Receipt, write_receipt

        receipt = Receipt(
            number=sent.number,
            revision=sent.revision,
            cutoff_at=sent.cutoff_at,
            content_hash=sent.content_hash,
            note_hash=sent.note_hash,
            captured=mailing.captured,
            items=sent.items,
            counts={state.value: count for state, count in tally.states.items() if count},
        )
        write_receipt(newsletter_folder(self.home, mailing.newsletter), receipt)

    # --- pacing ---------------------------------------------------------------------------------

    def delivery_rules(self, newsletter: str) -> DeliveryRules:
        """Return how a newsletter is delivered where it differs from the site."""
        from digest.content.folder import read_delivery_rules

        return read_delivery_rules(self.home, newsletter)

    def pace_rules(self, newsletter: str) -> PaceRules:
        """Return how fast a newsletter's mail may leave."""
        return pace_rules(self.settings.delivery, newsletter, self.delivery_rules(newsletter))

    # --- what a person does to a mailing --------------------------------------------------------

    def foretell(self, mailing: Mailing) -> Forecast | None:
        """Return when the limits let the last of a mailing out; None: they do not hold it up."""
        rules = self.pace_rules(mailing.newsletter)
        if mailing.captured or not rules.horizon:
            return None
        waiting = self.ledger.waiting(mailing.id, list(rules.domains))
        return self._foretell(rules, waiting)

    def foretell_plan(self, plan: Plan) -> Forecast | None:
        """Return when the limits would let the last of a plan out, if it were sent now."""
        newsletter = plan.issue.newsletter.id
        rules = self.pace_rules(newsletter)
        if self.captures or not rules.horizon or not self.has_database:
            return None
        waiting = self.ledger.count_by_domain(newsletter, list(rules.domains), self.clock.now())
        return self._foretell(rules, {**waiting, EVERYTHING: plan.audience})

    def _foretell(self, rules: PaceRules, waiting: Mapping[str, int]) -> Forecast | None:
        now = self.clock.now()
        restored = self.ledger.handed_since(now - rules.horizon)
        return forecast(rules, waiting, now=now, restored=restored)

    def find_mailing(self) -> FindMailing:
        """Return what finds the mailing that a person means."""
        return FindMailing(issues=self.past)

    def pause_mailing(self) -> PauseMailing:
        """Return the use case that stops a mailing until `resume`."""
        return PauseMailing(issues=self.ledger, outbox=self.ledger)

    def resume_mailing(self) -> ResumeMailing:
        """Return the use case that lets a paused mailing go on."""
        return ResumeMailing(issues=self.ledger, outbox=self.ledger)

    def cancel_mailing(self) -> CancelMailing:
        """Return the use case that stops a mailing for good."""
        return CancelMailing(
            issues=self.ledger,
            control=self.ledger,
            clock=self.clock,
            write_receipt=self.receipts,
        )

    def retry_entries(self) -> RetryEntries:
        """Return the use case that sends what failed once more."""
        return RetryEntries(control=self.ledger, clock=self.clock)

    def settle_entries(self) -> SettleEntries:
        """Return the use case that decides what became of what is held."""
        ledger = self.ledger
        return SettleEntries(
            issues=ledger,
            outbox=ledger,
            control=ledger,
            clock=self.clock,
            write_receipt=self.receipts,
        )

    def resend_issue(self) -> ResendIssue:
        """Return the use case that sends an issue once more to one reader."""
        return ResendIssue(control=self.ledger, clock=self.clock)
