"""What a server's reply means for the entry. Pure: stage, code and text in, a verdict out.

A wrong verdict is dear both ways: a refusal taken for the reader's fault loses readers who did
nothing wrong, a refusal taken for ours stops a mailing because of one closed mailbox. So an
enhanced status (RFC 3463) that is precise decides; after it the words; after them the code. What
cannot be read is never taken for an answer: before the final dot it is deferred, after it in doubt.
"""

from __future__ import annotations

import re
from enum import StrEnum

from digest.delivery.provider_texts import SESSION_FULL, about_our_account
from digest.model.mailing import Reply, Verdict


class Stage(StrEnum):
    """What the server was answering. At all but the last, accepted means "go on"."""

    CONNECT = "the greeting"
    HELLO = "EHLO"
    AUTH = "AUTH"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    BDAT = "BDAT"
    DOT = "the final dot"
    VOID = "the end of an empty message"
    RSET = "RSET"
    QUIT = "QUIT"


#: From RCPT on a refusal may be about the recipient.
_OF_A_RECIPIENT = frozenset({Stage.RCPT, Stage.DATA, Stage.BDAT, Stage.DOT})

#: A reply is shown in `why` and kept with the attempt; a server may send 64 KB of it.
LONGEST_TEXT = 500

#: What a reply means stands at its beginning; searching all of it would be the server's to prolong.
_MOST_READ = 4000

#: Asks for a login, or does not take ours (RFC 4954 section 6, RFC 5248).
_LOGIN_CODES = frozenset({523, 524, 525, 530, 534, 535, 538})

#: Precise and about this reader. Of policy (5.7) only what RFC 3463, RFC 7293 and Exchange Online
#: define as the reader's own: a closed list, a mailbox that has changed hands or that takes mail
#: from inside only. They must not stop everybody else's mail.
_ABOUT_ADDRESS = frozenset(
    {"5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10"}
    | {"5.2.1", "5.2.2", "5.2.3", "5.2.4", "5.6.7", "5.7.2", "5.7.17", "5.7.18"}
    | {"5.7.124", "5.7.129", "5.7.133", "5.7.134", "5.7.135", "5.7.136"}
)

#: Our own address is what is refused (5.1.7 syntax, 5.1.8 domain).
_ABOUT_SENDER = frozenset({"5.1.7", "5.1.8"})

#: Gmail's answers to an unauthenticated or too busy sender: waiting alone mends none of them.
_SENDER_4XX = frozenset(f"4.7.{detail}" for detail in range(23, 33))

#: Only these say that the address is dead; 5.2.1 only with the word "disabled".
_HARD = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})

_SENDER_WORDS = re.compile(
    r"sender[^.]{0,80}\b(reject|denied|refused|unknown|invalid|blocked|not allowed|not exist|verif)"
    r"|\b(mail|envelope)[ -]from\b[^.]{0,60}\b(reject|denied|not allowed|not authori[sz]ed)",
    re.IGNORECASE,
)
_ADDRESS_WORDS = re.compile(
    r"\b(unknown|no such|invalid|non-?existent) (local )?(user|recipient|mailbox|account|address)"
    r"|\b(user|recipient|mailbox|account|address)( is)? "
    r"(unknown|not found|disabled|inactive|suspended|over ?quota|full)\b"
    r"|\b(user|recipient|mailbox|account|address)\b[^.]{0,80}\bdo(es)?( not|n['’]t) exist"
    r"|does(n['’]t| not) have an? \S* ?account|no valid recipients"
    r"|\bover ?quota\b|quota exceeded|mailbox (quota|size)|\bNXDOMAIN\b",
    re.IGNORECASE,
)
_POLICY_WORDS = re.compile(
    r"(block|black|deny) ?list|\bd?ns[bw]l\b|\brbl\b|spamhaus|spamcop|sorbs|barracuda|uceprotect"
    r"|proofpoint|cloudmark|\bspam|unsolicited|reputation|\b(dmarc|spf|dkim)\b|\bpolicy\b"
    r"|\bblocked\b|\bbanned\b|virus|malware|phish|rate ?limit|too many (messages|connections)"
    r"|(sending|daily|hourly|message) (limit|quota)|not permitted|relay(ing)?\b|reverse dns|\bPTR\b"
    r"|\bauth(entication|enticate|enticated)?\b|log ?in|starttls|encryption required",
    re.IGNORECASE,
)
_DOMAIN_GONE = re.compile(r"\bNXDOMAIN\b|\bdomain (name )?(was )?not found\b", re.IGNORECASE)

_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})(?=[\s:;,-]|$)")
_QMAIL_ENHANCED = re.compile(r"\(#([245]\.\d{1,3}\.\d{1,3})\)")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def judge_reply(stage: Stage, code: int, text: str) -> Reply:
    """Return what a reply means.

    `text` is the server's, lines joined by "\\n"; code 0 stands for a reply that could not be read.
    """
    text = text[:_MOST_READ]
    enhanced = enhanced_status(code, text)
    verdict = _verdict(stage, code, enhanced, text)
    return Reply(
        verdict=verdict,
        code=code if 200 <= code <= 599 else 0,
        text=shown(text),
        enhanced=enhanced,
        hard=stage is Stage.RCPT and verdict is Verdict.REFUSED and _is_hard(enhanced, text),
    )


