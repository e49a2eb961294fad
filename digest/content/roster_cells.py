"""The cells of a roster as values: names, languages, time zones, lists, days.

What must stay true: a value that comes out of here can stand in a header, and means something to
this newsletter; whatever cannot is refused with what to write instead. A cell that a spreadsheet
would take for a formula carries a `'` in front, here as in `digest.content.export`: what one room
writes the other reads back exactly.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from digest.content.addresses import BLANKS
from digest.content.findings import suggest
from digest.model.audience import SubscriptionState

SEPARATOR = ";"
LONGEST_NAME = 200
LONGEST_ATTRIBUTE = 10_000
#: A shield is one more `'`, so that a cell that begins with `'=` itself comes back as it was.
_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
_SHIELDED = re.compile("'+[=+\\-@\t\r\n＝＋－＠]")
# What may not stand in a header or can disguise what a mail says: C0, DEL and C1, the Unicode line
# ends, the bidirectional overrides and isolates, halves of pairs, the mark of a lost character.
_ATTRIBUTE_TRAPS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffd-\uffff"
_ATTRIBUTE_TRAP = re.compile(f"[{_ATTRIBUTE_TRAPS}]")
_NAME_TRAP = re.compile(f"[\t\n\r\u2028\u2029\u202a-\u202e\u2066-\u2069{_ATTRIBUTE_TRAPS}]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")
_LONGEST_LANGUAGE = 35  # RFC 5646, section 4.4.1
#: Codes of countries that are no languages, or none that a reader means.
_COUNTRIES = {
    "jp": "ja", "cn": "zh", "us": "en", "gb": "en", "dk": "da", "cz": "cs", "gr": "el", "ua": "uk",
}  # fmt: skip
#: Folders and files of the time zone database that are no places.
_NO_ZONES = frozenset({"posix", "right", "localtime", "posixrules", "Factory"})
_STATES = {state.value: state.value for state in SubscriptionState}
_TOMORROW = timedelta(days=1)
_REMEMBERED = 10_000


class BadCell(Exception):  # noqa: N818  it becomes the reason of a reject
    """A cell holds something that cannot be taken; the text says what and what to write."""


_Value = TypeVar("_Value")
Read = Callable[[str], _Value]
"""Reads a cell as its value, or raises BadCell."""


class Remembered(dict[str, _Value]):
    """Reads each distinct cell once: a roster says `en` and `Asia/Tokyo` a hundred thousand times.

    What is refused is not kept, and no more is kept than a real roster needs.
    """

    def __init__(self, read: Read[_Value]) -> None:
        """Read with `read`."""
        super().__init__()
        self._read = read

    def __missing__(self, cell: str) -> _Value:
        """Read a cell for the first time."""
        value = self._read(cell)
        if len(self) < _REMEMBERED and len(cell) <= LONGEST_NAME:
            self[cell] = value
        return value


def shield(value: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; `unshield` undoes it."""
    return f"'{value}" if _FORMULA.match(value) else value


def unshield(cell: str) -> str:
    """Return the value of a cell, without blanks around it and without the shield."""
    cell = cell.strip(BLANKS)
    return cell[1:] if cell[:1] == "'" and _SHIELDED.match(cell) else cell


def read_name(cell: str) -> str:
    """Return a name in normal form C (UAX 15), fit for a header."""
    name = unshield(cell)
    if not (name.isascii() and name.isprintable()):
        name = unicodedata.normalize("NFC", name)
        _refuse_trap(_NAME_TRAP, name)
    if "=?" in name and "?=" in name[name.index("=?") + 2 :]:
        raise BadCell("it holds an encoded word (=?...?=); write the characters themselves")
    if len(name) > LONGEST_NAME:
        raise BadCell(f"it has {len(name):,} characters, more than {LONGEST_NAME}")
    return name


def read_attribute(cell: str) -> str:
    """Return the text of a free column; it may hold line breaks."""
    text = unshield(cell)
    if not (text.isascii() and text.isprintable()):
        _refuse_trap(_ATTRIBUTE_TRAP, text)
    if len(text) > LONGEST_ATTRIBUTE:
        raise BadCell(f"it has {len(text):,} characters, more than {LONGEST_ATTRIBUTE:,}")
    return text


