"""Markdown as the prose that a reader sees, line for line, and the sentences of it.

What is not prose (code, link destinations, HTML, list numbers) is taken out, so that a number in
an address is not mistaken for a statement. Lines stay where they are: a place in the prose is a
line of the file.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import pairwise

from digest.content.assets import without_code

_FLAGS = re.MULTILINE
_LIST_NUMBER = re.compile(r"^([ >]*)\d{1,9}[.)](?=[ \t])", _FLAGS)
_DEFINITION = re.compile(r"^ {0,3}\[[^\[\]\n]{1,300}\]:.*$", _FLAGS)
_DESTINATION = re.compile(r"\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)")
_REFERENCE = re.compile(r"\]\[[^\[\]\n]{0,300}\]")
_MARKUP = re.compile(r"<[/!a-zA-Z][^<>]{0,500}>|&#?[a-zA-Z0-9]{1,32};|[*_\\`\[]|!(?=\[)")
_ADDRESS = re.compile(
    r"\b(?:https?://|www\.)[^\s<>]+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]+"
)
_NOTHING = re.compile(r"[`\[<>&*_\\@]|^ *>? *\d+[.)] |://|www\.", _FLAGS)

# A full stop ends a sentence before a blank only, or 2.64 would be two.
_END = re.compile(r"[.!?][\"”’')\]]*(?=\s|$)|[。！？!?][」』”’）)]*|\n\s*\n|\n(?=\s*[-*+] )")


def plain(markdown: str) -> str:
    """Return the prose of a Markdown text, with as many lines."""
    if not _NOTHING.search(markdown):
        return markdown
    text = without_code(markdown)
    text = _LIST_NUMBER.sub(r"\1", text)
    text = _DEFINITION.sub("", text)
    text = _DESTINATION.sub("", text)
    text = _REFERENCE.sub("", text)
    text = _ADDRESS.sub(lambda found: " " * len(found[0]), text)
    return _MARKUP.sub(_leave_lines, text)


def _leave_lines(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n")


#: A sentence that goes on for longer than this is none.
_FAR = 500


class Sentences:
    """The sentences of a text, to look around a place in it."""

    def __init__(self, text: str) -> None:
        """Cut a text that is prose already."""
        cuts = [0, *(found.end() for found in _END.finditer(text)), len(text)]
        spans = ((start, text[start:end]) for start, end in pairwise(cuts))
        kept = [(start, said) for start, said in spans if said.strip()]
        self._starts = [start for start, _ in kept]
        self._said = [said for _, said in kept]

    def around(self, place: int) -> str:
        """Return the sentence that holds a place, with its neighbours."""
        here = max(0, bisect_right(self._starts, place) - 1)
        if not self._said:
            return ""
        within = place - self._starts[here]
        said = self._said[here][max(0, within - _FAR) : within + _FAR]
        before = self._said[here - 1][-_FAR:] if here else ""
        after = self._said[here + 1][:_FAR] if here + 1 < len(self._said) else ""
        return f"{before}\n{said}\n{after}"
