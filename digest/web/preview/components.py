"""The Components page: what mails are made of, each alone, in every language and scheme.

Each is drawn by the site's own templates on the one way of rendering, in a frame of its own under
the policy for mails. What must stay true: only what the inventory lists is drawn or shown; source
is text; drawing waits until somebody looks, and is done once until something is saved.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from threading import RLock
from typing import Any
from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from digest.errors import DigestError
from digest.message.markers import fill_html
from digest.model.edition import Personal, Placeholder
from digest.model.issue import Issue
from digest.rendering.inboxes import Scheme
from digest.rendering.inventory import GROUPS, Component
from digest.rendering.local import own_name
from digest.rendering.renderer import Renderer, Specimen
from digest.web.preview.column import Option
from digest.web.preview.mail import Mails, framed, localised, mail_response
from digest.web.preview.places import Place, Places
from digest.web.preview.workbench import Workbench
from digest.workflow.sights import Choice

LIST = "/components"
EVERY = "all"
WIDTHS = {"phone": 375, "desktop": 700}
_SCHEMES = {scheme.value: scheme for scheme in Scheme}
_BOTH = (Scheme.LIGHT.value, Scheme.DARK.value)
_GROUPS = {"blocks": "Blocks", "kinds": "Kinds", "pieces": "Pieces"}
_MOST_DRAWN = 512
_LONGEST_SEARCH = 100
_READER = Personal(
    name="Robin Example",
    address="robin@reader.example",
    links=dict.fromkeys(Placeholder, "https://reader.example/"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ComponentsState:
    """What is looked at, in the page's address; what is wrong or unknown is its default."""

    newsletter: str
    component: str = ""
    """A component's id, a group, or "" for all."""
    lang: str = ""
    """"": the newsletter's default; "all": each."""
    scheme: str = "both"
    width: str = "phone"
    q: str = ""

    @classmethod
    def of(cls, newsletter: str, query: Mapping[str, str]) -> ComponentsState:
        """Read a state from an address."""
        scheme, width = query.get("scheme", ""), query.get("width", "")
        return cls(
            newsletter=newsletter,
            component=query.get("component", "")[:_LONGEST_SEARCH],
            lang=query.get("lang", "")[:_LONGEST_SEARCH],
            scheme=scheme if scheme in _SCHEMES else "both",
            width=width if width in WIDTHS else "phone",
            q=query.get("q", "")[:_LONGEST_SEARCH],
        )

    def url(self, **changes: Any) -> str:
        """Return the page's address, with changes."""
        state = replace(self, **changes)
        said = {
            name: getattr(state, name)
            for name, usual in _DEFAULTS.items()
            if getattr(state, name) != usual
        }
        path = f"{LIST}/{quote(state.newsletter, safe='')}"
        return f"{path}?{urlencode(said)}" if said else path

    def hidden(self) -> list[tuple[str, str]]:
        """Return the fields that a form carries so that the state stays."""
        kept = ("component", "lang", "scheme", "width")
        return [(name, getattr(self, name)) for name in kept if getattr(self, name)]


