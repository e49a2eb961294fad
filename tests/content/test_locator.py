"""Where keys stand: for every form in which TOML can write them."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from digest.content.locator import KeyPath, locate

EVERY_FORM = '''\
# a comment with = and "quotes"
plain = 1
"quoted.key" = "x"  # line 3
'single' = 'x'
dotted.inner . "deep" = true
long = """
first = 1
\\""" not the end
end""""
after = 2023-03-31 10:00:00
literal = \'\'\'
it's [here] = {}
\'\'\'
list = [
  1, # one, two ]
  "two",
  { a = 1, b = [ "]", 2 ] },
]
inline = { x.y = "}", z = [1,
  2] }

[table]
key = 1
[table.sub."odd key"]
key = -1.5e3

[[figures]]
id = "a"
[[figures]]
id = "b"
tag = { n = 1 }
[[figures.parts]]
id = "c"
[figures.extra]
id = "d"
'''


def test_every_form_of_key_has_its_line() -> None:
    lines = locate(EVERY_FORM)

    assert tomllib.loads(EVERY_FORM)
    assert {path: lines[path] for path in PLACES} == PLACES


PLACES: dict[KeyPath, int] = {
    ("plain",): 2,
    ("quoted.key",): 3,
    ("single",): 4,
    ("dotted",): 5,
    ("dotted", "inner", "deep"): 5,
    ("long",): 6,
    ("after",): 10,
    ("literal",): 11,
    ("list",): 14,
    ("list", 0): 15,
    ("list", 1): 16,
    ("list", 2): 17,
    ("list", 2, "b", 1): 17,
    ("inline", "x", "y"): 19,
    ("inline", "z", 1): 20,
    ("table",): 22,
    ("table", "key"): 23,
    ("table", "sub", "odd key"): 24,
    ("table", "sub", "odd key", "key"): 25,
    ("figures",): 27,
    ("figures", 0): 27,
    ("figures", 0, "id"): 28,
    ("figures", 1): 29,
    ("figures", 1, "id"): 30,
    ("figures", 1, "tag", "n"): 31,
    ("figures", 1, "parts", 0, "id"): 33,
    ("figures", 1, "extra", "id"): 35,
}

names = st.text(st.sampled_from('ab .="#[]{}\n\\é'), max_size=4)
scalars = st.one_of(st.integers(), st.booleans(), names)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3)
)


def emit(value: Any) -> str:
    if isinstance(value, dict):
        pairs = ", ".join(f"{emit(key)} = {emit(inner)}" for key, inner in value.items())
        return f"{{ {pairs} }}"
    if isinstance(value, list):
        return "[ # ]\n" + ", # ,\n".join(emit(inner) for inner in value) + " ]"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    return str(value).lower()


def paths(value: Any, path: KeyPath = ()) -> set[KeyPath]:
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    if isinstance(value, list):
        inner = list(enumerate(value))
    return {path}.union(*(paths(part, (*path, key)) for key, part in inner))


@given(st.dictionaries(names, values, max_size=5))
def test_every_key_that_tomllib_sees_has_a_line(data: dict[str, Any]) -> None:
    text = "\n".join(f"{emit(key)} = {emit(value)}" for key, value in data.items())

    lines = locate(text)

    assert tomllib.loads(text) == data
    assert set(lines) == paths(data) - {()}


@given(st.text(st.sampled_from("ab=.[]{}\"'\\#\n ,1"), max_size=60))
def test_text_that_is_not_toml_is_not_an_accident(text: str) -> None:
    last = text.count("\n") + 1

    assert all(1 <= line <= last for line in locate(text).values())
