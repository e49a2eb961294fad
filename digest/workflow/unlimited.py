"""No limits: mail leaves as fast as the server takes it."""

from __future__ import annotations

from datetime import datetime

from digest.model.mailing import Reply


class Unlimited:
    """Serves the port `Pace` where nothing is limited."""

    def permit(self, domain: str, now: datetime) -> bool:
        """Let everything leave."""
        del domain, now
        return True

    def give_back(self, domain: str, permitted_at: datetime) -> None:
        """Nothing was counted."""

    def closed(self, now: datetime) -> frozenset[str]:
        """No domain is closed."""
        del now
        return frozenset()

    def next_at(self, domain: str, now: datetime) -> datetime | None:
        """At once."""
        del domain, now
        return None

    def opens_at(self, now: datetime) -> datetime | None:
        """None is closed."""
        del now
        return None

    def handed(self) -> dict[str, int]:
        """Nothing is counted."""
        return {}

    def learn(self, domain: str, reply: Reply, now: datetime) -> None:
        """Nothing is learned."""

    def taken(self, domain: str) -> None:
        """Nothing is learned."""
