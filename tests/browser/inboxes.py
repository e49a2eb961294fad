"""Inboxes that do a mail harm, each a pure function from the HTML we send to what is shown.

They are made after what real programs are known to do (the names say which), each a bit worse than
the program itself: a mail that stays whole in all of them stays whole in the programs between.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from digest.rendering.inboxes import (
    SCHEME,
    STYLE,
    end_of_block,
    fully_inverted,
    images_off,
    in_css,
    partly_inverted,
    style_stripped,
    with_rule,
)

_CLASSES = re.compile(r'(\sclass=")([^"]*)(")', re.IGNORECASE)
_BODY = re.compile(r"<body\b([^>]*)>(.*)</body>", re.DOTALL | re.IGNORECASE)
_PRELUDE = re.compile(r"([^{}]+)\{")
_PIXELS = re.compile(r"(?<![\w-])(font-size|line-height)(\s*:\s*)(\d+(?:\.\d+)?)px")
_CONDITIONAL = re.compile(
    r"<!--\[if ([^\]]+)\]>(<!-->|<!-- -->)?(.*?)(?:<!--)?<!\[endif\]-->", re.DOTALL
)
#: Word knows `display` only to hide, and none of the others.
_UNKNOWN_TO_WORD = re.compile(
    r"(?<![\w-])(?:max-width|border-radius|overflow|display(?!\s*:\s*none))\s*:[^;}\"]*;?"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Inbox:
    """A way of showing mails."""

    name: str
    transform: Callable[[str], str]
    width: int = 375


def classes_prefixed(html: str) -> str:
    """Return a page whose classes have other names, shown inside a page (Outlook.com, Yahoo).

    The rules are kept, for the mail's own part of the page; those for the whole page are void.
    """
    named = _CLASSES.sub(
        lambda found: found[1] + " ".join(f"x_{each}" for each in found[2].split()) + found[3],
        html,
    )
    scoped = STYLE.sub(lambda found: found[1] + _scoped(found[2]) + found[3], named)
    return _BODY.sub(_inner_page, SCHEME.sub("", scoped))


def media_queries_dropped(html: str) -> str:
    """Return a page without any rule that depends on the screen (Gmail for other accounts)."""
    return STYLE.sub(
        lambda found: (
            "" if " media=" in found[1] else found[1] + without_at_rules(found[2]) + found[3]
        ),
        html,
    )


def outlook_com(html: str) -> str:
    """Return a partly inverted page that is marked as such, so that the mail's own rules for it
    hold (Outlook.com).
    """
    return _BODY.sub(
        lambda found: f"<body{found[1]}><div data-ogsc data-ogsb>{found[2]}</div></body>",
        partly_inverted(html),
    )


def text_doubled(html: str) -> str:
    """Return a page whose text is twice as large and nothing else is (large text on a phone)."""
    doubled = in_css(html, lambda css: _PIXELS.sub(_twice, css))
    return with_rule(doubled, "html{font-size:200%}")


def outlook_branch(html: str) -> str:
    """Return what Outlook for Windows is given: its own conditional parts, without the others'."""
    return _CONDITIONAL.sub(lambda found: found[3] if _is_outlook(found[1]) else "", html)


def outlook(html: str) -> str:
    """Return a page as Word would take it: its branch, no media queries, half of CSS unknown."""
    plain = media_queries_dropped(outlook_branch(html))
    return SCHEME.sub("", in_css(plain, lambda css: _UNKNOWN_TO_WORD.sub("", css)))


def narrow(html: str) -> str:
    """Return the page as it is: the screen does the harm (a folding phone's cover, a watch)."""
    return html


def forwarded(html: str) -> str:
    """Return a page forwarded three times: quoted, without its styles, inside another mail."""

    def quoted(found: re.Match[str]) -> str:
        inner = f"<div{found[1]}>{found[2]}</div>"
        for sender in ("Ann", "Ben", "Cleo"):
            inner = (
                f'<div class="gmail_quote"><p>From: {sender}</p><blockquote style="margin:0 0 0 '
                f'.8ex;border-left:1px solid #ccc;padding-left:1ex">{inner}</blockquote></div>'
            )
        return f"<body>{inner}</body>"

    return _BODY.sub(quoted, style_stripped(html))


INBOXES = {
    inbox.name: inbox
    for inbox in (
        Inbox(name="style-stripped", transform=style_stripped),
        Inbox(name="classes-prefixed", transform=classes_prefixed),
        Inbox(name="media-queries-dropped", transform=media_queries_dropped),
        Inbox(name="images-off", transform=images_off),
        Inbox(name="partly-inverted", transform=partly_inverted),
        Inbox(name="outlook-com", transform=outlook_com),
        Inbox(name="fully-inverted", transform=fully_inverted),
        Inbox(name="text-doubled", transform=text_doubled),
        Inbox(name="outlook", transform=outlook, width=700),
        Inbox(name="narrow", transform=narrow, width=280),
        Inbox(name="forwarded", transform=forwarded),
    )
}


def without_at_rules(css: str) -> str:
    """Return CSS without its at-rules and what stands in them."""
    kept: list[str] = []
    at = 0
    while (start := css.find("@", at)) >= 0:
        kept.append(css[at:start])
        at = end_of_block(css, start)
    return "".join([*kept, css[at:]])


def _scoped(css: str) -> str:
    def one(selector: str) -> str:
        named = re.sub(r"\.(?=[a-zA-Z_-])", ".x_", selector.strip())
        return f"#mail {named}"

    def rule(found: re.Match[str]) -> str:
        prelude = found[1].strip()
        if prelude.startswith("@"):
            return f"{prelude}{{"
        return ",".join(map(one, prelude.split(","))) + "{"

    return _PRELUDE.sub(rule, css)


def _inner_page(found: re.Match[str]) -> str:
    return f'<body><div id="mail"><div{found[1]}>{found[2]}</div></div></body>'


def _twice(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2]}{2 * float(found[3]):g}px"


def _is_outlook(condition: str) -> bool:
    """Return whether Outlook 2016 and later (mso 16) meets a condition.

    Raises:
        ValueError: a condition that is not known here.
    """
    known = {
        "mso": True,
        "mso | IE": True,
        "(mso)|(IE)": True,
        "gte mso 9": True,
        "!mso": False,
        "IE": False,
        "!mso | IE": False,
        "lte mso 11": False,
    }
    if condition not in known:
        raise ValueError(f"unknown condition [if {condition}]: say what Outlook makes of it")
    return known[condition]
