"""Does what a form says, through the same doors as the commands; kept under the name of whoever filled it in."""

import datetime as dt
import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from newsletter.addresses import normalise
from newsletter.browse.hooks import Browser
from newsletter.contacts import (
    Actor,
    Changes,
    ConsentEvent,
    NewEngagement,
    add_engagement,
    edit_contact,
    effective,
    operation,
    parse_day,
    past_day,
    record_consent,
    require_basis,
    stamp,
    standing,
    sync_lists,
    withdraw_consent,
)
from newsletter.database import Database, explain_error, keep_anchored, open_database, renew_pages
from newsletter.errors import InputError

Values = Mapping[str, Sequence[str]]
#: What the record of changes keeps beside who and when: nothing about anybody.
Summary = dict[str, object]


#: Said of what is evidence, or not even that, and changes nothing.
_NOTHING_NEW: Summary = {"changes nothing": 1}


class Unfinished(InputError):
    """Something is missing in the form."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What was filled in about whom, by whom and when; `today` is the day where the workspace is."""

    contact_id: int
    values: Values
    who: str
    now: dt.datetime
    today: dt.date

    def one(self, name: str) -> str:
        """The answer to a question that has one, without blanks round it."""
        return (self.values.get(name) or [""])[0].strip()


def carry_out(browser: Browser, form: str, command: str, deed: Deed) -> bool:
    """Do what the form says, all or nothing, on a connection of its own; False where all stands as before.

    Raises NewsletterError where it cannot be, with nothing changed.
    """
    db = open_database(browser.workspace.database)
    with closing(db.conn):
        try:
            sync_lists(db, browser.config, deed.now)
            with operation(db, Actor(deed.who, "browser"), command, deed.now) as running:
                summary = _DEEDS[form](db, deed)
                running.summary.update(summary or {})
            keep_anchored(db)
            renew_pages(db, deed.now, at_most=1_000)
        except sqlite3.OperationalError as error:
            raise explain_error(error, db.path) from None
    return summary != _NOTHING_NEW


def _met(db: Database, deed: Deed) -> Summary:
    texts = {name: deed.one(name) for name in ("kind", "happened_on", "title", "said", "follow_up", "due_on")}
    chosen = deed.values.get("organisations", ())
    organisations = tuple(int(number) for number in chosen if re.fullmatch(r"[0-9]{1,18}", number))
    new = NewEngagement(**texts, people=(deed.contact_id,), organisations=organisations)
    number = add_engagement(db, new, deed.now, deed.who)
    return {"engagement": number, "kind": new.kind, "people": 1, "organisations": len(organisations)}


def _agreed(db: Database, deed: Deed) -> Summary | None:
    day = past_day(deed.one("given_on"), deed.today, "on")
    require_basis(deed.one("basis"), given_on=day.isoformat(), obtained="", could_refuse=False)
    if not deed.one("source"):
        raise Unfinished("source: say how this is known, such as a call or a form")
    event = ConsentEvent(
        deed.contact_id,
        deed.one("list"),
        "given",
        deed.one("basis"),
        effective(day, deed.now),
        deed.one("channel"),
        deed.who,
        wording_digest=deed.one("wording"),
        expires_at=parse_day(deed.one("expires"), "expires").isoformat() if deed.one("expires") else "",
        detail={"source": deed.one("source")},
    )
    number = record_consent(db, event, deed.now)
    return None if standing(db, deed.contact_id, event.list).sequence == number else _NOTHING_NEW


def _left(db: Database, deed: Deed) -> Summary | None:
    lists = [name for name in deed.values.get("lists", ()) if name]
    if not lists:
        raise Unfinished("lists: choose at least one")
    day = past_day(deed.one("given_on"), deed.today, "on")
    outcomes = withdraw_consent(
        db,
        deed.contact_id,
        lists,
        deed.now,
        effective_at=stamp(deed.now) if day == deed.today else effective(day, deed.now),
        channel=deed.one("channel"),
        recorder=deed.who,
        source=deed.one("source"),
    )
    return None if any(outcomes.values()) else _NOTHING_NEW


def _pause(db: Database, deed: Deed) -> None:
    until = deed.one("paused_until")
    if until and parse_day(until, "paused_until") <= deed.today:
        raise Unfinished("paused_until: that day is here or past; choose a later one, or leave it empty")
    edit_contact(db, deed.contact_id, Changes(fields={"paused_until": until}), deed.now)


def _stop(db: Database, deed: Deed) -> None:
    edit_contact(db, deed.contact_id, Changes(fields={"stop": deed.one("stop")}), deed.now)


def _details(db: Database, deed: Deed) -> None:
    person = db.one(
        "SELECT c.updated_at, coalesce(a.email, '') AS email FROM contacts c "
        "LEFT JOIN addresses a ON a.contact_id = c.id AND a.is_primary = 1 WHERE c.id = ?",
        deed.contact_id,
    )
    if person is None:
        raise Unfinished("this person is no longer kept")
    if deed.one("seen") not in ("", person["updated_at"]):
        raise Unfinished("somebody else changed these details meanwhile: go back, and look at them again")
    names = ("name", "given_name", "language", "format", "postal_address", "notes")
    email, old = deed.one("email"), person["email"]
    changed = email != old
    gone = (old,) if changed and old and not deed.one("keep_old") else ()
    fields = {name: deed.one(name) for name in names}
    if not email and not fields["name"]:
        raise Unfinished("name: with neither a name nor an address nobody could tell who this is")
    if changed and email:
        _nobody_elses(db, deed.contact_id, email)
    changes = Changes(fields=fields, primary=email if changed else "", remove_emails=gone)
    edit_contact(db, deed.contact_id, changes, deed.now)


def _nobody_elses(db: Database, contact_id: int, email: str) -> None:
    """Raises Unfinished where somebody else has this address: by a slip they would get what is for this person."""
    other = db.one(
        "SELECT coalesce(nullif(c.name, ''), 'somebody without a name') FROM addresses a "
        "JOIN contacts c ON c.id = a.contact_id WHERE a.normalised = ? AND a.contact_id <> ?",
        normalise(email),
        contact_id,
    )
    if other:
        raise Unfinished(
            f"email: this is an address of {other[0]}; where two people share it, the command "
            "newsletter contacts edit takes it"
        )


_DEEDS: Mapping[str, Callable[[Database, Deed], Summary | None]] = {
    "met": _met,
    "agreed": _agreed,
    "left": _left,
    "pause": _pause,
    "stop": _stop,
    "details": _details,
}
