"""The parts of one site, each made when it is first asked for.

So a command pays only for what it uses: `check` on a laptop makes no database, `--help` imports
none of this. What joins them into use cases is `app`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from digest.delivery.config import SmtpConfig
from digest.errors import ConfigurationError, StoreError, UsageError
from digest.model.edition import Edition, FrozenEdition, Placeholder, Rendered
from digest.model.finding import Finding
from digest.model.issue import Issue, Publication
from digest.model.mailing import Mailing
from digest.model.newsletter import Letterhead
from digest.paths import shipped, sync_folder
from digest.settings import Settings
from digest.workflow.nobody import NobodyYet
from digest.workflow.ports import Clock
from digest.workflow.sending_ports import Composer, Lanes, Transport

if TYPE_CHECKING:
    from digest.delivery.capture import CaptureServer
    from digest.delivery.chaos import Chaos
    from digest.message.dkim import DkimSigner
    from digest.message.dkim_keys import KeyPair
    from digest.message.keys import Keys
    from digest.message.message_ids import ReturnPath
    from digest.rendering.renderer import Renderer
    from digest.store.database import Database
    from digest.store.ledger import Ledger

#: The links that a mail can carry once readers can reach us.
PERSONAL_LINKS = frozenset({Placeholder.LEAVE_URL, Placeholder.ACCEPT_URL, Placeholder.DECLINE_URL})


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the moment, in UTC."""
        return datetime.now(UTC)


