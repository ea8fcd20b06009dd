"""Debian's Postfix as a relay of its own on loopback: TLS with a CA made here, a login, and a Maildir to read.

Everybody at example.org has a mailbox, but for those whose address begins with `gone`: they are refused.
For nobody at far.example.org mail is taken, and comes back later.
"""

import datetime as dt
import ipaddress
import os
import pwd
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from masters import begun, ended, greets, waiting

USER, REALM, PASSWORD = "news", "example.org", "correct horse battery staple"
DAEMONS = Path("/usr/lib/postfix/sbin")

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = relay.example.org
mynetworks =
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
virtual_transport = virtual
virtual_mailbox_domains = example.org far.example.org
virtual_mailbox_base = {folder}
virtual_mailbox_maps = regexp:{folder}/people
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
virtual_mailbox_limit = 0
message_size_limit = 1000000
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = {folder}/server.pem
smtpd_tls_loglevel = 1
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
smtpd_sasl_local_domain = {realm}
smtpd_sasl_security_options = noanonymous
cyrus_sasl_config_path = {folder}/conf/sasl
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_reject_unlisted_recipient = no
smtpd_recipient_restrictions = check_recipient_access regexp:{folder}/far, reject_unlisted_recipient,
    permit_sasl_authenticated, reject
smtpd_forbid_bare_newline = reject
smtpd_forbid_bare_newline_exclusions =
smtpd_client_connection_count_limit = 0
"""
_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
proxymap  unix  - - n - - proxymap
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
virtual   unix  - n n - - virtual
anvil     unix  - - n - 1 anvil
postlog   unix-dgram n - n - 1 postlogd
"""
_SASL = """\
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: {folder}/sasldb2
mech_list: PLAIN LOGIN
"""


class Missing(Exception):
    """This machine cannot run a relay; the message says what it lacks."""


@dataclass
class Relay:
    """A Postfix that is all in one folder; `begin` and `end` as often as wanted."""

    folder: Path
    port: int
    master: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def ca_file(self) -> Path:
        """The certificate of the authority that signed the relay's."""
        return self.folder / "ca.pem"

    @property
    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def begin(self) -> None:
        """Start it; returns once it greets. Raises Missing, with what Postfix said, where it does not."""
        conf = str(self.folder / "conf")
        self.master = begun([str(DAEMONS / "master"), "-c", conf, "-d"])
        if not greets(self.master, self.port, b"220 "):
            raise Missing(f"Postfix does not start: {self.log[-2000:]}")

    def end(self) -> None:
        """Stop it as `postfix stop` does, and take away what was being written then: nobody will finish it."""
        if self.master is not None:
            ended(self.master)
            for path in self._queued():
                if not path.stat().st_mode & stat.S_IXUSR:  # is set on a whole message, before it is accepted
                    path.unlink()
        self.master = None

    def allow(self, largest: int) -> None:
        """Take messages of so many octets at most; it is started again for that."""
        self.end()
        path = self.folder / "conf" / "main.cf"
        kept = [line for line in path.read_text().splitlines() if not line.startswith("message_size_limit")]
        _write_settled(path, "\n".join([*kept, f"message_size_limit = {largest}", ""]))
        self.begin()

    def settle(self) -> None:
        """Returns when the queue is empty: all that was accepted has been delivered."""
        for _ in waiting(60):
            if not any(self._queued()):
                return
        raise Missing(f"Postfix still holds {list(self._queued())}: {self.log[-2000:]}")

    def _queued(self) -> Iterator[Path]:
        for name in ("incoming", "active", "deferred"):
            yield from (one for one in (self.folder / "queue" / name).rglob("*") if one.is_file())

    def count(self) -> int:
        """How many messages lie in the Maildir now."""
        new = self.folder / "all" / "new"
        return sum(1 for _ in new.iterdir()) if new.is_dir() else 0

    def messages(self) -> list[bytes]:
        """All that were delivered, in no order; ask `settle` before."""
        new = self.folder / "all" / "new"
        return [path.read_bytes() for path in new.iterdir()] if new.is_dir() else []

    def forget(self) -> None:
        """Empty the Maildir."""
        self.settle()
        shutil.rmtree(self.folder / "all" / "new", ignore_errors=True)


