"""Which editions there are, and who gets which."""

from __future__ import annotations

import json
from dataclasses import fields, replace

from hypothesis import given
from hypothesis import strategies as st

from digest.assembly.editions import edition_of, items_for, map_editions
from digest.assembly.issue import compile_issue, snapshot
from digest.assembly.selection import select_items
from digest.model.audience import EVERYONE, Profile, Rule, Term, audience_expression
from digest.model.issue import Issue
from digest.model.newsletter import Pictures
from tests.assembly.nouns import (
    NOON,
    make_item,
    make_news_of_ask,
    make_newsletter,
    make_note,
    make_publication,
    make_question,
    sent_issue,
)
from tests.picture_maker import picture

FOR_BRANDS = Rule(terms=(Term("roles", ("brand",)),))
FOR_CREATORS = Rule(terms=(Term("roles", ("creator",)),))


def make_issue() -> Issue:
    publication = make_publication(
        [
            make_item("all"),
            make_item("brands", rule=FOR_BRANDS),
            make_item("creators", rule=FOR_CREATORS),
            make_news_of_ask(),
        ],
        [make_question("dish")],
    )
    return compile_issue(publication, select_items(publication, [], NOON))


def test_each_profile_gets_what_is_for_it_in_its_language() -> None:
    issue = make_issue()

    edition = edition_of(issue, Profile(language="ja", roles=("brand",)))

    assert edition.language == "ja"
    assert edition.items == ("all", "brands", "ask-news")
    assert edition.audience == "roles:brand"


def test_the_audience_is_all_when_no_rule_divides_the_readers() -> None:
    publication = make_publication([make_item("a")])
    issue = compile_issue(publication, select_items(publication, [], NOON))

    assert edition_of(issue, Profile()).audience == "all"


def test_an_audience_leaves_out_what_another_rule_implies() -> None:
    merchant = Rule(terms=(Term("roles", ("merchant",)),))
    company = Rule(terms=(Term("roles", ("brand", "merchant")),))
    cook = Rule(terms=(Term("fields", ("food",)), Term("roles", ("merchant",))))

    assert audience_expression([company, merchant]) == "roles:merchant"
    assert audience_expression([company, merchant, cook]) == "fields:food & roles:merchant"
    assert audience_expression([EVERYONE]) == "all"


def test_all_who_see_the_same_share_an_edition() -> None:
    issue = make_issue()
    profiles = {
        1: Profile(language="en", roles=("brand",)),
        2: Profile(language="en", roles=("brand",), topics=("pay",)),
        3: Profile(language="", roles=("brand",)),
        4: Profile(language="ja", roles=("brand",)),
    }

    reached = map_editions(issue, profiles)

    assert len(reached.editions) == 2
    assert reached.by_profile[1] == reached.by_profile[2] == reached.by_profile[3]


def test_an_unknown_language_falls_back_to_the_default() -> None:
    issue = make_issue()

    assert edition_of(issue, Profile(language="fr-CA")).language == "en"
    assert edition_of(issue, Profile(language="zh-CN")).language == "zh-Hans"
    assert edition_of(issue, Profile(language="ja-JP")).language == "ja"


def test_who_is_invited_sees_the_invitation_and_everyone_else_the_news_of_ask() -> None:
    issue = make_issue()
    question = issue.questions[0]
    creator = Profile(roles=("creator",), verified=("food",))

    reached = map_editions(issue, {7: creator}, [(70, creator, question)])

    invited, others = reached.editions[reached.invited[70]], reached.editions[reached.by_profile[7]]
    assert invited.question == "dish"
    assert "ask-news" not in invited.items
    assert others.question is None
    assert "ask-news" in others.items


def test_a_profile_that_nothing_is_for_gets_no_mail() -> None:
    publication = make_publication([make_item("brands", rule=FOR_BRANDS)])
    issue = compile_issue(publication, select_items(publication, [], NOON))

    reached = map_editions(issue, {1: Profile(), 2: Profile(roles=("brand",))})

    assert reached.empty == {1}
    assert list(reached.by_profile) == [2]


def test_a_rule_joins_keys_by_and_and_values_by_or() -> None:
    rule = Rule(
        terms=(Term("fields", ("food",)), Term("roles", ("brand", "creator"))),
        unless=(Term("topics", ("pay",)),),
    )

    assert rule.matches(Profile(fields=("food",), roles=("creator",)))
    assert not rule.matches(Profile(roles=("creator",)))
    assert not rule.matches(Profile(fields=("food",), roles=("brand",), topics=("pay",)))
    assert str(rule) == "fields:food & roles:brand|creator & !(topics:pay)"
    assert str(EVERYONE) == "all"


def test_the_same_issue_has_the_same_hash_and_another_text_another() -> None:
    first, again = make_issue(), make_issue()

    assert first.content_hash == again.content_hash
    assert snapshot(first) == snapshot(again)


def test_a_note_that_went_out_is_not_used_again() -> None:
    note = make_note()
    publication = make_publication([make_item("a")])
    sent = [sent_issue(1, note=note.content_hash)]
    selection = select_items(publication, sent, NOON)

    unused = compile_issue(publication, selection)
    used = compile_issue(publication, selection, frozenset({note.content_hash}))

    assert unused.note is not None
    assert used.note is None


ROLES = st.lists(st.sampled_from(["brand", "creator"]), unique=True).map(lambda r: tuple(sorted(r)))
PROFILES = st.builds(Profile, language=st.sampled_from(["", "en", "ja", "zh-Hans"]), roles=ROLES)


@given(st.lists(PROFILES, min_size=1, max_size=12))
def test_every_profile_is_mapped_to_exactly_what_its_rules_say(profiles: list[Profile]) -> None:
    issue = make_issue()
    numbered = dict(enumerate(profiles, start=1))

    reached = map_editions(issue, numbered)

    for number, profile in numbered.items():
        edition = reached.editions[reached.by_profile[number]]
        wanted = items_for(issue, profile, invited=False)
        assert edition.items == tuple(item.id for item in wanted)
        assert edition.language == (profile.language or "en")


def test_the_snapshot_names_pictures_and_does_not_hold_their_bytes() -> None:
    hero = picture(b"\x89PNG of many bytes")
    icon = picture(b"GIF89a", media_type="image/gif")
    plain = make_newsletter()
    sections = tuple(replace(section, icon=icon) for section in plain.sections)
    newsletter = replace(
        plain, pictures=Pictures(hero=hero, hero_alt={"en": "A shop"}), sections=sections
    )
    issue = replace(make_issue(), newsletter=newsletter)

    said = json.loads(snapshot(issue))["issue"]["newsletter"]

    assert said["pictures"] == {
        "hero": {"sha256": hero.sha256, "size": 18, "media_type": "image/png"},
        "hero_alt": {"en": "A shop"},
        "logo": None,
        "ask": None,
    }
    assert said["sections"][0]["icon"]["sha256"] == icon.sha256


def test_the_snapshot_says_everything_else_that_the_issue_says() -> None:
    issue = make_issue()

    said = json.loads(snapshot(issue))

    assert said["format"] == 1
    assert set(said["issue"]) == {field.name for field in fields(issue)}
    assert [item["id"] for item in said["issue"]["items"]] == [item.id for item in issue.items]
    first = said["issue"]["items"][0]
    assert first["date"] == issue.items[0].date.isoformat()
    assert first["texts"]["en"]["title"] == issue.items[0].texts["en"].title
