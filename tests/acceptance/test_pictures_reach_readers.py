"""A newsletter's pictures from their files to the inbox, and on disk as `build` writes them.

The template is the site's own and small: these tests are about the pictures, not about the art.
"""

from __future__ import annotations

import hashlib
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from digest.content.pictures import picture
from tests.acceptance.mails import Mail, mails_of
from tests.picture_maker import gif, png
from tests.sites import Site, letter_site, reader
from tests.smtp_server import RecordingServer

HERO, ICON = png(1200, 400), gif(48, 48)
HERO_NAME = f"{hashlib.sha256(HERO).hexdigest()}.png"
ICON_NAME = f"{hashlib.sha256(ICON).hexdigest()}.gif"
HOSTED = "https://static.example/mail"
TEMPLATE = """\
<mjml lang="{{ issue.language }}" dir="ltr">
<mj-head><mj-title>{{ issue.title }}</mj-title></mj-head><mj-body>
<mj-section><mj-column>
{% set hero = issue.pictures.hero %}
{% if hero %}<mj-image src="{{ pictures.src(hero) }}" alt="{{ issue.hero_alt }}"
  width="{{ hero.shown_width }}px" />{% endif %}
{% for section in issue.sections if section.icon %}
<mj-text><img src="{{ pictures.src(section.icon) }}" alt="" width="24" height="24">
{{ section.title }}</mj-text>
{% endfor %}
<mj-text>{{ reader.greeting }}
{% if reader.leave_url %}<a href="{{ reader.leave_url }}">{{ t.leave }}</a>{% endif %}</mj-text>
</mj-column></mj-section></mj-body></mjml>
"""


