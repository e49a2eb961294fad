"""Links in the text part stand below their section, under a number."""

from __future__ import annotations

from digest.rendering.footnotes import with_footnotes

RULE = "-" * 40


def test_a_link_in_a_sentence_is_a_number_and_its_address_stands_below() -> None:
    text = with_footnotes("See the page <https://x.example/a> now.\n")

    assert text == "See the page [1] now.\n\n[1] <https://x.example/a>\n\n"


def test_each_section_has_its_own_addresses_and_the_same_one_keeps_its_number() -> None:
    text = with_footnotes(
        f"a <https://x.example/a>\n{RULE}\nb <https://x.example/b> <https://x.example/a>\n"
    )

    first, second = text.split(RULE)
    assert first.endswith("[1] <https://x.example/a>\n\n")
    assert "b [2] [1]" in second
    assert second.index("[1] <https://x.example/a>") < second.index("[2] <https://x.example/b>")


def test_a_personal_link_stays_where_one_looks_for_it() -> None:
    text = f"Unsubscribe: <mk0123>\n{RULE}\nno links\n"

    assert with_footnotes(text) == text
