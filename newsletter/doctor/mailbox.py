"""The mailbox that is read: reached, safe, willing to let us in, with its folder and its marks; nothing is changed."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from newsletter.config import Mailbox
from newsletter.doctor.case import Case
from newsletter.doctor.finding import Finding, error, note, ok, warning
from newsletter.doctor.server import certificate_finding
from newsletter.errors import NewsletterError
from newsletter.internet import NotFound
from newsletter.oauth import user_of
from newsletter.replies import Folder, look_at, named_source, open_mailbox

_DOCS = "docs/mailbox.md tells how."


def check(case: Case) -> Iterator[Finding]:
    """Findings about the mailbox, each step only where the one before it was made."""
    mailbox = case.config.mailbox
    if mailbox.path:
        yield _here(mailbox)
    elif not mailbox.host:
        yield note(
            "mailbox.none",
            "no mailbox is read: bounces and opt-outs by mail are for you to read and to type",
            f"Name one under [mailbox] in newsletter.toml. {_DOCS}",
        )
    else:
        yield from _at_server(case, mailbox)


def _here(mailbox: Mailbox) -> Finding:
    try:
        source = named_source(Path(mailbox.path))
    except NewsletterError as trouble:
        return error("mailbox.path", trouble.message, "Mend mailbox.path in newsletter.toml.")
    if mailbox.processed and source.word != "maildir":
        return warning(
            "mailbox.processed",
            f"nothing can be moved out of {mailbox.path}, which is an mbox",
            "Leave mailbox.processed empty.",
        )
    return ok("mailbox.path", f"{mailbox.path} can be read ({source.word})")


def _at_server(case: Case, mailbox: Mailbox) -> Iterator[Finding]:
    try:
        case.names.addresses(mailbox.host, mailbox.port)
    except NotFound as lost:
        yield error(
            "mailbox.name",
            f"the server of the mailbox, {mailbox.host}, is not found: {lost}",
            "Is mailbox.host in newsletter.toml spelt right, and is this computer online (or in the VPN)?",
        )
        return
    patient = mailbox.model_copy(update={"timeout": min(case.seconds, mailbox.timeout)})
    config = case.config.model_copy(update={"mailbox": patient})
    try:
        with open_mailbox(config) as client:
            yield from _safety(client, case)
            yield ok("mailbox.login", f"{mailbox.host} accepts the login of {user_of(config, 'imap')}")
            yield from _folder(look_at(client, mailbox), mailbox)
    except NewsletterError as trouble:
        yield error("mailbox.connection", trouble.message, _ports(mailbox) or trouble.remedy)


def _ports(mailbox: Mailbox) -> str:
    """What to say where port and mailbox.security do not go together; '' where they may."""
    usual = {993: "tls", 143: "starttls"}.get(mailbox.port, mailbox.security)
    if usual == mailbox.security or mailbox.security == "none":
        return ""
    return f'At port {mailbox.port} servers want security = "{usual}" under [mailbox] in newsletter.toml.'


def _safety(client: Any, case: Case) -> Iterator[Finding]:
    sock = client.socket()
    if not isinstance(sock, ssl.SSLSocket):
        yield ok("mailbox.tls", "the line is not encrypted, and does not leave this machine")
        return
    yield ok("mailbox.tls", f"the line to the mailbox is encrypted: {sock.version()}")
    found = certificate_finding(dict(sock.getpeercert() or {}), case.now, "it cannot be read")
    if found.level != "ok":
        yield Finding("mailbox.certificate", found.level, found.found, found.remedy)


def _folder(folder: Folder, mailbox: Mailbox) -> Iterator[Finding]:
    held = f"{folder.messages:,} {'message' if folder.messages == 1 else 'messages'}"
    yield ok("mailbox.folder", f"{mailbox.folder} can be read: {held}")
    if not folder.writable:
        yield note(
            "mailbox.marks", f"{mailbox.folder} may only be looked at: what was read is not marked there"
        )
    elif folder.keyword:
        yield ok("mailbox.marks", "what was read is marked with the keyword $Newsletter")
    else:
        yield note(
            "mailbox.marks",
            "the server keeps no keywords: what was read is remembered in contacts.db, and not marked in the mailbox",
        )
    for key in ("processed", "aside"):
        if name := getattr(mailbox, key):
            yield _target(folder, key, name)


def _target(folder: Folder, key: str, name: str) -> Finding:
    if not (folder.moves and folder.writable):
        return warning(
            f"mailbox.{key}",
            "the server lets us move no messages (RFC 6851), so that all of them stay where they are",
            f"Leave mailbox.{key} empty, or ask whoever runs the server.",
        )
    there = name in folder.folders
    return ok(f"mailbox.{key}", f"the folder {name} is {'there' if there else 'made when it is needed'}")