def read_reply(stage: Stage, code: int, text: bytes) -> Reply:
    """Return what a reply means, from its text as it came (lines joined by LF)."""
    lines = text.decode("utf-8", "replace").split("\n")
    return judge_reply(stage, code, "\n".join(line.strip() for line in lines))


def accepted(text: bytes) -> Reply:
    """Return what a 250 to the final dot means: the common case, at a fraction of the price."""
    plain = text.decode("utf-8", "replace").strip()
    if len(plain) > LONGEST_TEXT or not plain.isprintable():
        return read_reply(Stage.DOT, 250, text)
    enhanced = "2.0.0" if plain.startswith("2.0.0 ") else enhanced_status(250, plain)
    return Reply(
        verdict=Verdict.ACCEPTED, code=250, text=" ".join(plain.split()), enhanced=enhanced
    )


def own_reply(verdict: Verdict, text: str, enhanced: str = "") -> Reply:
    """Return what we say of a message ourselves, where no server did: its code is 0."""
    return Reply(verdict=verdict, code=0, text=text, enhanced=enhanced)


def lost_step(reply: Reply) -> bool:
    """Return whether the two sides disagree on where they are: nothing more can be asked."""
    if reply.verdict is Verdict.ACCEPTED:
        return False
    return reply.code == 503 or not 400 <= reply.code <= 599


def session_full(reply: Reply) -> bool:
    """Return whether the server wants no more over this connection, and says nothing else."""
    return 400 <= reply.code <= 499 and bool(SESSION_FULL.search(reply.text))


def _is_hard(enhanced: str, text: str) -> bool:
    """Return whether the address is dead, so that it belongs among the suppressions."""
    if enhanced == "5.2.1":
        return "disabled" in text.lower()
    return enhanced in _HARD or bool(_DOMAIN_GONE.search(text))


def enhanced_status(code: int, text: str) -> str:
    """Return the status (RFC 3463) that a reply's text begins with, or "".

    One whose class contradicts the code is left out: then the code counts (RFC 2034 section 4).
    """
    found = _ENHANCED.match(text) or _QMAIL_ENHANCED.search(text)
    if not found or found[1][0] != str(code)[:1]:
        return ""
    return ".".join(str(int(part)) for part in found[1].split("."))


def shown(text: str) -> str:
    """Return a reply's text as one line that is safe to store and to print."""
    first, *rest = text.split("\n")
    lines = [first, *(_ENHANCED.sub("", line, count=1) for line in rest)]
    line = " ".join(_UNPRINTABLE.sub(" ", " ".join(lines)).split())
    return line if len(line) <= LONGEST_TEXT else f"{line[: LONGEST_TEXT - 1]}…"


def _verdict(stage: Stage, code: int, enhanced: str, text: str) -> Verdict:
    if 400 <= code <= 599 and about_our_account(text):
        return Verdict.BLOCKED
    if 500 <= code <= 599:
        return _permanent(stage, code, enhanced, text)
    if 400 <= code <= 499:
        return Verdict.BLOCKED if enhanced in _SENDER_4XX else Verdict.DEFERRED
    goes_on = code == 354 if stage is Stage.DATA else 200 <= code <= 299
    if goes_on:
        return Verdict.ACCEPTED
    # Neither yes nor no. After the dot that leaves open whether the message was taken.
    return Verdict.IN_DOUBT if stage is Stage.DOT else Verdict.DEFERRED


def _permanent(stage: Stage, code: int, enhanced: str, text: str) -> Verdict:
    """Tell a 5xx for this reader from one for us."""
    if code in _LOGIN_CODES or stage not in _OF_A_RECIPIENT:
        return Verdict.BLOCKED
    # RFC 5321 4.5.3.1.10: at RCPT this is an old way to say 452.
    if stage is Stage.RCPT and code == 552 and not enhanced.startswith("5.7."):
        return Verdict.DEFERRED
    if enhanced in _ABOUT_ADDRESS:
        return Verdict.REFUSED
    if enhanced in _ABOUT_SENDER or enhanced.startswith("5.7."):
        return Verdict.BLOCKED
    by_words = _by_words(text)
    if by_words is not None:
        return by_words
    # The two sides have lost step; a new connection begins again.
    if code == 503:
        return Verdict.DEFERRED
    return _by_code(stage, code, enhanced)


def _by_words(text: str) -> Verdict | None:
    if _SENDER_WORDS.search(text):
        return Verdict.BLOCKED
    if _ADDRESS_WORDS.search(text):
        return Verdict.REFUSED
    return Verdict.BLOCKED if _POLICY_WORDS.search(text) else None


def _by_code(stage: Stage, code: int, enhanced: str) -> Verdict:
    """Decide by subject and code alone.

    At RCPT it is the address that is refused. After DATA a message that is too big for the server
    (5.3.4) or that it cannot take (5.5, 5.6, a bare 554) is refused to everybody alike: the mailing
    pauses, and nobody is given up who would have had it.
    """
    if stage is Stage.RCPT:
        return Verdict.BLOCKED if code in {502, 504} else Verdict.REFUSED
    subject = enhanced[2:3] if enhanced and not enhanced.endswith(".0") else ""
    if subject in {"1", "2", "4"}:
        return Verdict.REFUSED
    if subject in {"3", "5", "6"}:
        return Verdict.BLOCKED
    return Verdict.REFUSED if code in {550, 551, 552, 553} else Verdict.BLOCKED
