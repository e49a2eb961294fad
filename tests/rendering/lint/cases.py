"""For every rule of the linter a mail that breaks it, and one beside it that does not."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

from digest.model.edition import Rendered
from tests.rendering.lint.mail_maker import (
    ACCEPT,
    DECLINE,
    FOOT,
    GREETING,
    linked,
    mail,
    page,
    picture,
    shown,
    without,
)


class Case(NamedTuple):
    """A rule, a mail that breaks it, and one that does not."""

    rule: str
    broken: Rendered
    whole: Rendered
    question: str | None = None


_PICTURE = 'src="CID" alt="A chart" width="300" height="150"'
_ANSWERS = f'<a href="{ACCEPT}">Yes</a> <a href="{DECLINE}">No</a>'
_ANSWERS_TEXT = f"Yes <{ACCEPT}>\nNo <{DECLINE}>"
_DARK = "@media (prefers-color-scheme:dark){.card{background:#111 !important}}"

CASES = (
    Case("missing-subject", mail(subject=" "), mail()),
    Case("missing-preheader", mail(preheader=""), mail()),
    Case(
        "same-preheader",
        mail(subject="Five takeaways", preheader="Five takeaways!"),
        mail(subject="Five takeaways", preheader="Five takeaways, and why"),
    ),
    Case("long-subject", mail(subject="字" * 40), mail(subject="字" * 39)),
    Case("long-preheader", mail(preheader="w" * 141), mail(preheader="w" * 140)),
    Case("wordless-subject", mail(subject="🎉 🎉!"), mail(subject="🎉 It grew")),
    Case("shouting", mail(subject="OPEN THIS NOW"), mail(subject="WECOM")),
    Case("unsafe-character", mail(subject="a\r\nBcc: x@y.example"), mail(text="a\tb\r\nc")),
    Case("missing-html", mail(html=page().replace("Five takeaways", " ")[:90]), mail()),
    Case("missing-text", dataclasses.replace(mail(), text=" \n"), mail()),
    Case("missing-lang", without(mail(), 'lang="en" '), mail()),
    Case("wrong-lang", without(mail(), 'lang="en"', 'lang="ja"'), mail()),
    Case(
        "missing-title",
        without(mail(), "<title>Five takeaways</title>", "<title> </title>"),
        mail(),
    ),
    Case("missing-unsubscribe", without(mail(), FOOT), mail()),
    Case(
        "missing-answer",
        mail(f'<p><a href="{ACCEPT}">Yes</a></p>', _ANSWERS_TEXT),
        mail(f"<p>{_ANSWERS}</p>", _ANSWERS_TEXT),
        "breakfast",
    ),
    Case(
        "different-links",
        mail('<p><a href="https://a.example/">More</a></p>'),
        linked("https://a.example/?b=1&amp;c=2"[:18]),
    ),
    Case("empty-link", mail('<p><a href="#">More</a></p>'), linked("https://a.example/")),
    Case("relative-link", linked("items/palm.html"), linked("https://a.example/palm.html")),
    Case("unsafe-link", linked("java\tscript:alert(1)"), linked("mailto:a@b.example")),
    Case("http-link", linked("http://a.example/"), linked("http://127.0.0.1:8025/l/x")),
    Case("malformed-link", linked("https://a b.example/"), linked("https://ab.example/%20?q=a")),
    Case(
        "dead-anchor",
        mail('<p><a href="#pay">Pay</a></p>'),
        mail('<p><a href="#pay">Pay</a></p><p id="pay">Here</p>'),
    ),
    Case("lookalike-link", linked("https://p\u0430ypal.com/"), linked("https://微信pay.example/")),
    Case(
        "userinfo-link",
        linked("https://bank.example@evil.example/"),
        linked("https://e.example/@a"),
    ),
    Case(
        "other-domain-shown",
        linked("https://evil.example/", "https://bank.example/login"),
        linked("https://www.bank.example/en", "bank.example"),
    ),
    Case("shortened-link", linked("https://bit.ly/3x"), linked("https://orbit.ly.example/3x")),
    Case("leftover-marker", mail(subject=f"{GREETING} news"), mail(f"<p>{GREETING}</p>", GREETING)),
    Case("leftover-template", mail("<p>Hello {{ name }}</p>"), mail("<p>Hello {name}</p>")),
    Case("unfinished-text", mail("<p>It grew by TK %</p>"), mail("<p>TKO at tk.com, STK</p>")),
    Case("printed-value", mail("<p>None</p>"), mail("<p>None of them spoke.</p>")),
    Case("missing-alt", shown('src="CID" width="300" height="150"'), shown('src="CID" alt=""')),
    Case("missing-picture", shown('src="cid:x@y" alt="A"'), shown(_PICTURE)),
    Case("external-picture", shown('src="https://a.example/a.png" alt="A"'), shown(_PICTURE)),
    Case("picture-size", shown('src="CID" alt="A" width="300" height="auto"'), shown(_PICTURE)),
    Case(
        "picture-ratio",
        shown(_PICTURE.replace("150", "200")),
        shown(_PICTURE.replace("150", "151")),
    ),
    Case("html-clipped", mail("<p>w</p>" * 12_600), mail("<p>w</p>" * 9_000)),
    Case("html-heavy", mail("<p>w</p>" * 10_000), mail("<p>w</p>" * 9_000)),
    Case("css-heavy", mail(css="p{margin:0}" * 1500), mail(css="p{margin:0}" * 1400)),
    Case(
        "heavy-picture",
        shown(_PICTURE, picture(size=200_001)),
        shown(_PICTURE, picture(size=200_000)),
    ),
    Case(
        "heavy-pictures",
        mail(pictures=tuple(picture(size=150_001, name=name) for name in "abcd")),
        mail(pictures=tuple(picture(size=150_000, name=name) for name in "abcd")),
    ),
    Case("heading-order", mail("<h3>Deep</h3>"), mail("<h2>One</h2><h3>Two</h3><h2>Three</h2>")),
    Case(
        "layout-table",
        mail("<table><tr><td>A</td></tr></table>"),
        mail('<table role="presentation"><tr><td>A</td></tr></table><table><tr><th>B</th></table>'),
    ),
    Case("duplicate-id", mail('<p id="a">A</p><p id="a">B</p>'), mail('<p id="a">A</p><p>B</p>')),
    Case("unbalanced-tags", mail("<div><p>A</div></div></div>"), mail("<ul><li>A<li>B</ul><p>C")),
    Case("active-content", mail("<form><input></form>"), mail("<p>form</p>")),
    Case("event-handler", mail('<p onclick="x()">A</p>'), mail('<p title="onclick">A</p>')),
    Case(
        "outlook-comments",
        mail("<!--[if mso]><p>A</p>-->"),
        mail("<!--[if mso]><p>A</p><![endif]--><!--[if !mso]><!--><p>B</p><!--<![endif]-->"),
    ),
    Case(
        "unreadable-text",
        mail('<p style="color:#aaa">A</p>'),
        mail('<p style="color:#767676">A</p>'),
    ),
    Case(
        "low-contrast", mail('<p style="color:#777">A</p>'), mail('<p style="color:#767676">A</p>')
    ),
    Case(
        "nested-at-rule",
        mail(css="@media screen{@media (min-width:9px){p{margin:0}}}"),
        mail(css=_DARK),
    ),
    Case(
        "outlook-dark-leak",
        mail(css="[data-ogsc] .a,.b{color:#fff}"),
        mail(css="[data-ogsc] .a,[data-ogsc] .b{color:#fff}"),
    ),
    Case("external-style", mail(css="@import url(x.css);"), mail(css=_DARK)),
    Case("broken-css", mail(css="p{margin:0"), mail(css="p{margin:0}")),
    Case(
        "unsupported-feature",
        mail('<div style="display:flex">A</div>'),
        mail('<div style="display:block;border-radius:4px">A</div>'),
    ),
    Case(
        "unknown-feature", mail('<p style="colour:red">A</p>'), mail('<p style="color:#b00">A</p>')
    ),
)
