"""New files: they explain themselves, break nothing, and never replace what is there."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.content import scaffold_texts
from digest.content.documents import (
    AudienceDocument,
    Document,
    FigureDocument,
    ItemDocument,
    NoteDocument,
    QuestionDocument,
)
from digest.content.folder import newsletter_ids, read_publication
from digest.content.newsletter_toml import (
    AssemblyDocument,
    NewsletterDocument,
    PicturesDocument,
    SectionDocument,
    SenderDocument,
)
from digest.content.receipts import ReceiptDocument
from digest.content.scaffold import init_site, new_item, new_note, new_question, slug_of
from digest.errors import ContentError, DigestError, UsageError
from digest.paths import shipped
from tests.content.site_files import SiteFiles

TODAY = date(2026, 1, 2)


def test_a_new_item_is_on_hold_with_a_stub_per_language(site: SiteFiles) -> None:
    newsletter = site.read()[0].newsletter

    paths = new_item(site.folder, newsletter, "Paying by palm", today=TODAY)

    assert [path.name for path in paths] == [
        "paying-by-palm.md",
        "paying-by-palm.ja.md",
        "paying-by-palm.zh-Hans.md",
    ]
    item = site.item("paying-by-palm")
    assert (item.hold, item.date, item.section) == (True, TODAY, "channels")
    assert set(item.texts) == {"en"}
    assert len(site.findings("missing-translation")) == 2


def test_new_questions_and_notes_break_nothing(site: SiteFiles) -> None:
    newsletter = site.read()[0].newsletter

    new_question(site.folder, newsletter, "How do you start?", today=TODAY)
    new_note(site.folder, newsletter, "Palms")
    new_note(site.folder, newsletter, "Later", number=12)

    publication, _ = site.read()
    assert publication.questions[0].field == "education"
    assert set(publication.notes) == {"next", "12"}
    assert set(publication.notes["next"].texts) == {"en"}


def test_nothing_is_written_over(site: SiteFiles) -> None:
    newsletter = site.read()[0].newsletter
    written = site.write("items/palm.ja.md", "mine")

    with pytest.raises(ContentError, match="exists already, and nothing is written over"):
        new_item(site.folder, newsletter, "Palm", today=TODAY)

    assert written.read_text() == "mine"
    assert not written.with_name("palm.md").exists()


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Live selling grew", "live-selling-grew"),
        ("  Crème brûlée, 2×!  ", "creme-brulee-2"),
        ("ライブ販売が9倍に", "2026-01-02-9"),
        ("微信支付", "2026-01-02"),
        ("!!!", "2026-01-02"),
        ("../../etc/passwd", "etc-passwd"),
        ("word " * 40, "-".join(["word"] * 12)),
        ("x" * 200, "x" * 60),
    ],
)
def test_a_slug_is_ascii_or_dated(title: str, slug: str) -> None:
    assert slug_of(title, TODAY) == slug


@pytest.mark.parametrize("title", ["", "  ", "a\nb", "a\x00b", "=?utf-8?q?x?="])
def test_a_title_that_no_file_may_have_is_refused(site: SiteFiles, title: str) -> None:
    newsletter = site.read()[0].newsletter

    with pytest.raises(UsageError, match="the title"):
        new_item(site.folder, newsletter, title, today=TODAY)

    assert not (site.folder / "items").exists()


@given(st.text(min_size=1, max_size=40))
def test_any_title_is_either_kept_as_it_is_or_refused(title: str) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as home:
        site = SiteFiles(Path(home))
        try:
            paths = new_item(site.folder, site.read()[0].newsletter, title, today=TODAY)
        except UsageError:
            return

        assert site.item(paths[0].stem).texts["en"].title == title.strip(" \t\n")


def test_an_unknown_section_is_refused(site: SiteFiles) -> None:
    with pytest.raises(UsageError, match="unknown section 'chanels'"):
        new_item(site.folder, site.read()[0].newsletter, "x", today=TODAY, section="chanels")


@pytest.mark.parametrize(
    ("text", "documents"),
    [
        (scaffold_texts.ITEM, (ItemDocument, FigureDocument)),
        (scaffold_texts.QUESTION, (QuestionDocument,)),
        (scaffold_texts.NOTE, (NoteDocument,)),
        (
            scaffold_texts.NEWSLETTER,
            (
                NewsletterDocument,
                SenderDocument,
                SectionDocument,
                AssemblyDocument,
                PicturesDocument,
            ),
        ),
    ],
)
def test_a_new_file_names_every_key(text: str, documents: tuple[type[Document], ...]) -> None:
    for document in documents:
        for name, key in document.model_fields.items():
            assert re.search(rf"\b{key.alias or name}\b", text), key.alias or name


@pytest.mark.parametrize(
    "document",
    [
        AudienceDocument,
        FigureDocument,
        ItemDocument,
        NewsletterDocument,
        NoteDocument,
        PicturesDocument,
        QuestionDocument,
        ReceiptDocument,
        SectionDocument,
    ],
)
def test_the_manual_names_every_key(document: type[Document]) -> None:
    manual = Path(__file__).parents[2].joinpath("docs", "files.md").read_text("utf-8")

    for name, key in document.model_fields.items():
        assert re.search(rf"[`\[]{key.alias or name}\b|not = ", manual), key.alias or name


def test_the_examples_in_a_new_item_work_when_uncommented(site: SiteFiles) -> None:
    (path, *_) = new_item(site.folder, site.read()[0].newsletter, "x", today=TODAY)
    text = path.read_text()
    text = re.sub(r"^# (?=\[\[|[a-z_]+ = )", "", text, flags=re.MULTILINE)
    text = text.replace('roles = ["..."]', 'roles = ["brand"]').replace('["..."]', '["pay"]')
    text = text.replace('topics = ["pay"]', 'fields = ["education"]')
    path.write_text(text.replace('"https://..."', '"https://example.org"'))

    item = site.item("x")

    assert str(item.rule) == "roles:brand & !(fields:education)"
    assert item.texts["en"].figures[0].highlight
    assert item.also_in == ("pay",)


def test_a_new_site_builds_at_once(tmp_path: Path) -> None:
    init_site(tmp_path / "new", today=TODAY)

    publication, findings = read_publication(tmp_path / "new", "news")

    assert findings == []
    assert [item.id for item in publication.items] == ["welcome"]
    assert publication.items[0].date >= publication.newsletter.start
    assert "var/" in (tmp_path / "new" / ".gitignore").read_text().splitlines()
    assert tomllib.loads((tmp_path / "new" / "digest.toml").read_text()) == {}
    assert (tmp_path / "new" / "templates" / "README.md").exists()


def test_a_new_site_may_stand_in_a_fresh_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()

    init_site(tmp_path, today=TODAY, newsletter="weekly")

    assert newsletter_ids(tmp_path) == ["weekly"]


def test_a_new_site_may_begin_with_the_sample(tmp_path: Path) -> None:
    init_site(tmp_path, today=TODAY, sample=True)

    assert newsletter_ids(tmp_path) == ["open-class"]
    copied = (tmp_path / "content" / "open-class" / "newsletter.toml").read_bytes()
    assert copied == shipped("content", "open-class", "newsletter.toml").read_bytes()
    assert not (tmp_path / "content" / "open-class" / "sent").exists()


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")

    with pytest.raises(UsageError, match="is not empty"):
        init_site(tmp_path, today=TODAY)
    with pytest.raises(UsageError, match="is a file"):
        init_site(tmp_path / "thesis.txt", today=TODAY)

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("name", ["", "My News", "../x", "a/b", "-x", "x" * 41])
def test_a_newsletter_of_a_new_site_has_a_sane_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(DigestError, match="cannot name a newsletter"):
        init_site(tmp_path / "new", today=TODAY, newsletter=name)

    assert not (tmp_path / "new").exists()