@contextmanager
def relay() -> Iterator[Relay]:
    """A relay that stands, and is taken away with all that it holds. Raises Missing where it cannot be."""
    _require()
    folder = Path(tempfile.mkdtemp(prefix="relay-"))
    made = Relay(folder, free_port())
    try:
        _write(made)
        made.begin()
        yield made
    finally:
        made.end()
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _require() -> None:
    if os.geteuid() != 0:
        raise Missing("Postfix must be started by root")
    if not (DAEMONS / "master").exists() or not shutil.which("postfix", path="/usr/sbin:/usr/bin"):
        raise Missing("Postfix is not installed; Debian has it in the package postfix")
    if not _program("saslpasswd2"):
        raise Missing("saslpasswd2 is not installed; Debian has it in the package sasl2-bin")


def _program(name: str) -> str:
    return shutil.which(name, path="/usr/sbin:/usr/bin") or ""


def _write(relay: Relay) -> None:
    folder, owner = relay.folder, pwd.getpwnam("postfix")
    folder.chmod(0o755)
    for name in ("conf", "queue", "data", "conf/sasl", "all"):
        (folder / name).mkdir()
    for name in ("data", "all"):
        os.chown(folder / name, owner.pw_uid, owner.pw_gid)
    values = {"folder": folder, "realm": REALM, "port": relay.port}
    values |= {"uid": owner.pw_uid, "gid": owner.pw_gid}
    _write_settled(folder / "conf" / "main.cf", _MAIN.format(**values))
    _write_settled(folder / "conf" / "master.cf", _MASTER.format(**values))
    (folder / "conf" / "sasl" / "smtpd.conf").write_text(_SASL.format(**values))
    (folder / "people").write_text("!/^gone|@far\\.example\\.org$/ all/\n")
    (folder / "far").write_text("/@far\\.example\\.org$/ permit_sasl_authenticated\n")
    _certificates(folder)
    _account(folder, owner)
    # Makes the queue's folders with the owners that this version wants.
    _run([_program("postfix"), "-c", str(folder / "conf"), "check"])


def _write_settled(path: Path, text: str) -> None:
    """Write a file as if it were a minute old: Postfix waits until its settings have not changed for a while."""
    path.write_text(text)
    os.utime(path, (time.time() - 60,) * 2)


def _account(folder: Path, owner: pwd.struct_passwd) -> None:
    path = folder / "sasldb2"
    _run([_program("saslpasswd2"), "-p", "-c", "-f", str(path), "-u", REALM, USER], PASSWORD.encode())
    os.chown(path, owner.pw_uid, owner.pw_gid)


def _run(command: list[str], given: bytes = b"") -> None:
    done = subprocess.run(command, input=given, capture_output=True, check=False)
    if done.returncode:
        raise Missing(f"{command[0]} ended with {done.returncode}: {(done.stderr + done.stdout).decode()}")


# Signs certificates and nothing else.
_SIGNS = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


def _certificates(folder: Path) -> None:
    """An authority, and a certificate of the relay for 127.0.0.1 that it signed.

    With all that RFC 5280 wants of them, as Python 3.13 does too.
    """
    authority, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = _named("An authority for tests")
    ca = (
        _unsigned(issuer, issuer, authority.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_SIGNS, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority.public_key()), critical=False)
        .sign(authority, hashes.SHA256())
    )
    signed_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key())
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    server = (
        _unsigned(issuer, _named("relay.example.org"), own.public_key())
        .add_extension(x509.SubjectAlternativeName([address, x509.DNSName("localhost")]), critical=False)
        .add_extension(signed_by, critical=False)
        .sign(authority, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    key = own.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "ca.pem").write_bytes(ca.public_bytes(pem))
    (folder / "server.pem").touch(mode=0o600)
    (folder / "server.pem").write_bytes(server.public_bytes(pem) + key)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def _unsigned(
    issuer: x509.Name, subject: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
    )
