"""What the templates see: an edition arranged for reading, the same for HTML and text.

Built once per edition by `arranging`, so both parts say the same. Strings are ready to print in the
edition's language; `lang` is set where a text had to fall back to another one.
"""

from __future__ import annotations

from dataclasses import dataclass

from digest.rendering.prose import Prose


@dataclass(frozen=True, kw_only=True, slots=True)
class FigureView:
    """A number that an item quotes."""

    text: str
    """As the editor wrote it, such as `800 million`."""
    number: str
    """Its leading part, shown large: `800`."""
    unit: str
    """The rest, with the space before it where there is one: ` million`."""
    beside: bool
    """The unit is short enough to stand beside the number, else it stands below."""
    label: str
    settled: bool
    """False: it must carry its doubt wherever it stands."""
    lang: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryView:
    """An item where it stands: in its own section, or short in another section's block."""

    kind: str
    lang: str
    title: str
    body: Prose
    figures: tuple[FigureView, ...]
    do: str
    source: str
    """Empty when the whole edition has one source, which the foot names."""
    link: str
    status: str
    """`announced`, `pilot`, `open`, `closed`, or "" for what is no opportunity."""
    status_text: str
    audience: str
    """For whom it is, as a phrase such as `For brands, merchants`."""
    dates: str
    home: str
    """The title of its own section where it stands in another's block, else ""."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InvitationView:
    """The Ask question put to this creator."""

    lang: str
    field: str
    question: str
    body: Prose
    headline: str
    deadline: str
    sender: str
    """Whose invitation it is: the newsletter's own, and nobody else's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SectionView:
    """A section that has something to show."""

    id: str
    number: int
    title: str
    entries: tuple[EntryView, ...]
    opportunities: tuple[EntryView, ...]
    strong: bool
    """Its opportunities are a block of their own rather than panels among the rest."""
    invitation: InvitationView | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueView:
    """An edition from its first line to its last."""

    language: str
    direction: str
    newsletter: str
    subject: str
    preheader: str
    title: str
    lead: str
    note: Prose
    note_lang: str
    number: str
    """Such as `Issue 7`."""
    date: str
    date_iso: str
    tiles: tuple[FigureView, ...]
    sections: tuple[SectionView, ...]
    doubts: bool
    """Some figure is not settled, so the mail has to explain its mark."""
    source: str
    """The newsletter's line that says where the facts come from."""
    shared_source: str
    """What every item of the edition names as its source, or ""."""
    about: Prose
    postal_address: tuple[str, ...]
    languages: tuple[tuple[str, str], ...]
    """The newsletter's other languages: tag and own name."""
