"""New files for an editor, with every key explained; and a whole site that already builds.

Nothing that exists is ever written over. A new item is on hold, and the stubs of its translations
say TODO: neither reaches a reader before somebody has looked at it.
"""

from __future__ import annotations

import re
import shutil
import unicodedata
from datetime import date
from pathlib import Path

from digest.content import scaffold_texts as texts
from digest.content.desk import UNFINISHED
from digest.content.folder import CONTENT, NEWSLETTER_FILE
from digest.errors import ContentError, UsageError
from digest.model.newsletter import Newsletter
from digest.paths import shipped

SAMPLE = "open-class"
_LONGEST_SLUG = 60


def new_item(
    folder: Path, newsletter: Newsletter, title: str, *, today: date, section: str = ""
) -> list[Path]:
    """Write an item, on hold, and a stub per other language; return the files, the item first.

    Without a section it stands in the first one that is not for Ask.

    Raises:
        UsageError: the title is not one line, or the section does not exist.
        ContentError: a file of that name exists already.
    """
    ids = [known.id for known in newsletter.sections]
    if section and section not in ids:
        raise UsageError("--section", f"unknown section '{section}'", f"There is {', '.join(ids)}.")
    ordinary = [known for known in ids if known != newsletter.rules.ask_section]
    default = texts.ITEM.format(
        title=_quoted(title),
        date=today.isoformat(),
        section=section or (ordinary or ids)[0],
        sections=", ".join(ids),
        attributes=_declared(newsletter),
    )
    stub = texts.ITEM_TRANSLATION.format(title=_quoted(f"{UNFINISHED} {title.strip()}"))
    return _write_all(folder / "items", slug_of(title, today), newsletter, default, stub)


def new_question(folder: Path, newsletter: Newsletter, title: str, *, today: date) -> list[Path]:
    """Write a question and a stub per other language; return the files, the question first.

    Raises:
        UsageError: the title is not one line, or the newsletter declares no fields.
        ContentError: a file of that name exists already.
    """
    fields = list(newsletter.attributes.get("fields", {}))
    if not fields:
        hint = "Add a table [attributes.fields]: who has a field verified can be asked about it."
        raise UsageError(NEWSLETTER_FILE, "the newsletter declares no fields to ask about", hint)
    default = texts.QUESTION.format(
        question=_quoted(title), field=fields[0], fields=", ".join(fields)
    )
    stub = texts.QUESTION_TRANSLATION.format(question=_quoted(f"{UNFINISHED} {title.strip()}"))
    return _write_all(folder / "questions", slug_of(title, today), newsletter, default, stub)


def new_note(
    folder: Path, newsletter: Newsletter, title: str, *, number: int | None = None
) -> list[Path]:
    """Write the note of the next issue, or of one by its number, and a stub per other language.

    Raises:
        UsageError: the title is not one line, or the number is below 1.
        ContentError: there is such a note already.
    """
    if number is not None and number < 1:
        raise UsageError("--number", f"there is no issue {number}", "Issues count from 1.")
    default = texts.NOTE.format(title=_quoted(title))
    stub = texts.NOTE_TRANSLATION.format(title=_quoted(f"{UNFINISHED} {title.strip()}"))
    name = "next" if number is None else str(number)
    return _write_all(folder / "notes", name, newsletter, default, stub)


def init_site(folder: Path, *, today: date, newsletter: str = "news", sample: bool = False) -> None:
    """Make a folder a site that already builds, with one newsletter in it.

    With `sample` the newsletter is a copy of the shipped sample instead of a welcome.

    Raises:
        UsageError: the folder holds something already (a `.git` is welcome), or the newsletter's
            name cannot be one.
    """
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", newsletter) or len(newsletter) > 40:
        hint = "Use lower-case letters, digits and hyphens."
        raise UsageError("--newsletter", f"'{newsletter}' cannot name a newsletter", hint)
    if folder.exists() and not folder.is_dir():
        raise UsageError(str(folder), "is a file", "Name a new or an empty folder.")
    if folder.is_dir() and any(path.name != ".git" for path in folder.iterdir()):
        raise UsageError(str(folder), "is not empty", "Name a new or an empty folder.")
    try:
        _write_site(folder, newsletter, today, sample=sample)
    except OSError as error:
        what = f"cannot be written: {error.strerror or error}"
        raise UsageError(str(folder), what, "Name a folder where you may write.") from error


def _write_site(folder: Path, newsletter: str, today: date, *, sample: bool) -> None:
    files = {
        "digest.toml": texts.SITE,
        ".gitignore": texts.GITIGNORE,
        "templates/README.md": texts.TEMPLATES_README,
    }
    if sample:
        ignore = shutil.ignore_patterns("sent", ".*", "*~")
        shutil.copytree(shipped(CONTENT, SAMPLE), folder / CONTENT / SAMPLE, ignore=ignore)
    else:
        home = f"{CONTENT}/{newsletter}"
        files |= {
            f"{home}/{NEWSLETTER_FILE}": texts.NEWSLETTER.format(start=today.isoformat()),
            f"{home}/items/welcome.md": texts.WELCOME.format(date=today.isoformat()),
            f"{home}/notes/next.md": texts.WELCOME_NOTE,
        }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_new(path, text)


def slug_of(title: str, today: date) -> str:
    """Return a file stem for a title: ASCII, or made of the date where the title gives nothing."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode("ascii")
    words = re.findall(r"[a-z0-9]+", plain.lower())
    slug = ""
    for word in words:
        longer = f"{slug}-{word}" if slug else word[:_LONGEST_SLUG]
        if len(longer) > _LONGEST_SLUG:
            break
        slug = longer
    # A few Latin letters in a Japanese title ("AI") would name many files alike.
    letters = [char for char in title if char.isalpha()]
    is_latin = sum(char.isascii() for char in letters) * 2 >= len(letters)
    if slug and is_latin:
        return slug
    return f"{today.isoformat()}-{slug}" if slug else today.isoformat()


def _write_all(
    folder: Path, stem: str, newsletter: Newsletter, default: str, stub: str
) -> list[Path]:
    _default, *others = newsletter.languages
    files = {folder / f"{stem}.md": default}
    files |= {
        folder / f"{stem}.{language}.md": stub.replace("{language}", language)
        for language in others
    }
    for path in files:
        if path.exists():
            raise _exists(path)
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        _write_new(path, text)
    return list(files)


def _write_new(path: Path, text: str) -> None:
    try:
        # "x" refuses a file that appeared since we looked.
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise _exists(path) from error


def _exists(path: Path) -> ContentError:
    return ContentError(str(path), 0, "exists already, and nothing is written over", "Edit it.")


def _quoted(title: str) -> str:
    from pydantic_core import PydanticCustomError

    from digest.content.values import one_line

    try:
        line = one_line(title)
    except PydanticCustomError as error:
        raise UsageError("TITLE", f"the title {error.message()}", "Give it in quotes.") from error
    escaped = line.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _declared(newsletter: Newsletter) -> str:
    named = (
        f"{attribute}: {', '.join(values)}" for attribute, values in newsletter.attributes.items()
    )
    return "; ".join(named) or "none yet, see [attributes] in newsletter.toml"
