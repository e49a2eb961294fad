"""Settings: three sources in their order, and nothing wrong passes silently."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from digest.errors import ConfigurationError, DigestError
from digest.settings import Settings, find_site, load_settings


def site(folder: Path, text: str = "") -> Path:
    (folder / "digest.toml").write_text(text, encoding="utf-8")
    return folder


def refusal(folder: Path, text: str = "") -> DigestError:
    with pytest.raises(DigestError) as caught:
        load_settings(site(folder, text))
    assert caught.value.exit_code == 2
    return caught.value


def test_an_empty_file_is_a_site_that_captures(tmp_path: Path) -> None:
    settings = load_settings(site(tmp_path))

    assert settings.captures
    assert settings.database_url == f"sqlite:///{tmp_path}/var/digest.db"


def test_the_environment_counts_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_SMTP__HOST", "from-environment.example")
    monkeypatch.setenv("DIGEST_SMTP__TIMEOUT", "5 seconds")

    settings = load_settings(site(tmp_path, '[smtp]\nhost = "from-file.example"\nport = 25\n'))

    assert settings.smtp.host == "from-environment.example"
    assert settings.smtp.port == 25
    assert settings.smtp.timeout == timedelta(seconds=5)


def test_a_secret_file_counts_over_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = tmp_path / "credentials"
    secrets.mkdir()
    (secrets / "digest_smtp__password").write_text("from the file\n", encoding="utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(secrets))
    monkeypatch.setenv("DIGEST_SMTP__PASSWORD", "from the environment")

    settings = load_settings(site(tmp_path))

    assert settings.smtp.password.get_secret_value() == "from the file"


def test_a_secret_is_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_SMTP__PASSWORD", "tell-nobody")
    monkeypatch.setenv("DIGEST_DATABASE__URL", "postgresql+psycopg://u:tell-nobody@h/d")

    settings = load_settings(site(tmp_path))

    assert "tell-nobody" not in repr(settings) + str(settings)


def test_a_misspelled_key_is_refused_with_its_line_and_the_right_one(tmp_path: Path) -> None:
    error = refusal(tmp_path, '[smtp]\n# the relay\nhots = "x"\n')

    assert str(error) == "digest.toml:3: unknown key 'smtp.hots'. Did you mean 'host'?"


def test_an_unknown_table_is_refused(tmp_path: Path) -> None:
    error = refusal(tmp_path, "[stmp]\nport = 25\n")

    assert str(error) == "digest.toml:1: unknown key 'stmp'. Did you mean 'smtp'?"


def test_an_unknown_variable_is_refused_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_SMTP__PROT", "25")

    error = refusal(tmp_path)

    assert str(error) == "DIGEST_SMTP__PROT: unknown variable. Did you mean DIGEST_SMTP__PORT?"


def test_a_wrong_value_names_where_it_came_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_SMTP__PORT", "many")

    error = refusal(tmp_path, "[web]\nport = 99999\n")

    assert "DIGEST_SMTP__PORT: smtp.port: input should be a valid integer" in str(error)
    assert "digest.toml:2: web.port: input should be less than or equal to 65535" in str(error)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[smtp\n", "digest.toml"),
        ('[smtp]\nsecurity = "maybe"\n', "'starttls', 'tls' or 'none'"),
        ('[site]\nbase_url = "http://news.example"\n', "https://"),
        ('[site]\nbase_url = "news.example"\n', "https://"),
        ('[site]\nbase_url = "https://news.example/?a=b"\n', "without user name"),
        ('[smtp]\ntimeout = "soon"\n', '"30 seconds"'),
        ('home = "/tmp"\n', "unknown key 'home'"),
        ('[delivery]\nin_doubt = "guess"\n', "'resend' or 'hold'"),
        ('[dkim]\ndomain = "a b"\n', "a domain such as"),
        ('[dkim]\ndomain = "x.org"\nselector = "a_b"\nkey = "k"\n', "letters, digits and hyphens"),
        ('[dkim]\ndomain = "x.org"\nselector = "a"\n', "selector and key_file (or key) go"),
        ('[dkim]\ndomain = "x.org"\nkey_file = "k"\n', "selector and key_file (or key) go"),
        ('[dkim]\ndomain = "x.org"\ned25519_key = "k"\n', "ed25519_selector and ed25519_key"),
        ('[dkim]\nselector = "a"\nkey = "k"\n', "set domain"),
        ('[dkim]\nselector = "a"\nkey = "k"\nkey_file = "k"\n', "not both"),
        (
            '[dkim]\ndomain = "x.org"\nselector = "a"\nkey = "k"\n'
            'ed25519_selector = "A"\ned25519_key = "k"\n',
            "a selector of its own",
        ),
        ('[smtp]\nreturn_path = "bounces"\n', "bounces@example.org"),
        ('[smtp]\nreturn_path = "a.bounce.mail.reader@example.org"\n', "at most 19"),
        ('[smtp]\nreturn_path = "a@example.org>\\r\\nRCPT"\n', "bounces@example.org"),
    ],
)
def test_a_wrong_value_is_refused_with_what_would_be_right(
    tmp_path: Path, text: str, said: str
) -> None:
    assert said in str(refusal(tmp_path, text))


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "digest.toml").write_bytes(b'[smtp]\nhost = "\xff"\n')

    with pytest.raises(ConfigurationError, match="utf-8"):
        load_settings(tmp_path)


def test_the_site_is_the_nearest_folder_upwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DIGEST_HOME", raising=False)
    deep = site(tmp_path) / "content" / "news"
    deep.mkdir(parents=True)

    assert find_site(None, start=deep) == tmp_path.resolve()


def test_digest_home_names_the_site_and_is_no_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_HOME", str(site(tmp_path)))

    home = find_site(None)

    assert home == tmp_path.resolve()
    assert isinstance(load_settings(home), Settings)


def test_no_site_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"digest init"):
        find_site(str(tmp_path))


def test_mail_leaves_only_with_a_server_and_a_base_url(tmp_path: Path) -> None:
    host = '[smtp]\nhost = "relay.example"\n'
    public = '[site]\nbase_url = "https://news.example"\n'
    local = '[site]\nbase_url = "http://127.0.0.1:8025"\n'

    assert load_settings(site(tmp_path, host)).captures
    assert load_settings(site(tmp_path, public)).captures
    assert not load_settings(site(tmp_path, host + public)).captures
    assert load_settings(site(tmp_path, host + local)).links_lead_nowhere


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://static.example/mail/", "https://static.example/mail"),
        ("https://static.example:8443/a%20b/c+d", "https://static.example:8443/a%20b/c+d"),
        ("http://127.0.0.1:8025/pictures", "http://127.0.0.1:8025/pictures"),
        ("http://[::1]:8025", "http://[::1]:8025"),
        ("", ""),
    ],
)
def test_an_address_for_pictures_is_kept_as_it_is_written(
    tmp_path: Path, address: str, kept: str
) -> None:
    written = site(tmp_path, f"[site]\nassets_url = '{address}'\n")

    assert load_settings(written).site.assets_url == kept


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://static.example", "write the whole address with https://"),
        ("static.example", "write the whole address with https://"),
        ("ftp://localhost/x", "write the whole address with https://"),
        ("file:///srv/pictures", "write the whole address with https://"),
        ("https://static.example?x=1", "an address without user name, ? and #"),
        ("https://user@static.example", "an address without user name, ? and #"),
        ("https://static.example/a b", "an address without ' '; write it as %20"),
        ('https://static.example/"onerror', "write it as %22"),
        ("https://static.example/微信", "write it as %E5%BE%AE"),
        ("https://static.example/a&amp;b", "write it as %26"),
        ("https://[", "site.assets_url"),
    ],
)
def test_an_address_that_cannot_name_a_picture_is_refused(
    tmp_path: Path, address: str, said: str
) -> None:
    written = site(tmp_path, f"[site]\nassets_url = '{address}'\n")

    with pytest.raises(ConfigurationError) as caught:
        load_settings(written)

    assert said in str(caught.value)
    assert caught.value.where == "digest.toml:2"


def test_pictures_on_this_machine_are_for_mail_that_stays_on_it(tmp_path: Path) -> None:
    public = 'base_url = "https://news.example"\n'
    local = f'[site]\n{public}assets_url = "http://localhost:8025"\n'
    hosted = f'[site]\n{public}assets_url = "https://static.example"\n'
    relay, here = '[smtp]\nhost = "relay.example"\n', '[smtp]\nhost = "::1"\n'

    assert load_settings(site(tmp_path, local + relay)).pictures_lead_nowhere
    assert not load_settings(site(tmp_path, local)).pictures_lead_nowhere
    assert not load_settings(site(tmp_path, local + here)).pictures_lead_nowhere
    assert not load_settings(site(tmp_path, hosted + relay)).pictures_lead_nowhere
