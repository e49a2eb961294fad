"""`digest build`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from digest.cli.output import counted, print_json, say, warn
from digest.cli.site_option import json_option, newsletter_argument, open_app
from digest.workflow.preview import Proof, Proofs


@click.command(short_help="Write every edition to a folder, to look at.")
@newsletter_argument
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    metavar="DIR",
    help="Where to write (made if it is missing).",
)
@click.option("--for", "reader", metavar="EMAIL", help="Only what this reader would get.")
@click.option("--issue", "number", type=int, metavar="N", help="A frozen issue, as it was sent.")
@json_option
def build(
    newsletter: str | None, *, out: Path, reader: str | None, number: int | None, as_json: bool
) -> int:
    """Write every edition of the next issue to a folder, to look at.

    Each edition becomes an .html, a .txt and an .eml file, each picture a file named by what it
    holds; index.html is a gallery that opens from disk, index.json a list for programs. Filled
    with an example reader's name; the links in it change nothing. When nothing is new, the last
    issue is written as it was sent.
    """
    app = open_app()
    name = app.newsletter(newsletter)
    built = app.build_editions().run(name, number=number, reader=reader)
    rows = write_proofs(built, out)
    title = built.proofs[0].title if built.proofs else name
    page = app.renderer.page("gallery.html", title=title, rows=rows)
    _write(out / "index.html", page.encode())
    if as_json:
        print_json(rows)
    else:
        _say_what(built, rows, out)
    return int(bool(built.plan and built.plan.errors))


def write_proofs(built: Proofs, out: Path) -> list[dict[str, object]]:
    """Write the files of each edition, its pictures and `index.json`; return its rows."""
    out.mkdir(parents=True, exist_ok=True)
    for picture in {
        each.sha256: each for proof in built.proofs for each in proof.pictures
    }.values():
        _write(out / picture.file_name, picture.content)
    rows = [_write_proof(proof, out) for proof in built.proofs]
    _write(out / "index.json", json.dumps(rows, ensure_ascii=False, indent=2).encode() + b"\n")
    return rows


def _write_proof(proof: Proof, out: Path) -> dict[str, object]:
    edition = proof.edition
    stem = f"{proof.number}-{edition.language}-{edition.key[:8]}"
    text, message = proof.text.encode(), proof.envelope.content
    for suffix, content in ((".html", proof.page.encode()), (".txt", text), (".eml", message)):
        _write(out / f"{stem}{suffix}", content)
    return {
        "newsletter": proof.newsletter,
        "issue": proof.number,
        "edition": edition.key,
        "language": edition.language,
        "audience": edition.audience,
        "question": edition.question,
        "subject": proof.subject,
        "preheader": proof.preheader,
        "recipients": proof.recipients,
        "html": f"{stem}.html",
        "text": f"{stem}.txt",
        "eml": f"{stem}.eml",
        "html_bytes": len(proof.html.encode()),
        "mail_bytes": len(message),
    }


def _write(path: Path, content: bytes) -> None:
    """Replace a file whole, so that who looks meanwhile never sees half of it."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.write_bytes(content)
    half.replace(path)


def _say_what(built: Proofs, rows: list[dict[str, object]], out: Path) -> None:
    if built.plan is None and rows:
        warn(f"Nothing is new; this is issue {rows[0]['issue']} as it was frozen.")
    elif not rows:
        reason = built.plan.selection.too_thin if built.plan else ""
        warn(f"There is no edition to build: {reason or 'the issue is empty'}.")
    say(f"{counted(len(rows), 'edition')} in {out}: open {out / 'index.html'}")
