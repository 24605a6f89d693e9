"""A real IMAP server (Dovecot) and an SMTP server that delivers to it, on free ports and in a folder of their own."""

from __future__ import annotations

import datetime
import grp
import ipaddress
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from agents.tools.email.account import Account, Host, Kind, Tls
from tests.agents.sandbox.probes import wait_until

ANN, BOB, PASSWORD = "ann@example.org", "bob@example.org", "hunter2"
DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
ssl_dh =
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service auth {{
  user = {user}
}}
service auth-worker {{
  user = {user}
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
"""


@dataclass(frozen=True)
class MailServers:
    """Where they listen. `folder/mail/ADDRESS` is the maildir of an address."""

    folder: Path
    imap: int
    imaps: int
    smtp: int
    smtps: int

    def account(self, tls: Tls = Tls.NONE, **more: str) -> Account:
        imap = Host("localhost", self.imaps if tls is Tls.TLS else self.imap, tls)
        smtp = Host("localhost", self.smtps if tls is Tls.TLS else self.smtp, tls)
        given = {"user": ANN, "secret": PASSWORD} | more
        return Account("work", Kind.IMAP, ANN, imap=imap, smtp=smtp, **given)

    def put(self, raw: bytes, address: str = ANN, name: str = "") -> None:
        """Deliver this by hand."""
        box = self.folder / "mail" / address / "new"
        path = box / (name or f"{len(list(box.parent.glob('*/*'))):05}")
        path.write_bytes(raw)
        path.chmod(0o666)

    def delivered(self, address: str) -> list[bytes]:
        box = self.folder / "mail" / address
        return [path.read_bytes() for part in ("new", "cur") for path in sorted((box / part).iterdir())]

    def empty(self) -> None:
        for path in (self.folder / "mail").glob("*/*"):
            if path.is_file():
                path.unlink()
            else:
                for each in path.iterdir():
                    each.unlink()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def _nobody() -> tuple[str, str, int, int]:
    """Who the server runs as: this user, or where that is root, which no mail may be read as, nobody."""
    number = os.getuid() or pwd.getpwnam("nobody").pw_uid
    user = pwd.getpwuid(number)
    return user.pw_name, grp.getgrgid(user.pw_gid).gr_name, number, user.pw_gid


@pytest.fixture(scope="session")
def mail_servers() -> Iterator[MailServers]:
    with tempfile.TemporaryDirectory(prefix="interlock-mail-") as folder:  # pytest's own lets nobody else in
        yield from _running(Path(folder))


def _running(folder: Path) -> Iterator[MailServers]:
    dovecot = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert dovecot, "these tests need the Debian package dovecot-imapd, which .ci/run installs"
    servers = MailServers(folder, free_port(), free_port(), free_port(), free_port())
    user, group, uid, gid = _nobody()
    _make_certificate(folder)
    (folder / "users").write_text("".join(f"{each}:{PASSWORD}\n" for each in (ANN, BOB)))
    for each in (ANN, BOB):
        for part in ("", "new", "cur", "tmp"):
            (folder / "mail" / each / part).mkdir(parents=True, exist_ok=True)
    for path in [folder, *folder.rglob("*")]:
        shutil.chown(path, uid, gid)
    config = DOVECOT.format(folder=folder, user=user, group=group, imap=servers.imap, imaps=servers.imaps)
    (folder / "dovecot.conf").write_text(config)
    smtp = [sys.executable, "-m", "tests.mail.smtp_server", str(servers.smtp), str(servers.smtps), str(folder)]
    with (folder / "smtp.log").open("wb") as log:
        programs = [
            subprocess.Popen([dovecot, "-F", "-c", str(folder / "dovecot.conf")], stderr=subprocess.DEVNULL),
            subprocess.Popen(smtp, stderr=log),
        ]
    try:
        wait_until(lambda: _listens(servers.imap) and _listens(servers.smtp) and _listens(servers.imaps), 30)
        yield servers
    finally:
        for program in programs:
            program.terminate()
        for program in programs:
            program.wait(20)


def _make_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
