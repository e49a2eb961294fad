"""What the templates see: an edition arranged for reading, the same for HTML and text.

Built once per edition by `arranging`, so both parts say the same. Strings are ready to print in the
edition's language; `lang` is set where a text had to fall back to another one.
"""

from __future__ import annotations

from dataclasses import dataclass

from digest.model.newsletter import Pictures
from digest.model.picture import Picture
from digest.rendering.phrasing import Heading
from digest.rendering.prose import Prose, Voice


@dataclass(frozen=True, kw_only=True, slots=True)
class BarsView:
    """A factor as two bars: what there was before is 1, by what the factor says."""

    before: int
    after: int
    """Widths in per cent; the longer bar has 100."""


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
    bars: BarsView | None = None
    """Set where the number says how many times as much as before there is."""
    lang: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryView:
    """An item where it stands: in its own section, or short in another section's block."""

    kind: str
    lang: str
    title: Heading
    body: Prose
    voices: tuple[Voice, ...]
    """Whose word stands apart from what was told, such as the author's opinion."""
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
class PanelView:
    """Opportunities that are for the same readers."""

    audience: str
    """As a phrase such as `For brands, merchants`."""
    entries: tuple[EntryView, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class InvitationView:
    """The Ask question put to this creator."""

    lang: str
    field: str
    question: Heading
    body: Prose
    headline: Heading
    deadline: str
    sender: str
    """Whose invitation it is: the newsletter's own, and nobody else's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SectionView:
    """A section that has something to show."""

    id: str
    number: int
    title: Heading
    icon: Picture | None
    entries: tuple[EntryView, ...]
    opportunities: tuple[EntryView, ...]
    strong: bool
    """Its opportunities are a block of their own rather than panels among the rest."""
    panels: tuple[PanelView, ...]
    """The same opportunities by whom they are for: the reader's own roles before everyone's."""
    invitation: InvitationView | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueView:
    """An edition from its first line to its last."""

    language: str
    direction: str
    newsletter: str
    subject: str
    preheader: str
    title: Heading
    lead: str
    note: Prose
    note_lang: str
    number: str
    """Such as `Issue 7`."""
    date: str
    date_iso: str
    reading_time: str
    """Such as `6-minute read`."""
    pictures: Pictures
    hero_alt: str
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
