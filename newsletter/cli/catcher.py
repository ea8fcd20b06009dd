"""A mail server for one run of the demo: it keeps every message as a file, and lays one open to look at."""

import email
import email.policy
import itertools
import mimetypes
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.errors import ConfigError

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session


@contextmanager
def mail_catcher(folder: Path) -> Iterator[int]:
    """A mail server on a free port of 127.0.0.1, whose number it gives; messages go into `folder`.

    Raises ConfigError where aiosmtpd is not installed.
    """
    try:
        from aiosmtpd.controller import Controller
    except ImportError:
        raise ConfigError(
            "the demo's mail catcher is not installed",
            remedy="Install it with `pip install aiosmtpd`, then run `newsletter demo` again.",
        ) from None
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    controller = Controller(_Keeper(folder), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


class _Keeper:
    """Writes down each message that arrives, byte for byte, numbered in the order of arrival."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)

    async def handle_DATA(self, server: "SMTP", session: "Session", envelope: "Envelope") -> str:  # noqa: N802  # aiosmtpd calls it so
        path = self._folder / f"message-{next(self._numbers):02}.eml"
        path.write_bytes(envelope.original_content or b"")
        return "250 2.0.0 kept"


def _free_port() -> int:
    # aiosmtpd connects to its own port to see that it stands, so it has to be known beforehand.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def lay_open(message: Path, folder: Path) -> None:
    """Write what a message holds into `folder`: email.html with its pictures, email.txt, message.eml."""
    data = message.read_bytes()
    parsed = email.message_from_bytes(data, policy=email.policy.default)
    (folder / "pictures").mkdir(parents=True, exist_ok=True)
    (folder / "message.eml").write_bytes(data)
    html, text = parsed.get_body(("html",)), parsed.get_body(("plain",))
    page = str(html.get_content()) if html else ""
    for part in parsed.walk():
        if part.get_content_maintype() == "image":
            name = _save_picture(part, folder)
            page = page.replace(f"cid:{part['Content-ID'].strip('<> ')}", name)
    (folder / "email.html").write_text(page, encoding="utf-8")
    (folder / "email.txt").write_text(str(text.get_content()) if text else "", encoding="utf-8")


def _save_picture(part: EmailMessage, folder: Path) -> str:
    local = str(part["Content-ID"]).strip("<> ").partition("@")[0]
    plain = "".join(char for char in Path(local).stem if char.isalnum() or char in "-_") or "picture"
    name = f"pictures/{plain}{mimetypes.guess_extension(part.get_content_type()) or ''}"
    (folder / name).write_bytes(part.get_content())
    return name


def recipient(message: Path) -> str:
    """The address to which a caught message went."""
    parsed = email.message_from_bytes(message.read_bytes(), policy=email.policy.default)
    return str(parsed["To"].addresses[0].addr_spec)
