"""The golden mails in `tests/golden/`: what the sample looked like when somebody last looked.

After a change of templates or content that is meant, write them anew, look at what git shows, and
commit both together:

    .venv/bin/python -m tests.rendering.golden

A mail's HTML is one long line; here each tag begins a line, so that a change can be read.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.rendering.sample_mails import LANGUAGES, filled, invited_edition, plain_edition, render

FOLDER = Path(__file__).resolve().parents[1] / "golden"


def golden_files() -> Iterator[tuple[str, str]]:
    """Yield (file name, content): a plain and an invited edition in each language, both parts."""
    for language in LANGUAGES:
        for kind, edition in (
            ("plain", plain_edition(language)),
            ("invited", invited_edition(language)),
        ):
            mail = render(edition)
            html = filled(mail.html, mail).replace("><", ">\n<")
            yield f"{language}.{kind}.html", html + "\n"
            head = f"Subject: {mail.subject}\nPreheader: {mail.preheader}\n\n"
            yield f"{language}.{kind}.txt", head + filled(mail.text, mail)


def main() -> None:
    """Write all files, and say which of them changed."""
    FOLDER.mkdir(exist_ok=True)
    for name, content in golden_files():
        file = FOLDER / name
        changed = not file.exists() or file.read_text("utf-8") != content
        file.write_text(content, encoding="utf-8")
        sys.stdout.write(f"{'wrote' if changed else 'kept '} tests/golden/{name}\n")


if __name__ == "__main__":
    main()
