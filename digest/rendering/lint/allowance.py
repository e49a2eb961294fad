"""Which features of HTML and CSS a mail may use: the allow-list, made from caniemail's data.

Three grades. *Everywhere*: no client that we make mail for fails it; a mail may rest on it.
*Enhancement*: some client fails it, and the mail stays good there, for the reason beside it.
*Forbidden*: everything else that the data knows; and what nobody knows is told as unknown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path


class Grade(Enum):
    """How far a mail may use a feature."""

    EVERYWHERE = "everywhere"
    ENHANCEMENT = "enhancement"
    FORBIDDEN = "forbidden"


#: Reason -> the features that some client fails, and that a mail of ours may use all the same.
_REASONS = {
    "only looks: without it corners are square and colours flat, and every word is there": (
        "css-border-radius css-box-shadow css-text-shadow css-opacity css-outline "
        "css-outline-offset css-cursor css-text-decoration-color css-text-decoration-line "
        "css-text-decoration-style css-text-decoration-thickness css-text-underline-offset "
        "css-text-decoration-skip-ink css-font-kerning css-word-spacing"
    ),
    "a background picture lies over a background colour, which stays where it is not drawn": (
        "css-background-image css-background-position css-background-repeat css-background-size "
        "css-linear-gradient"
    ),
    "the telephone's look is inline; whoever reads no @media gets that": (
        "css-at-media css-min-width css-at-media-orientation"
    ),
    "who reads no dark colours gets the light ones, or inverts them": (
        "css-at-media-prefers-color-scheme css-color-scheme html-meta-color-scheme"
    ),
    "for pointers and calm eyes; nothing hangs on it": (
        "css-pseudo-class-hover css-pseudo-class-active css-pseudo-class-focus css-transition "
        "css-pseudo-class-link css-pseudo-class-visited css-at-media-prefers-reduced-motion "
        "css-at-media-hover"
    ),
    "only better line breaks": (
        "css-overflow-wrap css-word-break css-word-wrap css-text-wrap css-hyphens css-white-space "
        "css-orphans css-widows html-wbr css-text-align-last css-text-justify"
    ),
    "sizes are attributes as well, or words find their own": (
        "css-height css-max-height css-min-height css-box-sizing css-table-layout "
        "css-border-spacing css-unit-rem css-overflow css-list-style-position"
    ),
    "first and last differ by a margin or a line only": (
        "css-pseudo-class-first-child css-pseudo-class-last-child"
    ),
    "meaning for those who listen; without it the words are read as they stand": (
        "html-semantics html-abbr html-bdi html-aria-label html-aria-labelledby "
        "html-aria-describedby html-aria-hidden"
    ),
    "the reading of a Japanese word; without it, it stands in brackets after the word": (
        "html-ruby html-rt html-rp css-text-emphasis css-text-emphasis-position"
    ),
    "each client opens links as it likes": "html-target",
    "every page has one; its background stands on the first element inside as well": "html-body",
}
ENHANCEMENTS = {slug: reason for reason, slugs in _REASONS.items() for slug in slugs.split()}

#: What the data does not know and every client does, or reads over without harm.
_TAGS = """
a b big br caption center cite col colgroup em font head html i ins kbd meta q s samp sub sup
tbody td tfoot th thead title tr tt u var
"""
PLAIN_TAGS = frozenset(_TAGS.split())
_PROPERTIES = """
border-bottom border-bottom-color border-bottom-left-radius border-bottom-right-radius
border-bottom-style border-bottom-width border-color border-left border-left-color
border-left-style border-left-width border-right border-right-color border-right-style
border-right-width border-style border-top border-top-color border-top-left-radius
border-top-right-radius border-top-style border-top-width border-width break-inside color
font-family font-style font-variant line-break margin-bottom margin-left margin-right margin-top
outline-color outline-style outline-width padding-bottom padding-left padding-right padding-top
page-break-after page-break-before page-break-inside src supported-color-schemes text-size-adjust
"""
PLAIN_PROPERTIES = frozenset(_PROPERTIES.split())
VENDOR_PREFIXES = ("mso-", "-webkit-", "-moz-", "-ms-", "-premailer-", "@-", "@charset", "@page")


@dataclass(frozen=True, kw_only=True)
class Support:
    """caniemail's data, trimmed."""

    date: str
    clients: tuple[str, ...]
    features: Mapping[str, str]
    """Feature -> one letter a client: y, n, a (partly), u (unknown), - (not tested)."""
    signs: Mapping[str, str]
    """What a feature is recognised by -> feature."""

    def grade(self, feature: str) -> Grade:
        """Return how far a mail may use a feature."""
        if "n" not in self.features[feature]:
            return Grade.EVERYWHERE
        return Grade.ENHANCEMENT if feature in ENHANCEMENTS else Grade.FORBIDDEN

    def failing(self, feature: str) -> list[str]:
        """Return the clients that do not support a feature."""
        letters = zip(self.clients, self.features[feature], strict=True)
        return [client for client, letter in letters if letter == "n"]


@lru_cache(maxsize=1)
def support() -> Support:
    """Return the data that is shipped beside this file."""
    data = json.loads(Path(__file__).with_name("caniemail.json").read_text(encoding="utf-8"))
    return Support(
        date=data["date"],
        clients=tuple(data["clients"]),
        features=data["features"],
        signs=data["signs"],
    )
