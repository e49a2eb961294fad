"""A mail as classic Outlook reads it: what is open there must be closed there.

Only asked when a conditional comment opens what it does not close: everything else is as balanced
for Outlook as it is for everybody.
"""

from __future__ import annotations

from collections.abc import Iterable

from digest.rendering.conditionals import REVEALED_END, Conditional, read_comment, tags_inside
from digest.rendering.markup import MarkupError, Part, Place, Token


def check(tokens: Iterable[Token]) -> None:
    """Check a mail's tokens, which are well-formed without conditional comments.

    Raises:
        MarkupError: Outlook closes what is not open, or never closes what is.
    """
    view = _View()
    for token in tokens:
        if token.part is Part.OPEN:
            view.opened(token.text, token.place, f"<{token.text}")
        elif token.part is Part.CLOSE:
            view.closed(token.text, token.place, f"</{token.text}")
        elif token.part is Part.COMMENT and (found := read_comment(token.text)):
            view.commented(found, token)
    view.ended()


class _View:
    """What is open in Outlook."""

    def __init__(self) -> None:
        self._stack: list[tuple[str, Place, str]] = []
        self._revealed: list[tuple[bool, Place]] = []

    def opened(self, name: str, place: Place, sought: str) -> None:
        if self._is_read(name):
            self._stack.append((name.lower(), place, sought))

    def closed(self, name: str, place: Place, sought: str) -> None:
        if not self._is_read(name):
            return
        opened = self._stack.pop()[0] if self._stack else ""
        if opened != name.lower():
            what = f"in Outlook, </{name}> stands where <{opened}> must be closed"
            what = what if opened else f"in Outlook, </{name}> closes nothing"
            hint = "What a conditional comment opens, another one of the same kind closes."
            raise MarkupError(place, what, hint, sought)

    def commented(self, found: Conditional, token: Token) -> None:
        first = token.text.split("\n")[0][:30]
        if found.begins:
            self._revealed.append((found.holds, token.place))
        elif found.ends:
            if not self._revealed:
                what, hint = f"{REVEALED_END} ends nothing", "Write <!--[if !mso]><!--> before it."
                raise MarkupError(token.place, what, hint, first)
            self._revealed.pop()
        elif found.holds:
            for opens, name in tags_inside(found.inside):
                (self.opened if opens else self.closed)(name, token.place, first)

    def ended(self) -> None:
        if self._revealed:
            what, hint = "a conditional comment is never closed", f"Close it with {REVEALED_END}."
            raise MarkupError(self._revealed[-1][1], what, hint, "<!--[if")
        if self._stack:
            name, place, sought = self._stack[-1]
            hint = "Close it in another <!--[if mso]> ... <![endif]-->."
            raise MarkupError(place, f"in Outlook, <{name}> is never closed", hint, sought)

    def _is_read(self, name: str) -> bool:
        # mj-raw leaves no element behind, so what it opens may be closed in another one.
        return name != "mj-raw" and all(holds for holds, _ in self._revealed)
