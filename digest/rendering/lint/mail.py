"""What every family of rules is given: one rendered edition, read once, and where it is from.

A rule says what it noticed with `Mail.noticed`; level and advice come from the rule, the edition's
name and, where words or an address are known, the file from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from digest.model.edition import Edition, Placeholder, Rendered
from digest.model.finding import CheckRule, Finding
from digest.model.issue import Issue, ItemText, NoteText, QuestionText
from digest.rendering.lint.outlook import Conditionals, read_conditionals
from digest.rendering.lint.tree import Document, Element, read_html

#: A family of rules: looks at a mail and yields what it noticed.
Family = Callable[["Mail"], Iterator[Finding]]

_LONGEST_QUOTE = 60


@dataclass(frozen=True)
class Mail:
    """A rendered edition, read."""

    rendered: Rendered
    edition: Edition
    issue: Issue
    heaviest: int
    """How many bytes the placeholders of the heaviest reader add to the HTML."""
    links: frozenset[Placeholder]
    """The personal links that the mailing offers."""

    @cached_property
    def html(self) -> Document:
        """Return the tree as every client but Outlook sees it."""
        return read_html(self.rendered.html)

    @cached_property
    def conditionals(self) -> Conditionals:
        """Return what Outlook sees, and what is wrong with its comments."""
        return read_conditionals(self.html.pieces)

    @cached_property
    def name(self) -> str:
        """Return how the edition is called in findings: language and the start of its key."""
        return f"{self.edition.language} {self.edition.key[:8]}"

    def placeholder(self, address: str) -> Placeholder | None:
        """Return the placeholder that an address is, or None where it is a plain one."""
        return self.rendered.markers.get(address.strip())

    def noticed(
        self, rule: CheckRule, what: str, *, about: str = "", file: str = "", hint: str = ""
    ) -> Finding:
        """Return a finding; `about` is words or an address, by which its file is looked for."""
        return Finding(
            rule=rule.id,
            level=rule.level,
            what=what,
            file=file or (self.file_of(about) if about else ""),
            edition=self.name,
            hint=hint or rule.mend,
        )

    def file_of(self, words: str) -> str:
        """Return the file in which an editor wrote these words, "" where no text holds them."""
        wanted = " ".join(words.split())
        if len(wanted) < 2:
            return ""
        return next((file for file, text in self._written if wanted in text), "")

    @property
    def note_file(self) -> str:
        """Return the file of the note in this edition's language, "" where there is none."""
        note = self._note
        return note.file if note else ""

    @property
    def newsletter_file(self) -> str:
        """Return the file of the newsletter itself."""
        return f"content/{self.issue.newsletter.id}/newsletter.toml"

    @cached_property
    def _note(self) -> NoteText | None:
        texts = self.issue.note.texts if self.issue.note else {}
        default = self.issue.newsletter.default_language
        return texts.get(self.edition.language) or texts.get(default)

    @cached_property
    def _written(self) -> list[tuple[str, str]]:
        """Return (file, what an editor wrote in it) of all that this edition shows."""
        found: list[tuple[str, str]] = []
        if note := self._note:
            parts = (note.subject, note.preheader, note.title, note.lead, note.body)
            found.append((note.file, _joined(*parts)))
        found += [(text.file, _words_of(text)) for text in self._items()]
        found += [(text.file, _joined(text.question, text.body)) for text in self._question()]
        newsletter = self.issue.newsletter
        said = (*newsletter.about.values(), *newsletter.source.values(), newsletter.postal_address)
        titles = [title for section in newsletter.sections for title in section.title.values()]
        found.append((self.newsletter_file, _joined(newsletter.name, *said, *titles)))
        return found

    def _items(self) -> Iterator[ItemText]:
        default = self.issue.newsletter.default_language
        shown = set(self.edition.items)
        for item in self.issue.items:
            text = item.text(self.edition.language) or item.texts.get(default)
            if text and item.id in shown:
                yield text

    def _question(self) -> Iterator[QuestionText]:
        default = self.issue.newsletter.default_language
        for question in self.issue.questions:
            text = question.texts.get(self.edition.language) or question.texts.get(default)
            if text and question.id == self.edition.question:
                yield text


def quoted(text: str) -> str:
    """Return a piece of a mail as a finding shows it: on one line, short, nothing invisible."""
    line = "".join(c if c.isprintable() else "\ufffd" for c in " ".join(text.split()))
    return f"'{line[:_LONGEST_QUOTE]}…'" if len(line) > _LONGEST_QUOTE else f"'{line}'"


def words_of(element: Element) -> str:
    """Return an element's words on one line."""
    return " ".join(element.text.split())


def _words_of(text: ItemText) -> str:
    figures = (part for figure in text.figures for part in (figure.text, figure.label))
    return _joined(text.title, text.body, text.do, text.link, text.source, *figures)


def _joined(*parts: str) -> str:
    return "\n".join(" ".join(part.split()) for part in parts if part)
