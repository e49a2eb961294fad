"""Trouble on purpose: which messages the capture server refuses or drops, by share.

For rehearsing what an operator hopes never to see. What must stay true: the same seed draws the
same troubles in the same order, and a share is a share of the messages.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass

from digest.errors import UsageError

#: Where a trouble can strike: at login or MAIL, at RCPT, once the message has begun to come, at
#: its end, or when it is kept already and only the answer is lost.
LOGIN, RCPT, BODY, DOT, KEPT = "login", "rcpt", "body", "dot", "kept"

_WAYS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "421": ("421 4.3.2 the rehearsal closes the line", (RCPT, DOT)),
    "451": ("451 4.3.0 the rehearsal says later", (RCPT, DOT)),
    "452": ("452 4.2.2 the rehearsal calls the mailbox full", (RCPT,)),
    "535": ("535 5.7.8 the rehearsal refuses the login", (LOGIN,)),
    "550": ("550 5.1.1 the rehearsal knows no such address", (RCPT,)),
    "drop": ("", (LOGIN, BODY, DOT, KEPT)),
}
_HINT = 'Write it like "451=5%,535=1%,drop=2%".'
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?|\.\d{1,6})%")


@dataclass(frozen=True, slots=True)
class Trouble:
    """One trouble: where it strikes, and what is answered; "" drops the line."""

    at: str
    reply: str


class Chaos:
    """Draws a trouble for a message, or none."""

    def __init__(self, shares: Mapping[str, float], *, seed: int | None = None) -> None:
        """Strike by shares of 1; without a seed every run is another."""
        self._shares = dict(shares)
        self._random = random.Random(seed)  # noqa: S311  a rehearsal, not a secret

    def draw(self) -> Trouble | None:
        """Return what happens to the next message."""
        left = self._random.random()
        for name, share in self._shares.items():
            left -= share
            if left < 0:
                reply, places = _WAYS[name]
                return Trouble(self._random.choice(places), reply)
        return None


def read_chaos(text: str, *, seed: int | None = None) -> Chaos:
    """Read shares such as `451=5%,535=1%,drop=2%`.

    Raises:
        UsageError: a trouble is unknown or named twice, or the shares are none.
    """
    shares: dict[str, float] = {}
    for piece in filter(None, map(str.strip, text.split(","))):
        name, _, share = (part.strip().lower() for part in piece.partition("="))
        if name not in _WAYS:
            raise UsageError("--chaos", f"{name!r} is unknown; there are {', '.join(_WAYS)}", _HINT)
        if name in shares:
            raise UsageError("--chaos", f"{name} is named twice", _HINT)
        found = _SHARE.fullmatch(share)
        if not found:
            raise UsageError("--chaos", f"{share!r} is no share of {name}", _HINT)
        shares[name] = float(found[1]) / 100
    if not shares or sum(shares.values()) > 1.000001:
        told = "the shares are more than 100 %" if shares else "no trouble is named"
        raise UsageError("--chaos", told, _HINT)
    return Chaos(shares, seed=seed)
