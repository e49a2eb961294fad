"""What providers say in their own words about our account with them, as data.

None of it is about the reader: the entry stays queued and the mailing pauses, whatever code the
words come with, because they are sent with 4xx as often as with 5xx. `SESSION_FULL` is about the
connection alone: another one helps.
"""

from __future__ import annotations

import re

#: (who says so, a pattern for the words). A new line wants a row in tests/delivery/test_replies.py.
#: None may fit what is said of a reader: one reader's reply would stop everybody's mail.
ACCOUNT_TEXTS: tuple[tuple[str, str], ...] = (
    ("Amazon SES", r"daily message quota exceeded|sending (paused|suspended) for this account"),
    ("Amazon SES", r"email address is not verified"),
    ("Google", r"daily (user |smtp relay )?sending (limit|quota)"),
    (
        "Google",
        r"exceeded the (daily|rate) limit (for|of) sending|reached a limit for sending mail",
    ),
    ("Microsoft 365", r"sendasdenied|reached your daily limit|tenant has exceeded"),
    ("SendGrid", r"maximum credits exceeded"),
    ("Mailgun", r"domain \S+ is not allowed to send|sandbox subdomains are for test"),
    ("Postmark", r"ran out of (e-?mail )?credits|account is (still )?pending approval"),
    ("Brevo", r"your smtp account is not (yet )?activated|unauthori[sz]ed ip address"),
    ("Zoho", r"unusual sending activity"),
    ("cPanel", r"exceeded the max (e?mails|defers and failures) per hour"),
    ("anybody", r"\byour account\b[^.]{0,60}\b(suspend|disabl|lock|block|deactivat|restrict)"),
    ("anybody", r"temporary authentication failure"),
)

#: Said of an account in general, unless a word of the same reply is about who gets the mail.
_ALLOWANCE = re.compile(
    r"\b(monthly|hourly|weekly|daily) (e-?mail |sending |message )?(limit|quota)", re.IGNORECASE
)
_RECEIVING = re.compile(r"recipient|mailbox|receiv|\buser\b|inbox", re.IGNORECASE)

_ACCOUNT = re.compile("|".join(f"(?:{words})" for _, words in ACCOUNT_TEXTS), re.IGNORECASE)

SESSION_FULL = re.compile(
    r"too many (messages|mails|e-?mails|transactions|recipients) [^.]{0,30}"
    r"\b(session|connection)\b",
    re.IGNORECASE,
)


def about_our_account(text: str) -> bool:
    """Return whether a refusal is about our account with the provider, and so about no reader."""
    if _ACCOUNT.search(text):
        return True
    return bool(_ALLOWANCE.search(text)) and not _RECEIVING.search(text)
