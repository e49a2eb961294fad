"""Whatever the preflight lets through, the compiler takes, and what comes out is whole.

Documents are made by chance from the schema, with values at the edge of what each kind allows; the
seed is fixed, so a failure comes again.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from digest.rendering.compiling import compile_mjml
from digest.rendering.components import schema, settled
from digest.rendering.lines import Sources
from tests.corpus.attributes import samples
from tests.rendering.outlook_view import unbalanced

EDGES = (
    *("0", "0px", "0%", ".5px", "1px", "0.000001px", "9999.999999px", "10000px", "33.3333%"),
    *("100%", "200%", "0 0", "3px 3px 3px", "5px 4%", "50% 50%", "auto", "none", "true", "left"),
    *("cover", "transparent", "1px solid red", "日本"),
)
HTML = ("", "text", "<b>b</b>", "<p>x</p>", "<!--[if mso]>x<![endif]-->", " &amp; ", "日本")


class Maker:
    """Makes documents by chance."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def document(self) -> str:
        """Return a document that the schema allows."""
        return f"<mjml>{self._element('mj-body')}</mjml>"

    def _element(self, name: str) -> str:
        inside = "".join(self._inside(name))
        return f"<{name}{self._attributes(name)}>{inside}</{name}>"

    def _inside(self, name: str) -> Iterator[str]:
        component = schema()[name]
        if name == "mj-table":
            yield self.chance.choice(["", "<tr><td>x</td></tr>"])
        elif name == "mj-raw":
            yield self.chance.choice(["", "<div>x</div>", HTML[4]])
        elif component["holds"] == "html":
            yield from self.chance.choices(HTML, k=2)
        elif component["children"]:
            for _ in range(self.chance.randint(0, 4)):
                yield self._element(self.chance.choice(component["children"]))

    def _attributes(self, name: str) -> str:
        kinds = schema()[name]["attributes"]
        chosen = self.chance.sample(sorted(kinds), min(len(kinds), self.chance.randint(0, 8)))
        chosen = sorted({*chosen, *schema()[name]["needs"]})
        return "".join(f' {each}="{self._value(each, kinds[each])}"' for each in chosen)

    def _value(self, attribute: str, kind: str) -> str:
        values = [*samples(attribute, kind), *EDGES]
        return self.chance.choice([each for each in values if settled(each, kind) is not None])


@pytest.mark.parametrize("seed", range(60))
def test_what_the_preflight_lets_through_compiles_and_is_whole(seed: int) -> None:
    maker = Maker(seed)

    for _ in range(5):
        source = maker.document()
        html = compile_mjml(source, Sources(()))

        assert "<mj-" not in html, source
        assert unbalanced(html, outlook=False) == [], source
        assert unbalanced(html, outlook=True) == [], source
