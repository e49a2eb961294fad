"""What an editor should look at twice, though every single file is right.

These findings need the whole publication: they compare files with each other, with newsletter.toml
and with what was sent. None of them stops a build.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from digest.content.assets import pictures_without_alt
from digest.content.desk import UNFINISHED
from digest.content.findings import suggest
from digest.model.finding import Finding, Level
from digest.model.issue import Item, ItemText, Note, NoteText, Publication, Question, QuestionText

FOLDERS = ("items", "questions", "notes", "assets", "sent")


def proofread(publication: Publication, folder: Path, site: Path) -> list[Finding]:
    """Return warnings and notes about a whole publication that was read from a folder."""
    home = folder.relative_to(site).as_posix()
    return [
        *_about_newsletter(publication, f"{home}/newsletter.toml", f"{home}/notes/next.md"),
        *_about_items(publication, home),
        *_about_texts(publication),
        *_strange_folders(folder, home),
    ]


def _warning(rule: str, file: str, what: str, hint: str = "", line: int = 0) -> Finding:
    return Finding(rule=rule, level=Level.WARNING, file=file, line=line, what=what, hint=hint)


def _about_newsletter(publication: Publication, file: str, next_note: str) -> Iterator[Finding]:
    newsletter = publication.newsletter
    if not newsletter.postal_address:
        hint = 'Many countries ask for one: postal_address = "..."'
        yield _warning("no-postal-address", file, "there is no postal address", hint)
    if publication.questions and not newsletter.rules.ask_section:
        what = "there are questions, but [assembly] names no ask_section"
        hint = 'Say in which section invitations stand: ask_section = "...".'
        yield _warning("no-ask-section", file, what, hint)
    last = max((sent.number for sent in publication.receipts), default=0)
    if not any(name == "next" or int(name) > last for name in publication.notes):
        what = "the next issue has no note: its subject and lead are made from the items"
        yield _warning("no-note", next_note, what, "Write it, or run: digest new note TITLE")


def _about_items(publication: Publication, home: str) -> Iterator[Finding]:
    sent = {
        item: content for issue in publication.receipts for item, content in issue.items.items()
    }
    first: dict[str, Item] = {}
    old = [item for item in publication.items if item.date < publication.newsletter.start]
    for item in publication.items:
        twin = first.setdefault(item.content_hash, item)
        if twin is not item:
            what = f"says the same as {twin.file}"
            hint = "If it was renamed, delete the other; a reader would get it twice."
            yield _warning("same-content", item.file, what, hint)
        if sent.get(item.id, item.content_hash) != item.content_hash:
            what = "was changed after it was sent; readers have the old text"
            yield _warning("changed-after-sending", item.file, what, "")
        if item.expires and item.expires < item.date:
            what = f"expires on {item.expires}, before its own date {item.date}: it is never sent"
            yield _warning("never-sent", item.file, what, "Mend 'expires' or 'date'.")
        if item.rule.unless and set(item.rule.terms) >= set(item.rule.unless):
            what = f"is for nobody: {item.rule}"
            yield _warning("for-nobody", item.file, what, "'not' takes away whom 'for' names.")
    if unsent := [item for item in old if item.id not in sent]:
        what = f"{len(unsent)} items are older than 'start' and never belong to an issue"
        hint = f"The newest of them is {max(unsent, key=lambda item: item.date).file}."
        yield Finding(rule="before-start", level=Level.NOTE, file=home, what=what, hint=hint)


def _about_texts(publication: Publication) -> Iterator[Finding]:
    for text in _texts(publication):
        for _ in pictures_without_alt(text.body):
            what = "a picture says nothing to who cannot see it"
            yield _warning("no-alt", text.file, what, "Write ![what it shows](assets/...).")
    for text in _default_texts(publication):
        if UNFINISHED in text.body or _heading(text).startswith(UNFINISHED):
            what = f"still says {UNFINISHED}"
            yield _warning("unfinished", text.file, what, "Finish it, or set hold = true.")


def _texts(publication: Publication) -> Iterator[ItemText | QuestionText | NoteText]:
    nouns: tuple[Item | Question | Note, ...]
    nouns = (*publication.items, *publication.questions, *publication.notes.values())
    for noun in nouns:
        yield from noun.texts.values()


def _default_texts(publication: Publication) -> Iterator[ItemText | QuestionText | NoteText]:
    default = publication.newsletter.default_language
    nouns: tuple[Item | Question | Note, ...]
    nouns = (*publication.items, *publication.questions, *publication.notes.values())
    for noun in nouns:
        if not (isinstance(noun, Item) and noun.hold):
            yield noun.texts[default]


def _heading(text: ItemText | QuestionText | NoteText) -> str:
    return text.question if isinstance(text, QuestionText) else text.title


def _strange_folders(folder: Path, home: str) -> Iterator[Finding]:
    for path in _visible_folders(folder):
        if path.name not in FOLDERS:
            what = f"the folder '{path.name}' is not read"
            yield _warning("unexpected-folder", home, what, suggest(path.name, FOLDERS))


def _visible_folders(folder: Path) -> Iterable[Path]:
    return sorted(
        path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")
    )