@dataclass(kw_only=True)
class Parts:
    """What one site is made of."""

    settings: Settings
    clock: Clock
    chaos: Chaos | None = None
    """Trouble that the capture server makes, for a rehearsal."""
    lanes: Lanes | None = None
    """Lanes to use instead of those that the settings ask for."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process is asked to end."""

    @property
    def home(self) -> Path:
        """Return the site's folder."""
        return self.settings.home

    @cached_property
    def newsletters(self) -> list[str]:
        """Return the ids of the site's newsletters."""
        from digest.content.folder import newsletter_ids

        return newsletter_ids(self.home)

    def newsletter(self, given: str | None) -> str:
        """Return the newsletter that is meant.

        Raises:
            UsageError: none is named and there are several, or there is no such one.
        """
        known = self.newsletters
        if given and given in known:
            return given
        listed = ", ".join(known)
        if given:
            raise UsageError(given, "there is no such newsletter", f"There is: {listed or 'none'}.")
        if len(known) == 1:
            return known[0]
        if not known:
            raise UsageError("content/", "holds no newsletter", "digest init DIR makes a site.")
        raise UsageError("", "this site has several newsletters", f"Name one: {listed}.")

    def publication(self, newsletter: str) -> tuple[Publication, list[Finding]]:
        """Read a newsletter's folder (ContentError, ManyErrors when it is wrong)."""
        from digest.content.folder import read_publication

        return read_publication(self.home, newsletter, today=self._today(newsletter))

    def findings(self, newsletter: str) -> list[Finding]:
        """Return all that there is to say about a newsletter's folder, whatever is wrong in it."""
        from digest.content.folder import collect_findings

        return collect_findings(self.home, newsletter, today=self._today(newsletter))

    def _today(self, newsletter: str) -> date:
        from digest.content.folder import local_day

        return local_day(self.home, newsletter, self.clock.now())

    # --- the trades -----------------------------------------------------------------------------

    @cached_property
    def renderer(self) -> Renderer:
        """Return the renderer: the site's own templates first, the shipped ones beneath."""
        from digest.rendering.renderer import Renderer

        folders = [self.home / "templates", shipped("templates")]
        return Renderer([folder for folder in dict.fromkeys(folders) if folder.is_dir()])

    @property
    def offered_links(self) -> frozenset[Placeholder]:
        """Return the personal links that mails of this site carry."""
        return PERSONAL_LINKS if self.settings.site.base_url else frozenset()

    def render(self, issue: Issue, edition: Edition) -> Rendered:
        """Render an edition with the links and the hosted pictures that this site can offer."""
        site = self.settings.site
        links = self.offered_links
        return self.renderer.render(issue, edition, links=links, assets_url=site.assets_url)

    @property
    def _keys_folder(self) -> Path:
        return self.home / "var" / "keys"

    @property
    def _has_keys(self) -> bool:
        """Return whether the site has keys, without making any."""
        given = self.settings.keys
        secrets = (given.token, given.hash, given.message)
        return self._keys_folder.is_dir() or any(each.get_secret_value() for each in secrets)

    @cached_property
    def keys(self) -> Keys:
        """Return the site's keys, from secrets or from var/keys (made on first use)."""
        from digest.message.keys import keys_from_secrets, load_keys

        given = self.settings.keys
        secrets = {
            name: secret.get_secret_value()
            for name, secret in (
                ("token", given.token),
                ("hash", given.hash),
                ("message", given.message),
            )
            if secret.get_secret_value()
        }
        return keys_from_secrets(secrets) if secrets else load_keys(self._keys_folder)

    @property
    def has_database(self) -> bool:
        """Return whether there is a database to look into, without making one."""
        scheme, _, path = self.settings.database_url.partition(":///")
        return not scheme.startswith("sqlite") or Path(path).exists()

    @cached_property
    def database(self) -> Database:
        """Return the database that the settings name (StoreError when it cannot be opened)."""
        from digest.store.database import Database

        ours = self.home / "var"
        if str(ours) in self.settings.database_url:
            # Only the folder that is ours: a wrong path elsewhere is to be said, not made.
            _make_folder(ours)
        return Database(self.settings.database_url)

    @cached_property
    def ledger(self) -> Ledger:
        """Return the store, opened and of the current version.

        Raises:
            StoreError: it cannot be used, or a newer version of digest made it.
        """
        from digest.store.ledger import Ledger
        from digest.store.upgrade import ensure_current

        ensure_current(self.database)
        ledger = Ledger(self.database, self.keys.hash)
        ledger.check_fingerprints(self.keys.fingerprints())
        return ledger

    @property
    def past(self) -> Ledger | NobodyYet:
        """Return the store to look into, or one that knows nobody where there is none yet."""
        return self.ledger if self.has_database else NobodyYet()

    @cached_property
    def _looked_into(self) -> Ledger:
        from digest.store.ledger import Ledger
        from digest.store.upgrade import require_current

        require_current(self.database)
        return Ledger(self.database, self.keys.hash if self._has_keys else bytes(32))

    @property
    def view(self) -> Ledger | NobodyYet:
        """Return the store for who only looks: nothing in it is made, upgraded or noted.

        Raises:
            StoreError: it cannot be used, or is older or newer than this digest.
        """
        return self._looked_into if self.has_database else NobodyYet()

    def store_stamp(self) -> object:
        """Return something that is another when the database's files have changed.

        A server shows no such sign; what is remembered of it gets old by itself.
        """
        scheme, _, path = self.settings.database_url.partition(":///")
        if not scheme.startswith("sqlite"):
            return None
        return tuple(map(_mark, (Path(path), Path(f"{path}-wal"))))

    # --- composing ------------------------------------------------------------------------------

    def composer(
        self,
        letterhead: Letterhead,
        editions: Sequence[FrozenEdition],
        *,
        test: bool = False,
        harmless: bool = False,
    ) -> Composer:
        """Return a composer of editions (`harmless`: its links change nothing)."""
        from digest.message.composer import Composer as MessageComposer
        from digest.message.tokens import KeyRing

        borrowed = harmless and not self._has_keys
        # What only shows an edition needs no secret, so looking makes none.
        ring = KeyRing(1, {1: bytes(32)}) if borrowed else self.keys.ring
        return MessageComposer(
            letterhead,
            editions,
            base_url=self.settings.site.base_url or None,
            ring=ring,
            message_key=bytes(32) if borrowed else self.keys.message,
            return_path=self._return_path,
            # What only shows an edition is not signed: nobody can send it on as ours.
            signer=None if harmless else self.signer,
            test=test,
            harmless=harmless,
        )

    @cached_property
    def signer(self) -> DkimSigner | None:
        """Return what signs mail here, or None (ConfigurationError: a key cannot be used)."""
        from digest.bootstrap.signing import make_signer

        return make_signer(self.settings.dkim.domain, self.dkim_keys)

    @cached_property
    def dkim_keys(self) -> list[KeyPair]:
        """Return the keys that sign here (ConfigurationError: one cannot be used)."""
        from digest.bootstrap.signing import key_pairs

        return key_pairs(self.settings.dkim, self.home)

    @cached_property
    def _return_path(self) -> ReturnPath | None:
        from digest.message.message_ids import ReturnPath

        written = self.settings.smtp.return_path
        return ReturnPath(written) if written else None

    def prove(self, letterhead: Letterhead, editions: list[FrozenEdition]) -> None:
        """Compile each edition into messages: what is wrong is known before it is stored."""
        from digest.message.composer import Composer as MessageComposer

        composer = self.composer(letterhead, editions, harmless=True)
        assert isinstance(composer, MessageComposer)
        composer.compile_editions()

    def longest_links(self) -> Mapping[Placeholder, str]:
        """Return personal links as long as any reader's; they lead nowhere."""
        from digest.message.links import checked_base_url, make_links
        from digest.message.tokens import HANDLE_LENGTH, KeyRing

        base_url = self.settings.site.base_url
        return make_links(
            checked_base_url(base_url) if base_url else None,
            KeyRing(1, {1: bytes(32)}),
            handle=bytes(HANDLE_LENGTH),
            issue_id=0,
            invitation_id=1,
        )

    def compose_mailing(self, mailing: Mailing) -> Composer:
        editions = self.ledger.frozen_editions(mailing.id)
        return self.composer(self.ledger.letterhead(mailing.id), editions)

    # --- sending --------------------------------------------------------------------------------

    @property
    def captures(self) -> bool:
        """Return whether mail stays on this machine, in var/captured."""
        return self.lanes is None and self.settings.captures

    @property
    def captured_folder(self) -> Path:
        """Return the Maildir of captured mail."""
        return self.home / "var" / "captured"

    def capture_server(self, port: int) -> CaptureServer:
        """Return a capture server for any program on this machine (port 0 takes a free one)."""
        from digest.delivery.capture import CaptureServer

        return CaptureServer(self.captured_folder, port=port, chaos=self.chaos)

    def make_transport(self) -> Transport:
        """Return what hands over single messages, over the lanes that mailings take."""
        from digest.delivery.transport import LaneTransport

        return LaneTransport(self.make_lanes())

    def make_lanes(self) -> Lanes:
        """Return what opens lanes to the SMTP server that the settings name, or to the capture
        server.

        Raises:
            ConfigurationError: mail would leave this machine with links or pictures that lead
                only to it.
        """
        if self.lanes is not None:
            return self.lanes
        if self.settings.captures:
            from digest.delivery.capturing import CaptureLanes

            return CaptureLanes(self.captured_folder, chaos=self.chaos)
        if self.settings.links_lead_nowhere:
            raise ConfigurationError(
                "site.base_url",
                f"{self.settings.site.base_url} leads readers to their own machine",
                "Set the public https address of `digest web`, or leave smtp.host empty.",
            )
        if self.settings.pictures_lead_nowhere:
            raise ConfigurationError(
                "site.assets_url",
                f"{self.settings.site.assets_url} is where only this machine finds pictures",
                "Set the public https address, or delete the key: they then travel in the mail.",
            )
        from digest.delivery.lanes import SmtpLanes

        return SmtpLanes(self._smtp_config())

    def _smtp_config(self) -> SmtpConfig:
        smtp = self.settings.smtp
        return SmtpConfig(
            host=smtp.host,
            port=smtp.port,
            security=smtp.security,
            username=smtp.username,
            password=smtp.password.get_secret_value(),
            timeout=smtp.timeout,
            messages_per_connection=smtp.messages_per_connection,
            idle_timeout=smtp.idle_timeout,
            ca_file=smtp.ca_file,
        )

    def close(self) -> None:
        """Let go of the database, if it was opened."""
        if "database" in self.__dict__:
            self.database.close()


def _mark(path: Path) -> tuple[int, int]:
    try:
        seen = path.stat()
    except OSError:
        return 0, 0
    return seen.st_mtime_ns, seen.st_size


def _make_folder(path: Path) -> None:
    try:
        fresh = not path.exists()
        path.mkdir(mode=0o700, exist_ok=True)
        if fresh:
            sync_folder(path.parent)
    except OSError as error:
        hint = "The database, the keys and captured mail live there: let this user write to it."
        raise StoreError(
            str(path), f"this folder cannot be made ({error.strerror})", hint
        ) from error