class _Sources(HTMLParser):
    """Collects what a page shows, and with which words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.shown: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "img":
            self.shown.append((str(found["src"]), str(found["alt"])))


@pytest.fixture
def letter(tmp_path: Path) -> Site:
    """A newsletter with a hero, and one icon for both of its sections."""
    site = letter_site(tmp_path / "site")
    path = site.folder / "newsletter.toml"
    toml = path.read_text(encoding="utf-8").rstrip() + '\nicon = "assets/icon.gif"\n'
    toml += '\n[[sections]]\nid = "more"\ntitle = "More"\nicon = "assets/icon.gif"\n'
    toml += '\n[pictures]\nhero = "assets/hero.png"\nhero_alt = "A \\"shop\\" & its <window>"\n'
    path.write_text(toml, encoding="utf-8")
    site.write("content/letter/assets/hero.png", HERO)
    site.write("content/letter/assets/icon.gif", ICON)
    site.write("templates/mail/issue.mjml.j2", TEMPLATE)
    site.write_item("one", "One")
    site.write_item("two", "Two", section="more")
    return site


def pictures_in(mail: Mail) -> dict[str, bytes]:
    """Return the pictures that a mail carries: Content-ID -> bytes."""
    parts = [part for part in mail.parsed.walk() if part.get_content_maintype() == "image"]
    return {part["Content-ID"].strip("<>"): part.get_content() for part in parts}


def test_a_mail_carries_what_it_shows_and_each_once(letter: Site, server: RecordingServer) -> None:
    sent = letter.through(server).call("send-now", "--yes")

    assert sent.code == 0, sent.said
    mails = mails_of(server.messages)
    assert len(mails) == 3
    for mail in mails.values():
        shown = _Sources(mail.html).shown
        hero, icon, again = (src.removeprefix("cid:") for src, _ in shown)
        assert pictures_in(mail) == {hero: HERO, icon: ICON}
        assert again == icon
        assert shown[0][1] == 'A "shop" & its <window>'


def test_what_was_frozen_is_sent_though_the_files_are_gone(
    letter: Site, server: RecordingServer
) -> None:
    away = letter.through(1)
    broken_off = away.call("send-now", "--yes", "--wait", "0")
    for name in ("hero.png", "icon.gif"):
        (letter.folder / "assets" / name).unlink()

    finished = letter.through(server).call("send-now", "--yes")

    # The server was away, so nothing left before the files went.
    assert broken_off.code == 75, broken_off.said
    assert [sorted(pictures_in(mail).values()) for mail in mails_of(server.messages).values()] == [
        sorted([HERO, ICON])
    ] * 3, finished.said


def test_a_build_opens_from_disk_with_its_pictures(letter: Site) -> None:
    built = letter.call("build", "--out", "out", "--for", reader(1))

    out = letter.home / "out"
    (row,) = json.loads((out / "index.json").read_text(encoding="utf-8"))
    page = (out / row["html"]).read_text(encoding="utf-8")
    assert built.code == 0, built.said
    assert [src for src, _ in _Sources(page).shown] == [HERO_NAME, ICON_NAME, ICON_NAME]
    assert (out / HERO_NAME).read_bytes() == HERO
    assert (out / ICON_NAME).read_bytes() == ICON
    mail = Mail("", (out / row["eml"]).read_bytes())
    assert set(pictures_in(mail).values()) == {HERO, ICON}
    assert len(mail.html.replace("\r\n", "\n").rstrip("\n").encode()) == row["html_bytes"]
    assert "cid:" not in page


def test_hosted_pictures_are_named_by_the_mail_and_written_for_uploading(
    letter: Site, server: RecordingServer
) -> None:
    hosting = letter.through(server, site__assets_url=f"{HOSTED}/")

    built = hosting.call("build", "--out", "out")
    sent = hosting.call("send-now", "--yes")

    assert built.code == sent.code == 0, built.said + sent.said
    names = [HERO_NAME, ICON_NAME, ICON_NAME]
    for mail in mails_of(server.messages).values():
        assert [src for src, _ in _Sources(mail.html).shown] == [f"{HOSTED}/{n}" for n in names]
        assert pictures_in(mail) == {}
        assert mail.parsed.get_content_type() == "multipart/alternative"
    for page in (letter.home / "out").glob("1-*.html"):
        assert [src for src, _ in _Sources(page.read_text("utf-8")).shown] == names
    assert (letter.home / "out" / HERO_NAME).read_bytes() == HERO


def test_a_sent_issue_is_built_with_the_pictures_that_it_went_out_with(
    letter: Site, server: RecordingServer
) -> None:
    sending = letter.through(server)
    sending.call("send-now", "--yes")
    letter.write("content/letter/assets/hero.png", png(600, 200))

    built = sending.call("build", "--out", "out", "--issue", "1")

    assert built.code == 0, built.said
    found = {
        path.name for path in (letter.home / "out").iterdir() if path.suffix in (".png", ".gif")
    }
    assert found == {HERO_NAME, ICON_NAME}


def test_a_picture_that_changes_changes_its_name(letter: Site) -> None:
    letter.write("content/letter/assets/hero.png", png(600, 200))

    letter.call("build", "--out", "out")

    name = picture(png(600, 200), "x").file_name
    assert name != HERO_NAME
    assert {path.name for path in (letter.home / "out").glob("*.png")} == {name}


def test_a_broken_picture_stops_the_send_and_names_its_line(
    letter: Site, server: RecordingServer
) -> None:
    letter.write("content/letter/assets/hero.png", HERO[:-20])
    toml = (letter.folder / "newsletter.toml").read_text(encoding="utf-8").split("\n")
    line = toml.index('hero = "assets/hero.png"') + 1

    ran = letter.through(server).call("send-now", "--yes")

    assert ran.code == 1
    assert f"content/letter/newsletter.toml:{line}: 'assets/hero.png' is a broken PNG" in ran.err
    assert server.messages == []


def test_pictures_that_only_this_machine_finds_do_not_leave_it(letter: Site) -> None:
    local = letter.having(
        site__base_url="https://news.example",
        site__assets_url="http://127.0.0.1:8025/pictures",
        smtp__host="relay.example",
    )

    sent, checked = local.call("send-now", "--yes"), local.call("check")

    assert sent.code == 2, sent.said
    assert "assets_url" in sent.err
    assert checked.code == 1
    assert "site.assets_url is where only this machine finds pictures" in checked.said
