"""A site with a frozen mailing: the sample's content in two languages, and its readers.

Run as `python -m benchmarks.delivery.site FOLDER --readers N`, a process of its own, so that what
measures stays small. The issue is a part of the sample with each item in Chinese and English, one
edition of 35 to 56 KB on the wire; readers have names in five scripts. Beside the database lies
what peers send: `message.eml`, the same message from the real composer, for a reader whose name and
address hold `NUMBER`; and `edition.json`, its texts for those who build it. What must stay true:
everything goes the way of a real send (roster, plan, gate, freeze).
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from benchmarks.delivery.messages import NUMBER
from digest.bootstrap import App, bootstrap
from digest.content.roster import read_roster
from digest.message.splice import canonical
from digest.model.edition import Placeholder, Rendered
from digest.model.freeze import Newcomer
from digest.model.mailing import Mailing
from digest.model.newsletter import Letterhead
from digest.paths import shipped
from digest.settings import load_settings
from digest.workflow.gate import Gated
from digest.workflow.send import SendIssue

NEWSLETTER = "open-class"
LANGUAGE, CHINESE = "en", "zh-Hans"
_ITEMS = (
    *("channels-live-sales", "channels-time-spent", "pay-palm", "mini-usage", "mini-trade"),
    *("pay-coupons", "wecom-collection"),
)
_NAMES = ("Grace Okafor", "Zoë O'Neil", "佐藤 花子", "林 思远", "김 서연", "Олена Коваль", "")
_SETTINGS = """
[site]
base_url = "https://news.example.org"
assets_url = "https://assets.example.org"

[smtp]
host = "127.0.0.1"
port = {port}
security = "none"

[delivery]
connections = {connections}
"""


def write_settings(site: Path, *, port: int, connections: int, more: str = "") -> None:
    """Let a site send to a port of this machine, over so many connections."""
    text = _SETTINGS.format(port=port, connections=connections)
    (site / "digest.toml").write_text(text + more, encoding="utf-8")


def address(number: int | str) -> str:
    """Return a reader's address; the domains are some hundreds."""
    domain = f"mail{number % 500}" if isinstance(number, int) else "mail"
    number = f"{number:07d}" if isinstance(number, int) else number
    return f"reader.{number}@{domain}.example"


def make_content(site: Path) -> None:
    """Write the newsletter: a part of the sample, each item in Chinese and English."""
    source, target = shipped("content", NEWSLETTER), site / "content" / NEWSLETTER
    for folder in ("items", "notes", "assets"):
        (target / folder).mkdir(parents=True)
    shutil.copy(source / "newsletter.toml", target)
    shutil.copytree(source / "assets", target / "assets", dirs_exist_ok=True)
    for name in (*(f"items/{item}" for item in _ITEMS), "notes/next"):
        for language in ("", ".ja", f".{CHINESE}"):
            shutil.copy(source / f"{name}{language}.md", target / f"{name}{language}.md")
    for item in _ITEMS:
        _append_chinese(target / "items", item)


def _append_chinese(items: Path, item: str) -> None:
    """Let an item's English text say everything in Chinese as well."""
    _, _, chinese = (items / f"{item}.{CHINESE}.md").read_text(encoding="utf-8").split("+++\n", 2)
    with (items / f"{item}.md").open("a", encoding="utf-8") as english:
        english.write(f"\n\n{chinese}")


