"""Arranges an edition as `arranging` does, every text with the sign of where it is written.

What must stay true: as strings, all texts are those of the plain view, so a template that compares,
measures or cuts them does what it does in the mail; only their HTML carries signs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from digest.model.issue import Figure, Item, ItemText
from digest.rendering.arranging import Arranger
from digest.rendering.local import is_cjk
from digest.rendering.phrasing import Heading
from digest.rendering.prose import Prose, Voice, sign_voices
from digest.rendering.signs import Origin, Signs, Written, WrittenHeading
from digest.rendering.view import EntryView, FigureView, InvitationView, IssueView, SectionView
from digest.rendering.wrapping import one_line

#: So much of a text is enough to know it by.
_WORDS = 90


@dataclass(frozen=True, kw_only=True)
class Writer:
    """Signs the texts of one thing, which is written in one file, or in one and its default."""

    signs: Signs
    about: str
    files: tuple[str, ...]
    template: str

    def line(self, part: str, text: str, *keys: str | int) -> str:
        """Return a text of one line with its sign; nothing stays nothing."""
        return Written(text, self._sign(part, text, keys)) if text else text

    def heading(self, part: str, text: Heading, *keys: str | int) -> Heading:
        """Return a heading with its sign."""
        return WrittenHeading.of(text, self._sign(part, text, keys)) if text else text

    def prose(
        self, markdown: str, language: str, *keys: str | int
    ) -> tuple[Prose, tuple[Voice, ...]]:
        """Return a text in Markdown and its voices, each block with the sign of its line."""
        sign = self._of_line(markdown.split("\n"), keys)
        return sign_voices(markdown, sign, upright=is_cjk(language))

    def figure(self, view: FigureView, figure: Figure) -> FigureView:
        """Return a figure with its signs."""
        text, label = ("figures", figure.id, "text"), ("figures", figure.id, "label")
        return replace(
            view,
            text=self.line("figure", view.text, *text),
            number=self.line("figure", view.number, *text),
            label=self.line("figure's label", view.label, *label),
        )

    def _of_line(self, lines: list[str], keys: tuple[str | int, ...]) -> Callable[[int], str]:
        def sign(at: int) -> str:
            words = lines[at] if at < len(lines) else ""
            return self._sign("text", words, keys, below=at)

        return sign

    def _sign(self, part: str, words: str, keys: tuple[str | int, ...], below: int = 0) -> str:
        origin = Origin(
            about=self.about,
            part=part,
            words=one_line(words)[:_WORDS],
            files=tuple(dict.fromkeys(filter(None, self.files))),
            keys=keys,
            below=below,
            template=self.template,
        )
        return self.signs.sign(origin)


@dataclass(frozen=True)
class SigningArranger(Arranger):
    """An arranger whose view tells where it is written."""

    signs: Signs

    def arrange(self) -> IssueView:
        """Return what the templates show, signed (errors as of an arranger)."""
        view, newsletter = super().arrange(), self.issue.newsletter
        note, language = self._note(), self.edition.language
        written = self._written_note("top")
        named, foot = self._newsletter("head"), self._newsletter("foot")
        title, lead = view.title, written.line("lead", view.lead, "lead")
        if note.title:
            title = written.heading("title", title, "title")
        else:
            title = self._newsletter("top").heading("name", title, "name")
        about = self._translated(newsletter.about)
        return replace(
            view,
            title=title,
            lead=lead,
            note=self._written_note("note").prose(note.body, note.language)[0],
            newsletter=named.line("name", view.newsletter, "name"),
            hero_alt=self._newsletter("hero").line(
                "picture", view.hero_alt, "pictures", "hero_alt", language
            ),
            source=foot.line("source", view.source, "source", language),
            about=foot.prose(about, language, "about", language)[0],
            postal_address=tuple(
                foot.line("postal address", line, "postal_address") for line in view.postal_address
            ),
            shared_source=self._signed_source(view.shared_source),
        )

    def _tiles(self, entries: Iterable[ItemText]) -> tuple[FigureView, ...]:
        texts = list(entries)
        chosen = [
            (self._item(item, text, "blocks/top"), figure)
            for item, text in zip(self._shown, texts, strict=True)
            for figure in text.figures
            if figure.highlight
        ]
        tiles = super()._tiles(texts)
        return tuple(
            writer.figure(tile, figure)
            for tile, (writer, figure) in zip(tiles, chosen, strict=False)
        )

    def _sections(self) -> Iterable[SectionView]:
        places = {each.id: at for at, each in enumerate(self.issue.newsletter.sections)}
        for section in super()._sections():
            place = places.get(section.id)
            if place is None:
                yield section
                continue
            deep = section.strong and section.opportunities
            writer = self._newsletter("opportunities" if deep else "section", section.id)
            keys = ("sections", place, "title", self.edition.language)
            yield replace(section, title=writer.heading("title", section.title, *keys))

    def _entry(self, item: Item, section_id: str) -> EntryView:
        entry, text = super()._entry(item, section_id), self._text(item)
        writer = self._item(item, text, f"kinds/{item.kind.value}")
        day = "closes" if item.closes else "opens" if item.opens else "status"
        signed = replace(
            entry,
            title=writer.heading("title", entry.title, "title"),
            do=writer.line("what to do", entry.do, "do"),
            source=writer.line("source", entry.source, "source"),
            status_text=writer.line("status", entry.status_text, "status"),
            dates=writer.line("dates", entry.dates, day),
            # A panel takes it from the first of its entries.
            audience=writer.line("for whom", entry.audience, "for"),
        )
        if item.section != section_id:
            return signed
        body, voices = writer.prose(text.body, text.language)
        figures = zip(entry.figures, text.figures, strict=True)
        return replace(
            signed,
            body=body,
            voices=voices,
            figures=tuple(writer.figure(view, figure) for view, figure in figures),
        )

    def _invitation(self) -> InvitationView | None:
        view = super()._invitation()
        if view is None:
            return None
        question = next(each for each in self.issue.questions if each.id == self.edition.question)
        default = self.issue.newsletter.default_language
        text = question.texts.get(self.edition.language) or question.texts[default]
        writer = Writer(
            signs=self.signs,
            about=f"question {question.id}",
            files=(text.file, question.file),
            template="mail/kinds/invitation.mjml.j2",
        )
        return replace(
            view,
            question=writer.heading("question", view.question, "question"),
            body=writer.prose(text.body, text.language)[0],
            deadline=writer.line("deadline", view.deadline, "closes"),
        )

    def _item(self, item: Item, text: ItemText, template: str) -> Writer:
        return Writer(
            signs=self.signs,
            about=f"item {item.id}",
            files=(text.file, item.file),
            template=f"mail/{template}.mjml.j2",
        )

    def _written_note(self, template: str) -> Writer:
        folder = "kinds" if template == "note" else "blocks"
        return Writer(
            signs=self.signs,
            about="note",
            files=(self._note().file,),
            template=f"mail/{folder}/{template}.mjml.j2",
        )

    def _newsletter(self, template: str, section: str = "") -> Writer:
        return Writer(
            signs=self.signs,
            about=f"section {section}" if section else "newsletter",
            files=(f"content/{self.issue.newsletter.id}/newsletter.toml",),
            template=f"mail/blocks/{template}.mjml.j2",
        )

    def _signed_source(self, source: str) -> str:
        """Return what every item names as its source, as the first of them says it."""
        if not source:
            return source
        first = self._shown[0]
        return self._item(first, self._text(first), "blocks/foot").line("source", source, "source")
