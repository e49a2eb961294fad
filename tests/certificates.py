"""Certificates for tests: an authority of its own and a server's certificate that it signs.

Made with the `openssl` command, because no library for it is among the dependencies. Nothing of it
is secret or lives longer than the test.
"""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificate:
    """A server certificate and the authority that signed it."""

    ca_file: Path
    cert_file: Path
    key_file: Path

    def context(self) -> ssl.SSLContext:
        """Return the server's side of TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert_file, self.key_file)
        return context


def make_certificate(
    folder: Path, *, names: str = "DNS:localhost,IP:127.0.0.1", days: int = 3650
) -> Certificate:
    """Make an authority and a server certificate for `names` in a folder, with the openssl CLI."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "leaf.cnf").write_text(f"subjectAltName={names}\nbasicConstraints=CA:FALSE\n")
    key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    ca_extensions = (
        "-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign"
    )
    for command in (
        f"req -x509 {key} -keyout ca.key -out ca.pem -subj /CN=test-authority -days 3650 "
        + ca_extensions,
        f"req {key} -keyout leaf.key -out leaf.csr -subj /CN=test-server",
        f"x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -set_serial 2 -out leaf.pem "
        f"-days {days} -extfile leaf.cnf",
    ):
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
    return Certificate(folder / "ca.pem", folder / "leaf.pem", folder / "leaf.key")
