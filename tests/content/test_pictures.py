"""Pictures: what newsletter.toml may name, and that only what a mail can show passes."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.content.pictures import MAX_BYTES, PictureError, picture
from digest.model.picture import Picture
from tests.content.site_files import NEWSLETTER, SiteFiles
from tests.picture_maker import chunk, gif, jpeg, png

PICTURES = '\n[pictures]\nhero = "assets/hero.png"\nhero_alt = { en = "A shop", ja = "店" }\n'
LINE = NEWSLETTER.count("\n") + 3


def with_hero(name: str) -> str:
    """Return a newsletter.toml with another hero."""
    return NEWSLETTER + PICTURES.replace('"assets/hero.png"', f"'{name}'")


def test_a_newsletter_has_the_pictures_that_it_names(site: SiteFiles) -> None:
    site.write("assets/hero.png", png(1200, 400))
    site.write("assets/logo.gif", gif(96, 48))
    site.write("assets/ask.jpg", jpeg(80, 40))
    more = 'logo = "assets/logo.gif"\nask = "assets/ask.jpg"\n'
    site.write("newsletter.toml", NEWSLETTER + PICTURES + more)

    pictures = site.read()[0].newsletter.pictures

    assert pictures.hero is not None
    assert pictures.logo is not None
    assert pictures.ask is not None
    assert (pictures.hero.width, pictures.hero.height) == (1200, 400)
    assert (pictures.hero.shown_width, pictures.hero.shown_height) == (600, 200)
    assert pictures.hero.sha256 == hashlib.sha256(png(1200, 400)).hexdigest()
    assert pictures.hero.file == "content/news/assets/hero.png"
    assert pictures.hero_alt == {"en": "A shop", "ja": "店", "zh-Hans": "A shop"}
    assert [each.media_type for each in (pictures.hero, pictures.logo, pictures.ask)] == [
        "image/png",
        "image/gif",
        "image/jpeg",
    ]
    assert pictures.ask.file_name == f"{pictures.ask.sha256}.jpg"
    assert (pictures.logo.width, pictures.ask.width) == (96, 80)


def test_a_newsletter_needs_no_pictures(site: SiteFiles) -> None:
    newsletter = site.read()[0].newsletter

    assert newsletter.pictures.hero is None
    assert newsletter.pictures.hero_alt == {}
    assert [section.icon for section in newsletter.sections] == [None, None, None]


def test_two_sections_may_share_an_icon_and_it_is_one_picture(site: SiteFiles) -> None:
    site.write("assets/icon.png", png())
    icon = 'title = "{0}"\nicon = "assets/icon.png"'
    text = NEWSLETTER
    for title in ("Channels", "Pay"):
        text = text.replace(f'title = "{title}"', icon.format(title))
    site.write("newsletter.toml", text)

    channels, pay, search = site.read()[0].newsletter.sections

    assert channels.icon is not None
    assert channels.icon is pay.icon
    assert search.icon is None


def test_the_content_counts_and_not_the_files_name(site: SiteFiles) -> None:
    site.write("assets/hero.png", jpeg(10, 8))
    site.write("newsletter.toml", with_hero("assets/hero.png"))

    hero = site.read()[0].newsletter.pictures.hero

    assert hero is not None
    assert hero.media_type == "image/jpeg"
    assert hero.file_name.endswith(".jpg")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("assets/gone.png", "the file 'assets/gone.png' does not exist. Put it under assets/"),
        ("assets/sub/gone.png", "the file 'assets/sub/gone.png' does not exist."),
        ("hero.png", "'hero.png' is not a file of the newsletter's assets. Write it as"),
        ("../other/assets/hero.png", "'../other/assets/hero.png' is not a file of the"),
        ("assets/../../../secret.png", "'assets/../../../secret.png' is not a file of the"),
        ("assets/./hero.png", "'assets/./hero.png' is not a file of the"),
        ("assets//hero.png", "'assets//hero.png' is not a file of the"),
        ("/etc/passwd", "'/etc/passwd' is not a file of the newsletter's assets."),
        ("assets\\hero.png", "'assets\\hero.png' is not a file of the"),
        ("https://example.org/hero.png", "'https://example.org/hero.png' is not a file of the"),
        ("assets/", "'assets/' is not a file of the newsletter's assets."),
        ("assets/folder", "'assets/folder' is not a regular file. Name a picture."),
        ("assets/link.png", "'assets/link.png' is reached through a link. Put the file itself"),
        ("assets/linked/hero.png", "'assets/linked/hero.png' is reached through a link."),
        ("assets/loop.png", "'assets/loop.png' is reached through a link."),
        ("assets/pipe.png", "'assets/pipe.png' is not a regular file."),
        ("assets/hero.png/x.png", "the file 'assets/hero.png/x.png' does not exist."),
        ("assets/" + "x" * 400 + ".png", "the file 'assets/xxx"),
    ],
)
def test_a_picture_that_is_not_there_or_elsewhere_is_named_with_its_line(
    site: SiteFiles, tmp_path: Path, name: str, said: str
) -> None:
    site.write("assets/hero.png", png())
    (site.folder / "assets/folder").mkdir()
    (tmp_path / "secret.png").write_bytes(png())
    (site.folder / "assets/link.png").symlink_to(tmp_path / "secret.png")
    (site.folder / "assets/linked").symlink_to(site.folder / "assets")
    (site.folder / "assets/loop.png").symlink_to("loop.png")
    os.mkfifo(site.folder / "assets/pipe.png")
    site.write("newsletter.toml", with_hero(name))

    errors = site.errors()

    assert len(errors) == 1
    assert errors[0].startswith(f"newsletter.toml:{LINE}: {said}")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file 'assets/hero.png' is empty. Save it as PNG, JPEG or GIF, twice as wide"),
        (b"hello", "'assets/hero.png' is not a picture. Save it as PNG"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "'assets/hero.png' is an SVG, which mail "
         "programs do not show. Save it as a PNG, twice as wide as it is shown."),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- art -->\n<SVG/>', "'assets/hero.png' is an SVG"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "'assets/hero.png' is a WebP picture"),
        (b"\0\0\0\x1cftypavif", "'assets/hero.png' is an AVIF or HEIC picture"),
        (b"BM\0\0\0\0", "'assets/hero.png' is a BMP picture"),
        (b"II*\0\x08", "'assets/hero.png' is a TIFF picture"),
        (b"%PDF-1.7", "'assets/hero.png' is a PDF"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "'assets/hero.png' is only a "
         "pointer: the file is in Git LFS. Run: git lfs pull"),
        (png()[:-1], "'assets/hero.png' is a broken PNG file: a part is missing. Export it again."),
        (png()[:-16] + png()[-12:], "'assets/hero.png' is a broken PNG file: "),
        (png().replace(b"IDAT", b"IDAX"), "'assets/hero.png' is a broken PNG file: a checksum is"),
        (png()[:8] + chunk(b"IEND", b""), "'assets/hero.png' is a broken PNG file: it holds no"),
        (png()[:8] + chunk(b"IDAT", b"") + png()[8:], "'assets/hero.png' is a broken PNG file: it"),
        (png(0, 5), "'assets/hero.png' has 0 x 5 pixels. A mail shows at most 8000 on a side"),
        (png(9000, 1), "'assets/hero.png' has 9000 x 1 pixels."),
        (jpeg()[:-2], "'assets/hero.png' is a broken JPEG file: its end is missing. Export"),
        (b"\xff\xd8\xff\xda\0\2\xff\xd9", "'assets/hero.png' is a broken JPEG file: it does not"),
        (b"\xff\xd8\xff\xe0\0\0", "'assets/hero.png' is a broken JPEG file: a part is missing."),
        (b"\xff\xd8\xff\xe0\0\2JFIF", "'assets/hero.png' is a broken JPEG file: a segment does"),
        (b"\xff\xd8\xff" + b"\xff" * 9, "'assets/hero.png' is a broken JPEG file: a part is"),
        (gif()[:-1], "'assets/hero.png' is a broken GIF file: a part is missing."),
        (gif()[:19] + b"\x3b", "'assets/hero.png' is a broken GIF file: it holds no picture."),
        (gif()[:19] + b"\x00", "'assets/hero.png' is a broken GIF file: a block does not begin"),
        (png() + b"\0" * MAX_BYTES, "'assets/hero.png' has 1,000 kB, more than 1,000 kB. Make it"),
    ],
)  # fmt: skip
def test_what_a_mail_cannot_show_is_refused_with_its_reason(
    site: SiteFiles, content: bytes, said: str
) -> None:
    site.write("assets/hero.png", content)
    site.write("newsletter.toml", with_hero("assets/hero.png"))

    errors = site.errors()

    assert len(errors) == 1
    assert errors[0].startswith(f"newsletter.toml:{LINE}: {said}")


def test_a_hero_says_what_it_shows(site: SiteFiles) -> None:
    site.write("assets/hero.png", png())
    site.write("newsletter.toml", NEWSLETTER + '[pictures]\nhero = "assets/hero.png"\n')

    assert site.errors() == [
        f"newsletter.toml:{LINE - 1}: the hero says nothing to who cannot see it: "
        "'pictures.hero_alt' is missing. Say what it shows: hero_alt = { en = \"...\" }."
    ]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('hero_alt = "A shop"', "'pictures.hero_alt' tells of a hero, and there is none. Name"),
        ("hero = 7", "'pictures.hero' is not text. Write it in quotes."),
        ('hero = ""', "'pictures.hero' is empty. Write it, or leave the key out."),
        ('heros = "assets/hero.png"', "unknown key 'pictures.heros'. Did you mean 'hero'?"),
        ('hero = "assets/hero.png"\nhero_alt = { ja = "店" }', "'pictures.hero_alt' has no text in "
         "en, the default language. Add en ="),
        ('hero = "assets/hero.png"\nhero_alt = { en = " " }', "'pictures.hero_alt.en' is empty."),
        ('hero = "assets/hero.png"\nhero_alt = { en = "a", de = "b" }', "'de' is not a language"),
        ('logo = "assets/\\u0000.png"', "'pictures.logo' holds the control character U+0000."),
    ],
)  # fmt: skip
def test_a_wrong_key_of_the_table_is_named_with_its_line(
    site: SiteFiles, table: str, said: str
) -> None:
    site.write("assets/hero.png", png())
    site.write("newsletter.toml", f"{NEWSLETTER}[pictures]\n{table}\n")

    errors = site.errors()

    line = LINE - 1 + table.count("\n")
    assert [error.startswith(f"newsletter.toml:{line}: {said}") for error in errors] == [True]


def test_a_wrong_icon_is_named_with_its_own_line(site: SiteFiles) -> None:
    text = NEWSLETTER.replace('title = "Pay"', 'title = "Pay"\nicon = "assets/pay.svg"')
    site.write("assets/pay.svg", "<svg/>")
    site.write("newsletter.toml", text)

    line = text.split("\n").index('icon = "assets/pay.svg"') + 1
    assert [error.partition(" is ")[0] for error in site.errors()] == [
        f"newsletter.toml:{line}: 'assets/pay.svg'"
    ]


def test_every_wrong_picture_is_said_at_once(site: SiteFiles) -> None:
    table = '\n[pictures]\nlogo = "assets/a.png"\nask = "assets/b.png"\n'
    site.write("newsletter.toml", NEWSLETTER + table)

    assert len(site.errors()) == 2


@pytest.mark.parametrize("content", [png(), jpeg(), gif()], ids=["png", "jpeg", "gif"])
def test_half_a_picture_is_refused_wherever_it_was_cut(content: bytes) -> None:
    for length in range(len(content)):
        with pytest.raises(PictureError):
            picture(content[:length], "assets/x")

    assert picture(content, "assets/x").width == 4


@given(st.sampled_from([png(), jpeg(), gif()]), st.data())
def test_a_damaged_file_is_a_picture_or_an_error_and_never_a_crash(
    content: bytes, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(content) - 1))
    damage = data.draw(st.binary(max_size=6))

    damaged = content[:place] + damage + content[place + len(damage) :]
    try:
        found: Picture | None = picture(damaged, "assets/x")
    except PictureError:
        found = None

    assert found is None or (0 < found.width <= 8000 and 0 < found.height <= 8000)
