"""Style elements as strict clients read them, pictures as readers get them, weight for Gmail."""

from __future__ import annotations

import dataclasses

import pytest

from digest.rendering.lint.css import read_declarations, read_sheet, split_selectors
from digest.rendering.lint.media import holds
from tests.rendering.lint.mail_maker import lint, mail, picture, rules, shown


@pytest.mark.parametrize(
    ("css", "preludes"),
    [
        ("a{b:c}d{e:f}", [((), "a"), ((), "d")]),
        (
            "@media x{a{b:c}d{}}e{}",
            [((), "@media x"), (("@media x",), "a"), (("@media x",), "d"), ((), "e")],
        ),
        ("/* a{ */b{c:'}'}", [((), "b")]),
        ("a{b:c", [((), "a")]),
        ("@import 'x';a{}", [((), "a")]),
        ("}a{}", [((), "a")]),
        ("<!-- a{} -->", [((), "a")]),
    ],
)
def test_a_style_element_is_read_as_a_client_reads_it(
    css: str, preludes: list[tuple[tuple[str, ...], str]]
) -> None:
    assert [(block.around, block.prelude) for block in read_sheet(css).blocks] == preludes


def test_declarations_keep_their_brackets_quotes_and_importance() -> None:
    found = read_declarations("Color: RED !important;background:url(data:a;b) x;font:'a;b';;x")

    assert [tuple(each) for each in found] == [
        ("color", "RED", True),
        ("background", "url(data:a;b) x", False),
        ("font", "'a;b'", False),
    ]


def test_a_selector_list_is_split_outside_of_brackets() -> None:
    assert split_selectors("a,b:not(c,d), [e='f,g']") == ["a", "b:not(c,d)", "[e='f,g']"]


@pytest.mark.parametrize(
    ("query", "scheme", "expected"),
    [
        ("", "light", True),
        ("screen", "light", True),
        ("print", "light", False),
        ("not print", "light", True),
        ("(prefers-color-scheme:dark)", "dark", True),
        ("(prefers-color-scheme: dark)", "light", False),
        ("screen and (prefers-color-scheme:light)", "light", True),
        ("print, (max-width: 480px)", "dark", True),
        ("only screen and (min-width:520px)", "dark", False),
        ("(min-resolution:2dppx)", "dark", False),
    ],
)
def test_media_queries_are_asked_for_a_phone(query: str, scheme: str, expected: bool) -> None:
    assert holds(query, scheme) == expected


@pytest.mark.parametrize(
    ("css", "rule"),
    [
        ("@media x{@supports (a:b){c{d:e}}}", "nested-at-rule"),
        (".a{.b{color:red}}", "nested-at-rule"),
        (".a{@media print{color:red}}", "nested-at-rule"),
        ("[data-ogsc] .a,.b{color:#fff}", "outlook-dark-leak"),
        (".b,[data-ogsb] .a{color:#fff}", "outlook-dark-leak"),
        ("@font-face{font-family:A;src:url(https://f.example/a.woff)}", "external-style"),
        (".a{background:url(https://f.example/a.png)}", "external-style"),
        (".a}", "broken-css"),
    ],
)
def test_what_a_strict_client_drops_or_leaks_is_told(css: str, rule: str) -> None:
    assert rule in rules(mail(css=css))


def test_a_keyframe_is_no_nesting_but_an_unsupported_feature() -> None:
    found = rules(mail(css="@keyframes a{from{opacity:0}to{opacity:1}}"))

    assert "nested-at-rule" not in found
    assert "unsupported-feature" in found


def test_a_fetched_style_sheet_is_told() -> None:
    assert "external-style" in rules(mail(head='<link rel="stylesheet" href="https://f.example/">'))


@pytest.mark.parametrize("source", ["", "a.png", "/a.png", "cid:other@picture", "data:image/png,x"])
def test_a_picture_that_the_mail_does_not_carry_is_told(source: str) -> None:
    assert "missing-picture" in rules(shown(f'src="{source}" alt="A" width="1" height="1"'))


def test_a_hosted_picture_of_the_mail_is_its_own() -> None:
    one = picture()
    source = f"https://assets.example/p/{one.file_name}"

    assert rules(shown(f'src="{source}" alt="A" width="300" height="150"', one)) == set()


def test_a_background_picture_has_to_be_carried_as_well() -> None:
    assert "external-picture" in rules(mail('<td background="https://a.example/a.png">A</td>'))
    assert "missing-picture" in rules(mail('<p style="background-image:url(a.png)">A</p>'))


def test_a_finding_on_a_picture_names_its_file() -> None:
    found = lint(shown('src="CID" width="300" height="100"'))

    assert {each.rule: each.file for each in found} == {
        "missing-alt": "content/open-class/assets/hero.png",
        "picture-ratio": "content/open-class/assets/hero.png",
    }


def test_the_heaviest_reader_counts() -> None:
    rendered = mail("<p>w</p>" * 9_800)

    assert "html-heavy" not in rules(rendered)
    assert "html-heavy" in rules(rendered, heaviest=2_000)
    assert "html-clipped" in rules(rendered, heaviest=22_000)


def test_weight_is_counted_in_bytes() -> None:
    assert "html-heavy" in rules(mail(f"<p>{'字' * 27_000}</p>"))


def test_a_mail_of_too_many_elements_is_told_so_at_once() -> None:
    found = lint(mail("<b>" * 20_001))

    assert {each.rule for each in found} == {"html-clipped"}
    assert "most rules were not looked at" in found[0].what


def test_what_happens_over_and_over_is_told_ten_times() -> None:
    body = "".join(f'<p><a href="x{number}.html">A</a></p>' for number in range(50))

    told = [each.rule for each in lint(dataclasses.replace(mail(body)))]

    assert told.count("relative-link") == 10
