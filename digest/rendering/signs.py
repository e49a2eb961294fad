"""Signs: how a rendered mail still tells in which file each of its blocks is written.

Templates flatten what they print, and a site's own may print anything anywhere. So a text carries a
sign before its first word, through template and compiler, and the element in which the sign then
stands is the block. What must stay true: signs are letters and digits, so that nothing changes
them; content cannot forge one (they hold a hash of all that it says); what is signed is only looked
at by the preview and never sent, and without its signs is the mail that is.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from markupsafe import Markup, escape

from digest.rendering.phrasing import Heading

#: The attribute of a block's element; its value is the block's number.
ATTRIBUTE = "data-block"
_PIECE = re.compile(
    r"<!--.*?-->"
    r"|<(?P<verbatim>style|script|title)\b[^>]*>.*?</(?P=verbatim)\s*>"
    r"|<!(?!--)[^>]*>"
    r"|<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9:-]*)(?P<rest>(?:\"[^\"]*\"|'[^']*'|[^'\">])*)>",
    re.DOTALL | re.IGNORECASE,
)
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where a text is written: a key of a file, or a line of its body."""

    about: str
    """What it belongs to, such as `item pay-palm`."""
    part: str
    """Which part of that it is, such as `title`."""
    words: str
    """What it says, for a list; or its beginning."""
    files: tuple[str, ...]
    """Relative to the site: the file that says it, before those that it inherits from."""
    keys: tuple[str | int, ...] = ()
    """The path of its key; without one, it stands in the body. A figure is named by its id."""
    below: int = 0
    """How many lines below the body's first one."""
    template: str = ""
    """The template that draws it, such as `mail/kinds/news.mjml.j2`."""


class Signs:
    """The signs of one edition, each for an origin."""

    def __init__(self, nonce: str) -> None:
        """Derive them from the edition's nonce, which they do not hold."""
        self._sign = "bk" + hashlib.sha256(f"blocks {nonce}".encode()).hexdigest()[:24]
        self.origins: list[Origin] = []
        self._known: dict[Origin, int] = {}

    def sign(self, origin: Origin) -> str:
        """Return the sign of an origin."""
        if origin not in self._known:
            self._known[origin] = len(self.origins)
            self.origins.append(origin)
        return f"{self._sign}{self._known[origin]:05d}k"

    @property
    def pattern(self) -> re.Pattern[str]:
        """Return what finds a sign; its group is the origin's number."""
        return re.compile(rf"{self._sign}([0-9]{{5}})k")


@dataclass(frozen=True, kw_only=True, slots=True)
class Traced:
    """A mail whose blocks are known."""

    plain: str
    """The HTML without any sign: what is sent, if the templates only print what they are given."""
    html: str
    """The same, the element of each block with a `data-block`."""
    blocks: tuple[tuple[int, Origin], ...]
    """What stands in it, as it stands there: the number in `data-block`, and the origin."""


class Written(str):
    """A text that carries its sign where it is printed as HTML, and is itself everywhere else."""

    sign: str

    def __new__(cls, text: str, sign: str) -> Written:
        """Sign a text."""
        made = super().__new__(cls, text)
        made.sign = sign
        return made

    def __html__(self) -> str:
        """Return the text as markup: Jinja asks for it wherever it escapes."""
        return Markup(self.sign) + escape(str(self))  # noqa: S704  letters and digits


class WrittenHeading(Heading):
    """A heading that carries its sign where it is printed as HTML."""

    sign: str

    @classmethod
    def of(cls, heading: Heading, sign: str) -> WrittenHeading:
        """Sign a heading."""
        made = str.__new__(cls, heading)
        made.phrases, made.sign = heading.phrases, sign
        return made

    def __html__(self) -> str:
        """Return the heading as markup, its sign before its first word."""
        return Markup(self.sign) + Markup(super().__html__())  # noqa: S704  escaped there


def read_signs(html: str, signs: Signs) -> Traced:
    """Return a mail without its signs, and with each block's element marked."""
    pattern = signs.pattern
    marks: dict[int, int] = {}  # where a start tag's name ends -> the number of the block
    for at, number in _places(html, pattern):
        marks.setdefault(at, number)
    pieces, position = [], 0
    for at, number in sorted(marks.items()):
        pieces += [html[position:at], f' {ATTRIBUTE}="{number}"']
        position = at
    pieces.append(html[position:])
    shown = list(dict.fromkeys(number for _, number in sorted(marks.items())))
    return Traced(
        plain=pattern.sub("", html),
        html=pattern.sub("", "".join(pieces)),
        blocks=tuple((number, signs.origins[number]) for number in shown),
    )


def _places(html: str, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    """Return, for each sign, where its element's name ends, and the sign's number."""
    found: list[tuple[int, int]] = []
    opened: list[tuple[str, int]] = []

    def note(text: str, at: int) -> None:
        found.extend((at, int(sign[1])) for sign in pattern.finditer(text))

    position = 0
    for piece in _PIECE.finditer(html):
        if opened:
            note(html[position : piece.start()], opened[-1][1])
        position = piece.end()
        name = (piece["name"] or "").lower()
        if not name:
            continue
        if piece["close"]:
            _close(opened, name)
            continue
        note(piece["rest"], piece.end("name"))
        if name not in _VOID and not piece["rest"].endswith("/"):
            opened.append((name, piece.end("name")))
    return found


def _close(opened: list[tuple[str, int]], name: str) -> None:
    """Close an element and what is left open in it; what was never opened closes nothing."""
    for at in range(len(opened) - 1, -1, -1):
        if opened[at][0] == name:
            del opened[at:]
            return
