"""The sample newsletter's mails as a test wants them: every kind of edition, filled for a reader.

The issue holds all of the sample's items and is always cut off at the same moment, so the same
files give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

from digest.assembly.editions import edition_of
from digest.content.folder import read_publication
from digest.model.audience import Profile
from digest.model.edition import Edition, Placeholder, Rendered
from digest.model.issue import Issue
from digest.paths import shipped
from digest.rendering.renderer import Renderer

LANGUAGES = ("en", "ja", "zh-Hans")
ROLES = ("brand", "merchant", "retailer", "developer", "creator")
FIELDS = ("education", "travel", "food", "science")
LINKS = {
    Placeholder.LEAVE_URL: "https://mail.newsletter.example/l/" + "A" * 32,
    Placeholder.ACCEPT_URL: "https://mail.newsletter.example/a/" + "A" * 32,
    Placeholder.DECLINE_URL: "https://mail.newsletter.example/d/" + "A" * 32,
}
_CUTOFF = datetime(2023, 4, 7, 1, tzinfo=UTC)


@cache
def sample_issue() -> Issue:
    """Return issue 1 of the sample, with every item there is."""
    publication, _ = read_publication(shipped("content", "open-class").parents[1], "open-class")
    newsletter = publication.newsletter
    order = [section.id for section in newsletter.sections]
    items = sorted(publication.items, key=lambda each: (order.index(each.section), -each.weight))
    return Issue(
        newsletter=newsletter,
        number=1,
        cutoff_at=_CUTOFF,
        items=tuple(items),
        questions=publication.questions,
        note=publication.notes["next"],
    )


def plain_edition(language: str) -> Edition:
    """Return what a reader gets who said nothing of themselves."""
    return edition_of(sample_issue(), Profile(language=language))


def invited_edition(
    language: str, asked: str = "travel-free-afternoon", roles: tuple[str, ...] = ("creator",)
) -> Edition:
    """Return what an invited creator gets."""
    question = next(each for each in sample_issue().questions if each.id == asked)
    profile = Profile(language=language, roles=roles, fields=FIELDS, verified=(question.field,))
    return edition_of(sample_issue(), profile, question)


def heaviest_editions(language: str) -> Iterator[Edition]:
    """Yield, for each question, what a creator gets who has all roles as well."""
    for question in sample_issue().questions:
        yield invited_edition(language, question.id, ROLES)


@cache
def _renderer() -> Renderer:
    return Renderer([shipped("templates")])


def render(edition: Edition) -> Rendered:
    """Return an edition of the sample, rendered by the shipped templates."""
    return _renderer().render(sample_issue(), edition, links=frozenset(LINKS))


def filled(part: str, mail: Rendered) -> str:
    """Return a part with a name and links of the usual length in it."""
    for marker, placeholder in mail.markers.items():
        greeting = mail.greeting_named.replace("{name}", "Robin Example")
        part = part.replace(marker, LINKS.get(placeholder, greeting))
    return part
