"""Ask questions and editors' notes: from their files to nouns, checked against newsletter.toml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from digest.content.desk import UNFINISHED, Desk, declared_under, is_unfinished
from digest.content.documents import (
    Document,
    NoteDocument,
    QuestionDocument,
    QuestionTranslation,
)
from digest.content.filing import Filed, file_by_id
from digest.content.fingerprint import hash_note, hash_question
from digest.content.frontmatter import Source
from digest.model.issue import Note, NoteText, Question, QuestionText

NEXT = "next"
_NUMBER = re.compile(r"[1-9][0-9]{0,8}(?:\.correction)?")


def read_questions(desk: Desk) -> tuple[Question, ...]:
    """Return the questions of a newsletter, by id; what is wrong goes to the findings."""
    read = (_read_question(desk, filed) for filed in file_by_id(desk, "questions"))
    return tuple(sorted((found for found in read if found), key=lambda question: question.id))


def read_notes(desk: Desk) -> Mapping[str, Note]:
    """Return the notes by what they are for; what is wrong goes to the findings."""
    notes: dict[str, Note] = {}
    for filed in file_by_id(desk, "notes"):
        if filed.id != NEXT and not _NUMBER.fullmatch(filed.id):
            what = "a note is for the next issue or for one by its number"
            hint = "Name it next.md, by the number (12.md), or 12.correction.md."
            desk.findings.error("file-name", desk.name(filed.default), 0, what, hint)
        if note := _read_note(desk, filed):
            notes[filed.id] = note
    return notes


def _read_question(desk: Desk, filed: Filed) -> Question | None:
    loaded = desk.load(filed.default, QuestionDocument)
    translations = {
        language: desk.load(path, QuestionTranslation)
        for language, path in filed.translations.items()
    }
    if not loaded:
        return None
    source, document = loaded
    _check_field(desk, source, document)
    desk.check_order(source, document.opens, document.closes)
    default = desk.languages[0]
    texts = {default: _question_text(default, source, document)}
    for language, found in translations.items():
        if found and _is_finished(desk, language, source, *found):
            texts[language] = _question_text(language, *found)
    _note_missing(desk, filed, source)
    question = Question(
        id=filed.id,
        field=document.field,
        opens=document.opens,
        closes=document.closes,
        quota=document.quota,
        overinvite=document.overinvite,
        cap=document.cap,
        texts=texts,
        content_hash="",
        file=source.file,
    )
    return replace(question, content_hash=hash_question(question))


def _question_text(
    language: str, source: Source, document: QuestionDocument | QuestionTranslation
) -> QuestionText:
    return QuestionText(
        language=language, question=document.question, body=source.body, file=source.file
    )


def _check_field(desk: Desk, source: Source, document: QuestionDocument) -> None:
    table = declared_under("verified")
    if desk.newsletter and table not in desk.newsletter.attributes:
        what = f"newsletter.toml declares no [attributes.{table}], so nobody can be asked"
        desk.error("unknown-attribute", source, ("field",), what, "Declare the field there.")
        return
    desk.check_value(source, table, document.field, "field")


def _read_note(desk: Desk, filed: Filed) -> Note | None:
    loaded = desk.load(filed.default, NoteDocument)
    translations = {
        language: desk.load(path, NoteDocument) for language, path in filed.translations.items()
    }
    if not loaded:
        return None
    source, document = loaded
    texts = {desk.languages[0]: _note_text(desk.languages[0], source, document)}
    for language, found in translations.items():
        if found and _is_finished(desk, language, source, *found):
            texts[language] = _note_text(language, *found)
    _note_missing(desk, filed, source)
    return Note(texts=texts, content_hash=hash_note(texts), file=source.file)


def _note_text(language: str, source: Source, document: NoteDocument) -> NoteText:
    return NoteText(
        language=language,
        subject=document.subject or "",
        preheader=document.preheader or "",
        title=document.title or "",
        lead=document.lead or "",
        body=source.body,
        file=source.file,
    )


def _is_finished(
    desk: Desk, language: str, default: Source, source: Source, document: Document
) -> bool:
    if not is_unfinished(document) and (source.body or not default.body):
        return True
    missing = f"it still says {UNFINISHED}" if is_unfinished(document) else "it has no text"
    hint = f"Until {source.file} is finished ({missing}), readers get {desk.languages[0]}."
    desk.note_untranslated(source.file, language, source.file, hint)
    return False


def _note_missing(desk: Desk, filed: Filed, source: Source) -> None:
    for language in desk.languages[1:]:
        if language not in filed.translations:
            desk.note_untranslated(source.file, language, filed.translation_name(language))
