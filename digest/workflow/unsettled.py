"""Whether every unsettled figure of an edition carries its mark of doubt, in both parts.

Templates print the mark right after the figure or after its label (or a sign of it before: ≈); a
template that forgets it turns a doubtful number into a fact. What an editor wrote in the prose is
not looked at here: there the words of doubt are the editor's own, and proofreading asks for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from digest.model.edition import Edition, Rendered
from digest.model.finding import Finding, Level
from digest.model.issue import Figure, Issue, ItemText, Note, NoteText, Question, QuestionText
from digest.rendering.lint.reading import Part, tokens

#: So many characters beside a number tell whether it stands in an editor's own sentence.
_CONTEXT = 6
_LEAST = 3
#: Right before a value it is a mark as well: on a bar there is no room for a word.
_ABOUT = "≈"
_HIDDEN = frozenset({"style", "script", "title"})
# Blanks of every width, soft hyphens and what Markdown marks with: they differ between the parts.
_NOISE = re.compile(r"[\s\u00ad\u200b-\u200d\u2060\ufeff*_`\\\[\]]+")
_NUMBER_BEFORE = re.compile(r"\d[.,]?\Z")
_SIGNS = re.compile(r"[\W_]+")


def lost_doubts(rendered: Rendered, edition: Edition, issue: Issue, doubt: str) -> list[Finding]:
    """Return a finding for each unsettled figure whose value stands somewhere without its doubt.

    `doubt` is the word that templates mark such a figure with, in the edition's language.
    """
    texts = _item_texts(edition, issue)
    figures = [(text, figure) for text in texts for figure in text.figures]
    unsettled = [(text, figure) for text, figure in figures if not figure.settled]
    if not unsettled:
        return []
    settled = frozenset(_bare(figure.label) for _, figure in figures if figure.settled)
    authored = _flat("\n".join(_authored(texts, edition, issue)))
    # A site whose word for doubt is empty marks nothing, and no text begins with NUL.
    mark = _Mark(doubt=_bare(doubt) or "\0", settled=settled, authored=authored)
    parts = {"HTML": _flat(_visible(rendered.html)), "text": _flat(rendered.text)}
    return [
        _finding(text, figure, part, edition)
        for text, figure in unsettled
        for part, flat in parts.items()
        if mark.is_missing(figure, flat)
    ]


@dataclass(frozen=True, slots=True)
class _Mark:
    """What excuses a value that stands in a part."""

    doubt: str
    settled: frozenset[str]
    """Labels of settled figures: another figure may have the same value, and be sure of it."""
    authored: str

    def is_missing(self, figure: Figure, flat: str) -> bool:
        value, label = _flat(figure.text), _bare(figure.label)
        return any(
            flat[start - 1 : start] != _ABOUT
            and not self._is_marked(flat[end:], label)
            and not self._is_prose(flat, start, end)
            for start, end in _occurrences(value, flat)
        )

    def _is_marked(self, rest: str, label: str) -> bool:
        after = _after_signs(rest[: 40 + len(label) + len(self.doubt)])
        if after.startswith(self.doubt):
            return True
        if label and after.startswith(label):
            return _after_signs(after.removeprefix(label)).startswith(self.doubt)
        longer = _after_signs(rest[:400])
        return any(each and longer.startswith(each) for each in self.settled)

    def _is_prose(self, flat: str, start: int, end: int) -> bool:
        before = flat[max(0, start - _CONTEXT) : start]
        after = flat[end : end + _CONTEXT]
        value = flat[start:end]
        # The value alone, at an edge of the part, stands in no sentence.
        return (len(before) >= _LEAST and before + value in self.authored) or (
            len(after) >= _LEAST and value + after in self.authored
        )


def _occurrences(value: str, flat: str) -> Iterator[tuple[int, int]]:
    """Yield where a value stands that is not a piece of a longer number."""
    start = flat.find(value) if value else -1
    while start >= 0:
        end = start + len(value)
        inside = value[0].isdigit() and _NUMBER_BEFORE.search(flat[max(0, start - 2) : start])
        if not inside and not (value[-1].isdigit() and flat[end : end + 1].isdigit()):
            yield start, end
        start = flat.find(value, end)


def _item_texts(edition: Edition, issue: Issue) -> list[ItemText]:
    items = {item.id: item for item in issue.items}
    default = issue.newsletter.default_language
    shown = [items[item_id] for item_id in edition.items if item_id in items]
    return [item.text(edition.language) or item.texts[default] for item in shown]


def _authored(texts: list[ItemText], edition: Edition, issue: Issue) -> Iterator[str]:
    for text in texts:
        yield from (text.title, text.body, text.do, text.source)
        # A label may quote what others say; what it says is its editor's business too.
        yield from (figure.label for figure in text.figures)
    default = issue.newsletter.default_language
    others: list[NoteText | QuestionText] = []
    nouns: list[Note | Question] = [*([issue.note] if issue.note else []), *issue.questions]
    for noun in nouns:
        others += [text for tag, text in noun.texts.items() if tag in (edition.language, default)]
    for other in others:
        if isinstance(other, NoteText):
            yield from (other.subject, other.preheader, other.title, other.lead)
        else:
            yield other.question
        yield other.body


def _visible(source: str) -> str:
    """Return the text that a reader sees of an HTML part."""
    said, hidden = [], 0
    for token in tokens(source):
        if token.part is Part.TEXT and not hidden:
            said.append(token.text)
        elif token.text in _HIDDEN:
            hidden = max(0, hidden + (token.part is Part.OPEN) - (token.part is Part.CLOSE))
    return "".join(said)


def _flat(text: str) -> str:
    return _NOISE.sub("", text)


def _bare(text: str) -> str:
    return _after_signs(_flat(text))


def _after_signs(text: str) -> str:
    found = _SIGNS.match(text)
    return text[found.end() :] if found else text


def _finding(text: ItemText, figure: Figure, part: str, edition: Edition) -> Finding:
    return Finding(
        rule="doubt-lost",
        level=Level.ERROR,
        file=text.file,
        edition=f"{edition.language} {edition.key[:8]}",
        what=f"the {part} part says '{figure.text}' (figure '{figure.id}') without its doubt",
        hint="It is not settled: its template has to print the mark after it or after its label.",
    )
