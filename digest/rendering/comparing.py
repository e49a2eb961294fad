"""What is new, gone and changed between two texts, passage by passage and word by word. Pure.

Passages that say nearly the same stand for each other and are compared by words; of all others one
is gone and one is new, for a word-by-word comparison of two things that have nothing in common says
nothing. What must stay true: where a text breaks its lines is no difference, words are found in
scripts without spaces too, and texts made to be slow are compared coarsely rather than slowly.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import zip_longest

#: So much of two passages must be the same for one to be the other, changed.
_ALIKE = 0.5
#: Where so many pairs would have to be looked at, nothing is paired.
_MOST_PAIRS = 40_000
#: Longer passages are not compared by words.
_MOST_WORDS = 2_000
_SIGN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
#: Signs of scripts without spaces are words of their own; what follows a word belongs to it.
_WORD = re.compile(
    r"(?:[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
    r"|[^\w\s])\s*"
)


class Change(StrEnum):
    """What became of something."""

    SAME = "same"
    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A stretch of words, all of which are the same, new or gone."""

    change: Change
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One of the first sequence, one of the second, or a pair of them, by number."""

    change: Change
    before: int | None = None
    after: int | None = None


def aligned(before: Sequence[str], after: Sequence[str]) -> list[Step]:
    """Return what became of each text of a sequence, in reading order."""
    old, new = [_sense(each) for each in before], [_sense(each) for each in after]
    steps: list[Step] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new).get_opcodes():
        if tag == "equal":
            pairs = zip(range(i1, i2), range(j1, j2), strict=True)
            steps += (Step(change=Change.SAME, before=i, after=j) for i, j in pairs)
            continue
        for i, j in (*_pairs(before, after, (i1, i2), (j1, j2)), (i2, j2)):
            steps += (Step(change=Change.GONE, before=each) for each in range(i1, i))
            steps += (Step(change=Change.NEW, after=each) for each in range(j1, j))
            if i < i2:
                steps.append(Step(change=Change.CHANGED, before=i, after=j))
            i1, j1 = i + 1, j + 1  # noqa: PLW2901 - what is behind this pair
    return steps


def by_words(before: str, after: str) -> tuple[Piece, ...]:
    """Return a text with what is new and gone in it; its line breaks are those of `after`.

    Where too little is alike, all of the first is gone and all of the second new.
    """
    old, new = _WORD.findall(before), _WORD.findall(after)
    is_long = len(old) > _MOST_WORDS or len(new) > _MOST_WORDS
    if is_long or _likeness(_words(before), _words(after)) < _ALIKE:
        both = ((Change.GONE, before), (Change.NEW, after))
        return tuple(Piece(change=change, text=text) for change, text in both if text)
    matcher = SequenceMatcher(None, [each.strip() for each in old], [each.strip() for each in new])
    pieces: list[Piece] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            pieces.append(Piece(change=Change.SAME, text="".join(new[j1:j2])))
            continue
        gone, come = "".join(old[i1:i2]), "".join(new[j1:j2])
        pieces += [Piece(change=Change.GONE, text=gone)] if gone else []
        pieces += [Piece(change=Change.NEW, text=come)] if come else []
    return tuple(pieces)


def _sense(text: str) -> tuple[str, ...]:
    """Return the words of a text, whatever white space is between them."""
    return tuple(each.strip() for each in _WORD.findall(text))


def _pairs(
    before: Sequence[str], after: Sequence[str], rows: tuple[int, int], columns: tuple[int, int]
) -> list[tuple[int, int]]:
    """Return which stand for which in two stretches: in order, as alike as can be."""
    (top, bottom), (left, right) = rows, columns
    if (bottom - top) * (right - left) > _MOST_PAIRS:
        return []
    old = [_words(each) for each in before[top:bottom]]
    new = [_words(each) for each in after[left:right]]
    alike = [[_likeness(one, other) for other in new] for one in old]
    # best[i][j]: how alike the rest is from i and j on.
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            paired = alike[i][j] + best[i + 1][j + 1] if alike[i][j] >= _ALIKE else 0.0
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    found: list[tuple[int, int]] = []
    i = j = 0
    while i < len(old) and j < len(new):
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            found.append((top + i, left + j))
            i, j = i + 1, j + 1
    return found


def _words(text: str) -> frozenset[str]:
    """Return the words by which texts are alike; of scripts without spaces, pairs of signs.

    Two texts of such a script share half of their signs by chance.
    """
    words = [each.strip() for each in _WORD.findall(text[:8_000])]
    pairs = zip_longest(words, words[1:], fillvalue="")
    return frozenset(
        one + after if _SIGN.fullmatch(one) and _SIGN.fullmatch(after) else one
        for one, after in pairs
    )


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Return how much of two sets of words is in both, from 0 to 1 (Dice)."""
    total = len(one) + len(other)
    return 2 * len(one & other) / total if total else 0.0
