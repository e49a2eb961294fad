"""What an editor should look at, though every single file is right.

These findings need the whole publication: they compare texts with each other, with their figures,
with newsletter.toml and with what was sent. None of them stops a build; an error among them stops
a send. What was sent, is on hold or never belongs to an issue is not proofread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from digest.content import calendar_proof, wording
from digest.content.check_rules import noticed
from digest.content.findings import suggest
from digest.content.number_proof import NumberProof, item_figures, texts_with_unread_numbers
from digest.content.parts import Places, Prose, Text, prose_of, translated_parts
from digest.model.finding import Finding
from digest.model.issue import Item, Note, NoteText, Publication

FOLDERS = ("items", "questions", "notes", "assets", "sent")


def proofread(
    publication: Publication, folder: Path, site: Path, *, today: date | None = None
) -> list[Finding]:
    """Return what is to be said about a whole publication that was read from a folder.

    Without `today`, nothing is known to be past.
    """
    home = folder.relative_to(site).as_posix()
    reading = _Proofreading(publication, Places(site), today)
    return [
        *_about_newsletter(publication, f"{home}/newsletter.toml", f"{home}/notes/next.md"),
        *_about_items(publication, home, today),
        *reading.findings(f"{home}/newsletter.toml"),
        *_strange_folders(folder, home),
    ]


@dataclass(frozen=True)
class _Proofreading:
    """Reads every text that may still be sent, once."""

    publication: Publication
    places: Places
    today: date | None

    def findings(self, newsletter_file: str) -> Iterator[Finding]:
        items = [item for item in self.publication.items if self._may_be_sent(item)]
        notes = [note for note in self.publication.notes.values() if self._is_unused(note)]
        questions = self.publication.questions
        numbers = NumberProof(
            default_language=self.publication.newsletter.default_language, places=self.places
        )
        numbers = replace(numbers, figures=item_figures(numbers, items))
        yield from self._newsletter(numbers, newsletter_file)
        for item in items:
            prose = self._prose(item.texts)
            yield from numbers.item(item, prose)
            yield from self._texts(item.texts, prose, anchor=item.date)
            yield from calendar_proof.about_item(item, self.places, today=self.today)
        for question in questions:
            prose = self._prose(question.texts)
            yield from numbers.text(prose)
            yield from self._texts(question.texts, prose, anchor=self.today)
            yield from calendar_proof.about_question(question, self.places, today=self.today)
        for note in notes:
            prose = self._prose(note.texts)
            yield from numbers.text(prose)
            yield from self._texts(note.texts, prose, anchor=self.today)
        yield from wording.about_titles(items, self.places)

    def _prose(self, texts: Mapping[str, Text]) -> Prose:
        return prose_of(texts, self.publication.newsletter.default_language)

    def _texts(
        self, texts: Mapping[str, Text], prose: Prose, *, anchor: date | None
    ) -> Iterator[Finding]:
        for language, text in texts.items():
            parts = prose[language].values()
            yield from wording.about_leftovers(text, parts, self.places)
            yield from wording.about_pictures(text, self.places)
            yield from wording.about_repetition(text, self.places)
            if isinstance(text, NoteText):
                yield from wording.about_note(text)
            yield from calendar_proof.about_days(
                parts, self.places, anchor=anchor, today=self.today
            )
        default = self.publication.newsletter.default_language
        yield from wording.about_translations(texts, default, self.places)

    def _newsletter(self, numbers: NumberProof, file: str) -> Iterator[Finding]:
        newsletter = self.publication.newsletter
        if unread := texts_with_unread_numbers(newsletter.languages):
            what = f"numbers in {', '.join(unread)} are not compared with their figures"
            hint = "Compare them by eye: only English, Japanese and Chinese are read."
            yield noticed("numbers-unread", file, what, hint, self.places.key(file, "languages"))
        said = {
            "about": newsletter.about,
            "source": newsletter.source,
            "pictures.hero_alt": newsletter.pictures.hero_alt,
        }
        for key, texts in said.items():
            parts = translated_parts(texts, file, key)
            yield from numbers.parts(parts)
            yield from wording.about_parts(parts.values(), self.places)

    def _may_be_sent(self, item: Item) -> bool:
        sent = any(item.id in issue.items for issue in self.publication.receipts)
        expired = bool(self.today and item.expires and item.expires < self.today)
        return not (sent or item.hold or expired or item.date < self.publication.newsletter.start)

    def _is_unused(self, note: Note) -> bool:
        return not any(issue.note_hash == note.content_hash for issue in self.publication.receipts)


def _about_newsletter(publication: Publication, file: str, next_note: str) -> Iterator[Finding]:
    newsletter = publication.newsletter
    if not newsletter.postal_address:
        hint = 'Many countries ask for one: postal_address = "..."'
        yield noticed("no-postal-address", file, "there is no postal address", hint)
    if publication.questions and not newsletter.rules.ask_section:
        what = "there are questions, but [assembly] names no ask_section"
        hint = 'Say in which section invitations stand: ask_section = "...".'
        yield noticed("no-ask-section", file, what, hint)
    last = max((sent.number for sent in publication.receipts), default=0)
    numbers = [int(name) for name in publication.notes if name.isdigit()]
    if "next" not in publication.notes and max(numbers, default=0) <= last:
        what = "the next issue has no note: its subject and lead are made from the items"
        yield noticed("no-note", next_note, what, "Write it, or run: digest new note TITLE")


def _about_items(publication: Publication, home: str, today: date | None) -> Iterator[Finding]:
    sent = {
        item: content for issue in publication.receipts for item, content in issue.items.items()
    }
    first: dict[str, Item] = {}
    for item in publication.items:
        twin = first.setdefault(item.content_hash, item)
        if twin is not item:
            what = f"says the same as {twin.file}"
            hint = "If it was renamed, delete the other; a reader would get it twice."
            yield noticed("same-content", item.file, what, hint)
        if sent.get(item.id, item.content_hash) != item.content_hash:
            what = "was changed after it was sent; readers have the old text"
            yield noticed("changed-after-sending", item.file, what)
        if item.expires and item.expires < item.date:
            what = f"expires on {item.expires}, before its own date {item.date}: it is never sent"
            yield noticed("never-sent", item.file, what, "Mend 'expires' or 'date'.")
        if item.rule.unless and set(item.rule.terms) >= set(item.rule.unless):
            what = f"is for nobody: {item.rule}"
            yield noticed("for-nobody", item.file, what, "'not' takes away whom 'for' names.")
    unsent = [item for item in publication.items if item.id not in sent]
    yield from _never_in_an_issue(unsent, publication.newsletter.start, home, today)


def _never_in_an_issue(
    unsent: Iterable[Item], start: date, home: str, today: date | None
) -> Iterator[Finding]:
    old = [item for item in unsent if item.date < start]
    if old:
        what = f"{len(old)} items are older than 'start' and never belong to an issue"
        hint = f"The newest of them is {max(old, key=lambda item: item.date).file}."
        yield noticed("before-start", home, what, hint)
    gone = [(item.expires, item.file) for item in unsent if item.expires and item not in old]
    if past := [(day, file) for day, file in gone if today and day < today]:
        what = f"{len(past)} items have expired and are not sent any more"
        hint = f"The last of them was {max(past)[1]}."
        yield noticed("expired", home, what, hint)


def _strange_folders(folder: Path, home: str) -> Iterator[Finding]:
    for path in _visible_folders(folder):
        if path.name not in FOLDERS:
            what = f"the folder '{path.name}' is not read"
            yield noticed("unexpected-folder", home, what, suggest(path.name, FOLDERS))


def _visible_folders(folder: Path) -> Iterable[Path]:
    return sorted(
        path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")
    )
