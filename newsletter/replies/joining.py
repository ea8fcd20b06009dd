"""Joining by the public pages: who types an address into a form is asked, by mail, whether they meant it."""

import datetime as dt
import functools
import re
from collections.abc import Callable, Sequence

from newsletter.addresses import Address, BadAddress, mailbox_of, parse_address
from newsletter.contacts import (
    Answered,
    AnsweredAlready,
    ConsentEvent,
    NewContact,
    TokenRefused,
    add_contact,
    confirm_request,
    decide_request,
    find_suppression,
    open_request,
    reason_to_skip,
    renew_consent,
    request_consent,
    request_to_answer,
)
from newsletter.database import Database
from newsletter.errors import InputError
from newsletter.outbox import confirmations_since, next_turn, queue_confirmation
from newsletter.replies.forms import Subscribing, arrived, arrived_at, subscribing, token_in
from newsletter.replies.sealing import Arrival
from newsletter.replies.taking import Desk, Outcome, Word, closed_in, unknown_in, why_closed
from newsletter.tokens import address_key

#: Messages that ask to confirm, to one address in a day: somebody may type another's address over and over.
#: And in a month: who does not answer is not to be asked for ever, least of all who has left.
CONFIRMATIONS_A_DAY, CONFIRMATIONS_A_MONTH = 3, 6
_DAY, _MONTH = dt.timedelta(days=1), dt.timedelta(days=30)
#: After so long nobody remembers what they typed into a form.
_STALE = dt.timedelta(days=30)
#: Formats that need a postal address.
ON_PAPER = ("print", "large-print")
# A link, an address, a number, or a mark that turns the letters round.
_NO_NAME = re.compile(r"://|www\.|@|\d|\w{2,}\.\w{2,}|[\u202a-\u202e\u2066-\u2069]", re.IGNORECASE)
_LONGEST_NAME = 70  # characters; longer ones are sentences
#: What a request by a form is meant to overcome; anything else stops it as it stops an issue.
_OPEN = ("no-consent", "expired", "unconfirmed", "withdrawn", "not-on-list")


def subscribe(desk: Desk, arrival: Arrival, only: tuple[str, ...] = ()) -> Outcome:
    """Ask whoever reads at that address to confirm. Nothing that is known about anybody changes.

    `only` are the lists that had to wait the last time. An address that is suppressed, and people whom
    nobody writes to, get nothing; who is on a list already gets nothing either.
    """
    form = subscribing(arrival)
    wanted = tuple(name for name in form.lists if not only or name in only)
    if arrived(arrival, desk.now) < desk.now - _STALE:
        return Outcome("refused", "it came in more than 30 days ago")
    try:
        address = parse_address(form.email, smtputf8=True)
    except BadAddress:
        return Outcome("refused", "its address is none")
    closed = closed_in(desk, wanted)
    missing = unknown_in(desk, tuple(name for name in wanted if name not in closed), dict(form.wordings))
    known = [name for name in wanted if name not in missing and name not in closed]
    word = _ask(desk, arrival, form, address, known) if known else "refused" if closed else "stood"
    if missing:
        return Outcome("aside", "; ".join(sorted(missing.values())), tuple(missing))
    return Outcome(word, why_closed(closed))


def confirm(desk: Desk, arrival: Arrival) -> Outcome:
    """Take the answer to a request: it is judged, and counts, as of when it came in."""
    return _answered(desk, arrival, functools.partial(confirm_request, days=desk.confirm_days))


def renew(desk: Desk, arrival: Arrival) -> Outcome:
    """Take the answer to a renewal, likewise."""
    return _answered(desk, arrival, renew_consent)


def _answered(desk: Desk, arrival: Arrival, take: Callable[..., Answered]) -> Outcome:
    token, at = token_in(arrival), arrived(arrival, desk.now)
    try:
        take(desk.db, token, desk.now, channel="web", recorder="reader", months=desk.months, at=at)
    except AnsweredAlready:
        return Outcome("stood")
    except TokenRefused as refused:
        return Outcome("refused", refused.message)
    return Outcome("done")


