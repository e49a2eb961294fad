"""From the settings of [dkim] to the keys that sign."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from digest.errors import ConfigurationError, RecipientError
from digest.message.dkim import DkimSigner
from digest.settings.signing import DkimSettings

if TYPE_CHECKING:
    from digest.message.dkim_keys import KeyPair, KeySource


def key_pairs(dkim: DkimSettings, home: Path) -> list[KeyPair]:
    """Return the keys of a site, RSA first; none where nothing is signed here.

    Raises:
        ConfigurationError: a key cannot be used, or the extra `dkim` is not installed.
    """
    if not dkim.signs:
        return []
    from digest.message.dkim_keys import load_ed25519, load_rsa

    load = {"key": load_rsa, "ed25519_key": load_ed25519}
    return [load[name](source) for name, source in _sources(dkim, home)]


def make_signer(domain: str, pairs: Sequence[KeyPair]) -> DkimSigner | None:
    """Return what signs mail in the name of a domain, or None where there is no key.

    Raises:
        ConfigurationError: the domain is none.
    """
    try:
        return DkimSigner(domain, [pair.signing for pair in pairs]) if pairs else None
    except RecipientError as error:
        raise ConfigurationError("dkim.domain", error.what, "Write it like example.org.") from error


def _sources(dkim: DkimSettings, home: Path) -> Iterator[tuple[str, KeySource]]:
    from digest.message.dkim_keys import KeySource

    given = {
        "key": (dkim.selector, dkim.key_file, dkim.key),
        "ed25519_key": (dkim.ed25519_selector, dkim.ed25519_key_file, dkim.ed25519_key),
    }
    for name, (selector, file, secret) in given.items():
        if selector:
            yield (
                name,
                KeySource(
                    setting=f"dkim.{name}{'_file' if file else ''}",
                    selector=selector,
                    file=home / file if file else None,
                    text=secret.get_secret_value(),
                ),
            )
