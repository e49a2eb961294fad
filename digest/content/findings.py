"""What reading a newsletter's folder has found so far, whole before anything is said.

One broken file must not hide another's error: readers put findings here and go on, and only when
every file was read is the first error raised, with all the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches

from digest.errors import ContentError, ManyErrors
from digest.model.finding import Finding, Level, Waiver


class Findings:
    """A collection of findings that grows while files are read."""

    def __init__(self) -> None:
        """Start with none."""
        self._found: list[Finding] = []
        self.waivers: list[Waiver] = []
        """What editors said not to mind, in the order in which it was read."""

    def add(self, *findings: Finding) -> None:
        """Take findings that somebody else worded."""
        self._found.extend(findings)

    def error(self, rule: str, file: str, line: int, what: str, hint: str = "") -> None:
        """Note something that stops a build."""
        self._found.append(
            Finding(rule=rule, level=Level.ERROR, file=file, line=line, what=what, hint=hint)
        )

    def warn(self, rule: str, file: str, line: int, what: str, hint: str = "") -> None:
        """Note something that an editor should look at, and that stops nothing."""
        self._found.append(
            Finding(rule=rule, level=Level.WARNING, file=file, line=line, what=what, hint=hint)
        )

    @contextmanager
    def catching(self, rule: str) -> Iterator[None]:
        """Turn a content error raised inside into a finding of this rule."""
        try:
            yield
        except ContentError as error:
            self.error(rule, error.file, error.line, error.what, error.hint)

    def all(self) -> list[Finding]:
        """Return every finding, by file and line."""
        return sorted(self._found, key=lambda found: (found.file, found.line))

    def errors(self) -> list[Finding]:
        """Return those that stop a build, by file and line."""
        return [found for found in self.all() if found.level is Level.ERROR]

    def raise_errors(self) -> None:
        """Raise what stops a build, if there is any.

        Raises:
            ContentError: there is one error.
            ManyErrors: there are several; each is a `ContentError`.
        """
        errors = [
            ContentError(found.file, found.line, found.what, found.hint) for found in self.errors()
        ]
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise ManyErrors(errors)


def suggest(wrong: str, known: Iterable[str]) -> str:
    """Return as a hint what was probably meant, or what there is to choose from."""
    choice = list(known)
    if near := get_close_matches(wrong, choice, n=1):
        return f"Did you mean '{near[0]}'?"
    return f"There is {', '.join(choice)}." if choice else ""
