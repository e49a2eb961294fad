"""The first issue, from files to inboxes: each reader gets the mail made for them, once."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from tests.acceptance.conftest import SentSample
from tests.acceptance.mails import Mail
from tests.sites import BASE_URL, Site
from tests.smtp_server import RecordingServer

_URL = re.compile(r"https?://[^\s<>\"')]+")


def front_matter(path: Path) -> dict[str, object]:
    return tomllib.loads(path.read_text(encoding="utf-8").split("+++")[1])


def in_language(folder: Path, slug: str, language: str) -> dict[str, object]:
    """Read a file in a language; English is the one without a language in its name."""
    suffix = "" if language == "en" else f".{language}"
    return front_matter(folder / f"{slug}{suffix}.md")


def questions(site: Site) -> dict[str, str]:
    """Return each question's field."""
    found = {}
    for path in (site.folder / "questions").glob("*.md"):
        if "." not in path.stem:
            found[path.stem] = str(front_matter(path)["field"])
    return found


def unquoted(name: str) -> str:
    """Return a display name without the quotes of RFC 5322, section 3.2.4."""
    return re.sub(r"\\(.)", r"\1", name[1:-1]) if name.startswith('"') else name


def asked(sent: SentSample, mail: Mail) -> str | None:
    """Return the question that a mail puts, by its words in the reader's language."""
    language = sent.readers[mail.rcpt]["language"]
    folder = sent.site.folder / "questions"
    put = [
        slug
        for slug in questions(sent.site)
        if mail.says(str(in_language(folder, slug, language)["question"]))
    ]
    assert len(put) <= 1
    return put[0] if put else None


def test_every_subscriber_gets_exactly_one_mail(sent: SentSample) -> None:
    assert sent.ran.code == 0, sent.ran.said
    assert set(sent.mails) == set(sent.readers)
    assert "16 recipients = 16 sent" in sent.ran.out


def test_a_second_send_says_that_nothing_is_new_and_sends_nothing(sent: SentSample) -> None:
    assert sent.again.code == 0
    assert "nothing new since issue 1" in sent.again.out
    assert sent.messages == len(sent.readers)


def test_each_reader_gets_their_own_language_and_no_other(sent: SentSample) -> None:
    leads = {
        language: str(in_language(sent.site.folder / "notes", "next", language)["lead"])
        for language in ("en", "ja", "zh-Hans")
    }
    for address, mail in sent.mails.items():
        language = sent.readers[address]["language"]

        assert mail.parsed["Content-Language"] == language
        assert mail.page.lang == language
        for other, lead in leads.items():
            assert mail.says(lead) is (other == language), (address, other)


def test_an_invitation_goes_only_to_a_creator_verified_in_its_field(sent: SentSample) -> None:
    fields = questions(sent.site)
    for address, mail in sent.mails.items():
        verified = sent.readers[address]["verified"].split(";")
        question = asked(sent, mail)

        if verified == [""]:
            assert question is None, address
        else:
            assert fields[str(question)] in verified, address


def test_each_field_of_the_sample_has_its_question_put_to_somebody(sent: SentSample) -> None:
    put = {asked(sent, mail) for mail in sent.mails.values()} - {None}

    assert {questions(sent.site)[str(slug)] for slug in put} == {
        "education",
        "travel",
        "food",
        "science",
    }


def test_who_is_not_invited_gets_the_news_of_ask_and_no_answer_link(sent: SentSample) -> None:
    items = sent.site.folder / "items"
    for address, mail in sent.mails.items():
        language = sent.readers[address]["language"]
        invited = asked(sent, mail) is not None

        news = str(in_language(items, "ask-news", language)["title"])
        assert mail.says(news) is not invited, address
        assert any("/a/" in link for link in mail.html_links) is invited, address


def test_a_mail_parses_and_has_a_text_and_an_html_part(sent: SentSample) -> None:
    for mail in sent.mails.values():
        kinds = [part.get_content_type() for part in mail.parsed.walk()]

        assert kinds[0] == "multipart/alternative"
        assert [kind for kind in kinds if kind.startswith("text/")] == ["text/plain", "text/html"]
        assert len(mail.text) > 1000


def test_text_and_html_lead_to_the_same_places(sent: SentSample) -> None:
    for address, mail in sent.mails.items():
        assert mail.html_links == mail.text_links, address
        assert mail.leave_url in mail.html_links


def test_text_and_html_show_the_same_titles(sent: SentSample) -> None:
    items = sent.site.folder / "items"
    slugs = [path.stem for path in items.glob("*.md") if "." not in path.stem]
    for address, mail in sent.mails.items():
        language = sent.readers[address]["language"]
        titles = [str(in_language(items, slug, language)["title"]) for slug in slugs]

        squeezed = "".join(mail.text.split())
        shown = [title for title in titles if "".join(title.split()) in squeezed]
        assert len(shown) >= 10, address
        assert all(mail.says(title) for title in shown), address


def test_the_one_click_headers_stand_raw_on_one_line_each(sent: SentSample) -> None:
    for mail in sent.mails.values():
        lines = mail.header_lines
        leave = [line for line in lines if line.lower().startswith("list-unsubscribe:")]
        post = [line for line in lines if line.lower().startswith("list-unsubscribe-post:")]

        assert len(leave) == 1
        assert re.fullmatch(rf"List-Unsubscribe: <{BASE_URL}/l/[A-Za-z0-9_-]{{32}}>", leave[0])
        assert post == ["List-Unsubscribe-Post: List-Unsubscribe=One-Click"]


