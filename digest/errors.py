"""What can be explained to a person: where, what, and what to do.

Every error that a person can mend is a `DigestError`; a bug stays a traceback. The exit codes are
those of `docs/commands.md`: 1 something needs attention, 2 wrong usage or configuration, 75 try
again later.
"""

from __future__ import annotations

from collections.abc import Sequence


class DigestError(Exception):
    """Something a person can mend."""

    exit_code = 1

    def __init__(self, where: str, what: str, hint: str = "") -> None:
        """Keep the parts: `where` may be empty, `what` is a sentence without its full stop."""
        self.where = where
        self.what = what
        self.hint = hint
        super().__init__(where, what, hint)

    def __str__(self) -> str:
        """Return `where: what. hint`, as it is shown to a person."""
        text = f"{self.where}: {self.what}" if self.where else self.what
        if not text.endswith((".", "!", "?", ":")) and "\n" not in text:
            text += "."
        return f"{text} {self.hint}" if self.hint else text


class ContentError(DigestError):
    """A file of the newsletter is wrong; nothing was built from it."""

    def __init__(self, file: str, line: int, what: str, hint: str = "") -> None:
        """Name the file (relative to the site) and the line, counted from 1 (0: the whole file)."""
        self.file = file
        self.line = line
        super().__init__(f"{file}:{line}" if line else file, what, hint)

    def __reduce__(self) -> tuple[type[ContentError], tuple[str, int, str, str]]:
        """Pickle by the four parts."""
        return type(self), (self.file, self.line, self.what, self.hint)


class TemplateError(ContentError):
    """A template is wrong; `excerpt` shows the lines around the place."""

    excerpt: str = ""

    def __str__(self) -> str:
        """Return the sentence, and the excerpt beneath it."""
        return f"{super().__str__()}\n{self.excerpt}" if self.excerpt else super().__str__()


class ManyErrors(DigestError):  # noqa: N818  it is many of them
    """Several errors at once, each on a line of its own."""

    def __init__(self, errors: Sequence[DigestError]) -> None:
        """Keep the errors in the order in which they were found."""
        self.errors = tuple(errors)
        super().__init__("", "\n".join(str(error) for error in errors))


class RecipientError(DigestError):
    """A value of one recipient cannot stand in a message (a control character in a name, say)."""


class DeliveryError(DigestError):
    """The SMTP server cannot be used as configured."""


class StoreError(DigestError):
    """The database cannot be used."""


class ConfigurationError(DigestError):
    """A setting is wrong, missing or unknown."""

    exit_code = 2


class UsageError(DigestError):
    """The command was called in a way that cannot work."""

    exit_code = 2


class TryAgainLater(DigestError):  # noqa: N818  what to do, which is more than that it is an error
    """Nothing is wrong that waiting does not mend."""

    exit_code = 75
