"""Pictures in templates: their addresses, and which of them an edition shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from digest.errors import TemplateError
from digest.model.edition import Rendered
from digest.model.newsletter import Pictures
from digest.model.picture import Picture
from digest.paths import shipped
from digest.rendering.markers import canonical_text
from digest.rendering.pictures import Shown
from digest.rendering.renderer import Renderer
from tests.picture_maker import gif, picture, png
from tests.rendering.issue_maker import ALL_LINKS, NEWSLETTER, item, make_edition, make_issue

HERO = picture(png(1200, 400))
LOGO = picture(png(96, 96))
ASK = picture(gif(), media_type="image/gif")

PAGE = """\
<mjml><mj-head><mj-title>x</mj-title></mj-head><mj-body><mj-section><mj-column>
%s
<mj-text>{{ reader.greeting }} {{ reader.name }} {{ reader.address }}</mj-text>
</mj-column></mj-section></mj-body></mjml>
"""


def image(name: str) -> str:
    """Return the tag of one of the pictures of `album`."""
    src = f"{{{{ pictures.src(album.{name}) }}}}"
    return f'<mj-image src="{src}" alt="" width="{{{{ album.{name}.shown_width }}}}px" />'


def render(folder: Path, tags: str, *, assets_url: str = "") -> Rendered:
    """Render an issue through a template of its own, which knows three pictures as `album`."""
    template = folder / "templates" / "mail" / "issue.mjml.j2"
    template.parent.mkdir(parents=True, exist_ok=True)
    template.write_text(PAGE % tags)
    renderer = AlbumRenderer([folder / "templates", shipped("templates")])
    issue = make_issue(item("a"))
    return renderer.render(issue, make_edition(issue), links=ALL_LINKS, assets_url=assets_url)


class AlbumRenderer(Renderer):
    """A renderer whose templates are handed pictures, whatever the shipped view shows."""

    def _values(self, view, reader):
        album = {"hero": HERO, "logo": LOGO, "ask": ASK, "none": None}
        return {**super()._values(view, reader), "album": album}


def test_a_picture_is_addressed_inside_the_message(tmp_path: Path) -> None:
    rendered = render(tmp_path, image("hero"))

    assert f'src="cid:{HERO.content_id}"' in rendered.html
    assert rendered.pictures == (HERO,)


def test_a_hosted_picture_is_addressed_by_its_content(tmp_path: Path) -> None:
    rendered = render(tmp_path, image("hero"), assets_url="https://static.example.org/mail/")

    assert f'src="https://static.example.org/mail/{HERO.sha256}.png"' in rendered.html
    assert "cid:" not in rendered.html
    assert rendered.pictures == (HERO,)


@pytest.mark.parametrize("assets_url", ["", "https://static.example.org"])
def test_pictures_are_listed_once_in_the_order_of_the_mail(tmp_path: Path, assets_url: str) -> None:
    tags = "{% set last = pictures.src(album.ask) %}" + image("logo") + image("hero")
    tags += image("logo") + '<mj-image src="{{ last }}" alt="" />'

    rendered = render(tmp_path, tags, assets_url=assets_url)

    assert rendered.pictures == (LOGO, HERO, ASK)


def test_a_picture_that_was_asked_for_and_not_shown_does_not_travel(tmp_path: Path) -> None:
    tags = "{% set unused = pictures.src(album.ask) %}" + image("hero")

    assert render(tmp_path, tags).pictures == (HERO,)


def test_a_mail_without_pictures_shows_none(tmp_path: Path) -> None:
    assert render(tmp_path, "").pictures == ()


def test_a_picture_is_shown_at_half_of_its_own_size(tmp_path: Path) -> None:
    rendered = render(tmp_path, image("hero"))

    assert 'width="600"' in rendered.html
    odd = replace(HERO, width=97, height=1)
    assert (odd.shown_width, odd.shown_height) == (49, 1)


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("{{ pictures.src(album.none) }}", "'None' is no picture: ask {% if ... %} before"),
        ("{{ pictures.src('hero.png') }}", "'hero.png' is no picture"),
        ("{{ pictures.src(album.nobody) }}", "unknown name 'nobody'"),
        ("{{ pictures.url(album.hero) }}", "unknown name 'url'"),
        ("{{ pictures._asked }}", "_asked"),
    ],
)
def test_what_is_no_picture_is_named_with_its_line(tmp_path: Path, tag: str, said: str) -> None:
    with pytest.raises(TemplateError) as caught:
        render(tmp_path, f'\n<mj-image src="{tag}" alt="" />')

    assert caught.value.file == "templates/mail/issue.mjml.j2"
    assert caught.value.line == 3
    assert said in caught.value.what


def test_the_place_of_a_file_changes_no_byte(tmp_path: Path) -> None:
    there = canonical_text(HERO)

    assert canonical_text(replace(HERO, file="content/x/assets/y.png")) == there
    assert canonical_text(LOGO) != there


def test_a_newsletter_with_pictures_renders_to_the_same_bytes_every_time() -> None:
    pictures = Pictures(hero=HERO, hero_alt={"en": "A shop"}, logo=LOGO, ask=ASK)
    icons = tuple(replace(each, icon=LOGO) for each in NEWSLETTER.sections)
    newsletter = replace(NEWSLETTER, pictures=pictures, sections=icons)
    issue = make_issue(item("a"), newsletter=newsletter)

    first, again = (
        Renderer([shipped("templates")]).render(issue, make_edition(issue), links=ALL_LINKS)
        for _ in range(2)
    )

    assert first == again


def test_an_address_is_the_same_however_often_it_is_asked_for() -> None:
    shown = Shown("https://static.example.org")
    also: Picture = replace(HERO, file="another.png")

    assert shown.src(HERO) == shown.src(also) == f"https://static.example.org/{HERO.file_name}"
    assert shown.within(f"<img src='{shown.src(HERO)}'>") == (HERO,)
