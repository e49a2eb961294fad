"""The passages of a mail: what a reader reads, in order, and nothing else."""

from __future__ import annotations

import time

import pytest

from digest.rendering.passages import Kind, Passage, passages_of

MAIL = """<html><head><title>no</title><style>p{color:red}</style></head><body>
<div style="display: none">the preheader</div>
<h1>The <em>issue</em></h1>
<!--[if mso]><p>only Outlook</p><![endif]-->
<table><tr><td>800<span>+</span></td><td>readers</td></tr></table>
<h2>Pay</h2>
<p>Words with <a href="https://a.example/?x=1&amp;y=2">a
 link</a>,<br>and more.</p>
<img src="cid:a" alt=""><img src="cid:b" alt="A  palm">
</body></html>"""


def test_a_mail_is_read_passage_by_passage_under_its_headings() -> None:
    assert passages_of(MAIL) == [
        Passage(kind=Kind.HEADING, words="The issue"),
        Passage(kind=Kind.WORDS, words="800+"),
        Passage(kind=Kind.WORDS, words="readers"),
        Passage(kind=Kind.HEADING, words="Pay", section="Pay"),
        Passage(
            kind=Kind.WORDS,
            words="Words with a link, and more.",
            targets=("https://a.example/?x=1&y=2",),
            section="Pay",
        ),
        Passage(kind=Kind.PICTURE, words="A palm", targets=("cid:b",), section="Pay"),
    ]


def test_signs_of_markup_in_words_are_words() -> None:
    [passage] = passages_of("<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp;amp;</p>")

    assert passage.words == "<script>alert(1)</script> &amp;"


@pytest.mark.parametrize(
    "html",
    ["", "<", "<h2>", "<p>" * 100_000, "<div>" * 100_000, "<a href=x>" * 50_000, "x" * 1_000_000],
    ids=["nothing", "sign", "heading", "paragraphs", "deep", "links", "long"],
)
def test_any_html_gives_an_answer_in_seconds(html: str) -> None:
    begun = time.process_time()

    assert len(passages_of(html)) <= 1
    assert time.process_time() - begun < 4
