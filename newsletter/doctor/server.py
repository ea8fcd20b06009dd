"""The mail server: found, safe, willing to let us in and to take our address; no message is sent."""

import datetime as dt
import sqlite3
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from newsletter.config import Smtp
from newsletter.database import open_for_looking
from newsletter.doctor.case import Case
from newsletter.doctor.finding import Finding, error, note, ok, warning
from newsletter.doctor.relays import relay_of
from newsletter.errors import DatabaseProblem, NewsletterError
from newsletter.internet import NotFound
from newsletter.outbox import Line, LineLost, open_line, read_secret

_SOON = dt.timedelta(days=14)


def check(case: Case) -> Iterator[Finding]:
    """Findings about the way to the mail server, each step only where the one before it was made."""
    settings = case.config.smtp.model_copy(update={"timeout": min(case.seconds, case.config.smtp.timeout)})
    if not settings.host:
        yield error(
            "server.host",
            "newsletter.toml names no mail server (smtp.host)",
            "Ask your IT department for its name, port and login, and write them under [smtp].",
        )
        return
    yield from _relay(settings)
    found = _name(case, settings)
    yield found
    if found.level == "error":
        return
    for finding in _met(case, settings):
        yield finding
        if finding.check == "server.connection" and finding.level == "error":
            return
    yield from _entered(case, settings)


def _relay(settings: Smtp) -> Iterator[Finding]:
    service = relay_of(settings)
    if service is None:
        yield ok("server.relay", f"{settings.host} is a mail server of your own, and sends {_pace(settings)}")
        return
    if settings.relay == "plain":
        yield warning(
            "server.relay",
            f"{settings.host} is {service.name}, and newsletter.toml does not say so; it sends {_pace(settings)}",
            f'Write relay = "{service.word}" under [smtp], so that its limits are kept.',
        )
    else:
        yield ok("server.relay", f"{service.name} sends {_pace(settings)}")
    if service.word == "microsoft365" and settings.user and settings.auth == "password":
        yield warning(
            "server.password",
            "Microsoft 365 switches off logins with a password, by default from the end of 2026",
            'Ask your IT department for a login by token (auth = "xoauth2"): docs/login.md has the letter.',
        )


def _pace(settings: Smtp) -> str:
    at_once = f"{settings.connections} at a time"
    return (
        f"{at_once}, as fast as it takes them" if settings.rate == "none" else f"{at_once}, {settings.rate}"
    )


def _name(case: Case, settings: Smtp) -> Finding:
    try:
        addresses = case.names.addresses(settings.host, settings.port)
    except NotFound as lost:
        return error(
            "server.name",
            f"the mail server {settings.host} is not found: {lost}",
            "Is smtp.host in newsletter.toml spelt right, and is this computer online (or in the VPN)?",
        )
    more = f" and {len(addresses) - 1} more" * (len(addresses) > 1)
    return ok("server.name", f"{settings.host} is {addresses[0]}{more}")


def _met(case: Case, settings: Smtp) -> Iterator[Finding]:
    """Connection, greeting, encryption and what it offers, before any login."""
    nobody = settings.model_copy(update={"user": ""})
    try:
        line = open_line(nobody, lambda: "", introduce_as=case.domain or "localhost")
    except NewsletterError as trouble:
        yield error("server.connection", trouble.message, _ports(settings) or trouble.remedy)
        return
    with _left(line):
        yield ok("server.connection", f"{settings.host} answers at port {settings.port}, and greets us")
        yield from _safety(line, case.now, settings)
        yield from _extensions(line, case)


def _ports(settings: Smtp) -> str:
    """What to say where port and smtp.security do not go together; '' where they may."""
    usual = {465: "tls", 587: "starttls"}.get(settings.port, settings.security)
    if usual == settings.security:
        return ""
    return f'At port {settings.port} servers want security = "{usual}" in newsletter.toml.'


def _safety(line: Line, now: dt.datetime, settings: Smtp) -> Iterator[Finding]:
    sock = line.smtp.sock
    if not isinstance(sock, ssl.SSLSocket):
        yield ok("server.tls", "the line is not encrypted, and does not leave this machine")
        return
    how = "from the first octet" if settings.security == "tls" else "by STARTTLS"
    yield ok("server.tls", f"the line is encrypted {how}: {sock.version()}")
    yield certificate_finding(dict(sock.getpeercert() or {}), now)


