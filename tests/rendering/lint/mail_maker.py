"""Makes rendered mails by hand for the tests of the linter: whole ones, and ones with one fault."""

from __future__ import annotations

import dataclasses
import hashlib

from digest.model.edition import Edition, Placeholder, Rendered
from digest.model.finding import Finding
from digest.model.picture import Picture
from digest.rendering.lint.gate import lint_edition
from tests.rendering.issue_maker import ALL_LINKS, full_issue

ISSUE = full_issue()
LEAVE = "mk0123456789abcdef0123456703k"
ACCEPT = "mk0123456789abcdef0123456704k"
DECLINE = "mk0123456789abcdef0123456705k"
GREETING = "mk0123456789abcdef0123456700k"
MARKERS = {
    GREETING: Placeholder.GREETING,
    LEAVE: Placeholder.LEAVE_URL,
    ACCEPT: Placeholder.ACCEPT_URL,
    DECLINE: Placeholder.DECLINE_URL,
}
FOOT = f'<p><a href="{LEAVE}">Unsubscribe</a></p>'
TEXT_FOOT = f"Unsubscribe: <{LEAVE}>\n"


def picture(width: int = 600, height: int = 300, size: int = 1000, name: str = "hero") -> Picture:
    """Return a picture of so many pixels and bytes."""
    content = name.encode().ljust(size, b".")
    return Picture(
        sha256=hashlib.sha256(content).hexdigest(),
        media_type="image/png",
        width=width,
        height=height,
        content=content,
        file=f"content/open-class/assets/{name}.png",
    )


def page(body: str = "", *, head: str = "", css: str = "", foot: str = FOOT) -> str:
    """Return a whole page around a body; the rest of it has no fault."""
    style = f"<style>{css}</style>" if css else ""
    return (
        f'<!doctype html><html lang="en" dir="ltr"><head><title>Five takeaways</title>{style}{head}'
        f'</head><body style="background-color:#ffffff"><div style="background:#ffffff;color:#222">'
        f"<h1>Five takeaways</h1>{body}{foot}</div></body></html>"
    )


def mail(
    body: str = "",
    text: str = "",
    *,
    head: str = "",
    css: str = "",
    html: str | None = None,
    subject: str = "Five takeaways for July",
    preheader: str = "What grew, and what opens.",
    pictures: tuple[Picture, ...] = (),
) -> Rendered:
    """Return a mail that has no fault but what the arguments bring in."""
    return Rendered(
        subject=subject,
        preheader=preheader,
        html=page(body, head=head, css=css) if html is None else html,
        text=f"Five takeaways\n\n{text}\n\n{TEXT_FOOT}",
        markers=MARKERS,
        greeting_named="Hello {name},",
        greeting_plain="Hello,",
        pictures=pictures,
    )


def linked(address: str, words: str = "Read more") -> Rendered:
    """Return a mail with one link, the same in both parts."""
    return mail(f'<p><a href="{address}">{words}</a></p>', f"{words} <{address}>")


def shown(attributes: str, one: Picture | None = None) -> Rendered:
    """Return a mail that shows one picture."""
    carried = one or picture()
    source = f"cid:{carried.content_id}"
    return mail(f"<p><img {attributes.replace('CID', source)}></p>", pictures=(carried,))


def edition(language: str = "en", question: str | None = None) -> Edition:
    """Return the edition of everything in the issue."""
    items = tuple(each.id for each in ISSUE.items)
    key = "0123456789abcdef"
    return Edition(key=key, language=language, items=items, question=question, audience="all")


def lint(
    rendered: Rendered,
    *,
    heaviest: int = 0,
    language: str = "en",
    question: str | None = None,
    links: frozenset[Placeholder] = ALL_LINKS,
) -> list[Finding]:
    """Return what the linter says of a mail."""
    about = edition(language, question)
    return lint_edition(rendered, about, ISSUE, heaviest=heaviest, links=links)


def rules(rendered: Rendered, **values: object) -> set[str]:
    """Return the ids of the rules that a mail breaks."""
    return {finding.rule for finding in lint(rendered, **values)}  # type: ignore[arg-type]


def without(rendered: Rendered, piece: str, instead: str = "") -> Rendered:
    """Return a mail without a piece of its HTML."""
    assert piece in rendered.html
    return dataclasses.replace(rendered, html=rendered.html.replace(piece, instead))
