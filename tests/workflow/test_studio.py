"""The studio: what it renders, what it remembers, and that it shows what is sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.bootstrap import App
from digest.model.edition import Placeholder
from digest.workflow.personas import personas
from digest.workflow.plan import Plan
from digest.workflow.sights import Choice, sign_of
from digest.workflow.studio import Shown, Studio
from tests.sites import LETTER, SAMPLE, Site, letter_site, sample_site

NOW = datetime(2023, 4, 7, 9, tzinfo=UTC)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return sample_site(tmp_path / "site").having(site__base_url="https://news.example")


@pytest.fixture
def app(site: Site) -> Iterator[App]:
    with site.app(NOW) as (opened, _):
        yield opened


@pytest.fixture
def studio(app: App) -> Studio:
    return app.studio()


def show(studio: Studio, **chosen: object) -> Shown:
    return studio.show(Choice(newsletter=SAMPLE, **chosen))  # type: ignore[arg-type]


def examine(studio: Studio) -> Plan:
    *_, plan = studio.examine(SAMPLE)
    assert isinstance(plan, Plan)
    return plan


def handle_of(studio: Studio, address: str) -> str:
    return studio.search(SAMPLE, address, 1)[1][0].handle.hex()


def test_what_is_shown_is_what_a_build_for_the_same_reader_writes(app: App) -> None:
    studio = app.studio()
    readers = [one.subscriber.address for one in studio.search(SAMPLE, "", 100)[1]]

    for address in readers:
        shown = show(studio, reader=handle_of(studio, address))
        built = app.build_editions().run(SAMPLE, reader=address).proofs[0]

        assert shown.edition == built.edition
        assert shown.html == built.html
        assert shown.text == built.text
        assert shown.subject == built.subject


def test_every_reader_gets_the_edition_that_the_plan_counts_them_in(studio: Studio) -> None:
    sight = studio.sight(SAMPLE)
    counted: dict[str, int] = {}

    for one in studio.search(SAMPLE, "", 100)[1]:
        edition = show(studio, reader=one.handle.hex()).edition
        assert edition
        counted[edition.key] = counted.get(edition.key, 0) + 1

    assert counted == {key: count for key, count in sight.recipients.items() if count}


def test_changing_the_reader_of_an_edition_renders_nothing(app: App) -> None:
    studio = app.studio()
    first = show(studio, reader="example")
    before = app.renderer.compilations

    others = [show(studio, reader=name) for name in ("markup", "no-name", "long-name", "emoji")]

    assert app.renderer.compilations == before
    assert {each.rendered is first.rendered for each in others} == {True}
    assert "Rob &lt;b&gt;&amp;&quot;&#x27;amp;&lt;/b&gt; &lt;O&#x27;Brien&gt;" in others[0].html
    assert "Rob <b>&\"'amp;</b> <O'Brien>" in others[0].text
    assert "Hello," in others[1].text


def test_every_persona_can_be_shown_and_composed(studio: Studio) -> None:
    sight = studio.sight(SAMPLE)
    assert sight.issue

    for persona in personas(sight.issue.newsletter):
        shown = show(studio, reader=persona.id)

        assert shown.troubles == ()
        message = shown.message()
        assert message
        assert message.recipient == persona.address


def test_a_creator_of_each_field_is_asked_the_question_of_that_field(studio: Studio) -> None:
    sight = studio.sight(SAMPLE)
    assert sight.issue

    for question in sight.issue.questions:
        shown = show(studio, reader=f"creator-{question.field}")

        assert shown.edition
        assert shown.edition.question == question.id
        assert Placeholder.ACCEPT_URL in shown.rendered.markers.values()  # type: ignore[union-attr]


def test_links_change_nothing(studio: Studio) -> None:
    reader = studio.search(SAMPLE, "", 1)[1][0]

    shown = show(studio, reader=reader.handle.hex())

    assert shown.personal
    tokens = {link.rpartition("/")[2][:32] for link in shown.personal.links.values()}
    assert len(tokens) == 1


def test_a_language_can_be_chosen_for_any_edition(studio: Studio) -> None:
    signs = {sign_of(edition) for edition in studio.sight(SAMPLE).editions}

    for sign in signs:
        shown = {tag: show(studio, edition=sign, language=tag) for tag in ("en", "ja", "zh-Hans")}

        assert {tag: one.edition.language for tag, one in shown.items() if one.edition} == {
            tag: tag for tag in shown
        }
        assert len({one.edition.items for one in shown.values() if one.edition}) == 1


def test_one_saved_file_renders_only_the_editions_that_show_it(app: App, site: Site) -> None:
    studio = app.studio()
    examine(studio)
    before = app.renderer.compilations
    file = site.folder / "items" / "pay-palm.ja.md"
    japanese = sum(one.language == "ja" for one in studio.sight(SAMPLE).plan.map.editions.values())  # type: ignore[union-attr]

    file.write_text(file.read_text().replace('title = "', 'title = "新'), encoding="utf-8")
    studio.forget()
    examine(studio)

    assert app.renderer.compilations - before == japanese


def test_the_findings_are_those_of_the_gate(app: App, site: Site) -> None:
    site.write_item("wrong", "Free!!! Click here now, act now", section="channels")
    note = site.folder / "notes" / "next.md"
    note.write_text(note.read_text().replace('subject = "', 'subject = "FREE!!! '))
    studio = app.studio()

    found = examine(studio).findings

    expected = app.check_newsletter().run(SAMPLE).findings
    assert found == expected
    studio.forget()
    assert examine(studio).findings == expected


def test_a_broken_file_is_said_and_the_last_good_picture_stays(app: App, site: Site) -> None:
    studio = app.studio()
    good = show(studio, reader="markup")
    file = site.folder / "items" / "pay-palm.md"
    written = file.read_text()

    file.write_text(written.replace('section = "pay"', 'section = "payy"'))
    studio.forget()
    broken = show(studio, reader="markup")
    file.write_text(written)
    studio.forget()
    mended = show(studio, reader="markup")

    assert [(one.file, one.what) for one in broken.troubles] == [
        ("content/open-class/items/pay-palm.md", "unknown section 'payy'")
    ]
    assert broken.html == good.html
    assert mended.troubles == ()
    assert mended.html == good.html


def test_a_broken_template_is_said_and_the_last_good_picture_stays(app: App, site: Site) -> None:
    (site.home / "templates" / "mail").mkdir(parents=True)
    studio = app.studio()
    good = show(studio)
    site.write("templates/mail/blocks/hero.mjml.j2", "<mj-section>\n{{ issue.nothing }}")
    app.__dict__.pop("renderer")
    other = app.studio()
    other.take_over(studio)

    broken = show(other)

    assert broken.troubles[0].file == "templates/mail/blocks/hero.mjml.j2"
    assert broken.troubles[0].excerpt
    assert broken.html == good.html


def test_a_site_that_is_broken_at_the_start_says_so_and_shows_nothing(site: Site) -> None:
    site.write("content/open-class/newsletter.toml", "name = \n")

    with site.app(NOW) as (app, _):
        shown = show(app.studio())

    assert shown.troubles[0].file == "content/open-class/newsletter.toml"
    assert shown.html == ""


def test_a_frozen_issue_is_shown_as_it_was_sent_also_to_each_reader(site: Site) -> None:
    assert site.call("send-now", "--yes").code == 0
    with site.app(datetime.now(UTC)) as (app, _):
        studio = app.studio()
        for one in studio.search(SAMPLE, "", 100)[1]:
            shown = show(studio, number=1, reader=one.handle.hex())
            history = app.ledger.history(SAMPLE, one.subscriber.address)

            assert shown.edition
            assert shown.edition.key == history[0].edition_key
            assert one.subscriber.name in shown.text


def test_a_reader_for_whom_there_is_nothing_gets_no_mail(tmp_path: Path) -> None:
    site = letter_site(tmp_path / "letter")
    toml = site.folder / "newsletter.toml"
    toml.write_text(toml.read_text() + '[attributes.roles]\nbrand = "Brands"\nshop = "Shops"\n')
    item = site.folder / "items" / "first.md"
    item.write_text(item.read_text().replace('"news"\n', '"news"\nfor = { roles = ["brand"] }\n'))

    with site.app(NOW) as (app, _):
        studio = app.studio()
        for_brands = studio.show(Choice(newsletter=LETTER, reader="role-brand"))
        for_shops = studio.show(Choice(newsletter=LETTER, reader="role-shop"))

    assert for_brands.edition
    assert (for_shops.edition, for_shops.troubles, for_shops.html) == (None, (), "")
