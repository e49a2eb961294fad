"""Writes the corpus's documents in which every attribute of every component stands once.

`attributes-<component>.mjml`: one instance of the component for each attribute and sample value, in
the smallest surroundings that it can have. What the schema learns to allow, the corpus then holds.
"""

from __future__ import annotations

from collections.abc import Iterator

from digest.rendering.components import kind_of, schema

PICTURE = "https://pictures.example/a.png"
#: What stands for each attribute that no kind describes.
_BY_NAME = {
    "background-position": ["left top", "20% 40%"],
    "background-position-x": ["left", "30%"],
    "background-position-y": ["bottom"],
    "background-size": ["cover", "contain", "50%", "120px 40px"],
    "background-url": [PICTURE],
    "border-radius": ["8px", "50%", "4px 8px 0 2px"],
    "css-class": ["mine", "one two"],
    "font-family": ["Georgia, 'Times New Roman', serif"],
    "font-style": ["italic"],
    "href": ["https://example.org/?a=1&amp;b=2"],
    "inner-border-radius": ["6px"],
    "mj-class": ["sample"],
    "rel": ["noopener nofollow"],
    "src": [PICTURE],
    "alt": ["words &amp; “signs” 日本語", ""],
    "target": ["_self"],
    "text-decoration": ["underline"],
    "text-transform": ["uppercase"],
}
_BY_KIND = {
    "border": ["2px dashed #336699", "none"],
    "color": ["#aa3300", "#a30", "rgb(10, 20, 30)", "teal"],
    "integer": ["3"],
    "boolean": ["true", "false"],
    "weight": ["bold", "300"],
}
#: What an attribute needs beside it to show anything.
_WITH = {
    "background-position": {"background-url": PICTURE},
    "background-position-x": {"background-url": PICTURE},
    "background-position-y": {"background-url": PICTURE},
    "background-repeat": {"background-url": PICTURE},
    "background-size": {"background-url": PICTURE},
    "inner-border-radius": {"padding": "6px", "inner-background-color": "#ddeedd"},
    "rel": {"href": "https://example.org/"},
    "target": {"href": "https://example.org/"},
    "border-radius": {"background-color": "#ddeeff"},
    "border-style": {"border-width": "3px"},
}
_TEXT = "<mj-text>inside</mj-text>"
_INSIDE = {
    "mj-section": f"<mj-column>{_TEXT}</mj-column>",
    "mj-wrapper": f"<mj-section><mj-column>{_TEXT}</mj-column></mj-section>",
    "mj-group": f"<mj-column>{_TEXT}</mj-column><mj-column>{_TEXT}</mj-column>",
    "mj-column": _TEXT,
    "mj-text": "words <b>and</b> words",
    "mj-table": "<tr><td>one</td><td>two</td></tr>",
    "mj-button": "press",
}
_NEEDS = {
    "mj-image": {"src": PICTURE, "alt": "a picture", "width": "80px"},
    "mj-button": {"href": "https://example.org/"},
}
_AROUND = {
    "mj-section": "{}",
    "mj-wrapper": "{}",
    "mj-group": "<mj-section>{}</mj-section>",
    "mj-column": "<mj-section>{}</mj-section>",
}
_AROUND_ALL = ("<mj-section><mj-column>", "</mj-column></mj-section>")

COMPONENTS = (*_INSIDE, "mj-image", "mj-divider", "mj-spacer")


def samples(attribute: str, written: str) -> list[str]:
    """Return the values with which an attribute is tried."""
    if attribute in _BY_NAME:
        return _BY_NAME[attribute]
    kind = kind_of(written)
    if kind.name == "enum":
        return [option for option in kind.options if option]
    if kind.name in ("unit", "unitWithNegative"):
        return list(_lengths(attribute, kind.options, many=kind.most > 1))
    return _BY_KIND[kind.name]


def _lengths(attribute: str, units: tuple[str, ...], *, many: bool) -> Iterator[str]:
    size = "48" if attribute in ("width", "height", "max-height") else "12"
    yield from (f"{size}{unit}" for unit in units if unit in ("px", "%"))
    if "" in units:
        yield "1.5"
    if "em" in units:
        yield from ("-0.5px", "0.1em")
    if "auto" in units:
        yield "auto"
    if many:
        yield from ("0", "5px 4%", "1px 2px 3px", "1px 2px 3px 4px")


def document(component: str) -> str:
    """Return the document of one component."""
    sample = '<mj-class name="sample" padding="3px" />'
    head = f"  <mj-head><mj-attributes>{sample}</mj-attributes></mj-head>"
    before, after = _AROUND_ALL if component not in _AROUND else ("", "")
    body = [f"    {each}" for each in _instances(component)]
    lines = ["<mjml>", head, f"  <mj-body>{before}", *body, f"  {after}</mj-body>", "</mjml>", ""]
    return "\n".join(lines)


def _instances(component: str) -> Iterator[str]:
    for attribute, written in schema()[component]["attributes"].items():
        for value in samples(attribute, written):
            wanted = _NEEDS.get(component, {}) | _known(component, attribute) | {attribute: value}
            yield _instance(component, wanted)


def _known(component: str, attribute: str) -> dict[str, str]:
    known = schema()[component]["attributes"]
    return {name: value for name, value in _WITH.get(attribute, {}).items() if name in known}


def _instance(component: str, attributes: dict[str, str]) -> str:
    written = "".join(f' {name}="{value}"' for name, value in attributes.items())
    inside = _INSIDE.get(component)
    tag = f"<{component}{written}>{inside}</{component}>" if inside else f"<{component}{written} />"
    return _AROUND.get(component, "{}").format(tag)