def _write_roster(path: Path, readers: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(("email", "name", "language"))
        rows.writerows(
            (address(number), _NAMES[number % len(_NAMES)], LANGUAGE) for number in range(readers)
        )


def make_site(site: Path, readers: int, *, freeze: bool) -> dict[str, float]:
    """Make a site with readers and, unless told otherwise, a frozen mailing; say what it took.

    Raises:
        RuntimeError: the gate stops the issue, or the message is not of the size it should have.
    """
    make_content(site)
    write_settings(site, port=1, connections=1)
    app = bootstrap(load_settings(site))
    began = perf_counter()
    _import_readers(app, site / "roster.csv", readers)
    made = {"import": perf_counter() - began}
    if freeze:
        case, gated = planned(app)
        began = perf_counter()
        mailing = case.freeze.run(gated.plan, gated.editions)
        made["freeze"] = perf_counter() - began
        made["message"] = _write_message(app, mailing, site)
    app.close()
    return made


def planned(app: App) -> tuple[SendIssue, Gated]:
    """Plan the next issue and let it pass the gate (RuntimeError: it does not)."""
    case = app.send_issue()
    gated = case.gate.run(case.plan.run(NEWSLETTER))
    if gated.plan.errors:
        raise RuntimeError("; ".join(str(error) for error in gated.plan.errors))
    return case, gated


def _import_readers(app: App, roster: Path, readers: int) -> None:
    _write_roster(roster, readers)
    publication, _ = app.publication(NEWSLETTER)
    rows = read_roster(roster, newsletter=publication.newsletter)
    good = (row for row in rows if isinstance(row, Newcomer))
    source, at = roster.name, app.clock.now()
    app.ledger.import_rows(NEWSLETTER, good, source=source, consent="measured", at=at)


def _write_message(app: App, mailing: Mailing, site: Path) -> int:
    """Write the message for peers: ready but for a number, with line feeds, and as templates."""
    [first] = app.ledger.reserve(mailing.id, after=0, limit=1, at=app.clock.now())
    composer = app.compose_mailing(mailing)
    anybody = replace(first, recipient=address(NUMBER), name=f"Reader {NUMBER}")
    content = composer.compose(anybody).content
    if not 35_000 <= len(content) <= 56_000:
        raise RuntimeError(f"the message has {len(content):,} bytes, not 35 to 56 KB")
    (site / "message.eml").write_bytes(content)
    (site / "message.txt").write_bytes(content.replace(b"\r\n", b"\n"))
    [edition] = app.ledger.frozen_editions(mailing.id)
    template = _go_template(edition.rendered, app.ledger.letterhead(mailing.id))
    (site / "edition.json").write_text(json.dumps(template), encoding="utf-8")
    return len(content)


def _go_template(rendered: Rendered, letterhead: Letterhead) -> dict[str, object]:
    """Return an edition as templates for Go, which drops comments that are not handed to it."""
    html, text = rendered.html, rendered.text
    for marker, placeholder in rendered.markers.items():
        field = {Placeholder.GREETING: "Greeting", Placeholder.LEAVE_URL: "LeaveURL"}[placeholder]
        html = html.replace(marker, f"{{{{.{field}}}}}")
        text = text.replace(marker, f"{{{{.{field}}}}}")
    comments = re.findall("<!--.*?-->", html, re.DOTALL)
    for number, comment in enumerate(comments):
        html = html.replace(comment, f"{{{{comment {number}}}}}", 1)
    return {
        "from": f"{letterhead.sender.name} <{letterhead.sender.address}>",
        "subject": rendered.subject,
        "text": canonical(text),
        "html": canonical(html),
        "comments": [canonical(comment).removesuffix("\r\n") for comment in comments],
        "headers": {
            "List-Id": f"{letterhead.name} <{letterhead.newsletter}.{letterhead.sender.domain}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Precedence": "bulk",
            "Auto-Submitted": "auto-generated",
            "Content-Language": LANGUAGE,
        },
    }


def main() -> None:
    """Make a site and print what it took, as JSON."""
    parser = argparse.ArgumentParser(description="Make a site with a frozen mailing.")
    parser.add_argument("site", type=Path)
    parser.add_argument("--readers", type=int, required=True)
    parser.add_argument("--no-freeze", action="store_true", help="readers, and no mailing")
    chosen = parser.parse_args()
    print(json.dumps(make_site(chosen.site, chosen.readers, freeze=not chosen.no_freeze)))


if __name__ == "__main__":
    main()
