"""An editor's Markdown, for both parts of the mail: HTML with inline styles, and plain text.

CommonMark without raw HTML, then nh3's allow-list, so that nothing an editor (or a source they
paste) writes becomes markup of ours. Links are web, mail and telephone addresses
(the gate warns of http); another link is left as its text. Emphasis beside Japanese and Chinese
punctuation works, and a line break between two wide characters is no space.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token
from markdown_it.utils import EnvType
from markupsafe import Markup

from digest.rendering.wrapping import one_line

#: The only links that a mail of ours holds.
SAFE_SCHEMES = ("https://", "http://", "mailto:", "tel:")
_TAGS = {
    "p", "br", "strong", "em", "a", "ul", "ol", "li", "blockquote", "code", "pre", "h4", "hr",
}  # fmt: skip
#: A paragraph has none: the space around it is the browser's own, or the layout's.
_STYLES = {
    "ul": "margin:0 0 12px;padding:0 0 0 20px",
    "ol": "margin:0 0 12px;padding:0 0 0 24px",
    "li": "margin:0 0 6px",
    "blockquote": "margin:0 0 12px;padding:0 0 0 14px;border-left:3px solid",
    "code": "font-family:Consolas,Menlo,monospace;font-size:90%",
    "pre": "margin:0 0 12px;white-space:pre-wrap;font-family:Consolas,Menlo,monospace",
    "h4": "margin:0 0 6px;font-size:16px;line-height:1.5",
    "hr": "margin:0 0 12px;border:0;border-top:1px solid",
    "a": "color:inherit;text-decoration:underline",
}
#: Slanted Japanese and Chinese is hard to read; emphasis is weight there.
_UPRIGHT = "font-style:normal;font-weight:700"
_COLONS = ":："


@dataclass(frozen=True, slots=True)
class Prose:
    """A text in Markdown, ready for both parts. Empty is false."""

    html: Markup
    text: str
    """Every line is a paragraph or a list entry; `wrapping` breaks the lines."""

    def __bool__(self) -> bool:
        """Return whether there is anything to show."""
        return bool(self.text)


@dataclass(frozen=True, slots=True)
class Voice:
    """A paragraph that says first whose word it is: `**The author's opinion:** ...`."""

    heading: str
    prose: Prose
    """What is said, one paragraph; its HTML begins with a capital, as it stands under a heading."""


#: No prose at all.
NOTHING = Prose(Markup(), "")


class _CjkState(StateInline):
    """Emphasis marks beside CJK punctuation: a wide neighbour counts as a word's edge."""

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803
        """Return whether a run of `*` opens or closes; CommonMark 6.2, and wide neighbours."""
        found = super().scanDelims(start, canSplitWord)
        end = start + found.length
        before = self.src[start - 1] if start else " "
        after = self.src[end] if end < self.posMax else " "
        if not canSplitWord or not (_is_wide(before) or _is_wide(after)):
            return found
        return Scanned(not after.isspace(), not before.isspace(), found.length)


class _CjkInline(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        """Read inline Markdown as markdown-it does, with our state."""
        state = _CjkState(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


@cache
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "maxNesting": 20})
    markdown.inline = _CjkInline()
    markdown.configure("commonmark", {"html": False, "maxNesting": 20})
    markdown.disable(["html_block", "html_inline"])
    return markdown


@lru_cache(maxsize=2048)  # an item stands in many editions
def write_prose(markdown: str, *, upright: bool = False) -> Prose:
    """Return Markdown as HTML and text; `upright` writes emphasis as weight (Japanese, Chinese)."""
    return _prose(_read(markdown), upright=upright)


@lru_cache(maxsize=2048)
def write_voices(markdown: str, *, upright: bool = False) -> tuple[Prose, tuple[Voice, ...]]:
    """Return Markdown without the voices at its end, and these.

    A voice is a last paragraph that begins with bold words and a colon. Before another kind of
    paragraph it stays what it is, so that nothing changes its place.
    """
    tokens, said = _apart(_read(markdown))
    voices = (Voice(each.heading, _under_heading(each.inline, upright=upright)) for each in said)
    return _prose(tokens, upright=upright), tuple(voices)


def sign_voices(
    markdown: str, sign: Callable[[int], str], *, upright: bool = False
) -> tuple[Prose, tuple[Voice, ...]]:
    """Return what `write_voices` does, the HTML of each block with a sign before its first word.

    `sign` gives the sign, of letters and digits, of the block that begins so many lines below the
    text's first one. The text is the same as without signs.
    """
    tokens, said = _apart(_read(markdown))
    voices = []
    for each in said:
        written = _under_heading(each.inline, upright=upright)
        signed = Prose(Markup(sign(each.line)) + written.html, written.text)  # noqa: S704  letters
        voices.append(Voice(each.heading, signed))
    text = _text(tokens)
    for token in tokens:
        line = token.map[0] if token.map else 0
        if token.type == "inline" and token.children:
            token.children.insert(0, Token("text", "", 0, content=sign(line)))
        elif token.type in ("fence", "code_block"):
            token.content = sign(line) + token.content
    return Prose(_prose(tokens, upright=upright).html, text), tuple(voices)


@dataclass(frozen=True, slots=True)
class _Said:
    """A voice as it was read."""

    line: int
    heading: str
    inline: Token


