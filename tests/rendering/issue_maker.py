"""Makes issues and editions for the tests of rendering, without any file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from digest.model.audience import EVERYONE, Rule, Term
from digest.model.edition import Edition, Placeholder, Rendered
from digest.model.issue import (
    Figure,
    Issue,
    Item,
    ItemKind,
    ItemText,
    Note,
    NoteText,
    OpportunityStatus,
    Question,
    QuestionText,
)
from digest.model.newsletter import AssemblyRules, Mailbox, Newsletter, Section
from digest.paths import shipped
from digest.rendering.renderer import Renderer

LANGUAGES = ("en", "ja", "zh-Hans")
ALL_LINKS = frozenset({Placeholder.LEAVE_URL, Placeholder.ACCEPT_URL, Placeholder.DECLINE_URL})
BRANDS = Rule(terms=(Term("roles", ("brand", "merchant")),))

NEWSLETTER = Newsletter(
    id="open-class",
    name="The Takeaway",
    sender=Mailbox(name="The Takeaway", address="news@example.org"),
    reply_to=None,
    languages=("en", "ja", "zh-Hans"),
    timezone="Asia/Tokyo",
    start=date(2023, 1, 1),
    schedule="",
    catch_up=timedelta(hours=6),
    sections=(
        Section(id="channels", title={"en": "Channels", "ja": "チャンネル", "zh-Hans": "视频号"}),
        Section(id="wecom", title={"en": "WeCom", "ja": "WeCom", "zh-Hans": "企业微信"}),
        Section(id="search", title={"en": "Search", "ja": "検索と「質問」", "zh-Hans": "搜一搜"}),
    ),
    attributes={
        "roles": {
            "brand": {"en": "brands", "ja": "ブランド", "zh-Hans": "品牌"},
            "merchant": {"en": "merchants", "ja": "店舗", "zh-Hans": "商家"},
        },
        "fields": {"food": {"en": "food", "ja": "食", "zh-Hans": "美食"}},
    },
    rules=AssemblyRules(ask_section="search"),
    subject={"en": "{name} {number}: {title}", "ja": "{name} 第{number}号：{title}"},
    about={
        "en": "You subscribed. Independent of WeChat and Tencent.",
        "ja": "WeChatとは無関係です。",
    },
    source={"en": "As told by the speakers."},
    postal_address="1 Sample Street\nTokyo",
)


def figure(text: str, label: str, *, settled: bool = True, highlight: bool = False) -> Figure:
    """Return a figure."""
    return Figure(id=text, number=1, text=text, label=label, settled=settled, highlight=highlight)


def item(
    item_id: str,
    *,
    section: str = "channels",
    kind: ItemKind = ItemKind.TAKEAWAY,
    title: str = "",
    body: str = "Body **strong** of it.",
    translations: dict[str, ItemText] | None = None,
    figures: tuple[Figure, ...] = (),
    do: str = "",
    link: str = "",
    source: str = "Yan Tao",
    rule: Rule = EVERYONE,
    status: OpportunityStatus | None = None,
    also_in: tuple[str, ...] = (),
    opens: date | timedelta | None = None,
    closes: date | timedelta | None = None,
) -> Item:
    """Return an item in English, and in the languages of `translations`."""
    english = ItemText(
        language="en",
        title=title or f"Title of {item_id}",
        body=body,
        do=do,
        link=link,
        source=source,
        figures=figures,
        file=f"content/open-class/items/{item_id}.md",
    )
    return Item(
        id=item_id,
        date=date(2023, 3, 31),
        section=section,
        kind=kind,
        rule=rule,
        status=status,
        also_in=also_in,
        opens=opens,
        closes=closes,
        texts={"en": english, **(translations or {})},
        content_hash=item_id,
    )


def opportunity(item_id: str, **values: object) -> Item:
    """Return an opportunity, announced where nothing else is said."""
    values.setdefault("status", OpportunityStatus.ANNOUNCED)
    return item(item_id, kind=ItemKind.OPPORTUNITY, **values)  # type: ignore[arg-type]


def question(question_id: str = "breakfast", closes: date | timedelta | None = None) -> Question:
    """Return a question on food."""
    text = QuestionText(language="en", question="Which breakfast is best?", body="About *food*.")
    return Question(
        id=question_id, field="food", quota=2, closes=closes, texts={"en": text}, content_hash="q"
    )


NOTE = Note(
    texts={
        "en": NoteText(
            language="en", title="Five takeaways", lead="What changed.", body="The editor's note."
        ),
        "ja": NoteText(
            language="ja", title="五つの要点", lead="何が変わったか。", body="編集後記。"
        ),
    },
    content_hash="n",
)


def make_issue(
    *items: Item,
    questions: Sequence[Question] = (),
    note: Note | None = NOTE,
    newsletter: Newsletter = NEWSLETTER,
) -> Issue:
    """Return issue 7 of the items."""
    return Issue(
        newsletter=newsletter,
        number=7,
        cutoff_at=datetime(2023, 3, 31, 20, tzinfo=UTC),
        items=items,
        questions=tuple(questions),
        note=note,
    )


def make_edition(issue: Issue, language: str = "en", asked: str | None = None) -> Edition:
    """Return the edition of everything in the issue."""
    return Edition(
        key="k",
        language=language,
        items=tuple(each.id for each in issue.items),
        question=asked,
        audience="all",
    )


def make_renderer() -> Renderer:
    """Return a renderer of the shipped templates."""
    return Renderer([shipped("templates")])


def full_issue() -> Issue:
    """Return an issue with one of everything."""
    japanese = ItemText(language="ja", title="ライブ販売が伸びた", body="本文の**要点**です。")
    return make_issue(
        item(
            "live",
            translations={"ja": japanese},
            body="See [the page](https://x.example/a?b=1&c=2).",
            figures=(
                figure("+800 %", "live sales", settled=False, highlight=True),
                figure("800 million", "readers", highlight=True),
            ),
            do="Put one stream on the calendar.",
            link="https://x.example/live",
        ),
        opportunity("presence", rule=BRANDS, status=OpportunityStatus.OPEN, do="Begin."),
        item("reach", section="wecom"),
        opportunity("service", section="wecom", also_in=("channels",), do="Attach it."),
        item("ask", section="search", kind=ItemKind.NEWS),
        item("night", section="search", kind=ItemKind.EVENT, opens=date(2023, 3, 28)),
        questions=[question(closes=timedelta(days=14))],
    )


def render(
    issue: Issue,
    language: str = "en",
    asked: str | None = None,
    links: frozenset[Placeholder] = ALL_LINKS,
) -> Rendered:
    """Return the edition of everything in the issue."""
    return make_renderer().render(issue, make_edition(issue, language, asked), links=links)


def only(*items: Item, language: str = "en") -> Rendered:
    """Return the edition of an issue of these items."""
    return render(make_issue(*items), language)
