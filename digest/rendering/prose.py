"""An editor's Markdown, for both parts of the mail: HTML with inline styles, and plain text.

CommonMark without raw HTML, then nh3's allow-list, so that nothing an editor (or a source they
paste) writes becomes markup of ours. Links are https or mailto; another link is left as its text.
Emphasis beside Japanese and Chinese punctuation works, and a line break between two wide
characters is no space, as their writers expect.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

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
SAFE_SCHEMES = ("https://", "mailto:")
_TAGS = {
    "p", "br", "strong", "em", "a", "ul", "ol", "li", "blockquote", "code", "pre", "h4", "hr",
}  # fmt: skip
_STYLES = {
    "p": "margin:0 0 12px",
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
_LAST = ("p", "ul", "ol", "blockquote", "pre", "h4")


@dataclass(frozen=True, slots=True)
class Prose:
    """A text in Markdown, ready for both parts. Empty is false."""

    html: Markup
    text: str
    """Every line is a paragraph or a list entry; `wrapping` breaks the lines."""

    def __bool__(self) -> bool:
        """Return whether there is anything to show."""
        return bool(self.text)


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


def write_prose(markdown: str, *, upright: bool = False) -> Prose:
    """Return Markdown as HTML and text; `upright` writes emphasis as weight (Japanese, Chinese)."""
    tokens = _markdown().parse(markdown)
    for token in tokens:
        if token.children:
            token.children = list(_inline(token.children))
        if token.type in ("heading_open", "heading_close"):
            token.tag = "h4"
    html = str(_markdown().renderer.render(tokens, _markdown().options, {}))
    return Prose(Markup(_clean(html, upright=upright)), _text(tokens))  # noqa: S704  nh3 cleaned it


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
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        set_tag_attribute_values=styles,
        url_schemes={"https", "mailto"},
        link_rel=None,
    ).strip()
    return _without_last_margin(clean)


def _without_last_margin(html: str) -> str:
    """Return HTML whose last block has no margin below: the cell around it has its padding."""
    for tag in _LAST:
        if html.endswith(f"</{tag}>"):
            start = html.rfind(f"<{tag} ")
            style = html.find("margin:0 0 ", start)
            end = style + len("margin:0 0 ")
            stop = min(place for place in (html.find(";", end), html.find('"', end)) if place > 0)
            return html[:style] + "margin:0" + html[stop:]
    return html


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
