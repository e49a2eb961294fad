"""What an inbox shows, and what should have been filled in, taken out or finished."""

from __future__ import annotations

import dataclasses

import pytest

from tests.rendering.lint.mail_maker import LEAVE, MARKERS, lint, mail, rules


@pytest.mark.parametrize(
    "subject",
    ["a\x00b", "a\nb", "a\u2028b", "a\u202eb", "a\x9fb", "a\ud800b", "=?utf-8?q?=0ABcc:?= x"],
)
def test_a_character_that_no_header_can_carry_is_told(subject: str) -> None:
    assert "unsafe-character" in rules(mail(subject=subject))
    assert "unsafe-character" in rules(mail(preheader=subject))


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1b", "\u202e", "\ud800", "\uffff"])
def test_a_character_that_no_part_can_carry_is_told(character: str) -> None:
    assert "unsafe-character" in rules(mail(f"<p>a{character}b</p>"))
    assert "unsafe-character" in rules(mail(text=f"a{character}b"))


@pytest.mark.parametrize(
    "words", ["👩\u200d🔬 works", "नमस्\u200cते", "שלום\u200f", "a\u00a0b\u200bc"]
)
def test_joiners_and_marks_of_real_scripts_are_not_told(words: str) -> None:
    assert rules(mail(f"<p>{words}</p>", subject=f"{words} today")) == set()


@pytest.mark.parametrize(
    ("subject", "shouts"),
    [
        ("READ THIS NOW", True),
        ("READ THIS NOW, 微信", True),
        ("WeChat Open Class", False),
        ("WECHAT", False),
        ("KPI", False),
        ("微信公开课", False),
        ("ПРОЧТИ ЭТО СЕЙЧАС", True),
    ],
)
def test_capitals_from_end_to_end_shout(subject: str, shouts: bool) -> None:
    assert ("shouting" in rules(mail(subject=subject))) == shouts


def test_width_is_counted_in_cells() -> None:
    assert "long-subject" in rules(mail(subject="微" * 40))
    assert "long-subject" not in rules(mail(subject="w" * 78))


def test_what_is_wrong_with_a_subject_names_the_newsletter_or_the_note() -> None:
    found = lint(mail(subject=""))

    assert [each.file for each in found] == ["content/open-class/newsletter.toml"]


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("Hello {{ reader.name }}", "leftover-template"),
        ("{% if x %}", "leftover-template"),
        ("Hello *|FNAME|*", "leftover-template"),
        ("Hello %%name%%", "leftover-template"),
        ("grew by TKTK people", "unfinished-text"),
        ("数字は TK です", "unfinished-text"),
        ("数字はTKです", "unfinished-text"),
        ("It is TK.", "unfinished-text"),
        ("TODO: write", "unfinished-text"),
        ("Lorem ipsum dolor", "unfinished-text"),
        ("FIXME", "unfinished-text"),
        (LEAVE[:26], "leftover-marker"),
        (LEAVE.upper(), "leftover-marker"),
        (LEAVE.replace("0123", "ffff"), "leftover-marker"),
        ("undefined", "printed-value"),
        ("[object Object]", "printed-value"),
        ("Deadline: None", "printed-value"),
    ],
)
def test_what_was_left_over_is_told_in_either_part(words: str, rule: str) -> None:
    assert rule in rules(mail(f"<p>{words}</p>"))
    assert rule in rules(mail(text=words))


@pytest.mark.parametrize(
    "words",
    [
        "{name} and {1,2}",
        "100 % of %{x",
        "STK, TKO, tk, TK-Maxx, www.tk.com and x.TK",
        "TODO el mundo",
        "None of us; null and void",
        "mk1 and mkabc",
        "C'est fini. Nulla",
    ],
)
def test_honest_words_are_not_taken_for_leftovers(words: str) -> None:
    assert rules(mail(f"<p>{words}</p>", words)) == set()


def test_a_leftover_in_an_alt_is_told() -> None:
    assert "leftover-template" in rules(mail('<img alt="{{ alt }}">'))


def test_a_marker_without_an_entry_is_told_even_in_a_link() -> None:
    fewer = {marker: each for marker, each in MARKERS.items() if marker != LEAVE}

    found = rules(dataclasses.replace(mail(), markers=fewer))

    assert "leftover-marker" in found
    assert "relative-link" in found
