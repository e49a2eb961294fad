"""Template defects that people really make: each is harmless in the author's own view of the mail,
or nearly, and does harm in an inbox.

A defect is a few files of a site's own `templates/`, which extend the shipped ones; so it takes the
way of every template, through the compiler and into the mail.
"""

from __future__ import annotations

from dataclasses import dataclass

_NOTE = "mail/kinds/note.mjml.j2"
_ITEM = "mail/kinds/takeaway.mjml.j2"
_STYLES = "mail/styles.mjml.j2"


@dataclass(frozen=True, kw_only=True, slots=True)
class Defect:
    """A mistake in a template, and the inbox in which it has to be seen."""

    name: str
    inbox: str
    kind: str
    """What is to be seen, one of the problems of `looking`."""
    note: tuple[str, str] = ("", "")
    """What stands before and after the editor's note."""
    item: tuple[str, str] = ("", "")
    """What stands before and after every takeaway."""
    css: str = ""
    replaces: str = ""
    """What stands instead of the editor's note."""

    def files(self) -> dict[str, str]:
        """Return the site's templates by name."""
        return {
            _NOTE: self.replaces or _around(_NOTE, *self.note),
            _ITEM: _around(_ITEM, *self.item),
            _STYLES: _around(_STYLES, "", f"<mj-style>{self.css}</mj-style>" if self.css else ""),
        }


def _around(template: str, before: str, after: str) -> str:
    return f'{before}{{% include "shipped/{template}" %}}{after}\n'


def _styled(style: str) -> tuple[str, str]:
    return f'<div style="{style}">', "</div>"


def _classed(name: str, style: str) -> tuple[str, str]:
    return f'<div class="{name}" style="{style}">', "</div>"


DEFECTS = (
    Defect(
        name="a ground that only the style sheet gives",
        note=_classed("night", "color:#ffffff"),
        css=".night{background-color:#0E3B2B}",
        inbox="style-stripped",
        kind="faint",
    ),
    Defect(
        name="text without size until the style sheet gives one",
        note=_classed("read", "font-size:0"),
        css=".read{font-size:16px!important}",
        inbox="style-stripped",
        kind="small",
    ),
    Defect(
        name="a paragraph pulled up, which the style sheet pushes down again",
        item=_classed("pushed", "margin:-70px 0 0"),
        css=".pushed{margin:0!important}",
        inbox="forwarded",
        kind="overlapping",
    ),
    Defect(
        name="a rule that asks for the exact class attribute",
        note=_classed("night", "color:#ffffff"),
        css='[class="night"]{background-color:#0E3B2B}',
        inbox="classes-prefixed",
        kind="faint",
    ),
    Defect(
        name="a rule that leans on the body",
        note=_classed("night", "color:#ffffff"),
        css="body .night{background-color:#0E3B2B}",
        inbox="classes-prefixed",
        kind="faint",
    ),
    Defect(
        name="text that a media query has to uncover",
        note=_classed("wide", "display:none"),
        css="@media (min-width:1px){.wide{display:block!important}}",
        inbox="media-queries-dropped",
        kind="lost",
    ),
    Defect(
        name="a width that a media query has to narrow",
        item=_classed("fit", "width:700px"),
        css="@media (max-width:699px){.fit{width:auto!important}}",
        inbox="media-queries-dropped",
        kind="cut",
    ),
    Defect(
        name="text that stands in a picture only",
        replaces='<div style="background:url(note.png);height:200px"></div>',
        inbox="images-off",
        kind="lost",
    ),
    Defect(
        name="a ground that only a picture gives",
        note=_styled("background-image:url(night.png);color:#ffffff"),
        inbox="images-off",
        kind="faint",
    ),
    Defect(
        name="words for a missing picture in the colour of its ground",
        note=(
            '<div style="background:#0E3B2B;color:#0E3B2B"><img src="map.png" width="200" '
            'height="90" alt="A map of the hall" style="display:block" /></div>',
            "",
        ),
        inbox="images-off",
        kind="faint",
    ),
    Defect(
        name="a colour for Outlook.com that fits no dark ground",
        css="[data-ogsc] p,[data-ogsc] td{color:#1B2620!important}",
        inbox="outlook-com",
        kind="faint",
    ),
    Defect(
        name="dark ink that nothing may change on a ground that inversion darkens",
        note=_styled("background:#FFFFFF;color:rgb(27,38,32)"),
        css="p{color:rgb(27,38,32)!important}",
        inbox="partly-inverted",
        kind="faint",
    ),
    Defect(
        name="middle grey on which turned ink has no room",
        note=_styled("background:#808080;color:#2b2b2b"),
        inbox="fully-inverted",
        kind="faint",
    ),
    Defect(
        name="a height that fits the author's text size",
        note=_styled("height:420px;overflow:hidden"),
        inbox="text-doubled",
        kind="cut",
    ),
    Defect(
        name="a line that may not break",
        item=_styled("white-space:nowrap;overflow:hidden"),
        inbox="text-doubled",
        kind="cut",
    ),
    Defect(
        name="text hidden from Outlook",
        note=("<!--[if !mso]><!-->", "<!--<![endif]-->"),
        inbox="outlook",
        kind="lost",
    ),
    Defect(
        name="a table for Outlook wider than its window",
        note=(
            '<!--[if mso]><table width="900"><tr><td width="900"><![endif]-->',
            "<!--[if mso]></td></tr></table><![endif]-->",
        ),
        inbox="outlook",
        kind="cut",
    ),
    Defect(
        name="a box as wide as the author's phone",
        item=_styled("width:320px"),
        inbox="narrow",
        kind="cut",
    ),
    Defect(
        name="links taken away on small phones",
        css="@media (max-width:300px){a{display:none!important}}",
        inbox="narrow",
        kind="dead link",
    ),
    Defect(
        name="links under something that lies on top",
        css="a{pointer-events:none}",
        inbox="narrow",
        kind="dead link",
    ),
    Defect(
        name="a block taken out of the flow",
        item=_styled("position:absolute"),
        inbox="forwarded",
        kind="overlapping",
    ),
    Defect(
        name="a veil over the text",
        note=(
            '<div style="position:relative">',
            '<div style="position:absolute;top:0;left:0;width:100%;height:100%"></div></div>',
        ),
        inbox="forwarded",
        kind="covered",
    ),
    Defect(
        name="lines closer than their letters are tall",
        note=_styled("line-height:10px"),
        inbox="text-doubled",
        kind="overlapping",
    ),
    Defect(
        name="text pushed out of the page",
        note=_styled("text-indent:-9999px"),
        inbox="images-off",
        kind="cut",
    ),
    Defect(
        name="text that shines through",
        note=_styled("opacity:0.2"),
        inbox="images-off",
        kind="faint",
    ),
)
