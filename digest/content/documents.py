"""The files of items, questions and notes, as an editor writes them and before they are trusted.

Unknown keys are refused at every level, and no type is bent into another: what a file does not say
exactly is an error with its line, never a guess. A translation has only the keys that differ by
language; the others it inherits. `docs/files.md` explains each key to the editor.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from digest.content.values import CapText, Day, Line, Number, Slug, Slugs, WhenText
from digest.model.issue import ItemKind, OpportunityStatus


class Document(BaseModel):
    """A table of a file: strict, frozen, without unknown keys."""

    # Built when first used: a command that only names newsletters pays nothing for the formats.
    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, defer_build=True
    )

    #: Keys that a translation takes from its default, and may not say again.
    inherits: ClassVar[frozenset[str]] = frozenset()


class FileDocument(Document):
    """A file that may say which findings about it are known and meant."""

    #: Rule id -> reason. Every file speaks for itself, so a translation does not inherit it.
    waive: dict[Slug, Line] = Field(default_factory=dict)


class TermsDocument(Document):
    """Attributes and their values: keys are joined by *and*, the values of a list by *or*."""

    roles: Slugs | None = None
    fields_: Slugs | None = Field(None, alias="fields")
    verified: Slugs | None = None
    topics: Slugs | None = None

    def terms(self) -> dict[str, tuple[str, ...]]:
        """Return the attributes that are named, with their values as written."""
        named = {
            "roles": self.roles,
            "fields": self.fields_,
            "verified": self.verified,
            "topics": self.topics,
        }
        return {attribute: values for attribute, values in named.items() if values is not None}


class AudienceDocument(TermsDocument):
    """Whom an item is for."""

    unless: TermsDocument | None = Field(None, alias="not")


class FigureDocument(Document):
    """A number that an item quotes."""

    id: Slug
    number: Number
    unit: Line | None = None
    text: Line
    label: Line
    # A figure is open until an editor settles it: a doubtful number must never read as a fact.
    settled: bool = False
    highlight: bool = False


class ItemDocument(FileDocument):
    """An item in the newsletter's default language."""

    title: Line
    date: Day
    section: Slug
    kind: Annotated[ItemKind, Field(strict=False)] = ItemKind.TAKEAWAY
    audience: AudienceDocument | None = Field(None, alias="for")
    status: Annotated[OpportunityStatus | None, Field(strict=False)] = None
    do: Line | None = None
    link: Line | None = None
    source: Line | None = None
    also_in: Slugs = ()
    opens: WhenText | None = None
    closes: WhenText | None = None
    pin: bool = False
    hold: bool = False
    expires: Day | None = None
    weight: int = Field(0, ge=-1000, le=1000)
    figures: Annotated[tuple[FigureDocument, ...], Field(strict=False)] = ()


class FigureTranslation(Document):
    """What a figure says in another language."""

    inherits = frozenset({"number", "unit", "settled", "highlight"})

    id: Slug
    text: Line | None = None
    label: Line | None = None


class ItemTranslation(FileDocument):
    """An item in another language: only what differs by language."""

    inherits = frozenset(
        {"date", "section", "kind", "for", "status", "also_in", "opens", "closes"}
        | {"pin", "hold", "expires", "weight"}
    )

    title: Line
    do: Line | None = None
    link: Line | None = None
    source: Line | None = None
    figures: Annotated[tuple[FigureTranslation, ...], Field(strict=False)] = ()


class QuestionDocument(FileDocument):
    """An Ask question in the default language."""

    question: Line
    field: Slug
    opens: WhenText | None = None
    closes: WhenText | None = None
    quota: int = Field(ge=1, le=100_000)
    overinvite: float = Field(2.0, ge=1, le=100)
    cap: CapText | None = None


class QuestionTranslation(FileDocument):
    """An Ask question in another language."""

    inherits = frozenset({"field", "opens", "closes", "quota", "overinvite", "cap"})

    question: Line


class NoteDocument(FileDocument):
    """What the editor says over an issue, in any language."""

    subject: Line | None = None
    preheader: Line | None = None
    title: Line | None = None
    lead: Line | None = None
