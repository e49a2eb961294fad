"""An index of the words of many texts that say nearly the same, such as the mails of one mailing.

Each paragraph is kept once, however many texts hold it, so that ten thousand editions with another
name in each cost little more than one. A search is for parts of words, in any script: it needs to
know nothing of where a word ends in Chinese or Japanese. Compared after NFKC and case folding.
"""

from __future__ import annotations

import re
import unicodedata

#: More of one text is not searched.
LONGEST = 200_000
MOST_TERMS = 20

_BREAK = re.compile(r"\n\s*\n")
#: Between two of these a line's end is no space: text in wide characters is wrapped anywhere.
_WIDE = r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]"
_WIDE_WRAP = re.compile(rf"(?<={_WIDE})\n[ \t]*(?={_WIDE})")


def folded(text: str) -> str:
    """Return a text as it is compared: `Ｄigest` is `digest`, `STRASSE` is `straße`."""
    return unicodedata.normalize("NFKC", text).casefold()


def terms_of(query: str) -> tuple[str, ...]:
    """Return what all has to be in a text: words, and "several words" that stand together."""
    found = (quoted or plain for quoted, plain in re.findall(r'"([^"]+)"|(\S+)', query))
    terms = dict.fromkeys(folded(one).strip('"') for one in found)
    return tuple(term for term in terms if term)[:MOST_TERMS]


class WordsIndex:
    """Texts cut into paragraphs, each kept once."""

    def __init__(self) -> None:
        """Begin with none."""
        self._numbers: dict[str, int] = {}

    def add(self, text: str) -> tuple[int, ...]:
        """Keep a text, and return the numbers of its paragraphs."""
        numbers = self._numbers
        return tuple(
            numbers.setdefault(paragraph, len(numbers))
            for paragraph in dict.fromkeys(_paragraphs(text))
        )

    def holding(self, term: str) -> frozenset[int]:
        """Return the numbers of the paragraphs that hold a term."""
        return frozenset(number for text, number in self._numbers.items() if term in text)

    def __len__(self) -> int:
        """Return how many paragraphs are kept."""
        return len(self._numbers)


def _paragraphs(text: str) -> list[str]:
    joined = _WIDE_WRAP.sub("", text[:LONGEST].replace("\r\n", "\n"))
    return [" ".join(folded(part).split()) for part in _BREAK.split(joined) if part.strip()]
