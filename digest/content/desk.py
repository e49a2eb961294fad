"""What is at hand while a newsletter's folder is read: where it lies, its newsletter, its findings.

The newsletter is None while newsletter.toml is wrong. Files are read all the same, so that their
own errors are not hidden behind that one; only what needs the newsletter is left unchecked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from digest.content.assets import complaint, links
from digest.content.documents import Document, FileDocument
from digest.content.explain import explain
from digest.content.findings import Findings, suggest
from digest.content.frontmatter import Source, parse_document, read_text
from digest.model.finding import Waiver
from digest.model.issue import When
from digest.model.newsletter import Newsletter

D = TypeVar("D", bound=FileDocument)

#: A line of a translation that begins so is not written yet; `digest new` puts it there.
UNFINISHED = "TODO"


@dataclass(frozen=True, kw_only=True)
class Desk:
    """One reading of one newsletter's folder."""

    site: Path
    folder: Path
    languages: tuple[str, ...]
    """The first is the default; as newsletter.toml says them even when it is wrong elsewhere."""
    newsletter: Newsletter | None
    findings: Findings = field(default_factory=Findings)
    sent: frozenset[str] = frozenset()
    """Ids of the items that stand in a receipt: nobody need translate them any more."""

    def name(self, path: Path) -> str:
        """Return a path as it is shown to people: relative to the site."""
        return path.relative_to(self.site).as_posix()

    def load(self, path: Path, document: type[D]) -> tuple[Source, D] | None:
        """Read and check one Markdown file; None, and findings, where it is wrong."""
        file = self.name(path)
        with self.findings.catching("unreadable"):
            text = read_text(path, file)
            source = parse_document(text, file)
            self._check_body_links(source)
            try:
                checked = document.model_validate(source.data)
            except ValidationError as error:
                self.findings.add(*explain(error, source, document))
            else:
                self._keep_waivers(source, checked)
                return source, checked
        return None

    def error(
        self, rule: str, source: Source, path: tuple[str | int, ...], what: str, hint: str = ""
    ) -> None:
        """Note what is wrong with a key of a file."""
        self.findings.error(rule, source.file, source.line(*path), what, hint)

    def check_section(self, source: Source, section: str, *path: str | int) -> None:
        """Note a section that newsletter.toml does not have."""
        if not self.newsletter:
            return
        known = [section.id for section in self.newsletter.sections]
        if section not in known:
            self.error(
                "unknown-section",
                source,
                path,
                f"unknown section '{section}'",
                suggest(section, known),
            )

    def check_value(self, source: Source, attribute: str, value: str, *path: str | int) -> None:
        """Note a value that newsletter.toml does not declare for an attribute."""
        if not self.newsletter:
            return
        known = self.newsletter.attributes.get(declared_under(attribute), {})
        if value not in known:
            what = f"'{value}' is not one of the {attribute} in newsletter.toml"
            self.error("unknown-value", source, path, what, suggest(value, known))

    def check_order(self, source: Source, opens: When, closes: When) -> None:
        """Note something that closes before it opens."""
        both_spans = isinstance(opens, timedelta) and isinstance(closes, timedelta)
        both_days = isinstance(opens, date) and isinstance(closes, date)
        if (both_spans or both_days) and closes < opens:  # type: ignore[operator]  # of one kind
            what = "'closes' lies before 'opens'"
            self.error("order", source, ("closes",), what, "Mend one of the two.")

    def check_link(self, source: Source, link: str | None) -> None:
        """Note a `link` that leads nowhere."""
        if link and (wrong := complaint(link, self.folder)):
            self.error("dead-link", source, ("link",), *wrong)

    def _keep_waivers(self, source: Source, document: FileDocument) -> None:
        """Keep what a file says not to mind: in it, and in its translations beside it."""
        stem = source.file.removesuffix(".md")
        covers = (source.file, *(f"{stem}.{language}.md" for language in self.languages))
        self.findings.waivers += waivers_in(document.waive, source, covers)

    def _check_body_links(self, source: Source) -> None:
        for line, destination in links(source.body):
            if wrong := complaint(destination, self.folder):
                self.findings.error("dead-link", source.file, source.body_line + line, *wrong)

    def note_untranslated(self, file: str, language: str, name: str, hint: str = "") -> None:
        """Note that readers of a language will see something in the default language."""
        what = f"not translated into {language}"
        hint = hint or f"Readers of {language} get it in {self.languages[0]}. Write {name}."
        self.findings.warn("missing-translation", file, 0, what, hint)


def waivers_in(
    said: Mapping[str, str], source: Source, covers: tuple[str, ...] = ()
) -> list[Waiver]:
    """Return the waivers of a file's `waive`, each with its line."""
    return [
        Waiver(
            rule=rule,
            reason=reason,
            file=source.file,
            line=source.line("waive", rule),
            covers=covers,
        )
        for rule, reason in said.items()
    ]


def declared_under(attribute: str) -> str:
    """Return the table of newsletter.toml that holds an attribute's values."""
    return "fields" if attribute == "verified" else attribute


def is_unfinished(document: Document) -> bool:
    """Return whether a line of a document is still to be written."""
    return any(
        isinstance(value, str) and value.startswith(UNFINISHED)
        for value in document.model_dump(exclude_none=True).values()
    )
