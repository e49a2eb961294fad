"""What was rendered, proved and linted before, so that only what changed is done anew.

An editor saves one file of sixty, and most editions say what they said. Kept are the results of the
gate's own parts, by what they look at: an edition whose view is equal is not rendered again, and a
rendering that was judged is not judged again. What must stay true: what is handed out is what
the part itself would return now, but for an edition's nonce and the start of its key.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import RLock
from typing import Generic, TypeVar

from digest.model.edition import Edition, FrozenEdition, Rendered
from digest.model.finding import Finding
from digest.model.issue import Issue
from digest.model.newsletter import Letterhead
from digest.workflow.gate import Lint
from digest.workflow.produce import Prove, Render

#: Editions that are kept: the sample has eighteen, and a large site some hundreds.
MOST = 512

#: Equal to no view.
_OLD = object()

V = TypeVar("V")


class _Recent(Generic[V]):
    """The values that were used last, by key."""

    def __init__(self) -> None:
        self._kept: OrderedDict[object, V] = OrderedDict()

    def replace_all(self, change: Callable[[V], V]) -> None:
        self._kept = OrderedDict((key, change(value)) for key, value in self._kept.items())

    def find(self, key: object) -> V | None:
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key]

    def keep(self, key: object, value: V) -> None:
        self._kept[key] = value
        self._kept.move_to_end(key)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)


@dataclass(frozen=True, slots=True)
class _Judged:
    rendered: Rendered
    heaviest: int
    findings: list[Finding]


class Remembered:
    """Renders, proves and lints as the parts that it stands before; one at a time."""

    def __init__(
        self,
        *,
        view: Callable[[Issue, Edition], object],
        render: Render,
        prove: Prove,
        lint: Lint,
    ) -> None:
        """Stand before these parts; `view` is what an edition's templates see."""
        self._view, self._render, self._prove, self._lint = view, render, prove, lint
        self._rendered: _Recent[tuple[object, Rendered]] = _Recent()
        self._proved: _Recent[tuple[Rendered, Letterhead]] = _Recent()
        self._judged: _Recent[_Judged] = _Recent()
        self._turn = RLock()

    def render(self, issue: Issue, edition: Edition) -> Rendered:
        """Return an edition as it leaves; rendered when its view is another (TemplateError)."""
        with self._turn:
            key = _key(issue, edition)
            view = self._view(issue, edition)
            known = self._rendered.find(key)
            if known is not None and known[0] == view:
                return known[1]
            rendered = self._render(issue, edition)
            self._rendered.keep(key, (view, rendered))
            return rendered

    def forget(self) -> None:
        """Render everything anew: a template was changed. What was last good is still known."""
        with self._turn:
            self._rendered.replace_all(lambda known: (_OLD, known[1]))

    def take_over(self, other: Remembered) -> None:
        """Know what was last good elsewhere: the same site was opened again."""
        with self._turn:
            self._rendered = other._rendered
            self.forget()

    def last(self, issue: Issue, edition: Edition) -> Rendered | None:
        """Return what the edition looked like when it could last be rendered, or None."""
        known = self._rendered.find(_key(issue, edition))
        return known[1] if known else None

    def prove(self, letterhead: Letterhead, editions: list[FrozenEdition]) -> None:
        """Let editions pass that compile into messages (DigestError)."""
        for frozen in editions:
            with self._turn:
                known = self._proved.find(id(frozen.rendered))
                if known and known[0] is frozen.rendered and known[1] == letterhead:
                    continue
                self._prove(letterhead, [frozen])
                self._proved.keep(id(frozen.rendered), (frozen.rendered, letterhead))

    def lint(
        self, rendered: Rendered, edition: Edition, issue: Issue, *, heaviest: int
    ) -> list[Finding]:
        """Return what is wrong with a rendered edition."""
        with self._turn:
            known = self._judged.find(id(rendered))
            if not (known and known.rendered is rendered and known.heaviest == heaviest):
                found = self._lint(rendered, edition, issue, heaviest=heaviest)
                known = _Judged(rendered, heaviest, found)
                self._judged.keep(id(rendered), known)
        name = f"{edition.language} {edition.key[:8]}"
        return [replace(each, edition=each.edition and name) for each in known.findings]


def _key(issue: Issue, edition: Edition) -> object:
    """Return what stays the same of an edition while its texts are written."""
    return issue.newsletter.id, edition.language, edition.items, edition.question
