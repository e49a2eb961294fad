"""Validates JSON against a schema (draft 7), as far as SARIF's own schema goes.

A keyword that is not known here is an error, so that nothing is passed over in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}
_WORDS = frozenset({"$schema", "$id", "title", "description", "default", "definitions"})
#: A URI reference of RFC 3986: no blanks, nothing outside ASCII, every % an escape.
_URI = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*")


def complaints(value: Any, schema: Any, top: Any = None, where: str = "$") -> Iterator[str]:
    """Yield what is wrong with a value."""
    top = schema if top is None else top
    for word, said in schema.items():
        if word not in _WORDS:
            yield from getattr(_Checks, f"of_{word.lstrip('$')}")(value, said, schema, top, where)


class _Checks:
    """One function a keyword: (value, what the keyword says, its schema, the whole, where)."""

    @staticmethod
    def of_ref(value: Any, said: Any, _schema: Any, top: Any, where: str) -> Iterator[str]:
        yield from complaints(value, top["definitions"][said.rpartition("/")[2]], top, where)

    @staticmethod
    def of_type(value: Any, said: Any, _schema: Any, _top: Any, where: str) -> Iterator[str]:
        is_bool = isinstance(value, bool) and said != "boolean"
        if is_bool or not isinstance(value, _TYPES[said]):
            yield f"{where} is no {said}"

    @staticmethod
    def of_enum(value: Any, said: Any, _schema: Any, _top: Any, where: str) -> Iterator[str]:
        if value not in said:
            yield f"{where} is {value!r}, not one of {said}"

    @staticmethod
    def of_required(value: Any, said: Any, _schema: Any, _top: Any, where: str) -> Iterator[str]:
        yield from (f"{where} lacks {key}" for key in said if key not in value)

    @staticmethod
    def of_properties(value: Any, said: Any, _schema: Any, top: Any, where: str) -> Iterator[str]:
        for key in said.keys() & value.keys():
            yield from complaints(value[key], said[key], top, f"{where}.{key}")

    @staticmethod
    def of_additionalProperties(
        value: Any, said: Any, schema: Any, top: Any, where: str
    ) -> Iterator[str]:
        for key in value.keys() - schema.get("properties", {}).keys():
            if said is False:
                yield f"{where} has the unknown key {key}"
            elif said is not True:
                yield from complaints(value[key], said, top, f"{where}.{key}")

    @staticmethod
    def of_items(value: Any, said: Any, _schema: Any, top: Any, where: str) -> Iterator[str]:
        for place, each in enumerate(value):
            yield from complaints(each, said, top, f"{where}[{place}]")

    @staticmethod
    def of_minItems(value: Any, said: Any, _schema: Any, _top: Any, where: str) -> Iterator[str]:
        if len(value) < said:
            yield f"{where} has fewer than {said}"

    @staticmethod
    def of_uniqueItems(value: Any, said: Any, _schema: Any, _top: Any, where: str) -> Iterator[str]:
        if said and any(each in value[:place] for place, each in enumerate(value)):
            yield f"{where} says something twice"

    @staticmethod
    def of_minimum(value: Any, said: Any, _schema: Any, _top: Any, where: str) -> Iterator[str]:
        if value < said:
            yield f"{where} is less than {said}"

    @staticmethod
    def of_maximum(value: Any, said: Any, _schema: Any, _top: Any, where: str) -> Iterator[str]:
        if value > said:
            yield f"{where} is more than {said}"

    @staticmethod
    def of_pattern(value: Any, said: Any, _schema: Any, _top: Any, where: str) -> Iterator[str]:
        if not re.search(said, value):
            yield f"{where} is {value!r}, not {said}"

    @staticmethod
    def of_format(value: Any, said: Any, _schema: Any, _top: Any, where: str) -> Iterator[str]:
        if said in ("uri", "uri-reference") and not _URI.fullmatch(value):
            yield f"{where} is no {said}: {value!r}"
        if said == "uri" and ":" not in value:
            yield f"{where} is no whole URI: {value!r}"

    @staticmethod
    def of_anyOf(value: Any, said: Any, _schema: Any, top: Any, where: str) -> Iterator[str]:
        if all(any(complaints(value, each, top, where)) for each in said):
            yield f"{where} is none of what it may be"

    @staticmethod
    def of_oneOf(value: Any, said: Any, _schema: Any, top: Any, where: str) -> Iterator[str]:
        if sum(not any(complaints(value, each, top, where)) for each in said) != 1:
            yield f"{where} is not exactly one of what it may be"