def _apart(tokens: list[Token]) -> tuple[list[Token], list[_Said]]:
    """Return a text's tokens without the voices at its end, and these."""
    voices: list[_Said] = []
    while (start := _last_paragraph(tokens)) is not None:
        said = _said_by(tokens[start + 1])
        if said is None:
            break
        heading, children = said
        line = (tokens[start].map or [0])[0]
        voices.insert(0, _Said(line, heading, Token("inline", "", 0, children=children)))
        tokens = tokens[:start]
    return tokens, voices


def _read(markdown: str) -> list[Token]:
    tokens = _markdown().parse(markdown)
    for token in tokens:
        if token.children:
            token.children = list(_inline(token.children))
        if token.type in ("heading_open", "heading_close"):
            token.tag = "h4"
    return tokens


def _prose(tokens: Sequence[Token], *, upright: bool) -> Prose:
    html = str(_markdown().renderer.render(tokens, _markdown().options, {}))
    return Prose(Markup(_clean(html, upright=upright)), _text(tokens))  # noqa: S704  nh3 cleaned it


def _last_paragraph(tokens: Sequence[Token]) -> int | None:
    """Return where the last block begins, if it is a paragraph that stands in nothing else."""
    start = len(tokens) - 3
    is_one = start >= 0 and tokens[start].type == "paragraph_open" and tokens[start].level == 0
    return start if is_one else None


def _said_by(inline: Token) -> tuple[str, list[Token]] | None:
    """Return the bold words at the beginning of a paragraph and what follows their colon."""
    children = [each for each in inline.children or () if each.type != "text" or each.content]
    kinds = [each.type for each in children[:4]]
    if kinds[:3] != ["strong_open", "text", "strong_close"] or kinds[3:] != ["text"]:
        return None
    heading, after = children[1].content.strip(), children[3].content
    bare = heading.rstrip(_COLONS)
    rest = (
        after if bare != heading else after.removeprefix(after[:1] if after[:1] in _COLONS else "")
    )
    if not bare or (bare == heading and rest == after) or not rest.strip():
        return None
    return bare.rstrip(), [Token("text", "", 0, content=rest.lstrip()), *children[4:]]


def _under_heading(inline: Token, *, upright: bool) -> Prose:
    """Return one paragraph's HTML without its tags, beginning with a capital, and its text."""
    text = _text([inline])
    first = (inline.children or [])[0]
    first.content = first.content[:1].upper() + first.content[1:]
    return Prose(_prose([inline], upright=upright).html, text)


def plain(markdown: str) -> str:
    """Return one paragraph's worth of Markdown as one line of text."""
    return one_line(_text(_markdown().parse(markdown)))


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _inline(children: Sequence[Token]) -> list[Token]:
    """Return inline tokens without pictures, unsafe links, and breaks inside a wide text."""
    kept: list[Token] = []
    dropped: list[bool] = []
    for index, token in enumerate(children):
        if token.type == "link_open":
            dropped.append(not str(token.attrGet("href") or "").lower().startswith(SAFE_SCHEMES))
        if token.type in ("link_open", "link_close"):
            unsafe = dropped[-1] if token.type == "link_open" else dropped.pop()
            if unsafe:
                continue
        if token.type == "image":
            kept.append(Token("text", "", 0, content=token.content))
        elif token.type == "softbreak" and _joins_wide(children, index):
            continue
        else:
            kept.append(token)
    return kept


def _joins_wide(children: Sequence[Token], index: int) -> bool:
    before = next((each.content for each in reversed(children[:index]) if each.content), " ")
    after = next((each.content for each in children[index + 1 :] if each.content), " ")
    return _is_wide(before[-1]) and _is_wide(after[0])


def _clean(html: str, *, upright: bool) -> str:
    styles = {tag: {"style": style} for tag, style in _STYLES.items()}
    if upright:
        styles["em"] = {"style": _UPRIGHT}
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        set_tag_attribute_values=styles,
        url_schemes={"https", "http", "mailto", "tel"},
        link_rel=None,
    ).strip()


def _text(tokens: Sequence[Token]) -> str:
    """Return block tokens as text: paragraphs apart, list entries on lines of their own."""
    lines: list[str] = []
    lists: list[int | None] = []
    prefix = ""
    for token in tokens:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            lists.append(int(token.attrGet("start") or 1) if token.tag == "ol" else None)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
            lines.append("")
            prefix = ""
        elif token.type == "list_item_open":
            prefix = _bullet(lists)
        elif token.type in ("inline", "fence", "code_block"):
            written = _inline_text(token.children or []) if token.children else token.content
            for part in written.rstrip("\n").split("\n"):
                lines.append(prefix + part)
                prefix = " " * len(prefix)
        elif token.type in ("paragraph_close", "heading_close") and not lists:
            lines.append("")
            prefix = ""
    return "\n".join(lines).strip("\n")


def _bullet(lists: list[int | None]) -> str:
    number = lists[-1]
    indent = "  " * (len(lists) - 1)
    if number is None:
        return f"{indent}- "
    lists[-1] = number + 1
    return f"{indent}{number}. "


def _inline_text(children: Sequence[Token]) -> str:
    """Return inline tokens as text; a link is its words and its address in angle brackets."""
    written = ""
    opened: list[tuple[str, int]] = []
    for token in children:
        if token.type == "link_open":
            opened.append((str(token.attrGet("href")), len(written)))
        elif token.type == "link_close":
            address, start = opened.pop()
            words = written[start:].strip()
            written = written[:start]
            written += f"<{address}>" if words in ("", address) else f"{words} <{address}>"
        elif token.type in ("softbreak", "hardbreak"):
            written += " " if token.type == "softbreak" else "\n"
        else:
            written += token.content
    return written
