"""Whatever stands in a file, reading it ends in a publication or in an error that can be mended."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.content.documents import Document, TermsDocument
from digest.content.folder import collect_findings, read_publication
from digest.errors import DigestError
from tests.content.site_files import ITEM, NEWSLETTER, SiteFiles

FILES = (
    "newsletter.toml",
    "items/x.md",
    "items/x.ja.md",
    "questions/x.md",
    "questions/x.ja.md",
    "notes/next.md",
    "notes/next.ja.md",
    "sent/1.toml",
)
KEYS = sorted(
    {
        key.alias or name
        for document in (*Document.__subclasses__(), *TermsDocument.__subclasses__())
        for name, key in document.model_fields.items()
    }
)
WHOLE = {
    "newsletter.toml": 'schedule = "0 9 * * 5"\ncatch_up = "6 hours"\n' + NEWSLETTER,
    "items/x.md": """\
title = "x"
date = 2023-03-31
section = "channels"
kind = "opportunity"
status = "open"
for = { roles = ["brand"], not = { verified = ["education"] } }
do = "x"
link = "https://example.org"
source = "x"
also_in = ["pay"]
opens = "1 day"
closes = 2030-01-01
pin = true
weight = 3
expires = 2030-01-01
[[figures]]
id = "a"
number = 1
text = "1"
label = "l"
settled = true""",
    "items/x.ja.md": 'title = "x"\ndo = "x"\nlink = "assets/x"\n[[figures]]\nid = "a"\ntext = "1"',
    "questions/x.md": """\
question = "x"
field = "education"
opens = "1 day"
closes = 2030-01-01
quota = 5
overinvite = 2.5
cap = "1 per 30 days\"""",
    "notes/next.md": 'subject = "x"\npreheader = "x"\ntitle = "x"\nlead = "x"',
    "sent/1.toml": """\
number = 1
revision = 1
cutoff = 2023-04-01T00:00:00Z
hash = "0123456789abcdef"
note = "0123456789abcdef"
captured = false
items = { x = "0123456789abcdef" }
counts = { sent = 1 }""",
}


def read_with(file: str, content: bytes) -> None:
    with TemporaryDirectory() as home:
        site = SiteFiles(Path(home))
        site.write("items/x.md", ITEM)
        site.write("questions/x.md", '+++\nquestion = "q"\nfield = "education"\nquota = 1\n+++\n')
        site.write("notes/next.md", "+++\n+++\n")
        site.write(file, content)

        # What is not a DigestError goes through, and is the failure that is looked for.
        with suppress(DigestError):
            read_publication(site.home, "news")
        for finding in collect_findings(site.home, "news"):
            assert "\n" not in str(finding), str(finding)


scalars = st.one_of(
    st.integers(),
    st.booleans(),
    st.text(max_size=8).map(lambda text: text.replace("\x7f", "")),
    st.sampled_from(["opportunity", "14 days", "channels", "https://[", "assets/", "{x", "en"]),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
tables = st.dictionaries(st.sampled_from(KEYS), values, max_size=8)
odd = st.sampled_from(
    [
        *("inf", "nan", "-0.0", "1e999", "0x" + "f" * 9000),
        *("2023-03-31", "07:32:00", "9999-12-31", "0001-01-01T00:00:00Z"),
        *("0001-01-01T00:00:00+14:00", "[[[[]]]]", "{}", "'''\n'''"),
    ]
)


def emit(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{emit(str(k))} = {emit(v)}' for k, v in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(emit(inner) for inner in value)}]"
    if isinstance(value, str):
        clean = value.encode("utf-8", "ignore").decode()
        return json.dumps(clean, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value).lower()


def wrap(file: str, toml: str) -> bytes:
    return (toml if file.endswith(".toml") else f"+++\n{toml}\n+++\nbody").encode()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(FILES), st.binary(max_size=200))
def test_random_bytes_are_an_error_or_nothing(file: str, content: bytes) -> None:
    read_with(file, content)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(FILES), tables)
def test_random_toml_is_an_error_or_nothing(file: str, table: dict[str, Any]) -> None:
    read_with(file, wrap(file, "\n".join(f"{key} = {emit(v)}" for key, v in table.items())))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(FILES), st.sampled_from(KEYS), odd)
def test_odd_values_are_an_error_or_nothing(file: str, key: str, value: str) -> None:
    read_with(file, wrap(file, f"{key} = {value}"))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_whole_file_with_one_odd_value_is_an_error_or_nothing(data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(sorted(WHOLE)), "file")
    lines = WHOLE[file].split("\n")
    places = [place for place, line in enumerate(lines) if " = " in line]
    place = data.draw(st.sampled_from(places), "line")
    key = lines[place].split(" = ")[0]
    lines[place] = f"{key} = {data.draw(odd | values.map(emit), 'value')}"

    read_with(file, wrap(file, "\n".join(lines)))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_file_damaged_anywhere_is_an_error_or_nothing(data: st.DataObject) -> None:
    file, good = data.draw(
        st.sampled_from([("newsletter.toml", NEWSLETTER), ("items/x.md", ITEM)]), "file"
    )
    start = data.draw(st.integers(0, len(good)), "from")
    end = data.draw(st.integers(start, min(len(good), start + 12)), "to")
    damage = data.draw(st.text(max_size=4) | odd, "damage")

    read_with(file, (good[:start] + damage + good[end:]).encode("utf-8", "replace"))


SLOW = [" ".join("`" * length for length in range(1, 700))]
SLOW += [text * 50_000 for text in ("[", "![", "](", "](<", "`", "]((", "[a]:")]
LONG = ["](assets/" + "a" * 5000 + ")", "](assets/%00)", "](https://[)"]


@pytest.mark.parametrize("body", [*SLOW, *LONG])
@pytest.mark.timeout(10)
def test_a_body_made_to_be_slow_is_not(body: str) -> None:
    read_with("items/x.md", ITEM.encode() + body.encode())


@pytest.mark.parametrize(
    "toml",
    [
        "a." * 20_000 + "b = 1",
        "[" + "a." * 20_000 + "b]",
        "title = [" + "1," * 100_000 + "]",
        "[[figures]]\n" * 20_000,
        "\n".join(f"key{number} = 1" for number in range(20_000)),
    ],
)
@pytest.mark.timeout(20)
def test_front_matter_made_to_be_slow_is_not(toml: str) -> None:
    read_with("items/x.md", wrap("items/x.md", toml))
