"""A real Postfix that relays to a server of the test: an instance and a folder of its own.

`with Postfix(relay_to=server.port) as relay:` starts one on loopback and ends it again; what it
takes on `relay.port` goes on to the recording server, through its queue, as through any provider's.
Postfix is made to be started by root. The system's own instance is never touched, and no name is
looked up in the DNS.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from subprocess import DEVNULL
from typing import Self

_MAIN = """\
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
maillog_file = {home}/log/postfix.log
maillog_file_prefixes = {home}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.test
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
relayhost = [127.0.0.1]:{relay_to}
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtputf8_enable = yes
smtpd_relay_restrictions = permit_mynetworks, reject
recipient_delimiter = +
"""
# Name, type, private, unprivileged, chroot, wake-up, most processes, command.
_SERVICES = """\
127.0.0.1:{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
proxymap unix - - n - - proxymap
"""


class Postfix:
    """One private instance of Postfix."""

    def __init__(self, *, relay_to: int) -> None:
        """Say to which port on loopback everything is relayed."""
        self.port = _free_port()
        self._relay_to = relay_to
        self._home = Path()
        self._process: subprocess.Popen[bytes] | None = None
        # Where the tests are not run by root, sudo may do it without asking.
        self._as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]

    def __enter__(self) -> Self:
        if shutil.which("postfix", path=f"{os.environ['PATH']}:/usr/sbin") is None:
            raise RuntimeError("there is no Postfix here: sh tests/install.sh brings it")
        # Not in pytest's folder, which only its owner may enter: Postfix changes to its own user.
        self._home = Path(tempfile.mkdtemp(prefix="digest-postfix-"))
        self._home.chmod(0o755)
        values = {"home": self._home, "port": self.port, "relay_to": self._relay_to}
        for name in ("config", "queue", "data", "log"):
            (self._home / name).mkdir()
        (self._home / "config" / "main.cf").write_text(_MAIN.format(**values), encoding="utf-8")
        (self._home / "config" / "master.cf").write_text(
            _SERVICES.format(**values), encoding="utf-8"
        )
        self._root("chown", "postfix", str(self._home / "data"))
        try:
            # In the foreground and not for ever: it ends also when nobody is left to end it.
            command = [*self._as_root, "timeout", "300", *self._postfix("start-fg")]
            self._process = subprocess.Popen(command, stdout=DEVNULL, stderr=DEVNULL)
            self._wait_until_it_listens()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._root(*self._postfix("stop"), check=False)
            self._process.wait(30)
        self._root("rm", "-rf", str(self._home))

    @property
    def log(self) -> str:
        """Return what it has logged."""
        path = self._home / "log" / "postfix.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def _postfix(self, command: str) -> list[str]:
        return ["/usr/sbin/postfix", "-c", str(self._home / "config"), command]

    def _root(self, *command: str, check: bool = True) -> None:
        ran = subprocess.run(
            [*self._as_root, *command], capture_output=True, text=True, check=False, timeout=60
        )
        if check and ran.returncode:
            raise RuntimeError(f"{' '.join(command)}: {ran.stdout}{ran.stderr}{self.log}")

    def _wait_until_it_listens(self) -> None:
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                if time.monotonic() > until:
                    raise RuntimeError(f"Postfix does not listen: {self.log}") from None
                time.sleep(0.05)
            else:
                return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
