"""The kinds of value that an editor writes: a line, an address, a span, a text per language.

Each refuses what it cannot be with a sentence and what to do. A line goes into headers and
attributes one day, so nothing in it may end a line or pose as an encoded word (RFC 2047): both have
been used to smuggle headers into mail.
"""

from __future__ import annotations

import re
import string
from datetime import date, datetime, timedelta
from typing import Annotated, TypeVar

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, PlainValidator
from pydantic_core import PydanticCustomError

from digest.content.addresses import parse_address
from digest.errors import DigestError
from digest.model.issue import Cap
from digest.model.limits import Limit, parse_limit

D = TypeVar("D", bound=date)

#: The type of every pydantic error that carries its own sentence and hint.
OURS = "digest"
#: The key of a text that is meant for every language.
ANY_LANGUAGE = ""
LONGEST_LINE = 1000
PATTERN_FIELDS = ("name", "number", "title", "date")

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ENCODED_WORD = re.compile(r"=\?[^?\s]*\?[bBqQ]\?")
_SLUG = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
_SPAN = re.compile(r"([0-9]{1,4}) *(minute|hour|day|week)s?")
_CAP = re.compile(r"([0-9]{1,3}) +per +(.+)")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?")


def refuse(what: str, hint: str = "") -> PydanticCustomError:
    """Return the error that says `what` about the key that is being checked."""
    return PydanticCustomError(OURS, "{what}", {"what": what, "hint": hint})


def one_line(value: str) -> str:
    """Return a text without blanks around it, if it is one line that may stand in a header."""
    text = value.strip(" \t\n")
    if not text:
        raise refuse("is empty", "Write it, or leave the key out.")
    if found := _CONTROL.search(text):
        char = (
            "a line break" if found[0] == "\n" else f"the control character U+{ord(found[0]):04X}"
        )
        raise refuse(f"holds {char}", "Write it as one line of plain text.")
    if _ENCODED_WORD.search(text):
        raise refuse("holds an encoded word (=?...?)", "Write the characters themselves, as UTF-8.")
    if len(text) > LONGEST_LINE:
        raise refuse(f"has {len(text)} characters, more than {LONGEST_LINE}", "Shorten it.")
    return text


def _slug(text: str) -> str:
    if not _SLUG.fullmatch(text) or len(text) > 64:
        raise refuse(f"is {text!r}", "Use lower-case letters a-z, digits and hyphens.")
    return text


def _span(text: str, units: tuple[str, ...]) -> timedelta:
    found = _SPAN.fullmatch(text)
    if not found or found[2] not in units:
        raise refuse(f"is {text!r}, not a span of time", f'Write it as "14 {units[-1]}s".')
    return timedelta(**{f"{found[2]}s": int(found[1])})


def _wait(value: object) -> timedelta:
    if not isinstance(value, str):
        raise refuse("is not a span of time", 'Write it as "6 hours".')
    return _span(value.strip(), ("minute", "week", "day", "hour"))


def _limits(value: object) -> tuple[Limit, ...]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise refuse("is no list of limits", 'Write it as ["500/h", "10000/d"].')
    try:
        return tuple(map(parse_limit, texts))
    except ValueError as error:
        hint = 'Write a count and a span: "14/s", "60/min", "500/h" or "10000/d".'
        raise refuse("holds what is no limit", hint) from error


def _near(day: D) -> D:
    """Take a day or a moment that no time zone can push off the calendar."""
    if not 1970 <= day.year <= 2999:
        raise refuse(f"lies in the year {day.year}", "Mend the year.")
    return day


def _when(value: object) -> date | timedelta:
    """Take a calendar day, or a span counted from the mailing."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return _near(value)
    if isinstance(value, str) and _SPAN.fullmatch(value.strip()):
        return _span(value.strip(), ("week", "day"))
    hint = 'Write a date without quotes (2023-04-14) or a span ("14 days", "2 weeks").'
    raise refuse("is neither a date nor a span", hint)


def _cap(value: object) -> Cap:
    found = _CAP.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found or int(found[1]) < 1:
        raise refuse("is not a number of invitations per span", 'Write it as "1 per 30 days".')
    period = _span(found[2], ("week", "day"))
    if not period:
        raise refuse("has a span of no days", 'Write it as "1 per 30 days".')
    return Cap(count=int(found[1]), period=period)


def _number(value: object) -> int | float:
    # The bound keeps out inf, nan and hexadecimal giants, which JSON cannot say.
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 10**18:
        raise refuse("is not a number", "Write digits without quotes or unit: number = 800")
    return value


def _language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise refuse(f"is {text!r}, not a language tag", 'Write it as "en", "ja" or "zh-Hans".')
    return text


def _address(text: str) -> str:
    try:
        return parse_address(text)
    except DigestError as error:
        raise refuse(f"is wrong: {error.what}", error.hint) from error


def _pattern(text: str) -> str:
    """Take a subject pattern; only the bare fields of `PATTERN_FIELDS` may stand in it."""
    allowed = f"Use only {', '.join(f'{{{name}}}' for name in PATTERN_FIELDS)}."
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        raise refuse(f"has a brace without its partner: {error}", allowed) from error
    for _, name, form, conversion in parts:
        if name is not None and (name not in PATTERN_FIELDS or form or conversion):
            raise refuse(f"has an unknown field {{{name}}}", allowed)
    return text


def _texts(value: object) -> object:
    """Let a plain string stand for a table that says the same in every language."""
    return {ANY_LANGUAGE: value} if isinstance(value, str) else value


Day = Annotated[date, AfterValidator(_near)]
Moment = Annotated[AwareDatetime, AfterValidator(_near)]
Line = Annotated[str, AfterValidator(one_line)]
Slug = Annotated[Line, AfterValidator(_slug)]
Address = Annotated[Line, AfterValidator(_address)]
Language = Annotated[Line, AfterValidator(_language)]
Wait = Annotated[timedelta, PlainValidator(_wait)]
Limits = Annotated[tuple[Limit, ...], PlainValidator(_limits)]
Pattern = Annotated[Line, AfterValidator(_pattern)]
CapText = Annotated[Cap, PlainValidator(_cap)]
WhenText = Annotated[date | timedelta, PlainValidator(_when)]
Number = Annotated[int | float, PlainValidator(_number)]
Texts = Annotated[dict[str, Line], BeforeValidator(_texts)]
Patterns = Annotated[dict[str, Pattern], BeforeValidator(_texts)]
# TOML has lists only; a tuple is what may stand in a frozen model.
Slugs = Annotated[tuple[Slug, ...], Field(strict=False)]
Languages = Annotated[tuple[Language, ...], Field(strict=False)]
