"""Proofreading of numbers: figures, what repeats them, and what translations say of both.

An error here is a number of which a reader would believe something else than was told: another
magnitude, another unit, or more certainty than there is. What stays true: the default text may say
numbers of its own, which then bind its translations; a translation may add none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from digest.content.agreement import Disagreement, disagreements, one_digit_off, resembles
from digest.content.check_rules import noticed
from digest.content.doubt import is_doubted
from digest.content.numerals import is_readable, read_numbers, read_unit
from digest.content.parts import Part, Places, Prose
from digest.content.quantities import TIMES, Kind, Quantity, figure_quantity
from digest.model.finding import Finding
from digest.model.issue import Figure, Item, ItemText

#: Words for a unit that say two things in prose, and one in a figure.
_UNIT_WORDS = {"times": TIMES, "fold": TIMES, "-fold": TIMES, "x": TIMES}
#: What may stand in a figure's text beside its number: when, how long, which.
_BESIDE = frozenset({Kind.YEAR, Kind.DATE, Kind.SPAN, Kind.ORDINAL, Kind.CLOCK})


@dataclass(frozen=True, kw_only=True)
class NumberProof:
    """Proofreads the numbers of one newsletter."""

    default_language: str
    places: Places
    figures: Sequence[tuple[Figure, Quantity]] = ()
    """Of all items that may still be sent: a note may repeat them."""

    def item(self, item: Item, prose: Prose) -> Iterator[Finding]:
        """Yield what is wrong with the numbers of an item, in all its languages."""
        figures = [(one, self.quantity(one)) for one in item.texts[self.default_language].figures]
        yield from self._figure_texts(item, figures)
        default = prose[self.default_language].values()
        confirmed = [
            number
            for language, parts in prose.items()
            for part in parts.values()
            for number in part.numbers
            if language != self.default_language
        ]
        quantities = [quantity for _, quantity in figures]
        yield from _once(
            [*self._prose(prose, figures), *self._slips(default, quantities, confirmed)]
        )

    def text(self, prose: Prose) -> Iterator[Finding]:
        """Yield what is wrong with the numbers of a note or a question."""
        yield from _once(self._prose(prose, self.figures))

    def parts(self, parts: Mapping[str, Part]) -> Iterator[Finding]:
        """Yield what is wrong with the numbers of one text of newsletter.toml, by language."""
        default = parts.get(self.default_language)
        others = [part for language, part in parts.items() if language != self.default_language]
        if default:
            known = _known([default], ())
            for part in others:
                yield from self._against(part, default, known, ())

    def quantity(self, figure: Figure) -> Quantity:
        """Return what a figure says by its number and its unit."""
        unit, scale = figure.unit.strip(), 1
        unit = _UNIT_WORDS.get(unit, unit)
        name = unit
        if unit and unit != TIMES:
            name, scale = read_unit(unit, self.default_language)
        said = f"{figure.number:,} {figure.unit}".strip()
        return figure_quantity(figure.number, name, scale, said)

    # --- figures --------------------------------------------------------------------------------

    def _figure_texts(
        self, item: Item, figures: Sequence[tuple[Figure, Quantity]]
    ) -> Iterator[Finding]:
        default = item.texts[self.default_language]
        inherited = {figure.id: figure.text for figure in default.figures}
        for language, text in item.texts.items():
            for (_, quantity), figure in zip(figures, text.figures, strict=True):
                own = language == self.default_language or figure.text != inherited[figure.id]
                if (
                    own
                    and is_readable(language)
                    and (says := _wrong_text(figure, quantity, language))
                ):
                    line = self.places.key(text.file, "figures", figure.id, "text")
                    what = f"the figure '{figure.id}' is {quantity.said}, and its text {says}"
                    hint = "Make 'text' say the same as 'number' and 'unit'."
                    yield noticed("figure-text", text.file, what, hint, line)

    # --- prose ----------------------------------------------------------------------------------

    def _prose(self, prose: Prose, figures: Sequence[tuple[Figure, Quantity]]) -> Iterator[Finding]:
        default = prose[self.default_language]
        quantities = [quantity for _, quantity in figures]
        known = _known(default.values(), quantities)
        comparable = is_readable(self.default_language)
        for language, parts in prose.items():
            yield from self._doubts(parts.values(), figures)
            if language != self.default_language and comparable and is_readable(language):
                for name, part in parts.items():
                    yield from self._against(part, default.get(name), known, quantities)

    def _against(
        self,
        part: Part,
        default: Part | None,
        known: Sequence[Quantity],
        figures: Sequence[Quantity],
    ) -> Iterator[Finding]:
        said = default.numbers if default else ()
        for wrong in disagreements(part.text, part.numbers, said, known):
            yield self._disagreement(wrong, part, default, figures)

    def _disagreement(
        self, wrong: Disagreement, part: Part, default: Part | None, figures: Sequence[Quantity]
    ) -> Finding:
        number, other = wrong.number, wrong.instead_of
        if other is None or default is None:
            what = f"the {part.name} says '{number.said}', and {self.default_language} does not"
            hint = "A number is a figure of the item, or stands in the default text as well."
            if figures:
                hint += f" The figures are {_listed(figures)}."
            return noticed("number-disagrees", part.file, what, hint, self._line(part, number))
        if _is_figure(number, figures) and not _is_figure(other, figures):
            # The translation repeats a figure, so the slip is in the default text.
            what = f"the {part.name} says '{other.said}', where {part.language} has '{number.said}'"
            hint = f"The figures are {_listed(figures)}."
            return noticed("number-disagrees", default.file, what, hint, self._line(default, other))
        what = f"the {part.name} says '{number.said}', where {default.language} has '{other.said}'"
        hint = f"Mend it here or in {default.file}:{self._line(default, other)}."
        return noticed("number-disagrees", part.file, what, hint, self._line(part, number))

    def _slips(
        self, parts: Iterable[Part], figures: Sequence[Quantity], confirmed: Sequence[Quantity]
    ) -> Iterator[Finding]:
        """Yield numbers of the default text that look like a figure and are none."""
        for part in parts:
            for number in part.numbers:
                if _is_figure(number, [*figures, *confirmed]):
                    continue
                unsaid = [one for one in figures if not _is_figure(one, part.numbers)]
                for figure in unsaid:
                    rule = "number-disagrees" if resembles(number, figure) else "number-near-figure"
                    if rule == "number-disagrees" or one_digit_off(number, figure):
                        what = (
                            f"the {part.name} says '{number.said}', and the figure is {figure.said}"
                        )
                        hint = "If both are meant, say the figure beside it; otherwise mend one."
                        yield noticed(rule, part.file, what, hint, self._line(part, number))
                        break

    def _doubts(
        self, parts: Iterable[Part], figures: Sequence[tuple[Figure, Quantity]]
    ) -> Iterator[Finding]:
        settled = [quantity for figure, quantity in figures if figure.settled]
        unsettled = [(figure, quantity) for figure, quantity in figures if not figure.settled]
        for part in parts:
            if not unsettled or part.name.startswith("label"):
                continue
            for number in part.numbers:
                figure = _repeated(number, unsettled)
                if figure is None or _is_figure(number, settled) or is_doubted(part, number.start):
                    continue
                what = f"the {part.name} states '{number.said}', and '{figure.id}' is not settled"
                hint = "Say that it is unsure, or whose number it is, in this sentence or the next."
                if part.is_heading:
                    hint = "Take the number out, make it a question, or say that it is unsure."
                yield noticed("doubt-dropped", part.file, what, hint, self._line(part, number))

    def _line(self, part: Part, number: Quantity) -> int:
        return self.places.line(part, number.start)


def _once(findings: Iterable[Finding]) -> list[Finding]:
    """Return each number once that several languages, or several rules, find wrong."""
    first: dict[tuple[str, int, str], Finding] = {}
    for finding in findings:
        about = finding.what.split("', ")[0]
        first.setdefault((finding.file, finding.line, about), finding)
    return list(first.values())


def _wrong_text(figure: Figure, quantity: Quantity, language: str) -> str:
    """Return what a figure's text says wrongly, or ""."""
    found = _numbers_of(figure, language)
    if not found:
        return f"('{figure.text}') says no number"
    if not any(number.agrees(quantity) for number in found):
        return f"says '{figure.text}'"
    others = (
        number.said
        for number in found
        if not number.agrees(quantity) and number.kind not in _BESIDE and not number.is_one
    )
    return "".join(f"says '{other}' as well" for other in list(others)[:1])