def read_language(cell: str) -> str:
    """Return a language tag (RFC 5646) in its canonical case, `ja_JP` as `ja-JP`; "" stays."""
    tag = unshield(cell)
    if not tag:
        return ""
    if not _LANGUAGE.fullmatch(tag) or len(tag) > _LONGEST_LANGUAGE:
        raise BadCell(f"{shown(tag)} is not a language tag; write one such as en, ja or zh-Hans")
    first, *rest = tag.replace("_", "-").lower().split("-")
    if language := _COUNTRIES.get(first):
        raise BadCell(f"'{first}' is a country; the language is '{language}'")
    return "-".join([first, *_canonical_case(rest)])


def read_timezone(cell: str) -> str:
    """Return the name of a time zone that is known here; "" stays."""
    zone = unshield(cell)
    if not zone:
        return ""
    try:
        if zone.split("/")[0] not in _NO_ZONES:
            ZoneInfo(zone)
            return zone
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder, such as "America"
        pass
    near = _zones().get(zone.lower().rpartition("/")[2].replace(" ", "_"))
    hint = f"did you mean '{near}'?" if near else "write it like Asia/Tokyo"
    raise BadCell(f"there is no time zone {shown(zone)}; {hint}")


def read_status(cell: str) -> str:
    """Return the state of a subscription; an empty cell means active."""
    status = unshield(cell).lower()
    if not status:
        return SubscriptionState.ACTIVE.value
    if status not in _STATES:
        raise BadCell(f"{shown(status)} is none of {', '.join(_STATES)}")
    return status


def read_choices(attribute: str, declared: Mapping[str, object]) -> Read[tuple[str, ...]]:
    """Return what reads a list whose values newsletter.toml declares for an attribute."""
    known = {value.lower(): value for value in declared}

    def read(cell: str) -> tuple[str, ...]:
        words = [word.strip(BLANKS) for word in unshield(cell).split(SEPARATOR)]
        return tuple(sorted({_choose(word, known, attribute) for word in words if word}))

    return read


def read_moment(now: datetime) -> Read[datetime | None]:
    """Return what reads a day or time of ISO 8601 that is not ahead of `now` by over a day."""

    def read(cell: str) -> datetime | None:
        text = unshield(cell)
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
            moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise BadCell(f"{shown(text)} is not a date; write it like 2023-03-31") from error
        if moment > now + _TOMORROW:
            raise BadCell(f"{shown(text)} lies in the future")
        return moment

    return read


def shown(text: str) -> str:
    """Return a value in quotes for a message: short, and without what cannot be printed."""
    short = text if len(text) <= 60 else f"{text[:59]}…"
    plain = (each if each.isprintable() else f"\\u{ord(each):04x}" for each in short)
    return f"'{''.join(plain)}'"


def _refuse_trap(traps: re.Pattern[str], text: str) -> None:
    found = traps.search(text)
    if not found:
        return
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:
        raise BadCell(f"it is not UTF-8: it holds the byte 0x{code - 0xDC00:02X}")
    if code == 0xFFFD:
        raise BadCell("it holds U+FFFD, the mark of a character that was lost in a conversion")
    kind = "a line break" if found[0] in "\n\r\u2028\u2029" else "a control character"
    raise BadCell(f"it holds {kind} (U+{code:04X}); take it out")


def _canonical_case(subtags: list[str]) -> list[str]:
    """Return the subtags after the first in the case of RFC 5646, section 2.1.1."""
    single = next((i for i, subtag in enumerate(subtags) if len(subtag) == 1), len(subtags))
    cased = [
        subtag.upper() if len(subtag) == 2 else subtag.title() if _is_script(subtag) else subtag
        for subtag in subtags[:single]
    ]
    return cased + subtags[single:]


def _is_script(subtag: str) -> bool:
    return len(subtag) == 4 and subtag.isalpha()


@cache
def _zones() -> dict[str, str]:
    """Return the zones by their last word in lower case: `tokyo` is Asia/Tokyo."""
    # A region's zone wins over an alias without one.
    zones = sorted(available_timezones(), key=lambda zone: ("/" in zone, zone))
    return {zone.lower().rpartition("/")[2]: zone for zone in zones}


def _choose(word: str, known: Mapping[str, str], attribute: str) -> str:
    if value := known.get(word.lower()):
        return value
    if not known:
        raise BadCell(
            f"this newsletter has no {attribute}, so {shown(word)} is unknown; declare it under "
            f"[attributes.{attribute}] in newsletter.toml"
        )
    hint = suggest(word[:60].lower(), known.values())
    hint = hint[:1].lower() + hint[1:].rstrip(".")
    raise BadCell(f"{shown(word)} is none of this newsletter's {attribute}; {hint}")
