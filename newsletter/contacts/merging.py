"""Make several contacts one: nothing that is known of any of them is lost, and the stricter word wins."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.contacts.card import Card, contact_card
from newsletter.contacts.dates import stamp
from newsletter.contacts.operations import counting, touching
from newsletter.contacts.search import NoSuchContact, index_people
from newsletter.contacts.subscriptions import rebuild_subscriptions
from newsletter.database import Database, transaction
from newsletter.errors import InputError

#: The texts that are taken from the others where the one that stays has none.
_FILLED = ("name", "given_name", "language", "postal_address")
_JOINED = (
    ("contact_organisations", "organisation_id, position"),
    ("contact_roles", "role, since, until"),
    ("contact_tags", "tag"),
    ("contact_fields", "field, value"),
    ("list_members", "list, added_at"),
    ("engagement_contacts", "engagement_id"),
)


#: Why nobody writes to somebody, the last word first.
_STRICTEST = ("deceased", "left-study", "do-not-contact")


class BadMerge(InputError):
    """These contacts cannot be made one."""


@dataclass(frozen=True, slots=True)
class Merger:
    """What a merge would make of the person who stays."""

    before: Card
    after: Card


def merge_contacts(db: Database, keep: int, others: Sequence[int], now: dt.datetime) -> None:
    """Make the others part of the one that is kept, all or nothing; it can be undone as an operation.

    Their ids lead to it from then on. Entries of the ledger and deliveries stay under the ids they
    were made for; where the person stands is what all entries together lead to.
    Raises BadMerge or NoSuchContact.
    """
    with transaction(db):
        _check(db, keep, others)
        touching(db, [keep, *others])
        counting(db, "merged", len(others))
        for other in others:
            _take_over(db, keep, other, stamp(now))
        db.conn.execute("UPDATE contacts SET updated_at = ? WHERE id = ?", (stamp(now), keep))
        index_people(db, [keep])
        rebuild_subscriptions(db, [keep])


def preview_merge(db: Database, keep: int, others: Sequence[int], now: dt.datetime) -> Merger:
    """What a merge would make of the person who stays; nothing is changed. Raises as `merge_contacts`."""
    _check(db, keep, others)
    with transaction(db):
        before = contact_card(db, keep, now)
        # Done and taken back: the preview cannot differ from what is done.
        db.conn.execute("SAVEPOINT merging")
        try:
            merge_contacts(db, keep, others, now)
            return Merger(before, contact_card(db, keep, now))
        finally:
            db.conn.execute("ROLLBACK TO merging")
            db.conn.execute("RELEASE merging")


def _check(db: Database, keep: int, others: Sequence[int]) -> None:
    if not others or keep in others or len(set(others)) != len(others):
        raise BadMerge("name one contact to keep and at least one other, each once")
    for number in (keep, *others):
        if db.one("SELECT 1 FROM contacts WHERE id = ?", number) is None:
            raise NoSuchContact(f"there is nobody with the id {number}")


def _take_over(db: Database, keep: int, other: int, at: str) -> None:
    ids = (keep, other)
    _fill(db, *ids)
    db.conn.execute(
        "INSERT OR IGNORE INTO addresses (contact_id, email, normalised, address_key, is_primary) "
        "SELECT ?1, email, normalised, address_key, is_primary AND NOT EXISTS "
        "(SELECT 1 FROM addresses WHERE contact_id = ?1 AND is_primary = 1) "
        "FROM addresses WHERE contact_id = ?2 ORDER BY is_primary DESC, id",
        ids,
    )
    for table, columns in _JOINED:
        db.conn.execute(
            f"INSERT OR IGNORE INTO {table} (contact_id, {columns}) SELECT ?1, {columns} FROM {table} WHERE contact_id = ?2",
            ids,
        )
    for end, far in (("contact_id", "to_contact_id"), ("to_contact_id", "contact_id")):
        db.conn.execute(f"UPDATE relationships SET {end} = ?1 WHERE {end} = ?2 AND {far} IS NOT ?1", ids)
    db.conn.execute("UPDATE contact_aliases SET contact_id = ?1 WHERE contact_id = ?2", ids)
    db.conn.execute("DELETE FROM people_search WHERE rowid = ?", (other,))
    db.conn.execute("DELETE FROM contacts WHERE id = ?", (other,))
    db.conn.execute("INSERT INTO contact_aliases VALUES (?2, ?1, ?3)", (*ids, at))


def _fill(db: Database, keep: int, other: int) -> None:
    filled = ", ".join(f"{name} = CASE k.{name} WHEN '' THEN o.{name} ELSE k.{name} END" for name in _FILLED)
    order = " ".join(f"WHEN '{stop}' IN (k.stop, o.stop) THEN '{stop}'" for stop in _STRICTEST)
    db.conn.execute(
        f"UPDATE contacts AS k SET {filled}, stop = CASE {order} ELSE '' END, "
        "paused_until = max(k.paused_until, o.paused_until), "
        "notes = CASE WHEN o.notes IN ('', k.notes) THEN k.notes WHEN k.notes = '' THEN o.notes "
        "ELSE k.notes || char(10) || o.notes END "
        "FROM contacts o WHERE k.id = ? AND o.id = ?",
        (keep, other),
    )
