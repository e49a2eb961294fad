"""An address is checked where it comes in, and compared by its key."""

from __future__ import annotations

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from digest.content.addresses import parse_address
from digest.errors import DigestError

ATEXT = "abcXYZ019!#$%&'*+/=?^_`{|}~-."


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ann@example.org", "ann@example.org"),
        ("  ann@example.org\t", "ann@example.org"),
        ("\u00a0ann@example.org\u3000", "ann@example.org"),
        ("Ann.Lee+News@Example.ORG", "Ann.Lee+News@example.org"),
        ("INFO@example.org", "INFO@example.org"),
        ("o'neil@example.org", "o'neil@example.org"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@faß.de", "ann@xn--fa-hia.de"),
        ("ann@例え.テスト", "ann@xn--r8jz45g.xn--zckzah"),
        ("ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"),
        ("ann@example。org", "ann@example.org"),
        ("ann@mail.test", "ann@mail.test"),
        ("ann@host.invalid", "ann@host.invalid"),
        ("ann@xn--bcher-kva.INVALID", "ann@xn--bcher-kva.invalid"),
        ("ann@host.example", "ann@host.example"),
        ("a..b.@docomo.ne.jp", "a..b.@docomo.ne.jp"),
        (f"{'a' * 64}@example.org", f"{'a' * 64}@example.org"),
    ],
)
def test_an_address_keeps_its_local_part_and_gets_an_ascii_domain(typed: str, kept: str) -> None:
    assert parse_address(typed) == kept


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("ann", "has no @"),
        ("ann@", "something after the @"),
        ("@example.org", "something before the @"),
        ("ann@example", "should have a period"),
        ("ann@@example.org", "invalid characters"),
        ("a..b@example.org", "two periods"),
        (".a@example.org", "period"),
        ("a.@example.org", "period"),
        ("ann@-example.org", "hyphen"),
        ("ann@example..org", "two periods"),
        ("ann@exa_mple.org", "'_'"),
        ("ann@[192.0.2.1]", "bracketed"),
        ('"ann lee"@example.org', "blank"),
        ('"ann"@example.org', "not an address"),
        ("ann@localhost", "period"),
        ("ann@printer.local", "reserved"),
        ("ann@ab--cd.org", "dashes"),
        ("ann@example.123", "top-level"),
        ("ann@example.org, bob@example.org", "Write one address"),
        ("ann@example.org;bob@example.org", "Write one address"),
        ("Ann Lee <ann@example.org>", "Write only 'ann@example.org'"),
        ("<ann@example.org>", "Write only 'ann@example.org'"),
        ("ann\u200b@example.org", "ZERO WIDTH SPACE"),
        ("ann@exam\u00adple.org", "SOFT HYPHEN"),
        ("\ufeffann@example.org", "U+FEFF"),
        ("ann\u202e@example.org", "U+202E"),
        ("ann@example.org\r\nBcc: eve@example.org", "U+000D"),
        ("ann\x00@example.org", "U+0000"),
        ("ann\udc80@example.org", "U+DC80"),
        ("=?utf-8?q?ann?=@example.org", "encoded word"),
        ("李 四@example.org", "blank"),
        ("李..四@example.org", "two periods"),
        (f"{'a' * 65}@example.org", "too long"),
        (f"ann@{'a' * 64}.org", "too long|so many characters"),
        (f"ann@{'.'.join(['a' * 60] * 4)}.example.org", "too long"),
        ("a" * 1_000_000 + "@example.org", "longer than 254"),
    ],
)
def test_what_cannot_be_mailed_is_refused_with_its_reason(typed: str, reason: str) -> None:
    with pytest.raises(DigestError, match=reason.replace("+", r"\+")) as caught:
        parse_address(typed)

    assert len(str(caught.value)) < 400
    assert str(caught.value).isprintable()


@given(
    st.text("ab", min_size=1, max_size=70) | st.text(ATEXT, min_size=1, max_size=9),
    st.lists(
        st.sampled_from(["Mail", "a-b", "a--b", "xn--a", "2"])
        | st.text("ab1-xn_A", min_size=1, max_size=66),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(["org", "test", "local", "xn--zckzah", "1", "arpa", "x"]),
)
def test_the_short_cut_agrees_with_email_validator(
    local: str, labels: list[str], last: str
) -> None:
    address = f"{local}@{'.'.join([*labels, last])}"
    try:
        expected = validate_email(
            address, check_deliverability=False, test_environment=True, strict=True
        ).ascii_domain
    except EmailNotValidError:
        expected = ""

    try:
        found = parse_address(address)
    except DigestError:
        found = ""

    assert found == (f"{local}@{expected}" if expected and "=?" not in local else "")


@given(st.text(max_size=400) | st.text("ab@.-<>\"' ;\u200b\u3002é", max_size=40))
def test_any_text_is_an_address_or_a_clear_refusal(text: str) -> None:
    address = reason = ""
    try:
        address = parse_address(text)
    except DigestError as error:
        reason = error.what

    assert bool(address) != bool(reason)
    if address:
        assert address.rpartition("@")[2].isascii()
        assert parse_address(address) == address
