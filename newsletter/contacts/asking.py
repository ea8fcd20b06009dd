"""Ask somebody to confirm, and take their answer: requests, the tokens that answer them, renewals.

A token names one entry of the ledger and one purpose. It is good while that entry is the one that
waits (or is in force), and not after its days; so it works once, and a withdrawal makes it void.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

from newsletter.contacts.consent import record_consent, standing
from newsletter.contacts.dates import add_months, effective, said, stamp, today_utc
from newsletter.contacts.decisions import Decision, decide
from newsletter.contacts.expiry import CONFIRM_DAYS, record_end
from newsletter.contacts.ids import person_of
from newsletter.contacts.ledger import DOUBLE_OPT_IN, ConsentEvent, Entry, find_entry
from newsletter.contacts.standing import Standing
from newsletter.database import Database, transaction
from newsletter.errors import NotAllowed
from newsletter.tokens import PURPOSES, make_token, opaque_entry, read_opaque_entry, read_token

#: Reasons that a request to confirm is meant to overcome; every other one stops it as it stops an issue.
_OPEN = ("no-consent", "expired", "unconfirmed", "withdrawn")
#: Under which a request has the entry beside which it was made, among its details.
_BESIDE = "asked with entry"
#: Among the answers of an entry's detail: the entry that asked, where a link of ours was answered.
ANSWERED_ENTRY = "to entry"
_PLAIN = {
    "delivery": "a message",
    "unsubscribe": "leaving a list",
    "confirm": "confirming an address",
    "renew": "going on with a list",
    "preferences": "choosing lists",
}


#: For how many months a consent to a list holds, by its name; 0: without end.
Months = Callable[[str], int]


def _no_end(_: str) -> int:
    return 0


class TokenRefused(NotAllowed):
    """This token cannot be taken; nothing was changed."""


class AnsweredAlready(TokenRefused):
    """This has been answered before."""


class RequestRefused(NotAllowed):
    """This person cannot be asked; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that was taken: whose, about which list, the new entry, and its last day ('' = no end).

    `also` are further lists that were asked for in the same breath, and confirmed with it.
    """

    contact_id: int
    list: str
    sequence: int
    expires_at: str
    also: tuple[str, ...] = ()


def open_request(
    db: Database, contact_id: int, list_name: str, now: dt.datetime, days: int = CONFIRM_DAYS
) -> Entry | None:
    """The request to confirm that still waits for an answer, or None."""
    pending = standing(db, contact_id, list_name).pending
    return pending if pending and not _lapsed(pending, now, days) else None


def request_consent(db: Database, event: ConsentEvent, now: dt.datetime, *, beside: int = 0) -> int:
    """Record that somebody asked to be on a list, which counts for nothing until they confirm; the entry.

    `beside` is the entry of another list that they asked for in the same breath: one answer confirms both.
    Raises RequestRefused where they are on it, or must not be written to.
    """
    found = next(decide(db, [event.list], now, event.contact_id), None)
    reason = found.reason if found else "not-on-list"
    if not reason:
        raise RequestRefused(f"they are on {event.list} already; there is nothing to confirm")
    if reason not in (*_OPEN, "not-on-list"):
        raise RequestRefused(
            f"they cannot be asked: {reason}", remedy="A request by their own hand does not change that."
        )
    with transaction(db):
        # Where an end has passed and nobody noted it yet, it comes before the request: noted after it, it would end that too.
        if reason == "expired":
            record_end(db, event.contact_id, event.list, now, recorder=event.recorder)
        if beside:
            event = replace(event, detail={**event.detail, _BESIDE: beside})
        return record_consent(db, replace(event, kind="given", basis="consent", channel=DOUBLE_OPT_IN), now)


def requests_beside(db: Database, sequence: int) -> list[Entry]:
    """The requests for other lists that were made in the same breath as this one, and wait as it does."""
    rows = db.conn.execute(
        "SELECT sequence FROM consents JOIN consent_details USING (sequence) WHERE contact_id = "
        "(SELECT contact_id FROM consents WHERE sequence = ?1) AND sequence > ?1 AND detail ->> ?2 = ?1 "
        "ORDER BY sequence",
        (sequence, f'$."{_BESIDE}"'),
    ).fetchall()
    found = [entry_at(db, row[0]) for row in rows]
    return [one for one in found if _is_pending(db, one)]


def request_to_answer(db: Database, entry: Entry) -> int:
    """The request whose link confirms this one: itself, or that beside which it was made, while it waits too."""
    row = db.one(
        "SELECT detail ->> ? FROM consent_details WHERE sequence = ?", f'$."{_BESIDE}"', entry.sequence
    )
    if row and row[0] and _is_pending(db, entry_at(db, row[0])):
        return int(row[0])
    return entry.sequence


def _is_pending(db: Database, entry: Entry) -> bool:
    person = person_of(db, entry.contact_id)
    pending = standing(db, person, entry.list).pending if person else None
    return pending is not None and pending.sequence == entry.sequence


def confirm_by(entry: Entry, days: int = CONFIRM_DAYS) -> dt.datetime:
    """The moment until which a request can be confirmed."""
    return dt.datetime.fromisoformat(entry.recorded_at) + dt.timedelta(days=days)


def entry_token(db: Database, purpose: str, sequence: int) -> str:
    """The token that answers what the entry asks ('confirm'), or goes on with it ('renew')."""
    row = db.one("SELECT mac FROM consents WHERE sequence = ?", sequence)
    if row is None:
        raise TokenRefused(f"there is no entry {sequence}")
    return make_token(db.key, purpose, opaque_entry(db.key, sequence, row["mac"]))


def decide_request(
    db: Database, sequence: int, now: dt.datetime, days: int = CONFIRM_DAYS
) -> Decision | None:
    """Whether the message that asks to confirm an entry may go; what stops an issue but lack of consent stops it too."""
    entry = entry_at(db, sequence)
    found = next(decide(db, [entry.list], now, entry.contact_id), None)
    if found is None or found.reason not in (*_OPEN, ""):
        return found
    pending = standing(db, found.contact_id, entry.list).pending
    if pending is None or pending.sequence != sequence:
        return found._replace(reason=found.reason if found.reason == "withdrawn" else "answered")
    if _lapsed(entry, now, days):
        return found._replace(reason="lapsed")
    return found._replace(lists=(entry.list,), since=entry.effective_at, basis="confirmation", reason="")


def decide_renewal(
    db: Database, contact_id: int, list_name: str, until: str, now: dt.datetime
) -> Decision | None:
    """Whether somebody may be asked to go on: their consent is in force today, and ends by `until`."""
    found = next(decide(db, [list_name], now, contact_id), None)
    if found is None or found.reason:
        return found
    stood = standing(db, found.contact_id, list_name)
    ends = stood.basis == "consent" and stood.expires_at and stood.expires_at <= until
    return found if ends else found._replace(reason="answered")


def confirm_request(  # noqa: PLR0913  # how, by whom and for how long are evidence
    db: Database,
    token: str,
    now: dt.datetime,
    *,
    channel: str,
    recorder: str,
    days: int = CONFIRM_DAYS,
    months: Months = _no_end,
    at: dt.datetime | None = None,
) -> Answered:
    """Take a confirmation: from now on they may be written to, for the list's `months` (0: without end).

    `at` is when they said so, where that was earlier: it is judged and counts from then.
    Raises TokenRefused, with nothing changed, for a token that is not ours, is for something else,
    came too late, or was used (AnsweredAlready).
    """
    entry = _read(db, "confirm", token)
    at = _said_at(at, entry)
    person, stood = _whose(db, entry)
    if entry.channel != DOUBLE_OPT_IN or entry.kind != "given":
        raise TokenRefused("this token asks nothing that can be confirmed")
    if stood.pending is None or stood.pending.sequence != entry.sequence:
        raise _refused(stood, "confirmed")
    if _lapsed(entry, at or now, days):
        raise TokenRefused(
            f"this request could be confirmed until {said(stamp(confirm_by(entry, days)))}",
            remedy="If they still want it, ask anew with `newsletter consent ask`.",
        )
    with transaction(db):
        also = [one for one in requests_beside(db, entry.sequence) if not _lapsed(one, at or now, days)]
        made = []
        for one in (entry, *also):
            answer = _answer(one, person, "confirmed", months(one.list), at=at, now=now)
            answer = replace(
                answer, channel=channel, recorder=recorder, detail={"answers": {ANSWERED_ENTRY: one.sequence}}
            )
            made.append((record_consent(db, answer, now), answer.expires_at))
    return Answered(person, entry.list, *made[0], tuple(one.list for one in also))


def renew_consent(  # noqa: PLR0913  # as above
    db: Database,
    token: str,
    now: dt.datetime,
    *,
    channel: str,
    recorder: str,
    months: Months = _no_end,
    at: dt.datetime | None = None,
) -> Answered:
    """Take the answer to a renewal: the consent goes on for the list's `months`; with 0 for as long as it was given for before.

    `at` is when they said so, as in `confirm_request`. Raises TokenRefused, with nothing changed, as `confirm_request`, and where the consent has ended.
    """
    entry = _read(db, "renew", token)
    at = _said_at(at, entry)
    person, stood = _whose(db, entry)
    if stood.state != "given" or stood.sequence != entry.sequence:
        raise _refused(stood, "renewed")
    if stood.expires_at and stood.expires_at < today_utc(at or now):
        raise TokenRefused(
            f"what they agreed to ended after {said(stood.expires_at)}, and cannot be renewed",
            remedy="If they want to come back, record that they agreed anew (`newsletter consent record`).",
        )
    lasting = months(entry.list) or _months_before(stood)
    answer = _answer(entry, person, "refreshed", lasting, at=at, now=now)
    answer = replace(
        answer, channel=channel, recorder=recorder, detail={"answers": {ANSWERED_ENTRY: entry.sequence}}
    )
    return Answered(person, entry.list, record_consent(db, answer, now), answer.expires_at)


def _said_at(at: dt.datetime | None, entry: Entry) -> dt.datetime | None:
    """When an answer was given; None, which is now, where that is before what it answers: a clock was wrong."""
    return at if at and stamp(at) >= entry.recorded_at else None


def _answer(  # noqa: PLR0913  # what, whose, for how long and from when on
    entry: Entry, person: int, kind: str, months: int, *, at: dt.datetime | None, now: dt.datetime
) -> ConsentEvent:
    today = (at or now).astimezone(dt.UTC).date()
    end = add_months(today, months).isoformat() if months else ""
    return ConsentEvent(
        person,
        entry.list,
        kind,
        "consent",
        stamp(at) if at else effective(today, now),
        "",
        "",
        wording_digest=entry.wording_digest,
        expires_at=end,
    )


def _months_before(stood: Standing) -> int:
    """For how many months it was given, at least one; 0 where it has no end."""
    if not stood.expires_at:
        return 0
    first, last = (dt.date.fromisoformat(day[:10]) for day in (stood.since, stood.expires_at))
    return max(1, round((last - first).days / 30.44))


def _read(db: Database, purpose: str, text: str) -> Entry:
    """The entry that a token stands for. Raises TokenRefused."""
    token = text.strip()
    opaque = read_token(db.key, purpose, token)
    if opaque is None:
        for other in PURPOSES:
            if read_token(db.key, other, token) is not None:
                raise TokenRefused(f"this token is for {_PLAIN[other]}, not for {_PLAIN[purpose]}")
        raise TokenRefused("this token was not made here, or is not whole")
    sequence, seal = read_opaque_entry(db.key, opaque)
    row = db.one("SELECT mac FROM consents WHERE sequence = ?", sequence)
    if row is None or not row["mac"].startswith(seal):
        raise TokenRefused("this token belongs to no entry of this ledger")
    return entry_at(db, sequence)


def entry_at(db: Database, sequence: int) -> Entry:
    """The entry of this number. Raises TokenRefused."""
    entry = find_entry(db, sequence)
    if entry is None:
        raise TokenRefused(f"there is no entry {sequence}")
    return entry


def _whose(db: Database, entry: Entry) -> tuple[int, Standing]:
    """The person whose entry it is now, and where they stand. Raises TokenRefused for somebody who was erased."""
    person = person_of(db, entry.contact_id)
    if person is None:
        raise TokenRefused("the person whom this token belongs to is not on file any more")
    return person, standing(db, person, entry.list)


def _lapsed(entry: Entry, now: dt.datetime, days: int) -> bool:
    return now > confirm_by(entry, days)


def _refused(stood: Standing, what: str) -> TokenRefused:
    told = {
        "given": f"this was {what} already, or something newer has taken its place",
        "withdrawn": f"they withdrew on {said(stood.since)}; that stands",
        "expired": f"it ran out on {said(stood.since)}",
    }
    why = told.get(stood.state, "the entry was struck out or replaced")
    kind = AnsweredAlready if stood.state == "given" else TokenRefused
    return kind(f"nothing waits to be {what}: {why}")
