"""From settings to pacing: the rules of one newsletter, and permits that remember what was sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from digest.delivery.domain_pauses import DomainPauses
from digest.delivery.pacing import DomainRules, PaceRules, Pacing
from digest.delivery.retry import RetryPolicy
from digest.model.newsletter import DeliveryRules
from digest.settings import DeliverySettings

if TYPE_CHECKING:
    from digest.store.ledger import Ledger

Later = Callable[[Callable[[], object]], object]
"""Calls the store in its writer thread, soon."""
_NO_RULES = DeliveryRules()
#: A domain whose wait ended so long ago is like any other.
FORGIVEN = timedelta(days=1)


def pace_rules(
    said: DeliverySettings, newsletter: str, own: DeliveryRules = _NO_RULES
) -> PaceRules:
    """Return how fast a newsletter's mail may leave."""
    return PaceRules(
        limits=said.limits,
        warm_up=said.ramp,
        domains={
            domain: DomainRules(limits=each.limits, connections=each.connections)
            for domain, each in said.domains.items()
        },
        newsletter=newsletter,
        newsletter_limits=own.limits,
    )


def retry_policy(said: DeliverySettings, own: DeliveryRules = _NO_RULES) -> RetryPolicy:
    """Return when a newsletter's deferred messages are tried again.

    A wait that one of them sets and that does not fit the other's gives way: the longest wait is
    never shorter than the first.
    """
    first = own.first_wait or said.first_wait
    longest = own.longest_wait or said.longest_wait
    return RetryPolicy(
        first_wait=first if own.first_wait else min(first, longest),
        longest_wait=max(first, longest) if own.first_wait else longest,
        give_up_after=own.give_up_after or said.give_up_after,
    )


def probe_policy(said: DeliverySettings) -> RetryPolicy:
    """Return when a mailing that the server's refusal paused is tried again."""
    return RetryPolicy(first_wait=said.probe_wait, longest_wait=said.longest_probe_wait)


@dataclass(frozen=True, kw_only=True, slots=True)
class MakePace:
    """Makes the permits of one delivery, from what the database remembers."""

    ledger: Ledger
    said: DeliverySettings
    rules: PaceRules

    def run(self, now: datetime, later: Later) -> Pacing:
        """Return them; a domain's pause that begins or ends is stored `later`."""
        ledger, horizon = self.ledger, self.rules.horizon
        recent = [each for each in ledger.domain_pauses() if each.until_at > now - FORGIVEN]
        steps = RetryPolicy(
            first_wait=self.said.domain_wait, longest_wait=self.said.longest_domain_wait
        )
        pauses = DomainPauses(
            recent,
            steps=steps,
            keep=lambda pause: later(partial(ledger.keep_domain_pause, pause)),
            lift=lambda domain: later(partial(ledger.lift_domain_pause, domain)),
        )
        restored = ledger.handed_since(now - horizon - timedelta(seconds=1)) if horizon else ()
        if horizon:
            ledger.forget_handed(now)
        return Pacing(self.rules, pauses=pauses, restored=restored, now=now)
