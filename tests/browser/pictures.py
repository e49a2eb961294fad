"""`make pictures`: the sample's mails as a person sees them, to be looked at.

Writes into `pictures/` (or the folder that is named): a screenshot of every combination of
language, light and dark, width, invited and plain; and `hostile-inboxes.png`, a contact sheet of
every hostile inbox in every language, light and dark, with what is wrong there, if anything.
`index.html` shows them all. Ends with 1 when something is wrong: a picture of a fault is no
success.
"""

from __future__ import annotations

import argparse
import html
import sys
import tempfile
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.chromium import NoBrowserError, opened_page, show
from tests.browser.inboxes import INBOXES, Inbox
from tests.browser.looking import Problem, content_of, look, transformed
from tests.browser.sample_mails import KINDS, LANGUAGES, WIDTHS, SampleMails, build_sample

_LIGHTS = ((False, "light"), (True, "dark"))
#: How much of a mail the contact sheet shows: the top, tiles and the first section.
_TOP = 1600
_SHEET = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Hostile inboxes</title>
<style>body{{margin:24px;background:#d9d9d9;font:14px/20px sans-serif;width:{width}px}}
div{{display:grid;grid-template-columns:repeat({columns},1fr);gap:12px;margin:0 0 28px}}
figure{{margin:0}}img{{width:100%;height:640px;object-fit:cover;object-position:top;display:block}}
.wrong{{outline:4px solid #c00}}</style><h1>Hostile inboxes</h1>{rows}</html>"""


def main() -> int:
    """Write the pictures, and say where they are; return 1 when a mail is not whole."""
    parser = argparse.ArgumentParser(description="Take pictures of the sample's mails.")
    parser.add_argument("folder", type=Path, nargs="?", default=Path("pictures"))
    folder: Path = parser.parse_args().folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    try:
        with tempfile.TemporaryDirectory() as home:
            wrong = take(build_sample(Path(home) / "site"), folder)
    except NoBrowserError as error:
        print(error, file=sys.stderr)
        return 2
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}: open {folder / 'index.html'}")
    return int(bool(wrong))


def take(mails: SampleMails, folder: Path) -> list[str]:
    """Take all pictures; return what is wrong in the hostile inboxes, a line each."""
    with opened_page(sharpness=2) as page:
        names = list(screenshots(page, mails, folder))
    with opened_page() as page:
        wrong = contact_sheet(page, mails, folder, INBOXES.values())
    figures = "".join(_figure(name, name.removesuffix(".png")) for name in names)
    sheet = f'<p><a href="hostile-inboxes.png">Hostile inboxes</a></p><div>{figures}</div>'
    (folder / "index.html").write_text(
        _SHEET.format(width=1500, columns=6, rows=sheet), encoding="utf-8"
    )
    return wrong


def screenshots(page: Page, mails: SampleMails, folder: Path) -> Iterator[str]:
    """Write a screenshot of every combination, and give its name."""
    for language, kind, width, (dark, light) in product(LANGUAGES, KINDS, WIDTHS, _LIGHTS):
        name = f"{language}-{kind}-{width}-{light}.png"
        show(page, mails.file(language, kind), width=width, dark=dark)
        page.screenshot(path=folder / name, full_page=True)
        yield name


def contact_sheet(
    page: Page, mails: SampleMails, folder: Path, inboxes: Iterable[Inbox]
) -> list[str]:
    """Write `hostile-inboxes.png` of these inboxes; return what is wrong, a line each."""
    rows, wrong = [], []
    contents = {each: content_of(page, mails.file(each, "invited")) for each in LANGUAGES}
    with tempfile.TemporaryDirectory(dir=mails.folder) as scratch:
        for inbox in inboxes:
            figures = []
            for language, (dark, light) in product(LANGUAGES, _LIGHTS):
                file = mails.file(language, "invited")
                found = look(page, file, inbox, contents[language], dark=dark)
                wrong += [f"{inbox.name}, {language}, {light}: {each}" for each in found]
                shot = Path(scratch) / f"{inbox.name}-{language}-{light}.png"
                _photograph(page, file, inbox, shot, dark=dark)
                figures.append(_figure(str(shot), f"{language}, {light}", found))
            rows.append(f"<h2>{inbox.name}, {inbox.width}px</h2><div>{''.join(figures)}</div>")
        sheet = Path(scratch) / "sheet.html"
        sheet.write_text(_SHEET.format(width=1400, columns=6, rows="".join(rows)), encoding="utf-8")
        show(page, sheet, width=1450, dark=False)
        page.screenshot(path=folder / "hostile-inboxes.png", full_page=True)
    return wrong


def _photograph(page: Page, file: Path, inbox: Inbox, shot: Path, *, dark: bool) -> None:
    with transformed(file, inbox) as shown:
        show(page, shown, width=inbox.width, dark=dark)
        page.screenshot(
            path=shot,
            clip={"x": 0, "y": 0, "width": inbox.width, "height": _TOP},
            full_page=True,
        )


def _figure(source: str, caption: str, found: list[Problem] | None = None) -> str:
    said = html.escape(f"{caption}: {found[0]}" if found else caption)
    mark = ' class="wrong"' if found else ""
    return f'<figure{mark}><a href="{source}"><img src="{source}" alt="{said}"></a>{said}</figure>'


if __name__ == "__main__":
    sys.exit(main())
