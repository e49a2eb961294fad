"""A newsletter's folder as a publication: the only reader of a site's `content/`.

Every file is read before anything is said, and a file that is wrong means that there is no
publication: an issue is built from files that are all right, or not at all.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from digest.content.desk import Desk
from digest.content.explain import explain
from digest.content.filing import guess_languages, is_ignored
from digest.content.findings import Findings, suggest
from digest.content.frontmatter import Source, parse_table, read_text
from digest.content.items import read_items
from digest.content.newsletter_toml import (
    NewsletterDocument,
    build_newsletter,
    delivery_rules,
    languages_said,
)
from digest.content.pictures import PictureFiles
from digest.content.proof import proofread
from digest.content.questions import read_notes, read_questions
from digest.content.receipts import read_receipts
from digest.errors import ContentError
from digest.model.finding import Finding
from digest.model.issue import Publication
from digest.model.newsletter import DeliveryRules, Newsletter

CONTENT = "content"
NEWSLETTER_FILE = "newsletter.toml"


def newsletter_ids(site: Path) -> list[str]:
    """Return the newsletters of a site: folders under `content/` that hold a newsletter.toml."""
    found = (path.parent.name for path in (site / CONTENT).glob(f"*/{NEWSLETTER_FILE}"))
    return sorted(name for name in found if not is_ignored(name))


def newsletter_folder(site: Path, newsletter_id: str) -> Path:
    """Return where a newsletter's files lie.

    Raises:
        ContentError: the site has no such newsletter.
    """
    known = newsletter_ids(site)
    if newsletter_id not in known:
        hint = suggest(newsletter_id, known) or "Run digest init DIR to make a site."
        what = f"there is no newsletter '{newsletter_id}'"
        raise ContentError(f"{CONTENT}/", 0, what, hint)
    return site / CONTENT / newsletter_id


def read_publication(
    site: Path, newsletter_id: str, *, today: date | None = None
) -> tuple[Publication, list[Finding]]:
    """Return what a newsletter's folder says, and what an editor should look at.

    Without `today`, nothing is known to be past. The findings are by file and line. An error among
    them is one that proofreading found: it stops a send unless it is waived, and nothing else.

    Raises:
        ContentError: one thing is wrong, or there is no such newsletter.
        ManyErrors: several things are wrong; each is a `ContentError`.
    """
    reading = _read(site, newsletter_id, today)
    if reading.publication is None:
        reading.findings.raise_errors()
    assert reading.publication is not None, "without errors there is a newsletter"
    return reading.publication, reading.findings.all()


def collect_findings(site: Path, newsletter_id: str, *, today: date | None = None) -> list[Finding]:
    """Return everything there is to say about a newsletter's folder: errors, warnings, notes.

    Without `today`, nothing is known to be past. Wrong content raises nothing here.
    """
    try:
        return _read(site, newsletter_id, today).findings.all()
    except ContentError as error:
        findings = Findings()
        findings.error("no-newsletter", error.file, error.line, error.what, error.hint)
        return findings.all()


def local_day(site: Path, newsletter_id: str, at: datetime) -> date:
    """Return the calendar day of a moment where a newsletter is at home.

    While its newsletter.toml cannot be read, or names no time zone, that is the day in UTC.
    """
    try:
        text = (site / CONTENT / newsletter_id / NEWSLETTER_FILE).read_text(encoding="utf-8-sig")
        zone = ZoneInfo(str(tomllib.loads(text)["timezone"]))
    except (OSError, ValueError, KeyError, RecursionError):  # said with its line when it is read
        return at.astimezone(UTC).date()
    return at.astimezone(zone).date()


def read_delivery_rules(site: Path, newsletter_id: str) -> DeliveryRules:
    """Return how a newsletter is delivered where it differs from the site.

    A mailing is finished without the files of its newsletter: where they are gone, the site's rules
    hold. A file that is there and wrong is not passed over, for it may hold a limit.

    Raises:
        ContentError, ManyErrors: newsletter.toml is wrong.
    """
    path = site / CONTENT / newsletter_id / NEWSLETTER_FILE
    file = path.relative_to(site).as_posix()
    if not path.is_file():
        return DeliveryRules()
    source = parse_table(read_text(path, file), file)
    try:
        return delivery_rules(NewsletterDocument.model_validate(source.data))
    except ValidationError as error:
        findings = Findings()
        findings.add(*explain(error, source, NewsletterDocument))
        findings.raise_errors()
        raise


@dataclass(frozen=True, slots=True)
class _Reading:
    publication: Publication | None
    findings: Findings


def _read(site: Path, newsletter_id: str, today: date | None) -> _Reading:
    folder = newsletter_folder(site, newsletter_id)
    findings = Findings()
    newsletter, languages = _read_newsletter(site, folder, findings)
    receipts = read_receipts(folder, site, findings)
    desk = Desk(
        site=site,
        folder=folder,
        languages=languages,
        newsletter=newsletter,
        findings=findings,
        sent=frozenset(item for receipt in receipts for item in receipt.items),
    )
    items, questions, notes = read_items(desk), read_questions(desk), read_notes(desk)
    if newsletter is None or findings.errors():
        return _Reading(None, findings)
    publication = Publication(
        newsletter=newsletter,
        items=items,
        questions=questions,
        notes=notes,
        receipts=tuple(receipt.sent_issue() for receipt in receipts),
        waivers=tuple(findings.waivers),
    )
    findings.add(*proofread(publication, folder, site, today=today))
    return _Reading(publication, findings)


def _read_newsletter(
    site: Path, folder: Path, findings: Findings
) -> tuple[Newsletter | None, tuple[str, ...]]:
    """Return the newsletter, or None where its file is wrong; and its languages in any case."""
    path = folder / NEWSLETTER_FILE
    file = path.relative_to(site).as_posix()
    source: Source | None = None
    with findings.catching("unreadable"):
        source = parse_table(read_text(path, file), file)
        try:
            document = NewsletterDocument.model_validate(source.data)
        except ValidationError as error:
            findings.add(*explain(error, source, NewsletterDocument))
        else:
            files = PictureFiles(folder, site)
            newsletter = build_newsletter(document, source, folder.name, files, findings)
            return newsletter, document.languages
    said = languages_said(source.data) if source else ()
    return None, said or ("en", *guess_languages(folder))
