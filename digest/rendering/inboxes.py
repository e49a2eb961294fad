"""How inboxes change a mail before they show it: pure functions from HTML to HTML.

They are made after what real programs are known to do, each a bit worse than the program itself.
The preview shows a mail so, and the browser's tests look at every edition so. What must stay true:
any HTML is taken, and nothing is added that a mail could not say itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum

from digest.rendering.inversion import (
    Turns,
    every_colour,
    light_grounds_and_dark_inks,
    turn_colours,
)

STYLE = re.compile(r"(<style\b[^>]*>)(.*?)(</style>)", re.DOTALL | re.IGNORECASE)
SCHEME = re.compile(r'<meta name="(?:supported-)?color-schemes?"[^>]*>', re.IGNORECASE)
_INLINE = re.compile(r'(\sstyle=")([^"]*)(")', re.IGNORECASE)
_RULE = re.compile(r"([^{}]*)\{[^{}]*\}")
_COLOURED = re.compile(
    r"(?<![\w-])(color|background(?:-color)?|border(?:-[\w-]+)?)(\s*:\s*)([^;}!\"]+)"
)
_GROUND_ATTRIBUTE = re.compile(r'(\sbgcolor=")([^"]*)(")', re.IGNORECASE)
_IMAGE = re.compile(r'(<img\b[^>]*?\ssrc=")[^"]*(")', re.IGNORECASE)
_PICTURED = re.compile(r"url\([^)]*\)", re.IGNORECASE)
_BACKGROUND_ATTRIBUTE = re.compile(r'\sbackground="[^"]*"', re.IGNORECASE)
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_HTML = re.compile(r"<html\b[^>]*>", re.IGNORECASE)
_DOCTYPE = re.compile(r"<!doctype\b[^>]*>", re.IGNORECASE)
_MEDIA = re.compile(r'(\smedia=")([^"]*)(")', re.IGNORECASE)
_PREFERS = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)

_LIGHT = ":root{color-scheme:light only}"
_DARK = ":root{color-scheme:dark only}"


class Scheme(StrEnum):
    """In which light an inbox shows a mail."""

    LIGHT = "light"
    DARK = "dark"
    """The mail's own dark colours."""
    INVERTED = "inverted"
    """Turned over by the program, whatever the mail says."""


def dress(html: str, scheme: Scheme, *, images: bool = True, styles: bool = True) -> str:
    """Return a mail as an inbox shows it, whatever the machine's own colour scheme is."""
    shown = html if images else images_off(html)
    shown = shown if styles else style_stripped(shown)
    if scheme is Scheme.INVERTED:
        return with_tag(fully_inverted(shown), f"<style>{_LIGHT}</style>")
    # Without its styles a mail has no word about the dark, and is shown as any page is.
    dark = scheme is Scheme.DARK and SCHEME.search(shown)
    return with_tag(_decided(shown, scheme), f"<style>{_DARK if dark else _LIGHT}</style>")


def _decided(html: str, scheme: Scheme) -> str:
    """Return a page whose questions for the colour scheme are answered."""

    def answer(found: re.Match[str]) -> str:
        return "(min-width:0)" if found[1].lower() == scheme else "(max-width:0)"

    def answered(found: re.Match[str]) -> str:
        return found[1] + _PREFERS.sub(answer, found[2]) + found[3]

    in_sheets = STYLE.sub(
        lambda found: _MEDIA.sub(answered, found[1]) + _PREFERS.sub(answer, found[2]) + found[3],
        html,
    )
    return in_sheets if "<link" not in in_sheets else _MEDIA.sub(answered, in_sheets)


def style_stripped(html: str) -> str:
    """Return a page without its style elements (Gmail past 16 KB, many webmails)."""
    return SCHEME.sub("", STYLE.sub("", html))


def images_off(html: str) -> str:
    """Return a page whose pictures are not loaded (Outlook's and many companies' default)."""
    bare = _BACKGROUND_ATTRIBUTE.sub("", _IMAGE.sub(r"\1data:,\2", html))
    return _PICTURED.sub("none", bare)


def partly_inverted(html: str) -> str:
    """Return a page with light grounds and dark inks turned over (Outlook and Gmail on Android)."""
    return _turned_over(html, light_grounds_and_dark_inks)


def fully_inverted(html: str) -> str:
    """Return a page with every colour turned over (Gmail on iOS, Outlook on Windows)."""
    return _turned_over(html, every_colour)


def in_css(html: str, change: Callable[[str], str]) -> str:
    """Return a page with its CSS changed, in style elements and attributes."""
    sheets = STYLE.sub(lambda found: found[1] + change(found[2]) + found[3], html)
    return _INLINE.sub(lambda found: found[1] + change(found[2]) + found[3], sheets)


def with_rule(html: str, rule: str) -> str:
    """Return a page with a style rule before all of its own; what has no head stays as it is."""
    return html.replace("<head>", f"<head><style>{rule}</style>", 1)


def with_tag(html: str, tag: str) -> str:
    """Return a page with something more in its head, whatever of a page is there."""
    for opening in (_HEAD, _HTML, _DOCTYPE):
        if found := opening.search(html):
            return html[: found.end()] + tag + html[found.end() :]
    return tag + html


def _turned_over(html: str, turns: Turns) -> str:
    def declaration(found: re.Match[str]) -> str:
        use = {"color": "ink", "background": "ground", "background-color": "ground"}
        return found[1] + found[2] + turn_colours(found[3], use.get(found[1], "line"), turns)

    def turned_css(css: str) -> str:
        if "{" not in css:
            return _COLOURED.sub(declaration, css)
        return _RULE.sub(
            # What a mail says for Outlook.com's inversion is not inverted once more.
            lambda found: (
                found[0] if "[data-ogs" in found[1] else _COLOURED.sub(declaration, found[0])
            ),
            css,
        )

    plain = SCHEME.sub("", in_css(html, without_dark_rules))
    turned = in_css(plain, turned_css)
    turned = _GROUND_ATTRIBUTE.sub(
        lambda found: found[1] + turn_colours(found[2], "ground", turns) + found[3], turned
    )
    return with_rule(turned, "html{background:#1e1e1e;color:#ececec}")


def without_dark_rules(css: str) -> str:
    """Return CSS as a program without `prefers-color-scheme` has it: no rule for the dark."""
    kept: list[str] = []
    at = 0
    while (start := css.find("@media", at)) >= 0:
        end = end_of_block(css, start)
        dark = "prefers-color-scheme" in css[start : css.find("{", start)]
        kept.append(css[at : start if dark else end])
        at = end
    return re.sub(r"(?:supported-)?color-schemes?:[^;}]*;?", "", "".join([*kept, css[at:]]))


def end_of_block(css: str, start: int) -> int:
    """Return where the at-rule that begins at `start` is over."""
    depth = 0
    for at in range(start, len(css)):
        depth += {"{": 1, "}": -1}.get(css[at], 0)
        if not depth and css[at] in "};":
            return at + 1
    return len(css)
