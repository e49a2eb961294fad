"""The left column: what there is to choose from, each with its address.

What must stay true: every choice is a link or a form that a browser follows without any script.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from digest.errors import DigestError
from digest.model.edition import Edition
from digest.model.newsletter import Newsletter
from digest.rendering.local import own_name
from digest.web.preview.state import NEXT, State
from digest.workflow.completeness import Completeness, completeness_of
from digest.workflow.sights import Sight, sign_of
from digest.workflow.studio import Shown, Studio

#: So many readers are listed, and so many that are looked for; a search finds the others.
FIRST_READERS, MOST_READERS = 6, 20
_TERM = re.compile(r"(roles|fields|verified|topics):([^\s&()]+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """One thing that can be chosen."""

    label: str
    url: str
    chosen: bool = False
    note: str = ""
    lang: str = ""
    title: str = ""
    count: int | None = None
    percent: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """Everything that the left column holds."""

    newsletters: list[Option]
    issues: list[Option]
    languages: list[Option]
    editions: list[Option]
    personas: list[Option]
    readers: list[Option]
    matching: int
    """How many real readers match what is looked for."""


def column_of(studio: Studio, state: State, shown: Shown) -> Column:
    """Return the left column of a view."""
    matching, readers = _readers(studio, state, shown)
    return Column(
        newsletters=[
            Option(
                label=name,
                url=State(newsletter=name, tab=state.tab, scheme=state.scheme).url(),
                chosen=name == state.newsletter,
            )
            for name in studio.newsletters()
        ],
        issues=list(_issues(studio, state)),
        languages=list(_languages(state, shown)),
        editions=list(_editions(state, shown)),
        personas=[
            Option(
                label=one.label,
                # A persona of a language speaks it; any other keeps the language that is shown.
                url=state.url(
                    reader=one.id, edition="", lang="" if one.profile.language else state.lang
                ),
                chosen=one.id == shown.who.id,
                title=f"{one.name} <{one.address}>",
            )
            for one in studio.personas(shown.sight)
        ],
        readers=readers,
        matching=matching,
    )


def _issues(studio: Studio, state: State) -> Iterator[Option]:
    def option(label: str, issue: str, note: str = "", count: int | None = None) -> Option:
        return Option(
            label=label,
            url=state.url(issue=issue, edition="", q=""),
            chosen=state.issue == issue,
            note=note,
            count=count,
        )

    yield option("Next issue", NEXT)
    try:
        mailings = studio.mailings(state.newsletter)
    except DigestError:
        return
    for one in mailings:
        kept = "captured" if one.captured else "sent"
        note = f"{kept} {one.frozen_at:%Y-%m-%d}"
        yield option(f"Issue {one.number}", str(one.number), note, one.planned)


def _languages(state: State, shown: Shown) -> Iterator[Option]:
    sight = shown.sight
    if sight is None:
        return
    known: dict[str, Completeness] = (
        {one.language: one for one in completeness_of(sight.issue)} if sight.issue else {}
    )
    current = shown.edition.language if shown.edition else sight.language_for(state.lang)
    for language in sight.languages:
        done = known.get(language)
        yield Option(
            label=own_name(language),
            lang=language,
            url=state.url(lang=language),
            chosen=language == current,
            percent=done.percent if done else None,
            note=f"{done.written} of {done.wanted}" if done else "",
            title=f"Not translated: {', '.join(done.missing)}" if done and done.missing else "",
        )


def _editions(state: State, shown: Shown) -> Iterator[Option]:
    sight = shown.sight
    if sight is None:
        return
    language = shown.edition.language if shown.edition else sight.language_for(state.lang)
    newsletter = sight.issue.newsletter if sight.issue else None
    for edition in sight.editions:
        if edition.language == language:
            yield _edition(state, shown, sight, edition, newsletter)


def _edition(
    state: State, shown: Shown, sight: Sight, edition: Edition, newsletter: Newsletter | None
) -> Option:
    note = f"{len(edition.items)} item{'' if len(edition.items) == 1 else 's'}"
    if edition.question:
        note += f", asks {edition.question}"
    return Option(
        label=audience_words(edition.audience, newsletter),
        url=state.url(edition=sign_of(edition)),
        chosen=bool(shown.edition) and sign_of(edition) == sign_of(shown.edition or edition),
        note=note,
        count=sight.recipients.get(edition.key, 0),
        title=edition.audience,
    )


def audience_words(expression: str, newsletter: Newsletter | None) -> str:
    """Return an audience as an editor calls it, such as "brands or merchants"."""
    if expression == "all":
        return "Everyone"

    def labelled(term: re.Match[str]) -> str:
        attribute = "fields" if term[1] == "verified" else term[1]
        values = term[2].split("|")
        if newsletter:
            values = [
                newsletter.label(attribute, value, newsletter.default_language) for value in values
            ]
        words = " or ".join(values)
        return f"verified for {words}" if term[1] == "verified" else words

    words = _TERM.sub(labelled, expression).replace("!(", "not (").replace(" & ", ", ")
    return words[:1].upper() + words[1:]


def _readers(studio: Studio, state: State, shown: Shown) -> tuple[int, list[Option]]:
    most = MOST_READERS if state.q else FIRST_READERS
    try:
        matching, found = studio.search(state.newsletter, state.q, most)
    except DigestError:
        return 0, []
    options = [
        Option(
            label=one.subscriber.name or one.subscriber.address,
            note=one.subscriber.address if one.subscriber.name else "",
            url=state.url(reader=one.handle.hex(), edition="", lang=""),
            chosen=one.handle.hex() == shown.who.id,
            lang=one.subscriber.language,
            title=one.state.value,
        )
        for one in found
    ]
    return matching, options