_DEFAULTS = {
    each.name: each.default for each in fields(ComponentsState) if each.name != "newsletter"
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """A component in one language, in each scheme that is looked at."""

    lang: str
    label: str
    measured: str
    frames: tuple[tuple[str, str], ...]
    """(scheme, address)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Exhibit:
    """A component as the page shows it."""

    component: Component
    place: Place
    specimen: Place | None
    own_words: bool
    found: bool
    """Whether it has the words that are looked for; the others are there, and hidden."""
    drawings: tuple[Drawing, ...]


class Components:
    """The page, and the frames in it."""

    def __init__(self, bench: Workbench, mails: Mails) -> None:
        """Show the components of the bench's site; pictures are kept with those of mails."""
        self._bench, self._mails = bench, mails
        self._drawn: OrderedDict[tuple[object, ...], tuple[Issue, Renderer, Specimen]] = (
            OrderedDict()
        )
        self._turn = RLock()

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(LIST, self.first, methods=["GET"]),
            Route(f"{LIST}/{{newsletter}}", self.page, methods=["GET"]),
            Route("/component/{newsletter}/{group}/{name}", self.frame, methods=["GET"]),
        ]

    async def first(self, _request: Request) -> Response:
        """Lead to the components of the first newsletter."""
        names = await run_in_threadpool(self._bench.studio.newsletters)
        if not names:
            return self._bench.page("empty.html")
        return RedirectResponse(ComponentsState(newsletter=names[0]).url(), status_code=307)

    async def page(self, request: Request) -> Response:
        """Answer with the page."""
        state = ComponentsState.of(request.path_params["newsletter"], request.query_params)
        return await run_in_threadpool(self._page, state)

    async def frame(self, request: Request) -> Response:
        """Answer with one component alone, in one language and scheme."""
        path, query = request.path_params, request.query_params
        wanted = f"{path['group']}/{path['name']}"
        scheme = _SCHEMES.get(query.get("scheme", ""), Scheme.LIGHT)
        lang = query.get("lang", "")
        html = await run_in_threadpool(self._frame, path["newsletter"], wanted, lang, scheme)
        return mail_response(html, measured="measured" in query)

    # --- the page -------------------------------------------------------------------------------

    def _page(self, state: ComponentsState) -> Response:
        bench = self._bench
        shown = bench.studio.show(Choice(newsletter=state.newsletter))
        issue = shown.sight.issue if shown.sight else None
        every = bench.app.renderer.components()
        places = Places(bench.app.home, bench.app.settings.preview.editor)
        languages = issue.newsletter.languages if issue else ()
        chosen = _chosen(every, state)
        return bench.page(
            "components.html",
            state=state,
            newsletter=issue.newsletter.name if issue else state.newsletter,
            troubles=[(one, places.of(one)) for one in (*bench.broken_settings, *shown.troubles)],
            exhibits=list(self._exhibits(chosen, issue, state, places)),
            single=len(chosen) == 1,
            column=_column(bench, every, languages, state),
            widths=WIDTHS,
        )

    def _exhibits(
        self, chosen: list[Component], issue: Issue | None, state: ComponentsState, places: Places
    ) -> Iterator[Exhibit]:
        languages = _languages(issue, state)
        own = self._own_words(chosen, issue)
        for one in chosen:
            drawings = (self._drawing(one, lang, state) for lang in languages)
            specimen = places.template(one.shown) if one.specimen else None
            yield Exhibit(
                component=one,
                place=places.template(one.template, one.line),
                specimen=specimen,
                own_words=one.id in own,
                found=_is_found(one, state.q),
                drawings=tuple(drawings) if one.shown else (),
            )

    def _own_words(self, chosen: list[Component], issue: Issue | None) -> frozenset[str]:
        if issue is None:
            return frozenset()
        try:
            language = issue.newsletter.default_language
            return self._bench.app.renderer.own_words(chosen, issue, language)
        except DigestError:
            return frozenset()  # each frame says what is wrong

    def _drawing(self, one: Component, lang: str, state: ComponentsState) -> Drawing:
        schemes = _BOTH if state.scheme == "both" else (state.scheme,)

        def address(**more: str) -> str:
            path = "/".join(
                quote(each, safe="") for each in (state.newsletter, one.group, one.name)
            )
            query = urlencode({"lang": lang, **more, "v": str(self._bench.generation)})
            return f"/component/{path}?{query}"

        return Drawing(
            lang=lang,
            label=own_name(lang),
            measured=address(scheme=schemes[0], measured="1"),
            frames=tuple((scheme, address(scheme=scheme)) for scheme in schemes),
        )

    # --- a frame --------------------------------------------------------------------------------

    def _frame(self, newsletter: str, wanted: str, lang: str, scheme: Scheme) -> str:
        bench = self._bench
        shown = bench.studio.show(Choice(newsletter=newsletter))
        issue = shown.sight.issue if shown.sight else None
        try:
            if issue is None:
                what = "the newsletter's files cannot be read"
                raise DigestError(newsletter, what, "The Preview page says why.")
            specimen = self._specimen(issue, wanted, issue.newsletter.language_for(lang))
            rendered = specimen.rendered
            html = localised(fill_html(rendered, _READER), rendered.pictures)
        except DigestError as error:
            return bytes(bench.page("component_wrong.html", error=error).body).decode()
        self._mails.shelf.keep(rendered.pictures)
        return framed(html, scheme, images=True, styles=True)

    def _specimen(self, issue: Issue, wanted: str, language: str) -> Specimen:
        app, generation = self._bench.app, self._bench.generation
        renderer = app.renderer
        # What is kept is held, so that no other object can have its id.
        key = (id(issue), id(renderer), generation, wanted, language)
        with self._turn:
            if key not in self._drawn:
                found = next((each for each in renderer.components() if each.id == wanted), None)
                if found is None or not found.shown:
                    hint = "The page lists those that there are."
                    raise DigestError(wanted, "is no component that can be drawn", hint)
                links, assets_url = app.offered_links, app.settings.site.assets_url
                drawn = renderer.component(
                    found, issue, language, links=links, assets_url=assets_url
                )
                self._drawn[key] = (issue, renderer, drawn)
                while len(self._drawn) > _MOST_DRAWN:
                    self._drawn.popitem(last=False)
            return self._drawn[key][2]


def _languages(issue: Issue | None, state: ComponentsState) -> tuple[str, ...]:
    if issue is None:
        return ()
    every = issue.newsletter.languages
    if state.lang == EVERY:
        return every
    return (state.lang,) if state.lang in every else every[:1]


def _chosen(every: list[Component], state: ComponentsState) -> list[Component]:
    """Return what is looked at: what is unknown is all."""
    return [one for one in every if state.component in (one.id, one.group)] or every


def _is_found(component: Component, words: str) -> bool:
    found_by = f"{component.id} {component.about} {component.template}".casefold()
    return all(word in found_by for word in words.casefold().split())


def _column(
    bench: Workbench, every: list[Component], languages: tuple[str, ...], state: ComponentsState
) -> dict[str, list[Option]]:
    current = state.lang if state.lang in (*languages, EVERY) else "".join(languages[:1])
    known = {one.id for one in every} | set(GROUPS)
    component = state.component if state.component in known else ""

    def option(label: str, wanted: str, count: int | None = None) -> Option:
        url = state.url(component=wanted, q="")
        return Option(label=label, url=url, chosen=component == wanted, count=count)

    grouped = {
        _GROUPS[group]: [
            option("All of them", group),
            *(option(one.name, one.id) for one in every if one.group == group),
        ]
        for group in GROUPS
    }
    return {
        "Newsletters": [
            Option(label=name, url=state.url(newsletter=name), chosen=name == state.newsletter)
            for name in bench.studio.newsletters()
        ],
        "Languages": [
            *(
                Option(
                    label=own_name(tag), lang=tag, url=state.url(lang=tag), chosen=tag == current
                )
                for tag in languages
            ),
            Option(
                label="Every language",
                lang="en",
                url=state.url(lang=EVERY),
                chosen=current == EVERY,
            ),
        ],
        "Components": [option("Everything", "", len(every))],
        **grouped,
    }