def _numbers_of(figure: Figure, language: str) -> tuple[Quantity, ...]:
    found = read_numbers(figure.text, language)
    if not found and figure.unit and figure.unit in figure.text:
        # A unit that nobody taught us, written on to the number: 5GB.
        return read_numbers(figure.text.replace(figure.unit, f" {figure.unit}"), language)
    return found


def _known(parts: Iterable[Part], figures: Sequence[Quantity]) -> list[Quantity]:
    """Return what a translation may say: figures, and the default's numbers."""
    return [*figures, *(number for part in parts for number in part.numbers)]


def _is_figure(number: Quantity, figures: Iterable[Quantity]) -> bool:
    return any(number.agrees(figure) for figure in figures)


def _repeated(number: Quantity, figures: Iterable[tuple[Figure, Quantity]]) -> Figure | None:
    """Return the figure that a number repeats; a small count of things repeats none."""
    if number.kind is Kind.COUNT:
        return None
    return next((figure for figure, quantity in figures if number.agrees(quantity)), None)


def _listed(figures: Sequence[Quantity]) -> str:
    return ", ".join(dict.fromkeys(figure.said for figure in figures[:6]))


def texts_with_unread_numbers(languages: Iterable[str]) -> list[str]:
    """Return the languages whose numbers nobody compares."""
    return [language for language in languages if not is_readable(language)]


def item_figures(proof: NumberProof, items: Iterable[Item]) -> list[tuple[Figure, Quantity]]:
    """Return all figures of some items, in the default language."""
    found: list[tuple[Figure, Quantity]] = []
    for item in items:
        text: ItemText = item.texts[proof.default_language]
        found += [(figure, proof.quantity(figure)) for figure in text.figures]
    return found
