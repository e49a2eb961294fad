"""Markers: all of them whole, none left over; and what each part makes of a value."""

import pytest

from digest.errors import DigestError, RecipientError
from digest.message.markers import fill_html, fill_subject, fill_text, greeting, refuse_altered
from digest.model.edition import Personal, Placeholder
from tests.message.editions import ACCEPT, ADDRESS, GREETING, LEAVE, LINKS, NAME, reader, rendered

HALF = len(GREETING) // 2


def test_whole_markers_pass_wherever_they_stand() -> None:
    edition = rendered(
        subject=f"{NAME}", html=f"{NAME}{NAME}x{GREETING}さん", text=f"{GREETING}\n{LEAVE}{ADDRESS}"
    )

    refuse_altered(edition)

    assert len(edition.markers) == 4


@pytest.mark.parametrize(
    "broken",
    [
        GREETING.upper(),
        GREETING.title(),
        GREETING[:-1],
        GREETING[1:],
        GREETING[:HALF] + "\n" + GREETING[HALF:],
        GREETING[:5] + "\r\n    " + GREETING[5:],
        GREETING[:9] + "<wbr>" + GREETING[9:],
        GREETING[:HALF] + "&shy;" + GREETING[HALF:],
        GREETING[:HALF] + "\u200b" + GREETING[HALF:],
        GREETING[:HALF] + '<span style="x">' + GREETING[HALF:] + "</span>",
        "".join(f"&#{ord(character)};" for character in GREETING),
        "".join(f"&#x{ord(character):x};" for character in GREETING),
        GREETING[:20] + "x" + GREETING[20:],
    ],
)
@pytest.mark.parametrize("part", ["subject", "html", "text"])
def test_an_altered_marker_stops_the_build(broken: str, part: str) -> None:
    parts = {"subject": "x", "html": f"{GREETING}", "text": f"{GREETING}"}
    parts[part] += f" Dear {broken} reader"

    with pytest.raises(DigestError, match="a marker was altered"):
        refuse_altered(rendered(**parts))


def test_a_marker_that_is_nowhere_stops_the_build() -> None:
    edition = rendered(html="<p>Hello</p>", text="Hello", given=[GREETING])

    with pytest.raises(DigestError, match="that of greeting is nowhere"):
        refuse_altered(edition)


def test_a_marker_that_is_no_placeholder_stops_the_build() -> None:
    edition = rendered(html=f"{GREETING} {ACCEPT}", text=GREETING, given=[GREETING])

    with pytest.raises(DigestError, match="left in the HTML"):
        refuse_altered(edition)


@pytest.mark.parametrize("marker", ["", "short", "with-hyphen-in-it", "mit＿umläuten", "a" * 11])
def test_what_could_stand_in_ordinary_text_cannot_be_a_marker(marker: str) -> None:
    edition = rendered(html=f"x {marker}", text="x", given=[])
    unusable = {**edition.markers, marker: Placeholder.NAME}

    with pytest.raises(DigestError, match="cannot be a marker"):
        refuse_altered(_with_markers(unusable))


def test_a_marker_inside_another_is_refused() -> None:
    markers = {"abcdefghijklmn": Placeholder.NAME, "abcdefghijklmnop": Placeholder.ADDRESS}

    with pytest.raises(DigestError, match="part of another"):
        refuse_altered(_with_markers(markers))


def _with_markers(markers: dict[str, Placeholder]):
    plain = rendered(html=" ".join(markers), text="x", given=[])
    return type(plain)(
        subject="x", preheader="", html=plain.html, text="x", markers=markers,
        greeting_named="Hello {name},", greeting_plain="Hello,",
    )  # fmt: skip


def test_each_part_escapes_in_its_own_way() -> None:
    edition = rendered(
        subject=f"For {NAME}", html=f'<a href="{LEAVE}">{GREETING}</a>', text=f"{GREETING} {LEAVE}"
    )
    person = Personal(
        name='<b>"O\'Neil" & {name}</b>',
        address="a@example.org",
        links={Placeholder.LEAVE_URL: "https://x.org/?a=1&b=2"},
    )

    subject, text, page = (fill(edition, person) for fill in (fill_subject, fill_text, fill_html))

    assert subject == 'For <b>"O\'Neil" & {name}</b>'
    assert text == 'Hello <b>"O\'Neil" & {name}</b>, https://x.org/?a=1&b=2'
    assert page == (
        '<a href="https://x.org/?a=1&amp;b=2">'
        "Hello &lt;b&gt;&quot;O&#x27;Neil&quot; &amp; {name}&lt;/b&gt;,</a>"
    )


def test_a_value_is_never_taken_for_a_marker() -> None:
    edition = rendered(html=f"{NAME} {LEAVE}", text=f"{NAME} {LEAVE}")

    filled = fill_text(edition, reader(name=LEAVE))

    assert filled == f"{LEAVE} {LINKS[Placeholder.LEAVE_URL]}"


@pytest.mark.parametrize("name", ["", " ", "\u3000", "\u200b", "\u00a0\u200d\ufeff", "\u202e"])
def test_a_reader_without_a_visible_name_is_greeted_plainly(name: str) -> None:
    assert greeting(rendered(), name) == "Hello,"


@pytest.mark.parametrize(
    "name", ["Ada", " Ada ", "{name}", "{0.__class__}", "%s", "山田", "👩‍💻", "é"]
)
def test_a_name_is_put_into_the_greeting_as_it_is(name: str) -> None:
    assert greeting(rendered(), name) == f"Hello {name.strip()},"


def test_a_link_that_a_reader_lacks_is_an_error_and_no_dead_button() -> None:
    person = Personal(name="Ada", address="ada@example.org")

    with pytest.raises(RecipientError, match="leave_url"):
        fill_html(rendered(), person)


def test_a_line_break_in_a_value_is_refused_in_every_part() -> None:
    for fill in (fill_subject, fill_text, fill_html):
        with pytest.raises(RecipientError, match="name holds"):
            fill(rendered(), reader(name="Ada\nLovelace"))
