"""What a server may say instead of the usual, and what has to come of it: written down by hand.

This is the model's own table, made from PRODUCT.md's states and the RFCs and not from the code.
"""

from __future__ import annotations

from dataclasses import dataclass

#: What becomes of a message. OK: it goes on, and after its end it is sent. BACK: it never began.
#: LOST: the line is given up; what that means depends on how far the message was.
OK, DEFERRED, REFUSED, DEAD, BLOCKED = "ok", "deferred", "refused", "dead", "blocked"
BACK, DOUBT, LOST = "back", "doubt", "lost"


@dataclass(frozen=True)
class Odd:
    """A reply, and its meaning by stage ("": at all others)."""

    said: bytes
    means: dict[str, str]
    closes: bool = False
    """The server closes the line behind it."""

    def at(self, stage: str) -> str:
        """Return what it means at a stage."""
        return self.means.get(stage, self.means[""])


ODD = {
    "later": Odd(b"451 4.3.0 later\r\n", {"": DEFERRED}),
    "throttled": Odd(b"450 4.2.1 receiving mail too quickly\r\n", {"": DEFERRED}),
    "greylisted": Odd(b"451 4.7.1 greylisted\r\n", {"": DEFERRED}),
    # RFC 5321 4.5.3.1.10: 552 at RCPT is an old way to say 452. At MAIL it is about us.
    "full": Odd(b"552 5.2.2 mailbox full\r\n", {"MAIL": BLOCKED, "RCPT": DEFERRED, "": REFUSED}),
    "nobody": Odd(b"550 5.1.1 no such user\r\n", {"MAIL": BLOCKED, "RCPT": DEAD, "": REFUSED}),
    "policy": Odd(b"554 5.7.1 we do not want your mail\r\n", {"": BLOCKED}),
    "login": Odd(b"530 5.7.0 log in first\r\n", {"": BLOCKED}),
    "closing": Odd(b"421 4.3.2 going down\r\n", {"": DEFERRED}, closes=True),
    "garbage": Odd(b"good day to you\r\n", {"": LOST}),
    "contradiction": Odd(b"250-yes\r\n550 no\r\n", {"": LOST}),
    "wrong yes": Odd(b"220 what was the question?\r\n", {"DATA": DEFERRED, "": OK}),
    "out of step": Odd(b"354 go ahead\r\n", {"DATA": OK, "DOT": DOUBT, "": DEFERRED}),
    "lines": Odd(b"250-2.0.0 one\r\n250 2.0.0 two\r\n", {"DATA": DEFERRED, "": OK}),
}
