"""The scripts that a host's name is written in, and letters that pass for others (UTS 39).

A small part of Unicode's data, for the trick that is really used: a Cyrillic or Greek letter in a
Latin name, or a whole name of them. Latin beside Han, kana, Hangul or Bopomofo is how people in
East Asia write, and no trick.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

#: Letters of other scripts -> the Latin letter that they pass for.
_PASSES_FOR = {
    **dict(zip("асԁеһіјӏорԛѕԝху", "acdehijlopqswxy", strict=True)),
    **dict(zip("αγεικνορτυχωβηϲ", "ayeikvoptuxwbnc", strict=True)),
    **dict(zip("օսհոռցզա", "ouhnnqqw", strict=True)),
    "ı": "i",
    "ł": "l",
    "ø": "o",
    "đ": "d",
}
_LOOSELY = str.maketrans({"0": "o", "1": "l", "3": "e", "5": "s", "|": "l"})
_TOGETHER = (
    frozenset(("LATIN", "CJK", "HIRAGANA", "KATAKANA")),
    frozenset(("LATIN", "CJK", "BOPOMOFO")),
    frozenset(("LATIN", "CJK", "HANGUL")),
)


def unicode_host(host: str) -> str:
    """Return a host with its A-labels (RFC 5890) as a reader sees them."""
    return ".".join(_label(label) for label in host.lower().rstrip(".").split("."))


def _label(label: str) -> str:
    if not label.startswith("xn--") or len(label) > 63:
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def is_mixed(label: str) -> bool:
    """Return whether a label is written in scripts that nobody writes together."""
    scripts = {_script(character) for character in label if character.isalpha()} - {""}
    return len(scripts) > 1 and not any(scripts <= each for each in _TOGETHER)


def passes_for(label: str) -> str:
    """Return the Latin word that a label of another script passes for, "" where it does not."""
    letters = [character for character in label if character.isalpha()]
    if label.isascii() or not letters or any(_script(each) == "LATIN" for each in letters):
        return ""
    if not all(letter in _PASSES_FOR for letter in letters):
        return ""
    return "".join(_PASSES_FOR.get(character, character) for character in label)


def skeleton(host: str) -> str:
    """Return what a host looks like at a glance: equal for two that one may take for each other."""
    plain = unicodedata.normalize("NFKD", unicode_host(host))
    letters = (_PASSES_FOR.get(c, c) for c in plain if not unicodedata.combining(c))
    loose = "".join(letters).translate(_LOOSELY)
    return loose.replace("rn", "m").replace("vv", "w").replace("cl", "d").replace("i", "l")


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    name = unicodedata.name(character, "")
    first = name.partition(" ")[0].partition("-")[0]
    if first in ("FULLWIDTH", "HALFWIDTH"):
        first = name.split(" ")[1]
    return "" if first in ("MODIFIER", "MASCULINE", "FEMININE", "IDEOGRAPHIC") else first
