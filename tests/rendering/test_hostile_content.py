"""Whatever stands in an item is shown as it was written, or refused with its file."""

from __future__ import annotations

import pytest

from digest.errors import ContentError
from digest.model.edition import Placeholder
from tests.rendering.issue_maker import (
    figure,
    item,
    only,
)
from tests.rendering.mail_reader import MailReader, squeezed


def test_a_control_character_in_an_item_names_its_file() -> None:
    with pytest.raises(ContentError, match=r"items/a\.md.*U\+0007"):
        only(item("a", title="Ding\x07"))


@pytest.mark.parametrize(
    "hostile",
    [
        '"><script>alert(1)</script>',
        "{{ reader.address }}{% raw %}",
        "</mj-text><mj-raw>",
        "&lt;b&gt; &amp;",
        "\\u{3000} \\n",
        "<mj-text@0:1@>",
        "]]> --> <!--",
    ],
)
def test_whatever_an_editor_writes_is_shown_as_it_was_written(hostile: str) -> None:
    rendered = only(
        item(
            "a",
            title=hostile,
            do=hostile,
            source=hostile,
            figures=(figure(f"1 {hostile}", hostile, highlight=True),),
        )
    )

    said = MailReader(rendered.html).said
    assert said.count(squeezed(hostile)) >= 5
    assert squeezed(rendered.text).count(squeezed(hostile)) >= 5
    assert "<script" not in rendered.html
    assert Placeholder.ADDRESS not in rendered.markers.values()


def test_an_unsafe_link_of_an_item_is_not_drawn() -> None:
    rendered = only(item("a", link="javascript:alert(1)"))

    assert "javascript" not in rendered.html + rendered.text


def test_an_edition_of_nothing_is_still_a_mail() -> None:
    rendered = only()

    assert "Five takeaways" in rendered.html
    assert MailReader(rendered.html).open == []


def test_very_long_words_and_emoji_pass_unharmed() -> None:
    word = "Donaudampfschifffahrtsgesellschaft" * 9
    rendered = only(item("a", title=f"👩\u200d🚀 {word}", body="e\u0301 👨‍👩‍👧‍👦"))

    assert word in rendered.html
    assert word in rendered.text
    assert "👨‍👩‍👧‍👦" in rendered.html
