"""The blocks of the mail that is shown: each with the file and line where it is written.

The unseen copy of a mail that is measured carries the number of each block; the page has the list
of them, and lays a link over each. What must stay true: only the measured copy is marked, never
what is seen or sent; without its marks it is the mail that is seen, or else no block is known.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from threading import RLock

from digest.bootstrap import App
from digest.content.written import WrittenLines
from digest.errors import DigestError
from digest.message.markers import fill_html
from digest.model.edition import Edition, Rendered
from digest.model.issue import Issue
from digest.rendering.signs import Origin, Traced
from digest.web.preview.places import Place, Places
from digest.workflow.studio import Shown

_MOST = 24

NO_FILES = "An issue that was sent is shown as it was stored: it has no files any more."
NO_MAIL = "This reader gets no mail: the issue holds nothing for them."
NO_PICTURE = "There is no picture of the files as they are now."
ALTERED = (
    "A template of this site does more with a text than print it, so its blocks are not known."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A piece of the mail, and where it is written."""

    number: int
    about: str
    part: str
    words: str
    place: Place
    template: Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Blocks:
    """The blocks of one view, in the order of the mail; or why there are none."""

    blocks: tuple[Block, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    rendered: Rendered
    issue: Issue
    traced: Traced | None


@dataclass
class Tracings:
    """Knows where the blocks of the mails that were looked at last are written."""

    _known: OrderedDict[tuple[int, int], _Known] = field(default_factory=OrderedDict)
    _lines: WrittenLines = field(default_factory=WrittenLines)
    _turn: RLock = field(default_factory=RLock)

    def blocks(self, app: App, shown: Shown, places: Places) -> Blocks:
        """Return the blocks of a view."""
        if shown.sight and shown.sight.issue is None:
            return Blocks(why=NO_FILES)
        if shown.sight and shown.edition is None and not shown.troubles:
            return Blocks(why=NO_MAIL)
        traced = self._traced(app, shown)
        if traced is None:
            return Blocks(why=ALTERED if shown.rendered and not shown.troubles else NO_PICTURE)
        found = (self._block(number, one, places) for number, one in traced.blocks)
        return Blocks(blocks=tuple(found))

    def marked(self, app: App, shown: Shown) -> str:
        """Return the HTML of a view with its blocks marked; as it is where they are not known."""
        traced = self._traced(app, shown)
        if traced is None or shown.rendered is None or shown.personal is None:
            return shown.html
        return fill_html(replace(shown.rendered, html=traced.html), shown.personal)

    def _traced(self, app: App, shown: Shown) -> Traced | None:
        rendered, edition = shown.rendered, shown.edition
        issue = shown.sight.issue if shown.sight else None
        if rendered is None or edition is None or issue is None:
            return None
        with self._turn:
            # What is kept is held, so that no other object can have its id.
            key = (id(rendered), id(issue))
            if key not in self._known:
                traced = _trace(app, issue, edition, rendered)
                self._known[key] = _Known(rendered, issue, traced)
                while len(self._known) > _MOST:
                    self._known.popitem(last=False)
            return self._known[key].traced

    def _block(self, number: int, origin: Origin, places: Places) -> Block:
        return Block(
            number=number,
            about=origin.about,
            part=origin.part,
            words=origin.words,
            place=self._place(origin, places),
            template=places.template(origin.template),
        )

    def _place(self, origin: Origin, places: Places) -> Place:
        for file in origin.files:
            path = places.find(file)
            line = self._lines.line(path, origin.keys, origin.below) if path else None
            if line:
                return places.at(file, line)
        return places.at(next(iter(origin.files), ""))


def _trace(app: App, issue: Issue, edition: Edition, rendered: Rendered) -> Traced | None:
    """Return an edition traced, if that is the mail which is shown."""
    links, assets_url = app.offered_links, app.settings.site.assets_url
    try:
        traced = app.renderer.traced(issue, edition, links=links, assets_url=assets_url)
    except DigestError:
        return None
    return traced if traced.plain == rendered.html else None
