"""Strike out an entry that should never have been made: nothing is deleted, an entry says that it does not count."""

import datetime as dt
from dataclasses import dataclass, replace

from newsletter.contacts.consent import BadConsent, record_consent
from newsletter.contacts.dates import stamp, today_utc
from newsletter.contacts.ids import ids_of, person_of
from newsletter.contacts.ledger import ConsentEvent, Entry, entries_of, find_entry
from newsletter.contacts.standing import Standing, standing_of
from newsletter.database import Database


@dataclass(frozen=True, slots=True)
class Voiding:
    """An entry, where its person stands with the list now, and where they would without it."""

    entry: Entry
    person: int
    before: Standing
    after: Standing
    revives: bool  # whether somebody who may not be written to now could be then


def foresee_voiding(db: Database, sequence: int, now: dt.datetime) -> Voiding:
    """What striking out an entry would lead to now. Raises BadConsent where there is none to strike out."""
    entry = find_entry(db, sequence)
    if entry is None:
        raise BadConsent(
            f"entry: there is no entry {sequence}; `newsletter consent history` tells their numbers"
        )
    if entry.kind == "voided":
        raise BadConsent(f"entry: {sequence} strikes out entry {entry.voids}; record anew what holds instead")
    if db.one("SELECT 1 FROM consents WHERE voids = ?", sequence):
        raise BadConsent(f"entry: {sequence} has been struck out already")
    person = person_of(db, entry.contact_id)
    if person is None:
        raise BadConsent("entry: its person was erased; what is left of it stays as it is")
    known = [*entries_of(db, ids_of(db, person), entry.list)]
    without = [*known, replace(entry, sequence=known[-1].sequence + 1, kind="voided", voids=sequence)]
    before, after = standing_of(known), standing_of(without)
    today = today_utc(now)
    return Voiding(entry, person, before, after, after.holds_on(today) and not before.holds_on(today))


def void_entry(db: Database, sequence: int, why: str, *, recorder: str, now: dt.datetime) -> Voiding:
    """Strike an entry out, with the reason; what it led to. Raises BadConsent."""
    if not why.strip():
        raise BadConsent("why: it is empty; say why the entry should never have been made")
    found = foresee_voiding(db, sequence, now)
    entry = found.entry
    event = ConsentEvent(
        found.person,
        entry.list,
        "voided",
        entry.basis,
        stamp(now),
        "correction",
        recorder,
        voids=sequence,
        detail={"why": why.strip()},
    )
    record_consent(db, event, now)
    return found
