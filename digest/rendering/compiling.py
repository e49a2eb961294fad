"""MJML to HTML: preflight, normalise, one call of the compiler.

Google Fonts are never linked (`fonts={}`), and a failure names the author's template and line.
"""

from __future__ import annotations

from mjml import mjml2html

from digest.errors import TemplateError
from digest.rendering.lines import Sources
from digest.rendering.markup import MarkupError
from digest.rendering.normalise import unify_lines, write
from digest.rendering.preflight import check


def compile_mjml(marked: str, sources: Sources) -> str:
    """Return the HTML of MJML whose tags carry line marks.

    Raises:
        TemplateError: it is not well-formed, unknown, too deep or too long; or it fails to compile.
    """
    try:
        tokens = check(unify_lines(marked))
    except MarkupError as error:
        file, line = sources.find(error.place.file, error.place.line, error.sought)
        raise sources.error(file, line, error.what, error.hint) from error
    written = write(tokens)
    try:
        return written.completed(str(mjml2html(written.mjml, fonts={})))
    except Exception as error:
        raise _unexpected(str(error)) from error
    except BaseException as error:
        # A panic of the compiler's Rust is no Exception, and is not a reason to end the process.
        if type(error).__name__ != "PanicException":
            raise
        raise _unexpected("it panicked") from error


def _unexpected(what: str) -> TemplateError:
    hint = "This passed our own check, so please report it with the template."
    return TemplateError("the MJML compiler", 0, what, hint)
