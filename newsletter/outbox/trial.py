"""One message to a colleague, marked as a test: no row, no live token, nobody who said no."""

import datetime as dt
from collections.abc import Callable

from newsletter.addresses import domain_of
from newsletter.config import Config
from newsletter.contacts import find_contacts, find_suppression, reason_to_skip
from newsletter.database import Database, reason_not_to_send
from newsletter.edition import Edition, sample_personal
from newsletter.errors import ConfigError, NewsletterError, NotAllowed, TryAgain
from newsletter.outbox.compiled import compile_edition, marked_as_test
from newsletter.outbox.dialogue import Envelope
from newsletter.outbox.dkimkey import signer_of
from newsletter.outbox.letterhead import Tokens, letterhead, wire_address
from newsletter.outbox.message import Letter, build_message, build_signed, date_header
from newsletter.outbox.opening import open_line
from newsletter.outbox.permission import IN_WORDS
from newsletter.outbox.receipt import Receipt
from newsletter.outbox.sender import require_server
from newsletter.outbox.smtp import transmit


class TrialRefused(NewsletterError):
    """The mail server refused the test message."""


def require_test_address(db: Database, email: str, lists: tuple[str, ...], now: dt.datetime) -> None:
    """Raises NotAllowed where a test must not go: to a suppressed address, or to somebody on file who has not agreed."""
    if reason := reason_not_to_send(db):
        raise ConfigError(f"nothing can be sent: {reason}")
    if find_suppression(db, email):
        raise NotAllowed(f"no test goes to {email}: the address must never be written to")
    for contact_id in find_contacts(db, email):
        if word := reason_to_skip(db, contact_id, lists, now):
            raise NotAllowed(
                f"no test goes to {email}: {IN_WORDS[word]}",
                remedy="A test goes to a colleague who is not among the contacts, or who has agreed to one of the lists.",
            )


def send_test(  # noqa: PLR0913  # what, from and to whom, with which secret and chance, and when
    edition: Edition, config: Config, email: str, *, secret: Callable[[], str], unique: str, now: dt.datetime
) -> Receipt:
    """Send `edition` to one address; what the server said.

    `unique` (32 letters and digits) tells this test from others. Raises as `open_line` does, and
    TrialRefused or TryAgain where the message was not taken.
    """
    require_server(config)
    head = letterhead(config)
    tokens = Tokens(f"inert{unique}", f"inert{unique}")
    letter = Letter(
        "", wire_address(email), sample_personal(config, *edition.languages), tokens, date_header(now)
    )
    compiled, signer = marked_as_test(compile_edition(edition), edition), signer_of(config, head)
    content = (
        build_signed(compiled, head, letter, signer)[1] if signer else build_message(compiled, head, letter)
    )
    line = open_line(config.smtp, secret, introduce_as=domain_of(head.email))
    try:
        outcome = transmit(line, Envelope(head.email, letter.email), content)
    finally:
        line.quit()
    if outcome.verdict == "accepted":
        return outcome.receipt
    kind = TrialRefused if outcome.verdict == "refused" else TryAgain
    raise kind(f"the test message was not taken: {outcome.receipt}")
