"""newsletter.toml: its format, and the newsletter that it describes.

Every text per language is whole when it leaves here: where a language is missing, the default
language stands in and a warning says so, so that nobody downstream has to look twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from difflib import get_close_matches
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field

from digest.content.desk import waivers_in
from digest.content.documents import Document
from digest.content.findings import Findings, suggest
from digest.content.frontmatter import Source
from digest.content.pictures import PictureError, PictureFiles
from digest.content.values import (
    ANY_LANGUAGE,
    Address,
    Day,
    Languages,
    Limits,
    Line,
    Patterns,
    Slug,
    Texts,
    Wait,
    refuse,
)
from digest.model.newsletter import (
    AssemblyRules,
    DeliveryRules,
    Mailbox,
    Newsletter,
    Pictures,
    Section,
    Translated,
)
from digest.model.picture import Picture

_CRON_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_CRON_PART = re.compile(r"(?:\*|([0-9]{1,2})(?:-([0-9]{1,2}))?)(?:/([1-9][0-9]?))?")
_NEWSLETTER_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def _cron_line(text: str) -> str:
    """Take five cron fields; what they mean in a time zone is the schedule's business."""
    fields = text.lower().split()
    hint = 'Write minute, hour, day, month and weekday: "0 9 * * 5" is Friday at nine.'
    if len(fields) != len(_CRON_BOUNDS):
        raise refuse(f"is a schedule of {len(fields)} fields, not of five", hint)
    for place, (field, bounds) in enumerate(zip(fields, _CRON_BOUNDS, strict=True)):
        for part in field.split(","):
            if not _is_cron_part(_numbered(part, place), bounds):
                raise refuse(f"has {part!r} in field {place + 1} of the schedule", hint)
    return " ".join(fields)


def _numbered(part: str, place: int) -> str:
    names = {3: list(enumerate(_MONTHS, start=1)), 4: list(enumerate(_DAYS))}.get(place, [])
    for number, name in names:
        part = part.replace(name, str(number))
    return part


def _is_cron_part(part: str, bounds: tuple[int, int]) -> bool:
    found = _CRON_PART.fullmatch(part)
    if not found:
        return False
    ends = [int(end) for end in found.group(1, 2) if end]
    return all(bounds[0] <= end <= bounds[1] for end in ends) and ends == sorted(ends)


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ValueError, OSError, KeyError) as error:
        zones = available_timezones()
        near = get_close_matches(text, zones, n=1) or [
            zone for zone in sorted(zones) if zone.lower().endswith(f"/{text.lower()}")
        ]
        hint = f"Did you mean '{near[0]}'?" if near else 'Write it as "Europe/Berlin" or "UTC".'
        raise refuse(f"is {text!r}, a time zone that nobody knows", hint) from error
    return text


class SenderDocument(Document):
    """Whom the mail is from."""

    name: Line
    address: Address
    reply_to: Address | None = None


class AssemblyDocument(Document):
    """How much an issue holds, and where invitations stand."""

    min_items: int = Field(1, ge=0, le=10_000)
    max_items: int | None = Field(None, ge=1, le=10_000)
    ask_section: Slug | None = None
    max_growth: float = Field(2.0, ge=1, le=10_000)


class SectionDocument(Document):
    """Where items stand in an issue."""

    id: Slug
    title: Texts
    min_items: int = Field(0, ge=0, le=10_000)
    max_items: int | None = Field(None, ge=1, le=10_000)
    icon: Line | None = None


class DeliveryDocument(Document):
    """How this newsletter is delivered where it differs from the site."""

    first_wait: Wait | None = None
    longest_wait: Wait | None = None
    give_up_after: Wait | None = None
    limits: Limits = ()


class PicturesDocument(Document):
    """The pictures of the mails; each is a file under `assets/`."""

    hero: Line | None = None
    hero_alt: Texts | None = None
    logo: Line | None = None
    ask: Line | None = None


Labels = dict[Slug, Texts]


class AttributesDocument(Document):
    """What readers can be told apart by, and how each value is called."""

    roles: Labels = Field(default_factory=dict)
    fields_: Labels = Field(default_factory=dict, alias="fields")
    topics: Labels = Field(default_factory=dict)


