"""The components that a mail is made of: which there are, what each is for, and its source.

Blocks and kinds are template files; pieces are the macros of `components.mjml.j2`. A site's own
files stand before the shipped ones of the same name, and those that only it has are there as well.
What must stay true: a file is read only below a template folder, with no way out through a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

BLOCKS, KINDS, PIECES = "blocks", "kinds", "pieces"
GROUPS = (BLOCKS, KINDS, PIECES)
#: Blocks as a mail has them, from above; a site's own come after these.
_IN_A_MAIL = ("head", "hero", "top", "section", "opportunities", "foot")
MACROS = "mail/components.mjml.j2"
SPECIMENS = "mail/specimens"
_END = ".mjml.j2"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,60}")
_MACRO = re.compile(
    r"^[ \t]*\{%-?\s*macro\s+(\w+)\(.*?\{%-?\s*endmacro\s*-?%\}", re.DOTALL | re.MULTILINE
)
_COMMENT = re.compile(r"\{#-?(.*?)-?#\}", re.DOTALL)
_TAG = re.compile(r"<(mj-[a-z]+)")
_LARGEST = 200_000
_BODY_TAGS = ("mj-section", "mj-wrapper")


@dataclass(frozen=True, kw_only=True, slots=True)
class Component:
    """One component."""

    group: str
    name: str
    about: str
    """What its author says of it, or ""."""
    template: str
    """The template that it stands in, such as `mail/kinds/news.mjml.j2`."""
    line: int
    """Where it begins there."""
    source: str
    shown: str
    """The template by which it is drawn alone, or "" where nobody has written one."""
    level: str
    """What `shown` is: `body` for sections, `column` for what stands in one, `text` for HTML."""
    specimen: str = ""
    """The source of `shown`, where that is another."""

    @property
    def id(self) -> str:
        """Return the name that no other component has."""
        return f"{self.group}/{self.name}"


def list_components(folders: Sequence[Path]) -> list[Component]:
    """Return the components of the template folders, the first of which has the last word."""
    return [*_files(folders, BLOCKS), *_files(folders, KINDS), *_pieces(folders)]


def _files(folders: Sequence[Path], group: str) -> Iterator[Component]:
    for name in _names(folders, f"mail/{group}"):
        template = f"mail/{group}/{name}{_END}"
        source = _read(folders, template)
        if source is not None:
            yield _component(folders, group, name, _Written(template, source, shown=template))


def _pieces(folders: Sequence[Path]) -> Iterator[Component]:
    whole = _read(folders, MACROS) or ""
    macros = {found[1]: found for found in _MACRO.finditer(whole)}
    for name, found in macros.items():
        start = _with_comment(whole, found.start())
        line = whole.count("\n", 0, start) + 1
        yield _component(
            folders, PIECES, name, _Written(MACROS, whole[start : found.end()], line=line)
        )
    for name in _names(folders, f"{SPECIMENS}/{PIECES}"):
        template = f"{SPECIMENS}/{PIECES}/{name}{_END}"
        source = _read(folders, template)
        if name not in macros and source is not None:
            yield _component(folders, PIECES, name, _Written(template, source, shown=template))


@dataclass(frozen=True, slots=True)
class _Written:
    """Where a component is written, and how it can be drawn without a specimen."""

    template: str
    source: str
    line: int = 1
    shown: str = ""


def _component(folders: Sequence[Path], group: str, name: str, written: _Written) -> Component:
    template = f"{SPECIMENS}/{group}/{name}{_END}"
    specimen = None if template == written.template else _read(folders, template)
    return Component(
        group=group,
        name=name,
        about=_about(written.source),
        template=written.template,
        line=written.line,
        source=written.source,
        shown=written.shown if specimen is None else template,
        level=_level(written.source if specimen is None else specimen),
        specimen=specimen or "",
    )


def _names(folders: Sequence[Path], folder: str) -> list[str]:
    found = (path.name for root in folders for path in (root / folder).glob(f"*{_END}"))
    names = {name.removesuffix(_END) for name in found}
    return sorted((name for name in names if _NAME.fullmatch(name)), key=_place)


def _place(name: str) -> tuple[int, str]:
    return _IN_A_MAIL.index(name) if name in _IN_A_MAIL else len(_IN_A_MAIL), name


def _read(folders: Sequence[Path], template: str) -> str | None:
    """Return the text of the template that Jinja would take; None where it may not be shown."""
    for root in folders:
        path = root / template
        try:
            if not path.exists():
                continue
            inside = path.resolve().is_relative_to(root.resolve()) and path.is_file()
            if not inside or path.stat().st_size > _LARGEST:
                return None
            return path.read_text(encoding="utf-8", errors="replace").removeprefix("\ufeff")
        except OSError:
            return None
    return None


def _with_comment(text: str, start: int) -> int:
    """Return where the comment right above a macro begins, or the macro itself."""
    above = text[:start].rstrip()
    return above.rfind("{#") if above.endswith("#}") else start


def _about(source: str) -> str:
    found = _COMMENT.match(source.lstrip())
    return " ".join(found[1].split()) if found else ""


def _level(source: str) -> str:
    found = _TAG.search(_COMMENT.sub("", source))
    if found is None:
        return "text"
    return "body" if found[1] in _BODY_TAGS else "column"
