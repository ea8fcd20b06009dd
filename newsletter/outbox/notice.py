"""The notice by mail that a run has ended: counts and what to do, over another relay, without any reader's address."""

import datetime as dt
from collections.abc import Callable
from email.message import EmailMessage

from newsletter.addresses import domain_of
from newsletter.config import Config, Smtp
from newsletter.errors import DatabaseProblem, NewsletterError
from newsletter.outbox.control import Cancelled, Paused, TooEarly, TooLate
from newsletter.outbox.dialogue import Envelope
from newsletter.outbox.lock import AnotherSender
from newsletter.outbox.opening import open_line
from newsletter.outbox.receipt import read_receipt, without_addresses
from newsletter.outbox.report import Report
from newsletter.outbox.smtp import transmit

#: What stops a run without the mail server having anything to do with it.
_NOT_THE_SERVER = (AnotherSender, Cancelled, DatabaseProblem, Paused, TooEarly, TooLate)


class NoticeFailed(NewsletterError):
    """The notice could not be sent."""


def notice_relay(config: Config, found: Report) -> Smtp | None:
    """The server over which a notice of this run goes; None where none is named, or only the one that may have failed."""
    relay = config.notice.smtp
    if not config.notice.email or not relay.host:
        return None
    same = (relay.host.lower(), relay.port) == (config.smtp.host.lower(), config.smtp.port)
    failed = found.stopped and not isinstance(found.stopped, _NOT_THE_SERVER)
    return None if same and failed else relay


def send_notice(  # noqa: PLR0913  # what, over which server, with which secret and chance, and when
    found: Report,
    config: Config,
    *,
    relay: Smtp,
    secret: Callable[[], str],
    unique: str,
    now: dt.datetime,
) -> str:
    """Tell whoever newsletter.toml names under [notice] how a run has ended; what the server said.

    `unique` (letters and digits) tells this message from others. Raises NewsletterError where it was not taken.
    """
    sender = config.sender.email or config.notice.email
    content = write_notice(found, sender, config.notice.email, unique, now)
    line = open_line(relay, secret, introduce_as=domain_of(sender))
    try:
        outcome = transmit(line, Envelope(sender, config.notice.email), content)
    finally:
        line.quit()
    if outcome.verdict != "accepted":
        raise NoticeFailed(f"{relay.host} did not take it: {outcome.receipt}")
    return str(outcome.receipt)


def write_notice(found: Report, sender: str, to: str, unique: str, now: dt.datetime) -> bytes:
    """The notice as it goes: counts, what stopped the run, and the next command."""
    message = EmailMessage()
    message["From"], message["To"] = sender, to
    message["Subject"] = f"{found.issue}: {_heading(found)}"
    message["Date"] = now
    message["Message-ID"] = f"<notice.{unique}@{domain_of(sender)}>"
    # RFC 3834: no holiday reply is wanted.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_text(found), cte="quoted-printable")
    return message.as_bytes(policy=message.policy.clone(linesep="\r\n"))


def _heading(found: Report) -> str:
    if not found.candidates:  # never queued, or nobody can look
        return "stopped"
    told = f"sent to {found.sent} of {found.candidates}"
    if found.stopped:
        return f"stopped, {told}"
    return f"{told}, {found.waiting} waiting" if found.waiting else f"done, {told}"


def _text(found: Report) -> str:
    issue, stopped = found.issue, found.stopped
    parts = [found.equation() if found.candidates else ""]
    if stopped:
        # Replies are kept without addresses; what stopped a run may have others in it, such as a login's.
        told = read_receipt(0, stopped.message.encode()).text
        parts += [f"Stopped: {told}", without_addresses(stopped.remedy)]
    if found.waiting and not stopped:
        parts.append(f"{found.waiting} waiting. Go on with: newsletter send {issue}")
    if found.in_doubt:
        parts.append(f"{found.in_doubt} may have arrived. Decide with: newsletter resolve {issue}")
    parts.append(f"Everything about it: newsletter {f'report {issue}' if found.candidates else 'status'}")
    return "\n\n".join(part for part in parts if part) + "\n"
