"""Makes `caniemail.json` from the data of caniemail.com, as the npm package `caniemail` carries it.

    npm pack caniemail && tar xzf caniemail-*.tgz
    python -m digest.rendering.lint.trimming package/data/caniemail.json > caniemail.json

Kept: for each feature that the linter can see in a mail, what the newest tested version of each
client says, one letter a client (y, n, a: partly, u: unknown, -: not tested), and how a feature is
recognised. Whoever updates the data runs the tests of `allowance`: a reason that holds no longer,
because every client has learnt a feature, is an error there.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: The clients that a mail is made for, in the order of the letters.
CLIENTS = (
    ("gmail", "desktop-webmail"),
    ("gmail", "ios"),
    ("gmail", "android"),
    ("apple-mail", "macos"),
    ("apple-mail", "ios"),
    ("outlook", "windows"),
    ("outlook", "outlook-com"),
    ("outlook", "macos"),
    ("outlook", "ios"),
    ("outlook", "android"),
    ("yahoo", "desktop-webmail"),
    ("yahoo", "ios"),
    ("yahoo", "android"),
    ("samsung-email", "android"),
    ("thunderbird", "macos"),
)

#: What a feature is recognised by where its title does not say it.
_SIGNS = {
    "html-h1-h6": "<h1> <h2> <h3> <h4> <h5> <h6>",
    "html-lists": "<ul> <ol> <li> <dl> <dt> <dd>",
    "html-semantics": "<article> <aside> <details> <figcaption> <figure> <footer> <header> <main> "
    "<mark> <nav> <section> <summary> <time>",
    "html-image-maps": "<map> <area>",
    "html-address": "<address>",
    "html-svg": "<svg>",
    "html-srcset": "[srcset] [sizes]",
    "css-left-right-top-bottom": "left right top bottom",
    "css-gap": "gap column-gap row-gap",
    "css-grid-template": "grid-template grid-template-areas grid-template-columns "
    "grid-template-rows",
    "css-inline-size": "inline-size",
    "css-block-inline-size": "block-size",
    "css-column-layout-properties": "columns column-fill column-gap column-rule column-span "
    "column-width",
    "css-margin-inline-block": "margin-inline margin-block",
    "css-margin-inline-start-end": "margin-inline-start margin-inline-end",
    "css-margin-block-start-end": "margin-block-start margin-block-end",
    "css-padding-inline-block": "padding-inline padding-block",
    "css-padding-inline-start-end": "padding-inline-start padding-inline-end",
    "css-padding-block-start-end": "padding-block-start padding-block-end",
    "css-border-inline-block": "border-inline border-block",
    "css-border-inline-block-individual": "border-inline-start border-inline-end "
    "border-block-start border-block-end",
    "css-border-radius-logical": "border-start-start-radius border-start-end-radius "
    "border-end-start-radius border-end-end-radius",
    "css-color-scheme": "color-scheme",
    "css-height": "height",
    "css-max-height": "max-height",
    "css-min-height": "min-height",
    "css-min-width": "min-width",
    "css-width": "width",
    "css-font": "font",
    "css-variables": "var()",
    "css-modern-color": "lch() oklch() lab() oklab()",
    "css-scroll-snap": "scroll-snap-type scroll-snap-align",
    "css-animation": "animation animation-name animation-duration",
    "css-at-media-prefers-color-scheme": "@media(prefers-color-scheme)",
    "css-at-media-prefers-reduced-motion": "@media(prefers-reduced-motion)",
    "css-at-media-hover": "@media(hover) @media(any-hover)",
    "css-at-media-orientation": "@media(orientation)",
    "css-at-media-device-pixel-ratio": "@media(-webkit-device-pixel-ratio) "
    "@media(-webkit-min-device-pixel-ratio)",
    "css-display-flex": "display:flex display:inline-flex",
    "css-display-grid": "display:grid display:inline-grid",
    "css-display-none": "display:none",
    "css-pseudo-class-lang": ":lang",
    "css-flex-direction": "flex-direction",
    "css-flex-wrap": "flex-wrap",
    "css-inert-attribute": "[inert]",
    "css-unit-initial": "initial",
    "html-meta-color-scheme": "meta[color-scheme]",
    "image-base64": "data:",
    "image-heif": ".heif .heic",
    "image-jpg": ".jpg .jpeg",
    "image-tiff": ".tif .tiff",
    "image-hdr": "",
    "image-mp4": ".mp4",
    "css-sytem-ui": "",
    "css-important": "",
    "css-nesting": "",
    "css-comments": "",
}
_ELEMENT = re.compile(r"(?:Embedded )?<(\w+)>(?: element)?")
_PROPERTY = re.compile(r"([a-z-]+)(?: shorthand| property)?")
_UNIT = re.compile(r"([a-z]+|%) unit")


def trim(data: dict[str, Any]) -> dict[str, Any]:
    """Return what the linter needs of caniemail's data: the date, the clients, the features."""
    features: dict[str, str] = {}
    signs: dict[str, str] = {}
    for feature in data["data"]:
        found = list(_signs(feature["slug"], feature["title"].strip()))
        if found:
            features[feature["slug"]] = "".join(_letter(feature["stats"], *c) for c in CLIENTS)
            signs |= dict.fromkeys(found, feature["slug"])
    return {
        "source": "https://www.caniemail.com",
        "date": data["last_update_date"][:10],
        "clients": [f"{family} {platform}" for family, platform in CLIENTS],
        "features": dict(sorted(features.items())),
        "signs": dict(sorted(signs.items())),
    }


def _letter(stats: dict[str, dict[str, dict[str, str]]], family: str, platform: str) -> str:
    versions = stats.get(family, {}).get(platform, {})
    return list(versions.values())[-1][0] if versions else "-"


def _signs(slug: str, title: str) -> Iterator[str]:
    """Yield what a feature is recognised by: `<tag>`, `[attribute]`, a property, `f()`, `:link`."""
    if slug in _SIGNS:
        yield from _SIGNS[slug].split()
    elif slug.startswith("html-"):
        if match := _ELEMENT.fullmatch(title):
            yield f"<{match[1]}>"
        elif title.endswith(" attribute"):
            yield f"[{title.removesuffix(' attribute')}]"
    elif slug.startswith("css-"):
        yield from _css_signs(title)
    elif slug.startswith("image-"):
        yield f".{slug.removeprefix('image-')}"


def _css_signs(title: str) -> Iterator[str]:
    if title.startswith(":"):
        yield title.removesuffix("()")
    elif title.startswith("@") or title.endswith("()"):
        yield title
    elif title == "CSS calc() function":
        yield "calc()"
    elif match := _UNIT.fullmatch(title):
        yield f"1{match[1]}"
    elif match := _PROPERTY.fullmatch(title):
        yield match[1]


if __name__ == "__main__":
    read = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    sys.stdout.write(json.dumps(trim(read), indent=1, ensure_ascii=False) + "\n")
