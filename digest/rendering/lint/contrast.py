"""Words that cannot be read on what lies behind them, in light and in dark (WCAG 2.2, 1.4.3).

Nothing is said where ink or paper cannot be known; `unknown` tells where that is, so that a test
can hold our own templates to being known everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from digest.model.finding import CheckRule, Finding, Level
from digest.rendering.lint.cascade import has_schemes, looks
from digest.rendering.lint.colour import Colour, contrast
from digest.rendering.lint.looks import Look
from digest.rendering.lint.mail import Mail, quoted
from digest.rendering.lint.tree import Document

UNREADABLE = CheckRule(
    id="unreadable-text",
    level=Level.ERROR,
    what="words whose contrast is below 3 (large ones: below 2), in light or in dark",
    why="many readers cannot read them at all, and in sunlight nobody can",
    mend="Darken the ink or lighten what is behind it in theme.toml, in the scheme that is named.",
)
LOW = CheckRule(
    id="low-contrast",
    level=Level.WARNING,
    what="words whose contrast is below 4.5 (large ones: below 3), in light or in dark",
    why="readers with weak eyes or bad screens lose them; WCAG 2.2 AA asks for this much",
    mend="Darken the ink or lighten what is behind it in theme.toml, in the scheme that is named.",
)
RULES = (UNREADABLE, LOW)

#: 18 points, or 14 in bold (WCAG 2.2).
_LARGE = 24.0
_LARGE_BOLD = 18.66


def check(mail: Mail) -> Iterator[Finding]:
    """Yield one finding for each pair of colours that is too close, with the first of its words."""
    for scheme in schemes(mail.html):
        seen: set[tuple[Colour, Colour, bool]] = set()
        for words, look in _shown(mail.html, scheme):
            pair = _pair(look)
            if pair is None:
                continue
            ink, paper = pair
            large = look.size >= (_LARGE_BOLD if look.bold else _LARGE)
            ratio, needed = contrast(ink, paper), 3.0 if large else 4.5
            if ratio >= needed or (ink, paper, large) in seen:
                continue
            seen.add((ink, paper, large))
            rule = UNREADABLE if ratio < needed - (1.0 if large else 1.5) else LOW
            what = (
                f"{quoted(words)} has a contrast of {ratio:.2f} in {scheme}"
                f" ({ink} on {paper}); {needed:g} is needed"
            )
            yield mail.noticed(rule, what, file="templates/mail/theme.toml")


def schemes(document: Document) -> tuple[str, ...]:
    """Return the schemes in which a mail has a look of its own."""
    return ("light", "dark") if has_schemes(tuple(document.styles)) else ("light",)


def unknown(document: Document, scheme: str) -> list[str]:
    """Return the words of which ink or paper cannot be known."""
    return [words.strip() for words, look in _shown(document, scheme) if _pair(look) is None]


def _shown(document: Document, scheme: str) -> Iterator[tuple[str, Look]]:
    """Yield the words that a reader sees, each with its look."""
    seen = looks(document, scheme)
    for element, words in document.words:
        look = seen.get(element)
        if look and not look.hidden and any(map(str.isalnum, words)):
            yield words, look


def _pair(look: Look) -> tuple[Colour, Colour] | None:
    """Return ink and paper as they reach the eye."""
    ink, paper = look.ink, look.paper
    if ink is None or paper is None:
        return None
    ink = ink.over(paper)
    for share, beneath in look.fades:
        if beneath is None:
            return None
        ink, paper = ink.faded(share, beneath), paper.faded(share, beneath)
    return ink, paper
