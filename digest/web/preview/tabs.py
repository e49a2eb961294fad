"""The tabs of the preview: what stands in each, worked out only for the one that is open.

A tab is a template `tabs/<id>.html` and a function that gives it its values. What must stay true: a
tab shows what the view's own message says, not a rendering of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from digest.errors import DigestError
from digest.message.reading import read_message
from digest.rendering.lint.losses import losses_of
from digest.rendering.local import own_name
from digest.schedule.slots import slots_after
from digest.web.preview.column import audience_words
from digest.web.preview.places import Places
from digest.web.preview.state import State
from digest.web.preview.workbench import Workbench
from digest.workflow.inspecting import links_of, placeholders_of, words_by_file
from digest.workflow.since_last import compare
from digest.workflow.studio import Shown

_COMING = 3
#: A wider line is wrapped by some programs (RFC 5322, section 2.1.1).
RULER = 78
#: More of a message is its pictures; the file has all of it.
MOST_RAW_LINES = 1_000
#: What is marked in the source: a tag, an attribute, or a declaration.
_PIECE = re.compile(r"<[^>]{0,600}>?|[\w:-]{1,40}=\"[^\"]{0,400}\"|[^;{}<>\"]{1,200}")


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """What a tab is about."""

    bench: Workbench
    state: State
    shown: Shown
    places: Places


Values = Mapping[str, Any]


def _nothing(_view: View) -> Values:
    return {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Tab:
    """One tab."""

    id: str
    label: str
    values: Callable[[View], Values] = field(default=_nothing)
    key: str = ""
    """The key that opens it."""


def text_values(view: View) -> Values:
    """Return the text part, line by line, and where a ruler stands."""
    lines = view.shown.text.splitlines()
    return {"lines": lines, "ruler": ruler(max(map(len, lines), default=RULER)), "margin": RULER}


def ruler(width: int) -> str:
    """Return a line that marks every tenth column."""
    marks = (f"{column:>10}" for column in range(10, max(width, RULER) + 10, 10))
    return "".join(marks)


def source_values(view: View) -> Values:
    """Return the HTML as this reader gets it, and the MJML that it was compiled from."""
    shown = view.shown
    mjml, why = "", ""
    if shown.sight and shown.sight.issue and shown.edition and shown.rendered:
        app = view.bench.app
        try:
            mjml = app.renderer.mjml(
                shown.sight.issue,
                shown.edition,
                links=app.offered_links,
                assets_url=app.settings.site.assets_url,
            )
        except DigestError as error:
            why = str(error)
    elif view.state.choice.number is None:
        why = "There is none while there is no picture."
    else:
        why = "MJML is not kept of an issue that was sent."
    html = shown.html.splitlines()
    mark = mark_at(html, view.state.at)
    return {
        "html": html,
        "mark": mark,
        "mjml": mjml.splitlines(),
        "why": why,
        "written": view.bench.tracings.blocks(view.bench.app, shown, view.places),
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A piece of a line that somebody was led to."""

    line: int
    """Counted from 1."""
    start: int
    end: int


def mark_at(lines: Sequence[str], spot: str) -> Mark | None:
    """Return the tag or declaration that begins at `line.column`; None where nothing does."""
    line, _, column = spot.partition(".")
    if not spot or int(line) > len(lines):
        return None
    start = int(column) - 1
    found = _PIECE.match(lines[int(line) - 1], start)
    return Mark(line=int(line), start=start, end=found.end()) if found else None


def message_values(view: View) -> Values:
    """Return the message as it would leave: its headers, its parts and its bytes."""
    try:
        envelope = view.shown.message()
    except DigestError as error:
        return {"message": None, "why": str(error)}
    if envelope is None:
        return {"message": None, "why": ""}
    return {**message_values_of(envelope.content), "eml": view.state.address("message")}


def message_values_of(content: bytes) -> Values:
    """Return what `message.html` shows of any message, but for the address of its file (`eml`)."""
    lines = content.decode("utf-8", "replace").splitlines()
    return {
        "message": read_message(content),
        "raw": lines[:MOST_RAW_LINES],
        "cut": max(0, len(lines) - MOST_RAW_LINES),
    }


def checks_values(view: View) -> Values:
    """Return the gate's findings, each with its place and the words by which it is found."""
    if view.state.choice.number is not None:
        return {"findings": []}
    examined = view.bench.examined(view.state.newsletter)
    shown = view.shown
    issue = shown.sight.issue if shown.sight else None
    words = words_by_file(issue, shown.edition) if issue and shown.edition else {}
    listed = [
        {"finding": one, "place": view.places.of(one, excerpt=True), "words": words.get(one.file)}
        for one in examined.findings
    ]
    return {"findings": listed}


def links_values(view: View) -> Values:
    """Return every link of the two parts."""
    shown = view.shown
    if shown.rendered is None or shown.personal is None:
        return {"links": []}
    return {"links": links_of(shown.rendered, shown.personal)}


def placeholders_values(view: View) -> Values:
    """Return every placeholder, where it stands, and this reader's value."""
    shown = view.shown
    if shown.rendered is None or shown.personal is None:
        return {"placeholders": []}
    return {"placeholders": placeholders_of(shown.rendered, shown.personal)}


def clients_values(view: View) -> Values:
    """Return what each family of mail clients loses of this edition."""
    return {"report": losses_of(view.shown.html) if view.shown.html else None}


def difference_values(view: View) -> Values:
    """Return what is new, gone and changed since the issue before, and what it is held against."""
    sight = view.shown.sight
    try:
        since = compare(view.bench.studio, view.shown)
    except DigestError as error:
        return {"since": None, "why": str(error)}
    found = since.difference
    newsletter = sight.issue.newsletter if sight and sight.issue else None
    return {
        "since": since,
        "audience": audience_words(found.edition.audience, newsletter) if found else "",
        "spoken": own_name(found.edition.language) if found else "",
    }


def plan_values(view: View) -> Values:
    """Return the plan of the next issue, and when its schedule comes."""
    sight = view.shown.sight
    plan = sight.plan if sight else None
    if plan is None:
        return {"plan": None}
    newsletter = plan.issue.newsletter
    zone = ZoneInfo(newsletter.timezone)
    now = view.bench.app.clock.now()
    slots = slots_after(newsletter.schedule, zone, now) if newsletter.schedule else ()
    return {
        "plan": plan,
        "zone": zone,
        "default": newsletter.default_language,
        "coming": list(islice(slots, _COMING)),
        "places": view.places,
    }


TABS = (
    Tab(id="preview", label="Preview"),
    Tab(id="text", label="Text", values=text_values),
    Tab(id="source", label="Source", values=source_values),
    Tab(id="message", label="Message", values=message_values),
    Tab(id="checks", label="Checks", values=checks_values),
    Tab(id="links", label="Links", values=links_values),
    Tab(id="placeholders", label="Placeholders", values=placeholders_values),
    Tab(id="difference", label="Difference", values=difference_values),
    Tab(id="plan", label="Plan", values=plan_values),
    Tab(id="clients", label="Clients", values=clients_values),
)


def tab_of(name: str) -> Tab:
    """Return a tab by its id; an unknown one is the first."""
    return next((tab for tab in TABS if tab.id == name), TABS[0])
