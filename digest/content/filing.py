"""Which files of a folder belong together: an item and its translations.

`palm.md` is in the default language, `palm.ja.md` is its Japanese and lies beside it. An id is the
stem without the language, and it is what an issue remembers of an item, so two files must never
claim one id: not in nested folders, and not by letter case or Unicode form, which some machines'
file systems do not tell apart.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from digest.content.desk import Desk

_BACKUP = re.compile(r"^[.#]|~$|\.(?:swp|swo|bak|orig|tmp)$|#$")
_LANGUAGE_LIKE = re.compile(r"[a-z]{2,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?", re.IGNORECASE)
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029/\\\\]")
_LONGEST_ID = 120


@dataclass(frozen=True, kw_only=True)
class Filed:
    """The files of one id."""

    id: str
    default: Path
    translations: Mapping[str, Path]
    """By language, in the newsletter's order."""

    def translation_name(self, language: str) -> str:
        """Return the name of the file for a language."""
        return f"{self.default.stem}.{language}.md"


def is_ignored(name: str) -> bool:
    """Return whether a file is none of ours: hidden, or what a text editor leaves behind."""
    return bool(_BACKUP.search(name))


def file_by_id(desk: Desk, kind: str) -> list[Filed]:
    """Return what lies in a folder such as `items`, by id, and note what is misfiled."""
    groups: dict[tuple[str, str], dict[str, Path]] = {}
    for path in _markdown_files(desk, desk.folder / kind):
        name, language = _split_name(desk, path)
        if not name:
            continue
        group = groups.setdefault((str(path.parent), name), {})
        if language in group:
            what = f"{group[language].name} beside it is the same text in the same language"
            desk.findings.error("double-id", desk.name(path), 0, what, "Delete one of the two.")
        else:
            group[language] = path
    _refuse_doubles(desk, groups)
    return list(_with_default(desk, groups))


def guess_languages(folder: Path) -> tuple[str, ...]:
    """Return the endings that look like languages, where newsletter.toml does not say them."""
    stems = {path.name.removesuffix(".md") for path in folder.rglob("*.md")}
    tails = (stem.rpartition(".") for stem in stems)
    return tuple(
        sorted(
            {tail for base, _, tail in tails if base in stems and _LANGUAGE_LIKE.fullmatch(tail)}
        )
    )


def _with_default(desk: Desk, groups: Mapping[tuple[str, str], dict[str, Path]]) -> Iterator[Filed]:
    default, *others = desk.languages
    for (_, name), files in sorted(groups.items()):
        if default in files:
            translations = {tag: files[tag] for tag in others if tag in files}
            yield Filed(id=name, default=files[default], translations=translations)
            continue
        for path in files.values():
            what = f"a translation without its default: there is no {name}.md beside it"
            hint = f"Write {name}.md in {default}, or delete this file."
            desk.findings.error("missing-default", desk.name(path), 0, what, hint)


def _markdown_files(desk: Desk, folder: Path) -> Iterator[Path]:
    def unreadable(error: OSError) -> None:
        what = f"cannot be read: {error.strerror or error}"
        desk.findings.error("unreadable", desk.name(Path(error.filename)), 0, what)

    if not folder.is_dir():
        if folder.exists():
            desk.findings.error("unreadable", desk.name(folder), 0, "is not a folder")
        return
    for parent, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not is_ignored(name))
        for name in folders:
            if Path(parent, name).is_symlink():
                shown = desk.name(Path(parent, name))
                what = "is a link to a folder, and is not read"
                desk.findings.warn("unexpected-file", shown, 0, what, "Put the files here.")
        for name in sorted(files):
            path = Path(parent, name)
            if not is_ignored(name) and _is_ours(desk, path):
                yield path


def _is_ours(desk: Desk, path: Path) -> bool:
    shown = desk.name(path)
    if not shown.isprintable():
        where = desk.name(desk.folder)
        what = f"the name {path.name!r} cannot be shown"
        desk.findings.error("file-name", where, 0, what, "Rename the file, in UTF-8.")
        return False
    if path.suffix != ".md":
        what = "is not read: only files that end in .md are"
        desk.findings.warn("unexpected-file", shown, 0, what, _elsewhere(path))
        return False
    if path.is_symlink() and not path.resolve().is_relative_to(desk.folder.resolve()):
        what = "is a link to a file outside the newsletter's folder"
        desk.findings.error("file-name", shown, 0, what, "Put the file itself here.")
        return False
    return True


def _elsewhere(path: Path) -> str:
    if path.suffix.lower() in (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".pdf"):
        return "Pictures go to assets/."
    return "Rename it, or move it away."


def _split_name(desk: Desk, path: Path) -> tuple[str, str]:
    """Return (id, language), or ("", "") where the name is wrong."""
    stem = unicodedata.normalize("NFC", path.name.removesuffix(".md"))
    base, dot, tail = stem.rpartition(".")
    default = desk.languages[0]
    known = {tag.lower(): tag for tag in desk.languages}
    problem = hint = ""
    if not dot or not base:
        name, language = stem, default
    elif tag := known.get(tail.lower()):
        name, language = base, tag
        if tag == default:
            problem = f"{default} is the default language, whose files have no ending of their own"
            hint = f"Rename it to {base}.md."
    else:
        name, language = stem, default
        if _LANGUAGE_LIKE.fullmatch(tail) and path.with_name(f"{base}.md").exists():
            problem = f"'{tail}' is not a language of this newsletter"
            hint = f"The languages are {', '.join(desk.languages)}."
    if not problem and (len(name) > _LONGEST_ID or _UNFIT.search(name) or name != name.strip()):
        problem, hint = "the name cannot be an id", "Shorten it to letters, digits and hyphens."
    if problem:
        desk.findings.error("file-name", desk.name(path), 0, problem, hint)
        return "", ""
    return name, language


def _refuse_doubles(desk: Desk, groups: Mapping[tuple[str, str], Mapping[str, Path]]) -> None:
    first: dict[str, Path] = {}
    for (_, name), files in sorted(groups.items()):
        path = files.get(desk.languages[0])
        if path is None:
            continue
        twin = first.setdefault(name.casefold(), path)
        if twin is not path:
            what = f"the id '{name}' is taken by {desk.name(twin)}"
            hint = "Rename one of the two; ids are unique over all folders and letter cases."
            desk.findings.error("double-id", desk.name(path), 0, what, hint)
