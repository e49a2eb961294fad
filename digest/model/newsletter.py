"""A newsletter: a publication with its own folder, schedule and rules (newsletter.toml)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from digest.model.limits import Limit
from digest.model.picture import Picture

#: A text in several languages: language tag -> text.
Translated = Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Mailbox:
    """A display name and an address."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """Return the part of the address after the @."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """Where items stand in an issue, in the order of newsletter.toml."""

    id: str
    title: Translated
    min_items: int = 0
    max_items: int | None = None
    icon: Picture | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Pictures:
    """The pictures of a newsletter's mails; what is None is drawn without."""

    hero: Picture | None = None
    hero_alt: Translated = field(default_factory=dict)
    logo: Picture | None = None
    ask: Picture | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AssemblyRules:
    """How much an issue holds."""

    min_items: int = 1
    max_items: int | None = None
    ask_section: str = ""
    """The section in which invitations stand; its items of kind "news" go to everyone else."""
    max_growth: float = 2.0
    """How many times the last issue's audience an issue may have; more stops a send."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryRules:
    """How a newsletter is delivered where it differs from the site; None: as the site says."""

    first_wait: timedelta | None = None
    longest_wait: timedelta | None = None
    give_up_after: timedelta | None = None
    limits: tuple[Limit, ...] = ()
    """These hold besides those of the site."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Newsletter:
    """What newsletter.toml says."""

    id: str
    """The name of the folder."""
    name: str
    sender: Mailbox
    reply_to: Mailbox | None
    languages: tuple[str, ...]
    """The first is the default."""
    timezone: str
    start: date
    """Items older than this never belong to an issue."""
    schedule: str
    """A cron line in `timezone`; "" means that only send-now sends."""
    catch_up: timedelta
    """How late a missed slot may still be sent."""
    sections: tuple[Section, ...]
    attributes: Mapping[str, Mapping[str, Translated]]
    """Attribute -> value -> label by language, for the attributes in use."""
    rules: AssemblyRules
    subject: Translated
    """Pattern for an issue whose note gives no subject: {name}, {number}, {title}, {date}."""
    about: Translated
    """Why a reader gets this and who is behind it, for the foot of the mail."""
    source: Translated = field(default_factory=dict)
    """The line that says where the facts come from."""
    postal_address: str = ""
    pictures: Pictures = field(default_factory=Pictures)
    delivery: DeliveryRules = DeliveryRules()

    @property
    def default_language(self) -> str:
        """Return the language that everything is written in first."""
        return self.languages[0]

    def section(self, section_id: str) -> Section:
        """Return a section by its id (KeyError when unknown)."""
        for section in self.sections:
            if section.id == section_id:
                return section
        raise KeyError(section_id)

    def language_for(self, wanted: str) -> str:
        """Return the newsletter's language nearest to a reader's tag (RFC 4647, section 3.4).

        `zh-Hans-CN` finds `zh-Hans`; `zh` and `zh-CN` find the first language that starts with
        `zh`; anything else gets the default.
        """
        known = {language.lower(): language for language in self.languages}
        parts = wanted.replace("_", "-").lower().split("-")
        for length in range(len(parts), 0, -1):
            if found := known.get("-".join(parts[:length])):
                return found
        primary = (
            language for language in self.languages if language.lower().split("-")[0] == parts[0]
        )
        return next(primary, self.default_language)

    def label(self, attribute: str, value: str, language: str) -> str:
        """Return what a value is called in a language, or the value itself."""
        labels = self.attributes.get(attribute, {}).get(value, {})
        return labels.get(language) or labels.get(self.default_language) or value


@dataclass(frozen=True, kw_only=True, slots=True)
class Letterhead:
    """What all messages of a newsletter say of it; frozen with each mailing."""

    newsletter: str
    """The newsletter's id: with the domain of From it makes the List-Id, which never changes."""
    name: str
    sender: Mailbox
    reply_to: Mailbox | None = None

    @classmethod
    def of(cls, newsletter: Newsletter) -> Letterhead:
        """Return the letterhead of a newsletter."""
        return cls(
            newsletter=newsletter.id,
            name=newsletter.name,
            sender=newsletter.sender,
            reply_to=newsletter.reply_to,
        )