def test_each_mail_has_a_message_id_and_a_way_out_of_its_own(sent: SentSample) -> None:
    ids = [str(mail.parsed["Message-ID"]) for mail in sent.mails.values()]
    ways = [mail.leave_url for mail in sent.mails.values()]

    assert len(set(ids)) == len(set(ways)) == len(sent.mails)
    assert all(one.endswith("@news.example>") for one in ids)


def test_a_mail_is_addressed_to_its_reader_alone(sent: SentSample) -> None:
    for address, mail in sent.mails.items():
        name, _, addr_spec = mail.decoded("To").rpartition(" ")

        assert addr_spec.strip("<>") == address
        assert unquoted(name) == sent.reader(address)
        assert mail.parsed["Cc"] is None
        assert mail.parsed["Bcc"] is None


def test_a_mail_names_nobody_else(sent: SentSample) -> None:
    for address, mail in sent.mails.items():
        for other in set(sent.readers) - {address}:
            assert other not in mail.everything, (address, other)
            name = sent.reader(other)
            assert not name or name not in mail.everything, (address, name)


def test_no_address_and_no_name_stands_in_a_link(sent: SentSample) -> None:
    for address, mail in sent.mails.items():
        local = address.split("@")[0]
        words = [local, *sent.reader(address).split()]
        links = " ".join({*_URL.findall(mail.text), *mail.html_links, mail.leave_url}).lower()

        assert "@" not in links
        assert "%40" not in links
        assert not [word for word in words if len(word) > 2 and word.lower() in links]


def test_a_reader_without_a_name_is_greeted_without_one(sent: SentSample) -> None:
    mail = sent.mails["frontdesk@readers.example"]

    assert mail.parsed["To"] == "frontdesk@readers.example"
    assert "\n您好：" in mail.text
    assert "您好：" in mail.page.words


def test_a_name_with_quotes_and_emoji_arrives_as_it_was_written(sent: SentSample) -> None:
    mail = sent.mails["zed@readers.example"]

    assert mail.says('Zoë "Zed" O\'Neil 🌟')


def test_the_receipt_counts_and_names_nobody(sent: SentSample) -> None:
    text = (sent.site.folder / "sent" / "1.toml").read_text(encoding="utf-8")
    receipt = tomllib.loads(text)

    assert receipt["number"] == 1
    assert receipt["counts"] == {"sent": 16}
    assert len(receipt["items"]) >= 10
    assert not receipt.get("captured", False)
    for address, row in sent.readers.items():
        assert address not in text
        assert not row["name"] or row["name"] not in text


def test_a_receipt_that_a_crash_prevented_is_written_by_the_next_send(
    after_sample: Site, server: RecordingServer
) -> None:
    receipt = after_sample.folder / "sent" / "1.toml"
    text = receipt.read_text(encoding="utf-8")
    receipt.unlink()

    ran = after_sample.through(server).call("send-now", "--yes")

    assert ran.code == 0, ran.said
    assert "There is nothing new since issue 1" in ran.out
    assert receipt.read_text(encoding="utf-8") == text
    assert server.messages == []


def test_status_and_why_account_for_every_reader(sent: SentSample) -> None:
    mailing = sent.site.status()
    histories = {address: sent.site.why(address) for address in sent.readers}

    assert mailing["state"] == "complete"
    assert mailing["planned"] == mailing["states"]["sent"] == 16
    assert mailing["adds_up"]
    for address, (issue,) in histories.items():
        assert issue["state"] == "sent"
        assert issue["language"] == sent.readers[address]["language"]
        assert issue["question"] == (asked(sent, sent.mails[address]) or "")


@pytest.mark.parametrize("command", ["plan", "check", "build --out out"])
def test_without_the_database_the_receipts_say_what_was_sent(
    after_sample: Site, command: str
) -> None:
    shutil.rmtree(after_sample.home / "var")

    ran = after_sample.call(*command.split())
    planned = after_sample.call("plan", "--json").json

    assert ran.code == 0, ran.said
    assert planned["issue"] == 2
    assert planned["items"] == []
    assert not (after_sample.home / "var" / "digest.db").exists()


def test_the_next_issue_holds_only_what_is_new(after_sample: Site, server: RecordingServer) -> None:
    after_sample.write_item("news", "Something new")

    ran = after_sample.through(server).call("send-now", "--yes")

    assert ran.code == 0, ran.said
    assert len(server.messages) == 16
    mails = [Mail(message.rcpt, message.content) for message in server.messages]
    assert all(mail.says("Something new") for mail in mails)
    assert not any("WeChat Open Class 2023" in mail.everything for mail in mails)


def test_without_a_server_nothing_leaves_the_machine_and_it_is_said_loudly(
    sent: SentSample, tmp_path: Path
) -> None:
    site = Site(sent.site.home, sent.site.newsletter).copy(tmp_path / "site")
    site.write_item("news", "Something new")

    ran = site.call("send-now", "--yes")

    assert ran.code == 0
    assert "nothing leaves this machine" in ran.err
    assert "Nothing left this machine" in ran.out
    assert len(list((site.home / "var" / "captured" / "new").iterdir())) == 16
    assert site.status()["captured"] is True


def test_with_a_server_but_no_base_url_mail_is_only_captured(
    sent: SentSample, server: RecordingServer, tmp_path: Path
) -> None:
    bare = Site(sent.site.home, sent.site.newsletter).copy(tmp_path / "site")
    site = bare.having(smtp__host=server.host, smtp__port=str(server.port), smtp__security="none")
    site.write_item("news", "Something new")

    ran = site.call("send-now", "--yes")

    assert ran.code == 0
    assert "No base_url is set" in ran.err
    assert server.connections == 0
    captured = (site.home / "var" / "captured" / "new").iterdir()
    assert all(b"List-Unsubscribe" not in path.read_bytes() for path in captured)
