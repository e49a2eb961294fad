"""Items: from their files to nouns, checked against newsletter.toml.

An item has a text in each language that somebody finished; each text is whole, with what it
inherits filled in. Until every file of an item is right there is no item at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from digest.content.desk import UNFINISHED, Desk, declared_under, is_unfinished
from digest.content.documents import (
    FigureDocument,
    FigureTranslation,
    ItemDocument,
    ItemTranslation,
    TermsDocument,
)
from digest.content.filing import Filed, file_by_id
from digest.content.findings import suggest
from digest.content.fingerprint import hash_item
from digest.content.frontmatter import Source
from digest.model.audience import Rule, Term
from digest.model.issue import Figure, Item, ItemKind, ItemText

#: More tiles than this do not fit over an issue.
MOST_HIGHLIGHTS = 4


def read_items(desk: Desk) -> tuple[Item, ...]:
    """Return the items of a newsletter, by id; what is wrong goes to the findings."""
    read = (_read_item(desk, filed) for filed in file_by_id(desk, "items"))
    return tuple(sorted((item for item in read if item), key=lambda item: item.id))


def _read_item(desk: Desk, filed: Filed) -> Item | None:
    default = desk.load(filed.default, ItemDocument)
    translations = {
        language: desk.load(path, ItemTranslation) for language, path in filed.translations.items()
    }
    if default:
        _check_item(desk, *default)
    for loaded in translations.values():
        if loaded:
            desk.check_link(loaded[0], loaded[1].link)
    if not default:
        return None
    source, document = default
    texts = {desk.languages[0]: _default_text(desk, source, document)}
    for language, loaded in translations.items():
        if loaded and (text := _translate(desk, language, texts[desk.languages[0]], *loaded)):
            texts[language] = text
    if filed.id not in desk.sent:
        for language in desk.languages[1:]:
            if language not in translations:
                desk.note_untranslated(source.file, language, filed.translation_name(language))
    return _item(filed.id, source, document, texts)


def _item(
    item_id: str, source: Source, document: ItemDocument, texts: Mapping[str, ItemText]
) -> Item:
    item = Item(
        id=item_id,
        date=document.date,
        section=document.section,
        kind=document.kind,
        rule=_rule(document),
        status=document.status,
        also_in=tuple(
            dict.fromkeys(block for block in document.also_in if block != document.section)
        ),
        opens=document.opens,
        closes=document.closes,
        pin=document.pin,
        hold=document.hold,
        expires=document.expires,
        weight=document.weight,
        texts=texts,
        content_hash="",
        file=source.file,
    )
    return replace(item, content_hash=hash_item(item))


def _default_text(desk: Desk, source: Source, document: ItemDocument) -> ItemText:
    return ItemText(
        language=desk.languages[0],
        title=document.title,
        body=source.body,
        do=document.do or "",
        link=document.link or "",
        source=document.source or "",
        figures=tuple(_figure(figure) for figure in document.figures),
        file=source.file,
    )


def _figure(figure: FigureDocument) -> Figure:
    return Figure(
        id=figure.id,
        number=figure.number,
        unit=figure.unit or "",
        text=figure.text,
        label=figure.label,
        settled=figure.settled,
        highlight=figure.highlight,
    )


def _translate(
    desk: Desk, language: str, default: ItemText, source: Source, document: ItemTranslation
) -> ItemText | None:
    """Return the text in a language, or None (and a warning) where it is not finished."""
    said = _figure_translations(desk, default, source, document)
    if is_unfinished(document) or (default.body and not source.body):
        missing = f"it still says {UNFINISHED}" if is_unfinished(document) else "it has no text"
        hint = f"Until {source.file} is finished ({missing}), readers get {desk.languages[0]}."
        desk.note_untranslated(source.file, language, source.file, hint)
        return None
    return ItemText(
        language=language,
        title=document.title,
        body=source.body,
        do=document.do or default.do,
        link=document.link or default.link,
        source=document.source or default.source,
        figures=tuple(_translated(figure, said.get(figure.id)) for figure in default.figures),
        file=source.file,
    )


def _translated(figure: Figure, said: FigureTranslation | None) -> Figure:
    if not said:
        return figure
    return replace(figure, text=said.text or figure.text, label=said.label or figure.label)


def _figure_translations(
    desk: Desk, default: ItemText, source: Source, document: ItemTranslation
) -> dict[str, FigureTranslation]:
    known = [figure.id for figure in default.figures]
    said: dict[str, FigureTranslation] = {}
    for place, figure in enumerate(document.figures):
        path = ("figures", place, "id")
        if figure.id not in known:
            what = f"unknown figure '{figure.id}'"
            hint = suggest(figure.id, known) or f"{default.file} has no figures."
            desk.error("unknown-figure", source, path, what, hint)
        elif figure.id in said:
            desk.error("double", source, path, f"the figure '{figure.id}' stands twice")
        said[figure.id] = figure
    unlabelled = [name for name in known if name not in said or not said[name].label]
    if unlabelled and not is_unfinished(document):
        what = f"the label of figure '{unlabelled[0]}' is not translated"
        hint = f'Add a [[figures]] with id = "{unlabelled[0]}" and a label.'
        desk.findings.warn("missing-translation", source.file, source.line("figures"), what, hint)
    return said


def _check_item(desk: Desk, source: Source, document: ItemDocument) -> None:
    desk.check_section(source, document.section, "section")
    for place, section in enumerate(document.also_in):
        desk.check_section(source, section, "also_in", place)
    _check_kind(desk, source, document)
    _check_audience(desk, source, document)
    _check_figures(desk, source, document)
    desk.check_link(source, document.link)
    desk.check_order(source, document.opens, document.closes)


def _check_kind(desk: Desk, source: Source, document: ItemDocument) -> None:
    is_opportunity = document.kind is ItemKind.OPPORTUNITY
    if is_opportunity and document.status is None:
        hint = 'Add status = "announced", "pilot", "open" or "closed".'
        desk.error("missing-key", source, ("kind",), "an opportunity needs a status", hint)
    for key, present in (("status", document.status), ("also_in", document.also_in)):
        if present and not is_opportunity:
            hint = 'Delete it, or write kind = "opportunity".'
            desk.error("wrong-key", source, (key,), f"only an opportunity has '{key}'", hint)


def _check_figures(desk: Desk, source: Source, document: ItemDocument) -> None:
    ids: set[str] = set()
    highlights = 0
    for place, figure in enumerate(document.figures):
        if figure.id in ids:
            what = f"the figure '{figure.id}' stands twice"
            desk.error("double", source, ("figures", place, "id"), what, "Give it its own id.")
        ids.add(figure.id)
        highlights += figure.highlight
        if figure.highlight and highlights == MOST_HIGHLIGHTS + 1:
            what = f"more than {MOST_HIGHLIGHTS} figures are highlighted"
            hint = "Take highlight = true from the least important."
            desk.error("highlights", source, ("figures", place, "highlight"), what, hint)


def _check_audience(desk: Desk, source: Source, document: ItemDocument) -> None:
    audience = document.audience
    if not audience:
        return
    _check_terms(desk, source, audience, ("for",))
    if audience.unless:
        _check_terms(desk, source, audience.unless, ("for", "not"))


def _check_terms(
    desk: Desk, source: Source, terms: TermsDocument, path: tuple[str | int, ...]
) -> None:
    for attribute, values in terms.terms().items():
        if not values:
            what = f"'{attribute}' is an empty list, which selects nobody"
            desk.error("empty-list", source, (*path, attribute), what, "Leave the key out.")
        table = declared_under(attribute)
        if desk.newsletter and table not in desk.newsletter.attributes:
            what = f"newsletter.toml declares no [attributes.{table}]"
            hint = suggest(attribute, desk.newsletter.attributes) or "Declare it, or delete 'for'."
            desk.error("unknown-attribute", source, (*path, attribute), what, hint)
            continue
        for place, value in enumerate(values):
            desk.check_value(source, attribute, value, *path, attribute, place)


def _rule(document: ItemDocument) -> Rule:
    audience = document.audience
    if not audience:
        return Rule()
    return Rule(_terms(audience), _terms(audience.unless) if audience.unless else ())


def _terms(terms: TermsDocument) -> tuple[Term, ...]:
    return tuple(
        Term(attribute, tuple(sorted(set(values))))
        for attribute, values in sorted(terms.terms().items())
    )