def ask_to_confirm(desk: Desk, events: Sequence[ConsentEvent], email: str) -> Word:
    """Note that somebody asked for these lists, and queue the message that asks them; a word for what came of it.

    One message asks about all that is new. Who asks again while a request waits gets its message once more,
    with the same link: both links are good. No address gets more than a few such messages a day.
    """
    db = desk.db
    reasons = [reason_to_skip(db, event.contact_id, [event.list], desk.now) for event in events]
    wanted = [event for event, reason in zip(events, reasons, strict=True) if reason in _OPEN]
    if not wanted:
        return "held" if all(reasons) else "stood"
    left = _left(desk, email)
    if left <= 0:
        return "stood"
    waiting = [_waiting(desk, event) for event in wanted]
    fresh = [event for event, entry in zip(wanted, waiting, strict=True) if not entry]
    first = _request(desk, fresh) if fresh else 0
    entries = dict.fromkeys(entry for entry in (first, *waiting) if entry)
    turns = {entry: turn for entry in entries if (turn := next_turn(db, entry))}
    for entry in [*turns][:left]:
        queue_confirmation(db, entry, desk.config, desk.now, desk.confirm_days, turn=turns[entry])
    if turns:
        return "asked"
    return "held" if fresh and not first else "stood"


def _left(desk: Desk, email: str) -> int:
    """How many more messages that ask to confirm may go to this address now."""
    today = CONFIRMATIONS_A_DAY - confirmations_since(desk.db, email, desk.now - _DAY)
    return min(today, CONFIRMATIONS_A_MONTH - confirmations_since(desk.db, email, desk.now - _MONTH))


def _waiting(desk: Desk, event: ConsentEvent) -> int:
    """The request that waits for this list, as its link has it; 0 for none."""
    waiting = open_request(desk.db, event.contact_id, event.list, desk.now, desk.confirm_days)
    return request_to_answer(desk.db, waiting) if waiting else 0


def _request(desk: Desk, events: Sequence[ConsentEvent]) -> int:
    """The first of the entries that note these requests; 0, with nothing noted, where no message about it could go."""
    # Whether somebody who is on no list may be written to is known once they are on one.
    desk.db.conn.execute("SAVEPOINT request")
    first = 0
    for event in events:
        entry = request_consent(desk.db, event, desk.now, beside=first)
        first = first or entry
    decision = decide_request(desk.db, first, desk.now, desk.confirm_days)
    if decision is None or decision.reason:
        desk.db.conn.execute("ROLLBACK TO request")
        first = 0
    desk.db.conn.execute("RELEASE request")
    return first


def _ask(desk: Desk, arrival: Arrival, form: Subscribing, address: Address, lists: Sequence[str]) -> Word:
    # Whoever is not written to is not written to with a plus and more behind their name either.
    same = dict.fromkeys((address.normalised, mailbox_of(address.normalised)))
    readers = [_reader(desk.db, address_key(desk.db.key, one), form.name) for one in same]
    if min(readers) < 0 or any(find_suppression(desk.db, one) for one in same):
        return "held"
    person = readers[0]
    if not person and _left(desk, address.email) <= 0:
        return "stood"
    person = person or _newcomer(desk, form)
    at = arrived_at(arrival, desk.now)
    detail = {"source": "form on the public pages"}
    events = [
        ConsentEvent(
            person,
            name,
            "given",
            "consent",
            at,
            "web",
            "reader",
            wording_digest=form.wordings[name],
            detail=detail,
        )
        for name in lists
    ]
    return ask_to_confirm(desk, events, address.email)


def _reader(db: Database, key: str, name: str) -> int:
    """Who reads at an address: who is called so, else whom it is first of all for; 0 for nobody we know.

    Less than 0 where one of those at it must not be written to.
    """
    rows = db.conn.execute(
        "SELECT c.id, c.name, c.stop FROM addresses a JOIN contacts c ON c.id = a.contact_id "
        "WHERE a.address_key = ? ORDER BY a.is_primary DESC, c.id",
        (key,),
    ).fetchall()
    if any(row["stop"] for row in rows):
        return -1
    called = [row["id"] for row in rows if name and row["name"].casefold() == name.casefold()]
    return int(next(iter([*called, *(row["id"] for row in rows)]), 0))


def _newcomer(desk: Desk, form: Subscribing) -> int:
    """Somebody who was not known; of what they typed that is kept which can be.

    Anybody may have typed it, and the message that asks to confirm calls them so: what is no name, such as an
    advertisement with a link, is left out.

    Paper is noted as a tag: they are to be asked by mail first, and for their postal address later.
    """
    shape = form.format if form.format in ("html", "text") else "html"
    tags = (wants(form.format),) if form.format in ON_PAPER else ()
    name = form.name if len(form.name) <= _LONGEST_NAME and not _NO_NAME.search(form.name) else ""
    contact = NewContact(form.email, name, language=form.language, tags=tags, format=shape)
    try:
        return add_contact(desk.db, contact, desk.now)
    except InputError:
        return add_contact(desk.db, NewContact(form.email, tags=tags, format=shape), desk.now)


def wants(shape: str) -> str:
    """The tag of somebody who wants it on paper, and whose postal address is not known."""
    return f"wants {shape}"
