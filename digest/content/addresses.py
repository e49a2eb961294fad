"""An address as somebody wrote it, checked at the door.

email-validator rules (RFC 5321, 5322 and IDNA 2008), without a look at the DNS: an import must work
on a train, and a domain may be away for an hour. Plain addresses take a short cut, because the long
way costs some 40 µs each. What must stay true: the short cut lets nothing pass that email-validator
refuses, and what comes out can stand in SMTP: the local part as typed, the domain in ASCII. A local
part that is not ASCII (RFC 6531) reaches who has it where the SMTP server offers SMTPUTF8.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from digest.errors import DigestError

LONGEST_ADDRESS = 254  # RFC 5321, section 4.5.3.1.3, less the angle brackets
LONGEST_LOCAL_PART = 64  # RFC 5321, section 4.5.3.1.1
#: Blanks that come along when an address is copied from a page.
BLANKS = " \t\u00a0\u3000"
_EXAMPLE = "Write it like name@example.org."
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
_LOCAL_PART = re.compile(rf"{_ATEXT}+(?:\.{_ATEXT}+)*")
# Labels with "--" in the third place are Punycode or reserved (RFC 5890, section 2.3.1), and these
# last labels are reserved: the long way knows what to do with both.
_DOMAIN = re.compile(
    r"(?:(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+"
    r"(?!(?:arpa|local|localhost|onion)\Z)[a-z]{2,63}"
)
#: Japanese mobile carriers that gave out `a..b@` and `a.@`, against RFC 5322; they are sent quoted.
_LOOSE_DOMAINS = frozenset({"docomo.ne.jp", "ezweb.ne.jp"})
_LOOSE_LOCAL_PART = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
_NAME_AND_ADDRESS = re.compile(r"<([^<>]*)>\s*\Z")
_COUNT = re.compile(r" \(.*too many\)")


def parse_address(text: str) -> str:
    """Return an address that can be mailed: the local part as typed, the domain in ASCII.

    Blanks around it are taken off. `.test`, `.example` and `.invalid` are let pass.

    Raises:
        DigestError: it is not one address, or mail to it cannot be sent; with what is wrong.
    """
    text = text.strip(BLANKS)
    local, _, domain = text.rpartition("@")
    if _LOCAL_PART.fullmatch(local) and len(local) <= LONGEST_LOCAL_PART and "=?" not in local:
        plain = _plain_domain(domain)
        if plain and len(local) + len(plain) < LONGEST_ADDRESS:
            return f"{local}@{plain}"
    return _parse_carefully(text)


@lru_cache(maxsize=16_384)
def _plain_domain(domain: str) -> str:
    """Return a domain of letters, digits and hyphens in lower case; "" for any other."""
    domain = domain.lower() if domain.isascii() else ""
    return domain if len(domain) <= LONGEST_ADDRESS and _DOMAIN.fullmatch(domain) else ""


def _parse_carefully(text: str) -> str:
    _refuse_by_sight(text)
    local, _, domain = text.rpartition("@")
    if domain.lower() in _LOOSE_DOMAINS and _LOOSE_LOCAL_PART.fullmatch(local):
        return f"{local}@{domain.lower()}"
    from email_validator import EmailNotValidError, validate_email

    # email-validator has no switch for `.invalid`; `.example` is as long and just as unreachable.
    reserved = domain.lower().endswith(".invalid")
    try:
        checked = validate_email(
            f"{local}@{domain[: -len('invalid')]}example" if reserved else text,
            check_deliverability=False,
            test_environment=True,
            strict=True,
        )
    except EmailNotValidError as error:
        raise _refusal(text, _sentence(str(error))) from error
    found = checked.ascii_domain
    if not local.isascii():
        local = checked.local_part  # two ways of writing one letter are one address (RFC 6532, 3.1)
    return f"{local}@{found[: -len('example')]}invalid" if reserved else f"{local}@{found}"


def _refuse_by_sight(text: str) -> None:
    """Refuse what has a better explanation than a syntax error."""
    if not text:
        raise DigestError("", "the address is empty", _EXAMPLE)
    if len(text) > LONGEST_ADDRESS + 66:
        raise _refusal(text, f"it is longer than {LONGEST_ADDRESS} characters")
    if hidden := next((each for each in text if _is_hidden(each)), ""):
        name = unicodedata.name(hidden, "a control character")
        what = f"it holds a character that cannot be seen (U+{ord(hidden):04X}, {name})"
        raise _refusal(text, what, "Type the address anew.")
    if found := _NAME_AND_ADDRESS.search(text):
        raise _refusal(text, "it is a name and an address", f"Write only {found[1].strip()!r}.")
    local, at, _ = text.rpartition("@")
    if not at:
        raise _refusal(text, "it has no @")
    if " " in text or "," in text or ";" in text:
        raise _refusal(text, "it holds a blank, comma or semicolon", "Write one address.")
    if "=?" in local:
        raise _refusal(text, "it may not hold '=?', which begins an encoded word in mail", "")


def _is_hidden(character: str) -> bool:
    """Return whether a character has no face: control, format, half a pair, line end, odd blank."""
    category = unicodedata.category(character)
    return category[0] in "CZ" and character != " "


def _refusal(text: str, what: str, hint: str = _EXAMPLE) -> DigestError:
    shown = text if len(text) <= 80 else f"{text[:79]}…"
    what = f"'{_printable(shown)}' is not an address that can be mailed: {what}"
    return DigestError("", what, hint)


def _printable(text: str) -> str:
    return "".join(f"\\u{ord(each):04x}" if _is_hidden(each) else each for each in text)


def _sentence(text: str) -> str:
    """Return email-validator's sentence as the second half of ours."""
    text = _COUNT.sub("", text).rstrip(".").replace("The email address", "it")
    return text[:1].lower() + text[1:]
