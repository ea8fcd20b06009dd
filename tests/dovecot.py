"""Debian's Dovecot as an IMAP server of its own on loopback: TLS, passwords and tokens, and Maildirs to look into.

It runs without any rights, as `nobody` where the tests are root, and everything of it lies in one folder.
Anybody with PASSWORD, or with a token that is written to `tokens`, has a mailbox.
"""

import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from certificates import certificate
from masters import begun, ended, greets

PASSWORD = "paßwort-of-news"
USER = "news@example.org"
_DOVECOT = Path("/usr/sbin/dovecot")

_CONF = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
instance_name = {folder}
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
ssl = yes
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.pem
ssl_min_protocol = TLSv1.2
disable_plaintext_auth = yes
auth_mechanisms = plain login xoauth2
auth_failure_delay = 0
mail_location = {mail}
mail_fsync = never
mail_max_userip_connections = 100
passdb {{
  driver = passwd-file
  mechanisms = xoauth2
  args = {folder}/tokens
}}
passdb {{
  driver = static
  mechanisms = plain login
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/home/%u
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
{more}
"""


class NoDovecot(Exception):
    """This machine cannot run Dovecot; the message says what it lacks."""


@dataclass
class Dovecot:
    """A Dovecot that is all in one folder; it encrypts by STARTTLS at `port`, from the first octet at `tls_port`."""

    folder: Path
    port: int
    tls_port: int
    user: str
    group: str
    master: subprocess.Popen[bytes] | None = field(default=None)
    delivered: int = 0

    @property
    def ca_file(self) -> Path:
        """The certificate that vouches for it."""
        return self.folder / "server.pem"

    @property
    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def maildir(self, user: str = USER, folder: str = "") -> Path:
        """Where the messages of somebody lie; `folder` is one that was made beside the inbox."""
        return self.folder / "home" / user / "Maildir" / (f".{folder.replace('/', '.')}" if folder else "")

    def deliver(self, raw: bytes, user: str = USER) -> Path:
        """Put a message into somebody's inbox, as an MTA does."""
        inbox = self.maildir(user)
        for name in ("tmp", "new", "cur"):
            self._folder(inbox / name)
        self.delivered += 1
        path = inbox / "new" / f"{time.time_ns()}.{self.delivered}.relay"
        path.write_bytes(raw)
        self._give(path)
        return path

    def number_anew(self, user: str = USER) -> None:
        """As a server does that was restored: the next message is the first, under another UIDVALIDITY."""
        self._folder(self.maildir(user))
        path = self.maildir(user) / "dovecot-uidlist"
        path.write_text(f"3 V{time.time_ns() % 1_000_000_007} N1 G{uuid.uuid4().hex}\n")
        self._give(path)

    def forget(self, user: str = USER) -> None:
        """Empty somebody's mailbox, marks and all."""
        shutil.rmtree(self.folder / "home" / user, ignore_errors=True)

    def allow(self, token: str, user: str = USER) -> None:
        """From now on this token, and no other, lets somebody in; Dovecot looks at the file once a second at most."""
        (self.folder / "tokens").write_text(f"{user}:{{PLAIN}}{token}::::::\n")

    def begin(self) -> None:
        """Start it; returns once it greets. Raises NoDovecot, with what it said, where it does not."""
        as_nobody = {"user": self.user, "group": self.group, "extra_groups": []} if os.getuid() == 0 else {}
        self.master = begun([str(_DOVECOT), "-F", "-c", str(self.folder / "dovecot.conf")], **as_nobody)
        if not greets(self.master, self.port, b"* OK"):
            self.end()
            raise NoDovecot(f"Dovecot does not start: {self.log[-2000:]}")

    def end(self) -> None:
        """Stop it, and all of its own."""
        if self.master is not None:
            ended(self.master)
        self.master = None

    def _folder(self, path: Path) -> None:
        for missing in reversed([path, *path.parents]):
            if not missing.exists():
                missing.mkdir(mode=0o700)
                self._give(missing)

    def _give(self, path: Path) -> None:
        if os.getuid() == 0:
            shutil.chown(path, self.user, self.group)


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1]), int(other.getsockname()[1])


def _who(wanted: str) -> tuple[str, str]:
    found = pwd.getpwnam(wanted) if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    return found.pw_name, grp.getgrgid(found.pw_gid).gr_name


@contextmanager
def dovecot(*, mail: str = "maildir:~/Maildir", more: str = "", owner: str = "nobody") -> Iterator[Dovecot]:
    """The server, started. `mail` is Dovecot's mail_location, `more` more settings. Raises NoDovecot.

    Where the tests are root it runs as `owner`, to whom the messages belong: 'postfix', for what Postfix delivers.
    """
    if not _DOVECOT.exists() or not Path("/usr/lib/dovecot/imap").exists():
        raise NoDovecot("Dovecot is not installed (apt: dovecot-imapd)")
    # Not below pytest's own folder, into which nobody else may look.
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    port, tls_port = _free_ports()
    user, group = _who(owner)
    post = Dovecot(folder, port, tls_port, user, group)
    try:
        for name in ("run", "state", "home"):
            post._folder(folder / name)
        certificate(folder).rename(folder / "server.pem")
        (folder / "tokens").touch()
        values = {"folder": folder, "port": port, "tls_port": tls_port, "user": user, "group": group}
        conf = _CONF.format(**values, mail=mail, password=PASSWORD, more=more)
        (folder / "dovecot.conf").write_text(conf, encoding="utf-8")
        for path in (folder, *folder.iterdir()):
            post._give(path)
        post.begin()
        yield post
    finally:
        post.end()
        shutil.rmtree(folder, ignore_errors=True)
