"""Markers: the signs that stand in rendered text where something personal goes.

A marker is letters and digits only, so that no escaping and no line wrapping changes it, and holds
a nonce that is a hash of everything the edition says: content cannot hold its own hash, so it
cannot forge a marker, and the same edition still renders to the same bytes.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import Enum

from jinja2 import StrictUndefined

from digest.errors import DigestError
from digest.model.edition import Placeholder
from digest.model.picture import Picture

_NUMBERS = {placeholder: index for index, placeholder in enumerate(Placeholder)}
#: What every reader has; links exist only where the program can answer them.
ALWAYS = frozenset({Placeholder.GREETING, Placeholder.NAME, Placeholder.ADDRESS})


def canonical(value: object) -> object:
    """Return a value as plain JSON matter: equal values give equal results."""
    if isinstance(value, Picture):
        return value.sha256  # named by its content, wherever the file lay
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        named = ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
        return {name: canonical(part) for name, part in named}
    if isinstance(value, Mapping):
        return {str(key): canonical(part) for key, part in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(str(canonical(part)) for part in value)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [canonical(part) for part in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | timedelta):
        return str(value)
    return value


def canonical_text(value: object) -> str:
    """Return a value as one line of JSON with sorted keys."""
    return json.dumps(canonical(value), ensure_ascii=False, sort_keys=True)


class Markers:
    """The markers of one edition."""

    def __init__(self, content: str) -> None:
        """Derive the nonce from all that the edition says."""
        self.nonce = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:24]
        self.refuse(content)

    def __getitem__(self, placeholder: Placeholder) -> str:
        """Return the marker of a placeholder. No marker is a part of another."""
        return f"mk{self.nonce}{_NUMBERS[placeholder]:02d}k"

    def refuse(self, content: str) -> None:
        """Refuse content that holds the nonce.

        Raises:
            DigestError: it does, so a marker in it would be filled with somebody's data.
        """
        if self.nonce in content.lower():
            raise DigestError(
                "",
                "the content holds this edition's secret sign for personal data",
                "Change any word of it and build again.",
            )

    def used(self, part: str, wanted: frozenset[Placeholder]) -> dict[str, Placeholder]:
        """Return the markers that stand in a rendered part.

        Raises:
            DigestError: a marker was altered, cut, or printed and lost (`wanted` were read).
        """
        intact = {self[each]: each for each in Placeholder if self[each] in part}
        rest = part
        for marker in intact:
            rest = rest.replace(marker, "")
        lower = rest.lower()  # `|upper` and its like still leave a trace
        if f"mk{self.nonce[:4]}" in lower or self.nonce[4:] in lower:
            raise _altered("a personal value")
        for each in Placeholder:
            if each in wanted and self[each] not in intact:
                raise _altered(f"reader.{each.value}")
        return intact


class Reader:
    """What templates see of the reader: a marker where a value exists.

    A link that this mailing cannot offer is false in a condition and an error when printed, so
    that no template can draw a dead button.
    """

    __slots__ = ("_markers", "_offered", "read")

    def __init__(self, markers: Markers, links: frozenset[Placeholder]) -> None:
        """Offer the links that exist, and what everyone has."""
        self._markers = markers
        self._offered = links | ALWAYS
        self.read: set[Placeholder] = set()
        """What a template has taken so far."""

    def __getattr__(self, name: str) -> str | StrictUndefined:
        """Return the marker of `reader.name`."""
        try:
            placeholder = Placeholder(name)
        except ValueError:
            raise AttributeError(name) from None
        if placeholder not in self._offered:
            return StrictUndefinedLink(
                f"this mailing offers no {name}: put it inside {{% if reader.{name} %}}"
            )
        self.read.add(placeholder)
        return self._markers[placeholder]


class StrictUndefinedLink(StrictUndefined):
    """A link that does not exist: false in a condition, an error anywhere else."""

    __slots__ = ()

    def __bool__(self) -> bool:  # type: ignore[override]  # the base class says "never"
        """Say no."""
        return False


def _altered(what: str) -> DigestError:
    return DigestError(
        "",
        f"a template changes {what} or throws it away after reading it",
        "Print it as it is, without filters, slices or string functions.",
    )
