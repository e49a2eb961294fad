"""What a component is shown with, alone: words of the next issue, or of a specimen issue.

The real issue comes first, so that an editor sees what readers would. Where it holds nothing that
the component needs (no event, no question), a made-up issue of the same newsletter stands in; its
words are in `templates/mail/specimens/phrases/`. Both go the way of any issue: arranged, rendered
by the site's own templates, checked, compiled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from digest.model.audience import EVERYONE, Rule, Term
from digest.model.edition import Edition
from digest.model.issue import (
    Figure,
    Issue,
    Item,
    ItemKind,
    ItemText,
    Note,
    NoteText,
    OpportunityStatus,
    Question,
    QuestionText,
)
from digest.model.newsletter import Newsletter
from digest.rendering.inventory import KINDS, Component
from digest.rendering.local import FALLBACK, Dictionary, Words
from digest.rendering.view import EntryView, FigureView, IssueView

Values = Mapping[str, object]

#: What a component cannot be shown without. A kind needs an entry of its own.
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "blocks/opportunities": ("section_of_opportunities",),
    "blocks/section": ("section",),
    "blocks/top": ("doubtful",),
    "kinds/invitation": ("invitation",),
    "kinds/opportunity": ("panel",),
    "pieces/bar": ("factor",),
    "pieces/bars": ("factor",),
    "pieces/doubt": ("doubtful",),
    "pieces/figures": ("figure", "doubtful"),
    "pieces/h2": ("entry",),
    "pieces/h3": ("entry",),
    "pieces/head": ("section",),
    "pieces/item": ("entry",),
    "pieces/number": ("figure",),
    "pieces/opportunity": ("panel",),
    "pieces/panel": ("panel",),
    "pieces/panels": ("entry",),
    "pieces/tile": ("figure", "doubtful"),
}


def everything_in(issue: Issue, language: str) -> Edition:
    """Return an edition of all that an issue holds, which no reader gets."""
    return Edition(
        key="specimen",
        language=language,
        items=tuple(item.id for item in issue.items),
        question=next((each.id for each in issue.questions), None),
        audience="all",
    )


def values_for(component: Component, view: IssueView) -> Values | None:
    """Return what a component's template sees of an issue; None where something is missing."""
    found = _values(component, view)
    if component.group == KINDS and component.name in {kind.value for kind in ItemKind}:
        needed: tuple[str, ...] = ("panel",) if component.name == "opportunity" else ("entry",)
    else:
        needed = _NEEDS.get(component.id, ())
    return found if all(found[name] for name in needed) else None


def _values(component: Component, view: IssueView) -> dict[str, object]:
    entries = [entry for section in view.sections for entry in section.entries]
    kinds = {kind.value for kind in ItemKind}
    if component.group == KINDS and component.name in kinds:
        entries = [entry for entry in entries if entry.kind == component.name]
    figures = [
        figure for section in view.sections for entry in section.entries for figure in entry.figures
    ]
    plain = [figure for figure in figures if figure.bars is None]
    offers = [section for section in view.sections if section.opportunities]
    strong = next((section for section in offers if section.strong), None)
    panels = [panel for section in offers for panel in section.panels]
    section = next((each for each in view.sections if each.entries), None)
    return {
        "section": strong if component.id == "blocks/opportunities" else section,
        "section_of_opportunities": strong,
        "card": {"fresh": True, "open": True},
        "round": False,
        "entry": max(entries, key=_richness, default=None),
        "panel": next(iter(panels), None),
        "invitation": next((each.invitation for each in view.sections if each.invitation), None),
        "figure": _first(plain, settled=True),
        "doubtful": _first(plain, settled=False),
        "factor": next((each for each in figures if each.bars), None),
        "picture": next((each.icon for each in view.sections if each.icon), None),
    }


def _first(figures: Sequence[FigureView], *, settled: bool) -> FigureView | None:
    return next((each for each in figures if each.settled is settled), None)


