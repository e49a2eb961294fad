"""Arranges an issue for one edition: which item stands where, and what is said in which words.

Sections keep the newsletter's order, items the edition's. The opportunities of the section that
gathers others (`also_in`) are a block of their own; where no item names one, the section with most
opportunities is it. What is chosen by the issue, not the edition, so all editions look alike.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from digest.errors import ContentError, DigestError
from digest.model.audience import Rule, Term
from digest.model.edition import Edition
from digest.model.issue import (
    Issue,
    Item,
    ItemKind,
    ItemText,
    NoteText,
    OpportunityStatus,
    Question,
    calendar_day,
)
from digest.model.picture import Picture
from digest.rendering.figures import figure_view
from digest.rendering.local import FALLBACK, Words, direction, is_cjk
from digest.rendering.phrasing import Heading
from digest.rendering.preflight import CONTROL
from digest.rendering.prose import SAFE_SCHEMES, Prose, plain, write_prose, write_voices
from digest.rendering.view import (
    EntryView,
    FigureView,
    InvitationView,
    IssueView,
    PanelView,
    SectionView,
)
from digest.rendering.wrapping import clip, one_line, reading_minutes

MAX_TILES = 4
#: What inboxes show at most, in cells: the rest would never be read.
SUBJECT_CELLS = 110
PREHEADER_CELLS = 120

_HOLE = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True)
class Arranger:
    """An issue, an edition of it, and the words of its language."""

    issue: Issue
    edition: Edition
    words: Words
    names: Mapping[str, str]
    """Language tag -> what the language calls itself."""

    def arrange(self) -> IssueView:
        """Return what the templates show.

        Raises:
            ContentError: a text holds a character that no mail can carry.
            DigestError: the subject pattern has an unknown hole.
        """
        newsletter, note = self.issue.newsletter, self._note()
        number = self.words.say("issue_number", number=self.issue.number)
        title = Heading(note.title or f"{newsletter.name}, {number}", note.language)
        lead = one_line(note.lead)
        entries = self._texts
        return IssueView(
            language=self.edition.language,
            direction=direction(self.edition.language),
            newsletter=newsletter.name,
            subject=clip(one_line(note.subject) or self._subject(title), SUBJECT_CELLS),
            preheader=clip(self._preheader(note, lead, entries), PREHEADER_CELLS),
            title=title,
            lead=lead,
            note=self._prose(note.body, note.language),
            note_lang=self._lang(note.language),
            number=number,
            date=self.words.day(self.issue.day),
            date_iso=self.issue.day.isoformat(),
            reading_time=self._reading_time(note),
            pictures=newsletter.pictures,
            hero_alt=one_line(self._translated(newsletter.pictures.hero_alt)),
            tiles=self._tiles(entries),
            sections=tuple(self._sections()),
            doubts=any(not each.settled for text in entries for each in text.figures),
            source=self._translated(newsletter.source),
            shared_source=self._shared_source,
            about=self._prose(self._translated(newsletter.about), self.edition.language),
            postal_address=tuple(
                filter(None, map(one_line, newsletter.postal_address.split("\n")))
            ),
            languages=tuple(
                (tag, self.names[tag])
                for tag in newsletter.languages
                if tag != self.edition.language
            ),
        )

    @cached_property
    def _shown(self) -> list[Item]:
        items = {item.id: item for item in self.issue.items}
        return [items[item_id] for item_id in self.edition.items]

    @cached_property
    def _texts(self) -> list[ItemText]:
        return [self._text(item) for item in self._shown]

    @cached_property
    def _shared_source(self) -> str:
        """Return what every item names as its source: the foot says it once."""
        sources = {one_line(text.source) for text in self._texts}
        return sources.pop() if len(sources) == 1 and len(self._texts) > 1 else ""

    def _text(self, item: Item) -> ItemText:
        default = self.issue.newsletter.default_language
        text = item.text(self.edition.language) or item.texts[default]
        return _checked(text)

    def _note(self) -> NoteText:
        texts = self.issue.note.texts if self.issue.note else {}
        language = self.edition.language
        default = self.issue.newsletter.default_language
        found = texts.get(language) or texts.get(default) or NoteText(language=language)
        for part in (found.subject, found.preheader, found.title, found.lead, found.body):
            _refuse_control(part, found.file)
        return found

    def _lang(self, language: str) -> str:
        return "" if language == self.edition.language else language

    def _prose(self, markdown: str, language: str) -> Prose:
        return write_prose(markdown, upright=is_cjk(language))

    def _translated(self, texts: Mapping[str, str]) -> str:
        default = self.issue.newsletter.default_language
        return texts.get(self.edition.language) or texts.get(default, "")

    def _subject(self, title: str) -> str:
        pattern = self._translated(self.issue.newsletter.subject) or "{title}"
        holes = {
            "name": self.issue.newsletter.name,
            "number": str(self.issue.number),
            "title": title,
            "date": self.words.day(self.issue.day),
        }
        unknown = next((hole for hole in _HOLE.findall(pattern) if hole not in holes), None)
        if unknown is not None:
            known = ", ".join(f"{{{name}}}" for name in holes)
            raise DigestError(
                f"{self.issue.newsletter.id}: subject",
                f"unknown hole '{{{unknown}}}'",
                f"Known are {known}.",
            )
        return one_line(_HOLE.sub(lambda found: holes[found[1]], pattern))

    def _preheader(self, note: NoteText, lead: str, entries: Iterable[ItemText]) -> str:
        titles = " · ".join(Heading(text.title, text.language) for text in entries)
        return one_line(note.preheader) or lead or plain(note.body) or titles

    def _reading_time(self, note: NoteText) -> str:
        texts = [note.lead, note.body]
        texts += [part for each in self._texts for part in (each.title, each.body, each.do)]
        minutes = reading_minutes("\n".join(texts))
        return self.words.say("reading_time", minutes=self.words.number(minutes))

    def _tiles(self, entries: Iterable[ItemText]) -> tuple[FigureView, ...]:
        chosen = [
            figure_view(figure, self._lang(text.language))
            for text in entries
            for figure in text.figures
            if figure.highlight
        ]
        return tuple(chosen[:MAX_TILES])

    def _sections(self) -> Iterable[SectionView]:
        strong = gathering_section(self.issue)
        asked = self._invitation()
        drawn: list[tuple[str, list[Item], list[Item]]] = []
        for section in self.issue.newsletter.sections:
            own = [item for item in self._shown if item.section == section.id]
            there = [item for item in self._shown if _is_opportunity(item, section.id)]
            entries = [item for item in own if item.kind is not ItemKind.OPPORTUNITY]
            if entries or there or (asked and section.id == self._ask_section()):
                drawn.append((section.id, entries, there))
        if asked and not any(section_id == self._ask_section() for section_id, _, _ in drawn):
            drawn.append(("", [], []))
        for number, (section_id, entries, there) in enumerate(drawn, 1):
            offers = [(item.rule, self._entry(item, section_id)) for item in there]
            yield SectionView(
                id=section_id,
                number=number,
                title=Heading(self._section_title(section_id), self.edition.language),
                icon=self._icons.get(section_id),
                entries=tuple(self._entry(item, section_id) for item in entries),
                opportunities=tuple(entry for _, entry in offers),
                panels=by_audience(offers),
                strong=section_id == strong,
                invitation=asked if section_id == self._ask_section() or not section_id else None,
            )

    @property
    def _icons(self) -> dict[str, Picture | None]:
        """Return each section's icon; an invitation that stands in none has the Ask picture."""
        newsletter = self.issue.newsletter
        return {each.id: each.icon for each in newsletter.sections} | {"": newsletter.pictures.ask}

    def _ask_section(self) -> str:
        return self.issue.newsletter.rules.ask_section

    def _section_title(self, section_id: str) -> str:
        titles = {each.id: each.title for each in self.issue.newsletter.sections}
        return self._translated(titles.get(section_id, {})) or section_id

    def _entry(self, item: Item, section_id: str) -> EntryView:
        text = self._text(item)
        short = item.section != section_id
        source = one_line(text.source)
        body, voices = write_voices("" if short else text.body, upright=is_cjk(text.language))
        return EntryView(
            kind=item.kind.value,
            lang=self._lang(text.language),
            title=Heading(text.title, text.language),
            body=body,
            voices=voices,
            figures=() if short else tuple(figure_view(each, "") for each in text.figures),
            do=one_line(text.do),
            source="" if short or source == self._shared_source else source,
            link=text.link if text.link.startswith(SAFE_SCHEMES) else "",
            status=item.status.value if item.status else "",
            status_text=self.words.say(f"status_{item.status.value}") if item.status else "",
            audience=self._audience(item.rule),
            dates=self._dates(item),
            home=self._section_title(item.section) if short else "",
        )

    def _audience(self, rule: Rule) -> str:
        """Return for whom something is, as a phrase."""
        between = self.words.term_separator
        wanted = between.join(self._labels(term) for term in rule.terms)
        who = self.words.say("for_whom", who=wanted) if wanted else self.words.everyone
        refused = between.join(self._labels(term) for term in rule.unless)
        return who + between + self.words.say("except", who=refused) if refused else who

    def _labels(self, term: Term) -> str:
        label = self.issue.newsletter.label
        language = self.edition.language
        names = (label(term.attribute, value, language) for value in term.values)
        return self.words.list_separator.join(names)

    def _dates(self, item: Item) -> str:
        """Return what is known of an opportunity's or event's days, in words."""
        if item.kind not in (ItemKind.OPPORTUNITY, ItemKind.EVENT):
            return ""
        opens = calendar_day(item.opens, self.issue.day)
        closes = calendar_day(item.closes, self.issue.day)
        event = item.kind is ItemKind.EVENT
        if opens and closes:
            days = {"opens": self.words.day(opens), "closes": self.words.day(closes)}
            return self.words.say("event_from_to" if event else "from_to", **days)
        if opens:
            return self.words.say("event_on" if event else "opens_on", day=self.words.day(opens))
        if closes:
            return self.words.say("closes_on", day=self.words.day(closes))
        if item.status in (OpportunityStatus.OPEN, OpportunityStatus.CLOSED):
            return self.words.no_end if item.status is OpportunityStatus.OPEN else ""
        return self.words.not_dated

    def _invitation(self) -> InvitationView | None:
        if self.edition.question is None:
            return None
        wanted = self.edition.question
        question = next(each for each in self.issue.questions if each.id == wanted)
        default = self.issue.newsletter.default_language
        text = question.texts.get(self.edition.language) or question.texts[default]
        _refuse_control(text.question + text.body, text.file)
        field = self._field(question)
        closes = calendar_day(question.closes, self.issue.day)
        return InvitationView(
            lang=self._lang(text.language),
            field=field,
            question=Heading(text.question, text.language),
            body=self._prose(text.body, text.language),
            headline=Heading(
                self.words.say("invitation_headline", field=field), self.edition.language
            ),
            deadline=(
                self.words.say("answer_until", day=self.words.day(closes))
                if closes
                else self.words.no_deadline
            ),
            sender=self.words.say("invitation_sender", name=self.issue.newsletter.name),
        )

    def _field(self, question: Question) -> str:
        newsletter = self.issue.newsletter
        attribute = (
            "fields" if question.field in newsletter.attributes.get("fields", {}) else "verified"
        )
        return newsletter.label(attribute, question.field, self.edition.language)


