"""Strike out an entry that should never have been made: nothing is deleted, an entry says that it does not count."""

import datetime as dt
from dataclasses import dataclass, replace

from newsletter.contacts.consent import BadConsent, ids_of, record_consent
from newsletter.contacts.dates import stamp
from newsletter.contacts.ledger import SIGNED, ConsentEvent, Entry, entries_of, entry_of
from newsletter.contacts.standing import Standing, standing_of
from newsletter.database import Database


@dataclass(frozen=True, slots=True)
class Voiding:
    """An entry, where its person stands with the list now, and where they would without it."""

    entry: Entry
    person: int
    before: Standing
    after: Standing

    @property
    def revives(self) -> bool:
        """Whether somebody who may not be written to now could be then."""
        return _in_force(self.after) and not _in_force(self.before)


def foresee_voiding(db: Database, sequence: int) -> Voiding:
    """What striking out an entry would lead to. Raises BadConsent where there is none to strike out."""
    row = db.one(f"SELECT {', '.join(SIGNED[:-1])} FROM consents WHERE sequence = ?", sequence)
    if row is None:
        raise BadConsent(
            f"entry: there is no entry {sequence}; `newsletter consent history` tells their numbers"
        )
    entry = entry_of(row)
    if entry.kind == "voided":
        raise BadConsent(f"entry: {sequence} strikes out entry {entry.voids}; record anew what holds instead")
    if db.one("SELECT 1 FROM consents WHERE voids = ?", sequence):
        raise BadConsent(f"entry: {sequence} has been struck out already")
    person = _person(db, entry.contact_id)
    known = [*entries_of(db, ids_of(db, person), entry.list)]
    without = [*known, replace(entry, sequence=known[-1].sequence + 1, kind="voided", voids=sequence)]
    return Voiding(entry, person, standing_of(known), standing_of(without))


def void_entry(db: Database, sequence: int, why: str, *, recorder: str, now: dt.datetime) -> Voiding:
    """Strike an entry out, with the reason; what it led to. Raises BadConsent."""
    if not why.strip():
        raise BadConsent("why: it is empty; say why the entry should never have been made")
    found = foresee_voiding(db, sequence)
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


def _in_force(standing: Standing) -> bool:
    return standing.state == "given" and standing.basis != "unknown"


def _person(db: Database, contact_id: int) -> int:
    row = db.one(
        "SELECT id FROM contacts WHERE id = ?1 UNION ALL SELECT contact_id FROM contact_aliases WHERE old_id = ?1",
        contact_id,
    )
    if row is None:
        raise BadConsent("entry: its person was erased; what is left of it stays as it is")
    return int(row[0])