def _richness(entry: EntryView) -> tuple[int, int]:
    """Return how much of what an entry may have it has; of equals the shorter one is shown."""
    parts = (entry.body, entry.voices, entry.figures, entry.do, entry.source, entry.link)
    return sum(map(bool, parts)), -len(entry.body.text)


def specimen_issue(newsletter: Newsletter, at: datetime, words: Dictionary) -> Issue:
    """Return an issue of a newsletter that holds one of everything."""
    return _Maker(newsletter, at, words).issue()


class _Maker:
    def __init__(self, newsletter: Newsletter, at: datetime, words: Dictionary) -> None:
        self._newsletter, self._at = newsletter, at
        english = words.words(FALLBACK)
        said = {tag: words.words(tag) for tag in newsletter.languages}
        self._words: dict[str, Words] = {
            tag: each for tag, each in said.items() if each.entries != english.entries
        }
        default = newsletter.default_language
        # A language without specimen words borrows the English ones, and says so.
        self._words.setdefault(default, english)
        self._tags = {tag: tag for tag in self._words}
        if self._words[default] is english:
            self._tags[default] = FALLBACK

    def issue(self) -> Issue:
        first = self._newsletter.sections[0].id
        asked = self._newsletter.rules.ask_section or first
        return Issue(
            newsletter=self._newsletter,
            number=1,
            cutoff_at=self._at,
            items=(
                self._item("takeaway", first),
                self._item("news", asked, ItemKind.NEWS),
                replace(self._item("event", first, ItemKind.EVENT), opens=timedelta(days=7)),
                self._offer("opportunity", first, OpportunityStatus.OPEN),
                self._offer("other", first, OpportunityStatus.ANNOUNCED),
            ),
            questions=(self._question(),),
            note=self._note(),
        )

    def _offer(self, name: str, section: str, status: OpportunityStatus) -> Item:
        made = self._item(name, section, ItemKind.OPPORTUNITY)
        return replace(made, status=status, rule=self._rule(), closes=timedelta(days=14))

    def _item(self, name: str, section: str, kind: ItemKind = ItemKind.TAKEAWAY) -> Item:
        texts = {
            tag: ItemText(
                language=self._tags[tag],
                title=words.entries[name],
                body=words.entries.get(f"{name}_body", words.entries["body"]).strip(),
                do=words.entries["do"],
                source=words.entries["source"] if name != "other" else "",
                link="https://news.example/" if name in ("news", "opportunity") else "",
                figures=_figures(words) if kind is ItemKind.TAKEAWAY else (),
            )
            for tag, words in self._words.items()
        }
        return Item(
            id=f"specimen-{name}",
            date=self._at.date(),
            section=section,
            kind=kind,
            texts=texts,
            content_hash=name,
        )

    def _rule(self) -> Rule:
        roles = sorted(self._newsletter.attributes.get("roles", {}))
        return Rule(terms=(Term("roles", (roles[0],)),)) if roles else EVERYONE

    def _question(self) -> Question:
        fields = sorted(self._newsletter.attributes.get("fields", {}))
        texts = {
            tag: QuestionText(
                language=self._tags[tag],
                question=words.entries["question"],
                body=words.entries["question_body"],
            )
            for tag, words in self._words.items()
        }
        return Question(
            id="specimen",
            field=fields[0] if fields else "specimen",
            closes=timedelta(days=14),
            quota=1,
            texts=texts,
            content_hash="question",
        )

    def _note(self) -> Note:
        texts = {
            tag: NoteText(
                language=self._tags[tag],
                title=words.entries["title"],
                lead=words.entries["lead"],
                body=words.entries["note"],
            )
            for tag, words in self._words.items()
        }
        return Note(texts=texts, content_hash="note")


def _figures(words: Words) -> tuple[Figure, ...]:
    def figure(name: str, *, unit: str = "", number: int = 1, settled: bool = True) -> Figure:
        return Figure(
            id=name,
            number=number,
            unit=unit,
            text=words.entries[name],
            label=words.entries[f"{name}_label"],
            settled=settled,
            highlight=True,
        )

    return (
        figure("figure"),
        figure("doubtful", settled=False),
        figure("factor", unit="×", number=17),
    )
