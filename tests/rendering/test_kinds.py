"""Every kind of item has its two templates, and both say what the item says."""

from __future__ import annotations

import pytest

from digest.model.issue import ItemKind, OpportunityStatus
from tests.rendering.issue_maker import figure, item, only
from tests.rendering.mail_reader import MailReader, squeezed


@pytest.mark.parametrize("kind", ItemKind)
def test_both_parts_say_all_of_an_item_of_every_kind(kind: ItemKind) -> None:
    status = OpportunityStatus.PILOT if kind is ItemKind.OPPORTUNITY else None
    mail = only(
        item(
            "a",
            kind=kind,
            status=status,
            title="The title",
            body="What was told.\n\n**The author's view:** What one thinks.",
            figures=(figure("53 %", "what it counts", settled=False),),
            do="What to do with it.",
            link="https://x.example/more",
        )
    )

    html, text = MailReader(mail.html).said, squeezed(mail.text)
    words = ["The title", "What was told.", "The author's view", "What to do with it."]
    words += ["53 %", "what it counts", "unconfirmed"]
    assert [each for each in words if squeezed(each) not in html] == []
    assert [each for each in words if squeezed(each) not in text] == []
    assert "https://x.example/more" in MailReader(mail.html).links
    assert "<https://x.example/more>" in mail.text
