"""pydantic's errors as sentences to an editor: file, line, key, and what to do.

Three accidents get a sentence of their own, because the plain one would mislead: a key below a
`[[figures]]` belongs, to TOML, to that figure; a misspelt key is missing and unknown at once; and a
translation that says again what it inherits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from digest.content.documents import Document
from digest.content.findings import suggest
from digest.content.frontmatter import Source
from digest.content.values import OURS
from digest.model.finding import Finding, Level

KeyPath = tuple[str | int, ...]

#: How a key is written, for the hint of one that is missing.
_EXAMPLES = {
    "title": 'title = "..."',
    "date": "date = 2023-03-31",
    "start": "start = 2023-03-01",
    "section": 'section = "..."',
    "id": 'id = "..."',
    "number": "number = 800",
    "quota": "quota = 5",
    "languages": 'languages = ["en"]',
    "timezone": 'timezone = "UTC"',
    "from": 'a table [from] with name = "..." and address = "..."',
    "about": 'a table [about] with en = "..."',
    "sections": 'a table [[sections]] with id = "..." and title = "..."',
}
_EXPECTED = {
    "string_type": ("text", "Write it in quotes."),
    "bool_type": ("true or false", "Write true or false without quotes."),
    "int_type": ("a whole number", "Write digits only, such as 3."),
    "int_from_float": ("a whole number", "Write digits only, such as 3."),
    "float_type": ("a number", "Write digits without quotes."),
    "finite_number": ("a number", "Write digits."),
    "date_type": ("a date", "Write it without quotes, as 2023-03-31."),
    "tuple_type": ("a list", 'Write it in brackets: ["one", "two"].'),
    "dict_type": ("a table", 'Write it in braces: { en = "..." }.'),
    "model_type": ("a table", "Write it in braces: { key = value }."),
}
_QUOTED = re.compile(r"'([^']*)'")


def explain(error: ValidationError, source: Source, document: type[Document]) -> list[Finding]:
    """Return what pydantic said about a file, as findings with their lines."""
    return _Explanation(source, document).findings(error.errors(include_url=False))


class _Explanation:
    def __init__(self, source: Source, document: type[Document]) -> None:
        self.source = source
        self.document = document

    def findings(self, errors: list[ErrorDetails]) -> list[Finding]:
        # A key that is unknown where it stands is not also missing where it should be.
        accounted = {key for error in errors for key in self._meant(error)}
        found: list[Finding] = []
        for error in errors:
            if error["type"] == "missing" and error["loc"] in accounted:
                continue
            rule, what, hint = self._sentence(error)
            line = self.source.line(*error["loc"])
            found.append(
                Finding(
                    rule=rule,
                    level=Level.ERROR,
                    file=self.source.file,
                    line=line,
                    what=what,
                    hint=hint,
                )
            )
        return found

    def _meant(self, error: ErrorDetails) -> list[KeyPath]:
        if error["type"] != "extra_forbidden":
            return []
        *table, key = error["loc"]
        return [(key,), *((*table, near) for near in _near(str(key), self._table(table)))]

    def _sentence(self, error: ErrorDetails) -> tuple[str, str, str]:
        loc = error["loc"]
        key = ".".join(part for part in loc if isinstance(part, str) and part != "[key]")
        context: Mapping[str, Any] = error.get("ctx", {})
        match error["type"]:
            case "extra_forbidden":
                return self._unknown(loc)
            case "missing":
                what = f"the key '{key}' is missing"
                return "missing-key", what, f"Add {_example(str(loc[-1]))}."
            case kind if kind == OURS:
                return "wrong-value", f"'{key}' {context['what']}", str(context["hint"])
            case "enum":
                return "wrong-value", *_choice(key, error["input"], str(context["expected"]))
            case kind if kind in _EXPECTED:
                expected, hint = _EXPECTED[kind]
                return "wrong-type", f"'{key}' is not {expected}", hint
            case _:
                message = error["msg"][:1].lower() + error["msg"][1:]
                return "wrong-value", f"'{key}' is wrong: {message}", ""

    def _unknown(self, loc: KeyPath) -> tuple[str, str, str]:
        *table, last = loc
        key = str(last)
        model = self._table(table)
        if model and key in model.inherits:
            what = f"'{key}' is inherited from the default language and may not be said again"
            return "restated-key", what, "Delete the line."
        if table and (key in _keys(self.document) or key in self.document.inherits):
            header = f"[[{table[0]}]]" if isinstance(table[-1], int) else f"[{table[0]}]"
            what = f"'{key}' stands below {header} and so belongs to that table"
            return "misplaced-key", what, f"Move it above the first {header}."
        whole = ".".join(part for part in loc if isinstance(part, str))
        return "unknown-key", f"unknown key '{whole}'", suggest(key, _keys(model))

    def _table(self, path: list[str | int]) -> type[Document] | None:
        model: type[Document] | None = self.document
        for part in path:
            if isinstance(part, str) and model:
                field = _keys(model).get(part)
                model = _model_in(field) if field is not None else None
        return model


def _keys(model: type[BaseModel] | None) -> dict[str, Any]:
    fields = model.model_fields if model else {}
    return {field.alias or name: field.annotation for name, field in fields.items()}


def _model_in(annotation: Any) -> type[Document] | None:
    if isinstance(annotation, type) and issubclass(annotation, Document):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


def _near(key: str, model: type[BaseModel] | None) -> list[str]:
    return get_close_matches(key, _keys(model), n=1)


def _example(key: str) -> str:
    return _EXAMPLES.get(key, f'{key} = "..."')


def _choice(key: str, value: object, expected: str) -> tuple[str, str]:
    known = _QUOTED.findall(expected)
    if not isinstance(value, str):
        return f"'{key}' is not text", f"Choose from {', '.join(known)}."
    return f"'{key}' cannot be {value!r}", suggest(value, known)