def gathering_section(issue: Issue) -> str:
    """Return the id of the section whose opportunities are a block of their own, or ""."""
    named = Counter(section for item in issue.items for section in item.also_in)
    of = Counter(item.section for item in issue.items if item.kind is ItemKind.OPPORTUNITY)
    order = [section.id for section in issue.newsletter.sections]
    ranked = sorted(order, key=lambda each: (-named[each], -of[each], order.index(each)))
    best = ranked[0] if ranked else ""
    return best if named[best] or of[best] > 1 else ""


def by_audience(offers: Iterable[tuple[Rule, EntryView]]) -> tuple[PanelView, ...]:
    """Return opportunities by whom they are for, each group in the order of its first.

    A reader meets the rules of all that is in the edition, so what names somebody names this
    reader's own roles: it stands before what is for everyone.
    """
    groups: dict[tuple[bool, str], list[EntryView]] = {}
    for rule, entry in offers:
        groups.setdefault((not rule.terms, entry.audience), []).append(entry)
    ranked = sorted(groups.items(), key=lambda group: group[0][0])
    return tuple(PanelView(audience=key[1], entries=tuple(each)) for key, each in ranked)


def _is_opportunity(item: Item, section_id: str) -> bool:
    if item.kind is not ItemKind.OPPORTUNITY:
        return False
    return section_id == item.section or section_id in item.also_in


def _checked(text: ItemText) -> ItemText:
    parts = [text.title, text.body, text.do, text.source, text.link]
    parts += [part for figure in text.figures for part in (figure.text, figure.label)]
    for part in parts:
        _refuse_control(part, text.file)
    return text


def _refuse_control(text: str, file: str) -> None:
    if found := CONTROL.search(text):
        code = f"U+{ord(found[0]):04X}"
        raise ContentError(file, 0, f"the control character {code} cannot be mailed", "Delete it.")


def language_names(tags: Iterable[str], words: Mapping[str, Words]) -> dict[str, str]:
    """Return what each language calls itself; the tag where its words do not say."""
    names: dict[str, str] = {}
    for tag in tags:
        own = words[tag].entries.get("language_name", tag)
        borrowed = tag.split("-")[0] != FALLBACK and own == words[FALLBACK].language_name
        names[tag] = tag if borrowed else own
    return names
