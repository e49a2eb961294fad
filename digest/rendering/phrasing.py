"""Headings that break between phrases, as a careful typesetter would break them.

Japanese and Chinese have no spaces, so a browser may break a heading in the middle of a word. Here
a heading says where it may break (`<wbr>`), and the style forbids all other places. An author who
knows better puts a zero-width space (U+200B) where it may break: then only those places count.
"""

from __future__ import annotations

import re
from itertools import pairwise

from markupsafe import Markup, escape

from digest.rendering.local import is_cjk
from digest.rendering.wrapping import one_line

#: An author's own sign for "here it may break"; nobody sees it.
BREAK = "\u200b"

_WORD = r"[^\s\u3000-\u303f\u3040-\u309f\uff00-\uff0f\uff1a-\uff20]"
_CLOSING = "、。，．：；！？）」』】〉》”"
#: After punctuation; after a closing bracket only where no particle follows it.
_PUNCTUATED = (
    rf"(?<=[、。，．：；！？])(?=[^{_CLOSING}\s])"
    rf"|(?<=[）」』】〉》”])(?=[^{_CLOSING}\s\u3040-\u309f])"
)
#: Before an opening bracket.
_OPENED = r"(?<=[^\s（「『【〈《“])(?=[（「『【〈《“])"
#: A number and its English magnitude stay on one line.
_MAGNITUDE = re.compile(r"(?<=\d) (?=(?:million|billion|trillion|times|yuan)\b)")
_PHRASES = {
    # After a particle or the end of a verb that describes what follows, where the next phrase
    # begins with a kanji, a katakana or a Latin letter.
    "ja": re.compile(rf"{_PUNCTUATED}|{_OPENED}|(?<=[はがをにでとのもへやなたる])(?={_WORD})"),
    "zh": re.compile(rf"{_PUNCTUATED}|{_OPENED}|(?<=的)(?={_WORD})"),
}


class Heading(str):
    """A title on one line. As HTML it says where it may break; as text it is only itself."""

    phrases: tuple[str, ...]

    def __new__(cls, text: str, language: str) -> Heading:
        """Take a title as an editor wrote it, and the language that it is written in."""
        line = one_line(text)
        heading = super().__new__(cls, line.replace(BREAK, ""))
        heading.phrases = _phrases(line, language)
        return heading

    def __html__(self) -> str:
        """Return the title as markup: Jinja asks for it wherever it escapes."""
        return Markup("<wbr />").join(
            escape(_MAGNITUDE.sub("\u00a0", each)) for each in self.phrases
        )


def _phrases(line: str, language: str) -> tuple[str, ...]:
    if BREAK in line:
        return tuple(filter(None, line.split(BREAK)))
    pattern = _PHRASES.get(language.split("-", maxsplit=1)[0].lower())
    if pattern is None or not is_cjk(language):
        return (line,)
    places = [0, *(match.start() for match in pattern.finditer(line)), len(line)]
    return tuple(line[start:end] for start, end in pairwise(places))
