"""Proofreading of words: what is left over, missing, or said twice.

None of it needs a language to be understood; what is found here is what an editor forgot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from digest.content.assets import pictures
from digest.content.check_rules import noticed
from digest.content.parts import Part, Places, Text
from digest.model.finding import Finding
from digest.model.issue import Item, ItemText, NoteText

_LEFT = re.compile(
    r"\b(?:TODO|FIXME|TK(?:TK)*|XXX+|TBC)\b|(?i:lorem\s+ipsum|dolor\s+sit\s+amet)|\?{3,}"
    r"|ＸＸＸ+|○{2,}|[Xx]月[Xx]日|ダミーテキスト|此处填写|占位文字|\{\{|\}\}|\{%|%\}"
)
_CONFLICT = re.compile(r"^(?:<{7}|>{7}|\|{7})(?: |$)", re.MULTILINE)
_NO_ALT_AT_ALL = re.compile(
    r"(?:image|picture|photo|img|logo|icon|screenshot|graphic|figure|画像|写真|图片|照片|配图|图)\s*\d*",
    re.IGNORECASE,
)
_FILE_NAME = re.compile(r"[\w%.-]+\.(?:png|jpe?g|gif|webp|svg)", re.IGNORECASE)
_ITEM_KEYS = ("title", "do")
_NOTE_KEYS = ("subject", "preheader", "title", "lead")
#: A name may be the same in every language; a sentence is not.
_SENTENCE = re.compile(r"(?:\S+\s+){3,}\S+")


def about_leftovers(text: Text, parts: Iterable[Part], places: Places) -> Iterator[Finding]:
    """Yield what was to be replaced before anybody reads it."""
    if conflict := _CONFLICT.search(text.body):
        line = places.body(text.file, text.body.count("\n", 0, conflict.start()))
        what = f"holds a conflict that git left ('{conflict[0].strip()}')"
        yield noticed("unfinished", text.file, what, "Keep one side, delete the markers.", line)
    hint = "Finish it, or set hold = true."
    hint = hint if isinstance(text, ItemText) else "Finish it."
    yield from about_parts((*parts, *_more(text)), places, hint)


def about_parts(
    parts: Iterable[Part], places: Places, hint: str = "Finish it."
) -> Iterator[Finding]:
    """Yield the parts in which something was to be replaced."""
    for part in parts:
        if found := _LEFT.search(part.text):
            line = places.line(part, found.start())
            yield noticed("unfinished", part.file, f"still says {found[0]}", hint, line)


def about_pictures(text: Text, places: Places) -> Iterator[Finding]:
    """Yield pictures that say nothing to who cannot see them."""
    for line, alt, file in pictures(text.body):
        place = places.body(text.file, line)
        if not alt:
            what = "a picture says nothing to who cannot see it"
            hint = "Write ![what it shows](assets/...)."
            yield noticed("missing-alt", text.file, what, hint, place)
        elif _NO_ALT_AT_ALL.fullmatch(alt) or _FILE_NAME.fullmatch(alt):
            what = f"a picture is described as '{alt}' ({file})"
            yield noticed("poor-alt", text.file, what, "Say what it shows.", place)


def about_translations(
    texts: Mapping[str, Text], default_language: str, places: Places
) -> Iterator[Finding]:
    """Yield what a translation still says in the default language."""
    default = texts[default_language]
    keys = _ITEM_KEYS if isinstance(default, ItemText) else _NOTE_KEYS
    if not isinstance(default, ItemText | NoteText):
        return
    for language, text in texts.items():
        if text is default:
            continue
        for key in keys:
            said, own = getattr(default, key), getattr(text, key)
            same = own == said and (key == "do" or _SENTENCE.fullmatch(said))
            if said and (not own or same):
                what = f"'{key}' is not translated into {language}"
                line = places.key(text.file, key)
                hint = f'Write {key} = "..." in {language}.'
                yield noticed("missing-translation", text.file, what, hint, line)


def about_repetition(text: Text, places: Places) -> Iterator[Finding]:
    """Yield what a reader would read twice in a row."""
    pairs = (("subject", "preheader"), ("title", "lead"), ("title", "do"), ("title", "body"))
    for first, second in pairs:
        said = _same(getattr(text, first, ""))
        if said and said == _same(getattr(text, second, "")):
            what = f"'{first}' and '{second}' say the same"
            line = places.key(text.file, first)
            yield noticed("says-it-twice", text.file, what, "Let one of them say more.", line)


def about_note(text: NoteText) -> Iterator[Finding]:
    """Yield a note that says nothing at all."""
    if not (text.subject or text.preheader or text.title or text.lead or text.body):
        hint = "Write a subject, a title or a text, or delete the file."
        yield noticed("empty-note", text.file, "the note says nothing", hint)


def about_titles(items: Iterable[Item], places: Places) -> Iterator[Finding]:
    """Yield items that could be told apart by nobody who reads their titles."""
    first: dict[tuple[str, str], ItemText] = {}
    hashes: dict[str, str] = {}
    for item in items:
        for language, text in item.texts.items():
            twin = first.setdefault((language, _same(text.title)), text)
            if twin is not text and hashes.get(twin.file) != item.content_hash:
                what = f"has the title of {twin.file}"
                line = places.key(text.file, "title")
                yield noticed("same-title", text.file, what, "Say what is different.", line)
            hashes[text.file] = item.content_hash


def _more(text: Text) -> Iterator[Part]:
    """Yield what is no prose and is read all the same."""
    if not isinstance(text, ItemText):
        return
    if text.source:
        yield Part(
            name="source",
            language=text.language,
            text=text.source,
            file=text.file,
            path=("source",),
        )
    for figure in text.figures:
        yield Part(
            name=f"text of {figure.id}",
            language=text.language,
            text=figure.text,
            file=text.file,
            path=("figures", figure.id, "text"),
        )


def _same(text: str) -> str:
    return " ".join(text.split()).rstrip(".。!！").casefold()