class NewsletterDocument(Document):
    """newsletter.toml."""

    name: Line
    languages: Annotated[Languages, Field(min_length=1)]
    timezone: Annotated[Line, AfterValidator(_zone)]
    start: Day
    schedule: Annotated[Line, AfterValidator(_cron_line)] | None = None
    catch_up: Wait = timedelta(hours=6)
    postal_address: Line | None = None
    sender: SenderDocument = Field(alias="from")
    subject: Patterns = Field(default_factory=lambda: {ANY_LANGUAGE: "{name} {number}: {title}"})
    about: Texts
    source: Texts = Field(default_factory=dict)
    assembly: AssemblyDocument = AssemblyDocument()
    sections: Annotated[tuple[SectionDocument, ...], Field(strict=False, min_length=1)]
    attributes: AttributesDocument = AttributesDocument()
    pictures: PicturesDocument = PicturesDocument()
    delivery: DeliveryDocument = DeliveryDocument()
    waive: dict[Slug, Line] = Field(default_factory=dict)


def languages_said(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the languages of a newsletter.toml that may be wrong elsewhere, or ()."""
    said = data.get("languages")
    return tuple(tag for tag in said if isinstance(tag, str)) if isinstance(said, list) else ()


def build_newsletter(
    document: NewsletterDocument,
    source: Source,
    newsletter_id: str,
    files: PictureFiles,
    findings: Findings,
) -> Newsletter:
    """Return the newsletter; what does not fit together is added to the findings."""
    _check_whole(document, source, newsletter_id, findings)
    findings.waivers += waivers_in(document.waive, source)
    texts = _Texts(document.languages, source, findings)
    pictures = _Pictures(files, source, findings)
    assembly = document.assembly
    sender = document.sender
    return Newsletter(
        id=newsletter_id,
        name=document.name,
        sender=Mailbox(name=sender.name, address=sender.address),
        reply_to=Mailbox(name=sender.name, address=sender.reply_to) if sender.reply_to else None,
        languages=document.languages,
        timezone=document.timezone,
        start=document.start,
        schedule=document.schedule or "",
        catch_up=document.catch_up,
        sections=tuple(
            _section(section, place, texts, pictures)
            for place, section in enumerate(document.sections)
        ),
        attributes=_attributes(document.attributes, texts),
        rules=AssemblyRules(
            min_items=assembly.min_items,
            max_items=assembly.max_items,
            ask_section=assembly.ask_section or "",
            max_growth=assembly.max_growth,
        ),
        subject=texts.whole(document.subject, "subject"),
        about=texts.whole(document.about, "about"),
        source=texts.whole(document.source, "source") if document.source else {},
        postal_address=document.postal_address or "",
        pictures=pictures.whole(document.pictures, texts),
        delivery=delivery_rules(document),
    )


def delivery_rules(document: NewsletterDocument) -> DeliveryRules:
    """Return how a newsletter is delivered where it differs from the site."""
    said = document.delivery
    return DeliveryRules(
        first_wait=said.first_wait,
        longest_wait=said.longest_wait,
        give_up_after=said.give_up_after,
        limits=said.limits,
    )


def _section(section: SectionDocument, place: int, texts: _Texts, pictures: _Pictures) -> Section:
    return Section(
        id=section.id,
        title=texts.whole(section.title, "sections", place, "title"),
        min_items=section.min_items,
        max_items=section.max_items,
        icon=pictures.read(section.icon, "sections", place, "icon"),
    )


def _attributes(attributes: AttributesDocument, texts: _Texts) -> dict[str, dict[str, Translated]]:
    named = {
        "roles": attributes.roles,
        "fields": attributes.fields_,
        "topics": attributes.topics,
    }
    return {
        attribute: {
            value: texts.whole(label, "attributes", attribute, value)
            for value, label in labels.items()
        }
        for attribute, labels in named.items()
        if labels
    }


class _Texts:
    """Completes texts per language, noting what is missing."""

    def __init__(self, languages: tuple[str, ...], source: Source, findings: Findings) -> None:
        self.languages = languages
        self.source = source
        self.findings = findings

    def whole(self, texts: Mapping[str, str], *path: str | int) -> Translated:
        if ANY_LANGUAGE in texts:
            return dict.fromkeys(self.languages, texts[ANY_LANGUAGE])
        self._refuse_strangers(texts, path)
        default = self.languages[0]
        key = ".".join(str(part) for part in path if isinstance(part, str))
        if default not in texts:
            what = f"'{key}' has no text in {default}, the default language"
            self._error("missing-key", path, what, f'Add {default} = "...".')
            return {}
        for language in self.languages[1:]:
            if language not in texts:
                line = self.source.line(*path)
                hint = f"Readers of {language} see it in {default}."
                what = f"'{key}' has no text in {language}"
                self.findings.warn("missing-translation", self.source.file, line, what, hint)
        return {language: texts.get(language, texts[default]) for language in self.languages}

    def _refuse_strangers(self, texts: Mapping[str, str], path: tuple[str | int, ...]) -> None:
        for language in texts:
            if language not in self.languages:
                hint = f"The languages are {', '.join(self.languages)}."
                what = f"'{language}' is not a language of this newsletter"
                self._error("unknown-language", (*path, language), what, hint)

    def _error(self, rule: str, path: tuple[str | int, ...], what: str, hint: str) -> None:
        self.findings.error(rule, self.source.file, self.source.line(*path), what, hint)


class _Pictures:
    """Reads the pictures that are named, noting what is wrong with them."""

    def __init__(self, files: PictureFiles, source: Source, findings: Findings) -> None:
        self.files = files
        self.source = source
        self.findings = findings

    def read(self, name: str | None, *path: str | int) -> Picture | None:
        try:
            return self.files.read(name) if name else None
        except PictureError as error:
            self._error("wrong-picture", path, error.what, error.hint)
            return None

    def whole(self, document: PicturesDocument, texts: _Texts) -> Pictures:
        if document.hero and not document.hero_alt:
            what = "the hero says nothing to who cannot see it: 'pictures.hero_alt' is missing"
            hint = 'Say what it shows: hero_alt = { en = "..." }.'
            self._error("missing-alt", ("pictures", "hero"), what, hint)
        if document.hero_alt and not document.hero:
            what = "'pictures.hero_alt' tells of a hero, and there is none"
            hint = "Name the picture (hero = ...), or delete the line."
            self._error("missing-key", ("pictures", "hero_alt"), what, hint)
        alt = document.hero_alt
        return Pictures(
            hero=self.read(document.hero, "pictures", "hero"),
            hero_alt=texts.whole(alt, "pictures", "hero_alt") if alt else {},
            logo=self.read(document.logo, "pictures", "logo"),
            ask=self.read(document.ask, "pictures", "ask"),
        )

    def _error(self, rule: str, path: tuple[str | int, ...], what: str, hint: str) -> None:
        self.findings.error(rule, self.source.file, self.source.line(*path), what, hint)


def _check_whole(
    document: NewsletterDocument, source: Source, newsletter_id: str, findings: Findings
) -> None:
    def error(rule: str, path: tuple[str | int, ...], what: str, hint: str) -> None:
        findings.error(rule, source.file, source.line(*path), what, hint)

    if not _NEWSLETTER_ID.fullmatch(newsletter_id) or len(newsletter_id) > 40:
        what = f"the folder is called '{newsletter_id}', and that is the newsletter's id"
        error("newsletter-id", (), what, "Rename it to lower-case letters, digits and hyphens.")
    for place, tag in _doubles(document.languages):
        error("double", ("languages", place), f"the language '{tag}' stands twice", "Keep one.")
    ids = tuple(section.id for section in document.sections)
    for place, section_id in _doubles(ids):
        what = f"the section '{section_id}' stands twice"
        error("double", ("sections", place, "id"), what, "Every section has an id of its own.")
    for place, section in enumerate(document.sections):
        if section.max_items is not None and section.min_items > section.max_items:
            path = ("sections", place, "min_items")
            error("bounds", path, "'min_items' is more than 'max_items'", "Lower it.")
    waits = document.delivery
    if waits.first_wait and waits.longest_wait and waits.longest_wait < waits.first_wait:
        what = "'longest_wait' is shorter than 'first_wait'"
        error("bounds", ("delivery", "longest_wait"), what, "Make it longer.")
    rules = document.assembly
    if rules.max_items is not None and rules.min_items > rules.max_items:
        error(
            "bounds", ("assembly", "min_items"), "'min_items' is more than 'max_items'", "Lower it."
        )
    if rules.ask_section and rules.ask_section not in ids:
        what = f"unknown section '{rules.ask_section}'"
        error("unknown-section", ("assembly", "ask_section"), what, suggest(rules.ask_section, ids))


def _doubles(values: tuple[str, ...]) -> list[tuple[int, str]]:
    folded = [value.casefold() for value in values]
    return [
        (place, value) for place, value in enumerate(values) if value.casefold() in folded[:place]
    ]
