"""The Jinja environment: sandboxed, escaping, strict; and its errors in an author's words.

A template is the site's own or the shipped one, by name; `shipped/` in front of a name is always
the shipped one, so that a site can extend what it overrides. A template may be wrong in any way
and still cannot reach the machine, run for ever or fill the memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from traceback import walk_tb
from typing import Any

import jinja2
from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined
from jinja2.exceptions import SecurityError

from digest.rendering.bounds import BoundedEnvironment, allowance
from digest.rendering.lines import LineMarks, Sources
from digest.rendering.preflight import MAX_CHARACTERS
from digest.rendering.prose import write_prose

_NO_SUCH = re.compile(r"No (?P<kind>filter|test) named '(?P<name>[^']*)'")
_UNDEFINED = re.compile(r"'(?P<name>[^']+)' is undefined|has no attribute '(?P<attribute>[^']+)'")
#: What is surely of a template's making, wherever it comes up.
_SURE_FAULTS = (jinja2.TemplateError, MemoryError, RecursionError, SyntaxError)
_TEMPLATE_FAULTS = (
    *_SURE_FAULTS,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


class TemplateEnvironment:
    """Templates by name, rendered to text."""

    def __init__(self, template_dirs: Sequence[Path]) -> None:
        """Look for templates in the folders, first one first; the last is the shipped one."""
        folders = tuple(Path(folder).resolve() for folder in template_dirs)
        self.sources = Sources(folders)
        self._jinja = _Sandbox(
            loader=ChoiceLoader(
                [
                    FileSystemLoader(folders),
                    PrefixLoader({"shipped": FileSystemLoader(folders[-1:])}),
                ]
            ),
            autoescape=_is_markup,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=[LineMarks],
        )
        self._jinja.extend(digest_sources=self.sources)
        self._jinja.filters["prose"] = lambda markdown: write_prose(markdown).html

    def render(self, name: str, values: Mapping[str, object]) -> str:
        """Render a template.

        Raises:
            TemplateError: it is missing or wrong, names something unknown, or writes without end.
        """
        with self._explained(name), allowance():
            parts: list[str] = []
            written = 0
            for part in self._jinja.get_template(name).generate(**values):
                parts.append(part)
                written += len(part)
                if written > MAX_CHARACTERS:
                    what = f"writes more than {MAX_CHARACTERS:,} characters"
                    raise self.sources.error(
                        self._find(name), 0, what, "Look for a loop or a huge text."
                    )
            return "".join(parts)

    def _find(self, name: str) -> Path | None:
        try:
            assert self._jinja.loader
            filename = self._jinja.loader.get_source(self._jinja, name)[1]
        except (jinja2.TemplateNotFound, UnicodeDecodeError):
            return None
        return Path(filename) if filename else None

    @contextmanager
    def _explained(self, name: str) -> Iterator[None]:
        try:
            yield
        except jinja2.TemplateSyntaxError as error:
            file = Path(error.filename) if error.filename else None
            what, hint = self._explain_syntax(error)
            raise self.sources.error(file, error.lineno, what, hint) from error
        except UnicodeDecodeError as error:
            what = f"a template that {name} uses is not UTF-8"
            raise self.sources.error(None, 0, what, "Save it as UTF-8.") from error
        except _TEMPLATE_FAULTS as error:
            file, line = self._place(error)
            if file is None and not isinstance(error, _SURE_FAULTS):
                raise  # not of a template's making: a bug
            what, hint = self._explain_name(str(error)) or _explain(error)
            raise self.sources.error(file or self._find(name), line, what, hint) from error

    def _explain_syntax(self, error: jinja2.TemplateSyntaxError) -> tuple[str, str]:
        what = (error.message or "cannot be read").rstrip(".")
        return self._explain_name(what) or (what, "Mend the Jinja syntax.")

    def _explain_name(self, what: str) -> tuple[str, str] | None:
        unknown = _NO_SUCH.search(what)
        if unknown is None:
            return None
        known = self._jinja.filters if unknown["kind"] == "filter" else self._jinja.tests
        near = get_close_matches(unknown["name"], [each for each in known if each[0] != "_"], n=1)
        hint = f"Did you mean '{near[0]}'?" if near else "docs/mjml.md lists what there is."
        return f"there is no {unknown['kind']} '{unknown['name']}'", hint

    def _place(self, error: BaseException) -> tuple[Path | None, int]:
        """Return the innermost place in a template that an error passed through."""
        found: tuple[Path | None, int] = (None, 0)
        for frame, line in walk_tb(error.__traceback__):
            file = Path(frame.f_code.co_filename)
            if self.sources.owns(file):
                found = (file, line)
        return found


class _Sandbox(BoundedEnvironment):
    """Jinja's sandbox, which asks once for each kind of object whether an attribute is safe.

    A mail reads thousands of attributes of a dozen kinds; the sandbox looks only at the kind.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._safe: dict[tuple[type, str], bool] = {}

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        """Return whether a template may read an attribute."""
        if isinstance(obj, type):  # a class is its own kind: two of them differ
            return super().is_safe_attribute(obj, attr, value)
        known = self._safe.get((type(obj), attr))
        if known is None:
            known = self._safe[type(obj), attr] = super().is_safe_attribute(obj, attr, value)
        return known


def _is_markup(name: str | None) -> bool:
    """Escape everything but the text part, in which nothing is markup."""
    return not (name or "").endswith(".txt.j2")


def _explain(error: Exception) -> tuple[str, str]:
    """Return what is wrong, and what to do, in an author's words."""
    if isinstance(error, jinja2.TemplateNotFound):
        return f"there is no template '{error}'", "Check the name, or add the file."
    if isinstance(error, RecursionError):
        what = "the template includes or calls itself without end, or nests too deep"
        return what, "Take the include or the call out."
    if isinstance(error, SyntaxError):
        return "blocks are nested too deep for Jinja", "Put the inner ones into a macro."
    if isinstance(error, MemoryError):
        return "makes a value that does not fit into the memory", "Look for a loop."
    if isinstance(error, OverflowError):
        return str(error).rstrip("."), "No mail needs as many."
    if isinstance(error, SecurityError):
        return str(error).rstrip("."), "docs/mjml.md says what a template may do."
    if isinstance(error, jinja2.UndefinedError):
        match = _UNDEFINED.search(str(error))
        unknown = (match["name"] or match["attribute"]) if match else ""
        what = f"unknown name '{unknown}'" if unknown else str(error)
        return what, "templates/mail/README.md lists what a mail sees."
    return str(error) or type(error).__name__, ""
