"""What mails are made of, each alone: which there are, with whose words, drawn as in a mail."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from digest.errors import TemplateError
from digest.model.issue import ItemKind
from digest.paths import shipped
from digest.rendering.inventory import Component, list_components
from digest.rendering.renderer import Renderer, Specimen
from tests.rendering.issue_maker import (
    ALL_LINKS,
    LANGUAGES,
    NEWSLETTER,
    figure,
    item,
    make_issue,
    make_renderer,
    opportunity,
    question,
)
from tests.rendering.mail_reader import MailReader
from tests.rendering.sample_mails import invited_edition, sample_issue
from tests.rendering.sample_mails import render as render_sample

SHIPPED = list_components([shipped("templates")])


def site(tmp_path: Path, **files: str) -> list[Path]:
    """Return template folders of a site with files of its own: `kinds__news="..."`."""
    for name, text in files.items():
        path = tmp_path / "templates" / "mail" / f"{name.replace('__', '/')}.mjml.j2"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [tmp_path / "templates", shipped("templates")]


def component(folders: list[Path], name: str) -> Component:
    return next(each for each in list_components(folders) if each.id == name)


def draw(folders: list[Path], name: str, *items, language: str = "en", **more) -> Specimen:  # type: ignore[no-untyped-def]
    issue = make_issue(*items, **more)
    wanted = component(folders, name)
    return Renderer(folders).component(wanted, issue, language, links=ALL_LINKS)


def text_of(drawn: Specimen) -> str:
    return " ".join("".join(MailReader(drawn.rendered.html).words).split())


def test_every_block_kind_and_macro_that_is_shipped_is_listed_and_can_be_drawn() -> None:
    mail = shipped("templates", "mail")
    files = {f"{path.parent.name}/{path.name[:-8]}" for path in mail.glob("[bk]*/*.mjml.j2")}
    macros = (mail / "components.mjml.j2").read_text().count("{% macro ")

    assert {each.id for each in SHIPPED if each.group != "pieces"} == files
    assert len([each for each in SHIPPED if each.group == "pieces"]) == macros
    assert all(each.shown for each in SHIPPED)
    assert {f"kinds/{kind.value}" for kind in ItemKind} <= files


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("one", SHIPPED, ids=lambda each: each.id)
def test_each_is_drawn_with_real_words_and_with_a_specimen_s(one: Component, language: str) -> None:
    renderer = make_renderer()

    real = renderer.component(one, sample_issue(), language, links=ALL_LINKS)
    made_up = renderer.component(one, make_issue(note=None), language, links=ALL_LINKS)

    for drawn in (real, made_up):
        assert "<!doctype html>" in drawn.rendered.html
        assert f'lang="{language}"' in drawn.rendered.html
        assert "@@" not in drawn.rendered.html
    assert real.real is (one.id != "kinds/event")  # the sample has none
    assert len(text_of(made_up)) > 0 or one.id in ("blocks/hero", "pieces/icon")


def test_blocks_stand_in_the_order_of_a_mail(tmp_path: Path) -> None:
    folders = site(tmp_path, blocks__also="<p>also</p>")

    blocks = [each.name for each in list_components(folders) if each.group == "blocks"]

    assert blocks == ["head", "hero", "top", "section", "opportunities", "foot", "also"]


@pytest.mark.parametrize("languages", [("fr",), ("fr", "ja"), ("en-GB", "ko")])
def test_a_language_without_specimen_words_borrows_the_english_ones(
    languages: tuple[str, ...],
) -> None:
    newsletter = dataclasses.replace(NEWSLETTER, languages=languages, attributes={}, about={})
    folders = [shipped("templates")]

    for language in languages:
        drawn = draw(folders, "kinds/event", language=language, newsletter=newsletter, note=None)

        said = "イベントは" if language == "ja" else "An event has its days"
        assert said in text_of(drawn)
        assert f'<html lang="{language}"' in drawn.rendered.html


def test_an_issue_s_own_words_come_first() -> None:
    folders = [shipped("templates")]
    news = item("told", kind=ItemKind.NEWS, title="Told today")

    drawn, other = draw(folders, "kinds/news", news), draw(folders, "kinds/event", news)

    assert drawn.real
    assert "Told today" in text_of(drawn)
    assert not other.real
    assert "An event has its days above its name" in text_of(other)


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("kinds/opportunity", opportunity("palm")),
        ("pieces/doubt", item("x", figures=(figure("8 %", "grown", settled=False),))),
        ("pieces/number", item("x", figures=(figure("8 %", "grown"),))),
        ("blocks/section", item("x")),
    ],
)
def test_what_an_issue_lacks_a_specimen_lends(name: str, needed) -> None:  # type: ignore[no-untyped-def]
    folders = [shipped("templates")]

    assert draw(folders, name, needed).real
    assert not draw(folders, name).real


def test_an_invitation_is_drawn_with_its_buttons_where_an_answer_can_arrive() -> None:
    folders = [shipped("templates")]
    issue = make_issue(item("x"), questions=[question()])
    wanted = component(folders, "kinds/invitation")

    offered = Renderer(folders).component(wanted, issue, "en", links=ALL_LINKS)
    bare = Renderer(folders).component(wanted, issue, "en", links=frozenset())

    assert offered.rendered.html.count("<a ") == 2
    assert bare.rendered.html.count("<a ") == 0


def test_it_is_the_component_of_the_mail_to_the_byte() -> None:
    mail = render_sample(invited_edition("ja")).html
    foot = component([shipped("templates")], "blocks/head")

    drawn = make_renderer().component(foot, sample_issue(), "ja", links=ALL_LINKS).rendered.html

    start = drawn.index('class="px"')
    assert drawn[start : drawn.index("</table>", start)] in mail


def test_a_site_s_own_template_is_drawn_instead_and_named(tmp_path: Path) -> None:
    folders = site(tmp_path, kinds__news="{# Ours. #}\n<p>Our own: {{ entry.title }}</p>")

    listed = component(folders, "kinds/news")
    drawn = draw(folders, "kinds/news", item("x", kind=ItemKind.NEWS))

    assert listed.about == "Ours."
    assert "Our own" in listed.source
    assert "Our own: Title of x" in text_of(drawn)


def test_a_block_that_only_a_site_has_is_drawn_wherever_it_stands_in_a_mail(tmp_path: Path) -> None:
    folders = site(
        tmp_path,
        blocks__promo="{# <mj-text> #}<mj-section><mj-column><mj-text>A promo</mj-text>"
        "</mj-column></mj-section>",
        blocks__strip="<mj-divider /><mj-text>A strip of {{ issue.newsletter }}</mj-text>",
        blocks__line="<p>A line for {{ reader.name }}</p>",
    )

    levels = {
        name: component(folders, f"blocks/{name}").level for name in ("promo", "strip", "line")
    }

    assert levels == {"promo": "body", "strip": "column", "line": "text"}
    assert "A promo" in text_of(draw(folders, "blocks/promo"))
    assert "A strip of The Takeaway" in text_of(draw(folders, "blocks/strip"))
    assert "A line for" in text_of(draw(folders, "blocks/line"))


def test_a_site_s_own_macro_waits_for_its_specimen_and_is_drawn_with_it(tmp_path: Path) -> None:
    macro = (
        "{#- Somebody's words. -#}\n{% macro quote(words) %}\n<q>{{ words }}</q>\n{% endmacro %}\n"
    )
    folders = site(tmp_path, components=f"{{# ours #}}\n\n{macro}")
    waiting = component(folders, "pieces/quote")

    folders = site(
        tmp_path,
        specimens__pieces__quote='{% import "mail/components.mjml.j2" as ui %}'
        '{{ ui.quote("Hear") }}',
    )
    ready = component(folders, "pieces/quote")

    assert (waiting.shown, waiting.line, waiting.about) == ("", 3, "Somebody's words.")
    assert ready.shown == "mail/specimens/pieces/quote.mjml.j2"
    assert ready.source == macro.strip()
    assert "Hear" in text_of(draw(folders, "pieces/quote"))


def test_a_specimen_without_a_macro_is_a_piece_of_its_own(tmp_path: Path) -> None:
    folders = site(tmp_path, specimens__pieces__ours="<p>Ours alone</p>")

    assert component(folders, "pieces/ours").template == "mail/specimens/pieces/ours.mjml.j2"
    assert "Ours alone" in text_of(draw(folders, "pieces/ours"))


def test_a_broken_component_is_an_error_with_its_place(tmp_path: Path) -> None:
    folders = site(tmp_path, kinds__news="<p>\n{{ entry.nothing }}</p>")

    with pytest.raises(TemplateError) as caught:
        draw(folders, "kinds/news", item("x", kind=ItemKind.NEWS))

    assert caught.value.where == "templates/mail/kinds/news.mjml.j2:2"


def test_no_file_outside_a_template_folder_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.mjml.j2"
    secret.write_text("the secret")
    folders = site(tmp_path, blocks__fine="<p>fine</p>")
    blocks = tmp_path / "templates" / "mail" / "blocks"
    (blocks / "leak.mjml.j2").symlink_to(secret)
    (blocks / "..%2f..%2fsecret.mjml.j2").write_text("odd")
    (blocks / "gone.mjml.j2").symlink_to(tmp_path / "nothing")
    (blocks / "folder.mjml.j2").mkdir()
    (blocks / "<script>.mjml.j2").write_text("odd")
    (blocks / "huge.mjml.j2").write_text("x" * 300_000)

    listed = list_components(folders)

    ours = {each.name for each in listed if each.group == "blocks"} - {
        each.name for each in SHIPPED if each.group == "blocks"
    }
    assert ours == {"fine"}
    assert "the secret" not in repr(listed)


def test_specimen_words_are_complete_in_every_language_that_is_shipped() -> None:
    import tomllib

    folder = shipped("templates", "mail", "specimens", "phrases")
    said = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in folder.glob("*.toml")}

    assert set(said) == set(LANGUAGES)
    assert {frozenset(each) for each in said.values()} == {frozenset(said["en"])}