def certificate_finding(
    certificate: dict[str, object], now: dt.datetime, then: str = "nothing can be sent"
) -> Finding:
    """How long a certificate that was verified still holds, and whose it is, as `ssl` gives it; what comes `then`."""
    until = dt.datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), dt.UTC)
    told = f"its certificate is {_owner(certificate)}'s, until {until.day} {until:%B %Y}"
    if until - now > _SOON:
        return ok("server.certificate", told)
    days = max(0, (until - now).days)
    return warning(
        "server.certificate",
        f"{told}: that is in {days} {'day' if days == 1 else 'days'}, and then {then}",
        "Tell whoever runs the mail server.",
    )


def _owner(certificate: dict[str, object]) -> str:
    names = certificate.get("subjectAltName") or ()
    assert isinstance(names, tuple)  # noqa: S101  # as the ssl module makes it
    return str(names[0][1]) if names else "nobody"


def _extensions(line: Line, case: Case) -> Iterator[Finding]:
    offered = [name for name in ("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE") if line.offers(name.lower())]
    yield ok("server.extensions", f"it offers {', '.join(offered) or 'none of the extensions that we use'}")
    if "PIPELINING" not in offered:
        yield note(
            "server.pipelining", "it does not offer PIPELINING, so each message takes some more round trips"
        )
    if "SMTPUTF8" not in offered:
        yield _plain_addresses_only(case)
    largest = largest_message(case.workspace.build)
    limit = line.smtp.esmtp_features.get("size", "").strip()
    if largest and limit.isdecimal() and 0 < int(limit) < largest:
        yield error(
            "server.size",
            f"it takes messages of {int(limit):,} bytes at most, and the largest that was built has {largest:,}",
            "Make the pictures smaller, or ask whoever runs the mail server to allow more.",
        )
    elif largest and limit.isdecimal() and int(limit):
        yield ok(
            "server.size",
            f"it takes messages of {int(limit):,} bytes; the largest that was built has {largest:,}",
        )


def _plain_addresses_only(case: Case) -> Finding:
    """That the server does not offer SMTPUTF8, and who cannot be written to for that."""
    told = (
        "it does not offer SMTPUTF8: addresses with letters beyond A to Z before the @ cannot be written to"
    )
    number = _beyond_ascii(case.database)
    if not number:
        return note("server.smtputf8", told)
    return warning(
        "server.smtputf8",
        f"{told}, and {number:,} of those in {case.database.name} {'are' if number != 1 else 'is'} such",
        "Ask whoever runs the mail server to switch SMTPUTF8 on, or these people for another address.",
    )


def _beyond_ascii(database: Path) -> int:
    """How many addresses in it need SMTPUTF8; 0 where it cannot be read, which is told elsewhere."""
    try:
        db = open_for_looking(database)
    except DatabaseProblem:
        return 0
    with closing(db.conn), suppress(sqlite3.Error):
        # A domain is kept there in ASCII, so that what is beyond is before the @.
        row = db.one("SELECT count(*) FROM addresses WHERE normalised GLOB '*[^ -~]*'")
        return int(row[0]) if row else 0
    return 0


def largest_message(build: Path) -> int:
    """The size in bytes of the largest message that was built; 0 where none was."""
    return max((path.stat().st_size for path in build.glob("**/*.eml")), default=0)


def _entered(case: Case, settings: Smtp) -> Iterator[Finding]:
    """The login, tried for real, and whether the From address is taken."""
    try:
        line = open_line(settings, read_secret(case.config), introduce_as=case.domain or "localhost")
    except NewsletterError as trouble:
        yield error("server.login", trouble.message, trouble.remedy)
        return
    with _left(line):
        if settings.user:
            yield ok("server.login", f"it accepts the login of {settings.user}")
        else:
            yield ok("server.login", "it wants no login (smtp.user is empty)")
        if case.sender:
            yield _taken(line, case.sender, settings)


def _taken(line: Line, sender: str, settings: Smtp) -> Finding:
    try:
        answer = line.command(f"MAIL FROM:<{sender}>")
        line.command("RSET")
    except LineLost as lost:
        return error("server.sender", f"the line was lost at MAIL FROM: {lost}", "Try again later.")
    if answer.code // 100 == 2:
        later = ", as far as it says before there is a message" * (relay_of(settings) is not None)
        return ok("server.sender", f"it takes mail from {sender}{later} (no message was sent)")
    if answer.code // 100 == 4:
        return warning(
            "server.sender", f"it does not take mail from {sender} now: {answer}", "Try again later."
        )
    return error(
        "server.sender",
        f"it does not take mail from {sender}: {answer}",
        f"Ask whoever runs it to let {settings.user or 'this computer'} send as {sender}, or change sender.email.",
    )


@contextmanager
def _left(line: Line) -> Iterator[None]:
    try:
        yield
    finally:
        line.quit()
